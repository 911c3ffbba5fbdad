// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/worklog"
	"mainstay/practice/worklog/rates"
)

// spareRows is how many empty lines for prices a card's form has.
const spareRows = 3

// priceForm is one line of prices as it was typed.
type priceForm struct{ Type, Person, Price string }

// cardForm is a card as it was typed.
type cardForm struct {
	Version, Client, From, Name, Currency, Price, Step, MinEntry, MinTicket, ByTicket, Factor, Km string
	Prices                                                                                        []priceForm
}

func number(n int) string {
	if n == rates.Unset {
		return ""
	}
	return strconv.Itoa(n)
}

func cardFormOf(c worklog.Card) cardForm {
	digits := c.Currency.Digits()
	minor := func(n int64) string {
		if n == rates.Unset {
			return ""
		}
		return money.FormatMinor(n, digits)
	}
	f := cardForm{
		Version: strconv.FormatInt(c.Version, 10), Client: idText(c.Client), From: c.From.String(), Name: c.Name, Currency: string(c.Currency), Price: minor(c.Minor), Step: number(c.Step),
		MinEntry: number(c.MinEntry), MinTicket: number(c.MinTicket), ByTicket: number(c.ByTicket), Factor: number(c.Factor),
	}
	if c.Km.Coef != rates.Unset {
		f.Km = c.Km.String()
	}
	for _, p := range c.Prices {
		f.Prices = append(f.Prices, priceForm{idText(p.Type), idText(p.Person), minor(p.Minor)})
	}
	return f
}

func typedCard(r *http.Request) cardForm {
	v := r.PostFormValue
	f := cardForm{
		Version: v("version"), Client: v("client"), From: v("from"), Name: v("name"), Currency: strings.ToUpper(strings.TrimSpace(v("currency"))), Price: v("price"), Step: v("step"), MinEntry: v("min-entry"),
		MinTicket: v("min-ticket"), ByTicket: v("by-ticket"), Factor: v("factor"), Km: v("km"),
	}
	for i := range 200 {
		n := strconv.Itoa(i)
		if !r.PostForm.Has("price-" + n) {
			break
		}
		p := priceForm{v("type-" + n), v("person-" + n), v("price-" + n)}
		if p != (priceForm{}) {
			f.Prices = append(f.Prices, p)
		}
	}
	return f
}

// minor reads a price in whole minor units.
func minorOf(s, field string, c money.Currency) (int64, error) {
	if strings.TrimSpace(s) == "" {
		return rates.Unset, nil
	}
	d, err := worklog.ParseDecimal(s, field)
	if err != nil {
		return 0, err
	}
	if int(d.Scale) > c.Digits() {
		return 0, fault.NewInvalid("%q has more decimals than the currency.", s).On(field)
	}
	return d.Round(c.Digits())
}

func wholeOf(s, field string) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return rates.Unset, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, fault.NewInvalid("%q is not a whole number.", s).On(field)
	}
	return int(n), nil
}

func (f cardForm) card() (c worklog.Card, err error) {
	c.Client, c.Name, c.Currency = idOf(f.Client), f.Name, money.Currency(f.Currency)
	c.Version, _ = strconv.ParseInt(f.Version, 10, 64)
	if c.From, err = dayOf(f.From, "from"); err != nil {
		return c, err
	}
	if c.Minor, err = minorOf(f.Price, "price", c.Currency); err != nil {
		return c, err
	}
	for _, x := range []struct {
		into        *int
		text, field string
	}{{&c.Step, f.Step, "step"}, {&c.MinEntry, f.MinEntry, "min-entry"}, {&c.MinTicket, f.MinTicket, "min-ticket"}, {&c.ByTicket, f.ByTicket, "by-ticket"}, {&c.Factor, f.Factor, "factor"}} {
		if *x.into, err = wholeOf(x.text, x.field); err != nil {
			return c, err
		}
	}
	c.Km = money.Decimal{Coef: rates.Unset}
	if strings.TrimSpace(f.Km) != "" {
		if c.Km, err = worklog.ParseDecimal(f.Km, "km"); err != nil {
			return c, err
		}
	}
	for _, p := range f.Prices {
		n, err := minorOf(p.Price, "prices", c.Currency)
		if err != nil {
			return c, err
		}
		if n == rates.Unset {
			if p.Type != "" || p.Person != "" {
				continue // a line whose price was emptied is taken away
			}
		}
		c.Prices = append(c.Prices, rates.Price{Type: idOf(p.Type), Person: idOf(p.Person), Minor: n})
	}
	return c, nil
}

func (h *Handlers) rates(w http.ResponseWriter, r *http.Request) error {
	cards, err := h.Work.Cards(r.Context())
	if err != nil {
		return err
	}
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, ratesPage(cards, l))
}

