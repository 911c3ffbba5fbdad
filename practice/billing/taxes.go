// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/billing/store"
)

// Tax is a row of the tax table: what an item's tax code means in a jurisdiction from a day on. Several components of one
// code are several taxes on one line, such as those of a state and of a city.
type Tax struct {
	ID           ids.ID
	Code         string // the item's: standard, reduced, zero, exempt, …
	Jurisdiction string // "" = the firm's own
	Component    string // "" = the only one
	Starts       civil.Date
	Category     rating.Category
	Percent      money.Decimal
	Name         string // on paper; "" = its percentage says it
	Reason       string // why nothing is charged
	VATEX        string
	Account      string // "" = the firm's account for taxes
}

// Taxes returns the tax table by code, jurisdiction and day.
func (s *Service) Taxes(ctx context.Context) ([]Tax, error) { return taxes(ctx, s.read()) }

func taxes(ctx context.Context, q *store.Queries) ([]Tax, error) {
	rows, err := q.Taxes(ctx)
	out := make([]Tax, len(rows))
	for i, r := range rows {
		out[i] = Tax{
			ID: ids.ID(r.ID), Code: r.Code, Jurisdiction: r.Jurisdiction, Component: r.Component, Starts: civil.Date(r.Starts), Category: rating.Category(r.Category),
			Percent: money.Decimal{Coef: r.Coef, Scale: uint8(r.Scale)}, Name: r.Name, Reason: r.Reason, VATEX: r.Vatex, Account: r.Account,
		}
	}
	return out, err
}

// AddTax adds a row to the tax table. A rate that changes is a new row from the day on which it changes.
func (s *Service) AddTax(ctx context.Context, t Tax) error {
	t.Code, t.Jurisdiction, t.Component = strings.ToLower(strings.TrimSpace(t.Code)), strings.ToUpper(strings.TrimSpace(t.Jurisdiction)), strings.TrimSpace(t.Component)
	switch {
	case t.Code == "" || len(t.Code) > 40:
		return fault.NewInvalid("Please enter a name of at most %d characters.", 40).On("code")
	case !t.Starts.Known():
		return fault.NewInvalid("Enter the day from which the tax holds.").On("starts")
	case len(t.Jurisdiction) > 40 || len(t.Component) > 40 || len(t.Name) > 200 || len(t.Reason) > 500:
		return fault.NewInvalid("Please enter at most %d characters.", 200)
	}
	if err := t.rate().Check(); err != nil {
		return err
	}
	err := s.change(ctx, "billing.tax", t.Code, t.Jurisdiction+" "+t.Percent.String()+" "+t.Starts.String(), func(_ *sql.Tx, q *store.Queries) error {
		return q.InsertTax(ctx, store.InsertTaxParams{
			ID: int64(s.p.IDs.New()), Code: t.Code, Jurisdiction: t.Jurisdiction, Component: t.Component, Starts: int64(t.Starts), Category: string(t.Category), Coef: t.Percent.Coef, Scale: int64(t.Percent.Scale),
			Name: t.Name, Reason: t.Reason, Vatex: t.VATEX, Account: t.Account,
		})
	})
	if db.IsUnique(err) {
		return fault.NewConflict("This tax is set from this day already.").On("starts").Because(err)
	}
	return err
}

// RemoveTax takes a row away. Documents that were issued keep their tax.
func (s *Service) RemoveTax(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "billing.tax-removed", id.String(), "", func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.DeleteTax(ctx, int64(id))
		if err == nil && n == 0 {
			return fault.NewNotFound("There is no such tax.")
		}
		return err
	})
}

// RateCode is what the rate is called on documents: its code, component and jurisdiction.
func (t *Tax) RateCode() string { return t.rate().Code }

func (t *Tax) rate() rating.Rate {
	code := t.Code
	if t.Component != "" {
		code += " " + t.Component
	}
	if t.Jurisdiction != "" {
		code += "@" + t.Jurisdiction
	}
	return rating.Rate{Code: code, Category: t.Category, Percent: t.Percent}
}

// taxTable finds the taxes of a line.
type taxTable struct {
	rows map[taxKey][]Tax // by day
}

