// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
)

// Line is a line of a document.
type Line struct {
	ID          string   `json:"id,omitempty" doc:"Names it where it is credited"`
	Code        string   `json:"code,omitempty"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	From        string   `json:"from,omitempty"`
	Through     string   `json:"through,omitempty" doc:"The last day"`
	Quantity    string   `json:"quantity"`
	Unit        string   `json:"unit" doc:"UN/ECE Recommendation 20: C62 piece, HUR hour, MON month, KMT kilometre"`
	Price       string   `json:"price" doc:"Of one unit, as agreed"`
	Net         string   `json:"net"`
	Taxes       []string `json:"taxes" doc:"Percentages"`
	Why         []string `json:"why" doc:"The reasons for quantity, price and share, in the document's language"`
	Evidence    []string `json:"evidence" doc:"What was counted, by name"`
	Left        *string  `json:"left,omitempty" doc:"What of an issued invoice's line can still be credited"`
}

func linesOf(f *invoice.Invoice) []Line {
	out := make([]Line, len(f.Lines))
	for i := range f.Lines {
		l := &f.Lines[i]
		x := Line{
			ID: idText(l.Span), Code: l.Code, Name: l.Name, Description: l.Description, Quantity: l.Quantity.String(), Unit: l.Unit, Price: l.Price.String(), Net: minorText(l.Net, f.Currency),
			Taxes: []string{}, Why: append([]string{}, l.Why...), Evidence: append([]string{}, l.Evidence...),
		}
		if !l.Period.Empty() && l.Period.From.Known() {
			x.From, x.Through = l.Period.From.String(), (l.Period.To - 1).String()
		}
		for _, r := range l.Taxes {
			x.Taxes = append(x.Taxes, r.Percent.String())
		}
		out[i] = x
	}
	return out
}

// Document is an invoice, a credit note or a fee. Amounts of a credit note are what is credited, above 0.
type Document struct {
	ID        string   `json:"id"`
	Version   int64    `json:"version"`
	Kind      string   `json:"kind" enum:"invoice,credit_note,fee"`
	State     string   `json:"state" enum:"draft,issued,discarded"`
	Number    string   `json:"number,omitempty"`
	Client    string   `json:"client" doc:"Id of the client"`
	Name      string   `json:"name" doc:"The client's, as it stands on the document"`
	Agreement string   `json:"agreement,omitempty"`
	Run       string   `json:"run,omitempty"`
	Issued    string   `json:"issued,omitempty"`
	Due       string   `json:"due,omitempty"`
	From      string   `json:"from,omitempty"`
	Through   string   `json:"through,omitempty"`
	Currency  string   `json:"currency"`
	Net       string   `json:"net"`
	Tax       string   `json:"tax"`
	Gross     string   `json:"gross"`
	Open      string   `json:"open" doc:"Still to be paid; of a credit note: still to be used"`
	Of        string   `json:"of,omitempty" doc:"Id of the invoice that a credit note is about"`
	Order     string   `json:"order,omitempty" doc:"The client's order number; given for one document"`
	Notes     []string `json:"notes,omitempty" doc:"Given for one document"`
	Lines     []Line   `json:"lines,omitempty" doc:"Given for one document"`
}

func headOf(d billing.Doc) Document {
	m := func(n int64) string { return minorText(n, d.Currency) }
	out := Document{
		ID: d.ID.String(), Version: d.Version, Kind: string(d.Kind), State: []string{"draft", "issued", "discarded"}[d.State], Number: d.Number, Client: d.Client.String(), Name: d.Name, Agreement: idText(d.Agreement), Run: idText(d.Run),
		Issued: dayText(d.Issued), Due: dayText(d.Due), Currency: string(d.Currency), Net: m(d.Net), Tax: m(d.Tax), Gross: m(d.Gross), Open: m(d.Open), Of: idText(d.Of),
	}
	if !d.Period.Empty() && d.Period.From.Known() {
		out.From, out.Through = d.Period.From.String(), (d.Period.To - 1).String()
	}
	return out
}

type listIn struct {
	Client    string `query:"client" maxLength:"13"`
	Agreement string `query:"agreement" maxLength:"13"`
	Run       string `query:"run" maxLength:"13"`
	Of        string `query:"of" maxLength:"13" doc:"Credit notes of this invoice"`
	Kind      string `query:"kind" enum:"invoice,credit_note,fee"`
	State     string `query:"state" enum:"draft,issued,discarded"`
	Open      bool   `query:"open" doc:"Only those of which something is open"`
	Overdue   bool   `query:"overdue" doc:"Only those that are open and were due before today"`
	From      string `query:"from" maxLength:"10" doc:"Issued on this day or later"`
	Through   string `query:"through" maxLength:"10" doc:"Issued on this day or before"`
	Number    string `query:"number" maxLength:"60" doc:"Begins with it"`
	Before    string `query:"before" maxLength:"13" doc:"Cursor: next of the page before"`
	Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type listOut struct {
	Body struct {
		Documents []Document `json:"documents"`
		Next      string     `json:"next,omitempty"`
	}
}

func (h *Handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	f := billing.Filter{Kind: invoice.Kind(in.Kind), Open: in.Open, Number: strings.ToValidUTF8(strings.ReplaceAll(in.Number, "\x00", ""), ""), Limit: in.Limit}
	for _, x := range []struct {
		to          *ids.ID
		text, field string
	}{{&f.Client, in.Client, "client"}, {&f.Agreement, in.Agreement, "agreement"}, {&f.Run, in.Run, "run"}, {&f.Of, in.Of, "of"}, {&f.Before, in.Before, "before"}} {
		var err error
		if *x.to, err = idOf(x.text, x.field); err != nil {
			return nil, err
		}
	}
	from, err := dayOf(in.From, "from")
	if err != nil {
		return nil, err
	}
	through, err := dayOf(in.Through, "through")
	if err != nil {
		return nil, err
	}
	if from.Known() {
		f.From = from
	}
	if through.Known() {
		f.To = through
	}
	if in.Overdue {
		f.Overdue = h.Billing.Today()
	}
	if i := slices.Index([]string{"draft", "issued", "discarded"}, in.State); i >= 0 {
		state := billing.DocState(i)
		f.State = &state
	}
	list, err := h.Billing.List(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Documents = []Document{}
	for _, d := range list.Rows {
		out.Body.Documents = append(out.Body.Documents, headOf(d))
	}
	if list.More {
		out.Body.Next = list.Rows[len(list.Rows)-1].ID.String()
	}
	return out, nil
}

type docIn struct {
	ID string `path:"id" maxLength:"13"`
}

type docOut struct{ Body Document }

func (h *Handlers) document(ctx context.Context, id ids.ID) (*docOut, error) {
	d, f, err := h.Billing.Document(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &docOut{headOf(d)}
	out.Body.Order, out.Body.Notes, out.Body.Lines = f.Order, f.Notes, linesOf(f)
	if d.State != billing.IssuedDoc || d.Kind == invoice.CreditNote {
		return out, nil
	}
	left, err := h.Billing.CreditLeft(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range left {
		s := minorText(left[i].Net, d.Currency)
		out.Body.Lines[i].Left = &s
	}
	return out, nil
}

func (h *Handlers) get(ctx context.Context, in *docIn) (*docOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return h.document(ctx, id)
}

// fileOut is a file; its name and kind stand in the headers.
type fileOut struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	Body               []byte
}

func (h *Handlers) file(ctx context.Context, in *docIn, kind, ending string, read func(context.Context, ids.ID) ([]byte, error)) (*fileOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	d, err := h.Billing.Doc(ctx, id)
	if err != nil {
		return nil, err
	}
	b, err := read(ctx, id)
	if err != nil {
		return nil, err
	}
	name := "draft"
	if d.Number != "" {
		name = billing.FileName(d.Number)
	}
	return &fileOut{kind, `attachment; filename="` + name + ending + `"`, b}, nil
}

func (h *Handlers) pdf(ctx context.Context, in *docIn) (*fileOut, error) {
	return h.file(ctx, in, "application/pdf", ".pdf", h.Billing.PDF)
}

func (h *Handlers) xml(ctx context.Context, in *docIn) (*fileOut, error) {
	return h.file(ctx, in, "application/xml", ".xml", h.Billing.XML)
}

func (h *Handlers) issue(ctx context.Context, in *docIn) (*docOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := h.Billing.Issue(ctx, id); err != nil {
		return nil, err
	}
	return h.document(ctx, id)
}

type creditIn struct {
	ID string `path:"id" maxLength:"13"`
	BillingKeyed
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"It stands on the credit note"`
		Lines  []struct {
			ID  string `json:"id" maxLength:"13" doc:"Of the line"`
			Net string `json:"net" maxLength:"30" doc:"What is credited, above 0"`
		} `json:"lines,omitempty" maxItems:"2000" doc:"Everything that is left where it is missing"`
		Again bool `json:"again,omitempty" doc:"What is credited is due again and comes with the next run; only whole lines"`
	}
}

