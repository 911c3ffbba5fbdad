// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"fmt"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// once bills a line's part from a day up to another in one run and returns the sum.
func (g *given) once(t rating.Terms, to civil.Date) []rating.Entry {
	return (&book{T: g.T}).run(&rating.Line{ID: 1, Last: to - 1, Terms: []rating.Terms{t}}, to)
}

// part is the price of a written period [from, to) whose boundary is its end, or its start where that is one of the calendar.
func (g *given) part(o offer, from, to civil.Date) []rating.Entry {
	o.anchor = to
	return g.once(o.from(1, from), to)
}

// fraction reads "29/30", or a word.
func (g *given) fraction(s string) (num, den int) {
	if s == "half the period" {
		return 15, 30
	}
	a, b, ok := strings.Cut(s, "/")
	if !ok {
		g.Fatalf("%q is no fraction", s)
	}
	return g.atoi(a), g.atoi(b)
}

// thirty reads a rule about months of 30 days.
func (g *given) thirty() rating.Proration {
	if r := g.str("rule"); !strings.HasPrefix(r, "30-day month") {
		g.Fatalf("the rule %q", r)
	}
	return rating.Thirty
}

func anchorChange(g *given) answer {
	o := g.offer("price")
	from, to := g.span(g.str("period"))
	t := o.from(1, from)
	switch {
	case g.has("new_anchor_day"):
		t.Cycle = rating.Cycle{Anchor: from, Unit: o.per.Unit, Day: g.num("new_anchor_day")}
	case g.has("anchor_day_changed_on"):
		s := g.sentence("anchor_day_changed_on")
		m := s.take(`^(\S+) to (\d+)$`)
		s.end()
		if o.paidTo != from || g.date(m[1]) > from {
			g.Fatal("what is paid must reach to the period")
		}
		t.Cycle = rating.Cycle{Anchor: from, Unit: o.per.Unit, Day: g.atoi(m[2])}
	default: // the new anchor is where the period ends
		t.Cycle.Anchor = to
	}
	return answer{"amount": show(total(g.once(t, to)))}
}

