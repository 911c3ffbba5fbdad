// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/explain"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/worklog"
)

// book is what documents are composed from: the same for all of one run.
type book struct {
	s        *Service
	firm     Firm
	taxes    taxTable
	accounts map[ids.ID]*Account
	printers map[string]locale.Printer
	today    civil.Date
	types    map[ids.ID]worklog.Type
	rows     [5][]any // room for the rows of a batch, used again by the next
	words    bool     // write reasons; a preview of many leaves them out
}

func (s *Service) book(ctx context.Context, words bool) (*book, error) {
	b := &book{s: s, accounts: map[ids.ID]*Account{}, printers: map[string]locale.Printer{}, today: s.Today(), words: words}
	var err error
	if b.firm, err = s.Firm(ctx); err != nil {
		return nil, err
	}
	list, err := s.Taxes(ctx)
	if err != nil {
		return nil, err
	}
	b.taxes = newTaxTable(list)
	rows, err := s.read().Accounts(ctx)
	for _, r := range rows {
		a := accountOf(r)
		b.accounts[a.Client] = &a
	}
	return b, err
}

func (b *book) account(ctx context.Context, client ids.ID) (*Account, error) {
	if a := b.accounts[client]; a != nil {
		return a, nil
	}
	a, err := b.s.guess(ctx, client)
	if err != nil {
		return nil, err
	}
	if a.Party.Address.Country == "" {
		a.Party.Address.Country = b.firm.Party.Address.Country
	}
	b.accounts[client] = &a
	return &a, nil
}

func (b *book) printer(language string, zone *time.Location) locale.Printer {
	if p, ok := b.printers[language]; ok {
		return p
	}
	p := locale.New(locale.Document(language, locale.EnUS), zone)
	b.printers[language] = p
	return p
}

