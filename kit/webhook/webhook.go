// SPDX-License-Identifier: Apache-2.0

// Package webhook tells other programs of what happens here, by the Standard Webhooks specification 1.0
// (https://www.standardwebhooks.com): a POST of JSON with the headers webhook-id, webhook-timestamp and
// webhook-signature.
//
// What happens is written beside the change, in its transaction, and sent afterwards: an event of a change that was kept is
// sent at least once, with the same webhook-id each time, and one of a change that was undone never. Each endpoint has its
// own line, so that a slow one holds up no other. The order of events is not promised.
//
// What may never happen: a request to an address inside the firm's network that the operator did not allow, whatever a
// name resolves to; a redirect that is followed; a secret in clear text in the database; an event lost by a crash.
package webhook

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/webhook/store"
)

// Topic is where it is told on the bus that a delivery went on; the text is its id.
const Topic = "webhook"

// All stands for every event in the list of an endpoint.
const All = "*"

// TestEvent is the type of the event that a person sends to try an endpoint.
const TestEvent = "webhook.test"

// Parts are what the service is built from.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *ids.Source
	Access  *access.Service // audit trail
	Sealer  *access.Sealer
	Bus     *bus.Bus
	Log     *slog.Logger
	Agent   string         // User-Agent
	Events  []string       // what can be subscribed to
	Private bool           // addresses of the firm's own network are allowed, and http there
	Jitter  func() float64 // 0 ≤ x < 1, so that retries spread; nil = none

	// Disabled is told of an endpoint that was switched off by itself, in the transaction that does it; nil = nobody.
	Disabled func(ctx context.Context, tx *sql.Tx, e Endpoint) error
}

// Service sends events. It is safe for concurrent use.
type Service struct {
	p      Parts
	sender *sender
	wake   chan struct{}

	mu      sync.Mutex
	version int64 // of subs
	subs    []Endpoint
}

// New returns the service on a migrated database.
func New(p Parts) *Service {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{p: p, sender: newSender(p.Private), wake: make(chan struct{}, 1)}
}

// Events lists what can be subscribed to.
func (s *Service) Events() []string { return slices.Clone(s.p.Events) }

func (s *Service) now() time.Time { return clock.FromMicros(clock.Micros(s.p.Clock.Now())) }

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Service) told(id int64) {
	if s.p.Bus != nil {
		s.p.Bus.Publish(Topic, ids.ID(id).String())
	}
}

// subscribers are the endpoints that are switched on, as the transaction sees them. Between changes of them that costs the
// reading of one number.
func (s *Service) subscribers(ctx context.Context, q *store.Queries) ([]Endpoint, error) {
	v, err := q.Version(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	if v == s.version {
		defer s.mu.Unlock()
		return s.subs, nil
	}
	s.mu.Unlock()
	rows, err := q.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	var list []Endpoint
	for _, r := range rows {
		if r.Enabled == 1 {
			list = append(list, endpointOf(r))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v > s.version {
		s.version, s.subs = v, list
	}
	return list, nil
}

// payload is the body of every event.
type payload struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// Emit writes an event for everybody who subscribed to it, in the transaction of the change. data is asked for only
// where somebody did.
func (s *Service) Emit(ctx context.Context, tx *sql.Tx, event string, data func() (any, error)) error {
	q := store.New(tx)
	list, err := s.subscribers(ctx, q)
	if err != nil || len(list) == 0 {
		return err
	}
	var to []ids.ID
	for _, e := range list {
		if e.Wants(event) {
			to = append(to, e.ID)
		}
	}
	if len(to) == 0 {
		return nil
	}
	d, err := data()
	if err != nil {
		return err
	}
	_, err = s.enqueue(ctx, q, event, d, to)
	return err
}

// enqueue writes a message and its deliveries, and returns the id of the first.
func (s *Service) enqueue(ctx context.Context, q *store.Queries, event string, data any, to []ids.ID) (first ids.ID, err error) {
	now := s.now()
	body, err := json.Marshal(payload{event, now, data})
	if err != nil {
		return 0, err
	}
	id := s.p.IDs.New()
	if err := q.InsertMessage(ctx, store.InsertMessageParams{ID: int64(id), Event: event, Body: string(body), CreatedAt: clock.Micros(now)}); err != nil {
		return 0, err
	}
	for _, endpoint := range to {
		delivery := s.p.IDs.New()
		if first == 0 {
			first = delivery
		}
		if err := q.InsertDelivery(ctx, store.InsertDeliveryParams{
			ID: int64(delivery), EndpointID: int64(endpoint), MessageID: int64(id), Event: event, Due: clock.Micros(now), CreatedAt: clock.Micros(now),
		}); err != nil {
			return 0, err
		}
	}
	s.nudge()
	return first, nil
}

// Wants reports whether the endpoint subscribed to an event.
func (e Endpoint) Wants(event string) bool {
	return slices.Contains(e.Events, All) || slices.Contains(e.Events, event)
}

func packEvents(list []string) string { return " " + strings.Join(list, " ") + " " }

// noEndpoint is what a person reads of an address that leads nowhere.
func noEndpoint() *fault.Error { return fault.NewNotFound("There is no such webhook.") }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}
