// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/url"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/practice/journey"
	"mainstay/practice/journey/signs"
)

// clientView is one client on the journey.
type clientView struct {
	*show
	id   ids.ID
	name string
	c    *journey.Client // nil: the books know nothing of the client
	rows []journey.EvidenceRow
}

func (h *Handlers) client(w http.ResponseWriter, r *http.Request) error {
	s, err := h.load(r)
	if err != nil {
		return err
	}
	if s.a == nil {
		return h.empty(w, r, s)
	}
	v := &clientView{show: s}
	if v.id, v.name, v.c, err = h.one(r, s); err != nil {
		return err
	}
	if v.c != nil && s.a.Window.Months > 0 {
		if v.rows, err = h.Journey.Rows(r.Context(), journey.Selector{Kind: "lines", Client: v.name, From: s.a.Window.From, To: s.a.Window.To}); err != nil {
			return err
		}
	}
	return page.Render(w, r, http.StatusOK, clientPage(v))
}

// byKind stacks the client's invoices of the window by month and kind.
func (v *clientView) byKind() chart.Stack {
	w := v.a.Window
	n := int(w.To-w.From) + 1
	c := chart.Stack{Title: v.p.T("Revenue by kind and month"), Desc: v.p.T("As invoiced: a prepayment stands in the month of its invoice."), Height: 190, Numbers: true, Format: func(x float64) string { return v.short(x) }}
	var sums [signs.Kinds][]float64
	for k := range sums {
		sums[k] = make([]float64, n)
	}
	for _, x := range v.rows {
		if m := int(x.Day.Month() - w.From); m >= 0 && m < n {
			sums[x.Class][m] += float64(x.Minor)
		}
	}
	year := 0
	for m := w.From; m <= w.To; m++ {
		p := chart.Period{Label: v.p.MonthName(m)}
		if y := yearOf(m); y != year {
			p.Year, year = yearText(m), y
		}
		c.Periods = append(c.Periods, p)
	}
	for _, k := range kinds {
		for _, x := range sums[k.class] {
			if x != 0 {
				c.Series = append(c.Series, chart.Series{Class: k.color, Label: v.title(k.code), Values: sums[k.class]})
				break
			}
		}
	}
	return c
}

// evidenceOf is the address of the rows behind a number, "" where the number has none.
func (s *show) evidenceOf(of string, client string) string {
	if s.file {
		return ""
	}
	for _, e := range s.a.Evidence {
		if e.Of != of {
			continue
		}
		q := url.Values{"of": {of}}
		if client != "" {
			id, ok := s.ids[client]
			if !ok {
				return ""
			}
			q.Set("client", id.String())
		}
		return "/journey/evidence?" + q.Encode()
	}
	return ""
}

// signRow is a sign of a client with what says so.
type signRow struct {
	sign     signs.Sign
	score    *signs.Score
	readings []signs.ShortReading
}

func signRows(c *journey.Client) []signRow {
	var out []signRow
	n := 0
	of := map[signs.Indicator]signs.Sign{}
	for _, i := range signs.Indicators() {
		of[i.Code] = i.Sign
	}
	for _, x := range signs.Axes() {
		for _, sign := range []signs.Sign{x.BreakFix, x.MSP} {
			row := signRow{sign: sign, score: c.Stand.Signs[n]}
			for _, m := range c.Stand.Readings {
				if of[m.Code] == sign {
					row.readings = append(row.readings, m)
				}
			}
			out = append(out, row)
			n++
		}
	}
	return out
}

// leans says where a sign's score points to.
func (s *show) leans(row signRow) page.Badge {
	if row.score == nil {
		return page.Badge{Text: s.p.T("not measured")}
	}
	v := row.score.Value
	if !msp(row.sign) {
		v = 100 - v
	}
	code, _, tone := s.side(v)
	return page.Badge{Text: s.title(code), Tone: tone}
}

func (s *show) clientKPIs(c *journey.Client) page.KPIs {
	k := page.KPIs{
		{Label: s.p.T("Revenue, %d months", s.a.Window.Months), Value: s.cash(float64(c.Stand.Revenue)), Note: s.p.T("%s of the firm's", s.p.Percent(c.Share, 1)), Chart: months(s, c)},
		{Label: s.p.T("Recurring share"), Value: recurringOf(s, c), Note: agreed(s, c), Href: s.evidenceOf(string(signs.RevenueRecurring), c.Name)},
	}
	families := page.KPI{Label: s.p.T("Service families"), Value: s.p.Number(int64(len(c.Families))), Unit: " / 8", Note: s.p.T("under recurring charge")}
	k = append(k, families)
	tickets := page.KPI{Label: s.p.T("Tickets"), Unknown: s.p.T("no tickets were read")}
	if n := c.Tickets.Client + c.Tickets.Monitor + c.Tickets.Planned + c.Tickets.Technician + c.Tickets.Unknown; n > 0 {
		tickets = page.KPI{Label: s.p.T("Tickets"), Value: s.p.Number(int64(n)), Note: s.p.T("%d started by the client", c.Tickets.Client), Href: s.evidenceOf(string(signs.TicketsClient), c.Name)}
	}
	hours := page.KPI{Label: s.p.T("Hours"), Unknown: s.p.T("no hours were read")}
	if n := c.Hours.Reactive + c.Hours.Planned + c.Hours.Unknown; n > 0 {
		hours = page.KPI{Label: s.p.T("Hours"), Value: s.p.Float(float64(n)/60, 0), Note: s.p.T("%s reactive", s.p.Float(float64(c.Hours.Reactive)/60, 0)), Href: s.evidenceOf(string(signs.HoursReactive), c.Name)}
	}
	contact := page.KPI{Label: s.p.T("Last planned contact"), Unknown: s.p.T("no contact is known")}
	if c.LastContact.Known() {
		contact = page.KPI{Label: s.p.T("Last planned contact"), Value: s.p.Date(c.LastContact), Note: review(s, c.LastReview)}
	}
	return append(k, tickets, hours, contact)
}

func agreed(s *show, c *journey.Client) string {
	if c.Stand.Agreed {
		return s.p.T("under agreement")
	}
	return s.p.T("no agreement")
}

func review(s *show, d civil.Date) string {
	if !d.Known() {
		return s.p.T("no review held")
	}
	return s.p.T("review %s", s.p.Date(d))
}

// families are the eight, those under recurring charge first.
var families = [...]string{"helpdesk", "monitoring", "backup", "endpoint-security", "identity-security", "network", "cloud", "advice"}

func (s *show) family(code string) string {
	switch code {
	case "helpdesk":
		return s.p.T("Helpdesk")
	case "monitoring":
		return s.p.T("Monitoring and patching")
	case "backup":
		return s.p.T("Backup")
	case "endpoint-security":
		return s.p.T("Endpoint security")
	case "identity-security":
		return s.p.T("Identity and mail security")
	case "network":
		return s.p.T("Network")
	case "cloud":
		return s.p.T("Cloud")
	case "advice":
		return s.p.T("Advice")
	}
	return code
}
