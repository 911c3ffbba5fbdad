// SPDX-License-Identifier: Apache-2.0

package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/journey/pricing"
)

// portfolioView is the firm's prices: its own figures, and the tiers a client can subscribe to.
type portfolioView struct {
	*thresholdsView
	currency money.Currency
	part     string // the form that was sent: figures or tiers
}

func (h *Handlers) portfolioView(r *http.Request) (*portfolioView, error) {
	all, err := h.settingsView(r)
	if err != nil {
		return nil, err
	}
	return &portfolioView{thresholdsView: all, currency: all.a.Currency}, nil
}

func (h *Handlers) portfolio(w http.ResponseWriter, r *http.Request) error {
	v, err := h.portfolioView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, portfolioPage(v))
}

// amount writes minor units for a field.
func (v *portfolioView) amount(minor int64) string {
	s := money.FormatMinor(minor, v.digits())
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimSuffix(s, "0"), "0")
		s = strings.TrimSuffix(s, ".")
	}
	if v.p.Tag().Language() == "de" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

func (v *portfolioView) digits() int {
	if v.currency == "" {
		return 2
	}
	return v.currency.Digits()
}

// minor reads an amount that a person typed.
func (v *portfolioView) minor(text string) (int64, *fault.Error) {
	n, err := number(text)
	if err != nil {
		return 0, err
	}
	return int64(math.Round(n * math.Pow10(v.digits()))), nil
}

// figure is one number among the firm's own.
type figure struct {
	name, label, hint string
	suffix            string
	money             bool
	get               func(v *portfolioView) string
	set               func(v *portfolioView, minor int64, n float64)
}

func (v *portfolioView) figures() []figure {
	t := v.p.T
	given := func(on bool, s string) string {
		if !on {
			return ""
		}
		return s
	}
	pct := func(x float64) string { return v.plain(round2(100 * x)) }
	return []figure{
		{
			"rate", t("Your hourly rate"), t("Charged for an hour by time and materials. Empty: what your time entries earned, else %s.", v.amount(pricing.Defaults().Rate)), "", true,
			func(v *portfolioView) string { return given(v.set.RateSet, v.amount(v.set.Pricing.Rate)) },
			func(v *portfolioView, m int64, _ float64) { v.set.Pricing.Rate, v.set.RateSet = m, true },
		},
		{
			"wage", t("Cost of an hour"), t("Wage with everything on top, per hour that is worked. Empty: %s.", v.amount(pricing.Defaults().Wage)), "", true,
			func(v *portfolioView) string { return given(v.set.WageSet, v.amount(v.set.Pricing.Wage)) },
			func(v *portfolioView, m int64, _ float64) { v.set.Pricing.Wage, v.set.WageSet = m, true },
		},
		{
			"tools", t("Tools per device and month"), t("Monitoring, antivirus, backup, documentation."), "", true,
			func(v *portfolioView) string { return v.amount(v.set.Pricing.Tools) }, func(v *portfolioView, m int64, _ float64) { v.set.Pricing.Tools = m },
		},
		{
			"targetMargin", t("Target margin of an agreement"), t("Gross: usual is %s, a good target %s.", v.percent(.5), v.percent(.65)), "%", false,
			func(v *portfolioView) string { return pct(v.set.Pricing.TargetMargin) }, func(v *portfolioView, _ int64, n float64) { v.set.Pricing.TargetMargin = n / 100 },
		},
		{
			"minimumFee", t("Smallest monthly fee"), t("Below it an agreement is not worth its paperwork."), "", true,
			func(v *portfolioView) string { return v.amount(v.set.Pricing.MinimumFee) }, func(v *portfolioView, m int64, _ float64) { v.set.Pricing.MinimumFee = m },
		},
		{
			"hoursWorkstation", t("Maintenance hours per workstation and month"), t("Until your own data exist; %s by Palachuk.", v.p.Float(.25, 2)), "", false,
			func(v *portfolioView) string { return v.plain(v.set.Pricing.HoursWorkstation) }, func(v *portfolioView, _ int64, n float64) { v.set.Pricing.HoursWorkstation = n },
		},
		{
			"hoursServer", t("Maintenance hours per server and month"), t("Until your own data exist; %s by Palachuk.", v.p.Float(1.5, 1)), "", false,
			func(v *portfolioView) string { return v.plain(v.set.Pricing.HoursServer) }, func(v *portfolioView, _ int64, n float64) { v.set.Pricing.HoursServer = n },
		},
		{
			"escalator", t("Yearly rise"), t("Written into the agreement."), "%", false,
			func(v *portfolioView) string { return pct(v.set.Pricing.Escalator) }, func(v *portfolioView, _ int64, n float64) { v.set.Pricing.Escalator = n / 100 },
		},
		{
			"onboarding", t("Onboarding fee"), t("In monthly fees, once at the start."), "×", false,
			func(v *portfolioView) string { return v.plain(v.set.Pricing.Onboarding) }, func(v *portfolioView, _ int64, n float64) { v.set.Pricing.Onboarding = n },
		},
		{
			"wagesYear", t("Technicians' wages a year"), t("Taxable, all technicians together: for revenue ÷ wages. Empty: not measured."), "", true,
			func(v *portfolioView) string { return given(v.set.WagesYear > 0, v.amount(v.set.WagesYear)) },
			func(v *portfolioView, m int64, _ float64) { v.set.WagesYear = m },
		},
	}
}

