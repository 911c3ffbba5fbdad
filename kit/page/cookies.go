// SPDX-License-Identifier: Apache-2.0

package page

import (
	"encoding/base64"
	"net/http"
	"strings"
)

const (
	themeCookie = "theme"
	flashCookie = "flash"
)

// ThemeOf returns the theme in the reader's cookie, "" when there is none.
func ThemeOf(r *http.Request) Theme {
	c, err := r.Cookie(themeCookie)
	if err != nil {
		return ""
	}
	switch t := Theme(c.Value); t {
	case Light, Dark:
		return t
	}
	return System
}

// SetTheme keeps a theme in the reader's cookie; anything but Light and Dark is System.
func SetTheme(w http.ResponseWriter, r *http.Request, t Theme) {
	if t != Light && t != Dark {
		t = System
	}
	http.SetCookie(w, &http.Cookie{Name: themeCookie, Value: string(t), Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
}

// SwitchTheme is the handler of the theme form: it keeps the choice in a cookie, so that the
// server renders the right colours at once, and returns to the page it was chosen on.
func SwitchTheme() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		SetTheme(w, r, Theme(r.FormValue("theme")))
		if r.Header.Get("Accept") == "application/json" { // the script has changed the page already
			w.WriteHeader(http.StatusNoContent)
			return
		}
		http.Redirect(w, r, Local(r.FormValue("back")), http.StatusSeeOther) //nolint:gosec // Local lets only paths of this server through
	})
}

// Local returns path when it is a page of this server, and "/" for anything that could lead
// elsewhere: pass every address to return to through it.
func Local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// Flash tells what the last action did. It is shown once, on the next page.
type Flash struct {
	Kind Tone
	Text string // in the reader's language
	Undo string // a path that takes it back when it is posted to; "" = it cannot be
}

// SetFlash keeps a message for the next page, in a cookie that only the server reads.
func SetFlash(w http.ResponseWriter, r *http.Request, f Flash) {
	value := base64.RawURLEncoding.EncodeToString([]byte(string(f.Kind) + "\n" + f.Undo + "\n" + f.Text))
	if len(value) > 2000 {
		return // a cookie that large could be refused; the action is done all the same
	}
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Value: value, Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
}

func takeFlash(w http.ResponseWriter, r *http.Request) Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return Flash{}
	}
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil})
	b, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return Flash{}
	}
	kind, rest, _ := strings.Cut(string(b), "\n")
	undo, text, _ := strings.Cut(rest, "\n")
	if undo != "" {
		undo = Local(undo)
	}
	return Flash{Kind: Tone(kind), Text: text, Undo: undo}
}
