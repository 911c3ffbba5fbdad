// SPDX-License-Identifier: Apache-2.0

// Package dbtest gives tests a migrated database of each engine.
//
// PostgreSQL is reached through MAINSTAY_TEST_POSTGRES, a URL whose user may create
// databases; make test starts such a server. Where the variable is not set the
// PostgreSQL half is skipped with a word, except where CI=true says that nothing may be left out.
package dbtest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"mainstay/kit/db"
	"mainstay/schema"
)

// Each runs fn on a fresh, migrated database of every engine.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, Open(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, OpenPostgres(t)) })
}

// Open returns a fresh, migrated SQLite database.
func Open(t testing.TB) *db.DB {
	t.Helper()
	made, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mainstay.db")
	if err := os.WriteFile(path, made, 0o600); err != nil {
		t.Fatal(err)
	}
	return opened(t, path)
}

// OpenPostgres returns a fresh, migrated PostgreSQL database, or skips the test.
func OpenPostgres(t testing.TB) *db.DB {
	t.Helper()
	return opened(t, postgres(t, true))
}

// PostgresURL makes an empty database on the test server, drops it after the
// test and returns its URL.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return postgres(t, false)
}

// postgres makes a database that is empty or has the tables, and returns its URL.
func postgres(t testing.TB, tables bool) string {
	t.Helper()
	base := os.Getenv("MAINSTAY_TEST_POSTGRES")
	if base == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("CI is set but MAINSTAY_TEST_POSTGRES is not: run make test, which starts a server")
		}
		t.Skip("left out: no PostgreSQL (MAINSTAY_TEST_POSTGRES is not set; make test starts one)")
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	name, like := newName(), "template1"
	if tables {
		if like, err = postgresTemplate(base, admin); err != nil {
			t.Fatal(err)
		}
	}
	if err := create(admin, name, like); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		_ = admin.Close()
	})
	to, err := within(base, name)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// within is the URL of a database of the server.
func within(base, name string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

func opened(t testing.TB, target string) *db.DB {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := d.Migrate(ctx, schema.Files); err != nil {
		t.Fatal(err)
	}
	return d
}
