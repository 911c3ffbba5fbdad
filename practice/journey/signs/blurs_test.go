// SPDX-License-Identifier: Apache-2.0

package signs

import (
	"testing"

	"mainstay/kit/civil"
)

func TestTwoBusinessesInOne(t *testing.T) {
	b := &Books{First: civil.NewMonth(2023, 1), Present: present(24)}
	for _, n := range []string{"a", "b", "c"} {
		c := flat(n, 24, 0, 1000) // subscribed to everything
		c.Families = 8
		b.Clients = append(b.Clients, c)
		h := flat("by the hour "+n, 24) // one big job now and then
		h.Families = 0
		for m := 0; m < 24; m += 6 {
			h.Revenue[m*Kinds+Labour] = 6000
		}
		b.Clients = append(b.Clients, h)
	}
	r, err := Measure(b, Defaults(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Mixture.TwoBusinesses || r.Mixture.BreakFix != .5 || r.Mixture.MSP != .5 {
		t.Errorf("%+v", r.Mixture)
	}
	shares, clients := 0., 0
	for _, bin := range r.Mixture.Bins {
		shares, clients = shares+bin.Share, clients+bin.Clients
	}
	if clients != 6 || shares != 1 {
		t.Errorf("%d clients, shares %v", clients, shares)
	}
}

func TestMotion(t *testing.T) {
	// The fee grows by 100 a quarter against 1,000 by the hour; another firm stands still.
	for _, c := range []struct {
		name   string
		step   int64
		moving int
		toward string
	}{{"rising", 100, 1, "msp"}, {"falling", -60, -1, "breakfix"}, {"still", 0, 0, ""}} {
		b := &Books{First: civil.NewMonth(2022, 1), Present: present(36)}
		one := flat("a", 36, 0, 1000, 0, 1000)
		for m := range 36 {
			one.Revenue[m*Kinds+Recurring] += c.step * int64(m/3)
		}
		b.Clients = []Client{one}
		r, err := Measure(b, Defaults(), 1)
		if err != nil {
			t.Fatal(err)
		}
		got := r.Trends[0]
		if got.Moving != c.moving || got.Toward != c.toward || !got.Measured || len(got.Points) != 12 {
			t.Errorf("%s: %+v", c.name, got)
		}
		if overall := r.Trends[len(r.Trends)-1]; overall.Toward != c.toward {
			t.Errorf("%s overall: %+v", c.name, overall)
		}
	}
}

func TestVerdictWords(t *testing.T) {
	m := &model{t: Defaults()}
	full := score{ok: true, coverage: .8}
	draws := func(positions ...float64) (out []drawn) {
		for _, p := range positions {
			out = append(out, drawn{score: score{position: p}})
		}
		return out
	}
	for _, c := range []struct {
		name                string
		s                   score
		draws               []drawn
		word, first, second string
	}{
		{"certain", full, draws(70, 80, 66, 90, 70, 70, 70, 70, 70, 40), "msp", "", ""},
		{"between", full, draws(70, 70, 70, 70, 70, 70, 60, 60, 60, 60), "between", "msp", "hybrid"},
		{"between the other two", full, draws(10, 10, 10, 60, 60, 60, 60, 10, 10, 10), "between", "breakfix", "hybrid"},
		{"the borders are hybrid", full, draws(35, 65, 50), "hybrid", "", ""},
		{"too little measured", score{ok: true, coverage: .59}, draws(70, 70), "none", "", ""},
		{"nothing measured", score{}, nil, "none", "", ""},
	} {
		v := m.verdict(&c.s, c.draws)
		if v.Word != c.word || v.First != c.first || v.Second != c.second {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
}

// TestUnknownClientIsNoClient: rows that name no client count for the firm, not as a client.
func TestUnknownClientIsNoClient(t *testing.T) {
	b := &Books{First: civil.NewMonth(2023, 1), Present: present(24), Clients: []Client{flat("", 24, 0, 500)}}
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		b.Clients = append(b.Clients, flat(n, 24, 0, 0, 0, 100))
	}
	r, err := Measure(b, Defaults(), 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "r", r.Firm.Indicators[at.recurring].Value, .5, 1e-12)
	if s := r.Firm.Indicators[at.rare].Sample; s != 5 {
		t.Errorf("%v clients", s)
	}
}