func (h *Handlers) credit(ctx context.Context, in *creditIn) (*docOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	d, err := h.Billing.Doc(ctx, id)
	if err != nil {
		return nil, err
	}
	c := billing.Credit{Of: id, Reason: strings.TrimSpace(in.Body.Reason), Again: in.Body.Again}
	for _, l := range in.Body.Lines {
		x := billing.CreditLine{}
		if x.Span, err = idOf(l.ID, "lines"); err != nil {
			return nil, err
		}
		if x.Net, err = minorOf(l.Net, "lines", d.Currency); err != nil {
			return nil, err
		}
		c.Lines = append(c.Lines, x)
	}
	note, err := h.Billing.CreditOnce(ctx, in.Key, c)
	if err != nil {
		return nil, err
	}
	return h.document(ctx, note)
}

// Allowance is what is left of one.
type Allowance struct {
	Agreement string  `json:"agreement" doc:"Id of the agreement"`
	Number    string  `json:"number" doc:"Of the agreement"`
	Name      string  `json:"name"`
	Measure   string  `json:"measure" enum:"hours,money,tickets"`
	Currency  string  `json:"currency,omitempty" doc:"Of an allowance of money"`
	Granted   string  `json:"granted" doc:"For the interval that the day lies in, with what was carried over"`
	Left      string  `json:"left"`
	Low       bool    `json:"low" doc:"Less is left than it warns at"`
	Grants    []Grant `json:"grants"`
}

