// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

func partyOf(r *http.Request) invoice.Party {
	v := r.PostFormValue
	return invoice.Party{
		Name: strings.TrimSpace(v("name")), VAT: v("vat"), TaxID: strings.TrimSpace(v("tax-id")), Company: strings.TrimSpace(v("company")), Contact: strings.TrimSpace(v("contact")), Phone: strings.TrimSpace(v("phone")),
		Email: strings.TrimSpace(v("email")), Endpoint: strings.TrimSpace(v("endpoint")), Scheme: strings.TrimSpace(v("scheme")),
		Address: invoice.Address{Street: strings.TrimSpace(v("street")), Extra: strings.TrimSpace(v("extra")), City: strings.TrimSpace(v("city")), Postcode: strings.TrimSpace(v("postcode")), Region: strings.TrimSpace(v("region")), Country: strings.TrimSpace(v("country"))},
	}
}

func (h *Handlers) settings(w http.ResponseWriter, r *http.Request) error {
	f, err := h.Billing.Firm(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, settingsPage(f, nil))
}

func (h *Handlers) saveSettings(w http.ResponseWriter, r *http.Request) error {
	f, err := h.Billing.Firm(r.Context())
	if err != nil {
		return err
	}
	v := r.PostFormValue
	f.Party = partyOf(r)
	f.Party.VAT = strings.ToUpper(strings.ReplaceAll(f.Party.VAT, " ", ""))
	f.Pay.IBAN, f.Pay.BIC, f.Pay.Holder, f.Pay.Account = v("iban"), strings.ToUpper(strings.TrimSpace(v("bic"))), strings.TrimSpace(v("holder")), strings.TrimSpace(v("bank-account"))
	f.Currency, f.Language, f.Note, f.Creditor = money.Currency(strings.ToUpper(strings.TrimSpace(v("currency")))), v("language"), strings.TrimSpace(v("note")), strings.TrimSpace(v("creditor"))
	f.PayDays, f.Hold = whole(v("pay-days")), whole(v("hold"))
	f.Daily, f.Auto = v("daily") == "yes", v("auto") == "yes"
	f.Accounts = billing.Accounts{
		Receivable: v("receivable"), Revenue: v("revenue"), Tax: v("tax-account"), Bank: v("bank"), Credit: v("credit"), WriteOff: v("write-off"), Fees: v("fees"),
	}
	err = h.Billing.SetFirm(r.Context(), f)
	if err == nil {
		return good(w, r, locale.T(r.Context(), "The settings are saved. Documents that were issued stay as they are."), "/billing/settings")
	}
	if !mendable(err) {
		return err
	}
	return page.Render(w, r, page.StatusOf(err), settingsPage(f, err))
}

// whole reads a whole number; what is none is -1, which the service refuses in words.
func whole(text string) int {
	if text = strings.TrimSpace(text); text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

func (h *Handlers) account(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "client")
	if err != nil {
		return err
	}
	a, err := h.Billing.Account(r.Context(), id)
	if err != nil {
		return err
	}
	return h.accountForm(w, r, a, nil)
}

func (h *Handlers) accountForm(w http.ResponseWriter, r *http.Request, a billing.Account, failed error) error {
	c, err := h.Clients.Get(r.Context(), access.From(r.Context()).Scope(), a.Client)
	if err != nil {
		return err
	}
	list, err := h.Billing.SeriesList(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, accountPage(c.Name, a, list, failed))
}

func (h *Handlers) saveAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "client")
	if err != nil {
		return err
	}
	v := r.PostFormValue
	a := billing.Account{
		Client: id, Version: versionOf(r), Party: partyOf(r), BuyerReference: v("buyer-reference"), Order: v("order"), Email: v("email"), Currency: money.Currency(strings.ToUpper(strings.TrimSpace(v("currency")))),
		Language: v("language"), Jurisdiction: strings.ToUpper(v("jurisdiction")), Treatment: billing.Treatment(v("treatment")), Exemption: v("exemption"), PayDays: -1, Series: v("series"), Delivery: v("delivery"),
		Format: v("format"), Work: billing.WorkBilling(whole(v("work"))),
	}
	if text := strings.TrimSpace(v("pay-days")); text != "" {
		a.PayDays = whole(text)
		if a.PayDays == -1 {
			a.PayDays = -2
		}
	}
	err = h.Billing.SetAccount(r.Context(), a)
	if err == nil {
		return good(w, r, locale.T(r.Context(), "Saved. Documents that were issued stay as they are."), clientURL(id))
	}
	if !mendable(err) {
		return err
	}
	return h.accountForm(w, r, a, err)
}

// taxForm is a tax as it was typed.
type taxForm struct{ Code, Jurisdiction, Component, Starts, Category, Percent, Name, Reason string }

func (h *Handlers) taxes(w http.ResponseWriter, r *http.Request) error {
	return h.taxPage(w, r, taxForm{Code: "standard", Category: string(rating.Standard)}, nil)
}

