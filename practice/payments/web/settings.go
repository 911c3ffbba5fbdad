// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/payments"
	"mainstay/practice/payments/sepa"
)

type levelForm struct{ days, fee string }

type settingsView struct {
	set      payments.Settings
	levels   []levelForm
	least    string
	interest string
	lead     string
	currency money.Currency
	language string
	texts    []payments.ReminderText // of the language
	house    []payments.ReminderText
	url      string
	err      error
}

func (h *Handlers) settings(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	set, err := h.Payments.Settings(ctx)
	if err != nil {
		return err
	}
	firm, err := h.Billing.Firm(ctx)
	if err != nil {
		return err
	}
	v := settingsView{set: set, currency: firm.Currency, least: typed(ctx, set.Least, firm.Currency), lead: strconv.Itoa(set.Lead), language: r.URL.Query().Get("language")}
	if set.Interest.Coef != 0 {
		v.interest = locale.From(ctx).Decimal(set.Interest)
	}
	for _, l := range set.Levels {
		x := levelForm{days: strconv.Itoa(l.Days)}
		if l.Fee > 0 {
			x.fee = typed(ctx, l.Fee, firm.Currency)
		}
		v.levels = append(v.levels, x)
	}
	v.language = string(locale.Document(v.language, locale.Document(firm.Language, locale.EnUS)))
	v.texts = set.Texts[v.language]
	return h.settingsPage(w, r, v)
}

func (h *Handlers) settingsPage(w http.ResponseWriter, r *http.Request, v settingsView) error {
	for len(v.levels) < 5 {
		v.levels = append(v.levels, levelForm{})
	}
	n := len(v.set.Levels)
	p := locale.New(locale.Document(v.language, locale.EnUS), h.Payments.Zone())
	for i := range max(n, 1) {
		v.house = append(v.house, payments.HouseText(p, i+1, n))
	}
	for len(v.texts) < len(v.house) {
		v.texts = append(v.texts, payments.ReminderText{})
	}
	v.url = h.URL + "/payments/stripe"
	status := http.StatusOK
	if v.err != nil {
		status = page.StatusOf(v.err)
	}
	return page.Render(w, r, status, settingsTempl(v))
}

func (h *Handlers) saveSettings(w http.ResponseWriter, r *http.Request) error {
	ctx, f := r.Context(), r.PostFormValue
	set, err := h.Payments.Settings(ctx)
	if err != nil {
		return err
	}
	firm, err := h.Billing.Firm(ctx)
	if err != nil {
		return err
	}
	v := settingsView{currency: firm.Currency, least: f("least"), interest: f("interest"), lead: f("lead"), language: f("language")}
	for i := range 5 {
		v.levels = append(v.levels, levelForm{f("days-" + number(i)), f("fee-" + number(i))})
	}
	set.Auto, set.Version = f("auto") != "", sepa.Version(f("version"))
	err = h.typedSettings(ctx, &set, v)
	texts := make([]payments.ReminderText, 0, 5)
	for i := range 5 {
		t := payments.ReminderText{Subject: strings.TrimSpace(f("subject-" + number(i))), Body: strings.TrimSpace(strings.ReplaceAll(f("body-"+number(i)), "\r\n", "\n"))}
		texts = append(texts, t)
	}
	for len(texts) > 0 && texts[len(texts)-1] == (payments.ReminderText{}) {
		texts = texts[:len(texts)-1]
	}
	if set.Texts == nil {
		set.Texts = map[string][]payments.ReminderText{}
	}
	if set.Texts[v.language] = texts; len(texts) == 0 {
		delete(set.Texts, v.language)
	}
	v.set, v.texts = set, texts
	if err == nil {
		err = h.Payments.SetSettings(ctx, set, secretOf(r, "key"), secretOf(r, "secret"))
	}
	if mendable(err) {
		v.err = err
		return h.settingsPage(w, r, v)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(ctx, "Saved."), address("/payments/settings", "language", v.language))
}

// secretOf reads a secret: nothing typed leaves it as it is, and a tick takes it away.
func secretOf(r *http.Request, name string) *string {
	s := strings.TrimSpace(r.PostFormValue(name))
	if s == "" && r.PostFormValue(name+"-away") == "" {
		return nil
	}
	return &s
}

func (h *Handlers) typedSettings(ctx context.Context, set *payments.Settings, v settingsView) (err error) {
	set.Levels = nil
	for _, l := range v.levels {
		if strings.TrimSpace(l.days) == "" {
			continue
		}
		x := payments.Level{}
		if x.Days, err = strconv.Atoi(strings.TrimSpace(l.days)); err != nil {
			return fault.NewInvalid("%q is not a whole number.", l.days).On("levels")
		}
		if x.Fee, err = minorOf(ctx, l.fee, "levels", v.currency); err != nil {
			return err
		}
		set.Levels = append(set.Levels, x)
	}
	if set.Least, err = minorOf(ctx, v.least, "least", v.currency); err != nil {
		return err
	}
	set.Interest = money.Decimal{}
	if s := strings.TrimSpace(v.interest); s != "" {
		if set.Interest, err = money.ParseDecimal(strings.Replace(s, ",", ".", 1)); err != nil {
			return fault.NewInvalid("Enter a percentage between 0 and %d.", 100).On("interest")
		}
	}
	if set.Lead, err = strconv.Atoi(strings.TrimSpace(v.lead)); err != nil {
		return fault.NewInvalid("%q is not a whole number.", v.lead).On("lead")
	}
	return nil
}

func languageOptions() []page.Option {
	var out []page.Option
	for _, c := range locale.Documents() {
		out = append(out, page.Option{Value: string(c.Tag), Label: c.Name, Data: true})
	}
	return out
}
