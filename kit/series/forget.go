// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mainstay/kit/fault"
)

// forgotten is a request to forget. It is kept for some days, as the database finds pieces of late samples again after a
// start that it had put into a block, and out of which they were removed.
type forgotten struct {
	At       int64 // milliseconds; later samples are new
	Selector string
}

// Forget removes the series that match from every tier, with all samples up to now. Questions no longer find them when it
// returns; their bytes go when blocks are next put together. Let nobody write them any more: what comes afterwards of instants
// before may go with the next start.
func (l *Local) Forget(ctx context.Context, m ...*Matcher) error {
	if len(m) == 0 {
		return fault.NewInvalid("Say whose series are to be forgotten.")
	}
	selector := Selector(m)
	if _, err := ParseSelector(selector); err != nil {
		return err
	}
	l.firstUse()
	l.rolling.Lock()
	defer l.rolling.Unlock()
	l.write.Lock()
	defer l.write.Unlock()
	return l.read(func(r *raw) error {
		if err := l.writable(r); err != nil {
			return err
		}
		file := filepath.Join(l.dir, "forgotten")
		list, err := readForgotten(file, l.now()-l.opt.Late.Milliseconds()-3*day.Milliseconds())
		if err != nil {
			return err
		}
		text, err := json.Marshal(append(list, forgotten{l.now(), selector}))
		if err == nil {
			err = writeFile(file, text)
		}
		if err != nil {
			return err
		}
		late := r.late.seal()
		if err := r.forget(ctx, math.MaxInt64, m); err != nil {
			return err
		}
		if err := r.late.drop(late); err != nil { // else they would come back with the next start
			return err
		}
		if err := r.sync(); err != nil {
			l.wound(err)
			return l.failure.Load().err
		}
		for _, t := range l.tiers {
			if err := t.forget(ctx, m); err != nil {
				return err
			}
		}
		l.drop(func(s *Series) bool { return matches(s.labels, m) })
		return nil
	})
}

// readForgotten reads what was forgotten since an instant.
func readForgotten(file string, since int64) ([]forgotten, error) {
	var list []forgotten
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	return slices.DeleteFunc(list, func(f forgotten) bool { return f.At < since }), err
}

// forgetAgain removes what the database found again. The caller holds write.
func (l *Local) forgetAgain(r *raw) error {
	list, err := readForgotten(filepath.Join(l.dir, "forgotten"), l.now()-l.opt.Late.Milliseconds()-3*day.Milliseconds())
	if err != nil {
		return err
	}
	for _, f := range list {
		m, err := ParseSelector(f.Selector)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		err = r.forget(ctx, f.At, m)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

// forget removes samples up to an instant. Those that came late are in no block yet, and only what is in blocks or came in
// order can be removed.
func (r *raw) forget(ctx context.Context, until int64, m []*Matcher) error {
	if err := r.db.CompactOOOHead(ctx); err != nil {
		return err
	}
	return r.db.Delete(ctx, math.MinInt64, until, m...)
}

func matches(l Labels, m []*Matcher) bool {
	for _, one := range m {
		if !one.Matches(l.Get(one.Name)) {
			return false
		}
	}
	return true
}

func (t *tier) forget(ctx context.Context, m []*Matcher) error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var err error
	for a := range t.blocks {
		for _, b := range t.blocks[a] {
			err = errors.Join(err, b.Delete(ctx, math.MinInt64, math.MaxInt64, m...))
		}
	}
	return err
}
