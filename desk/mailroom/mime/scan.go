// SPDX-License-Identifier: Apache-2.0

package mime

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// Limits bound what is parsed. Zero fields have the values of [Usual].
type Limits struct {
	Size   int64 // bytes of the whole mail
	Depth  int   // multiparts within each other
	Parts  int   // parts in all
	Header int   // bytes of one header
}

// Usual is what common mail servers take, and far more than a person writes.
func Usual() Limits { return Limits{Size: 25 << 20, Depth: 20, Parts: 200, Header: 128 << 10} }

func (l Limits) orUsual() Limits {
	u := Usual()
	if l.Size > 0 {
		u.Size = l.Size
	}
	if l.Depth > 0 {
		u.Depth = l.Depth
	}
	if l.Parts > 0 {
		u.Parts = l.Parts
	}
	if l.Header > 0 {
		u.Header = l.Header
	}
	return u
}

// LimitError says which limit a mail goes beyond: "size", "depth", "parts" or "header".
type LimitError struct{ What string }

// Error names the limit.
func (e *LimitError) Error() string { return "the mail goes beyond the limit of its " + e.What }

// maxBoundary is what RFC 2046 allows, with room for those who cannot count.
const maxBoundary = 200

// allHeaders bounds the headers of all parts together, as a multiple of one.
const allHeaders = 16

// scanner follows the structure of a mail line by line and mends its headers.
type scanner struct {
	lim      Limits
	stack    [][]byte // boundaries of the multiparts that are open, outermost first
	inHeader bool
	top      bool // in the header of the whole mail
	fields   int  // seen in this header
	header   int  // bytes of this header
	headers  int  // bytes of all headers
	ctype    []byte
	inCType  bool
	dropping bool // the rest of a line that is left out
	parts    int
	size     int64
	cut      bool // leave out what goes beyond the header's limit instead of refusing
}

func newScanner(lim Limits) *scanner {
	return &scanner{lim: lim, inHeader: true, top: true}
}

// line takes the next piece of a line and returns out with what is to be read in its place. start tells that the piece
// begins its line, end that it ends it.
func (s *scanner) line(out, b []byte, start, end bool) ([]byte, error) {
	if s.size += int64(len(b)); s.size > s.lim.Size {
		return out, &LimitError{"size"}
	}
	if !start {
		if s.dropping {
			return out, nil
		}
		if s.inHeader {
			return s.field(out, bytes.TrimRight(b, "\r\n"), end)
		}
		return append(out, b...), nil
	}
	s.dropping = false
	text := bytes.TrimRight(b, "\r\n")
	if s.inHeader {
		switch at, closes := s.boundary(text); {
		case at >= 0:
			out = append(out, "\r\n"...)
			return s.delimiter(append(out, b...), at, closes)
		case len(text) == 0:
			return s.open(append(out, "\r\n"...))
		case text[0] == ' ' || text[0] == '\t':
			if s.fields == 0 || len(bytes.TrimSpace(text)) == 0 {
				s.dropping = true
				return out, nil
			}
			return s.field(out, text, end)
		case isField(text):
			s.fields++
			colon := bytes.IndexByte(text, ':')
			s.inCType = strings.EqualFold(string(bytes.TrimSpace(text[:colon])), "Content-Type") && s.ctype == nil
			if s.inCType {
				s.ctype = []byte{}
				s.note(text[colon+1:])
				return s.emit(out, text, end)
			}
			return s.field(out, text, end)
		case s.top && s.fields == 0 && (bytes.HasPrefix(text, []byte("From ")) || bytes.HasPrefix(text, []byte(">From "))):
			s.dropping = true // the line of a mailbox file
			return out, nil
		}
		// No field and no empty line: the body begins without one.
		out, err := s.open(append(out, "\r\n"...))
		if err != nil {
			return out, err
		}
		return s.body(out, b, text)
	}
	return s.body(out, b, text)
}

func (s *scanner) body(out, b, text []byte) ([]byte, error) {
	if at, closes := s.boundary(text); at >= 0 {
		return s.delimiter(append(out, b...), at, closes)
	}
	return append(out, b...), nil
}

// field takes a piece of a header field.
func (s *scanner) field(out, text []byte, end bool) ([]byte, error) {
	if s.inCType {
		s.note(text)
	}
	return s.emit(out, text, end)
}

