// SPDX-License-Identifier: Apache-2.0

package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"mainstay/kit/fault"
)

// Migrate brings the schema up to the newest of the numbered files in dir and returns
// how many it applied. A file NAME.sql runs on both engines;
// NAME.sqlite.sql and NAME.postgres.sql each on their own. Files go forward only.
// A database written by a newer release is refused and left alone.
func (d *DB) Migrate(ctx context.Context, dir fs.FS) (int, error) {
	p, err := d.provider(dir)
	if err != nil {
		return 0, err
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; have > newest {
		return 0, fault.NewConflict("This data was written by a newer Mainstay (schema %d; this one knows %d). Start the newer release, or restore a backup made before the upgrade.", have, newest)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	return len(done), nil
}

// Current reports whether the schema is just the newest of the numbered files in dir. It changes nothing.
func (d *DB) Current(ctx context.Context, dir fs.FS) (bool, error) {
	p, err := d.provider(dir)
	if err != nil {
		return false, err
	}
	have, err := p.GetDBVersion(ctx)
	sources := p.ListSources()
	return have == sources[len(sources)-1].Version, err
}

// MigrateTo brings an empty database to an earlier version of the schema, that of a backup.
func (d *DB) MigrateTo(ctx context.Context, dir fs.FS, version int64) error {
	p, err := d.provider(dir)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; version > newest {
		return fault.NewConflict("This data was written by a newer Mainstay (schema %d; this one knows %d).", version, newest)
	}
	_, err = p.UpTo(ctx, version)
	return err
}

// SchemaVersion returns the number of the newest applied migration.
func (d *DB) SchemaVersion(ctx context.Context, dir fs.FS) (int64, error) {
	p, err := d.provider(dir)
	if err != nil {
		return 0, err
	}
	return p.GetDBVersion(ctx)
}

func (d *DB) provider(dir fs.FS) (*goose.Provider, error) {
	files, err := forEngine(dir, d.Engine)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.Engine == Postgres {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, d.write, files)
}

// forEngine picks the files that run on one engine and strips the engine from their names.
func forEngine(dir fs.FS, e Engine) (fs.FS, error) {
	out := fstest.MapFS{}
	names, err := fs.Glob(dir, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		base := strings.TrimSuffix(name, ".sql")
		stem, engine, special := strings.Cut(base, ".")
		if special && engine != string(SQLite) && engine != string(Postgres) {
			return nil, fmt.Errorf("migration %s: unknown engine %q", name, engine)
		}
		if special && engine != string(e) {
			continue
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		out[stem+".sql"] = &fstest.MapFile{Data: text}
	}
	if len(out) == 0 {
		return nil, errors.New("no migrations")
	}
	return out, nil
}
