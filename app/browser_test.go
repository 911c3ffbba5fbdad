// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/practice/clients"
	"mainstay/test/browser"
)

// site is a whole installation behind a real browser.
type site struct {
	*app.App
	*browser.Browser
	url     string
	session *http.Cookie
}

func newSite(t *testing.T) site {
	t.Helper()
	return newSiteAt(t, clock.System{})
}

// newSiteAt is newSite with a clock of the test's own: for pages that say how long something is left.
func newSiteAt(t *testing.T, c clock.Clock) site {
	t.Helper()
	b := browser.New(t)
	a := openAt(t, c)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return site{a, b, b.Serve(handler), &http.Cookie{Name: access.Cookie, Value: join(t, a, access.Owner)}}
}

// look describes a page for the checks: all looks, German, pseudo-locale, no script.
func (s site) look(name, path string) browser.Look {
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return browser.Look{Name: name, URL: s.url + path, Pseudo: s.url + path + mark + "lang=en-XA", Cookies: []*http.Cookie{s.session}}
}

func TestBrowserFirstRun(t *testing.T) {
	s := newSite(t)
	for name, path := range map[string]string{
		"start": "/start", "firm": "/firm", "clients-empty": "/clients", "api": "/api/docs", "missing": "/nowhere", "search-empty": "/search?q=nothing",
	} {
		look := s.look(name, path)
		if name == "missing" {
			look.Failing = true
		}
		s.Check(t, look)
	}
}

func TestBrowserClients(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now())) // what is left of a promise stays the same
	ctx := context.Background()
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	harbour, err := s.Clients.Resolve(ctx, "Harbour Dental Group")
	if err != nil {
		t.Fatal(err)
	}
	all := access.WholeFirm()
	if _, err := s.Clients.SaveSite(ctx, all, harbour, clients.Site{Name: "Head office", Street: "4 Quay Street", City: "Tidegate", Postcode: "10101"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Clients.AddNote(ctx, all, harbour, "Prefers calls before ten. <script>alert(1)</script>"); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"clients": "/clients", "client": "/clients/" + harbour.String(), "client-edit": "/clients/" + harbour.String() + "/edit",
		"client-new": "/clients/new", "duplicates": "/clients/duplicates", "search": "/search?q=harbour",
	} {
		s.Check(t, s.look(name, path))
	}
}

// A person adds a client, a note and a contact, and finds them again with the keyboard alone.
func TestBrowserClientLife(t *testing.T) {
	s := newSite(t)
	tab := s.Open(t, browser.Look{Name: "life", URL: s.url + "/clients/new", Cookies: []*http.Cookie{s.session}})
	tab.Type("#f-name", "Bluegate Logistics")
	tab.Click(".form-actions .btn-primary")
	tab.Wait("#notes")
	tab.Type("#f-body", "Met at the fair")
	tab.Click("#notes .form-actions button")
	tab.Wait(".note")
	if text := tab.Text(".note"); !strings.Contains(text, "Met at the fair") {
		t.Errorf("the note reads %q", text)
	}
	tab.Goto(s.url + "/clients/new")
	tab.Type("#f-name", "BLUEGATE logistics Ltd")
	tab.Click(".form-actions .btn-primary")
	tab.Wait(".field-error")
}
