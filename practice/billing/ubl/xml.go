// SPDX-License-Identifier: Apache-2.0

package ubl

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"mainstay/kit/civil"
	"mainstay/kit/money"
)

// writer appends XML. Names are constants of this package; everything else passes escape.
type writer struct {
	b        []byte
	currency string
	digits   int
}

func (w *writer) open(name string) {
	w.b = append(w.b, '<')
	w.b = append(w.b, name...)
	w.b = append(w.b, '>')
}

func (w *writer) close(name string) {
	w.b = append(w.b, "</"...)
	w.b = append(w.b, name...)
	w.b = append(w.b, ">\n"...)
}

// in writes an element around what f writes, and nothing where f writes nothing.
func (w *writer) in(name string, f func()) {
	start := len(w.b)
	w.open(name)
	inner := len(w.b)
	if f(); len(w.b) == inner {
		w.b = w.b[:start]
		return
	}
	w.close(name)
}

// text writes an element with a text, and nothing where there is none: no element may be empty (PEPPOL-EN16931-R008).
func (w *writer) text(name, s string) { w.attr(name, "", "", s) }

// attr is text with an attribute.
func (w *writer) attr(name, attribute, value, s string) {
	start := len(w.b)
	w.b = append(w.b, '<')
	w.b = append(w.b, name...)
	if value != "" {
		w.b = append(w.b, ' ')
		w.b = append(w.b, attribute...)
		w.b = append(w.b, `="`...)
		w.b = escape(w.b, value)
		w.b = append(w.b, '"')
	}
	w.b = append(w.b, '>')
	inner := len(w.b)
	if w.b = escape(w.b, strings.TrimSpace(s)); len(bytes.TrimSpace(w.b[inner:])) == 0 {
		w.b = w.b[:start]
		return
	}
	w.close(name)
}

func (w *writer) amount(name string, minor int64) {
	w.attr(name, "currencyID", w.currency, money.FormatMinor(minor, w.digits))
}

func (w *writer) date(name string, d civil.Date) {
	if d != 0 && d.Known() {
		w.text(name, d.String())
	}
}

// escape appends a text: markup as entities, and nothing that XML 1.0 does not allow. Line ends are \n.
func escape(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '&':
				b = append(b, "&amp;"...)
			case c == '<':
				b = append(b, "&lt;"...)
			case c == '>':
				b = append(b, "&gt;"...)
			case c == '"':
				b = append(b, "&quot;"...)
			case c >= ' ' && c != 0x7f, c == '\n', c == '\t':
				b = append(b, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		// Not UTF-8, C1 controls and what is no character are left out.
		if (r != utf8.RuneError || n > 1) && r >= 0xa0 && r&0xfffe != 0xfffe && (r < 0xfdd0 || r > 0xfdef) {
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}
