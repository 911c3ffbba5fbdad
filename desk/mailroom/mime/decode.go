// SPDX-License-Identifier: Apache-2.0

package mime

import (
	"bufio"
	"io"
	stdmime "mime"
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding/charmap"
)

// decoder undoes a transfer encoding. Wrong characters are passed over or kept as they are; an encoding that nobody
// knows is none.
func decoder(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return &sixtyFour{src: bufio.NewReader(r)}
	case "quoted-printable":
		return &printable{src: bufio.NewReader(r)}
	}
	return r
}

// sixtyFour is lenient base64: what is not of its alphabet does not count, padding may be missing or in the middle.
type sixtyFour struct {
	src  *bufio.Reader
	bits uint32
	n    int // characters in bits
	done bool
	out  [3]byte
	have []byte
}

func (d *sixtyFour) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(d.have) > 0 {
			c := copy(p[n:], d.have)
			d.have, n = d.have[c:], n+c
			continue
		}
		if d.done {
			break
		}
		if err := d.step(); err != nil {
			return n, err
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (d *sixtyFour) step() error {
	c, err := d.src.ReadByte()
	if err != nil {
		d.flush()
		d.done = true
		if err == io.EOF {
			return nil
		}
		return err
	}
	v := sextet(c)
	switch {
	case c == '=':
		d.flush()
	case v >= 0:
		d.bits, d.n = d.bits<<6|uint32(v), d.n+1
		if d.n == 4 {
			d.out = [3]byte{byte(d.bits >> 16), byte(d.bits >> 8), byte(d.bits)}
			d.have, d.bits, d.n = d.out[:], 0, 0
		}
	}
	return nil
}

// flush gives out what a group that was cut short still holds.
func (d *sixtyFour) flush() {
	switch d.n {
	case 2:
		d.out[0] = byte(d.bits >> 4)
		d.have = d.out[:1]
	case 3:
		d.out[0], d.out[1] = byte(d.bits>>10), byte(d.bits>>2)
		d.have = d.out[:2]
	}
	d.bits, d.n = 0, 0
}

func sextet(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+', c == '-':
		return 62
	case c == '/', c == '_':
		return 63
	}
	return -1
}

// printable is lenient quoted-printable: an equals sign that begins nothing stands for itself.
type printable struct{ src *bufio.Reader }

func (d *printable) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c, err := d.src.ReadByte()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		if c == '=' {
			next, _ := d.src.Peek(2)
			if len(next) == 2 && unhex(next[0]) >= 0 && unhex(next[1]) >= 0 {
				c = byte(unhex(next[0])<<4 | unhex(next[1]))
				_, _ = d.src.Discard(2)
			} else if skip := d.softBreak(); skip > 0 {
				_, _ = d.src.Discard(skip)
				continue
			}
		}
		p[n] = c
		n++
	}
	return n, nil
}

// softBreak returns how long the white space to the end of the line is, 0 when something else follows.
func (d *printable) softBreak() int {
	const most = 80
	ahead, _ := d.src.Peek(most)
	for i, c := range ahead {
		switch c {
		case '\n':
			return i + 1
		case ' ', '\t', '\r':
		default:
			return 0
		}
	}
	if len(ahead) < most {
		return len(ahead) // the end of the part
	}
	return 0
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// toText reads text of a charset, at most limit bytes of it; cut tells that there was more.
func toText(r io.Reader, label string, limit int64) (text string, cut bool) {
	if label = strings.ToLower(strings.TrimSpace(label)); label != "" && label != "utf-8" && label != "us-ascii" {
		if d, err := charset.Reader(label, r); err == nil {
			r = d
		}
	}
	b, _ := io.ReadAll(io.LimitReader(r, limit+1)) // a part that ends early is kept as far as it goes
	if cut = int64(len(b)) > limit; cut {
		b = b[:limit]
		for len(b) > 0 && !utf8.RuneStart(b[len(b)-1]) { // do not end within a character
			b = b[:len(b)-1]
		}
		if len(b) > 0 && b[len(b)-1] >= utf8.RuneSelf {
			b = b[:len(b)-1]
		}
	}
	return tidy(guess(string(b))), cut
}

// guess takes bytes that are no UTF-8 for Windows-1252, which gives every byte a character.
func guess(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if t, err := charmap.Windows1252.NewDecoder().String(s); err == nil {
		return t
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// tidy takes away what no text holds and no database takes: control characters, and those that turn the direction of
// writing or hide.
func tidy(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r' || r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			return -1
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
			return -1
		}
		return r
	}, s)
}

