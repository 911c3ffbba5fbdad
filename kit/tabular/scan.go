// SPDX-License-Identifier: Apache-2.0

package tabular

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"mainstay/kit/fault"
)

// Row is one row of a table.
type Row struct {
	Line  int64    // where it begins, as a person counts: physical line or sheet row, from 1
	Cells [][]byte // UTF-8, as written, quotation marks taken off; valid until the next call
}

// Table is a sequence of rows.
type Table struct {
	Name      string // of the file, with its archive member or sheet
	Format    string // "csv" or "xlsx"
	Encoding  string // of a CSV: [UTF8], [UTF16LE], …
	Delimiter byte   // of a CSV
	Strays    int    // rows read so far whose opening quotation mark was never closed and taken literally
	FirstLine int64  // the line of the first of them

	next func() (Row, error)
}

// Next returns the next row that is not blank, or io.EOF. Any other error is a
// fault that names the line.
func (t *Table) Next() (Row, error) { return t.next() }

func newText(name string, r io.Reader, opt Options) (*Table, error) {
	sample := make([]byte, sampleSize)
	n, err := io.ReadFull(r, sample)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	sample = sample[:n]
	g, err := detect(sample)
	if err != nil {
		return nil, err
	}
	rest := io.MultiReader(bytes.NewReader(sample[g.skip:]), r)
	text := sample[g.skip:]
	switch g.name {
	case UTF16LE, UTF16BE:
		var order binary.ByteOrder = binary.LittleEndian
		if g.name == UTF16BE {
			order = binary.BigEndian
		}
		rest = &utf16Reader{r: rest, order: order}
		text, err = io.ReadAll(&utf16Reader{r: bytes.NewReader(text), order: order})
		if err != nil {
			return nil, err
		}
		if err := refuseBinary(text); err != nil {
			return nil, err
		}
	}
	l := opt.Limits.withDefaults()
	t := &Table{Name: name, Format: "csv", Encoding: g.name, Delimiter: opt.Delimiter}
	hint := 0
	if t.Delimiter == 0 {
		t.Delimiter, hint = sniff(text, l, n < sampleSize)
	}
	s := newScanner(rest, t, l, g.page)
	s.skipBytes(hint)
	t.next = s.next
	return t, nil
}

// scanner cuts CSV text into rows. Cells point into its buffer.
type scanner struct {
	r     io.Reader
	t     *Table
	lim   Limits
	page  *charmap.Charmap
	buf   []byte
	pos   int // start of the row being read
	end   int // end of what is filled
	line  int64
	eof   bool
	stops [256]bool // bytes that end an unquoted cell

	literal []int // offsets from pos of quotation marks that are plain characters
	open    int   // marks never closed, each of which cost a look ahead of a whole cell
	cells   [][]byte
	escaped []int  // cells with doubled quotes in them
	scratch []byte // cells decoded from a code page
}

func newScanner(r io.Reader, t *Table, l Limits, page *charmap.Charmap) *scanner {
	s := &scanner{r: r, t: t, lim: l, page: page, line: 1, buf: make([]byte, 128<<10)}
	s.stops[t.Delimiter], s.stops['\n'], s.stops['\r'], s.stops[0] = true, true, true, true
	return s
}

// skipBytes drops a first line such as "sep=;".
func (s *scanner) skipBytes(n int) {
	if n > 0 {
		for s.end-s.pos < n && s.fill() == nil && !s.eof {
		}
		s.pos = min(s.pos+n, s.end)
		s.line++
	}
}

// errMore asks for more bytes than are in the buffer.
var errMore = errors.New("more")

func (s *scanner) next() (Row, error) {
	s.literal = s.literal[:0]
	for {
		line := s.line
		n, lines, stray, err := s.record()
		switch {
		case errors.Is(err, errMore) && stray < 0:
			if s.end-s.pos >= s.lim.Row {
				return Row{}, rowTooLong(line, s.lim.Row)
			}
			if err := s.fill(); err != nil {
				return Row{}, err
			}
			continue
		case stray >= 0:
			if s.open > maxOpen {
				return Row{}, fault.NewInvalid("Line %d opens a quotation mark that is never closed, as do others before it. A closing mark before the next column was expected.", line)
			}
			if s.literal = append(s.literal, stray); len(s.literal) == 1 {
				s.t.Strays++
			}
			if s.t.FirstLine == 0 {
				s.t.FirstLine = line
			}
			continue
		case err != nil:
			return Row{}, err
		}
		raw := s.buf[s.pos : s.pos+n]
		s.pos += n
		s.line += lines
		s.literal = s.literal[:0]
		if s.blank() {
			if n == 0 && s.eof {
				return Row{}, io.EOF
			}
			continue
		}
		s.finish(raw)
		return Row{Line: line, Cells: s.cells}, nil
	}
}

func (s *scanner) blank() bool {
	return len(s.cells) == 0 || len(s.cells) == 1 && len(bytes.TrimSpace(s.cells[0])) == 0
}

