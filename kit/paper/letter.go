// SPDX-License-Identifier: Apache-2.0

package paper

import (
	"bytes"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// Letter is the head of a document's first page.
type Letter struct {
	Back  string   // the sender in one line, above the address
	To    []string // the address
	Facts []Fact   // beside it: number, days, references
	Title string
	Under string // small, below the title
}

// Fact is a label and its value.
type Fact struct{ Label, Value string }

// Where the address stands: in the window of DIN 5008 form B, or of a #10 envelope.
func (s *Sheet) windowTop() float64 {
	if s.Size == A4 {
		return 47
	}
	return 50
}

const logoHeight, logoMost = 17.0, 76.0

// Letter begins the first page with the firm's head, the address and the facts. What follows comes below them.
func (s *Sheet) Letter(l Letter) {
	s.Page()
	s.head()
	y := s.windowTop()
	if l.Back != "" {
		s.Text(Left, y, Font{6.5, false}, Soft, s.Cut(l.Back, Font{6.5, false}, 82))
		s.Line(Left, y+1.3, Left+82, y+1.3, false)
	}
	y += 6.5
	for _, t := range l.To {
		if strings.TrimSpace(t) == "" {
			continue
		}
		for _, part := range s.Break(t, Font{10, false}, 82) {
			s.Text(Left, y, Font{10, false}, Black, part)
			y += 4.9
		}
	}
	below := s.facts(l.Facts)
	s.Y = max(y, below, s.windowTop()+34) + 9
	for _, t := range s.Break(l.Title, Font{17, true}, s.Width()) {
		s.Text(Left, s.Y, Font{17, true}, Black, t)
		s.Y += 7.5
	}
	if l.Under != "" {
		s.Y -= 2.4
		s.Flow(Left, s.Width(), l.Under, Font{9, false}, Soft)
		s.Y += 4
	}
	s.Y--
}

// head draws the logo, or the name, and the rule in the firm's colour.
func (s *Sheet) head() {
	c := s.look.Accent
	s.f.SetFillColor(int(c.R), int(c.G), int(c.B))
	s.f.Rect(0, 0, s.Size.W, 2.2, "F")
	if g := s.look.Logo; g != nil {
		h := logoHeight
		w := g.w / g.h * h
		if w > logoMost {
			w, h = logoMost, g.h/g.w*logoMost
		}
		o := fpdf.ImageOptions{ImageType: "PNG"}
		s.f.RegisterImageOptionsReader("logo", o, bytes.NewReader(g.png))
		s.f.ImageOptions("logo", Left, 13, w, h, false, o, 0, "")
		return
	}
	name := s.look.Name
	f := Font{17, true}
	for f.Size > 9 && s.Measure(f, name) > s.Width() {
		f.Size--
	}
	s.Text(Left, 24, f, Accent, name)
}

// facts writes labels and values at the right, and returns where they end.
func (s *Sheet) facts(facts []Fact) float64 {
	x := s.Size.W - Right - 76
	y := s.windowTop()
	for _, f := range facts {
		if f.Value == "" {
			continue
		}
		s.Text(x, y, Font{8.5, false}, Soft, s.Cut(f.Label, Font{8.5, false}, 31))
		for _, t := range s.Break(f.Value, Font{8.5, false}, 44) {
			s.Text(x+32, y, Font{8.5, false}, Black, t)
			y += 4.7
		}
	}
	return y
}
