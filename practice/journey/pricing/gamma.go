// SPDX-License-Identifier: Apache-2.0

package pricing

import "math"

// lowerGamma is the regularised lower incomplete gamma function P(a, x), by its
// series below a+1 and its continued fraction above (Abramowitz & Stegun 6.5.29,
// 6.5.31; Lentz's method).
func lowerGamma(a, x float64) float64 {
	if x <= 0 {
		return 0
	}
	lg, _ := math.Lgamma(a)
	front := math.Exp(a*math.Log(x) - x - lg)
	if x < a+1 {
		sum, term := 1/a, 1/a
		for n := a + 1; term > sum*1e-12; n++ {
			term *= x / n
			sum += term
		}
		return sum * front
	}
	const tiny = 1e-300
	b := x + 1 - a
	c, d := 1/tiny, 1/b
	h := d
	for i := 1.; i < 500; i++ {
		an := -i * (i - a)
		b += 2
		d = an*d + b
		if math.Abs(d) < tiny {
			d = tiny
		}
		c = b + an/c
		if math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		h *= d * c
		if math.Abs(d*c-1) < 1e-12 {
			break
		}
	}
	return 1 - front*h
}

// gammaQuantile returns the p-quantile of a gamma distribution with the given mean
// and variance, by bisection.
func gammaQuantile(mean, variance, p float64) float64 {
	if mean <= 0 {
		return 0
	}
	if variance <= mean*mean*1e-9 {
		return mean
	}
	shape, scale := mean*mean/variance, variance/mean
	low, high := 0., mean/scale+10*math.Sqrt(shape)+20
	for range 60 {
		mid := (low + high) / 2
		if lowerGamma(shape, mid) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2 * scale
}
