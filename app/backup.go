// SPDX-License-Identifier: Apache-2.0

package app

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/search"
	"mainstay/schema"
)

// A backup is a gzipped tar: manifest.json last, because it holds the counts and digests of the tables
// before it; tables/NAME.jsonl; search.jsonl; secret.key; agents-ca.pem; files/…. Time series are not in it. It is the same for both engines, so a
// firm moves from SQLite to PostgreSQL, or back, by backup and restore.

// Manifest tells what a backup holds.
type Manifest struct {
	Format  int        `json:"format"`
	Version string     `json:"version"`
	Made    time.Time  `json:"made"`
	Engine  db.Engine  `json:"engine"`
	Schema  int64      `json:"schema"`
	Tables  []db.Table `json:"tables"`
	Files   int        `json:"files"`
}

// Rows returns the number of rows in all tables.
func (m Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

const backupFormat = 1

// Backup writes everything that an installation keeps to path, as it stands at one moment,
// while the server may go on working. The file appears under its name only when it is whole
// and synced. It holds the key of the stored secrets: guard it.
func Backup(ctx context.Context, cfg config.Server, path string, c clock.Clock) (m Manifest, err error) {
	if !cfg.HasData() {
		return m, fault.NewNotFound("There is no Mainstay data in %s.", cfg.Data)
	}
	d, err := db.Open(ctx, cfg.DatabaseTarget())
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return m, fault.NewInvalid("The backup file %s cannot be written.", path).Because(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	m = Manifest{Format: backupFormat, Version: Version, Made: c.Now().UTC(), Engine: d.Engine}
	if err = writeBackup(ctx, d, cfg.Data, f, &m); err != nil {
		return m, errors.Join(err, f.Close())
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return m, err
	}
	return m, os.Rename(f.Name(), path)
}

func writeBackup(ctx context.Context, d *db.DB, data string, f io.Writer, m *Manifest) error {
	z := gzip.NewWriter(f)
	t := tar.NewWriter(z)
	key, err := readKey(data)
	if err != nil {
		return err
	}
	err = d.Read(ctx, func(tx *sql.Tx) (err error) {
		if m.Schema, err = schemaOf(ctx, tx); err != nil {
			return err
		}
		tables, err := d.Tables(ctx, tx)
		if err != nil {
			return err
		}
		for i := range tables {
			if err := spool(t, "tables/"+tables[i].Name+".jsonl", func(w io.Writer) error { return db.Dump(ctx, tx, &tables[i], w) }); err != nil {
				return err
			}
		}
		m.Tables = tables
		return spool(t, "search.jsonl", func(w io.Writer) error { return search.Index{DB: d}.Dump(ctx, tx, w) })
	})
	if err != nil {
		return err
	}
	if m.Files, err = addFiles(t, data); err != nil {
		return err
	}
	n, err := addKey(t, data, key)
	if err != nil {
		return err
	}
	m.Files += n
	if err := spool(t, "manifest.json", func(w io.Writer) error { return json.NewEncoder(w).Encode(m) }); err != nil {
		return err
	}
	return errors.Join(t.Close(), z.Close())
}

// schemaOf reads the schema's version inside the snapshot.
func schemaOf(ctx context.Context, tx *sql.Tx) (v int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&v)
	return v, err
}

// spool writes one entry of the tar, whose size must be known first, by way of a temporary file.
func spool(t *tar.Writer, name string, fill func(io.Writer) error) (err error) {
	tmp, err := os.CreateTemp("", "mainstay-backup")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tmp.Close(), os.Remove(tmp.Name())) }()
	if err := fill(tmp); err != nil {
		return err
	}
	size, err := tmp.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size}); err != nil {
		return err
	}
	_, err = io.Copy(t, tmp)
	return err
}

// readKey returns the key file, nil where there is none.
func readKey(data string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(data, "secret.key"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// addKey adds the key file. The keys may have been changed since the rows were read: then it holds those of before, too.
func addKey(t *tar.Writer, data string, before []byte) (int, error) {
	now, err := readKey(data)
	if err != nil || now == nil {
		return 0, err
	}
	if before != nil && !bytes.Equal(before, now) {
		if now, err = access.MergeKeys(before, now); err != nil {
			return 0, err
		}
	}
	return 1, spool(t, "secret.key", func(w io.Writer) error { _, err := w.Write(now); return err })
}

func addFiles(t *tar.Writer, data string) (n int, err error) {
	err = filepath.WalkDir(data, func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(data, path)
		rel = filepath.ToSlash(rel)
		if err != nil || e.IsDir() || rel != hub.AuthorityFile && !strings.HasPrefix(rel, "files/") || strings.HasPrefix(rel, "files/tmp/") {
			return err
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: rel, Mode: 0o600, Size: info.Size()}); err != nil {
			return err
		}
		n++
		_, err = io.CopyN(t, f, info.Size())
		return err
	})
	return n, err
}

