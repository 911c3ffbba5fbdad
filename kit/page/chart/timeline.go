// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"io"
	"strings"
)

// At is a value at a moment.
type At struct {
	At    int64 // any unit that grows with time
	Value float64
}

// Timeline is a small drawing of a series around something that happened to it: the line, a limit, the usual band, and from
// when on it was so.
type Timeline struct {
	Title, Desc string
	Points      []At
	From, To    int64
	Most        float64 // where the axis ends at the latest, 1 for shares; 0 = where the values do
	Limit       *float64
	Low, High   *float64             // the usual band
	Since       int64                // 0 = nothing is marked
	Format      func(float64) string // values of the axis
	Clock       func(int64) string   // moments below
}

const (
	timelineWidth  = 640.0
	timelineHeight = 170.0
	timelineLeft   = 64.0
)

// Render writes the drawing for a page, whose style sheet colours it.
func (t Timeline) Render(_ context.Context, w io.Writer) error {
	var b buffer
	t.draw(&b, false)
	return b.flush(w)
}

// Standalone writes the drawing as a file that carries its own colours.
func (t Timeline) Standalone(w io.Writer) error {
	var b buffer
	t.draw(&b, true)
	return b.flush(w)
}

func (t Timeline) draw(b *buffer, alone bool) {
	look := func(class, attrs string) []string {
		if !alone {
			return []string{"class", class}
		}
		out := strings.Fields(attrs)
		for i := 1; i < len(out); i += 2 {
			out[i] = strings.ReplaceAll(out[i], "_", " ")
		}
		return out
	}
	with := func(more []string, list ...string) []string { return append(list, more...) }
	lo, hi, some := t.span()
	f := newFrame(lo, hi, timelineHeight, false)
	if t.Most > 0 {
		f = f.upTo(t.Most)
	}
	x := func(at int64) float64 {
		share := clamp(float64(at-t.From)/max(float64(t.To-t.From), 1), 0, 1)
		return timelineLeft + share*(timelineWidth-timelineLeft-8)
	}
	attrs := []string{"class", "timeline", "viewBox", "0 0 " + num(timelineWidth) + " " + num(timelineHeight), "role", "img", "aria-label", t.Title}
	if alone {
		attrs = append([]string{"xmlns", "http://www.w3.org/2000/svg", "width", num(timelineWidth), "height", num(timelineHeight), "font-family", "sans-serif", "font-size", "11"}, attrs...)
	}
	b.open("svg", attrs...)
	b.name(t.Title, t.Desc)
	if alone {
		b.leaf("rect", "width", "100%", "height", "100%", "fill", "#ffffff")
	}
	if t.Since > 0 {
		left := x(t.Since)
		b.leaf("rect", with(look("timeline-since", "fill #fbe9e7"), "x", num(left), "y", num(f.top), "width", num(max(1, timelineWidth-8-left)), "height", num(f.bottom-f.top))...)
	}
	if t.Low != nil && t.High != nil {
		b.leaf("rect", with(look("timeline-band", "fill #e3edf7"), "x", num(timelineLeft), "width", num(timelineWidth-8-timelineLeft), "y", num(f.y(*t.High)), "height", num(max(1, f.y(*t.Low)-f.y(*t.High))))...)
	}
	for _, m := range f.marks {
		b.leaf("line", with(look("grid", "stroke #e0e0e0"), "x1", num(timelineLeft), "x2", num(timelineWidth-8), "y1", num(f.y(m)), "y2", num(f.y(m)))...)
		b.label("text", t.Format(m), with(look("axis", "fill #616161"), "x", num(timelineLeft-8), "y", num(f.y(m)+3.5), "text-anchor", "end")...)
	}
	for i, at := range []int64{t.From, t.From + (t.To-t.From)/2, t.To} {
		b.label("text", t.Clock(at), with(look([]string{"axis", "axis timeline-mid", "axis"}[i], "fill #616161"), "x", num(x(at)), "y", num(f.bottom+16), "text-anchor", []string{"start", "middle", "end"}[i])...)
	}
	if some {
		b.leaf("path", with(look("timeline-line", "fill none stroke #1a5fb4 stroke-width 1.6"), "d", t.path(f, x))...)
	}
	if t.Limit != nil {
		b.leaf("line", with(look("timeline-limit", "stroke #c62828 stroke-dasharray 5_4"), "x1", num(timelineLeft), "x2", num(timelineWidth-8), "y1", num(f.y(*t.Limit)), "y2", num(f.y(*t.Limit)))...)
	}
	b.raw("</svg>")
}

// span is from the lowest to the highest that is to be seen.
func (t Timeline) span() (lo, hi float64, some bool) {
	add := func(v float64) {
		if v = finite(v); !some {
			lo, hi, some = v, v, true
		}
		lo, hi = min(lo, v), max(hi, v)
	}
	for _, p := range t.Points {
		if p.Value == p.Value {
			add(p.Value)
		}
	}
	line := some
	for _, v := range []*float64{t.Limit, t.Low, t.High} {
		if v != nil {
			add(*v)
		}
	}
	return lo, hi, line
}

// path is the line; it breaks where nothing was measured for longer than three usual steps.
func (t Timeline) path(f frame, x func(int64) float64) string {
	var d strings.Builder
	gap := 3 * (t.To - t.From) / max(int64(len(t.Points)), 1)
	pen := "M"
	for i, p := range t.Points {
		if p.Value != p.Value {
			pen = "M"
			continue
		}
		if i > 0 && gap > 0 && p.At-t.Points[i-1].At > gap {
			pen = "M"
		}
		d.WriteString(pen + num(x(p.At)) + " " + num(f.y(p.Value)))
		pen = "L"
	}
	return d.String()
}
