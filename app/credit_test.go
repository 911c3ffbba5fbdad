// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/payments"
	"mainstay/practice/payments/match"
)

// write issues an invoice of one line for Kestrel.
func (d *desk) write(net int64) billing.Doc {
	d.t.Helper()
	ctx := context.Background()
	id, err := d.Billing.Write(ctx, billing.ByHand{Client: d.client, Lines: []billing.NewLine{{Name: "Work", Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: net}}}})
	if err != nil {
		d.t.Fatal(err)
	}
	docs, err := d.Billing.Issue(ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return docs[0]
}

func (d *desk) openOf(id ids.ID) int64 {
	d.t.Helper()
	doc, err := d.Billing.Doc(context.Background(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return doc.Open
}

// What is left of a credit note is set off against another invoice, and the rest noted as paid out, from its page.
func TestCreditIsUsed(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	paid := d.managed() // 149.35
	if _, err := d.Payments.Record(ctx, payments.Entry{Client: d.client, Day: d.Payments.Today(), Minor: 14935, Currency: "EUR", Method: payments.ByBank, Allocations: []match.Allocation{{Invoice: paid.ID, Amount: 14935}}}); err != nil {
		t.Fatal(err)
	}
	note, err := d.Billing.CreditNote(ctx, billing.Credit{Of: paid.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Billing.Issue(ctx, note); err != nil {
		t.Fatal(err)
	}
	page := d.get("/billing/invoices/" + note.String())
	if !strings.Contains(page, "No open invoice of the client") || !strings.Contains(page, "Note that it is paid out") {
		t.Error("nothing is offered")
	}
	other := d.write(100) // 119.00
	if page := d.get("/billing/invoices/" + note.String()); !strings.Contains(page, other.Number) {
		t.Error("the open invoice is not offered")
	}
	to := "/payments/credits/" + note.String()
	if d.post(to+"/offset", url.Values{}); d.openOf(other.ID) != 11900 {
		t.Error("set off against nothing")
	}
	if code, at, _ := d.post(to+"/offset", url.Values{"invoice": {other.ID.String()}}); code != http.StatusSeeOther || !strings.HasPrefix(at, "/billing/invoices/"+note.String()) {
		t.Errorf("%d %s", code, at)
	}
	if d.openOf(other.ID) != 0 || d.openOf(note) != 3035 { // 149.35 − 119.00
		t.Errorf("%d open of the invoice, %d of the credit note", d.openOf(other.ID), d.openOf(note))
	}
	if d.post(to+"/payout", url.Values{"method": {"gold"}}); d.openOf(note) != 3035 {
		t.Error("paid out in gold")
	}
	d.post(to+"/payout", url.Values{"method": {"bank"}, "note": {"By hand"}})
	if d.openOf(note) != 0 {
		t.Errorf("%d left", d.openOf(note))
	}
	d.post(to+"/payout", url.Values{"method": {"bank"}}) // twice pays nothing more
	list, err := d.Payments.List(ctx, payments.Query{Client: d.client})
	if err != nil || len(list.Rows) != 2 || list.Rows[0].Minor != -3035 || list.Rows[0].Note != "By hand" {
		t.Errorf("%+v %v", list.Rows, err)
	}
	if page := d.get("/billing/invoices/" + note.String()); strings.Contains(page, "Note that it is paid out") {
		t.Error("what is used up is offered again")
	}
	reader := d.as(access.ReadOnly)
	r := httptest.NewRequest("POST", to+"/payout", strings.NewReader("method=bank"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := reader.do(r); w.Code != http.StatusForbidden {
		t.Errorf("a reader paid out: %d", w.Code)
	}
}

// A statement is mailed from its page, and to all from the list of what is owed; the history shows it with its file.
func TestStatementsAreMailedFromThePages(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.managed()
	page := "/payments/statements/" + d.client.String()
	if s := d.get(page); !strings.Contains(s, "name no address") || strings.Contains(s, page+"/send") {
		t.Error("it can be mailed to nobody")
	}
	a, err := d.Billing.Account(ctx, d.client)
	if err != nil {
		t.Fatal(err)
	}
	a.Email = "books@kestrel.example"
	if err := d.Billing.SetAccount(ctx, a); err != nil {
		t.Fatal(err)
	}
	d.post(page+"/send", nil)
	if sent, err := d.Payments.SentStatements(ctx, 0, 10); err != nil || len(sent) != 0 {
		t.Errorf("sent without a mailbox: %+v %v", sent, err)
	}
	if _, err := d.Mail.SaveMailbox(ctx, mailroom.Mailbox{Address: "help@firm.example", Enabled: true, Auth: mailroom.Password, Secret: "planted", SMTP: mailroom.Server{Host: "127.0.0.1", Port: 9, Security: mailroom.Plain}}); err != nil {
		t.Fatal(err)
	}
	d.post("/payments/statements", url.Values{"to": {d.Payments.Today().String()}})
	d.post("/payments/statements", url.Values{"to": {d.Payments.Today().String()}}) // again sends nothing
	sent, err := d.Payments.SentStatements(ctx, d.client, 10)
	if err != nil || len(sent) != 1 || sent[0].Author == "" {
		t.Fatalf("%+v %v", sent, err)
	}
	d.post(page+"/send", nil)
	if sent, err = d.Payments.SentStatements(ctx, d.client, 10); err != nil || len(sent) != 2 {
		t.Errorf("%+v %v", sent, err)
	}
	file := "/payments/sent-statements/" + sent[0].ID.String() + "/file.pdf"
	if s := d.get(page); !strings.Contains(s, "books@kestrel.example") || !strings.Contains(s, file) {
		t.Error("the history does not show it")
	}
	if s := d.get(file); !strings.HasPrefix(s, "%PDF-") {
		t.Errorf("%.20q", s)
	}
	if s := d.get("/payments/ageing"); !strings.Contains(s, "Mail statements") {
		t.Error("no button for all")
	}
}
