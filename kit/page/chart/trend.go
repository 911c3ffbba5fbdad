// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"io"
	"strings"

	"mainstay/kit/locale"
)

// Point is one value of a trend with its interval. An unknown point breaks
// the line: a missing month is not a zero month.
type Point struct {
	Value, Low, High float64
	Known            bool
}

// Trend is a line over time with its interval as a band.
type Trend struct {
	Title, Desc string
	Periods     []Period
	Points      []Point
	Class       string  // colour, C1 when empty
	Lo, Hi      float64 // range of the axis; both 0: from the data
	Format      func(float64) string
	Guides      []Guide // thresholds
	Height      int     // pixels, 200 when 0
	Numbers     bool
}

// Guide is a threshold across a chart.
type Guide struct {
	Value float64
	Label string
}

// Render writes the chart.
func (t Trend) Render(ctx context.Context, w io.Writer) error {
	lo, hi := t.Lo, t.Hi
	if lo == 0 && hi == 0 {
		first := true
		for _, p := range t.Points {
			if !p.Known {
				continue
			}
			if first {
				lo, hi, first = min(p.Low, p.Value), max(p.High, p.Value), false
			}
			lo, hi = min(lo, p.Low, p.Value), max(hi, p.High, p.Value)
		}
	}
	class := t.Class
	if class == "" {
		class = C1
	}
	f := newFrame(lo, hi, heightOr(t.Height, 200), hasYears(t.Periods))
	var b buffer
	f.begin(&b, t.Title, t.Desc, t.Format, false)
	f.periods(&b, t.Periods)
	for _, g := range t.Guides {
		b.leaf("line", "class", "guide", "x1", "0", "x2", "100%", "y1", num(f.y(g.Value)), "y2", num(f.y(g.Value)))
		b.label("text", g.Label, "class", "axis guide-label", "x", "100%", "y", num(f.y(g.Value)-4), "text-anchor", "end")
	}
	t.lines(&b, f, class)
	t.points(&b, f, class)
	var numbers func()
	if t.Numbers {
		numbers = func() { numbersOf(ctx, &b, t.Title, t.Periods, t.columns(ctx), t.Format) }
	}
	f.end(&b, numbers)
	return b.flush(w)
}

// lines draws band and line in a picture that is stretched to the width; strokes keep theirs.
func (t Trend) lines(b *buffer, f frame, class string) {
	n := float64(len(t.Points))
	x := func(i int) string { return num((float64(i) + .5) / n * 1000) }
	b.open("svg", "width", "100%", "height", num(f.height), "viewBox", "0 0 1000 "+num(f.height), "preserveAspectRatio", "none")
	for i := 0; i < len(t.Points); i++ {
		if !t.Points[i].Known {
			continue
		}
		end := i
		for end+1 < len(t.Points) && t.Points[end+1].Known {
			end++
		}
		var line, band, back strings.Builder
		for j := i; j <= end; j++ {
			cmd := "L"
			if j == i {
				cmd = "M"
			}
			line.WriteString(cmd + x(j) + " " + num(f.y(t.Points[j].Value)))
			band.WriteString(cmd + x(j) + " " + num(f.y(t.Points[j].High)))
			k := end - (j - i)
			back.WriteString("L" + x(k) + " " + num(f.y(t.Points[k].Low)))
		}
		b.leaf("path", "class", "band "+class, "d", band.String()+back.String()+"Z")
		b.leaf("path", "class", "line "+class, "d", line.String())
		i = end
	}
	b.raw("</svg>")
}

func (t Trend) points(b *buffer, f frame, class string) {
	n := float64(len(t.Points))
	last := -1
	for i, p := range t.Points {
		if p.Known {
			last = i
		}
	}
	for i, p := range t.Points {
		if !p.Known || i >= len(t.Periods) {
			continue
		}
		x := pct((float64(i) + .5) / n)
		tip := t.Periods[i].Label
		if y := yearAt(t.Periods, i); y != "" {
			tip += " " + y
		}
		tip += "\t" + t.Format(p.Value)
		if p.Low != p.High {
			tip += "\n" + t.Format(p.Low) + " – " + t.Format(p.High)
		}
		b.open("g", "class", "col", "data-tip", tip)
		b.leaf("rect", "class", "hit", "x", pct(float64(i)/n), "y", num(f.top), "width", pct(1/n), "height", num(f.bottom-f.top))
		point := "point " + class
		if i == last {
			point += " last"
		}
		b.leaf("circle", "class", point, "cx", x, "cy", num(f.y(p.Value)), "r", "3")
		b.raw("</g>")
	}
}

// columns are value, lower and upper end for the table of numbers.
func (t Trend) columns(ctx context.Context) []Series {
	s := []Series{{Label: locale.T(ctx, "Value")}, {Label: locale.T(ctx, "From")}, {Label: locale.T(ctx, "To")}}
	for _, p := range t.Points {
		s[0].Values = append(s[0].Values, p.Value)
		s[1].Values = append(s[1].Values, p.Low)
		s[2].Values = append(s[2].Values, p.High)
	}
	return s
}
