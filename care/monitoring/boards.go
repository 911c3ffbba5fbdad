// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Board is a link under which a screen on the wall shows the state, without anybody signed in. It can be read and nothing else.
type Board struct {
	ID     ids.ID
	Name   string // where the screen hangs
	Client ids.ID // 0 = of all
	Names  bool   // clients and devices are named
	Author string
	Made   time.Time
	Seen   time.Time // when a screen last asked, to the hour or so; zero = never
}

const (
	maxBoards  = 100
	boardSeen  = time.Hour // how old Seen becomes before it is written anew
	boardBytes = 24
)

// MakeBoard makes a link and returns its secret, which is not kept.
func (s *Service) MakeBoard(ctx context.Context, b Board) (secret string, err error) {
	if b.Name, err = oneLine(b.Name, "name", 80); err != nil {
		return "", err
	}
	if b.Name == "" {
		return "", fault.NewInvalid("Say where the screen hangs, so that you find its link again.").On("name")
	}
	raw := make([]byte, boardBytes)
	_, _ = rand.Read(raw) // never fails since Go 1.24
	secret = base64.RawURLEncoding.EncodeToString(raw)
	b.ID = s.p.IDs.New()
	return secret, s.change(ctx, "monitoring.board", b.ID.String(), b.Name, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM monitoring_boards").Scan(&n); err != nil {
			return err
		}
		if n >= maxBoards {
			return fault.NewInvalid("There are %d links already. Revoke one first.", n)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO monitoring_boards (id, name, token, client_id, names, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			int64(b.ID), b.Name, boardDigest(secret), int64(b.Client), flag(b.Names), author(ctx), micros(s.now()))
		return err
	})
}

func boardDigest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

const boardColumns = "id, name, client_id, names, author, made_at, seen_at"

func scanBoard(row interface{ Scan(...any) error }) (b Board, err error) {
	var names, made, seen int64
	err = row.Scan(&b.ID, &b.Name, &b.Client, &names, &b.Author, &made, &seen)
	b.Names, b.Made, b.Seen = names == 1, instant(made), instant(seen)
	return b, err
}

// Boards lists the links, the newest first.
func (s *Service) Boards(ctx context.Context) (out []Board, err error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT "+boardColumns+" FROM monitoring_boards ORDER BY id DESC")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		b, err := scanBoard(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// DropBoard revokes a link: screens that show it go dark at their next question.
func (s *Service) DropBoard(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "monitoring.board-drop", id.String(), "", func(tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, "DELETE FROM monitoring_boards WHERE id = $1", int64(id)))
	})
}

// BoardBy finds the link of a secret.
func (s *Service) BoardBy(ctx context.Context, secret string) (Board, error) {
	gone := fault.NewNotFound("This link does not exist, or was revoked. Ask for a new one.")
	if len(secret) > 200 {
		return Board{}, gone
	}
	b, err := scanBoard(s.p.DB.Reader().QueryRowContext(ctx, "SELECT "+boardColumns+" FROM monitoring_boards WHERE token = $1", boardDigest(secret)))
	if errors.Is(err, sql.ErrNoRows) {
		return Board{}, gone
	}
	if err == nil && s.now().Sub(b.Seen) > boardSeen {
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE monitoring_boards SET seen_at = $2 WHERE id = $1", int64(b.ID), micros(s.now()))
			return err
		})
	}
	return b, err
}
