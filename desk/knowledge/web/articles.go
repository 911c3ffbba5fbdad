// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// listView is a list of articles or of clients' documents.
type listView struct {
	q         knowledge.Query
	documents bool
	path      string
	found     knowledge.Page
	folders   []knowledge.Folder
	clients   clients
	client    ids.ID // whose page of documents it is
	pager     page.Pager
}

// link is the list's address with one filter changed.
func (v *listView) link(key, value string) string {
	p := map[string]string{"q": v.q.Text, "folder": v.q.Folder, "tag": v.q.Tag, "state": v.q.State, "client": ""}
	if v.client == 0 {
		p["client"] = idText(v.q.Client)
	}
	p[key] = value
	return address(v.path, "q", p["q"], "folder", p["folder"], "tag", p["tag"], "state", p["state"], "client", p["client"])
}

// filtered says whether anything is left out of the list.
func (v *listView) filtered() bool {
	return v.q.Text != "" || v.q.Folder != "" || v.q.Tag != "" || v.q.State != "" || v.client == 0 && v.q.Client != 0
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	return h.articles(w, r, &listView{path: "/knowledge", q: knowledge.Query{Kind: knowledge.OfFirm}})
}

func (h *Handlers) documents(w http.ResponseWriter, r *http.Request) error {
	client, err := idOf(r.URL.Query().Get("client"), "client")
	if err != nil {
		return err
	}
	return h.articles(w, r, &listView{path: "/knowledge/documents", documents: true, q: knowledge.Query{Kind: knowledge.Documents, Client: client}})
}

func (h *Handlers) clientDocuments(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "client")
	if err != nil {
		return err
	}
	return h.articles(w, r, &listView{path: "/clients/" + id.String() + "/documents", documents: true, client: id, q: knowledge.Query{Kind: knowledge.Documents, Client: id}})
}

func (h *Handlers) articles(w http.ResponseWriter, r *http.Request, v *listView) error {
	ctx, get := r.Context(), r.URL.Query().Get
	v.q.Text, v.q.Folder, v.q.Tag, v.q.State, v.q.Limit, v.q.Offset = get("q"), get("folder"), get("tag"), get("state"), perPage, offset(r)
	var err error
	if v.clients, err = h.clients(ctx); err != nil {
		return err
	}
	if v.client != 0 && v.clients.name[v.client] == "" {
		return fault.NewNotFound("There is no such client.")
	}
	if v.found, err = h.Knowledge.Articles(ctx, scope(r), v.q); err != nil {
		return err
	}
	if !v.documents || v.q.Client != 0 {
		if v.folders, err = h.Knowledge.Folders(ctx, v.q.Client); err != nil {
			return err
		}
	}
	v.pager = pager(ctx, r, v.q.Offset, len(v.found.Rows), v.found.Total)
	return page.Render(w, r, http.StatusOK, listPage(v))
}

// articleForm is an article as it was typed.
type articleForm struct {
	ID, Version, Title, Client, Folder, Tags, Body, Ticket string
	Shared, Published                                      bool
}

func typedArticle(r *http.Request) articleForm {
	get := r.PostFormValue
	return articleForm{
		Version: get("version"), Title: get("title"), Client: get("client"), Folder: get("folder"), Tags: get("tags"), Body: get("body"), Ticket: get("ticket"),
		Shared: get("shared") != "", Published: get("published") != "",
	}
}

func articleFormOf(a knowledge.Article) articleForm {
	return articleForm{
		ID: a.ID.String(), Version: strconv.FormatInt(a.Version, 10), Title: a.Title, Client: idText(a.Client), Folder: a.Folder, Tags: strings.Join(a.Tags, " "), Body: a.Body,
		Ticket: idText(a.Ticket), Shared: a.Shared, Published: a.Published,
	}
}

func (f articleForm) draft() (d knowledge.Draft, err error) {
	d = knowledge.Draft{Shared: f.Shared, Published: f.Published, Title: f.Title, Folder: f.Folder, Tags: fields(f.Tags), Body: f.Body}
	if d.Client, err = idOf(f.Client, "client"); err != nil {
		return d, err
	}
	d.Ticket, err = idOf(f.Ticket, "ticket")
	return d, err
}

// editView is the form of an article.
type editView struct {
	form    articleForm
	clients clients
	folders []knowledge.Folder
	files   []knowledge.File
	preview string // sanitised HTML
	err     error
}

func (v *editView) new() bool { return v.form.ID == "" }

// newArticle begins an article, of a ticket where one is named: its subject and what was said to the client and by them.
func (h *Handlers) newArticle(w http.ResponseWriter, r *http.Request) error {
	get := r.URL.Query().Get
	f := articleForm{Client: get("client"), Title: get("title"), Folder: get("folder")}
	if n, err := strconv.ParseInt(get("ticket"), 10, 64); err == nil && may(r.Context(), access.TicketsRead) {
		t, err := h.Desk.ByNumber(r.Context(), scope(r), n)
		if err != nil {
			return err
		}
		thread, err := h.Desk.Thread(r.Context(), scope(r), t.ID)
		if err != nil {
			return err
		}
		f.Title, f.Ticket, f.Tags = t.Subject, t.ID.String(), strings.Join(t.Tags, " ")
		var b strings.Builder
		b.WriteString("# " + locale.T(r.Context(), "What it is about") + "\n\n")
		first := true
		for _, e := range thread {
			if e.Body == "" {
				continue
			}
			if first {
				for l := range strings.Lines(e.Body) {
					b.WriteString("> " + strings.TrimRight(l, "\n") + "\n")
				}
				b.WriteString("\n# " + locale.T(r.Context(), "What helps") + "\n\n")
				first = false
				continue
			}
			if e.AuthorKind != "person" {
				b.WriteString(e.Body + "\n\n")
			}
		}
		f.Body = b.String()
	}
	return h.edit(w, r, f, nil)
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request, f articleForm, failed error) error {
	ctx := r.Context()
	v := &editView{form: f, err: failed}
	var err error
	if v.clients, err = h.clients(ctx); err != nil {
		return err
	}
	client, _ := idOf(f.Client, "")
	if v.folders, err = h.Knowledge.Folders(ctx, client); err != nil {
		return err
	}
	base := "/knowledge/new"
	if id, err := ids.Parse(f.ID); err == nil {
		base = knowledge.Address(id)
		if v.files, err = h.Knowledge.Files(ctx, scope(r), id); err != nil {
			return err
		}
	}
	if r.Method == http.MethodPost || f.Body != "" {
		v.preview = knowledge.Render(f.Body, v.files, base)
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, editPage(v))
}

// preview answers with the text as it will look.
func (h *Handlers) preview(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 2<<20)
	body, base := r.PostFormValue("body"), "/knowledge/new"
	if len(body) > 250_000 {
		return fault.NewInvalid("The text is longer than %d characters. Cut it into several.", 200_000)
	}
	var files []knowledge.File
	if s := r.PathValue("article"); s != "" {
		id, err := pathID(r, "article")
		if err != nil {
			return err
		}
		if files, err = h.Knowledge.Files(r.Context(), scope(r), id); err != nil {
			return err
		}
		base = knowledge.Address(id)
	}
	return page.Render(w, r, http.StatusOK, prose(knowledge.Render(body, files, base)))
}

