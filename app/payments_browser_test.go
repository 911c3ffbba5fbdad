// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/clients"
	"mainstay/practice/payments"
	"mainstay/practice/payments/match"
	"mainstay/practice/payments/sepa"
	"mainstay/test/browser"
)

// till is a site of a firm that has issued invoices, due at once.
type till struct {
	site
	t       *testing.T
	clock   *clock.Fixed
	harbour ids.ID
	kestrel ids.ID
}

func newTill(t *testing.T) *till {
	t.Helper()
	c := clock.At(time.Now())
	k := &till{site: newSiteAt(t, c), t: t, clock: c}
	ctx := context.Background()
	f, err := k.Billing.Firm(ctx)
	k.must(err)
	f.Party = invoice.Party{Name: "Tidegate IT GmbH", VAT: "DE123456788", Address: invoice.Address{Street: "Kai 4", City: "Hamburg", Postcode: "20457", Country: "DE"}}
	f.Pay.IBAN, f.Currency, f.Creditor = "DE89370400440532013000", "EUR", "DE98ZZZ09999999999"
	k.must(k.Billing.SetFirm(ctx, f))
	for _, x := range billing.Preset("DE") {
		k.must(k.Billing.AddTax(ctx, x))
	}
	k.harbour, k.kestrel = k.client("Harbour Dental"), k.client("Kestrel Trust")
	return k
}

// later lets time pass, which ends sessions: somebody signs in anew.
func (k *till) later(d time.Duration) {
	k.t.Helper()
	k.clock.Advance(d)
	k.session = &http.Cookie{Name: access.Cookie, Value: join(k.t, k.App, access.Manager)}
}

func (k *till) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *till) client(name string) ids.ID {
	k.t.Helper()
	ctx := context.Background()
	id, err := k.Clients.Create(ctx, clients.Details{Name: name})
	k.must(err)
	k.must(k.Billing.SetAccount(ctx, billing.Account{
		Client: id, PayDays: 0, Email: "office@" + strings.ToLower(name[:7]) + ".example",
		Party: invoice.Party{Name: name, VAT: "DE987654321", Address: invoice.Address{Street: "Hafen 1", City: "Kiel", Postcode: "24103", Country: "DE"}},
	}))
	return id
}

// issue issues an invoice; 300 net comes to 357.00.
func (k *till) issue(client ids.ID, net int64) billing.Doc {
	k.t.Helper()
	ctx := context.Background()
	id, err := k.Billing.Write(ctx, billing.ByHand{Client: client, Lines: []billing.NewLine{{Name: "Work", Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: net}}}})
	k.must(err)
	docs, err := k.Billing.Issue(ctx, id)
	k.must(err)
	return docs[0]
}

