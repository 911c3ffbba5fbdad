// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

const columns = "id, version, client_id, site_id, device_id, prober_id, kind, name, target, params, secret, every, timeout, paused, author, made_at, changed_at"

type row interface{ Scan(dest ...any) error }

func (s *Service) scan(r row) (*Watched, error) {
	var w Watched
	var params, secret string
	var every, timeout, paused, made, changed int64
	err := r.Scan(&w.ID, &w.Version, &w.Client, &w.Site, &w.Device, &w.Prober, &w.Kind, &w.Name, &w.Target, &params, &secret, &every, &timeout, &paused, &w.Author, &made, &changed)
	if err != nil {
		return nil, err
	}
	if w.Params, err = unpack(params); err != nil {
		return nil, err
	}
	if w.Secret, err = s.openSecret(w.ID, secret); err != nil {
		return nil, err
	}
	w.Every, w.Timeout, w.Paused, w.Made, w.Changed = time.Duration(every)*time.Second, time.Duration(timeout)*time.Second, paused != 0, instant(made), instant(changed)
	return &w, nil
}

func purpose(id ids.ID) string { return "network/" + id.String() }

func (s *Service) openSecret(id ids.ID, sealed string) (map[string]string, error) {
	if sealed == "" {
		return nil, nil //nolint:nilnil // none
	}
	text, err := s.p.Sealer.Open(purpose(id), sealed)
	if err != nil {
		return nil, err
	}
	return unpack(text)
}

func (s *Service) sealSecret(id ids.ID, m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	return s.p.Sealer.Seal(purpose(id), pack(m))
}

// Refresh reads services and, the first time, their states. It takes up what other processes wrote.
func (s *Service) Refresh(ctx context.Context) error {
	for {
		s.mu.RLock()
		loaded, round := s.loaded, s.round
		s.mu.RUnlock()
		list, err := s.readAll(ctx)
		if err != nil {
			return err
		}
		states := map[ids.ID]State{}
		if !loaded {
			if states, err = s.readStates(ctx); err != nil {
				return err
			}
		}
		s.mu.Lock()
		if s.round != round { // something was written meanwhile: what was read may be older
			s.mu.Unlock()
			continue
		}
		s.list, s.loaded = list, true
		for id, st := range states {
			if _, newer := s.states[id]; !newer {
				s.states[id] = st
			}
		}
		s.mu.Unlock()
		return nil
	}
}

// took publishes what a transaction wrote, after it; nil takes the service away.
func (s *Service) took(id ids.ID, w *Watched) {
	s.mu.Lock()
	s.round++
	if w == nil {
		delete(s.list, id)
		delete(s.states, id)
	} else {
		s.list[id] = w
	}
	s.mu.Unlock()
	s.p.Bus.Publish(Topic, id.String())
}

func (s *Service) readAll(ctx context.Context) (map[ids.ID]*Watched, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT "+columns+" FROM network_services ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]*Watched{}
	for rows.Next() {
		w, err := s.scan(rows)
		if err != nil {
			return nil, err
		}
		out[w.ID] = w
	}
	return out, rows.Err()
}

func (s *Service) readStates(ctx context.Context) (map[ids.ID]State, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT service_id, at, made_by, state, since_at, text, detail, took, found, said FROM network_states")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]State{}
	for rows.Next() {
		var id ids.ID
		var st State
		var at, state, since, took int64
		var said string
		if err := rows.Scan(&id, &at, &st.By, &state, &since, &st.Text, &st.Detail, &took, &st.Found, &said); err != nil {
			return nil, err
		}
		st.Told = unpackTold(said)
		st.At, st.Since, st.State, st.Took = instant(at), instant(since), wire.State(state), time.Duration(took)*time.Millisecond
		out[id] = st
	}
	return out, rows.Err()
}

// load makes sure that the roster was read once.
func (s *Service) load(ctx context.Context) error {
	s.mu.RLock()
	loaded := s.loaded
	s.mu.RUnlock()
	if loaded {
		return nil
	}
	return s.Refresh(ctx)
}

// Look returns a service from memory, for those who ask often. It is not to be changed.
func (s *Service) Look(id ids.ID) (*Watched, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w, ok := s.list[id]
	return w, ok
}

// StateOf is how a service did last.
func (s *Service) StateOf(id ids.ID) State {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.states[id]
}

// All returns the services of the scope by name. They are not to be changed.
func (s *Service) All(ctx context.Context, scope access.Scope) ([]*Watched, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	out := make([]*Watched, 0, len(s.list))
	for _, w := range s.list {
		if scope.Covers(w.Client) {
			out = append(out, w)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(out, func(a, b *Watched) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Get returns a service of the scope.
func (s *Service) Get(ctx context.Context, scope access.Scope, id ids.ID) (*Watched, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	w, ok := s.Look(id)
	if !ok { // another process may have made it just now
		if err := s.Refresh(ctx); err != nil {
			return nil, err
		}
		w, ok = s.Look(id)
	}
	if !ok || !scope.Covers(w.Client) {
		return nil, noService()
	}
	return w, nil
}

func noService() *fault.Error { return fault.NewNotFound("There is no such service.") }

// Rewrap seals secrets with the newest key.
func (s *Service) Rewrap(ctx context.Context) error {
	list, err := s.readAll(ctx)
	if err != nil {
		return err
	}
	if err := s.rewrapCredentials(ctx); err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for id, w := range list {
			if len(w.Secret) == 0 {
				continue
			}
			if _, err := tx.ExecContext(ctx, "UPDATE network_services SET secret = $2 WHERE id = $1", int64(id), s.sealSecret(id, w.Secret)); err != nil {
				return err
			}
		}
		return nil
	})
}

// HasClients tells which clients have services, or were searched for devices: they are not forgotten when the import that made them is
// undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM network_services UNION SELECT client_id FROM network_credentials UNION SELECT client_id FROM network_scans
		UNION SELECT client_id FROM network_hosts UNION SELECT client_id FROM network_patterns`)
}
