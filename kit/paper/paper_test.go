// SPDX-License-Identifier: Apache-2.0

package paper

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
)

func sheet() *Sheet {
	return New(locale.New(locale.EnGB, nil), Look{Name: "Firm", Accent: Color{200, 220, 40}, Footer: []FootColumn{{"a", "b"}, {"c"}}}, A4, "t", civil.MustDate(2026, 1, 2))
}

// Breaking a text into lines loses no letter, and no line is wider than it may be.
func TestBreakLosesNothing(t *testing.T) {
	s := sheet()
	s.Page()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab WÄ\u00a0\n–Жω€日i.,"))).Draw(t, "text")
		width := rapid.Float64Range(4, 60).Draw(t, "width")
		f := Font{9, rapid.Bool().Draw(t, "bold")}
		lines := s.Break(text, f, width)
		bare := func(x string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(x) }
		if got := bare(strings.Join(lines, "")); got != bare(text) {
			t.Fatalf("%q became %q", text, lines)
		}
		for _, l := range lines {
			if w := s.Measure(f, l); w > width+.001 && len([]rune(l)) > 1 {
				t.Fatalf("%q is %.1f mm wide, not %.1f", l, w, width)
			}
		}
	})
}

// A table of any length shows each row once, on as many pages as it needs, and carries the subtotal of the rows before.
func TestLongTable(t *testing.T) {
	s := sheet()
	s.Letter(Letter{To: []string{"Client"}, Title: "Title"})
	var carried []int
	tab := &Table{Columns: []Column{{Title: "What"}, {Title: "Amount", Width: 30, Right: true}}, Carried: func(n int) string {
		carried = append(carried, n)
		return "1"
	}}
	for range 100 {
		tab.Rows = append(tab.Rows, Row{Cells: []string{"row", "1.00"}, Small: []string{"small"}, Note: []string{strings.Repeat("a long reason ", 20)}})
	}
	s.Table(tab)
	if s.Pages() < 5 || len(carried) != s.Pages()-1 {
		t.Errorf("%d pages, carried after %v", s.Pages(), carried)
	}
	for i := 1; i < len(carried); i++ {
		if carried[i] <= carried[i-1] {
			t.Errorf("carried after %v", carried)
		}
	}
	if b, err := s.Bytes(); err != nil || len(b) == 0 {
		t.Error(err)
	}
}

func TestLogo(t *testing.T) {
	encode := func(w, h int) []byte {
		m := image.NewNRGBA(image.Rect(0, 0, w, h))
		m.Set(0, 0, color.NRGBA{255, 0, 0, 0})
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	l, err := NewLogo(encode(3000, 1000))
	if err != nil || l.w != 900 || l.h != 300 {
		t.Fatalf("%v, %v", l, err)
	}
	m, err := png.Decode(bytes.NewReader(l.png))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, b, a := m.At(0, 0).RGBA(); r&g&b&a != 0xffff {
		t.Error("what shines through is not white")
	}
	for _, bad := range [][]byte{nil, []byte("GIF89a"), encode(5000, 4000), make([]byte, MaxLogoBytes+1)} {
		if _, err := NewLogo(bad); err == nil {
			t.Errorf("%d bytes are taken as a logo", len(bad))
		}
	}
}

func TestColor(t *testing.T) {
	for s, want := range map[string]bool{"#0f6b5c": true, "0f6b5c": false, "#fff": false, "": false, "#gggggg": false} {
		if _, ok := ParseColor(s); ok != want {
			t.Errorf("%q is a colour: %v", s, ok)
		}
	}
	if c := (Color{255, 255, 0}).readable(); c.luminance() > 125_000 {
		t.Errorf("yellow on white stays %v", c)
	}
	dark := Color{10, 20, 30}
	if dark.readable() != dark {
		t.Error("a dark colour is changed")
	}
}

func TestSizes(t *testing.T) {
	for c, want := range map[string]Size{"US": LetterFormat, "CA": LetterFormat, "DE": A4, "GB": A4, "": A4, "U": A4, "S C": A4} {
		if SizeFor(c) != want {
			t.Errorf("%q prints on %v", c, SizeFor(c))
		}
	}
}
