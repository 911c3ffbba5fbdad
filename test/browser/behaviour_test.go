// SPDX-License-Identifier: Apache-2.0

package browser_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mainstay/kit/page/storybook"
	"mainstay/test/browser"
)

func TestBehaviour(t *testing.T) {
	b := browser.New(t)
	url := b.Serve(storybook.Handler())

	t.Run("the palette opens by key, moves by arrows and opens the choice", func(t *testing.T) {
		tab := b.Open(t, browser.Look{Name: "palette", URL: url + "/", Dark: true})
		tab.Press("k", chromedp.KeyModifiers(kb.ModifierCtrl))
		tab.Wait("#palette [role=option][aria-selected=true]")
		tab.Press(kb.ArrowDown)
		tab.Wait("#palette [role=option]:nth-child(2)[aria-selected=true]")
		tab.Accessible()
		tab.Shot("")
		tab.Press(kb.ArrowUp + kb.ArrowUp + kb.Enter)
		tab.Wait(".error")
		if got := tab.URL(); !strings.HasSuffix(got, "/journey") {
			t.Errorf("the last row of the palette opened %s", got)
		}
	})

	t.Run("the palette says when it finds nothing", func(t *testing.T) {
		tab := b.Open(t, browser.Look{Name: "palette-none", URL: url + "/"})
		tab.Click(".find")
		tab.Wait("#palette [role=option]")
		tab.Press("nothing")
		tab.Wait(".palette-none")
		tab.Quiet()
	})

	t.Run("J and K move over the rows and Enter opens", func(t *testing.T) {
		tab := b.Open(t, browser.Look{Name: "rows", URL: url + "/"})
		tab.Eval(`document.querySelector(".table-plain").remove()`, nil)
		tab.Press("jjk")
		tab.Wait("tbody tr:first-child.cursor")
		tab.Press("jx")
		tab.Wait("tbody tr:nth-child(2).cursor[aria-selected=true]")
		tab.Shot("")
		tab.Press(kb.Enter)
		tab.Wait(".error")
		if got := tab.URL(); !strings.HasSuffix(got, "/clients/1042") {
			t.Errorf("Enter on the second row opened %s", got)
		}
	})

	t.Run("a slash goes to the filter", func(t *testing.T) {
		tab := b.Open(t, browser.Look{Name: "filter", URL: url + "/"})
		tab.Press("/")
		tab.Press("dental")
		var value string
		tab.Eval(`document.activeElement.value`, &value)
		if !strings.HasSuffix(value, "dental") { // a synthetic key types its character even where the page refused it
			t.Errorf("the filter holds %q", value)
		}
	})

	t.Run("a form that destroys asks first", func(t *testing.T) {
		tab := b.Open(t, browser.Look{Name: "confirm", URL: url + "/"})
		tab.Click("[data-confirm] > .btn")
		tab.Wait("#sample-confirm")
		tab.Accessible()
		tab.Shot("")
		tab.Click("#sample-confirm [data-close-dialog]")
		if got := tab.URL(); got != url+"/" {
			t.Errorf("cancelling left the page for %s", got)
		}
		tab.Click("[data-confirm] > .btn")
		tab.Click("#sample-confirm [data-yes]")
		tab.Wait(".error")
		if got := tab.URL(); !strings.HasSuffix(got, "/signout") {
			t.Errorf("saying yes led to %s", got)
		}
	})

	t.Run("the theme button changes the colours and the server remembers", func(t *testing.T) {
		tab := b.Open(t, browser.Look{Name: "theme", URL: url + "/"})
		for _, want := range []string{"light", "dark", ""} {
			tab.Click(".top [data-theme-form] button")
			if want == "" {
				tab.Wait("html:not([data-theme]) .top [data-theme-form] button[value=light]")
				continue
			}
			next := map[string]string{"light": "dark", "dark": "system"}[want]
			tab.Wait("html[data-theme=" + want + "] .top [data-theme-form] button[value=" + next + "]")
		}
		tab.Click(".top [data-theme-form] button")
		tab.Wait("html[data-theme=light] .top [data-theme-form] button[value=dark]")
		tab.Eval(`location.reload()`, nil)
		tab.Wait("html[data-theme=light]")
		tab.Quiet()
	})

	t.Run("the menu opens on a small screen, with and without a script", func(t *testing.T) {
		for _, bare := range []bool{false, true} {
			tab := b.Open(t, browser.Look{Name: "menu", URL: url + "/", Width: 390, Height: 844, NoScript: bare})
			tab.Click(".top-menu")
			tab.Wait(".side .who")
			if !bare {
				tab.Accessible()
				tab.Shot("")
			}
		}
	})

	t.Run("chosen files are named", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "invoices 2026.csv")
		if err := os.WriteFile(path, []byte("a,b\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		tab := b.Open(t, browser.Look{Name: "drop", URL: url + "/"})
		tab.Files("[data-drop] input[type=file]", path)
		tab.Wait("[data-drop-files] li")
		if got := tab.Text("[data-drop-files]"); !strings.Contains(got, "invoices 2026.csv") || !strings.Contains(got, "4 byte") {
			t.Errorf("the chosen file is shown as %q", got)
		}
		tab.Quiet()
	})
}

// A click, a key and an expression wait for the page that they lead to, however slow it is.
func TestHandsWait(t *testing.T) {
	b := browser.New(t)
	url := b.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said := "asked"
		if r.Method == http.MethodPost {
			time.Sleep(400 * time.Millisecond)
			said = "answered"
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><title>Slow</title><p>`+said+`</p><form method="post"><input name="a" autofocus><button>Send</button></form></html>`)
	}))
	for name, act := range map[string]func(*browser.Tab){
		"click": func(tab *browser.Tab) { tab.Click("button") },
		"key":   func(tab *browser.Tab) { tab.Press("x"); tab.Press("\r") },
		"eval":  func(tab *browser.Tab) { tab.Eval(`document.querySelector("form").requestSubmit()`, nil) },
	} {
		for _, bare := range []bool{false, true} {
			if bare && name == "eval" {
				continue
			}
			t.Run(fmt.Sprint(name, ", no script: ", bare), func(t *testing.T) {
				tab := b.Open(t, browser.Look{Name: "slow", URL: url, NoScript: bare})
				act(tab)
				if got := tab.Text("p"); got != "answered" {
					t.Errorf("the page says %q", got)
				}
			})
		}
	}
}

// TestHarness plants one fault of each kind and expects to hear of it.
func TestHarnessHears(t *testing.T) {
	b := browser.New(t)
	tab := b.Open(t, browser.Look{Name: "fault", URL: b.Serve(storybook.Handler()) + "/alone"})
	tab.Eval(`console.error("planted"), fetch("/missing").then(() => 0)`, nil)
	tab.Eval(`document.body.setAttribute("style", "color: red"), 0`, nil)
	heard := strings.Join(tab.Problems(), "\n")
	for _, want := range []string{"planted", "404", "Content Security Policy"} {
		if !strings.Contains(heard, want) {
			t.Errorf("not heard: %q in %q", want, heard)
		}
	}
}
