// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"sync"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/books"
)

// worker reads files and takes them over in the background, one after the other: each uses a
// whole processor, and the books have one writer.
type worker struct {
	books *books.Service
	taken func(context.Context) error

	mu      sync.Mutex
	tasks   map[ids.ID]*task // the newest of each import
	queue   []*task
	ended   []ids.ID // oldest first
	running bool
	closed  bool
	cancel  context.CancelFunc // of what runs
	idle    sync.WaitGroup
}

// kept is how many ended tasks are remembered: what a page says of an error, and raw rows.
const kept = 64

// task is one file to look at or to take over.
type task struct {
	id      ids.ID
	take    bool
	choices books.Choices
	ctx     context.Context

	mu     sync.Mutex
	begun  bool
	ended  bool
	pass   int // readings of the file that are over
	bytes  int64
	total  int64
	err    error
	result books.Result
	raw    []books.RawTable
	done   chan struct{}
}

// state is a task at one moment.
type state struct {
	take, begun, ended bool
	pass               int
	bytes, total       int64
	err                error
	result             books.Result
	raw                []books.RawTable
}

func newWorker(s *books.Service, taken func(context.Context) error) *worker {
	if taken == nil {
		taken = func(context.Context) error { return nil }
	}
	return &worker{books: s, taken: taken, tasks: map[ids.ID]*task{}}
}

// start queues a file. One that is in hand already stays as it is.
func (w *worker) start(ctx context.Context, id ids.ID, take bool, c books.Choices) *task {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.tasks[id]; t != nil && !t.now().ended {
		return t
	}
	t := &task{id: id, take: take, choices: c, ctx: context.WithoutCancel(ctx), done: make(chan struct{})}
	if w.closed {
		t.finish(books.Result{}, nil, fault.NewBusy("The server is about to stop. Try again in a moment."))
		return t
	}
	w.tasks[id] = t
	w.queue = append(w.queue, t)
	if !w.running {
		w.running = true
		w.idle.Add(1)
		go w.run()
	}
	return t
}

// run works until the queue is empty.
func (w *worker) run() {
	defer w.idle.Done()
	for {
		w.mu.Lock()
		if len(w.queue) == 0 || w.closed {
			for _, t := range w.queue {
				t.finish(books.Result{}, nil, fault.NewBusy("The server is about to stop. Try again in a moment."))
			}
			w.queue, w.running = nil, false
			w.mu.Unlock()
			return
		}
		t := w.queue[0]
		w.queue = w.queue[1:]
		ctx, cancel := context.WithCancel(t.ctx)
		w.cancel = cancel
		w.mu.Unlock()
		w.one(ctx, t)
		cancel()
		w.forget(t.id)
	}
}

func (w *worker) one(ctx context.Context, t *task) {
	t.mu.Lock()
	t.begun = true
	t.mu.Unlock()
	if t.take {
		r, err := w.books.Commit(ctx, t.id, t.choices, t.progress)
		if err == nil {
			err = w.taken(ctx)
		}
		t.finish(r, nil, err)
		return
	}
	_, err := w.books.Preview(ctx, t.id, t.choices, t.progress)
	raw, peekErr := w.books.Peek(ctx, t.id)
	if err == nil {
		err = peekErr
	}
	t.finish(books.Result{}, raw, err)
}

// forget drops the oldest ended tasks.
func (w *worker) forget(id ids.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = append(w.ended, id)
	for len(w.ended) > kept {
		if t := w.tasks[w.ended[0]]; t != nil && t.now().ended {
			delete(w.tasks, w.ended[0])
		}
		w.ended = w.ended[1:]
	}
}

// of returns the newest task of an import, nil when there is none.
func (w *worker) of(id ids.ID) *task {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tasks[id]
}

// drop forgets what is remembered of an import.
func (w *worker) drop(id ids.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.tasks[id]; t != nil && t.now().ended {
		delete(w.tasks, id)
	}
}

// before returns how many files come before this one.
func (w *worker) before(id ids.ID) (n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.queue {
		if t.id == id {
			return n + 1 // the one in hand
		}
		n++
	}
	return 0
}

// close ends what runs and waits for it.
func (w *worker) close() {
	w.mu.Lock()
	w.closed = true
	if w.cancel != nil {
		w.cancel()
	}
	w.mu.Unlock()
	w.idle.Wait()
}

// progress is called by the reader, often.
func (t *task) progress(done, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if done < t.bytes {
		t.pass++ // it begins anew
	}
	t.bytes, t.total = done, total
}

func (t *task) finish(r books.Result, raw []books.RawTable, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.result, t.raw, t.err, t.ended = r, raw, err, true
	close(t.done)
}

func (t *task) now() state {
	t.mu.Lock()
	defer t.mu.Unlock()
	return state{t.take, t.begun, t.ended, t.pass, t.bytes, t.total, t.err, t.result, t.raw}
}

// wait gives a small file the time to be done before the page is shown.
func (t *task) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.done:
	case <-timer.C:
	case <-ctx.Done():
	}
}
