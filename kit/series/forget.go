// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"math"

	"mainstay/kit/fault"
)

// Forget removes the series that match from every tier. Questions no longer find them when it returns; their bytes go
// when blocks are next put together.
func (l *Local) Forget(ctx context.Context, m ...*Matcher) error {
	if len(m) == 0 {
		return fault.NewInvalid("Say whose series are to be forgotten.")
	}
	l.rolling.Lock()
	defer l.rolling.Unlock()
	l.write.Lock()
	defer l.write.Unlock()
	return l.read(func(r *raw) error {
		if err := l.writable(r); err != nil {
			return err
		}
		// Samples that came late are in no block yet, and only what is in blocks or came in order can be removed.
		if err := r.db.CompactOOOHead(ctx); err != nil {
			return err
		}
		if err := r.db.Delete(ctx, math.MinInt64, math.MaxInt64, m...); err != nil {
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
