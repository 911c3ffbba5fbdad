// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/webhook/store"
)

// Endpoint is where events are sent.
type Endpoint struct {
	ID          ids.ID
	Version     int64
	URL         string
	Description string
	Events      []string // or [All]
	Enabled     bool
	Reason      Reason    // why it is off
	Rotated     time.Time // until when the former secret signs as well; zero = there is none
	Failing     time.Time // since when nothing has arrived; zero = all is well
	Created     time.Time
	MadeBy      ids.ID

	secret, former string // sealed
}

// Reason is why an endpoint is switched off.
type Reason string

// The reasons.
const (
	ByHand  Reason = "by-hand"
	Gone    Reason = "gone"    // it answered 410
	Failing Reason = "failing" // nothing arrived for days
)

const (
	maxEndpoints   = 50
	maxURL         = 500
	maxDescription = 200
	formerLife     = 24 * time.Hour
)

func endpointOf(r store.WebhookEndpoint) Endpoint {
	return Endpoint{
		ids.ID(r.ID), r.Version, r.Url, r.Description, strings.Fields(r.Events), r.Enabled == 1, Reason(r.Reason), instant(r.FormerUntil), instant(r.FailingSince),
		instant(r.CreatedAt), ids.ID(r.MadeBy), r.Secret, r.Former,
	}
}

// Endpoints lists the endpoints, the oldest first.
func (s *Service) Endpoints(ctx context.Context) (out []Endpoint, err error) {
	rows, err := s.read().Endpoints(ctx)
	for _, r := range rows {
		out = append(out, endpointOf(r))
	}
	return out, err
}

// Endpoint returns one.
func (s *Service) Endpoint(ctx context.Context, id ids.ID) (Endpoint, error) {
	r, err := s.read().EndpointByID(ctx, int64(id))
	if errors.Is(err, sql.ErrNoRows) {
		return Endpoint{}, noEndpoint()
	}
	return endpointOf(r), err
}

// check refuses what cannot be an endpoint, and brings it into order.
func (s *Service) check(e *Endpoint) error {
	e.URL, e.Description = strings.TrimSpace(e.URL), strings.Join(strings.Fields(e.Description), " ")
	if len(e.Description) > maxDescription {
		return fault.NewInvalid("The description is longer than %d characters.", maxDescription).On("description")
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" || len(e.URL) > maxURL || strings.ContainsAny(e.URL, " \x00") {
		return fault.NewInvalid("This is no address that can be called; it looks like https://example.com/hook.").On("url")
	}
	switch {
	case u.User != nil:
		return fault.NewInvalid("An address here carries no user and password. The receiver knows us by the signature.").On("url")
	case u.Fragment != "":
		return fault.NewInvalid("An address here ends before the #.").On("url")
	case u.Scheme == "http" && !s.p.Private:
		return fault.NewInvalid("The address must begin with https://, so that nobody on the way can read along.").On("url")
	case u.Scheme != "https" && u.Scheme != "http":
		return fault.NewInvalid("The address must begin with https://.").On("url")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		if err := s.sender.may(u.Scheme, ip); err != nil {
			return err
		}
	}
	if len(e.Events) == 0 {
		return fault.NewInvalid("Choose at least one event.").On("events")
	}
	if slices.Contains(e.Events, All) {
		e.Events = []string{All}
		return nil
	}
	for _, x := range e.Events {
		if !slices.Contains(s.p.Events, x) {
			return fault.NewInvalid("There is no event %q.", x).On("events")
		}
	}
	slices.Sort(e.Events)
	e.Events = slices.Compact(e.Events)
	return nil
}

// change runs fn and records the act in one transaction; every process then learns of it.
func (s *Service) change(ctx context.Context, action string, e Endpoint, fn func(q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := fn(q); err != nil {
			return err
		}
		if err := q.Bump(ctx); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, e.ID.String(), e.Host())
	})
}

