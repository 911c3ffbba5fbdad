// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bar draws progress on a terminal, at most ten times a second and only for work that takes longer than
// half a second. Elsewhere it is silent.
type bar struct {
	out     *os.File
	quiet   bool
	started time.Time
	drawn   time.Time
}

func newBar(out *os.File) *bar {
	st, err := out.Stat()
	return &bar{out: out, quiet: err != nil || st.Mode()&os.ModeCharDevice == 0, started: time.Now()}
}

func (b *bar) show(file string, done, total int64) {
	now := time.Now()
	if b.quiet || total <= 0 || now.Sub(b.started) < 500*time.Millisecond || now.Sub(b.drawn) < 100*time.Millisecond {
		return
	}
	b.drawn = now
	const width = 30
	full := int(min(done, total) * width / total)
	fmt.Fprintf(b.out, "\r\033[K%s%s %3d %%  %s", strings.Repeat("█", full), strings.Repeat("░", width-full), min(done, total)*100/total, filepath.Base(file))
}

func (b *bar) clear() {
	if !b.quiet && !b.drawn.IsZero() {
		fmt.Fprint(b.out, "\r\033[K")
	}
}
