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

// Check holds a page to all rules: see the package's documentation. One tab is resized and recoloured, and goes on to the next
// page of the same reader, so that a page costs one load for its four looks.
func (b *Browser) Check(t *testing.T, l Look) {
	t.Helper()
	t.Run(l.Name, func(t *testing.T) {
		l := l.whole()
		tab := b.reuse(t, l)
		said := tab.words()
		for _, width := range []int{1440, 390} {
			for _, dark := range []bool{false, true} {
				tab.Resize(width, dark)
				tab.Shot("")
				if dark {
					tab.axe(`{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}}`) // all that colours can change
				} else {
					tab.Accessible()
				}
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
		tab.Resize(l.Width, l.Dark)
		tab.script(false)
		tab.Goto(l.URL)
		tab.says(said)
	})
}

// reuse opens a page in the tab in which the same reader looked at the last one, if there is one.
func (b *Browser) reuse(t *testing.T, l Look) *Tab {
	t.Helper()
	reader := ""
	for _, c := range l.Cookies {
		reader += c.Name + "=" + c.Value + ";"
	}
	tab := b.tabs[reader]
	if tab == nil {
		tab = b.Open(b.t, l)
		b.tabs[reader] = tab
		tab.t = t
		return tab
	}
	tab.mu.Lock()
	tab.problems = nil
	tab.mu.Unlock()
	tab.t, tab.look = t, l
	tab.script(true)
	tab.Goto(l.URL)
	tab.Resize(l.Width, l.Dark)
	return tab
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
	tab.axe("{}")
}

// axe runs axe-core with some options.
func (tab *Tab) axe(options string) {
	tab.t.Helper()
	var present bool
	tab.Eval("!!window.axe", &present)
	if !present {
		tab.eval(axe + ";true")
	}
	var found []string
	tab.Eval(`axe.run(document, {resultTypes: ["violations"], ...`+options+`}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + " at " + n.target.join(" ") + ": " + n.failureSummary.split("\n").slice(1).join("; ").trim())))`, &found)
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
	tab.Eval("4 * document.querySelectorAll('input[type=date], input[type=time], input[type=month]').length + 7 * document.querySelectorAll('input[type=datetime-local]').length", &inside)
	for range count + inside + 5 {
		tab.Press(kb.Tab)
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

// words returns what the page says, but for what makes no sense without JavaScript, such as a passkey button, which is
// marked data-needs-script.
func (tab *Tab) words() (s string) {
	tab.t.Helper()
	tab.Eval("("+checks+").words()", &s)
	return s
}

// says fails the test when the page, loaded without JavaScript, says less than it said with it.
func (tab *Tab) says(with string) {
	tab.t.Helper()
	without := tab.words()
	if without == "" {
		tab.t.Errorf("%s: empty without JavaScript", tab.look)
	}
	here := map[string]bool{}
	for _, w := range strings.Fields(without) {
		here[w] = true
	}
	for _, w := range strings.Fields(with) {
		if !here[w] {
			tab.t.Errorf("%s: %q is missing without JavaScript", tab.look, w)
		}
	}
}
