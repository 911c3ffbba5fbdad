// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"cmp"
	"context"
	"database/sql"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// roster holds all devices. A *Device in it is never changed: a new one takes its place.
type roster struct {
	mu     sync.RWMutex
	loaded bool
	taken  int64 // changes up to this instant are taken up
	byID   map[ids.ID]*entry
	dirty  map[ids.ID]int64 // heard of since the last flush
	polled map[ids.ID]time.Duration
	seed   maphash.Seed
}

type entry struct {
	d       *Device
	seen    int64
	key     string // public key of its agent, "" = it has none
	account ids.ID // the client in whose account the agent connects: another than the device's for a moment after a move
	start   string // the program's start that was heard last, and the one before: two that take turns are copies
	before  string
}

func (r *roster) init() {
	r.byID, r.dirty, r.seed = map[ids.ID]*entry{}, map[ids.ID]int64{}, maphash.MakeSeed()
}

// overlap is how far back a refresh looks again: clocks of several servers differ, and transactions end later than they
// stamp their rows.
const overlap = 10 * time.Second

// Refresh takes up what was written since the last time, by whatever process.
func (s *Service) Refresh(ctx context.Context) error {
	r := &s.roster
	r.mu.RLock()
	since, loaded := r.taken-overlap.Microseconds(), r.loaded
	r.mu.RUnlock()
	if !loaded {
		since = -1 << 62
	}
	var rows []store.DevicesDevice
	var seen []store.DevicesSeen
	var keys []store.LiveKeysRow
	err := s.p.DB.Read(ctx, func(tx *sql.Tx) (err error) {
		q := store.New(tx)
		if rows, err = q.Devices(ctx, since); err != nil {
			return err
		}
		if keys, err = q.LiveKeys(ctx, since); err == nil && !loaded {
			seen, err = q.Seen(ctx)
		}
		return err
	})
	if err != nil {
		return err
	}
	r.refresh(rows, keys, seen)
	if s.hub == nil || !loaded {
		return nil
	}
	return s.refuse(ctx)
}

func (r *roster) refresh(rows []store.DevicesDevice, keys []store.LiveKeysRow, seen []store.DevicesSeen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range rows {
		r.put(fromRow(&rows[i]))
	}
	for _, k := range keys {
		r.putKey(ids.ID(k.DeviceID), k.PublicKey, ids.ID(k.ClientID))
	}
	for _, x := range seen {
		if e := r.byID[ids.ID(x.DeviceID)]; e != nil {
			e.seen = max(e.seen, x.SeenAt)
		}
	}
	r.loaded = true
}

// put takes up a device unless a later version is here.
func (r *roster) put(d *Device) {
	r.taken = max(r.taken, d.Changed)
	if e := r.byID[d.ID]; e == nil {
		r.byID[d.ID] = &entry{d: d}
	} else if d.Version >= e.d.Version {
		e.d = d
	}
}

func (r *roster) putKey(device ids.ID, key string, account ids.ID) {
	if e := r.byID[device]; e != nil {
		e.key, e.account = key, account
	}
}

// load makes sure that the roster was read once.
func (s *Service) load(ctx context.Context) error {
	s.roster.mu.RLock()
	loaded := s.roster.loaded
	s.roster.mu.RUnlock()
	if loaded {
		return nil
	}
	return s.Refresh(ctx)
}

// took publishes what a transaction wrote, after it.
func (s *Service) took(list ...*Device) {
	s.roster.mu.Lock()
	for _, d := range list {
		s.roster.put(d)
	}
	s.roster.mu.Unlock()
	for _, d := range list {
		s.p.Bus.Publish(Topic, d.ID.String())
	}
}

// look returns a device as the roster has it, with when it was seen.
func (r *roster) look(id ids.ID) (*Device, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e := r.byID[id]
	if e == nil {
		return nil, false
	}
	return r.device(e), true
}

func (r *roster) device(e *entry) *Device {
	d := *e.d // shallow: slices are never changed in place
	d.Seen, d.Polled = e.seen, r.polled[d.ID]
	return &d
}

// Get returns a device of the scope.
func (s *Service) Get(ctx context.Context, scope access.Scope, id ids.ID) (*Device, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	d, ok := s.roster.look(id)
	if !ok {
		if err := s.Refresh(ctx); err != nil { // another process may have made it just now
			return nil, err
		}
		d, ok = s.roster.look(id)
	}
	if !ok || !scope.Covers(d.Client) {
		return nil, noDevice()
	}
	return d, nil
}

// Look returns a device from memory, for those who hear thousands of them a minute; false when there is none.
func (s *Service) Look(id ids.ID) (*Device, bool) { return s.roster.look(id) }

// All returns the devices of the scope in the order of client and name. Retired ones come last.
func (s *Service) All(ctx context.Context, scope access.Scope) ([]*Device, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	r := &s.roster
	r.mu.RLock()
	out := make([]*Device, 0, len(r.byID))
	for _, e := range r.byID {
		if scope.Covers(e.d.Client) {
			out = append(out, r.device(e))
		}
	}
	r.mu.RUnlock()
	slices.SortFunc(out, func(a, b *Device) int {
		return cmp.Or(flagOrder(a.Active(), b.Active()), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

func flagOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// States sums up which devices of the scope there are and what each is doing now: the number differs when one of them is in another
// state than before. Nobody tells of a device that falls silent, so those who show states look at it now and then; it reads memory only.
func (s *Service) States(scope access.Scope) (sum uint64) {
	r, now := &s.roster, s.now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, e := range r.byID {
		if !scope.Covers(e.d.Client) {
			continue
		}
		d := *e.d
		d.Seen, d.Polled = e.seen, r.polled[d.ID]
		sum += maphash.Comparable(r.seed, struct {
			id    ids.ID
			state string
		}{d.ID, d.StateAt(now)}) // a sum, because the order of a map is any
	}
	return sum
}

// Heard notes that a device was heard at an instant. It is written with the next FlushSeen.
func (s *Service) Heard(id ids.ID, at int64) {
	r := &s.roster
	r.mu.Lock()
	if e := r.byID[id]; e != nil && at > e.seen {
		e.seen = at
		r.dirty[id] = at
	}
	r.mu.Unlock()
}

// FlushSeen writes when devices were last heard. Call it every few minutes and at the end: what a kill loses is heard again.
func (s *Service) FlushSeen(ctx context.Context) error {
	r := &s.roster
	r.mu.Lock()
	dirty := r.dirty
	r.dirty = map[ids.ID]int64{}
	r.mu.Unlock()
	if len(dirty) == 0 {
		return nil
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q, err := store.Prepare(ctx, tx)
		if err != nil {
			return err
		}
		defer func() { _ = q.Close() }()
		for id, at := range dirty {
			if err := q.PutSeen(ctx, int64(id), at); err != nil {
				return err
			}
		}
		return nil
	})
}
