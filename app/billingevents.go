// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"

	"mainstay/kit/money"
	"mainstay/kit/notify"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
)

// Events of billing that other programs can subscribe to.
const (
	eventInvoiceIssued = "invoice.issued"
	eventCreditIssued  = "credit_note.issued"
	eventRunFinished   = "billing_run.finished"
	eventRunHeld       = "billing_run.held"
)

// DocumentEvent is the payload of invoice.issued and credit_note.issued.
type DocumentEvent struct {
	ID        string `json:"id"`
	Number    string `json:"number"`
	Kind      string `json:"kind" enum:"invoice,credit_note,fee"`
	Client    string `json:"client" doc:"Id of the client"`
	Agreement string `json:"agreement,omitempty" doc:"Id of the agreement that it bills"`
	Issued    string `json:"issued"`
	Due       string `json:"due,omitempty"`
	Currency  string `json:"currency"`
	Net       string `json:"net" doc:"Decimal with a point; of a credit note what is credited"`
	Tax       string `json:"tax"`
	Gross     string `json:"gross"`
	Of        string `json:"of,omitempty" doc:"Id of the invoice that a credit note is about"`
	URL       string `json:"url"`
}

// RunEvent is the payload of billing_run.finished and billing_run.held.
type RunEvent struct {
	ID        string `json:"id"`
	Day       string `json:"day"`
	Issued    bool   `json:"issued" doc:"Its documents were issued; else they are drafts"`
	Documents int    `json:"documents"`
	Held      int    `json:"held" doc:"Agreements whose amount somebody must look at"`
	Failed    int    `json:"failed" doc:"What could not be billed"`
	URL       string `json:"url"`
}

// documentHappened tells programs of a document that was issued, in its transaction.
func (a *App) documentHappened(ctx context.Context, tx *sql.Tx, what string, d billing.Doc) error {
	if what != billing.Issued {
		return nil
	}
	code := eventInvoiceIssued
	if d.Kind == invoice.CreditNote {
		code = eventCreditIssued
	}
	return a.Webhooks.Emit(ctx, tx, code, func() (any, error) {
		m := func(n int64) string { return money.FormatMinor(n, d.Currency.Digits()) }
		e := DocumentEvent{
			ID: d.ID.String(), Number: d.Number, Kind: string(d.Kind), Client: d.Client.String(), Agreement: idText(d.Agreement), Issued: d.Issued.String(), Currency: string(d.Currency), Net: m(d.Net), Tax: m(d.Tax), Gross: m(d.Gross),
			Of: idText(d.Of), URL: a.PublicURL() + "/billing/invoices/" + d.ID.String(),
		}
		if d.Kind != invoice.CreditNote && d.Due.Known() {
			e.Due = d.Due.String()
		}
		return e, nil
	})
}

// runFinished tells of a run: programs always, people where something of it waits for them.
func (a *App) runFinished(ctx context.Context, tx *sql.Tx, r billing.Run) error {
	link := "/billing/runs/" + r.ID.String()
	event := func() (any, error) {
		return RunEvent{r.ID.String(), r.Day.String(), r.Issue, r.Documents, r.Held, r.Failed, a.PublicURL() + link}, nil
	}
	if err := a.Webhooks.Emit(ctx, tx, eventRunFinished, event); err != nil || r.Held+r.Failed == 0 {
		return err
	}
	err := a.Notify.Tell(ctx, tx, notify.News{
		Kind: newsHeld, About: "billing-run/" + r.ID.String(), Link: link, Once: newsHeld + "/" + r.ID.String(), All: true, Data: newsData{Day: r.Day.String(), Held: r.Held, Failed: r.Failed},
	})
	if err != nil {
		return err
	}
	return a.Webhooks.Emit(ctx, tx, eventRunHeld, event)
}