// file writes a bank's file; an entry is an amount, a text and a name.
func (k *till) file(entries ...[3]string) string {
	k.t.Helper()
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>`)
	for _, e := range entries {
		fmt.Fprintf(&b, `<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>%s</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>%s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`,
			e[0], k.Payments.Today(), e[2], e[1])
	}
	b.WriteString(`</Stmt></BkToCstmrStmt></Document>`)
	path := filepath.Join(k.t.TempDir(), "camt053.xml")
	k.must(os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

// The pages of payments in all looks, empty and with much.
func TestBrowserPayments(t *testing.T) {
	k := newTill(t)
	ctx := context.Background()
	for name, path := range map[string]string{
		"pay-none": "/payments", "pay-bank-none": "/payments/bank", "pay-ageing-none": "/payments/ageing", "pay-reminders-none": "/payments/reminders", "pay-debits-none": "/payments/debits",
	} {
		t.Run(name, func(t *testing.T) { k.Check(t, k.look(name, path)) })
	}
	a, b, c := k.issue(k.harbour, 300), k.issue(k.harbour, 100), k.issue(k.kestrel, 50)
	d := k.issue(k.kestrel, 2400)
	id, err := k.Payments.Record(ctx, payments.Entry{Client: k.harbour, Day: k.Payments.Today(), Minor: 6000, Currency: "EUR", Method: payments.ByCash, Reference: "Receipt 7", Allocations: []match.Allocation{{Invoice: b.ID, Amount: 5000}}})
	k.must(err)
	_, err = k.Payments.SaveMandate(ctx, payments.Mandate{Client: k.kestrel, Mandate: sepa.Mandate{Reference: "M-1", Signed: k.Payments.Today(), Scheme: sepa.Core, Name: "Kestrel Trust", IBAN: "DE02120300000000202051"}})
	k.must(err)
	collect, err := k.Payments.EarliestCollect(ctx)
	k.must(err)
	run, err := k.Payments.MakeRun(ctx, collect, []ids.ID{c.ID})
	k.must(err)
	path := k.file([3]string{"357.00", "Rechnung " + a.Number, "Harbour Dental"}, [3]string{"1000.00", "Abschlag auf " + d.Number, "Kestrel Trust"}, [3]string{"12.34", "Zinsen", ""})
	f, err := os.Open(path)
	k.must(err)
	info, err := f.Stat()
	k.must(err)
	_, err = k.Payments.Import(ctx, payments.Upload{Name: "camt053.xml", At: f, Size: info.Size()})
	k.must(err)
	_ = f.Close()
	waiting, err := k.Payments.Bookings(ctx, payments.ToReview, 0, 10)
	k.must(err)
	set, err := k.Payments.Settings(ctx)
	k.must(err)
	set.Levels, set.Interest = []payments.Level{{Days: 1, Fee: 500}, {Days: 10}}, money.Decimal{Coef: 95, Scale: 1}
	k.must(k.Payments.SetSettings(ctx, set, nil, nil))
	k.later(48 * time.Hour)
	k.must(k.Payments.SetHold(ctx, payments.Hold{Client: k.kestrel, Until: k.Payments.Today() + 5, Note: "talks"}))
	mandates, err := k.Payments.Mandates(ctx, 0)
	k.must(err)
	for name, path := range map[string]string{
		"pay-list": "/payments", "pay-nothing": "/payments?q=nothing", "pay-new": "/payments/new", "pay-new-client": "/payments/new?client=" + k.harbour.String(), "pay-one": "/payments/entries/" + id.String(), "pay-bank": "/payments/bank",
		"pay-bank-done": "/payments/bank/done", "pay-booking": "/payments/bank/lines/" + waiting[1].ID.String(), "pay-booking-unknown": "/payments/bank/lines/" + waiting[2].ID.String(), "pay-ageing": "/payments/ageing",
		"pay-statement": "/payments/statements/" + k.harbour.String(), "pay-reminders": "/payments/reminders", "pay-debits": "/payments/debits", "pay-run": "/payments/debits/" + run.String(), "pay-mandate": "/payments/mandates/" + mandates[0].ID.String(),
		"pay-mandate-new": "/payments/mandates/new", "pay-settings": "/payments/settings",
	} {
		t.Run(name, func(t *testing.T) { k.Check(t, k.look(name, path)) })
	}
}

// Somebody issues invoices, takes in the bank's file, accepts what is certain, books a part by hand, looks at what is owed, and
// reminds who is late. The same file again changes nothing.
func TestBrowserFromBankToReminder(t *testing.T) {
	k := newTill(t)
	ctx := context.Background()
	_, err := k.Mail.SaveMailbox(ctx, mailroom.Mailbox{Address: "help@firm.example", Enabled: true, Auth: mailroom.Password, Secret: "planted", SMTP: mailroom.Server{Host: "127.0.0.1", Port: 9, Security: mailroom.Plain}})
	k.must(err)
	set, err := k.Payments.Settings(ctx)
	k.must(err)
	set.Levels = []payments.Level{{Days: 1}}
	k.must(k.Payments.SetSettings(ctx, set, nil, nil))
	a, b, c := k.issue(k.harbour, 300), k.issue(k.harbour, 100), k.issue(k.kestrel, 50)
	path := k.file([3]string{"357.00", "Rechnung " + a.Number, "Harbour Dental"}, [3]string{"100.00", "Teil von " + b.Number, "Harbour Dental"})
	k.later(48 * time.Hour)
	tab := k.Open(t, browser.Look{Name: "pay-flow", URL: k.url + "/payments/bank", Cookies: []*http.Cookie{k.session}})
	tab.Files("input[name=file]", path)
	tab.Click("form[action='/payments/bank'] button[type=submit]")
	tab.Wait("form[action='/payments/bank/accept']")
	tab.Click("form[action='/payments/bank/accept'] button")
	tab.Wait("form[action$='/ignore']")
	if got := k.open(a.ID); got != 0 {
		t.Errorf("%d open after accepting", got)
	}
	tab.Click("a[data-open]")
	tab.Wait("input[name='to-" + b.ID.String() + "']")
	tab.Click("button.btn-primary")
	tab.Wait(".empty")
	if got := k.open(b.ID); got != 1900 {
		t.Errorf("%d open after the part", got)
	}
	tab.Goto(k.url + "/payments/bank")
	tab.Files("input[name=file]", path)
	tab.Click("form[action='/payments/bank'] button[type=submit]")
	tab.Wait("[data-toast]")
	if n, err := k.Payments.CountBookings(ctx); err != nil || n != 0 {
		t.Errorf("%d bookings after the same file again, %v", n, err)
	}
	tab.Goto(k.url + "/payments/ageing")
	if text := tab.Text(".table"); !strings.Contains(text, "19.00") || !strings.Contains(text, "59.50") || strings.Contains(text, "357.00") {
		t.Errorf("owed: %s", text)
	}
	tab.Goto(k.url + "/payments/reminders")
	tab.Click("#send button.btn-primary")
	tab.Wait(".empty")
	sent, err := k.Payments.SentReminders(ctx, 0, 10)
	k.must(err)
	if len(sent) != 2 {
		t.Errorf("%d reminders", len(sent))
	}
	if got := k.open(c.ID); got != 5950 {
		t.Errorf("%d open", got)
	}
	tab.Quiet()
}

func (k *till) open(id ids.ID) int64 {
	k.t.Helper()
	d, err := k.Billing.Doc(context.Background(), id)
	k.must(err)
	return d.Open
}