// header decodes a header's value to one line of at most most bytes.
func header(raw string, most int) string {
	if len(raw) > 4*most {
		raw = raw[:4*most]
	}
	d := stdmime.WordDecoder{CharsetReader: charset.Reader}
	s, err := d.DecodeHeader(raw)
	if err != nil {
		s = raw
	}
	return line(s, most)
}

// line makes one clean line of at most most bytes.
func line(s string, most int) string {
	s = strings.Join(strings.Fields(tidy(guess(s))), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// Address is a mailbox as a header names it. Email is in lower case.
type Address struct{ Name, Email string }

// Domain is what stands behind the @.
func (a Address) Domain() string {
	_, d, _ := strings.Cut(a.Email, "@")
	return d
}

var looseAddress = regexp.MustCompile(`[^\s<>@,;:"()\[\]]{1,64}@[^\s<>@,;:"()\[\]]{1,190}`)

// addresses reads a list of mailboxes, however badly it is written.
func addresses(raw string) []Address {
	const most, length = 200, 16 << 10
	if len(raw) > length {
		raw = raw[:length]
	}
	p := mail.AddressParser{WordDecoder: &stdmime.WordDecoder{CharsetReader: charset.Reader}}
	var out []Address
	if list, err := p.ParseList(raw); err == nil {
		for _, a := range list {
			out = append(out, Address{line(a.Name, 200), email(a.Address)})
		}
	} else {
		for _, m := range looseAddress.FindAllStringIndex(raw, most) {
			a := Address{Email: email(raw[m[0]:m[1]])}
			if name, _, ok := strings.Cut(raw, "<"); ok && len(out) == 0 && m[0] > len(name) {
				a.Name = strings.Trim(header(name, 200), `" `)
			}
			out = append(out, a)
		}
	}
	return out[:min(len(out), most)]
}

func email(s string) string {
	s = strings.ToLower(line(s, 254))
	if i := strings.LastIndexByte(s, '@'); i <= 0 || i == len(s)-1 || strings.ContainsAny(s, " \t<>") {
		return ""
	}
	return s
}

// mediaType reads a Content-Type or Content-Disposition; what cannot be parsed keeps as much as can.
func mediaType(raw string) (string, map[string]string) {
	if len(raw) > 8<<10 {
		raw = raw[:8<<10]
	}
	kind, params, err := stdmime.ParseMediaType(strings.TrimSpace(raw))
	if err != nil && len(params) == 0 {
		kind, _, _ = strings.Cut(raw, ";")
		kind, params = strings.ToLower(strings.TrimSpace(kind)), map[string]string{}
		for _, m := range looseParam.FindAllStringSubmatch(raw, 20) {
			if _, have := params[strings.ToLower(m[1])]; !have {
				params[strings.ToLower(m[1])] = strings.Trim(m[2], `"`)
			}
		}
	}
	return kind, params
}

var looseParam = regexp.MustCompile(`;\s*([A-Za-z*0-9-]{1,40})\s*=\s*("[^"]*"|[^;\s]*)`)

var messageID = regexp.MustCompile(`<([^<>\s]{1,250})>`)

// messageIDs reads the ids between angle brackets, at most most, the last ones: nearest to this mail.
func messageIDs(raw string, most int) []string {
	if len(raw) > 64<<10 {
		raw = raw[len(raw)-64<<10:]
	}
	var out []string
	for _, m := range messageID.FindAllStringSubmatch(raw, -1) {
		out = append(out, line(m[1], 250))
	}
	return out[max(0, len(out)-most):]
}
