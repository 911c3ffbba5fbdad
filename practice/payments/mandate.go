// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/payments/sepa"
)

// Mandate is a client's consent to direct debits.
type Mandate struct {
	ID      ids.ID
	Version int64
	Client  ids.ID
	sepa.Mandate
	Used   bool // collected once
	Ended  bool
	MadeAt int64
}

const mandateColumns = "m.id, m.version, m.client_id, m.reference, m.signed, m.scheme, m.holder, m.iban, m.bic, m.was, m.used, m.ended, m.made_at"

func scanMandate(row interface{ Scan(...any) error }) (m Mandate, err error) {
	var used, ended int64
	err = row.Scan(&m.ID, &m.Version, &m.Client, &m.Reference, &m.Signed, &m.Scheme, &m.Name, &m.IBAN, &m.BIC, &m.Was, &used, &ended, &m.MadeAt)
	m.Used, m.Ended = used != 0, ended != 0
	return m, err
}

// Mandates returns the mandates, those that hold first; of one client where client is not 0.
func (s *Service) Mandates(ctx context.Context, client ids.ID) ([]Mandate, error) {
	if client != 0 {
		return all(ctx, s.p.DB.Reader(), scanMandate, "SELECT "+mandateColumns+" FROM payments_mandates m WHERE m.client_id = $1 ORDER BY m.ended, m.id", int64(client))
	}
	return all(ctx, s.p.DB.Reader(), scanMandate, "SELECT "+mandateColumns+" FROM payments_mandates m ORDER BY m.ended, m.id")
}

// Mandate returns one mandate.
func (s *Service) Mandate(ctx context.Context, id ids.ID) (Mandate, error) {
	return mandateIn(ctx, s.p.DB.Reader(), id)
}

func mandateIn(ctx context.Context, q db.Query, id ids.ID) (Mandate, error) {
	m, err := scanMandate(q.QueryRowContext(ctx, "SELECT "+mandateColumns+" FROM payments_mandates m WHERE m.id = $1", int64(id)))
	return m, found(err, fault.NewNotFound("There is no such mandate."))
}

// SaveMandate adds a mandate or changes its holder and account; reference, client and day of signature stay. A changed account is
// told to the bank with the next collection.
func (s *Service) SaveMandate(ctx context.Context, m Mandate) (ids.ID, error) {
	m.Reference, m.Name = strings.TrimSpace(m.Reference), strings.TrimSpace(m.Name)
	if m.ID == 0 && m.Client == 0 {
		return 0, fault.NewInvalid("Whose mandate is it?").On("client")
	}
	err := s.change(ctx, "payments.mandate", m.Reference, "", func(tx *sql.Tx) error {
		if m.ID == 0 {
			return s.addMandate(ctx, tx, &m)
		}
		old, err := mandateIn(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		if old.Ended {
			return fault.NewConflict("This mandate has ended. Enter a new one.")
		}
		m.Reference, m.Client, m.Signed, m.Scheme, m.Was = old.Reference, old.Client, old.Signed, old.Scheme, old.Was
		if err := m.Check(); err != nil {
			return err
		}
		if m.IBAN != old.IBAN && old.Used && old.Was == "" {
			m.Was = old.IBAN
		}
		if m.Was == m.IBAN {
			m.Was = ""
		}
		return one(ctx, tx, changedMeanwhile(), "UPDATE payments_mandates SET holder = $3, iban = $4, bic = $5, was = $6, version = version + 1 WHERE id = $1 AND version = $2", int64(m.ID), m.Version, m.Name, m.IBAN, m.BIC, m.Was)
	})
	if db.IsUnique(err) {
		return 0, fault.NewConflict("There is a mandate with this reference already.").On("reference").Because(err)
	}
	return m.ID, err
}

func (s *Service) addMandate(ctx context.Context, tx *sql.Tx, m *Mandate) error {
	m.Was = ""
	if err := m.Check(); err != nil {
		return err
	}
	if m.Signed > s.Today() {
		return fault.NewInvalid("The day lies in the future.").On("signed")
	}
	names, err := s.p.Clients.Names(ctx, everything, m.Client)
	if err != nil {
		return err
	}
	if names[m.Client] == "" {
		return fault.NewInvalid("There is no such client.").On("client")
	}
	var n int64
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM payments_mandates WHERE client_id = $1 AND ended = 0", int64(m.Client)).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return fault.NewConflict("The client has a mandate already. End it before you enter another.").On("client")
	}
	m.ID, m.MadeAt = s.p.IDs.New(), s.now()
	_, err = tx.ExecContext(ctx, "INSERT INTO payments_mandates (id, client_id, reference, signed, scheme, holder, iban, bic, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		int64(m.ID), int64(m.Client), m.Reference, int64(m.Signed), string(m.Scheme), m.Name, m.IBAN, m.BIC, m.MadeAt)
	return err
}

// EndMandate ends a mandate: nothing is collected by it any more.
func (s *Service) EndMandate(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "payments.mandate_end", id.String(), "", func(tx *sql.Tx) error {
		return one(ctx, tx, changedMeanwhile(), "UPDATE payments_mandates SET ended = 1, version = version + 1 WHERE id = $1 AND ended = 0", int64(id))
	})
}