// Grant is a part of an allowance that lapses on one day.
type Grant struct {
	From  string `json:"from"`
	Until string `json:"until,omitempty" doc:"The last day; missing where it does not lapse"`
	Left  string `json:"left"`
}

type allowancesIn struct {
	Client string `query:"client" required:"true" minLength:"1" maxLength:"13"`
	Day    string `query:"day" maxLength:"10" doc:"Today where it is missing"`
}

type allowancesOut struct {
	Body struct {
		Allowances []Allowance `json:"allowances"`
	}
}

func (h *Handlers) allowances(ctx context.Context, in *allowancesIn) (*allowancesOut, error) {
	client, err := idOf(in.Client, "client")
	if err != nil {
		return nil, err
	}
	day, err := dayOf(in.Day, "day")
	if err != nil {
		return nil, err
	}
	today := h.Billing.Today()
	if !day.Known() {
		day = today
	}
	if day > today+farthest {
		return nil, fault.NewInvalid("Choose a day within the next two years.").On("day")
	}
	list, err := h.Billing.Balances(ctx, client, day)
	if err != nil {
		return nil, err
	}
	out := &allowancesOut{}
	out.Body.Allowances = []Allowance{}
	for _, b := range list {
		x := Allowance{Agreement: b.Agreement.String(), Number: b.Number, Name: b.Pot.Name, Measure: b.Pot.Measure, Granted: decimalText(b.Granted), Left: decimalText(b.Usage.Left), Low: b.Low, Grants: []Grant{}}
		if b.Pot.Measure == "money" {
			x.Currency = string(b.Currency)
		}
		for _, g := range b.Usage.Grants {
			if g.Left.Sign() <= 0 {
				continue
			}
			y := Grant{From: dayText(g.From), Left: decimalText(g.Left)}
			if g.Until.Known() {
				y.Until = (g.Until - 1).String()
			}
			x.Grants = append(x.Grants, y)
		}
		out.Body.Allowances = append(out.Body.Allowances, x)
	}
	return out, nil
}

type exportIn struct {
	Format  string `query:"format" required:"true" minLength:"1" maxLength:"30" doc:"hledger, beancount, xero, quickbooks, quickbooks-journal, iif or datev"`
	From    string `query:"from" required:"true" minLength:"1" maxLength:"10" doc:"The first day"`
	Through string `query:"through" required:"true" minLength:"1" maxLength:"10" doc:"The last day"`
}

func (h *Handlers) export(ctx context.Context, in *exportIn) (*fileOut, error) {
	from, err := dayOf(in.From, "from")
	if err != nil {
		return nil, err
	}
	through, err := dayOf(in.Through, "through")
	if err != nil {
		return nil, err
	}
	f := billing.Format(in.Format)
	var b bytes.Buffer
	if err := h.Billing.Export(ctx, &b, f, from, through); err != nil {
		return nil, err
	}
	return &fileOut{"text/plain; charset=utf-8", `attachment; filename="billing-` + from.String() + "-" + through.String() + f.Ending() + `"`, b.Bytes()}, nil
}
