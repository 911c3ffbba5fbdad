// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the catalogue: items with their prices and costs, plans side by side, and the file.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/catalogue"
)

// Handlers serve the pages of the catalogue.
type Handlers struct {
	Catalogue *catalogue.Service
	Firm      func(context.Context) locale.Printer // the firm's language, for the starting portfolio; nil = the reader's
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /catalogue", access.CatalogueRead, h.items)
	on("POST /catalogue/start", access.CatalogueWrite, h.start)
	on("GET /catalogue/export.csv", access.Export, h.export)
	on("GET /catalogue/import", access.CatalogueWrite, h.importForm)
	on("POST /catalogue/import", access.CatalogueWrite, h.preview)
	on("POST /catalogue/import/take", access.CatalogueWrite, h.take)
	on("GET /catalogue/items/new", access.CatalogueWrite, h.newItem)
	on("POST /catalogue/items/new", access.CatalogueWrite, h.createItem)
	on("GET /catalogue/items/{item}", access.CatalogueRead, h.item)
	on("GET /catalogue/items/{item}/edit", access.CatalogueWrite, h.editItem)
	on("POST /catalogue/items/{item}/edit", access.CatalogueWrite, h.saveItem)
	on("POST /catalogue/items/{item}/delete", access.CatalogueWrite, h.deleteItem)
	on("GET /catalogue/items/{item}/price", access.CatalogueWrite, h.newPrice)
	on("POST /catalogue/items/{item}/price", access.CatalogueWrite, h.addPrice)
	on("GET /catalogue/items/{item}/cost", access.CatalogueWrite, h.newCost)
	on("POST /catalogue/items/{item}/cost", access.CatalogueWrite, h.addCost)
	on("POST /catalogue/items/{item}/withdraw", access.CatalogueWrite, h.withdraw)
	on("GET /catalogue/plans", access.CatalogueRead, h.plans)
	on("GET /catalogue/plans/new", access.CatalogueWrite, h.newPlan)
	on("POST /catalogue/plans/new", access.CatalogueWrite, h.createPlan)
	on("GET /catalogue/plans/{plan}", access.CatalogueWrite, h.plan)
	on("POST /catalogue/plans/{plan}", access.CatalogueWrite, h.savePlan)
	on("POST /catalogue/plans/{plan}/delete", access.CatalogueWrite, h.deletePlan)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

// costs reports whether the reader may see what things cost the firm: hourly costs are close to wages.
func costs(ctx context.Context) bool { return may(ctx, access.BillingRead) }

func pathID(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

func dayOf(s, field string) (civil.Date, error) {
	d, err := civil.Parse(strings.TrimSpace(s))
	if err != nil {
		return civil.NoDate, fault.NewInvalid("%q is not a day.", s).On(field)
	}
	return d, nil
}

func mendable(err error) bool { return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) }

func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return page.StatusOf(err)
}

func good(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

func address(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func tabs(ctx context.Context, current string) page.Tabs {
	return page.Tabs{Label: locale.T(ctx, "Catalogue"), Items: []page.Tab{
		{Label: locale.T(ctx, "catalogue::Items"), Href: "/catalogue", Current: current == "items"},
		{Label: locale.T(ctx, "Plans"), Href: "/catalogue/plans", Current: current == "plans"},
	}}
}

func crumbs(ctx context.Context) []page.Crumb {
	return []page.Crumb{{Label: locale.T(ctx, "Catalogue"), Href: "/catalogue"}}
}

func planCrumbs(ctx context.Context) []page.Crumb {
	return append(crumbs(ctx), page.Crumb{Label: locale.T(ctx, "Plans"), Href: "/catalogue/plans"})
}

func itemURL(id ids.ID) string { return "/catalogue/items/" + id.String() }

func planURL(id ids.ID) string { return "/catalogue/plans/" + id.String() }
