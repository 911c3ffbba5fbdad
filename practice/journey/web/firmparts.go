// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/practice/journey"
	"mainstay/practice/journey/signs"
)

func first(a, _ string) string { return a }

func second(_, b string) string { return b }

// chosen marks the link of the view that is shown.
func chosen(on bool) templ.Attributes {
	if on {
		return templ.Attributes{"aria-current": "true"}
	}
	return nil
}

// promises tell before the first import what the page will show.
func promises(ctx context.Context) [][2]string {
	return [][2]string{
		{locale.T(ctx, "Eight signs, four axes"), locale.T(ctx, "From who starts the work to how predictable the income is: each sign is measured on its own, with its uncertainty.")},
		{locale.T(ctx, "Every number opens its rows"), locale.T(ctx, "The invoices, tickets and hours behind it. What your files cannot tell is said, never guessed.")},
		{locale.T(ctx, "The next step"), locale.T(ctx, "Whom to talk to first, and what an agreement would have cost and earned on that client's own year.")},
	}
}

// position is the firm's place on the scale.
func (s *show) position() chart.Position {
	f := s.a.Firm
	p := chart.Position{
		Title: s.p.T("Position between break/fix and MSP"), Known: f.Measured, Value: f.Position, Text: s.points(f.Position),
		Low: f.Interval.Low, High: f.Interval.High, Min: f.Bounds.Low, Max: f.Bounds.High, Zones: s.zones(),
	}
	if f.Measured {
		p.Desc = s.p.T("Position %s of 100 from what is measured; 90 %% interval %s.", s.points(f.Position), s.interval(f.Interval))
	} else {
		p.Desc = s.p.T("Too little for a position: anything between %s of 100 is possible.", s.interval(f.Bounds))
	}
	return p
}

func (s *show) axis(x signs.AxisScore) chart.Position {
	p := chart.Position{Title: s.word(x.Axis), Small: true, Known: x.Measured, Value: x.Position, Low: x.Interval.Low, High: x.Interval.High, Min: x.Bounds.Low, Max: x.Bounds.High, Zones: s.zones()}
	if x.Measured {
		p.Title += ": " + s.p.T("%s of 100, likely %s", s.points(x.Position), s.interval(x.Interval))
	}
	return p
}

// clientPosition is a client's place, for a row.
func (s *show) clientPosition(c *journey.Client) chart.Position {
	return chart.Position{
		Title: s.p.T("%s of 100, likely %s", s.points(c.Stand.Position), s.interval(c.Stand.Interval)), Small: true, Known: c.Stand.Measured,
		Value: c.Stand.Position, Low: c.Stand.Interval.Low, High: c.Stand.Interval.High, Zones: s.zones(),
	}
}

// draws are the shares of the draws on each side.
func (s *show) draws() []chart.Part {
	var out []chart.Part
	for i, p := range s.a.Firm.Verdict.P {
		out = append(out, chart.Part{Label: s.zones()[i].Label, Class: s.zones()[i].Class, Value: p.Share, Text: s.percent(p.Share)})
	}
	return out
}

// mixture is the revenue on each side.
func (s *show) mixture() []chart.Part {
	m, z := s.a.Mixture, s.zones()
	out := []chart.Part{
		{Label: z[0].Label, Class: z[0].Class, Value: m.BreakFix, Text: s.percent(m.BreakFix), Href: s.to("/journey/clients?side=breakfix")},
		{Label: z[1].Label, Class: z[1].Class, Value: m.Hybrid, Text: s.percent(m.Hybrid), Href: s.to("/journey/clients?side=hybrid")},
		{Label: z[2].Label, Class: z[2].Class, Value: m.MSP, Text: s.percent(m.MSP), Href: s.to("/journey/clients?side=msp")},
	}
	return out
}

func (s *show) dataBadge() page.Badge {
	if !s.a.Firm.Measured {
		return page.Badge{Text: s.p.T("no position"), Tone: page.Warn}
	}
	half := (s.a.Firm.Interval.High - s.a.Firm.Interval.Low) / 2
	return page.Badge{Text: "±" + s.p.Float(half, 0)}
}

func (s *show) mixtureBadge() page.Badge {
	if s.a.Mixture.TwoBusinesses {
		return page.Badge{Text: s.p.T("two businesses in one"), Tone: page.Warn}
	}
	return page.Badge{}
}

func (s *show) motionBadge() page.Badge {
	for _, t := range s.a.Trends {
		if t.Code == "position" {
			return s.toward(t)
		}
	}
	return page.Badge{}
}

// band is the recurring share, surely and at most.
func (s *show) band() string {
	lo, hi := s.percent(s.a.Recurring.Low), s.percent(s.a.Recurring.High)
	if lo == hi {
		return lo
	}
	return lo + " – " + hi
}

func (s *show) recurringParts() []chart.Part {
	r := s.a.Recurring
	out := []chart.Part{{Label: s.p.T("surely recurring"), Class: chart.C1, Value: r.Low, Text: s.percent(r.Low)}}
	if r.High > r.Low {
		out = append(out, chart.Part{Label: s.p.T("cannot be told"), Class: chart.C4, Value: r.High - r.Low, Text: s.percent(r.High - r.Low)})
	}
	return append(out, chart.Part{Label: s.p.T("does not recur"), Class: chart.C3, Value: 1 - r.High, Text: s.percent(1 - r.High)})
}

func measuredCount(s *show) int {
	n := 0
	for _, m := range s.a.Firm.Indicators {
		if m.Measured {
			n++
		}
	}
	return n
}

func coverageClass(s *show) string {
	if s.a.Firm.Coverage < s.a.Thresholds.Coverage {
		return chart.Warn
	}
	return chart.C1
}

func madeNote(v *firmView) string {
	if v.latest.Made.IsZero() {
		return ""
	}
	return v.p.T("measured %s", v.p.Ago(v.latest.Made, v.now))
}

// reason says why an assessment was made.
func reason(s *show, code string) string {
	switch code {
	case "import":
		return s.p.T("an import")
	case "undo":
		return s.p.T("an import was undone")
	case "answer":
		return s.p.T("an answer")
	case "settings":
		return s.p.T("thresholds or prices")
	case "manual":
		return s.p.T("by hand")
	case "month":
		return s.p.T("a new month")
	case "merge":
		return s.p.T("clients were merged")
	case "agreement":
		return s.p.T("a change of agreements")
	case "work":
		return s.p.T("work that was entered")
	case "rename":
		return s.p.T("a client's new name")
	}
	return code
}

func pastPosition(s *show, x journey.Past) string {
	if !x.Summary.Measured {
		return "–"
	}
	return s.points(x.Summary.Position) + " (" + s.interval(x.Summary.Interval) + ")"
}

// inputKind says what kind of rows a file held.
func inputKind(s *show, code string) string {
	switch code {
	case "lines":
		return s.p.T("invoice lines")
	case "tickets":
		return s.p.T("tickets")
	case "hours":
		return s.p.T("time entries")
	case "assets":
		return s.p.T("devices")
	case "people":
		return s.p.T("people")
	case "templates":
		return s.p.T("recurring templates")
	case "clients":
		return s.p.T("clients")
	case "contacts":
		return s.p.T("contacts and reviews")
	case "agreements":
		return s.p.T("months of agreements")
	}
	return code
}