func (h *Handlers) newCard(w http.ResponseWriter, r *http.Request) error {
	f := cardForm{Client: r.URL.Query().Get("client"), From: h.Work.Today().String(), Currency: string(h.Work.Currency(r.Context()))}
	if f.Client == "" {
		f.Step, f.Factor = "15", "100"
	}
	return h.cardForm(w, r, 0, f, nil)
}

func (h *Handlers) cardForm(w http.ResponseWriter, r *http.Request, id ids.ID, f cardForm, failed error) error {
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	for range spareRows {
		f.Prices = append(f.Prices, priceForm{})
	}
	return page.Render(w, r, status, cardPage(id, f, l, failed))
}

func (h *Handlers) createCard(w http.ResponseWriter, r *http.Request) error {
	return h.putCard(w, r, 0)
}

func (h *Handlers) saveCard(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "card")
	if err != nil {
		return err
	}
	return h.putCard(w, r, id)
}

func (h *Handlers) putCard(w http.ResponseWriter, r *http.Request, id ids.ID) error {
	f := typedCard(r)
	c, err := f.card()
	if err == nil {
		c.ID = id
		_, err = h.Work.SaveCard(r.Context(), c)
	}
	if mendable(err) {
		return h.cardForm(w, r, id, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The rate card is saved. What is not approved is reckoned anew."), "/time/rates")
}

func (h *Handlers) card(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "card")
	if err != nil {
		return err
	}
	c, err := h.Work.Card(r.Context(), id)
	if err != nil {
		return err
	}
	return h.cardForm(w, r, id, cardFormOf(c), nil)
}

func (h *Handlers) deleteCard(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "card")
	if err != nil {
		return err
	}
	if err := h.Work.DeleteCard(r.Context(), id); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The rate card is deleted."), "/time/rates")
}

func (h *Handlers) newType(w http.ResponseWriter, r *http.Request) error {
	return page.Render(w, r, http.StatusOK, typePage(worklog.Type{Reactive: true, Billable: true}, nil))
}

func (h *Handlers) workType(w http.ResponseWriter, r *http.Request) error {
	t, err := h.typeOf(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, typePage(t, nil))
}

func (h *Handlers) typeOf(r *http.Request) (worklog.Type, error) {
	id, err := pathID(r, "type")
	if err != nil {
		return worklog.Type{}, err
	}
	list, err := h.Work.Types(r.Context())
	if err != nil {
		return worklog.Type{}, err
	}
	for _, t := range list {
		if t.ID == id {
			return t, nil
		}
	}
	return worklog.Type{}, fault.NewNotFound("There is no such kind of work.")
}

func (h *Handlers) createType(w http.ResponseWriter, r *http.Request) error {
	return h.putType(w, r, worklog.Type{})
}

func (h *Handlers) saveType(w http.ResponseWriter, r *http.Request) error {
	t, err := h.typeOf(r)
	if err != nil {
		return err
	}
	return h.putType(w, r, t)
}

// putType takes over what was typed. A built-in kind keeps its translated name until another is given.
func (h *Handlers) putType(w http.ResponseWriter, r *http.Request, t worklog.Type) error {
	v := r.PostFormValue
	if name := strings.TrimSpace(v("name")); name != t.In(locale.From(r.Context())) {
		t.Name, t.Code = name, ""
	}
	t.Reactive, t.Billable, t.Archived = v("reactive") == "yes", v("billable") != "", v("archived") != ""
	if t.ID != 0 {
		t.Version, _ = strconv.ParseInt(v("version"), 10, 64)
	}
	_, err := h.Work.SaveType(r.Context(), t)
	if mendable(err) {
		return page.Render(w, r, page.StatusOf(err), typePage(t, err))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Saved."), "/time/rates#kinds")
}

// rounding says the rules of a card in words.
func rounding(ctx context.Context, c worklog.Card) string {
	var out []string
	if c.Step > 1 {
		if c.ByTicket == 1 {
			out = append(out, locale.T(ctx, "%d min steps by ticket", c.Step))
		} else {
			out = append(out, locale.T(ctx, "%d min steps", c.Step))
		}
	}
	if c.MinEntry > 0 {
		out = append(out, locale.T(ctx, "at least %d min an entry", c.MinEntry))
	}
	if c.MinTicket > 0 {
		out = append(out, locale.T(ctx, "at least %d min a ticket", c.MinTicket))
	}
	if c.Factor != rates.Unset && c.Factor != 100 {
		out = append(out, locale.T(ctx, "%d %% outside working hours", c.Factor))
	}
	return strings.Join(out, ", ")
}
