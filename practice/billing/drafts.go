// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/explain"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/billing/store"
)

// NewLine is a line that a person writes: of an invoice by hand, or added to a draft.
type NewLine struct {
	Item              ids.ID
	Code              string
	Name, Description string
	Quantity          money.Decimal
	Unit              string // "" = C62, pieces
	Price             money.Decimal
	Tax               string // the tax code; "" = standard
	Account           string
	Period            rating.Period // the days that it is for; empty = the day of issue
}

func (l *NewLine) clean() error {
	switch {
	case l.Name == "" || len(l.Name) > 200:
		return fault.NewInvalid("Each line needs a name of at most %d characters.", 200).On("lines")
	case len(l.Description) > 2000:
		return fault.NewInvalid("Please enter at most %d characters.", 2000).On("lines")
	case l.Quantity.Coef == 0:
		return fault.NewInvalid("Enter a quantity.").On("quantity")
	}
	return nil
}

// line makes the line of a document out of it.
func (c *lineContext) own(l *NewLine) (invoice.Line, error) {
	out := invoice.Line{Item: l.Item, Code: l.Code, Name: l.Name, Description: l.Description, Period: l.Period, Quantity: l.Quantity, Unit: or(l.Unit, "C62"), Price: l.Price, Account: l.Account}
	if err := l.clean(); err != nil {
		return out, err
	}
	var err error
	if out.Net, err = money.Mul(l.Quantity, l.Price, c.f.Currency.Digits()); err != nil {
		return out, fault.NewInvalid("The amount is too large to be reckoned.").On("lines").Because(err)
	}
	day := c.b.today
	if !l.Period.Empty() {
		day = l.Period.To - 1
	}
	return out, c.taxed(&out, or(l.Tax, "standard"), day)
}

// ByHand is an invoice, or a credit note that stands alone, that a person writes.
type ByHand struct {
	Client     ids.ID
	Agreement  ids.ID // 0 = none
	Kind       invoice.Kind
	Currency   money.Currency // "" = the account's or the firm's
	Lines      []NewLine
	Notes      []string
	Order      string
	Preceding  []invoice.Reference
	Allowances []NewAllowance
	Prepaid    int64
}

// NewAllowance is a discount of a whole document.
type NewAllowance struct {
	Reason string
	Net    int64 // minor units, above 0
	Tax    string
}

// Write makes a draft by hand.
func (s *Service) Write(ctx context.Context, h ByHand) (id ids.ID, err error) {
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		id, err = s.WriteIn(ctx, tx, h)
		return err
	})
	return id, err
}

// WriteIn is Write inside a transaction: for a first invoice, or a late fee.
func (s *Service) WriteIn(ctx context.Context, tx *sql.Tx, h ByHand) (ids.ID, error) {
	b, err := s.book(ctx, true)
	if err != nil {
		return 0, err
	}
	account, err := b.account(ctx, h.Client)
	if err != nil {
		return 0, err
	}
	currency := h.Currency
	if currency == "" {
		currency = money.Currency(or(string(account.Currency), string(b.firm.Currency)))
	}
	if !currency.Known() {
		return 0, fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", currency).On("currency")
	}
	f, account, err := b.blank(ctx, h.Client, currency)
	if err != nil {
		return 0, err
	}
	switch h.Kind {
	case "", invoice.Bill:
	case invoice.CreditNote:
		f.Kind, f.Series = invoice.CreditNote, "credit"
	case invoice.Fee:
		f.Kind, f.Series = invoice.Fee, "fee"
	default:
		return 0, fault.NewInvalid("There is no such kind of document.")
	}
	f.Order, f.Preceding, f.Prepaid = or(h.Order, f.Order), h.Preceding, h.Prepaid
	f.Notes = append(f.Notes, h.Notes...)
	d := &draft{doc: f, client: h.Client, agreement: h.Agreement, day: civil.NoDate}
	if err := b.fill(d, account, h.Lines, h.Allowances); err != nil {
		return 0, err
	}
	w := s.writer(tx)
	defer w.close()
	out, err := w.put(d, 0, nil)
	if err == nil {
		err = w.flush(ctx)
	}
	if err != nil {
		return 0, err
	}
	return out.ID, s.p.Access.Record(ctx, tx, "billing.drafted", out.ID.String(), f.Buyer.Name)
}

