// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/catalogue"
)

// byCatalogue is the word of the form for the prices of the catalogue.
const byCatalogue = "catalogue"

// pricesForm is a price change as it was typed, what it does, and the letters about it.
type pricesForm struct {
	By, Day, Percent, Item, Reason string
	items                          []catalogue.Item
	list                           []agreements.Repriced
	shown                          bool
	err                            error

	letters   bool // they can be written here
	write     bool // they are to be
	send      bool // and mailed
	canSend   bool
	texts     []letterForm
	to        map[ids.ID]agreements.Recipient // by client
	ticked    []string                        // agreements; only of a form that was sent
	submitted bool
}

// letterForm is a letter in one language of documents, as it was typed.
type letterForm struct {
	Language      locale.Tag
	Subject, Body string
	count         int // agreements
}

func (f *pricesForm) change() (c agreements.PriceChange, err error) {
	c.Item, c.Reason, c.Catalogue = idOf(f.Item), f.Reason, f.By == byCatalogue
	if c.Day, err = dayOf(f.Day, "day"); err != nil {
		return c, err
	}
	if !c.Catalogue {
		if c.Percent, err = catalogue.ParseDecimal(f.Percent, "percent"); err != nil {
			return c, err
		}
	}
	return c, c.Check()
}

// query is the address of the page that shows what the form asks.
func (f *pricesForm) query() string {
	return address("/agreements/prices", "by", f.By, "day", f.Day, "percent", f.Percent, "item", f.Item, "reason", f.Reason)
}

func (h *Handlers) prices(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	f := pricesForm{By: v.Get("by"), Day: v.Get("day"), Percent: v.Get("percent"), Item: v.Get("item"), Reason: v.Get("reason"), write: true, send: true}
	if f.Day == "" {
		f.Day = (h.Agreements.Today("").Month() + 2).First().String()
	}
	f.shown = v.Has("by") || f.Percent != ""
	return h.pricesPage(w, r, f, nil)
}

func (h *Handlers) pricesPage(w http.ResponseWriter, r *http.Request, f pricesForm, failed error) (err error) {
	ctx := r.Context()
	if h.Catalogue != nil {
		if f.items, err = h.Catalogue.Items(ctx, catalogue.Filter{}); err != nil {
			return err
		}
	}
	if f.canSend, err = h.Agreements.CanSend(ctx); err != nil {
		return err
	}
	f.letters = h.Agreements.CanWrite()
	f.err = failed
	if f.shown {
		var c agreements.PriceChange
		c, err = f.change()
		if err == nil {
			f.list, err = h.Agreements.Reprice(ctx, scope(r), c)
		}
		if err == nil && f.letters {
			err = h.addressLetters(ctx, &f)
		}
		if f.err == nil {
			f.err = err
		}
		f.shown = err == nil
	}
	status := http.StatusOK
	if f.err != nil {
		if !mendable(f.err) {
			return f.err
		}
		status = page.StatusOf(f.err)
	}
	return page.Render(w, r, status, pricesPage(f))
}

// addressLetters finds whom letters go to, and proposes one in each language that they are written in.
func (h *Handlers) addressLetters(ctx context.Context, f *pricesForm) error {
	f.to = map[ids.ID]agreements.Recipient{}
	of := map[locale.Tag]int{}
	for _, x := range f.list {
		if x.Lines == 0 {
			continue
		}
		to, known := f.to[x.Client]
		if !known {
			var err error
			if to, err = h.Agreements.RecipientOf(ctx, x.Client); err != nil {
				return err
			}
			f.to[x.Client] = to
		}
		of[to.Language]++
	}
	typed := f.texts
	f.texts = nil
	for _, c := range locale.Documents() {
		if of[c.Tag] == 0 {
			continue
		}
		t := agreements.UsualTemplate(locale.New(c.Tag, nil))
		l := letterForm{Language: c.Tag, Subject: t.Subject, Body: t.Body, count: of[c.Tag]}
		if i := slices.IndexFunc(typed, func(x letterForm) bool { return x.Language == c.Tag }); i >= 0 {
			l.Subject, l.Body = typed[i].Subject, typed[i].Body
		}
		f.texts = append(f.texts, l)
	}
	return nil
}

