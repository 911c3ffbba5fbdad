// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"io"
	"strings"
)

// Prose is a plain text as somebody wrote it: paragraphs at its empty lines, web addresses as links.
type Prose string

// Render writes the text.
func (t Prose) Render(ctx context.Context, w io.Writer) error { return prose(string(t)).Render(ctx, w) }

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