// fill adds lines and discounts that a person wrote to a document, and sums it.
func (b *book) fill(d *draft, account *Account, lines []NewLine, allowances []NewAllowance) error {
	f := d.doc
	if len(f.Lines)+len(lines) > invoice.MaxLines {
		return fault.NewInvalid("A document has at most %d lines.", invoice.MaxLines).On("lines")
	}
	lc := lineContext{b: b, f: f, account: account, w: explain.Words{P: b.printer(f.Language, b.s.p.Zone), Currency: f.Currency}}
	for i := range lines {
		l, err := lc.own(&lines[i])
		if err != nil {
			return err
		}
		l.Span = b.s.p.IDs.New()
		f.Lines = append(f.Lines, l)
		d.spans = append(d.spans, rating.Span{})
	}
	for _, x := range allowances {
		if x.Net <= 0 || x.Reason == "" {
			return fault.NewInvalid("A discount needs a reason and an amount above 0.").On("discount")
		}
		var l invoice.Line
		if err := lc.taxed(&l, or(x.Tax, "standard"), b.today); err != nil {
			return err
		}
		f.Allowances = append(f.Allowances, invoice.Adjustment{Reason: x.Reason, Net: x.Net, Taxes: l.Taxes})
	}
	return total(f)
}

// Edit is a change of a draft: texts, lines that a person wrote, and lines of agreements that are left out, which are then due
// again.
type Edit struct {
	Order    *string
	Notes    *[]string
	Remove   []ids.ID // lines, by their span
	Add      []NewLine
	Discount []NewAllowance
	Rename   map[ids.ID]string // lines, by their span: what stands on them
}

// EditDraft changes a draft that is at a version.
func (s *Service) EditDraft(ctx context.Context, id ids.ID, version int64, e Edit) error {
	return s.change(ctx, "billing.draft-changed", id.String(), "", func(tx *sql.Tx, q *store.Queries) error {
		doc, d, err := s.draftIn(ctx, tx, id)
		if err != nil {
			return err
		}
		b, err := s.book(ctx, true)
		if err != nil {
			return err
		}
		account, err := b.account(ctx, doc.Client)
		if err != nil {
			return err
		}
		if err := s.edit(ctx, tx, q, b, account, doc, d, &e); err != nil {
			return err
		}
		return s.keepDraft(ctx, tx, q, doc, version, d)
	})
}

func (s *Service) edit(ctx context.Context, tx *sql.Tx, q *store.Queries, b *book, account *Account, doc Doc, d *draft, e *Edit) error {
	f := d.doc
	if e.Order != nil {
		f.Order = *e.Order
	}
	if e.Notes != nil {
		f.Notes = *e.Notes
	}
	for _, gone := range e.Remove {
		i := indexOf(f.Lines, gone)
		if i < 0 {
			return fault.NewInvalid("There is no such line in this document.").On("lines")
		}
		sp := d.spans[i]
		f.Lines = append(f.Lines[:i:i], f.Lines[i+1:]...)
		d.spans = append(d.spans[:i:i], d.spans[i+1:]...)
		if err := s.release(ctx, tx, doc, []rating.Span{sp}); err != nil {
			return err
		}
		if err := s.p.Work.UnbillIn(ctx, tx, doc.ID.String(), gone.String()); err != nil {
			return err
		}
		if err := q.DeleteLine(ctx, int64(gone)); err != nil {
			return err
		}
	}
	for span, name := range e.Rename {
		i := indexOf(f.Lines, span)
		if i < 0 || name == "" || len(name) > 200 {
			return fault.NewInvalid("Each line needs a name of at most %d characters.", 200).On("lines")
		}
		f.Lines[i].Name = name
	}
	return b.fill(d, account, e.Add, e.Discount)
}

