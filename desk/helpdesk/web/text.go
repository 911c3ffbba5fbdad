// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"strings"

	"mainstay/kit/locale"
)

// paragraphs cuts a plain text at its empty lines.
func paragraphs(s string) (out [][]string) {
	var part []string
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) == "" {
			if len(part) > 0 {
				out = append(out, part)
			}
			part = nil
			continue
		}
		part = append(part, line)
	}
	if len(part) > 0 {
		out = append(out, part)
	}
	return out
}

// piece is a stretch of a line; a link is an address that begins with http:// or https://.
type piece struct {
	text string
	link bool
}

func pieces(line string) (out []piece) {
	for line != "" {
		at := strings.Index(line, "http://")
		if s := strings.Index(line, "https://"); s >= 0 && (at < 0 || s < at) {
			at = s
		}
		if at < 0 {
			return append(out, piece{text: line})
		}
		if at > 0 {
			out = append(out, piece{text: line[:at]})
		}
		end := strings.IndexAny(line[at:], " \t<>\"'()")
		if end < 0 {
			end = len(line) - at
		}
		url := strings.TrimRight(line[at:at+end], ".,;:!?")
		out = append(out, piece{url, true})
		line = line[at+len(url):]
	}
	return out
}

func size(ctx context.Context, n int64) string {
	p := locale.From(ctx)
	switch {
	case n >= 1e6:
		return locale.T(ctx, "%s MB", p.Float(float64(n)/1e6, 1))
	case n >= 1000:
		return locale.T(ctx, "%s kB", p.Float(float64(n)/1000, 0))
	}
	return locale.N(ctx, "%d byte|%d bytes", n)
}
