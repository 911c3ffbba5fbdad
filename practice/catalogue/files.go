// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"context"
	"io"
	"strings"

	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
)

// columns are those of the file. A row has an item's fields where it names the item, and one price and one cost where they are
// filled in; further rows of the same item add further prices and costs.
var columns = []string{
	"ID", "Code", "Name", "Description", "Kind", "Family", "Unit", "Unit label", "Tax", "Account", "Counts", "Rule", "Billed", "Vendor", "Vendor SKU", "Archived",
	"Price currency", "Price from", "Price per", "Model", "Price", "Package size", "Free units", "Tiers", "Minimum", "Maximum",
	"Cost currency", "Cost from", "Cost per", "Cost",
}

// Export writes all items with their prices and costs as CSV. Reading it back gives the same catalogue.
func (s *Service) Export(ctx context.Context, w io.Writer) error {
	items, err := s.Items(ctx, Filter{All: true})
	if err != nil {
		return err
	}
	q := s.read()
	rows, err := q.AllPrices(ctx)
	if err != nil {
		return err
	}
	prices := map[ids.ID][]Price{}
	for _, r := range rows {
		p, err := priceOf(r)
		if err != nil {
			return err
		}
		prices[p.Item] = append(prices[p.Item], p)
	}
	paid, err := q.AllCosts(ctx)
	if err != nil {
		return err
	}
	costs := map[ids.ID][]Cost{}
	for _, r := range paid {
		c := costOf(r)
		costs[c.Item] = append(costs[c.Item], c)
	}
	out := tabular.NewCSV(w)
	if err := out.Write(columns...); err != nil {
		return err
	}
	for _, it := range items {
		ps, cs := current(prices[it.ID]), currentCosts(costs[it.ID])
		for i := range max(1, len(ps), len(cs)) {
			row := []string{it.ID.String(), it.Code}
			if i == 0 {
				row = append(row, it.cells()...)
			}
			row = append(row, make([]string, 16-len(row))...)
			if i < len(ps) {
				row = append(row, ps[i].cells()...)
			}
			row = append(row, make([]string, 26-len(row))...)
			if i < len(cs) {
				c := cs[i]
				row = append(row, string(c.Currency), c.From.String(), string(c.Every), c.Unit.String())
			}
			for j := range row {
				row[j] = shield(row[j])
			}
			if err := out.Write(row...); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// current leaves out what was followed on its own day; prices come by currency, day and order of entry.
func current(list []Price) (out []Price) {
	for i, p := range list {
		if i+1 < len(list) && list[i+1].Currency == p.Currency && list[i+1].From == p.From {
			continue
		}
		out = append(out, p)
	}
	return out
}

func currentCosts(list []Cost) (out []Cost) {
	for i, c := range list {
		if i+1 < len(list) && list[i+1].Currency == c.Currency && list[i+1].From == c.From {
			continue
		}
		out = append(out, c)
	}
	return out
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// cells are an item's fields from the name on.
func (it *Item) cells() []string {
	billed := "advance"
	if it.Arrears {
		billed = "arrears"
	}
	return []string{
		it.Name, it.Description, string(it.Kind), string(it.Family), it.Unit, it.UnitLabel, it.Tax, it.Account, string(it.Counts), RuleWord(it.Rule), billed, it.Vendor, it.VendorSKU, yes(it.Archived),
	}
}

// cells are a price's fields.
func (p *Price) cells() []string {
	optional := func(d *money.Decimal) string {
		if d == nil {
			return ""
		}
		return d.String()
	}
	number := func(d money.Decimal) string {
		if d == (money.Decimal{}) {
			return ""
		}
		return d.String()
	}
	return []string{
		string(p.Currency), p.From.String(), string(p.Every), ModelWord(p.Price.Model), p.Price.Unit.String(), number(p.Price.Size), number(p.Price.Free), FormatTiers(p.Price.Tiers),
		optional(p.Price.Least), optional(p.Price.Most),
	}
}

// shielded reports whether a text is written with an apostrophe before it: what [tabular.Safe] would change, and what already looks so.
func shielded(s string) bool {
	return tabular.Safe(s) != s || strings.HasPrefix(s, "'") && shielded(s[1:])
}

// shield makes a text safe for spreadsheet programs so that it can be taken back.
func shield(s string) string {
	if shielded(s) {
		return "'" + s
	}
	return s
}

// unshield is the inverse of shield.
func unshield(s string) string {
	if strings.HasPrefix(s, "'") && shielded(s[1:]) {
		return s[1:]
	}
	return s
}
