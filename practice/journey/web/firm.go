// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/practice/journey"
	"mainstay/practice/journey/signs"
)

// topClients is how many clients the firm's own page lists.
const topClients = 10

// firmView is the firm's page.
type firmView struct {
	*show
	invoiced bool // revenue as invoiced instead of as earned
	top      []*journey.Client
	history  []journey.Past
	now      time.Time
}

func (h *Handlers) firm(w http.ResponseWriter, r *http.Request) error {
	s, err := h.load(r)
	if err != nil {
		return err
	}
	if s.a == nil {
		return h.empty(w, r, s)
	}
	v := &firmView{show: s, invoiced: r.FormValue("view") == "cash", now: h.Clock.Now()}
	v.top = v.ranked(nil, "")
	v.top = v.top[:min(topClients, len(v.top))]
	if err := h.know(r.Context(), s, v.top); err != nil {
		return err
	}
	if v.history, err = h.Journey.History(r.Context(), 40); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, firmPage(v))
}

// measure asks for a new assessment; the page shows how it goes.
func (h *Handlers) measure(w http.ResponseWriter, r *http.Request) error {
	if err := h.Journey.Measure(r.Context()); err != nil {
		return err
	}
	return page.Redirect(w, r, "/journey")
}

// empty is the page before the first assessment: the way to the first import or, where there are
// books already, the work that goes on.
func (h *Handlers) empty(w http.ResponseWriter, r *http.Request, s *show) error {
	if h.Filled != nil && s.latest.Stale && !s.latest.Progress.Running {
		filled, err := h.Filled(r.Context())
		if err != nil {
			return err
		}
		s.latest.Progress.Running = filled
	}
	return page.Render(w, r, http.StatusOK, emptyPage(s))
}

// tabs lead through the pages of the journey.
func (s *show) tabs(current string) page.Tabs {
	n := ""
	if s.a != nil && len(s.a.Questions) > 0 {
		n = s.p.Number(int64(len(s.a.Questions)))
	}
	return page.Tabs{Label: s.p.T("Journey"), Items: []page.Tab{
		{Label: s.p.T("The firm"), Href: "/journey", Current: current == "firm"},
		{Label: s.p.T("Clients"), Href: "/journey/clients", Current: current == "clients"},
		{Label: s.p.T("Questions"), Href: "/journey/questions", Count: n, Current: current == "questions"},
		{Label: s.p.T("Thresholds"), Href: "/journey/thresholds", Current: current == "thresholds"},
	}}
}

// ranked lists the clients that pass, by the named order: "" is by revenue.
func (s *show) ranked(pass func(*journey.Client) bool, order string) []*journey.Client {
	out := make([]*journey.Client, 0, len(s.a.Clients))
	for i := range s.a.Clients {
		if c := &s.a.Clients[i]; c.Name != "" && (pass == nil || pass(c)) {
			out = append(out, c)
		}
	}
	less := map[string]func(x, y *journey.Client) int{
		"position": func(x, y *journey.Client) int { return cmp.Compare(place(y), place(x)) },
		"breakfix": func(x, y *journey.Client) int { return cmp.Compare(place(x), place(y)) },
		"name":     func(x, y *journey.Client) int { return strings.Compare(x.Name, y.Name) },
	}[order]
	if less != nil {
		slices.SortStableFunc(out, func(x, y *journey.Client) int {
			if x.Stand.Measured != y.Stand.Measured && order != "name" { // those without a position come last
				if x.Stand.Measured {
					return -1
				}
				return 1
			}
			return less(x, y)
		})
	}
	return out
}

func place(c *journey.Client) float64 {
	if !c.Stand.Measured {
		return -1
	}
	return c.Stand.Position
}

