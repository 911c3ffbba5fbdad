// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"cmp"
	"slices"

	"mainstay/practice/journey/signs"
)

// moneySums is what the money measures are computed from.
type moneySums struct {
	kinds                  [signs.Kinds]float64
	service                float64
	largest                []float64 // service revenue by client, largest first
	fee, feeHours, feeCost float64   // of clients under agreement whose hours are known
	seatFee, seats         float64   // of clients under agreement whose endpoints are known
	hours                  float64
	had, lost              float64 // clients with recurring revenue in the window before; gone since
	before, now            float64 // their recurring revenue
}

func (a *assessor) sums(r *signs.Result, b *signs.Books, w *workSide) (m moneySums) {
	tools := float64(a.settings.Pricing.Tools)
	window := a.settings.Thresholds.Window
	from := len(b.Present) - window
	for i := range r.Clients {
		c, bc := &r.Clients[i], &b.Clients[i]
		for k, v := range c.Kinds {
			m.kinds[k] += float64(v)
		}
		if c.Revenue > 0 {
			m.service += float64(c.Revenue)
			if bc.Name != "" {
				m.largest = append(m.largest, float64(c.Revenue))
			}
		}
		hours := float64(bc.Hours.Reactive+bc.Hours.Planned+bc.Hours.Unknown) / 60
		m.hours += hours
		recurring := float64(c.Kinds[signs.Recurring])
		if c.Agreed && hours > 0 && r.Months > 0 && w.hourMonths > 0 {
			scale := float64(w.hourMonths) / float64(r.Months) // the hours may cover fewer months
			m.fee += recurring * scale
			m.feeHours += hours
			m.feeCost += tools * float64(bc.Assets.Endpoints) * float64(w.hourMonths)
		}
		if c.Agreed && bc.Assets.Endpoints > 0 && r.Months > 0 {
			m.seatFee += recurring / float64(r.Months)
			m.seats += float64(bc.Assets.Endpoints)
		}
		if from >= window && bc.Revenue != nil {
			var before float64
			for k := from - window; k < from; k++ {
				before += float64(bc.Revenue[k*signs.Kinds+signs.Recurring])
			}
			if before > 0 {
				m.had++
				m.before += before
				m.now += max(0, recurring)
				if recurring <= 0 {
					m.lost++
				}
			}
		}
	}
	slices.SortFunc(m.largest, func(x, y float64) int { return cmp.Compare(y, x) })
	return m
}

