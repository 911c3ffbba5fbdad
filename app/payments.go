// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"

	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/config"
	"mainstay/kit/money"
	"mainstay/kit/notify"
	"mainstay/kit/paper"
	"mainstay/practice/payments"
	paymentsweb "mainstay/practice/payments/web"
)

// Events of payments that other programs can subscribe to.
const (
	eventPaymentReceived = "payment.received"
	eventPaymentReturned = "payment.returned"
	eventInvoiceOverdue  = "invoice.overdue"
	eventPaymentFailed   = "payment.failed"
)

// buildPayments makes what brings money and invoices together. Mail and what tells people are made later.
func (a *App) buildPayments(firm config.Firm, sealer *access.Sealer) {
	a.Payments = payments.New(payments.Parts{
		DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Values: a.Values, Clients: a.Clients, Billing: a.Billing, Sealer: sealer, Log: a.Log, URL: a.PublicURL(),
		Post: func(ctx context.Context, tx *sql.Tx, l payments.Letter) error {
			m := mailroom.Letter{To: l.To, Subject: l.Subject, Body: l.Body}
			for _, f := range l.Files {
				m.Files = append(m.Files, mailroom.LetterFile(f))
			}
			return a.Mail.Post(ctx, tx, m)
		},
		CanSend: func(ctx context.Context) (bool, error) { return a.Mail.CanSend(ctx) },
		Blobs:   a.Blobs, Look: a.paperLook,
	})
	a.Payments.Listen(a.paymentHappened)
	a.Billing.Listen(a.documentHappened)
	a.Billing.ListenRuns(a.runFinished)
}

func (a *App) paymentPages() *paymentsweb.Handlers {
	return &paymentsweb.Handlers{Payments: a.Payments, Billing: a.Billing, Clients: a.Clients, URL: a.PublicURL(), Look: func(ctx context.Context) (paper.Look, error) { return a.paperLook(ctx), nil }}
}

// PaymentEvent is the payload of payment.received and payment.returned.
type PaymentEvent struct {
	ID        string `json:"id"`
	Client    string `json:"client" doc:"Id of the client"`
	Day       string `json:"day"`
	Amount    string `json:"amount" doc:"Decimal with a point; below 0 where money was given back"`
	Currency  string `json:"currency"`
	Method    string `json:"method" enum:"bank,cash,cheque,card,debit,stripe,other"`
	Reference string `json:"reference,omitempty"`
	URL       string `json:"url"`
}

// InvoiceOverdueEvent is the payload of invoice.overdue.
type InvoiceOverdueEvent struct {
	ID       string `json:"id"`
	Number   string `json:"number"`
	Client   string `json:"client" doc:"Id of the client"`
	Due      string `json:"due"`
	Open     string `json:"open" doc:"Decimal with a point"`
	Currency string `json:"currency"`
	URL      string `json:"url"`
}

// PaymentFailedEvent is the payload of payment.failed.
type PaymentFailedEvent struct {
	Invoice  string `json:"invoice" doc:"Id of the invoice, which is still open"`
	Number   string `json:"number"`
	Client   string `json:"client" doc:"Id of the client"`
	Method   string `json:"method" enum:"debit,card"`
	Amount   string `json:"amount" doc:"Decimal with a point"`
	Currency string `json:"currency"`
	Reason   string `json:"reason,omitempty" doc:"What the bank says"`
	URL      string `json:"url"`
}

// paymentFailed tells of money that did not come: a debit that came back, a card that was refused.
func (a *App) paymentFailed(ctx context.Context, tx *sql.Tx, h payments.Happening) error {
	d := h.Doc
	link := "/billing/invoices/" + d.ID.String()
	err := a.Notify.Tell(ctx, tx, notify.News{
		Kind: newsUnpaid, About: "invoice/" + d.ID.String(), Link: link, Once: newsUnpaid + "/" + a.IDs.New().String(), All: true,
		Data: newsData{Who: d.Name, Subject: d.Number, To: money.Amount{Minor: h.Minor, Currency: d.Currency}.String(), Text: excerpt(h.Why)},
	})
	if err != nil {
		return err
	}
	return a.Webhooks.Emit(ctx, tx, eventPaymentFailed, func() (any, error) {
		return PaymentFailedEvent{d.ID.String(), d.Number, d.Client.String(), string(h.How), money.FormatMinor(h.Minor, d.Currency.Digits()), string(d.Currency), h.Why, a.PublicURL() + link}, nil
	})
}

// paymentHappened tells people and programs what happened, in its transaction.
func (a *App) paymentHappened(ctx context.Context, tx *sql.Tx, h payments.Happening) error {
	if h.What == payments.Failed {
		return a.paymentFailed(ctx, tx, h)
	}
	if h.What == payments.Overdue {
		d := h.Doc
		link := "/billing/invoices/" + d.ID.String()
		amount := money.Amount{Minor: d.Open, Currency: d.Currency}
		err := a.Notify.Tell(ctx, tx, notify.News{
			Kind: newsOverdue, About: "invoice/" + d.ID.String(), Link: link, Once: newsOverdue + "/" + d.ID.String(), All: true, Data: newsData{Who: d.Name, Subject: d.Number, Text: amount.String()},
		})
		if err != nil {
			return err
		}
		return a.Webhooks.Emit(ctx, tx, eventInvoiceOverdue, func() (any, error) {
			return InvoiceOverdueEvent{d.ID.String(), d.Number, d.Client.String(), d.Due.String(), money.FormatMinor(d.Open, d.Currency.Digits()), string(d.Currency), a.PublicURL() + link}, nil
		})
	}
	p, code := h.Payment, eventPaymentReceived
	link := "/payments/entries/" + p.ID.String()
	if h.What == payments.Returned {
		code = eventPaymentReturned
		err := a.Notify.Tell(ctx, tx, notify.News{
			Kind: newsReturned, About: "payment/" + p.ID.String(), Link: link, Once: newsReturned + "/" + p.ID.String(), All: true, By: p.AuthorID,
			Data: newsData{Who: p.Name, Text: money.Amount{Minor: p.Minor, Currency: p.Currency}.String()},
		})
		if err != nil {
			return err
		}
	}
	return a.Webhooks.Emit(ctx, tx, code, func() (any, error) {
		return PaymentEvent{p.ID.String(), p.Client.String(), p.Day.String(), money.FormatMinor(p.Minor, p.Currency.Digits()), string(p.Currency), string(p.Method), p.Reference, a.PublicURL() + link}, nil
	})
}
