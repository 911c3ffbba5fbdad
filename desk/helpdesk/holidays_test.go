// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"strings"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/kit/civil"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

// ics puts events into a calendar.
func ics(events ...string) string {
	out := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n"
	for _, e := range events {
		out += "BEGIN:VEVENT\r\n" + strings.ReplaceAll(e, "|", "\r\n") + "\r\nEND:VEVENT\r\n"
	}
	return out + "END:VCALENDAR\r\n"
}

func TestParseHolidays(t *testing.T) {
	today := civil.MustDate(2026, 3, 2)
	for name, c := range map[string]struct{ text, want string }{
		"one day":              {ics("DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:20260102|SUMMARY:New Year"), "2026-01-01 New Year"},
		"without an end":       {ics("DTSTART;VALUE=DATE:20260501|SUMMARY:Labour Day"), "2026-05-01 Labour Day"},
		"three days":           {ics("DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20261227|SUMMARY:Christmas"), "2026-12-24 Christmas, 2026-12-25 Christmas, 2026-12-26 Christmas"},
		"a duration":           {ics("DTSTART;VALUE=DATE:20261224|DURATION:P2D|SUMMARY:x"), "2026-12-24 x, 2026-12-25 x"},
		"a week":               {ics("DTSTART;VALUE=DATE:20261224|DURATION:P1W|SUMMARY:x|STATUS:CANCELLED", "DTSTART;VALUE=DATE:20261231|SUMMARY:y"), "2026-12-31 y"},
		"folded and escaped":   {ics("DTSTART;VALUE=DATE:20260406|SUMMARY:Easter\\, the| second\\; day"), "2026-04-06 Easter, thesecond; day"},
		"a colon in quotes":    {ics(`DTSTART;X-A="a:b;c";VALUE=DATE:20260406|SUMMARY;LANGUAGE=de:Ostermontag`), "2026-04-06 Ostermontag"},
		"at a time of the day": {ics("DTSTART:20260101T090000Z|SUMMARY:meeting", "DTSTART;VALUE=DATE:20260102|SUMMARY:day"), "2026-01-02 day"},
		"every year, ended":    {ics("DTSTART;VALUE=DATE:20251003|SUMMARY:Unity|RRULE:FREQ=YEARLY;UNTIL=20271231"), "2025-10-03 Unity, 2026-10-03 Unity, 2027-10-03 Unity"},
		"every year, counted":  {ics("DTSTART;VALUE=DATE:20261003|SUMMARY:Unity|RRULE:FREQ=YEARLY;COUNT=2;BYMONTH=10;BYMONTHDAY=3"), "2026-10-03 Unity, 2027-10-03 Unity"},
		"but not in one":       {ics("DTSTART;VALUE=DATE:20261003|SUMMARY:U|RRULE:FREQ=YEARLY;COUNT=3|EXDATE;VALUE=DATE:20271003"), "2026-10-03 U, 2028-10-03 U"},
		"in leap years":        {ics("DTSTART;VALUE=DATE:20240229|SUMMARY:L|RRULE:FREQ=YEARLY;UNTIL=20330101"), "2024-02-29 L, 2028-02-29 L, 2032-02-29 L"},
		"the first name wins":  {ics("DTSTART;VALUE=DATE:20260101|SUMMARY:a", "DTSTART;VALUE=DATE:20260101|SUMMARY:b"), "2026-01-01 a"},
	} {
		got, err := helpdesk.ParseHolidays(c.text, today)
		var parts []string
		for _, h := range got {
			parts = append(parts, h.Day.String()+" "+h.Name)
		}
		if text := strings.Join(parts, ", "); err != nil || text != c.want {
			t.Errorf("%s: %q, %v, want %q", name, text, err, c.want)
		}
	}
	if got, err := helpdesk.ParseHolidays(ics("DTSTART;VALUE=DATE:19900103|SUMMARY:x|RRULE:FREQ=YEARLY"), today); err != nil || len(got) != 13 || got[12].Day.String() != "2036-01-03" || got[1].Day.String() != "2025-01-03" {
		t.Errorf("every year for ever: %v, %v", got, err)
	}
	for name, text := range map[string]string{
		"nothing": "", "no calendar": "hello", "empty": ics(), "no such day": ics("DTSTART;VALUE=DATE:20260230|SUMMARY:x"), "every week": ics("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=WEEKLY|SUMMARY:x"),
		"by Easter": ics("DTSTART;VALUE=DATE:20260101|RRULE:FREQ=YEARLY;BYDAY=1MO|SUMMARY:x"), "two years": ics("DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:20280101|SUMMARY:x"),
		"too large": "BEGIN:VCALENDAR" + strings.Repeat("x", 3<<20),
	} {
		if got, err := helpdesk.ParseHolidays(text, today); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestImportHolidays(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	x := r.make(t, helpdesk.Draft{})
	text := ics("DTSTART;VALUE=DATE:20260303|SUMMARY:Shrovetide", "DTSTART;VALUE=DATE:20260501|SUMMARY:Labour Day")
	if n, err := r.ImportHolidays(r.ada, r.office(t).ID, text); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	r.work(t)
	r.due(t, "the solution", r.get(t, x.ID).Level.ResolveDue, "09 13:00")
	version := r.office(t).Version
	if n, err := r.ImportHolidays(r.ada, r.office(t).ID, text); err != nil || n != 0 || r.office(t).Version != version || len(r.office(t).Holidays) != 2 {
		t.Errorf("again: %d, %v", n, err)
	}
}

func FuzzParseHolidays(f *testing.F) {
	f.Add(ics("DTSTART;VALUE=DATE:20260101|DTEND;VALUE=DATE:20260102|SUMMARY:New Year|RRULE:FREQ=YEARLY;INTERVAL=2;UNTIL=20300101|EXDATE:20280101"))
	f.Add(ics("DTSTART;VALUE=DATE:00000101|DURATION:P99999999999D"))
	f.Fuzz(func(t *testing.T, text string) {
		got, err := helpdesk.ParseHolidays(text, civil.MustDate(2026, 3, 2))
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		for i, h := range got {
			if !h.Day.Known() || i > 0 && got[i-1].Day >= h.Day || len(h.Name) > 80 {
				t.Fatalf("%v", got)
			}
		}
	})
}
