// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"io"
)

// Zone is a stretch of a scale that has a name; the zones of a scale follow one another.
type Zone struct {
	To    float64 // upper end, in the scale's unit
	Label string
	Class string
}

// Position shows where a value stands on a scale of 0 to 100, with its 90 % interval as
// a band and, when they are wider, the hard bounds as a thin line. An unknown position shows the
// bounds only.
type Position struct {
	Title, Desc string
	Value       float64
	Text        string // the value as people read it
	Known       bool
	Low, High   float64 // interval; equal: none
	Min, Max    float64 // hard bounds; equal: none
	Before      float64 // an earlier position, drawn as a hollow mark
	HasBefore   bool
	Zones       []Zone // from 0 to 100
	Small       bool   // without labels, for a row of a table
}

// Render writes the scale.
func (p Position) Render(_ context.Context, w io.Writer) error {
	height, track, thick := 58.0, 26.0, 10.0
	class := "position"
	if p.Small {
		height, track, thick, class = 20, 6, 8, "position position-small"
	}
	var b buffer
	b.open("svg", "class", class, "width", "100%", "height", num(height), "role", "img", "aria-label", p.Title)
	b.name(p.Title, p.Desc)
	left := 0.0
	for i, z := range p.Zones {
		to := clamp(z.To, left, 100)
		b.leaf("rect", "class", "zone "+z.Class, "x", num(left)+"%", "y", num(track), "width", num(to-left)+"%", "height", num(thick))
		if !p.Small {
			x, anchor := (left+to)/2, "middle"
			if i == 0 {
				x, anchor = 0, "start"
			}
			if i == len(p.Zones)-1 {
				x, anchor = 100, "end"
			}
			b.label("text", z.Label, "class", "axis", "x", num(x)+"%", "y", num(track+thick+16), "text-anchor", anchor)
		}
		if i > 0 {
			b.leaf("line", "class", "zone-edge", "x1", num(left)+"%", "x2", num(left)+"%", "y1", num(track), "y2", num(track+thick))
		}
		left = to
	}
	middle := track + thick/2
	if p.Max > p.Min {
		lo, hi := clamp(p.Min, 0, 100), clamp(p.Max, 0, 100)
		b.leaf("line", "class", "bounds", "x1", num(lo)+"%", "x2", num(hi)+"%", "y1", num(middle), "y2", num(middle))
		for _, x := range []float64{lo, hi} {
			b.leaf("line", "class", "bounds", "x1", num(x)+"%", "x2", num(x)+"%", "y1", num(middle-3), "y2", num(middle+3))
		}
	}
	if p.Known && p.High > p.Low {
		lo, hi := clamp(p.Low, 0, 100), clamp(p.High, 0, 100)
		b.leaf("rect", "class", "interval", "x", num(lo)+"%", "y", num(track-1), "width", num(hi-lo)+"%", "height", num(thick+2), "rx", num(thick/2+1))
	}
	if p.HasBefore {
		b.leaf("circle", "class", "before", "cx", num(clamp(p.Before, 0, 100))+"%", "cy", num(middle), "r", num(thick/2-1))
	}
	if p.Known {
		p.mark(&b, track, thick)
	}
	b.raw("</svg>")
	return b.flush(w)
}

func (p Position) mark(b *buffer, track, thick float64) {
	x := clamp(p.Value, 0, 100)
	b.leaf("line", "class", "mark-halo", "x1", num(x)+"%", "x2", num(x)+"%", "y1", num(track-4), "y2", num(track+thick+4))
	b.leaf("line", "class", "mark", "x1", num(x)+"%", "x2", num(x)+"%", "y1", num(track-4), "y2", num(track+thick+4))
	if p.Small || p.Text == "" {
		return
	}
	anchor := "middle"
	if x < 5 {
		anchor = "start"
	} else if x > 95 {
		anchor = "end"
	}
	b.label("text", p.Text, "class", "mark-text", "x", num(x)+"%", "y", num(track-10), "text-anchor", anchor)
}
