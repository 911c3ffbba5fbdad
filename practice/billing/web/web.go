// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of billing: what is due, runs, invoices, how a client is billed, taxes and what stands on documents.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/clients"
)

// Handlers serve the pages of billing.
type Handlers struct {
	Billing    *billing.Service
	Agreements *agreements.Service
	Clients    *clients.Service
	// Panels are what other areas show beside a document, such as its payments.
	Panels []Panel
	// Send mails a document to the client; nil = there is no mail.
	Send func(ctx context.Context, id ids.ID) error
}

// Panel is what another area shows beside a document; nil = nothing.
type Panel func(ctx context.Context, d billing.Doc) (templ.Component, error)

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /billing", access.BillingRead, h.due)
	on("GET /billing/due/{agreement}", access.BillingRead, h.dueOne)
	on("GET /billing/due/client/{client}", access.BillingRead, h.dueWork)
	on("POST /billing/due/{agreement}/acknowledge", access.BillingRun, h.acknowledge)
	on("GET /billing/runs", access.BillingRead, h.runs)
	on("POST /billing/runs", access.BillingRun, h.start)
	on("GET /billing/runs/{run}", access.BillingRead, h.run)
	on("GET /billing/runs/{run}/events", access.BillingRead, h.runEvents)
	on("POST /billing/runs/{run}/issue", access.BillingRun, h.issueRun)
	on("GET /billing/invoices", access.BillingRead, h.invoices)
	on("GET /billing/invoices.csv", access.Export, h.exportInvoices)
	on("GET /billing/invoices/new", access.BillingRun, h.newInvoice)
	on("POST /billing/invoices/new", access.BillingRun, h.createInvoice)
	on("GET /billing/invoices/{doc}", access.BillingRead, h.document)
	on("GET /billing/invoices/{doc}/file.pdf", access.BillingRead, h.pdf)
	on("GET /billing/invoices/{doc}/file.xml", access.BillingRead, h.xml)
	on("POST /billing/invoices/{doc}/issue", access.BillingRun, h.issue)
	on("POST /billing/invoices/{doc}/discard", access.BillingRun, h.discard)
	on("POST /billing/invoices/{doc}/lines", access.BillingRun, h.addLine)
	on("POST /billing/invoices/{doc}/remove", access.BillingRun, h.removeLine)
	on("POST /billing/invoices/{doc}/papers", access.BillingRun, h.savePapers)
	on("POST /billing/invoices/{doc}/send", access.BillingRun, h.send)
	on("GET /billing/invoices/{doc}/credit", access.BillingRun, h.credit)
	on("POST /billing/invoices/{doc}/credit", access.BillingRun, h.createCredit)
	on("GET /billing/accounts/{client}", access.BillingRead, h.account)
	on("POST /billing/accounts/{client}", access.BillingRun, h.saveAccount)
	on("GET /billing/journal", access.BillingRead, h.journal)
	on("GET /billing/journal/export", access.Export, h.exportJournal)
	on("GET /billing/settings", access.BillingManage, h.settings)
	on("POST /billing/settings", access.BillingManage, h.saveSettings)
	on("GET /billing/datev", access.BillingManage, h.datev)
	on("POST /billing/datev", access.BillingManage, h.saveDatev)
	on("GET /billing/taxes", access.BillingManage, h.taxes)
	on("POST /billing/taxes", access.BillingManage, h.addTax)
	on("POST /billing/taxes/preset", access.BillingManage, h.presetTaxes)
	on("POST /billing/taxes/{tax}/delete", access.BillingManage, h.removeTax)
	on("GET /billing/series", access.BillingManage, h.series)
	on("POST /billing/series", access.BillingManage, h.saveSeries)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

// idIn returns the id in the address.
func idIn(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no such document.").Because(err)
	}
	return id, nil
}

func idOf(text string) ids.ID {
	id, err := ids.Parse(text)
	if err != nil {
		return 0
	}
	return id
}

// dayOf reads a day that was typed; an empty one is none.
func dayOf(text, field string) (civil.Date, error) {
	if text = strings.TrimSpace(text); text == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(text)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day.", text).On(field).Because(err)
	}
	return d, nil
}

