// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"testing"

	"mainstay/test/browser"
)

// TestPagesInTheBrowser holds every page of the journey to the rules of the house.
func TestPagesInTheBrowser(t *testing.T) {
	b := browser.New(t)
	ledger, err := believable()
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, ledger)
	bare := newSite(t, nil)
	harbour, other := s.clients["Harbour Dental Group"].String(), s.clients["Lantern Theatre"].String()
	for _, x := range []struct {
		name, path string
		of         *site
	}{
		{"firm", "/journey", s},
		{"firm-cash", "/journey?view=cash", s},
		{"sign", "/journey/signs/client-driven", s},
		{"sign-msp", "/journey/signs/strategic", s},
		{"ranking", "/journey/clients?sort=position", s},
		{"client", "/journey/clients/" + harbour, s},
		{"client-record", "/clients/" + other, s},
		{"evidence", "/journey/evidence?of=revenue.labour", s},
		{"evidence-client", "/journey/evidence?of=revenue.recurring&client=" + harbour, s},
		{"evidence-tickets", "/journey/evidence?of=tickets.client&client=" + harbour, s},
		{"questions", "/journey/questions", s},
		{"thresholds", "/journey/thresholds", s},
		{"threshold", "/journey/thresholds/revenue.recurring", s},
		{"transition", "/transition", s},
		{"portfolio", "/transition/portfolio", s},
		{"replay", "/transition/clients/" + other, s},
		{"proposal", "/transition/clients/" + other + "/proposal", s},
		{"firm-empty", "/journey", bare},
		{"questions-empty", "/journey/questions", bare},
		{"thresholds-empty", "/journey/thresholds", bare},
		{"transition-empty", "/transition", bare},
		{"portfolio-empty", "/transition/portfolio", bare},
	} {
		t.Run(x.name, func(t *testing.T) {
			lang := "?lang=en-XA"
			for _, c := range x.path {
				if c == '?' {
					lang = "&lang=en-XA"
				}
			}
			b.Check(t, browser.Look{Name: x.name, URL: x.of.url + x.path, Pseudo: x.of.url + x.path + lang, Cookies: []*http.Cookie{x.of.session}})
		})
	}
}
