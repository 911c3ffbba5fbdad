// SPDX-License-Identifier: Apache-2.0

package page

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
)

// Handler serves a function that may fail; its error becomes the error page.
func Handler(f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			Error(w, r, err)
		}
	})
}

// Render writes a component as an HTML page with a status. It renders to memory
// first, so that a template that fails half way gives an error page and not half a page.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(locale.From(r.Context()).Tag()))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store") // business data never stays in a shared browser's cache
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader has gone; nobody to tell
	return nil
}

// Redirect answers a form post: 303 See Other, so that reloading does not post again.
func Redirect(w http.ResponseWriter, r *http.Request, url string) error {
	http.Redirect(w, r, url, http.StatusSeeOther)
	return nil
}

// Fragment reports whether the request wants a part of a page: it came from
// htmx, not from a link, an address bar or a form.
func Fragment(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }

// StatusOf returns the HTTP status that a fault is answered with.
func StatusOf(err error) int {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Denied:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Busy:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Error answers a request with the page of err's kind, or with an inline message
// when the request is for a fragment. Faults without a kind are logged with their cause; the reader
// sees a neutral sentence.
func Error(w http.ResponseWriter, r *http.Request, err error) {
	status := StatusOf(err)
	if status == http.StatusInternalServerError {
		slog.ErrorContext(r.Context(), "page failed", "method", r.Method, "path", r.URL.Path, "error", err)
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	text := locale.From(r.Context()).Fault(err)
	c := errorPage(status, text)
	if Fragment(r) {
		c = Notice{Kind: Bad, Text: text}
	}
	if err := Render(w, r, status, c); err != nil {
		slog.ErrorContext(r.Context(), "error page failed", "path", r.URL.Path, "error", err)
		http.Error(w, "Something went wrong on our side. The log has the details.", http.StatusInternalServerError)
	}
}

// NotFound is the handler for paths that nobody serves.
func NotFound() http.Handler {
	return Handler(func(http.ResponseWriter, *http.Request) error {
		return fault.NewNotFound("There is no page at this address.")
	})
}

// Personal makes the reader's printer and view before the page is served. view is asked
// once per request; a theme in the reader's cookie comes before the view's, the flash message comes
// from a cookie when view leaves it empty.
func Personal(view func(*http.Request) (View, locale.Printer)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/assets/") {
				next.ServeHTTP(w, r)
				return
			}
			v, p := view(r)
			if v.Path == "" {
				v.Path = r.URL.Path
			}
			if t := ThemeOf(r); t != "" { // what was chosen on this device comes before the account's choice
				v.Theme = t
			}
			if v.Flash.Text == "" && r.Method == http.MethodGet && !Fragment(r) {
				v.Flash = takeFlash(w, r)
			}
			next.ServeHTTP(w, r.WithContext(With(locale.With(r.Context(), p), v)))
		})
	}
}

// policy is the content security policy: everything from this server, nothing inline.
// Pictures may be data URLs, because a QR code or a logo may be embedded in a page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

// Secure sets the headers that protect every page: content security policy,
// no sniffing, no framing, no referrer to other sites.
func Secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		next.ServeHTTP(w, r)
	})
}

// Embeddable lets the pages of other origins, such as "https://www.example.com", show the answer in a frame of theirs. Call it
// before the answer is written; without origins nothing changes.
func Embeddable(w http.ResponseWriter, origins []string) {
	if len(origins) == 0 {
		return
	}
	w.Header().Set("Content-Security-Policy", strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors 'self' "+strings.Join(origins, " "), 1))
	w.Header().Del("X-Frame-Options")
}
