// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Entry is one line of the audit trail.
type Entry struct {
	Seq     int64
	At      int64 // microseconds since 1970 UTC
	User    ids.ID
	Actor   string // the name then, or "system"
	Action  string // area.verb, e.g. "books.import"
	Subject string // what it was done to
	Detail  string
	Address string
	Hash    string
}

// Record appends to the audit trail inside tx, so that the entry and what it tells of
// are kept or lost together. The caller and address come from ctx.
func (s *Service) Record(ctx context.Context, tx *sql.Tx, action, subject, detail string) error {
	if s.db.Engine == db.Postgres {
		// One writer at a time, as SQLite has it anyway: the chain has no forks.
		if _, err := tx.ExecContext(ctx, "LOCK TABLE access_audit IN EXCLUSIVE MODE"); err != nil {
			return err
		}
	}
	q := store.New(tx)
	last, err := q.LastAudit(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	before := Head{last.Seq, last.Hash}
	if before, err = s.mend(ctx, tx, before); err != nil {
		return err
	}
	e := Entry{At: clock.Micros(s.clock.Now()), Actor: "system", Action: action, Subject: subject, Detail: detail, Address: Address(ctx)}
	if id := From(ctx); id != nil {
		e.User, e.Actor = id.User, id.Name
		if id.Person != 0 { // nobody of the firm, whose names alone stand here
			e.Actor = id.Name + " <" + id.Email + ">"
		}
	}
	head, err := s.appendEntry(ctx, tx, before, e)
	if err != nil {
		return err
	}
	return config.SetIn(ctx, tx, headKey, s.sealHead(head))
}

// appendEntry links e to what came before and returns the new head.
func (s *Service) appendEntry(ctx context.Context, tx *sql.Tx, before Head, e Entry) (Head, error) {
	e.Seq = before.Seq + 1
	e.Hash = e.chain(before.Hash)
	return Head{e.Seq, e.Hash}, store.New(tx).InsertAudit(ctx, store.InsertAuditParams{
		Seq: e.Seq, At: e.At, UserID: int64(e.User), Actor: e.Actor, Action: e.Action,
		Subject: e.Subject, Detail: e.Detail, Address: e.Address, Hash: e.Hash,
	})
}

// Note is Record in a transaction of its own, for acts that change nothing else.
func (s *Service) Note(ctx context.Context, action, subject, detail string) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error { return s.Record(ctx, tx, action, subject, detail) })
}

// chain is the SHA-256 of the entry's fields as a JSON array, led by the hash before it.
func (e Entry) chain(before string) string {
	b, _ := json.Marshal([]any{before, e.Seq, e.At, int64(e.User), e.Actor, e.Action, e.Subject, e.Detail, e.Address})
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Audit returns up to limit entries before seq, newest first; 0 starts at the newest.
func (s *Service) Audit(ctx context.Context, before int64, limit int) ([]Entry, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	rows, err := store.New(s.db.Reader()).AuditBefore(ctx, before, int32(limit))
	return entries(rows), err
}

// VerifyAudit walks the whole chain and returns how many entries it holds. A changed, removed or inserted
// entry is a Conflict fault that names its number. So are entries cut off at the end: the sealed heads, one beside
// the trail in the database and one in a file, know the last one.
func (s *Service) VerifyAudit(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx, func(tx *sql.Tx) error {
		var broken error
		n, broken, err = walk(ctx, store.New(tx))
		if err != nil || broken != nil {
			return errors.Join(err, broken)
		}
		return s.compareHeads(ctx, tx)
	})
	return n, err
}

// walk follows the chain to its end or to where it is broken.
func walk(ctx context.Context, q *store.Queries) (seq int64, broken, err error) {
	before := ""
	for {
		rows, err := q.AuditFrom(ctx, seq, 1000)
		if err != nil || len(rows) == 0 {
			return seq, broken, err
		}
		for _, e := range entries(rows) {
			if e.Seq != seq+1 || e.Hash != e.chain(before) {
				return seq, fault.NewConflict("The audit trail is broken after entry %d: an entry was changed or removed outside Mainstay.", seq), nil
			}
			if e.Action == actionCut && broken == nil {
				broken = fault.NewConflict("The audit trail was cut after entry %d: entries were removed from its end outside Mainstay.", seq)
			}
			seq, before = e.Seq, e.Hash
		}
	}
}

func entries(rows []store.AccessAudit) []Entry {
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i] = Entry{r.Seq, r.At, ids.ID(r.UserID), r.Actor, r.Action, r.Subject, r.Detail, r.Address, r.Hash}
	}
	return out
}