// revenue is the stacked chart of the months, at most the last 24.
func (v *firmView) revenue() chart.Stack {
	rows := v.a.Months
	rows = rows[max(0, len(rows)-24):]
	c := chart.Stack{Title: v.p.T("Revenue by kind and month"), Format: func(x float64) string { return v.short(x) }, Numbers: true, Height: 232}
	if v.invoiced {
		c.Desc = v.p.T("As invoiced: a prepayment stands in the month of its invoice.")
	} else {
		c.Desc = v.p.T("As earned: prepayments are spread over their term.")
	}
	year := -1
	for _, m := range rows {
		p := chart.Period{Label: v.p.MonthName(m.Month)}
		if y := yearOf(m.Month); y != year {
			p.Year, year = yearText(m.Month), y
		}
		c.Periods = append(c.Periods, p)
	}
	for _, k := range kinds {
		x := chart.Series{Class: k.color, Label: v.title(k.code)}
		any := false
		for _, m := range rows {
			n := m.Earned[k.class]
			if v.invoiced {
				n = m.Cash[k.class]
			}
			any = any || n != 0
			x.Values = append(x.Values, float64(n))
		}
		if any {
			c.Series = append(c.Series, x)
		}
	}
	return c
}

func yearText(m civil.Month) string { return m.String()[:4] }

func legend(c chart.Stack) []page.LegendItem {
	out := make([]page.LegendItem, len(c.Series))
	for i, s := range c.Series {
		out[i] = page.LegendItem{Class: s.Class, Label: s.Label}
	}
	return out
}

// histogram is the revenue-weighted distribution of the clients.
func (s *show) histogram() chart.Histogram {
	h := chart.Histogram{
		Title: s.p.T("Clients by position, weighted by revenue"), Format: func(x float64) string { return s.percent(x) }, Height: 150,
		Desc: s.p.T("%s of revenue lies with break/fix clients, %s with hybrid ones, %s with MSP clients.", s.percent(s.a.Mixture.BreakFix), s.percent(s.a.Mixture.Hybrid), s.percent(s.a.Mixture.MSP)),
	}
	for i, b := range s.a.Mixture.Bins {
		_, class, _ := s.side((b.From + b.To) / 2)
		x := chart.Bin{Value: b.Share, Class: class, Tip: s.points(b.From) + "–" + s.points(b.To) + "\n" + s.p.N("%d client|%d clients", int64(b.Clients)) + "\t" + s.percent(b.Share)}
		if i%4 == 0 {
			x.Label = s.points(b.From)
		}
		if b.Clients > 0 && !s.file {
			x.Href = "/journey/clients?from=" + s.wire(b.From) + "&to=" + s.wire(b.To)
		}
		h.Bins = append(h.Bins, x)
	}
	return h
}

func (s *show) wire(v float64) string { return pixel(v) }

// motion is one indicator over the quarters, for a row.
func (s *show) spark(t signs.Trend) chart.Spark {
	x := chart.Spark{Title: s.word(t.Code), Wide: true, Class: chart.C4}
	switch t.Toward {
	case "msp":
		x.Class = chart.C1
	case "breakfix":
		x.Class = chart.C3
	}
	for _, p := range t.Points {
		x.Values = append(x.Values, p.Value)
	}
	return x
}

// toward says where a motion leads.
func (s *show) toward(t signs.Trend) page.Badge {
	switch {
	case !t.Measured:
		return page.Badge{Text: s.p.T("fewer than 5 quarters")}
	case t.Toward == "msp":
		return page.Badge{Text: s.p.T("toward MSP"), Tone: page.Accent, Icon: "trending-up"}
	case t.Toward == "breakfix":
		return page.Badge{Text: s.p.T("toward break/fix"), Tone: page.Warn, Icon: "trending-down"}
	}
	return page.Badge{Text: s.p.T("no clear motion")}
}

// towardClass is the colour of a motion.
func (s *show) towardClass(t signs.Trend) string {
	switch {
	case t.Measured && t.Toward == "msp":
		return "text-good"
	case t.Measured && t.Toward == "breakfix":
		return "text-warn"
	}
	return "faint"
}

// slope says how fast, a quarter.
func (s *show) slope(t signs.Trend) string {
	if t.Code == "position" {
		return s.p.T("%s points a quarter", signed(s.p.Float(math.Abs(t.Slope.Value), 1), t.Slope.Value))
	}
	return s.p.T("%s points a quarter", signed(s.p.Float(math.Abs(100*t.Slope.Value), 1), t.Slope.Value))
}

func signed(text string, v float64) string {
	if v < 0 {
		return "−" + text
	}
	return "+" + text
}

