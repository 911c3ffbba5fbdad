// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"strings"
	"testing"
)

// What vendors bill, from the list of differences to an acknowledgement, the names that nobody knows, and what is left of it all.
func TestBrowserReconciliation(t *testing.T) {
	s := newSite(t)
	if err := s.LoadDemo(context.Background()); err != nil {
		t.Fatal(err)
	}
	tab := s.Open(t, s.look("reconciliation", "/reconciliation"))
	tab.Wait("table tbody tr")
	tab.Shot("list")
	tab.Accessible()
	tab.Resize(390, true)
	tab.Shot("list-narrow")
	tab.Accessible()
	tab.Resize(1440, false)
	tab.Click("section table tbody a[data-open]")
	tab.Wait(`input[name="reason"]`)
	tab.Shot("pair")
	tab.Accessible()
	tab.Type(`input[name="reason"]`, "Spares for the new practice")
	tab.Click(`form[action="/reconciliation/acknowledge"] .btn-primary`)
	tab.Wait("[data-toast]")
	if !strings.Contains(tab.Text("main.main"), "acknowledged") {
		t.Error("the difference is not acknowledged")
	}
	tab.Click(`.cols table tbody a`)
	tab.Wait("table tbody tr")
	tab.Shot("bill")
	tab.Accessible()
	for _, x := range []struct{ name, path string }{
		{"names", "/reconciliation/names"}, {"margins", "/insight/margins"}, {"margins-family", "/insight/margins?by=family"},
	} {
		tab.Goto(s.url + x.path)
		tab.Wait("table tbody tr")
		tab.Shot(x.name)
		tab.Accessible()
	}
	tab.Resize(390, false)
	tab.Goto(s.url + "/insight/margins?by=agreement&sort=worst")
	tab.Wait("table tbody tr")
	tab.Shot("margins-narrow")
	tab.Accessible()
	tab.Resize(1440, true)
	tab.Goto(s.url + "/insight/margins")
	tab.Wait("table tbody tr")
	tab.Click("table tbody a[data-open]")
	tab.Wait("#main svg, main svg")
	tab.Shot("agreement")
	tab.Accessible()
	tab.Quiet()
}
