// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/practice/clients"
	"mainstay/test/browser"
)

// The knowledge of the demo firm in all looks: axe is silent, nothing sticks out, everything is in the reader's language.
func TestBrowserKnowledge(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	ctx := context.Background()
	all := access.WholeFirm()
	empty := s
	for name, path := range map[string]string{"know-none": "/knowledge", "know-no-documents": "/knowledge/documents", "know-no-credentials": "/credentials", "know-no-expiring": "/expiring", "know-no-shares": "/shares"} {
		t.Run(name, func(t *testing.T) { empty.Check(t, empty.look(name, path)) })
	}
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Know.Remind(ctx); err != nil {
		t.Fatal(err)
	}
	harbour, err := s.Clients.Resolve(ctx, "Harbour Dental Group")
	if err != nil {
		t.Fatal(err)
	}
	article := func(text string) string {
		t.Helper()
		p, err := s.Know.Articles(ctx, all, knowledge.Query{Text: text})
		if err != nil || len(p.Rows) == 0 {
			t.Fatal(text, err)
		}
		return knowledge.Address(p.Rows[0].ID)
	}
	scan := article("scan to e-mail")
	a, err := s.Know.Articles(ctx, all, knowledge.Query{Text: "scan to e-mail"})
	if err != nil {
		t.Fatal(err)
	}
	full, err := s.Know.Article(ctx, all, a.Rows[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	d := full.Draft
	d.Body = strings.Replace(d.Body, "Send a test page from the device, not from its web page.", "Send a test page.\n- [ ] Tell the client.", 1)
	if err := s.Know.UpdateArticle(ctx, all, full.ID, full.Version, d); err != nil {
		t.Fatal(err)
	}
	creds, _, err := s.Know.Credentials(ctx, all, knowledge.CredentialQuery{Text: "firewall"})
	if err != nil || len(creds) != 1 {
		t.Fatal(len(creds), err)
	}
	if _, _, err := s.Know.MakeShare(ctx, all, knowledge.ShareDraft{Credential: creds[0].ID, Life: 24 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	token, _, err := s.Know.MakeShare(ctx, all, knowledge.ShareDraft{Label: "Recovery codes", Text: "1234\n5678", Life: time.Hour, Passphrase: "seven blue boats"})
	if err != nil {
		t.Fatal(err)
	}
	records, _, err := s.Know.Records(ctx, all, knowledge.RecordQuery{Text: "harbour-dental"})
	if err != nil || len(records) != 1 {
		t.Fatal(len(records), err)
	}
	tickets, err := s.Desk.List(ctx, all, helpdesk.Query{Text: "outlook password"})
	if err != nil || len(tickets.Rows) != 1 {
		t.Fatal(len(tickets.Rows), err)
	}
	for name, path := range map[string]string{
		"know-list": "/knowledge", "know-search": "/knowledge?q=printer", "know-nothing": "/knowledge?q=nothingatall", "know-article": scan, "know-edit": scan + "/edit", "know-new": "/knowledge/new",
		"know-history": scan + "/history", "know-version": scan + "/history/2", "know-documents": "/knowledge/documents", "know-client-documents": "/clients/" + harbour.String() + "/documents",
		"know-document": article("practice is wired"), "know-client": "/clients/" + harbour.String(), "know-credentials": "/credentials", "know-credential": "/credentials/" + creds[0].ID.String(),
		"know-credential-new": "/credentials/new", "know-credential-edit": "/credentials/" + creds[0].ID.String() + "/edit", "know-shares": "/shares", "know-expiring": "/expiring", "know-record": knowledge.RecordAddress(records[0].ID),
		"know-record-kinds": "/expiring/new", "know-certificate": "/expiring/new?kind=certificate", "know-vendor": "/expiring/new?kind=vendor", "know-reminders": "/expiring/reminders", "know-import": "/expiring/import",
		"know-ticket": fmt.Sprintf("/tickets/%d", tickets.Rows[0].Number), "know-ticket-new": "/tickets/new?client=" + harbour.String(),
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
	t.Run("know-share", func(t *testing.T) {
		l := s.look("know-share", "/share/"+token)
		l.Cookies = nil
		s.Check(t, l)
		l = s.look("know-share-gone", "/share/nothing")
		l.Cookies, l.Failing = nil, true
		s.Check(t, l)
	})
}

// Somebody writes an article with a preview and publishes it; it is found, suggested for a new ticket, and put into the
// reply with one click.
func TestBrowserArticleToReply(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	client, err := s.Clients.Create(ctx, clients.Details{Name: "Kestrel"})
	if err != nil {
		t.Fatal(err)
	}
	tab := s.Open(t, browser.Look{Name: "article", URL: s.url + "/knowledge/new", Cookies: []*http.Cookie{s.session}})
	tab.Type("#f-title", "Plotter prints half the sheet")
	tab.Type("#f-body", "Set the *paper size* in the driver to A1.")
	tab.Wait("[data-preview-part] em")
	tab.Click("#f-published")
	tab.Click("#f-shared")
	tab.Click(".form-actions .btn-primary")
	tab.Wait(`.head-actions a[href$="/history"]`) // the article's page, not the preview any more
	tab.Wait(".k-prose em")
	tab.Goto(s.url + "/knowledge?q=plotter")
	tab.Wait("table[data-rows] tbody tr a[data-open]")
	tab.Goto(s.url + "/tickets/new?client=" + client.String())
	tab.Type("[name=subject]", "Our plotter prints only half of a sheet")
	tab.Wait("[data-suggest] [data-insert]:not([hidden])")
	tab.Shot("suggested")
	tab.Click("[data-insert]")
	var text string
	tab.Eval(`document.querySelector("form [name=body]").value`, &text)
	if !strings.Contains(text, "Set the paper size in the driver to A1.") {
		t.Errorf("the ticket reads %q", text)
	}
	tab.Click(".form-actions .btn-primary")
	tab.Wait("[data-composer] [data-write]")
	tab.Wait("[data-suggest] [data-insert]:not([hidden])")
	tab.Eval(`document.querySelector("[data-insert]").click(), document.querySelector("[data-write]").value`, &text)
	if !strings.Contains(text, "Plotter prints half the sheet\n\nSet the paper size") {
		t.Errorf("the reply reads %q", text)
	}
	tab.Quiet()
}

// A credential is kept with a generated password, shown, and gone again from the page; a link to it opens once.
func TestBrowserCredential(t *testing.T) {
	s := newSite(t)
	tab := s.Open(t, browser.Look{Name: "credential", URL: s.url + "/credentials/new", Cookies: []*http.Cookie{s.session}})
	tab.Type("#f-name", "Backup server")
	tab.Type("#f-username", "admin")
	var first, second string
	tab.Eval(`document.querySelector("#generated").textContent`, &first)
	tab.Click("[data-generate] button[type=submit]")
	tab.Wait("[data-generate] [data-copy]:not([hidden])")
	tab.Eval(`new Promise((done) => { const look = () => { const now = document.querySelector("#generated").textContent; now === "`+strings.ReplaceAll(first, `"`, `\"`)+`" ? setTimeout(look, 20) : done(now); }; look(); })`, &second)
	if len(second) != 20 || second == first {
		t.Errorf("%q, then %q", first, second)
	}
	tab.Click("[data-use]")
	tab.Click(".form-actions .btn-primary")
	tab.Wait(".k-reveal button")
	if strings.Contains(tab.Text("#main"), second) {
		t.Error("the secret is shown unasked")
	}
	page := tab.URL()
	tab.Click(".k-reveal button")
	tab.Wait("#revealed")
	if got := tab.Text("#revealed"); strings.TrimSpace(got) != second {
		t.Errorf("%q is shown", got)
	}
	tab.Shot("revealed")
	tab.Accessible()
	tab.Goto(page) // what the header Refresh does after half a minute
	tab.Wait(".k-reveal button")
	if strings.Contains(tab.Text("#main"), second) || !strings.Contains(tab.Text("#main"), "read the secret") {
		t.Error("the secret stays, or the reading is not shown")
	}
	tab.Click(`form[action$="/share"] button`)
	tab.Wait("#link")
	tab.Shot("link")
	link := strings.TrimSpace(tab.Text("#link"))
	_, path, ok := strings.Cut(link, "/share/")
	if !ok {
		t.Fatal(link)
	}
	guest := s.Open(t, browser.Look{Name: "guest", URL: s.url + "/share/" + path, Failing: true})
	guest.Wait(".btn-primary")
	guest.Shot("before")
	guest.Click(".btn-primary")
	guest.Wait("#revealed")
	if got := strings.TrimSpace(guest.Text("#revealed")); got != second {
		t.Errorf("%q is shown", got)
	}
	guest.Shot("opened")
	guest.Accessible()
	guest.Goto(s.url + "/share/" + path)
	guest.Wait(".k-gone-link")
	if !strings.Contains(guest.Text("#main"), "opened already") {
		t.Error("it does not say that it was opened")
	}
	tab.Quiet()
}
