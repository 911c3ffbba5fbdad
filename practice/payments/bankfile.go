// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/payments/bank"
)

// BankAccount is an account of the firm.
type BankAccount struct {
	ID       ids.ID
	Name     string
	Number   string
	Currency money.Currency
	Ledger   string       // account of the journal; "" = that of the billing settings
	Layout   *bank.Layout // of its tables, where a person said it
	MadeAt   int64
}

const accountColumns = "id, name, number, currency, ledger, layout, made_at"

func scanAccount(row interface{ Scan(...any) error }) (a BankAccount, err error) {
	var layout string
	if err = row.Scan(&a.ID, &a.Name, &a.Number, &a.Currency, &a.Ledger, &layout, &a.MadeAt); err == nil && layout != "" {
		err = json.Unmarshal([]byte(layout), &a.Layout)
	}
	return a, err
}

// BankAccounts returns the firm's accounts by name.
func (s *Service) BankAccounts(ctx context.Context) ([]BankAccount, error) {
	return accountsIn(ctx, s.p.DB.Reader())
}

func accountsIn(ctx context.Context, q db.Query) ([]BankAccount, error) {
	return all(ctx, q, scanAccount, "SELECT "+accountColumns+" FROM payments_accounts ORDER BY name, id")
}

// SaveBankAccount adds an account or changes its names.
func (s *Service) SaveBankAccount(ctx context.Context, a BankAccount) (ids.ID, error) {
	a.Name, a.Ledger = strings.TrimSpace(a.Name), strings.TrimSpace(a.Ledger)
	a.Number = strings.ToUpper(strings.Join(strings.Fields(a.Number), ""))
	switch {
	case a.Name == "" || len(a.Name) > 100:
		return 0, fault.NewInvalid("Please enter a name of at most %d characters.", 100).On("name")
	case len(a.Number) > 64 || len(a.Ledger) > 200:
		return 0, fault.NewInvalid("Please enter at most %d characters.", 64).On("number")
	case !a.Currency.Known():
		return 0, fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", string(a.Currency)).On("currency")
	}
	err := s.change(ctx, "payments.account", a.Name, a.Number, func(tx *sql.Tx) error {
		if a.ID == 0 {
			return s.addAccount(ctx, tx, &a)
		}
		return one(ctx, tx, fault.NewNotFound("There is no such account."), "UPDATE payments_accounts SET name = $2, number = $3, currency = $4, ledger = $5 WHERE id = $1", int64(a.ID), a.Name, a.Number, string(a.Currency), a.Ledger)
	})
	if db.IsUnique(err) {
		return 0, fault.NewConflict("There is an account with this number already.").On("number").Because(err)
	}
	return a.ID, err
}

func (s *Service) addAccount(ctx context.Context, tx *sql.Tx, a *BankAccount) error {
	a.ID, a.MadeAt = s.p.IDs.New(), s.now()
	_, err := tx.ExecContext(ctx, "INSERT INTO payments_accounts (id, name, number, currency, ledger, made_at) VALUES ($1, $2, $3, $4, $5, $6)", int64(a.ID), a.Name, a.Number, string(a.Currency), a.Ledger, a.MadeAt)
	return err
}

// Upload is a file of a bank.
type Upload struct {
	Name    string
	At      io.ReaderAt
	Size    int64
	Account ids.ID       // 0 = as the file says
	Layout  *bank.Layout // of a table; nil = the account's, else found out
}

// Taken is what became of one statement of a file.
type Taken struct {
	File    ids.ID
	Account BankAccount
	Lines   int // read
	Added   int // of them new
	Out     int // of the new ones that went out and need nobody's decision
	Pending int
	Notes   []bank.Note
}

// Import takes a bank's file in, all its statements or none. What was taken in before is left alone, so that the same file, or one
// that overlaps it, may come again.
func (s *Service) Import(ctx context.Context, u Upload) ([]Taken, error) {
	accounts, err := s.BankAccounts(ctx)
	if err != nil {
		return nil, err
	}
	firm, err := s.p.Billing.Firm(ctx)
	if err != nil {
		return nil, err
	}
	opt := bank.Options{Layout: u.Layout, Currency: firm.Currency}
	for i := range accounts {
		if a := &accounts[i]; a.ID == u.Account || u.Account == 0 && len(accounts) == 1 {
			opt.Currency = a.Currency
			if opt.Layout == nil {
				opt.Layout = a.Layout
			}
		}
	}
	statements, err := bank.Read(ctx, u.Name, u.At, u.Size, opt)
	if err != nil {
		return nil, err
	}
	var out []Taken
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		out = nil
		for _, st := range statements {
			t, err := s.take(ctx, tx, u, st)
			if err != nil {
				return err
			}
			out = append(out, t)
		}
		return nil
	})
	return out, err
}

