// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
	"mainstay/test/browser"
	"mainstay/test/world"
)

// newBrowserOffice is an office behind a real browser.
func newBrowserOffice(t *testing.T) (site, *office) {
	t.Helper()
	s := newSiteAt(t, clock.At(time.Now()))
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{App: s.App, t: t, handler: h, session: s.session.Value}
	if d.client, err = s.Clients.Create(context.Background(), clients.Details{Name: "Kestrel Academy Trust"}); err != nil {
		t.Fatal(err)
	}
	return s, officeOf(d)
}

// outside is how a page of the portal is looked at, by whoever holds the session.
func (s site) outside(name, path, session string) browser.Look {
	l := s.look(name, path)
	l.Cookies = nil
	if session != "" {
		l.Cookies = []*http.Cookie{{Name: access.PortalCookie, Value: session}}
	}
	return l
}

func picture(t *testing.T) *bytes.Reader {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 160, 40))
	for x := range 160 {
		for y := range 40 {
			if (x-20)*(x-20)+(y-20)*(y-20) < 300 || x > 48 && x < 150 && y > 12 && y < 28 {
				img.Set(x, y, color.NRGBA{0x3d, 0x5a, 0xfe, 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

// fill puts tickets, work, approvals and ratings in front of Bo, who sees all of Kestrel.
func (o *office) fill(t *testing.T) (rate string, ask portal.Approval) {
	t.Helper()
	ctx := context.Background()
	firm := access.With(ctx, &access.Identity{User: 1, Name: "Ada Moreau", Role: access.Owner})
	o.grant(o.client, o.boss, portal.Rights{Sees: portal.SeesClient, Approver: true})
	for _, s := range []string{"Scan to e-mail stopped working", "New starter on Monday: laptop, mailbox and phone for the lower school's new head of music", "The projector in the hall shows everything in pink"} {
		o.raise(o.client, o.kim, helpdesk.Draft{Subject: s, Channel: "portal"})
	}
	all := access.WholeFirm()
	own := o.raise(o.client, o.boss, helpdesk.Draft{Subject: "VPN drops every 20 minutes", Body: "All six people in the office lose the connection.\n\nThey have to sign in again each time, see https://status.example.com.", Author: &helpdesk.Author{Kind: "person", ID: o.boss, Name: "Bo"}})
	if _, _, err := o.Desk.Say(firm, all, own.ID, 0, helpdesk.Message{Public: true, Body: "We see packet loss on your line and have told the provider. A second line would make you independent of this one."}); err != nil {
		t.Fatal(err)
	}
	types, err := o.Work.Types(ctx)
	if err != nil {
		t.Fatal(err)
	}
	people, err := o.Access.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i, minutes := range []int{45, 90} {
		if _, err := o.Work.Create(ctx, worklog.Actor{ID: people[0].ID, Name: "Ada Moreau", Others: true}, worklog.Draft{Ticket: own.ID, Type: types[i].ID, Day: clock.Today(o.Clock, time.UTC), Starts: worklog.NoStart, Minutes: minutes, Note: "Measured the line and changed the router's uplink."}); err != nil {
			t.Fatal(err)
		}
	}
	firm = access.With(ctx, &access.Identity{User: people[0].ID, Name: "Ada Moreau", Role: access.Owner})
	id, err := o.Portal.RequestApproval(firm, all, own.ID, portal.Request{Text: "A second line by another provider, 250 Mbit/s, for 24 months.\nWithout it the office depends on the present line alone.", Minor: 14900, Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	list, err := o.Portal.ApprovalsOf(ctx, all, own.ID)
	if err != nil || len(list) != 1 || list[0].ID != id {
		t.Fatal(list, err)
	}
	solved := helpdesk.StateSolved
	for _, s := range []string{"Toner for the copier", "Shared calendar missing"} {
		done := o.raise(o.client, o.boss, helpdesk.Draft{Subject: s})
		if _, err := o.Desk.Update(firm, all, done.ID, 0, helpdesk.Edit{State: &solved, Assignee: &people[0].ID}); err != nil {
			t.Fatal(err)
		}
		o.work()
	}
	for _, l := range o.letters() {
		if strings.HasPrefix(l.subject, "How did we do?") {
			rate = l.path(t)
		}
	}
	return rate, list[0]
}

// The portal in all looks, with the firm's colours and logo: axe is silent, nothing sticks out, everything is in the reader's language.
func TestBrowserPortal(t *testing.T) {
	s, o := newBrowserOffice(t)
	ctx := context.Background()
	firm, err := s.Values.Firm(ctx)
	if err != nil {
		t.Fatal(err)
	}
	firm.Name, firm.Currency = "Tidegate IT", "EUR"
	if err := s.Values.SetFirm(ctx, firm); err != nil {
		t.Fatal(err)
	}
	empty := o.enter("lee@kestrel.example")
	s.Check(t, s.outside("portal-articles-none", "/portal/articles", empty.cookie))
	rate, ask := o.fill(t)
	g := o.enter("bo@kestrel.example")
	if err := o.change(func(x *portal.Settings) {
		x.Accent, x.Welcome, x.Phone, x.Imprint, x.Privacy = "#3d5afe", "Glad you are here. For what burns, call us: we answer from seven to seven.", "+44 1632 960123", "https://tidegate.example/imprint", "https://tidegate.example/privacy"
		x.Form, x.Hosts = true, []string{"https://www.tidegate.example"}
	}); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"portal-home": "/portal", "portal-list": "/portal/tickets", "portal-done": "/portal/tickets?show=closed", "portal-none": "/portal/tickets?q=nothingatall",
		"portal-ticket": "/portal/tickets/1004", "portal-solved": "/portal/tickets/1005", "portal-new": "/portal/tickets/new", "portal-account": "/portal/account",
		"portal-approvals": "/portal/approvals", "portal-approval": "/portal/approvals/" + ask.ID.String(),
	} {
		s.Check(t, s.outside(name, path, g.cookie))
	}
	s.Check(t, s.outside("portal-empty", "/portal", empty.cookie))
	s.statusPages(t, o, g.cookie)
	bill := o.managed()
	o.grant(o.client, o.boss, portal.Rights{Sees: portal.SeesClient, Approver: true, Billing: true})
	for name, path := range map[string]string{"portal-invoices": "/portal/invoices", "portal-invoice": "/portal/invoices/" + bill.ID.String() + "?open=yes"} {
		s.Check(t, s.outside(name, path, g.cookie))
	}
	if w := o.guest().post("/portal/sign-in", url.Values{"email": {"kim@kestrel.example"}}); w.Code != http.StatusOK {
		t.Fatal(w.Code)
	}
	o.work()
	link := o.lastTo("kim@kestrel.example").path(t)
	for name, path := range map[string]string{"portal-sign-in": "/portal/sign-in", "portal-link": link, "portal-rate": rate, "portal-form": "/portal/form"} {
		s.Check(t, s.outside(name, path, ""))
	}
	if err := s.Portal.SaveLogo(ctx, picture(t)); err != nil {
		t.Fatal(err)
	}
	missing := s.outside("portal-missing", "/portal/tickets/4711", g.cookie)
	missing.Failing = true
	s.Check(t, missing)
}

// The firm's articles as a client's people read them, and what fits a ticket while it is written.
func TestBrowserPortalArticles(t *testing.T) {
	s, o := newBrowserOffice(t)
	g := o.enter("bo@kestrel.example")
	for _, x := range world.Articles() {
		d := knowledge.Draft{Shared: x.Shared, Published: !x.Draft, Title: x.Title, Folder: x.Folder, Tags: x.Tags, Body: x.Body}
		if x.Client != "" {
			d.Client = o.client
		}
		o.wrote(d)
	}
	o.wrote(knowledge.Draft{Published: true, Shared: true, Folder: "Remote work", Title: "Working from home: how to connect to the files and the programs of the office over the VPN, step by step", Body: "Start the VPN first."})
	all, ctx := access.WholeFirm(), context.Background()
	raw := new(bytes.Buffer)
	if _, err := picture(t).WriteTo(raw); err != nil {
		t.Fatal(err)
	}
	id := o.wrote(knowledge.Draft{Published: true, Shared: true, Folder: "Printing", Tags: []string{"printer", "scanner"}, Title: "The copier scans to your mailbox", Body: `Put the page in **face up**.

![The panel](panel.png)

1. Touch *Scan*.
2. Choose yourself in the list.
3. Touch the green key.

| lamp | what it means |
|---|---|
| green | it is sent |
| red | the mailbox is full, see [the form](form.pdf) |

> Pages with staples damage the glass.
`}, "panel.png", raw.String(), "form.pdf", "%PDF")
	for name, path := range map[string]string{
		"portal-articles": "/portal/articles", "portal-articles-folder": "/portal/articles?folder=Printing", "portal-articles-nothing": "/portal/articles?q=nothingatall",
		"portal-article": "/portal/articles/" + id.String(), "portal-new-suggest": "/portal/tickets/new",
	} {
		s.Check(t, s.outside(name, path, g.cookie))
	}
	for _, width := range []int{1440, 390} {
		tab := s.Open(t, s.outside("portal-suggested", "/portal/tickets/new", g.cookie))
		tab.Resize(width, false)
		tab.Type("#f-subject", "Outlook wants my password again")
		tab.Wait(".p-suggest li a")
		tab.Shot("")
		tab.Accessible()
		tab.Fits()
		tab.Quiet()
	}
	// They open beside what is written, and lead where the person may read.
	found, err := o.Know.Suggest(ctx, all, o.client, "Outlook wants my password again")
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	tab := s.Open(t, s.outside("portal-suggested-article", "/portal/articles/"+found[0].ID.String(), g.cookie))
	tab.Wait(".p-article .k-prose ol")
	tab.Quiet()
}

// The firm's side of the portal in all looks.
func TestBrowserPortalFirm(t *testing.T) {
	s, o := newBrowserOffice(t)
	if err := o.change(func(x *portal.Settings) { x.Accent, x.Form = "#ffd400", true }); err != nil {
		t.Fatal(err)
	}
	rate, _ := o.fill(t)
	token, _, _ := strings.Cut(strings.TrimPrefix(rate, "/portal/rate/"), "?")
	if err := s.Portal.RateByLink(context.Background(), token, portal.Good, "Quick and friendly, as always."); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"portal-settings": "/portal-settings", "portal-client": "/clients/" + o.client.String(), "portal-panel": "/tickets/1004", "portal-rated": "/tickets/1005",
		"portal-ask": "/tickets/1004/approvals/new", "portal-satisfaction": "/tickets/satisfaction", "portal-sign-on": "/clients/" + o.client.String() + "/portal/sign-on",
	} {
		s.Check(t, s.look(name, path))
	}
}

// A person of a client does it all in a browser: the link of the mail, a new ticket, an answer, an approval, solved, a rating.
func TestBrowserPortalLife(t *testing.T) {
	s, o := newBrowserOffice(t)
	tab := s.Open(t, s.outside("portal-life", "/portal/sign-in", ""))
	tab.Type("#f-email", "Bo@kestrel.example")
	tab.Click(".btn-primary")
	tab.Wait(".empty")
	o.work()
	tab.Goto(s.url + o.lastTo("bo@kestrel.example").path(t))
	tab.Click(".btn-primary")
	tab.Wait(".p-hello")
	tab.Click(".p-hello .btn-primary")
	tab.Wait("#f-subject")
	tab.Type("#f-subject", "The door opener is silent")
	tab.Type("#f-body", "Nobody hears the bell.")
	tab.Click(".form-actions .btn-primary")
	tab.Wait("#p-write")
	tab.Type("#p-write", "It works at the back door.")
	tab.Click(".t-send .btn-primary")
	tab.Wait(".t-message:nth-child(2)")
	people, err := s.Access.People(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	firm := access.With(context.Background(), &access.Identity{User: people[0].ID, Name: "Ada Moreau", Role: access.Owner})
	// What the firm says appears by itself.
	if _, _, err := s.Desk.Say(firm, access.WholeFirm(), o.ticket(1001).ID, 0, helpdesk.Message{Public: true, Body: "A new one is needed."}); err != nil {
		t.Fatal(err)
	}
	tab.Wait(".t-message:nth-child(3)")
	if _, err := s.Portal.RequestApproval(firm, access.WholeFirm(), o.ticket(1001).ID, portal.Request{Text: "A new door opener", Minor: 24900, Currency: "EUR"}); err != nil {
		t.Fatal(err)
	}
	tab.Goto(s.url + o.lastTo("bo@kestrel.example").path(t))
	tab.Wait(".p-amount")
	tab.Type("#f-comment", "Please in white.")
	tab.Click(".form-actions .btn-primary")
	tab.Wait(".badge.tone-good")
	tab.Goto(s.url + "/portal/tickets/1001")
	tab.Click(".p-turn button")
	tab.Wait("#rate .p-face-good")
	tab.Click("#rate .p-face-good")
	tab.Type("#rate textarea", "Thank you!")
	tab.Click("#rate .btn")
	tab.Wait("[data-toast]")
	r, ok, err := s.Portal.RatingOf(context.Background(), access.WholeFirm(), o.ticket(1001).ID)
	if err != nil || !ok || r.Grade != portal.Good || r.Comment != "Thank you!" {
		t.Errorf("%+v %v %v", r, ok, err)
	}
	list, err := s.Portal.ApprovalsOf(context.Background(), access.WholeFirm(), o.ticket(1001).ID)
	if err != nil || len(list) != 1 || list[0].Answer != portal.Yes || list[0].Comment != "Please in white." || list[0].By != o.boss || list[0].Address == "" {
		t.Errorf("%+v %v", list, err)
	}
	if x := o.ticket(1001); x.State != helpdesk.StateSolved {
		t.Errorf("%+v", x)
	}
	tab.Quiet()
}
