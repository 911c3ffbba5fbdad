// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the knowledge: articles and documents, credentials, links that open once, and what runs out.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// Handlers serve the pages.
type Handlers struct {
	Knowledge *knowledge.Service
	Desk      *helpdesk.Service
	Clock     clock.Clock
	URL       string // of the server, for links that are sent out
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	read, write := access.KnowledgeRead, access.KnowledgeWrite
	on("GET /knowledge", read, h.list)
	on("GET /knowledge/documents", read, h.documents)
	on("GET /knowledge/new", write, h.newArticle)
	on("POST /knowledge/new", write, h.createArticle)
	on("POST /knowledge/preview", write, h.preview)
	on("POST /knowledge/suggest", access.TicketsWrite, h.suggest)
	on("GET /knowledge/{article}", read, h.article)
	on("GET /knowledge/{article}/edit", write, h.editArticle)
	on("POST /knowledge/{article}/edit", write, h.saveArticle)
	on("POST /knowledge/{article}/preview", write, h.preview)
	on("POST /knowledge/{article}/delete", write, h.deleteArticle)
	on("GET /knowledge/{article}/history", read, h.history)
	on("GET /knowledge/{article}/history/{number}", read, h.version)
	on("POST /knowledge/{article}/restore", write, h.restoreArticle)
	on("POST /knowledge/{article}/files", write, h.addFiles)
	on("GET /knowledge/{article}/files/{file}", read, h.file)
	on("POST /knowledge/{article}/files/{file}/delete", write, h.removeFile)
	on("GET /clients/{client}/documents", read, h.clientDocuments)
	h.mountCredentials(r, on)
	h.mountRecords(on)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func scope(r *http.Request) access.Scope { return access.From(r.Context()).Scope() }

// pathID reads an id from the path; a malformed one is a page that does not exist.
func pathID(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

// idOf reads an id of a form or an address; none is 0.
func idOf(s, field string) (ids.ID, error) {
	if s == "" || s == "firm" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not one of the choices.", s).On(field)
	}
	return id, nil
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day.", s).On(field)
	}
	return d, nil
}

func dayText(d civil.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}

func versionOf(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	return n
}

func mendable(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict)
}

func good(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

// address is a path with the parameters that are set.
func address(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// clients are the clients to choose, and their names.
type clients struct {
	list []knowledge.Choice
	name map[ids.ID]string
}

func (h *Handlers) clients(ctx context.Context) (c clients, err error) {
	c.list, err = h.Knowledge.Clients(ctx)
	c.name = make(map[ids.ID]string, len(c.list))
	for _, x := range c.list {
		c.name[x.ID] = x.Name
	}
	return c, err
}

func (c clients) options(first string) []page.Option {
	out := []page.Option{{Label: first}}
	for _, x := range c.list {
		out = append(out, page.Option{Value: x.ID.String(), Label: x.Name, Data: true})
	}
	return out
}

// offset reads ?from= of a list that is turned by pages.
func offset(r *http.Request) int {
	n, _ := strconv.Atoi(r.URL.Query().Get("from"))
	return max(0, min(n, 1_000_000))
}

const perPage = 50

// pager leads through a list by offset.
func pager(ctx context.Context, r *http.Request, from, shown, total int) page.Pager {
	p := page.Pager{}
	to := func(n int) string {
		q := r.URL.Query()
		q.Del("from")
		if n > 0 {
			q.Set("from", strconv.Itoa(n))
		}
		return r.URL.Path + "?" + q.Encode()
	}
	if from > 0 {
		p.Newer = to(max(0, from-perPage))
	}
	if from+shown < total {
		p.Older = to(from + perPage)
	}
	if p.Newer != "" || p.Older != "" {
		f := locale.From(ctx)
		p.Text = locale.T(ctx, "%[1]s–%[2]s of %[3]s", f.Number(int64(from+1)), f.Number(int64(from+shown)), f.Number(int64(total)))
	}
	return p
}

// tabs are the views of the knowledge that the reader may open.
func tabs(ctx context.Context, current string) page.Tabs {
	out := page.Tabs{Label: locale.T(ctx, "Knowledge")}
	for _, t := range []struct {
		href, label string
		need        access.Permission
	}{
		{"/knowledge", locale.T(ctx, "Articles"), access.KnowledgeRead},
		{"/knowledge/documents", locale.T(ctx, "Clients’ documents"), access.KnowledgeRead},
		{"/credentials", locale.T(ctx, "Credentials"), access.SecretsRead},
		{"/shares", locale.T(ctx, "Links that open once"), access.SecretsRead},
	} {
		if may(ctx, t.need) {
			out.Items = append(out.Items, page.Tab{Label: t.label, Href: t.href, Current: t.href == current})
		}
	}
	return out
}

func crumbs(ctx context.Context, more ...page.Crumb) []page.Crumb {
	return append([]page.Crumb{{Label: locale.T(ctx, "Knowledge"), Href: "/knowledge"}}, more...)
}

func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}
