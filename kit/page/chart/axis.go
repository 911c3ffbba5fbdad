// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// ticks returns round values from at or below lo to at or above hi, about n of them:
// steps of 1, 2, 2.5 or 5 times a power of ten.
func ticks(lo, hi float64, n int) []float64 {
	lo, hi = finite(lo), finite(hi)
	if least := 1e-6 * max(math.Abs(lo), math.Abs(hi)); hi-lo <= least {
		hi = lo + max(1, least)
	}
	raw := (hi - lo) / float64(n)
	base := math.Pow(10, math.Floor(math.Log10(raw)))
	step := 10 * base
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*base >= raw*(1-1e-9) {
			step = m * base
			break
		}
	}
	first := math.Floor(lo/step + 1e-9)
	last := math.Ceil(hi/step - 1e-9)
	out := make([]float64, 0, int(last-first)+1)
	for i := first; i <= last; i++ {
		out = append(out, i*step)
	}
	return out
}

// finite returns v, or 0 for what is no number.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// frame is the plotting area of an axis chart: pixels down, shares across.
type frame struct {
	lo, hi float64
	top    float64 // y of hi
	bottom float64 // y of lo
	height float64 // of the whole picture
	marks  []float64
}

func newFrame(lo, hi, height float64, years bool) frame {
	f := frame{top: 12, bottom: height - 24, height: height, marks: ticks(lo, hi, 4)}
	if years {
		f.bottom -= 13
	}
	f.lo, f.hi = f.marks[0], f.marks[len(f.marks)-1]
	return f
}

// upTo ends the axis at most, which a value cannot go beyond: a line that never moves would have it at the middle of more.
func (f frame) upTo(most float64) frame {
	if f.hi <= most {
		return f
	}
	f.marks = slices.DeleteFunc(slices.Clone(f.marks), func(m float64) bool { return m > most })
	if len(f.marks) < 2 {
		f.marks = ticks(max(0, most/2), most, 4)
	}
	f.lo, f.hi = min(f.lo, f.marks[0]), most
	return f
}

// y returns the height of a value in pixels from the top.
func (f frame) y(v float64) float64 {
	return f.bottom - (clamp(v, f.lo, f.hi)-f.lo)/(f.hi-f.lo)*(f.bottom-f.top)
}

// begin writes the figure, the value axis in a picture of its own at the left and opens
// the plot, which takes the rest of the width.
func (f frame) begin(b *buffer, title, desc string, format func(float64) string, group bool) {
	labels := make([]string, len(f.marks))
	widest := 0
	for i, m := range f.marks {
		labels[i] = format(m)
		widest = max(widest, utf8.RuneCountInString(labels[i]))
	}
	width := float64(widest)*6.9 + 12
	b.open("figure", "class", "chart")
	b.open("div", "class", "chart-plot")
	b.open("svg", "class", "chart-axis", "width", num(width), "height", num(f.height), "aria-hidden", "true")
	for i, m := range f.marks {
		b.label("text", labels[i], "class", "axis", "x", num(width-8), "y", num(f.y(m)+3.5), "text-anchor", "end")
	}
	b.raw("</svg>")
	role := "img"
	if group { // links inside must stay reachable
		role = "group"
	}
	b.open("svg", "class", "chart-area", "width", "100%", "height", num(f.height), "role", role, "aria-label", title)
	b.name(title, desc)
	for _, m := range f.marks {
		class := "grid"
		if m == 0 {
			class = "grid zero"
		}
		b.leaf("line", "class", class, "x1", "0", "x2", "100%", "y1", num(f.y(m)), "y2", num(f.y(m)))
	}
}

// end closes the plot and writes the numbers as a table that opens below it.
func (f frame) end(b *buffer, numbers func()) {
	b.raw("</svg></div>")
	if numbers != nil {
		numbers()
	}
	b.raw("</figure>")
}

// periods writes the time axis. Labels that would collide are left out by width: a label's class
// says from which width of the chart on it is shown (see the style sheet).
func (f frame) periods(b *buffer, ps []Period) {
	widest := 0
	for _, p := range ps {
		widest = max(widest, utf8.RuneCountInString(p.Label))
	}
	need := float64(widest)*6.2 + 8
	n := len(ps)
	for i, p := range ps {
		x := pct((float64(i) + .5) / float64(n))
		b.label("text", p.Label, "class", "axis"+from(n-1-i, float64(n)*need), "x", x, "y", num(f.bottom+16), "text-anchor", "middle")
		if p.Year != "" && (i == 0 && !newYearSoon(ps) || i > 0 && ps[i-1].Year != p.Year) {
			b.label("text", p.Year, "class", "axis year", "x", x, "y", num(f.bottom+30), "text-anchor", "middle")
		}
	}
}

// newYearSoon reports whether the year changes so early that its label would
// collide with the first one.
func newYearSoon(ps []Period) bool {
	for i := 1; i < len(ps) && i < 4; i++ {
		if ps[i].Year != ps[0].Year {
			return true
		}
	}
	return false
}

// from returns the class of the k-th label from the end when all labels need the
// given width together: every second label needs half of it, and so on.
func from(k int, need float64) string {
	for step := 8; step > 1; step /= 2 {
		if k%step == 0 {
			need /= float64(step)
			break
		}
	}
	for _, w := range []int{240, 320, 400, 480, 640, 800, 960} {
		if need <= float64(w) {
			if w == 240 {
				return ""
			}
			return " from-" + strconv.Itoa(w)
		}
	}
	return " from-1200"
}

// hasYears reports whether the axis has a second line.
func hasYears(ps []Period) bool {
	for _, p := range ps {
		if p.Year != "" {
			return true
		}
	}
	return false
}
