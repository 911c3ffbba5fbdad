// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/quotes/store"
)

// Bill is a document that follows from an accepted quote, to be made as a draft.
type Bill struct {
	Quote    ids.ID
	Client   ids.ID
	Currency money.Currency
	Number   string // of the quote
	Deposit  bool   // it is the deposit; else it is what comes once, less the deposit
	Lines    []BillLine
}

// BillLine is one line: Quantity × Price, below zero where the deposit is taken off.
type BillLine struct {
	Item     ids.ID
	Code     string
	Name     string
	Text     string
	Quantity money.Decimal
	Unit     string
	Price    money.Decimal
	Tax      string
	Account  string
}

// fulfil makes the agreement and the documents of an accepted quote, both or nothing, once. What a person must mend first is kept with the
// quote, from where it is tried again.
func (s *Service) fulfil(ctx context.Context, arg string) error {
	id, err := ids.Parse(arg)
	if err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.fulfilIn(ctx, tx, id) })
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.NotFound:
	default:
		return err
	}
	text := s.p.Printer(ctx, "").Fault(err)
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).SetMade(ctx, store.SetMadeParams{ID: int64(id), Made: int64(Failed), Failure: text, ChangedAt: s.now()})
	})
}

// Fulfil does at once what the job of an accepted quote does: for the invented firm, whose past is not worked on by anybody.
func (s *Service) Fulfil(ctx context.Context, id ids.ID) error { return s.fulfil(ctx, id.String()) }

// Retry tries again to make what an accepted quote asks for.
func (s *Service) Retry(ctx context.Context, id ids.ID) error {
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q, err := s.get(ctx, store.New(tx), id)
		if err != nil {
			return err
		}
		if q.State != Yes || q.Stage != Failed {
			return fault.NewConflict("Nothing has to be tried again.")
		}
		if err := store.New(tx).SetMade(ctx, store.SetMadeParams{ID: int64(id), Made: int64(Waiting), ChangedAt: s.now()}); err != nil {
			return err
		}
		return s.p.Jobs.Enqueue(ctx, tx, FulfilJob, id.String())
	})
	if err == nil {
		s.p.Jobs.Wake()
	}
	return err
}

func (s *Service) fulfilIn(ctx context.Context, tx *sql.Tx, id ids.ID) error {
	x := store.New(tx)
	q, err := s.get(ctx, x, id)
	if err != nil {
		return err
	}
	if q.State != Yes || q.Stage == Done {
		return nil
	}
	v := q.Current()
	agreement, err := s.agree(ctx, tx, q, v)
	if err != nil {
		return err
	}
	var made []string
	bills, err := s.bills(ctx, q, v)
	if err != nil {
		return err
	}
	if len(bills) > 0 && s.p.Bill != nil {
		list, err := s.p.Bill(ctx, tx, bills)
		if err != nil {
			return err
		}
		for _, id := range list {
			made = append(made, id.String())
		}
	}
	return x.SetMade(ctx, store.SetMadeParams{ID: int64(id), Made: int64(Done), AgreementID: int64(agreement), Invoices: strings.Join(made, " "), ChangedAt: s.now()})
}

// starts is the first day of the agreement.
func (s *Service) starts(v *Version) civil.Date {
	decided := civil.DateOf(v.Decided.In(s.p.Zone))
	if v.Content.Starts.Known() {
		return max(v.Content.Starts, decided)
	}
	return (decided.Month() + 1).First()
}

