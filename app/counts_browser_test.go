// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

// The pages of counts in all looks: none yet, a month of them with many names, a query of an agreement, and the list that says that the
// number is entered by hand.
func TestBrowserCounts(t *testing.T) {
	c := clock.At(time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC))
	s := newSiteAt(t, c)
	ctx := context.Background()
	client := agreed(t, s)
	own := "/devices/counts?client=" + client.String()
	t.Run("counts-empty", func(t *testing.T) { s.Check(t, s.look("counts-empty", own)) })
	starts := civil.MustDate(2026, 3, 1)
	line := agreements.NewLine{Copy: agreements.Copy{Name: "Managed workstation", Counted: agreements.CountedDevices, Filter: "kind:workstation,laptop"}, Quantity: &money.Decimal{Coef: 30}, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: 40}}}}
	id, err := s.Agreements.Create(ctx, agreements.NewAgreement{Head: agreements.Head{Client: client, Name: "Managed", Currency: "EUR", Starts: starts, Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: starts, Every: 1}}, Lines: []agreements.NewLine{line}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Agreements.Activate(ctx, id, 1, agreements.Sign{By: "Mira"}); err != nil {
		t.Fatal(err)
	}
	var made []ids.ID
	c.Advance(-5 * 24 * time.Hour)
	for day := range 6 {
		if day > 0 {
			c.Advance(24 * time.Hour)
		}
		for i := range []int{24, 0, 1, 9, 0, 1}[day] {
			x, err := s.Devices.Make(ctx, access.WholeFirm(), client, devices.Details{Name: fmt.Sprintf("WS-%d%02d-KESTREL-RECEPTION", day, i), Kind: devices.Workstation, Warranty: civil.NoDate, Bought: civil.NoDate})
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, x)
		}
		if day == 4 {
			for _, x := range made[:2] {
				if err := s.Devices.Retire(ctx, access.WholeFirm(), x, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := s.CountDevices(ctx); err != nil {
			t.Fatal(err)
		}
	}
	a, err := s.Agreements.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"counts": own, "counts-query": own + "&q=kind%3Aworkstation%2Claptop", "counts-none": own + "&month=2026-01", "counts-by-hand": "/devices/list?client=" + client.String(),
		"counts-line": "/agreements/" + id.String() + "/lines/" + a.Lines[0].ID.String(), "counts-client": "/clients/" + client.String(),
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
}
