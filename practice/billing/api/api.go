// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of billing: what is due, runs, documents with the reason of each line, credit notes, what
// is left of allowances, and what other accounting programs take.
package api

import (
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
)

// Handlers serve the operations.
type Handlers struct{ Billing *billing.Service }

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	read, run := access.BillingRead, access.BillingRun
	api.Register(a, "GET", "/billing/due", read, "list-due", "Say what a run would bill, without writing anything", h.due)
	api.Register(a, "POST", "/billing/due/{agreement}/acknowledge", run, "acknowledge-due", "Accept the amount for which a run holds an agreement back", h.acknowledge)
	api.Register(a, "GET", "/billing/runs", read, "list-billing-runs", "List the latest runs", h.runs)
	api.Register(a, "POST", "/billing/runs", run, "start-billing-run", "Bill what is due: a job writes the documents", h.start)
	api.Register(a, "GET", "/billing/runs/{id}", read, "get-billing-run", "Get a run with what it left out and why", h.run)
	api.Register(a, "POST", "/billing/runs/{id}/continue", run, "continue-billing-run", "Do what is left of a run now; nothing is billed twice", h.resume)
	api.Register(a, "POST", "/billing/runs/{id}/issue", run, "issue-billing-run", "Issue some or all drafts of a run", h.issueRun)
	api.Register(a, "GET", "/billing/invoices", read, "list-invoices", "List invoices, credit notes and fees, newest first", h.list)
	api.Register(a, "GET", "/billing/invoices/{id}", read, "get-invoice", "Get a document with its lines and the reasons for each", h.get)
	api.Register(a, "GET", "/billing/invoices/{id}/file.pdf", read, "get-invoice-pdf", "Get a document as PDF", h.pdf)
	api.Register(a, "GET", "/billing/invoices/{id}/file.xml", read, "get-invoice-xml", "Get an issued document as an electronic invoice (UBL 2.1)", h.xml)
	api.Register(a, "POST", "/billing/invoices/{id}/issue", run, "issue-invoice", "Issue a draft: it gets its number and is final", h.issue)
	api.Register(a, "POST", "/billing/invoices/{id}/credit", run, "credit-invoice", "Write the draft of a credit note for an issued invoice", h.credit)
	api.Register(a, "GET", "/billing/allowances", read, "list-allowances", "Say what is left of a client's allowances", h.allowances)
	api.Register(a, "GET", "/billing/export", access.Export, "export-billing", "Get the journal or the documents of some days for another program", h.export)
}

type nothing struct{}

// BillingKeyed is part of a request that makes something.
type BillingKeyed struct {
	Key string `header:"Idempotency-Key" maxLength:"100" doc:"Any text of yours: the same key again makes nothing more and gives the same answer, for 90 days"`
}

func idOf(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not one of the choices.", s).On(field).Because(err)
	}
	return id, nil
}

// known is the id in an address.
func known(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is no such document.").Because(err)
	}
	return id, nil
}

// dayOf reads a day; an empty text is none.
func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day.", s).On(field).Because(err)
	}
	return d, nil
}

// dayText is "" for none.
func dayText(d civil.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func minorOf(s, field string, c money.Currency) (int64, error) {
	d, err := money.ParseDecimal(strings.TrimSpace(s))
	if err != nil || int(d.Scale) > c.Digits() {
		return 0, fault.NewInvalid("%[1]q is no amount in %[2]s.", s, string(c)).On(field)
	}
	return d.Round(c.Digits())
}

func minorText(n int64, c money.Currency) string { return money.FormatMinor(n, c.Digits()) }

// decimalText writes an exact amount with at most six places.
func decimalText(x money.Exact) string {
	n, err := x.Round(6)
	if err != nil {
		return x.String()
	}
	d := money.Decimal{Coef: n, Scale: 6}
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return d.String()
}
