// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// DocState is where a document stands.
type DocState int

// The states of a document.
const (
	DraftDoc DocState = iota
	IssuedDoc
	DiscardedDoc // a draft that was thrown away; its spans are due again
)

// Doc is a document in a list: its head.
type Doc struct {
	ID        ids.ID
	Version   int64
	Kind      invoice.Kind
	State     DocState
	Client    ids.ID
	Name      string // the client's, as it stands on the document
	Agreement ids.ID
	Run       ids.ID
	RunDay    civil.Date
	Series    string
	Year, Seq int64
	Number    string
	Issued    civil.Date
	Due       civil.Date
	Period    rating.Period
	Currency  money.Currency
	Net, Tax, Gross,
	Open int64 // still to be paid; of a credit note: still to be used
	Of         ids.ID // the invoice that a credit note is about
	Prev, Hash string
	PDF, XML   string // digests in the file store; "" = not written yet
	Sent, Seen int64  // microseconds; 0 = not yet
}

const docColumns = `d.id, d.version, d.kind, d.state, d.client_id, d.client, d.agreement_id, d.run_id, d.run_day, d.series, d.year, d.seq, d.number, d.issued, d.due, d.starts, d.ends, d.currency,
 d.net, d.tax, d.gross, d.open, d.of_id, d.prev_hash, d.hash, d.pdf, d.xml, d.sent_at, d.seen_at`

func scanDoc(row interface{ Scan(...any) error }) (d Doc, err error) {
	err = row.Scan(&d.ID, &d.Version, &d.Kind, &d.State, &d.Client, &d.Name, &d.Agreement, &d.Run, &d.RunDay, &d.Series, &d.Year, &d.Seq, &d.Number, &d.Issued, &d.Due, &d.Period.From, &d.Period.To, &d.Currency,
		&d.Net, &d.Tax, &d.Gross, &d.Open, &d.Of, &d.Prev, &d.Hash, &d.PDF, &d.XML, &d.Sent, &d.Seen)
	return d, err
}

func noDocument() *fault.Error { return fault.NewNotFound("There is no such document.") }

// Doc returns the head of a document.
func (s *Service) Doc(ctx context.Context, id ids.ID) (Doc, error) {
	return docIn(ctx, s.p.DB.Reader(), id)
}

// DocIn is Doc inside a transaction.
func (s *Service) DocIn(ctx context.Context, q db.Query, id ids.ID) (Doc, error) {
	return docIn(ctx, q, id)
}

func docIn(ctx context.Context, q db.Query, id ids.ID) (Doc, error) {
	d, err := scanDoc(q.QueryRowContext(ctx, "SELECT "+docColumns+" FROM billing_invoices d WHERE d.id = $1", int64(id)))
	return d, found(err, noDocument())
}

// Document returns a document whole.
func (s *Service) Document(ctx context.Context, id ids.ID) (Doc, *invoice.Invoice, error) {
	d, err := s.Doc(ctx, id)
	if err != nil {
		return d, nil, err
	}
	f, err := bodyIn(ctx, s.p.DB.Reader(), id)
	return d, f, err
}

func bodyIn(ctx context.Context, q db.Query, id ids.ID) (*invoice.Invoice, error) {
	raw, err := rawBody(ctx, q, id)
	if err != nil {
		return nil, err
	}
	return invoice.Parse([]byte(raw))
}

func rawBody(ctx context.Context, q db.Query, id ids.ID) (raw string, err error) {
	err = q.QueryRowContext(ctx, "SELECT body FROM billing_documents WHERE invoice_id = $1", int64(id)).Scan(&raw)
	return raw, found(err, noDocument())
}

// writer writes documents inside one transaction. Rows are gathered, and written by [writer.flush] in as few statements as there
// can be, which are prepared once.
type writer struct {
	s    *Service
	tx   *sql.Tx
	stmt map[string]*sql.Stmt
	text map[insertKey]string
	rows [5][]any // by table, in the order of inserts
}

// table is what a writer writes rows into, a table before those that refer to it.
type table int

const (
	documentRows table = iota
	bodyRows
	lineRows
	entryRows
	postingRows
)

var inserts = [...]struct {
	columns int
	text    string
}{
	documentRows: {26, "INSERT INTO billing_invoices (id, kind, state, client_id, client, agreement_id, run_id, run_day, series, year, seq, number, issued, due, starts, ends, currency, net, tax, gross, open, of_id, prev_hash, hash, made_at, changed_at) VALUES "},
	bodyRows:     {2, "INSERT INTO billing_documents (invoice_id, body) VALUES "},
	lineRows:     {18, "INSERT INTO billing_lines (id, invoice_id, position, agreement_id, line_id, terms_id, item_id, kind, of_id, starts, ends, bill_starts, bill_ends, quantity_coef, quantity_scale, amount, run_day, revision) VALUES "},
	entryRows:    {8, "INSERT INTO billing_entries (id, day, kind, ref_id, number, client_id, text, made_at) VALUES "},
	postingRows:  {5, "INSERT INTO billing_postings (entry_id, position, account, minor, currency) VALUES "},
}

func (s *Service) writer(tx *sql.Tx) *writer {
	return &writer{s: s, tx: tx, stmt: map[string]*sql.Stmt{}, text: map[insertKey]string{}}
}

