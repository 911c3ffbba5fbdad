// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/fault"
	"mainstay/practice/billing/rating/scenario"
)

// A file with words of it exchanged, doubled or cut is read or refused as invalid; it never breaks the program.
func TestSpoiltFilesAreReadOrRefused(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "billing-scenarios.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "```json\n")
	file, _, _ := strings.Cut(rest, "```\n")
	words := strings.FieldsFunc(file, func(r rune) bool { return strings.ContainsRune(" \n", r) })
	other := []string{
		`"2026-02-28"`, `"1900-01-01"`, `"2199-12-31"`, `-1,`, `0,`, `1,`, `999999999999999999,`, `"0.000000001",`, `null,`, `true,`, `[],`, `{},`, `}`, `]`,
		`"interval":`, `"day",`, `"week",`, `"once": true,`, `"due": "arrears",`, `"quantity": "average",`, `"proration": "none",`, `"model": "volume",`, `"keep": -1,`, `"carry": 3,`,
		`"anchor_day": 31,`, `"bill_every": 3,`, `"maximum": "1.00",`, `"alert_percent": 10,`,
	}
	days := []string{`"2026-02-28"`, `"2026-01-31"`, `"1900-01-01"`, `"2199-12-31"`, `"2026-02-10"`, `"2024-02-29"`}
	fields := []string{
		`"interval": "day", `, `"interval": "week", `, `"every": 1200, `, `"due": "arrears", `, `"quantity": "average", `, `"quantity": "maximum", `, `"proration": "none", `,
		`"anchor_day": 31, `, `"bill_every": 3, `, `"maximum": "1.00", `, `"minimum": 999999999, `, `"once": true, `,
	}
	day := regexp.MustCompile(`"\d{4}-\d\d-\d\d"`)
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		w := append([]string(nil), words...)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(w)-1).Draw(t, "at")
			put := rapid.SampledFrom(other).Draw(t, "put")
			if rapid.Bool().Draw(t, "insert") {
				w = append(w[:at:at], append([]string{put}, w[at:]...)...)
			} else {
				w[at] = put
			}
		}
		text := strings.Join(w, " ")
		if rapid.IntRange(0, 3).Draw(t, "what") > 0 { // keep it JSON: other days and more fields
			text = day.ReplaceAllStringFunc(file, func(s string) string {
				if rapid.IntRange(0, 5).Draw(t, "day") == 0 {
					return rapid.SampledFrom(days).Draw(t, "other")
				}
				return s
			})
			text = strings.Replace(text, `"model": "per_unit"`, rapid.SampledFrom(fields).Draw(t, "field")+`"model": "per_unit"`, 1)
		}
		s, err := scenario.Read([]byte(text))
		if err == nil {
			read++
			_, err = s.Run()
		}
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	})
	if read == 0 {
		t.Error("every file was refused: the changes are too coarse to test anything")
	}
}
