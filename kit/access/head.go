// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/fault"
)

// The chain shows changes inside the trail, but not that its end is missing. So its head (number and digest of
// the last entry) is kept signed with the key beside the database: in the settings with each entry, and
// now and then in a file, which catches whoever puts back an older database.

// Head is the end of the audit trail.
type Head struct {
	Seq  int64
	Hash string
}

const (
	headKey    = "access.audit-head"
	actionCut  = "audit.cut"    // the head did not fit: entries are missing before this one
	actionSeal = "audit.sealed" // the trail was there before heads were kept: once, after an upgrade
)

func (s *Service) sealHead(h Head) string {
	text := strconv.FormatInt(h.Seq, 10) + " " + h.Hash
	return text + " " + s.sealer.MAC("audit-head", text)
}

// openHead reads what sealHead wrote; ok is false for what this key did not write.
func (s *Service) openHead(sealed string) (h Head, ok bool) {
	parts := strings.Fields(sealed)
	if len(parts) != 3 {
		return h, false
	}
	seq, err := strconv.ParseInt(parts[0], 10, 64)
	h = Head{seq, parts[1]}
	return h, err == nil && s.sealer.CheckMAC("audit-head", parts[0]+" "+parts[1], parts[2])
}

// mend compares the end of the trail with its sealed head before an entry is added. A cut cannot be undone, but
// adding on must not hide it: an entry tells of it for ever.
func (s *Service) mend(ctx context.Context, tx *sql.Tx, end Head) (Head, error) {
	sealed, err := config.GetIn(ctx, tx, headKey)
	if err != nil {
		return end, err
	}
	head, ok := s.openHead(sealed)
	e := Entry{At: clock.Micros(s.clock.Now()), Actor: "system", Action: actionCut, Subject: strconv.FormatInt(head.Seq, 10)}
	switch {
	case ok && head == end, sealed == "" && end.Seq == 0:
		return end, nil
	case sealed == "":
		e.Action, e.Subject = actionSeal, strconv.FormatInt(end.Seq, 10)
	}
	return s.appendEntry(ctx, tx, end, e)
}

// compareHeads says when the trail does not reach as far as a sealed head knows.
func (s *Service) compareHeads(ctx context.Context, tx *sql.Tx) error {
	inside, err := config.GetIn(ctx, tx, headKey)
	if err != nil {
		return err
	}
	outside, err := s.readHeadFile()
	if err != nil {
		return err
	}
	if inside == "" && outside != "" {
		return fault.NewConflict("The seal of the audit trail is missing: it was removed outside Mainstay.")
	}
	for _, sealed := range []string{inside, outside} {
		if sealed == "" {
			continue
		}
		head, ok := s.openHead(sealed)
		if !ok {
			return fault.NewConflict("The seal of the audit trail was not made with this installation's key.")
		}
		e, err := store.New(tx).AuditEntry(ctx, head.Seq)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err != nil || e.Hash != head.Hash {
			return fault.NewConflict("The audit trail was cut: entry %d was written and is not there any more.", head.Seq)
		}
	}
	return nil
}

// KeepHead writes the head of the trail to its file, unless the trail does not fit the head that is there: then
// that one stays, for VerifyAudit to find.
func (s *Service) KeepHead(ctx context.Context) error {
	if s.options.HeadFile == "" {
		return nil
	}
	var sealed string
	err := s.db.Read(ctx, func(tx *sql.Tx) (err error) {
		if sealed, err = config.GetIn(ctx, tx, headKey); err != nil {
			return err
		}
		return s.compareHeads(ctx, tx)
	})
	if fault.Is(err, fault.Conflict) || sealed == "" {
		return nil
	}
	if err != nil {
		return err
	}
	part := s.options.HeadFile + ".part"
	if err := os.WriteFile(part, []byte(sealed+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(part, s.options.HeadFile)
}

func (s *Service) readHeadFile() (string, error) {
	if s.options.HeadFile == "" {
		return "", nil
	}
	b, err := os.ReadFile(s.options.HeadFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(b)), err
}