func typedPrices(r *http.Request) pricesForm {
	v := r.PostFormValue
	f := pricesForm{
		By: v("by"), Day: v("day"), Percent: v("percent"), Item: v("item"), Reason: v("reason"), write: v("write") != "", send: v("send") != "", ticked: r.PostForm["agreement"], submitted: true, shown: true,
	}
	for _, c := range locale.Documents() {
		if r.PostForm.Has("body-" + string(c.Tag)) {
			f.texts = append(f.texts, letterForm{Language: c.Tag, Subject: v("subject-" + string(c.Tag)), Body: v("body-" + string(c.Tag))})
		}
	}
	return f
}

// order are the letters that the form asks for; nil = none.
func (f *pricesForm) order() (*agreements.LetterOrder, error) {
	if !f.write {
		return nil, nil
	}
	o := &agreements.LetterOrder{Send: f.send, Templates: map[locale.Tag]agreements.Template{}}
	for _, x := range f.texts {
		t := agreements.Template{Subject: x.Subject, Body: x.Body}
		if err := t.Check(); err != nil {
			if e, ok := errors.AsType[*fault.Error](err); ok {
				return nil, e.On(e.Field + "-" + string(x.Language))
			}
			return nil, err
		}
		o.Templates[x.Language] = t
	}
	return o, nil
}

// applyPrices changes the prices of the agreements that are ticked, each by itself with its letter: what cannot be changed is
// named, and what was changed already is left alone when the form is sent again.
func (h *Handlers) applyPrices(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	r.Body = http.MaxBytesReader(w, r.Body, 4<<20)
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read. Please send it again.").Because(err)
	}
	f := typedPrices(r)
	c, err := f.change()
	var order *agreements.LetterOrder
	if err == nil && h.Agreements.CanWrite() {
		order, err = f.order()
	}
	if err == nil && len(f.ticked) == 0 {
		err = fault.NewInvalid("Tick the agreements whose prices are to change.")
	}
	if mendable(err) {
		return h.pricesPage(w, r, f, err)
	}
	if err != nil {
		return err
	}
	var done, sent, written int64
	for _, s := range f.ticked {
		x, err := h.Agreements.ApplyPrices(ctx, idOf(s), c, order)
		if mendable(err) {
			return h.pricesPage(w, r, f, err)
		}
		if err != nil {
			return err
		}
		if x.Changed {
			done++
		}
		if x.Sent {
			sent++
		}
		if x.Letter != 0 {
			written++
		}
	}
	text := locale.N(ctx, "The prices of %d agreement change.|The prices of %d agreements change.", done)
	if written == 0 {
		return good(w, r, text, f.query())
	}
	text += " " + locale.N(ctx, "%d letter is on its way by mail.|%d letters are on their way by mail.", sent)
	if n := written - sent; n > 0 {
		text += " " + locale.N(ctx, "%d letter is to be printed.|%d letters are to be printed.", n)
	}
	return good(w, r, text, "/agreements/letters")
}

// proofLetter shows the letter to one client as it would be written, before anything changes.
func (h *Handlers) proofLetter(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<20)
	a, err := h.find(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read. Please send it again.").Because(err)
	}
	f := typedPrices(r)
	f.write = true
	c, err := f.change()
	var order *agreements.LetterOrder
	if err == nil {
		order, err = f.order()
	}
	var pdf []byte
	if err == nil {
		pdf, err = h.Agreements.ProofLetter(r.Context(), a.ID, c, order)
	}
	if mendable(err) {
		return h.pricesPage(w, r, f, err)
	}
	if err != nil {
		return err
	}
	return servePDF(w, a.Number, pdf)
}

func (f *pricesForm) isTicked(x agreements.Repriced) bool {
	if f.submitted {
		return slices.Contains(f.ticked, x.ID.String())
	}
	return x.Lines > 0 && !x.Term.Known() && !x.Early
}

func itemOptions(ctx context.Context, list []catalogue.Item) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "all recurring prices")}}
	for _, it := range list {
		out = append(out, page.Option{Value: it.ID.String(), Label: it.Name, Data: true})
	}
	return out
}

func byOptions(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: "percent", Label: locale.T(ctx, "raised by a percentage")},
		{Value: byCatalogue, Label: locale.T(ctx, "those of the catalogue on that day")},
	}
}

func languageName(t locale.Tag) string {
	for _, c := range locale.Documents() {
		if c.Tag == t {
			return c.Name
		}
	}
	return string(t)
}
