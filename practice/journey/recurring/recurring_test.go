// SPDX-License-Identifier: Apache-2.0

package recurring_test

import (
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/practice/journey/recurring"
)

// TestInventedLines reads lines written by hand in English and German.
func TestInventedLines(t *testing.T) {
	raw, err := os.ReadFile("testdata/lines.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[byte]recurring.Class{'R': recurring.Recurring, 'P': recurring.Project, 'L': recurring.Labour, 'B': recurring.Prepaid, 'G': recurring.Resale, 'U': recurring.Undecided}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		text := strings.TrimSpace(line[1:])
		r := recurring.Read(text)
		if line[0] == 'N' {
			if r.Class == recurring.Undecided || r.Class == recurring.Recurring {
				t.Errorf("%q is %v (%d for, %d against), want anything one-off", text, r.Class, r.Recurring, r.OneOff)
			}
		} else if r.Class != want[line[0]] {
			t.Errorf("%q is %v (%d for, %d against), want %v", text, r.Class, r.Recurring, r.OneOff, want[line[0]])
		}
	}
}

func TestTermsFromWords(t *testing.T) {
	for text, want := range map[string]uint8{
		"Annual support": 12, "Support per annum": 12, "Jährliche Wartung": 12, "12 months hosting": 12, "Licence for 2 years": 24, "Quarterly rental": 3, "Half yearly fee": 6,
		"Monthly fee": 1, "Annual contract, paid monthly": 1, "Hosting 2013": 0, "Support March 2024": 0, "Halbjährliche Miete": 6, "1 year subscription": 12,
	} {
		if got := recurring.Read(text).Term; got != want {
			t.Errorf("%q covers %d months, want %d", text, got, want)
		}
	}
}

func TestFamilies(t *testing.T) {
	for text, want := range map[string]recurring.Families{
		"Helpdesk support contract": recurring.Helpdesk, "Server patching": recurring.Monitoring, "Veeam replication": recurring.Backup,
		"Sophos": recurring.EndpointSecurity, "Spam filter": recurring.IdentitySecurity, "Firewall": recurring.Network, "Hosted Exchange": recurring.Cloud, "IT strategy": recurring.Advice,
		"Datensicherung": recurring.Backup, "Virenschutz": recurring.EndpointSecurity,
	} {
		if got := recurring.Read(text).Families; got != want {
			t.Errorf("%q is %v, want %v", text, got.Names(), want.Names())
		}
	}
}

// series builds points from a start month with a step.
func series(step int, amounts ...int64) []recurring.Point {
	var out []recurring.Point
	for i, a := range amounts {
		out = append(out, recurring.Point{Month: civil.NewMonth(2023, 1) + civil.Month(i*step), Minor: a})
	}
	return out
}

func TestClassifyByAmounts(t *testing.T) {
	for _, c := range []struct {
		name   string
		text   string
		points []recurring.Point
		class  recurring.Class
		reason recurring.Reason
		term   uint8
	}{
		{"same every month", "Hadrian", series(1, 500, 500, 500), recurring.Recurring, recurring.BySameAmount, 1},
		{"same every quarter", "Hadrian", series(3, 500, 505, 498), recurring.Recurring, recurring.BySameAmount, 3},
		{"same every year", "Hadrian", series(12, 500, 500, 505), recurring.Recurring, recurring.BySameAmount, 12},
		{"indexed fee", "Hadrian", series(1, 500, 500, 500, 530, 530, 530), recurring.Recurring, recurring.BySameAmount, 1},
		{"a late invoice doubles a month", "Hadrian", series(1, 500, 1000, 500, 500, 500), recurring.Recurring, recurring.BySameAmount, 1},
		{"days of work do not", "Hadrian", series(1, 500, 1000, 500, 1500, 500, 1000), recurring.Undecided, recurring.ByCadence, 1},
		{"two periods only", "Hadrian", series(1, 500, 500), recurring.Undecided, recurring.ByNothing, 1},
		{"within 10 % without words", "Hadrian", series(1, 500, 530, 480, 510), recurring.Undecided, recurring.ByCadence, 1},
		{"within 10 % with a weak word", "Hadrian service", series(1, 500, 530, 480, 510), recurring.Recurring, recurring.ByNearAmount, 1},
		{"within 25 %", "Hadrian service", series(1, 500, 600, 450, 510), recurring.Undecided, recurring.ByCadence, 1},
		{"a steady day rate is no subscription", "Consultant", series(1, 500, 500, 500, 500), recurring.Labour, recurring.ByWords, 1},
		{"annual in instalments", "Annual support", series(1, 500, 500, 500, 500), recurring.Recurring, recurring.ByWords, 1},
		{"annual once", "Annual support", series(12, 6000), recurring.Recurring, recurring.ByWords, 12},
	} {
		v := recurring.Classify(recurring.Stream{Reading: recurring.Read(c.text), Points: c.points})
		if v.Class != c.class || v.Reason != c.reason || v.Term != c.term {
			t.Errorf("%s: %+v, want %v by %v over %d", c.name, v, c.class, c.reason, c.term)
		}
	}
	s := recurring.Stream{Reading: recurring.Read("Consultant"), Answer: recurring.Recurring, Told: recurring.Labour}
	if v := recurring.Classify(s); v.Class != recurring.Recurring || v.Reason != recurring.ByAnswer {
		t.Errorf("the user's answer did not win: %+v", v)
	}
}

func TestSpreadLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := recurring.Point{Month: civil.NewMonth(2024, 1), Minor: rapid.Int64Range(-1e12, 1e12).Draw(t, "minor")}
		term := rapid.Uint8Range(0, recurring.MaxTerm).Draw(t, "term")
		var sum, low, high int64
		first := true
		recurring.Spread(p, term, func(q recurring.Point) {
			sum += q.Minor
			if first {
				low, high, first = q.Minor, q.Minor, false
			}
			low, high = min(low, q.Minor), max(high, q.Minor)
		})
		if sum != p.Minor || high-low > 1 && term > 0 {
			t.Fatalf("%d over %d: sum %d, %d…%d", p.Minor, term, sum, low, high)
		}
	})
}

// FuzzRead: any text is read without a panic, into a sound reading.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "Monthly fee", "12months", "\xff\xfe", "ÄÖÜ wartungsvertrag 12 Monate", strings.Repeat("a ", 500), "½ ² ٣ months"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := recurring.Read(text)
		if r.Class >= recurring.Classes || r.Recurring < 0 || r.OneOff < 0 || r.Term > recurring.MaxTerm {
			t.Fatalf("%q: %+v", text, r)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		recurring.Read("Managed workstation support and maintenance, 12 months from March 2024 (po 45002)")
	}
}
