// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
	"mainstay/practice/journey"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

// rowsPage is how many rows of evidence a page shows.
const rowsPage = 100

// evidenceView is the rows behind a number: of one client all of them; of the firm the largest and
// what each client adds, because the rows of a whole firm are more than anybody reads.
type evidenceView struct {
	*show
	e      *journey.Evidence
	client string
	id     ids.ID
	rows   []journey.EvidenceRow
	total  int
	sum    int64
	parts  []part
	pager  page.Pager
}

// part is what one client adds to a number of the firm.
type part struct {
	c     *journey.Client
	count float64 // tickets, minutes, endpoints
	minor int64
}

// asked finds what the address asks for.
func (h *Handlers) asked(r *http.Request) (*evidenceView, error) {
	s, err := h.measured(r)
	if err != nil {
		return nil, err
	}
	v := &evidenceView{show: s, e: s.evidenceRow(r.FormValue("of"))}
	if v.e == nil {
		return nil, fault.NewNotFound("There are no rows behind this number: it is not measured.")
	}
	if c := r.FormValue("client"); c != "" {
		if v.id, err = ids.Parse(c); err != nil {
			return nil, fault.NewNotFound("There is no such client.").Because(err)
		}
		if v.client, err = h.Clients.Name(r.Context(), v.id); err != nil {
			return nil, err
		}
		s.ids = map[string]ids.ID{v.client: v.id}
	}
	return v, nil
}

func (h *Handlers) evidence(w http.ResponseWriter, r *http.Request) error {
	v, err := h.asked(r)
	if err != nil {
		return err
	}
	after, _ := strconv.Atoi(r.FormValue("after"))
	at := func(n int) string {
		q := url.Values{"of": {v.e.Of}}
		if v.client != "" {
			q.Set("client", v.id.String())
		}
		if n > 0 {
			q.Set("after", strconv.Itoa(n))
		}
		return "/journey/evidence?" + q.Encode()
	}
	size := pageSize
	if v.client != "" {
		sel := v.e.Hits
		sel.Client = v.client
		if v.rows, err = h.Journey.Rows(r.Context(), sel); err != nil {
			return err
		}
		v.total, size = len(v.rows), rowsPage
		for _, x := range v.rows {
			v.sum += x.Minor
		}
	} else {
		v.parts = v.split()
		v.total = len(v.parts)
	}
	after = max(0, min(after, v.total))
	end := min(v.total, after+size)
	if v.client != "" {
		v.rows = v.rows[after:end]
	} else {
		v.parts = v.parts[after:end]
		known := make([]*journey.Client, 0, len(v.parts)+len(v.e.Top))
		for _, x := range v.parts {
			known = append(known, x.c)
		}
		for _, x := range v.e.Top {
			known = append(known, &journey.Client{Name: x.Client})
		}
		if err := h.know(r.Context(), v.show, known); err != nil {
			return err
		}
	}
	v.pager.Text = v.p.T("%d–%d of %d", min(after+1, end), end, v.total)
	if after > 0 {
		v.pager.Newer = at(max(0, after-size))
	}
	if end < v.total {
		v.pager.Older = at(end)
	}
	return page.Render(w, r, http.StatusOK, evidencePage(v))
}