func (h *Handlers) createArticle(w http.ResponseWriter, r *http.Request) error {
	f := typedArticle(r)
	if r.PostFormValue("preview") != "" {
		return h.edit(w, r, f, nil)
	}
	d, err := f.draft()
	var id ids.ID
	if err == nil {
		id, err = h.Knowledge.CreateArticle(r.Context(), scope(r), d)
	}
	if mendable(err) {
		return h.edit(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, saved(r, d), knowledge.Address(id))
}

func saved(r *http.Request, d knowledge.Draft) string {
	if d.Published {
		return locale.T(r.Context(), "Saved and published.")
	}
	return locale.T(r.Context(), "Saved as a draft.")
}

// read returns the article that the path names.
func (h *Handlers) read(r *http.Request) (knowledge.Article, error) {
	id, err := pathID(r, "article")
	if err != nil {
		return knowledge.Article{}, err
	}
	return h.Knowledge.Article(r.Context(), scope(r), id)
}

// articleView is an article's page.
type articleView struct {
	a      knowledge.Article
	html   string
	files  []knowledge.File
	client string // name
	ticket int64  // number of the ticket that it was made from
}

func (h *Handlers) article(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	v := &articleView{a: a}
	if v.files, err = h.Knowledge.Files(ctx, scope(r), a.ID); err != nil {
		return err
	}
	c, err := h.clients(ctx)
	if err != nil {
		return err
	}
	v.client = c.name[a.Client]
	if a.Ticket != 0 && may(ctx, access.TicketsRead) {
		if t, err := h.Desk.Get(ctx, scope(r), a.Ticket); err == nil {
			v.ticket = t.Number
		}
	}
	v.html = knowledge.Render(a.Body, v.files, knowledge.Address(a.ID))
	return page.Render(w, r, http.StatusOK, articlePage(v))
}

func (h *Handlers) editArticle(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	return h.edit(w, r, articleFormOf(a), nil)
}

func (h *Handlers) saveArticle(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	f := typedArticle(r)
	f.ID = a.ID.String()
	if r.PostFormValue("preview") != "" {
		return h.edit(w, r, f, nil)
	}
	d, err := f.draft()
	if err == nil {
		err = h.Knowledge.UpdateArticle(r.Context(), scope(r), a.ID, versionOf(r), d)
	}
	if mendable(err) {
		return h.edit(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, saved(r, d), knowledge.Address(a.ID))
}

func (h *Handlers) deleteArticle(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	if err := h.Knowledge.DeleteArticle(r.Context(), scope(r), a.ID); err != nil {
		return err
	}
	to := "/knowledge"
	if a.Client != 0 {
		to = "/clients/" + a.Client.String() + "/documents"
	}
	return good(w, r, locale.T(r.Context(), "“%s” is deleted.", a.Title), to)
}

func (h *Handlers) history(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	list, err := h.Knowledge.Versions(r.Context(), scope(r), a.ID)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, historyPage(a, list))
}

// version shows what one version changed against the one before it.
func (h *Handlers) version(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return fault.NewNotFound("There is no such version.")
	}
	v, err := h.Knowledge.Version(ctx, scope(r), a.ID, n)
	if err != nil {
		return err
	}
	var before knowledge.Version
	if n > 1 {
		if before, err = h.Knowledge.Version(ctx, scope(r), a.ID, n-1); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return page.Render(w, r, http.StatusOK, versionPage(a, v, before, knowledge.Diff(before.Body, v.Body)))
}

func (h *Handlers) restoreArticle(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	n, _ := strconv.ParseInt(r.PostFormValue("number"), 10, 64)
	if err := h.Knowledge.RestoreArticle(r.Context(), scope(r), a.ID, versionOf(r), n); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Version %d is back.", n), knowledge.Address(a.ID))
}

func (h *Handlers) addFiles(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, knowledge.MaxFile+1<<20)
	if err := r.ParseMultipartForm(4 << 20); err != nil { //nolint:gosec // the body is bounded above
		if errors.Is(err, http.ErrNotMultipart) {
			return fault.NewInvalid("The form cannot be read.").Because(err)
		}
		return fault.NewInvalid("The files are larger than %d megabytes in all.", knowledge.MaxFile>>20).Because(err)
	}
	for _, f := range r.MultipartForm.File["files"] {
		src, err := f.Open()
		if err != nil {
			return err
		}
		err = h.Knowledge.AddFile(r.Context(), scope(r), a.ID, f.Filename, src)
		if err = errors.Join(err, src.Close()); err != nil {
			return err
		}
	}
	return page.Redirect(w, r, knowledge.Address(a.ID)+"#files")
}

// file serves a file: a picture in the page, everything else as a download.
func (h *Handlers) file(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	id, err := pathID(r, "file")
	if err != nil {
		return err
	}
	f, body, err := h.Knowledge.File(r.Context(), scope(r), a.ID, id)
	if err != nil {
		return err
	}
	defer body.Close()
	how, kind := "inline", f.Picture()
	if kind == "" {
		how, kind = "attachment", "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("%s; filename*=UTF-8''%s", how, encodeName(f.Name)))
	w.Header().Set("Cache-Control", "private, no-store")
	http.ServeContent(w, r, "", f.Made, body)
	return nil
}

// encodeName writes a file name as RFC 5987 wants it.
func encodeName(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func (h *Handlers) removeFile(w http.ResponseWriter, r *http.Request) error {
	a, err := h.read(r)
	if err != nil {
		return err
	}
	id, err := pathID(r, "file")
	if err != nil {
		return err
	}
	if err := h.Knowledge.RemoveFile(r.Context(), scope(r), a.ID, id); err != nil {
		return err
	}
	return page.Redirect(w, r, knowledge.Address(a.ID)+"#files")
}
