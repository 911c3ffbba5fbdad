// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/quotes"
)

// spareLines is how many empty lines the editor has.
const spareLines = 3

// startForm begins a quote.
type startForm struct {
	Client, Plan, Title, People, Devices, Sites string
}

// startView is the form with what it offers.
type startView struct {
	f       startForm
	clients []page.Option
	plans   []page.Option
	err     error
}

func (h *Handlers) newForm(w http.ResponseWriter, r *http.Request) error {
	return h.startPage(w, r, startForm{Client: r.URL.Query().Get("client"), People: "25", Devices: "30", Sites: "1"}, nil)
}

func (h *Handlers) startPage(w http.ResponseWriter, r *http.Request, f startForm, failed error) error {
	ctx := r.Context()
	v := &startView{f: f, err: failed, plans: []page.Option{{Label: locale.T(ctx, "none: write the lines yourself")}}}
	var err error
	if v.clients, err = h.clientList(ctx); err != nil {
		return err
	}
	plans, err := h.Catalogue.Plans(ctx, false)
	if err != nil {
		return err
	}
	for _, p := range plans {
		v.plans = append(v.plans, page.Option{Value: p.ID.String(), Label: p.Name, Data: true})
	}
	return page.Render(w, r, statusOf(failed), startForms(v))
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) error {
	ctx, v := r.Context(), r.PostFormValue
	f := startForm{v("client"), v("plan"), v("title"), v("people"), v("devices"), v("sites")}
	n := quotes.NewQuote{Content: quotes.Content{Title: f.Title, Language: h.language(ctx), Starts: civil.NoDate}}
	n.Client, _ = ids.Parse(f.Client) // 0 is refused
	n.Plan, _ = ids.Parse(f.Plan)
	var err error
	for _, x := range []struct {
		text, field string
		into        *int64
	}{{f.People, "people", &n.Typical.People}, {f.Devices, "devices", &n.Typical.Devices}, {f.Sites, "sites", &n.Typical.Sites}} {
		if n.Plan == 0 || err != nil {
			break
		}
		var bad error
		if *x.into, bad = strconv.ParseInt(strings.TrimSpace(x.text), 10, 64); bad != nil {
			err = fault.NewInvalid("Enter whole numbers between 0 and %d.", catalogue.MaxTypical).On(x.field)
		}
	}
	if err == nil {
		err = h.oneDecides(ctx, &n)
	}
	var id ids.ID
	if err == nil {
		id, err = h.Quotes.Create(ctx, n)
	}
	if mendable(err) {
		return h.startPage(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, quoteURL(id)+"/edit")
}

// oneDecides addresses a new quote to the client's person who decides, where there is one with an address.
func (h *Handlers) oneDecides(ctx context.Context, n *quotes.NewQuote) error {
	if n.Client == 0 {
		return nil
	}
	f, err := h.Clients.Get(ctx, access.WholeFirm(), n.Client)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, p := range f.People {
		if p.Decides && p.Email != "" {
			n.Person = p.ID
			return nil
		}
	}
	return nil
}

func (h *Handlers) language(ctx context.Context) string {
	if h.Language != nil {
		return h.Language(ctx)
	}
	return string(locale.From(ctx).Tag())
}

type lineForm struct{ Item, Name, Text, Quantity, Price, Every, Offer string }

// quoteForm is a quote as it was typed.
type quoteForm struct {
	ID                                                                                           ids.ID
	Number, Version, Client, Person, Name, Email, Title, Intro, Terms, Currency, Language, Valid string
	Starts, Term, Renew, Notice, Discount, On, Minimum, DepositPercent, DepositAmount            string
	Lines                                                                                        []lineForm
}

// editView is the editor with what it offers.
type editView struct {
	f       quoteForm
	clients []page.Option
	people  []page.Option
	items   []page.Option
	err     error
}

func text(d money.Decimal) string {
	if d.Coef == 0 {
		return ""
	}
	return d.String()
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// offerOf is the word of the form for whether a line is fixed, optional or an alternative.
func offerOf(l *quotes.Line) string {
	switch {
	case l.Group != "" && l.Preset:
		return l.Group + "+"
	case l.Group != "":
		return l.Group
	case l.Optional && l.Preset:
		return "on"
	case l.Optional:
		return "off"
	}
	return ""
}

func formOf(q *quotes.Quote) quoteForm {
	c := q.Content()
	f := quoteForm{
		ID: q.ID, Number: q.Number, Version: strconv.FormatInt(q.Version, 10), Client: q.Client.String(), Name: q.Name, Email: q.Email, Title: c.Title, Intro: c.Intro, Terms: c.Terms, Currency: string(c.Currency),
		Language: c.Language, Valid: c.Valid.String(), Starts: c.Starts.String(), Term: count(c.Term), Renew: count(c.Renew), Notice: count(c.Notice), Discount: text(c.Discount), On: string(c.On),
		Minimum: text(c.Least), DepositPercent: text(c.Deposit.Percent), DepositAmount: text(c.Deposit.Amount),
	}
	if q.Person != 0 {
		f.Person = q.Person.String()
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		x := lineForm{Name: l.Name, Text: l.Text, Quantity: l.Quantity.String(), Every: string(l.Every), Offer: offerOf(l)}
		if l.Item != 0 {
			x.Item = l.Item.String()
		}
		if l.Own {
			x.Price = l.Price.Unit.String()
		}
		f.Lines = append(f.Lines, x)
	}
	return f
}

func typed(r *http.Request, id ids.ID) quoteForm {
	v := r.PostFormValue
	f := quoteForm{
		ID: id, Number: v("number"), Version: v("version"), Client: v("client"), Person: v("person"), Name: v("name"), Email: v("email"), Title: v("title"), Intro: v("intro"), Terms: v("terms"),
		Currency: strings.ToUpper(strings.TrimSpace(v("currency"))), Language: v("language"), Valid: v("valid"), Starts: v("starts"), Term: v("term"), Renew: v("renew"), Notice: v("notice"), Discount: v("discount"),
		On: v("on"), Minimum: v("minimum"), DepositPercent: v("deposit"), DepositAmount: v("deposit-amount"),
	}
	for i := range quotes.MaxLines + spareLines {
		n := strconv.Itoa(i)
		l := lineForm{v("item-" + n), v("line-" + n), v("text-" + n), v("quantity-" + n), v("price-" + n), v("every-" + n), v("offer-" + n)}
		if l.Item != "" || strings.TrimSpace(l.Name) != "" {
			f.Lines = append(f.Lines, l)
		}
	}
	return f
}

// content reads what was typed.
func (f quoteForm) content() (a quotes.Addressee, c quotes.Content, err error) {
	a = quotes.Addressee{Name: f.Name, Email: f.Email}
	a.Client, _ = ids.Parse(f.Client) // 0 is refused
	a.Person, _ = ids.Parse(f.Person)
	c = quotes.Content{Title: f.Title, Intro: f.Intro, Terms: f.Terms, Currency: money.Currency(f.Currency), Language: f.Language, On: quotes.Part(f.On)}
	if c.Valid, err = dayOf(f.Valid, "valid"); err != nil {
		return a, c, err
	}
	if c.Starts, err = dayOf(f.Starts, "starts"); err != nil {
		return a, c, err
	}
	for _, x := range []struct {
		text, field string
		into        *int
	}{{f.Term, "term", &c.Term}, {f.Renew, "renew", &c.Renew}, {f.Notice, "notice", &c.Notice}} {
		if s := strings.TrimSpace(x.text); s != "" {
			n, err := strconv.ParseUint(s, 10, 16)
			if err != nil {
				return a, c, fault.NewInvalid("%q is not a whole number.", s).On(x.field)
			}
			*x.into = int(n)
		}
	}
	for _, x := range []struct {
		text, field string
		into        *money.Decimal
	}{{f.Discount, "discount", &c.Discount}, {f.Minimum, "minimum", &c.Least}, {f.DepositPercent, "deposit", &c.Deposit.Percent}, {f.DepositAmount, "deposit-amount", &c.Deposit.Amount}} {
		if *x.into, err = catalogue.ParseDecimal(x.text, x.field); err != nil {
			return a, c, err
		}
	}
	for _, x := range f.Lines {
		l, err := x.line()
		if err != nil {
			return a, c, err
		}
		c.Lines = append(c.Lines, l)
	}
	return a, c, nil
}

func (x lineForm) line() (l quotes.Line, err error) {
	l = quotes.Line{Name: x.Name, Text: x.Text, Every: catalogue.Interval(x.Every)}
	l.Item, _ = ids.Parse(x.Item)
	switch offer := strings.TrimSuffix(x.Offer, "+"); offer {
	case "":
	case "on", "off":
		l.Optional, l.Preset = true, offer == "on"
	default:
		l.Group, l.Preset = offer, strings.HasSuffix(x.Offer, "+")
	}
	quantity := x.Quantity
	if strings.TrimSpace(quantity) == "" {
		quantity = "1"
	}
	if l.Quantity, err = catalogue.ParseDecimal(quantity, "lines"); err != nil {
		return l, err
	}
	if strings.TrimSpace(x.Price) == "" {
		if l.Item == 0 {
			return l, fault.NewInvalid("%s has no price: enter one.", x.Name).On("lines")
		}
		return l, nil
	}
	l.Own = true
	l.Price.Model = rating.PerUnit
	l.Price.Unit, err = catalogue.ParseDecimal(x.Price, "lines")
	return l, err
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	q, err := h.Quotes.Get(r.Context(), id)
	if err != nil {
		return err
	}
	if q.Draft == nil {
		return page.Redirect(w, r, quoteURL(id))
	}
	return h.editor(w, r, formOf(q), nil)
}

func (h *Handlers) editor(w http.ResponseWriter, r *http.Request, f quoteForm, failed error) error {
	ctx := r.Context()
	v := &editView{f: f, err: failed, people: []page.Option{{Label: locale.T(ctx, "somebody else: as typed")}}, items: []page.Option{{Label: locale.T(ctx, "free line")}}}
	var err error
	if v.clients, err = h.clientList(ctx); err != nil {
		return err
	}
	if client, err := ids.Parse(f.Client); err == nil {
		full, err := h.Clients.Get(ctx, access.WholeFirm(), client)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		for _, p := range full.People {
			v.people = append(v.people, page.Option{Value: p.ID.String(), Label: p.Name, Data: true})
		}
	}
	items, err := h.Catalogue.Items(ctx, catalogue.Filter{})
	if err != nil {
		return err
	}
	h.lean(v.f.Lines, items)
	for _, it := range items {
		v.items = append(v.items, page.Option{Value: it.ID.String(), Label: it.Name, Data: true})
	}
	for range spareLines {
		v.f.Lines = append(v.f.Lines, lineForm{Every: string(catalogue.Monthly)})
	}
	return page.Render(w, r, statusOf(failed), editPage(v))
}

// lean leaves out of the form what a line has from its item, so that it follows when another item is chosen.
func (h *Handlers) lean(lines []lineForm, items []catalogue.Item) {
	of := make(map[string]catalogue.Item, len(items))
	for _, it := range items {
		of[it.ID.String()] = it
	}
	for i := range lines {
		l := &lines[i]
		it, ok := of[l.Item]
		if ok && l.Name == it.Name {
			l.Name = ""
		}
		if ok && l.Text == it.Description {
			l.Text = ""
		}
	}
}

func (h *Handlers) save(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 4<<20)
	f := typed(r, id)
	a, c, err := f.content()
	if err == nil {
		version, _ := strconv.ParseInt(f.Version, 10, 64)
		err = h.Quotes.SaveDraft(r.Context(), id, version, a, c)
	}
	if mendable(err) {
		return h.editor(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The draft is saved."), quoteURL(id))
}

// chosen offers what is there and, where it is not offered any more, what is chosen.
func chosen(list []page.Option, value, label string) []page.Option {
	for _, o := range list {
		if o.Value == value {
			return list
		}
	}
	return append(list[:len(list):len(list)], page.Option{Value: value, Label: label, Data: true})
}

func everyOptions(ctx context.Context) (out []page.Option) {
	for _, i := range catalogue.Intervals() {
		out = append(out, page.Option{Value: string(i), Label: quotes.Every(locale.From(ctx), i)})
	}
	return out
}

func offerOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "fixed")}, {Value: "off", Label: locale.T(ctx, "offer::optional")}, {Value: "on", Label: locale.T(ctx, "optional, ticked")}}
	for _, g := range []string{"A", "B", "C"} {
		out = append(out, page.Option{Value: g, Label: locale.T(ctx, "alternative %s", g)}, page.Option{Value: g + "+", Label: locale.T(ctx, "alternative %s, chosen", g)})
	}
	return out
}

func languageOptions() (out []page.Option) {
	for _, c := range locale.Documents() {
		out = append(out, page.Option{Value: string(c.Tag), Label: c.Name, Data: true})
	}
	return out
}

func partOptions(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: string(quotes.Everything), Label: locale.T(ctx, "on everything")},
		{Value: string(quotes.Recurring), Label: locale.T(ctx, "on what recurs")},
		{Value: string(quotes.OneTime), Label: locale.T(ctx, "on what comes once")},
	}
}
