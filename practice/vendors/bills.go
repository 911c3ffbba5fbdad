// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
	"mainstay/practice/billing/rating"
	"mainstay/practice/books"
)

const billColumns = "id, vendor_id, state, file, ref, size, starts, ends, currency, row_count, amount, author, made_at"

func scanBill(row interface{ Scan(...any) error }) (b Bill, err error) {
	var made int64
	err = row.Scan(&b.ID, &b.Vendor, &b.State, &b.File, &b.ref, &b.size, &b.Days.From, &b.Days.To, &b.Currency, &b.Rows, &b.Minor, &b.Author, &made)
	b.Made = clock.FromMicros(made)
	return b, err
}

func (s *Service) bills(ctx context.Context, where string, args ...any) ([]Bill, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT "+billColumns+" FROM vendors_bills WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Bill
	for rows.Next() {
		b, err := scanBill(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// Bills returns the bills that concern a month, also those that wait for their columns, the newest first.
func (s *Service) Bills(ctx context.Context, m civil.Month) ([]Bill, error) {
	return s.bills(ctx, "state = 0 OR (starts < $2 AND ends > $1) OR id IN (SELECT bill_id FROM vendors_rows WHERE starts < $2 AND ends > $1) ORDER BY id DESC", int64(m.First()), int64((m + 1).First()))
}

// Latest is the newest month of a bill that was taken in; NoMonth where there is none.
func (s *Service) Latest(ctx context.Context) (civil.Month, error) {
	var d sql.NullInt64
	err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT max(starts) FROM vendors_bills WHERE state = 1").Scan(&d)
	if err != nil || !d.Valid {
		return civil.NoMonth, err
	}
	return civil.Date(d.Int64).Month(), nil
}

// Bill returns one bill.
func (s *Service) Bill(ctx context.Context, id ids.ID) (Bill, error) {
	b, err := scanBill(s.p.DB.Reader().QueryRowContext(ctx, "SELECT "+billColumns+" FROM vendors_bills WHERE id = $1", int64(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return b, noBill()
	}
	return b, err
}

// Send keeps a vendor's file for a month; its columns are said next.
func (s *Service) Send(ctx context.Context, vendor ids.ID, name string, r io.Reader, m civil.Month) (ids.ID, error) {
	if _, err := s.Vendor(ctx, vendor); err != nil {
		return 0, err
	}
	ref, size, err := s.p.Blobs.Put(r, MaxFile)
	if err != nil {
		return 0, err
	}
	if size == 0 {
		return 0, fault.NewInvalid("The file %s is empty.", fileName(name)).On("file")
	}
	var have string
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT file FROM vendors_bills WHERE vendor_id = $1 AND ref = $2 AND state = 1 LIMIT 1", int64(vendor), string(ref)).Scan(&have)
	if err == nil {
		return 0, fault.NewConflict("This file was taken in already, as %s.", have).On("file")
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	id, days := s.p.IDs.New(), monthOf(m)
	return id, s.change(ctx, "vendors.sent", id.String(), fileName(name), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO vendors_bills (id, vendor_id, file, ref, size, starts, ends, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			int64(id), int64(vendor), fileName(name), string(ref), size, int64(days.From), int64(days.To), author(ctx), s.now())
		return err
	})
}

// fileName is a file's name without folders, of either system.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name, err := text(name, "file", maxName)
	if err != nil || name == "" || name == "." || name == "/" {
		return "bill"
	}
	return name
}

func (s *Service) open(b *Bill) (*tabular.File, io.Closer, error) {
	f, err := s.p.Blobs.Open(blob.Ref(b.ref))
	if err != nil {
		return nil, nil, err
	}
	return tabular.New(b.File, f, b.size, tabular.Options{Limits: tabular.Limits{Bytes: MaxFile}}), f, nil
}

// Sample shows how the file of a bill begins and what its columns seem to mean.
func (s *Service) Sample(ctx context.Context, b *Bill, currency money.Currency) (*Sample, error) {
	v, err := s.Vendor(ctx, b.Vendor)
	if err != nil {
		return nil, err
	}
	f, closer, err := s.open(b)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	return sample(ctx, f, v.Mapping, currency)
}

// Take reads the file of a bill by a mapping and keeps its rows, a bill for each currency, and remembers the mapping for the vendor. Where
// rows cannot be read they are returned, and nothing is kept.
func (s *Service) Take(ctx context.Context, id ids.ID, m *Mapping, month civil.Month) ([]BadRow, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	b, err := s.Bill(ctx, id)
	if err != nil {
		return nil, err
	}
	if b.State != Sent {
		return nil, fault.NewConflict("This bill was taken in already.")
	}
	f, closer, err := s.open(&b)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	b.Days = monthOf(month)
	rows, bad, err := read(ctx, f, m, b.Days)
	if err != nil || len(bad) > 0 {
		return bad, err
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return nil, s.change(ctx, "vendors.taken", id.String(), strconv.Itoa(len(rows)), func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE vendors_vendors SET mapping = $2, changed_at = $3, version = version + 1 WHERE id = $1", int64(b.Vendor), string(raw), s.now()); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, "DELETE FROM vendors_bills WHERE id = $1 AND state = 0", int64(id))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fault.NewConflict("This bill was taken in already."))
		}
		return s.keep(ctx, tx, &b, rows)
	})
}

// keep writes the rows of a bill, each currency as a bill of its own; the first keeps the id.
func (s *Service) keep(ctx context.Context, tx *sql.Tx, b *Bill, rows []Row) error {
	var order []money.Currency
	of := map[money.Currency][]Row{}
	for _, r := range rows {
		if of[r.Currency] == nil {
			order = append(order, r.Currency)
		}
		of[r.Currency] = append(of[r.Currency], r)
	}
	add, err := tx.PrepareContext(ctx, `INSERT INTO vendors_rows (id, bill_id, vendor_id, number, client_ref, client_key, sku, name, item_key, quantity_coef, quantity_scale, unit_coef, unit_scale, minor, starts, ends)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`)
	if err != nil {
		return err
	}
	defer add.Close()
	for i, c := range order {
		id := b.ID
		if i > 0 {
			id = s.p.IDs.New()
		}
		var sum int64
		for _, r := range of[c] {
			if sum, err = money.AddMinor(sum, r.Minor); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO vendors_bills ("+billColumns+") VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
			int64(id), int64(b.Vendor), b.File, b.ref, b.size, int64(b.Days.From), int64(b.Days.To), string(c), len(of[c]), sum, author(ctx), s.now()); err != nil {
			return err
		}
		for _, r := range of[c] {
			unit, scale := int64(0), int64(-1)
			if r.Unit != nil {
				unit, scale = r.Unit.Coef, int64(r.Unit.Scale)
			}
			if _, err := add.ExecContext(ctx, int64(s.p.IDs.New()), int64(id), int64(b.Vendor), r.Number, r.Ref, clientKey(r.Ref), r.SKU, r.Name, itemKey(r.SKU, r.Name), r.Quantity.Coef, int64(r.Quantity.Scale), unit, scale, r.Minor, int64(r.Days.From), int64(r.Days.To)); err != nil {
				return err
			}
		}
	}
	return nil
}

// clientKey is what a vendor's name for a client is matched by.
func clientKey(ref string) string {
	if k := books.ClientKey(ref); k != "" {
		return k
	}
	return strings.ToLower(ref)
}

// Remove takes a bill away: its rows, and its file where no other bill has it.
func (s *Service) Remove(ctx context.Context, id ids.ID) error {
	b, err := s.Bill(ctx, id)
	if err != nil {
		return err
	}
	others := 0
	err = s.change(ctx, "vendors.removed", id.String(), b.File, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM vendors_rows WHERE bill_id = $1", int64(id)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM vendors_bills WHERE id = $1", int64(id)); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM vendors_bills WHERE ref = $1", b.ref).Scan(&others)
	})
	if err != nil || others > 0 {
		return err
	}
	return s.p.Blobs.Delete(blob.Ref(b.ref))
}

// File opens the file of a bill as it was sent.
func (s *Service) File(ctx context.Context, id ids.ID) (Bill, io.ReadCloser, error) {
	b, err := s.Bill(ctx, id)
	if err != nil {
		return b, nil, err
	}
	f, err := s.p.Blobs.Open(blob.Ref(b.ref))
	return b, f, err
}

// Forget takes a vendor away with all that belongs to it: for the invented firm's.
func (s *Service) Forget(ctx context.Context, vendor ids.ID) error {
	list, err := s.bills(ctx, "vendor_id = $1", int64(vendor))
	if err != nil {
		return err
	}
	for _, b := range list {
		if err := s.Remove(ctx, b.ID); err != nil {
			return err
		}
	}
	return s.change(ctx, "vendors.forgotten", vendor.String(), "", func(tx *sql.Tx) error {
		for _, t := range []string{"vendors_clients", "vendors_items"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+t+" WHERE vendor_id = $1", int64(vendor)); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM vendors_vendors WHERE id = $1", int64(vendor))
		return err
	})
}

// rows reads the rows that a condition on r chooses, with whose and what they are as far as it was said.
func (s *Service) rows(ctx context.Context, where string, args ...any) ([]Row, error) {
	list, err := s.p.DB.Reader().QueryContext(ctx, `SELECT r.id, r.bill_id, r.vendor_id, r.number, r.client_ref, r.sku, r.name, r.quantity_coef, r.quantity_scale, r.unit_coef, r.unit_scale, r.minor, r.starts, r.ends, b.currency,
COALESCE(c.client_id, 0), COALESCE(c.own, 0), COALESCE(i.item_id, 0)
FROM vendors_rows r JOIN vendors_bills b ON b.id = r.bill_id LEFT JOIN vendors_clients c ON c.vendor_id = r.vendor_id AND c.client_key = r.client_key LEFT JOIN vendors_items i ON i.vendor_id = r.vendor_id AND i.item_key = r.item_key
WHERE `+where+" ORDER BY r.bill_id, r.number, r.id", args...)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	var out []Row
	for list.Next() {
		var r Row
		var unit, scale, own int64
		if err := list.Scan(&r.ID, &r.Bill, &r.Vendor, &r.Number, &r.Ref, &r.SKU, &r.Name, &r.Quantity.Coef, &r.Quantity.Scale, &unit, &scale, &r.Minor, &r.Days.From, &r.Days.To, &r.Currency, &r.Client, &own, &r.Item); err != nil {
			return nil, err
		}
		if r.Own = own == 1; scale >= 0 {
			r.Unit = &money.Decimal{Coef: unit, Scale: uint8(scale)}
		}
		out = append(out, r)
	}
	return out, list.Err()
}

// Rows returns the rows of a bill in the order of its file.
func (s *Service) Rows(ctx context.Context, bill ids.ID) ([]Row, error) {
	return s.rows(ctx, "r.bill_id = $1", int64(bill))
}

// in reads the rows that concern some days: of some clients only where there are any.
func (s *Service) in(ctx context.Context, p rating.Period, of []ids.ID) ([]Row, error) {
	where, args := "r.starts < $2 AND r.ends > $1", []any{int64(p.From), int64(p.To)}
	if len(of) > 0 {
		var marks []string
		for _, id := range of {
			args = append(args, int64(id))
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		where += " AND c.client_id IN (" + strings.Join(marks, ", ") + ")"
	}
	return s.rows(ctx, where, args...)
}

// billed returns the vendors that have billed days of p.
func (s *Service) billed(ctx context.Context, p rating.Period) ([]ids.ID, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT DISTINCT vendor_id FROM vendors_rows WHERE starts < $2 AND ends > $1", int64(p.From), int64(p.To))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ids.ID
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	slices.Sort(out)
	return out, rows.Err()
}
