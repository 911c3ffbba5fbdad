// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"encoding/json"
	"fmt"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// expectation is what a file says that a run bills: only what it names is compared.
type expectation struct {
	path    string
	run     int
	nothing bool
	fields  map[string]string
	lists   map[string][]map[string]string // nil = not compared
}

var (
	amountsExpected = []string{"net", "tax", "total", "due", "credit_used", "prepaid_used", "rounding", "lines_total", "credit", "owed", "refund"}
	listsExpected   = map[string][]string{
		"lines": {"line", "kind", "from", "to", "last", "quantity", "amount", "discount", "tax"}, "taxes": {"code", "category", "percent", "base", "tax"},
		"allowances": {"name", "left", "over", "low"}, "prepaid": {"name", "left"},
		"reductions": {"name", "amount", "tax"}, "surcharges": {"name", "amount", "tax"},
	}
	listOrder = []string{"lines", "taxes", "allowances", "prepaid", "reductions", "surcharges"}
)

func (s *Scenario) readExpected(n node) {
	n.fields(append(append([]string{"run", "nothing", "kind"}, amountsExpected...), listOrder...)...)
	x := expectation{path: n.path, run: -1, nothing: n.get("nothing").flag(), fields: map[string]string{}, lists: map[string][]map[string]string{}}
	switch at := n.get("run"); {
	case at.missing():
		x.run = 0 // the run after that of the entry above
		if k := len(s.expected); k > 0 {
			x.run = s.expected[k-1].run + 1
		}
	default:
		text := at.text()
		for i, m := range s.runs {
			taken := false
			for _, e := range s.expected {
				taken = taken || e.run == i
			}
			if !taken && (m.at == text || m.day.String() == text) {
				x.run = i
				break
			}
		}
	}
	if x.run < 0 || x.run >= len(s.runs) {
		n.get("run").fail(fault.NewInvalid("%s names no run of the file that is left.", n.get("run").name()))
	}
	if k := n.get("kind").text(); k != "" {
		x.fields["kind"] = k
	}
	for _, k := range amountsExpected {
		if v := n.get(k); !v.missing() {
			x.fields[k] = v.number().String()
		}
	}
	for _, k := range listOrder {
		if n.get(k).missing() {
			continue
		}
		list := []map[string]string{}
		for _, e := range n.get(k).list(maxFacts) {
			e.fields(listsExpected[k]...)
			row := map[string]string{}
			for _, f := range listsExpected[k] {
				if v := e.get(f); !v.missing() {
					row[f] = v.plain()
				}
			}
			list = append(list, row)
		}
		x.lists[k] = list
	}
	if x.nothing && len(x.fields)+len(x.lists["lines"])+len(x.lists["taxes"]) > 0 {
		n.fail(fault.NewInvalid("%s expects nothing and something.", n.name()))
	}
	s.expected = append(s.expected, x)
}

// plain is a value as text: what is compared.
func (n node) plain() string {
	switch v := n.v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	}
	n.fail(fault.NewInvalid("%s must be text or a number.", n.name()))
	return ""
}

// compare returns in which places a result is not what the file expects, each as one sentence.
func (s *Scenario) compare(r *Result) (out []string) {
	for _, x := range s.expected {
		run := r.Runs[x.run]
		say := func(format string, args ...any) {
			out = append(out, fmt.Sprintf("%s, run on %s: %s", x.path, run.At, fmt.Sprintf(format, args...)))
		}
		got := run.plain()
		if x.nothing && run.Invoice != nil {
			say("nothing is expected, billed is %s.", got.fields["total"])
			continue
		}
		if run.Invoice == nil && !x.nothing {
			for _, k := range []string{"kind", "net", "tax", "total", "due"} {
				if want, ok := x.fields[k]; ok && !same(want, "0") {
					say("%s is expected to be %s, but nothing is billed.", k, want)
				}
			}
			if len(x.lists["lines"]) > 0 {
				say("%d lines are expected, but nothing is billed.", len(x.lists["lines"]))
			}
		}
		for _, k := range append([]string{"kind"}, amountsExpected...) {
			want, ok := x.fields[k]
			if !ok || run.Invoice == nil && (k == "kind" || k == "net" || k == "tax" || k == "total" || k == "due") {
				continue
			}
			if have := got.fields[k]; !agree(want, have) {
				say("%s is expected to be %s, it is %s.", k, want, orNone(have))
			}
		}
		for _, k := range listOrder {
			if want, ok := x.lists[k]; ok && (k != "lines" || run.Invoice != nil) {
				compareLists(k, want, got.lists[k], say)
			}
		}
	}
	return out
}

