// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Status is what a client sees of the state of its systems: the lines that the firm chose, in words of the client.
type Status struct {
	Client  ids.ID
	Version int64
	Shown   bool   // its people see it in the portal
	Secret  string // of a link that needs no sign-in; "" = there is none
	Note    string // a sentence of the firm above it
	Parts   []StatusPart
}

// StatusPart is a line: a device, a group of devices or a service, by the reference that whoever watches it gives it.
type StatusPart struct{ Ref, Name string }

// Health is how a part does.
type Health uint8

// The healths, from good to bad; Unwatched is not known.
const (
	Unwatched Health = iota
	Works
	Maintained // somebody works on it, as was planned
	Partly     // some of a group have trouble
	Troubled
)

// PartHealth is how a part does now and did lately.
type PartHealth struct {
	Now      Health
	Since    time.Time // of trouble or maintenance
	Until    time.Time // of maintenance that goes on
	Next     time.Time // when maintenance begins that is planned within a week; zero = none
	NextEnds time.Time
	Days     []DayHealth // the last 90, the oldest first
}

// DayHealth is how a part did on a day.
type DayHealth struct {
	Day   civil.Date
	Known bool // it was watched
	Bad   time.Duration
}

// StatusDays is how many days are looked back.
const StatusDays = 90

const (
	maxParts    = 40
	maxPartName = 80
	maxNote     = 500
)

// StatusOf returns what a client is shown; where nothing was decided, a zero Status of it.
func (s *Service) StatusOf(ctx context.Context, scope access.Scope, client ids.ID) (Status, error) {
	if _, err := s.p.Clients.Get(ctx, scope, client); err != nil {
		return Status{}, err
	}
	return s.status(ctx, s.p.DB.Reader(), client)
}

func (s *Service) status(ctx context.Context, q db.Query, client ids.ID) (x Status, err error) {
	x.Client = client
	var shown int64
	var sealed string
	err = q.QueryRowContext(ctx, "SELECT version, shown, secret, note FROM portal_statuses WHERE client_id = $1", int64(client)).Scan(&x.Version, &shown, &sealed, &x.Note)
	if errors.Is(err, sql.ErrNoRows) {
		return x, nil
	}
	if err != nil {
		return x, err
	}
	x.Shown = shown == 1
	if sealed != "" {
		if x.Secret, err = s.p.Sealer.Open(statusSeal(client), sealed); err != nil {
			return x, err
		}
	}
	rows, err := q.QueryContext(ctx, "SELECT ref, name FROM portal_status_parts WHERE client_id = $1 ORDER BY position, id", int64(client))
	if err != nil {
		return x, err
	}
	defer rows.Close()
	for rows.Next() {
		var p StatusPart
		if err := rows.Scan(&p.Ref, &p.Name); err != nil {
			return x, err
		}
		x.Parts = append(x.Parts, p)
	}
	return x, rows.Err()
}

func statusSeal(client ids.ID) string { return "portal.status/" + client.String() }

