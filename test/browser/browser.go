// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Browser is one running Chromium. It ends with the test that made it.
type Browser struct {
	t    testing.TB
	ctx  context.Context
	tabs map[string]*Tab // of Check, by reader
}

// Find returns the path of Chromium, "" when there is none.
func Find() string {
	if path := os.Getenv("MAINSTAY_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// New starts Chromium, or skips the test when there is none. In CI (environment
// variable CI) a missing browser fails the test.
func New(t testing.TB) *Browser {
	t.Helper()
	path := Find()
	if path == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium: install the package chromium, or set MAINSTAY_CHROMIUM to its path")
		}
		t.Skip("not tried in a browser: no Chromium here (install the package chromium, or set MAINSTAY_CHROMIUM)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // tests run as root in containers and open only pages of their own
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag("window-size", "1440,900"), // never narrow, not even for the first frame
	)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium at %s does not start: %v", path, err)
	}
	return &Browser{t: t, ctx: ctx, tabs: map[string]*Tab{}}
}

// Serve runs a handler on a free port of this machine until the test ends and
// returns its URL.
func (b *Browser) Serve(h http.Handler) string {
	server := httptest.NewServer(h)
	b.t.Cleanup(server.Close)
	return server.URL
}

// patience is how long one step may take on a slow machine before the test fails.
const patience = 60 * time.Second
