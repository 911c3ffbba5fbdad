// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/clients"
)

// Prices of two clients are raised in one go: one is written to by mail in German, the other has a letter to print in French.
func TestPriceLetters(t *testing.T) {
	ctx := context.Background()
	a := openAt(t, clock.At(time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)))
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{App: a, t: t, handler: h, session: join(t, a, access.Owner)}
	client := agreed(t, site{App: a})
	german := signedUp(t, site{App: a}, client)
	acc, err := a.Billing.Account(ctx, client)
	if err != nil {
		t.Fatal(err)
	}
	acc.Email, acc.Language = "office@harbour.example", "de-DE"
	if err := a.Billing.SetAccount(ctx, acc); err != nil {
		t.Fatal(err)
	}
	other, err := a.Clients.Create(ctx, clients.Details{Name: "Phare"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Billing.SetAccount(ctx, billing.Account{Client: other, PayDays: -1, Language: "fr-FR", Party: invoice.Party{Name: "Phare SARL", Address: invoice.Address{Street: "1 quai", City: "Brest", Postcode: "29200", Country: "FR"}}}); err != nil {
		t.Fatal(err)
	}
	french, err := a.Agreements.Create(ctx, agreements.NewAgreement{
		Head:  agreements.Head{Client: other, Name: "Infogérance", Currency: "EUR", Starts: civil.MustDate(2026, 1, 1), Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: civil.NoDate, Unit: rating.Month}, Notice: 30},
		Lines: []agreements.NewLine{{Copy: agreements.Copy{Name: "Postes"}, Quantity: &money.Decimal{Coef: 10}, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: 50}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Agreements.Activate(ctx, french, 1, agreements.Sign{By: "Yann"}); err != nil {
		t.Fatal(err)
	}
	const query = "/agreements/prices?by=percent&percent=4&day=2026-04-01&reason=Wages+rose"
	body := d.get(query)
	for _, want := range []string{
		"sooner than its terms allow: announced today, Apr 15, 2026 at the earliest", "within the term until Dec 31, 2026", "office@harbour.example", "no e-mail: to print", "subject-de-DE", "subject-fr-FR", "ab dem {date}", "Nos prix à partir du {date}",
		"No mail can be sent yet",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "subject-en-US") {
		t.Error("a letter is asked for in a language that nobody has")
	}
	if _, err := a.Mail.SaveMailbox(ctx, mailroom.Mailbox{Address: "office@firm.example", Enabled: true, Auth: mailroom.Password, Secret: "planted", SMTP: mailroom.Server{Host: "127.0.0.1", Port: 9, Security: mailroom.Plain}}); err != nil {
		t.Fatal(err)
	}
	form := url.Values{
		"by": {"percent"}, "percent": {"4"}, "day": {"2026-04-01"}, "reason": {"Wages rose"}, "agreement": {german.ID.String(), french.String()}, "write": {"yes"}, "send": {"yes"},
		"subject-de-DE": {"Neue Preise für {client}"}, "body-de-DE": {"Guten Tag,\n\n{lines}\n\nVertrag {number}: {old} werden {new}. {reason}.\n\n{firm}"},
		"subject-fr-FR": {"Nos prix"}, "body-fr-FR": {"{lines}\n{amount}"},
	}
	code, _, body := d.post("/agreements/prices", form)
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "Nothing is filled in for {amount}") || !strings.Contains(body, "Neue Preise für {client}") {
		t.Fatalf("a place that there is not: %d", code)
	}
	form.Set("body-fr-FR", "{lines}\n\n{old} → {new}")
	proof := httptest.NewRequest("POST", "/agreements/prices/proof/"+french.String(), strings.NewReader(form.Encode()))
	proof.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if w := d.do(proof); w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Fatalf("the proof: %d %s", w.Code, w.Body)
	}
	if list, _, err := a.Agreements.Letters(ctx, access.WholeFirm(), 0, 10); err != nil || len(list) != 0 {
		t.Fatalf("a proof is kept: %+v %v", list, err)
	}
	code, to, body := d.post("/agreements/prices", form)
	if code != http.StatusSeeOther || to != "/agreements/letters" {
		t.Fatalf("%d %s %s", code, to, body)
	}
	list, _, err := a.Agreements.Letters(ctx, access.WholeFirm(), 0, 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v %v", list, err)
	}
	fr, de := list[0], list[1]
	// 120 → 124.80, three people at 25.50 → 26.52, five mailboxes at 10 + 5 × 9 → 10.40 + 5 × 9.36: 251.50 → 261.56
	const text = "Guten Tag,\n\n– Monitoring and patching: 124,80\u00a0€ statt 120,00\u00a0€, im Monat\n– Helpdesk for a user: 26,52\u00a0€ statt 25,50\u00a0€, im Monat\n" +
		"– Mailboxes: bis 5: 9,36\u00a0€ + 10,40\u00a0€, über 5: 7,80\u00a0€ statt bis 5: 9,00\u00a0€ + 10,00\u00a0€, über 5: 7,50\u00a0€, im Monat\n\nVertrag A-00001: 251,50\u00a0€ werden 261,56\u00a0€. Wages rose.\n\nTidegate IT GmbH"
	if de.Subject != "Neue Preise für Harbour Dental" || de.Body != text || de.To != "office@harbour.example" || de.Sent.IsZero() || de.Recipient[0] != "Harbour Dental GmbH" || de.Author == "" {
		t.Errorf("%+v", de)
	}
	if !fr.Sent.IsZero() || fr.To != "" || !strings.HasPrefix(fr.Body, "– Postes\u00a0: 52,00\u00a0€ au lieu de 50,00\u00a0€, par mois") || !strings.Contains(fr.Body, "500,00\u00a0€ → 520,00\u00a0€") {
		t.Errorf("%+v", fr)
	}
	var mails int
	var recipients, subject, sent, files string
	if err := a.DB.Reader().QueryRowContext(ctx, "SELECT count(*), min(recipients), min(subject), min(body), min(files) FROM mailroom_outgoing").Scan(&mails, &recipients, &subject, &sent, &files); err != nil {
		t.Fatal(err)
	}
	if mails != 1 || !strings.Contains(recipients, "office@harbour.example") || subject != de.Subject || !strings.Contains(sent, "261,56") || !strings.Contains(files, de.Document) {
		t.Errorf("%d mails: %s %s %s %s", mails, recipients, subject, sent, files)
	}
	// again: nothing changes, nobody is written to twice
	if code, _, _ := d.post("/agreements/prices", form); code != http.StatusSeeOther {
		t.Errorf("again: %d", code)
	}
	if list, _, _ := a.Agreements.Letters(ctx, access.WholeFirm(), 0, 10); len(list) != 2 {
		t.Errorf("%d letters", len(list))
	}
	own := "/agreements/" + german.ID.String()
	if body := d.get(own); !strings.Contains(body, "office@harbour.example") || !strings.Contains(body, own+"/letters/"+de.ID.String()+"/letter.pdf") {
		t.Error("the agreement's history does not tell of its letter")
	}
	if body := d.get(own + "/letters/" + de.ID.String() + "/letter.pdf"); !strings.HasPrefix(body, "%PDF") {
		t.Error("the letter is no PDF")
	}
	if w := d.do(httptest.NewRequest("GET", "/agreements/"+french.String()+"/letters/"+de.ID.String()+"/letter.pdf", nil)); w.Code != http.StatusNotFound {
		t.Errorf("the letter of another agreement: %d", w.Code)
	}
	if body := d.get("/agreements/letters"); !strings.Contains(body, "not mailed: to print") || !strings.Contains(body, "Harbour Dental") {
		t.Error("the list of letters")
	}
	// who gets an address later is written to then
	send := "/agreements/" + french.String() + "/letters/" + fr.ID.String() + "/send"
	if code, _, _ := d.post(send, nil); code != http.StatusSeeOther {
		t.Errorf("without an address: %d", code)
	}
	if l, err := a.Agreements.LetterOf(ctx, french, fr.ID); err != nil || !l.Sent.IsZero() {
		t.Errorf("%+v %v", l, err)
	}
	acc, err = a.Billing.Account(ctx, other)
	if err != nil {
		t.Fatal(err)
	}
	acc.Email = "bureau@phare.example"
	if err := a.Billing.SetAccount(ctx, acc); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := d.post(send, nil); code != http.StatusSeeOther {
		t.Errorf("with an address: %d", code)
	}
	if l, err := a.Agreements.LetterOf(ctx, french, fr.ID); err != nil || l.To != "bureau@phare.example" || l.Sent.IsZero() {
		t.Errorf("%+v %v", l, err)
	}
}
