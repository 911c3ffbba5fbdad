// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/payments"
)

// usable reports whether the reader can use what is left of a credit note.
func (v panelView) usable(ctx context.Context) bool {
	return v.d.Kind == invoice.CreditNote && v.d.Open > 0 && may(ctx, access.PaymentsWrite)
}

// choices are the invoices that a credit note can be set off against, the oldest first.
func (v panelView) choices(ctx context.Context) []page.Option {
	p := locale.From(ctx)
	out := make([]page.Option, len(v.against))
	for i, d := range v.against {
		out[i] = page.Option{Value: d.ID.String(), Label: d.Number + " · " + p.Date(d.Due) + " · " + p.Money(d.Open, d.Currency), Data: true}
	}
	return out
}

// offset sets what is left of a credit note off against an invoice.
func (h *Handlers) offset(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "doc")
	if err != nil {
		return err
	}
	back := invoiceURL(id) + "#payments"
	to := idOf(r.PostFormValue("invoice"))
	if to == 0 {
		return bad(w, r, fault.NewInvalid("Choose the invoice."), back)
	}
	moved, err := h.Payments.Offset(ctx, id, to)
	if err != nil {
		return bad(w, r, err, back)
	}
	d, err := h.Billing.Doc(ctx, to)
	if err != nil {
		return err
	}
	return good(w, r, locale.T(ctx, "%[1]s is set off against %[2]s.", locale.From(ctx).Money(moved, d.Currency), d.Number), back)
}

// payOut notes that what is left of a credit note was paid to the client.
func (h *Handlers) payOut(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "doc")
	if err != nil {
		return err
	}
	back := invoiceURL(id) + "#payments"
	if _, err := h.Payments.PayOut(ctx, id, payments.Method(r.PostFormValue("method")), r.PostFormValue("note")); err != nil {
		return bad(w, r, err, back)
	}
	return good(w, r, locale.T(ctx, "The credit is noted as paid out."), back)
}

// payMethods are the ways in which a person pays out.
func payMethods(ctx context.Context) []page.Option {
	var out []page.Option
	for _, m := range payments.Methods() {
		if m != payments.ByDebit {
			out = append(out, page.Option{Value: string(m), Label: methodName(ctx, m)})
		}
	}
	return out
}