// split lists what each client adds, the most first.
func (v *evidenceView) split() []part {
	var out []part
	for i := range v.a.Clients {
		c := &v.a.Clients[i]
		x := part{c: c}
		switch v.e.Hits.Kind {
		case "lines":
			x.minor = v.minor(c)
		case "tickets":
			x.count = v.tickets(c)
		case "hours":
			x.count = float64(c.Hours.Reactive) / 60
			if v.e.Hits.Filter == "" {
				x.count = float64(c.Hours.Reactive+c.Hours.Planned+c.Hours.Unknown) / 60
			}
		case "assets":
			x.count = float64(c.Assets.Endpoints)
		default:
			if c.LastContact.Known() {
				x.count = 1
			}
		}
		if x.minor != 0 || x.count != 0 {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(x, y part) int {
		return cmp.Or(cmp.Compare(y.minor, x.minor), cmp.Compare(y.count, x.count))
	})
	return out
}

func (v *evidenceView) minor(c *journey.Client) int64 {
	for k := range recurring.Classes {
		if k.String() == v.e.Hits.Filter {
			return c.Stand.Kinds[k]
		}
	}
	return c.Stand.Revenue
}

func (v *evidenceView) tickets(c *journey.Client) float64 {
	t := c.Tickets
	switch v.e.Hits.Filter {
	case "client":
		return float64(t.Client)
	case "monitor":
		return float64(t.Monitor)
	case "uncovered":
		return float64(t.Uncovered)
	}
	return float64(t.Client + t.Monitor + t.Planned + t.Technician + t.Unknown)
}

// evidenceCSV writes all rows behind a number, of one client or of the firm.
func (h *Handlers) evidenceCSV(w http.ResponseWriter, r *http.Request) error {
	v, err := h.asked(r)
	if err != nil {
		return err
	}
	sel := v.e.Hits
	sel.Client = v.client
	rows, err := h.Journey.Rows(r.Context(), sel)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="evidence-`+v.e.Of+`.csv"`)
	out := tabular.NewCSV(w)
	t := v.p.T
	if err := out.Write(t("Source"), t("Row"), t("Day"), t("Client"), t("Document"), t("Text"), t("Amount"), t("Kind"), t("Told by"), t("Started by"), t("Minutes"), t("Fact")); err != nil {
		return err
	}
	digits := v.a.Currency.Digits()
	for _, x := range rows {
		amount, class, why := "", "", ""
		if sel.Kind == "lines" {
			amount, class, why = money.FormatMinor(x.Minor, digits), v.word(x.Class.String()), v.word(x.Reason.String())
		}
		minutes := ""
		if x.Minutes != 0 {
			minutes = strconv.Itoa(int(x.Minutes))
		}
		if err := out.Write(x.Source, strconv.FormatInt(x.Number, 10), x.Day.String(), x.Client, x.Doc, x.Text, amount, class, why, v.origin(x.Origin), minutes, v.fact(x.Fact)); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (s *show) origin(o books.Origin) string {
	switch o {
	case books.OriginClient:
		return s.p.T("the client")
	case books.OriginMonitor:
		return s.p.T("monitoring")
	case books.OriginPlanned:
		return s.p.T("planned work")
	case books.OriginTechnician:
		return s.p.T("a technician")
	}
	return ""
}

// fact says yes, no, or nothing where it is not known.
func (s *show) fact(f int8) string {
	switch {
	case f > 0:
		return s.p.T("yes")
	case f < 0:
		return s.p.T("no")
	}
	return ""
}

// factName says what the fact of a row is about.
func (v *evidenceView) factName() string {
	switch v.e.Hits.Kind {
	case "tickets":
		return v.p.T("Covered")
	case "hours":
		return v.p.T("Reactive")
	case "assets":
		if v.e.Hits.Filter == "patched" {
			return v.p.T("Patched")
		}
		return v.p.T("Monitored")
	case "contacts":
		return v.p.T("Review")
	}
	return ""
}

func (v *evidenceView) about() string {
	var parts []string
	if v.e.Hits.From.Known() {
		parts = append(parts, v.p.T("%s to %s", v.p.Month(v.e.Hits.From), v.p.Month(v.e.Hits.To)))
	}
	if v.client == "" {
		parts = append(parts, evidenceCount(v.show, v.e))
		if v.e.Minor != 0 {
			parts = append(parts, v.money(v.e.Minor))
		}
	}
	out := ""
	for i, x := range parts {
		if i > 0 {
			out += " · "
		}
		out += x
	}
	return out
}

// csv is the address of all rows as a file.
func (v *evidenceView) csv() string {
	q := url.Values{"of": {v.e.Of}}
	if v.client != "" {
		q.Set("client", v.id.String())
	}
	return "/journey/evidence.csv?" + q.Encode()
}

// agreed reports whether what recurs is told by agreements kept here, at least in part.
func (v *evidenceView) agreed() bool {
	if v.e.Hits.Filter != recurring.Recurring.String() {
		return false
	}
	return slices.ContainsFunc(v.a.Inputs, func(i journey.Input) bool { return i.Kind == string(books.KindAgreements) })
}

func evidenceCrumbs(ctx context.Context, v *evidenceView) []page.Crumb {
	out := []page.Crumb{{Label: locale.T(ctx, "Journey"), Href: "/journey"}}
	for _, i := range signs.Indicators() {
		if string(i.Code) == v.e.Of {
			out = append(out, page.Crumb{Label: v.title(string(i.Sign)), Href: "/journey/signs/" + string(i.Sign)})
		}
	}
	if v.client != "" && v.c() != "" {
		out = append(out, page.Crumb{Label: v.client, Href: v.c(), Data: true})
	}
	return out
}

func (v *evidenceView) c() string { return v.link("/journey", v.client) }
