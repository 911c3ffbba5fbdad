// SPDX-License-Identifier: Apache-2.0

package signs

import (
	"math"
	"math/rand/v2"
	"slices"
)

// z90 is the 95th percentile of the normal distribution: the half-width of a 90 %
// interval in standard errors.
const z90 = 1.6448536269514722

// Wilson returns the 90 % interval of a share of k in n (Wilson 1927, "Probable
// inference, the law of succession, and statistical inference"). n = 0 gives 0…1.
func Wilson(k, n float64) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	p := k / n
	den := 1 + z90*z90/n
	mid := (p + z90*z90/(2*n)) / den
	half := z90 * math.Sqrt(p*(1-p)/n+z90*z90/(4*n*n)) / den
	return max(0, mid-half), min(1, mid+half)
}

// DetrendedCV returns the standard deviation of the residuals around the
// least-squares line (n − 2 degrees of freedom) divided by the mean, and the fitted
// line and residuals. ok is false below 3 values or where the mean is not positive.
func DetrendedCV(y []float64) (cv float64, fit, residuals []float64, ok bool) {
	fit, residuals = make([]float64, len(y)), make([]float64, len(y))
	cv, ok = detrend(y, fit, residuals)
	return cv, fit, residuals, ok
}

// detrend is DetrendedCV into slices that the caller owns.
func detrend(y, fit, residuals []float64) (cv float64, ok bool) {
	n := float64(len(y))
	if len(y) < 3 {
		return 0, false
	}
	var sy, sxy float64
	mx := (n - 1) / 2
	for i, v := range y {
		sy += v
		sxy += (float64(i) - mx) * v
	}
	mean := sy / n
	slope := sxy / (n * (n*n - 1) / 12)
	var ss float64
	for i, v := range y {
		fit[i] = mean + slope*(float64(i)-mx)
		residuals[i] = v - fit[i]
		ss += residuals[i] * residuals[i]
	}
	if mean <= 0 {
		return 0, false
	}
	return math.Sqrt(ss/(n-2)) / mean, true
}

// blockLength is the length of the residual blocks: long enough to keep
// neighbouring months together, short enough that a year has several.
func blockLength(n int) int { return max(1, int(math.Round(math.Cbrt(float64(n))))) }

// resample fills out with fit plus residuals drawn in circular blocks. Months
// themselves are never resampled: that would destroy the trend.
func resample(rng *rand.Rand, fit, residuals, out []float64) {
	n, l := len(fit), blockLength(len(fit))
	for i := 0; i < n; i += l {
		from := rng.IntN(n)
		for j := 0; j < l && i+j < n; j++ {
			out[i+j] = max(0, fit[i+j]+residuals[(from+j)%n])
		}
	}
}

// top3Share returns the share of the three largest values of y in their sum; a
// negative value counts as 0.
func top3Share(y []float64) (float64, bool) {
	var sum, a, b, c float64 // a ≥ b ≥ c
	for _, v := range y {
		v = max(0, v)
		sum += v
		switch {
		case v > a:
			a, b, c = v, a, b
		case v > b:
			b, c = v, b
		case v > c:
			c = v
		}
	}
	if sum <= 0 {
		return 0, false
	}
	return (a + b + c) / sum, true
}

// Slope is a Theil–Sen slope per step with its 90 % interval.
type Slope struct {
	Value, Low, High float64
	// Bounded is false where the points are too few for an interval (below 5).
	Bounded bool
}

// TheilSen returns the median of the slopes between all pairs of equally spaced
// values (Theil 1950; interval by Kendall's variance, Sen 1968). Ranks are
// rounded outward, so the interval is never narrower than 90 %.
func TheilSen(y []float64) Slope {
	n := len(y)
	if n < 2 {
		return Slope{}
	}
	slopes := make([]float64, 0, n*(n-1)/2)
	for i := range y {
		for j := i + 1; j < n; j++ {
			slopes = append(slopes, (y[j]-y[i])/float64(j-i))
		}
	}
	slices.Sort(slopes)
	m := len(slopes)
	s := Slope{Value: (slopes[(m-1)/2] + slopes[m/2]) / 2}
	c := z90 * math.Sqrt(float64(n*(n-1)*(2*n+5))/18)
	low := int(math.Floor((float64(m) - c) / 2))       // 1-based rank
	high := int(math.Ceil((float64(m)+c)/2 + 1))       // 1-based rank
	if s.Bounded = low >= 1 && high <= m; !s.Bounded { // no rank left: the whole range, and no claim
		low, high = 1, m
	}
	s.Low, s.High = slopes[low-1], slopes[high-1]
	return s
}

// tails returns the (k+1)-th smallest and the (k+1)-th largest value: the 5th and
// 95th percentile for k = a twentieth of the values. It reorders v.
func tails(v []float64, k int) (low, high float64) {
	slices.Sort(v)
	return v[k], v[len(v)-1-k]
}

// share draws from the posterior of a share of k in n under Jeffreys' prior,
// by the normal approximation on the Wilson scale: exact enough for 30 and
// more, and cheap.
func share(rng *rand.Rand, k, n float64) float64 {
	if n <= 0 {
		return 0
	}
	low, high := Wilson(k, n)
	mid, sd := (low+high)/2, (high-low)/(2*z90)
	return min(1, max(0, mid+sd*rng.NormFloat64()))
}
