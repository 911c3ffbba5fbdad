// SPDX-License-Identifier: Apache-2.0

package paper

// Column is one column of a table.
type Column struct {
	Title string
	Width float64 // millimetres; 0 = what the others leave
	Right bool    // figures end at its right edge
}

// Row is one row: a cell for each column, and small print that runs below it from the first column on.
type Row struct {
	Cells []string
	Small []string // each begins a line
	Note  []string // like Small, one step smaller and softer
}

// Table is a table over any number of pages.
type Table struct {
	Columns []Column
	Rows    []Row
	Strong  bool // the first column is in bold type
	// Carried returns what the first so many rows come to, for the foot of a page that ends within the table and the head of
	// the next; nil = nothing is carried.
	Carried func(rows int) string
}

var (
	cellFont  = Font{9, false}
	titleFont = Font{7.5, true}
	smallFont = Font{8, false}
	noteFont  = Font{7.2, false}
)

// Table draws a table at Y.
func (s *Sheet) Table(t *Table) {
	x, w := s.columns(t)
	s.Room(22)
	s.tableHead(t, x, w)
	for i := range t.Rows {
		s.row(t, i, x, w)
	}
}

func (s *Sheet) columns(t *Table) (x, w []float64) {
	left, open := s.Width(), 0
	for _, c := range t.Columns {
		left -= c.Width
		if c.Width == 0 {
			open++
		}
	}
	at := Left
	for _, c := range t.Columns {
		width := c.Width
		if width == 0 {
			width = left / float64(open)
		}
		x, w, at = append(x, at), append(w, width), at+width
	}
	return x, w
}

func (s *Sheet) tableHead(t *Table, x, w []float64) {
	s.Y += 4
	most := 1
	for i, c := range t.Columns {
		lines := s.Break(c.Title, titleFont, w[i]-1.5)
		most = max(most, len(lines))
		for j, l := range lines {
			s.cell(x[i], w[i], s.Y+float64(j)*leading(titleFont.Size), titleFont, Soft, c.Right, l)
		}
	}
	s.Y += float64(most-1)*leading(titleFont.Size) + 2
	s.Line(Left, s.Y, s.Size.W-Right, s.Y, true)
}

func (s *Sheet) cell(x, w, y float64, f Font, i Ink, right bool, t string) {
	if right {
		s.TextRight(x+w, y, f, i, t)
		return
	}
	s.Text(x, y, f, i, t)
}

// carry is the height of the row that is carried over.
const carry = 7.0

func (s *Sheet) row(t *Table, i int, x, w []float64) {
	r := &t.Rows[i]
	lines := make([][]string, len(t.Columns))
	most := 1
	for k := range t.Columns {
		f, width := cellFont, w[k]-1.5
		if t.Columns[k].Right {
			width = w[k] - .5
		}
		if k == 0 {
			f.Bold = t.Strong
			width = w[k] - 3
		}
		if k < len(r.Cells) {
			lines[k] = s.Break(r.Cells[k], f, width)
		}
		most = max(most, len(lines[k]))
	}
	// Small print runs below the figures too, up to the last column.
	small := s.Width() - w[len(w)-1] - 6
	height := 1.6 + float64(most)*leading(cellFont.Size)
	keep := height
	var below []piece
	for _, n := range r.Small {
		for _, l := range s.Break(n, smallFont, small) {
			below = append(below, piece{smallFont, l})
		}
	}
	for _, n := range r.Note {
		for _, l := range s.Break(n, noteFont, small) {
			below = append(below, piece{noteFont, l})
		}
	}
	for _, p := range below[:min(2, len(below))] {
		keep += leading(p.font.Size)
	}
	if s.Y+keep+carry > s.Bottom {
		s.turn(t, i, x, w)
	}
	y := s.Y + 1.2
	for k := range t.Columns {
		f := cellFont
		if k == 0 {
			f.Bold = t.Strong
		}
		for j, l := range lines[k] {
			s.cell(x[k], w[k], y+float64(j+1)*leading(f.Size), f, Black, t.Columns[k].Right, l)
		}
	}
	s.Y += height
	for _, p := range below {
		if s.Y+leading(p.font.Size)+carry > s.Bottom {
			s.turn(t, i+1, x, w)
		}
		s.Y += leading(p.font.Size)
		s.Text(x[0], s.Y, p.font, Soft, p.text)
	}
	s.Y += 2
	s.Line(Left, s.Y, s.Size.W-Right, s.Y, false)
}

type piece struct {
	font Font
	text string
}

// turn ends the page within a table, after so many rows.
func (s *Sheet) turn(t *Table, rows int, x, w []float64) {
	sum := ""
	if t.Carried != nil && rows > 0 {
		sum = t.Carried(rows)
	}
	last := len(x) - 1
	if sum != "" {
		s.Text(x[0], s.Y+5, Font{8, false}, Soft, s.P.T("Carried forward"))
		s.cell(x[last], w[last], s.Y+5, Font{8, true}, Black, true, sum)
	}
	s.Page()
	s.tableHead(t, x, w)
	if sum != "" {
		s.Text(x[0], s.Y+5, Font{8, false}, Soft, s.P.T("Brought forward"))
		s.cell(x[last], w[last], s.Y+5, Font{8, true}, Black, true, sum)
		s.Y += carry
		s.Line(Left, s.Y, s.Size.W-Right, s.Y, false)
	}
}

// Sum is a line of the totals below a table.
type Sum struct {
	Label, Value string
	Total        bool // the one that counts: larger, below a line in the firm's colour
}

// sumsWidth is what the totals take of the page's width.
const sumsWidth = 88.0

// BesideSums is the width of what may stand to the left of the totals.
func (s *Sheet) BesideSums() float64 { return s.Width() - sumsWidth - 10 }

// Sums writes totals at the right, kept together, and returns where they begin.
func (s *Sheet) Sums(sums []Sum) (begin float64) {
	width := sumsWidth
	height := 3.0
	for _, r := range sums {
		height += 5.2
		if r.Total {
			height += 5
		}
	}
	s.Room(height)
	begin = s.Y
	s.Y += 3
	x, end := s.Size.W-Right-width, s.Size.W-Right
	for _, r := range sums {
		f := Font{9, false}
		if r.Total {
			f = Font{11.5, true}
			s.Y += 1.6
			s.Line(x, s.Y, end, s.Y, true)
			s.Text(x, s.Y+6.2, f, Accent, r.Label)
			s.TextRight(end, s.Y+6.2, f, Accent, r.Value)
			s.Y += 9
			continue
		}
		s.Text(x, s.Y+3.8, f, Soft, s.Cut(r.Label, f, width-s.Measure(f, r.Value)-4))
		s.TextRight(end, s.Y+3.8, f, Black, r.Value)
		s.Y += 5.2
	}
	return begin
}