// overTime is the recurring share of each quarter, the motion that says most.
func (s *show) overTime() (chart.Trend, bool) {
	for _, t := range s.a.Trends {
		if t.Code != string(signs.RevenueRecurring) || len(t.Points) < 2 {
			continue
		}
		c := chart.Trend{
			Title: s.p.T("Recurring share by quarter"), Desc: s.slope(t), Lo: 0, Hi: 1, Height: 176, Numbers: true,
			Format: func(v float64) string { return s.percent(v) },
			Guides: []chart.Guide{{Value: .5, Label: ""}},
		}
		year := ""
		for _, q := range t.Points {
			p := chart.Period{Label: s.p.MonthName(q.Quarter)}
			if y := yearText(q.Quarter); y != year {
				p.Year, year = y, y
			}
			c.Periods = append(c.Periods, p)
			c.Points = append(c.Points, chart.Point{Value: q.Value, Low: q.Value, High: q.Value, Known: true})
		}
		return c, true
	}
	return chart.Trend{}, false
}

// ranges puts a money measure on its published ranges: each is equally wide, so that the
// borders can be read.
func (s *show) ranges(f journey.Figure) chart.Position {
	n := float64(len(f.Ranges))
	at := func(v float64) float64 {
		for i, r := range f.Ranges {
			if v < r.From && i == 0 {
				return 0
			}
			if r.To == 0 || v < r.To {
				to := r.To
				from := r.From
				if i == 0 && from < 0 {
					from = 0
				}
				if to == 0 {
					to = from + max(from, 1e-9)
				}
				return (float64(i) + min(1, max(0, (v-from)/(to-from)))) / n * 100
			}
		}
		return 100
	}
	p := chart.Position{Title: s.word(f.Code) + ": " + s.word(f.Band), Small: true, Known: true, Value: at(f.Value), Low: at(f.Interval.Low), High: at(f.Interval.High)}
	class := map[string]string{"good": chart.Good, "bad": chart.Bad, "fair": chart.Warn}
	for i, r := range f.Ranges {
		p.Zones = append(p.Zones, chart.Zone{To: float64(i+1) / n * 100, Label: s.word(r.Band), Class: class[r.Tone]})
	}
	return p
}

func (s *show) bandTone(f journey.Figure) page.Tone {
	for _, r := range f.Ranges {
		if r.Band == f.Band {
			return toneOf(r.Tone)
		}
	}
	return page.Neutral
}

// events follows a measurement and opens the page again when it is done.
func (h *Handlers) events(w http.ResponseWriter, r *http.Request) error {
	notices, stop := h.Bus.Subscribe(journey.Topic)
	defer stop()
	s, err := h.load(r)
	if err != nil {
		return err
	}
	out, err := page.Events(w, r)
	if err != nil {
		return err
	}
	next := page.Local(cmp.Or(r.FormValue("back"), "/journey"))
	if !s.latest.Stale && !s.latest.Progress.Running {
		return out.Progress(page.ProgressState{Next: next})
	}
	if err := out.Progress(progress(s, "")); err != nil {
		return nil //nolint:nilerr // the reader has gone
	}
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return nil
		case <-beat.C:
			err = out.Beat()
		case step := <-notices:
			state := progress(s, step)
			switch step {
			case "done":
				state.Next = next
			case "failed":
				state.Error = s.p.T("The books could not be measured. The log of the server says why; the numbers below are the last ones that could.")
			}
			if err = out.Progress(state); step == "done" || step == "failed" {
				return nil
			}
		}
		if err != nil {
			return nil //nolint:nilerr // the reader has gone
		}
	}
}

// progress is the state of the bar after a step.
func progress(s *show, step string) page.ProgressState {
	n := map[string]int64{"loading": 1, "measuring": 2, "keeping": 3, "done": 4}[step]
	text := map[string]string{
		"loading": s.p.T("Reading your books …"), "measuring": s.p.T("Measuring …"), "keeping": s.p.T("Keeping the result …"), "done": s.p.T("Done."),
	}[step]
	if text == "" {
		text = s.p.T("Something changed: your books are about to be measured anew.")
	}
	if step == "" {
		return page.ProgressState{Text: text}
	}
	return page.ProgressState{Done: n, Total: 4, Text: text}
}

func yearOf(m civil.Month) int { y, _ := m.Civil(); return y }
