// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"mainstay/kit/civil"
	"mainstay/practice/billing/rating"
)

// cycle reads an anchor: "anchor" as a day, or "anchor_day" with the month of the start.
func (g *given) cycle() rating.Cycle {
	if g.has("anchor") {
		return rating.Cycle{Anchor: g.day("anchor")}
	}
	c := rating.Cycle{Anchor: g.day("start")}
	c.Day = g.num("anchor_day")
	return c
}

func anchored(g *given) answer {
	c := g.cycle()
	g.ok(c.Check())
	out := answer{}
	if n, ok := g.want["boundaries"].([]any); ok {
		days := []string{}
		for k := range n {
			days = append(days, c.Boundary(k).String())
		}
		out["boundaries"] = days
	}
	if !g.has("start") {
		return out
	}
	start := g.day("start")
	out["period_end"] = c.Split(rating.Period{From: start, To: start.AddDays(400)})[0].To.String()
	if n, ok := g.want["periods"].([]any); ok {
		periods := [][]string{}
		for _, p := range c.Split(rating.Period{From: start, To: start.AddDays(31 * (len(n) + 1))})[:len(n)] {
			periods = append(periods, open(p))
		}
		out["periods"] = periods
	}
	return out
}

var calendarTopics = map[string]func(*given) answer{
	"calendar.anchor31": anchored,
	"calendar.anchor30": anchored,
	"calendar.anniversary": func(g *given) answer {
		if r := g.str("rule"); r != "monthly" {
			g.Fatalf("the rule %q", r)
		}
		start, last := g.day("start"), g.day("end")
		l := &rating.Line{ID: 1, Last: last, Terms: []rating.Terms{{ID: 1, From: start, Cycle: rating.Cycle{Anchor: start}}}}
		periods := [][]string{}
		for _, e := range (&book{T: g.T}).run(l, last) {
			periods = append(periods, inclusive(e.Period))
		}
		return answer{"periods": periods}
	},
	"calendar.dst": func(g *given) answer {
		zone, err := rating.Zone(g.str("tz"))
		g.ok(err)
		at, o, months := g.instant(g.str("start")), g.offer("price"), g.num("months")
		begin := rating.DayIn(at, zone).AddDays(o.trial)
		o.anchor = begin
		t := o.from(1, begin)
		t.Cycle.Day = g.num("anchor_day")
		l := &rating.Line{ID: 1, Last: t.Cycle.Boundary(months) - 1, Terms: []rating.Terms{t}}
		b := &book{T: g.T}
		var due []rating.Entry
		for i := range 31 * (months + 3) { // a run at the same instant of every day, on both sides of every change of clocks
			due = append(due, b.run(l, rating.DayIn(at.AddDate(0, 0, i), zone))...)
		}
		out := answer{"first": due[0].Period.From.String() + ".." + due[0].Period.To.String(), "each": show(due[0].Amount)}
		for i, e := range due {
			if len(due) != months || e.Amount != due[0].Amount || i > 0 && e.Period.From != due[i-1].Period.To {
				out["each"] = "not the same each month: " + show(e.Amount)
			}
		}
		return out
	},
	"calendar.timezone_idempotence": func(g *given) answer {
		zone, err := rating.Zone(g.str("tz"))
		g.ok(err)
		anchor := g.day("weekly_anniversary")
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{{
			ID: 1, From: anchor, Arrears: true, Cycle: rating.Cycle{Anchor: anchor, Unit: rating.Week}, Price: rating.Price{Unit: whole(10)},
		}}}
		b, n := &book{T: g.T}, 0
		for _, r := range g.texts("runs") {
			if len(b.run(l, rating.DayIn(g.instant(r), zone))) > 0 {
				n++
			}
		}
		return answer{"invoices": n}
	},
}
