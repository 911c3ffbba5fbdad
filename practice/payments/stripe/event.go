// SPDX-License-Identifier: Apache-2.0

package stripe

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Tolerance is how old or far ahead an event's signature may be: enough for clocks that differ, too little for somebody
// who recorded one.
const Tolerance = 5 * time.Minute

// MaxEvent bounds the body of an event, in bytes.
const MaxEvent = 1 << 20

// Status is what became of a payment or refund.
type Status string

// The statuses.
const (
	Processing Status = "processing"
	Succeeded  Status = "succeeded"
	Failed     Status = "failed"
	Open       Status = "open" // the client has to do something
)

// Payment is money that came, or may still come.
type Payment struct {
	ID       string // pi_…
	Attempt  ids.ID
	Invoice  ids.ID
	Status   Status
	Amount   int64 // received where it succeeded, else asked for
	Currency money.Currency
	Customer string
	Method   string // pm_…
	Why      string // of a failure, in Stripe's words
}

// Refund is money that went back.
type Refund struct {
	ID       string
	Payment  string // pi_…
	Status   Status
	Amount   int64
	Currency money.Currency
	Why      string
}

// Event is what Stripe tells; all but one of the pointers are nil, and all for kinds that nobody needs.
type Event struct {
	ID      string
	Kind    string
	Created time.Time
	Live    bool

	Payment *Payment
	Refund  *Refund
	Saved   *Saved   // a way of paying was saved
	Dispute *Dispute // the payer's bank took money back
	Expired ids.ID   // the attempt whose page ran out
}

// Saved is a way of paying that may be charged later.
type Saved struct {
	Attempt  ids.ID
	Customer string
	Intent   string // seti_…
	Method   string // pm_…; "" where it must be read with the intent
}

// Dispute is a chargeback.
type Dispute struct {
	ID       string
	Payment  string
	Amount   int64
	Currency money.Currency
	Lost     bool
	Won      bool
	Why      string
}

// Read checks an event's signature and reads it. now is the receiver's clock.
func Read(body []byte, signature, secret string, now time.Time) (Event, error) {
	if secret == "" || len(body) > MaxEvent {
		return Event{}, fault.NewDenied("The event is not taken.")
	}
	if at, ok := signedAt(signature); !ok || now.Sub(at) > Tolerance || at.Sub(now) > Tolerance {
		return Event{}, fault.NewDenied("The event's signature is too old or missing.")
	}
	e, err := webhook.ConstructEventWithOptions(body, signature, secret, webhook.ConstructEventOptions{IgnoreTolerance: true, IgnoreAPIVersionMismatch: true})
	if err != nil || e.Data == nil || e.ID == "" {
		return Event{}, fault.NewDenied("The event's signature is not right.")
	}
	out := Event{ID: e.ID, Kind: string(e.Type), Created: time.Unix(e.Created, 0), Live: e.Livemode}
	if err := out.take(e.Data.Raw); err != nil {
		return Event{}, fault.NewInvalid("The event %s cannot be read.", e.ID).Because(err)
	}
	return out, nil
}

// signedAt reads the time of a Stripe-Signature.
func signedAt(header string) (time.Time, bool) {
	for _, part := range strings.Split(header, ",") {
		if text, found := strings.CutPrefix(strings.TrimSpace(part), "t="); found {
			n, err := strconv.ParseInt(text, 10, 64)
			return time.Unix(n, 0), err == nil
		}
	}
	return time.Time{}, false
}

func (e *Event) take(raw json.RawMessage) error {
	switch {
	case strings.HasPrefix(e.Kind, "payment_intent."):
		var p api.PaymentIntent
		if err := json.Unmarshal(raw, &p); err != nil {
			return err
		}
		got := payment(&p)
		e.Payment = &got
	case strings.HasPrefix(e.Kind, "checkout.session."):
		var s api.CheckoutSession
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		e.session(&s)
	case e.Kind == "refund.created", e.Kind == "refund.updated", e.Kind == "refund.failed":
		var r api.Refund
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		got := refund(&r)
		e.Refund = &got
	case strings.HasPrefix(e.Kind, "charge.dispute."):
		var d api.Dispute
		if err := json.Unmarshal(raw, &d); err != nil {
			return err
		}
		e.Dispute = &Dispute{
			ID: d.ID, Amount: d.Amount, Currency: currency(d.Currency), Why: squeeze(string(d.Reason)),
			Lost: d.Status == api.DisputeStatusLost, Won: d.Status == api.DisputeStatusWon,
		}
		if d.PaymentIntent != nil {
			e.Dispute.Payment = d.PaymentIntent.ID
		}
	}
	return nil
}

func (e *Event) session(s *api.CheckoutSession) {
	attempt := id(s.Metadata["attempt"])
	switch {
	case e.Kind == "checkout.session.expired":
		e.Expired = attempt
	case s.Mode == api.CheckoutSessionModeSetup && s.SetupIntent != nil && s.Customer != nil:
		e.Saved = &Saved{Attempt: attempt, Customer: s.Customer.ID, Intent: s.SetupIntent.ID}
		if s.SetupIntent.PaymentMethod != nil {
			e.Saved.Method = s.SetupIntent.PaymentMethod.ID
		}
	}
}

func payment(p *api.PaymentIntent) Payment {
	out := Payment{
		ID: p.ID, Attempt: id(p.Metadata["attempt"]), Invoice: id(p.Metadata["invoice"]), Amount: p.Amount, Currency: currency(p.Currency),
	}
	if p.Customer != nil {
		out.Customer = p.Customer.ID
	}
	if p.PaymentMethod != nil {
		out.Method = p.PaymentMethod.ID
	}
	switch p.Status {
	case api.PaymentIntentStatusSucceeded:
		out.Status, out.Amount = Succeeded, p.AmountReceived
	case api.PaymentIntentStatusProcessing:
		out.Status = Processing
	case api.PaymentIntentStatusCanceled:
		out.Status = Failed
	default:
		out.Status = Open
		if p.LastPaymentError != nil {
			out.Status, out.Why = Failed, squeeze(p.LastPaymentError.Msg)
		}
	}
	return out
}

func refund(r *api.Refund) Refund {
	out := Refund{ID: r.ID, Amount: r.Amount, Currency: currency(r.Currency), Status: Processing}
	if r.PaymentIntent != nil {
		out.Payment = r.PaymentIntent.ID
	}
	switch r.Status {
	case api.RefundStatusSucceeded:
		out.Status = Succeeded
	case api.RefundStatusFailed, api.RefundStatusCanceled:
		out.Status, out.Why = Failed, squeeze(string(r.FailureReason))
	}
	return out
}

func currency(c api.Currency) money.Currency { return money.Currency(strings.ToUpper(string(c))) }

// id reads an id of ours; 0 where there is none, as in payments that were made at Stripe by hand.
func id(s string) ids.ID {
	n, err := ids.Parse(s)
	if err != nil {
		return 0
	}
	return n
}
