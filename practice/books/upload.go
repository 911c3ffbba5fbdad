// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/tabular"
	"mainstay/practice/books/store"
)

// Progress is told how far the reading of a file is: bytes done of total. It is called often.
type Progress func(done, total int64)

// Upload keeps a file for looking at. Nothing is taken over yet. origin is "" for a person's file.
func (s *Service) Upload(ctx context.Context, name string, r io.Reader, origin string) (Import, error) {
	limit := s.p.Limits.Bytes
	if limit <= 0 {
		limit = 1 << 30
	}
	ref, size, err := s.p.Blobs.Put(r, limit)
	if err != nil {
		return Import{}, err
	}
	if size == 0 {
		return Import{}, fault.NewInvalid("The file %s is empty.", cleanName(name))
	}
	id, err := s.register(ctx, cleanName(name), size, ref, origin, Choices{})
	if err != nil {
		return Import{}, err
	}
	return s.Get(ctx, id)
}

// cleanName is a file's name without folders, of either system, at most 200 bytes.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	if len(name) > 200 {
		name = strings.ToValidUTF8(name[len(name)-200:], "")
	}
	if name == "" || name == "." || name == "/" {
		return "upload"
	}
	return name
}

func (s *Service) register(ctx context.Context, name string, size int64, ref blob.Ref, origin string, c Choices) (ids.ID, error) {
	id := s.p.IDs.New()
	choices, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	return id, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).InsertImport(ctx, store.InsertImportParams{
			ID: int64(id), File: name, Size: size, Ref: string(ref), State: string(Uploaded), Choices: string(choices), Origin: origin,
			MadeBy: actor(ctx), CreatedAt: s.now(),
		})
	})
}

// open opens the file of an import.
func (s *Service) open(i Import, p Progress) (*tabular.File, io.Closer, error) {
	f, err := s.p.Blobs.Open(i.Ref)
	if err != nil {
		return nil, nil, err
	}
	return tabular.New(i.File, f, i.Size, tabular.Options{Limits: s.p.Limits, Progress: p}), f, nil
}

// Preview reads an uploaded file with the choices and keeps the report and the choices. Values that cannot be
// read are in the report. A file that is no table, or none of ours, is a fault.
func (s *Service) Preview(ctx context.Context, id ids.ID, c Choices, p Progress) (rep *Report, err error) {
	i, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if i.State != Uploaded {
		return nil, notUploaded(i.State)
	}
	f, closer, err := s.open(i, p)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	opt, err := s.options(ctx, c)
	if err != nil {
		return nil, err
	}
	rep, readErr := Preview(ctx, f, opt)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err := s.keepPreview(ctx, id, c, rep); err != nil {
		return rep, err
	}
	return rep, readErr
}

func notUploaded(s State) error {
	switch s {
	case Committed:
		return fault.NewConflict("This file was taken over already.")
	case Committing:
		return fault.NewBusy("This file is being taken over at the moment.")
	}
	return fault.NewConflict("This import was undone. Upload the file again.")
}

func (s *Service) keepPreview(ctx context.Context, id ids.ID, c Choices, rep *Report) error {
	choices, err := json.Marshal(c)
	if err != nil {
		return err
	}
	report, err := json.Marshal(rep)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := store.New(tx).SetChoices(ctx, int64(id), string(choices), string(report))
		return err
	})
}

// Discard forgets an uploaded file that was not taken over.
func (s *Service) Discard(ctx context.Context, id ids.ID) error {
	i, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if i.State != Uploaded {
		return notUploaded(i.State)
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := store.New(tx).DeleteImport(ctx, int64(id))
		return err
	})
	if err != nil {
		return err
	}
	return s.dropFile(ctx, i.Ref)
}

// dropFile removes a file that no import refers to any more.
func (s *Service) dropFile(ctx context.Context, ref blob.Ref) error {
	n, err := store.New(s.p.DB.Reader()).CountByRef(ctx, string(ref))
	if err != nil || n > 0 {
		return err
	}
	return s.p.Blobs.Delete(ref)
}

// ImportFile takes a file of this machine over in one go, for the command line: nothing is kept of it
// but its rows.
func (s *Service) ImportFile(ctx context.Context, path string, c Choices, p Progress) (Result, error) {
	f, err := tabular.Open(path, tabular.Options{Limits: s.p.Limits, Progress: p})
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if f.Size <= or1GB(s.p.Limits.Bytes) {
		if _, err := io.Copy(h, f.Reader()); err != nil {
			return Result{}, fault.NewInvalid("The file %s cannot be read.", f.Name).Because(err)
		}
	}
	ref := blob.Ref(hex.EncodeToString(h.Sum(nil)))
	if r, done, err := s.alreadyThere(ctx, ref, c); done || err != nil {
		return r, err
	}
	id, err := s.register(ctx, cleanName(f.Name), f.Size, ref, "", c)
	if err != nil {
		return Result{}, err
	}
	r, err := s.take(ctx, id, f, c)
	if err != nil {
		drop := s.p.DB.Write(context.WithoutCancel(ctx), func(tx *sql.Tx) error {
			_, err := store.New(tx).DeleteImport(ctx, int64(id))
			return err
		})
		return r, errors.Join(err, drop)
	}
	return r, nil
}

func or1GB(n int64) int64 {
	if n <= 0 {
		return 1 << 30
	}
	return n
}

func actor(ctx context.Context) string {
	if id := access.From(ctx); id != nil {
		return id.Name
	}
	return ""
}
