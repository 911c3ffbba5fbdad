// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

const (
	remote ids.ID = 1
	night  ids.ID = 2
)

func holdings(u rating.Usage) string {
	var out []string
	for _, h := range u.Grants {
		out = append(out, fmt.Sprintf("%s: %s = %s drawn + %s lapsed + %s left", h.From, h.Amount, h.Drawn, h.Lapsed, h.Left))
	}
	for _, o := range u.Over {
		out = append(out, fmt.Sprintf("%s over %s (%s)", o.Day, o.Amount, o.Plain))
	}
	return strings.Join(out, "\n")
}

func TestAllowanceByHand(t *testing.T) {
	work := []rating.Work{ // entered out of order
		{ID: 5, Day: d("2026-02-10"), Type: night, Amount: dec("6")}, // counts 9
		{ID: 6, Day: d("2026-01-31"), Type: remote, Amount: dec("4")},
		{ID: 7, Day: d("2026-04-02"), Type: remote, Amount: dec("13.5")},
		{ID: 8, Day: d("2026-06-01"), Type: remote, Amount: dec("1")}, // not yet
	}
	for _, c := range []struct {
		what string
		pot  rating.Pot
		want string
		left string
	}{
		{
			"each month by itself",
			rating.Pot{Each: dec("10")},
			`2026-01-15: 170/31 = 4 drawn + 46/31 lapsed + 0 left
2026-02-01: 10 = 9 drawn + 1 lapsed + 0 left
2026-03-01: 10 = 0 drawn + 10 lapsed + 0 left
2026-04-01: 10 = 10 drawn + 0 lapsed + 0 left
2026-04-02 over 3.5 (3.5)`, "0",
		},
		{
			"one month longer, at most 8 carried",
			rating.Pot{Each: dec("10"), Prorate: rating.Never, Keep: 1, Carry: ptr("8")},
			// January leaves 6, all drawn on 10 February with 3 of February's; February leaves 7; at the end of March 17 are left,
			// and February's 7 lapse; 8 of March's 10 go over.
			`2026-01-15: 10 = 10 drawn + 0 lapsed + 0 left
2026-02-01: 10 = 3 drawn + 7 lapsed + 0 left
2026-03-01: 10 = 8 drawn + 2 lapsed + 0 left
2026-04-01: 10 = 5.5 drawn + 0 lapsed + 4.5 left`, "4.5",
		},
		{
			"a block that ends, then one that does not",
			rating.Pot{Bought: []rating.Grant{
				{From: d("2026-02-01"), Until: civil.NoDate, Amount: money.Whole(20)}, {From: d("2026-01-15"), Until: d("2026-03-01"), Amount: money.Whole(8)},
			}},
			`2026-01-15: 8 = 8 drawn + 0 lapsed + 0 left
2026-02-01: 20 = 18.5 drawn + 0 lapsed + 1.5 left`, "1.5",
		},
	} {
		c.pot.Cycle, c.pot.Valid = monthly("2026-01-01"), rating.Period{From: d("2026-01-15"), To: d("2030-01-01")}
		c.pot.Weights = map[ids.ID]money.Decimal{night: dec("1.5")}
		u, err := c.pot.Use(work, d("2026-04-20"))
		if got := holdings(u); err != nil || got != c.want || u.Left.String() != c.left {
			t.Errorf("%s: %v left %s\n%s\nwant\n%s", c.what, err, u.Left, got, c.want)
		}
	}
}

// Nothing is lost or made: each grant is drawn, lapsed or left; each piece of work drawn or beyond; and the order of entry does
// not matter.
func TestAllowanceBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rating.Pot{
			Cycle: monthly("2026-01-31"), Valid: rating.Period{From: d("2026-01-10").AddDays(rapid.IntRange(0, 40).Draw(t, "from")), To: d("2026-09-15")},
			Each: money.Decimal{Coef: rapid.Int64Range(0, 100).Draw(t, "each"), Scale: 1}, Keep: rapid.IntRange(-1, 3).Draw(t, "keep"),
			Weights: map[ids.ID]money.Decimal{night: dec("1.5"), 3: dec("0")},
		}
		if rapid.Bool().Draw(t, "cap") {
			p.Carry = &money.Decimal{Coef: rapid.Int64Range(0, 20).Draw(t, "carry")}
		}
		for range rapid.IntRange(0, 3).Draw(t, "blocks") {
			from := d("2026-01-01").AddDays(rapid.IntRange(0, 200).Draw(t, "bought"))
			p.Bought = append(p.Bought, rating.Grant{From: from, Until: from.AddDays(rapid.IntRange(1, 90).Draw(t, "life")), Amount: money.Whole(rapid.Int64Range(0, 30).Draw(t, "block"))})
		}
		var work []rating.Work
		for i := range rapid.IntRange(0, 12).Draw(t, "works") {
			work = append(work, rating.Work{
				ID: ids.ID(i + 1), Day: d("2026-01-01").AddDays(rapid.IntRange(0, 300).Draw(t, "day")), Type: ids.ID(rapid.IntRange(1, 3).Draw(t, "type")),
				Amount: money.Decimal{Coef: rapid.Int64Range(0, 200).Draw(t, "hours"), Scale: 1},
			})
		}
		through := d("2026-01-01").AddDays(rapid.IntRange(0, 320).Draw(t, "through"))
		u, err := p.Use(work, through)
		if err != nil {
			t.Fatal(err)
		}
		var left, drawn money.Exact
		for _, h := range u.Grants {
			if h.Drawn.Plus(h.Lapsed).Plus(h.Left).Cmp(h.Amount) != 0 || h.Left.Sign() < 0 {
				t.Fatalf("%s", holdings(u))
			}
			left, drawn = left.Plus(h.Left), drawn.Plus(h.Drawn)
		}
		if u.Left.Cmp(left) != 0 {
			t.Fatalf("%s left of\n%s", u.Left, holdings(u))
		}
		for _, w := range work {
			weight := map[ids.ID]money.Decimal{1: dec("1"), night: dec("1.5"), 3: dec("0")}[w.Type]
			rest := w.Amount.Exact().Times(weight.Exact())
			for _, x := range u.Draws {
				if x.Work == w.ID {
					g := u.Grants[x.Grant]
					rest, drawn = rest.Minus(x.Amount), drawn.Minus(x.Amount)
					if w.Day < g.From || g.Until.Known() && w.Day >= g.Until {
						t.Fatalf("%v drew from %v", w, g)
					}
				}
			}
			for _, o := range u.Over {
				if o.Work == w.ID {
					rest = rest.Minus(o.Amount)
				}
			}
			if w.Day <= through && rest.Sign() != 0 {
				t.Fatalf("%s of %v is nowhere", rest, w)
			}
		}
		if drawn.Sign() != 0 {
			t.Fatalf("%s drawn by nobody", drawn)
		}
		slices.Reverse(work)
		if again, err := p.Use(work, through); err != nil || holdings(again) != holdings(u) {
			t.Fatalf("%v\n%s\nnot\n%s", err, holdings(again), holdings(u))
		}
	})
}
