// SPDX-License-Identifier: Apache-2.0

// Package blob keeps files by the SHA-256 of their content in a folder. The same
// content is kept once; a file that is there is whole, because it gets its name only
// after it was written and synced.
package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"mainstay/kit/fault"
)

// Store is a folder of files.
type Store struct{ dir string }

// Ref is the lower-case hexadecimal SHA-256 of a file's content.
type Ref string

var refForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Open returns the store in dir, which is made when missing, and removes what writers that died left
// half written.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, err
	}
	left, err := filepath.Glob(filepath.Join(dir, "tmp", "*"))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return &Store{dir: dir}, err
}

// Put copies r into the store and returns its address and size. More than limit bytes are
// refused and nothing is kept.
func (s *Store) Put(r io.Reader, limit int64) (ref Ref, size int64, err error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, "tmp"), "put")
	if err != nil {
		return "", 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(r, limit+1))
	if err != nil {
		return "", size, err
	}
	if size > limit {
		return "", size, fault.NewInvalid("The file is larger than %d MB, which is the limit.", limit>>20)
	}
	if err = f.Sync(); err != nil {
		return "", size, err
	}
	ref = Ref(hex.EncodeToString(h.Sum(nil)))
	if err = os.MkdirAll(filepath.Dir(s.path(ref)), 0o700); err != nil {
		return "", size, err
	}
	if err = os.Rename(f.Name(), s.path(ref)); err != nil {
		return "", size, err
	}
	if err = f.Close(); err != nil {
		return ref, size, err
	}
	return ref, size, s.settle(filepath.Dir(s.path(ref)))
}

// settle syncs a folder and the one above, so that a power cut does not take the name of a file that was confirmed.
func (s *Store) settle(dir string) error {
	for _, name := range []string{dir, s.dir} {
		d, err := os.Open(name)
		if err != nil {
			return err
		}
		// Windows and some network file systems cannot sync folders: there the name is as safe as they make it.
		if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, os.ErrPermission) {
			return errors.Join(err, d.Close())
		}
		if err := d.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Open opens a file for reading.
func (s *Store) Open(ref Ref) (*os.File, error) {
	if !refForm.MatchString(string(ref)) {
		return nil, fault.NewNotFound("There is no such file.")
	}
	f, err := os.Open(s.path(ref))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.NewNotFound("There is no such file.").Because(err)
	}
	return f, err
}

// Path returns where a file lies, for readers that need a seekable file by name.
func (s *Store) Path(ref Ref) (string, error) {
	if !refForm.MatchString(string(ref)) {
		return "", fault.NewNotFound("There is no such file.")
	}
	return s.path(ref), nil
}

// Delete removes a file; a missing one is no error.
func (s *Store) Delete(ref Ref) error {
	if !refForm.MatchString(string(ref)) {
		return nil
	}
	if err := os.Remove(s.path(ref)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (s *Store) path(ref Ref) string { return filepath.Join(s.dir, string(ref[:2]), string(ref)) }
