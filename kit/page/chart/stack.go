// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"io"

	"mainstay/kit/locale"
)

// Series is one colour of a chart, with one value for each period.
type Series struct {
	Class, Label string
	Values       []float64
}

// Stack is columns by period, split into series. Negative values (credit notes) hang below zero.
type Stack struct {
	Title, Desc string
	Periods     []Period
	Series      []Series
	Format      func(float64) string // of values and of the axis
	Height      int                  // pixels, 220 when 0
	Numbers     bool                 // offers the numbers as a table
	Hrefs       []string             // evidence of each period; nil for none
}

// Render writes the chart.
func (s Stack) Render(ctx context.Context, w io.Writer) error {
	n := len(s.Periods)
	lo, hi := 0.0, 0.0
	for i := range n {
		up, down := 0.0, 0.0
		for _, x := range s.Series {
			if v := at(x.Values, i); v > 0 {
				up += v
			} else {
				down += v
			}
		}
		lo, hi = min(lo, down), max(hi, up)
	}
	f := newFrame(lo, hi, heightOr(s.Height, 220), hasYears(s.Periods))
	var b buffer
	f.begin(&b, s.Title, s.Desc, s.Format, s.Hrefs != nil)
	f.periods(&b, s.Periods)
	for i, p := range s.Periods {
		s.column(&b, f, i, p)
	}
	var numbers func()
	if s.Numbers {
		numbers = func() { numbersOf(ctx, &b, s.Title, s.Periods, s.Series, s.Format) }
	}
	f.end(&b, numbers)
	return b.flush(w)
}

func (s Stack) column(b *buffer, f frame, i int, p Period) {
	n := float64(len(s.Periods))
	slot := 1 / n
	width := slot * .56
	x := slot*float64(i) + (slot-width)/2
	href := ""
	if i < len(s.Hrefs) {
		href = s.Hrefs[i]
	}
	if href != "" {
		b.open("a", "href", href, "class", "col", "aria-label", s.tip(i, p))
	} else {
		b.open("g", "class", "col", "data-tip", s.tip(i, p))
	}
	b.leaf("rect", "class", "hit", "x", pct(slot*float64(i)), "y", num(f.top), "width", pct(slot), "height", num(f.bottom-f.top))
	up, down := 0.0, 0.0
	for _, x2 := range s.Series {
		v := at(x2.Values, i)
		if v == 0 {
			continue
		}
		y1, y2 := f.y(up+v), f.y(up)
		if v < 0 {
			y1, y2 = f.y(down), f.y(down+v)
			down += v
		} else {
			up += v
		}
		h := max(y2-y1-1, .75) // a hairline between the pieces
		b.leaf("rect", "class", x2.Class, "x", pct(x), "y", num(y1), "width", pct(width), "height", num(h), "rx", "2")
	}
	if href != "" {
		b.raw("</a>")
	} else {
		b.raw("</g>")
	}
}

// tip is the text of a column: the period and its values.
func (s Stack) tip(i int, p Period) string {
	t := p.Label
	if y := yearAt(s.Periods, i); y != "" {
		t += " " + y
	}
	for _, x := range s.Series {
		if v := at(x.Values, i); v != 0 {
			t += "\n" + x.Label + "\t" + s.Format(v)
		}
	}
	return t
}

func yearAt(ps []Period, i int) string {
	for ; i >= 0; i-- {
		if ps[i].Year != "" {
			return ps[i].Year
		}
	}
	return ""
}

func at(v []float64, i int) float64 {
	if i < len(v) {
		return finite(v[i])
	}
	return 0
}

func heightOr(h int, other float64) float64 {
	if h > 0 {
		return float64(h)
	}
	return other
}

// numbersOf writes the values as a table inside a closed disclosure.
func numbersOf(ctx context.Context, b *buffer, title string, ps []Period, series []Series, format func(float64) string) {
	b.raw(`<details class="chart-numbers">`)
	b.label("summary", locale.T(ctx, "The numbers"))
	b.open("div", "class", "chart-table", "tabindex", "0", "role", "region", "aria-label", title)
	b.raw("<table>")
	b.label("caption", title, "class", "sr")
	b.raw("<thead><tr>")
	b.label("th", locale.T(ctx, "Period"), "scope", "col")
	for _, s := range series {
		b.label("th", s.Label, "scope", "col", "class", "num")
	}
	b.raw("</tr></thead><tbody>")
	for i, p := range ps {
		label := p.Label
		if y := yearAt(ps, i); y != "" {
			label += " " + y
		}
		b.raw("<tr>")
		b.label("th", label, "scope", "row")
		for _, s := range series {
			b.label("td", format(at(s.Values, i)), "class", "num")
		}
		b.raw("</tr>")
	}
	b.raw("</tbody></table></div></details>")
}
