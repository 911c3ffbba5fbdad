// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// Agreement is an agreement on the wire, as it stands on a day.
type Agreement struct {
	ID         string               `json:"id,omitempty" readOnly:"true"`
	Number     string               `json:"number,omitempty" readOnly:"true"`
	Version    int64                `json:"version,omitempty" readOnly:"true"`
	Stage      string               `json:"stage,omitempty" readOnly:"true" enum:"draft,coming,active,ended,cancelled"`
	Day        string               `json:"day,omitempty" readOnly:"true" doc:"The day that it is shown as of"`
	Client     string               `json:"client" maxLength:"13"`
	Name       string               `json:"name" minLength:"1" maxLength:"200"`
	Currency   string               `json:"currency" minLength:"3" maxLength:"3"`
	Zone       string               `json:"zone,omitempty" maxLength:"60" doc:"IANA; left out: the firm's"`
	Starts     string               `json:"starts" doc:"First day, 2006-01-02"`
	Ends       string               `json:"ends,omitempty" doc:"Last day, which is still billed"`
	Anchor     string               `json:"anchor,omitempty" doc:"Day from which intervals are counted; left out: the first day"`
	Unit       string               `json:"unit,omitempty" enum:"month,quarter,year,week,day" doc:"Of the interval in which it is billed; left out: month"`
	Every      int                  `json:"every,omitempty" minimum:"0" maximum:"1200"`
	Arrears    bool                 `json:"arrears,omitempty"`
	Proration  string               `json:"proration,omitempty" enum:"actual,thirty,strict-thirty,none"`
	Lead       int                  `json:"lead,omitempty" doc:"Days before a period on which it is billed"`
	Term       int                  `json:"term,omitempty" doc:"Months"`
	Renew      int                  `json:"renew,omitempty" doc:"Months"`
	Notice     int                  `json:"notice,omitempty" doc:"Days"`
	Minimum    string               `json:"minimum,omitempty" doc:"Of an interval, over all lines"`
	PayDays    *int                 `json:"payDays,omitempty" doc:"Left out: as for the client"`
	Order      string               `json:"order,omitempty" maxLength:"200"`
	Scope      string               `json:"scope,omitempty" maxLength:"20000"`
	Work       []string             `json:"work,omitempty" maxItems:"100" doc:"Kinds of work that are included; * = all"`
	Level      string               `json:"level,omitempty" maxLength:"13" doc:"Service level that is promised; left out: as the client or the firm has it"`
	Escalator  *AgreementEscalator  `json:"escalator,omitempty" doc:"How prices rise by themselves; left out: they do not"`
	SignedBy   string               `json:"signedBy,omitempty" readOnly:"true"`
	SignedAt   *time.Time           `json:"signedAt,omitempty" readOnly:"true"`
	Document   string               `json:"document,omitempty" readOnly:"true" doc:"SHA-256 of the signed document"`
	Monthly    int64                `json:"monthly,omitempty" readOnly:"true" doc:"Minor units"`
	Lines      []AgreementLine      `json:"lines,omitempty" maxItems:"500"`
	Allowances []AgreementAllowance `json:"allowances,omitempty" maxItems:"50"`
}

// AgreementEscalator raises recurring prices every so many months.
type AgreementEscalator struct {
	Percent string `json:"percent,omitempty" doc:"Such as 3.5; left out where an index is followed that is not published yet"`
	Every   int    `json:"every" minimum:"1" maximum:"600" doc:"Months"`
	Next    string `json:"next,omitempty" doc:"Day of the next rise; left out: so many months after the first day"`
	Index   string `json:"index,omitempty" maxLength:"200" doc:"Index that it follows, by name: then somebody enters the percentage when it is published"`
}

// AgreementLine is a line with its terms and quantity.
type AgreementLine struct {
	ID          string         `json:"id,omitempty" readOnly:"true"`
	Item        string         `json:"item,omitempty" maxLength:"13" doc:"Of the catalogue"`
	Code        string         `json:"code,omitempty" maxLength:"60"`
	Name        string         `json:"name" minLength:"1" maxLength:"200"`
	Description string         `json:"description,omitempty" maxLength:"2000"`
	Measure     string         `json:"measure,omitempty" maxLength:"3" doc:"UN/ECE Recommendation 20; left out: C62"`
	Tax         string         `json:"tax,omitempty" maxLength:"40"`
	Account     string         `json:"account,omitempty" maxLength:"60"`
	Counted     string         `json:"counted,omitempty" enum:"devices,people,sites,licences,hand,work" doc:"Left out: a fixed quantity"`
	Filter      string         `json:"filter,omitempty" maxLength:"2000"`
	Quantity    string         `json:"quantity,omitempty"`
	From        string         `json:"from,omitempty" readOnly:"true" doc:"First day of these terms"`
	Last        string         `json:"last,omitempty" readOnly:"true"`
	Terms       AgreementTerms `json:"terms"`
	Allowance   int            `json:"allowance,omitempty" minimum:"0" doc:"It bills what goes beyond this allowance, counted from 1"`
}

