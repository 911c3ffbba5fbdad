// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Look is one way of looking at a page.
type Look struct {
	Name     string // of the picture
	URL      string
	Pseudo   string         // the same page in the pseudo-locale; "" leaves that check out
	Cookies  []*http.Cookie // such as the session
	Width    int            // pixels, 1440 when 0
	Height   int            // pixels, 900 when 0
	Dark     bool
	NoScript bool
	Failing  bool // the page itself answers with an error status
}

func (l Look) String() string {
	theme := "light"
	if l.Dark {
		theme = "dark"
	}
	return fmt.Sprintf("%s-%d-%s", l.Name, l.Width, theme)
}

// whole fills in the size of the window.
func (l Look) whole() Look {
	if l.Width == 0 {
		l.Width = 1440
	}
	if l.Height == 0 {
		l.Height = 900
	}
	return l
}

// Tab is an open page.
type Tab struct {
	t    testing.TB
	ctx  context.Context
	look Look

	mu       sync.Mutex
	problems []string
	loading  bool // a page, after it was asked for and before it is there
}

// Open loads a page in a tab of its own. The tab closes with the test.
func (b *Browser) Open(t testing.TB, l Look) *Tab {
	t.Helper()
	l = l.whole()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx, look: l}
	if err := chromedp.Listen(ctx, tab.listen); err != nil {
		t.Fatalf("%s: %v", l, err)
	}
	tab.Resize(l.Width, l.Dark)
	tab.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for _, c := range l.Cookies {
			if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: l.URL}); err != nil {
				return err
			}
		}
		return nil
	}))
	tab.script(!l.NoScript)
	tab.do(chromedp.Navigate(l.URL))
	tab.do(chromedp.WaitReady("body"))
	tab.eval("document.fonts.ready.then(() => true)")
	return tab
}

// script lets the pages that are opened from now on run their scripts, or not.
func (tab *Tab) script(on bool) {
	tab.t.Helper()
	tab.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	}))
}

// Resize gives the window another width and the device other colours, without loading the page anew.
func (tab *Tab) Resize(width int, dark bool) {
	tab.t.Helper()
	tab.look.Width, tab.look.Dark = width, dark
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	tab.do(chromedp.EmulateViewport(int64(width), int64(tab.look.Height)))
	tab.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	}))
	tab.settle()
}

// settle waits until the page has drawn two frames: only then has everything taken the new colours.
func (tab *Tab) settle() {
	tab.t.Helper()
	tab.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
}

// Goto opens another page in the same tab.
func (tab *Tab) Goto(url string) {
	tab.t.Helper()
	tab.look.URL = url
	tab.do(chromedp.Navigate(url))
	tab.eval("document.fonts.ready.then(() => true)")
}

// listen collects what the console would show as an error or a warning.
func (tab *Tab) listen(ev any) {
	say := func(s string) {
		tab.mu.Lock()
		tab.problems = append(tab.problems, s)
		tab.mu.Unlock()
	}
	switch e := ev.(type) {
	case *page.EventFrameStartedLoading:
		tab.loads(true)
	case *page.EventFrameStoppedLoading:
		tab.loads(false)
	case *runtime.EventExceptionThrown:
		say("exception: " + e.ExceptionDetails.Text + " " + describe(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			text := string(e.Type) + ":"
			for _, a := range e.Args {
				text += " " + string(a.Value) + describe(a)
			}
			say(text)
		}
	case *log.EventEntryAdded:
		own := tab.look.Failing && e.Entry.Source == "network" && e.Entry.URL == tab.look.URL
		if e.Entry.Level == "error" && !own {
			say("log: " + e.Entry.Text + " " + e.Entry.URL)
		}
	}
}

func describe(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return o.Description
}

// loads says that a page was asked for, or that it is there. Pages here have no frames, so that it is the tab's own.
func (tab *Tab) loads(yes bool) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.loading = yes
}

