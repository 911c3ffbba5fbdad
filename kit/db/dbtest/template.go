// SPDX-License-Identifier: Apache-2.0

package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"mainstay/kit/db"
	"mainstay/schema"
)

// Making all tables by all migrations takes up to a second and a half. A process does it once for each engine, and each test begins with a copy.

func newName() string { return "mt_" + strings.ToLower(rand.Text()[:16]) }

// migrated makes the tables in a database and closes it.
func migrated(target string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, target)
	if err != nil {
		return err
	}
	_, err = d.Migrate(ctx, schema.Files)
	return errors.Join(err, d.Close())
}

// sqliteTemplate is the file of a migrated SQLite database.
var sqliteTemplate = sync.OnceValues(func() (made []byte, err error) {
	dir, err := os.MkdirTemp("", "mainstay-dbtest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "mainstay.db")
	if err := migrated(path); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return nil, errors.New("the closed database has a log beside it")
	}
	return os.ReadFile(path)
})

var template struct {
	sync.Mutex
	name string
}

// postgresTemplate is a migrated database of the server at base. It stays until the server goes, as servers of tests do.
func postgresTemplate(base string, admin *sql.DB) (string, error) {
	template.Lock()
	defer template.Unlock()
	if template.name != "" {
		return template.name, nil
	}
	name := newName()
	if err := create(admin, name, "template1"); err != nil {
		return "", err
	}
	target, err := within(base, name)
	if err != nil {
		return "", err
	}
	if err := migrated(target); err != nil {
		return "", err
	}
	template.name = name
	return name, nil
}

// create makes a database like another. Whoever used that one last may need a moment to be gone.
func create(admin *sql.DB, name, like string) error {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + like)
		var pg *pgconn.PgError
		if err == nil || !errors.As(err, &pg) || pg.Code != "55006" || time.Now().After(end) { // object_in_use
			return err
		}
	}
}