type taxKey struct{ code, jurisdiction string }

func newTaxTable(list []Tax) taxTable {
	t := taxTable{map[taxKey][]Tax{}}
	for _, x := range list {
		k := taxKey{x.Code, x.Jurisdiction}
		t.rows[k] = append(t.rows[k], x)
	}
	return t
}

// of returns the taxes of an item's code for a client on a day.
func (t taxTable) of(code string, a *Account, day civil.Date) ([]rating.Rate, []Tax, error) {
	if c := a.Treatment.category(); c != "" {
		r := rating.Rate{Code: string(a.Treatment), Category: c}
		return []rating.Rate{r}, []Tax{{Code: r.Code, Category: c, Reason: a.Exemption, VATEX: vatex(c)}}, nil
	}
	rows := t.rows[taxKey{code, a.Jurisdiction}]
	latest := map[string]int{}
	var order []string
	for i, x := range rows {
		if x.Starts > day {
			continue
		}
		if j, ok := latest[x.Component]; !ok {
			order = append(order, x.Component)
			latest[x.Component] = i
		} else if rows[j].Starts <= x.Starts {
			latest[x.Component] = i
		}
	}
	if len(order) == 0 {
		where := a.Jurisdiction
		if where == "" {
			return nil, nil, fault.NewInvalid("No tax is set for the code %[1]s on %[2]s: enter it in the tax table.", code, day).On("taxes")
		}
		return nil, nil, fault.NewInvalid("No tax is set for the code %[1]s in %[2]s on %[3]s: enter it in the tax table.", code, where, day).On("taxes")
	}
	rates, used := make([]rating.Rate, len(order)), make([]Tax, len(order))
	for i, c := range order {
		used[i] = rows[latest[c]]
		rates[i] = used[i].rate()
	}
	return rates, used, nil
}

// vatex is the code of the reason for a category that has just one.
func vatex(c rating.Category) string {
	switch c {
	case rating.Reverse:
		return "VATEX-EU-AE"
	case rating.Export:
		return "VATEX-EU-G"
	case rating.IntraEU:
		return "VATEX-EU-IC"
	case rating.Outside:
		return "VATEX-EU-O"
	}
	return ""
}

// reasons collects why nothing is charged, once for each rate.
func addReason(list []invoice.TaxReason, code string, t *Tax, text string) []invoice.TaxReason {
	if t.Category == rating.Standard || t.Category == rating.Zero {
		return list
	}
	for _, x := range list {
		if x.Code == code {
			return list
		}
	}
	if t.Reason != "" {
		text = t.Reason
	}
	code2 := t.VATEX
	if code2 == "" {
		code2 = vatex(t.Category)
	}
	return append(list, invoice.TaxReason{Code: code, VATEX: code2, Text: text})
}

// Preset returns the usual rates of a country, to be looked at and kept by the firm; nil where the product knows none.
func Preset(country string) []Tax {
	rates := map[string][]string{ // standard, reduced
		"AT": {"20", "10"}, "BE": {"21", "6"}, "CH": {"8.1", "2.6"}, "DE": {"19", "7"}, "DK": {"25"}, "ES": {"21", "10"}, "FI": {"25.5", "14"}, "FR": {"20", "10"}, "GB": {"20", "5"}, "IE": {"23", "13.5"},
		"IT": {"22", "10"}, "LU": {"17", "8"}, "NL": {"21", "9"}, "NO": {"25", "15"}, "PL": {"23", "8"}, "PT": {"23", "13"}, "SE": {"25", "12"}, "AU": {"10"}, "NZ": {"15"}, "ZA": {"15"},
	}[strings.ToUpper(country)]
	if rates == nil {
		return nil
	}
	from := civil.MustDate(2000, 1, 1)
	out := []Tax{{Code: "zero", Starts: from, Category: rating.Zero}, {Code: "exempt", Starts: from, Category: rating.Exempt, Reason: "Exempt"}}
	for i, percent := range rates {
		d, _ := money.ParseDecimal(percent)
		out = append(out, Tax{Code: []string{"standard", "reduced"}[i], Starts: from, Category: rating.Standard, Percent: d})
	}
	return out
}
