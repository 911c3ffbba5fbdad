// SPDX-License-Identifier: Apache-2.0

package recurring

import (
	"slices"

	"mainstay/kit/civil"
)

// Point is the sum of a stream's lines in one month, in minor units.
type Point struct {
	Month civil.Month
	Minor int64
}

// Rhythm is the most regular run found in a stream.
type Rhythm struct {
	Months  uint8   // cadence: 1, 3, 6 or 12; 0 = none
	Periods int     // payments in the run
	Spread  float64 // largest deviation from the run's median, as a share of it
}

// MinPeriods is how many payments make a cadence.
const MinPeriods = 3

// FindRhythm looks for the longest run of payments at one cadence, the newest
// first. Points must be sorted by month, one per month; credits and empty
// months break nothing but are not payments.
//
// A run may change its level once a year, as indexed fees do: each payment is
// compared with the payment before it and, over the run, at least
// three in a row must agree. Periods counts the payments that agree.
func FindRhythm(points []Point) Rhythm {
	best := Rhythm{Spread: 1}
	paid := points[:0:0]
	for _, p := range points {
		if p.Minor > 0 {
			paid = append(paid, p)
		}
	}
	if len(paid) < MinPeriods {
		return best
	}
	paid = undouble(paid)
	for _, step := range [...]int{1, 3, 6, 12} {
		if r := rhythmAt(paid, step); r.Periods >= MinPeriods && better(r, best) {
			best = r
		}
	}
	return best
}

// undouble counts a month with two or three times the usual amount as a usual month: a late
// invoice beside the due one, or two invoices of one service. Only where at most a third
// of the payments are such, so that days of work do not look like a fee.
func undouble(paid []Point) []Point {
	amounts := make([]int64, len(paid))
	for i, p := range paid {
		amounts[i] = p.Minor
	}
	slices.Sort(amounts)
	usual := amounts[len(amounts)/2]
	multiple := func(v int64) bool { return within(v, 2*usual, Same) || within(v, 3*usual, Same) }
	n, plain := 0, 0
	for _, v := range amounts {
		switch {
		case within(v, usual, Same):
			plain++
		case multiple(v):
			n++
		}
	}
	if n == 0 || n*3 > len(paid) || plain < MinPeriods {
		return paid
	}
	for i := range paid {
		if multiple(paid[i].Minor) {
			paid[i].Minor = usual
		}
	}
	return paid
}

// better prefers the tighter amounts, then the longer run.
func better(a, b Rhythm) bool {
	ca, cb := tightness(a.Spread), tightness(b.Spread)
	if b.Months == 0 || ca != cb {
		return b.Months == 0 || ca < cb
	}
	return a.Periods > b.Periods
}

func tightness(spread float64) int {
	switch {
	case spread <= Same:
		return 0
	case spread <= Near:
		return 1
	}
	return 2
}

// The limits within which amounts count as the same and as near.
const (
	Same = .02
	Near = .10
)

// rhythmAt measures the payments that follow each other by step months. The
// spread is that of the tightest three-payment window that covers at least
// 60 % of the payments; else of the whole run.
func rhythmAt(paid []Point, step int) Rhythm {
	r := Rhythm{Months: uint8(step), Spread: 1}
	run := make([]int64, 0, len(paid))
	var longest []int64
	for i, p := range paid {
		if i > 0 && int(p.Month-paid[i-1].Month) != step {
			run = run[:0:0]
		}
		run = append(run, p.Minor)
		if len(run) >= len(longest) {
			longest = run
		}
	}
	if len(longest) < MinPeriods || len(longest)*5 < len(paid)*3 {
		return Rhythm{Spread: 1}
	}
	r.Periods, r.Spread = len(longest), spread(longest)
	if r.Spread > Same {
		// An indexed fee: two or more levels, each held for at least three payments.
		if n := levelled(longest); n*5 >= len(longest)*4 {
			r.Periods, r.Spread = n, Same
		}
	}
	return r
}

// levelled counts payments that sit in a stretch of at least three equal ones.
func levelled(run []int64) int {
	n, from := 0, 0
	for i := 1; i <= len(run); i++ {
		if i < len(run) && within(run[i], run[from], Same) {
			continue
		}
		if i-from >= MinPeriods {
			n += i - from
		}
		from = i
	}
	return n
}

func within(a, b int64, share float64) bool {
	d := float64(a - b)
	return d <= share*float64(b) && -d <= share*float64(b)
}

// spread returns the largest deviation from the median, as a share of it.
func spread(run []int64) float64 {
	s := slices.Clone(run)
	slices.Sort(s)
	mid := float64(s[len(s)/2])
	return max(mid-float64(s[0]), float64(s[len(s)-1])-mid) / mid
}
