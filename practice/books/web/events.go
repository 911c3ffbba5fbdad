// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/books"
)

const (
	tick     = 200 * time.Millisecond
	beatEach = 75 // ticks
)

// progressOf is what the bar of a file says now. A file that is taken over is read twice: to see that all
// of it can be read, then into the tables.
func progressOf(ctx context.Context, s state, before int64) page.ProgressState {
	p := page.ProgressState{Done: s.bytes, Total: s.total}
	switch {
	case !s.begun:
		p.Total = 0
		p.Text = locale.N(ctx, "Waiting: %d file comes before this one|Waiting: %d files come before this one", before)
	case s.take && s.pass == 0:
		p.Total *= 2
		p.Text = locale.T(ctx, "Checking every row")
	case s.take:
		p.Done += s.total
		p.Total *= 2
		p.Text = locale.T(ctx, "Taking the rows over")
	default:
		p.Text = locale.T(ctx, "Reading the file")
	}
	return p
}

// events streams how far the work on one import is.
func (h *Handlers) events(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	return h.stream(w, r, func(ctx context.Context) (page.ProgressState, error) {
		if t := h.jobs().of(id); t != nil {
			s := t.now()
			if !s.ended {
				return progressOf(ctx, s, h.jobs().before(id)), nil
			}
			return page.ProgressState{Next: url(id)}, nil
		}
		// Another process, or the API, has it in hand.
		i, err := h.Books.Get(ctx, id)
		if fault.Is(err, fault.NotFound) || err == nil && i.State != books.Committing {
			return page.ProgressState{Next: url(id)}, nil
		}
		return page.ProgressState{Text: locale.T(ctx, "Taking the rows over")}, err
	})
}

// queueEvents streams how far the files are that were uploaded together.
func (h *Handlers) queueEvents(w http.ResponseWriter, r *http.Request) error {
	watched := h.jobs().open()
	return h.stream(w, r, func(ctx context.Context) (page.ProgressState, error) {
		p := page.ProgressState{Total: int64(len(watched)) * 1000}
		left := int64(0)
		for _, id := range watched {
			if t := h.jobs().of(id); t != nil && !t.now().ended {
				left++
				if s := progressOf(ctx, t.now(), 0); s.Total > 0 {
					p.Done += s.Done * 1000 / s.Total
				}
				continue
			}
			p.Done += 1000
		}
		p.Text = queueText(ctx, left)
		if left == 0 {
			p.Next = "/books/import"
		}
		return p, nil
	})
}

func queueText(ctx context.Context, left int64) string {
	return locale.N(ctx, "Reading: %d file to go|Reading: %d files to go", left)
}

// open lists the imports that wait or are in hand.
func (w *worker) open() (out []ids.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, t := range w.tasks {
		if !t.now().ended {
			out = append(out, id)
		}
	}
	return out
}

// stream sends what next says, whenever it changes, until it names the page that comes next.
func (h *Handlers) stream(w http.ResponseWriter, r *http.Request, next func(context.Context) (page.ProgressState, error)) error {
	out, err := page.Events(w, r)
	if err != nil {
		return err
	}
	t := time.NewTicker(tick)
	defer t.Stop()
	var last page.ProgressState
	for n := 0; ; n++ {
		p, err := next(r.Context())
		if err != nil {
			p = page.ProgressState{Error: locale.From(r.Context()).Fault(err)}
		}
		if p != last || n == 0 {
			if out.Progress(p) != nil {
				return nil // the reader has gone
			}
			last = p
		}
		if p.Next != "" || p.Error != "" {
			return nil
		}
		if n%beatEach == beatEach-1 && out.Beat() != nil {
			return nil
		}
		select {
		case <-t.C:
		case <-r.Context().Done():
			return nil
		}
	}
}
