// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"path/filepath"
	"time"

	"mainstay/kit/fault"
)

// writable says why nothing may be written now. What a failed write left behind is cleared away first, once there is room.
// The caller holds write and reads.
func (l *Local) writable(*raw) error {
	if f := l.failure.Load(); f != nil {
		return f.err
	}
	free, err := l.opt.Free(l.dir)
	if err != nil {
		return fault.NewBusy("The disk with the time series does not answer.").Because(err)
	}
	if free < l.opt.MinFree {
		return noSpace()
	}
	return nil
}

func noSpace() *fault.Error {
	return fault.NewBusy("The disk with the time series is almost full: nothing is written until there is room. What was written before can be read.")
}

// wound notes that a write failed. The log may then end within a record, and what would be written behind it could not be
// read back: so nothing is, until [Local.Mend] has opened the series anew.
func (l *Local) wound(err error) {
	l.opt.Log.Error("series: cannot write", "error", err)
	l.failure.Store(&failure{err: noSpace().Because(err), reads: true})
}

// Mend opens the series anew after a failed write, provided that there is room again, and once more what could not be opened. When all is
// well it only looks after late samples, should there be very many. A server calls it every few seconds.
func (l *Local) Mend() error {
	f := l.failure.Load()
	if f == nil && l.Ready() == nil {
		return l.settle(context.Background(), lateLimit)
	}
	if f == nil {
		return nil
	}
	if free, err := l.opt.Free(l.dir); err != nil || f.reads && free < l.opt.MinFree {
		return f.err
	}
	l.write.Lock()
	defer l.write.Unlock()
	l.mu.Lock()
	if l.ended || l.raw == nil && f.reads { // it is being opened
		l.mu.Unlock()
		return nil
	}
	now := l.opt.Clock.Now()
	if l.raw == nil && now.Sub(l.tried).Abs() < tryAgain {
		l.mu.Unlock()
		return f.err
	}
	l.tried = now
	r := l.raw
	l.raw = nil
	l.failure.Store(nil)
	l.opens.Add(1)
	l.mu.Unlock()
	defer l.opens.Done()
	if r != nil {
		if err := r.close(); err != nil {
			l.opt.Log.Warn("series: closing after a failed write", "error", err)
		}
		l.torn = []*syncer{r.wal, r.wbl}
	}
	for _, log := range l.torn {
		if err := log.rewrite(); err != nil {
			l.opt.Log.Error("series: cannot write the log anew", "error", err)
		}
	}
	for _, h := range l.handles {
		for ; h != nil; h = h.next {
			h.known = false // what of the failed writes is there has to be looked up
		}
	}
	opened, err := openRaw(filepath.Join(l.dir, "raw"), l.opt)
	if err == nil {
		l.torn = nil
	}
	l.publish(opened, err)
	return l.Ready()
}

// tryAgain is how long after an opening that failed the next one is tried: reading back what was written last takes a while.
const tryAgain = 30 * time.Second