// blank begins a document for a client.
func (b *book) blank(ctx context.Context, client ids.ID, currency money.Currency) (*invoice.Invoice, *Account, error) {
	a, err := b.account(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	f := &invoice.Invoice{
		Kind: invoice.Bill, Series: "invoice", Currency: currency, Language: a.Language, Seller: b.firm.Party, Buyer: a.Party, BuyerReference: a.BuyerReference, Order: a.Order, Pay: b.firm.Pay,
		Issued: civil.NoDate, Due: civil.NoDate, Period: rating.Period{From: civil.NoDate, To: civil.NoDate},
	}
	if a.Series != "" {
		f.Series = a.Series
	}
	if f.Language == "" {
		f.Language = b.firm.Language
	}
	if f.Buyer.Address.Country == "" {
		f.Buyer.Address.Country = b.firm.Party.Address.Country
	}
	if b.firm.Note != "" {
		f.Notes = []string{b.firm.Note}
	}
	return f, a, nil
}

// draft is a document with the spans that its lines bill.
type draft struct {
	doc       *invoice.Invoice
	client    ids.ID
	agreement ids.ID
	day       civil.Date
	spans     []rating.Span // one for each line; those without a Line are no spans of an agreement
	payDays   int
	bills     []worklog.Bill // the work that stands on it
}

// compose makes the document of what is due; nil when nothing is.
// work goes onto it too. q is what the documents that a credit takes from are looked up in.
func (b *book) compose(ctx context.Context, q db.Query, r *Reckoned, work []worklog.ToBill) (*draft, error) {
	if len(r.Entries) == 0 {
		return nil, nil
	}
	a := r.Agreement
	f, account, err := b.blank(ctx, a.Client, a.Currency)
	if err != nil {
		return nil, err
	}
	f.Contract = a.Number
	if a.Order != "" {
		f.Order = a.Order
	}
	d := &draft{doc: f, client: a.Client, agreement: a.ID, day: r.Day, spans: make([]rating.Span, 0, len(r.Entries))}
	d.payDays = pick(a.PayDays, account.PayDays, b.firm.PayDays)
	f.Lines = make([]invoice.Line, 0, len(r.Entries))
	lc := lineContext{b: b, f: f, account: account, w: explain.Words{P: b.printer(f.Language, b.s.p.Zone), Currency: f.Currency}}
	for i := range r.Entries {
		e := &r.Entries[i]
		line, err := lc.line(a, e)
		if err != nil {
			return nil, err
		}
		e.ID = b.s.p.IDs.New()
		line.Span = e.ID
		f.Lines = append(f.Lines, line)
		d.spans = append(d.spans, e.Span)
		f.Period = cover(f.Period, e.Period)
	}
	if err := lc.addWork(ctx, d, work); err != nil {
		return nil, err
	}
	if err := finish(d); err != nil {
		return nil, err
	}
	of, err := preceding(ctx, q, d.spans)
	if f.Kind == invoice.CreditNote {
		f.Preceding = of
	}
	return d, err
}

// preceding returns the issued documents that the credits among some spans take from, by their number. Nothing is taken back
// from a draft: that may still be thrown away, and then it would be taken back twice.
func preceding(ctx context.Context, q db.Query, list []rating.Span) ([]invoice.Reference, error) {
	var out []invoice.Reference
	for _, sp := range list {
		if sp.Of == 0 {
			continue
		}
		var r invoice.Reference
		var state DocState
		err := q.QueryRowContext(ctx, "SELECT d.id, d.number, d.issued, d.state FROM billing_lines l JOIN billing_invoices d ON d.id = l.invoice_id WHERE l.id = $1", int64(sp.Of)).Scan(&r.ID, &r.Number, &r.Issued, &state)
		if errors.Is(err, sql.ErrNoRows) {
			continue // a charge of the same document
		}
		if err != nil {
			return nil, err
		}
		if state == DraftDoc {
			return nil, fault.NewInvalid("What is to be taken back stands on a draft: issue that, or throw it away, first.")
		}
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(x, y invoice.Reference) int {
		return cmp.Or(cmp.Compare(x.Issued, y.Issued), cmp.Compare(x.Number, y.Number))
	})
	return out, nil
}

// pick returns the first of some days that is said.
func pick(days ...int) int {
	for _, n := range days {
		if n >= 0 {
			return n
		}
	}
	return 14
}

func cover(a, b rating.Period) rating.Period {
	if b.Empty() {
		return a
	}
	if a.Empty() {
		return b
	}
	return rating.Period{From: min(a.From, b.From), To: max(a.To, b.To)}
}

// finish turns what the firm owes into a credit note, and sums the document.
func finish(d *draft) error {
	f := d.doc
	var net int64
	for i := range f.Lines {
		var err error
		if net, err = money.AddMinor(net, f.Lines[i].Net); err != nil {
			return fault.NewInvalid("The amount is too large to be reckoned.").Because(err)
		}
	}
	if net < 0 && f.Kind == invoice.Bill {
		f.Kind, f.Series = invoice.CreditNote, "credit"
		for i := range f.Lines {
			f.Lines[i].Net = -f.Lines[i].Net
		}
	}
	return total(f)
}

// total sums a document from its lines.
func total(f *invoice.Invoice) (err error) {
	doc := rating.Document{Rounding: f.Rounding, Prepaid: f.Prepaid, Lines: make([]rating.Item, len(f.Lines))}
	for i := range f.Lines {
		doc.Lines[i] = rating.Item{Minor: f.Lines[i].Net, Taxes: f.Lines[i].Taxes}
	}
	for _, x := range f.Allowances {
		doc.Allowances = append(doc.Allowances, rating.Item{Minor: x.Net, Taxes: x.Taxes})
	}
	f.Totals, err = doc.Total()
	return err
}

// lineContext makes the lines of one document.
type lineContext struct {
	b       *book
	f       *invoice.Invoice
	account *Account
	w       explain.Words
	code    string
	day     civil.Date
	rates   []rating.Rate
	used    []Tax
}

// taxed fills in the taxes of a line for what was done up to a day.
func (c *lineContext) taxed(l *invoice.Line, code string, day civil.Date) error {
	if c.rates == nil || c.code != code || c.day != day {
		rates, used, err := c.b.taxes.of(code, c.account, day)
		if err != nil {
			return err
		}
		c.code, c.day, c.rates, c.used = code, day, rates, used
		for i := range used {
			c.f.Reasons = addReason(c.f.Reasons, rates[i].Code, &used[i], c.w.Tax(rates[i]))
		}
	}
	l.Taxes = c.rates
	return nil
}

func (c *lineContext) line(a *agreements.Agreement, e *rating.Entry) (invoice.Line, error) {
	l := invoice.Line{Agreement: e.Line, Period: e.Period, Quantity: e.Quantity, Net: e.Amount, Unit: "C62"}
	src := a.Line(e.Line)
	code := "standard"
	if src == nil { // the agreement's minimum
		l.Name = c.w.P.T("Up to the agreed minimum")
		if len(a.Lines) > 0 {
			code = a.Lines[0].Tax
		}
	} else {
		l.Item, l.Code, l.Name, l.Description, l.Unit, l.Account = src.Item, src.Code, src.Name, src.Description, src.Unit, src.Account
		code = src.Tax
		for i := range src.Terms {
			if src.Terms[i].ID == e.Terms {
				l.Price = src.Terms[i].Price.Unit
			}
		}
	}
	if e.Kind != rating.Charge {
		l.Name = c.w.P.T("Credit: %s", l.Name)
	}
	// The rate is that of the last day of what is supplied; a credit has that of its charge.
	day := e.Bill.To - 1
	if err := c.taxed(&l, code, day); err != nil {
		return l, err
	}
	if !c.b.words {
		return l, nil
	}
	l.Why = c.w.Why(e, func(v rating.Level) string { return c.source(src, v.Fact) })
	if src != nil {
		l.Evidence = evidence(src, e)
	}
	return l, nil
}

// source says where a fact of a line comes from.
func (c *lineContext) source(l *agreements.Line, fact ids.ID) string {
	if l == nil || fact == 0 {
		return ""
	}
	for i := range l.Facts {
		if l.Facts[i].ID == fact {
			return c.b.sourceWord(c.w.P, l.Facts[i].Source)
		}
	}
	return ""
}

func (b *book) sourceWord(p locale.Printer, source string) string {
	switch source {
	case "agreement":
		return p.T("as agreed")
	case "amendment":
		return p.T("as amended")
	case "first count":
		return p.T("first count")
	case agreements.CountedDevices:
		return p.T("devices counted")
	case agreements.CountedPeople:
		return p.T("people counted")
	case agreements.CountedSites:
		return p.T("sites counted")
	case agreements.CountedHand:
		return p.T("counted by hand")
	case agreements.CountedLicences:
		return p.T("licences counted")
	case agreements.CountedWork:
		return p.T("used beyond the allowance")
	}
	return source
}

// maxNames bounds the names that stand on a line; the rest stays with the facts.
const maxNames = 500

// evidence returns the names behind the latest quantity of an entry, and sentences as they are.
func evidence(l *agreements.Line, e *rating.Entry) []string {
	var out []string
	seen := map[ids.ID]bool{}
	for i := len(e.Why.Levels) - 1; i >= 0; i-- {
		text := l.Evidence[e.Why.Levels[i].Fact]
		if text == "" || seen[e.Why.Levels[i].Fact] {
			continue
		}
		seen[e.Why.Levels[i].Fact] = true
		var names []string
		if json.Unmarshal([]byte(text), &names) != nil {
			out = append(out, text)
			continue
		}
		if len(names) > maxNames {
			rest := len(names) - maxNames
			names = append(names[:maxNames:maxNames], fmt.Sprintf("+ %d", rest))
		}
		return append(out, names...)
	}
	for _, f := range e.Why.Used {
		if text := l.Evidence[f.ID]; text != "" && len(out) < maxNames {
			out = append(out, text)
		}
	}
	return out
}
