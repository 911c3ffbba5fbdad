// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	neturl "net/url"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/books"
)

// show is the page of one import: a bar while it is read or taken over, the preview before, what
// changed after that.
func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	t := h.jobs().of(id)
	if t != nil && !t.now().ended {
		return h.busy(w, r, id, progressOf(ctx, t.now(), h.jobs().before(id)))
	}
	i, err := h.Books.Get(ctx, id)
	if err != nil {
		if t != nil && fault.Is(err, fault.NotFound) && t.now().result.Already { // the same file was there before
			page.SetFlash(w, r, page.Flash{Kind: page.Info, Text: locale.T(ctx, "This file was taken over before. Nothing was changed.")})
			return page.Redirect(w, r, url(t.now().result.Import))
		}
		return err
	}
	switch i.State {
	case books.Committing:
		return h.busy(w, r, id, page.ProgressState{Text: locale.T(ctx, "Taking the rows over")})
	case books.Committed, books.Undone:
		return page.Render(w, r, http.StatusOK, outcomePage(i))
	}
	if t == nil && may(ctx, access.BooksImport) { // nobody has looked at it since the server started
		t = h.jobs().start(ctx, id, false, i.Choices)
		if t.wait(ctx, patience); !t.now().ended {
			return h.busy(w, r, id, progressOf(ctx, t.now(), h.jobs().before(id)))
		}
		if i, err = h.Books.Get(ctx, id); err != nil {
			return err
		}
	}
	v := look{Import: i, digest: digestOf(i.Report), edit: may(ctx, access.BooksImport)}
	if t != nil {
		s := t.now()
		v.err, v.raw = s.err, s.raw
	}
	if v.raw == nil && v.edit && (t == nil || t.now().take) {
		if v.raw, err = h.Books.Peek(ctx, id); err != nil && v.err == nil {
			v.err = err
		}
	}
	v.overlay(r.URL.Query())
	return page.Render(w, r, http.StatusOK, previewPage(v))
}

func (h *Handlers) busy(w http.ResponseWriter, r *http.Request, id ids.ID, p page.ProgressState) error {
	name := ""
	if i, err := h.Books.Get(r.Context(), id); err == nil {
		name = i.File
	}
	return page.Render(w, r, http.StatusOK, busyPage(id, name, p))
}

// choose reads the form of the preview: it reads the file again with what was changed, or takes it over
// when nothing was.
func (h *Handlers) choose(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	i, err := h.Books.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form came through damaged. Send it again.").Because(err)
	}
	var raw []books.RawTable
	if t := h.jobs().of(id); t != nil {
		raw = t.now().raw
	}
	if raw == nil {
		raw, _ = h.Books.Peek(ctx, id) // a broken file is said by the preview
	}
	c, drafts := readChoices(r.PostForm, i, raw)
	if sig := r.PostFormValue("forget"); sig != "" {
		if err := h.Books.ForgetMapping(ctx, sig); err != nil {
			return err
		}
		delete(c.Mappings, sig)
	}
	if q := draftQuery(r.PostForm, i, drafts); len(drafts) > 0 {
		if len(q) > 8000 {
			return h.back(w, r, id, locale.T(ctx, "A column is missing that these rows cannot do without. Say which one it is."))
		}
		return page.Redirect(w, r, url(id)+"?"+q)
	}
	take := r.PostFormValue("do") == "take"
	if take && !samePreview(c, i.Choices) {
		take = false
		page.SetFlash(w, r, page.Flash{Kind: page.Info, Text: locale.T(ctx, "The file was read again with your changes. Look once more, then take it over.")})
	}
	if take {
		if d := digestOf(i.Report); d.Bad > 0 && !c.LeaveBadRows {
			return h.back(w, r, id, locale.T(ctx, "Some rows cannot be read. Mend the file, or choose to leave these rows out."))
		}
	}
	t := h.jobs().start(ctx, id, take, c)
	t.wait(ctx, patience)
	if s := t.now(); take && s.ended && s.err == nil && !s.result.Already {
		page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.N(ctx, "%d new row is in the books.|%d new rows are in the books.", s.result.Added)})
	}
	return page.Redirect(w, r, url(id))
}

func (h *Handlers) back(w http.ResponseWriter, r *http.Request, id ids.ID, why string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: why})
	return page.Redirect(w, r, url(id))
}

// discard forgets a file that was only looked at.
func (h *Handlers) discard(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := h.Books.Discard(r.Context(), id); err != nil {
		return err
	}
	h.jobs().drop(id)
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The file is discarded. Nothing of it was kept.")})
	return page.Redirect(w, r, "/books/import")
}

// look is what the preview shows.
type look struct {
	books.Import
	digest
	raw  []books.RawTable
	err  error
	edit bool // the reader may import

	header neturl.Values // of drafts: which row has the names
}