func (h *Handlers) taxPage(w http.ResponseWriter, r *http.Request, f taxForm, failed error) error {
	list, err := h.Billing.Taxes(r.Context())
	if err != nil {
		return err
	}
	firm, err := h.Billing.Firm(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, taxesPage(list, firm.Party.Address.Country, billing.Preset(firm.Party.Address.Country), f, failed))
}

func (h *Handlers) addTax(w http.ResponseWriter, r *http.Request) error {
	v := r.PostFormValue
	f := taxForm{v("code"), v("jurisdiction"), v("component"), v("starts"), v("category"), v("percent"), v("name"), v("reason")}
	t := billing.Tax{Code: f.Code, Jurisdiction: f.Jurisdiction, Component: f.Component, Category: rating.Category(f.Category), Name: f.Name, Reason: f.Reason}
	var err error
	if t.Starts, err = dayOf(f.Starts, "starts"); err == nil && strings.TrimSpace(f.Percent) != "" {
		t.Percent, err = decimalOf(f.Percent, "percent")
	}
	if err == nil {
		err = h.Billing.AddTax(r.Context(), t)
	}
	if err == nil {
		return good(w, r, locale.T(r.Context(), "The tax is set."), "/billing/taxes")
	}
	if !mendable(err) {
		return err
	}
	return h.taxPage(w, r, f, err)
}

// presetTaxes takes over the usual rates of the firm's country.
func (h *Handlers) presetTaxes(w http.ResponseWriter, r *http.Request) error {
	firm, err := h.Billing.Firm(r.Context())
	if err != nil {
		return err
	}
	for _, t := range billing.Preset(firm.Party.Address.Country) {
		if err := h.Billing.AddTax(r.Context(), t); err != nil && !fault.Is(err, fault.Conflict) {
			return bad(w, r, err, "/billing/taxes")
		}
	}
	return good(w, r, locale.T(r.Context(), "The usual rates are set. Please compare them with what your tax adviser says."), "/billing/taxes")
}

func (h *Handlers) removeTax(w http.ResponseWriter, r *http.Request) error {
	id, err := idIn(r, "tax")
	if err != nil {
		return err
	}
	if err := h.Billing.RemoveTax(r.Context(), id); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The tax is removed. Documents that were issued keep it."), "/billing/taxes")
}

func (h *Handlers) series(w http.ResponseWriter, r *http.Request) error {
	return h.seriesPage(w, r, billing.Series{Yearly: true}, nil)
}

func (h *Handlers) seriesPage(w http.ResponseWriter, r *http.Request, x billing.Series, failed error) error {
	list, err := h.Billing.SeriesList(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, seriesPage(list, x, failed))
}

func (h *Handlers) saveSeries(w http.ResponseWriter, r *http.Request) error {
	v := r.PostFormValue
	x := billing.Series{Code: v("code"), Name: v("name"), Pattern: v("pattern"), Yearly: v("yearly") == "yes"}
	err := h.Billing.SetSeries(r.Context(), x)
	if err == nil {
		return good(w, r, locale.T(r.Context(), "The series is saved."), "/billing/series")
	}
	if !mendable(err) {
		return err
	}
	return h.seriesPage(w, r, x, err)
}

func languages(ctx context.Context, empty string) []page.Option {
	out := []page.Option{}
	if empty != "" {
		out = append(out, page.Option{Label: empty})
	}
	for _, c := range locale.Documents() {
		out = append(out, page.Option{Value: string(c.Tag), Label: c.Name, Data: true})
	}
	return out
}

func treatments(ctx context.Context) []page.Option {
	var out []page.Option
	for _, t := range billing.Treatments() {
		out = append(out, page.Option{Value: string(t), Label: treatmentName(ctx, t)})
	}
	return out
}

func treatmentName(ctx context.Context, t billing.Treatment) string {
	switch t {
	case billing.ReverseTax:
		return locale.T(ctx, "Reverse charge: the client owes the tax")
	case billing.ExemptTax:
		return locale.T(ctx, "Exempt")
	case billing.ExportTax:
		return locale.T(ctx, "tax::Export")
	case billing.IntraTax:
		return locale.T(ctx, "Goods within the EU")
	case billing.OutsideTax:
		return locale.T(ctx, "Not subject to tax")
	}
	return locale.T(ctx, "By the tax table")
}

func categories(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: string(rating.Standard), Label: locale.T(ctx, "Taxed")},
		{Value: string(rating.Zero), Label: locale.T(ctx, "Zero rate")},
		{Value: string(rating.Exempt), Label: locale.T(ctx, "Exempt")},
		{Value: string(rating.Reverse), Label: locale.T(ctx, "Reverse charge")},
		{Value: string(rating.Outside), Label: locale.T(ctx, "Not subject to tax")},
	}
}

func categoryName(ctx context.Context, c rating.Category) string {
	for _, o := range categories(ctx) {
		if o.Value == string(c) {
			return o.Label
		}
	}
	return string(c)
}

func seriesOptions(ctx context.Context, list []billing.Series) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "The usual one")}}
	for _, x := range list {
		out = append(out, page.Option{Value: x.Code, Label: x.Code, Data: true})
	}
	return out
}

func taxURL(id ids.ID) string { return "/billing/taxes/" + id.String() }
