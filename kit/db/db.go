// SPDX-License-Identifier: Apache-2.0

// Package db opens the one database of an installation, SQLite in the data folder
// or PostgreSQL by URL, and runs transactions and migrations on it.
//
// One SQL text serves both engines; placeholders are $1, $2, …, which both
// drivers bind by number. On SQLite one connection writes and a pool reads, so a reader
// never waits for a writer, and every commit is synced to disk before it is
// acknowledged (synchronous=FULL): a power cut loses nothing that was confirmed.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"modernc.org/sqlite"

	"mainstay/kit/fault"
)

// Engine names the database engine.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Engine Engine
	Path   string // of the SQLite file; "" for PostgreSQL
	write  *sql.DB
	read   *sql.DB
}

// Query is what sqlc's generated code needs: a transaction or the pool of readers.
type Query interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Open opens the database that target names: a postgres:// URL, or the path of
// a SQLite file, which is made when missing (its folder must exist).
func Open(ctx context.Context, target string) (*DB, error) {
	if strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://") {
		return openPostgres(ctx, target)
	}
	return openSQLite(ctx, target)
}

func openPostgres(ctx context.Context, target string) (*DB, error) {
	pool, err := sql.Open("pgx", target)
	if err != nil {
		return nil, fault.NewInvalid("The database URL cannot be read. It looks like postgres://user:password@host:5432/name.").Because(err)
	}
	pool.SetMaxOpenConns(20)
	pool.SetMaxIdleConns(10)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fault.NewBusy("The PostgreSQL server cannot be reached or refuses this user.").Because(err), pool.Close())
	}
	return &DB{Engine: Postgres, write: pool, read: pool}, nil
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dsn := func(extra string) string {
		u := url.URL{Scheme: "file", Path: abs}
		return u.String() + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)" +
			"&_pragma=cache_size(-65536)&_pragma=temp_store(MEMORY)" + extra
	}
	// Made here, so that other users of the machine cannot read it; its log files take the same mode.
	if f, err := os.OpenFile(abs, os.O_CREATE|os.O_RDWR, 0o600); err == nil {
		_ = f.Close()
	}
	write, err := sql.Open("sqlite", dsn("&_pragma=journal_mode(WAL)&_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fault.NewInvalid("The database file %s cannot be opened.", filepath.Base(path)).Because(err), write.Close())
	}
	read, err := sql.Open("sqlite", dsn("&_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(max(4, 2*runtime.NumCPU()))
	read.SetMaxIdleConns(max(4, 2*runtime.NumCPU()))
	return &DB{Engine: SQLite, Path: abs, write: write, read: read}, nil
}

// Close ends all connections; on SQLite it also folds the write-ahead log into the file.
func (d *DB) Close() error {
	if d.Engine == Postgres {
		return d.write.Close()
	}
	_, err := d.write.ExecContext(context.Background(), "PRAGMA optimize")
	return errors.Join(err, d.read.Close(), d.write.Close())
}

// Reader returns the pool for single reading statements.
func (d *DB) Reader() Query { return d.read }

// Write runs fn in one transaction, which commits when fn returns nil and leaves nothing
// behind otherwise. On PostgreSQL a transaction refused for
// serialization or deadlock is tried again, so fn must have no effect outside tx.
func (d *DB) Write(ctx context.Context, fn func(tx *sql.Tx) error) error {
	for attempt := 0; ; attempt++ {
		err := d.once(ctx, d.write, nil, fn)
		if attempt < 3 && retryable(err) {
			continue
		}
		if attempt < maxWaits && errors.Is(err, errNotBegun) && ctx.Err() == nil {
			continue
		}
		return translate(err)
	}
}

// Read runs fn in a read-only transaction that sees one moment of the data.
func (d *DB) Read(ctx context.Context, fn func(tx *sql.Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if d.Engine == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	return translate(d.once(ctx, d.read, opts, fn))
}

func (d *DB) once(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, fn func(tx *sql.Tx) error) (err error) {
	tx, err := pool.BeginTx(ctx, opts)
	if busy(err) {
		return errors.Join(errNotBegun, err)
	}
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // an error or a panic in fn
			_ = tx.Rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	done = true
	return tx.Commit()
}

// Raw runs fn on the writing pool without a transaction: for VACUUM, backup and the like.
func (d *DB) Raw(fn func(pool *sql.DB) error) error { return fn(d.write) }

// errNotBegun says that another process was writing for longer than the engine waits; nothing was done.
var errNotBegun = errors.New("the transaction was not begun")

// maxWaits is how often a writer waits the engine's ten seconds for another process: an operator's command takes over a
// large file in one transaction.
const maxWaits = 12

func busy(err error) bool {
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && lite.Code()&0xff == 5 // SQLITE_BUSY
}

func retryable(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	return false
}

// translate gives errors of the engine that a person can do something about their sentence.
func translate(err error) error {
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		switch lite.Code() & 0xff {
		case 5, 6: // SQLITE_BUSY, SQLITE_LOCKED
			return fault.NewBusy("The database is busy. Try again in a moment; nothing was changed.").Because(err)
		case 13: // SQLITE_FULL
			return fault.NewBusy("The disk of the data folder is full. Nothing was changed; free some space and try again.").Because(err)
		}
	}
	return err
}

// IsUnique reports whether err says that a row with the same key exists already.
func IsUnique(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() == 2067 || lite.Code() == 1555 // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY
	}
	return false
}

// Found turns sql.ErrNoRows into a NotFound fault that names what was looked for.
func Found(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NewNotFound("There is no such %s.", fault.Word(what))
	}
	return err
}

// Version returns the engine's own version, for doctor.
func (d *DB) Version(ctx context.Context) (string, error) {
	q := "SELECT sqlite_version()"
	if d.Engine == Postgres {
		q = "SHOW server_version"
	}
	var v string
	err := d.read.QueryRowContext(ctx, q).Scan(&v)
	return fmt.Sprintf("%s %s", d.Engine, v), err
}