// plain writes a number for a field with the reader's decimal mark.
func (v *portfolioView) plain(x float64) string {
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if v.p.Tag().Language() == "de" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

func (v *portfolioView) fieldValue(f figure) string {
	if t, ok := v.typed[f.name]; ok {
		return t
	}
	return f.get(v)
}

func figureNames(v *portfolioView) []string {
	var out []string
	for _, f := range v.figures() {
		out = append(out, f.name)
	}
	return out
}

func (h *Handlers) savePortfolio(w http.ResponseWriter, r *http.Request) error {
	v, err := h.portfolioView(r)
	if err != nil {
		return err
	}
	v.typed = map[string]string{}
	again := func() error { return page.Render(w, r, page.StatusOf(v.err), portfolioPage(v)) }
	v.part = r.PostFormValue("part")
	if v.part == "tiers" {
		v.readTiers(r)
	} else {
		v.readFigures(r)
	}
	if v.err != nil {
		return again()
	}
	return h.save(w, r, v.thresholdsView, v.set, "/transition/portfolio", again)
}

func (v *portfolioView) readFigures(r *http.Request) {
	defaults := pricing.Defaults()
	for _, f := range v.figures() {
		text := strings.TrimSpace(r.PostFormValue(f.name))
		v.typed[f.name] = text
		if text == "" {
			switch f.name {
			case "rate":
				v.set.Pricing.Rate, v.set.RateSet = defaults.Rate, false
			case "wage":
				v.set.Pricing.Wage, v.set.WageSet = defaults.Wage, false
			case "wagesYear":
				v.set.WagesYear = 0
			default:
				v.err = fault.NewInvalid("Enter a number.").On(f.name)
			}
			continue
		}
		n, err := number(text)
		if err != nil {
			v.err = err.On(f.name)
			continue
		}
		m := int64(0)
		if f.money {
			m, _ = v.minor(text)
		}
		f.set(v, m, n)
	}
}

// tierField is a number of a tier.
type tierField struct {
	name, label string
	get         func(*pricing.Tier) *int64
}

func (v *portfolioView) tierFields() []tierField {
	t := v.p.T
	return []tierField{
		{"perUser", t("Per person"), func(x *pricing.Tier) *int64 { return &x.PerUser }},
		{"perDevice", t("Per workstation"), func(x *pricing.Tier) *int64 { return &x.PerDevice }},
		{"perServer", t("Per server"), func(x *pricing.Tier) *int64 { return &x.PerServer }},
		{"perSite", t("Per client"), func(x *pricing.Tier) *int64 { return &x.PerSite }},
		{"cost", t("Our tool cost per device"), func(x *pricing.Tier) *int64 { return &x.Cost }},
	}
}

// shown are the tiers of the form: those that are kept, and room for one more.
func (v *portfolioView) shown() []pricing.Tier {
	out := slices.Clone(v.set.Pricing.Tiers)
	if len(out) < 3 || v.part == "tiers" && len(out) < 8 {
		out = append(out, pricing.Tier{})
	}
	return out
}

func (v *portfolioView) readTiers(r *http.Request) {
	var tiers []pricing.Tier
	for i := range 8 {
		n := strconv.Itoa(i)
		name := strings.TrimSpace(r.PostFormValue("name" + n))
		if name == "" || len(name) > 60 {
			continue
		}
		t := pricing.Tier{Code: r.PostFormValue("code" + n), Name: name}
		if t.Code == "" || len(t.Code) > 40 {
			t.Code = "tier-" + strconv.Itoa(i+1)
		}
		for _, f := range v.tierFields() {
			text := strings.TrimSpace(r.PostFormValue(f.name + n))
			if text == "" {
				continue
			}
			m, err := v.minor(text)
			if err != nil {
				v.err = err.On(f.name + n)
				v.typed[f.name+n] = text
				continue
			}
			*f.get(&t) = m
		}
		if text := strings.TrimSpace(r.PostFormValue("reactive" + n)); text != "" {
			x, err := number(text)
			if err != nil {
				v.err = err.On("reactive" + n)
				v.typed["reactive"+n] = text
			}
			t.Reactive = x / 100
		}
		for _, f := range r.PostForm["families"+n] {
			if slices.Contains(families[:], f) {
				t.Families = append(t.Families, f)
			}
		}
		tiers = append(tiers, t)
	}
	v.set.Pricing.Tiers, v.set.TiersSet = tiers, true
	if len(tiers) == 0 && v.err == nil {
		v.err = fault.NewInvalid("Name at least one tier.").On("tiers")
	}
}

func (v *portfolioView) tierValue(name string, i int, minor int64) string {
	if t, ok := v.typed[name+strconv.Itoa(i)]; ok {
		return t
	}
	if minor == 0 {
		return ""
	}
	return v.amount(minor)
}

func (v *portfolioView) reactive(i int, t pricing.Tier) string {
	if x, ok := v.typed["reactive"+strconv.Itoa(i)]; ok {
		return x
	}
	return v.plain(round2(100 * t.Reactive))
}

func tierTitle(p locale.Printer, t pricing.Tier) string {
	if t.Name == "" {
		return p.T("New tier")
	}
	return t.Name
}
