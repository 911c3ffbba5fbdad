// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Result is what the runs of a scenario bill. Amounts and quantities are exact decimals as text; periods do not hold their to.
type Result struct {
	Currency money.Currency `json:"currency"`
	Runs     []Run          `json:"runs"`

	// Differences say in which places the result is not what the file expects.
	Differences []string `json:"differences,omitempty"`
}

// Run is one run: at most one document, and the allowances as they stand after it.
type Run struct {
	At         string     `json:"at"`
	Day        civil.Date `json:"day"` // in the agreement's zone
	Invoice    *Invoice   `json:"invoice,omitempty"`
	Allowances []Balance  `json:"allowances,omitempty"`
	Account    *Account   `json:"account,omitempty"` // where the file has one
}

// Invoice is a document: "invoice", or "credit_note" where its total is below zero.
type Invoice struct {
	Kind  string `json:"kind"`
	Lines []Line `json:"lines"`
	Taxes []Tax  `json:"taxes"`

	LinesTotal string  `json:"lines_total,omitempty"` // where there are reductions or surcharges
	Reductions []Extra `json:"reductions,omitempty"`
	Surcharges []Extra `json:"surcharges,omitempty"`

	Net   string `json:"net"`
	Tax   string `json:"tax"`
	Total string `json:"total"`

	CreditUsed  string `json:"credit_used,omitempty"`
	PrepaidUsed string `json:"prepaid_used,omitempty"`
	Rounding    string `json:"rounding,omitempty"` // of what is due
	Due         string `json:"due,omitempty"`      // where the file has an account

	Totals rating.Totals `json:"-"`
}

// Line is one line of a document.
type Line struct {
	Name     string     `json:"line"`
	Kind     string     `json:"kind"` // charge, credit, adjustment or work
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	Quantity string     `json:"quantity"`
	Amount   string     `json:"amount"`
	Discount string     `json:"discount,omitempty"` // taken off the amount before tax
	Tax      string     `json:"tax,omitempty"`      // code of its rate; of several, joined by +
	Why      Why        `json:"why"`
	Work     *Work      `json:"work,omitempty"`

	Entry rating.Entry  `json:"-"`
	Rates []rating.Rate `json:"-"`

	Off int64 `json:"-"` // Discount in minor units

	source map[ids.ID]string
}

// Source names where a level of the line's quantity comes from, "" where that is not known.
func (l *Line) Source(x rating.Level) string { return l.source[x.Fact] }

// Tax is the tax of one rate.
type Tax struct {
	Code     string `json:"code,omitempty"`
	Category string `json:"category"`
	Percent  string `json:"percent"`
	Base     string `json:"base"`
	Tax      string `json:"tax"`
}

// Why is [rating.Why] as JSON.
type Why struct {
	Rule      string   `json:"rule,omitempty"`
	Quantity  string   `json:"quantity,omitempty"` // exact, also where the line rounds it
	Facts     []Fact   `json:"facts,omitempty"`
	Steps     []Step   `json:"steps,omitempty"`
	Whole     string   `json:"whole,omitempty"` // price of a whole interval
	Proration string   `json:"proration,omitempty"`
	Parts     []Part   `json:"parts,omitempty"`
	Notes     []Reason `json:"notes,omitempty"`
}

// Fact is a quantity and the days for which it held or, for sums, on which it was used.
type Fact struct {
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	Quantity string     `json:"quantity"`
	Source   string     `json:"source,omitempty"`
}

// Step is one term of the price: units × unit = amount.
type Step struct {
	Code   rating.Code `json:"code"`
	Tier   int         `json:"tier,omitempty"`
	Units  string      `json:"units"`
	Unit   string      `json:"unit"`
	Amount string      `json:"amount"`
}

// Part is a share: days of of, times over.
type Part struct {
	From  civil.Date `json:"from"`
	To    civil.Date `json:"to"`
	Days  int        `json:"days"`
	Of    int        `json:"of"`
	Times int        `json:"times"`
}

// Reason is a note with what it speaks of.
type Reason struct {
	Code   rating.NoteCode `json:"code"`
	Amount string          `json:"amount,omitempty"`
	From   *civil.Date     `json:"from,omitempty"`
	To     *civil.Date     `json:"to,omitempty"`
}

// Balance is an allowance after a run, with what the work drew.
type Balance struct {
	Name   string    `json:"name"`
	Left   string    `json:"left"`
	Over   string    `json:"over"`          // all that was ever used beyond it
	Low    bool      `json:"low,omitempty"` // no more than alert_percent of the grants that have not lapsed is left
	Grants []Holding `json:"grants"`
}

// Holding is one grant and what became of it.
type Holding struct {
	From   civil.Date  `json:"from"`
	Until  *civil.Date `json:"until,omitempty"`
	Amount string      `json:"amount"`
	Drawn  string      `json:"drawn"`
	Lapsed string      `json:"lapsed"`
	Left   string      `json:"left"`
}

// word returns the name of a value in the file's words.
func word[T comparable](v T, values []T, words []string) string {
	for i, x := range values {
		if x == v {
			return words[i]
		}
	}
	return ""
}

func (s *Scenario) money(minor int64) string { return money.FormatMinor(minor, s.Currency.Digits()) }

// why writes an explanation.
func (s *Scenario) why(e *rating.Entry, l *line) Why {
	w := Why{}
	if e.Kind == rating.Charge {
		w.Rule, w.Quantity = word(e.Why.Rule, ruleValues, ruleWords), e.Why.Quantity.String()
	}
	for _, x := range e.Why.Levels {
		w.Facts = append(w.Facts, Fact{x.Period.From, x.Period.To, x.Quantity.String(), l.sources[x.Fact]})
	}
	for _, x := range e.Why.Used {
		w.Facts = append(w.Facts, Fact{x.Day, x.Day + 1, x.Quantity.String(), x.Source})
	}
	for _, x := range e.Why.Steps {
		w.Steps = append(w.Steps, Step{x.Code, x.Tier, x.Units.String(), x.Unit.String(), x.Amount.String()})
	}
	if len(w.Steps) > 0 {
		w.Whole = e.Why.Whole.String()
	}
	for _, x := range e.Why.Parts {
		w.Parts = append(w.Parts, Part{x.Period.From, x.Period.To, x.Days, x.Of, x.Times})
	}
	if len(w.Parts) > 0 {
		w.Proration = word(e.Why.Prorate, prorationValues, prorationWords)
	}
	for _, x := range e.Why.Notes {
		r := Reason{Code: x.Code}
		if x.Minor != 0 {
			r.Amount = s.money(x.Minor)
		}
		if !x.Days.Empty() {
			r.From, r.To = &x.Days.From, &x.Days.To
		}
		w.Notes = append(w.Notes, r)
	}
	return w
}
