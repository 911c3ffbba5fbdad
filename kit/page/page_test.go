// SPDX-License-Identifier: Apache-2.0

package page_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/storybook"
)

func get(t *testing.T, h http.Handler, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAssetsAreImmutableAndCompressed(t *testing.T) {
	h := page.Assets()
	for _, name := range []string{"app.css", "js/app.js", "js/palette.js", "icons.svg", "icon.svg", "vendor/htmx.min.js"} {
		plain := get(t, h, page.Asset(name))
		small := get(t, h, page.Asset(name), "Accept-Encoding", "br, gzip")
		if plain.StatusCode != http.StatusOK || !strings.Contains(plain.Header.Get("Cache-Control"), "immutable") || plain.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %d %v", name, plain.StatusCode, plain.Header)
		}
		z, err := gzip.NewReader(small.Body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := io.ReadAll(z)
		if err != nil || string(b) != body(t, plain) {
			t.Errorf("%s: the compressed form is another: %v", name, err)
		}
	}
	font := get(t, h, page.Asset("font/inter-latin.woff2"), "Accept-Encoding", "gzip")
	if font.Header.Get("Content-Encoding") != "" || font.Header.Get("Content-Type") != "font/woff2" {
		t.Errorf("the font: %v", font.Header)
	}
	for _, path := range []string{"/assets/other/app.css", "/assets/app.css", page.Asset("none.css"), page.Asset("../page.go"), "/assets/"} {
		if r := get(t, h, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, r.StatusCode)
		}
	}
}

// TestNothingInline holds the markup to the content security policy.
func TestNothingInline(t *testing.T) {
	h := storybook.Handler()
	for _, path := range []string{"/", "/alone", "/error/denied", "/error/internal", "/palette?q="} {
		r := get(t, h, path)
		s := body(t, r)
		for what, pattern := range map[string]string{
			"a style attribute": `<[^>]+\sstyle=`, "a style element": `<style`, "an inline script": `<script(?:[^>]*)>[^<]`,
			"an event attribute": `<[^>]+\son[a-z]+=`, "an address elsewhere": `(?:src|href)="(?:https?:)?//`,
		} {
			if m := regexp.MustCompile(pattern).FindString(s); m != "" {
				t.Errorf("%s has %s: %s", path, what, m)
			}
		}
		if policy := r.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: %s", path, policy)
		}
	}
}

// TestIconsExist looks for the names of icons in the whole tree.
func TestIconsExist(t *testing.T) {
	sprite := body(t, get(t, page.Assets(), page.Asset("icons.svg")))
	used := regexp.MustCompile(`(?:Icon:\s*|[^A-Za-z]Icon\()"([a-z0-9-]+)"`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != "../.." && len(d.Name()) > 2 {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".templ") && (!strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_templ.go")) {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range used.FindAllStringSubmatch(string(b), -1) {
			if !strings.Contains(sprite, `id="`+m[1]+`"`) {
				t.Errorf("%s: no icon %q; add its name to kit/page/assets/icons.txt and run sprite.sh", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestErrorsBecomePages(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		says   string
	}{
		{fault.NewInvalid("The %s is wrong.", "<b>date</b>"), 422, "The &lt;b&gt;date&lt;/b&gt; is wrong."},
		{fault.NewNotFound("There is no such client."), 404, "There is no such client."},
		{fault.NewConflict("Somebody changed it."), 409, "Somebody changed it."},
		{fault.NewDenied("Not for you."), 403, "Not for you."},
		{fault.NewUnauthenticated("Please sign in."), 401, "Please sign in."},
		{fault.NewBusy("Later."), 503, "Later."},
		{errors.New("secret detail of the database"), 500, "Something went wrong on our side."},
	} {
		h := page.Handler(func(http.ResponseWriter, *http.Request) error { return c.err })
		r := get(t, h, "/")
		s := body(t, r)
		if r.StatusCode != c.status || !strings.Contains(s, c.says) || strings.Contains(s, "secret") {
			t.Errorf("%v: %d\n%s", c.err, r.StatusCode, s)
		}
		if part := body(t, get(t, h, "/", "HX-Request", "true")); strings.Contains(part, "<html") || !strings.Contains(part, c.says) {
			t.Errorf("%v as a fragment: %s", c.err, part)
		}
	}
}

func TestLocal(t *testing.T) {
	for in, want := range map[string]string{
		"/clients?q=a": "/clients?q=a", "": "/", "https://evil.example": "/", "//evil.example": "/", "/\\evil.example": "/",
		"clients": "/", "/a\r\nSet-Cookie: x": "/", "/": "/", "javascript:alert(1)": "/",
	} {
		if got := page.Local(in); got != want {
			t.Errorf("%q leads to %q, want %q", in, got, want)
		}
	}
}

func TestFlashIsShownOnce(t *testing.T) {
	view := func(*http.Request) (page.View, locale.Printer) { return page.View{}, locale.New(locale.EnUS, nil) }
	h := page.Personal(view)(page.Handler(func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Path == "/do" {
			page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: "Saved <&> “well”."})
			return page.Redirect(w, r, "/")
		}
		_, err := io.WriteString(w, page.From(r.Context()).Flash.Text)
		return err
	}))
	cookies := get(t, h, "/do").Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly {
		t.Fatalf("%v", cookies)
	}
	next := get(t, h, "/", "Cookie", cookies[0].Name+"="+cookies[0].Value)
	if got := body(t, next); got != "Saved <&> “well”." {
		t.Errorf("the next page says %q", got)
	}
	if gone := next.Cookies(); len(gone) != 1 || gone[0].MaxAge >= 0 {
		t.Errorf("the message stays: %v", gone)
	}
	for _, broken := range []string{"%%%", "AAAA"} {
		if r := get(t, h, "/", "Cookie", "flash="+broken); r.StatusCode != http.StatusOK {
			t.Errorf("a broken cookie is answered with %d", r.StatusCode)
		}
	}
}

func TestThemeOfTheDeviceComesFirst(t *testing.T) {
	view := func(*http.Request) (page.View, locale.Printer) { return page.View{Theme: page.Dark}, locale.Printer{} }
	h := page.Personal(view)(page.Handler(func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, string(page.From(r.Context()).Theme))
		return err
	}))
	for cookie, want := range map[string]string{"": "dark", "theme=light": "light", "theme=system": "system", "theme=%22%3E": "system"} {
		if got := body(t, get(t, h, "/", "Cookie", cookie)); got != want {
			t.Errorf("cookie %q: %s, want %s", cookie, got, want)
		}
	}
}

