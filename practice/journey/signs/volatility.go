// SPDX-License-Identifier: Apache-2.0

package signs

import "math/rand/v2"

// volatility holds a monthly series with its trend and residuals, and the scratch space to
// resample it many times without allocating.
type volatility struct {
	series, fit, residuals []float64
	out, fit2, res2        []float64
	cv, top                float64
	cvOK, topOK            bool
}

// newVolatility measures a series of service revenue by month.
func newVolatility(series []float64) *volatility {
	n := len(series)
	all := make([]float64, 5*n)
	v := &volatility{series: series, fit: all[:n], residuals: all[n : 2*n], out: all[2*n : 3*n], fit2: all[3*n : 4*n], res2: all[4*n:]}
	v.cv, v.cvOK = detrend(series, v.fit, v.residuals)
	v.top, v.topOK = top3Share(series)
	return v
}

// draw returns the CV and the top-3 share of one resampled series.
func (v *volatility) draw(rng *rand.Rand) (cv, top float64) {
	resample(rng, v.fit, v.residuals, v.out)
	cv, ok := detrend(v.out, v.fit2, v.res2)
	if !ok {
		cv = v.cv
	}
	top, ok = top3Share(v.out)
	if !ok {
		top = v.top
	}
	return cv, top
}

// series sums the service revenue of the present months of the window.
func (b *Books) series(window int) []float64 {
	from, to := b.window(window)
	var out []float64
	for m := from; m < to; m++ {
		if !b.Present[m] {
			continue
		}
		var sum int64
		for i := range b.Clients {
			sum += b.Clients[i].service(m)
		}
		out = append(out, float64(sum))
	}
	return out
}

// service returns a client's revenue of a month without resale.
func (c *Client) service(m int) int64 {
	if len(c.Revenue) == 0 {
		return 0
	}
	r := c.Revenue[m*Kinds : m*Kinds+Kinds]
	return r[Undecided] + r[Recurring] + r[Project] + r[Labour] + r[Prepaid]
}
