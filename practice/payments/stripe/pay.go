// SPDX-License-Identifier: Apache-2.0

package stripe

import (
	"context"
	"strconv"
	"strings"

	api "github.com/stripe/stripe-go/v85"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Customer is a client as Stripe knows it.
type Customer struct {
	Client ids.ID
	Name   string
	Email  string
}

// NewCustomer makes a customer and returns Stripe's id. key is the idempotency key.
func (c *Client) NewCustomer(ctx context.Context, key string, in Customer) (string, error) {
	p := &api.CustomerCreateParams{Name: api.String(in.Name)}
	if in.Email != "" {
		p.Email = api.String(in.Email)
	}
	p.AddMetadata("client", in.Client.String())
	p.SetIdempotencyKey(key)
	got, err := c.api.V1Customers.Create(ctx, p)
	if err != nil {
		return "", words(err)
	}
	return got.ID, nil
}

// Page is a page at Stripe where a client pays an invoice, or saves a way of paying without paying now.
type Page struct {
	Attempt  ids.ID // ours: comes back with every event
	Invoice  ids.ID // 0 where only a way of paying is saved
	Number   string
	Customer string // Stripe's id; needed to save a way of paying
	Email    string // filled in where there is no customer
	Amount   int64  // minor units
	Currency money.Currency
	Language string // BCP 47
	Done     string // where the browser goes afterwards
	Back     string // where it goes when the client changes their mind
	Save     bool   // keep the way of paying for later invoices
}

// Opened is a page that exists.
type Opened struct {
	ID  string // cs_…
	URL string
}

// languages are those of Stripe's pages that this program may ask for; others are left to the browser.
const languages = " bg cs da de el en es et fi fr hr hu it lt lv nb nl pl pt pt-BR ro sk sl sv tr "

func locale(tag string) string {
	for _, t := range []string{tag, strings.SplitN(tag, "-", 2)[0]} {
		if t != "" && strings.Contains(languages, " "+t+" ") {
			return t
		}
	}
	return "auto"
}

// Open makes a page. key is the idempotency key.
func (c *Client) Open(ctx context.Context, key string, in Page) (Opened, error) {
	p := &api.CheckoutSessionCreateParams{
		Mode: api.String(string(api.CheckoutSessionModePayment)), SuccessURL: api.String(in.Done), CancelURL: api.String(in.Back),
		ClientReferenceID: api.String(in.Attempt.String()), Locale: api.String(locale(in.Language)), Currency: api.String(strings.ToLower(string(in.Currency))),
	}
	switch {
	case in.Customer != "":
		p.Customer = api.String(in.Customer)
	case in.Email != "":
		p.CustomerEmail = api.String(in.Email)
	}
	data := map[string]string{"attempt": in.Attempt.String(), "invoice": in.Invoice.String()}
	p.Metadata = data
	if in.Invoice == 0 {
		if in.Customer == "" {
			return Opened{}, fault.NewInvalid("A way of paying is saved for a client that Stripe knows.")
		}
		p.Mode = api.String(string(api.CheckoutSessionModeSetup))
		p.SetupIntentData = &api.CheckoutSessionCreateSetupIntentDataParams{Metadata: data}
	} else {
		if err := takes(in.Amount, in.Currency); err != nil {
			return Opened{}, err
		}
		p.LineItems = []*api.CheckoutSessionCreateLineItemParams{{
			Quantity: api.Int64(1),
			PriceData: &api.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: api.String(strings.ToLower(string(in.Currency))), UnitAmount: api.Int64(in.Amount),
				ProductData: &api.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: api.String(in.Number)},
			},
		}}
		p.PaymentIntentData = &api.CheckoutSessionCreatePaymentIntentDataParams{Description: api.String(in.Number), Metadata: data}
		if in.Save && in.Customer != "" {
			p.PaymentIntentData.SetupFutureUsage = api.String("off_session")
		}
	}
	p.SetIdempotencyKey(key)
	got, err := c.api.V1CheckoutSessions.Create(ctx, p)
	if err != nil {
		return Opened{}, words(err)
	}
	return Opened{got.ID, got.URL}, nil
}

// Charge takes money by a saved way of paying, without the client being there.
type Charge struct {
	Attempt  ids.ID
	Invoice  ids.ID
	Number   string
	Customer string
	Method   string // pm_…
	Amount   int64
	Currency money.Currency
}

// Charge charges. key is the idempotency key. A payment that is not settled at once, such as a direct debit, comes back as
// [Processing]; an event tells its end.
func (c *Client) Charge(ctx context.Context, key string, in Charge) (Payment, error) {
	if err := takes(in.Amount, in.Currency); err != nil {
		return Payment{}, err
	}
	p := &api.PaymentIntentCreateParams{
		Amount: api.Int64(in.Amount), Currency: api.String(strings.ToLower(string(in.Currency))), Customer: api.String(in.Customer), PaymentMethod: api.String(in.Method),
		Confirm: api.Bool(true), OffSession: api.Bool(true), Description: api.String(in.Number),
		Metadata: map[string]string{"attempt": in.Attempt.String(), "invoice": in.Invoice.String()},
	}
	p.SetIdempotencyKey(key)
	got, err := c.api.V1PaymentIntents.Create(ctx, p)
	if err != nil {
		return Payment{}, words(err)
	}
	return payment(got), nil
}

// Payment reads what became of a payment.
func (c *Client) Payment(ctx context.Context, id string) (Payment, error) {
	got, err := c.api.V1PaymentIntents.Retrieve(ctx, id, nil)
	if err != nil {
		return Payment{}, words(err)
	}
	return payment(got), nil
}

// Refund gives money of a payment back. key is the idempotency key.
func (c *Client) Refund(ctx context.Context, key, paymentID string, amount int64, cur money.Currency) (Refund, error) {
	if err := takes(amount, cur); err != nil {
		return Refund{}, err
	}
	p := &api.RefundCreateParams{PaymentIntent: api.String(paymentID), Amount: api.Int64(amount)}
	p.SetIdempotencyKey(key)
	got, err := c.api.V1Refunds.Create(ctx, p)
	if err != nil {
		return Refund{}, words(err)
	}
	return refund(got), nil
}

// Setup reads which way of paying a setup saved: pm_….
func (c *Client) Setup(ctx context.Context, id string) (string, error) {
	got, err := c.api.V1SetupIntents.Retrieve(ctx, id, nil)
	if err != nil {
		return "", words(err)
	}
	if got.PaymentMethod == nil {
		return "", fault.NewConflict("No way of paying was saved.")
	}
	return got.PaymentMethod.ID, nil
}

// Method describes a saved way of paying in words that need no translation: "Visa ···· 4242".
func (c *Client) Method(ctx context.Context, id string) (string, error) {
	got, err := c.api.V1PaymentMethods.Retrieve(ctx, id, nil)
	if err != nil {
		return "", words(err)
	}
	switch {
	case got.Card != nil:
		return title(string(got.Card.Brand)) + " ···· " + got.Card.Last4 + " (" + strconv.FormatInt(got.Card.ExpMonth, 10) + "/" + strconv.FormatInt(got.Card.ExpYear, 10) + ")", nil
	case got.SEPADebit != nil:
		return "SEPA ···· " + got.SEPADebit.Last4, nil
	}
	return title(string(got.Type)), nil
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.ReplaceAll(s[1:], "_", " ")
}
