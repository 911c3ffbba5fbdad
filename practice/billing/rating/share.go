// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/money"
)

// Proration is how much of a period's price a part of it costs. A whole interval always costs its whole price.
type Proration uint8

// The kinds of proration.
const (
	// Actual: the part's days over the days of the interval it lies in.
	Actual Proration = iota
	// Thirty: the part's days over 30 for each month of the interval, at most 1.
	Thirty
	// Strict30: days are counted as if every month had 30; a month's last day is its 30th.
	Strict30
	// Never: a part costs the whole.
	Never
)

// Part is how much of one interval is charged: Days of Of. Whole intervals that follow each other are one Part with their number in
// Times.
type Part struct {
	Period Period `json:"period"` // what is charged of it
	Whole  Period `json:"whole"`  // the interval between its boundaries
	Days   int    `json:"days"`
	Of     int    `json:"of"`
	Times  int    `json:"times"` // whole intervals; 1 for a part
}

// Share returns how many intervals of the price p costs, and how that comes about: 7/31 + 1 + 3/31.
func (pr Proration) Share(c Cycle, p Period) (money.Exact, []Part) {
	return pr.shares(c, []Period{p})
}

// shares is Share of several periods, sorted and without overlap. What lies in one interval counts together.
func (pr Proration) shares(c Cycle, set []Period) (sum money.Exact, parts []Part) {
	var at int // the interval of the last part
	for _, p := range set {
		for k := c.Index(p.From); !p.Empty(); k++ {
			whole := c.Interval(k)
			in := p.Cut(whole)
			if n := len(parts); n > 0 && at == k {
				parts[n-1].Days += pr.days(c, in)
				parts[n-1].Period.To = in.To
			} else {
				parts = append(parts, Part{Period: in, Whole: whole, Days: pr.days(c, in), Times: 1})
			}
			at, p.From = k, whole.To
		}
	}
	out := parts[:0]
	for _, p := range parts {
		sum = sum.Plus(pr.part(c, &p))
		out = addPart(out, p)
	}
	return sum, out
}

// Count returns how many days of how many p is of the interval that its first day lies in, p ending within it.
func (pr Proration) Count(c Cycle, p Period) (days, of int) {
	part := Part{Period: p, Whole: c.Around(p.From), Days: pr.days(c, p)}
	if pr == Thirty && c.months() > 0 { // also of a whole interval
		return min(part.Days, 30*c.months()), 30 * c.months()
	}
	pr.part(c, &part)
	return part.Days, part.Of
}

// part fills in of how many days, and returns the share.
func (pr Proration) part(c Cycle, p *Part) money.Exact {
	p.Of = p.Whole.Days()
	switch m := c.months(); {
	case m > 0 && pr == Thirty:
		p.Of = 30 * m
	case m > 0 && pr == Strict30: // 30 a month, but for clamped anchors: pieces sum to the whole there too
		p.Of = pr.days(c, p.Whole)
	}
	if pr == Never || p.Days > p.Of || p.Days >= pr.days(c, p.Whole) {
		p.Days = p.Of
	}
	return money.Fraction(int64(p.Days), int64(p.Of))
}

// days counts a period by the rule.
func (pr Proration) days(c Cycle, p Period) int {
	if pr == Strict30 && c.months() > 0 {
		return thirtieth(p.To) - thirtieth(p.From)
	}
	return p.Days()
}

// thirtieth is the place of a day's beginning on a calendar whose months have 30 days: a month's last day reaches to its end.
func thirtieth(d civil.Date) int {
	_, _, day := d.Civil()
	return int(d.Month())*30 + min(day-1, 30)
}

// addPart appends p, joining whole intervals.
func addPart(parts []Part, p Part) []Part {
	if n := len(parts); n > 0 && p.Days == p.Of {
		if last := &parts[n-1]; last.Days == last.Of && last.Whole.To == p.Whole.From {
			last.Period.To, last.Whole.To, last.Times = p.Period.To, p.Whole.To, last.Times+1
			return parts
		}
	}
	return append(parts, p)
}

// join returns a and b together, sorted, without overlap and with neighbours made one.
func join(a, b []Period) []Period {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y Period) int { return int(x.From) - int(y.From) })
	out := all[:0]
	for _, p := range all {
		switch n := len(out); {
		case p.Empty():
		case n > 0 && p.From <= out[n-1].To:
			out[n-1].To = max(out[n-1].To, p.To)
		default:
			out = append(out, p)
		}
	}
	return out
}

// without returns the days of a that are not in b; both sorted and without overlap.
func without(a, b []Period) []Period {
	var out []Period
	for _, p := range a {
		for _, q := range b {
			if q.To <= p.From || q.From >= p.To {
				continue
			}
			if q.From > p.From {
				out = append(out, Period{p.From, q.From})
			}
			p.From = min(q.To, p.To)
		}
		if !p.Empty() {
			out = append(out, p)
		}
	}
	return out
}

func days(set []Period) (n int) {
	for _, p := range set {
		n += p.Days()
	}
	return n
}
