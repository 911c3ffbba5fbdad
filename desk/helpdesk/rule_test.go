// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/desk/helpdesk"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

func day(t testing.TB, s string) civil.Date {
	t.Helper()
	d, err := civil.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRuleByHand holds rules to days read off a calendar.
func TestRuleByHand(t *testing.T) {
	from := day(t, "2026-01-01") // a Thursday
	for name, c := range map[string]struct {
		rule helpdesk.Rule
		want string
	}{
		"every Monday":                 {helpdesk.Rule{Every: helpdesk.Weekly, Weekdays: []time.Weekday{1}, From: from}, "2026-01-05 2026-01-12 2026-01-19"},
		"Sunday and Wednesday":         {helpdesk.Rule{Every: helpdesk.Weekly, Weekdays: []time.Weekday{0, 3}, From: from}, "2026-01-04 2026-01-07 2026-01-11"},
		"every second week":            {helpdesk.Rule{Every: helpdesk.Weekly, Interval: 2, Weekdays: []time.Weekday{1, 5}, From: from}, "2026-01-02 2026-01-12 2026-01-16 2026-01-26"},
		"the Sunday of that week":      {helpdesk.Rule{Every: helpdesk.Weekly, Interval: 2, Weekdays: []time.Weekday{0}, From: day(t, "2026-01-04")}, "2026-01-04 2026-01-18"},
		"every 31st, or the last":      {helpdesk.Rule{Every: helpdesk.Monthly, Day: 31, From: from}, "2026-01-31 2026-02-28 2026-03-31 2026-04-30"},
		"every quarter on the 1st":     {helpdesk.Rule{Every: helpdesk.Monthly, Interval: 3, Day: 1, From: from}, "2026-01-01 2026-04-01 2026-07-01"},
		"begun after its day":          {helpdesk.Rule{Every: helpdesk.Monthly, Interval: 3, Day: 10, From: day(t, "2026-01-15")}, "2026-04-10 2026-07-10"},
		"second Tuesday":               {helpdesk.Rule{Every: helpdesk.Monthly, Nth: 2, Weekday: 2, From: from}, "2026-01-13 2026-02-10 2026-03-10"},
		"last Friday":                  {helpdesk.Rule{Every: helpdesk.Monthly, Nth: -1, Weekday: 5, From: from}, "2026-01-30 2026-02-27 2026-03-27"},
		"first Thursday":               {helpdesk.Rule{Every: helpdesk.Monthly, Nth: 1, Weekday: 4, From: from}, "2026-01-01 2026-02-05"},
		"29 February, or the last":     {helpdesk.Rule{Every: helpdesk.Yearly, Month: 2, Day: 29, From: from}, "2026-02-28 2027-02-28 2028-02-29"},
		"every second year, gone by":   {helpdesk.Rule{Every: helpdesk.Yearly, Interval: 2, Month: 3, Day: 1, From: day(t, "2026-06-01")}, "2028-03-01 2030-03-01"},
		"last Sunday of October":       {helpdesk.Rule{Every: helpdesk.Yearly, Month: 10, Nth: -1, Weekday: 0, From: from}, "2026-10-25 2027-10-31"},
		"until its last day inclusive": {helpdesk.Rule{Every: helpdesk.Weekly, Weekdays: []time.Weekday{1}, From: from, To: day(t, "2026-01-12")}, "2026-01-05 2026-01-12 end"},
	} {
		if err := c.rule.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		at := civil.MustDate(2020, 1, 1)
		for range strings.Fields(c.want) {
			d, ok := c.rule.Next(at)
			if !ok {
				got = append(got, "end")
				break
			}
			got, at = append(got, d.String()), d+1
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
	}
}

func TestBadRules(t *testing.T) {
	from := civil.MustDate(2026, 1, 1)
	for name, r := range map[string]helpdesk.Rule{
		"empty": {}, "no day of the week": {Every: helpdesk.Weekly, From: from}, "eighth day": {Every: helpdesk.Weekly, From: from, Weekdays: []time.Weekday{7}}, "no first day": {Every: helpdesk.Weekly, Weekdays: []time.Weekday{1}, From: civil.NoDate},
		"interval": {Every: helpdesk.Monthly, Day: 1, Interval: 121, From: from}, "day 32": {Every: helpdesk.Monthly, Day: 32, From: from}, "no day": {Every: helpdesk.Monthly, From: from},
		"fifth": {Every: helpdesk.Monthly, Nth: 5, From: from}, "month 13": {Every: helpdesk.Yearly, Month: 13, Day: 1, From: from}, "backwards": {Every: helpdesk.Monthly, Day: 1, From: from, To: from - 1},
		"word": {Every: "decade", Day: 1, From: from},
	} {
		if err := r.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// due says of one day whether the rule names it, from the words of the rule alone.
func due(r helpdesk.Rule, d civil.Date) bool {
	if d < r.From || r.To != 0 && d > r.To {
		return false
	}
	n := max(1, r.Interval)
	y, m, dd := d.Civil()
	fy, fm, _ := r.From.Civil()
	switch r.Every {
	case helpdesk.Weekly:
		week := func(x civil.Date) int { return (int(x) + 3) / 7 } // 1970-01-01 was a Thursday: day −3 a Monday
		return slices.Contains(r.Weekdays, d.Weekday()) && (week(d)-week(r.From))%n == 0
	case helpdesk.Monthly:
		if (12*(y-fy)+m-fm)%n != 0 {
			return false
		}
	case helpdesk.Yearly:
		if m != r.Month || (y-fy)%n != 0 {
			return false
		}
	}
	last := civil.DaysIn(y, m)
	switch {
	case r.Nth > 0:
		return d.Weekday() == r.Weekday && (dd-1)/7+1 == r.Nth
	case r.Nth < 0:
		return d.Weekday() == r.Weekday && dd+7 > last
	}
	return dd == min(r.Day, last)
}

// TestNextIsTheFirstDueDay compares the rule's arithmetic with asking every day.
func TestNextIsTheFirstDueDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := helpdesk.Rule{
			Every:    rapid.SampledFrom([]helpdesk.Every{helpdesk.Weekly, helpdesk.Monthly, helpdesk.Yearly}).Draw(t, "every"),
			Interval: rapid.IntRange(0, 5).Draw(t, "interval"), From: civil.Date(rapid.IntRange(10000, 30000).Draw(t, "from")),
			Month: rapid.IntRange(1, 12).Draw(t, "month"), Weekday: time.Weekday(rapid.IntRange(0, 6).Draw(t, "weekday")),
		}
		for range rapid.IntRange(1, 4).Draw(t, "days") {
			r.Weekdays = append(r.Weekdays, time.Weekday(rapid.IntRange(0, 6).Draw(t, "day of the week")))
		}
		if r.Nth = rapid.IntRange(-1, 4).Draw(t, "nth"); r.Nth == 0 {
			r.Day = rapid.IntRange(1, 31).Draw(t, "day")
		}
		if rapid.Bool().Draw(t, "ends") {
			r.To = r.From + civil.Date(rapid.IntRange(0, 4000).Draw(t, "to"))
		}
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		from := r.From + civil.Date(rapid.IntRange(-500, 3000).Draw(t, "asked"))
		got, ok := r.Next(from)
		for d := from; d < from+6*366+600; d++ {
			if due(r, d) {
				if !ok || got != d {
					t.Fatalf("%+v from %s: %s %t, want %s", r, from, got, ok, d)
				}
				return
			}
		}
		if ok {
			t.Fatalf("%+v from %s: %s, want none", r, from, got)
		}
	})
}