// AgreementTerms are price, interval and rules of a line.
type AgreementTerms struct {
	Unit      string          `json:"unit,omitempty" enum:"month,quarter,year,week,day" doc:"What the price is for; left out: month"`
	Every     int             `json:"every,omitempty" minimum:"0" maximum:"1200"`
	Once      bool            `json:"once,omitempty"`
	Arrears   bool            `json:"arrears,omitempty"`
	Proration string          `json:"proration,omitempty" enum:"actual,thirty,strict-thirty,none"`
	Rule      string          `json:"rule,omitempty" enum:"each-day,at-end,at-start,maximum,average,day-by-day,sum"`
	Model     string          `json:"model,omitempty" enum:"flat,per-unit,graduated,volume,package" doc:"Left out: flat"`
	Price     string          `json:"price,omitempty" doc:"Of everything, of one, or of a package, such as 9.95"`
	Size      string          `json:"size,omitempty"`
	Free      string          `json:"free,omitempty"`
	Tiers     []AgreementTier `json:"tiers,omitempty" maxItems:"100"`
	Minimum   string          `json:"minimum,omitempty"`
	Maximum   string          `json:"maximum,omitempty"`
}

// AgreementTier is one step of a graduated or volume price.
type AgreementTier struct {
	UpTo string `json:"upTo,omitempty" doc:"Left out in the last tier"`
	Unit string `json:"unit"`
	Flat string `json:"flat,omitempty"`
}

// AgreementAllowance grants hours, money or tickets.
type AgreementAllowance struct {
	ID      string   `json:"id,omitempty" readOnly:"true"`
	Name    string   `json:"name" minLength:"1" maxLength:"200"`
	Measure string   `json:"measure" enum:"hours,money,tickets"`
	Each    string   `json:"each" doc:"Granted for each interval"`
	Unit    string   `json:"unit,omitempty" enum:"month,quarter,year,week,day" doc:"Left out: as it is billed"`
	Every   int      `json:"every,omitempty" minimum:"0" maximum:"1200"`
	Carry   string   `json:"carry,omitempty" doc:"The most that goes over; left out: everything"`
	Keep    int      `json:"keep,omitempty" doc:"Further intervals in which it may be drawn; -1 = without end"`
	Alert   int      `json:"alert,omitempty" minimum:"0" maximum:"100"`
	Work    []string `json:"work,omitempty" maxItems:"100" doc:"Kinds of work that draw on it; left out: all"`
	From    string   `json:"from,omitempty" readOnly:"true" doc:"First day on which it is granted like this"`
	Follows string   `json:"follows,omitempty" readOnly:"true" doc:"Allowance in whose place it came, and whose rest it took over"`
}

var (
	unitWords  = []string{"month", "quarter", "year", "week", "day"}
	shareWords = []string{"actual", "thirty", "strict-thirty", "none"}
)

// at returns the place of a word, 0 for none: the schema has checked it.
func at(words []string, s string) uint8 {
	for i, w := range words {
		if w == s {
			return uint8(i)
		}
	}
	return 0
}

func word(words []string, i uint8) string {
	if int(i) < len(words) {
		return words[i]
	}
	return ""
}

func number(d money.Decimal) string {
	if d == (money.Decimal{}) {
		return ""
	}
	return d.String()
}

