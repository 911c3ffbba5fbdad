// SPDX-License-Identifier: Apache-2.0

package db_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/schema"
)

func TestWriteIsAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		stop := errors.New("stop")
		err := d.Write(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO config_values (key, value) VALUES ($2, $1)", "v", "k"); err != nil {
				t.Fatal(err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("got %v", err)
		}
		if n := count(t, d); n != 0 {
			t.Fatalf("%d rows after a refused transaction", n)
		}
		func() {
			defer func() { _ = recover() }()
			_ = d.Write(ctx, func(tx *sql.Tx) error {
				_, _ = tx.ExecContext(ctx, "INSERT INTO config_values (key, value) VALUES ('a', 'b')")
				panic("in the middle")
			})
		}()
		if n := count(t, d); n != 0 {
			t.Fatalf("%d rows after a panic", n)
		}
		insert := func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO config_values (key, value) VALUES ($2, $1)", "v", "k")
			return err
		}
		if err := d.Write(ctx, insert); err != nil {
			t.Fatal(err)
		}
		var v string
		// Placeholders bind by number on both engines, not by order.
		if err := d.Reader().QueryRowContext(ctx, "SELECT value FROM config_values WHERE key = $1", "k").Scan(&v); err != nil || v != "v" {
			t.Fatalf("got %q, %v", v, err)
		}
		if err := d.Write(ctx, insert); !db.IsUnique(err) {
			t.Fatalf("want a unique violation, got %v", err)
		}
	})
}

func count(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	if err := d.Reader().QueryRowContext(context.Background(), "SELECT count(*) FROM config_values").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSQLiteKeepsWhatItAcknowledged(t *testing.T) {
	d := dbtest.Open(t)
	var mode string
	var full int
	_ = d.Raw(func(p *sql.DB) error {
		if err := p.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil {
			t.Fatal(err)
		}
		return p.QueryRow("PRAGMA synchronous").Scan(&full)
	})
	if mode != "wal" || full != 2 {
		t.Fatalf("journal_mode %s, synchronous %d; want wal and 2 (FULL)", mode, full)
	}
	if info, err := os.Stat(d.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the database file is %v", info.Mode())
	}
	if _, err := d.Reader().ExecContext(context.Background(), "DELETE FROM config_values"); err == nil {
		t.Fatal("a reader could write")
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		older := fstest.MapFS{"0001_kit.sql": {Data: []byte("-- +goose Up\nSELECT 1;")}}
		if _, err := d.Migrate(context.Background(), older); !fault.Is(err, fault.Conflict) {
			t.Fatalf("got %v", err)
		}
		if n, err := d.Migrate(context.Background(), schema.Files); n != 0 || err != nil {
			t.Fatalf("a second run applied %d, %v", n, err)
		}
	})
}

func TestUnreadableTargetsAreSaidInWords(t *testing.T) {
	for _, target := range []string{
		filepath.Join(t.TempDir(), "missing", "x.db"), "postgres://nobody@127.0.0.1:1/none?connect_timeout=1",
	} {
		if d, err := db.Open(context.Background(), target); err == nil {
			t.Errorf("%s opened: %v", target, d.Engine)
		} else if fault.KindOf(err) == fault.Internal {
			t.Errorf("%s: no sentence in %v", target, err)
		}
	}
}
