// SPDX-License-Identifier: Apache-2.0

// Package api has the catalogue's operations of the JSON API.
package api

import (
	"context"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/catalogue"
)

// Handlers serve the operations of the catalogue.
type Handlers struct{ Catalogue *catalogue.Service }

// Mount registers them with their permissions.
func (h *Handlers) Mount(a *api.API) {
	read, write, costs := access.CatalogueRead, access.CatalogueWrite, access.BillingRead
	api.Register(a, "GET", "/catalogue/items", read, "list-catalogue-items", "List what the firm sells", h.items)
	api.Register(a, "POST", "/catalogue/items", write, "create-catalogue-item", "Add an item to the catalogue", h.createItem)
	api.Register(a, "GET", "/catalogue/items/{id}", read, "get-catalogue-item", "Get an item", h.getItem)
	api.Register(a, "PUT", "/catalogue/items/{id}", write, "update-catalogue-item", "Change an item", h.updateItem)
	api.Register(a, "DELETE", "/catalogue/items/{id}", write, "delete-catalogue-item", "Delete an item that nothing uses", h.deleteItem)
	api.Register(a, "GET", "/catalogue/items/{id}/prices", read, "list-catalogue-prices", "List an item's prices, also past and withdrawn ones", h.prices)
	api.Register(a, "POST", "/catalogue/items/{id}/prices", write, "add-catalogue-price", "Add a price from a day on", h.addPrice)
	api.Register(a, "GET", "/catalogue/items/{id}/price", read, "get-catalogue-price-on", "Get the price that holds on a day", h.priceOn)
	api.Register(a, "GET", "/catalogue/items/{id}/costs", costs, "list-catalogue-costs", "List what one unit of an item costs the firm", h.costs)
	api.Register(a, "POST", "/catalogue/items/{id}/costs", write, "add-catalogue-cost", "Add a cost from a day on", h.addCost)
	api.Register(a, "POST", "/catalogue/items/{id}/withdraw/{price}", write, "withdraw-catalogue-price", "Withdraw a price or cost whose day has not come", h.withdraw)
	api.Register(a, "GET", "/catalogue/plans", read, "list-catalogue-plans", "List the plans", h.plans)
	api.Register(a, "POST", "/catalogue/plans", write, "create-catalogue-plan", "Add a plan", h.createPlan)
	api.Register(a, "GET", "/catalogue/plans/{id}", read, "get-catalogue-plan", "Get a plan", h.getPlan)
	api.Register(a, "PUT", "/catalogue/plans/{id}", write, "update-catalogue-plan", "Change a plan", h.updatePlan)
	api.Register(a, "DELETE", "/catalogue/plans/{id}", write, "delete-catalogue-plan", "Delete a plan; its items stay", h.deletePlan)
}

type empty struct{}

type catalogueOneIn struct {
	ID string `path:"id" maxLength:"13"`
}

// VersionedIn is the address of a change and the version that the caller has seen.
type VersionedIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
}

func (in VersionedIn) at() (ids.ID, int64, error) {
	id, err := known(in.ID)
	if err != nil {
		return 0, 0, err
	}
	v, err := api.Version(in.IfMatch)
	return id, v, err
}

func known(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is nothing of this id.").Because(err)
	}
	return id, nil
}

func dayOf(s, field string) (civil.Date, error) {
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day of the form 2006-01-02.", s).On(field)
	}
	return d, nil
}

// CatalogueItem is something that can stand on an invoice, on the wire.
type CatalogueItem struct {
	ID          string `json:"id,omitempty" readOnly:"true"`
	Code        string `json:"code,omitempty" maxLength:"60" doc:"The firm's own, unique"`
	Name        string `json:"name" minLength:"1" maxLength:"200"`
	Description string `json:"description,omitempty" maxLength:"2000" doc:"For the lines of invoices"`
	Kind        string `json:"kind" enum:"service,licence,labour,hardware,fee"`
	Family      string `json:"family,omitempty" enum:"helpdesk,monitoring,backup,endpoint-security,identity-security,network,cloud,advice,none" doc:"Service family; left out: none"`
	Unit        string `json:"unit,omitempty" doc:"UN/ECE Recommendation 20; left out: C62, one"`
	UnitLabel   string `json:"unitLabel,omitempty" maxLength:"40" doc:"What one is called, such as user"`
	Tax         string `json:"tax,omitempty" doc:"Code of the tax table; left out: standard"`
	Account     string `json:"account,omitempty" maxLength:"60" doc:"Ledger account of its revenue"`
	Counts      string `json:"counts,omitempty" enum:"nothing,devices,people,sites,licences" doc:"What a quantity follows from; left out: nothing"`
	Rule        string `json:"rule,omitempty" enum:"each-day,at-end,at-start,maximum,average,day-by-day,sum" doc:"How a period's quantity follows from what was there"`
	Arrears     bool   `json:"arrears,omitempty" doc:"Billed after its interval"`
	Vendor      string `json:"vendor,omitempty" maxLength:"200"`
	VendorSKU   string `json:"vendorSku,omitempty" maxLength:"200"`
	Suggested   bool   `json:"suggested,omitempty" readOnly:"true" doc:"From the starting portfolio, not edited yet"`
	Archived    bool   `json:"archived,omitempty"`
	Version     int64  `json:"version,omitempty" readOnly:"true"`
}

