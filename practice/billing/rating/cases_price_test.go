// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// tiers reads rows of [up to, price of a unit, flat fee].
func (g *given) tiers(m rating.Model) rating.Price {
	p := rating.Price{Model: m}
	for _, v := range g.list("tiers") {
		row := v.([]any)
		t := rating.Tier{Open: row[0] == nil, Unit: g.decimal(text(row[1])), Flat: g.decimal(text(row[2]))}
		if !t.Open {
			t.UpTo = g.decimal(text(row[0]))
		}
		p.Tiers = append(p.Tiers, t)
	}
	g.ok(p.Check())
	return p
}

func (g *given) packages() rating.Price {
	p := rating.Price{Model: rating.Package, Unit: g.dec("price"), Size: g.dec("package")}
	if g.has("free") {
		p.Free = g.dec("free")
	}
	g.ok(p.Check())
	return p
}

func (g *given) round(x money.Exact) string {
	n, err := x.Round(2)
	g.ok(err)
	return show(n)
}

func (g *given) rated(p rating.Price) answer {
	return answer{"amount": g.round(p.Rate(g.dec("qty").Exact()).Net)}
}

var priceTopics = map[string]func(*given) answer{
	"tier.graduated":          func(g *given) answer { return g.rated(g.tiers(rating.Graduated)) },
	"tier.graduated.boundary": func(g *given) answer { return g.rated(g.tiers(rating.Graduated)) },
	"tier.volume":             func(g *given) answer { return g.rated(g.tiers(rating.Volume)) },
	"tier.package":            func(g *given) answer { return g.rated(g.packages()) },
	"tier.graduated.split_period": func(g *given) answer {
		p := g.tiers(rating.Graduated)
		return answer{"amount": g.round(p.Since(g.dec("qty_in_this_split").Exact(), g.dec("already_billed_qty").Exact()).Net)}
	},
	"tier.package.split_period": func(g *given) answer {
		p := g.packages()
		return answer{"amount": g.round(p.Since(g.dec("qty").Exact(), g.dec("already_qty").Exact()).Net)}
	},
	"tier.graduated_prorated": func(g *given) answer {
		s := g.sentence("period")
		m := s.take(`^(\d{4}-\d{2}) \((\d+) days\)$`)
		s.end()
		first := g.date(m[1] + "-01")
		c := rating.Cycle{Anchor: first}
		if c.Interval(0).Days() != g.atoi(m[2]) {
			g.Fatal(c.Interval(0))
		}
		running, count := []string{}, money.Exact{}
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{{
			ID: 1, From: first, Cycle: c, Arrears: true, Rule: rating.DayByDay, Price: g.tiers(rating.Graduated),
		}}}
		for _, e := range g.rows("events") {
			count = count.Plus(g.decimal(e[1]).Exact())
			l.Facts = append(l.Facts, facts(g.date(e[0]), g.decimal(count.String()))...)
			running = append(running, show(total((&book{T: g.T}).run(l, c.Boundary(1)))))
		}
		b := &book{T: g.T}
		b.run(l, c.Boundary(1))
		return answer{"running": running, "next_month_" + count.String() + "_units": show(total(b.run(l, c.Boundary(2))))}
	},
	"maximum.graduated": func(g *given) answer {
		p, most := g.tiers(rating.Graduated), g.dec("maximum")
		p.Most = &most
		before := g.dec("already_billed_qty").Exact()
		if old := g.round(p.Rate(before).Net); old != show(g.minor("already_billed")) {
			g.Errorf("%s was billed before, not %s", g.str("already_billed"), old)
		}
		r := p.Since(g.dec("qty").Exact(), before)
		return answer{"net": g.round(r.Net), "discount": g.round(r.Discount)}
	},
	"minimum.volume": func(g *given) answer {
		p, least := g.tiers(rating.Volume), g.dec("minimum")
		p.Least = &least
		r := p.Rate(g.dec("qty").Exact())
		return answer{"fee": g.round(r.Gross), "true_up": g.round(r.TrueUp)}
	},
	"minimum.prorated_true_up": func(g *given) answer {
		o := g.offer("charge")
		s := g.sentence("period")
		m := s.take(`^(\S+) \(terminated\)$`)
		s.end()
		from, last := g.span(m[1])
		price := rating.Price{Model: rating.PerUnit, Unit: o.amount, Least: o.minimum}
		share, _ := rating.Actual.Share(o.from(1, from).Cycle, rating.Through(from, last))
		r := price.RateShare(g.dec("units").Exact(), share)
		usage, err := r.Gross.Round(2)
		g.ok(err)
		up, err := rating.TrueUp(*o.minimum, share, usage, 2)
		g.ok(err)
		if g.round(r.TrueUp) != show(up) {
			g.Errorf("%s, but %s", g.round(r.TrueUp), show(up))
		}
		sum := g.taxed(g.str("tax_pct"), rating.ByLine, usage, up)
		return answer{"usage": show(usage), "true_up": show(up), "net": show(sum.Net), "tax": show(sum.Tax), "total": show(sum.Gross)}
	},
	"minimum.commitment": func(g *given) answer {
		o, promise := g.offer("plan"), g.offer("commitment")
		o.terms.Arrears = true
		var from, to civil.Date
		if g.has("start") { // to the end of the calendar month
			from = g.day("start")
			to = o.from(1, from).Cycle.Around(from).To
		} else { // from the calendar month of the request until the change takes effect, whose day is the new plan's
			from, to = g.day("downgrade_requested").Month().First(), g.day("effective")
		}
		due := g.once(o.from(1, from), to)
		billed := total(due)
		if g.has("other_fees") {
			for _, f := range g.texts("other_fees") {
				billed += g.cents(f)
			}
		}
		share, _ := rating.Actual.Share(o.from(1, from).Cycle, rating.Period{From: from, To: to})
		up, err := rating.TrueUp(promise.amount, share, billed, 2)
		g.ok(err)
		return answer{"true_up": show(up), "fee": show(total(due)), "period": inclusive(due[0].Period), "total": show(billed + up)}
	},
	"price.high_precision": func(g *given) answer {
		nets := []string{}
		for _, u := range g.texts("unit") {
			n, err := rating.Amount(g.decimal(u), g.dec("qty"), money.Whole(1), 2)
			g.ok(err)
			nets = append(nets, show(n))
		}
		return answer{"nets": nets}
	},
	"wallet.rounding": func(g *given) answer {
		d, err := money.ParseRounded(g.str("credits"), 2)
		g.ok(err)
		n, err := rating.Amount(g.dec("rate"), d, money.Whole(1), 2)
		g.ok(err)
		return answer{"amount": show(n)}
	},
}
