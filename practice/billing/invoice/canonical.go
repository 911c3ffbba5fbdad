// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"bytes"
	"encoding/json"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// MaxBytes bounds the canonical form of one document.
const MaxBytes = 64 << 20

// Canonical returns the document's bytes, the same for the same value on every machine: what is kept, what the next document
// of the series is chained to, and what [Parse] reads. Numbers are decimals as text ("12.50"), days ISO 8601, amounts whole
// minor units, and a field that says nothing is left out.
func (v *Invoice) Canonical() ([]byte, error) {
	return v.appendTo(make([]byte, 0, 2_000+400*len(v.Lines))), nil
}

// reflected is the same as encoding/json makes it of the types below: what the writer by hand is held to.
func (v *Invoice) reflected() ([]byte, error) { return json.Marshal(v.shape()) }

// Parse reads what [Invoice.Canonical] wrote. It refuses fields it does not know and every other spelling of the same value:
// what is read is what was chained.
func Parse(b []byte) (*Invoice, error) {
	if len(b) > MaxBytes {
		return nil, fault.NewInvalid("The document is larger than %d MB.", MaxBytes>>20)
	}
	var v Invoice
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return nil, fault.NewInvalid("The document cannot be read.").Because(err)
	}
	again, err := v.Canonical()
	if err != nil || !bytes.Equal(again, b) {
		return nil, fault.NewInvalid("The document is not written in its canonical form.").Because(err)
	}
	return &v, nil
}

// What follows are the forms on paper of values that have none of their own in JSON. A field of the outer struct hides the one
// of the same name of the value within.

type decimal struct{ money.Decimal }

func (d decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *decimal) UnmarshalText(b []byte) (err error) {
	d.Decimal, err = money.ParseDecimal(string(b))
	return err
}

// day is a day that may be unknown: the zero value of a date is a day of 1970, which no document has.
func day(d civil.Date) *civil.Date {
	if d == 0 || !d.Known() {
		return nil
	}
	return &d
}

func undo(d *civil.Date) civil.Date {
	if d == nil {
		return civil.NoDate
	}
	return *d
}

type period struct {
	From *civil.Date `json:"from,omitempty"`
	To   *civil.Date `json:"to,omitempty"`
}

func periodOf(p rating.Period) *period {
	if p.Empty() {
		return nil
	}
	return &period{day(p.From), day(p.To)}
}

func (p *period) value() rating.Period {
	if p == nil {
		return rating.Period{}
	}
	return rating.Period{From: undo(p.From), To: undo(p.To)}
}

type rate struct {
	Code     string          `json:"code,omitempty"`
	Category rating.Category `json:"category"`
	Percent  decimal         `json:"percent"`
}

func ratesOf(in []rating.Rate) []rate {
	if in == nil {
		return nil
	}
	out := make([]rate, len(in))
	for i, r := range in {
		out[i] = rate{r.Code, r.Category, decimal{r.Percent}}
	}
	return out
}

func (r rate) value() rating.Rate {
	return rating.Rate{Code: r.Code, Category: r.Category, Percent: r.Percent.Decimal}
}

func rates(in []rate) []rating.Rate {
	if in == nil {
		return nil
	}
	out := make([]rating.Rate, len(in))
	for i, r := range in {
		out[i] = r.value()
	}
	return out
}

type group struct {
	rate
	Base int64 `json:"base"`
	Tax  int64 `json:"tax"`
}

type totals struct {
	Lines      int64   `json:"lines"`
	Allowances int64   `json:"allowances"`
	Charges    int64   `json:"charges"`
	Net        int64   `json:"net"`
	Tax        int64   `json:"tax"`
	Gross      int64   `json:"gross"`
	Payable    int64   `json:"payable"`
	Groups     []group `json:"groups,omitempty"`
}

func totalsOf(t *rating.Totals) totals {
	out := totals{t.Lines, t.Allowances, t.Charges, t.Net, t.Tax, t.Gross, t.Payable, nil}
	for _, g := range t.Groups {
		out.Groups = append(out.Groups, group{rate{g.Code, g.Category, decimal{g.Percent}}, g.Base, g.Tax})
	}
	return out
}

func (t *totals) value() rating.Totals {
	out := rating.Totals{
		Lines: t.Lines, Allowances: t.Allowances, Charges: t.Charges, Net: t.Net, Tax: t.Tax, Gross: t.Gross, Payable: t.Payable,
	}
	for _, g := range t.Groups {
		out.Groups = append(out.Groups, rating.Group{Rate: g.rate.value(), Base: g.Base, Tax: g.Tax})
	}
	return out
}

