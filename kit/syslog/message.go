// SPDX-License-Identifier: Apache-2.0

package syslog

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxMessage is how many bytes of a message are read; what is longer is cut.
const MaxMessage = 8 << 10

// Severity is how grave a message is: 0 emergency … 7 debugging.
type Severity uint8

// The severities.
const (
	Emergency Severity = iota
	Alert
	Critical
	Error
	Warning
	Notice
	Info
	Debug
)

// Message is a message as it is kept.
type Message struct {
	At       time.Time // by the clock of the device, where it can be believed; else when it came. See Parse
	Facility uint8     // 0 kernel … 23 local7
	Severity Severity
	Host     string // as the device calls itself
	App      string
	Process  string
	ID       string // of RFC 5424, the kind of the message
	Data     string // structured data as it came
	Text     string
}

// believed is how far a device's clock may be off before the message's time is when it came.
const believed = 24 * time.Hour

// Parse reads a message that came at an instant. zone is where devices that do not name one are taken to be; one whose time would be that
// instant in another zone is in that one.
func Parse(b []byte, came time.Time, zone *time.Location) Message {
	if len(b) > MaxMessage {
		b = b[:MaxMessage]
	}
	s := strings.ToValidUTF8(strings.TrimRight(string(b), "\r\n\x00 "), "\uFFFD")
	s = strings.TrimPrefix(s, "\uFEFF")
	m := Message{At: came, Facility: 1, Severity: Notice}
	if pri, rest, ok := priority(s); ok {
		m.Facility, m.Severity, s = uint8(pri/8), Severity(pri%8), rest
	}
	if !m.structured(s) {
		m.old(s, came, zone)
	}
	if d := m.At.Sub(came); d > believed || d < -believed {
		m.At = came
	}
	m.Host, m.App, m.Process, m.ID = word(m.Host, 255), word(m.App, 64), word(m.Process, 128), word(m.ID, 64)
	m.Text = visible(m.Text)
	return m
}

// Grave reports whether a message says that it is an error or worse. It reads no more than the beginning.
func Grave(b []byte) bool {
	pri, _, ok := priority(string(b[:min(len(b), 5)]))
	return ok && Severity(pri%8) <= Error
}

// priority reads <n> in front.
func priority(s string) (pri int, rest string, ok bool) {
	if !strings.HasPrefix(s, "<") {
		return 0, s, false
	}
	end := strings.IndexByte(s, '>')
	if end < 2 || end > 4 {
		return 0, s, false
	}
	n, err := strconv.ParseUint(s[1:end], 10, 8)
	if err != nil || n > 191 {
		return 0, s, false
	}
	return int(n), s[end+1:], true
}

// structured reads RFC 5424: version time host app process id data text.
func (m *Message) structured(s string) bool {
	rest, ok := strings.CutPrefix(s, "1 ")
	if !ok {
		return false
	}
	var f [5]string
	for i := range f {
		var more bool
		if f[i], rest, more = strings.Cut(rest, " "); !more && i < 4 || f[i] == "" {
			return false
		}
		if f[i] == "-" {
			f[i] = ""
		}
	}
	if f[0] != "" {
		at, err := time.Parse(time.RFC3339Nano, f[0])
		if err != nil {
			return false
		}
		m.At = at
	}
	m.Host, m.App, m.Process, m.ID = f[1], f[2], f[3], f[4]
	m.Data, rest = data(rest)
	m.Text = strings.TrimPrefix(strings.TrimPrefix(rest, " "), "\uFEFF")
	return true
}

// data takes structured data off the front: "-", or elements in brackets, in which a backslash takes the meaning of what follows.
func data(s string) (data, rest string) {
	if r, ok := strings.CutPrefix(s, "-"); ok && (r == "" || r[0] == ' ') {
		return "", r
	}
	at := 0
	for at < len(s) && s[at] == '[' {
		end, quoted := -1, false
		for i := at; i < len(s); i++ {
			switch {
			case s[i] == '\\' && quoted:
				i++
			case s[i] == '"':
				quoted = !quoted
			case s[i] == ']' && !quoted:
				end = i
			}
			if end >= 0 {
				break
			}
		}
		if end < 0 {
			return "", s
		}
		at = end + 1
	}
	return s[:at], s[at:]
}

