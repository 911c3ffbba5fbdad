// SPDX-License-Identifier: Apache-2.0

package webhook_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/kit/fault"
	"mainstay/kit/webhook"
)

// TestFetch: what an address that somebody entered gives is read under the guard, and only so much of it.
func TestFetch(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/file":
			_, _ = io.WriteString(w, "content")
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat("x", 2<<20))
		case "/elsewhere":
			http.Redirect(w, r, "/file", http.StatusMovedPermanently)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(inside.Close)
	p, ctx := webhook.NewPoster(true, "test"), context.Background()
	if b, err := p.Fetch(ctx, " "+inside.URL+"/file ", 1<<20); err != nil || string(b) != "content" {
		t.Errorf("got %q, %v", b, err)
	}
	for address, want := range map[string]string{
		inside.URL + "/large":     "larger than 1 MB",
		inside.URL + "/elsewhere": "Enter that one: /file",
		inside.URL + "/nothing":   "404",
		"http://127.0.0.1:1/":     "cannot be reached",
		"ftp://example.com/":      "begin with https",
		"words":                   "no address",
	} {
		if _, err := p.Fetch(ctx, address, 1<<20); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
	// Without the operator's word nothing inside the firm's network is read, whatever it is called.
	for _, address := range []string{inside.URL + "/file", strings.Replace(inside.URL, "http:", "https:", 1), "https://169.254.169.254/latest", "https://[::1]/"} {
		if b, err := webhook.NewPoster(false, "test").Fetch(ctx, address, 1<<20); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %q %v", address, b, err)
		}
	}
}
