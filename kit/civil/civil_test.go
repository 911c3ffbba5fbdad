// SPDX-License-Identifier: Apache-2.0

package civil_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
)

func TestKnownDays(t *testing.T) {
	for _, c := range []struct {
		y, m, d int
		want    civil.Date
		ok      bool
	}{
		{1970, 1, 1, 0, true},
		{1970, 1, 2, 1, true},
		{1969, 12, 31, -1, true},
		{2000, 2, 29, 11016, true},
		{2026, 11, 22, 20779, true},
		{1900, 2, 29, civil.NoDate, false},
		{2024, 2, 30, civil.NoDate, false},
		{2024, 13, 1, civil.NoDate, false},
		{2200, 1, 1, civil.NoDate, false},
	} {
		if got, ok := civil.NewDate(c.y, c.m, c.d); got != c.want || ok != c.ok {
			t.Errorf("%d-%d-%d: %d %v, want %d %v", c.y, c.m, c.d, got, ok, c.want, c.ok)
		}
	}
	if civil.NoDate.String() != "" || civil.NoDate.Month() != civil.NoMonth {
		t.Error("no date is shown as one")
	}
}

func TestAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := civil.Date(rapid.IntRange(-25567, 84005).Draw(t, "day")) // 1900 to 2199
		want := time.Unix(int64(d)*86400, 0).UTC()
		y, m, day := d.Civil()
		if y != want.Year() || m != int(want.Month()) || day != want.Day() || d.Weekday() != want.Weekday() || civil.DateOf(want) != d {
			t.Fatalf("day %d: %d-%d-%d, want %s", d, y, m, day, want)
		}
		if got, err := civil.Parse(d.String()); err != nil || got != d {
			t.Fatalf("%s reads as %d, %v", d, got, err)
		}
		if f, l := d.Month().First(), d.Month().Last(); f > d || l < d || f.Month() != d.Month() || l.Month() != d.Month() || (l+1).Month() != d.Month()+1 {
			t.Fatalf("month of %s runs from %s to %s", d, f, l)
		}
	})
}
