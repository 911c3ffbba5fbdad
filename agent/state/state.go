// SPDX-License-Identifier: Apache-2.0

// Package state keeps what an agent must know at its next start, as small named files.
package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// MaxValue bounds what is read back: a file that somebody blew up is not swallowed.
const MaxValue = 8 << 20

// Dir keeps values as files that only the owner may read, each whole or not at all, also through a power cut.
type Dir struct{ path string }

// OpenDir makes the folder when it is missing.
func OpenDir(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the agent's folder: %w", err)
	}
	return &Dir{path: path}, nil
}

// Path returns where the value of a name lies.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, name) }

// Get returns the value of a name; nil when there is none.
func (d *Dir) Get(name string) ([]byte, error) {
	info, err := os.Stat(d.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if info.Size() > MaxValue {
		return nil, fmt.Errorf("read %s: the file is too large", name)
	}
	b, err := os.ReadFile(d.Path(name))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return b, nil
}

// Put replaces the value of a name and returns once it lies on the disk.
func (d *Dir) Put(name string, value []byte) error {
	f, err := os.CreateTemp(d.path, ".new-*") // 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone already when all went well
	_, err = f.Write(value)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), d.Path(name))
	}
	if err == nil {
		err = syncDir(d.path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Delete forgets a name.
func (d *Dir) Delete(name string) error {
	if err := os.Remove(d.Path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", name, err)
	}
	return nil
}

// Names returns the names that begin with a prefix, sorted.
func (d *Dir) Names(prefix string) ([]string, error) {
	all, err := os.ReadDir(d.path)
	if err != nil {
		return nil, fmt.Errorf("list the agent's folder: %w", err)
	}
	var out []string
	for _, e := range all {
		if strings.HasPrefix(e.Name(), prefix) && !strings.HasPrefix(e.Name(), ".new-") {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// Memory is a state that ends with the process, for simulated agents. Its zero value is empty and ready.
type Memory struct {
	mu     sync.Mutex
	values map[string][]byte
}

// Get returns the value of a name; nil when there is none.
func (m *Memory) Get(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[name], nil
}

// Put replaces the value of a name.
func (m *Memory) Put(name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	m.values[name] = slices.Clone(value)
	return nil
}

// Delete forgets a name.
func (m *Memory) Delete(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, name)
	return nil
}

// Names returns the names that begin with a prefix, sorted.
func (m *Memory) Names(prefix string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for n := range m.values {
		if strings.HasPrefix(n, prefix) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}
