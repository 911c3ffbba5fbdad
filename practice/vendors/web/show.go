// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/vendors"
)

// shown is how many rows of a list a page has at once.
const shown = 200

type view struct {
	lookup
	month  civil.Month
	today  civil.Date
	r      *vendors.Reconciliation
	all    bool // also what agrees
	rows   []vendors.Delta
	more   int
	open   int
	seen   int
	stake  map[money.Currency]int64
	lost   map[money.Currency]int64 // not matched
	bills  []vendors.Bill
	hold   vendors.Hold
	amount string // as it was typed
	main   money.Currency
	vendor string // as it was typed
	failed error
}

func (h *Handlers) view(r *http.Request) (*view, error) {
	ctx := r.Context()
	v := &view{today: h.Vendors.Today(), all: r.FormValue("show") == "all", main: h.Currency(ctx), stake: map[money.Currency]int64{}, lost: map[money.Currency]int64{}}
	var err error
	if v.month, err = h.month(r); err != nil {
		return nil, err
	}
	if v.r, err = h.Vendors.Reconcile(ctx, v.month); err != nil {
		return nil, err
	}
	var of []ids.ID
	for _, d := range v.r.Deltas {
		switch {
		case d.Open():
			v.open++
			v.stake[d.Currency] += d.Stake
		case d.Differs():
			v.seen++
		}
		if v.all || d.Differs() {
			v.rows = append(v.rows, d)
		}
	}
	if v.more = max(0, len(v.rows)-shown); v.more > 0 {
		v.rows = v.rows[:shown]
	}
	for _, d := range v.rows {
		of = append(of, d.Client)
	}
	for _, u := range v.r.Unmatched {
		v.lost[u.Currency] += u.Minor
		if u.Client != 0 {
			of = append(of, u.Client)
		}
	}
	if v.lookup, err = h.lookup(ctx, of); err != nil {
		return nil, err
	}
	if v.bills, err = h.Vendors.Bills(ctx, v.month); err != nil {
		return nil, err
	}
	v.hold, err = h.Vendors.Hold(ctx)
	if v.hold.Minor > 0 {
		v.amount = money.FormatMinor(v.hold.Minor, v.hold.Currency.Digits())
	}
	return v, err
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	v, err := h.view(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, showPage(v))
}

func (h *Handlers) setHold(w http.ResponseWriter, r *http.Request) error {
	text := strings.TrimSpace(r.PostFormValue("hold"))
	hold := vendors.Hold{Currency: h.Currency(r.Context())}
	err := error(nil)
	if text != "" {
		var d money.Decimal
		if d, err = money.ParseDecimal(strings.Replace(text, ",", ".", 1)); err != nil {
			err = fault.NewInvalid("%q is not a number.", text).On("hold").Because(err)
		} else if hold.Minor, err = d.Round(hold.Currency.Digits()); err != nil {
			err = fault.NewInvalid("This amount cannot be reckoned with.").On("hold").Because(err)
		}
	}
	if err == nil {
		err = h.Vendors.SetHold(r.Context(), hold)
	}
	if err == nil {
		return good(w, r, locale.T(r.Context(), "Saved."), root)
	}
	return h.again(w, r, err, func(v *view) { v.amount = text })
}

// again shows the page with what is wrong with a form.
func (h *Handlers) again(w http.ResponseWriter, r *http.Request, err error, fill func(*view)) error {
	if !mendable(err) {
		return err
	}
	v, failed := h.view(r)
	if failed != nil {
		return failed
	}
	v.failed = err
	fill(v)
	return page.Render(w, r, page.StatusOf(err), showPage(v))
}

// export writes every row of the month: what is not matched first, then pair by pair, and the firm's own use, so that its sum is that of the
// bills.
func (h *Handlers) export(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	m, err := h.month(r)
	if err != nil {
		return err
	}
	rec, err := h.Vendors.Reconcile(ctx, m)
	if err != nil {
		return err
	}
	var of []ids.ID
	for _, d := range rec.Deltas {
		of = append(of, d.Client)
	}
	for _, u := range rec.Unmatched {
		if u.Client != 0 {
			of = append(of, u.Client)
		}
	}
	l, err := h.lookup(ctx, of)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="reconciliation-`+m.String()+`.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("State", "Client", "Item", "Vendors", "Currency", "Bought", "Cost", "Billed", "Charged", "Counted", "Difference in units", "Difference in money", "At stake", "Why", "Reason"); err != nil {
		return err
	}
	n := func(x money.Exact) string { return decimal(x).String() }
	for _, u := range rec.Unmatched {
		client, item := l.clients[u.Client], l.items[u.Item]
		if u.Client == 0 {
			client = u.Ref
		}
		if u.Item == 0 {
			item = u.What
		}
		if err := out.Write("unmatched", client, item, l.vendors[u.Vendor], string(u.Currency), n(u.Quantity), money.FormatMinor(u.Minor, u.Currency.Digits()), "", "", "", "", "", "", "", ""); err != nil {
			return err
		}
	}
	for i := range rec.Deltas {
		if err := out.Write(deltaCells(&l, &rec.Deltas[i])...); err != nil {
			return err
		}
	}
	for c, minor := range rec.Own {
		if err := out.Write("own use", "", "", "", string(c), "", money.FormatMinor(minor, c.Digits()), "", "", "", "", "", "", "", ""); err != nil {
			return err
		}
	}
	return out.Flush()
}

