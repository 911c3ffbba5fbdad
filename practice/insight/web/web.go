// SPDX-License-Identifier: Apache-2.0

// Package web has the page of what recurs and what is left.
package web

import (
	"context"
	"net/http"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/kit/tabular"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/insight"
)

// months is how many months the page looks back.
const months = 12

// Handlers serve the page.
type Handlers struct {
	Insight    *insight.Service
	Billing    *billing.Service
	Clients    *clients.Service
	Agreements *agreements.Service
	Catalogue  *catalogue.Service
	Currency   func(context.Context) money.Currency
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	r.Handle("GET /insight", access.BillingRead, page.Handler(h.show))
	r.Handle("GET /insight/clients.csv", access.Export, page.Handler(h.export))
	r.Handle("GET /insight/margins", access.BillingRead, page.Handler(h.margins))
	r.Handle("GET /insight/margins.csv", access.Export, page.Handler(h.exportMargins))
	r.Handle("GET /insight/agreements/{agreement}", access.BillingRead, page.Handler(h.agreement))
	r.Handle("GET /insight/liability.csv", access.Export, page.Handler(h.exportLiability))
	r.Handle("POST /insight/hour-cost", access.BillingManage, page.Handler(h.setCost))
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

// view is everything on the page.
type view struct {
	month     civil.Month
	today     civil.Date
	recurring []insight.Recurring
	deferred  map[money.Currency]int64
	profits   []insight.Profit
	names     map[ids.ID]string
	costs     []insight.HourCost
	owed      []insight.Owed
	currency  money.Currency
	form      costForm
	failed    error
}

type costForm struct{ From, Cost string }

// monthOf is the month asked for, else the last one that is over: of the present one much is not billed yet.
func monthOf(r *http.Request, today civil.Date) civil.Month {
	if d, err := civil.Parse(r.URL.Query().Get("month") + "-01"); err == nil && d <= today {
		return d.Month()
	}
	return today.Month() - 1
}

func (h *Handlers) view(r *http.Request) (*view, error) {
	ctx := r.Context()
	v := &view{today: h.Insight.Today(), currency: h.Currency(ctx)}
	v.month = monthOf(r, v.today)
	v.form.From = v.today.Month().First().String()
	var err error
	if v.recurring, err = h.Insight.Recurring(ctx, months, v.month); err != nil {
		return nil, err
	}
	if v.deferred, err = h.Billing.Deferred(ctx, min(v.month.Last(), v.today)); err != nil {
		return nil, err
	}
	if v.profits, err = h.Insight.Profits(ctx, v.month); err != nil {
		return nil, err
	}
	if v.costs, err = h.Insight.HourCosts(ctx); err != nil {
		return nil, err
	}
	if v.owed, err = h.Insight.Liability(ctx, min(v.month.Last(), v.today)); err != nil {
		return nil, err
	}
	list := make([]ids.ID, 0, len(v.profits)+len(v.owed))
	for _, p := range v.profits {
		list = append(list, p.Client)
	}
	for _, o := range v.owed {
		list = append(list, o.Client)
	}
	v.names, err = h.Clients.Names(ctx, access.WholeFirm(), list...)
	return v, err
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	v, err := h.view(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, insightPage(v))
}

func (h *Handlers) setCost(w http.ResponseWriter, r *http.Request) error {
	f := costForm{r.PostFormValue("from"), strings.TrimSpace(r.PostFormValue("cost"))}
	c := insight.HourCost{Currency: h.Currency(r.Context())}
	err := readCost(f, &c)
	if err == nil {
		err = h.Insight.SetHourCost(r.Context(), c)
	}
	if err == nil {
		page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The cost of an hour is saved.")})
		return page.Redirect(w, r, "/insight")
	}
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	v, failed := h.view(r)
	if failed != nil {
		return failed
	}
	v.form, v.failed = f, err
	return page.Render(w, r, page.StatusOf(err), insightPage(v))
}

func readCost(f costForm, c *insight.HourCost) (err error) {
	if c.From, err = civil.Parse(f.From); err != nil {
		return fault.NewInvalid("Enter the day from which the cost holds.").On("from").Because(err)
	}
	d, err := money.ParseDecimal(strings.Replace(f.Cost, ",", ".", 1))
	if err != nil {
		return fault.NewInvalid("%q is not a number.", f.Cost).On("cost").Because(err)
	}
	if c.Minor, err = d.Round(c.Currency.Digits()); err != nil {
		return fault.NewInvalid("This cost of an hour cannot be reckoned with.").On("cost").Because(err)
	}
	return nil
}

func (h *Handlers) export(w http.ResponseWriter, r *http.Request) error {
	v, err := h.view(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="profit-`+v.month.String()+`.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("Client", "Currency", "Recurring", "Work", "Tools", "Parts", "Labour", "Margin", "Minutes", "Covered minutes", "Per hour", "Uncosted items"); err != nil {
		return err
	}
	for _, p := range v.profits {
		m := func(n int64) string { return money.FormatMinor(n, p.Currency.Digits()) }
		hour := ""
		if n, ok := p.Effective(); ok {
			hour = m(n)
		}
		if err := out.Write(v.names[p.Client], string(p.Currency), m(p.Recurring), m(p.Work), m(p.Tools), m(p.Parts), m(p.Labour), m(p.Margin()), locale.New(locale.EnUS, nil).Number(p.Minutes), locale.New(locale.EnUS, nil).Number(p.Covered), hour, strings.Join(p.Uncosted, "; ")); err != nil {
			return err
		}
	}
	return out.Flush()
}

// waterfall is how recurring revenue moved, month by month.
func waterfall(ctx context.Context, r insight.Recurring) chart.Stack {
	p := locale.From(ctx)
	c := chart.Stack{Title: p.T("Recurring revenue by month"), Desc: p.T("What stayed, what came, and below the line what went."), Numbers: true, Height: 220, Format: func(x float64) string { return p.MoneyShort(int64(x), r.Currency) }}
	year := -1
	series := []chart.Series{{Class: chart.C1, Label: p.T("stayed")}, {Class: chart.C2, Label: p.T("expansion")}, {Class: chart.C5, Label: p.T("new")}, {Class: chart.C4, Label: p.T("contraction and churn")}}
	for _, m := range r.Months {
		x := chart.Period{Label: p.MonthName(m.Month)}
		if y, _ := m.Month.Civil(); y != year {
			x.Year, year = m.Month.String()[:4], y
		}
		c.Periods = append(c.Periods, x)
		for i, n := range []int64{m.Start - m.Contraction - m.Churn, m.Expansion, m.New, -m.Contraction - m.Churn} {
			series[i].Values = append(series[i].Values, float64(n))
		}
	}
	c.Series = series
	return c
}

func legend(c chart.Stack) []page.LegendItem {
	out := make([]page.LegendItem, len(c.Series))
	for i, s := range c.Series {
		out[i] = page.LegendItem{Class: s.Class, Label: s.Label}
	}
	return out
}

// owedNote sums what is owed, by currency.
func owedNote(ctx context.Context, v *view) string {
	sums := map[money.Currency]int64{}
	for _, x := range v.owed {
		if x.Priced {
			sums[x.Currency] += x.Minor
		}
	}
	var out []string
	for _, c := range currenciesOf(sums) {
		out = append(out, locale.From(ctx).Money(sums[c], c))
	}
	return strings.Join(out, " + ")
}

func liabilityLink(ctx context.Context, v *view) page.Button {
	if !may(ctx, access.Export) {
		return page.Button{}
	}
	return page.Button{Label: locale.T(ctx, "Export CSV"), Icon: "download", Href: "/insight/liability.csv?month=" + v.month.String(), Download: true}
}

// leftOf is what is left of an allowance in its own measure.
func leftOf(ctx context.Context, x insight.Owed) string {
	p := locale.From(ctx)
	switch x.Measure {
	case agreements.Money:
		if n, err := x.Left.Round(x.Currency.Digits()); err == nil {
			return p.Money(n, x.Currency)
		}
	case agreements.Tickets:
		return p.T("%s tickets", p.Decimal(places(x.Left)))
	}
	return p.T("%s h", p.Decimal(places(x.Left)))
}

// predictable is the share of the month's revenue in a currency that agreements brought.
func predictable(v *view, c money.Currency) (share float64, ok bool) {
	var all, recurring int64
	for i := range v.profits {
		if x := &v.profits[i]; x.Currency == c {
			all += x.Revenue()
			recurring += x.Recurring
		}
	}
	return float64(recurring) / float64(max(all, 1)), all > 0
}

// predictableKPI says how much of the month's revenue was predictable.
func predictableKPI(ctx context.Context, v *view, c money.Currency) page.KPI {
	k := page.KPI{Label: locale.T(ctx, "Predictable"), Value: "–", Note: locale.T(ctx, "of the month's revenue")}
	if share, ok := predictable(v, c); ok {
		k.Value = locale.From(ctx).Percent(share, 0)
	}
	return k
}