// Create adds an endpoint and returns it with its secret, which is shown this once.
func (s *Service) Create(ctx context.Context, e Endpoint) (Endpoint, string, error) {
	if err := s.check(&e); err != nil {
		return e, "", err
	}
	have, err := s.Endpoints(ctx)
	if err != nil {
		return e, "", err
	}
	if len(have) >= maxEndpoints {
		return e, "", fault.NewConflict("There are %d webhooks already. Remove one first.", maxEndpoints)
	}
	e.ID, e.Version, e.Created = s.p.IDs.New(), 1, s.now()
	if id := access.From(ctx); id != nil {
		e.MadeBy = id.User
	}
	e.Reason = ""
	if !e.Enabled {
		e.Reason = ByHand
	}
	secret := newSecret()
	err = s.change(ctx, "webhook.made", e, func(q *store.Queries) error {
		return q.InsertEndpoint(ctx, store.InsertEndpointParams{
			ID: int64(e.ID), Url: e.URL, Description: e.Description, Events: packEvents(e.Events), Enabled: flag(e.Enabled), Reason: string(e.Reason),
			Secret: s.p.Sealer.Seal(purpose(e.ID), secret), MadeBy: int64(e.MadeBy), CreatedAt: clock.Micros(e.Created),
		})
	})
	return e, secret, err
}

// Save changes an endpoint whose version the caller has seen. Where it is switched off, what waits for it is given up.
func (s *Service) Save(ctx context.Context, e Endpoint) error {
	if err := s.check(&e); err != nil {
		return err
	}
	old, err := s.Endpoint(ctx, e.ID)
	if err != nil {
		return err
	}
	failing := clock.Micros(old.Failing)
	switch {
	case e.Enabled && !old.Enabled:
		e.Reason, failing = "", 0
	case e.Enabled:
		e.Reason = ""
	case old.Enabled:
		e.Reason = ByHand
	default:
		e.Reason = old.Reason
	}
	if old.Failing.IsZero() {
		failing = 0
	}
	return s.change(ctx, "webhook.changed", e, func(q *store.Queries) error {
		n, err := q.UpdateEndpoint(ctx, store.UpdateEndpointParams{
			ID: int64(e.ID), Version: e.Version, Url: e.URL, Description: e.Description, Events: packEvents(e.Events), Enabled: flag(e.Enabled), Reason: string(e.Reason), FailingSince: failing,
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NewConflict("Somebody changed this webhook in the meantime. Look at the newer version and enter your change again.")
		}
		if e.Enabled && old.Enabled {
			return nil
		}
		return q.GiveUp(ctx, int64(e.ID), errOff)
	})
}

// Rotate gives an endpoint a new secret and returns it. The former signs as well for a day, so that the receiver can
// change over without missing anything.
func (s *Service) Rotate(ctx context.Context, id ids.ID) (string, error) {
	e, err := s.Endpoint(ctx, id)
	if err != nil {
		return "", err
	}
	secret := newSecret()
	return secret, s.change(ctx, "webhook.secret", e, func(q *store.Queries) error {
		n, err := q.SetSecret(ctx, int64(id), s.p.Sealer.Seal(purpose(id), secret), clock.Micros(s.now().Add(formerLife)))
		if err == nil && n == 0 {
			err = noEndpoint()
		}
		return err
	})
}

// Remove takes an endpoint away, with its log.
func (s *Service) Remove(ctx context.Context, id ids.ID) error {
	e, err := s.Endpoint(ctx, id)
	if err != nil {
		return err
	}
	return s.change(ctx, "webhook.removed", e, func(q *store.Queries) error {
		if err := q.DropAttempts(ctx, int64(id)); err != nil {
			return err
		}
		if err := q.DropDeliveries(ctx, int64(id)); err != nil {
			return err
		}
		n, err := q.DropEndpoint(ctx, int64(id))
		if err == nil && n == 0 {
			err = noEndpoint()
		}
		return err
	})
}

// Test sends an event that says nothing, and returns its delivery.
func (s *Service) Test(ctx context.Context, id ids.ID) (delivery ids.ID, err error) {
	e, err := s.Endpoint(ctx, id)
	if err != nil {
		return 0, err
	}
	if !e.Enabled {
		return 0, fault.NewConflict("This webhook is switched off. Switch it on first.")
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		delivery, err = s.enqueue(ctx, store.New(tx), TestEvent, map[string]string{"message": "This is a test. Nothing happened."}, []ids.ID{id})
		return err
	})
	s.nudge()
	return delivery, err
}

func purpose(id ids.ID) string { return "webhook/" + id.String() }

// Host is where the endpoint lies. What follows in its address often lets in whoever knows it, and is told to nobody.
func (e Endpoint) Host() string {
	_, rest, _ := strings.Cut(e.URL, "://")
	host, _, _ := strings.Cut(rest, "/")
	host, _, _ = strings.Cut(host, "?")
	return host
}
