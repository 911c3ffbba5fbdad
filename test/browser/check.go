// SPDX-License-Identifier: Apache-2.0

package browser

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

//go:embed assets/axe.min.js
var axe string

//go:embed assets/checks.js
var checks string

// Check holds a page to all rules: see the package's documentation. One tab is resized and recoloured, so
// that a page costs one load for its four looks.
func (b *Browser) Check(t *testing.T, l Look) {
	t.Helper()
	t.Run(l.Name, func(t *testing.T) {
		tab := b.Open(t, l)
		for _, width := range []int{1440, 390} {
			for _, dark := range []bool{false, true} {
				tab.Resize(width, dark)
				tab.Shot("")
				tab.Accessible()
				tab.Fits()
			}
			tab.Keyboard()
		}
		if l.Pseudo != "" {
			tab.Goto(strings.Replace(l.Pseudo, "en-XA", "de-DE", 1)) // German words are long
			tab.Fits()
			tab.Shot("-de")
			tab.Goto(l.Pseudo)
			tab.Pseudo()
		}
		tab.Quiet()
		b.WithoutScript(t, l)
	})
}

// Visit opens a page, takes its picture and fails the test for console errors, accessibility
// violations and content that sticks out sideways.
func (b *Browser) Visit(t testing.TB, l Look) *Tab {
	t.Helper()
	tab := b.Open(t, l)
	tab.Shot("")
	tab.Accessible()
	tab.Fits()
	tab.Quiet()
	return tab
}

// Quiet fails the test for everything that the console has shown as an error or warning.
func (tab *Tab) Quiet() {
	tab.t.Helper()
	for _, p := range tab.Problems() {
		tab.t.Errorf("%s: console: %s", tab.look, p)
	}
}

// Accessible fails the test for every rule of axe-core (WCAG 2.2 A and AA, best practices) that
// the page breaks.
func (tab *Tab) Accessible() {
	tab.t.Helper()
	var present bool
	tab.Eval("!!window.axe", &present)
	if !present {
		tab.eval(axe + ";true")
	}
	var found []string
	tab.Eval(`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + " at " + n.target.join(" ") + ": " + n.failureSummary.split("\n").slice(1).join("; ").trim())))`, &found)
	for _, f := range found {
		tab.t.Errorf("%s: axe: %s", tab.look, f)
	}
}

// Fits fails the test when the page can be scrolled sideways.
func (tab *Tab) Fits() {
	tab.t.Helper()
	var out []string
	tab.Eval("("+checks+").wide()", &out)
	if len(out) > 0 {
		tab.t.Errorf("%s: wider than the window: %s", tab.look, strings.Join(out, ", "))
	}
}

// Keyboard presses Tab through the whole page and fails the test for controls that are not
// reached and for controls that do not show that they have the focus.
func (tab *Tab) Keyboard() {
	tab.t.Helper()
	var count int
	tab.Eval("window.__keys = ("+checks+").keys()", &count)
	var inside int // day, month and the like are stops of their own within one field
	tab.Eval("4 * document.querySelectorAll('input[type=date], input[type=time], input[type=month]').length", &inside)
	for range count + inside + 5 {
		tab.Press(kb.Tab)
		tab.eval("__keysNote()")
	}
	var problems []string
	tab.Eval("__keysResult()", &problems)
	for _, p := range problems {
		tab.t.Errorf("%s: keyboard: %s", tab.look, p)
	}
}

// Pseudo fails the test for texts of a page in the pseudo-locale that do not come from the
// catalogue. Text below translate="no" was typed by people and is left out.
func (tab *Tab) Pseudo() {
	tab.t.Helper()
	var hard []string
	tab.Eval("("+checks+").hardWired()", &hard)
	for _, h := range hard {
		tab.t.Errorf("%s: not from the catalogue: %s", tab.look, h)
	}
}

// WithoutScript fails the test when the page says less without JavaScript than with it. What makes no
// sense without, such as a passkey button, is marked data-needs-script.
func (b *Browser) WithoutScript(t testing.TB, l Look) {
	t.Helper()
	with := b.Open(t, l)
	l.NoScript = true
	without := b.Open(t, l)
	const words = `(() => {
		for (const e of document.querySelectorAll("[data-needs-script]")) e.remove();
		return document.querySelector("main").innerText.replace(/\s+/g, " ").trim();
	})()`
	var a, z string
	with.Eval(words, &a)
	without.Eval(words, &z)
	if z == "" {
		t.Errorf("%s: empty without JavaScript", l)
	}
	missing := map[string]bool{}
	for _, w := range strings.Fields(z) {
		missing[w] = true
	}
	for _, w := range strings.Fields(a) {
		if !missing[w] {
			t.Errorf("%s: %q is missing without JavaScript", l, w)
		}
	}
}
