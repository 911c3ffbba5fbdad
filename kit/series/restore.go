// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"time"
)

// slack is by how much late samples may have got older until they are put in once more.
const slack = 3 * time.Hour

// restore puts late samples in that the database lost. The caller holds write; nobody reads r yet.
func (l *Local) restore(r *raw) error {
	if len(r.late.done) == 0 {
		return nil
	}
	r.slack = slack.Milliseconds()
	defer func() { r.slack = 0 }()
	restored := 0
	var batch []sample
	commit := func() error {
		out, err := l.commit(context.Background(), r, batch)
		restored += out.Stored
		batch = batch[:0]
		return err
	}
	err := r.late.each(func(ls Labels, at int64, v float64) {
		if h, err := l.handle(ls); err == nil {
			batch = append(batch, sample{h, at, v})
		}
	}, func() error {
		if len(batch) < 20_000 {
			return nil
		}
		return commit()
	})
	err = errors.Join(err, commit())
	if restored > 0 {
		l.opt.Log.Info("series: late samples were put in once more", "samples", restored)
	}
	return err
}

// lateLimit is how many bytes of late samples are kept before they are brought into blocks out of turn.
const lateLimit = 256 << 20

// settle brings late samples into blocks and forgets the log of them.
func (l *Local) settle(ctx context.Context, least int64) error {
	l.firstUse()
	var segments []string
	alone := func(fn func(*raw) error) error {
		l.write.Lock() // before the database is held, as who commits does
		defer l.write.Unlock()
		return l.read(fn)
	}
	if err := alone(func(r *raw) error {
		if r.late.size > least && l.writable(r) == nil {
			segments = r.late.seal()
		}
		return nil
	}); err != nil || len(segments) == 0 {
		return err
	}
	if err := l.read(func(r *raw) error { return r.db.CompactOOOHead(ctx) }); err != nil {
		return err
	}
	return alone(func(r *raw) error { return r.late.drop(segments) })
}