// home finds the account of a statement, and makes it where the file names one that is not known.
func (s *Service) home(ctx context.Context, tx *sql.Tx, u Upload, st *bank.Statement) (BankAccount, error) {
	accounts, err := accountsIn(ctx, tx)
	if err != nil {
		return BankAccount{}, err
	}
	for _, a := range accounts {
		if a.ID == u.Account {
			if st.Account != "" && a.Number != "" && a.Number != st.Account {
				return a, fault.NewConflict("The file is of account %[1]s, not of %[2]s.", st.Account, a.Number).On("account")
			}
			return a, s.sameCurrency(a, st)
		}
	}
	var free, bare []BankAccount // those that it may be of; of them those that no file has named yet
	for _, a := range accounts {
		if a.Currency != st.Currency && st.Currency != "" {
			continue
		}
		if st.Account != "" && a.Number == st.Account {
			return a, nil
		}
		if st.Account == "" {
			if free = append(free, a); a.Number == "" {
				bare = append(bare, a)
			}
		}
	}
	if len(bare) == 1 {
		free = bare
	}
	switch {
	case st.Account == "" && len(free) == 1:
		return free[0], nil
	case st.Account == "" && len(accounts) > 0:
		return BankAccount{}, fault.NewInvalid("The file does not say which account it is of. Choose the account.").On("account")
	case st.Currency == "":
		return BankAccount{}, fault.NewInvalid("The bank's file does not say which currency its amounts are in. Choose the account's currency.").On("currency")
	}
	a := BankAccount{Name: st.Account, Number: st.Account, Currency: st.Currency}
	if a.Name == "" {
		a.Name = "Bank " + string(st.Currency)
	}
	return a, s.addAccount(ctx, tx, &a)
}

func (s *Service) sameCurrency(a BankAccount, st *bank.Statement) error {
	if st.Currency != "" && st.Currency != a.Currency {
		return fault.NewConflict("The file is in %[1]s, the account in %[2]s.", string(st.Currency), string(a.Currency)).On("account")
	}
	return nil
}

func (s *Service) take(ctx context.Context, tx *sql.Tx, u Upload, st *bank.Statement) (Taken, error) {
	a, err := s.home(ctx, tx, u, st)
	if err != nil {
		return Taken{}, err
	}
	if u.Layout != nil {
		b, err := json.Marshal(u.Layout)
		if err != nil {
			return Taken{}, err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE payments_accounts SET layout = $2 WHERE id = $1", int64(a.ID), string(b)); err != nil {
			return Taken{}, err
		}
	}
	t := Taken{File: s.p.IDs.New(), Account: a, Lines: len(st.Lines), Pending: st.Pending, Notes: st.Warnings}
	from, to := civil.NoDate, civil.NoDate
	for _, l := range st.Lines {
		if !from.Known() || l.Day < from {
			from = l.Day
		}
		to = max(to, l.Day)
	}
	_, author := by(ctx)
	_, err = tx.ExecContext(ctx, "INSERT INTO payments_files (id, account_id, name, format, lines, added, pending, starts, ends, author, made_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10)",
		int64(t.File), int64(a.ID), cutName(u.Name), st.Format, len(st.Lines), st.Pending, int64(from), int64(to), author, s.now())
	if err != nil {
		return t, err
	}
	stmt, err := tx.PrepareContext(ctx, `INSERT INTO payments_lines (id, account_id, file_id, hash, row_no, day, value_day, minor, currency, name, iban, bic, text, reference, end_to_end, mandate, bundle, bank_ref, kind, returned, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) ON CONFLICT (account_id, hash) DO NOTHING`)
	if err != nil {
		return t, err
	}
	defer func() { _ = stmt.Close() }()
	for _, l := range st.Lines {
		state := ToReview
		if l.Amount < 0 && l.Returned == "" && !s.debited(ctx, tx, l.EndToEnd) {
			state = Ignored // what the firm pays is nobody's invoice
		}
		res, err := stmt.ExecContext(ctx, int64(s.p.IDs.New()), int64(a.ID), int64(t.File), l.Hash, l.Row, int64(l.Day), int64(l.ValueDay), l.Amount, string(l.Currency), l.Name, l.IBAN, l.BIC, l.Text, l.Reference, l.EndToEnd, l.Mandate, l.Bundle, l.BankID, l.Kind, l.Returned, int64(state))
		if err != nil {
			return t, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return t, err
		}
		t.Added += int(n)
		if state == Ignored {
			t.Out += int(n)
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE payments_files SET added = $2 WHERE id = $1", int64(t.File), t.Added); err != nil {
		return t, err
	}
	return t, s.p.Access.Record(ctx, tx, "payments.import", t.File.String(), cutName(u.Name))
}

// debited says whether an end-to-end id is one of our direct debits.
func (s *Service) debited(ctx context.Context, tx *sql.Tx, e2e string) bool {
	if e2e == "" {
		return false
	}
	var n int64
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM payments_debits WHERE end_to_end = $1", e2e).Scan(&n)
	return err == nil && n > 0
}

func cutName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// File is a bank file that was taken in.
type File struct {
	ID           ids.ID
	Account      ids.ID
	Name, Format string
	Lines, Added int
	Pending      int
	Starts, Ends civil.Date
	Author       string
	MadeAt       int64
}

// Files returns the files taken in last.
func (s *Service) Files(ctx context.Context, limit int) ([]File, error) {
	return all(ctx, s.p.DB.Reader(), func(row interface{ Scan(...any) error }) (f File, err error) {
		err = row.Scan(&f.ID, &f.Account, &f.Name, &f.Format, &f.Lines, &f.Added, &f.Pending, &f.Starts, &f.Ends, &f.Author, &f.MadeAt)
		return f, err
	}, "SELECT id, account_id, name, format, lines, added, pending, starts, ends, author, made_at FROM payments_files ORDER BY id DESC LIMIT $1", limit)
}
