// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if math.Abs(got-want) > tol {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestGammaQuantile(t *testing.T) {
	// Mean 1, variance 1 is the exponential: median ln 2, 80th percentile ln 5.
	near(t, "median", gammaQuantile(1, 1, .5), math.Ln2, 1e-9)
	near(t, "p80", gammaQuantile(1, 1, .8), math.Log(5), 1e-9)
	// Shape 2, scale 3: P(x) = 1 − e^(−x/3)(1 + x/3).
	q := gammaQuantile(6, 18, .9)
	near(t, "erlang", 1-math.Exp(-q/3)*(1+q/3), .9, 1e-9)
	near(t, "upper tail of the continued fraction", lowerGamma(3, 9), 1-math.Exp(-9)*(1+9+40.5), 1e-12)
}

func year(v float64) []float64 {
	out := make([]float64, 12)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestQuoteByHand(t *testing.T) {
	s := Defaults()
	s.Wage, s.Rate, s.Tools, s.TargetMargin, s.MinimumFee = 40_00, 100_00, 10_00, .5, 200_00
	h := &History{Endpoints: 10, Workstations: 9, Servers: 1}
	q := s.quote(h, Forecast{P50: 36, P80: 72}, 0)
	// hours/month 3 + 9×.25 + 1.5 = 6.75; cost 100 + 270 = 370; floor 740; EHR 100 + 675 = 775;
	// P80: 100 + 40×(6+3.75) = 490; the hourly rate binds.
	if q.CostP50 != 370_00 || q.CostP80 != 490_00 || q.Floor != 740_00 || q.Fee != 775_00 || q.HourlyP50 != 100_00 || !q.Checks[1].Bind {
		t.Errorf("%+v", q)
	}
	near(t, "margin", q.MarginP50, 1-370./775, 1e-12)
	q = s.quote(h, Forecast{P50: 36, P80: 72}, .4) // 1.8 + 3.75 = 5.55 h: 100 + 555
	if q.Fee != 655_00 {
		t.Errorf("40 %% less: %+v", q)
	}
}

func TestShrinkage(t *testing.T) {
	var clients []History
	for i := range 20 {
		clients = append(clients, History{Client: i, Hours: year(float64(i) / 4), Endpoints: 10})
	}
	p := NewPool(clients)
	near(t, "rate", p.Rate, 9.5/4*12/10, 1e-9)
	low, high := p.Forecast(&clients[0]), p.Forecast(&clients[19])
	if !(low.Mean > 0 && low.Mean < p.Rate*10 && high.Mean < 57 && high.Mean > p.Rate*10) {
		t.Errorf("not shrunk toward the pool: %+v %+v", low, high)
	}
	short := clients[19]
	short.Hours = short.Hours[:6]
	if p.Forecast(&short).Weight >= high.Weight {
		t.Error("half a year weighs as much as a year")
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var hs []History
		for i := range rapid.IntRange(1, 12).Draw(t, "clients") {
			h := History{Client: i, Endpoints: rapid.IntRange(0, 50).Draw(t, "endpoints"), Revenue: rapid.Int64Range(0, 1e7).Draw(t, "revenue"), Covered: rapid.Bool().Draw(t, "covered")}
			h.Servers = min(h.Endpoints, rapid.IntRange(0, 3).Draw(t, "servers"))
			h.Workstations = h.Endpoints - h.Servers
			for range rapid.IntRange(0, 12).Draw(t, "months") {
				v := rapid.Float64Range(0, 40).Draw(t, "hours")
				h.Hours, h.Spend = append(h.Hours, v), append(h.Spend, int64(v*100_00))
			}
			hs = append(hs, h)
		}
		s, p := Defaults(), NewPool(hs)
		var rs []Replay
		for i := range hs {
			r := Run(s, p, &hs[i])
			rs = append(rs, r)
			if r.Why != "" {
				continue
			}
			if f := r.Hours; !(f.P10 <= f.P50 && f.P50 <= f.P80 && f.P80 <= f.P90 && f.Weight >= 0 && f.Weight <= 1) {
				t.Fatalf("%+v", f)
			}
			for j, q := range r.Quotes {
				for _, c := range q.Checks {
					if q.Fee < c.Need {
						t.Fatalf("the fee fails %s: %+v", c.Code, q)
					}
				}
				if q.Fee < q.CostP80 || j > 0 && q.Fee > r.Quotes[j-1].Fee {
					t.Fatalf("%+v", r.Quotes)
				}
			}
		}
		for i, talk := range Rank(hs, rs) {
			if talk.Score < 0 || talk.Score > 100 || hs[talk.Client].Covered {
				t.Fatal(i, talk)
			}
		}
	})
}

func TestValidate(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Fatal(err)
	}
	s := Defaults()
	s.TargetMargin = 1
	if s.Validate() == nil {
		t.Error("a margin of 100 % was accepted")
	}
}
