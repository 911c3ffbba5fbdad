// SPDX-License-Identifier: Apache-2.0

package paper

// Dashed draws a line to cut along.
func (s *Sheet) Dashed(x1, y1, x2, y2 float64) {
	s.f.SetDrawColor(120, 120, 120)
	s.f.SetLineWidth(.15)
	s.f.SetDashPattern([]float64{1.2, .8}, 0)
	s.f.Line(x1, y1, x2, y2)
	s.f.SetDashPattern(nil, 0)
}

// Bare leaves the foot of the current page empty, because something else stands there.
func (s *Sheet) Bare() { s.bare = s.f.PageNo() }

// Corners marks a field that is filled in by hand.
func (s *Sheet) Corners(x, y, w, h float64) {
	s.f.SetDrawColor(0, 0, 0)
	s.f.SetLineWidth(.26)
	for _, c := range [...][4]float64{{x, y, 1, 1}, {x + w, y, -1, 1}, {x, y + h, 1, -1}, {x + w, y + h, -1, -1}} {
		s.f.Line(c[0], c[1], c[0]+3*c[2], c[1])
		s.f.Line(c[0], c[1], c[0], c[1]+3*c[3])
	}
}
