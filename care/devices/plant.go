// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"

	"mainstay/care/devices/store"
	"mainstay/kit/ids"
)

// Plant puts devices in as they are, those of an invented firm. Ids that are missing, versions and instants are filled in.
func (s *Service) Plant(ctx context.Context, list []*Device) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	err := s.change(ctx, "devices.plant", "", "", func(_ *sql.Tx, q *store.Queries) error {
		for _, d := range list {
			d.Version, d.Changed = 1, s.now()
			if d.ID == 0 {
				d.ID = s.p.IDs.New()
			}
			if d.Made == 0 {
				d.Made = d.Changed
			}
			if err := q.InsertDevice(ctx, toNewRow(d)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.took(list...)
	}
	return err
}

// Uproot takes devices away with all that is known of them, those of an invented firm. Whatever really was is retired instead.
func (s *Service) Uproot(ctx context.Context, list []ids.ID) error {
	if err := s.load(ctx); err != nil {
		return err
	}
	of := map[ids.ID]bool{}
	for _, id := range list {
		if d, ok := s.roster.look(id); ok {
			of[d.Client] = true
		}
	}
	err := s.change(ctx, "devices.uproot", "", "", func(tx *sql.Tx, _ *store.Queries) error {
		for _, id := range list {
			for _, table := range []string{"seen", "keys", "sections", "changes", "installed"} {
				if _, err := tx.ExecContext(ctx, "DELETE FROM devices_"+table+" WHERE device_id = $1", int64(id)); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM devices_devices WHERE id = $1", int64(id)); err != nil {
				return err
			}
		}
		for c := range of { // of a client that never had a real device, nothing was counted that was billed
			_, err := tx.ExecContext(ctx, "DELETE FROM devices_counts WHERE client_id = $1 AND client_id NOT IN (SELECT client_id FROM devices_devices UNION SELECT client_id FROM devices_changes)", int64(c))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.roster.mu.Lock()
	defer s.roster.mu.Unlock()
	for _, id := range list {
		delete(s.roster.byID, id)
		delete(s.roster.dirty, id)
	}
	return nil
}
