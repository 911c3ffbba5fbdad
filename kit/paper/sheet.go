// SPDX-License-Identifier: Apache-2.0

package paper

import (
	"bytes"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
)

// family is Liberation Sans, whose figures have one width and whose letters are as wide as those of Arial.
const family = "liberation"

// Margins of a page; the left one is that of DIN 5008.
const (
	Left  = 22.0
	Right = 18.0
	top   = 18.0
	foot  = 28.0 // what the foot of the page needs
)

// Ink is the colour of a text.
type Ink uint8

// The inks.
const (
	Black  Ink = iota
	Soft       // labels and small print
	Accent     // the firm's colour, dark enough to be read
	White
)

// Font is a size in points and a weight.
type Font struct {
	Size float64
	Bold bool
}

// Sheet is a document that is being drawn. Y is where the next thing comes.
type Sheet struct {
	P    locale.Printer
	Size Size
	Y    float64
	// Bottom is where a page's room ends; a document may raise it for what must stand at the foot of its last page.
	Bottom float64

	f     *fpdf.Fpdf
	look  Look
	title string
	mark  string
	bare  int // the page whose foot stays empty
}

// New begins a document. It opens no page: [Sheet.Letter] or [Sheet.Page] does.
func New(p locale.Printer, look Look, size Size, title string, day civil.Date) *Sheet {
	f := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: size.W, Ht: size.H}})
	at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if day != 0 && day.Known() {
		at = day.Time(time.UTC)
	}
	f.SetCreationDate(at)
	f.SetModificationDate(at)
	f.SetCatalogSort(true)
	f.SetProducer("Mainstay", true)
	f.SetTitle(title, true)
	f.SetAuthor(look.Name, true)
	f.SetLang(string(p.Tag()))
	f.SetDisplayMode("fullwidth", "continuous")
	f.AddUTF8FontFromBytes(family, "", liberationsansregular.TTF)
	f.AddUTF8FontFromBytes(family, "B", liberationsansbold.TTF)
	f.SetMargins(Left, top, Right)
	f.SetAutoPageBreak(false, 0)
	return &Sheet{P: p, Size: size, Bottom: size.H - foot, f: f, look: look, title: title}
}

// Page begins a new page.
func (s *Sheet) Page() {
	s.f.AddPage()
	s.Y = top
	if s.f.PageNo() > 1 {
		f := Font{8, false}
		s.Text(Left, s.Y+1, f, Soft, s.Cut(s.look.Name, f, s.Width()/2-3))
		s.TextRight(s.Size.W-Right, s.Y+1, f, Soft, s.Cut(s.title, f, s.Width()/2-3))
		s.Y += 6
	}
}

// Room begins a new page unless h millimetres are left, and reports whether it did.
func (s *Sheet) Room(h float64) bool {
	if s.Y+h <= s.Bottom {
		return false
	}
	s.Page()
	return true
}

// Width is what lies between the margins.
func (s *Sheet) Width() float64 { return s.Size.W - Left - Right }

// Watermark is written across each page, such as for a draft.
func (s *Sheet) Watermark(text string) { s.mark = text }

func (s *Sheet) font(f Font) {
	style := ""
	if f.Bold {
		style = "B"
	}
	s.f.SetFont(family, style, f.Size)
}

func (s *Sheet) ink(i Ink) {
	c := map[Ink]Color{Black: {24, 26, 29}, Soft: {96, 100, 107}, Accent: s.look.Accent.readable(), White: {255, 255, 255}}[i]
	s.f.SetTextColor(int(c.R), int(c.G), int(c.B))
}

// visible replaces what the font cannot show.
func visible(t string) string {
	plain := true
	for i := 0; i < len(t) && plain; i++ {
		plain = t[i] >= ' ' && t[i] < 0x7f
	}
	if plain {
		return t
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u00a0' || r == '\u202f' || r == '\u2009':
			return ' '
		case r == '\u2011':
			return '-'
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u00ad' || r >= 0x200b && r <= 0x200f || r == '\ufeff':
			return -1
		case !inFont(r):
			return '□'
		}
		return r
	}, t)
}

// Text writes one line with its baseline at y.
func (s *Sheet) Text(x, y float64, f Font, i Ink, t string) {
	s.font(f)
	s.ink(i)
	s.f.Text(x, y, visible(t))
}

// TextRight is Text that ends at x.
func (s *Sheet) TextRight(x, y float64, f Font, i Ink, t string) {
	s.Text(x-s.Measure(f, t), y, f, i, t)
}

// Measure returns the width of one line.
func (s *Sheet) Measure(f Font, t string) float64 {
	s.font(f)
	return s.f.GetStringWidth(visible(t))
}