var prorationTopics = map[string]func(*given) answer{
	"proration.first_stub": func(g *given) answer {
		o, start := g.offer("plan"), g.day("start")
		due := (&book{T: g.T}).run(&rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{o.from(1, start)}}, start)
		sum := g.taxed(g.str("tax_pct"), rating.ByCategory, total(due))
		return answer{"net": show(sum.Net), "tax": show(sum.Tax), "total": show(sum.Gross)}
	},
	"proration.denominator": func(g *given) answer {
		o, s := g.offer("plan"), g.sentence("anchor")
		m := s.take(`^\d+(?:st|nd|rd|th) \(from (\S+)\)`)
		s.end()
		o.anchor = g.date(m[1])
		last := g.day("terminate")
		l := &rating.Line{ID: 1, Last: last, Terms: []rating.Terms{o.from(1, g.day("start"))}}
		return answer{"fee": show(total((&book{T: g.T}).run(l, last+1)))}
	},
	"proration.upgrade": func(g *given) answer {
		if g.has("period") { // a new plan's first part, up to a boundary
			from, to := g.span(g.str("period"))
			return answer{"amount": show(total(g.part(g.offer("price"), from, to)))}
		}
		before, after, day := g.offer("old"), g.offer("new"), g.day("upgrade")
		if !after.anchor.Known() { // the anniversary is kept
			after.anchor = before.anchor
		}
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{before.from(1, before.anchor)}}
		b := &book{T: g.T}
		b.run(l, day-1)
		l.Terms = append(l.Terms, after.from(2, day))
		due := b.run(l, day)
		return answer{"credit_old": show(-due[0].Amount), "new_fee": show(due[1].Amount)}
	},
	"proration.credit_on_termination": func(g *given) answer {
		o, start, last, pct := g.offer("plan"), g.day("start"), g.day("terminate"), g.str("tax_pct")
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{o.from(1, start)}}
		b := &book{T: g.T}
		first := g.taxed(pct, rating.ByCategory, total(b.run(l, start)))
		l.Last = last
		credit := g.taxed(pct, rating.ByCategory, -total(b.run(l, last)))
		due, left := rating.Settle(g.taxed(pct, rating.ByCategory, g.minor("usage")).Gross, credit.Gross)
		return answer{
			"first_net": show(first.Net), "first_total": show(first.Gross), "credit_net": show(credit.Net), "credit_tax": show(credit.Tax),
			"credit_total": show(credit.Gross), "final_due": show(due), "credit_left": show(left),
		}
	},
	"proration.anchor_change":        anchorChange,
	"proration.anchor_change_annual": anchorChange,
	"proration.credit_on_change": func(g *given) answer {
		o, day := g.offer("price"), g.day("change")
		o.anchor = o.paidTo
		start := o.from(1, day).Cycle.Around(day).From
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{o.from(1, start)}}
		b := &book{T: g.T}
		b.run(l, start)
		other := o.from(2, day)
		other.Price.Unit = money.Decimal{}
		l.Terms = append(l.Terms, other)
		return answer{"amount": show(total(b.run(l, day)))}
	},
	"proration.fixed_30_day_month": func(g *given) answer {
		o := g.offer("price")
		o.terms.Prorate = g.thirty()
		if g.has("start") { // a stub to the billing day, then a whole month in advance
			start := g.day("start")
			t := o.from(1, start)
			t.Cycle = rating.Cycle{Anchor: start, Day: g.num("billing_day")}
			l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{t}}
			return answer{"total": show(total((&book{T: g.T}).run(l, t.Cycle.Boundary(t.Cycle.Index(start)+1))))}
		}
		out := answer{}
		for _, s := range g.texts("periods") {
			from, to := g.span(s)
			n := show(total(g.part(o, from, to)))
			if old, ok := out["amount"]; ok && old != n {
				n = fmt.Sprint("differs: ", old, " and ", n)
			}
			out["amount"] = n
		}
		return out
	},
	// Kill Bill's date of a cancellation is the first day that is not served.
	"proration.arrears_cancel": func(g *given) answer {
		return answer{"amount": show(total(g.once(g.offer("price").from(1, g.day("period_start")), g.day("cancel"))))}
	},
	"proration.factor": func(g *given) answer {
		c := g.cycle()
		p := rating.Period{From: g.day("start")}
		if g.has("end") {
			p.To = g.day("end")
		} else { // billed in advance up to a day: to the end of the interval it lies in
			p.To = c.Around(g.day("target")).To
		}
		_, parts := rating.Actual.Share(c, p)
		return answer{"cycles": sum(parts)}
	},
	"proration.per_second": func(g *given) answer {
		left, of := g.fraction(g.str("at"))
		day := civil.MustDate(2026, 3, 1)
		price := func(k string) rating.Price { return rating.Price{Unit: g.dec(k)} }
		c := rating.Cycle{Anchor: day, Unit: rating.Day, Every: of}
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{{ID: 1, From: day, Cycle: c, Price: price("old")}}}
		b := &book{T: g.T}
		b.run(l, day)
		change := day.AddDays(of - left)
		l.Terms = append(l.Terms, rating.Terms{ID: 2, From: change, Cycle: c, Price: price("new")})
		due := b.run(l, change)
		return answer{"credit": show(due[0].Amount), "charge": show(due[1].Amount), "net": show(total(due))}
	},
	"proration.one_time": func(g *given) answer {
		s := g.sentence("fee")
		m := s.take(`^(\d+\.\d+) x (\d+) one-time$`)
		s.end()
		left, of := g.fraction(g.str("days_left"))
		start := civil.MustDate(2026, 6, 1).AddDays(of - left)
		t := rating.Terms{ID: 1, From: start, Once: true, Price: rating.Price{Model: rating.PerUnit, Unit: g.decimal(m[1])}}
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{t}, Facts: facts(start, g.decimal(m[2]))}
		return answer{"amount": show(total((&book{T: g.T}).run(l, start.AddDays(left))))}
	},
	"proration.rules_table": func(g *given) answer {
		out := map[string][]string{}
		for _, row := range g.rows("periods") {
			p := rating.Through(g.date(row[0]), g.date(row[1]))
			c := rating.Cycle{Anchor: p.From.Month().First()}
			for name, rule := range map[string]rating.Proration{"actual": rating.Actual, "actual_360": rating.Thirty, "strict_30_360": rating.Strict30} {
				days, of := rule.Count(c, p)
				out[name] = append(out[name], fmt.Sprintf("%d/%d", days, of))
			}
		}
		return answer{"actual": out["actual"], "actual_360": out["actual_360"], "strict_30_360": out["strict_30_360"]}
	},
	"proration.month_first": func(g *given) answer {
		o := g.offer("price")
		from, last := g.span(g.str("period"))
		return answer{"total": show(total(g.once(o.from(1, from), last+1)))}
	},
}
