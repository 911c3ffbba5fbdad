// SPDX-License-Identifier: Apache-2.0

package tabular

import (
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/charmap"
)

// sniff finds the delimiter under which the sample falls into rows of equal,
// large width. skip is the length of a first line that only names the delimiter
// ("sep=;", which Excel writes).
func sniff(sample []byte, l Limits, whole bool) (delimiter byte, skip int) {
	if d, n, ok := sepLine(sample); ok {
		return d, n
	}
	if !whole {
		// The last line may be cut off.
		if i := bytes.LastIndexAny(sample, "\r\n"); i > 0 {
			sample = sample[:i]
		}
	}
	best, bestScore := byte(','), 0.0
	for _, d := range []byte{',', ';', '\t', '|'} {
		if s := evenness(sample, d, l); s > bestScore*1.0001 {
			best, bestScore = d, s
		}
	}
	return best, 0
}

func sepLine(b []byte) (byte, int, bool) {
	if len(b) < 6 || !bytes.EqualFold(b[:4], []byte("sep=")) || b[4] == '"' {
		return 0, 0, false
	}
	switch {
	case b[5] == '\r' && len(b) > 6 && b[6] == '\n':
		return b[4], 7, true
	case b[5] == '\r', b[5] == '\n':
		return b[4], 6, true
	}
	return 0, 0, false
}

// evenness is the share of rows that have the commonest width, times that
// width (12 counts as many), the best over all widths.
func evenness(sample []byte, d byte, l Limits) float64 {
	t := &Table{Delimiter: d}
	s := newScanner(bytes.NewReader(sample), t, l, charmap.Windows1252)
	widths := map[int]int{}
	rows := 0
	for rows < 400 {
		row, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if rows == 0 && len(s.cells) > l.Columns {
				return 1e6 // let the reading itself refuse it
			}
			break
		}
		rows++
		widths[len(row.Cells)]++
	}
	best := 0.0
	for w, n := range widths {
		if w > 1 {
			best = max(best, float64(n)/float64(rows)*float64(min(w, 12)))
		}
	}
	return best
}
