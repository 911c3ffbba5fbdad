// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"encoding/hex"
	"math"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gosnmp/gosnmp"
)

// value is what a device says of one object.
type value struct {
	number float64
	whole  uint64 // of counters, which do not fit a float
	raw    []byte // of texts
	text   string // of addresses and object identifiers
	is     valueKind
	wide   bool // a counter of 64 bits
}

type valueKind uint8

const (
	isNumber valueKind = iota + 1
	isCounter
	isBytes
	isText
)

// read understands one variable; false is none: missing, or of a type that nobody needs.
func read(p gosnmp.SnmpPDU) (value, bool) {
	switch p.Type {
	case gosnmp.Integer, gosnmp.Gauge32, gosnmp.TimeTicks, gosnmp.Uinteger32:
		b := gosnmp.ToBigInt(p.Value)
		return value{number: float64(b.Int64()), is: isNumber}, b.IsInt64()
	case gosnmp.Counter32, gosnmp.Counter64:
		b := gosnmp.ToBigInt(p.Value)
		return value{number: float64(b.Uint64()), whole: b.Uint64(), is: isCounter, wide: p.Type == gosnmp.Counter64}, b.IsUint64()
	case gosnmp.OctetString, gosnmp.BitString, gosnmp.Opaque:
		b, ok := p.Value.([]byte)
		if len(b) > maxText {
			b = b[:maxText]
		}
		return value{raw: b, is: isBytes}, ok
	case gosnmp.ObjectIdentifier, gosnmp.IPAddress:
		s, ok := p.Value.(string)
		return value{text: strings.TrimPrefix(s, "."), is: isText}, ok && len(s) <= maxText
	case gosnmp.OpaqueFloat:
		f, ok := p.Value.(float32)
		return value{number: float64(f), is: isNumber}, ok && finite(float64(f))
	case gosnmp.OpaqueDouble:
		f, ok := p.Value.(float64)
		return value{number: f, is: isNumber}, ok && finite(f)
	}
	return value{}, false
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// String is the value as a line of text: what a device writes, or bytes in hex where it is no text.
func (v value) String() string {
	switch v.is {
	case isText:
		return clean(v.text, maxText)
	case isBytes:
		b := []byte(strings.TrimRight(string(v.raw), "\x00"))
		if utf8.Valid(b) {
			return clean(string(b), maxText)
		}
		if plain := latin(b); plain != "" {
			return clean(plain, maxText)
		}
		return hex.EncodeToString(b)
	}
	return ""
}

// latin reads bytes as ISO 8859-1, as old devices write umlauts; "" where they hold what is no text.
func latin(b []byte) string {
	out := make([]rune, 0, len(b))
	for _, c := range b {
		if c < 32 && c != '\t' && c != '\n' && c != '\r' || c >= 0x7f && c < 0xa0 {
			return ""
		}
		out = append(out, rune(c))
	}
	return string(out)
}

// mac is a hardware address, "" where the bytes are none.
func (v value) mac() string {
	if v.is != isBytes || len(v.raw) != 6 || allZero(v.raw) {
		return ""
	}
	return net.HardwareAddr(v.raw).String()
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// clean is one line of at most most characters.
func clean(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}