func deltaCells(l *lookup, d *vendors.Delta) []string {
	state, reason, counted := "agrees", "", ""
	switch {
	case d.Seen != nil:
		state, reason = "acknowledged", d.Seen.Reason
	case d.Differs():
		state = "open"
	}
	if d.Known {
		counted = decimal(d.Counted).String()
	}
	m := func(n int64) string { return money.FormatMinor(n, d.Currency.Digits()) }
	causes := make([]string, len(d.Causes))
	for i, c := range d.Causes {
		causes[i] = string(c)
	}
	return []string{state, l.clients[d.Client], d.Name, l.vendorNames(d.Vendors), string(d.Currency), decimal(d.Bought).String(), m(d.Cost), decimal(d.Billed).String(), m(d.Charged), counted, decimal(d.Units).String(), m(d.Minor), m(d.Stake), strings.Join(causes, " "), reason}
}

type pairView struct {
	lookup
	month      civil.Month
	d          vendors.Delta
	rows       []vendors.Row
	agreements map[ids.ID]string
	reason     string
	failed     error
}

func (v *pairView) fields() map[string]string {
	return map[string]string{"month": v.month.String(), "client": v.d.Client.String(), "item": v.d.Item.String(), "currency": string(v.d.Currency)}
}

func pairURL(m civil.Month, d *vendors.Delta) string {
	return address(root+"/pair", "month", m.String(), "client", d.Client.String(), "item", d.Item.String(), "currency", string(d.Currency))
}

func (h *Handlers) pairView(r *http.Request) (*pairView, error) {
	ctx := r.Context()
	m, err := h.month(r)
	if err != nil {
		return nil, err
	}
	rec, err := h.Vendors.Reconcile(ctx, m)
	if err != nil {
		return nil, err
	}
	client, item, c := idOf(r.FormValue("client")), idOf(r.FormValue("item")), money.Currency(r.FormValue("currency"))
	for _, d := range rec.Deltas {
		if d.Client != client || d.Item != item || d.Currency != c {
			continue
		}
		v := &pairView{month: m, d: d, rows: rec.Rows(client, item, c), agreements: map[ids.ID]string{}}
		if v.lookup, err = h.lookup(ctx, []ids.ID{client}); err != nil {
			return nil, err
		}
		for _, id := range d.Agreements {
			a, err := h.Agreements.Get(ctx, id)
			if err != nil {
				return nil, err
			}
			v.agreements[id] = a.Number + " " + a.Name
		}
		return v, nil
	}
	return nil, fault.NewNotFound("Nothing is bought or billed of this in the month.")
}

func (h *Handlers) pair(w http.ResponseWriter, r *http.Request) error {
	v, err := h.pairView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, pairPage(v))
}

func (h *Handlers) acknowledge(w http.ResponseWriter, r *http.Request) error {
	m, ok := monthIn(r.PostFormValue("month"))
	if !ok {
		return fault.NewNotFound("Nothing is bought or billed of this in the month.")
	}
	reason := r.PostFormValue("reason")
	err := h.Vendors.Acknowledge(r.Context(), m, idOf(r.PostFormValue("client")), idOf(r.PostFormValue("item")), money.Currency(r.PostFormValue("currency")), reason)
	if err == nil {
		return good(w, r, locale.T(r.Context(), "Acknowledged until it changes."), address(root, "month", m.String()))
	}
	if !mendable(err) {
		return err
	}
	v, failed := h.pairView(r)
	if failed != nil {
		return failed
	}
	v.reason, v.failed = reason, err
	return page.Render(w, r, page.StatusOf(err), pairPage(v))
}

func (h *Handlers) recall(w http.ResponseWriter, r *http.Request) error {
	client, item, c := idOf(r.PostFormValue("client")), idOf(r.PostFormValue("item")), money.Currency(r.PostFormValue("currency"))
	if err := h.Vendors.Recall(r.Context(), client, item, c); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "It is open again."), address(root+"/pair", "month", r.PostFormValue("month"), "client", client.String(), "item", item.String(), "currency", string(c)))
}

func number(n int) string { return strconv.Itoa(n) }

func stakeTone(v *view) page.Tone {
	if v.open > 0 {
		return page.Bad
	}
	return page.Good
}
