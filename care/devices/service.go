// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/clients"
)

// Parts are what the service is built from.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Zone    *time.Location // of the firm; nil = UTC
	IDs     *ids.Source
	Access  *access.Service // audit trail
	Clients *clients.Service
	Jobs    *jobs.Queue
	Bus     *bus.Bus
	Log     *slog.Logger
}

// Topic is where the bus says that something of a device changed; the text is its id.
const Topic = "devices"

// Service keeps devices. It is safe for concurrent use.
type Service struct {
	p      Parts
	roster roster
	hub    *hub.Hub // nil until Connect
	reach  Reach

	releases releases
	pruned   atomic.Int64 // when old dictionaries were removed last
}

// Reach is how agents come to the server.
type Reach struct {
	Server  string   // URL of the server, for enrolment
	Brokers []string // what agents connect to, in order of preference
	CA      string   // PEM of the authority they pin; empty: the system's
	Finger  string   // SHA-256 of that authority, hex, for tokens
}

// New returns the service on a migrated database.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	s := &Service{p: p}
	s.roster.init()
	p.Jobs.Handle(clients.MergedJob, s.clientMerged)
	return s
}

// Reachable tells a service without a broker of its own, an operator's command, where agents go.
func (s *Service) Reachable(r Reach) { s.reach = r }

// Connect tells the service where agents connect, and the broker which clients have devices and which keys are refused.
func (s *Service) Connect(ctx context.Context, h *hub.Hub, r Reach) error {
	s.hub, s.reach = h, r
	if err := s.Prepare(ctx); err != nil {
		return err
	}
	q := store.New(s.p.DB.Reader())
	list, err := q.KeyClients(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := h.Admit(ctx, ids.ID(c).String(), nil); err != nil {
			return err
		}
	}
	return s.refuse(ctx)
}

// RevokedKeys returns the keys of a client's devices that are refused and since when, microseconds.
func (s *Service) RevokedKeys(ctx context.Context, client string) (map[string]int64, error) {
	id, err := ids.Parse(client)
	if err != nil {
		return nil, err
	}
	rows, err := store.New(s.p.DB.Reader()).RevokedOf(ctx, int64(id))
	out := make(map[string]int64, len(rows))
	for _, r := range rows {
		out[r.PublicKey] = r.RevokedAt
	}
	return out, err
}

// refuse tells the broker which keys are refused, and forgets those among the devices' own: another server may have revoked them.
func (s *Service) refuse(ctx context.Context) error {
	rows, err := store.New(s.p.DB.Reader()).Revoked(ctx)
	if err != nil {
		return err
	}
	revoked := map[string]map[string]int64{}
	s.roster.mu.Lock()
	for _, r := range rows {
		if e := s.roster.byID[ids.ID(r.DeviceID)]; e != nil && e.key == r.PublicKey {
			e.key, e.account = "", 0
		}
		client := ids.ID(r.ClientID).String()
		if revoked[client] == nil {
			revoked[client] = map[string]int64{}
		}
		revoked[client][r.PublicKey] = r.RevokedAt
	}
	s.roster.mu.Unlock()
	for client, keys := range revoked {
		if err := s.hub.Admit(ctx, client, keys); err != nil {
			return err
		}
	}
	return nil
}

// Prepare reads into memory what is always at hand. It is called once, before the first request.
func (s *Service) Prepare(ctx context.Context) error {
	if err := s.loadReleases(ctx); err != nil {
		return err
	}
	// This version may know systems that the one before did not. What another process changes meanwhile it brings into line itself.
	if err := s.relearnEnds(ctx); !fault.Is(err, fault.Conflict) {
		return err
	}
	return s.Refresh(ctx)
}

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return clock.Today(s.p.Clock, s.p.Zone) }

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(tx *sql.Tx, q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx, store.New(tx)); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, detail)
	})
}

func author(ctx context.Context) string {
	if id := access.From(ctx); id != nil {
		return id.Name
	}
	return ""
}

func noDevice() *fault.Error { return fault.NewNotFound("There is no such device.") }

// found turns a row that is not there into what.
func found(err error, what *fault.Error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return what
	}
	return err
}

// line is one line of text that a person typed or a machine sent, cut to most characters.
func line(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}

func packCustom(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	b, _ := json.Marshal(m) // strings only: cannot fail
	return string(b)
}

func unpackCustom(s string) map[string]string {
	if s == "" {
		return nil
	}
	m := map[string]string{}
	_ = json.Unmarshal([]byte(s), &m) // our own text; unreadable = no values
	return m
}

// Now is the current instant, microseconds since 1970 UTC.
func (s *Service) Now() int64 { return s.now() }
