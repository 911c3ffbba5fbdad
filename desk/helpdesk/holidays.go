// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

const (
	maxICS   = 2 << 20 // bytes
	maxYears = 10      // that a yearly holiday is taken over for
	maxSpan  = 366     // days of one event
)

// ImportHolidays adds the days of an iCalendar text to a calendar; days that it has already keep their name. It returns
// how many are new.
func (s *Service) ImportHolidays(ctx context.Context, calendar ids.ID, text string) (int, error) {
	u, err := s.set(ctx)
	if err != nil {
		return 0, err
	}
	c, ok := u.calendars[calendar]
	if !ok {
		return 0, fault.NewNotFound("There is no such calendar.")
	}
	found, err := ParseHolidays(text, clock.Today(s.p.Clock, s.p.Zone))
	if err != nil {
		return 0, err
	}
	c.Holidays = slices.Clone(c.Holidays)
	had := len(c.Holidays)
	for _, h := range found {
		if !slices.ContainsFunc(c.Holidays, func(x Holiday) bool { return x.Day == h.Day }) {
			c.Holidays = append(c.Holidays, h)
		}
	}
	if len(c.Holidays) == had {
		return 0, nil
	}
	_, err = s.SaveCalendar(ctx, c)
	return len(c.Holidays) - had, err
}

// ParseHolidays reads the whole days of an iCalendar text (RFC 5545), sorted, one name for each. Events at a time of the
// day are no holidays and are passed over. An event that recurs every year is read up to ten years after today; one that
// recurs otherwise is refused, because half of it would be wrong.
func ParseHolidays(text string, today civil.Date) ([]Holiday, error) {
	if len(text) > maxICS {
		return nil, fault.NewInvalid("This calendar is larger than two megabytes.").On("file")
	}
	if !strings.Contains(strings.ToUpper(text), "BEGIN:VCALENDAR") {
		return nil, fault.NewInvalid("This is no calendar in the iCalendar format (.ics).").On("file")
	}
	days := map[civil.Date]string{}
	var e *icsEvent
	for _, line := range unfold(text) {
		name, params, value := property(line)
		switch {
		case name == "BEGIN" && strings.EqualFold(value, "VEVENT"):
			e = &icsEvent{}
		case name == "END" && strings.EqualFold(value, "VEVENT") && e != nil:
			if err := e.days(today, days); err != nil {
				return nil, err
			}
			if len(days) > maxHolidays {
				return nil, fault.NewInvalid("A calendar has at most %d holidays.", maxHolidays).On("file")
			}
			e = nil
		case e != nil:
			if err := e.take(name, params, value); err != nil {
				return nil, err
			}
		}
	}
	var out []Holiday
	for d, name := range days {
		out = append(out, Holiday{d, name})
	}
	slices.SortFunc(out, func(a, b Holiday) int { return int(a.Day - b.Day) })
	if len(out) == 0 {
		return nil, fault.NewInvalid("There is no whole day in this calendar.").On("file")
	}
	return out, nil
}

// unfold returns the lines of a text; one that begins with a space or tab goes on with the line before.
func unfold(text string) (out []string) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text)
	return strings.Split(text, "\n")
}

// property splits a line into its name, parameters and value. A colon in a quoted parameter does not end them.
func property(line string) (name, params, value string) {
	quoted := false
	for i, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ':' && !quoted:
			name, params, _ = strings.Cut(line[:i], ";")
			return strings.ToUpper(strings.TrimSpace(name)), strings.ToUpper(params), strings.TrimSpace(line[i+1:])
		}
	}
	return "", "", ""
}

type icsEvent struct {
	timed      bool
	begin, end civil.Date // end is the day after; 0 = not said
	length     int        // of a duration, days
	summary    string
	rule       string
	dead       bool // cancelled
	not        map[civil.Date]bool
}

func (e *icsEvent) take(name, _, value string) error {
	switch name {
	case "DTSTART":
		if e.timed = len(value) != 8; e.timed {
			return nil
		}
		d, ok := icsDay(value)
		if !ok {
			return fault.NewInvalid("%q is not a day of the form 20260101.", shorten(value, 40)).On("file")
		}
		e.begin = d
	case "DTEND":
		if d, ok := icsDay(value); ok {
			e.end = d
		}
	case "DURATION":
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(strings.ToUpper(value), "P"), "D"))
		if weeks, ok := strings.CutSuffix(strings.TrimPrefix(strings.ToUpper(value), "P"), "W"); ok {
			n, err = strconv.Atoi(weeks)
			n *= 7
		}
		if err == nil {
			e.length = n
		}
	case "SUMMARY":
		e.summary = shorten(strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(value), maxName)
	case "RRULE":
		e.rule = strings.ToUpper(value)
	case "STATUS":
		e.dead = strings.EqualFold(value, "CANCELLED")
	case "EXDATE":
		for _, part := range strings.Split(value, ",") {
			if d, ok := icsDay(part); ok {
				if e.not == nil {
					e.not = map[civil.Date]bool{}
				}
				e.not[d] = true
			}
		}
	}
	return nil
}

func icsDay(value string) (civil.Date, bool) {
	if len(value) != 8 {
		return civil.NoDate, false
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return civil.NoDate, false
	}
	return civil.NewDate(n/10000, n/100%100, n%100)
}

// days adds what the event says to days.
func (e *icsEvent) days(today civil.Date, days map[civil.Date]string) error {
	if e.timed || e.dead || e.begin == 0 {
		return nil
	}
	n := max(1, e.length)
	if e.end > e.begin {
		n = int(e.end - e.begin)
	}
	if n > maxSpan {
		return fault.NewInvalid("The event %q is longer than a year.", e.summary).On("file")
	}
	begins, err := e.begins(today)
	for _, begin := range begins {
		if e.not[begin] {
			continue
		}
		for d := begin; d < begin+civil.Date(n); d++ {
			if _, ok := days[d]; !ok {
				days[d] = e.summary
			}
		}
	}
	return err
}

// begins are the days on which the event begins.
func (e *icsEvent) begins(today civil.Date) ([]civil.Date, error) {
	if e.rule == "" {
		return []civil.Date{e.begin}, nil
	}
	_, month, day := e.begin.Civil()
	until, count, every := civil.MustDate(civil.MaxYear, 12, 31), 1<<30, 1
	odd := func() error {
		return fault.NewInvalid("The event %q recurs in a way that cannot be read: %s. Enter its days by hand.", e.summary, shorten(e.rule, 80)).On("file")
	}
	for _, part := range strings.Split(e.rule, ";") {
		key, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(value)
		switch {
		case key == "" || key == "WKST":
		case key == "FREQ" && value == "YEARLY":
		case key == "INTERVAL" && err == nil && n > 0 && n < 100:
			every = n
		case key == "COUNT" && err == nil && n > 0:
			count = n
		case key == "UNTIL" && len(value) >= 8:
			d, ok := icsDay(value[:8])
			if !ok {
				return nil, odd()
			}
			until = d
		case key == "BYMONTH" && err == nil && n == month, key == "BYMONTHDAY" && err == nil && n == day:
		default:
			return nil, odd()
		}
	}
	year, _, _ := e.begin.Civil()
	now, _, _ := today.Civil()
	var out []civil.Date
	for y := year; y <= now+maxYears && count > 0; y += every {
		d, ok := civil.NewDate(y, month, day)
		if !ok {
			continue // 29 February: it does not happen in this year, nor count
		}
		if d > until {
			break
		}
		count--
		if y >= now-1 || y == year { // older ones are of no use; a first one is what the file says
			out = append(out, d)
		}
	}
	return out, nil
}