// compareLists finds for each row that is expected one that fits, whatever their order, and names those that are left over.
func compareLists(name string, want, have []map[string]string, say func(string, ...any)) {
	used := make([]bool, len(have))
	var missing []map[string]string
	for _, w := range want {
		found := false
		for i, h := range have {
			if !used[i] && fits(w, h) {
				used[i], found = true, true
				break
			}
		}
		if !found {
			missing = append(missing, w)
		}
	}
	for _, w := range missing {
		say("no %s fits %s.", singular(name), row(listsExpected[name], w))
	}
	for i, h := range have {
		if !used[i] {
			say("not expected is the %s %s.", singular(name), row(listsExpected[name], h))
		}
	}
}

func singular(s string) string {
	return map[string]string{"lines": "line", "taxes": "tax", "allowances": "allowance", "prepaid": "prepaid sum", "reductions": "reduction", "surcharges": "surcharge"}[s]
}

func fits(want, have map[string]string) bool {
	for k, v := range want {
		if !agree(v, have[k]) {
			return false
		}
	}
	return true
}

// agree is same, where what is left out is nothing.
func agree(want, have string) bool {
	return same(want, have) || have == "" && same(want, "0")
}

// same compares numbers by their value and everything else by its letters.
func same(a, b string) bool {
	if a == b {
		return true
	}
	x, err := money.ParseDecimal(a)
	y, err2 := money.ParseDecimal(b)
	return err == nil && err2 == nil && x.Exact().Cmp(y.Exact()) == 0
}

func row(order []string, r map[string]string) string {
	var out []string
	for _, k := range order {
		if v := r[k]; v != "" && (k != "last" || r["to"] == "") { // the last day only where it was asked for
			out = append(out, k+" "+v)
		}
	}
	return strings.Join(out, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// flat is a run as texts, by the words of the file.
type flat struct {
	fields map[string]string
	lists  map[string][]map[string]string
}

func (r *Run) plain() flat {
	f := flat{map[string]string{}, map[string][]map[string]string{}}
	if v := r.Invoice; v != nil {
		f.fields = map[string]string{
			"kind": v.Kind, "net": v.Net, "tax": v.Tax, "total": v.Total, "due": v.Due, "credit_used": v.CreditUsed, "prepaid_used": v.PrepaidUsed, "rounding": v.Rounding, "lines_total": v.LinesTotal,
		}
		for _, l := range v.Lines {
			f.lists["lines"] = append(f.lists["lines"], map[string]string{
				"line": l.Name, "kind": l.Kind, "from": l.From.String(), "to": l.To.String(), "last": (l.To - 1).String(), "quantity": l.Quantity, "amount": l.Amount, "discount": l.Discount, "tax": l.Tax,
			})
		}
		for _, t := range v.Taxes {
			f.lists["taxes"] = append(f.lists["taxes"], map[string]string{"code": t.Code, "category": t.Category, "percent": t.Percent, "base": t.Base, "tax": t.Tax})
		}
		for k, list := range map[string][]Extra{"reductions": v.Reductions, "surcharges": v.Surcharges} {
			for _, x := range list {
				f.lists[k] = append(f.lists[k], map[string]string{"name": x.Name, "amount": x.Amount, "tax": x.Tax})
			}
		}
	}
	for _, a := range r.Allowances {
		f.lists["allowances"] = append(f.lists["allowances"], map[string]string{"name": a.Name, "left": a.Left, "over": a.Over, "low": fmt.Sprint(a.Low)})
	}
	if a := r.Account; a != nil {
		f.fields["credit"], f.fields["owed"], f.fields["refund"] = a.Credit, a.Owed, a.Refund
		for _, p := range a.Prepaid {
			f.lists["prepaid"] = append(f.lists["prepaid"], map[string]string{"name": p.Name, "left": p.Left})
		}
	}
	return f
}
