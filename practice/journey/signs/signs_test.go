// SPDX-License-Identifier: Apache-2.0

package signs

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if math.Abs(got-want) > tol {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestKnots(t *testing.T) {
	for _, c := range []struct {
		code  Indicator
		value float64
		want  float64
	}{
		{TicketsClient, .95, 100},
		{TicketsClient, .70, 50},
		{TicketsClient, .40, 0},
		{TicketsClient, .2, 0},
		{TicketsClient, .825, 75},
		{HoursReactive, .45, 25},
		{HoursEndpoint, .375, 25},
		{TicketsEndpoint, .5, 25},
		{TicketsEndpoint, 1.25, 62.5},
		{AssetsMonitored, .25, 25},
		{AssetsMonitored, .725, 75},
		{RevenueCV, .10, 0},
		{RevenueCV, .20, 25},
		{RevenueCV, .45, 75},
		{RevenueCV, 2, 100},
		{RevenueTop3, .25, 0},
		{RevenueTop3, .31, 25},
		{RevenueTop3, .425, 75},
		{RevenueRecurring, .05, 10},
		{RevenueRecurring, .175, 25},
		{RevenueRecurring, .4, 50},
		{RevenueRecurring, .80, 92.5},
		{RevenueRecurring, 1, 100},
		{RevenueAgreement, .8, 85},
		{RevenueRetention, .9, 85},
		{RevenueRetention, .95, 92.5},
		{RevenueLabour, .25, 25},
		{FamiliesCount, 2, 30},
		{FamiliesCount, 4.5, 75},
		{FamiliesAttach, .35, 42.5},
		{ClientsRare, .6, 75},
		{ReviewsHeld, .7, 80},
	} {
		near(t, string(c.code), Defaults().scales()[index(c.code)].Points(c.value), c.want, 1e-9)
	}
}

func TestWilson(t *testing.T) {
	// k=21, n=22 at 90 %: centre (p + z²/2n)/(1+z²/n) = .90477, half .08503 (by hand).
	low, high := Wilson(21, 22)
	z2 := z90 * z90
	centre := (21./22 + z2/44) / (1 + z2/22)
	half := z90 / (1 + z2/22) * math.Sqrt(21./22*(1./22)/22+z2/(4*22*22))
	near(t, "low", low, centre-half, 1e-12)
	near(t, "high", high, centre+half, 1e-12)
	near(t, "low", low, .8197, 1e-4)
	near(t, "high", high, .9898, 1e-4)
	low, high = Wilson(0, 10) // 0 … z²/(n+z²) = 2.7055/12.7055
	near(t, "low of none", low, 0, 1e-12)
	near(t, "high of none", high, .21294, 1e-4)
}

func TestTheilSen(t *testing.T) {
	s := TheilSen([]float64{1, 2, 3, 4, 5})
	if s.Value != 1 || !s.Bounded || s.Low != 1 || s.High != 1 {
		t.Errorf("line: %+v", s)
	}
	// 0 1 0 2 0: slopes 1 0 ⅔ 0 | −1 ½ −⅓ | 2 0 | −2 → sorted −2 −1 −⅓ 0 0 0 ½ ⅔ 1 2, median 0.
	s = TheilSen([]float64{0, 1, 0, 2, 0})
	if s.Value != 0 || s.Low != -2 || s.High != 2 {
		t.Errorf("zigzag: %+v", s)
	}
	if TheilSen([]float64{1, 2, 3, 4}).Bounded {
		t.Error("four points carry no interval")
	}
}

func TestDetrendedCV(t *testing.T) {
	cv, _, _, ok := DetrendedCV([]float64{10, 20, 30, 40})
	if !ok || cv > 1e-12 {
		t.Errorf("a straight line has CV %v", cv)
	}
	// 1 3 1 3: mean 2, slope .4, fit 1.4 1.8 2.2 2.6, residuals −.4 1.2 −1.2 .4, ss 3.2, sd √(3.2/2), CV .63246.
	cv, _, _, _ = DetrendedCV([]float64{1, 3, 1, 3})
	near(t, "cv", cv, math.Sqrt(1.6)/2, 1e-12)
	if _, _, _, ok := DetrendedCV([]float64{0, 0, 0, 0}); ok {
		t.Error("a firm without revenue has no CV")
	}
}

func TestPosition(t *testing.T) {
	var points [indicators]float64
	var ok [indicators]bool
	set := func(i int, v float64) { points[i], ok[i] = v, true }
	set(at.ticketsClient, 80)
	set(at.monitored, 40) // engage (40 + 100 − 80)/2 = 30
	set(at.cv, 10)
	set(at.top3, 30)
	set(at.recurring, 90) // price (90 + 100 − 20)/2 = 85
	s := combine(&points, &ok, &perSign)
	if s.axis[0] != 30 || s.axis[1] != 85 || s.position != 57.5 || s.axisOK[2] || s.axisOK[3] {
		t.Errorf("%+v", s)
	}
	// coverage: 1/4, 1/4, 2/2, 1/3 of eight signs
	near(t, "coverage", s.coverage, (.25+.25+1+1./3)/8, 1e-12)
	low, high := s.bounds()
	// engage: client-driven 20…95, proactive 10…85 → (10+5)/2 … (85+80)/2; price: spikes 20, subscription 30…96⅔
	near(t, "low", low, (7.5+(30+80)/2.+0+0)/4, 1e-9)
	near(t, "high", high, (82.5+(90./3+200./3+80)/2+100+100)/4, 1e-9)
}

// flat returns a client that pays each kind's amount every month.
func flat(name string, months int, amounts ...int64) Client {
	c := Client{Name: name, Revenue: make([]int64, months*Kinds), Families: 2}
	for m := range months {
		for k, v := range amounts {
			c.Revenue[m*Kinds+k] = v
		}
	}
	return c
}

func present(n int) []bool {
	out := make([]bool, n)
	for i := range out {
		out[i] = true
	}
	return out
}

func TestMissingIsNeverImputed(t *testing.T) {
	b := &Books{First: civil.NewMonth(2024, 1), Present: present(24)}
	for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
		b.Clients = append(b.Clients, flat(n, 24, 0, 1000, 0, 100))
	}
	r, err := Measure(b, Defaults(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.Firm.Verdict.Word != "none" || r.Firm.Verdict.Why != "coverage" {
		t.Errorf("invoices alone gave a verdict: %+v", r.Firm.Verdict)
	}
	if r.Firm.Axes[0].Measured {
		t.Error("the engage axis has a position without tickets")
	}
	for _, m := range r.Firm.Indicators {
		if !m.Measured && (m.Missing == nil || m.Missing.Export == "") {
			t.Errorf("%s does not say which export measures it", m.Code)
		}
	}
	near(t, "r", r.Firm.Indicators[at.recurring].Value, 1000./1100, 1e-12)
	near(t, "cv", r.Firm.Indicators[at.cv].Value, 0, 1e-9)
	near(t, "top3", r.Firm.Indicators[at.top3].Value, .25, 1e-12)
	near(t, "retention", r.Firm.Indicators[at.retention].Value, 1, 1e-12)
}

func TestGapsAreNotZeroMonths(t *testing.T) {
	b := &Books{First: civil.NewMonth(2024, 1), Present: present(12)}
	b.Present[4] = false
	for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
		c := flat(n, 12, 0, 1000)
		c.Revenue[4*Kinds+Recurring] = 0
		b.Clients = append(b.Clients, c)
	}
	r, _ := Measure(b, Defaults(), 1)
	near(t, "cv", r.Firm.Indicators[at.cv].Value, 0, 1e-9)
	if len(r.Gaps) != 1 || r.Months != 11 {
		t.Errorf("gaps %v, months %d", r.Gaps, r.Months)
	}
}

func TestThresholdsValidate(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	var back Thresholds
	if err := json.Unmarshal(raw, &back); err != nil || back.Validate() != nil {
		t.Fatal(err, back.Validate())
	}
	for name, spoil := range map[string]func(*Thresholds){
		"unknown":   func(t *Thresholds) { t.Scales[0].Indicator = "x" },
		"twice":     func(t *Thresholds) { t.Scales[1].Indicator = t.Scales[0].Indicator },
		"falling":   func(t *Thresholds) { t.Scales[0].Knots[1].Value = 0 },
		"points":    func(t *Thresholds) { t.Scales[0].Knots[1].Points = 101 },
		"nan":       func(t *Thresholds) { t.Scales[0].Knots[1].Points = math.NaN() },
		"zigzag":    func(t *Thresholds) { t.Scales[0].Knots[2].Points = 10 },
		"missing":   func(t *Thresholds) { t.Scales = t.Scales[1:] },
		"borders":   func(t *Thresholds) { t.BreakFix = 70 },
		"certainty": func(t *Thresholds) { t.Certainty = 1 },
		"draws":     func(t *Thresholds) { t.Draws = 1 },
	} {
		th := Defaults()
		spoil(&th)
		if th.Validate() == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

// anyBooks draws a firm.
func anyBooks(t *rapid.T) *Books {
	months := rapid.IntRange(1, 40).Draw(t, "months")
	b := &Books{
		First: civil.NewMonth(2020, 1), Present: present(months), TicketMonths: 12, HourMonths: 12,
		HasContacts: rapid.Bool().Draw(t, "contacts"), HasReviews: rapid.Bool().Draw(t, "reviews"),
	}
	for m := range months {
		b.Present[m] = rapid.IntRange(0, 9).Draw(t, "present") > 0
	}
	for i := range rapid.IntRange(0, 9).Draw(t, "clients") {
		c := Client{Name: string(rune('a' + i)), Revenue: make([]int64, months*Kinds), Families: rapid.IntRange(0, 8).Draw(t, "families")}
		for j := range c.Revenue {
			if rapid.IntRange(0, 2).Draw(t, "has") == 0 && b.Present[j/Kinds] {
				c.Revenue[j] = rapid.Int64Range(-5000, 100000).Draw(t, "amount")
			}
		}
		n := rapid.IntRange(0, 60)
		c.Tickets = Tickets{Client: n.Draw(t, "tc"), Monitor: n.Draw(t, "tm"), Planned: n.Draw(t, "tp"), Unknown: n.Draw(t, "tu"), Covered: n.Draw(t, "cov"), Uncovered: n.Draw(t, "unc")}
		c.Hours = Hours{Reactive: int64(n.Draw(t, "hr")), Planned: int64(n.Draw(t, "hp")), Entries: n.Draw(t, "he")}
		c.Assets = Assets{Endpoints: n.Draw(t, "ae")}
		c.Assets.MonitoringKnown = rapid.IntRange(0, c.Assets.Endpoints).Draw(t, "amk")
		c.Assets.Monitored = rapid.IntRange(0, c.Assets.MonitoringKnown).Draw(t, "am")
		c.Contacted, c.Reviewed = rapid.Bool().Draw(t, "c"), rapid.Bool().Draw(t, "r")
		b.Clients = append(b.Clients, c)
	}
	return b
}

func fast() Thresholds {
	t := Defaults()
	t.Draws, t.ClientDraws = 100, 20
	return t
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBooks(t)
		seed := rapid.Uint64().Draw(t, "seed")
		r, err := Measure(b, fast(), seed)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Measure(b, fast(), seed)
		x, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if y, _ := json.Marshal(again); string(x) != string(y) {
			t.Fatal("the same books and seed gave two results")
		}
		hundred := func(what string, v float64, in ...Interval) {
			if !(v >= -1e-9 && v <= 100+1e-9) {
				t.Fatalf("%s = %v", what, v)
			}
			for _, i := range in {
				if !(i.Low <= v+1e-9 && v <= i.High+1e-9) {
					t.Fatalf("%s: %v is outside %+v", what, v, i)
				}
			}
		}
		stand := func(s *Stand) {
			if s.Measured {
				hundred("position", s.Position, s.Interval, s.Bounds)
			}
			if s.Coverage < 0 || s.Coverage > 1+1e-9 {
				t.Fatal("coverage", s.Coverage)
			}
			for _, a := range s.Axes {
				if a.Measured {
					hundred(a.Axis, a.Position, a.Interval, a.Bounds)
				}
			}
			for _, g := range s.Signs {
				if g.Measured {
					hundred(string(g.Sign), g.Score, g.Interval, g.Bounds)
				}
			}
			for _, m := range s.Indicators {
				if m.Measured {
					hundred(string(m.Code), m.Points, m.Spread)
					if !(m.Interval.Low <= m.Value && m.Value <= m.Interval.High) {
						t.Fatalf("%s: %v outside %v", m.Code, m.Value, m.Interval)
					}
				}
			}
			if s.Verdict.Word != "none" && s.Coverage < fast().Coverage {
				t.Fatal("a verdict below the coverage floor")
			}
		}
		stand(&r.Firm)
		for i := range r.Clients {
			c := &r.Clients[i]
			if c.Measured {
				hundred("client", c.Position, c.Interval)
			}
			full, err := MeasureClient(b, fast(), seed, i)
			if err != nil {
				t.Fatal(err)
			}
			stand(&full)
			if c.Measured && (full.Position != c.Position || full.Interval != c.Interval) {
				t.Fatalf("the short form says %v %v, the full one %v %v", c.Position, c.Interval, full.Position, full.Interval)
			}
		}
	})
}

func TestFlatFeesNeverLowerSubscription(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := anyBooks(t)
		if len(b.Clients) == 0 {
			return
		}
		for i := range b.Clients { // without credits: a credited month is another story
			for j, v := range b.Clients[i].Revenue {
				b.Clients[i].Revenue[j] = max(0, v)
			}
		}
		before, _ := Measure(b, fast(), 7)
		fee := rapid.Int64Range(1, 1e6).Draw(t, "fee")
		c := &b.Clients[rapid.IntRange(0, len(b.Clients)-1).Draw(t, "client")]
		for m, ok := range b.Present {
			if ok {
				c.Revenue[m*Kinds+Recurring] += fee
			}
		}
		after, _ := Measure(b, fast(), 7)
		for _, i := range []int{at.recurring, at.agreement} {
			x, y := before.Firm.Indicators[i], after.Firm.Indicators[i]
			if x.Measured && (!y.Measured || y.Points < x.Points-1e-9) {
				t.Fatalf("%s fell from %+v to %+v", x.Code, x, y)
			}
		}
		x, y := before.Firm.Signs[3], after.Firm.Signs[3]
		held := before.Firm.Indicators[at.retention]
		if now := after.Firm.Indicators[at.retention]; held.Measured == now.Measured && now.Points >= held.Points && x.Have == y.Have && y.Score < x.Score-1e-9 {
			t.Fatalf("subscription fell from %+v to %+v", x, y)
		}
	})
}