func wireItem(it catalogue.Item) CatalogueItem {
	return CatalogueItem{
		ID: it.ID.String(), Code: it.Code, Name: it.Name, Description: it.Description, Kind: string(it.Kind), Family: string(it.Family), Unit: it.Unit, UnitLabel: it.UnitLabel, Tax: it.Tax,
		Account: it.Account, Counts: string(it.Counts), Rule: catalogue.RuleWord(it.Rule), Arrears: it.Arrears, Vendor: it.Vendor, VendorSKU: it.VendorSKU, Suggested: it.Suggested,
		Archived: it.Archived, Version: it.Version,
	}
}

func (in CatalogueItem) item() catalogue.Item {
	it := catalogue.Item{
		Code: in.Code, Name: in.Name, Description: in.Description, Kind: catalogue.Kind(in.Kind), Family: catalogue.Family(in.Family), Unit: in.Unit, UnitLabel: in.UnitLabel, Tax: in.Tax,
		Account: in.Account, Counts: catalogue.Counts(in.Counts), Arrears: in.Arrears, Vendor: in.Vendor, VendorSKU: in.VendorSKU, Archived: in.Archived,
	}
	it.Rule, _ = catalogue.ParseRule(in.Rule) // the schema has checked it
	return it
}

type catalogueItemsIn struct {
	Text     string `query:"q" maxLength:"200" doc:"In name, code or vendor"`
	Kind     string `query:"kind" enum:"service,licence,labour,hardware,fee"`
	Family   string `query:"family" enum:"helpdesk,monitoring,backup,endpoint-security,identity-security,network,cloud,advice,none"`
	Archived bool   `query:"archived" doc:"Those that are archived, instead"`
	After    string `query:"after" maxLength:"13" doc:"Cursor: the value of next of the page before"`
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type catalogueItemsOut struct {
	Body struct {
		Items []CatalogueItem `json:"items"`
		Next  string          `json:"next,omitempty"`
	}
}

type catalogueItemOut struct {
	ETag string `header:"ETag"`
	Body CatalogueItem
}

type catalogueNewItemIn struct{ Body CatalogueItem }

type catalogueChangeItemIn struct {
	VersionedIn
	Body CatalogueItem
}

func (h *Handlers) items(ctx context.Context, in *catalogueItemsIn) (*catalogueItemsOut, error) {
	f := catalogue.Filter{Text: in.Text, Kind: catalogue.Kind(in.Kind), Family: catalogue.Family(in.Family), Archived: in.Archived, Limit: in.Limit + 1}
	if in.After != "" {
		var err error
		if f.After, err = known(in.After); err != nil {
			return nil, err
		}
	}
	list, err := h.Catalogue.Items(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &catalogueItemsOut{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = list[in.Limit-1].ID.String()
	}
	out.Body.Items = make([]CatalogueItem, len(list))
	for i, it := range list {
		out.Body.Items[i] = wireItem(it)
	}
	return out, nil
}

func (h *Handlers) getItem(ctx context.Context, in *catalogueOneIn) (*catalogueItemOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	it, err := h.Catalogue.Item(ctx, id)
	if err != nil {
		return nil, err
	}
	return &catalogueItemOut{ETag: api.ETag(it.Version), Body: wireItem(it)}, nil
}

func (h *Handlers) putItem(ctx context.Context, it catalogue.Item) (*catalogueItemOut, error) {
	id, err := h.Catalogue.SaveItem(ctx, it)
	if err != nil {
		return nil, err
	}
	return h.getItem(ctx, &catalogueOneIn{id.String()})
}

func (h *Handlers) createItem(ctx context.Context, in *catalogueNewItemIn) (*catalogueItemOut, error) {
	return h.putItem(ctx, in.Body.item())
}

func (h *Handlers) updateItem(ctx context.Context, in *catalogueChangeItemIn) (*catalogueItemOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	it := in.Body.item()
	it.ID, it.Version = id, version
	return h.putItem(ctx, it)
}

func (h *Handlers) deleteItem(ctx context.Context, in *catalogueOneIn) (*empty, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Catalogue.DeleteItem(ctx, id)
}
