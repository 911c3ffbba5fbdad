// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"errors"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// What is read across the border to clients and accounts.

// Choice is a client or a person to choose.
type Choice struct {
	ID   ids.ID
	Name string
}

// Clients lists whom work can be entered for, by name.
func (s *Service) Clients(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "SELECT id, name FROM clients_clients WHERE status <> 'merged' ORDER BY name_key, id")
}

// People lists who has an account, by name.
func (s *Service) People(ctx context.Context) ([]Choice, error) {
	return s.choices(ctx, "SELECT id, name FROM access_users WHERE active = 1 ORDER BY name, id")
}

func (s *Service) choices(ctx context.Context, query string) ([]Choice, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Choice
	for rows.Next() {
		var c Choice
		if err := rows.Scan(&c.ID, &c.Name); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

func (s *Service) clientName(ctx context.Context, id ids.ID) (name string, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT name FROM clients_clients WHERE id = $1 AND status <> 'merged'", int64(id)).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.NewInvalid("There is no such client.").On("client")
	}
	return name, err
}

func (s *Service) personName(ctx context.Context, id ids.ID) (name string, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT name FROM access_users WHERE id = $1", int64(id)).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.NewInvalid("There is no such person.").On("person")
	}
	return name, err
}
