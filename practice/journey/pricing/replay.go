// SPDX-License-Identifier: Apache-2.0

package pricing

import "math"

// Quote is one client's replay under one assumption of how much reactive work
// good care prevents.
type Quote struct {
	Reduction float64 `json:"reduction"` // of reactive hours: 0 by default, 0.2 and 0.4 shown beside
	CostP50   int64   `json:"costP50"`   // per month
	CostP80   int64   `json:"costP80"`
	Floor     int64   `json:"floor"` // cost at P50 ÷ (1 − target margin)
	Fee       int64   `json:"fee"`   // the smallest monthly fee that passes all checks
	// MarginP50 and MarginP80 are the gross margins of Fee.
	MarginP50 float64 `json:"marginP50"`
	MarginP80 float64 `json:"marginP80"`
	// HourlyP50 is the effective hourly rate at P50: (fee − tools) ÷ hours.
	HourlyP50 int64   `json:"hourlyP50"`
	Checks    []Check `json:"checks"`
}

// Check is a rule that a fee must pass.
type Check struct {
	Code string `json:"code"` // floor, hourly-rate, break-even, minimum
	Need int64  `json:"need"` // the smallest monthly fee that passes
	Bind bool   `json:"bind"` // this check sets the fee
}

// TierFit is what a tier of the portfolio would charge and earn with this client.
type TierFit struct {
	Code      string  `json:"code"`
	Fee       int64   `json:"fee"` // per month by the price list
	CostP50   int64   `json:"costP50"`
	CostP80   int64   `json:"costP80"`
	Margin    float64 `json:"margin"`    // at P50
	Hourly    int64   `json:"hourly"`    // effective hourly rate at P50
	Extra     int64   `json:"extra"`     // expected T&M beside the fee, per month at P50
	Pays      bool    `json:"pays"`      // passes the checks at P50 and P80
	Suggested bool    `json:"suggested"` // the cheapest tier that pays and is near what the client spends
}

// Replay is "had they been on …" for one client.
type Replay struct {
	Client    int       `json:"client"`
	Why       string    `json:"why,omitempty"` // why there is no replay: "no-history", "covered"
	Hours     Forecast  `json:"hours"`
	FromMoney bool      `json:"fromMoney"`
	Exposure  int       `json:"exposure"` // endpoints; 0 = not known
	Quotes    []Quote   `json:"quotes"`   // reductions 0, 0.2, 0.4
	Tiers     []TierFit `json:"tiers"`
	// The client's side: a year of the fee against a year of its own spending.
	SpendYear int64 `json:"spendYear"`
	SpendLow  int64 `json:"spendLow"` // next year by the hour, 10th percentile
	SpendHigh int64 `json:"spendHigh"`
	FeeYear   int64 `json:"feeYear"`
	// The worst month by the hour, and under the fee.
	WorstBefore int64 `json:"worstBefore"`
	WorstAfter  int64 `json:"worstAfter"`
	// SeatPrice is the fee per endpoint, 0 where endpoints are not known.
	SeatPrice int64 `json:"seatPrice"`
	// GainYear is the provider's gross margin under the fee less that by the hour, at P50.
	GainYear   int64 `json:"gainYear"`
	Onboarding int64 `json:"onboarding"`
}

// Reductions are the shares of prevented reactive hours that are shown.
var Reductions = [...]float64{0, .2, .4}

// maintenance returns the planned hours a month.
func (s *Settings) maintenance(h *History) float64 {
	return s.HoursWorkstation*float64(h.Workstations) + s.HoursServer*float64(h.Servers)
}

// cost returns the monthly cost at so many reactive hours a year.
func (s *Settings) cost(h *History, tool int64, hours float64) float64 {
	return float64(h.Endpoints)*float64(tool) + float64(s.Wage)*(hours/12+s.maintenance(h))
}

