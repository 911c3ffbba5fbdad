// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of payments: what came in, bank files, what is overdue, statements, reminders, direct debits and
// settings; where a client pays; and the address that Stripe's events come to.
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
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/paper"
	"mainstay/kit/tabular"
	"mainstay/practice/billing"
	"mainstay/practice/clients"
	"mainstay/practice/payments"
	"mainstay/practice/payments/bank"
)

// Handlers serve the pages of payments.
type Handlers struct {
	Payments *payments.Service
	Billing  *billing.Service
	Clients  *clients.Service
	URL      string // of the server, without a slash at the end
	// Look is how the firm's papers look; nil = as the house has it.
	Look func(ctx context.Context) (paper.Look, error)
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	read, write, manage := access.BillingRead, access.PaymentsWrite, access.BillingManage
	on("GET /payments", read, h.list)
	on("GET /payments/new", write, h.newPayment)
	on("POST /payments/new", write, h.createPayment)
	on("GET /payments/entries/{payment}", read, h.payment)
	on("POST /payments/entries/{payment}/allocate", write, h.allocate)
	on("POST /payments/entries/{payment}/release", write, h.release)
	on("POST /payments/entries/{payment}/undo", write, h.undo)
	on("POST /payments/entries/{payment}/refund", write, h.refund)
	on("GET /payments/bank", read, h.bank)
	on("POST /payments/bank", write, h.upload)
	on("POST /payments/bank/accept", write, h.acceptCertain)
	on("GET /payments/bank/done", read, h.decided)
	on("GET /payments/bank/lines/{line}", read, h.booking)
	on("POST /payments/bank/lines/{line}", write, h.accept)
	on("POST /payments/bank/lines/{line}/ignore", write, h.ignore)
	on("POST /payments/bank/lines/{line}/reopen", write, h.reopen)
	on("POST /payments/bank/accounts", write, h.saveAccount)
	on("GET /payments/ageing", read, h.ageing)
	on("GET /payments/ageing.csv", access.Export, h.exportAgeing)
	on("GET /payments/statements/{client}", read, h.statement)
	on("GET /payments/statements/{client}/file.pdf", read, h.statementPDF)
	on("POST /payments/statements/{client}/send", write, h.mailStatement)
	on("POST /payments/statements", write, h.mailStatements)
	on("GET /payments/sent-statements/{statement}/file.pdf", read, h.sentStatement)
	on("GET /payments/reminders", read, h.reminders)
	on("POST /payments/reminders", write, h.sendReminders)
	on("POST /payments/reminders/interest", write, h.interest)
	on("POST /payments/holds", write, h.setHold)
	on("POST /payments/holds/{hold}/delete", write, h.endHold)
	on("GET /payments/debits", read, h.debits)
	on("POST /payments/debits", write, h.makeRun)
	on("GET /payments/debits/{run}", read, h.run)
	on("GET /payments/debits/{run}/file.xml", write, h.runFile)
	on("POST /payments/debits/{run}/collect", write, h.collectRun)
	on("POST /payments/debits/{run}/drop", write, h.dropRun)
	on("GET /payments/mandates/new", write, h.newMandate)
	on("POST /payments/mandates/new", write, h.saveMandate)
	on("GET /payments/mandates/{mandate}", write, h.mandate)
	on("POST /payments/mandates/{mandate}", write, h.saveMandate)
	on("POST /payments/mandates/{mandate}/end", write, h.endMandate)
	on("POST /payments/charge/{invoice}", write, h.charge)
	on("POST /payments/credits/{doc}/offset", write, h.offset)
	on("POST /payments/credits/{doc}/payout", write, h.payOut)
	on("GET /payments/settings", manage, h.settings)
	on("POST /payments/settings", manage, h.saveSettings)
	r.Handle("POST /payments/stripe", access.Public, http.HandlerFunc(h.event))

	on("GET /portal/invoices", access.PortalBilling, h.portalInvoices)
	on("GET /portal/invoices/{doc}", access.PortalBilling, h.portalInvoice)
	on("GET /portal/invoices/{doc}/file.pdf", access.PortalBilling, h.portalPDF)
	on("GET /portal/invoices/{doc}/file.xml", access.PortalBilling, h.portalXML)
	on("GET /portal/payments", access.PortalBilling, h.portalPayments)
	on("GET /portal/pay", access.PortalBilling, h.portal)
	on("POST /portal/pay/methods", access.PortalBilling, h.portalSave)
	on("POST /portal/pay/methods/{method}/delete", access.PortalBilling, h.portalForget)
	on("POST /portal/pay/{invoice}", access.PortalBilling, h.portalPay)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func pathID(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

// idOf reads an id of a form or an address; none or a damaged one is 0.
func idOf(s string) ids.ID {
	id, _ := ids.Parse(s)
	return id
}

// dayOf reads a day; an empty text is NoDate.
func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day.", s).On(field)
	}
	return d, nil
}

// comma says whether the reader writes decimals with a comma.
func comma(ctx context.Context) bool {
	return strings.Contains(locale.From(ctx).Decimal(money.Decimal{Coef: 15, Scale: 1}), ",")
}

// minorOf reads an amount in the reader's way of writing; an empty text is 0.
func minorOf(ctx context.Context, s, field string, c money.Currency) (int64, error) {
	if strings.TrimSpace(s) == "" {
		return 0, nil
	}
	n, ok := bank.ParseAmount(s, comma(ctx), c.Digits())
	if !ok {
		return 0, fault.NewInvalid("%[1]q is no amount in %[2]s.", s, string(c)).On(field)
	}
	return n, nil
}

// typed is an amount as the reader would type it.
func typed(ctx context.Context, minor int64, c money.Currency) string {
	s := money.FormatMinor(minor, c.Digits())
	if comma(ctx) {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

func mendable(err error) bool { return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) }

func good(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

// bad goes back to a page with what is wrong above it.
func bad(w http.ResponseWriter, r *http.Request, err error, to string) error {
	if !mendable(err) && !fault.Is(err, fault.Busy) {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: page.ErrorOn(r.Context(), err, "")})
	if text := page.ErrorOn(r.Context(), err, fieldOf(err)); text != "" {
		page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: text})
	}
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

// choices are all clients as options, the first saying what none means.
func (h *Handlers) choices(ctx context.Context, first string) ([]page.Option, error) {
	out := []page.Option{{Label: first}}
	for q := (clients.Query{Limit: 1000}); ; {
		list, err := h.Clients.List(ctx, access.From(ctx).Scope(), q)
		if err != nil {
			return nil, err
		}
		for _, c := range list.Rows {
			out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
		}
		if q.After = list.Next; q.After == "" {
			return out, nil
		}
	}
}

func (h *Handlers) names(ctx context.Context, list ...ids.ID) (map[ids.ID]string, error) {
	return h.Clients.Names(ctx, access.From(ctx).Scope(), list...)
}

// csv begins a file for download.
func csv(w http.ResponseWriter, name string) *tabular.CSV {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return tabular.NewCSV(w)
}
