// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type drawing interface {
	Render(context.Context, io.Writer) error
}

func draw(t interface{ Fatal(...any) }, d drawing) string {
	var b strings.Builder
	if err := d.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const hostile = `<script>alert("x")</script> & 'quotes'`

var plain = func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func all(values []float64, text string) []drawing {
	n := len(values)
	periods := make([]Period, n)
	points := make([]Point, n)
	bins := make([]Bin, n)
	bars := make([]Bar, n)
	parts := make([]Part, n)
	moments := make([]At, n)
	for i, v := range values {
		moments[i] = At{int64(i), v}
		periods[i] = Period{text, strconv.Itoa(2020 + i/12)}
		points[i] = Point{v, v - 1, v + 1, i%5 != 3}
		bins[i] = Bin{Label: text, Value: math.Abs(v), Class: C1, Tip: text, Href: "/x?" + text}
		bars[i] = Bar{Label: text, Value: v, Low: v - 1, High: v + 1, Text: text, Class: C2, Data: true}
		parts[i] = Part{Label: text, Class: C3, Value: v, Text: text}
	}
	first := 0.0
	if n > 0 {
		first = values[0]
	}
	return []drawing{
		Stack{Title: text, Desc: text, Periods: periods, Series: []Series{{C1, text, values}, {C2, text, nil}}, Format: plain, Numbers: true},
		Trend{Title: text, Periods: periods, Points: points, Format: plain, Guides: []Guide{{35, text}}, Numbers: true},
		Histogram{Title: text, Bins: bins, Format: plain, Guides: []Guide{{.5, text}}},
		Position{Title: text, Value: first, Text: text, Known: true, Low: first - 1, High: first + 1, Max: 200, Before: first, HasBefore: true, Zones: []Zone{{35, text, C3}, {65, text, C4}, {100, text, C1}}},
		Spark{Title: text, Values: values},
		Share{Title: text, Parts: parts},
		Meter{Title: text, Share: first},
		Compare{Title: text, Bars: bars},
		Dots{Title: text, Groups: []DotGroup{{n, Good, text}}},
		Lines{Title: text, Desc: text, Lines: []LineOf{{text, moments}, {text, nil}}, To: int64(n), Most: first, Spans: []Span{{From: 1, To: 2, Class: Bad}, {From: 1, To: 1}}, Format: func(float64) string { return text }, Clock: func(int64) string { return text }},
		Timeline{Title: text, Desc: text, Points: moments, To: int64(n), Limit: &first, Low: &first, High: &first, Since: 1, Format: func(float64) string { return text }, Clock: func(int64) string { return text }},
	}
}

// TestMarkup draws every chart with arbitrary values and texts: the markup is well-formed, carries no
// style or script, and all numbers in it are finite.
func TestMarkup(t *testing.T) {
	number := regexp.MustCompile(`NaN|Inf`)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-1e9, 1e9), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1e-12, math.NaN()})), 0, 40).Draw(t, "values")
		for _, d := range all(values, hostile) {
			s := draw(t, d)
			if strings.Contains(s, "<script") || strings.Contains(s, " style=") {
				t.Fatal("not escaped:", s)
			}
			dec := xml.NewDecoder(strings.NewReader(s))
			dec.Entity = xml.HTMLEntity
			for {
				tok, err := dec.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal("not well-formed:", err, s)
				}
				if e, ok := tok.(xml.StartElement); ok {
					for _, a := range e.Attr {
						if a.Name.Local != "data-tip" && number.MatchString(a.Value) {
							t.Fatal(e.Name.Local, a.Name.Local, a.Value)
						}
					}
				}
			}
		}
	})
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0, 12400, "0 5000 10000 15000"},
		{0, 100, "0 25 50 75 100"},
		{-900, 3200, "-2000 0 2000 4000"},
		{0, 0, "0 0.25 0.5 0.75 1"},
		{0, 7, "0 2 4 6 8"},
		{33, 61, "30 40 50 60 70"},
	} {
		var got []string
		for _, v := range ticks(c.lo, c.hi, 4) {
			got = append(got, plain(v))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%g to %g: %s, want %s", c.lo, c.hi, s, c.want)
		}
	}
}

func TestTicksCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e9, 1e9).Draw(t, "lo")
		hi := lo + rapid.Float64Range(0, 1e9).Draw(t, "span")
		got := ticks(lo, hi, 4)
		slack := (math.Abs(lo) + math.Abs(hi) + 1) * 1e-6
		if got[0] > lo+slack || got[len(got)-1] < hi-slack || len(got) < 2 || len(got) > 12 {
			t.Fatal(lo, hi, got)
		}
	})
}

// TestStackHeights checks a hand-computed column: 200 pixels from 0 at 196 to 8 at 12, a value of 2 on top of 4.
func TestStackHeights(t *testing.T) {
	s := draw(t, Stack{Title: "x", Periods: []Period{{"Jan", ""}}, Series: []Series{{C1, "a", []float64{4}}, {C2, "b", []float64{2}}}, Format: plain, Height: 220})
	// axis 0…6 in steps of 2: (196−12)/6 = 30.67 pixels each; 4 → y 73.33, 6 → y 12, one pixel less for the hairline
	for _, want := range []string{`class="c1" x="22%" y="73.33" width="56%" height="121.67"`, `class="c2" x="22%" y="12" width="56%" height="60.33"`} {
		if !strings.Contains(s, want) {
			t.Errorf("%s is missing in %s", want, s)
		}
	}
}

func TestUnknownMonthBreaksTheLine(t *testing.T) {
	s := draw(t, Trend{Title: "x", Periods: make([]Period, 5), Points: []Point{{1, 1, 1, true}, {2, 2, 2, true}, {}, {3, 3, 3, true}, {4, 4, 4, true}}, Format: plain})
	if n := strings.Count(s, `class="line c1"`); n != 2 {
		t.Errorf("%d lines, want 2: a missing month is not a zero month", n)
	}
}

// TestSharesEndAtTheWhole: an axis of shares has no mark beyond 100 %, also where the line never moves or reaches the top.
func TestSharesEndAtTheWhole(t *testing.T) {
	for _, values := range [][]float64{{1, 1, 1}, {.5, .5}, {.98, 1, .97}, {0, 0}, {.02, .9995}} {
		var marks []float64
		points := make([]At, len(values))
		for i, v := range values {
			points[i] = At{int64(i), v}
		}
		format := func(v float64) string { marks = append(marks, v); return "" }
		clock := func(int64) string { return "" }
		draw(t, Timeline{Points: points, To: 3, Most: 1, Format: format, Clock: clock})
		draw(t, Lines{Lines: []LineOf{{"", points}}, To: 3, Most: 1, Format: format, Clock: clock})
		if len(marks) < 4 || slices.Max(marks) > 1 || slices.Min(marks) < 0 {
			t.Errorf("%v: the axis has %v", values, marks)
		}
	}
}

// TestLinesBreakAtGaps: what was not measured is not drawn.
func TestLinesBreakAtGaps(t *testing.T) {
	s := draw(t, Lines{Lines: []LineOf{{"a", []At{{0, 1}, {1, 2}, {2, math.NaN()}, {3, 5}, {4, math.NaN()}, {5, 1}, {6, 2}}}}, To: 6, Format: func(float64) string { return "" }, Clock: func(int64) string { return "" }})
	d := regexp.MustCompile(` d="([^"]*)"`).FindStringSubmatch(s)
	if len(d) != 2 || strings.Count(d[1], "M") != 3 || strings.Count(d[1], "L") != 2 || strings.Count(d[1], "h0") != 1 {
		t.Errorf("%q", d)
	}
}
