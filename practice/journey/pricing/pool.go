// SPDX-License-Identifier: Apache-2.0

package pricing

import (
	"math"
	"slices"
)

// History is what a client's replay starts from: its own last months.
type History struct {
	Client       int
	Hours        []float64 // reactive hours by month, oldest first; months without are 0
	Spend        []int64   // what the client paid by the hour in the same months, minor units
	Endpoints    int       // workstations and servers; 0 = not known
	Workstations int
	Servers      int
	Users        int  // 0 = not known
	FromMoney    bool // hours were derived from the spend and the hourly rate, not logged
	Covered      bool // under agreement already
	Revenue      int64
	RecurringFee int64 // of the same months
}

// hours returns the sum.
func (h *History) hours() (sum float64) {
	for _, v := range h.Hours {
		sum += v
	}
	return sum
}

// exposure is what hours are compared by: endpoints, or the client itself where
// its endpoints are not known.
func (h *History) exposure() float64 { return float64(max(1, h.Endpoints)) }

// Pool is what all clients together say about reactive hours a year per
// exposure: gamma distributed between clients, with lumpy (over-dispersed) years
// within a client.
type Pool struct {
	Rate    float64 // mean hours per exposure and year
	Between float64 // variance of the clients' true rates
	Lump    float64 // hours per event: variance of a year's hours ÷ their mean
	Clients int
}

// yearToYear is the least lumpiness of a year, as a share of the square of the mean: on
// ten years of a real firm's hours the next year was 0.02–2.47 times the last, far wider than
// counting noise. exp(0.7 × 1.2816) ≈ 2.45.
const yearToYear = .40

// NewPool fits the pool by moments (an empirical-Bayes gamma–Poisson, as in
// Bühlmann–Straub credibility). Clients are weighted by exposure.
func NewPool(clients []History) Pool {
	var p Pool
	var hours, exposure, exposure2 float64
	var within, withinN float64
	for i := range clients {
		h := &clients[i]
		if len(h.Hours) == 0 {
			continue
		}
		p.Clients++
		year := h.hours() * 12 / float64(len(h.Hours))
		e := h.exposure()
		hours, exposure, exposure2 = hours+year, exposure+e, exposure2+e*e
		if mean, v := moments(h.Hours); mean > 0 && len(h.Hours) >= 6 {
			within, withinN = within+v/mean, withinN+1
		}
	}
	if exposure == 0 || hours == 0 {
		return p
	}
	p.Rate = hours / exposure
	p.Lump = 1
	if withinN > 0 {
		p.Lump = max(.25, within/withinN)
	}
	var ss float64
	for i := range clients {
		h := &clients[i]
		if len(h.Hours) == 0 {
			continue
		}
		e := h.exposure()
		r := h.hours() * 12 / float64(len(h.Hours)) / e
		ss += e * (r - p.Rate) * (r - p.Rate)
	}
	if p.Clients > 1 {
		n := float64(p.Clients - 1)
		p.Between = max(0, (ss-n*p.Lump*p.Rate)/(exposure-exposure2/exposure))
	}
	return p
}

func moments(v []float64) (mean, variance float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x
	}
	mean /= n
	for _, x := range v {
		variance += (x - mean) * (x - mean)
	}
	return mean, variance / (n - 1)
}

// Forecast is a client's next 12 months of reactive hours.
type Forecast struct {
	Last   float64 `json:"last"`   // own last 12 months, scaled where shorter
	Mean   float64 `json:"mean"`   // shrunk toward the pool
	Weight float64 `json:"weight"` // of the client's own history, 0–1
	P10    float64 `json:"p10"`
	P50    float64 `json:"p50"`
	P80    float64 `json:"p80"`
	P90    float64 `json:"p90"`
}

// Forecast shrinks a client's hours toward the pool: the posterior of a gamma
// rate given its year, and the predictive distribution of the next year
// approximated by a gamma with the same mean and variance.
func (p Pool) Forecast(h *History) Forecast {
	f := Forecast{}
	if len(h.Hours) == 0 {
		return f
	}
	years := float64(len(h.Hours)) / 12
	e := h.exposure()
	f.Last = h.hours() / years
	// Credibility: own weight = between ÷ (between + within ÷ exposure).
	within := p.Lump * p.Rate / (e * years)
	if p.Between+within > 0 {
		f.Weight = p.Between / (p.Between + within)
	}
	rate := f.Weight*f.Last/e + (1-f.Weight)*p.Rate
	f.Mean = rate * e
	variance := (1-f.Weight)*p.Between*e*e + p.Lump*f.Mean
	variance = max(variance, yearToYear*f.Mean*f.Mean)
	f.P10 = gammaQuantile(f.Mean, variance, .10)
	f.P50 = gammaQuantile(f.Mean, variance, .50)
	f.P80 = gammaQuantile(f.Mean, variance, .80)
	f.P90 = gammaQuantile(f.Mean, variance, .90)
	return f
}

// worst returns the largest month.
func worst(spend []int64) int64 {
	if len(spend) == 0 {
		return 0
	}
	return max(0, slices.Max(spend))
}

// minor rounds an amount in minor units half away from zero.
func minor(v float64) int64 { return int64(math.Round(v)) }
