// SPDX-License-Identifier: Apache-2.0

package payments_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/clients"
	"mainstay/practice/payments"
	"mainstay/practice/worklog"
)

var ctx = context.Background()

// rig is a firm in Hamburg on 2 March 2026 with two clients.
type rig struct {
	*payments.Service
	db      *db.DB
	clock   *clock.Fixed
	jobs    *jobs.Queue
	billing *billing.Service
	clients *clients.Service
	sealer  *access.Sealer
	harbour ids.ID
	kestrel ids.ID
	mails   []payments.Letter
	told    []payments.Happening
}

// failed are the collections that listeners were told failed.
func (r *rig) failed() (out []payments.Happening) {
	for _, h := range r.told {
		if h.What == payments.Failed {
			out = append(out, h)
		}
	}
	return out
}

func newRig(t testing.TB, d *db.DB) *rig { return rigAt(t, d, "", nil) }

func rigAt(t testing.TB, d *db.DB, stripe string, client *http.Client) *rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	must(t, err)
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	a := access.New(d, c, s, sealer, access.Options{})
	r := &rig{db: d, clock: c, jobs: q, clients: clients.New(d, c, s, a, q), sealer: sealer}
	v := config.Values{DB: d}
	agree := agreements.New(agreements.Parts{DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q})
	work := worklog.New(worklog.Parts{DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q, Currency: func(context.Context) money.Currency { return "EUR" }})
	r.billing = billing.New(billing.Parts{DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q, Values: v, Clients: r.clients, Agreements: agree, Work: work})
	blobs, err := blob.Open(filepath.Join(t.TempDir(), "files"))
	must(t, err)
	r.Service = payments.New(payments.Parts{
		DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q, Values: v, Clients: r.clients, Billing: r.billing, Sealer: sealer, URL: "https://firm.example", Stripe: stripe, StripeHTTP: client,
		Post:    func(_ context.Context, _ *sql.Tx, l payments.Letter) error { r.mails = append(r.mails, l); return nil },
		CanSend: func(context.Context) (bool, error) { return true, nil },
		Blobs:   blobs,
	})
	r.Listen(func(_ context.Context, _ *sql.Tx, h payments.Happening) error { r.told = append(r.told, h); return nil })
	f, err := r.billing.Firm(ctx)
	must(t, err)
	f.Party = invoice.Party{Name: "Tidegate IT GmbH", VAT: "DE123456788", Address: invoice.Address{Street: "Kai 4", City: "Hamburg", Postcode: "20457", Country: "DE"}}
	f.Pay.IBAN, f.Currency, f.Language, f.Creditor = "DE89370400440532013000", "EUR", "en-GB", "DE98ZZZ09999999999"
	must(t, r.billing.SetFirm(ctx, f))
	for _, x := range billing.Preset("DE") {
		must(t, r.billing.AddTax(ctx, x))
	}
	r.harbour, r.kestrel = r.client(t, "Harbour Dental"), r.client(t, "Kestrel Trust")
	return r
}

func (r *rig) client(t testing.TB, name string) ids.ID {
	t.Helper()
	id, err := r.clients.Create(ctx, clients.Details{Name: name})
	must(t, err)
	must(t, r.billing.SetAccount(ctx, billing.Account{
		Client: id, PayDays: -1, Email: "office@" + name[:7] + ".example",
		Party: invoice.Party{Name: name, VAT: "DE987654321", Address: invoice.Address{Street: "Hafen 1", City: "Kiel", Postcode: "24103", Country: "DE"}},
	}))
	return id
}

// issue issues an invoice of a net price with 19 % tax: 300 comes to 357.00.
func (r *rig) issue(t testing.TB, client ids.ID, net int64) billing.Doc {
	t.Helper()
	return r.document(t, billing.ByHand{Client: client, Lines: []billing.NewLine{{Name: "Work", Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: net}}}})
}

func (r *rig) document(t testing.TB, h billing.ByHand) billing.Doc {
	t.Helper()
	id, err := r.billing.Write(ctx, h)
	must(t, err)
	docs, err := r.billing.Issue(ctx, id)
	must(t, err)
	return docs[0]
}

func (r *rig) doc(t testing.TB, id ids.ID) billing.Doc {
	t.Helper()
	d, err := r.billing.Doc(ctx, id)
	must(t, err)
	return d
}

func (r *rig) days(n int) { r.clock.Advance(time.Duration(n) * 24 * time.Hour) }

func (r *rig) work(t testing.TB) {
	t.Helper()
	for {
		did, err := r.jobs.One(ctx)
		must(t, err)
		if !did {
			return
		}
	}
}

// balances are the accounts of the journal: name and currency to the sum.
func (r *rig) balances(t testing.TB) map[string]int64 {
	t.Helper()
	rows, err := r.db.Reader().QueryContext(ctx, "SELECT account, currency, CAST(SUM(minor) AS BIGINT) FROM billing_postings GROUP BY account, currency")
	must(t, err)
	defer func() { _ = rows.Close() }()
	out := map[string]int64{}
	for rows.Next() {
		var a, c string
		var n int64
		must(t, rows.Scan(&a, &c, &n))
		if n != 0 {
			out[a+" "+c] = n
		}
	}
	must(t, rows.Err())
	return out
}

// sound checks what must always hold: the journal's accounts are what documents and payments say, nothing is below 0, and the ageing
// of today comes to the same.
func (r *rig) sound(t testing.TB) {
	t.Helper()
	book := r.balances(t)
	for _, c := range []money.Currency{"EUR", "USD"} {
		var open, left int64
		must(t, r.db.Reader().QueryRowContext(ctx, "SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'credit_note' THEN -open ELSE open END), 0) AS BIGINT) FROM billing_invoices WHERE state = 1 AND currency = $1", string(c)).Scan(&open))
		must(t, r.db.Reader().QueryRowContext(ctx, "SELECT CAST(COALESCE(SUM(left_minor), 0) AS BIGINT) FROM payments_payments WHERE currency = $1", string(c)).Scan(&left))
		if got := book["Assets:Receivable "+string(c)]; got != open {
			t.Fatalf("receivable %d, open %d", got, open)
		}
		if got := -book["Liabilities:Clients "+string(c)]; got != left {
			t.Fatalf("credit %d, left %d", got, left)
		}
		a, err := r.Ageing(ctx, r.Today(), 0)
		must(t, err)
		var total int64
		for _, x := range a.Totals {
			if x.Currency == c {
				total = x.Total()
			}
		}
		if total != open-left {
			t.Fatalf("ageing %d, open %d less credit %d", total, open, left)
		}
	}
	var bad int64
	must(t, r.db.Reader().QueryRowContext(ctx, "SELECT (SELECT count(*) FROM payments_payments WHERE left_minor < 0) + (SELECT count(*) FROM billing_invoices WHERE open < 0)").Scan(&bad))
	if bad != 0 {
		t.Fatal("something is below 0")
	}
}

func (r *rig) take(t testing.TB, data string) []payments.Taken {
	t.Helper()
	out, err := r.Import(ctx, payments.Upload{Name: "bank.xml", At: bytes.NewReader([]byte(data)), Size: int64(len(data))})
	must(t, err)
	return out
}

type entry struct {
	amount, text, iban, name, e2e, bundle, returned string
	out                                             bool
}

// camt writes a bank's file of 3 March 2026.
func camt(entries ...entry) string {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>`)
	for _, e := range entries {
		side, reason := "CRDT", ""
		if e.out {
			side = "DBIT"
		}
		if e.returned != "" {
			reason = "<RtrInf><Rsn><Cd>" + e.returned + "</Cd></Rsn></RtrInf>"
		}
		fmt.Fprintf(&b, `<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-03</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId><PmtInfId>%s</PmtInfId></Refs><RltdPties><Dbtr><Pty><Nm>%s</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>%s</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>%s</Ustrd></RmtInf>%s</TxDtls></NtryDtls></Ntry>`,
			e.amount, side, e.e2e, e.bundle, e.name, e.iban, e.text, reason)
	}
	b.WriteString(`</Stmt></BkToCstmrStmt></Document>`)
	return b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func march(d int) civil.Date { return civil.MustDate(2026, 3, 1).AddDays(d - 1) }