// SaveStatus changes what a client is shown, provided that it is still as the caller saw it. The link is changed by LinkStatus.
func (s *Service) SaveStatus(ctx context.Context, scope access.Scope, x Status) error {
	if _, err := s.p.Clients.Get(ctx, scope, x.Client); err != nil {
		return err
	}
	x.Note = strings.TrimSpace(strings.ReplaceAll(x.Note, "\r\n", "\n"))
	if utf8.RuneCountInString(x.Note) > maxNote {
		return fault.NewInvalid("This is too long: at most %d characters.", maxNote).On("note")
	}
	if len(x.Parts) > maxParts {
		return fault.NewInvalid("At most %d lines: put devices together in a group.", maxParts).On("parts")
	}
	seen := map[string]bool{}
	for i, p := range x.Parts {
		name := strings.Join(strings.Fields(p.Name), " ")
		switch {
		case name == "" || utf8.RuneCountInString(name) > maxPartName:
			return fault.NewInvalid("Name each line, in at most %d characters, as the client calls it.", maxPartName).On("parts")
		case p.Ref == "" || len(p.Ref) > 40 || seen[p.Ref]:
			return fault.NewInvalid("%q is not one of the choices.", p.Ref).On("parts")
		}
		x.Parts[i].Name, seen[p.Ref] = name, true
	}
	if x.Shown && len(x.Parts) == 0 {
		return fault.NewInvalid("Choose first what is shown.").On("parts")
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		now, err := s.status(ctx, tx, x.Client)
		if err != nil {
			return err
		}
		if now.Version != x.Version {
			return fault.NewConflict("Somebody changed these settings in the meantime. Look at them again and enter your change anew.")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO portal_statuses (client_id, version, shown, note) VALUES ($1, 1, $2, $3)
			ON CONFLICT (client_id) DO UPDATE SET version = portal_statuses.version + 1, shown = excluded.shown, note = excluded.note`, int64(x.Client), flag(x.Shown), x.Note)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM portal_status_parts WHERE client_id = $1", int64(x.Client)); err != nil {
			return err
		}
		for i, p := range x.Parts {
			if _, err := tx.ExecContext(ctx, "INSERT INTO portal_status_parts (id, client_id, position, ref, name) VALUES ($1, $2, $3, $4, $5)", int64(s.p.IDs.New()), int64(x.Client), i, p.Ref, p.Name); err != nil {
				return err
			}
		}
		return s.p.Access.Record(ctx, tx, "portal.status", x.Client.String(), "")
	})
}

// LinkStatus makes a new link that needs no sign-in, in place of any before; with on false it takes it away.
func (s *Service) LinkStatus(ctx context.Context, scope access.Scope, client ids.ID, on bool) error {
	if _, err := s.p.Clients.Get(ctx, scope, client); err != nil {
		return err
	}
	token, sealed, detail := "", "", ""
	if on {
		raw := make([]byte, 24)
		_, _ = rand.Read(raw) // never fails since Go 1.24
		secret := base64.RawURLEncoding.EncodeToString(raw)
		token, sealed, detail = statusDigest(secret), s.p.Sealer.Seal(statusSeal(client), secret), "link"
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE portal_statuses SET version = version + 1, token = $2, secret = $3 WHERE client_id = $1", int64(client), token, sealed)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return orElse(err, fault.NewInvalid("Choose first what is shown.").On("parts"))
		}
		return s.p.Access.Record(ctx, tx, "portal.status", client.String(), detail)
	})
}

func statusDigest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// StatusBy returns what the link of a secret shows.
func (s *Service) StatusBy(ctx context.Context, secret string) (Status, error) {
	gone := fault.NewNotFound("There is no such status page, or its link was changed. Ask for the new one.")
	if secret == "" || len(secret) > 200 {
		return Status{}, gone
	}
	var client ids.ID
	err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT client_id FROM portal_statuses WHERE token = $1", statusDigest(secret)).Scan(&client)
	if errors.Is(err, sql.ErrNoRows) {
		return Status{}, gone
	}
	if err != nil {
		return Status{}, err
	}
	return s.status(ctx, s.p.DB.Reader(), client)
}

// moveStatus follows a merge of clients: what the one that goes on shows stays, else it takes over. A link belongs to its client's
// name in the seal, so it ends with it.
func moveStatus(ctx context.Context, tx *sql.Tx, from, into ids.ID) error {
	for _, q := range []string{
		"DELETE FROM portal_status_parts WHERE client_id = $1 AND EXISTS (SELECT 1 FROM portal_statuses WHERE client_id = $2)",
		"DELETE FROM portal_statuses WHERE client_id = $1 AND EXISTS (SELECT 1 FROM portal_statuses s WHERE s.client_id = $2)",
		"UPDATE portal_status_parts SET client_id = $2 WHERE client_id = $1",
		"UPDATE portal_statuses SET client_id = $2, token = '', secret = '' WHERE client_id = $1",
	} {
		if _, err := tx.ExecContext(ctx, q, int64(from), int64(into)); err != nil {
			return err
		}
	}
	return nil
}