// record cuts the row at pos. n is its length with its line end, lines how many
// line ends it holds. stray ≥ 0 says that the quotation mark there opens nothing.
func (s *scanner) record() (n int, lines int64, stray int, err error) {
	b := s.buf[s.pos:s.end]
	s.cells, s.escaped = s.cells[:0], s.escaped[:0]
	i := 0
	for {
		start := i
		if i < len(b) && b[i] == '"' && !s.isLiteral(i) {
			cell, after, nl, esc, e := s.quoted(b, i)
			if errors.Is(e, errMore) && (s.eof || len(b)-i > s.lim.Cell) {
				s.open++
				return 0, 0, i, nil
			}
			if errors.Is(e, errStray) {
				return 0, 0, i, nil
			}
			if e != nil {
				return 0, 0, -1, e
			}
			if esc {
				s.escaped = append(s.escaped, len(s.cells))
			}
			s.cells = append(s.cells, cell)
			lines += nl
			i = after
		} else {
			for i < len(b) && !s.stops[b[i]] {
				i++
			}
			if i-start > s.lim.Cell {
				return 0, 0, -1, cellTooLong(s.line+lines, s.lim.Cell)
			}
			if i < len(b) || s.eof {
				s.cells = append(s.cells, b[start:i])
			}
		}
		if len(s.cells) > s.lim.Columns {
			return 0, 0, -1, tooManyColumns(s.line, s.lim.Columns)
		}
		if i >= len(b) {
			if s.eof {
				return i, lines, -1, nil
			}
			return 0, 0, -1, errMore
		}
		switch c := b[i]; c {
		case s.t.Delimiter:
			i++
			if i == len(b) && !s.eof {
				return 0, 0, -1, errMore
			}
			continue
		case 0:
			return 0, 0, -1, binaryAt(s.line + lines)
		case '\r':
			if i+1 == len(b) && !s.eof {
				return 0, 0, -1, errMore
			}
			i++
			if i < len(b) && b[i] == '\n' {
				i++
			}
		default:
			i++
		}
		return i, lines + 1, -1, nil
	}
}

const (
	maxOpen    = 100 // unclosed marks in one file before it is refused
	maxLiteral = 16  // stray marks in one row before all its later ones are taken literally
)

func (s *scanner) isLiteral(i int) bool {
	return slices.Contains(s.literal, i) || len(s.literal) >= maxLiteral && i > s.literal[maxLiteral-1]
}

var errStray = errors.New("stray quotation mark")

// quoted cuts the quoted cell at b[i]. Marks inside it that are not doubled are kept
// as characters, since many tools forget to double them. When a line end lies
// behind us and a mark stands where a cell would open, the mark at i opened
// nothing (RFC 4180 would have doubled this one).
func (s *scanner) quoted(b []byte, i int) (cell []byte, after int, lines int64, escaped bool, err error) {
	start := i + 1
	for j := start; j < len(b); j++ {
		switch b[j] {
		case 0:
			return nil, 0, 0, false, binaryAt(s.line + lines)
		case '\n':
			lines++
		case '\r':
			if j+1 < len(b) && b[j+1] == '\n' {
				j++
			}
			lines++
		case '"':
			if j+1 == len(b) {
				if s.eof {
					return b[start:j], j + 1, lines, escaped, nil
				}
				return nil, 0, 0, false, errMore
			}
			if b[j+1] == '"' {
				escaped = true
				j++
				continue
			}
			k := j + 1
			for k < len(b) && b[k] == ' ' {
				k++
			}
			if k == len(b) && !s.eof {
				return nil, 0, 0, false, errMore
			}
			if k == len(b) || b[k] == s.t.Delimiter || b[k] == '\n' || b[k] == '\r' {
				if j-start > s.lim.Cell {
					return nil, 0, 0, false, cellTooLong(s.line, s.lim.Cell)
				}
				return b[start:j], k, lines, escaped, nil
			}
			if p := b[j-1]; lines > 0 && (p == s.t.Delimiter || p == '\n' || p == '\r') {
				return nil, 0, 0, false, errStray
			}
		}
	}
	return nil, 0, 0, false, errMore
}

// finish undoubles quotation marks and decodes a row that is not UTF-8.
func (s *scanner) finish(raw []byte) {
	valid := utf8.Valid(raw)
	for _, i := range s.escaped {
		s.cells[i] = undouble(s.cells[i])
	}
	if valid || s.page == nil {
		return
	}
	need := 0
	for _, c := range s.cells {
		need += utf8.UTFMax * len(c)
	}
	if cap(s.scratch) < need { // now, since appending must not move earlier cells
		s.scratch = make([]byte, 0, 2*need)
	}
	out := s.scratch[:0]
	for i, c := range s.cells {
		from := len(out)
		if utf8.Valid(c) {
			out = append(out, c...)
		} else {
			for _, x := range c {
				out = utf8.AppendRune(out, s.page.DecodeByte(x))
			}
		}
		s.cells[i] = out[from:len(out):len(out)]
	}
}

func undouble(c []byte) []byte {
	out := c[:0]
	for i := 0; i < len(c); i++ {
		out = append(out, c[i])
		if c[i] == '"' && i+1 < len(c) && c[i+1] == '"' {
			i++
		}
	}
	return out
}

// fill moves the unread bytes to the front and reads more behind them.
func (s *scanner) fill() error {
	if s.pos > 0 {
		s.end = copy(s.buf, s.buf[s.pos:s.end])
		s.pos = 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if errors.Is(err, io.EOF) {
			s.eof = true
			return nil
		}
		if err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
	}
}
