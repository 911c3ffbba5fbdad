// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"html"
	"io"
	"math"
	"strconv"
	"strings"

	"mainstay/practice/journey/signs"
)

// curve draws how a value becomes points: the knots of a scale, and the firm's own value with its
// interval on it. Across are shares of the width, down are pixels, so that text keeps its size.
type curve struct {
	scale    signs.Scale
	title    string
	format   func(float64) string
	measured bool
	value    float64
	interval signs.Interval
	points   float64
	small    bool // without labels, for a row of a table
	class    string
}

// Render writes the curve.
func (c curve) Render(_ context.Context, w io.Writer) error {
	k := c.scale.Knots
	height, top, bottom := 104.0, 10.0, 82.0
	class := "j-curve"
	if c.small {
		height, top, bottom, class = 32, 3, 29, "j-curve j-curve-small"
	}
	lo, hi := k[0].Value, k[len(k)-1].Value
	if c.measured {
		lo, hi = min(lo, c.value, c.interval.Low), max(hi, c.value, c.interval.High)
	}
	span := hi - lo
	lo, hi = max(0, lo-span*.08), hi+span*.08
	x := func(v float64) string { return share((v - lo) / (hi - lo)) }
	y := func(points float64) string { return pixel(bottom - points/100*(bottom-top)) }
	var b strings.Builder
	el := func(name string, attrs ...string) {
		b.WriteString("<" + name)
		for i := 0; i+1 < len(attrs); i += 2 {
			b.WriteString(" " + attrs[i] + `="` + html.EscapeString(attrs[i+1]) + `"`)
		}
		b.WriteString(">")
	}
	leaf := func(name, text string, attrs ...string) {
		el(name, attrs...)
		b.WriteString(html.EscapeString(text) + "</" + name + ">")
	}
	el("svg", "class", class+" "+c.class, "width", "100%", "height", pixel(height), "role", "img", "aria-label", c.title)
	for _, p := range []float64{0, 50, 100} {
		leaf("line", "", "class", "j-grid", "x1", "0", "x2", "100%", "y1", y(p), "y2", y(p))
	}
	if c.measured && c.interval.High > c.interval.Low {
		leaf("rect", "", "class", "j-interval", "x", x(c.interval.Low), "width", share((c.interval.High-c.interval.Low)/(hi-lo)), "y", pixel(top), "height", pixel(bottom-top))
	}
	lastX, lastP := lo, k[0].Points
	for _, q := range append(append([]signs.Knot(nil), k...), signs.Knot{Value: hi, Points: k[len(k)-1].Points}) {
		leaf("line", "", "class", "j-line", "x1", x(lastX), "y1", y(lastP), "x2", x(q.Value), "y2", y(q.Points))
		lastX, lastP = q.Value, q.Points
	}
	last := -1.0 // share of the width where the last label stands
	for _, q := range k {
		leaf("circle", "", "class", "j-knot", "cx", x(q.Value), "cy", y(q.Points), "r", "2.5")
		at := (q.Value - lo) / (hi - lo)
		if !c.small && at-last > .16 {
			leaf("text", c.format(q.Value), "x", x(q.Value), "y", pixel(bottom+15), "text-anchor", "middle")
			last = at
		}
	}
	if c.measured {
		leaf("line", "", "class", "j-drop", "x1", x(c.value), "x2", x(c.value), "y1", y(c.points), "y2", pixel(bottom))
		leaf("circle", "", "class", "j-own", "cx", x(c.value), "cy", y(c.points), "r", map[bool]string{true: "3.5", false: "5"}[c.small])
	}
	b.WriteString("</svg>")
	_, err := io.WriteString(w, b.String())
	return err
}

func share(v float64) string { return strconv.FormatFloat(math.Round(v*10000)/100, 'f', -1, 64) + "%" }

func pixel(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }
