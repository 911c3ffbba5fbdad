// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/desk/portal"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/payments"
	"mainstay/practice/payments/match"
)

// agreed makes an agreement of Kestrel's from this month on: a fee, three devices, and four hours a month included.
func (d *desk) agreed() ids.ID {
	d.t.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			d.t.Helper()
			d.t.Fatal(err)
		}
	}
	at := invoice.Address{Street: "1 Quay", City: "Hamburg", Postcode: "20457", Country: "DE"}
	must(d.Billing.SetFirm(ctx, billing.Firm{Party: invoice.Party{Name: "Tidegate", VAT: "DE123456788", Address: at}, Currency: "EUR", Pay: invoice.Payment{IBAN: "DE89370400440532013000", Holder: "Tidegate IT"}}))
	for _, x := range billing.Preset("DE") {
		must(d.Billing.AddTax(ctx, x))
	}
	must(d.Billing.SetAccount(ctx, billing.Account{Client: d.client, PayDays: 14, Party: invoice.Party{Name: "Kestrel Academy Trust", VAT: "DE987654321", Address: at}}))
	return d.agreedOnly()
}

// agreedOnly is agreed, where the firm is set up already.
func (d *desk) agreedOnly() ids.ID {
	d.t.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			d.t.Helper()
			d.t.Fatal(err)
		}
	}
	first := d.Billing.Today().Month().First()
	id, err := d.Agreements.Create(ctx, agreements.NewAgreement{
		Head: agreements.Head{Client: d.client, Name: "Managed", Currency: "EUR", Starts: first, Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: civil.NoDate, Unit: rating.Month}},
		Lines: []agreements.NewLine{
			{Copy: agreements.Copy{Name: "Care"}, Terms: rating.Terms{Price: rating.Price{Unit: money.Decimal{Coef: 100}}}},
			{Copy: agreements.Copy{Name: "Devices", Counted: agreements.CountedHand}, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: 850, Scale: 2}}}},
		},
		Pots: []agreements.Pot{{Name: "Hours", Measure: agreements.Hours, Alert: 10, Pot: rating.Pot{Each: money.Decimal{Coef: 4}}}},
	})
	must(err)
	must(d.Agreements.Activate(ctx, id, 1, agreements.Sign{By: "Bo"}))
	a, err := d.Agreements.Get(ctx, id)
	must(err)
	must(d.Agreements.Count(ctx, a.Lines[1].ID, agreements.NewFact{Day: first, Quantity: money.Decimal{Coef: 3}, Source: agreements.CountedHand, Evidence: `["KES-PC-01","KES-PC-02","KES-SRV-1"]`}))
	return id
}

// managed bills Kestrel this month of what is agreed, and returns the invoice.
func (d *desk) managed() billing.Doc {
	d.t.Helper()
	ctx, id := context.Background(), d.agreed()
	must := func(err error) {
		if err != nil {
			d.t.Helper()
			d.t.Fatal(err)
		}
	}
	run, err := d.Billing.Start(ctx, billing.Order{Agreement: id, Issue: true})
	must(err)
	must(d.Billing.Continue(ctx, run, nil))
	list, err := d.Billing.List(ctx, billing.Filter{Run: run})
	must(err)
	if len(list.Rows) != 1 {
		d.t.Fatalf("%d documents", len(list.Rows))
	}
	return list.Rows[0]
}

// A client's person sees what was billed, why, what was paid, and what is left of what is included; without the right, nothing.
func TestPortalInvoices(t *testing.T) {
	o := newOffice(t)
	ctx := context.Background()
	d := o.managed() // 100 + 3 × 8.50 = 125.50, 149.35 with tax
	o.grant(o.client, o.boss, portal.Rights{Sees: portal.SeesClient, Billing: true})
	g := o.enter("bo@kestrel.example")
	holds := func(what, page string, want ...string) {
		t.Helper()
		for _, x := range want {
			if !strings.Contains(page, x) {
				t.Errorf("%s does not say %q", what, x)
			}
		}
	}
	list := g.page("/portal/invoices")
	holds("the list", list, d.Number, "€149.35", "1 invoice", "Hours", "4 h", "until "+lastDay(d.Period.From))
	one := g.page("/portal/invoices/" + d.ID.String())
	holds("the invoice", one, "Care", "Devices", "3 × €8.50 = €25.50", "counted by hand", "KES-PC-01, KES-PC-02, KES-SRV-1", "tax 19 %", "€149.35", "DE89370400440532013000", "Nothing has been paid")
	if d, err := o.Billing.Doc(ctx, d.ID); err != nil || d.Seen == 0 {
		t.Errorf("nobody noted that the client looked: %+v %v", d, err)
	}
	if w := g.get("/portal/invoices/" + d.ID.String() + "/file.pdf"); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
		t.Errorf("PDF: %d %v", w.Code, w.Header())
	}
	if w := g.get("/portal/invoices/" + d.ID.String() + "/file.xml"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<cbc:ID>"+d.Number+"</cbc:ID>") {
		t.Errorf("XML: %d %s", w.Code, w.Body)
	}
	_, err := o.Payments.Record(ctx, payments.Entry{Client: o.client, Day: o.Payments.Today(), Minor: 15000, Currency: "EUR", Method: payments.ByBank, Reference: "Thanks " + d.Number, Allocations: []match.Allocation{{Invoice: d.ID, Amount: 14935}}})
	if err != nil {
		t.Fatal(err)
	}
	holds("the paid invoice", g.page("/portal/invoices/"+d.ID.String()), "Payments credited", "€149.35", "Paid")
	holds("what was paid", g.page("/portal/payments"), "Thanks "+d.Number, "€150.00", "€0.65", "Bank transfer")
	if s := g.page("/portal/invoices?show=open"); strings.Contains(s, d.Number) || !strings.Contains(s, "Nothing is open") || !strings.Contains(s, "€0.65") {
		t.Error("open: ", s)
	}
	note, err := o.Billing.CreditNote(ctx, billing.Credit{Of: d.ID, Reason: "Care was late"})
	if err != nil {
		t.Fatal(err)
	}
	if w := g.get("/portal/invoices/" + note.String()); w.Code != http.StatusNotFound {
		t.Errorf("a draft: %d", w.Code)
	}
	issued, err := o.Billing.Issue(ctx, note)
	if err != nil {
		t.Fatal(err)
	}
	holds("the credit note", g.page("/portal/invoices/"+note.String()), issued[0].Number, "Care was late", d.Number, "To your credit")
	holds("the list with a credit note", g.page("/portal/invoices"), issued[0].Number, "€150.00", "-€149.35")
}

// lastDay is the last day of the month of a day, as an English reader of the portal sees it.
func lastDay(d civil.Date) string {
	x := (d.Month() + 1).First() - 1
	return x.Time(time.UTC).Format("Jan 2, 2006")
}

// More documents than fit stand on pages of their own, each once.
func TestPortalInvoicesArePaged(t *testing.T) {
	o := newOffice(t)
	ctx := context.Background()
	o.managed()
	want := map[ids.ID]string{}
	var drafts []ids.ID
	for i := range 30 {
		id, err := o.Billing.Write(ctx, billing.ByHand{Client: o.client, Lines: []billing.NewLine{{Name: fmt.Sprint("Work ", i), Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: 10}}}})
		if err != nil {
			t.Fatal(err)
		}
		drafts = append(drafts, id)
	}
	docs, err := o.Billing.Issue(ctx, drafts...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		want[d.ID] = d.Number
	}
	o.grant(o.client, o.boss, portal.Rights{Sees: portal.SeesClient, Billing: true})
	g := o.enter("bo@kestrel.example")
	first := g.page("/portal/invoices")
	_, rest, ok := strings.Cut(first, `href="/portal/invoices?before=`)
	if !ok {
		t.Fatal("no second page")
	}
	before, _, _ := strings.Cut(rest, `"`)
	second := g.page("/portal/invoices?before=" + before)
	for id, number := range want {
		if n := strings.Count(first, "/portal/invoices/"+id.String()) + strings.Count(second, "/portal/invoices/"+id.String()); n != 1 {
			t.Errorf("%s stands there %d times", number, n)
		}
	}
}