func TestCurrentLinkIsTheLongest(t *testing.T) {
	view := func(r *http.Request) (page.View, locale.Printer) {
		return page.View{Nav: []page.Section{{Links: []page.Link{{Href: "/journey", Label: "J", Icon: "compass"}, {Href: "/journey/clients", Label: "JC", Icon: "users"}, {Href: "/", Label: "H", Icon: "house"}}}}}, locale.Printer{}
	}
	h := page.Personal(view)(page.Handler(func(w http.ResponseWriter, r *http.Request) error {
		return page.Render(w, r, http.StatusOK, page.Shell(page.Title{Text: "x"}))
	}))
	for path, want := range map[string]string{"/journey": "/journey", "/journey/x": "/journey", "/journey/clients/7": "/journey/clients", "/journeys": "", "/": "/"} {
		m := regexp.MustCompile(`<a href="([^"]*)" aria-current="page"`).FindStringSubmatch(body(t, get(t, h, path)))
		got := ""
		if m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%s marks %q, want %q", path, got, want)
		}
	}
}

func TestEventsReachTheReader(t *testing.T) {
	server := httptest.NewServer(page.Handler(func(w http.ResponseWriter, r *http.Request) error {
		s, err := page.Events(w, r)
		if err != nil {
			return err
		}
		if err := s.Progress(page.ProgressState{Done: 1, Total: 2, Text: "half"}); err != nil {
			return err
		}
		if err := s.HTML("row", page.Badge{Text: "two\nlines"}); err != nil {
			return err
		}
		return s.Beat()
	}))
	defer server.Close()
	r, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	s := body(t, r)
	for _, want := range []string{"event: progress\ndata: {\"done\":1,\"total\":2,\"text\":\"half\",\"next\":\"\",\"error\":\"\"}\n\n", "event: row\ndata: <span", "\ndata: lines", ": beat\n\n"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is missing in %q", want, s)
		}
	}
}

func TestErrorOn(t *testing.T) {
	ctx := context.Background()
	err := fault.NewInvalid("Too short.").On("name")
	if page.ErrorOn(ctx, err, "name") != "Too short." || page.ErrorOn(ctx, err, "") != "" || page.ErrorOn(ctx, nil, "") != "" {
		t.Error("the sentence belongs to its field only")
	}
	if page.ErrorOn(ctx, fault.NewBusy("Later."), "") != "Later." {
		t.Error("a fault without a field belongs to the form")
	}
}

// A long text has as many rows as its page asks for, once: a browser takes the first of two attributes.
func TestTextareaHasTheRowsThatAreAskedFor(t *testing.T) {
	for want, f := range map[string]page.Field{
		`rows="4"`: {Name: "a", Type: "textarea"}, `rows="14"`: {Name: "a", Type: "textarea", Attrs: templ.Attributes{"rows": "14"}},
	} {
		var b strings.Builder
		if err := f.Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); strings.Count(got, "rows=") != 1 || !strings.Contains(got, want) {
			t.Errorf("%s: %s", want, got)
		}
	}
}
