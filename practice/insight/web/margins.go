// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
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
	"mainstay/practice/catalogue"
	"mainstay/practice/insight"
)

// shown is how many rows a page has at once; all are in the file.
const shown = 200

// group is a way to sum margins up, by the word of the address.
type group struct {
	by   insight.By
	word string
}

func groups() []group {
	return []group{{insight.ByAgreement, "agreement"}, {insight.ByClient, "client"}, {insight.ByFamily, "family"}, {insight.ByItem, "item"}}
}

func groupOf(word string) group {
	for _, g := range groups() {
		if g.word == word {
			return g
		}
	}
	return groups()[0]
}

func groupName(p locale.Printer, by insight.By) string {
	switch by {
	case insight.ByAgreement:
		return p.T("Agreement")
	case insight.ByClient:
		return p.T("Client")
	case insight.ByFamily:
		return p.T("Service family")
	}
	return p.T("Item")
}

func tabName(p locale.Printer, by insight.By) string {
	switch by {
	case insight.ByAgreement:
		return p.T("By agreement")
	case insight.ByClient:
		return p.T("By client")
	case insight.ByFamily:
		return p.T("By service family")
	}
	return p.T("By item")
}

type marginsView struct {
	names
	month civil.Month
	today civil.Date
	group group
	sort  string
	m     *insight.Margins
	rows  []insight.Grouped
	more  int
	sums  map[money.Currency]*insight.Margin
}

// names are what rows are called.
type names struct {
	clients    map[ids.ID]string
	agreements map[ids.ID]string
	items      map[ids.ID]string
}

func (h *Handlers) names(ctx context.Context, rows []insight.Margin) (n names, err error) {
	var clients, agreements []ids.ID
	for _, x := range rows {
		if x.Client != 0 {
			clients = append(clients, x.Client)
		}
		if x.Agreement != 0 {
			agreements = append(agreements, x.Agreement)
		}
	}
	slices.Sort(clients)
	if n.clients, err = h.Clients.Names(ctx, access.WholeFirm(), slices.Compact(clients)...); err != nil {
		return n, err
	}
	if n.agreements, err = h.Agreements.Titles(ctx, agreements); err != nil {
		return n, err
	}
	items, err := h.Catalogue.Items(ctx, catalogue.Filter{All: true})
	n.items = map[ids.ID]string{}
	for _, it := range items {
		n.items[it.ID] = it.Name
	}
	return n, err
}

// name is what a row is called and where it leads; data is false for a name of ours.
func (v *marginsView) name(ctx context.Context, x *insight.Grouped) (text, href string, data bool) {
	switch v.group.by {
	case insight.ByAgreement:
		if x.Agreement == 0 {
			return locale.T(ctx, "under no agreement"), "", false
		}
		return v.agreements[x.Agreement], v.drill(x.Agreement), true
	case insight.ByClient:
		return v.clients[x.Client], "/clients/" + x.Client.String(), true
	case insight.ByFamily:
		return familyName(locale.From(ctx), x.Family), "", false
	}
	if x.Item == 0 {
		return locale.T(ctx, "without an item"), "", false
	}
	return v.items[x.Item], "/catalogue/items/" + x.Item.String(), true
}

func (v *marginsView) drill(agreement ids.ID) string {
	return "/insight/agreements/" + agreement.String() + "?month=" + v.month.String()
}

func familyName(p locale.Printer, f string) string {
	switch f {
	case "helpdesk":
		return p.T("Helpdesk")
	case "monitoring":
		return p.T("Monitoring and patching")
	case "backup":
		return p.T("Backup")
	case "endpoint-security":
		return p.T("Endpoint security")
	case "identity-security":
		return p.T("Identity and mail security")
	case "network":
		return p.T("Network")
	case "cloud":
		return p.T("Cloud")
	case "advice":
		return p.T("Advice")
	}
	return p.T("no service family")
}

// address is the page with another month, group or order.
func (v *marginsView) address(path, month, by, sort string) string {
	q := url.Values{"month": {month}, "by": {by}}
	if sort != "" {
		q.Set("sort", sort)
	}
	return path + "?" + q.Encode()
}

func (v *marginsView) sorted(by string) string {
	return v.address("/insight/margins", v.month.String(), v.group.word, by)
}

