// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"

	"mainstay/kit/fault"
)

// Local keeps series in a folder of this machine.
type Local struct {
	dir    string
	opt    Options
	engine *promql.Engine
	slots  chan struct{} // one is taken by each question

	mu     sync.RWMutex // guards raw: questions hold it while they read, who closes or reopens takes it whole
	raw    *raw         // nil while it is being opened
	tried  time.Time    // when Mend tried to open it last
	torn   []*syncer    // logs that have to be written anew before they are opened
	ended  bool
	stop   chan struct{} // closed when Close is called, before it waits
	begin  sync.Once
	waited sync.Once
	ending sync.Once
	opens  sync.WaitGroup
	ready  chan struct{} // closed once the first opening is over, one way or the other

	failure atomic.Pointer[failure] // why nothing is served, or nothing is written
	tiers   []*tier                 // coarser ones, finest first
	rolling sync.Mutex

	write   sync.Mutex // held by the one who commits
	run     uint32     // how often the database was opened
	handles map[uint64]*Series
	count   int
	looked  int64 // series that were read to find what was there already
}

// failure is a state that a sentence describes.
type failure struct {
	err   error
	reads bool // questions are served nevertheless
}

// raw is the opened database of samples as they came.
type raw struct {
	db       *tsdb.DB
	wal, wbl *syncer
	late     *lateLog
	slack    int64 // milliseconds by which samples may be older than else, while they are restored
	appended []prometheus.Collector
	inserted []prometheus.Collector // late ones among them
	lost     []prometheus.Collector // logging of late samples that failed: the database only writes a line about it
}

// Open opens the series in dir and makes it when it is missing. It returns at once: what was written last is read back
// meanwhile (half a minute for 500,000 series), and until then reads and writes fail with [fault.Busy]. [Local.Ready] tells,
// [Local.Wait] waits.
func Open(dir string, o Options) (*Local, error) {
	o = o.filled()
	l := &Local{dir: dir, opt: o, ready: make(chan struct{}), stop: make(chan struct{}), handles: map[uint64]*Series{}, slots: make(chan struct{}, o.Concurrency), engine: newEngine(o)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.NewInvalid("The folder of the time series cannot be made.").Because(err)
	}
	if err := l.openTiers(); err != nil {
		return nil, err
	}
	if !o.Lazy {
		l.Start()
	}
	return l, nil
}

// Start begins to open what [Options.Lazy] put off. It returns at once; calling it again does nothing.
func (l *Local) Start() {
	l.begin.Do(func() {
		l.opens.Go(func() {
			defer close(l.ready)
			r, err := openRaw(filepath.Join(l.dir, "raw"), l.opt)
			l.write.Lock()
			defer l.write.Unlock()
			l.publish(r, err)
		})
	})
}

// firstUse opens what was put off, and waits for it a little.
func (l *Local) firstUse() {
	if !l.opt.Lazy {
		return
	}
	l.Start()
	t := time.NewTimer(5 * time.Second)
	defer t.Stop()
	l.waited.Do(func() {
		select {
		case <-l.ready:
		case <-l.stop:
		case <-t.C:
		}
	})
}

// publish lets everybody read an opened database, after late samples were restored; what went wrong is kept as the reason
// why nothing is served. The caller holds write.
func (l *Local) publish(r *raw, err error) {
	if err == nil {
		l.run++
		if err := l.restore(r); err != nil {
			l.opt.Log.Error("series: cannot put late samples in once more", "error", err)
		}
		if err := l.forgetAgain(r); err != nil {
			l.opt.Log.Error("series: cannot forget what was forgotten", "error", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.opt.Log.Error("series: cannot open the time series", "error", err)
		l.failure.Store(&failure{err: fault.NewBusy("The time series cannot be read. The log of the server says why; nothing is written until it is mended.").Because(err)})
	case l.ended:
		_ = r.close()
	default:
		l.raw = r
	}
}

// segment bounds a file of chunks in a block. Five tiers are written at once, and a file is allocated whole before it is written, so the engine's own 512 MB would
// refuse to compact, and the tiers to roll, on a disk that has room enough for what is to be kept.
const segment = 16 << 20

func openRaw(dir string, o Options) (*raw, error) {
	c := &counters{}
	opt := tsdb.DefaultOptions()
	opt.RetentionDuration = o.Raw.Milliseconds()
	opt.MaxBytes = o.MaxBytes * 6 / 10
	opt.MaxBlockDuration = (54 * time.Hour).Milliseconds()
	opt.OutOfOrderTimeWindow = (o.Late + slack).Milliseconds()
	opt.WALCompression = compression.Snappy
	opt.MaxBlockChunkSegmentSize = segment
	db, err := tsdb.Open(dir, o.Log, c, opt, nil)
	if err != nil {
		return nil, err
	}
	late, err := openLate(filepath.Join(dir, "late"))
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	r := &raw{
		db: db, late: late, inserted: c.find("prometheus_tsdb_head_out_of_order_samples_appended_total"), wal: &syncer{dir: filepath.Join(dir, "wal")}, wbl: &syncer{dir: filepath.Join(dir, "wbl")},
		appended: c.find("prometheus_tsdb_head_samples_appended_total"), lost: c.find("prometheus_tsdb_out_of_order_wbl_writes_failed_total"),
	}
	if len(r.appended) == 0 || len(r.inserted) == 0 || len(r.lost) == 0 {
		return nil, errors.Join(errors.New("the database does not count what it appends"), db.Close())
	}
	// From here on the syncer knows the segment that is written to; and what was read back is on the disk.
	if err := errors.Join(r.sync(), syncDir(dir)); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// sync returns when everything that was appended is on the disk.
func (r *raw) sync() error { return errors.Join(r.wal.sync(), r.wbl.sync()) }

func (r *raw) close() error {
	err := r.db.Close()
	r.wal.close()
	r.wbl.close()
	r.late.close()
	return err
}

// Ready says why nothing is served, nil when everything is.
func (l *Local) Ready() error {
	l.firstUse()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if f := l.failure.Load(); f != nil {
		return f.err
	}
	return l.open()
}

// open says why the database cannot be read. The caller holds mu.
func (l *Local) open() error {
	switch f := l.failure.Load(); {
	case l.ended:
		return fault.NewBusy("The server is shutting down.")
	case f != nil && !f.reads:
		return f.err
	case l.raw == nil:
		return fault.NewBusy("The time series are still being read after the start. This takes up to a minute.")
	}
	return nil
}

// Wait returns when what was written last has been read back, with the reason when it cannot be served.
func (l *Local) Wait(ctx context.Context) error {
	l.Start()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ready:
		return l.Ready()
	}
}

// read calls fn with the opened database, which stays open until fn returns.
func (l *Local) read(fn func(*raw) error) error {
	l.firstUse()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.open(); err != nil {
		return err
	}
	return fn(l.raw)
}

// Close waits for what is under way and closes the series. What was committed is kept.
func (l *Local) Close() error {
	l.begin.Do(func() { close(l.ready) }) // it was never opened, and will not be
	l.ending.Do(func() { close(l.stop) })
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return nil
	}
	l.ended = true
	r := l.raw
	l.raw = nil
	l.mu.Unlock()
	l.opens.Wait()
	l.rolling.Lock()
	defer l.rolling.Unlock()
	var err error
	if r != nil {
		err = r.close()
	}
	for _, t := range l.tiers {
		err = errors.Join(err, t.close())
	}
	return err
}

// stopping reports whether Close was called.
func (l *Local) stopping() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}