// overlay puts mappings that still lack a column over what was found, so that the page asks for it.
func (v *look) overlay(q neturl.Values) {
	if v.Report == nil || len(q) == 0 {
		return
	}
	_, drafts := readChoices(q, v.Import, v.raw)
	if len(drafts) == 0 {
		return
	}
	rep := *v.Report
	rep.Tables = slices.Clone(rep.Tables)
	for n, m := range drafts {
		t := books.TableReport{Name: rep.Tables[n].Name, Kind: m.Kind, Mapping: m, Encoding: rep.Tables[n].Encoding, Delimiter: rep.Tables[n].Delimiter, First: civil.NoDate, Last: civil.NoDate}
		rep.Tables[n] = t
	}
	v.header, v.Report, v.digest = q, &rep, digestOf(&rep)
}

// strange reports whether no table of the file was recognised, but its rows can be read.
func (v look) strange() bool { return strange(v.Report) }

func strange(r *books.Report) bool {
	return r != nil && len(r.Tables) > 0 && !slices.ContainsFunc(r.Tables, func(t books.TableReport) bool { return t.Kind != "" })
}

// rawOf returns the first rows of a table as they stand in the file.
func (v look) rawOf(name string) (books.RawTable, bool) {
	i := slices.IndexFunc(v.raw, func(t books.RawTable) bool { return t.Name == name })
	if i < 0 {
		return books.RawTable{}, false
	}
	return v.raw[i], true
}

// examples are the first different values of a column below its header.
func (v look) examples(t books.TableReport, col int) string {
	raw, ok := v.rawOf(t.Name)
	if !ok || t.Mapping == nil {
		return ""
	}
	var out []string
	header := slices.IndexFunc(raw.Rows, func(r []string) bool { return slices.Equal(r, t.Mapping.Header) })
	for _, r := range raw.Rows[header+1:] {
		if col >= len(r) {
			continue
		}
		s := strings.TrimSpace(r[col])
		if s == "" || slices.Contains(out, s) {
			continue
		}
		if out = append(out, s); len(out) == 3 {
			break
		}
	}
	return strings.Join(out, "  ·  ")
}

// unmapped counts the tables that lack a column they cannot do without.
func unmapped(r *books.Report) (n int) {
	if r == nil {
		return 0
	}
	for _, t := range r.Tables {
		if t.Kind != "" && t.Mapping != nil && len(books.Missing(t.Kind, t.Mapping.Columns)) > 0 {
			n++
		}
	}
	return n
}

// meaningOf is what a column means, "" when it is not used.
func meaningOf(m *books.Mapping, col int) books.Field {
	for f, c := range m.Columns {
		if c == col {
			return f
		}
	}
	return ""
}

// sampleKeys are the columns of the rows as understood, in reading order.
var sampleKeys = []string{"date", "opened", "ticket", "client", "name", "document", "text", "subject", "person", "hours", "work", "channel", "origin", "solved", "type", "system", "serial", "email", "phone", "website", "months", "from", "amount", "provider"}

// sampleColumns are those that any row fills.
func sampleColumns(rows []books.SampleRow) (out []string) {
	for _, k := range sampleKeys {
		if slices.ContainsFunc(rows, func(r books.SampleRow) bool { return r.Cells[k] != "" }) {
			out = append(out, k)
		}
	}
	return out
}

func numeric(key string) bool { return key == "amount" || key == "hours" || key == "months" }

// totals splits stated totals into the ones of the whole report, groups that agree and groups that differ.
func totals(all []books.Stated) (grand, differ []books.Stated, agree int) {
	for _, s := range all {
		switch {
		case s.Grand:
			grand = append(grand, s)
		case s.Said != s.Read:
			differ = append(differ, s)
		default:
			agree++
		}
	}
	return grand[max(0, len(grand)-3):], differ, agree
}

// tableTitle names a table where a file has several.
func tableTitle(v look, t books.TableReport) string {
	if len(v.Report.Tables) == 1 {
		return ""
	}
	name := t.Name
	if i := strings.LastIndexAny(name, "/"); i >= 0 {
		name = name[i+1:]
	}
	return name
}

// confidence is how sure the recognition is, in words.
func confidence(ctx context.Context, t books.TableReport) page.Badge {
	switch {
	case t.Remembered:
		return page.Badge{Text: locale.T(ctx, "As you mapped it"), Tone: page.Accent, Icon: "user-check"}
	case t.Confidence >= .75:
		return page.Badge{Text: locale.T(ctx, "Recognised"), Tone: page.Good, Icon: "badge-check"}
	case t.Confidence >= .5:
		return page.Badge{Text: locale.T(ctx, "Probably"), Tone: page.Info}
	}
	return page.Badge{Text: locale.T(ctx, "Unsure: please check"), Tone: page.Warn}
}
