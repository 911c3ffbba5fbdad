// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/payments/stripe"
)

// savedJob is the kind of the job that asks Stripe which way of paying was saved; its argument is "ATTEMPT INTENT METHOD".
const savedJob = "payments.saved"

// Event takes an event of Stripe: the body as it came and its signature. Each acts once, by its id, in one transaction with what it
// does; one that nobody needs is taken and forgotten.
func (s *Service) Event(ctx context.Context, body []byte, signature string) error {
	set, err := s.Settings(ctx)
	if err != nil {
		return err
	}
	if !set.HasStripe() {
		return fault.NewDenied("The event is not taken.")
	}
	secret, err := s.p.Sealer.Open(secretPurpose, set.Secret)
	if err != nil {
		return err
	}
	e, err := stripe.Read(body, signature, secret, s.p.Clock.Now())
	if err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "INSERT INTO payments_events (id, kind, made_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING", e.ID, e.Kind, s.now())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.act(ctx, tx, e)
	})
	if err == nil {
		s.p.Jobs.Wake()
	}
	return err
}

func (s *Service) act(ctx context.Context, tx *sql.Tx, e stripe.Event) error {
	switch {
	case e.Payment != nil:
		_, err := s.settleAttempt(ctx, tx, *e.Payment)
		return err
	case e.Refund != nil:
		return s.refunded(ctx, tx, *e.Refund)
	case e.Dispute != nil && (e.Kind == "charge.dispute.funds_withdrawn" || e.Dispute.Lost):
		return s.disputed(ctx, tx, *e.Dispute)
	case e.Saved != nil:
		return s.p.Jobs.Enqueue(ctx, tx, savedJob, e.Saved.Attempt.String()+" "+e.Saved.Intent+" "+e.Saved.Method)
	case e.Expired != 0:
		_, err := tx.ExecContext(ctx, "UPDATE payments_attempts SET state = 4, changed_at = $2 WHERE id = $1 AND state = 0", int64(e.Expired), s.now())
		return err
	}
	return nil
}

// byProvider finds the payment that Stripe knows by an id; none is an empty one.
func byProvider(ctx context.Context, tx *sql.Tx, id string) (Payment, error) {
	if id == "" {
		return Payment{}, nil
	}
	p, err := scanPayment(tx.QueryRowContext(ctx, "SELECT "+paymentColumns+" FROM payments_payments p WHERE p.provider = $1", id))
	if err = found(err, noPayment()); fault.Is(err, fault.NotFound) {
		return Payment{}, nil
	}
	return p, err
}

// refunded books what was given back at Stripe, by us or by hand there; a refund that failed afterwards is taken back.
func (s *Service) refunded(ctx context.Context, tx *sql.Tx, r stripe.Refund) error {
	booked, err := byProvider(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	switch {
	case r.Status == stripe.Failed && booked.ID != 0 && !booked.Undone:
		return s.undo(ctx, tx, booked.ID, r.Why)
	case r.Status == stripe.Failed, booked.ID != 0:
		return nil
	}
	p, err := byProvider(ctx, tx, r.Payment)
	if err != nil || p.ID == 0 || p.Undone || p.Currency != r.Currency {
		return err
	}
	return s.refund(ctx, tx, p.ID, r.Amount, &Payment{Method: ByStripe, Provider: r.ID, Day: s.Today()})
}

// disputed takes back what the payer's bank took back.
func (s *Service) disputed(ctx context.Context, tx *sql.Tx, d stripe.Dispute) error {
	booked, err := byProvider(ctx, tx, d.ID)
	if err != nil || booked.ID != 0 {
		return err
	}
	p, err := byProvider(ctx, tx, d.Payment)
	if err != nil || p.ID == 0 || p.Undone || p.Currency != d.Currency {
		return err
	}
	return s.refund(ctx, tx, p.ID, d.Amount, &Payment{Method: ByStripe, Provider: d.ID, Day: s.Today(), Note: d.Why})
}

// RefundStripe gives money of a payment through Stripe back, to where it came from.
func (s *Service) RefundStripe(ctx context.Context, id ids.ID, minor int64, note string) error {
	p, list, err := s.Payment(ctx, id)
	if err != nil {
		return err
	}
	if p.Method != ByStripe || p.Provider == "" || p.Undone {
		return fault.NewConflict("This payment did not come through Stripe.")
	}
	most := p.Left
	for _, h := range Held(list) {
		most += h.Amount
	}
	if minor <= 0 || minor > most {
		return fault.NewInvalid("Enter an amount above 0.").On("amount")
	}
	api, err := s.stripe(ctx)
	if err != nil {
		return err
	}
	// The version is part of the key: the same click again is the same refund, a second one another.
	got, err := api.Refund(ctx, "refund-"+id.String()+"-"+ids.ID(p.Version).String(), p.Provider, minor, p.Currency)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		booked, err := byProvider(ctx, tx, got.ID)
		if err != nil || booked.ID != 0 { // its event was faster
			return err
		}
		return s.refund(ctx, tx, id, minor, &Payment{Method: ByStripe, Provider: got.ID, Day: s.Today(), Note: strings.TrimSpace(note)})
	})
}

// saved keeps a way of paying that a client saved, after asking Stripe what it is.
func (s *Service) saved(ctx context.Context, arg string) error {
	part := strings.SplitN(arg, " ", 3)
	if len(part) != 3 {
		return nil
	}
	id, err := ids.Parse(part[0])
	if err != nil {
		return nil //nolint:nilerr // no attempt of ours
	}
	t, err := s.Attempt(ctx, 0, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	api, err := s.stripe(ctx)
	if err != nil {
		return err
	}
	method := part[2]
	if method == "" {
		if method, err = api.Setup(ctx, part[1]); err != nil {
			return err
		}
	}
	label, err := api.Method(ctx, method)
	if err != nil {
		return err
	}
	customer, err := s.customerOf(ctx, t.Client)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO payments_methods (id, client_id, customer, method, label, made_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (method) DO NOTHING",
			int64(s.p.IDs.New()), int64(t.Client), customer, method, label, s.now())
		if err != nil {
			return err
		}
		return s.mark(ctx, tx, t.ID, AttemptDone, "", "")
	})
}
