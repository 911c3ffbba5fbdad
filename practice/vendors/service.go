// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/money"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
)

// Parts are what the service is built from.
type Parts struct {
	DB        *db.DB
	Clock     clock.Clock
	Zone      *time.Location // of the firm; nil = UTC
	IDs       *ids.Source
	Access    *access.Service // audit trail
	Jobs      *jobs.Queue
	Values    config.Values
	Blobs     *blob.Store // the files
	Clients   *clients.Service
	Catalogue *catalogue.Service
	// Count returns how many there are of a client today of what an item counts, and false where nobody can say. nil = nobody can.
	Count func(ctx context.Context, client ids.ID, counted string) (int64, bool, error)
}

// Service keeps vendors and their bills. It is safe for concurrent use.
type Service struct{ p Parts }

// New returns the service on a migrated database and registers its jobs.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	s := &Service{p}
	p.Jobs.Handle(clients.MergedJob, s.clientMerged)
	return s
}

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return clock.Today(s.p.Clock, s.p.Zone) }

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(tx *sql.Tx) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, detail)
	})
}

func author(ctx context.Context) string {
	if id := access.From(ctx); id != nil {
		return id.Name
	}
	return ""
}

func noVendor() *fault.Error { return fault.NewNotFound("There is no such vendor.") }

func noBill() *fault.Error { return fault.NewNotFound("There is no such bill of a vendor.") }

// text is one line of text that a person typed.
func text(s, field string, most int) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > most || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return "", fault.NewInvalid("This is too long: at most %d characters.", most).On(field)
	}
	return s, nil
}

// Vendors returns all vendors by name.
func (s *Service) Vendors(ctx context.Context) ([]Vendor, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, version, name, mapping FROM vendors_vendors ORDER BY name_key")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Vendor
	for rows.Next() {
		v, err := scanVendor(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func scanVendor(row interface{ Scan(...any) error }) (v Vendor, err error) {
	var mapping string
	if err = row.Scan(&v.ID, &v.Version, &v.Name, &mapping); err != nil {
		return v, err
	}
	if mapping != "" {
		err = json.Unmarshal([]byte(mapping), &v.Mapping)
	}
	return v, err
}

// Vendor returns one vendor.
func (s *Service) Vendor(ctx context.Context, id ids.ID) (Vendor, error) {
	v, err := scanVendor(s.p.DB.Reader().QueryRowContext(ctx, "SELECT id, version, name, mapping FROM vendors_vendors WHERE id = $1", int64(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return v, noVendor()
	}
	return v, err
}

// Ensure returns the vendor of a name and makes it where there is none.
func (s *Service) Ensure(ctx context.Context, name string) (ids.ID, error) {
	name, err := text(name, "vendor", maxName)
	if err != nil {
		return 0, err
	}
	key := strings.ToLower(name)
	if key == "" {
		return 0, fault.NewInvalid("Say whose bill it is.").On("vendor")
	}
	var id ids.ID
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "SELECT id FROM vendors_vendors WHERE name_key = $1", key).Scan(&id)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM vendors_vendors").Scan(&n); err != nil {
			return err
		}
		if n >= maxVendors {
			return fault.NewInvalid("There are %d vendors already, which is the limit.", maxVendors).On("vendor")
		}
		id = s.p.IDs.New()
		if _, err := tx.ExecContext(ctx, "INSERT INTO vendors_vendors (id, name, name_key, made_at, changed_at) VALUES ($1, $2, $3, $4, $4)", int64(id), name, key, s.now()); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "vendors.made", id.String(), name)
	})
	return id, err
}

// HasClients tells which clients have bills of vendors: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM vendors_clients UNION SELECT client_id FROM vendors_acknowledged`)
}

// clientMerged moves what is known of one client to another; its argument is that of clients.MergedJob, "FROM INTO".
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
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE vendors_clients SET client_id = $2 WHERE client_id = $1", int64(from), int64(into)); err != nil {
			return err
		}
		// What was acknowledged of one of them says nothing of both together.
		_, err := tx.ExecContext(ctx, "DELETE FROM vendors_acknowledged WHERE client_id IN ($1, $2)", int64(from), int64(into))
		return err
	})
}

// Hold says from which money on a difference holds back the runs of a client's agreements; nothing is held at 0.
type Hold struct {
	Minor    int64          `json:"minor"`
	Currency money.Currency `json:"currency"`
}

const holdKey = "vendors.hold"

// Hold returns from which difference on runs are held.
func (s *Service) Hold(ctx context.Context) (h Hold, err error) {
	raw, err := s.p.Values.Get(ctx, holdKey)
	if err != nil || raw == "" {
		return h, err
	}
	return h, json.Unmarshal([]byte(raw), &h)
}

// SetHold sets from which difference on runs are held.
func (s *Service) SetHold(ctx context.Context, h Hold) error {
	switch {
	case h.Minor < 0 || h.Minor > maxMinor:
		return fault.NewInvalid("This amount cannot be reckoned with.").On("hold")
	case h.Minor > 0 && !h.Currency.Known():
		return fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", h.Currency).On("hold")
	}
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return s.change(ctx, "vendors.hold", "", money.Amount{Minor: h.Minor, Currency: h.Currency}.String(), func(tx *sql.Tx) error {
		return config.SetIn(ctx, tx, holdKey, string(raw))
	})
}