// figures computes the money measures that stand beside the score.
func (a *assessor) figures(r *signs.Result, b *signs.Books, w *workSide) {
	m := a.sums(r, b, w)
	rate := float64(a.out.Rate)
	und := max(0, m.kinds[signs.Undecided])
	add := func(f Figure) {
		if f.Measured {
			f.Interval = signs.Interval{Low: min(f.Interval.Low, f.Value), High: max(f.Interval.High, f.Value)}
			if f.Interval.Low == 0 && f.Interval.High == f.Value {
				f.Interval.Low = f.Value
			}
			for _, x := range f.Ranges {
				if f.Value >= x.From && (x.To == 0 || f.Value < x.To) {
					f.Band = x.Band
				}
			}
			f.Need = ""
		}
		a.out.Money = append(a.out.Money, f)
	}
	top, five := 0., 0.
	for i, v := range m.largest {
		if i == 0 {
			top = v
		}
		if i < 5 {
			five += v
		}
	}
	has := m.service > 0
	add(Figure{
		Code: "concentration.top", Measured: has, Value: ratio(top, m.service), Unit: "share", Need: "lines", Source: "our reading of published deal notes",
		Ranges: []Range{{0, .10, "none", "good"}, {.10, .15, "mild", "fair"}, {.15, .25, "material", "fair"}, {.25, 0, "severe", "bad"}},
	})
	add(Figure{Code: "concentration.top5", Measured: has, Value: ratio(five, m.service), Unit: "share", Need: "lines"})
	add(Figure{
		Code: "recurring.share", Measured: has, Value: ratio(m.kinds[signs.Recurring], m.service), Unit: "share", Need: "lines",
		Interval: r.Recurring, Source: "Evergreen, Tequity, Farr, RKCA",
		Ranges: []Range{{0, .3, "low", "bad"}, {.3, .5, "mixed", "fair"}, {.5, .75, "good", "good"}, {.75, 0, "best-in-breed", "good"}},
	})
	add(Figure{
		Code: "retention.net", Measured: m.had >= 5, Value: ratio(m.now, m.before), Unit: "share", Need: "lines",
		Ranges: []Range{{0, .9, "shrinking", "bad"}, {.9, 1.005, "holding", "fair"}, {1.005, 0, "growing", "good"}},
	})
	low, high := signs.Wilson(m.lost, m.had)
	add(Figure{
		Code: "churn", Measured: m.had >= 5, Value: ratio(m.lost, m.had), Interval: signs.Interval{Low: low, High: high}, Unit: "share", Need: "lines",
		Source: "published MSP surveys", Ranges: []Range{{0, .05, "excellent", "good"}, {.05, .15, "usual", "fair"}, {.15, 0, "bad", "bad"}},
	})
	add(Figure{Code: "rate.hourly", Measured: a.out.RateFrom != "default", Value: rate, Unit: "minor", Need: "hours"})
	net := ratio(m.fee-m.feeCost, m.feeHours)
	add(Figure{
		Code: "hourly.agreement", Measured: m.feeHours >= 10, Value: net, Unit: "minor", Need: "hours", Source: "at least the firm's hourly rate",
		Ranges: []Range{{-1e12, rate, "below-rate", "bad"}, {rate, 0, "at-rate", "good"}},
	})
	add(Figure{
		Code: "fee.load", Measured: m.feeHours >= 10, Value: ratio(m.fee, m.feeHours*rate), Unit: "ratio", Need: "hours",
		Ranges: []Range{{0, .8, "too-cheap", "bad"}, {.8, 1.5, "sound", "good"}, {1.5, 0, "dear", "fair"}},
	})
	wage := float64(a.settings.Pricing.Wage)
	cost := m.hours * wage
	if w.hourMonths > 0 && r.Months > 0 {
		cost *= float64(r.Months) / float64(w.hourMonths)
	}
	add(Figure{
		Code: "margin.service", Measured: a.settings.WageSet && m.hours > 0 && has && w.hourMonths > 0, Value: 1 - ratio(cost, m.service), Unit: "share", Need: "hours+wage",
		Source: "45–50 % usual, 65 % target", Ranges: []Range{{-1e12, .45, "low", "bad"}, {.45, .65, "usual", "fair"}, {.65, 0, "target", "good"}},
	})
	yearly := m.service
	if r.Months > 0 {
		yearly *= 12 / float64(r.Months)
	}
	add(Figure{
		Code: "revenue.wages", Measured: has && a.settings.WagesYear > 0, Value: ratio(yearly, float64(a.settings.WagesYear)), Unit: "ratio", Need: "wages",
		Source: "service revenue ÷ technicians' taxable wages", Ranges: []Range{{0, 2.5, "low", "bad"}, {2.5, 0, "sound", "good"}},
	})
	add(Figure{
		Code: "price.seat", Measured: m.seats > 0 && m.seatFee > 0, Value: ratio(m.seatFee, m.seats), Unit: "minor", Need: "lines+assets",
		Source: "in USD: <100 average, 130–160 and more world class (2016); 185–250 healthy (2026)",
	})
	// $1 of T&M ≈ $0.5, $1 managed ≈ $1.5 of firm value; for other kinds nothing is published.
	value := .5*(m.kinds[signs.Labour]+m.kinds[signs.Prepaid]+m.kinds[signs.Project]) + 1.5*m.kinds[signs.Recurring]
	add(Figure{
		Code: "value.kinds", Measured: has, Value: value + und, Interval: signs.Interval{Low: value + .5*und, High: value + 1.5*und}, Unit: "minor", Need: "lines",
		Source: "$1 of T&M ≈ $0.5, $1 managed ≈ $1.5 of firm value; projects counted as T&M",
	})
}

func ratio(num, den float64) float64 {
	if den <= 0 {
		return 0
	}
	return num / den
}