func bound(d *money.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func wire(a *agreements.Agreement, day, today civil.Date) Agreement {
	out := Agreement{
		ID: a.ID.String(), Number: a.Number, Version: a.Version, Stage: string(a.Stage(today)), Day: day.String(), Client: a.Client.String(), Name: a.Name, Currency: string(a.Currency), Zone: a.Zone, Starts: a.Starts.String(), Ends: dayText(a.Ends),
		Anchor: dayText(a.Cycle.Anchor), Unit: word(unitWords, uint8(a.Cycle.Unit)), Every: a.Cycle.Every, Arrears: a.Arrears, Proration: word(shareWords, uint8(a.Prorate)), Lead: a.Lead, Term: a.Term, Renew: a.Renew, Notice: a.Notice,
		Minimum: bound(a.Least), Order: a.Order, Scope: a.Scope, Work: strings.Fields(a.Work), SignedBy: a.SignedBy, Level: idText(a.Level), Document: a.Document,
	}
	if a.Rise.Every > 0 {
		out.Escalator = &AgreementEscalator{Percent: number(a.Rise.Percent), Every: a.Rise.Every, Next: dayText(a.Rise.Next), Index: a.Rise.Index}
	}
	if a.PayDays >= 0 {
		out.PayDays = &a.PayDays
	}
	if !a.SignedAt.IsZero() {
		out.SignedAt = &a.SignedAt
	}
	out.Monthly, _ = a.Monthly(day) // too large to reckon: 0
	for i := range a.Lines {
		l := &a.Lines[i]
		t := l.On(day)
		if t == nil {
			continue
		}
		x := AgreementLine{
			ID: l.ID.String(), Item: idText(l.Item), Code: l.Code, Name: l.Name, Description: l.Description, Measure: l.Unit, Tax: l.Tax, Account: l.Account, Counted: l.Counted, Filter: l.Filter, From: t.From.String(), Last: dayText(l.Own), Terms: wireTerms(t),
		}
		if q, f := l.Quantity(day); f.ID != 0 {
			x.Quantity = q.String()
		}
		for k, p := range granted(a, day) {
			if p.Line == l.ID {
				x.Allowance = k + 1
			}
		}
		out.Lines = append(out.Lines, x)
	}
	for _, p := range granted(a, day) {
		out.Allowances = append(out.Allowances, AgreementAllowance{
			p.ID.String(), p.Name, p.Measure, p.Each.String(), word(unitWords, uint8(p.Cycle.Unit)), p.Cycle.Every, bound(p.Carry), p.Keep, p.Alert, strings.Fields(p.Work), p.Valid.From.String(), idText(p.Follows),
		})
	}
	return out
}

// granted are the allowances that hold on a day.
func granted(a *agreements.Agreement, day civil.Date) (out []*agreements.Pot) {
	for i := range a.Pots {
		if a.Pots[i].Valid.Has(day) {
			out = append(out, &a.Pots[i])
		}
	}
	return out
}

func wireTerms(t *rating.Terms) AgreementTerms {
	out := AgreementTerms{
		Unit: word(unitWords, uint8(t.Cycle.Unit)), Every: t.Cycle.Every, Once: t.Once, Arrears: t.Arrears, Proration: word(shareWords, uint8(t.Prorate)), Rule: catalogue.RuleWord(t.Rule), Model: catalogue.ModelWord(t.Price.Model),
		Price: t.Price.Unit.String(), Size: number(t.Price.Size), Free: number(t.Price.Free), Minimum: bound(t.Price.Least), Maximum: bound(t.Price.Most),
	}
	for _, x := range t.Price.Tiers {
		y := AgreementTier{Unit: x.Unit.String(), Flat: number(x.Flat)}
		if !x.Open {
			y.UpTo = x.UpTo.String()
		}
		out.Tiers = append(out.Tiers, y)
	}
	return out
}

func (in Agreement) draft() (d agreements.NewAgreement, err error) {
	d.Name, d.Currency, d.Zone, d.Order, d.Scope = in.Name, money.Currency(in.Currency), in.Zone, in.Order, in.Scope
	d.Arrears, d.Prorate, d.Lead, d.Term, d.Renew, d.Notice, d.Work, d.PayDays = in.Arrears, rating.Proration(at(shareWords, in.Proration)), in.Lead, in.Term, in.Renew, in.Notice, strings.Join(in.Work, " "), -1
	d.Cycle.Unit, d.Cycle.Every, d.Rise.Next = rating.Unit(at(unitWords, in.Unit)), in.Every, civil.NoDate
	if in.PayDays != nil {
		d.PayDays = *in.PayDays
	}
	if d.Client, err = optional(in.Client, "client"); err != nil {
		return d, err
	}
	for _, x := range []struct {
		text, field string
		into        *civil.Date
	}{{in.Starts, "starts", &d.Starts}, {in.Ends, "ends", &d.Ends}, {in.Anchor, "anchor", &d.Cycle.Anchor}} {
		if *x.into, err = dayOf(x.text, x.field); err != nil {
			return d, err
		}
	}
	if d.Least, err = maybe(in.Minimum, "minimum"); err != nil {
		return d, err
	}
	if d.Level, err = optional(in.Level, "level"); err != nil {
		return d, err
	}
	if x := in.Escalator; x != nil {
		d.Rise.Every, d.Rise.Index = x.Every, x.Index
		if d.Rise.Next, err = dayOf(x.Next, "next"); err != nil {
			return d, err
		}
		if d.Rise.Percent, err = catalogue.ParseDecimal(x.Percent, "percent"); err != nil {
			return d, err
		}
	}
	for i := range in.Lines {
		l, err := in.Lines[i].line()
		if err != nil {
			return d, err
		}
		d.Lines = append(d.Lines, l)
	}
	for i := range in.Allowances {
		p, err := in.Allowances[i].pot()
		if err != nil {
			return d, err
		}
		d.Pots = append(d.Pots, p)
	}
	return d, nil
}

func (in *AgreementAllowance) pot() (p agreements.Pot, err error) {
	p = agreements.Pot{Name: in.Name, Measure: in.Measure, Alert: in.Alert, Work: strings.Join(in.Work, " ")}
	p.Keep = in.Keep
	if in.Unit != "" {
		p.Cycle = rating.Cycle{Anchor: civil.NoDate, Unit: rating.Unit(at(unitWords, in.Unit)), Every: max(1, in.Every)}
	}
	if p.Each, err = catalogue.ParseDecimal(in.Each, "each"); err != nil {
		return p, err
	}
	p.Carry, err = maybe(in.Carry, "carry")
	return p, err
}

func maybe(s, field string) (*money.Decimal, error) {
	if s == "" {
		return nil, nil
	}
	d, err := catalogue.ParseDecimal(s, field)
	return &d, err
}

func (in AgreementLine) line() (l agreements.NewLine, err error) {
	l.Copy = agreements.Copy{Code: in.Code, Name: in.Name, Description: in.Description, Unit: in.Measure, Tax: in.Tax, Account: in.Account, Counted: in.Counted, Filter: in.Filter}
	if l.Item, err = optional(in.Item, "item"); err != nil {
		return l, err
	}
	if l.Quantity, err = maybe(in.Quantity, "quantity"); err != nil {
		return l, err
	}
	l.Pot = in.Allowance
	l.Terms, err = in.Terms.terms()
	return l, err
}

func (in AgreementTerms) terms() (t rating.Terms, err error) {
	t.Once, t.Arrears, t.Prorate = in.Once, in.Arrears, rating.Proration(at(shareWords, in.Proration))
	t.Cycle.Unit, t.Cycle.Every = rating.Unit(at(unitWords, in.Unit)), in.Every
	t.Rule, _ = catalogue.ParseRule(in.Rule)
	t.Price.Model, _ = catalogue.ParseModel(in.Model)
	for _, x := range []struct {
		text, field string
		into        *money.Decimal
	}{{in.Price, "price", &t.Price.Unit}, {in.Size, "size", &t.Price.Size}, {in.Free, "free", &t.Price.Free}} {
		if *x.into, err = catalogue.ParseDecimal(x.text, x.field); err != nil {
			return t, err
		}
	}
	if t.Price.Least, err = maybe(in.Minimum, "minimum"); err != nil {
		return t, err
	}
	if t.Price.Most, err = maybe(in.Maximum, "maximum"); err != nil {
		return t, err
	}
	for _, x := range in.Tiers {
		y := rating.Tier{Open: x.UpTo == ""}
		for _, z := range []struct {
			text string
			into *money.Decimal
		}{{x.UpTo, &y.UpTo}, {x.Unit, &y.Unit}, {x.Flat, &y.Flat}} {
			if *z.into, err = catalogue.ParseDecimal(z.text, "tiers"); err != nil {
				return t, err
			}
		}
		t.Price.Tiers = append(t.Price.Tiers, y)
	}
	return t, nil
}

// change reads one change of an amendment.
func (in AgreementChange) change() (c agreements.Change, err error) {
	if c.Line, err = optional(in.Line, "line"); err != nil {
		return c, err
	}
	if in.New != nil {
		if c.Line != 0 {
			return c, fault.NewInvalid("A change is of a line that is there, or adds a new one.").On("line")
		}
		l, err := in.New.line()
		c.New = &l
		return c, err
	}
	if in.Terms != nil {
		t, err := in.Terms.terms()
		if err != nil {
			return c, err
		}
		c.Terms = &t
	}
	if c.Quantity, err = maybe(in.Quantity, "quantity"); err != nil {
		return c, err
	}
	if in.Last != "" || in.GoesOn {
		last, err := dayOf(in.Last, "last")
		if err != nil {
			return c, err
		}
		c.Last = &last
	}
	return c, nil
}
