// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/payments"
)

type panelView struct {
	d        billing.Doc
	parts    []payments.Part
	attempts []payments.Attempt
	methods  []payments.SavedMethod
	against  []billing.Doc // of a credit note: what it can be set off against
}

// Panel shows beside a document what was paid of it and how more can come. Nil for a draft.
func (h *Handlers) Panel(ctx context.Context, d billing.Doc) (templ.Component, error) {
	if d.State != billing.IssuedDoc || !may(ctx, access.BillingRead) {
		return nil, nil
	}
	v := panelView{d: d}
	var err error
	if v.parts, err = h.Payments.PaidOf(ctx, d.ID); err != nil {
		return nil, err
	}
	if d.Open > 0 && d.Kind != invoice.CreditNote {
		if v.attempts, err = h.Payments.Attempts(ctx, d.ID); err != nil {
			return nil, err
		}
		if v.methods, err = h.Payments.SavedMethods(ctx, d.Client); err != nil {
			return nil, err
		}
	}
	if v.usable(ctx) {
		open, err := h.Payments.OpenOf(ctx, d.Client)
		if err != nil {
			return nil, err
		}
		for _, x := range open {
			if x.Currency == d.Currency {
				v.against = append(v.against, x)
			}
		}
	}
	return docPanel(v), nil
}

// trouble is what the latest attempt says, where it did not come through.
func (v panelView) trouble() string {
	if len(v.attempts) == 0 {
		return ""
	}
	return v.attempts[0].Why
}

func newURL(inv ids.ID) string { return "/payments/new?invoice=" + inv.String() }
