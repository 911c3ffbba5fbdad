// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/webhook/store"
)

const (
	perEndpoint = 4 // requests at once to one endpoint; with maxEndpoints that bounds the process as well
	lease       = timeout + 45*time.Second
	failingFor  = 5 * 24 * time.Hour // then an endpoint is switched off
)

// pauses before the second try and each further one; after the last the delivery has failed. The specification's
// schedule: three days in all.
func pauses() []time.Duration {
	return []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// Run sends what is due until ctx ends and the requests under way have ended.
func (s *Service) Run(ctx context.Context) {
	r := &runner{s: s, busy: map[ids.ID]int{}, free: make(chan struct{}, 1)}
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for ctx.Err() == nil {
		if err := r.look(ctx); err != nil && ctx.Err() == nil {
			s.p.Log.Error("webhook: cannot look for what is due", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-s.wake: // it was written just now, and its transaction may take a moment more
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		case <-r.free:
		case <-t.C:
		}
	}
	r.wg.Wait()
}

// Once sends everything that is due now, and returns when that is done: for tests and commands.
func (s *Service) Once(ctx context.Context) error {
	r := &runner{s: s, busy: map[ids.ID]int{}, free: make(chan struct{}, 1)}
	for {
		if err := r.look(ctx); err != nil {
			return err
		}
		r.wg.Wait()
		if due, err := s.read().DueEndpoints(ctx, clock.Micros(s.now())); err != nil || len(due) == 0 {
			return err
		}
	}
}

// runner is the work of one process: how many requests go where.
type runner struct {
	s    *Service
	wg   sync.WaitGroup
	free chan struct{} // a request has ended

	mu   sync.Mutex
	busy map[ids.ID]int
}

// look begins as many requests as each endpoint may have.
func (r *runner) look(ctx context.Context) error {
	now := r.s.now()
	due, err := r.s.read().DueEndpoints(ctx, clock.Micros(now))
	if err != nil {
		return err
	}
	var failed error
	for _, x := range due {
		id := ids.ID(x)
		room := r.room(id)
		if room == 0 {
			continue
		}
		var rows []store.WebhookDelivery
		err := r.s.p.DB.Write(ctx, func(tx *sql.Tx) (err error) {
			rows, err = store.New(tx).Take(ctx, store.TakeParams{EndpointID: x, Due: clock.Micros(now), Lease: clock.Micros(now.Add(lease)), Limit: int32(room)})
			return err
		})
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, row := range rows {
			r.count(id, 1)
			r.wg.Go(func() {
				defer r.done(id)
				if err := r.s.deliver(ctx, row); err != nil && ctx.Err() == nil {
					r.s.p.Log.Error("webhook: cannot note how a delivery went", "delivery", ids.ID(row.ID).String(), "error", err)
				}
			})
		}
	}
	return failed
}

// room is how many more requests may go to an endpoint.
func (r *runner) room(id ids.ID) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, perEndpoint-r.busy[id])
}

func (r *runner) count(id ids.ID, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[id] += n
}

func (r *runner) done(id ids.ID) {
	r.count(id, -1)
	select {
	case r.free <- struct{}{}:
	default:
	}
}

// deliver sends one delivery that was taken, and notes how it went.
func (s *Service) deliver(ctx context.Context, row store.WebhookDelivery) error {
	e, err := s.Endpoint(ctx, ids.ID(row.EndpointID))
	if err != nil {
		return err // removed meanwhile, with the delivery
	}
	m, err := s.read().MessageByID(ctx, row.MessageID)
	if err != nil {
		return err
	}
	now := s.now()
	id, timestamp, body := MessageID(ids.ID(m.ID)), strconv.FormatInt(now.Unix(), 10), []byte(m.Body)
	res := result{err: errSecret}
	if signatures, err := s.signatures(e, id, timestamp, body, now); err == nil {
		res = s.sender.post(ctx, e.URL, s.p.Agent, id, timestamp, signatures, body)
	}
	if ctx.Err() != nil && res.err != "" {
		return ctx.Err() // we end, not they: the lease runs out and it is sent again
	}
	err = s.p.DB.Write(context.WithoutCancel(ctx), func(tx *sql.Tx) error {
		return s.note(context.WithoutCancel(ctx), tx, e, row, now, res)
	})
	s.told(row.ID)
	return err
}

// MessageID is the webhook-id of a message.
func MessageID(id ids.ID) string { return "msg_" + id.String() }

// note keeps a try, and what becomes of the delivery and of its endpoint.
func (s *Service) note(ctx context.Context, tx *sql.Tx, e Endpoint, row store.WebhookDelivery, at time.Time, res result) error {
	q, took := store.New(tx), res.took.Microseconds()
	if err := q.Hold(ctx, int64(e.ID)); err != nil { // one after the other: another may just switch it off
		return err
	}
	now, err := q.EndpointByID(ctx, int64(e.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return nil // removed meanwhile, with its log
	}
	if err != nil {
		return err
	}
	e = endpointOf(now)
	if err := q.InsertAttempt(ctx, store.InsertAttemptParams{
		ID: int64(s.p.IDs.New()), DeliveryID: row.ID, At: clock.Micros(at), Status: int64(res.status), Took: took, Error: res.err, Answer: res.answer,
	}); err != nil {
		return err
	}
	state, due := "sent", row.Due
	if res.err != "" {
		state = "failed"
		if steps := pauses(); int(row.Attempts) < len(steps) && res.status != http.StatusGone && e.Enabled {
			wait := steps[row.Attempts]
			if s.p.Jitter != nil {
				wait += time.Duration(s.p.Jitter() * float64(wait) / 10)
			}
			state, due = "waiting", clock.Micros(s.now().Add(max(wait, res.after)))
		}
	}
	if err := q.Settle(ctx, store.SettleParams{ID: row.ID, State: state, Due: due, Status: int64(res.status), Took: took, Error: res.err}); err != nil {
		return err
	}
	switch {
	case res.err == "":
		return q.Arrived(ctx, int64(e.ID))
	case res.status == http.StatusGone:
		return s.switchOff(ctx, tx, e, Gone)
	case e.Failing.IsZero():
		return q.Fails(ctx, int64(e.ID), clock.Micros(at))
	case at.Sub(e.Failing) >= failingFor:
		return s.switchOff(ctx, tx, e, Failing)
	}
	return nil
}

// switchOff ends the deliveries to an endpoint that does not want or take them.
func (s *Service) switchOff(ctx context.Context, tx *sql.Tx, e Endpoint, why Reason) error {
	q := store.New(tx)
	n, err := q.SwitchOff(ctx, int64(e.ID), string(why))
	if err != nil || n == 0 { // somebody was here first
		return err
	}
	if err := q.GiveUp(ctx, int64(e.ID), errOff); err != nil {
		return err
	}
	if err := q.Bump(ctx); err != nil {
		return err
	}
	e.Enabled, e.Reason = false, why
	if err := s.p.Access.Record(ctx, tx, "webhook.off", e.ID.String(), string(why)); err != nil || s.p.Disabled == nil {
		return err
	}
	return s.p.Disabled(ctx, tx, e)
}