type (
	plainInvoice Invoice
	jsonInvoice  struct {
		Form int `json:"form"` // of these bytes; goes up when a reader must know
		*plainInvoice
		Issued    *civil.Date `json:"issued,omitempty"`
		Due       *civil.Date `json:"due,omitempty"`
		Delivered *civil.Date `json:"delivered,omitempty"`
		Period    *period     `json:"period,omitempty"`
		Totals    totals      `json:"totals"`
	}
	// shaped is what is written, in one pass.
	shaped struct {
		jsonInvoice
		Lines      []jsonLine       `json:"lines"`
		Allowances []jsonAdjustment `json:"allowances,omitempty"`
		Preceding  []jsonReference  `json:"preceding,omitempty"`
	}
	plainLine Line
	jsonLine  struct {
		*plainLine
		Period   *period `json:"period,omitempty"`
		Quantity decimal `json:"quantity"`
		Price    decimal `json:"price"`
		Taxes    []rate  `json:"taxes,omitempty"`
	}
	plainAdjustment Adjustment
	jsonAdjustment  struct {
		*plainAdjustment
		Taxes []rate `json:"taxes,omitempty"`
	}
	plainReference Reference
	jsonReference  struct {
		*plainReference
		Issued *civil.Date `json:"issued,omitempty"`
	}
)

// form is the version of the canonical form.
const form = 1

func (v *Invoice) shape() *shaped {
	w := &shaped{jsonInvoice: jsonInvoice{form, (*plainInvoice)(v), day(v.Issued), day(v.Due), day(v.Delivered), periodOf(v.Period), totalsOf(&v.Totals)}}
	if v.Lines != nil {
		w.Lines = make([]jsonLine, len(v.Lines))
	}
	for i := range v.Lines {
		w.Lines[i] = v.Lines[i].shape()
	}
	for i := range v.Allowances {
		w.Allowances = append(w.Allowances, v.Allowances[i].shape())
	}
	for i := range v.Preceding {
		w.Preceding = append(w.Preceding, v.Preceding[i].shape())
	}
	return w
}

func (l *Line) shape() jsonLine {
	return jsonLine{(*plainLine)(l), periodOf(l.Period), decimal{l.Quantity}, decimal{l.Price}, ratesOf(l.Taxes)}
}

func (a *Adjustment) shape() jsonAdjustment {
	return jsonAdjustment{(*plainAdjustment)(a), ratesOf(a.Taxes)}
}

func (r *Reference) shape() jsonReference { return jsonReference{(*plainReference)(r), day(r.Issued)} }

// MarshalJSON writes the canonical form.
func (v *Invoice) MarshalJSON() ([]byte, error) { return v.Canonical() }

// UnmarshalJSON reads it.
func (v *Invoice) UnmarshalJSON(b []byte) error {
	w := jsonInvoice{plainInvoice: (*plainInvoice)(v)}
	if err := strict(b, &w); err != nil {
		return err
	}
	if w.Form != form {
		return fault.NewInvalid("The document has the form %d, and this version reads %d.", w.Form, form)
	}
	v.Issued, v.Due, v.Delivered = undo(w.Issued), undo(w.Due), undo(w.Delivered)
	v.Period, v.Totals = w.Period.value(), w.Totals.value()
	return nil
}

// MarshalJSON writes the canonical form.
func (l *Line) MarshalJSON() ([]byte, error) { return json.Marshal(l.shape()) }

// UnmarshalJSON reads it.
func (l *Line) UnmarshalJSON(b []byte) error {
	w := jsonLine{plainLine: (*plainLine)(l)}
	if err := strict(b, &w); err != nil {
		return err
	}
	l.Period, l.Quantity, l.Price, l.Taxes = w.Period.value(), w.Quantity.Decimal, w.Price.Decimal, rates(w.Taxes)
	return nil
}

// MarshalJSON writes the canonical form.
func (a *Adjustment) MarshalJSON() ([]byte, error) { return json.Marshal(a.shape()) }

// UnmarshalJSON reads it.
func (a *Adjustment) UnmarshalJSON(b []byte) error {
	w := jsonAdjustment{plainAdjustment: (*plainAdjustment)(a)}
	if err := strict(b, &w); err != nil {
		return err
	}
	a.Taxes = rates(w.Taxes)
	return nil
}

// MarshalJSON writes the canonical form.
func (r *Reference) MarshalJSON() ([]byte, error) { return json.Marshal(r.shape()) }

// UnmarshalJSON reads it.
func (r *Reference) UnmarshalJSON(b []byte) error {
	w := jsonReference{plainReference: (*plainReference)(r)}
	if err := strict(b, &w); err != nil {
		return err
	}
	r.Issued = undo(w.Issued)
	return nil
}

func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
