// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"io"
	"math"
	"strconv"
	"strings"
)

// Lines is a drawing of several series over time, as it stands in a page before a script makes a live one of it, or without one.
type Lines struct {
	Title, Desc string
	Lines       []LineOf
	From, To    int64
	Most        float64 // where the axis ends at the latest, 1 for shares; 0 = where the values do
	Spans       []Span
	Format      func(float64) string // values of the axis
	Clock       func(int64) string   // moments below
}

// LineOf is one series. NaN is a gap.
type LineOf struct {
	Name   string
	Points []At
}

// Span is a time that is marked behind the lines; an instant is a span without length.
type Span struct {
	From, To int64
	Class    string // Good, Warn, Bad or "" for what is only noted
}

// LineClass is the colour of the line with that index; from the seventh on they come again, dashed.
func LineClass(i int) string {
	class := []string{C1, C3, C5, C6, C2, C4}[i%6]
	if i/6%2 == 1 {
		class += " dashed"
	}
	return class
}

const (
	linesWidth  = 420.0
	linesHeight = 176.0
	linesLeft   = 58.0
	linesRight  = 6.0
)

// Render writes the drawing.
func (l Lines) Render(_ context.Context, w io.Writer) error {
	var b buffer
	f := l.frame()
	x := func(at int64) float64 {
		share := clamp(float64(at-l.From)/max(float64(l.To-l.From), 1), 0, 1)
		return linesLeft + share*(linesWidth-linesLeft-linesRight)
	}
	b.open("svg", "class", "lines", "viewBox", "0 0 "+num(linesWidth)+" "+num(linesHeight), "role", "img", "aria-label", l.Title)
	b.name(l.Title, l.Desc)
	for _, s := range l.Spans {
		if s.To < l.From || s.From > l.To {
			continue
		}
		left := x(s.From)
		b.leaf("rect", "class", strings.TrimSpace("lines-span "+s.Class), "x", num(left), "y", num(f.top), "width", num(max(1, x(s.To)-left)), "height", num(f.bottom-f.top))
	}
	for _, m := range f.marks {
		b.leaf("line", "class", "grid", "x1", num(linesLeft), "x2", num(linesWidth-linesRight), "y1", num(f.y(m)), "y2", num(f.y(m)))
		b.label("text", l.Format(m), "class", "axis", "x", num(linesLeft-8), "y", num(f.y(m)+3.5), "text-anchor", "end")
	}
	for i, at := range []int64{l.From, l.From + (l.To-l.From)/2, l.To} {
		b.label("text", l.Clock(at), "class", "axis", "x", num(x(at)), "y", num(f.bottom+16), "text-anchor", []string{"start", "middle", "end"}[i])
	}
	for i, one := range l.Lines {
		if d := linePath(one.Points, f, x); d != "" {
			b.leaf("path", "class", "line "+LineClass(i), "d", d)
		}
	}
	b.raw("</svg>")
	return b.flush(w)
}

// frame is from the least to the most, with nought where that is near. A share's axis never goes beyond the whole.
func (l Lines) frame() frame {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, one := range l.Lines {
		for _, p := range one.Points {
			if p.Value == p.Value && !math.IsInf(p.Value, 0) {
				lo, hi = min(lo, p.Value), max(hi, p.Value)
			}
		}
	}
	if lo > hi {
		lo, hi = 0, 1
	}
	if l.Most > 0 {
		lo, hi = min(lo, 0), max(hi, l.Most)
		if hi > l.Most { // it was never meant to be: it is drawn at the edge
			hi = l.Most
		}
	} else if lo > 0 && lo < hi*.7 {
		lo = 0
	}
	return newFrame(lo, hi, linesHeight, false)
}

// linePath is a line that breaks at its gaps; a point alone is a dot.
func linePath(points []At, f frame, x func(int64) float64) string {
	var d strings.Builder
	on := false
	for i, p := range points {
		if p.Value != p.Value {
			on = false
			continue
		}
		at := num(x(p.At)) + " " + num(f.y(p.Value))
		if on {
			d.WriteString("L" + at)
			continue
		}
		d.WriteString("M" + at)
		if on = true; i+1 == len(points) || points[i+1].Value != points[i+1].Value {
			d.WriteString("h" + strconv.Itoa(0))
		}
	}
	return d.String()
}