func (v *marginsView) dir(by string) page.Direction {
	switch {
	case v.sort != by:
		return ""
	case by == "revenue":
		return page.Descending
	}
	return page.Ascending
}

// byService reports whether rows are services, among which labour is not divided.
func (v *marginsView) byService() bool {
	return v.group.by == insight.ByFamily || v.group.by == insight.ByItem
}

func (h *Handlers) marginsView(r *http.Request) (*marginsView, error) {
	ctx := r.Context()
	v := &marginsView{today: h.Insight.Today(), group: groupOf(r.FormValue("by")), sort: r.FormValue("sort"), sums: map[money.Currency]*insight.Margin{}}
	v.month = monthOf(r, v.today)
	var err error
	if v.m, err = h.Insight.Margins(ctx, v.month, v.group.by); err != nil {
		return nil, err
	}
	v.rows = v.m.Rows
	order(v.rows, v.sort)
	plain := make([]insight.Margin, len(v.rows))
	for i, x := range v.rows {
		plain[i] = x.Margin
		if v.sums[x.Currency] == nil {
			v.sums[x.Currency] = &insight.Margin{Currency: x.Currency}
		}
		s := v.sums[x.Currency]
		s.Recurring, s.Work, s.Vendors, s.Tools, s.Parts, s.Labour, s.Minutes = s.Recurring+x.Recurring, s.Work+x.Work, s.Vendors+x.Vendors, s.Tools+x.Tools, s.Parts+x.Parts, s.Labour+x.Labour, s.Minutes+x.Minutes
	}
	v.names, err = h.names(ctx, plain)
	return v, err
}

// order puts rows in the order that was asked for; as they come, what leaves least is first.
func order(rows []insight.Grouped, by string) {
	switch by {
	case "revenue":
		slices.SortStableFunc(rows, func(a, b insight.Grouped) int { return cmp.Compare(b.Revenue(), a.Revenue()) })
	case "hour":
		slices.SortStableFunc(rows, func(a, b insight.Grouped) int {
			x, worked := a.Effective()
			y, other := b.Effective()
			if worked != other { // what took no time has no rate: last
				if worked {
					return -1
				}
				return 1
			}
			return cmp.Compare(x, y)
		})
	case "worst":
		slices.SortStableFunc(rows, func(a, b insight.Grouped) int { return cmp.Compare(a.WorstLeft, b.WorstLeft) })
	}
}

