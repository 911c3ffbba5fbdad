// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/practice/catalogue"
)

// demoCatalogue names the value that lists what of the catalogue came with the invented firm.
const demoCatalogue = "demo.catalogue"

// firmPrinter writes in the firm's language.
func (a *App) firmPrinter(ctx context.Context) locale.Printer {
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		a.Log.Error("cannot read the firm's settings", "error", err)
	}
	return printerFor(firm, nil, "")
}

// loadDemoCatalogue gives the invented firm the starting portfolio, where nobody has begun one of their own.
func (a *App) loadDemoCatalogue(ctx context.Context) error {
	empty, err := a.Catalogue.Empty(ctx)
	if err != nil || !empty {
		return err
	}
	if err := a.Catalogue.Start(ctx, a.firmPrinter(ctx), a.currency(ctx)); err != nil {
		return err
	}
	var made []string
	plans, err := a.Catalogue.Plans(ctx, true)
	if err != nil {
		return err
	}
	for _, p := range plans {
		made = append(made, "p"+p.ID.String())
	}
	items, err := a.Catalogue.Items(ctx, catalogue.Filter{All: true})
	if err != nil {
		return err
	}
	for _, it := range items {
		made = append(made, "i"+it.ID.String())
	}
	return a.Values.Set(ctx, demoCatalogue, strings.Join(made, " "))
}

// removeDemoCatalogue takes it away, plans before their items. What people put to use meanwhile stays.
func (a *App) removeDemoCatalogue(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoCatalogue)
	if err != nil || have == "" {
		return err
	}
	for _, x := range strings.Fields(have) {
		id, err := ids.Parse(x[1:])
		if err != nil {
			return err
		}
		if x[0] == 'p' {
			err = a.Catalogue.DeletePlan(ctx, id)
		} else {
			err = a.Catalogue.DeleteItem(ctx, id)
		}
		if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return a.Values.Set(ctx, demoCatalogue, "")
}
