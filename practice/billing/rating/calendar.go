// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

// Period is the days from From up to, but not including, To.
type Period struct {
	From civil.Date `json:"from"`
	To   civil.Date `json:"to"`
}

// Days returns how many days p has; 0 when it is empty.
func (p Period) Days() int { return max(0, int(p.To)-int(p.From)) }

// Has reports whether d lies in p.
func (p Period) Has(d civil.Date) bool { return p.From <= d && d < p.To }

// Cut returns the days that p and q share; empty when there are none.
func (p Period) Cut(q Period) Period { return Period{max(p.From, q.From), min(p.To, q.To)} }

// Empty reports whether p has no day.
func (p Period) Empty() bool { return p.From >= p.To }

// Unit is what an interval is counted in.
type Unit uint8

// The units of an interval.
const (
	Month Unit = iota
	Quarter
	Year
	Week
	Day
)

// months returns how many months a unit has, 0 for weeks and days.
func (u Unit) months() int {
	switch u {
	case Month:
		return 1
	case Quarter:
		return 3
	case Year:
		return 12
	}
	return 0
}

// days returns how many days a unit without months has.
func (u Unit) days() int {
	if u == Week {
		return 7
	}
	return 1
}

// MaxEvery is the largest count of units in one interval.
const MaxEvery = 1200

// Cycle divides time into intervals by boundaries counted from one anchor. Boundary k is always reckoned from the anchor itself:
// 31 January is followed by 29 February and then by 31 March.
type Cycle struct {
	Anchor civil.Date
	Unit   Unit
	Every  int // units in an interval, 1–MaxEvery; 0 is 1

	// Day, 1–31, is the day of the month of the boundaries where it is not the anchor's own: an anchor of 30 April with
	// Day 31 has boundaries on 30 April and 31 May. 0 is the anchor's own. Only for months, quarters and years.
	Day int
}

// Check says what is wrong with a cycle.
func (c Cycle) Check() error {
	y, _, _ := c.Anchor.Civil()
	switch {
	case !c.Anchor.Known() || y < civil.MinYear || y > civil.MaxYear:
		return fault.NewInvalid("The anchor must be a day between the years %d and %d.", civil.MinYear, civil.MaxYear).On("anchor")
	case c.Unit > Day:
		return fault.NewInvalid("An interval is counted in months, quarters, years, weeks or days.").On("interval")
	case c.Every < 0 || c.Every > MaxEvery:
		return fault.NewInvalid("An interval has between 1 and %d units.", MaxEvery).On("every")
	case c.Day < 0 || c.Day > 31 || c.Day > 0 && c.Unit.months() == 0:
		return fault.NewInvalid("The anchor day is between 1 and 31, and only for months, quarters and years.").On("anchor_day")
	}
	return nil
}

func (c Cycle) every() int { return max(1, c.Every) }

// months returns how many months an interval has, 0 for weeks and days.
func (c Cycle) months() int { return c.Unit.months() * c.every() }

// Boundary returns the first day of interval k; the anchor's interval is 0 and earlier ones are negative.
func (c Cycle) Boundary(k int) civil.Date {
	n := c.months()
	if n == 0 {
		return c.Anchor.AddDays(k * c.Unit.days() * c.every())
	}
	m := c.Anchor.Month() + civil.Month(k*n)
	day := c.Day
	if day == 0 {
		_, _, day = c.Anchor.Civil()
	}
	year, month := m.Civil()
	return m.First().AddDays(min(day, civil.DaysIn(year, month)) - 1)
}

// Index returns the number of the interval that d lies in.
func (c Cycle) Index(d civil.Date) int {
	n := c.months()
	if n == 0 {
		return floor(int(d)-int(c.Anchor), c.Unit.days()*c.every())
	}
	k := floor(int(d.Month()-c.Anchor.Month()), n)
	if c.Boundary(k) > d {
		k--
	}
	return k
}

// Interval returns interval k.
func (c Cycle) Interval(k int) Period { return Period{c.Boundary(k), c.Boundary(k + 1)} }

// Around returns the interval that d lies in.
func (c Cycle) Around(d civil.Date) Period { return c.Interval(c.Index(d)) }

// Split cuts p at the boundaries within it: a first stub, whole intervals, a last stub.
func (c Cycle) Split(p Period) []Period {
	var out []Period
	for k := c.Index(p.From); !p.Empty(); k++ {
		part := Period{p.From, min(p.To, c.Boundary(k+1))}
		out = append(out, part)
		p.From = part.To
	}
	return out
}

// Through returns the period from a first day through a last one, which still belongs to it.
func Through(first, last civil.Date) Period { return Period{first, last + 1} }

// Zone finds a time zone by its IANA name, such as "Europe/Berlin".
func Zone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fault.NewInvalid("There is no time zone %q.", name).On("zone").Because(err)
	}
	return loc, nil
}

// DayIn returns the day that an instant lies in where the agreement is at home: billing knows days and no instants, so that
// the change of clocks moves neither a boundary nor an amount.
func DayIn(t time.Time, loc *time.Location) civil.Date { return civil.DateOf(t.In(loc)) }

func floor(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
