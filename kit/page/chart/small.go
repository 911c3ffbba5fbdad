// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"io"
	"strings"
)

// Spark is a line of a few values without axes, for a tile or a row. NaN breaks the line.
type Spark struct {
	Title  string
	Values []float64
	Class  string // colour of the last point, C1 when empty
	Wide   bool   // 96 instead of 72 pixels
}

// Render writes the line.
func (s Spark) Render(_ context.Context, w io.Writer) error {
	width, height := 72.0, 22.0
	if s.Wide {
		width = 96
	}
	lo, hi, last := 0.0, 0.0, -1
	for i, v := range s.Values {
		if v != v {
			continue
		}
		if last < 0 {
			lo, hi = v, v
		}
		lo, hi, last = min(lo, v), max(hi, v), i
	}
	var b buffer
	b.open("svg", "class", "spark", "width", num(width), "height", num(height), "viewBox", "0 0 "+num(width)+" "+num(height), "role", "img", "aria-label", s.Title)
	b.name(s.Title, "")
	if last >= 0 {
		x := func(i int) float64 { return 2 + float64(i)*(width-6)/max(float64(len(s.Values)-1), 1) }
		y := func(v float64) float64 {
			if hi == lo {
				return height / 2
			}
			return height - 4 - (v-lo)/(hi-lo)*(height-8)
		}
		var d strings.Builder
		pen := "M"
		for i, v := range s.Values {
			if v != v {
				pen = "M"
				continue
			}
			d.WriteString(pen + num(x(i)) + " " + num(y(v)))
			pen = "L"
		}
		class := s.Class
		if class == "" {
			class = C1
		}
		b.leaf("path", "class", "spark-line", "d", d.String())
		b.leaf("circle", "class", class, "cx", num(x(last)), "cy", num(y(s.Values[last])), "r", "2.4")
	}
	b.raw("</svg>")
	return b.flush(w)
}

// Part is one piece of a whole.
type Part struct {
	Label, Class string
	Value        float64
	Text         string // the value as people read it
	Href         string // "" for none
}

// Share is a whole split into parts: one bar and a legend with the values.
type Share struct {
	Title string
	Parts []Part
	Bare  bool // without the legend
}

// Render writes the bar.
func (s Share) Render(_ context.Context, w io.Writer) error {
	total := 0.0
	for _, p := range s.Parts {
		total += max(p.Value, 0)
	}
	var b buffer
	b.open("div", "class", "share")
	desc := make([]string, len(s.Parts))
	for i, p := range s.Parts {
		desc[i] = p.Label + " " + p.Text
	}
	b.open("svg", "class", "share-bar", "width", "100%", "height", "12", "role", "img", "aria-label", s.Title)
	b.name(s.Title, strings.Join(desc, ", "))
	left := 0.0
	for _, p := range s.Parts {
		if p.Value <= 0 || total == 0 {
			continue
		}
		width := p.Value / total
		b.leaf("rect", "class", p.Class, "x", pct(left), "y", "0", "width", pct(width), "height", "12")
		if left > 0 {
			b.leaf("line", "class", "cut", "x1", pct(left), "x2", pct(left), "y1", "0", "y2", "12")
		}
		left += width
	}
	b.raw("</svg>")
	if !s.Bare {
		b.raw(`<ul class="share-legend">`)
		for _, p := range s.Parts {
			b.raw("<li>")
			b.leaf("span", "class", "swatch "+p.Class)
			if p.Href != "" {
				b.label("a", p.Label, "href", p.Href)
			} else {
				b.label("span", p.Label)
			}
			b.label("b", p.Text)
			b.raw("</li>")
		}
		b.raw("</ul>")
	}
	b.raw("</div>")
	return b.flush(w)
}

// Meter is a small level (0–1) beside its text: how much is used, done, left.
type Meter struct {
	Title string
	Share float64
	Class string // C1 when empty
}

// Render writes the level.
func (m Meter) Render(_ context.Context, w io.Writer) error {
	class := m.Class
	if class == "" {
		class = C1
	}
	var b buffer
	b.open("svg", "class", "meter", "width", "100%", "height", "6", "role", "img", "aria-label", m.Title)
	b.name(m.Title, "")
	b.leaf("rect", "class", "meter-track", "width", "100%", "height", "6", "rx", "3")
	if s := clamp(m.Share, 0, 1); s > 0 {
		b.leaf("rect", "class", class, "width", pct(s), "height", "6", "rx", "3")
	}
	b.raw("</svg>")
	return b.flush(w)
}

// Bar is one row of a comparison.
type Bar struct {
	Label     string
	Value     float64
	Low, High float64 // interval; equal: none
	Text      string  // the value as people read it
	Class     string
	Href      string
	Data      bool // Label was typed by a person
}

// Compare is horizontal bars on one scale, from 0 to the largest.
type Compare struct {
	Title string
	Bars  []Bar
}

// Render writes the bars.
func (c Compare) Render(_ context.Context, w io.Writer) error {
	hi := 0.0
	for _, x := range c.Bars {
		hi = max(hi, x.Value, x.High)
	}
	if hi == 0 {
		hi = 1
	}
	var b buffer
	b.open("ul", "class", "compare", "aria-label", c.Title)
	for _, x := range c.Bars {
		b.raw("<li>")
		attrs := []string{"class", "compare-label"}
		if x.Data {
			attrs = append(attrs, "translate", "no")
		}
		if x.Href != "" {
			b.label("a", x.Label, append(attrs, "href", x.Href)...)
		} else {
			b.label("span", x.Label, attrs...)
		}
		b.open("svg", "width", "100%", "height", "16", "aria-hidden", "true")
		b.leaf("rect", "class", x.Class, "width", pct(clamp(x.Value/hi, .003, 1)), "height", "16", "rx", "3")
		if x.High > x.Low {
			lo, up := clamp(x.Low/hi, 0, 1), clamp(x.High/hi, 0, 1)
			b.leaf("line", "class", "whisker-halo", "x1", pct(lo), "x2", pct(up), "y1", "8", "y2", "8")
			b.leaf("line", "class", "whisker", "x1", pct(lo), "x2", pct(up), "y1", "8", "y2", "8")
			b.leaf("line", "class", "whisker", "x1", pct(lo), "x2", pct(lo), "y1", "5", "y2", "11")
			b.leaf("line", "class", "whisker", "x1", pct(up), "x2", pct(up), "y1", "5", "y2", "11")
		}
		b.raw("</svg>")
		b.label("b", x.Text, "class", "num")
		b.raw("</li>")
	}
	b.raw("</ul>")
	return b.flush(w)
}

// DotGroup is a number of things in one state.
type DotGroup struct {
	Count int
	Class string
	Label string // "5 to watch"
}

// Dots draws one dot for each thing, grouped by state, at most 1,200.
type Dots struct {
	Title  string
	Groups []DotGroup
}

// Render writes the dots.
func (d Dots) Render(_ context.Context, w io.Writer) error {
	labels := make([]string, len(d.Groups))
	total := 0
	for i, g := range d.Groups {
		labels[i] = g.Label
		total += g.Count
	}
	var b buffer
	b.open("div", "class", "dots", "role", "img", "aria-label", d.Title+": "+strings.Join(labels, ", "))
	for _, g := range d.Groups {
		n := g.Count
		if total > 1200 {
			n = (n*1200 + total - 1) / total
		}
		for range n {
			b.leaf("i", "class", g.Class)
		}
	}
	b.raw("</div>")
	return b.flush(w)
}
