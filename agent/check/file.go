// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mainstay/kit/wire"
)

// maxMatches bounds how many files of a folder are looked at.
const maxMatches = 10_000

func newestIn(pattern string) (string, error) {
	all, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	if len(all) > maxMatches {
		return "", fmt.Errorf("more than %d files match %s", maxMatches, pattern)
	}
	best, at := "", time.Time{}
	for _, name := range all {
		if info, err := os.Stat(name); err == nil && (best == "" || info.ModTime().After(at)) {
			best, at = name, info.ModTime()
		}
	}
	if best == "" {
		return "", fmt.Errorf("no file matches %s: %w", pattern, fs.ErrNotExist)
	}
	return best, nil
}

// file looks at a file's age and size; its content is not read.
func (r *Runner) file(_ context.Context, _ wire.Check, p *params) wire.Result {
	want := p.choice("state", "there", "missing")
	path := p.need("path")
	maxAge, minAge := p.number("max_age", 0), p.number("min_age", 0)
	minSize, maxSize := p.number("min_size", 0), p.number("max_size", 0)
	if p.err != nil {
		return wire.Result{}
	}
	name, err := newest(path)
	var info os.FileInfo
	if err == nil {
		info, err = os.Stat(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if want == "missing" {
			return result(wire.StateOK, nil, "%s is not there, as it should be.", path)
		}
		return result(wire.StateCritical, nil, "%s is not there.", path)
	}
	if err != nil {
		return unknown("%s cannot be looked at: %s.", path, err)
	}
	age := r.Now().Sub(info.ModTime())
	values := map[string]float64{"file_age_seconds": age.Seconds(), "file_size_bytes": float64(info.Size())}
	switch {
	case want == "missing":
		return result(wire.StateCritical, values, "%s is there and should not be.", name)
	case maxAge > 0 && age.Seconds() > maxAge:
		return result(wire.StateCritical, values, "%s was changed %s: too long.", name, ago(age))
	case minAge > 0 && age.Seconds() < minAge:
		return result(wire.StateCritical, values, "%s was changed %s: too recently.", name, ago(age))
	case minSize > 0 && float64(info.Size()) < minSize:
		return result(wire.StateCritical, values, "%s has %d bytes: too small.", name, info.Size())
	case maxSize > 0 && float64(info.Size()) > maxSize:
		return result(wire.StateCritical, values, "%s has %d bytes: too large.", name, info.Size())
	}
	return result(wire.StateOK, values, "%s has %d bytes and was changed %s.", name, info.Size(), ago(age))
}
