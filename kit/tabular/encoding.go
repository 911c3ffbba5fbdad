// SPDX-License-Identifier: Apache-2.0

package tabular

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"mainstay/kit/fault"
)

// sampleSize is how much of a file is looked at before it is read.
const sampleSize = 64 << 10

// The encodings that are told apart.
const (
	UTF8        = "UTF-8"
	UTF16LE     = "UTF-16LE"
	UTF16BE     = "UTF-16BE"
	Windows1252 = "Windows-1252" // and ISO 8859-1, of which it is a superset in print
	MacRoman    = "Macintosh"    // what old Excel for Mac writes, with bare CR
)

// guess is what the first bytes say.
type guess struct {
	name string
	skip int // bytes of byte order mark
	page *charmap.Charmap
}

// detect says how sample is encoded. Rows that are not UTF-8 are decoded by page, so a
// file whose first foreign letter comes late, or that was glued together, is still read right.
func detect(sample []byte) (guess, error) {
	for _, f := range foreign {
		if bytes.HasPrefix(sample, []byte(f.magic)) {
			return guess{}, fault.NewInvalid("%s", f.text)
		}
	}
	switch {
	case bytes.HasPrefix(sample, []byte("\xef\xbb\xbf")):
		return guess{UTF8, 3, charmap.Windows1252}, nil
	case bytes.HasPrefix(sample, []byte("\xff\xfe")):
		return guess{UTF16LE, 2, nil}, nil
	case bytes.HasPrefix(sample, []byte("\xfe\xff")):
		return guess{UTF16BE, 2, nil}, nil
	}
	if name, ok := bareUTF16(sample); ok {
		return guess{name, 0, nil}, nil
	}
	if err := refuseBinary(sample); err != nil {
		return guess{}, err
	}
	page := pageOf(sample)
	if utf8.Valid(trimPartial(sample)) {
		return guess{UTF8, 0, page}, nil
	}
	if page == charmap.Macintosh {
		return guess{MacRoman, 0, page}, nil
	}
	return guess{Windows1252, 0, page}, nil
}

// trimPartial drops a rune cut off by the end of the sample.
func trimPartial(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// bareUTF16 recognises UTF-16 without its mark: nearly every second byte of a
// table is zero, on one side only.
func bareUTF16(b []byte) (string, bool) {
	if len(b) < 4 {
		return "", false
	}
	var zero [2]int
	for i, c := range b {
		if c == 0 {
			zero[i&1]++
		}
	}
	half := len(b) / 2
	switch {
	case zero[1] > half*6/10 && zero[0] < half/50+1:
		return UTF16LE, true
	case zero[0] > half*6/10 && zero[1] < half/50+1:
		return UTF16BE, true
	}
	return "", false
}

func refuseBinary(b []byte) error {
	line, control := int64(1), 0
	for i, c := range b {
		switch {
		case c == 0:
			return binaryAt(line)
		case c == '\n', c == '\r' && (i+1 == len(b) || b[i+1] != '\n'):
			line++
		case c < 0x20 && c != '\t' && c != '\r' && c != '\f' && c != 0x0b && c != 0x1a:
			control++
		}
	}
	if control > 8 && control > len(b)/50 {
		return fault.NewInvalid("This is binary data, not a table. CSV, TSV, XLSX, .zip or .gz was expected.")
	}
	return nil
}

// pageOf chooses between the two code pages in use by looking at which gives
// words. Only old Macs end lines with a bare CR, which decides a draw.
func pageOf(b []byte) *charmap.Charmap {
	mac, win := plausible(b, charmap.Macintosh), plausible(b, charmap.Windows1252)
	if mac > win || mac == win && bytes.IndexByte(b, '\r') >= 0 && bytes.IndexByte(b, '\n') < 0 {
		return charmap.Macintosh
	}
	return charmap.Windows1252
}

func plausible(b []byte, page *charmap.Charmap) (score int) {
	for i, c := range b {
		if c < utf8.RuneSelf {
			continue
		}
		r := page.DecodeByte(c)
		before := ' '
		if i > 0 {
			before = page.DecodeByte(b[i-1])
		}
		switch {
		case r == utf8.RuneError || unicode.IsControl(r):
			score -= 4
		case unicode.IsUpper(r) && unicode.IsLower(before):
			score -= 2
		case unicode.IsLetter(r) && r < 0x180 && r != 'ª' && r != 'º':
			score += 2
		case bytes.ContainsRune([]byte("–—‘’“”£€®©™°•…½ "), r):
			score += 2
		default:
			score--
		}
	}
	return score
}

// utf16Reader turns UTF-16 into UTF-8; a lone surrogate becomes U+FFFD.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    []byte // undecoded
	out   []byte // decoded, not yet handed out
	err   error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

func (u *utf16Reader) fill() {
	buf := make([]byte, 32<<10)
	kept := copy(buf, u.in)
	n, err := u.r.Read(buf[kept:])
	buf = buf[:kept+n]
	u.err = err
	out := make([]byte, 0, len(buf)*3/2)
	i := 0
	for ; i+1 < len(buf); i += 2 {
		r := rune(u.order.Uint16(buf[i:]))
		if utf16.IsSurrogate(r) {
			if i+3 >= len(buf) && err == nil {
				break
			}
			if i+3 < len(buf) {
				if full := utf16.DecodeRune(r, rune(u.order.Uint16(buf[i+2:]))); full != utf8.RuneError {
					r = full
					i += 2
				}
			}
		}
		out = utf8.AppendRune(out, r)
	}
	if errors.Is(err, io.EOF) && i < len(buf) {
		out = utf8.AppendRune(out, utf8.RuneError)
		i = len(buf)
	}
	u.in, u.out = append([]byte(nil), buf[i:]...), out
}
