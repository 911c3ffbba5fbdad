// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	neturl "net/url"
	"strings"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/clients"
)

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	q := clients.Query{Text: v.Get("q"), Status: clients.Status(v.Get("status")), Tag: v.Get("tag"), After: v.Get("after")}
	found, err := h.Clients.List(r.Context(), scope(r), q)
	if err != nil {
		return err
	}
	total, err := h.Clients.Count(r.Context(), clients.Active)
	if err != nil {
		return err
	}
	cells, err := h.cells(r.Context(), found.Rows)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, h.listPage(q, found, total, cells))
}

// cells asks the other areas for their figures, row by row.
func (h *Handlers) cells(ctx context.Context, rows []clients.Client) ([][]templ.Component, error) {
	out := make([][]templ.Component, len(rows))
	for i, c := range rows {
		for _, col := range h.Columns {
			cell, err := col.Cell(ctx, c)
			if err != nil {
				return nil, err
			}
			if cell == nil {
				cell = templ.NopComponent
			}
			out[i] = append(out[i], cell)
		}
	}
	return out, nil
}

// columns is the head of the list.
func (h *Handlers) columns(ctx context.Context) []page.Column {
	out := []page.Column{{Label: locale.T(ctx, "Name")}, {Label: locale.T(ctx, "Status")}}
	for _, c := range h.Columns {
		out = append(out, page.Column{Label: locale.T(ctx, c.Label), Num: c.Num, Wide: c.Wide})
	}
	return append(out, page.Column{Label: locale.T(ctx, "Tags"), Wide: true}, page.Column{Label: locale.T(ctx, "Client since"), Wide: true})
}

// link returns the list's address with other filters.
func link(q clients.Query, change func(*clients.Query)) string {
	change(&q)
	v := neturl.Values{}
	for key, value := range map[string]string{"q": q.Text, "status": string(q.Status), "tag": q.Tag, "after": q.After} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if len(v) == 0 {
		return "/clients"
	}
	return "/clients?" + v.Encode()
}

func chips(ctx context.Context, q clients.Query) []page.Chip {
	var out []page.Chip
	for _, s := range clients.Statuses() {
		on := q.Status == s
		out = append(out, page.Chip{Label: statusName(ctx, s), On: on, Href: link(q, func(q *clients.Query) {
			q.After = ""
			if q.Status = s; on {
				q.Status = ""
			}
		})})
	}
	if q.Tag != "" {
		out = append(out, page.Chip{Label: q.Tag, Data: true, On: true, Href: link(q, func(q *clients.Query) { q.Tag, q.After = "", "" })})
	}
	return out
}

func statusName(ctx context.Context, s clients.Status) string {
	switch s {
	case clients.Active:
		return locale.T(ctx, "Active")
	case clients.Prospect:
		return locale.T(ctx, "Prospect")
	case clients.Former:
		return locale.T(ctx, "Former")
	}
	return locale.T(ctx, "Merged")
}

func statusTone(s clients.Status) page.Tone {
	switch s {
	case clients.Active:
		return page.Good
	case clients.Prospect:
		return page.Info
	}
	return page.Neutral
}

// export streams all clients as CSV; cells that a spreadsheet would run are neutralised.
func (h *Handlers) export(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="clients.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("Id", "Name", "Status", "Reference", "E-mail", "Phone", "Website", "Client since", "Tags"); err != nil {
		return err
	}
	for after := ""; ; {
		p, err := h.Clients.List(r.Context(), scope(r), clients.Query{After: after, Limit: 1000})
		if err != nil {
			return err
		}
		for _, c := range p.Rows {
			if err := out.Write(c.ID.String(), c.Name, string(c.Status), c.Reference, c.Email, c.Phone, c.Website, c.Since.String(), strings.Join(c.Tags, " ")); err != nil {
				return err
			}
		}
		if after = p.Next; after == "" {
			return out.Flush()
		}
	}
}

func (h *Handlers) duplicates(w http.ResponseWriter, r *http.Request) error {
	pairs, err := h.Clients.Duplicates(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, duplicatesPage(pairs))
}

func (h *Handlers) merge(w http.ResponseWriter, r *http.Request) error {
	from, err := pathID(r, "client")
	if err != nil {
		return err
	}
	into, err := ids.Parse(r.PostFormValue("into"))
	if err != nil {
		return fault.NewInvalid("Choose the client to merge into.").Because(err)
	}
	if err := h.Clients.Merge(r.Context(), from, into); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The two clients are one now.")})
	return page.Redirect(w, r, url(into))
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }
