// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// Content is what a quote says. It is a value that needs nothing else to be read, drawn or turned into an agreement.
type Content struct {
	Title    string         `json:"title"`
	Intro    string         `json:"intro,omitempty"`
	Terms    string         `json:"terms,omitempty"` // scope and conditions; they become the agreement's
	Currency money.Currency `json:"currency"`
	Language string         `json:"language"` // of the document, BCP 47
	Valid    civil.Date     `json:"valid"`    // the last day on which it can be accepted
	Starts   civil.Date     `json:"starts"`   // first day of the agreement; NoDate = the first of the month after the yes

	Term   int `json:"term,omitempty"`   // months that the agreement holds at first
	Renew  int `json:"renew,omitempty"`  // months that it goes on
	Notice int `json:"notice,omitempty"` // days

	Discount money.Decimal `json:"discount"`     // percent
	On       Part          `json:"on,omitempty"` // what it is on
	Least    money.Decimal `json:"least"`        // minimum per month; 0 = none
	Deposit  Deposit       `json:"deposit"`      // of what comes once
	Lines    []Line        `json:"lines"`

	// What the agreement keeps of where the quote came from. Both are set when the quote is begun and stay.
	Plan   ids.ID `json:"plan,omitempty"`   // of the catalogue; 0 = none
	Origin string `json:"origin,omitempty"` // "" = the quote's number
}

// Part is a part of a quote.
type Part string

// The parts.
const (
	Everything Part = ""
	Recurring  Part = "recurring"
	OneTime    Part = "once"
)

// Deposit is paid when the quote is accepted: a percentage of what comes once, or an amount. Both 0 = none.
type Deposit struct {
	Percent money.Decimal `json:"percent"`
	Amount  money.Decimal `json:"amount"`
}

// Line is one line. What it takes over from the catalogue is copied in.
type Line struct {
	Key      int                `json:"key"` // names it within the quote, from 1
	Optional bool               `json:"optional,omitempty"`
	Group    string             `json:"group,omitempty"`  // lines of one group are alternatives
	Preset   bool               `json:"preset,omitempty"` // an optional line or alternative that is ticked to begin with
	Item     ids.ID             `json:"item,omitempty"`
	Code     string             `json:"code,omitempty"`
	Name     string             `json:"name"`
	Text     string             `json:"text,omitempty"`
	Kind     string             `json:"kind,omitempty"`
	Family   string             `json:"family,omitempty"`
	Unit     string             `json:"unit,omitempty"`
	Label    string             `json:"label,omitempty"` // what one is called
	Tax      string             `json:"tax,omitempty"`
	Account  string             `json:"account,omitempty"`
	Counts   catalogue.Counts   `json:"counts,omitempty"`
	Rule     rating.Rule        `json:"rule,omitempty"`
	Arrears  bool               `json:"arrears,omitempty"`
	Every    catalogue.Interval `json:"every"`
	Quantity money.Decimal      `json:"quantity"`
	Own      bool               `json:"own,omitempty"` // the price was typed; else it is the catalogue's, taken over anew until it is sent
	Price    rating.Price       `json:"price"`
}

// Limits of a quote.
const (
	MaxLines  = 200
	maxName   = 200
	maxText   = 2000
	maxTerms  = 20_000
	maxMonths = 600
)

func plain(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

func odd(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// clean says in words what is wrong with a quote.
func (c *Content) clean() error {
	c.Title, c.Intro, c.Terms = plain(c.Title), plain(c.Intro), plain(c.Terms)
	switch {
	case c.Title == "" || len(c.Title) > maxName || odd(c.Title) || strings.Contains(c.Title, "\n"):
		return fault.NewInvalid("Please enter a name of at most %d characters.", maxName).On("title")
	case utf8.RuneCountInString(c.Intro) > maxTerms/2 || odd(c.Intro):
		return fault.NewInvalid("This is too long: at most %d characters.", maxTerms/2).On("intro")
	case len(c.Terms) > maxTerms || odd(c.Terms):
		return fault.NewInvalid("This is too long: at most %d characters.", maxTerms).On("terms")
	case !c.Currency.Known():
		return fault.NewInvalid("%q is not a currency. Enter three letters, such as EUR.", string(c.Currency)).On("currency")
	case c.Valid.Known() && !possible(c.Valid):
		return fault.NewInvalid("Enter the day, between 2000 and 2099.").On("valid")
	case c.Starts.Known() && !possible(c.Starts):
		return fault.NewInvalid("Enter the day, between 2000 and 2099.").On("starts")
	case c.Term < 0 || c.Term > maxMonths || c.Renew < 0 || c.Renew > maxMonths:
		return fault.NewInvalid("Enter a term between 0 and %d months.", maxMonths).On("term")
	case c.Renew > 0 && c.Term == 0:
		return fault.NewInvalid("What is without a fixed term is not renewed: enter a term, or leave the renewal empty.").On("renew")
	case c.Notice < 0 || c.Notice > 730:
		return fault.NewInvalid("Enter a notice between 0 and %d days.", 730).On("notice")
	case c.Discount.Coef < 0 || c.Discount.Exact().Cmp(money.Whole(100)) > 0 || c.Discount.Scale > 2:
		return fault.NewInvalid("A discount is between 0 and 100 %%, with at most 2 decimal places.").On("discount")
	case c.On != Everything && c.On != Recurring && c.On != OneTime:
		return fault.NewInvalid("A discount is on everything, on what recurs or on what comes once.").On("on")
	case c.Deposit.Percent.Coef < 0 || c.Deposit.Percent.Exact().Cmp(money.Whole(100)) > 0 || c.Deposit.Percent.Scale > 2:
		return fault.NewInvalid("A deposit is between 0 and 100 %%, with at most 2 decimal places.").On("deposit")
	case c.Deposit.Percent.Coef > 0 && c.Deposit.Amount.Coef > 0:
		return fault.NewInvalid("A deposit is a percentage or an amount, not both.").On("deposit")
	case len(c.Origin) > maxName || odd(c.Origin):
		return fault.NewInvalid("This is too long: at most %d characters.", maxName).On("origin")
	case len(c.Lines) > MaxLines:
		return fault.NewInvalid("A quote has at most %d lines.", MaxLines).On("lines")
	}
	if err := amount(c.Least, "minimum", c.Currency.Digits()); err != nil {
		return err
	}
	if err := amount(c.Deposit.Amount, "deposit-amount", c.Currency.Digits()); err != nil {
		return err
	}
	groups := map[string]int{}
	presets := map[string]int{}
	for i := range c.Lines {
		l := &c.Lines[i]
		l.Key = i + 1
		if err := l.clean(); err != nil {
			return err
		}
		if l.Group != "" {
			l.Optional = false
			groups[l.Group]++
			if l.Preset {
				presets[l.Group]++
			}
		}
	}
	for g, n := range groups {
		switch {
		case n < 2:
			return fault.NewInvalid("Of the alternatives %s there is only one line: choose at least two.", g).On("lines")
		case presets[g] > 1:
			return fault.NewInvalid("Of the alternatives %s only one can be chosen beforehand.", g).On("lines")
		}
	}
	return nil
}

func (l *Line) clean() error {
	l.Name, l.Text = plain(l.Name), plain(l.Text)
	switch {
	case l.Name == "" || len(l.Name) > maxName || odd(l.Name) || strings.Contains(l.Name, "\n"):
		return fault.NewInvalid("Each line needs a name of at most %d characters.", maxName).On("lines")
	case len(l.Text) > maxText || odd(l.Text):
		return fault.NewInvalid("This is too long: at most %d characters.", maxText).On("lines")
	case !slices.Contains(catalogue.Intervals(), l.Every):
		return fault.NewInvalid("A price is for a month, a quarter, a year, or once.").On("lines")
	case l.Quantity.Coef < 0 || l.Quantity.Coef == 0:
		return fault.NewInvalid("A line's quantity is above 0.").On("lines")
	case l.Quantity.Scale > money.MaxScale || l.Quantity.Exact().Cmp(money.Whole(rating.MaxQuantity)) > 0:
		return fault.NewInvalid("A quantity is at most %d, with at most %d decimal places.", rating.MaxQuantity, money.MaxScale).On("lines")
	case len(l.Group) > 1 || l.Group != "" && (l.Group < "A" || l.Group > "Z"):
		return fault.NewInvalid("Alternatives are named by one letter.").On("lines")
	}
	if l.Unit == "" {
		l.Unit = "C62"
	}
	if l.Tax == "" {
		l.Tax = "standard"
	}
	if l.Counts == "" {
		l.Counts = catalogue.Nothing
	}
	if err := amount(l.Price.Unit, "lines", money.MaxScale); err != nil {
		return err
	}
	return l.Price.Check()
}

func amount(d money.Decimal, field string, places int) error {
	switch {
	case int(d.Scale) > places:
		return fault.NewInvalid("%q has more decimals than the currency.", d.String()).On(field)
	case d.Coef < 0:
		return fault.NewInvalid("A price is not below 0.").On(field)
	case d.Exact().Cmp(money.Whole(catalogue.MaxAmount)) > 0:
		return fault.NewInvalid("This is more than %d, the most that can be reckoned with.", catalogue.MaxAmount).On(field)
	}
	return nil
}

func possible(d civil.Date) bool {
	return d >= civil.MustDate(2000, 1, 1) && d <= civil.MustDate(2099, 12, 31)
}

// Choice is what is ticked of a quote: the keys of optional lines and of alternatives.
type Choice []int

// Preset is what is ticked to begin with; of alternatives the first where none is.
func (c *Content) Preset() (out Choice) {
	done := map[string]bool{}
	for _, l := range c.Lines {
		if l.Preset && (l.Optional || l.Group != "") {
			out = append(out, l.Key)
			done[l.Group] = done[l.Group] || l.Group != ""
		}
	}
	for _, l := range c.Lines {
		if l.Group != "" && !done[l.Group] {
			done[l.Group] = true
			out = append(out, l.Key)
		}
	}
	slices.Sort(out)
	return out
}

// Takes reports whether a line is part of a choice.
func (ch Choice) Takes(l *Line) bool {
	return !l.Optional && l.Group == "" || slices.Contains(ch, l.Key)
}

// Check refuses a choice that names what cannot be chosen, or of alternatives none or several.
func (ch Choice) Check(c *Content) error {
	of := map[int]*Line{}
	for i := range c.Lines {
		of[c.Lines[i].Key] = &c.Lines[i]
	}
	taken := map[string]int{}
	seen := map[int]bool{}
	for _, k := range ch {
		l := of[k]
		if l == nil || !l.Optional && l.Group == "" || seen[k] {
			return fault.NewInvalid("This choice does not fit the quote. Please load the page again.").On("choice")
		}
		seen[k] = true
		taken[l.Group]++
	}
	for _, l := range c.Lines {
		if l.Group != "" && taken[l.Group] != 1 {
			return fault.NewInvalid("Please choose one of the alternatives.").On("choice")
		}
	}
	return nil
}

func numberOf(n int64) string { return fmt.Sprintf("Q-%05d", n) }
