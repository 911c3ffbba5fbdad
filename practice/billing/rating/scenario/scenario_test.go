// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	_ "time/tzdata"

	"mainstay/kit/fault"
	"mainstay/practice/billing/rating/scenario"
)

func run(t *testing.T, file string) *scenario.Result {
	t.Helper()
	s, err := scenario.Read([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Run()
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Run()
	a, _ := json.Marshal(r)
	b, _ := json.Marshal(again)
	if err != nil || string(a) != string(b) {
		t.Fatalf("the second time: %s\nnot\n%s", b, a)
	}
	return r
}

func rows(r *scenario.Result) (out []string) {
	for _, x := range r.Runs {
		if x.Invoice == nil {
			continue
		}
		for _, l := range x.Invoice.Lines {
			out = append(out, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", x.Day, l.Name, l.From, l.To, l.Quantity, l.Amount))
		}
	}
	return out
}

// The example of the documentation bills what the documentation says.
func TestDocumentedExample(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "billing-scenarios.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "```json\n")
	file, rest, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("no example")
	}
	var want []string
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "| 20") {
			cells := strings.Split(strings.TrimSpace(line), " | ")
			want = append(want, strings.Join(cells[:6], " | ")+" |")
		}
	}
	r := run(t, file)
	if got := strings.Join(rows(r), "\n"); got != strings.Join(want, "\n") || len(want) < 5 {
		t.Errorf("billed\n%s\ndocumented\n%s", got, strings.Join(want, "\n"))
	}
	v := r.Runs[0].Invoice
	if v.Net != "219.35" || v.Tax != "41.68" || v.Total != "261.03" || v.Taxes[0].Base != "219.35" { // 41.6765
		t.Errorf("%+v", v)
	}
	w := v.Lines[0].Why
	if w.Facts[0].Source != "estate" || w.Steps[0].Amount != "400" || w.Parts[0].Days != 17 || w.Parts[0].Of != 31 || w.Proration != "actual" || w.Notes[0].Code != "first_stub" {
		t.Errorf("%+v", w)
	}
	if b := r.Runs[1].Allowances[0]; b.Left != "5" || b.Over != "1" || b.Grants[0].Drawn != "5" {
		t.Errorf("%+v", b)
	}
}

// Every further example of the documentation bills what it says itself.
func TestAllDocumentedExamples(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "billing-scenarios.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(raw), "```json\n")[1:]
	for i, b := range blocks {
		file, _, _ := strings.Cut(b, "```\n")
		for _, d := range run(t, file).Differences {
			t.Errorf("example %d: %s", i+1, d)
		}
		if i > 0 && !strings.Contains(file, `"expected"`) {
			t.Errorf("example %d does not say what it bills:\n%s", i+1, file)
		}
	}
	if len(blocks) < 12 {
		t.Errorf("%d examples", len(blocks))
	}
}

// Every field that a file may have is in the documentation.
func TestAllFieldsAreDocumented(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "billing-scenarios.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources, _ := filepath.Glob("*.go")
	lists := regexp.MustCompile(`(?s)(?:fields\((?:append\(\[\]string\{)?|termFields = \[\]string\{|Words\s*= \[\]string\{|\[\]string\{|Expected = \[\]string\{)("[a-z_]+"(?:,\s*"[a-z_]+")*)`)
	seen := map[string]bool{}
	for _, file := range sources {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range lists.FindAllStringSubmatch(string(code), -1) {
			for _, name := range regexp.MustCompile(`[a-z_]+`).FindAllString(m[1], -1) {
				seen[name] = true
			}
		}
	}
	for name := range seen {
		if !strings.Contains(string(raw), "`"+name+"`") && !strings.Contains(string(raw), `"`+name+`"`) {
			t.Errorf("%s is not in the documentation", name)
		}
	}
	if len(seen) < 90 {
		t.Errorf("only %d fields and words were found", len(seen))
	}
}

// head is a file's beginning, so that a case shows only what it is about.
const head = `{"currency":"EUR","runs":["2026-01-01","2026-02-01"],`

func TestBadFilesAreRefusedWithTheirPlace(t *testing.T) {
	terms := func(s string) string {
		return head + `"lines":[{"name":"A","terms":[{"from":"2026-01-01",` + s + `}]}]}`
	}
	for file, want := range map[string]string{
		``:                                    "not JSON",
		`[]`:                                  "The file must be an object",
		head:                                  "not JSON",
		head + `"x":1}`:                       "x is not a field",
		`{"currency":1}`:                      "currency must be text",
		`{"currency":"EUR","currency":"EUR"}`: "currency is given twice",
		`{"currency":"EUR"}`:                  "runs is missing",
		`{"currency":"EUR","runs":["2026-02-01","2026-01-01"]}`:                    "runs[1] lies before",
		`{"currency":"EUR","runs":["soon"]}`:                                       "runs[0] must be a day",
		head + `"zone":"Mars/Base"}`:                                               "zone must be a time zone",
		head + `"lines":{}}`:                                                       "lines must be a list",
		head + `"lines":[{"terms":[{}]}]}`:                                         "lines[0].name is missing",
		head + `"lines":[{"name":"A"}]}`:                                           "lines[0] has neither terms nor a from",
		head + `"lines":[{"name":"A","tax":"x","terms":[{"from":"2026-01-01"}]}]}`: "lines[0].tax names a tax",
		terms(`"price":"1.0000000001"`):                                            "lines[0].terms[0].price must be a number",
		terms(`"price":1e3`):                                                       "lines[0].terms[0].price must be a number",
		terms(`"price":true`):                                                      "lines[0].terms[0].price must be a number",
		terms(`"price":1,"interval":"decade"`):                                     "lines[0].terms[0].interval must be one of",
		terms(`"price":1,"every":0`):                                               "lines[0].terms[0].every must be a whole number between 1",
		terms(`"once":"yes"`):                                                      "lines[0].terms[0].once must be true or false",
		terms(`"price":1,"quantity":"sum","due":"advance"`):                        "lines[0].terms[0]: What is used",
		terms(`"model":"volume"`):                                                  "lines[0].terms[0].tiers is missing",
		terms(`"model":"volume","tiers":[{"unit":"1","upto":"5"}]`):                "lines[0].terms[0].tiers[0].upto is not a field",
		terms(`"price":1,"anchor":"2026-02-30"`):                                   "lines[0].terms[0].anchor must be a day",
		head + `"lines":[{"name":"A","terms":[{"from":"2026-01-01","price":1},{"from":"2026-01-01","price":1}]}]}`:                                 "lines[0].terms[1].from: each change",
		head + `"lines":[{"name":"A","terms":[{"from":"2026-01-01","model":"per_unit","price":1}],"facts":[{"day":"2026-01-01"}]}]}`:               "lines[0].facts[0].quantity is missing",
		head + `"lines":[{"name":"A","terms":[{"from":"2026-01-01","model":"per_unit","price":1}],"facts":[{"day":"2026-01-01","quantity":-1}]}]}`: "lines[0].facts[0]: A quantity",
		head + `"work":[{"allowance":"B","day":"2026-01-01","amount":1}]}`:                                                                         "work[0].allowance names",
		head + `"tax":{"rates":[{"code":"x","category":"AE","percent":19}]}}`:                                                                      "tax.rates[0]: Only the category S",
		head + `"adjustments":[{"day":"2026-01-01","line":"A","from":"2026-01-01","amount":"-1"}]}`:                                                "adjustments[0].amount must be above 0",
		strings.Repeat(`[`, 30):                       "nested too deeply",
		`{"currency":"EUR","runs":["2026-01-01"]} {}`: "goes on after its end",
		"{\"currency\":\"\xff\"}":                     "not UTF-8",
	} {
		_, err := scenario.Read([]byte(file))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.TextOf(err), want) {
			t.Errorf("%.90s: %v, want %q", file, err, want)
		}
	}
	if _, err := scenario.Read(make([]byte, scenario.MaxBytes+1)); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestEventsOfALife(t *testing.T) {
	r := run(t, `{"currency":"JPY","zone":"Asia/Tokyo","runs":["2026-01-31T15:30:00Z","2026-02-10","2026-02-12","2026-02-20"],
		"tax":{"rates":[{"code":"j","percent":"8"},{"code":"j","percent":"10","from":"2026-02-15"}]},
		"lines":[{"name":"A","tax":"j","terms":[{"from":"2026-02-01","price":"2800"},{"from":"2026-02-15","known":"2026-02-12","price":"5600","anchor":"2026-02-01"}],
			"ends":[{"last":"2026-02-07","known":"2026-02-10"},{"known":"2026-02-12"}]}],
		"adjustments":[{"day":"2026-02-11","line":"A","from":"2026-02-01","amount":"50"}]}`)
	want := []string{
		"| 2026-02-01 | A | 2026-02-01 | 2026-03-01 | 1 | 2800 |",  // half past midnight in Tokyo
		"| 2026-02-10 | A | 2026-02-08 | 2026-03-01 | 1 | -2100 |", // ended on the 7th
		"| 2026-02-12 | A | 2026-02-01 | 2026-02-01 | 1 | -50 |",   // by hand
		"| 2026-02-12 | A | 2026-02-08 | 2026-02-15 | 1 | 700 |",   // the end is taken back, up to the change
		"| 2026-02-20 | A | 2026-02-15 | 2026-03-01 | 1 | 2800 |",  // half of 5600
	}
	if got := strings.Join(rows(r), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if v := r.Runs[1].Invoice; v.Kind != "credit_note" || v.Net != "-2100" || v.Tax != "-210" || v.Total != "-2310" {
		t.Errorf("%+v", v)
	}
	if v := r.Runs[2].Invoice; v.Taxes[0].Percent != "10" || v.Taxes[0].Base != "-50" || v.Taxes[1].Base != "700" || v.Tax != "51" {
		t.Errorf("%+v", v)
	}
	// The published case of a credit capped by what was given back by hand on the day of the charge.
	r = run(t, `{"currency":"EUR","runs":["2012-05-01","2012-05-02","2012-05-03"],
		"lines":[{"name":"A","terms":[{"from":"2012-05-01","price":"249.95"},{"from":"2012-05-02","known":"2012-05-02","anchor":"2012-05-01","price":"9.95"}]}],
		"adjustments":[{"day":"2012-05-01","line":"A","from":"2012-05-01","amount":"10"}]}`)
	want = []string{
		"| 2012-05-01 | A | 2012-05-01 | 2012-06-01 | 1 | 249.95 |",
		"| 2012-05-01 | A | 2012-05-01 | 2012-05-01 | 1 | -10.00 |",
		"| 2012-05-02 | A | 2012-05-02 | 2012-06-01 | 1 | -239.95 |",
		"| 2012-05-02 | A | 2012-05-02 | 2012-06-01 | 1 | 9.63 |",
	}
	if got := strings.Join(rows(r), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s", got)
	}
	s, err := scenario.Read([]byte(head + `"lines":[{"name":"A","terms":[{"from":"2026-01-01","price":"5"}]}],"adjustments":[{"day":"2026-02-01","line":"A","from":"2026-01-01","amount":"5.01"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(); !fault.Is(err, fault.Invalid) {
		t.Errorf("more given back than billed: %v", err)
	}
}

// Two published cases as scenarios: a commitment over a first stub, and a coupon over three rates.
func TestMinimumsAndDiscounts(t *testing.T) {
	r := run(t, `{"currency":"EUR","runs":["2024-02-28","2024-03-01","2024-03-15","2024-04-01"],
		"lines":[{"name":"Plan","last":"2024-02-29","terms":[{"from":"2024-02-28","anchor":"calendar","due":"arrears","price":"100.00"}]},
			{"name":"Fees","terms":[{"from":"2024-02-28","once":true,"price":"30.00"}]}],
		"minimums":[{"name":"Commitment","amount":"10000.00","from":"2024-02-28","last":"2024-02-29","anchor":"calendar"}]}`)
	want := []string{
		"| 2024-02-28 | Fees | 2024-02-28 | 2024-02-29 | 1 | 30.00 |",
		"| 2024-03-01 | Plan | 2024-02-28 | 2024-03-01 | 1 | 6.90 |",
		"| 2024-03-01 | Commitment | 2024-02-28 | 2024-03-01 | 652.76 | 652.76 |", // 10000 × 2/29 − 6.90 − 30
	}
	if got := strings.Join(rows(r), "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s", got)
	}
	r = run(t, `{"currency":"EUR","runs":["2024-01-01","2024-02-01","2024-02-02"],
		"tax":{"rates":[{"code":"a","percent":10},{"code":"z","category":"Z"},{"code":"b","percent":20}]},
		"discounts":[{"amount":"10.00"}],
		"lines":[{"name":"1","tax":"a","last":"2024-01-31","terms":[{"from":"2024-01-01","price":"100"}]},{"name":"2","tax":"z","terms":[{"from":"2024-01-01","once":true,"price":"50"}]},
			{"name":"3","tax":"b","terms":[{"from":"2024-01-01","once":true,"price":"30"}]},{"name":"4","tax":"b","terms":[{"from":"2024-01-01","once":true,"price":"20"}]},
			{"name":"5","terms":[{"from":"2024-02-01","once":true,"price":"7"}]}]}`)
	v := r.Runs[0].Invoice
	var off []string
	for _, l := range v.Lines {
		off = append(off, l.Discount)
	}
	if fmt.Sprint(off) != "[5.00 2.50 1.50 1.00]" || v.Net != "190.00" || v.Tax != "19.00" || v.Total != "209.00" {
		t.Errorf("%v %+v", off, v)
	}
	if v := r.Runs[1].Invoice; v.Total != "7.00" { // the coupon is used up
		t.Errorf("%+v", v)
	}
	for _, bad := range []string{`"discounts":[{}]`, `"discounts":[{"amount":1,"percent":1}]`, `"discounts":[{"percent":101}]`, `"discounts":[{"amount":1,"line":"x"}]`, `"minimums":[{"name":"m","from":"2024-01-01","amount":0}]`, `"minimums":[{"name":"m","from":"2024-01-01","amount":5,"lines":["x"]}]`} {
		if _, err := scenario.Read([]byte(head + bad + "}")); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
