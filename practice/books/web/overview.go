// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/books"
)

const importsPerPage = 25

// overview shows what the books hold and where it came from.
func (h *Handlers) overview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	var before ids.ID
	if s := r.URL.Query().Get("before"); s != "" {
		id, err := ids.Parse(s)
		if err != nil {
			return err
		}
		before = id
	}
	list, err := h.Books.List(ctx, before, importsPerPage+1)
	if err != nil {
		return err
	}
	older := ""
	if len(list) > importsPerPage {
		list = list[:importsPerPage]
		older = "/books?before=" + list[importsPerPage-1].ID.String()
	}
	counts, err := h.Books.Count(ctx)
	if err != nil {
		return err
	}
	cover, err := h.covered(ctx)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, overviewPage(counts, cover, list, page.Pager{Older: older, Newer: newest(before != 0)}))
}

func newest(paged bool) string {
	if paged {
		return "/books"
	}
	return ""
}

// countingPatience is how long a page waits for months that are being counted.
const countingPatience = 900 * time.Millisecond

// covered keeps the coverage until rows come or go. Of large books it is counted in the background, and
// there is none until then.
func (h *Handlers) covered(ctx context.Context) ([]books.Coverage, error) {
	stamp, err := h.Books.Stamp(ctx)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	if h.coverage != nil && h.stamp == stamp {
		defer h.mu.Unlock()
		return h.coverage, nil
	}
	if h.counting == nil {
		h.counting = make(chan struct{})
		go h.count(context.WithoutCancel(ctx), stamp, h.counting)
	}
	done := h.counting
	h.mu.Unlock()
	select {
	case <-done:
	case <-time.After(countingPatience):
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stamp != stamp {
		return nil, nil
	}
	return h.coverage, nil
}

func (h *Handlers) count(ctx context.Context, stamp string, done chan struct{}) {
	c, err := h.Books.Covered(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil { // an error shows itself when the page is asked for again
		h.stamp, h.coverage = stamp, c
	}
	h.counting = nil
	close(done)
}

// undo takes an import back.
func (h *Handlers) undo(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	if err := h.Books.Undo(r.Context(), id); err != nil {
		return err
	}
	h.jobs().drop(id)
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The import is undone. Its rows are no longer in the books.")})
	return page.Redirect(w, r, "/books")
}

// year is one line of a kind's calendar; a month outside of the covered span is −1.
type year struct {
	year   int
	months [12]int64
}

// yearsOf lays a coverage out by years, the last six at most.
func yearsOf(c books.Coverage) []year {
	var out []year
	for i, n := range c.Count {
		y, m := (c.First + civil.Month(i)).Civil()
		if len(out) == 0 || out[len(out)-1].year != y {
			out = append(out, year{year: y, months: [12]int64{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}})
		}
		out[len(out)-1].months[m-1] = n
	}
	return out[max(0, len(out)-6):]
}

// shade is the class of a month's cell: how many rows it has beside the fullest.
func shade(n, most int64) string {
	switch {
	case n < 0:
		return "cal-out"
	case n == 0:
		return "cal-gap"
	case n*4 <= most:
		return "cal-1"
	case n*2 <= most:
		return "cal-2"
	case n*4 <= most*3:
		return "cal-3"
	}
	return "cal-4"
}

func most(c books.Coverage) (n int64) {
	for _, v := range c.Count {
		n = max(n, v)
	}
	return n
}

// gapText names the months without rows, the first few.
func gapText(ctx context.Context, c books.Coverage) string {
	gaps := c.Gaps()
	if len(gaps) == 0 {
		return ""
	}
	var names []string
	for _, m := range gaps[:min(len(gaps), 4)] {
		names = append(names, locale.From(ctx).Month(m))
	}
	list := strings.Join(names, ", ")
	if more := len(gaps) - len(names); more > 0 {
		return locale.N(ctx, "No rows in %[2]s and %[1]d more month|No rows in %[2]s and %[1]d more months", int64(more), list)
	}
	return locale.T(ctx, "No rows in %s", list)
}

func coverageSpan(ctx context.Context, c books.Coverage) string {
	if !c.First.Known() {
		return ""
	}
	p := locale.From(ctx)
	if c.First == c.Last {
		return p.Month(c.First)
	}
	return p.Month(c.First) + " – " + p.Month(c.Last)
}

// monthInitial is the head of a month's column.
func monthInitial(ctx context.Context, m int) string {
	return string([]rune(strings.Trim(locale.From(ctx).MonthName(civil.NewMonth(2024, m)), "[]⟦⟧"))[:1])
}

func monthLabel(ctx context.Context, y, m int, n int64) string {
	return locale.N(ctx, "%[2]s: %[1]d row|%[2]s: %[1]d rows", n, locale.From(ctx).Month(civil.NewMonth(y, m)))
}

func whoWhen(ctx context.Context, i books.Import) string {
	at := i.Created
	if !i.Committed.IsZero() {
		at = i.Committed
	}
	return locale.From(ctx).DateTime(at)
}
