// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of vendors' bills and their reconciliation.
package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/vendors"
)

// Handlers serve the pages.
type Handlers struct {
	Vendors    *vendors.Service
	Clients    *clients.Service
	Catalogue  *catalogue.Service
	Agreements *agreements.Service
	Currency   func(context.Context) money.Currency
}

const root = "/reconciliation"

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, p access.Permission, fn func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, p, page.Handler(fn))
	}
	on("GET /reconciliation", access.BillingRead, h.show)
	on("GET /reconciliation/export.csv", access.Export, h.export)
	on("GET /reconciliation/pair", access.BillingRead, h.pair)
	on("POST /reconciliation/acknowledge", access.BillingRun, h.acknowledge)
	on("POST /reconciliation/recall", access.BillingRun, h.recall)
	on("POST /reconciliation/hold", access.BillingManage, h.setHold)
	on("GET /reconciliation/names", access.BillingRun, h.names)
	on("POST /reconciliation/names", access.BillingRun, h.saveNames)
	on("POST /reconciliation/bills", access.BillingRun, h.send)
	on("GET /reconciliation/bills/{bill}", access.BillingRead, h.bill)
	on("GET /reconciliation/bills/{bill}/file", access.Export, h.file)
	on("POST /reconciliation/bills/{bill}/take", access.BillingRun, h.take)
	on("POST /reconciliation/bills/{bill}/remove", access.BillingRun, h.remove)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func idOf(text string) ids.ID {
	id, err := ids.Parse(text)
	if err != nil {
		return 0
	}
	return id
}

// mendable reports whether a person can do something about an error on the page where it happened.
func mendable(err error) bool { return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) }

func good(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

// bad goes back to a page with what is wrong above it.
func bad(w http.ResponseWriter, r *http.Request, err error, to string) error {
	if !mendable(err) {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: locale.From(r.Context()).Fault(err)})
	return page.Redirect(w, r, to)
}

// address is a path with the parameters that are set.
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

func monthIn(text string) (civil.Month, bool) {
	d, err := civil.Parse(text + "-01")
	return d.Month(), err == nil
}

// month is the month asked for, else that of the newest bill, else the last one that is over.
func (h *Handlers) month(r *http.Request) (civil.Month, error) {
	today := h.Vendors.Today()
	if m, ok := monthIn(r.FormValue("month")); ok && m <= today.Month() {
		return m, nil
	}
	m, err := h.Vendors.Latest(r.Context())
	if err == nil && !m.Known() {
		m = today.Month() - 1
	}
	return m, err
}

// lookup are the names that a page shows.
type lookup struct {
	clients map[ids.ID]string
	items   map[ids.ID]string
	vendors map[ids.ID]string
	list    []vendors.Vendor
}

func (h *Handlers) lookup(ctx context.Context, of []ids.ID) (l lookup, err error) {
	slices.Sort(of)
	if l.clients, err = h.Clients.Names(ctx, access.WholeFirm(), slices.Compact(of)...); err != nil {
		return l, err
	}
	items, err := h.Catalogue.Items(ctx, catalogue.Filter{All: true})
	if err != nil {
		return l, err
	}
	l.items = map[ids.ID]string{}
	for _, it := range items {
		l.items[it.ID] = it.Name
	}
	l.vendors = map[ids.ID]string{}
	l.list, err = h.Vendors.Vendors(ctx)
	for _, v := range l.list {
		l.vendors[v.ID] = v.Name
	}
	return l, err
}

func (l *lookup) vendorNames(list []ids.ID) string {
	out := make([]string, len(list))
	for i, id := range list {
		out[i] = l.vendors[id]
	}
	return strings.Join(out, ", ")
}