func (s *scanner) note(value []byte) {
	if len(s.ctype) < 4096 {
		s.ctype = append(s.ctype, value...)
		s.ctype = append(s.ctype, ' ')
	}
}

func (s *scanner) emit(out, text []byte, end bool) ([]byte, error) {
	s.header += len(text)
	s.headers += len(text)
	if s.header > s.lim.Header || s.headers > allHeaders*s.lim.Header {
		if s.cut {
			return out, io.EOF
		}
		return out, &LimitError{"header"}
	}
	out = append(out, text...)
	if end {
		out = append(out, "\r\n"...)
	}
	return out, nil
}

// boundary finds the innermost open multipart that a line delimits, −1 = none.
func (s *scanner) boundary(text []byte) (at int, closes bool) {
	if len(text) < 3 || text[0] != '-' || text[1] != '-' || len(text) > maxBoundary+64 {
		return -1, false
	}
	for i := len(s.stack) - 1; i >= 0; i-- {
		rest, ok := bytes.CutPrefix(text[2:], s.stack[i])
		if !ok {
			continue
		}
		rest, closes = bytes.CutPrefix(rest, []byte("--"))
		if len(bytes.TrimSpace(rest)) == 0 {
			return i, closes
		}
	}
	return -1, false
}

func (s *scanner) delimiter(out []byte, at int, closes bool) ([]byte, error) {
	s.inHeader, s.inCType, s.ctype, s.fields, s.header, s.top = false, false, nil, 0, 0, false
	if closes {
		s.stack = s.stack[:at]
		return out, nil
	}
	s.stack = s.stack[:at+1]
	s.inHeader = true
	if s.parts++; s.parts > s.lim.Parts {
		return out, &LimitError{"parts"}
	}
	return out, nil
}

// open begins the body that the header now ended describes.
func (s *scanner) open(out []byte) ([]byte, error) {
	s.inHeader, s.inCType = false, false
	kind, params := mediaType(string(s.ctype))
	s.ctype, s.fields, s.header, s.top = nil, 0, 0, false
	if b := boundaryOf(kind, params); b != "" {
		if len(s.stack) >= s.lim.Depth {
			return out, &LimitError{"depth"}
		}
		s.stack = append(s.stack, []byte(b))
	}
	return out, nil
}

// boundaryOf returns the boundary of a multipart that is read as one, "" of everything else.
func boundaryOf(kind string, params map[string]string) string {
	if b := params["boundary"]; strings.HasPrefix(kind, "multipart/") && len(b) <= maxBoundary {
		return strings.TrimRight(b, " \t\r\n")
	}
	return ""
}

// isField reports whether a line looks like "Name: value".
func isField(text []byte) bool {
	i := bytes.IndexByte(text, ':')
	if i <= 0 || i > 200 {
		return false
	}
	for _, c := range bytes.TrimRight(text[:i], " \t") {
		if c <= ' ' || c >= 127 {
			return false
		}
	}
	return true
}

// mender is a mail as the parser reads it: with headers that are well-formed, until a limit is met.
type mender struct {
	src   *bufio.Reader
	scan  *scanner
	out   []byte
	at    int
	start bool
	err   error
}

func mend(r io.Reader, lim Limits) *mender {
	return &mender{src: bufio.NewReaderSize(r, 32<<10), scan: newScanner(lim), start: true}
}

// Read implements io.Reader.
func (m *mender) Read(p []byte) (int, error) {
	for m.at == len(m.out) {
		if m.err != nil {
			return 0, m.err
		}
		m.out, m.at = m.out[:0], 0
		m.next()
	}
	n := copy(p, m.out[m.at:])
	m.at += n
	return n, nil
}

func (m *mender) next() {
	b, err := m.src.ReadSlice('\n')
	end := !errors.Is(err, bufio.ErrBufferFull)
	if len(b) > 0 {
		out, lerr := m.scan.line(m.out, b, m.start, end)
		m.out = out
		m.start = end
		if lerr != nil {
			m.err = lerr
			return
		}
	}
	if err != nil && end {
		if m.scan.inHeader {
			m.out = append(m.out, "\r\n"...)
		}
		m.err = err
	}
}

// check scans a whole mail.
func check(r io.Reader, lim Limits) error {
	m := mend(r, lim)
	_, err := io.Copy(io.Discard, struct{ io.Reader }{m})
	return err
}
