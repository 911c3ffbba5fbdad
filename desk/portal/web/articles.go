// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mainstay/desk/knowledge"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

const articlesPath = "/portal/articles"

func articleAddress(id ids.ID) string { return articlesPath + "/" + id.String() }

// articlesView is the list of what a person of a client may read.
type articlesView struct {
	q       knowledge.Query
	found   knowledge.Page
	folders []knowledge.Folder
}

func (h *Handlers) articles(w http.ResponseWriter, r *http.Request) error {
	get := r.URL.Query().Get
	offset, _ := strconv.Atoi(get("from"))
	v := &articlesView{q: knowledge.Query{
		Text: short(get("q")), Folder: short(get("folder")), Tag: short(get("tag")), Offset: min(max(offset, 0), 1_000_000), Limit: perPage,
	}}
	var err error
	if v.found, v.folders, err = h.Portal.Articles(r.Context(), v.q); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, articlesPage(v))
}

// short is a text of an address, cut off where nobody types on.
func short(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 200)], "")
}

// at is the address of the list with another part of it.
func (v *articlesView) at(folder, tag string, offset int) string {
	q := url.Values{}
	for key, s := range map[string]string{"q": v.q.Text, "folder": folder, "tag": tag} {
		if s != "" {
			q.Set(key, s)
		}
	}
	if offset > 0 {
		q.Set("from", strconv.Itoa(offset))
	}
	if len(q) == 0 {
		return articlesPath
	}
	return articlesPath + "?" + q.Encode()
}

func (v *articlesView) filtered() bool { return v.q.Text != "" || v.q.Folder != "" || v.q.Tag != "" }

func (v *articlesView) keep() map[string]string {
	out := map[string]string{}
	if v.q.Folder != "" {
		out["folder"] = v.q.Folder
	}
	if v.q.Tag != "" {
		out["tag"] = v.q.Tag
	}
	return out
}

// chips are the categories and folders, and the tag where one is chosen.
func (v *articlesView) chips() (out []page.Chip) {
	const most = 12
	for i, f := range v.folders {
		on := f.Name == v.q.Folder
		if i >= most && !on {
			continue
		}
		to := f.Name
		if on {
			to = ""
		}
		out = append(out, page.Chip{Label: f.Name, Data: true, On: on, Href: v.at(to, v.q.Tag, 0)})
	}
	if v.q.Tag != "" {
		out = append(out, page.Chip{Label: "#" + v.q.Tag, Data: true, On: true, Href: v.at(v.q.Folder, "", 0)})
	}
	return out
}

func (v *articlesView) pager(ctx context.Context) page.Pager {
	from, to := v.q.Offset, v.q.Offset+len(v.found.Rows)
	p := page.Pager{Text: locale.T(ctx, "%d–%d of %d", from+1, to, v.found.Total)}
	if from > 0 {
		p.Newer = v.at(v.q.Folder, v.q.Tag, max(0, from-perPage))
	}
	if to < v.found.Total {
		p.Older = v.at(v.q.Folder, v.q.Tag, from+perPage)
	}
	return p
}

// articleView is what a person of a client reads of an article. Who wrote it and of which ticket it was made is the firm's
// own affair.
type articleView struct {
	a     knowledge.Article
	html  string
	files []knowledge.File // that the text does not show
}

// articleID is the article that the path names.
func articleID(r *http.Request) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue("article"))
	if err != nil {
		return 0, fault.NewNotFound("There is no such article.").Because(err)
	}
	return id, nil
}

func (h *Handlers) article(w http.ResponseWriter, r *http.Request) error {
	id, err := articleID(r)
	if err != nil {
		return err
	}
	v := &articleView{}
	var files []knowledge.File
	if v.a, files, err = h.Portal.Article(r.Context(), id); err != nil {
		return err
	}
	base := articleAddress(id)
	v.html = knowledge.Render(v.a.Body, files, base)
	for _, f := range files {
		if f.Picture() == "" || !strings.Contains(v.html, `src="`+base+"/files/"+f.ID.String()) {
			v.files = append(v.files, f)
		}
	}
	return page.Render(w, r, http.StatusOK, articlePage(v))
}

// articleFile serves a file of an article: a picture in the page, everything else as a download.
func (h *Handlers) articleFile(w http.ResponseWriter, r *http.Request) error {
	id, err := articleID(r)
	if err != nil {
		return err
	}
	file, err := ids.Parse(r.PathValue("file"))
	if err != nil {
		return fault.NewNotFound("There is no such file.").Because(err)
	}
	f, body, err := h.Portal.ArticleFile(r.Context(), id, file)
	if err != nil {
		return err
	}
	defer body.Close()
	how, kind := "inline", f.Picture()
	if kind == "" {
		how, kind = "attachment", "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", how+"; filename*=UTF-8''"+encodeName(f.Name))
	w.Header().Set("Cache-Control", "private, no-store")
	http.ServeContent(w, r, "", f.Made, body)
	return nil
}

// suggest answers with the articles that fit a ticket that is being written.
func (h *Handlers) suggest(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	found, err := h.Portal.Suggest(r.Context(), r.PostFormValue("text"))
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, suggested(found))
}

// teaser is the first paragraph of an article, on one line.
func teaser(a knowledge.Article) string {
	const looked, most = 2000, 140
	var text strings.Builder
	for line := range strings.Lines(strings.ToValidUTF8(a.Body[:min(len(a.Body), looked)], "")) {
		if !strings.HasPrefix(line, "#") {
			text.WriteString(line)
		}
	}
	first, _, _ := strings.Cut(knowledge.Plain(text.String()), "\n\n")
	s := strings.Join(strings.Fields(first), " ")
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return strings.TrimRight(string(runes[:most]), " ,.;:–-") + "…"
}

// asOf is the day on which an article was changed last.
func asOf(ctx context.Context, a knowledge.Article) string {
	p := locale.From(ctx)
	return locale.T(ctx, "As of %s", p.Date(civil.DateOf(a.Updated.In(p.Zone()))))
}
