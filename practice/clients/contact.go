// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"mainstay/kit/ids"
)

// Contact is whom an e-mail address belongs to. Person is 0 where it is the address of the client itself.
type Contact struct {
	Client ids.ID
	Person ids.ID
	Name   string
}

// ByEmail returns those who have an e-mail address, people first. Case does not count.
func (s *Service) ByEmail(ctx context.Context, email string) (out []Contact, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	if email == "" {
		return nil, nil
	}
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT p.client_id, p.id, p.name FROM clients_people p WHERE lower(p.email) = $1
		UNION ALL SELECT c.id, 0, c.name FROM clients_clients c WHERE lower(c.email) = $1 AND c.status <> 'merged' ORDER BY 2 DESC, 1`, email)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c Contact
		if err := rows.Scan((*int64)(&c.Client), (*int64)(&c.Person), &c.Name); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// ByDomain returns the clients of which an address, a person's address or the website lies in a domain.
func (s *Service) ByDomain(ctx context.Context, domain string) (out []ids.ID, err error) {
	domain = strings.ToLower(strings.TrimSpace(domain))
	if domain == "" {
		return nil, nil
	}
	like := strings.NewReplacer(`%`, `\%`, `_`, `\_`, `\`, `\\`).Replace(domain)
	rows, err := s.db.Reader().QueryContext(ctx, `SELECT p.client_id, p.email, '' FROM clients_people p WHERE lower(p.email) LIKE $1 ESCAPE '\'
		UNION ALL SELECT c.id, c.email, c.website FROM clients_clients c
		WHERE c.status <> 'merged' AND (lower(c.email) LIKE $1 ESCAPE '\' OR lower(c.website) LIKE $2 ESCAPE '\')`, "%@"+like, "%"+like+"%")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id ids.ID
		var email, website string
		if err := rows.Scan((*int64)(&id), &email, &website); err != nil {
			return nil, err
		}
		if strings.HasSuffix(strings.ToLower(email), "@"+domain) || host(website) == domain {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), rows.Err()
}

// host is the name in a web address, without "www.".
func host(website string) string {
	u, err := url.Parse(website)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}
