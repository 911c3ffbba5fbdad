// SPDX-License-Identifier: Apache-2.0

package signs

import "mainstay/kit/civil"

// bins is how many bars the histogram of clients has.
const bins = 20

// mixture builds the revenue-weighted histogram of clients.
func mixture(clients []ClientStand, t Thresholds) Mixture {
	m := Mixture{Bins: make([]Bin, bins)}
	for i := range m.Bins {
		m.Bins[i].From, m.Bins[i].To = float64(i)*100/bins, float64(i+1)*100/bins
	}
	var all, unmeasured float64
	for i := range clients {
		c := &clients[i]
		revenue := float64(max(0, c.Revenue))
		if !c.Measured {
			unmeasured += revenue
			continue
		}
		all += revenue
		b := &m.Bins[min(bins-1, int(c.Position*bins/100))]
		b.Clients++
		b.Revenue += revenue
		switch {
		case c.Position < t.BreakFix:
			m.BreakFix += revenue
		case c.Position > t.MSP:
			m.MSP += revenue
		default:
			m.Hybrid += revenue
		}
	}
	if all > 0 {
		for i := range m.Bins {
			m.Bins[i].Share = m.Bins[i].Revenue / all
		}
		m.BreakFix, m.Hybrid, m.MSP = m.BreakFix/all, m.Hybrid/all, m.MSP/all
	}
	if all+unmeasured > 0 {
		m.Unmeasured = unmeasured / (all + unmeasured)
	}
	m.TwoBusinesses = m.BreakFix >= t.TwoBusiness && m.MSP >= t.TwoBusiness
	return m
}

// maxQuarters is how far back the motion is looked at: three years.
const maxQuarters = 12

// trends measures the motion on non-overlapping quarters, counted back from the
// end of the books.
func (m *model) trends() []Trend {
	b := m.books
	var quarters []Quarter // of revenue: Hit is unused
	var sums [][Kinds]float64
	for end := len(b.Present); end >= 3 && len(sums) < maxQuarters; end -= 3 {
		var sum [Kinds]float64
		present := 0
		for month := end - 3; month < end; month++ {
			if !b.Present[month] {
				continue
			}
			present++
			for i := range b.Clients {
				if rev := b.Clients[i].Revenue; len(rev) > 0 {
					for k, v := range rev[month*Kinds : month*Kinds+Kinds] {
						sum[k] += float64(v)
					}
				}
			}
		}
		if present == 0 {
			break // a gap of a quarter ends the series: slopes need equal steps
		}
		sums = append([][Kinds]float64{sum}, sums...)
		quarters = append([]Quarter{{From: b.First + civil.Month(end-3)}}, quarters...)
	}
	share := func(num, den func(*[Kinds]float64) float64) []Quarter {
		out := make([]Quarter, len(quarters))
		for i := range out {
			out[i] = Quarter{quarters[i].From, num(&sums[i]), den(&sums[i])}
		}
		return out
	}
	service := func(s *[Kinds]float64) float64 {
		return s[Undecided] + s[Recurring] + s[Project] + s[Labour] + s[Prepaid]
	}
	recurring := share(func(s *[Kinds]float64) float64 { return s[Recurring] + max(0, s[Undecided])/2 }, service)
	labour := share(func(s *[Kinds]float64) float64 { return s[Labour] + s[Prepaid]/2 }, service)
	out := []Trend{
		m.trend(RevenueRecurring, recurring, +1),
		m.trend(RevenueLabour, labour, -1),
		m.trend(TicketsClient, b.TicketQuarters, -1),
		m.trend(AlertsFirst, b.AlertQuarters, +1),
		m.trend(HoursReactive, b.HourQuarters, -1),
	}
	return append(out, m.overall(out))
}

// trend measures one share over its quarters; towards is +1 where a rise leads to MSP.
func (m *model) trend(code Indicator, quarters []Quarter, towards int) Trend {
	t := Trend{Code: string(code)}
	for _, q := range quarters {
		if q.All > 0 {
			t.Points = append(t.Points, TrendPoint{q.From, min(1, max(0, q.Hit/q.All))})
		}
	}
	return finish(t, towards)
}

func finish(t Trend, towards int) Trend {
	y := make([]float64, len(t.Points))
	for i, p := range t.Points {
		y[i] = p.Value
		if i > 0 && p.Quarter-t.Points[i-1].Quarter != 3 {
			return t // unequal steps: no slope
		}
	}
	if t.Slope = TheilSen(y); !t.Slope.Bounded {
		return t
	}
	t.Measured = true
	switch {
	case t.Slope.Low > 0:
		t.Moving = 1
	case t.Slope.High < 0:
		t.Moving = -1
	}
	switch t.Moving * towards {
	case 1:
		t.Toward = "msp"
	case -1:
		t.Toward = "breakfix"
	}
	return t
}

// overall averages the points, turned toward MSP, of the trends that cover the
// same quarters as the books.
func (m *model) overall(trends []Trend) Trend {
	t := Trend{Code: "position"}
	base := trends[0].Points
	for i, q := range base {
		var sum, n float64
		for _, tr := range trends {
			if len(tr.Points) != len(base) || tr.Points[0].Quarter != base[0].Quarter {
				continue
			}
			j := index(Indicator(tr.Code))
			points := m.scales[j].Points(tr.Points[i].Value)
			if signIndex[j]%2 == 0 {
				points = 100 - points
			}
			sum, n = sum+points, n+1
		}
		t.Points = append(t.Points, TrendPoint{q.Quarter, sum / n})
	}
	return finish(t, +1)
}