// old reads the form of RFC 3164 and its relatives: [number:] [time] [host] [tag[process]:] text.
func (m *Message) old(s string, came time.Time, zone *time.Location) {
	// Cisco counts: "123: *Mar  1 00:00:01.123: %SYS-5-CONFIG_I: …"
	if n, rest, ok := strings.Cut(s, ": "); ok && n != "" && len(n) <= 10 && strings.Trim(n, "0123456789") == "" {
		s = rest
	}
	at, rest, zoned, ok := stamp(s, came, zone)
	if !ok {
		m.tag(s)
		return
	}
	if m.At = at; !zoned {
		m.At = elsewhere(at, came)
	}
	if text, cisco := strings.CutPrefix(rest, ": "); cisco { // no host follows
		m.tag(text)
		return
	}
	rest = strings.TrimLeft(rest, " ")
	if host, after, more := strings.Cut(rest, " "); more && host != "" && !strings.HasSuffix(host, ":") && !strings.ContainsAny(host, "[]=%") {
		m.Host, rest = host, after
	}
	m.tag(rest)
}

// tag reads "app[process]: text".
func (m *Message) tag(s string) {
	s = strings.TrimLeft(s, " ")
	head, text, ok := strings.Cut(s, ": ")
	if !ok {
		head, ok = strings.CutSuffix(s, ":")
		text = ""
	}
	app, process, has := strings.Cut(head, "[")
	if has {
		var closed bool
		if process, closed = strings.CutSuffix(process, "]"); !closed {
			ok = false
		}
	}
	if !ok || app == "" || len(app) > 48 || strings.ContainsAny(app, " =\"{") {
		m.Text = s
		return
	}
	m.App, m.Process, m.Text = app, process, text
}

// stamp reads a time in front. zoned: it says in which zone.
func stamp(s string, came time.Time, zone *time.Location) (at time.Time, rest string, zoned, ok bool) {
	if zone == nil {
		zone = time.UTC
	}
	s = strings.TrimLeft(s, "*. ")
	if end := strings.IndexByte(s, ' '); end > 18 {
		if at, err := time.Parse(time.RFC3339Nano, s[:end]); err == nil {
			return at, s[end:], true, true
		}
		if at, err := time.ParseInLocation("2006-01-02T15:04:05", s[:end], zone); err == nil {
			return at, s[end:], false, true
		}
	}
	for _, layout := range []string{"Jan _2 15:04:05", "Jan _2 2006 15:04:05", "2006-01-02 15:04:05", "Jan 02 15:04:05", "Jan 02 2006 15:04:05"} {
		for _, n := range []int{len(layout), len(layout) + 4} { // with thousandths
			if len(s) < n {
				continue
			}
			l := layout
			if n > len(layout) {
				l += ".000"
			}
			at, err := time.ParseInLocation(l, s[:n], zone)
			if err != nil {
				continue
			}
			if n == len(layout) && len(s) >= n+4 && s[n] == '.' {
				continue
			}
			if at.Year() == 0 {
				at = nearest(at, came, zone)
			}
			return at, s[n:], false, true
		}
	}
	return time.Time{}, s, false, false
}

// How zones differ, and how exact a clock must run to be taken for one that is right in another zone.
const (
	zoneStep  = 15 * time.Minute
	zonesMost = 26 * time.Hour
	exact     = 30 * time.Second
)

// elsewhere moves a time whose zone was only thought by whole quarter-hours where that makes it the instant at which the message came.
// Otherwise it stays as it is: then the clock is wrong, or the message came late.
func elsewhere(at, came time.Time) time.Time {
	off := came.Sub(at)
	if by := off.Round(zoneStep); by.Abs() <= zonesMost && (off-by).Abs() <= exact {
		return at.Add(by)
	}
	return at
}

// nearest gives a time without a year the one that brings it nearest to came.
func nearest(at, came time.Time, zone *time.Location) time.Time {
	year := came.In(zone).Year()
	best := time.Time{}
	for y := year - 1; y <= year+1; y++ {
		t := time.Date(y, at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), zone)
		if best.IsZero() || t.Sub(came).Abs() < best.Sub(came).Abs() {
			best = t
		}
	}
	return best
}

func word(s string, most int) string {
	s = visible(s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

// visible replaces control characters; line feeds inside a message become spaces.
func visible(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			clean = false
			break
		}
	}
	if clean && utf8.ValidString(s) {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}