// quote finds the smallest fee that passes every check.
func (s *Settings) quote(h *History, f Forecast, reduction float64) Quote {
	p50, p80 := f.P50*(1-reduction), f.P80*(1-reduction)
	q := Quote{Reduction: reduction}
	c50, c80 := s.cost(h, s.Tools, p50), s.cost(h, s.Tools, p80)
	q.CostP50, q.CostP80 = minor(c50), minor(c80)
	q.Floor = int64(math.Ceil(c50 / (1 - s.TargetMargin)))
	hours := p50/12 + s.maintenance(h)
	hard := float64(h.Endpoints) * float64(s.Tools)
	q.Checks = []Check{
		{Code: "floor", Need: q.Floor},
		{Code: "hourly-rate", Need: int64(math.Ceil(hard + float64(s.Rate)*hours))},
		{Code: "break-even", Need: int64(math.Ceil(c80))},
		{Code: "minimum", Need: s.MinimumFee},
	}
	bind := 0
	for i, c := range q.Checks {
		if c.Need > q.Checks[bind].Need {
			bind = i
		}
	}
	q.Checks[bind].Bind = true
	q.Fee = q.Checks[bind].Need
	if q.Fee > 0 {
		q.MarginP50 = 1 - c50/float64(q.Fee)
		q.MarginP80 = 1 - c80/float64(q.Fee)
	}
	if hours > 0 {
		q.HourlyP50 = minor((float64(q.Fee) - hard) / hours)
	}
	return q
}

// tier prices one plan of the list for this client.
func (s *Settings) tier(h *History, f Forecast, t Tier) TierFit {
	users := h.Users
	if users == 0 {
		users = h.Workstations
	}
	fit := TierFit{Code: t.Code}
	fit.Fee = t.PerUser*int64(users) + t.PerDevice*int64(h.Workstations) + t.PerServer*int64(h.Servers) + t.PerSite
	c50, c80 := s.cost(h, t.Cost, f.P50*t.Reactive), s.cost(h, t.Cost, f.P80*t.Reactive)
	fit.CostP50, fit.CostP80 = minor(c50), minor(c80)
	fit.Extra = minor(f.P50 * (1 - t.Reactive) / 12 * float64(s.Rate))
	hours := f.P50*t.Reactive/12 + s.maintenance(h)
	if hours > 0 {
		fit.Hourly = minor((float64(fit.Fee) - float64(t.Cost)*float64(h.Endpoints)) / hours)
	}
	if fit.Fee > 0 {
		fit.Margin = 1 - c50/float64(fit.Fee)
	}
	fit.Pays = fit.Fee > 0 && fit.Fee >= fit.CostP80 && fit.Margin >= s.TargetMargin-1e-9 && (hours == 0 || fit.Hourly >= s.Rate)
	return fit
}

// Run replays one client.
func Run(s Settings, p Pool, h *History) Replay {
	r := Replay{Client: h.Client, FromMoney: h.FromMoney, Exposure: h.Endpoints}
	for _, v := range h.Spend {
		r.SpendYear += v
	}
	if n := len(h.Spend); n > 0 && n != 12 {
		r.SpendYear = minor(float64(r.SpendYear) * 12 / float64(n))
	}
	if len(h.Hours) < 6 || p.Rate == 0 || h.hours() <= 0 && h.Endpoints == 0 {
		r.Why = "no-history"
		return r
	}
	r.Hours = p.Forecast(h)
	for _, reduction := range Reductions {
		r.Quotes = append(r.Quotes, s.quote(h, r.Hours, reduction))
	}
	fee := r.Quotes[0].Fee
	r.FeeYear = 12 * fee
	r.SpendLow, r.SpendHigh = minor(r.Hours.P10*float64(s.Rate)), minor(r.Hours.P90*float64(s.Rate))
	r.WorstBefore, r.WorstAfter = worst(h.Spend), fee
	if h.Endpoints > 0 {
		r.SeatPrice = minor(float64(fee) / float64(h.Endpoints))
		for _, t := range s.Tiers {
			r.Tiers = append(r.Tiers, s.tier(h, r.Hours, t))
		}
		suggest(r.Tiers)
	}
	r.GainYear = 12*(fee-r.Quotes[0].CostP50) - minor(r.Hours.P50*float64(s.Rate-s.Wage))
	r.Onboarding = minor(s.Onboarding * float64(fee))
	return r
}

// suggest marks the tier that pays with the least burden on the client: fee and
// the hours charged beside it.
func suggest(tiers []TierFit) {
	best := -1
	for i, t := range tiers {
		if t.Pays && (best < 0 || t.Fee+t.Extra < tiers[best].Fee+tiers[best].Extra) {
			best = i
		}
	}
	if best >= 0 {
		tiers[best].Suggested = true
	}
}
