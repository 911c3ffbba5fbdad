// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"mainstay/desk/knowledge"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// wrote keeps an article as Ada, with files by name and content.
func (o *office) wrote(d knowledge.Draft, files ...string) ids.ID {
	o.t.Helper()
	ctx := access.With(context.Background(), &access.Identity{User: 1, Name: "Ada Moreau", Role: access.Owner})
	id, err := o.Know.CreateArticle(ctx, access.WholeFirm(), d)
	if err != nil {
		o.t.Fatal(err)
	}
	for i := 0; i+1 < len(files); i += 2 {
		if err := o.Know.AddFile(ctx, access.WholeFirm(), id, files[i], strings.NewReader(files[i+1])); err != nil {
			o.t.Fatal(err)
		}
	}
	return id
}

// A client's person reads what the firm shared: finds it by words, category and tag, sees its pictures, downloads its files,
// and is told nothing of the firm's own.
func TestPortalArticles(t *testing.T) {
	o := newOffice(t)
	g := o.enter("kim@kestrel.example")
	if s := g.page("/portal"); strings.Contains(s, "/portal/articles") {
		t.Error("the menu leads to where nothing is")
	}
	if s := g.page("/portal/articles"); !strings.Contains(s, "Nothing here yet") || strings.Contains(s, `name="q"`) {
		t.Error("the empty list")
	}
	o.wrote(knowledge.Draft{Published: true, Title: "Only ours", Body: "x"})
	o.wrote(knowledge.Draft{Client: o.harbour, Published: true, Shared: true, Title: "Harbour's", Body: "x"})
	if s := g.page("/portal"); strings.Contains(s, "/portal/articles") {
		t.Error("the menu leads to where nothing is for them")
	}
	guide := o.wrote(knowledge.Draft{Published: true, Shared: true, Title: "Outlook asks for the password", Folder: "E-mail", Tags: []string{"outlook"}, Body: "Remove the *stored* password.\n\n![It](it.png) [Form](form.pdf) <script>alert(1)</script>"},
		"it.png", "\x89PNG", "form.pdf", "%PDF", "more.html", "<script>alert(1)</script>")
	paper := o.wrote(knowledge.Draft{Client: o.client, Published: true, Shared: true, Title: "Whom to call at Kestrel", Folder: "Contacts", Body: "Bo. See [the other](/knowledge/" + guide.String() + ")."})
	if s := g.page("/portal"); !strings.Contains(s, `href="/portal/articles"`) {
		t.Error("the menu does not lead to the articles")
	}
	first, second := `href="/portal/articles/`+guide.String()+`"`, `href="/portal/articles/`+paper.String()+`"`
	for path, want := range map[string][2]bool{
		"/portal/articles": {true, true}, "/portal/articles?q=password": {true, false}, "/portal/articles?q=kestr": {false, true}, "/portal/articles?folder=Contacts": {false, true},
		"/portal/articles?tag=outlook": {true, false}, "/portal/articles?tag=nothing": {}, "/portal/articles?q=%25%25": {}, "/portal/articles?from=-5": {true, true},
	} {
		s := g.page(path)
		if strings.Contains(s, first) != want[0] || strings.Contains(s, second) != want[1] || strings.Contains(s, "Only ours") || strings.Contains(s, "Harbour's") {
			t.Errorf("%s: %v %v", path, strings.Contains(s, first), strings.Contains(s, second))
		}
		if want == [2]bool{} && !strings.Contains(s, "No article fits.") {
			t.Errorf("%s says nothing", path)
		}
	}
	if s := g.page("/portal/articles/" + paper.String()); !strings.Contains(s, "Written for your firm") || !strings.Contains(s, first) {
		t.Error("a document of their own")
	}
	s := g.page("/portal/articles/" + guide.String())
	if !strings.Contains(s, "<em>stored</em>") || strings.Contains(s, "<script>alert") || strings.Contains(s, "Ada") || strings.Contains(s, "/knowledge/") || strings.Contains(s, "Written for your firm") {
		t.Error("an article")
	}
	files := regexp.MustCompile(`(?:src|href)="(/portal/articles/\w+/files/\w+)"`).FindAllStringSubmatch(s, -1)
	if len(files) != 4 { // the picture in the text; the form in the text and in the list; the page in the list
		t.Fatalf("%v", files)
	}
	for i, want := range []struct{ kind, how, body string }{
		{"image/png", "inline; filename*=UTF-8''it.png", "\x89PNG"},
		{"application/octet-stream", "attachment; filename*=UTF-8''form.pdf", "%PDF"},
		{"application/octet-stream", "attachment; filename*=UTF-8''form.pdf", "%PDF"},
		{"application/octet-stream", "attachment; filename*=UTF-8''more.html", "<script>alert(1)</script>"},
	} {
		w := g.get(files[i][1])
		if h := w.Header(); w.Code != http.StatusOK || h.Get("Content-Type") != want.kind || h.Get("Content-Disposition") != want.how || w.Body.String() != want.body || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s: %d %v", files[i][1], w.Code, h)
		}
	}
	if w := o.guest().get(files[0][1]); w.Code != http.StatusSeeOther {
		t.Errorf("a file without a session: %d", w.Code)
	}
	// What is taken back is gone at once, its files too.
	if err := o.Know.UpdateArticle(context.Background(), access.WholeFirm(), guide, 1, knowledge.Draft{Published: true, Title: "Outlook", Body: "x"}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/portal/articles/" + guide.String(), files[0][1], files[3][1]} {
		if w := g.get(path); w.Code != http.StatusNotFound || bytes.Contains(w.Body.Bytes(), []byte("PNG")) {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	// Whoever is blocked meanwhile reads nothing any more.
	o.grant(o.client, o.kim, portal.Rights{Sees: portal.SeesOwn, Blocked: true})
	if w := g.get("/portal/articles/" + paper.String()); w.Code != http.StatusSeeOther && w.Code != http.StatusUnauthorized {
		t.Errorf("blocked: %d", w.Code)
	}
}

// While a ticket is written, what fits its words stands beside the form: after a click without scripts, or as one types.
func TestPortalSuggestsArticles(t *testing.T) {
	o := newOffice(t)
	g := o.enter("kim@kestrel.example")
	if s := g.page("/portal/tickets/new"); strings.Contains(s, "data-suggest") {
		t.Error("a place for articles where there are none")
	}
	if w := g.post("/portal/articles/suggest", url.Values{"text": {"password"}}); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "<li>") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, title := range []string{"Outlook password", "Password of the mailbox", "Change your password", "A fourth password"} {
		o.wrote(knowledge.Draft{Published: true, Shared: true, Title: title, Body: "# What you see\n\nThe password is **asked** again.\n\n" + strings.Repeat("Many words follow. ", 50)})
	}
	s := g.page("/portal/tickets/new")
	if !strings.Contains(s, `data-suggest="/portal/articles/suggest"`) || !strings.Contains(s, "appear while you write") || !strings.Contains(s, `href="/portal/articles"`) {
		t.Error("the form has no place for articles")
	}
	w := g.post("/portal/articles/suggest", url.Values{"text": {"Hello, my password does not work"}})
	body := w.Body.String()
	if w.Code != http.StatusOK || strings.Count(body, "<li>") != 3 || strings.Contains(body, "<html") || !strings.Contains(body, ">The password is asked again.<") || strings.Contains(body, "What you see") || strings.Contains(body, "data-insert") {
		t.Errorf("%d %s", w.Code, body)
	}
	// Without a script the articles come with the form that is shown again.
	w = g.post("/portal/tickets/new", url.Values{"subject": {"My password"}, "body": {""}})
	if w.Code != http.StatusUnprocessableEntity || strings.Count(w.Body.String(), `target="_blank" translate="no"`) != 3 {
		t.Errorf("%d %d", w.Code, strings.Count(w.Body.String(), `target="_blank" translate="no"`))
	}
	if w := g.post("/portal/articles/suggest", url.Values{"text": {strings.Repeat("password ", 200_000)}}); w.Code < 400 || w.Code >= 500 {
		t.Errorf("too much: %d", w.Code)
	}
	if w := o.guest().post("/portal/articles/suggest", url.Values{"text": {"password"}}); w.Code == http.StatusOK || strings.Contains(w.Body.String(), "Outlook") {
		t.Errorf("without a session: %d", w.Code)
	}
}