func indexOf(lines []invoice.Line, span ids.ID) int {
	for i := range lines {
		if lines[i].Span == span {
			return i
		}
	}
	return -1
}

// draftIn reads a draft with its spans.
func (s *Service) draftIn(ctx context.Context, tx *sql.Tx, id ids.ID) (Doc, *draft, error) {
	doc, err := docIn(ctx, tx, id)
	if err != nil {
		return doc, nil, err
	}
	if doc.State != DraftDoc {
		return doc, nil, fault.NewConflict("The document is issued, or thrown away: it does not change any more. Correct it by a credit note.")
	}
	f, err := bodyIn(ctx, tx, id)
	if err != nil {
		return doc, nil, err
	}
	rows, err := store.New(tx).LinesOf(ctx, int64(id))
	d := &draft{doc: f, client: doc.Client, agreement: doc.Agreement, day: doc.RunDay, spans: make([]rating.Span, len(rows))}
	for i, r := range rows {
		d.spans[i] = spanOf(r)
	}
	return doc, d, err
}

func spanOf(r store.BillingLine) rating.Span {
	return rating.Span{
		ID: ids.ID(r.ID), Line: ids.ID(r.LineID), Terms: ids.ID(r.TermsID), Kind: rating.Kind(r.Kind), Of: ids.ID(r.OfID), Period: rating.Period{From: civil.Date(r.Starts), To: civil.Date(r.Ends)},
		Bill: rating.Period{From: civil.Date(r.BillStarts), To: civil.Date(r.BillEnds)}, Quantity: money.Decimal{Coef: r.QuantityCoef, Scale: uint8(r.QuantityScale)}, Amount: r.Amount, Run: civil.Date(r.RunDay),
		Revision: int(r.Revision),
	}
}

// keepDraft writes a draft back.
func (s *Service) keepDraft(ctx context.Context, tx *sql.Tx, q *store.Queries, doc Doc, version int64, d *draft) error {
	f := d.doc
	n, err := q.UpdateDraft(ctx, store.UpdateDraftParams{
		ID: int64(doc.ID), Version: version, Client: f.Buyer.Name, Currency: string(f.Currency), Starts: int64(f.Period.From), Ends: int64(f.Period.To), Net: f.Totals.Net, Tax: f.Totals.Tax, Gross: f.Totals.Gross,
		Kind: string(f.Kind), Series: f.Series, ChangedAt: s.now(),
	})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NewConflict("Somebody else has changed this meanwhile. Look at it again, then repeat your change.")
	}
	body, err := f.Canonical()
	if err != nil {
		return err
	}
	if err := q.SetBody(ctx, int64(doc.ID), string(body)); err != nil {
		return err
	}
	if err := q.DeleteLinesOf(ctx, int64(doc.ID)); err != nil {
		return err
	}
	w := s.writer(tx)
	defer w.close()
	w.lines(doc.ID, d)
	return w.flush(ctx)
}

// release makes what some spans billed due again: the agreement's intervals are open from the earliest of them on.
func (s *Service) release(ctx context.Context, tx *sql.Tx, doc Doc, list []rating.Span) error {
	if doc.Agreement == 0 {
		return nil
	}
	from := Never
	for _, sp := range list {
		if sp.Line != 0 {
			from = min(from, sp.Bill.From)
		}
	}
	if from == Never {
		return nil
	}
	return s.p.Agreements.Reopen(ctx, tx, doc.Agreement, from, s.Today())
}

// Discard throws a draft away: what it would have billed is due again.
func (s *Service) Discard(ctx context.Context, id ids.ID, version int64) error {
	return s.change(ctx, "billing.discarded", id.String(), "", func(tx *sql.Tx, q *store.Queries) error {
		doc, d, err := s.draftIn(ctx, tx, id)
		if err != nil {
			return err
		}
		n, err := q.DiscardDoc(ctx, int64(id), version, s.now())
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NewConflict("Somebody else has changed this meanwhile. Look at it again, then repeat your change.")
		}
		if err := q.DeleteLinesOf(ctx, int64(id)); err != nil {
			return err
		}
		if err := s.release(ctx, tx, doc, d.spans); err != nil {
			return err
		}
		return s.p.Work.UnbillIn(ctx, tx, id.String())
	})
}

