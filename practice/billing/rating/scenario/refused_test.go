// SPDX-License-Identifier: Apache-2.0

package scenario_test

import (
	"strings"
	"testing"

	"mainstay/kit/fault"
	"mainstay/practice/billing/rating/scenario"
)

// What somebody who knows the form from its documentation gets wrong is answered with the place and what to do.
func TestMistakesAreExplained(t *testing.T) {
	line := func(s string) string { return head + `"lines":[{"name":"A","from":"2026-01-01",` + s + `}]}` }
	seats := `"model":"per_unit","price":1`
	for file, want := range map[string]string{
		"":                                      "The file is empty",
		"{\n  \"currency\": EUR\n}":             "not JSON: look at line 2, column",
		`{"currency":"EUR",`:                    "ends too early",
		`{"currency":"EUR"} x`:                  "goes on after its end, at line 1",
		`{"currency":"eur"}`:                    "currency must be the code of a currency in capital letters, such as EUR; it is \"eur\"",
		`{"currency":"XYZ"}`:                    "currency must be the code of a currency",
		`{"currency":"EUR","run":[]}`:           "run is not a field that is known here; did you mean runs?",
		line(`"pirce":"1"`):                     "lines[0].pirce is not a field that is known here; did you mean price?",
		line(`"start":"1"`):                     "lines[0].start is not a field that is known here: there are name, tax,",
		line(`"price":"1","from":"2026-01-02"`): "lines[0].from is given twice",
		line(seats):                             "lines[0] says nothing of how many there are: give a count or facts",
		line(`"price":"1","last":"2025-12-31"`): "lines[0].last must not lie before the first day, 2026-01-01",
		line(`"price":"1,50"`):                  "lines[0].price must be a number such as 12.34, with at most 9 decimal places; it is \"1,50\"",
		line(`"price":"1","last":"2026-02-30"`): "lines[0].last must be a day that there is, such as 2026-01-31; it is \"2026-02-30\"",
		line(`"price":"1","count":5`):           "lines[0].count changes nothing, because the price is flat",
		line(`"price":"1","facts":[]`):          "lines[0].facts changes nothing, because the price is flat",
		line(`"price":"1","size":10`):           "lines[0].size changes nothing",
		line(seats + `,"tiers":[]`):             "lines[0].tiers changes nothing for this model",
		line(`"model":"volume","price":1,"tiers":[{"unit":1}]`):                                            "lines[0].price changes nothing, because the price is by tiers",
		line(`"model":"graduated","tiers":[{"unit":1},{"unit":2}]`):                                        "lines[0].tiers[0].up_to is missing",
		line(`"model":"graduated","tiers":[{"up_to":5,"unit":1}]`):                                         "The last tier, and only it, has no upper bound",
		line(`"model":"stairstep","price":1`):                                                              "lines[0].model must be one of flat, per_unit, graduated, volume, package; it is \"stairstep\"",
		line(seats + `,"quantity":5`):                                                                      "lines[0].quantity says how the quantity follows",
		line(seats + `,"quantity":"5"`):                                                                    "how many there are is the count of the line",
		line(seats + `,"quantity":"sum","count":5`):                                                        "lines[0].count is a level",
		line(seats + `,"facts":[{"day":"2026-01-01","quantity":1,"change":1}]`):                            "lines[0].facts[0] has a quantity and a change",
		line(seats + `,"due":"each_run"`):                                                                  "Only what is used can be billed before its period is over",
		line(seats + `,"once":true,"interval":"year"`):                                                     "lines[0].interval changes nothing, because the price is charged once",
		line(seats + `,"terms":[{"from":"2026-01-01"}]`):                                                   "lines[0].from belongs into the terms",
		line(`"price":"0.000000001","percent_off":"50"`):                                                   "lines[0].percent_off makes a price of more than 9 decimal places",
		line(`"price":1,"percent_off":101`):                                                                "lines[0].percent_off must be between 0 and 100",
		line(`"price":1,"escalator":{}`):                                                                   "lines[0].escalator.percent is missing",
		line(`"price":1,"escalator":{"percent":3,"first":"2026-01-01"}`):                                   "lines[0].escalator.first must lie after",
		line(`"price":1,"tax":"vat"`):                                                                      "lines[0].tax names a tax that the file does not have: \"vat\"",
		head + `"tax":{"percent":19,"rates":[]}}`:                                                          "tax.percent is for a file with one rate only",
		head + `"tax":{"treatment":"free"}}`:                                                               "tax.treatment must be one of taxed, reverse,",
		head + `"tax":{"rates":[{"code":"a"}]}}`:                                                           "tax.rates[0].percent is missing",
		head + `"work":[{"day":"2026-01-01","minutes":5}]}`:                                                "work[0].allowance is missing",
		head + `"labour":{}}`:                                                                              "labour.cards is missing",
		head + `"labour":{"cards":[{}]}}`:                                                                  "labour.cards[0].hour is missing",
		head + `"labour":{"cards":[{"hour":100}]},"work":[{"day":"2026-01-01","amount":"0.333"}]}`:         "work[0].amount must be hours that are whole minutes",
		head + `"labour":{"cards":[{"hour":"100.001"}]}}`:                                                  "labour.cards[0].hour must have at most 2 decimal places",
		head + `"discounts":[{"percent":5,"each":true}]}`:                                                  "discounts[0].each belongs to an amount",
		head + `"discounts":[{"amount":5,"up_to":1}]}`:                                                     "discounts[0].up_to belongs to a percent",
		head + `"reductions":[{"amount":-5}]}`:                                                             "reductions[0].amount must not be below 0",
		head + `"surcharges":[{}]}`:                                                                        "surcharges[0] must have either an amount or a percent",
		head + `"account":{"payments":[{"day":"2026-02-01","amount":1},{"day":"2026-01-01","amount":1}]}}`: "account.payments[1].day lies before",
		head + `"account":{"prepaid":[{"amount":"-1"}]}}`:                                                  "account.prepaid[0].amount must be an amount of at least 0",
		head + `"expected":[{},{},{}]}`:                                                                    "expected[2].run names no run of the file that is left",
		head + `"expected":[{"totl":"1"}]}`:                                                                "expected[0].totl is not a field that is known here; did you mean total?",
		head + `"expected":[{"nothing":true,"total":1}]}`:                                                  "expected[0] expects nothing and something",
		`{"currency":"EUR","runs":["9999-01-01T00:00:00Z"]}`:                                               "runs[0] must lie between the years 1900 and 2199",
		head + `"lines":[` + strings.Repeat(`{},`, 1_000_000) + `{}]}`:                                     "lines has more than 1000 entries",
		strings.Repeat(" ", scenario.MaxBytes+1):                                                           "larger than 4 MB",
	} {
		_, err := scenario.Read([]byte(file))
		if text := fault.TextOf(err); !fault.Is(err, fault.Invalid) || !strings.Contains(text, want) {
			t.Errorf("%.90s: %s; want %q", file, text, want)
		}
	}
	s, err := scenario.Read([]byte(head + `"tax":{"rates":[{"code":"a","percent":5,"from":"2026-03-01"}]},"lines":[{"name":"A","tax":"a","from":"2026-01-01","price":1}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.TextOf(err), `"A" is taxed with "a", which has no rate on 2026-01-31`) {
		t.Errorf("a tax without a rate: %v", err)
	}
}

// A percentage may have a most.
func TestPercentUpTo(t *testing.T) {
	r := run(t, `{"currency":"EUR","runs":["2026-01-01"],"lines":[{"name":"A","from":"2026-01-01","price":"500"}],"discounts":[{"percent":"20","up_to":"50"}],"expected":[{"total":"450"}]}`)
	if len(r.Differences) > 0 {
		t.Error(r.Differences)
	}
}

// What differs from what is expected is told, each thing in a sentence.
func TestDifferencesAreTold(t *testing.T) {
	r := run(t, `{"currency":"EUR","tax":{"percent":"20"},"account":{},"runs":["2026-01-01","2026-01-15","2026-02-01","2026-02-02"],"lines":[{"name":"A","from":"2026-01-01","price":"500"}],
		"expected":[{"total":"599.99","due":"600.00","lines":[{"line":"A","amount":"500"},{"line":"B"}],"taxes":[{"percent":"19"}]},{"total":"1"},{"nothing":true},{"nothing":true}]}`)
	want := []string{
		"expected[0], run on 2026-01-01: total is expected to be 599.99, it is 600.00.",
		"expected[0], run on 2026-01-01: no line fits line B.",
		"expected[0], run on 2026-01-01: no tax fits percent 19.",
		"expected[0], run on 2026-01-01: not expected is the tax code tax, category S, percent 20, base 500.00, tax 100.00.",
		"expected[1], run on 2026-01-15: total is expected to be 1, but nothing is billed.",
		"expected[2], run on 2026-02-01: nothing is expected, billed is 600.00.",
	}
	if got := strings.Join(r.Differences, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
