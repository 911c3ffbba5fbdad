// SPDX-License-Identifier: Apache-2.0

package config

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mainstay/kit/db"
	"mainstay/kit/money"
)

// Firm holds what the owner says of the firm. Every field may be empty.
type Firm struct {
	Name     string
	Currency money.Currency
	Language string // BCP 47, e.g. de-AT; the default for people who chose none
	Zone     string // IANA time zone
	Demo     bool   // the data is invented
}

// Location returns the firm's time zone, UTC when none or an unknown one is set.
func (f Firm) Location() *time.Location {
	if loc, err := time.LoadLocation(f.Zone); err == nil {
		return loc
	}
	return time.UTC
}

// Values keeps settings by key in the database.
type Values struct{ DB *db.DB }

// Get returns the value of key, "" when it was never set.
func (v Values) Get(ctx context.Context, key string) (string, error) {
	var s string
	err := v.DB.Reader().QueryRowContext(ctx, "SELECT value FROM config_values WHERE key = $1", key).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return s, err
}

// Set stores the value of key.
func (v Values) Set(ctx context.Context, key, value string) error {
	return v.DB.Write(ctx, func(tx *sql.Tx) error { return SetIn(ctx, tx, key, value) })
}

// GetIn is Get inside a transaction.
func GetIn(ctx context.Context, tx *sql.Tx, key string) (string, error) {
	var s string
	err := tx.QueryRowContext(ctx, "SELECT value FROM config_values WHERE key = $1", key).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return s, err
}

// SetIn stores the value of key inside a transaction.
func SetIn(ctx context.Context, tx *sql.Tx, key, value string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO config_values (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// Firm reads the firm's settings.
func (v Values) Firm(ctx context.Context) (Firm, error) {
	var f Firm
	rows, err := v.DB.Reader().QueryContext(ctx, "SELECT key, value FROM config_values WHERE key LIKE 'firm.%'")
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return f, err
		}
		switch key {
		case "firm.name":
			f.Name = value
		case "firm.currency":
			f.Currency = money.Currency(value)
		case "firm.language":
			f.Language = value
		case "firm.zone":
			f.Zone = value
		case "firm.demo":
			f.Demo = value == "yes"
		}
	}
	return f, rows.Err()
}

// SetFirm stores the firm's settings.
func (v Values) SetFirm(ctx context.Context, f Firm) error {
	demo := ""
	if f.Demo {
		demo = "yes"
	}
	return v.DB.Write(ctx, func(tx *sql.Tx) error {
		for key, value := range map[string]string{
			"firm.name": f.Name, "firm.currency": string(f.Currency), "firm.language": f.Language, "firm.zone": f.Zone, "firm.demo": demo,
		} {
			if err := SetIn(ctx, tx, key, value); err != nil {
				return err
			}
		}
		return nil
	})
}
