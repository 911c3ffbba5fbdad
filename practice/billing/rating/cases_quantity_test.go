// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"fmt"

	"mainstay/kit/civil"
	"mainstay/practice/billing/rating"
)

// seats bills a first quantity from a day, then a second one from another, and returns both runs.
func (g *given) seats(t rating.Terms, q []string, change civil.Date) (first, second []rating.Entry) {
	l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{t}, Facts: facts(t.From, g.decimal(q[0]))}
	b := &book{T: g.T}
	first = b.run(l, t.From)
	l.Facts = append(l.Facts, facts(change, g.decimal(q[1]))...)
	return first, b.run(l, change)
}

func perUnit(t rating.Terms) rating.Terms {
	t.Price.Model = rating.PerUnit
	return t
}

var quantityTopics = map[string]func(*given) answer{
	"quantity.change_in_advance_unprorated": func(g *given) answer {
		o := g.offer("price")
		start := civil.MustDate(2026, 4, 1)
		t := o.from(1, start)
		t.Rule = rating.Maximum
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{t}}
		b, out := &book{T: g.T}, []string{}
		for i, q := range g.texts("units_over_time") {
			l.Facts = append(l.Facts, facts(start.AddDays(5*i), g.decimal(q))...)
			out = append(out, show(total(b.run(l, start.AddDays(5*i)))))
		}
		return answer{"invoices": out}
	},
	"quantity.change_in_advance_prorated": func(g *given) answer {
		if g.has("unit") {
			s := g.sentence("change")
			m := s.take(`^(\S+), (\d+)/(\d+) left$`)
			s.end()
			change, left, of := g.date(m[1]), g.atoi(m[2]), g.atoi(m[3])
			start := change.AddDays(left - of)
			t := perUnit(rating.Terms{ID: 1, From: start, Cycle: rating.Cycle{Anchor: start, Unit: rating.Day, Every: of}, Price: rating.Price{Unit: g.dec("unit")}})
			_, due := g.seats(t, g.texts("seats"), change)
			return answer{"credit": show(due[0].Amount), "charge": show(due[1].Amount), "net": show(total(due))}
		}
		before, after, day := g.offer("old"), g.offer("new"), g.day("upgrade")
		start := (before.paidTo.Month() - 1).First()
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{before.from(1, start)}, Facts: facts(start, before.count)}
		b := &book{T: g.T}
		b.run(l, start)
		l.Terms, l.Facts = append(l.Terms, after.from(2, day)), append(l.Facts, facts(day, after.count)...)
		same := total(b.run(l, day))
		other := (&book{T: g.T}).run(&rating.Line{ID: 2, Last: civil.NoDate, Terms: []rating.Terms{g.offer("other_new").from(1, day)}}, day)
		fee := g.offer("old_arrears_fee").from(1, start)
		fee.Arrears = true
		return answer{"same_addon": show(same), "other": show(total(other)), "old_fee": show(total(g.once(fee, day)))}
	},
	"msp.addition_midperiod": func(g *given) answer {
		o, added, next := g.offer("unit"), g.day("added"), g.day("next_invoice")
		t := perUnit(o.from(1, added.Month().First()))
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{t}, Facts: facts(added, whole(1))}
		b := &book{T: g.T}
		if first := b.run(l, t.From); len(first) != 0 {
			g.Errorf("billed before it was there: %v", amounts(first))
		}
		return answer{"per_unit_on_next_invoice": show(total(b.run(l, next)))}
	},
	"msp.vendor_recon": func(g *given) answer {
		o := g.offer("unit")
		if g.has("qty") {
			start := civil.MustDate(2026, 2, 3)
			t := perUnit(o.from(1, start))
			first, second := g.seats(t, g.texts("qty"), start.AddDays(t.Cycle.Every-g.num("days_left")))
			return answer{"lines": append(amounts(first), amounts(second)...)}
		}
		s := g.sentence("period")
		m := s.take(`^(\S+)\.\.(\S+) \((\d+) days\)$`)
		s.end()
		p := rating.Through(g.date(m[1]), g.date(m[2]))
		if p.Days() != g.atoi(m[3]) {
			g.Fatal(p)
		}
		o.anchor = p.From
		t := perUnit(o.from(1, p.From))
		t.Arrears = true
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{t}}
		day, last := p.From, ""
		for _, row := range g.rows("segments") {
			var n, days int
			if _, err := fmt.Sscanf(row[0], "%d seats", &n); err != nil {
				g.Fatal(err)
			}
			if _, err := fmt.Sscanf(row[1], "%d days", &days); err != nil {
				g.Fatal(err)
			}
			l.Facts = append(l.Facts, facts(day, whole(n))...)
			day, last = day.AddDays(days), whole(n).String()
		}
		out, b := answer{}, &book{T: g.T}
		for _, e := range b.run(l, p.To) {
			out["line_"+e.Quantity.String()] = show(e.Amount)
		}
		next := t.Cycle.Around(p.To)
		out["next_period_"+last] = show(total(b.run(l, next.To)))
		return out
	},
	"msp.block_hours": func(g *given) answer {
		s := g.sentence("bought")
		m := s.take(`^(\d+) h$`)
		s.end()
		return answer{"alert_at_used": rating.AlertAt(g.decimal(m[1]), g.dec("threshold_pct")).String() + " h"}
	},
}
