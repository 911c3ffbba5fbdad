// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// Values of documented and published files put into each other's places are run or refused in words, whatever they mean there.
func TestExchangedValuesAreRunOrRefused(t *testing.T) {
	var files []string
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "billing-scenarios.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range strings.Split(string(raw), "```json\n")[1:] {
		file, _, _ := strings.Cut(b, "```\n")
		files = append(files, file)
	}
	published, _ := filepath.Glob(filepath.Join("testdata", "published", "*.json"))
	for _, p := range published {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, string(data))
	}
	pool := []any{nil, true, -1, 0, "0", "", "999999999", "0.000000001", "-12.5", "999999999999999999", "2024-02-29", "1900-01-01", "2199-12-31", "soon", "2026-01-31T23:59:59-12:00", []any{}, map[string]any{}}
	for _, f := range files {
		leaves(parsed(t, f), func(v any, _ func(any)) { pool = append(pool, v) })
	}
	texts := make([]string, len(pool)) // each is put in as a value of its own
	for i, v := range pool {
		b, _ := json.Marshal(v)
		texts[i] = string(b)
	}
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		v := parsed(t, rapid.SampledFrom(files).Draw(t, "file"))
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			var set []func(any)
			leaves(v, func(_ any, s func(any)) { set = append(set, s) })
			if len(set) > 0 {
				set[rapid.IntRange(0, len(set)-1).Draw(t, "at")](parsed(t, rapid.SampledFrom(texts).Draw(t, "put")))
			}
		}
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Read(data)
		if err == nil {
			run++
			_, err = s.Run()
		}
		if err != nil && (!fault.Is(err, fault.Invalid) || strings.Contains(fault.TextOf(err), "%!")) {
			t.Fatalf("%s\n%v", data, err)
		}
	})
	if run == 0 {
		t.Error("every file was refused")
	}
}

func parsed(t interface{ Fatal(...any) }, file string) (v any) {
	d := json.NewDecoder(strings.NewReader(file))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// leaves visits every value of an object or list, in the order of names, with what sets it.
func leaves(v any, visit func(v any, set func(any))) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			visit(x[k], func(n any) { x[k] = n })
			leaves(x[k], visit)
		}
	case []any:
		for i := range x {
			visit(x[i], func(n any) { x[i] = n })
			leaves(x[i], visit)
		}
	}
}