// decimalOf reads a number as it is typed: 1.50 or 1,50.
func decimalOf(text, field string) (money.Decimal, error) {
	text = strings.TrimSpace(text)
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	d, err := money.ParseDecimal(text)
	if err != nil {
		return d, fault.NewInvalid("%q is not a number.", text).On(field).Because(err)
	}
	return d, nil
}

// minorOf reads an amount in minor units.
func minorOf(text, field string, c money.Currency) (int64, error) {
	d, err := decimalOf(text, field)
	if err != nil {
		return 0, err
	}
	if int(d.Scale) > c.Digits() {
		return 0, fault.NewInvalid("%q has more decimals than the currency.", text).On(field)
	}
	return d.Round(c.Digits())
}

func mendable(err error) bool { return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) }

func good(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

// bad goes back to a page and says there what was wrong; faults that nobody can mend become their error page.
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

func docURL(id ids.ID) string     { return "/billing/invoices/" + id.String() }
func runURL(id ids.ID) string     { return "/billing/runs/" + id.String() }
func accountURL(id ids.ID) string { return "/billing/accounts/" + id.String() }
func clientURL(id ids.ID) string  { return "/clients/" + id.String() }

func tabs(ctx context.Context, current string) page.Tabs {
	out := page.Tabs{Label: locale.T(ctx, "Billing")}
	for _, t := range []struct {
		need        access.Permission
		href, label string
	}{
		{access.BillingRead, "/billing", locale.T(ctx, "What is due")},
		{access.BillingRead, "/billing/invoices", locale.T(ctx, "Invoices")},
		{access.BillingRead, "/billing/runs", locale.T(ctx, "Runs")},
		{access.BillingRead, "/billing/journal", locale.T(ctx, "Journal")},
		{access.BillingManage, "/billing/settings", locale.T(ctx, "Billing settings")},
		{access.BillingManage, "/billing/taxes", locale.T(ctx, "Taxes")},
		{access.BillingManage, "/billing/series", locale.T(ctx, "Number series")},
	} {
		if may(ctx, t.need) {
			out.Items = append(out.Items, page.Tab{Label: t.label, Href: t.href, Current: t.href == current})
		}
	}
	return out
}

func crumbs(ctx context.Context) []page.Crumb {
	return []page.Crumb{{Label: locale.T(ctx, "Billing"), Href: "/billing"}}
}

func kindName(ctx context.Context, k invoice.Kind) string {
	switch k {
	case invoice.CreditNote:
		return locale.T(ctx, "Credit note")
	case invoice.Fee:
		return locale.T(ctx, "document::Fee")
	}
	return locale.T(ctx, "Invoice")
}

// title is what a document is called: its number, or what it is a draft of.
func title(ctx context.Context, d billing.Doc) string {
	if d.Number != "" {
		return d.Number
	}
	if d.Kind == invoice.CreditNote {
		return locale.T(ctx, "Draft of a credit note")
	}
	return locale.T(ctx, "Draft of an invoice")
}

// stateBadge says where a document stands on a day.
func stateBadge(ctx context.Context, d billing.Doc, today civil.Date) page.Badge {
	switch {
	case d.State == billing.DraftDoc:
		return page.Badge{Text: locale.T(ctx, "Draft"), Tone: page.Info}
	case d.State == billing.DiscardedDoc:
		return page.Badge{Text: locale.T(ctx, "Thrown away")}
	case d.Kind == invoice.CreditNote && d.Open > 0:
		return page.Badge{Text: locale.T(ctx, "To the client's credit"), Tone: page.Accent}
	case d.Kind == invoice.CreditNote, d.Gross == 0:
		return page.Badge{Text: locale.T(ctx, "Settled"), Tone: page.Good}
	case d.Open == 0:
		return page.Badge{Text: locale.T(ctx, "Paid"), Tone: page.Good}
	case d.Due < today:
		return page.Badge{Text: locale.N(ctx, "%d day overdue|%d days overdue", int64(today-d.Due)), Tone: page.Bad}
	case d.Open < d.Gross:
		return page.Badge{Text: locale.T(ctx, "Paid in part"), Tone: page.Warn}
	}
	return page.Badge{Text: locale.T(ctx, "Open invoice"), Tone: page.Accent}
}

// signed gives a credit note's amount its sign in lists.
func signed(d billing.Doc, minor int64) int64 {
	if d.Kind == invoice.CreditNote {
		return -minor
	}
	return minor
}

func versionOf(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	return n
}
