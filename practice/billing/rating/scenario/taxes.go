// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/practice/billing/rating"
)

// treatment is how the client is taxed from a day on: a category in place of every rate, "" = by the rates.
type treatment struct {
	from     civil.Date
	category rating.Category
}

var (
	treatmentWords  = []string{"taxed", "reverse", "exempt", "export", "intra", "outside"}
	treatmentValues = []rating.Category{"", rating.Reverse, rating.Exempt, rating.Export, rating.IntraEU, rating.Outside}
)

func (s *Scenario) readTax(n node) {
	if n.missing() {
		return
	}
	n.fields("rounding", "inclusive", "percent", "default", "rates", "treatment")
	s.rounding = choice(n.get("rounding"), []string{"category", "line"}, []rating.Rounding{rating.ByCategory, rating.ByLine})
	s.within = n.get("inclusive").flag()
	for _, r := range n.get("rates").list(maxRates) {
		r.fields("code", "category", "percent", "from")
		rate := rating.Dated{From: r.get("from").day(civil.NoDate), Rate: rating.Rate{
			Code: r.get("code").must(), Category: rating.Category(r.get("category").text()), Percent: r.get("percent").number(),
		}}
		if rate.Category == "" {
			rate.Category = rating.Standard
			if r.get("percent").missing() {
				r.get("percent").fail(fault.NewInvalid("%s is missing.", r.get("percent").name()))
			}
		}
		r.check(rate.Check())
		s.rates = append(s.rates, rate)
	}
	if p := n.get("percent"); !p.missing() {
		if !n.get("rates").missing() {
			p.fail(fault.NewInvalid("%s is for a file with one rate only: it has rates, too.", p.name()))
		}
		rate := rating.Rate{Code: "tax", Category: rating.Standard, Percent: p.number()}
		p.check(rate.Check())
		s.rates, s.usual = []rating.Dated{{From: civil.NoDate, Rate: rate}}, []string{"tax"}
	}
	if d := n.get("default"); !d.missing() {
		s.usual = s.taxCodes(d)
	}
	s.readTreatments(n.get("treatment"))
}

func (s *Scenario) readTreatments(n node) {
	if _, one := n.v.(string); one {
		s.treated = []treatment{{civil.NoDate, choice(n, treatmentWords, treatmentValues)}}
		return
	}
	for i, x := range n.list(maxRates) {
		x.fields("from", "is")
		if x.get("is").missing() {
			x.get("is").fail(fault.NewInvalid("%s is missing.", x.get("is").name()))
		}
		t := treatment{x.get("from").day(civil.NoDate), choice(x.get("is"), treatmentWords, treatmentValues)}
		if i > 0 && t.from <= s.treated[i-1].from {
			x.get("from").fail(fault.NewInvalid("%s: each change must begin after the one before it.", x.get("from").name()))
		}
		s.treated = append(s.treated, t)
	}
}

// check puts a fault of the arithmetic at its place.
func (n node) check(err error) {
	if err != nil && *n.err == nil {
		*n.err = fault.NewInvalid("%s: %s", n.name(), fault.TextOf(err)).On(n.path).Because(err)
	}
}

// taxCodes reads the code of one tax or of several; those that the file has as its default where there is none, and none
// where it is empty.
func (s *Scenario) taxCodes(n node) []string {
	if n.missing() {
		return s.usual
	}
	var out []string
	for _, x := range n.some(maxTaxes) {
		code := x.text()
		if code == "" {
			continue
		}
		if !slices.ContainsFunc(s.rates, func(r rating.Dated) bool { return r.Code == code }) {
			x.fail(fault.NewInvalid("%s names a tax that the file does not have: %q.", x.name(), shortened(code)))
		}
		if slices.Contains(out, code) {
			x.fail(fault.NewInvalid("%s is given twice.", x.name()))
		}
		out = append(out, code)
	}
	return out
}

// taxed returns the rates of some taxes on a day.
func (s *Scenario) taxed(what string, codes []string, day civil.Date) ([]rating.Rate, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	for i := len(s.treated) - 1; i >= 0; i-- {
		if t := s.treated[i]; t.from <= day {
			if t.category != "" {
				return []rating.Rate{{Code: codes[0], Category: t.category}}, nil
			}
			break
		}
	}
	out := make([]rating.Rate, 0, len(codes))
	for _, code := range codes {
		r, ok := rating.RateOn(s.rates, code, day)
		if !ok {
			return nil, fault.NewInvalid("%q is taxed with %q, which has no rate on %s: the earliest begins later.", what, code, day).On("tax.rates")
		}
		out = append(out, r)
	}
	return out, nil
}

// codes joins the codes of rates for a result.
func codes(rates []rating.Rate) string {
	var out []string
	for _, r := range rates {
		out = append(out, r.Code)
	}
	return strings.Join(out, "+")
}
