// SPDX-License-Identifier: Apache-2.0

package series

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// syncer brings a write-ahead log onto the disk: the database writes it, but leaves it to the system when it is kept. Not
// for use by two goroutines at once.
type syncer struct {
	dir     string
	file    *os.File
	segment int
	size    int64
}

// sync returns when everything that was logged before the call is on the disk. It does nothing where nothing was logged.
func (s *syncer) sync() error {
	if s.file == nil {
		last, err := lastSegment(s.dir)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // no log: nothing was written
		}
		if err != nil {
			return err
		}
		if err := s.open(last); err != nil {
			return err
		}
	}
	for {
		if err := s.one(); err != nil {
			return err
		}
		// A segment that is full is followed by the next: records before the call may lie in both.
		next := s.segment + 1
		if _, err := os.Stat(filepath.Join(s.dir, segmentName(next))); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		s.close()
		if err := s.open(next); err != nil {
			return err
		}
	}
}

// open takes up a segment. Its entry in the folder is made lasting, too.
func (s *syncer) open(segment int) error {
	f, err := os.OpenFile(filepath.Join(s.dir, segmentName(segment)), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	s.file, s.segment, s.size = f, segment, -1
	return syncDir(s.dir)
}

func (s *syncer) one() error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() == s.size {
		return nil
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.size = info.Size()
	return nil
}

// rewrite writes the segments that may not be on the disk anew: after a failed sync the system holds for clean what it
// could not write, and a second sync of the same file would find nothing to do. The database is closed.
func (s *syncer) rewrite() error {
	for n := s.segment; ; n++ {
		name := filepath.Join(s.dir, segmentName(n))
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = writeFileBy(filepath.Dir(s.dir), name, text) // a log holds nothing but segments
		}
		if err != nil {
			return err
		}
	}
}

// writeFile puts text in the place of a file, whole or not at all, and on the disk.
func writeFile(name string, text []byte) error { return writeFileBy(filepath.Dir(name), name, text) }

// writeFileBy is writeFile with another folder of the same disk for what is not whole yet.
func writeFileBy(folder, name string, text []byte) error {
	f, err := os.CreateTemp(folder, "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(name))
}

func (s *syncer) close() {
	if s.file != nil {
		_ = s.file.Close()
		s.file = nil
	}
}

func segmentName(n int) string { return fmt.Sprintf("%08d", n) }

func lastSegment(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	last := -1
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			last = max(last, n)
		}
	}
	if last < 0 {
		return 0, fs.ErrNotExist
	}
	return last, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
