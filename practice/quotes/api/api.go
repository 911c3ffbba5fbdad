// SPDX-License-Identifier: Apache-2.0

// Package api has the operations of quotes of the JSON API.
package api

import (
	"context"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/quotes"
)

// Handlers serve the operations of quotes.
type Handlers struct{ Quotes *quotes.Service }

// Mount registers them with their permissions.
func (h *Handlers) Mount(a *api.API) {
	read, write := access.AgreementsRead, access.AgreementsWrite
	api.Register(a, "GET", "/quotes", read, "list-quotes", "List quotes, the one that changed last first", h.list)
	api.Register(a, "POST", "/quotes", write, "create-quote", "Begin a quote, from a plan or with lines", h.create)
	api.Register(a, "GET", "/quotes/{id}", read, "get-quote", "Get a quote with its versions", h.get)
	api.Register(a, "PUT", "/quotes/{id}", write, "update-quote", "Replace the draft of a quote", h.update)
	api.Register(a, "POST", "/quotes/{id}/send", write, "send-quote", "Freeze the draft as a version and make its link", h.send)
	api.Register(a, "POST", "/quotes/{id}/revise", write, "revise-quote", "Begin the next version with what was sent last", h.revise)
	api.Register(a, "POST", "/quotes/{id}/withdraw", write, "withdraw-quote", "Withdraw a quote that was sent and not answered", h.withdraw)
	api.Register(a, "POST", "/quotes/{id}/retry", write, "retry-quote", "Try again to make agreement and first invoice of an accepted quote", h.retry)
}

type empty struct{}

// QuoteLine is one line on the wire.
type QuoteLine struct {
	Key      int    `json:"key,omitempty" readOnly:"true" doc:"Names the line in a choice"`
	Item     string `json:"item,omitempty" maxLength:"13" doc:"Of the catalogue; left out: a free line"`
	Name     string `json:"name,omitempty" maxLength:"200" doc:"Left out: the item's"`
	Text     string `json:"text,omitempty" maxLength:"2000"`
	Quantity string `json:"quantity" doc:"Such as 12"`
	Price    string `json:"price,omitempty" doc:"Of one; left out: the list price, taken over anew until the quote is sent"`
	Every    string `json:"every,omitempty" enum:"month,quarter,year,once" doc:"What the price is for; of a list price it is the catalogue's"`
	Tax      string `json:"tax,omitempty" maxLength:"40" doc:"Code of a free line; left out: standard"`
	Optional bool   `json:"optional,omitempty"`
	Group    string `json:"group,omitempty" maxLength:"1" doc:"Lines with one letter are alternatives"`
	Preset   bool   `json:"preset,omitempty" doc:"Chosen to begin with"`
}

// QuoteContent is what a quote says, on the wire.
type QuoteContent struct {
	Title          string      `json:"title,omitempty" maxLength:"200"`
	Intro          string      `json:"intro,omitempty" maxLength:"10000"`
	Terms          string      `json:"terms,omitempty" maxLength:"20000"`
	Currency       string      `json:"currency,omitempty" maxLength:"3" doc:"Left out: the firm's"`
	Language       string      `json:"language,omitempty" maxLength:"20" doc:"Of the document, BCP 47"`
	Valid          string      `json:"valid,omitempty" doc:"Last day, 2006-01-02; left out: in 30 days"`
	Starts         string      `json:"starts,omitempty" doc:"First day of the agreement; left out: the first of the month after the yes"`
	Term           int         `json:"term,omitempty" minimum:"0" maximum:"600" doc:"Months"`
	Renew          int         `json:"renew,omitempty" minimum:"0" maximum:"600" doc:"Months"`
	Notice         int         `json:"notice,omitempty" minimum:"0" maximum:"730" doc:"Days"`
	Discount       string      `json:"discount,omitempty" doc:"Percent"`
	DiscountOn     string      `json:"discountOn,omitempty" enum:"recurring,once" doc:"Left out: everything"`
	Least          string      `json:"minimum,omitempty" doc:"Per month"`
	DepositPercent string      `json:"depositPercent,omitempty" doc:"Of what comes once"`
	DepositAmount  string      `json:"depositAmount,omitempty"`
	Lines          []QuoteLine `json:"lines,omitempty" maxItems:"200"`
}

