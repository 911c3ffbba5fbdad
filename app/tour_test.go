// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"testing"

	"mainstay/test/browser"
)

// A newcomer's tour through the whole demo firm in a real browser: nothing errs, nothing sticks out, axe is silent.
func TestBrowserTour(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	harbour, err := s.Clients.Resolve(ctx, "Harbour Dental Group")
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"tour-journey": "/journey", "tour-transition": "/transition", "tour-books": "/books", "tour-client": "/clients/" + harbour.String(),
		"tour-client-journey": "/journey/clients/" + harbour.String(), "tour-replay": "/transition/clients/" + harbour.String(),
		"tour-questions": "/journey/questions", "tour-thresholds": "/journey/thresholds", "tour-import": "/books/import", "tour-portfolio": "/transition/portfolio",
	} {
		t.Run(name, func(t *testing.T) {
			for _, look := range []browser.Look{{Width: 1440}, {Width: 390, Dark: true}} {
				look.Name, look.URL, look.Cookies = name, s.url+path, s.look("", "/").Cookies
				s.Visit(t, look)
			}
		})
	}
}
