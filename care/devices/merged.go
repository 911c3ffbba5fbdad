// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// clientMerged moves what belongs to a client that was merged into another; its argument is that of clients.MergedJob, "FROM INTO".
// It may run again.
func (s *Service) clientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	names, err := s.p.Clients.Names(ctx, access.WholeFirm(), from)
	if err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		return errors.Join(
			q.MergeDevices(ctx, int64(into), s.now(), int64(from)), q.MergeTokens(ctx, int64(into), int64(from)), q.MergeChanges(ctx, int64(into), int64(from)),
			mergeGroups(ctx, q, from, into, names[from]), mergeCounts(ctx, tx, from, into),
		)
	})
	if err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// mergeGroups moves groups. One whose name the other client has too is called after the client that it was of; it is never taken
// away, for rules and status pages may name it.
func mergeGroups(ctx context.Context, q *store.Queries, from, into ids.ID, of string) error {
	rows, err := q.Groups(ctx)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, r := range rows {
		if c := ids.ID(r.ClientID); c == into || c == from {
			taken[r.Name] = true
		}
	}
	theirs := map[string]bool{}
	for _, r := range rows {
		if ids.ID(r.ClientID) == into {
			theirs[r.Name] = true
		}
	}
	for _, r := range rows {
		if ids.ID(r.ClientID) != from || !theirs[r.Name] {
			continue
		}
		name := calledAfter(r.Name, of, taken)
		taken[name] = true
		if _, err := q.UpdateGroup(ctx, store.UpdateGroupParams{ID: r.ID, Version: r.Version, Name: name, Query: r.Query, Note: r.Note}); err != nil {
			return err
		}
	}
	return q.MergeGroups(ctx, int64(into), int64(from))
}

// calledAfter is "NAME (OF)", with a number where that is taken too.
func calledAfter(name, of string, taken map[string]bool) string {
	for n := 1; ; n++ {
		end := " (" + line(of, 40) + ")"
		if n > 1 {
			end = fmt.Sprintf(" (%s %d)", line(of, 40), n)
		}
		if c := line(name, maxName-len([]rune(end))) + end; !taken[c] {
			return c
		}
	}
}

// mergeCounts moves counts. Of a day on which both were counted by the same query, the devices of both were counted.
func mergeCounts(ctx context.Context, tx *sql.Tx, from, into ids.ID) error {
	const both = " WHERE o.client_id = $1 AND o.query = devices_counts.query AND o.day = devices_counts.day)"
	for _, q := range []string{
		"UPDATE devices_counts SET number = number + (SELECT o.number FROM devices_counts o" + both + ", members = members || (SELECT o.members FROM devices_counts o" + both +
			" WHERE client_id = $2 AND EXISTS (SELECT 1 FROM devices_counts o" + both,
		"DELETE FROM devices_counts WHERE client_id = $1 AND EXISTS (SELECT 1 FROM devices_counts o WHERE o.client_id = $2 AND o.query = devices_counts.query AND o.day = devices_counts.day)",
		"UPDATE devices_counts SET client_id = $2 WHERE client_id = $1",
	} {
		if _, err := tx.ExecContext(ctx, q, int64(from), int64(into)); err != nil {
			return err
		}
	}
	return nil
}

// HasClients tells which clients have devices or had some: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM devices_devices UNION SELECT client_id FROM devices_tokens UNION SELECT client_id FROM devices_keys
		UNION SELECT client_id FROM devices_changes UNION SELECT client_id FROM devices_groups UNION SELECT client_id FROM devices_counts`)
}