// with makes a writer use the room of one before it.
func (w *writer) with(rows [5][]any) *writer {
	for t := range rows {
		w.rows[t] = rows[t][:0]
	}
	return w
}

// add gathers one row.
func (w *writer) add(t table, row ...any) { w.rows[t] = append(w.rows[t], row...) }

// flush writes what was gathered.
func (w *writer) flush(ctx context.Context) error {
	for t, values := range w.rows {
		columns := inserts[t].columns
		for len(values) > 0 {
			n := min(len(values)/columns, rowsAtOnce)
			if err := w.exec(ctx, w.marks(table(t), n), values[:n*columns]...); err != nil {
				return err
			}
			values = values[n*columns:]
		}
		w.rows[t] = w.rows[t][:0]
	}
	return nil
}

func (w *writer) close() {
	for _, st := range w.stmt {
		_ = st.Close()
	}
}

func (w *writer) exec(ctx context.Context, query string, args ...any) error {
	st := w.stmt[query]
	if st == nil {
		var err error
		if st, err = w.tx.PrepareContext(ctx, query); err != nil {
			return err
		}
		w.stmt[query] = st
	}
	_, err := st.ExecContext(ctx, args...)
	return err
}

// rowsAtOnce is how many rows one statement writes at most.
const rowsAtOnce = 50

type insertKey struct {
	table table
	rows  int
}

// marks completes a statement for n rows; it is made once.
func (w *writer) marks(t table, n int) string {
	k := insertKey{t, n}
	if q := w.text[k]; q != "" {
		return q
	}
	var b strings.Builder
	b.WriteString(inserts[t].text)
	columns := inserts[t].columns
	for i := range columns * n {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		if w.s.p.DB.Engine == db.SQLite {
			b.WriteString("?") // it looks named marks up one after the other
		} else {
			b.WriteString("$" + strconv.Itoa(i+1))
		}
	}
	b.WriteString(")")
	w.text[k] = b.String()
	return w.text[k]
}

// put gathers a document with its lines. Where chained is not nil it is issued. Where it fails nothing is gathered, and no number
// is taken.
func (w *writer) put(d *draft, run ids.ID, c *chained) (Doc, error) {
	f := d.doc
	if f.ID == 0 {
		f.ID = w.s.p.IDs.New()
	}
	out := Doc{
		ID: f.ID, Version: 1, Kind: f.Kind, Client: d.client, Name: f.Buyer.Name, Agreement: d.agreement, Run: run, RunDay: d.day, Series: f.Series, Issued: f.Issued, Due: f.Due, Period: f.Period, Currency: f.Currency,
		Net: f.Totals.Net, Tax: f.Totals.Tax, Gross: f.Totals.Gross,
	}
	if len(f.Preceding) > 0 {
		out.Of = f.Preceding[0].ID
	}
	var body []byte
	var err error
	if c == nil {
		body, err = f.Canonical()
	} else {
		before := *c
		if body, err = c.issue(f, &out); err == nil {
			err = w.journal(c.accounts, f, &out)
		}
		if err != nil {
			*c = before
		}
	}
	if err != nil {
		return out, err
	}
	now := w.s.now()
	w.add(documentRows, int64(out.ID), string(out.Kind), int64(out.State), int64(out.Client), out.Name, int64(out.Agreement), int64(run), int64(out.RunDay), out.Series, out.Year, out.Seq, out.Number,
		int64(out.Issued), int64(out.Due), int64(out.Period.From), int64(out.Period.To), string(out.Currency), out.Net, out.Tax, out.Gross, out.Open, int64(out.Of), out.Prev, out.Hash, now, now)
	w.add(bodyRows, int64(out.ID), string(body))
	w.lines(out.ID, d)
	return out, nil
}

// lines gathers the lines of a document.
func (w *writer) lines(id ids.ID, d *draft) {
	for i := range d.doc.Lines {
		l := &d.doc.Lines[i]
		var sp rating.Span
		if i < len(d.spans) {
			sp = d.spans[i]
		}
		if sp.Line == 0 {
			sp = rating.Span{ID: l.Span, Kind: sp.Kind, Of: sp.Of, Period: l.Period, Quantity: l.Quantity, Amount: signed(d.doc.Kind, l.Net), Run: d.day}
			if sp.ID == 0 {
				sp.ID = w.s.p.IDs.New()
			}
			if sp.Period == (rating.Period{}) {
				sp.Period = rating.Period{From: civil.NoDate, To: civil.NoDate}
			}
			sp.Bill = sp.Period
		}
		w.add(lineRows, int64(sp.ID), int64(id), int64(i+1), int64(d.agreement), int64(sp.Line), int64(sp.Terms), int64(l.Item), int64(sp.Kind), int64(sp.Of), int64(sp.Period.From), int64(sp.Period.To),
			int64(sp.Bill.From), int64(sp.Bill.To), sp.Quantity.Coef, int64(sp.Quantity.Scale), sp.Amount, int64(sp.Run), int64(sp.Revision))
	}
}

// signed gives a line's amount the sign that it has in the books: a credit note takes back what it names.
func signed(k invoice.Kind, net int64) int64 {
	if k == invoice.CreditNote {
		return -net
	}
	return net
}