// Break breaks a text into lines of a width: at spaces and line ends, and within a word that is wider than the line.
func (s *Sheet) Break(t string, f Font, width float64) []string {
	s.font(f)
	var out []string
	for part := range strings.SplitSeq(t, "\n") {
		line := ""
		for word := range strings.FieldsFuncSeq(part, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' }) {
			next := word
			if line != "" {
				next = line + " " + word
			}
			if s.f.GetStringWidth(visible(next)) <= width {
				line = next
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			line = word
			for s.f.GetStringWidth(visible(line)) > width {
				cut := s.fitting(line, width)
				out, line = append(out, line[:cut]), line[cut:]
			}
		}
		out = append(out, line)
	}
	return out
}

// fitting returns how many bytes of a word fit a width: at least one letter.
func (s *Sheet) fitting(word string, width float64) int {
	last := 0
	for i := range word {
		if i > 0 && s.f.GetStringWidth(visible(word[:i])) > width {
			break
		}
		last = i
	}
	if last == 0 {
		_, last = utf8.DecodeRuneInString(word)
	}
	return last
}

// leading is the distance of lines for a size in points, in millimetres.
func leading(size float64) float64 { return size * .3528 * 1.38 }

// Paragraph writes a text between the margins and moves down, over pages where it must.
func (s *Sheet) Paragraph(t string, f Font, i Ink) { s.Flow(Left, s.Width(), t, f, i) }

// Flow is Paragraph in a column.
func (s *Sheet) Flow(x, width float64, t string, f Font, i Ink) {
	for _, l := range s.Break(t, f, width) {
		s.Room(leading(f.Size))
		s.Y += leading(f.Size)
		s.Text(x, s.Y, f, i, l)
	}
}

// Heading writes a small heading and keeps it with what follows.
func (s *Sheet) Heading(t string) {
	s.Room(18)
	s.Y += 8.5
	s.Text(Left, s.Y, Font{10.5, true}, Accent, t)
	s.Y += 1.5
}

// Line draws a line; strong ones have the firm's colour.
func (s *Sheet) Line(x1, y1, x2, y2 float64, strong bool) {
	c, w := Color{219, 221, 224}, .2
	if strong {
		c, w = s.look.Accent, .5
	}
	s.f.SetDrawColor(int(c.R), int(c.G), int(c.B))
	s.f.SetLineWidth(w)
	s.f.Line(x1, y1, x2, y2)
}

// Tint fills a box with a light shade of the firm's colour.
func (s *Sheet) Tint(x, y, w, h float64) {
	c := s.look.Accent.tint(8)
	s.f.SetFillColor(int(c.R), int(c.G), int(c.B))
	s.f.Rect(x, y, w, h, "F")
}

// Link makes an area lead to an address.
func (s *Sheet) Link(x, y, w, h float64, address string) { s.f.LinkString(x, y, w, h, address) }

// Pages returns how many pages there are.
func (s *Sheet) Pages() int { return s.f.PageCount() }

// Write finishes the document: foot and number of each page, the mark across it.
func (s *Sheet) Write(w io.Writer) error {
	n := s.f.PageCount()
	for i := 1; i <= n; i++ {
		s.f.SetPage(i)
		s.footer(i, n)
		s.watermark()
	}
	s.f.SetPage(n)
	return s.f.Output(w)
}

// Bytes is Write into memory.
func (s *Sheet) Bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := s.Write(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (s *Sheet) footer(page, pages int) {
	if page == s.bare {
		return
	}
	y := s.Size.H - foot + 7
	if len(s.look.Footer) > 0 {
		s.Line(Left, y-3.5, s.Size.W-Right, y-3.5, false)
	}
	f := Font{7, false}
	x, gap := Left, s.footGap(f)
	for i, column := range s.look.Footer {
		width := s.footWidth(column, f)
		if gap < 2 { // too wide together: an equal share for each, cut
			width = s.Width()/float64(len(s.look.Footer)) - 2
			x = Left + float64(i)*(width+2)
		}
		for j, l := range column[:min(len(column), 4)] {
			s.Text(x, y+float64(j)*3.3, f, Soft, s.Cut(l, f, width+.01))
		}
		x += width + gap
	}
	if pages > 1 {
		s.TextRight(s.Size.W-Right, s.Size.H-8, Font{7.5, false}, Soft, s.P.T("Page %d of %d", page, pages))
	}
}

func (s *Sheet) footWidth(c FootColumn, f Font) (w float64) {
	for _, l := range c {
		w = max(w, s.Measure(f, l))
	}
	return w
}

// footGap is what lies between the columns of the foot when each is as wide as its text.
func (s *Sheet) footGap(f Font) float64 {
	left := s.Width()
	for _, c := range s.look.Footer {
		left -= s.footWidth(c, f)
	}
	return left / float64(max(1, len(s.look.Footer)-1))
}

// Cut shortens one line to a width, with … at its end.
func (s *Sheet) Cut(t string, f Font, width float64) string {
	if s.Measure(f, t) <= width {
		return t
	}
	r := []rune(t)
	for len(r) > 1 && s.Measure(f, string(r)+"…") > width {
		r = r[:len(r)-1]
	}
	return strings.TrimRight(string(r), " ") + "…"
}

func (s *Sheet) watermark() {
	if s.mark == "" {
		return
	}
	s.f.SetAlpha(.09, "Normal")
	f := Font{96, true}
	if w := s.Measure(f, s.mark); w > s.Size.W*.9 {
		f.Size *= s.Size.W * .9 / w
	}
	x, y := s.Size.W/2, s.Size.H/2
	s.f.TransformBegin()
	s.f.TransformRotate(38, x, y)
	s.Text(x-s.Measure(f, s.mark)/2, y+f.Size*.12, f, Accent, s.mark)
	s.f.TransformEnd()
	s.f.SetAlpha(1, "Normal")
}
