// SPDX-License-Identifier: Apache-2.0

package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"mainstay/kit/fault"
)

// xmlScanner is the part of XML that a workbook uses: elements, attributes and text. It
// knows no document type, hence no entities to blow up, and is some ten times as
// fast as encoding/xml on the hundreds of megabytes that a large sheet holds.
type xmlScanner struct {
	r    *bufio.Reader
	text []byte // character data before the tag, entities resolved
	tag  []byte // what stands between < and >
	lim  int
}

func newXML(r io.Reader, limit int) *xmlScanner {
	return &xmlScanner{r: bufio.NewReaderSize(r, 64<<10), lim: limit}
}

var errXML = fault.NewInvalid("The workbook is damaged: its XML cannot be read. Save it again as .xlsx or CSV.")

// next moves to the next tag; io.EOF at the end.
func (x *xmlScanner) next() error {
	x.text = x.text[:0]
	for {
		from := len(x.text)
		var err error
		x.text, err = x.until(x.text, '<')
		if err != nil {
			return err
		}
		x.text = unescape(x.text, from)
		if x.tag, err = x.until(x.tag[:0], '>'); err != nil {
			if errors.Is(err, io.EOF) {
				return errXML
			}
			return err
		}
		switch {
		case len(x.tag) == 0:
			return errXML
		case x.tag[0] == '?':
			continue
		case bytes.HasPrefix(x.tag, []byte("!--")):
			err = x.close("--")
		case bytes.HasPrefix(x.tag, []byte("![CDATA[")):
			if err = x.close("]]"); err == nil {
				x.text = append(x.text, x.tag[8:len(x.tag)-2]...)
			}
		case x.tag[0] == '!':
			return fault.NewInvalid("The workbook declares a document type, which no spreadsheet program writes. It is refused.")
		default:
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// close reads on until the tag ends with mark.
func (x *xmlScanner) close(mark string) error {
	for !bytes.HasSuffix(x.tag, []byte(mark)) {
		x.tag = append(x.tag, '>')
		var err error
		if x.tag, err = x.until(x.tag, '>'); err != nil {
			return errXML
		}
	}
	return nil
}

func (x *xmlScanner) until(dst []byte, stop byte) ([]byte, error) {
	for {
		part, err := x.r.ReadSlice(stop)
		dst = append(dst, part...)
		if len(dst) > x.lim {
			return dst, fault.NewInvalid("The workbook has a text of more than %d KB.", x.lim>>10)
		}
		switch {
		case err == nil:
			return dst[:len(dst)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			return dst, err
		}
	}
}

// name is the element's name without its namespace prefix.
func (x *xmlScanner) name() string {
	t := x.tag
	if len(t) > 0 && t[0] == '/' {
		t = t[1:]
	}
	for i, c := range t {
		if c == ' ' || c == '/' || c == '\n' || c == '\t' || c == '\r' {
			t = t[:i]
			break
		}
	}
	if i := bytes.IndexByte(t, ':'); i >= 0 {
		t = t[i+1:]
	}
	return string(t) // short names do not escape where they are switched on
}

func (x *xmlScanner) opens() bool { return len(x.tag) > 0 && x.tag[0] != '/' }
func (x *xmlScanner) empty() bool { return len(x.tag) > 0 && x.tag[len(x.tag)-1] == '/' }

// attr returns the raw value of an attribute, nil where it is missing. A name with a
// prefix is found by either form.
func (x *xmlScanner) attr(name string) []byte {
	t := x.tag
	for {
		eq := bytes.IndexByte(t, '=')
		if eq < 1 || eq+1 >= len(t) {
			return nil
		}
		key := bytes.TrimRight(t[:eq], " \t\r\n")
		if i := bytes.LastIndexAny(key, " \t\r\n"); i >= 0 {
			key = key[i+1:]
		}
		if i := bytes.IndexByte(key, ':'); i >= 0 {
			key = key[i+1:]
		}
		t = bytes.TrimLeft(t[eq+1:], " \t\r\n")
		if len(t) == 0 || t[0] != '"' && t[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(t[1:], t[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return t[1 : 1+end]
		}
		t = t[end+2:]
	}
}

// attrText is attr with entities resolved, as a string of its own.
func (x *xmlScanner) attrText(name string) string {
	v := append([]byte(nil), x.attr(name)...)
	return string(unescape(v, 0))
}

// unescape resolves the five entities, character references and Excel's _x000D_ in
// b[from:], in place.
func unescape(b []byte, from int) []byte {
	if bytes.IndexByte(b[from:], '&') < 0 && !bytes.Contains(b[from:], []byte("_x")) {
		return b
	}
	src := append([]byte(nil), b[from:]...)
	out := b[:from]
	for i := 0; i < len(src); {
		if src[i] == '&' {
			if end := bytes.IndexByte(src[i:min(i+12, len(src))], ';'); end > 0 {
				if r, ok := entity(src[i+1 : i+end]); ok {
					out = utf8.AppendRune(out, r)
					i += end + 1
					continue
				}
			}
		}
		if src[i] == '_' && i+6 < len(src) && src[i+1] == 'x' && src[i+6] == '_' {
			if v, err := strconv.ParseUint(string(src[i+2:i+6]), 16, 16); err == nil && v != 0 {
				out = utf8.AppendRune(out, rune(v))
				i += 7
				continue
			}
		}
		out = append(out, src[i])
		i++
	}
	return out
}

func entity(e []byte) (rune, bool) {
	switch string(e) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(e) < 2 || e[0] != '#' {
		return 0, false
	}
	base, digits := 10, e[1:]
	if digits[0] == 'x' || digits[0] == 'X' {
		base, digits = 16, digits[1:]
	}
	v, err := strconv.ParseUint(string(digits), base, 32)
	return rune(v), err == nil && v > 0 && v <= utf8.MaxRune
}
