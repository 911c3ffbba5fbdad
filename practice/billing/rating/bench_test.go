// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/practice/billing/rating"
)

// BenchmarkDue is a preview of one monthly line with a year behind it: ten facts, twelve billed months, the next one due.
func BenchmarkDue(b *testing.B) {
	l := &rating.Line{ID: 1, Last: civil.NoDate, Terms: []rating.Terms{{ID: 1, From: d("2025-01-31"), Cycle: monthly("2025-01-31"), Price: rating.Price{Model: rating.PerUnit, Unit: dec("9.95")}}}}
	for i := range 10 {
		l.Facts = append(l.Facts, rating.Fact{ID: ids.ID(i + 1), Day: d("2025-01-31").AddDays(31 * i), Quantity: whole(10 + i)})
	}
	var spans []rating.Span
	due, err := l.Due(nil, rating.Ask{Today: d("2026-01-20"), Since: civil.NoDate, Digits: 2})
	if err != nil {
		b.Fatal(err)
	}
	for i := range due {
		due[i].ID = ids.ID(i + 1)
		spans = append(spans, due[i].Span)
	}
	for _, c := range []struct {
		name  string
		since civil.Date
	}{{"whole", civil.NoDate}, {"since", d("2025-12-31")}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				due, err := l.Due(spans, rating.Ask{Today: d("2026-02-01"), Since: c.since, Digits: 2})
				if err != nil || len(due) != 1 {
					b.Fatal(len(due), err)
				}
			}
		})
	}
}