// agree makes the agreement of what recurs, and makes it binding; 0 where nothing does.
func (s *Service) agree(ctx context.Context, tx *sql.Tx, q *Quote, v *Version) (ids.ID, error) {
	c := &v.Content
	d := agreements.NewAgreement{Head: agreements.Head{
		Client: q.Client, Name: c.Title, Currency: c.Currency, Starts: s.starts(v), Ends: civil.NoDate, Cycle: rating.Cycle{Anchor: s.starts(v), Unit: rating.Month, Every: 1}, Term: c.Term, Renew: c.Renew,
		Notice: c.Notice, PayDays: -1, Scope: c.Terms, Quote: q.ID, Plan: c.Plan, Origin: c.Origin, Rise: agreements.Rise{Next: civil.NoDate},
	}}
	if d.Origin == "" {
		d.Origin = "quote:" + q.Number
	}
	if c.Least.Coef > 0 {
		d.Least = &c.Least
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Every == catalogue.Once || !v.Choice.Takes(l) {
			continue
		}
		price, err := c.Price(l)
		if err != nil {
			return 0, err
		}
		quantity := l.Quantity
		n := agreements.NewLine{
			Copy: agreements.Copy{
				Item: l.Item, Code: l.Code, Name: l.Name, Description: l.Text, Kind: l.Kind, Family: l.Family, Unit: l.Unit, Tax: l.Tax, Account: l.Account, Counted: counted(l.Counts),
			},
			Terms:    rating.Terms{Cycle: rating.Cycle{Unit: unitOf(l.Every), Every: 1}, Arrears: l.Arrears, Rule: l.Rule, Price: price},
			Quantity: &quantity,
		}
		d.Lines = append(d.Lines, n)
	}
	if len(d.Lines) == 0 {
		return 0, nil
	}
	id, err := s.p.Agreements.CreateIn(ctx, tx, d)
	if err != nil {
		return 0, err
	}
	a, err := s.p.Agreements.GetIn(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	return id, s.p.Agreements.ActivateIn(ctx, tx, id, a.Version, agreements.Sign{By: v.Signatory, At: v.Decided, Document: v.Signed, Reason: q.Number})
}

func counted(c catalogue.Counts) string {
	switch c {
	case catalogue.Devices:
		return agreements.CountedDevices
	case catalogue.People:
		return agreements.CountedPeople
	case catalogue.Sites:
		return agreements.CountedSites
	case catalogue.Licences:
		return agreements.CountedLicences
	}
	return agreements.CountedFixed
}

func unitOf(i catalogue.Interval) rating.Unit {
	switch i {
	case catalogue.Quarterly:
		return rating.Quarter
	case catalogue.Yearly:
		return rating.Year
	}
	return rating.Month
}

// bills are the documents of what comes once: the deposit, and the rest with the deposit taken off; or all at once.
func (s *Service) bills(ctx context.Context, q *Quote, v *Version) ([]Bill, error) {
	c := &v.Content
	p := s.p.Printer(ctx, c.Language)
	digits := c.Currency.Digits()
	rest := Bill{Quote: q.ID, Client: q.Client, Currency: c.Currency, Number: q.Number}
	by := map[string]int64{} // what each tax code comes to
	var codes []string
	for i := range c.Lines {
		l := &c.Lines[i]
		if l.Every != catalogue.Once || !v.Choice.Takes(l) {
			continue
		}
		b, net, err := c.billLine(l)
		if err != nil {
			return nil, err
		}
		rest.Lines = append(rest.Lines, b)
		if _, seen := by[l.Tax]; !seen {
			codes = append(codes, l.Tax)
		}
		by[l.Tax] += net
	}
	if len(rest.Lines) == 0 {
		return nil, nil
	}
	t, err := c.Totals(v.Choice)
	if err != nil || t.Deposit == 0 {
		return []Bill{rest}, err
	}
	deposit := Bill{Quote: q.ID, Client: q.Client, Currency: c.Currency, Number: q.Number, Deposit: true}
	for i, n := range split(t.Deposit, codes, by, t.Once) {
		if n == 0 {
			continue
		}
		x := BillLine{Name: depositName(p, q.Number), Quantity: money.Decimal{Coef: 1}, Unit: "C62", Price: money.Decimal{Coef: n, Scale: uint8(digits)}, Tax: codes[i]}
		deposit.Lines = append(deposit.Lines, x)
		x.Name, x.Quantity = p.T("Less the deposit on quote %s", q.Number), money.Decimal{Coef: -1}
		rest.Lines = append(rest.Lines, x)
	}
	return []Bill{deposit, rest}, nil
}

func depositName(p locale.Printer, number string) string { return p.T("Deposit on quote %s", number) }

// split divides a deposit over tax codes by what each comes to; the last takes what rounding leaves.
func split(deposit int64, codes []string, by map[string]int64, once int64) []int64 {
	out := make([]int64, len(codes))
	left := deposit
	for i, code := range codes {
		n := left
		if i < len(codes)-1 {
			n, _ = money.Whole(deposit).Times(money.Fraction(by[code], once)).Round(0) // a share of what fits
			n = min(n, left)
		}
		out[i], left = n, left-n
	}
	return out
}

// billLine is a line as an invoice has it: quantity and unit price where they give the amount, else one of the amount.
func (c *Content) billLine(l *Line) (BillLine, int64, error) {
	price, err := c.Price(l)
	if err != nil {
		return BillLine{}, 0, err
	}
	net, err := c.Net(l)
	if err != nil {
		return BillLine{}, 0, err
	}
	b := BillLine{Item: l.Item, Code: l.Code, Name: l.Name, Text: l.Text, Quantity: l.Quantity, Unit: l.Unit, Price: price.Unit, Tax: l.Tax, Account: l.Account}
	plain := price.Model == rating.PerUnit && price.Least == nil && price.Most == nil
	if !plain {
		b.Quantity, b.Unit, b.Price = money.Decimal{Coef: 1}, "C62", money.Decimal{Coef: net, Scale: uint8(c.Currency.Digits())}
	}
	return b, net, nil
}
