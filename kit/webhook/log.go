// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/webhook/store"
)

// Delivery is a message on its way to an endpoint.
type Delivery struct {
	ID       ids.ID
	Endpoint ids.ID
	Message  string // webhook-id
	Event    string
	State    string // waiting, sent, failed
	Attempts int    // since it was sent first or again by hand
	Due      time.Time
	Status   int           // of the last answer, 0 = there was none
	Took     time.Duration // the last attempt
	Error    string        // code; "" = nothing went wrong
	At       time.Time
}

// Attempt is one try.
type Attempt struct {
	At     time.Time
	Status int
	Took   time.Duration
	Error  string
	Answer string // how the answer began
}

// Full is a delivery with what was sent and how each try went, the newest first.
type Full struct {
	Delivery
	Body     string
	Attempts []Attempt
}

// States are those of deliveries.
func States() []string { return []string{"waiting", "sent", "failed"} }

// PageSize is how many deliveries a page has.
const PageSize = 50

func deliveryOf(r store.WebhookDelivery) Delivery {
	return Delivery{
		ids.ID(r.ID), ids.ID(r.EndpointID), MessageID(ids.ID(r.MessageID)), r.Event, r.State, int(r.Attempts), instant(r.Due), int(r.Status), time.Duration(r.Took) * time.Microsecond, r.Error,
		instant(r.CreatedAt),
	}
}

// Deliveries returns a page of an endpoint's log, the newest first: of a state ("" = any) and before an id (0 = from the
// newest). next is the id to go on before, 0 at the end.
func (s *Service) Deliveries(ctx context.Context, endpoint ids.ID, state string, before ids.ID) (out []Delivery, next ids.ID, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []store.WebhookDelivery
	if state == "" {
		rows, err = s.read().DeliveriesOf(ctx, int64(endpoint), int64(before), PageSize+1)
	} else {
		rows, err = s.read().DeliveriesIn(ctx, store.DeliveriesInParams{EndpointID: int64(endpoint), State: state, ID: int64(before), Limit: PageSize + 1})
	}
	for i, r := range rows {
		if i == PageSize {
			return out, out[PageSize-1].ID, err
		}
		out = append(out, deliveryOf(r))
	}
	return out, 0, err
}

// Waiting is how many deliveries of an endpoint wait.
func (s *Service) Waiting(ctx context.Context, endpoint ids.ID) (int64, error) {
	return s.read().CountIn(ctx, int64(endpoint), "waiting")
}

// Delivery returns one with its tries.
func (s *Service) Delivery(ctx context.Context, id ids.ID) (Full, error) {
	q := s.read()
	r, err := q.DeliveryByID(ctx, int64(id))
	if errors.Is(err, sql.ErrNoRows) {
		return Full{}, fault.NewNotFound("There is no such delivery. The log is kept for %d days.", int(keep/(24*time.Hour)))
	}
	if err != nil {
		return Full{}, err
	}
	out := Full{Delivery: deliveryOf(r)}
	m, err := q.MessageByID(ctx, r.MessageID)
	if err != nil {
		return Full{}, err
	}
	out.Body = m.Body
	rows, err := q.AttemptsOf(ctx, int64(id))
	for _, a := range rows {
		out.Attempts = append(out.Attempts, Attempt{instant(a.At), int(a.Status), time.Duration(a.Took) * time.Microsecond, a.Error, a.Answer})
	}
	return out, err
}

// Resend sends a delivery again, with the same webhook-id.
func (s *Service) Resend(ctx context.Context, id ids.ID) error {
	d, err := s.Delivery(ctx, id)
	if err != nil {
		return err
	}
	e, err := s.Endpoint(ctx, d.Endpoint)
	if err != nil {
		return err
	}
	if !e.Enabled {
		return fault.NewConflict("This webhook is switched off. Switch it on first.")
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := store.New(tx).Again(ctx, int64(id), clock.Micros(s.now()))
		if err == nil && n == 0 {
			err = fault.NewConflict("This delivery is on its way already.")
		}
		if err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "webhook.resent", id.String(), d.Event)
	})
	s.nudge()
	return err
}

// keep is how long the log is kept.
const keep = 30 * 24 * time.Hour

// Sweep forgets what is older than the log is kept. Call it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	before := clock.Micros(s.now().Add(-keep))
	for _, step := range []func(*store.Queries) (int64, error){
		func(q *store.Queries) (int64, error) { return q.SweepDeliveries(ctx, before) },
		func(q *store.Queries) (int64, error) { return q.SweepAttempts(ctx, before) },
		func(q *store.Queries) (int64, error) { return q.SweepMessages(ctx, before) },
	} {
		for {
			n := int64(0)
			err := s.p.DB.Write(ctx, func(tx *sql.Tx) (err error) {
				n, err = step(store.New(tx))
				return err
			})
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
	return nil
}
