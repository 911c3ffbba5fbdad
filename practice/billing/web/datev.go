// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/billing"
)

// datevView is what is set for DATEV, with the accounts and taxes that want a number.
type datevView struct {
	set      billing.Datev
	accounts []string
	taxes    []string // codes of the tax table
	err      error
}

func (h *Handlers) datev(w http.ResponseWriter, r *http.Request) error {
	set, err := h.Billing.Datev(r.Context())
	if err != nil {
		return err
	}
	return h.datevForm(w, r, set, nil)
}

func (h *Handlers) datevForm(w http.ResponseWriter, r *http.Request, set billing.Datev, failed error) error {
	ctx := r.Context()
	v := datevView{set: set, err: failed}
	var err error
	if v.accounts, err = h.Billing.RevenueAccounts(ctx); err != nil {
		return err
	}
	if v.taxes, err = h.rateCodes(ctx); err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, datevPage(&v))
}

// rateCodes are the codes that rates of the tax table have on documents, each once.
func (h *Handlers) rateCodes(ctx context.Context) ([]string, error) {
	list, err := h.Billing.Taxes(ctx)
	var out []string
	seen := map[string]bool{}
	for _, t := range list {
		if code := t.RateCode(); !seen[code] {
			seen[code] = true
			out = append(out, code)
		}
	}
	return out, err
}

func (h *Handlers) saveDatev(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	accounts, err := h.Billing.RevenueAccounts(ctx)
	if err != nil {
		return err
	}
	codes, err := h.rateCodes(ctx)
	if err != nil {
		return err
	}
	v := r.PostFormValue
	set := billing.Datev{
		Adviser: whole(v("adviser")), Client: whole(v("client")), Month: whole(v("month")), Digits: whole(v("digits")), Revenue: v("revenue"), Debtor: v("debtor"), Accounts: map[string]string{}, Taxes: map[string]string{},
	}
	for _, name := range accounts {
		set.Accounts[name] = v("account-" + name)
	}
	for _, code := range codes {
		set.Taxes[code] = v("tax-" + code)
	}
	if err := h.Billing.SetDatev(ctx, set); err != nil {
		if !mendable(err) {
			return err
		}
		return h.datevForm(w, r, set, err)
	}
	return good(w, r, locale.T(ctx, "The settings for DATEV are saved."), "/billing/datev")
}

// numberText is "" for what was never set.
func numberText(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func months(ctx context.Context) []page.Option {
	var out []page.Option
	for m := time.January; m <= time.December; m++ {
		out = append(out, page.Option{Value: strconv.Itoa(int(m)), Label: locale.From(ctx).MonthName(civil.MustDate(2001, int(m), 1).Month())})
	}
	return out
}
