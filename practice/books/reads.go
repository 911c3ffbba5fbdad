// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
)

// What is read across the border to the area of clients.

// knownClients returns the client of every key under which one is known.
func (s *Service) knownClients(ctx context.Context) (map[string]int64, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT n.name_key, n.client_id FROM clients_names n
		UNION ALL SELECT c.name, c.id FROM clients_clients c WHERE c.merged_into = 0`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var name string
		var id int64
		if err := rows.Scan(&name, &id); err != nil {
			return nil, err
		}
		// Of two clients that differ in a legal form only, the older one is meant: always the same.
		if key := ClientKey(name); key != "" && (out[key] == 0 || id < out[key]) {
			out[key] = id
		}
	}
	return out, rows.Err()
}

// clientNames returns the names by id; of one client only where only is set.
func (s *Service) clientNames(ctx context.Context, only int64) (map[int64]string, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, name FROM clients_clients WHERE CAST($1 AS BIGINT) = 0 OR id = CAST($1 AS BIGINT)", only)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]string{}
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		out[id] = name
	}
	return out, rows.Err()
}