// Issue gives drafts their numbers, in the order in which they are named, all or none.
func (s *Service) Issue(ctx context.Context, list ...ids.ID) ([]Doc, error) {
	var out []Doc
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) (err error) {
		out, err = s.IssueIn(ctx, tx, list...)
		return err
	})
	if err == nil {
		s.p.Jobs.Wake()
	}
	return out, err
}

// IssueIn is Issue inside a transaction.
func (s *Service) IssueIn(ctx context.Context, tx *sql.Tx, list ...ids.ID) ([]Doc, error) {
	b, err := s.book(ctx, true)
	if err != nil {
		return nil, err
	}
	if err := b.firm.Ready(); err != nil {
		return nil, err
	}
	w := biller{s: s, tx: tx, b: b, w: s.writer(tx), chains: map[string]*chained{}}
	defer w.w.close()
	out := make([]Doc, 0, len(list))
	for _, id := range list {
		d, err := w.issueOne(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
		if err := s.p.Access.Record(ctx, tx, "billing.issued", id.String(), d.Number); err != nil {
			return nil, err
		}
	}
	return out, w.keep(ctx)
}

// issueOne issues a draft. Parties and terms are taken as they are on this day.
func (w *biller) issueOne(ctx context.Context, id ids.ID) (Doc, error) {
	doc, d, err := w.s.draftIn(ctx, w.tx, id)
	if err != nil {
		return doc, err
	}
	f := d.doc
	if len(f.Lines) == 0 {
		return doc, fault.NewInvalid("A document without a line is not issued.").On("lines")
	}
	fresh, account, err := w.b.blank(ctx, doc.Client, f.Currency)
	if err != nil {
		return doc, err
	}
	f.Seller, f.Buyer, f.BuyerReference, f.Pay = fresh.Seller, fresh.Buyer, fresh.BuyerReference, fresh.Pay
	days := -1
	if doc.Agreement != 0 {
		a, err := w.s.p.Agreements.GetIn(ctx, w.tx, doc.Agreement)
		if err != nil {
			return doc, err
		}
		days = a.PayDays
	}
	c, err := w.chain(ctx, f.Series)
	if err != nil {
		return doc, err
	}
	f.Due = w.b.today.AddDays(pick(days, account.PayDays, w.b.firm.PayDays))
	body, err := c.issue(f, &doc)
	if err != nil {
		return doc, err
	}
	q := store.New(w.tx)
	n, err := q.MarkIssued(ctx, store.MarkIssuedParams{
		ID: int64(id), Version: doc.Version, Series: doc.Series, Year: doc.Year, Seq: doc.Seq, Number: doc.Number, Issued: int64(doc.Issued), Due: int64(doc.Due), Open: doc.Open, PrevHash: doc.Prev, Hash: doc.Hash, ChangedAt: w.s.now(),
	})
	if err == nil && n == 0 {
		err = fault.NewConflict("Somebody else has changed this meanwhile. Look at it again, then repeat your change.")
	}
	if err != nil {
		return doc, err
	}
	if err := q.SetBody(ctx, int64(id), string(body)); err != nil {
		return doc, err
	}
	if err := w.w.journal(w.b.firm.Accounts, f, &doc); err != nil {
		return doc, err
	}
	if err := w.w.flush(ctx); err != nil {
		return doc, err
	}
	doc.Version++
	return doc, w.s.issued(ctx, w.tx, doc)
}

// chain returns where a series stands in this transaction.
func (w *biller) chain(ctx context.Context, code string) (*chained, error) {
	if c := w.chains[code]; c != nil {
		return c, nil
	}
	c, err := w.s.chain(ctx, w.tx, code, w.b.today, w.b.firm.Accounts)
	if err == nil {
		w.chains[code] = c
		w.order = append(w.order, code)
	}
	return c, err
}