// currencies are those of the sums, in the order of the alphabet.
func (v *marginsView) currencies() []money.Currency {
	var out []money.Currency
	for c := range v.sums {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

func (h *Handlers) margins(w http.ResponseWriter, r *http.Request) error {
	v, err := h.marginsView(r)
	if err != nil {
		return err
	}
	if v.more = max(0, len(v.rows)-shown); v.more > 0 {
		v.rows = v.rows[:shown]
	}
	return page.Render(w, r, http.StatusOK, marginsPage(v))
}

func (h *Handlers) exportMargins(w http.ResponseWriter, r *http.Request) error {
	v, err := h.marginsView(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="margins-`+v.group.word+"-"+v.month.String()+`.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("Client", "Agreement", "Service family", "Item", "Currency", "Recurring", "Work", "Vendors", "Tools", "Parts", "Labour", "Left", "Minutes", "Per hour", "Minutes without a cost", "Worst month", "Left in it", "Uncosted items", "Parts without a cost"); err != nil {
		return err
	}
	for i := range v.rows {
		x := &v.rows[i]
		m := func(n int64) string { return money.FormatMinor(n, x.Currency.Digits()) }
		hour, worst, left := "", "", ""
		if n, ok := x.Effective(); ok {
			hour = m(n)
		}
		if x.Worst.Known() {
			worst, left = x.Worst.String(), m(x.WorstLeft)
		}
		plain := locale.New(locale.EnUS, nil)
		count := func(n int64) string { return strings.ReplaceAll(plain.Number(n), ",", "") }
		if err := out.Write(v.clients[x.Client], v.agreements[x.Agreement], x.Family, v.items[x.Item], string(x.Currency), m(x.Recurring), m(x.Work), m(x.Vendors), m(x.Tools), m(x.Parts), m(x.Labour), m(x.Left()), count(x.Minutes), hour, count(x.NoRate), worst, left, strings.Join(x.Uncosted, "; "), count(int64(x.Unpriced))); err != nil {
			return err
		}
	}
	return out.Flush()
}

type agreementView struct {
	names
	month  civil.Month
	today  civil.Date
	id     ids.ID
	title  string
	client ids.ID
	lines  []insight.Margin
	months []insight.Margin
	sum    insight.Margin
	worst  int // place in months; -1 = none
	called map[ids.ID]string
}

func (h *Handlers) agreement(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := ids.Parse(r.PathValue("agreement"))
	if err != nil {
		return fault.NewNotFound("There is no such agreement.").Because(err)
	}
	a, err := h.Agreements.Get(ctx, id)
	if err != nil {
		return err
	}
	v := &agreementView{id: id, title: a.Number + " " + a.Name, client: a.Client, today: h.Insight.Today(), worst: -1, called: map[ids.ID]string{}}
	v.month = monthOf(r, v.today)
	if v.lines, v.months, err = h.Insight.Agreement(ctx, id, v.month); err != nil {
		return err
	}
	v.sum = v.months[len(v.months)-1]
	v.sum.Currency = a.Currency
	seen := 0
	for i := range v.months {
		x := &v.months[i]
		if x.Revenue() == 0 && x.Cost() == 0 {
			continue
		}
		if seen++; v.worst < 0 || x.Left() <= v.months[v.worst].Left() {
			v.worst = i
		}
	}
	if seen < 2 {
		v.worst = -1
	}
	for _, l := range a.Lines {
		v.called[l.ID] = l.Name
	}
	if v.names, err = h.names(ctx, append(slices.Clone(v.lines), insight.Margin{Client: a.Client})); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, agreementPage(v))
}

func (v *agreementView) at(i int) civil.Month {
	return v.month - civil.Month(len(v.months)-1-i)
}

// lineName is what a line of the table is.
func (v *agreementView) lineName(ctx context.Context, x *insight.Margin) (string, bool) {
	if x.Line == 0 {
		return locale.T(ctx, "the agreement as a whole"), false
	}
	return v.called[x.Line], true
}

// months12 draws what was left in each month.
func leftChart(ctx context.Context, v *agreementView) chart.Stack {
	p := locale.From(ctx)
	c := chart.Stack{Title: p.T("What was left, month by month"), Desc: p.T("Revenue above the line, costs below."), Numbers: true, Height: 200, Format: func(x float64) string { return p.MoneyShort(int64(x), v.sum.Currency) }}
	year := -1
	series := []chart.Series{{Class: chart.C1, Label: p.T("revenue")}, {Class: chart.C4, Label: p.T("vendors, tools and parts")}, {Class: chart.C3, Label: p.T("labour")}}
	for i := range v.months {
		m, x := v.at(i), &v.months[i]
		t := chart.Period{Label: p.MonthName(m)}
		if y, _ := m.Civil(); y != year {
			t.Year, year = m.String()[:4], y
		}
		c.Periods = append(c.Periods, t)
		for k, n := range []int64{x.Revenue(), -x.Vendors - x.Tools - x.Parts, -x.Labour} {
			series[k].Values = append(series[k].Values, float64(n))
		}
	}
	c.Series = series
	return c
}

func (h *Handlers) exportLiability(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	today := h.Insight.Today()
	list, err := h.Insight.Liability(ctx, min(monthOf(r, today).Last(), today))
	if err != nil {
		return err
	}
	var of []ids.ID
	for _, x := range list {
		of = append(of, x.Client)
	}
	clients, err := h.Clients.Names(ctx, access.WholeFirm(), of...)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="liability.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("Client", "Agreement", "Allowance", "Measure", "Left", "Currency", "Owed"); err != nil {
		return err
	}
	for _, x := range list {
		owed := ""
		if x.Priced {
			owed = money.FormatMinor(x.Minor, x.Currency.Digits())
		}
		if err := out.Write(clients[x.Client], x.Number, x.Name, x.Measure, places(x.Left).String(), string(x.Currency), owed); err != nil {
			return err
		}
	}
	return out.Flush()
}

// places is a number to at most two places, without zeros behind.
func places(x money.Exact) money.Decimal {
	n, err := x.Round(2)
	d := money.Decimal{Coef: n, Scale: 2}
	for err == nil && d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return d
}