// QuoteVersion is a version that was sent.
type QuoteVersion struct {
	Revision  int64        `json:"version"`
	State     string       `json:"state" enum:"open,accepted,declined,replaced,withdrawn"`
	Content   QuoteContent `json:"content"`
	Document  string       `json:"document" doc:"SHA-256 of the PDF"`
	Sent      time.Time    `json:"sent"`
	To        string       `json:"to,omitempty"`
	Seen      *time.Time   `json:"seen,omitempty"`
	Decided   *time.Time   `json:"decided,omitempty"`
	Signatory string       `json:"signatory,omitempty"`
	Address   string       `json:"address,omitempty"`
	Agent     string       `json:"agent,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	Choice    []int        `json:"choice,omitempty"`
	Signed    string       `json:"signed,omitempty" doc:"SHA-256 of the signed PDF"`
}

// Quote is a quote on the wire.
type Quote struct {
	ID        string         `json:"id" readOnly:"true"`
	Number    string         `json:"number" readOnly:"true"`
	State     string         `json:"state" readOnly:"true" enum:"draft,sent,accepted,declined,withdrawn"`
	Client    string         `json:"client" maxLength:"13"`
	Person    string         `json:"person,omitempty" maxLength:"13" doc:"One of the client's people"`
	Name      string         `json:"name,omitempty" maxLength:"200"`
	Email     string         `json:"email,omitempty" maxLength:"254"`
	Title     string         `json:"title" readOnly:"true"`
	Currency  string         `json:"currency" readOnly:"true"`
	Month     int64          `json:"month" readOnly:"true" doc:"Minor units per month, net"`
	Once      int64          `json:"once" readOnly:"true" doc:"Minor units that come once, net"`
	Valid     string         `json:"valid" readOnly:"true"`
	Draft     *QuoteContent  `json:"draft,omitempty"`
	Versions  []QuoteVersion `json:"versions,omitempty" readOnly:"true" doc:"Newest first"`
	Agreement string         `json:"agreement,omitempty" readOnly:"true"`
	Invoices  []string       `json:"invoices,omitempty" readOnly:"true"`
	Failure   string         `json:"failure,omitempty" readOnly:"true" doc:"Why agreement and first invoice are not made yet"`
	Version   int64          `json:"version" readOnly:"true"`
}

type quoteListIn struct {
	Client string `query:"client" maxLength:"13"`
	State  string `query:"state" enum:"draft,sent,accepted,declined,withdrawn"`
	Text   string `query:"q" maxLength:"200"`
	After  string `query:"after" maxLength:"13" doc:"Cursor: the value of next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type quoteListOut struct {
	Body struct {
		Quotes []Quote `json:"quotes"`
		Next   string  `json:"next,omitempty"`
	}
}

type quoteOut struct {
	ETag string `header:"ETag"`
	Body Quote
}

type quoteOneIn struct {
	ID string `path:"id" maxLength:"13"`
}

// QuoteBegin is a new quote on the wire.
type QuoteBegin struct {
	Client  string       `json:"client" maxLength:"13"`
	Person  string       `json:"person,omitempty" maxLength:"13"`
	Name    string       `json:"name,omitempty" maxLength:"200"`
	Email   string       `json:"email,omitempty" maxLength:"254"`
	Plan    string       `json:"plan,omitempty" maxLength:"13" doc:"Its lines come after those of the content"`
	People  int64        `json:"people,omitempty" minimum:"0" maximum:"100000"`
	Devices int64        `json:"devices,omitempty" minimum:"0" maximum:"100000"`
	Sites   int64        `json:"sites,omitempty" minimum:"0" maximum:"100000"`
	Content QuoteContent `json:"content"`
}

type quoteNewIn struct{ Body QuoteBegin }

// QuoteChange replaces whom a quote is for, and its draft.
type QuoteChange struct {
	Client  string       `json:"client" maxLength:"13"`
	Person  string       `json:"person,omitempty" maxLength:"13"`
	Name    string       `json:"name,omitempty" maxLength:"200"`
	Email   string       `json:"email,omitempty" maxLength:"254"`
	Content QuoteContent `json:"content"`
}

type quoteChangeIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
	Body    QuoteChange
}

type quoteSendIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
	Body    struct {
		Mail bool `json:"mail,omitempty" doc:"Also mail the link to the addressee"`
	}
}

type quoteSendOut struct {
	Body struct {
		Link string `json:"link" doc:"Shown only now: whoever has it can answer for the client"`
	}
}

func known(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is nothing of this id.").Because(err)
	}
	return id, nil
}

func optional(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not an id.", s).On(field).Because(err)
	}
	return id, nil
}

func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day of the form 2006-01-02.", s).On(field)
	}
	return d, nil
}

func number(d money.Decimal) string {
	if d.Coef == 0 {
		return ""
	}
	return d.String()
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func wireContent(c *quotes.Content) QuoteContent {
	out := QuoteContent{
		Title: c.Title, Intro: c.Intro, Terms: c.Terms, Currency: string(c.Currency), Language: c.Language, Valid: c.Valid.String(), Starts: c.Starts.String(), Term: c.Term, Renew: c.Renew, Notice: c.Notice,
		Discount: number(c.Discount), DiscountOn: string(c.On), Least: number(c.Least), DepositPercent: number(c.Deposit.Percent), DepositAmount: number(c.Deposit.Amount),
	}
	for _, l := range c.Lines {
		x := QuoteLine{Key: l.Key, Name: l.Name, Text: l.Text, Quantity: l.Quantity.String(), Every: string(l.Every), Tax: l.Tax, Optional: l.Optional, Group: l.Group, Preset: l.Preset}
		if l.Item != 0 {
			x.Item = l.Item.String()
		}
		if l.Own {
			x.Price = l.Price.Unit.String()
		}
		out.Lines = append(out.Lines, x)
	}
	return out
}

func (in *QuoteContent) content() (c quotes.Content, err error) {
	c = quotes.Content{
		Title: in.Title, Intro: in.Intro, Terms: in.Terms, Currency: money.Currency(in.Currency), Language: in.Language, Term: in.Term, Renew: in.Renew, Notice: in.Notice, On: quotes.Part(in.DiscountOn),
	}
	if c.Valid, err = dayOf(in.Valid, "valid"); err != nil {
		return c, err
	}
	if c.Starts, err = dayOf(in.Starts, "starts"); err != nil {
		return c, err
	}
	for _, x := range []struct {
		text, field string
		into        *money.Decimal
	}{{in.Discount, "discount", &c.Discount}, {in.Least, "minimum", &c.Least}, {in.DepositPercent, "depositPercent", &c.Deposit.Percent}, {in.DepositAmount, "depositAmount", &c.Deposit.Amount}} {
		if *x.into, err = catalogue.ParseDecimal(x.text, x.field); err != nil {
			return c, err
		}
	}
	for _, x := range in.Lines {
		l := quotes.Line{Name: x.Name, Text: x.Text, Every: catalogue.Interval(x.Every), Tax: x.Tax, Optional: x.Optional, Group: x.Group, Preset: x.Preset, Own: x.Price != ""}
		if l.Item, err = optional(x.Item, "lines"); err != nil {
			return c, err
		}
		if l.Item == 0 && !l.Own {
			return c, fault.NewInvalid("%s has no price: enter one.", x.Name).On("lines")
		}
		if l.Quantity, err = catalogue.ParseDecimal(x.Quantity, "lines"); err != nil {
			return c, err
		}
		l.Price.Model = rating.PerUnit
		if l.Price.Unit, err = catalogue.ParseDecimal(x.Price, "lines"); err != nil {
			return c, err
		}
		c.Lines = append(c.Lines, l)
	}
	return c, nil
}

var versionWords = []string{"open", "accepted", "declined", "replaced", "withdrawn"}

func wire(q *quotes.Quote) Quote {
	out := Quote{
		ID: q.ID.String(), Number: q.Number, State: q.State.String(), Client: q.Client.String(), Name: q.Name, Email: q.Email, Title: q.Title, Currency: string(q.Currency), Month: q.Month, Once: q.Once,
		Valid: q.Valid.String(), Failure: q.Failure, Version: q.Version,
	}
	if q.Person != 0 {
		out.Person = q.Person.String()
	}
	if q.Agreement != 0 {
		out.Agreement = q.Agreement.String()
	}
	for _, id := range q.Invoices {
		out.Invoices = append(out.Invoices, id.String())
	}
	if q.Draft != nil {
		c := wireContent(q.Draft)
		out.Draft = &c
	}
	for i := range q.Versions {
		v := &q.Versions[i]
		out.Versions = append(out.Versions, QuoteVersion{
			Revision: v.Revision, State: versionWords[v.State], Content: wireContent(&v.Content), Document: v.Document, Sent: v.Sent, To: v.To, Seen: moment(v.Seen), Decided: moment(v.Decided),
			Signatory: v.Signatory, Address: v.Address, Agent: v.Agent, Reason: v.Reason, Choice: v.Choice, Signed: v.Signed,
		})
	}
	return out
}

func (h *Handlers) list(ctx context.Context, in *quoteListIn) (*quoteListOut, error) {
	f := quotes.Filter{Text: in.Text, Limit: in.Limit + 1}
	var err error
	if f.Client, err = optional(in.Client, "client"); err != nil {
		return nil, err
	}
	if f.After, err = optional(in.After, "after"); err != nil {
		return nil, err
	}
	if s, ok := quotes.ParseState(in.State); ok {
		f.State = &s
	}
	list, err := h.Quotes.List(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &quoteListOut{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Body.Next = list[in.Limit-1].ID.String()
	}
	out.Body.Quotes = make([]Quote, len(list))
	for i, q := range list {
		out.Body.Quotes[i] = wire(q)
	}
	return out, nil
}

func (h *Handlers) get(ctx context.Context, in *quoteOneIn) (*quoteOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	q, err := h.Quotes.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return &quoteOut{ETag: api.ETag(q.Version), Body: wire(q)}, nil
}

func addressee(client, person, name, email string) (a quotes.Addressee, err error) {
	a = quotes.Addressee{Name: name, Email: email}
	if a.Client, err = optional(client, "client"); err != nil {
		return a, err
	}
	a.Person, err = optional(person, "person")
	return a, err
}

func (h *Handlers) create(ctx context.Context, in *quoteNewIn) (*quoteOut, error) {
	b := in.Body
	n := quotes.NewQuote{Typical: catalogue.Typical{People: b.People, Devices: b.Devices, Sites: b.Sites}}
	var err error
	if n.Addressee, err = addressee(b.Client, b.Person, b.Name, b.Email); err != nil {
		return nil, err
	}
	if n.Plan, err = optional(b.Plan, "plan"); err != nil {
		return nil, err
	}
	if n.Content, err = b.Content.content(); err != nil {
		return nil, err
	}
	id, err := h.Quotes.Create(ctx, n)
	if err != nil {
		return nil, err
	}
	return h.get(ctx, &quoteOneIn{id.String()})
}

func (h *Handlers) update(ctx context.Context, in *quoteChangeIn) (*quoteOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	a, err := addressee(in.Body.Client, in.Body.Person, in.Body.Name, in.Body.Email)
	if err != nil {
		return nil, err
	}
	c, err := in.Body.Content.content()
	if err != nil {
		return nil, err
	}
	if err := h.Quotes.SaveDraft(ctx, id, version, a, c); err != nil {
		return nil, err
	}
	return h.get(ctx, &quoteOneIn{in.ID})
}

func (h *Handlers) send(ctx context.Context, in *quoteSendIn) (*quoteSendOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	out := &quoteSendOut{}
	out.Body.Link, err = h.Quotes.Send(ctx, id, version, in.Body.Mail)
	return out, err
}

func (h *Handlers) act(ctx context.Context, in *quoteOneIn, do func(context.Context, ids.ID) error) (*empty, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return &empty{}, do(ctx, id)
}

func (h *Handlers) revise(ctx context.Context, in *quoteOneIn) (*empty, error) {
	return h.act(ctx, in, h.Quotes.Revise)
}

func (h *Handlers) withdraw(ctx context.Context, in *quoteOneIn) (*empty, error) {
	return h.act(ctx, in, h.Quotes.Withdraw)
}

func (h *Handlers) retry(ctx context.Context, in *quoteOneIn) (*empty, error) {
	return h.act(ctx, in, h.Quotes.Retry)
}
