// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Find returns the devices of the scope that a query means, of one client or (0) of all, by name.
func (s *Service) Find(ctx context.Context, scope access.Scope, client ids.ID, q Query) ([]*Device, error) {
	if client != 0 && !scope.Covers(client) {
		return nil, fault.NewNotFound("There is no such client.")
	}
	all, err := s.All(ctx, scope)
	if err != nil {
		return nil, err
	}
	at, err := s.MomentFor(ctx, scope, q)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, d := range all {
		if (client == 0 || d.Client == client) && q.Matches(d, at) {
			out = append(out, d)
		}
	}
	return out, nil
}

// MomentFor is the present with what a query needs: where software is installed, and the names of sites.
func (s *Service) MomentFor(ctx context.Context, scope access.Scope, q Query) (*Moment, error) {
	at := s.moment(nil, nil)
	if q.names("site") {
		sites, err := s.siteNames(ctx)
		if err != nil {
			return nil, err
		}
		at.Sites = sites
	}
	if !q.names("software") {
		return at, nil
	}
	sets := map[string]map[ids.ID]bool{}
	for _, t := range q.terms {
		if t.field != "software" {
			continue
		}
		for _, v := range t.values {
			set, err := s.WithSoftware(ctx, scope, v)
			if err != nil {
				return nil, err
			}
			sets[v] = set
		}
	}
	at.Software = func(v string) map[ids.ID]bool { return sets[v] }
	return at, nil
}

// siteNames returns the names of all sites in small letters.
func (s *Service) siteNames(ctx context.Context) (map[ids.ID]string, error) {
	out := map[ids.ID]string{}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, name FROM clients_sites")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		out[id] = strings.ToLower(name)
	}
	return out, rows.Err()
}

// Search returns devices in use that are called so or known by it — name, host name, serial number, asset tag, address, hardware
// address, who used it last — those that begin with the text first. client 0 = of all in scope.
func (s *Service) Search(ctx context.Context, scope access.Scope, client ids.ID, text string, limit int) ([]*Device, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	all, err := s.Find(ctx, scope, client, Query{})
	if err != nil || text == "" {
		return all[:min(len(all), limit)], err
	}
	var first, rest []*Device
	for _, d := range all {
		at := -1
		for _, x := range append([]string{d.Name, d.Hostname, d.Serial, d.AssetTag, d.Address, d.LastUser}, d.MACs...) {
			if i := strings.Index(strings.ToLower(x), text); i == 0 || i > 0 && at < 0 {
				at = i
			}
		}
		switch {
		case at == 0:
			first = append(first, d)
		case at > 0:
			rest = append(rest, d)
		}
		if len(first) >= limit {
			break
		}
	}
	list := slices.Concat(first, rest)
	return list[:min(len(list), limit)], nil
}
