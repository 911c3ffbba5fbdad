// SPDX-License-Identifier: Apache-2.0

package agreements_test

import (
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

// Whatever is amended in whatever order: lines always pass their check, a refusal changes nothing and is said in words, and
// the state on every day is what the accepted amendments in their order say.
func TestRandomAmendmentsKeepEveryDay(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	first := day("2026-01-01")
	rapid.Check(t, func(t *rapid.T) {
		x := r.draft("2026-01-01")
		x.Lines = x.Lines[1:2]
		id, err := r.Create(ctx, x)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Activate(ctx, id, 1, agreements.Sign{}); err != nil {
			t.Fatal(err)
		}
		const days = 60
		type state struct {
			price, quantity int64
			holds           bool
		}
		var model [days]state
		for i := range model {
			model[i] = state{2550, 10, true}
		}
		for n := rapid.IntRange(1, 8).Draw(t, "amendments"); n > 0; n-- {
			a, err := r.Get(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			at := rapid.IntRange(0, days-1).Draw(t, "day")
			c := agreements.Change{Line: a.Lines[0].ID}
			var price, quantity int64
			if rapid.Bool().Draw(t, "price?") {
				price = rapid.Int64Range(1, 9999).Draw(t, "price")
				c.Terms = &rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: price, Scale: 2}}}
			}
			if rapid.Bool().Draw(t, "quantity?") {
				quantity = rapid.Int64Range(1, 99).Draw(t, "quantity")
				c.Quantity = &money.Decimal{Coef: quantity}
			}
			ending := rapid.IntRange(0, 4).Draw(t, "ending")
			last := civil.NoDate
			if ending == 1 {
				last = first + civil.Date(rapid.IntRange(0, days-1).Draw(t, "last"))
			}
			if ending == 1 || ending == 2 {
				c.Last = &last
			}
			_, err = r.Amend(ctx, id, a.Version, agreements.Amendment{Day: first + civil.Date(at), Changes: []agreements.Change{c}})
			if err != nil {
				if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
				continue
			}
			for i := range model {
				if i >= at && price != 0 {
					model[i].price = price
				}
				if i >= at && quantity != 0 {
					model[i].quantity = quantity
				}
				if c.Last != nil {
					model[i].holds = !last.Known() || first+civil.Date(i) <= last
				}
			}
		}
		a, err := r.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		l := &a.Lines[0]
		if err := l.Check(); err != nil {
			t.Fatal(err)
		}
		for i, want := range model {
			on := first + civil.Date(i)
			terms := l.On(on)
			if (terms != nil) != want.holds {
				t.Fatalf("%s: in force %v, want %v", on, terms != nil, want.holds)
			}
			if q, _ := l.Quantity(on); terms != nil && (terms.Price.Unit.Coef != want.price || q.Coef != want.quantity) {
				t.Fatalf("%s: %s × %s, want %d × %d", on, q, terms.Price.Unit, want.quantity, want.price)
			}
		}
	})
}