// Restore reads a backup into the empty installation that cfg names, compares every table with the
// counts and digests of the manifest, and brings the schema up to this release. When anything
// differs the data folder is left without a database.
func Restore(ctx context.Context, cfg config.Server, path string) (m Manifest, err error) {
	if cfg.Database == "" && cfg.HasData() {
		return m, fault.NewConflict("There is data in %s already. Restore into an empty folder with --data.", cfg.Data)
	}
	release, err := cfg.OpenData()
	if err != nil {
		return m, err
	}
	defer release()
	dir, err := os.MkdirTemp(cfg.Data, "restore")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if m, err = unpack(path, dir); err != nil {
		return m, err
	}
	if err = loadAll(ctx, cfg.DatabaseTarget(), dir, m); err != nil {
		if cfg.Database == "" {
			for _, end := range []string{"", "-wal", "-shm"} {
				_ = os.Remove(cfg.DatabaseTarget() + end)
			}
		}
		return m, err
	}
	for _, name := range []string{"secret.key", hub.AuthorityFile, "files"} {
		if _, e := os.Stat(filepath.Join(dir, name)); e == nil {
			if err = os.Rename(filepath.Join(dir, name), filepath.Join(cfg.Data, name)); err != nil {
				return m, err
			}
		}
	}
	return m, nil
}

// VerifyBackup restores a backup into a temporary folder, with all its checks, and removes it again.
func VerifyBackup(ctx context.Context, path string) (m Manifest, err error) {
	dir, err := os.MkdirTemp("", "mainstay-verify")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return Restore(ctx, config.Server{Data: dir}, path)
}

func unpack(path, dir string) (m Manifest, err error) {
	damaged := func(cause error) error {
		return fault.NewInvalid("%s is not a whole Mainstay backup.", filepath.Base(path)).Because(cause)
	}
	f, err := os.Open(path)
	if err != nil {
		return m, fault.NewNotFound("The backup %s cannot be read.", path).Because(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return m, damaged(err)
	}
	root, err := os.OpenRoot(dir) // no name in the archive can lead out of dir
	if err != nil {
		return m, err
	}
	defer root.Close()
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, damaged(err)
		}
		if err := unpackOne(root, h, t); err != nil {
			return m, damaged(err)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return m, damaged(err)
	}
	if m.Format != backupFormat {
		return m, fault.NewConflict("This backup was written by a newer Mainstay (%s). Restore it with that release.", m.Version)
	}
	return m, nil
}

func unpackOne(root *os.Root, h *tar.Header, r io.Reader) error {
	name := filepath.FromSlash(h.Name)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Sync(), f.Close())
}

func loadAll(ctx context.Context, target, dir string, m Manifest) (err error) {
	d, err := db.Open(ctx, target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	have, err := d.SchemaVersion(ctx, schema.Files)
	if err != nil {
		return err
	}
	if have > 0 {
		return fault.NewConflict("The database is not empty. Restore into an empty one.")
	}
	if err := d.MigrateTo(ctx, schema.Files, m.Schema); err != nil {
		return err
	}
	err = d.Write(ctx, func(tx *sql.Tx) error {
		known, err := d.Tables(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range m.Tables {
			if err := loadTable(ctx, tx, known, t, dir); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, err = d.Migrate(ctx, schema.Files); err != nil {
		return err
	}
	// The index is written as this release does, whatever schema the rows came from.
	f, err := os.Open(filepath.Join(dir, "search.jsonl"))
	if err != nil {
		return err
	}
	defer f.Close()
	return d.Write(ctx, func(tx *sql.Tx) error { return search.Index{DB: d}.Load(ctx, tx, f) })
}

func loadTable(ctx context.Context, tx *sql.Tx, known []db.Table, t db.Table, dir string) error {
	for _, k := range known {
		if k.Name != t.Name {
			continue
		}
		// A migration may have put rows in that the backup has too.
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+k.Name); err != nil {
			return err
		}
		if !sameColumns(k.Columns, t.Columns) {
			return fault.NewInvalid("The backup's table %s has other columns than its schema expects.", t.Name)
		}
		f, err := os.Open(filepath.Join(dir, "tables", t.Name+".jsonl"))
		if err != nil {
			return fault.NewInvalid("The backup lacks the table %s.", t.Name).Because(err)
		}
		defer f.Close()
		if err := db.Load(ctx, tx, t, f); err != nil {
			return fault.NewInvalid("The backup is damaged; nothing was restored.").Because(err)
		}
		return nil
	}
	return fault.NewInvalid("The backup has a table %s that this release does not know.", t.Name)
}

func sameColumns(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	have := map[string]bool{}
	for _, c := range a {
		have[c] = true
	}
	for _, c := range b {
		if !have[c] {
			return false
		}
	}
	return true
}
