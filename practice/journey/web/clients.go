// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/practice/journey"
)

// pageSize is how many rows a page of a list has.
const pageSize = 50

// clientsView is the ranking of the clients.
type clientsView struct {
	*show
	q     url.Values
	rows  []*journey.Client
	total int
	pager page.Pager
}

func (h *Handlers) clients(w http.ResponseWriter, r *http.Request) error {
	s, err := h.load(r)
	if err != nil {
		return err
	}
	if s.a == nil {
		return h.empty(w, r, s)
	}
	v := &clientsView{show: s, q: r.URL.Query()}
	found := s.ranked(v.passes(), v.q.Get("sort"))
	v.total = len(found)
	after, _ := strconv.Atoi(v.q.Get("after"))
	after = max(0, min(after, len(found)))
	end := min(len(found), after+pageSize)
	v.rows = found[after:end]
	v.pager.Text = s.p.T("%d–%d of %d", min(after+1, end), end, v.total)
	if after > 0 {
		v.pager.Newer = v.with("after", strconv.Itoa(max(0, after-pageSize)))
	}
	if end < len(found) {
		v.pager.Older = v.with("after", strconv.Itoa(end))
	}
	if err := h.know(r.Context(), s, v.rows); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, clientsPage(v))
}

// passes makes the filter of the address: a text in the name, a side, a stretch of positions.
func (v *clientsView) passes() func(*journey.Client) bool {
	text, side := strings.ToLower(strings.TrimSpace(v.q.Get("q"))), v.q.Get("side")
	from, e1 := strconv.ParseFloat(v.q.Get("from"), 64)
	to, e2 := strconv.ParseFloat(v.q.Get("to"), 64)
	return func(c *journey.Client) bool {
		if text != "" && !strings.Contains(strings.ToLower(c.Name), text) {
			return false
		}
		if e1 == nil && e2 == nil && (!c.Stand.Measured || c.Stand.Position < from || c.Stand.Position >= to && to < 100) {
			return false
		}
		switch side {
		case "":
			return true
		case "unmeasured":
			return !c.Stand.Measured
		}
		code, _, _ := v.side(c.Stand.Position)
		return c.Stand.Measured && code == side
	}
}

// with is the address of the list with one part changed; "" takes it away.
func (v *clientsView) with(name, value string) string {
	q := url.Values{}
	for k, x := range v.q {
		if k != "after" || name == "after" {
			q[k] = x
		}
	}
	q.Del(name)
	if value != "" && value != "0" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return "/journey/clients"
	}
	return "/journey/clients?" + q.Encode()
}

func (v *clientsView) filters() page.Filters {
	f := page.Filters{Action: "/journey/clients", Query: v.q.Get("q"), Placeholder: v.p.T("Find a client"), Keep: map[string]string{}}
	for _, k := range []string{"sort", "side", "from", "to"} {
		if x := v.q.Get(k); x != "" {
			f.Keep[k] = x
		}
	}
	now := v.q.Get("side")
	for _, c := range [][2]string{{"breakfix", v.p.T("Break/fix")}, {"hybrid", v.p.T("Hybrid")}, {"msp", v.p.T("MSP")}, {"unmeasured", v.p.T("without a position")}} {
		chip := page.Chip{Label: c[1], On: now == c[0], Href: v.with("side", c[0])}
		if chip.On {
			chip.Href = v.with("side", "")
		}
		f.Chips = append(f.Chips, chip)
	}
	if v.q.Get("from") != "" && v.q.Get("to") != "" {
		q := *v
		q.q = url.Values{}
		for k, x := range v.q {
			if k != "to" {
				q.q[k] = x
			}
		}
		f.Chips = append(f.Chips, page.Chip{Label: v.p.T("position %s–%s", v.q.Get("from"), v.q.Get("to")), On: true, Href: q.with("from", "")})
	}
	return f
}

// columns are those of the ranking; v is nil where it cannot be sorted.
func columns(s *show, v *clientsView) []page.Column {
	sort := func(key string) (string, page.Direction) {
		if v == nil {
			return "", page.Unsorted
		}
		if v.q.Get("sort") == key {
			d := page.Descending
			if key == "name" {
				d = page.Ascending
			}
			if key == "position" {
				return v.with("sort", "breakfix"), d
			}
			return v.with("sort", key), d
		}
		return v.with("sort", key), page.Unsorted
	}
	col := func(label, key string, num bool) page.Column {
		href, dir := sort(key)
		if key == "position" && v != nil && v.q.Get("sort") == "breakfix" {
			dir = page.Ascending
		}
		return page.Column{Label: label, Sort: href, Dir: dir, Num: num}
	}
	out := []page.Column{
		col(s.p.T("Client"), "name", false),
		col(s.p.T("Revenue, %d months", s.a.Window.Months), "", true),
		{Label: s.p.T("Share"), Num: true, Wide: true},
		{Label: s.p.T("Recurring"), Num: true, Wide: true},
		{Label: s.p.T("Months"), Wide: true},
		{Label: s.p.T("From break/fix to MSP"), Wide: true},
		col(s.p.T("Position"), "position", true),
		{Label: s.p.T("Coverage"), Num: true, Wide: true},
	}
	return out
}

func months(s *show, c *journey.Client) chart.Spark {
	x := chart.Spark{Title: s.p.T("Revenue by month"), Wide: true}
	_, x.Class, _ = s.side(c.Stand.Position)
	if !c.Stand.Measured {
		x.Class = chart.C4
	}
	for _, m := range c.Months {
		x.Values = append(x.Values, float64(m))
	}
	return x
}

func recurringOf(s *show, c *journey.Client) string {
	if c.Stand.Revenue <= 0 {
		return "–"
	}
	return s.percent(float64(max(0, c.Stand.Kinds[1])) / float64(c.Stand.Revenue))
}