// arrive waits for the page that a click has asked for, if it has asked for one: without it, a test could take what it waits
// for from the page that is about to go, and its next click would stop a form on its way. A form is sent by a task that the
// click plans, which is why another task is waited for first.
func (tab *Tab) arrive() {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if tab.look.NoScript {
		time.Sleep(100 * time.Millisecond) // no timer runs in the page
	} else {
		// A page that is replaced meanwhile breaks the promise; then it has been asked for all the more.
		_, _ = chromedp.Run(ctx, chromedp.Evaluate[[]byte]("new Promise(done => setTimeout(() => done(true)))", chromedp.EvalAwaitPromise))
	}
	for {
		tab.mu.Lock()
		loading := tab.loading
		tab.mu.Unlock()
		if !loading {
			return
		}
		select {
		case <-ctx.Done():
			tab.t.Fatalf("%s: the page that was asked for does not come: %v", tab.look, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Problems returns what the console has shown as errors and warnings so far.
func (tab *Tab) Problems() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return append([]string(nil), tab.problems...)
}

func (tab *Tab) do(a chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, a); err != nil {
		tab.t.Fatalf("%s: %v", tab.look, err)
	}
}

// again is do for an action on an element: a page that is replaced between finding the element and using it lets the
// element go, and then it is looked for on the new page, as a person would.
func (tab *Tab) again(a chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	for {
		err := chromedp.Do(ctx, a)
		if err == nil {
			return
		}
		if ctx.Err() != nil || !gone(err) {
			tab.t.Fatalf("%s: %v; the tab shows %s", tab.look, err, tab.shown())
		}
	}
}

// shown is where the tab is and how its page begins, for whoever reads why a test failed.
func (tab *Tab) shown() string {
	ctx, cancel := context.WithTimeout(tab.ctx, 5*time.Second)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](`location.href + ": " + (document.querySelector("main") ?? document.body).innerText.slice(0, 600)`))
	if err != nil {
		return "nothing that answers: " + err.Error()
	}
	return string(b)
}

// gone reports whether an element left the page while it was used.
func gone(err error) bool {
	for _, s := range []string{"No node with given id", "Could not find node with given id", "Node with given id does not belong to the document", "Cannot find context with specified id"} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}

// eval runs JavaScript, waits for its promise and returns the JSON of its value.
func (tab *Tab) eval(expression string) []byte {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.t.Fatalf("%s: %v", tab.look, err)
	}
	return b
}

// Eval runs a JavaScript expression in the page, waits for its promise and decodes its value into out. nil is for what acts
// and has no value; then it waits as Click does.
func (tab *Tab) Eval(expression string, out any) {
	tab.t.Helper()
	b := tab.eval(expression)
	if out == nil {
		tab.arrive()
		return
	}
	if err := json.Unmarshal(b, out); err != nil {
		tab.t.Fatalf("%s: %q is not what was expected: %v", tab.look, b, err)
	}
}

// Click clicks the first element that a CSS selector finds, after it has become visible, and waits for the page that it leads
// to, if it leads to one.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.again(chromedp.WaitVisible(selector))
	tab.rest(selector)
	tab.again(chromedp.Click(selector, chromedp.NodeVisible))
	tab.arrive()
}

// rest waits until an element lies where it lay a moment before: a click goes to a place, and misses what moves on meanwhile.
func (tab *Tab) rest(selector string) {
	if tab.look.NoScript {
		return // no timer runs in the page, and nothing moves
	}
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	quoted, err := json.Marshal(selector)
	if err != nil {
		return
	}
	// A page that is replaced meanwhile breaks the promise; the click then finds what is there.
	_, _ = chromedp.Run(ctx, chromedp.Evaluate[[]byte](`(async () => {
		let was = "";
		for (let i = 0; i < 50; i++) {
			const r = document.querySelector(`+string(quoted)+`)?.getBoundingClientRect();
			const is = r ? [r.x, r.y, r.width, r.height].join() : "";
			if (is === was) return true;
			was = is;
			await new Promise((done) => setTimeout(done, 20));
		}
		return false;
	})()`, chromedp.EvalAwaitPromise))
}

// Type types into the first element that a CSS selector finds.
func (tab *Tab) Type(selector, text string) {
	tab.t.Helper()
	tab.again(chromedp.SendKeys(selector, text, chromedp.NodeVisible))
}

// Press sends keys to whatever has the focus, and waits as Click does; special keys are in chromedp's kb package.
func (tab *Tab) Press(keys string, options ...chromedp.KeyOption) {
	tab.t.Helper()
	tab.do(chromedp.KeyEvent(keys, options...))
	tab.arrive()
}

// Files chooses files for a file field.
func (tab *Tab) Files(selector string, paths ...string) {
	tab.t.Helper()
	tab.do(chromedp.SetUploadFiles(selector, paths))
}

// Wait waits until an element that a CSS selector finds is visible.
func (tab *Tab) Wait(selector string) {
	tab.t.Helper()
	tab.again(chromedp.WaitVisible(selector))
}

// Text returns the visible text of the first element that a CSS selector finds.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	var text string
	tab.again(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) (err error) {
		text, err = chromedp.Run(ctx, chromedp.Text(selector, chromedp.NodeVisible))
		return err
	}))
	return strings.TrimSpace(text)
}

// URL returns the address that the tab shows now.
func (tab *Tab) URL() string {
	tab.t.Helper()
	var s string
	tab.Eval("location.href", &s)
	return s
}

// Shot writes a picture of the whole page to the folder MAINSTAY_SHOTS, if it is set.
func (tab *Tab) Shot(suffix string) {
	tab.t.Helper()
	dir := os.Getenv("MAINSTAY_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		tab.t.Fatalf("%s: %v", tab.look, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tab.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, tab.look.String()+suffix+".png"), picture, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}
