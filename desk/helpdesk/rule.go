// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

// Every is how a rule counts.
type Every string

// The ways.
const (
	Weekly  Every = "week"
	Monthly Every = "month"
	Yearly  Every = "year"
)

// Rule says on which days planned work is due: it is pure arithmetic. Weeks begin on Monday and are counted from that of
// From, months and years from those of From, so that "every second" means the same whenever it is asked.
type Rule struct {
	Every    Every          `json:"every"`
	Interval int            `json:"interval,omitempty"` // every so many weeks, months or years; 0 = 1
	Weekdays []time.Weekday `json:"weekdays,omitempty"` // of Weekly
	Month    int            `json:"month,omitempty"`    // of Yearly, 1–12
	Day      int            `json:"day,omitempty"`      // of Monthly and Yearly, 1–31; where a month is shorter, its last day
	Nth      int            `json:"nth,omitempty"`      // instead of Day: the 1st–4th Weekday of the month, −1 = the last
	Weekday  time.Weekday   `json:"weekday,omitempty"`  // of Nth
	From     civil.Date     `json:"from"`               // no earlier day is due
	To       civil.Date     `json:"to,omitempty"`       // no later day is due; NoDate or 0 = without end
}

const maxInterval = 120

// Check returns a fault in words where the rule cannot be followed.
func (r Rule) Check() error {
	if r.Interval < 0 || r.Interval > maxInterval {
		return fault.NewInvalid("The interval lies between 1 and %d.", maxInterval).On("interval")
	}
	if y, _, _ := r.From.Civil(); !r.From.Known() || y < civil.MinYear || y > civil.MaxYear {
		return fault.NewInvalid("Say from which day on.").On("from")
	}
	if r.ends() && r.To < r.From {
		return fault.NewInvalid("The last day lies before the first.").On("to")
	}
	switch r.Every {
	case Weekly:
		if len(r.Weekdays) == 0 {
			return fault.NewInvalid("Choose a day of the week.").On("weekdays")
		}
		for _, d := range r.Weekdays {
			if d < time.Sunday || d > time.Saturday {
				return fault.NewInvalid("Choose a day of the week.").On("weekdays")
			}
		}
		return nil
	case Yearly:
		if r.Month < 1 || r.Month > 12 {
			return fault.NewInvalid("Choose a month.").On("month")
		}
	case Monthly:
	default:
		return fault.NewInvalid("Planned work recurs by week, month or year.").On("every")
	}
	if r.Nth == 0 && (r.Day < 1 || r.Day > 31) || r.Nth < -1 || r.Nth > 4 || r.Weekday < time.Sunday || r.Weekday > time.Saturday {
		return fault.NewInvalid("Choose a day of the month: 1 to 31, or the first to fourth or last of a weekday.").On("day")
	}
	return nil
}

func (r Rule) ends() bool { return r.To.Known() && r.To != 0 }

func (r Rule) interval() int { return max(1, r.Interval) }

// Next returns the first due day that is not before day; false where none is left.
func (r Rule) Next(day civil.Date) (civil.Date, bool) {
	day = max(day, r.From)
	var due civil.Date
	switch r.Every {
	case Weekly:
		due = r.nextInWeeks(day)
	case Monthly:
		due = r.nextInMonths(day, r.From.Month(), r.interval())
	case Yearly:
		year, _ := r.From.Month().Civil()
		due = r.nextInMonths(day, civil.NewMonth(year, r.Month), 12*r.interval())
	default:
		return civil.NoDate, false
	}
	if r.ends() && due > r.To {
		return civil.NoDate, false
	}
	return due, true
}

// monday is the first day of the week that d lies in.
func monday(d civil.Date) civil.Date { return d - civil.Date((d.Weekday()+6)%7) }

func (r Rule) nextInWeeks(day civil.Date) civil.Date {
	step := civil.Date(7 * r.interval())
	week := monday(r.From)
	week += (monday(day) - week) / step * step
	for ; ; week += step {
		for d := week; d < week+7; d++ {
			if d < day {
				continue
			}
			for _, w := range r.Weekdays {
				if d.Weekday() == w {
					return d
				}
			}
		}
	}
}

// nextInMonths looks through the months that lie a multiple of step after first.
func (r Rule) nextInMonths(day civil.Date, first civil.Month, step int) civil.Date {
	m := first + (day.Month()-first)/civil.Month(step)*civil.Month(step)
	for ; ; m += civil.Month(step) {
		if d := r.inMonth(m); d >= day {
			return d
		}
	}
}

// inMonth is the day of a month that the rule means.
func (r Rule) inMonth(m civil.Month) civil.Date {
	switch {
	case r.Nth > 0:
		return m.First() + civil.Date((r.Weekday-m.First().Weekday()+7)%7) + civil.Date(7*(r.Nth-1))
	case r.Nth < 0:
		return m.Last() - civil.Date((m.Last().Weekday()-r.Weekday+7)%7)
	}
	return min(m.First()+civil.Date(r.Day-1), m.Last())
}
