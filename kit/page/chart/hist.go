// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"io"
	"unicode/utf8"
)

// Bin is one column of a histogram.
type Bin struct {
	Label string // below the column; "" for none
	Value float64
	Class string
	Tip   string // what the column says when pointed at
	Href  string // the members of the bin; "" for none
}

// Histogram is columns of a distribution, side by side. Guides stand at
// shares of the width (0–1).
type Histogram struct {
	Title, Desc string
	Bins        []Bin
	Format      func(float64) string
	Guides      []Guide
	Height      int // pixels, 180 when 0
}

// Render writes the chart.
func (h Histogram) Render(_ context.Context, w io.Writer) error {
	hi, need, links := 0.0, 0.0, false
	for _, x := range h.Bins {
		hi = max(hi, x.Value)
		need = max(need, float64(utf8.RuneCountInString(x.Label))*6.4+8)
		links = links || x.Href != ""
	}
	f := newFrame(0, hi, heightOr(h.Height, 180), false)
	var b buffer
	f.begin(&b, h.Title, h.Desc, h.Format, links)
	for _, g := range h.Guides {
		b.leaf("line", "class", "guide", "x1", pct(g.Value), "x2", pct(g.Value), "y1", num(f.top), "y2", num(f.bottom))
		b.label("text", g.Label, "class", "axis guide-label", "x", pct(g.Value), "y", num(f.top-3), "text-anchor", "middle")
	}
	n := float64(len(h.Bins))
	for i, x := range h.Bins {
		left := float64(i) / n
		if x.Href != "" {
			b.open("a", "href", x.Href, "class", "col", "aria-label", x.Tip, "data-tip", x.Tip)
		} else {
			b.open("g", "class", "col", "data-tip", x.Tip)
		}
		b.leaf("rect", "class", "hit", "x", pct(left), "y", num(f.top), "width", pct(1/n), "height", num(f.bottom-f.top))
		if x.Value > 0 {
			y := f.y(x.Value)
			b.leaf("rect", "class", x.Class, "x", pct(left+.08/n), "y", num(y), "width", pct(.84/n), "height", num(max(f.bottom-y, 1)), "rx", "2")
		}
		if x.Href != "" {
			b.raw("</a>")
		} else {
			b.raw("</g>")
		}
		if x.Label != "" {
			b.label("text", x.Label, "class", "axis"+from(len(h.Bins)-1-i, n*need), "x", pct(left+.5/n), "y", num(f.bottom+16), "text-anchor", "middle")
		}
	}
	f.end(&b, nil)
	return b.flush(w)
}
