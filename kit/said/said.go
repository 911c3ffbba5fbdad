// SPDX-License-Identifier: Apache-2.0

// Package said tells what probes say in the reader's language. A probe says a sentence with what stands in it ([wire.Said]); its key is
// the one of the catalogue. What older agents say is there as a text in English alone, and is told as that.
package said

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/wire"
)

// Part is a piece of a sentence. One that is quoted is told as it came: a name, an address, what the other side said.
type Part struct {
	Text   string
	Quoted bool
}

// Around what is quoted while a sentence is put together: characters that nobody writes, taken out of what comes from outside.
const begin, end = "\uE0F0", "\uE0F1"

// Text is a sentence in the reader's language; without one, it is the English text.
func Text(p locale.Printer, s *wire.Said, english string) string {
	var b strings.Builder
	for _, x := range Parts(p, s, english) {
		b.WriteString(x.Text)
	}
	return b.String()
}

// Parts is Text in pieces. A text without a sentence is quoted as a whole.
func Parts(p locale.Printer, s *wire.Said, english string) []Part {
	if s == nil || s.None() || s.Check() != nil {
		if english == "" {
			return nil
		}
		return []Part{{Text: english, Quoted: true}}
	}
	var out []Part
	depth := 0
	for text := tell(p, *s); text != ""; {
		i := strings.IndexAny(text, begin+end)
		if i < 0 {
			i = len(text)
		}
		if i > 0 {
			out = append(out, Part{Text: text[:i], Quoted: depth > 0})
		}
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, begin):
			depth, text = depth+1, rest[len(begin):]
		case strings.HasPrefix(rest, end):
			depth, text = depth-1, rest[len(end):]
		default:
			text = rest
		}
	}
	return out
}

func tell(p locale.Printer, s wire.Said) string {
	args := make([]any, 0, len(s.Args))
	for _, a := range s.Args {
		args = append(args, value(p, a))
	}
	if strings.Contains(s.Key, "|") && len(args) > 0 {
		return p.N(s.Key, int64(s.Args[0].Number()), args[1:]...)
	}
	if len(args) == 0 {
		return strings.ReplaceAll(p.T(s.Key), "%%", "%")
	}
	if strings.Trim(strings.ReplaceAll(s.Key, "%s", ""), " ,.") == "" { // only what holds sentences together: no text of its own
		return fmt.Sprintf(s.Key, args...)
	}
	return p.T(s.Key, args...)
}

// value is an argument in the form that the catalogue's verbs take.
func value(p locale.Printer, a wire.Arg) any {
	switch {
	case a.Said != nil:
		return tell(p, *a.Said)
	case a.As == wire.AsNumber:
		return a.Number()
	case a.As == wire.AsSpan:
		return Span(p, a.Span())
	case a.As == wire.AsDay:
		if d, err := civil.Parse(a.Text); err == nil {
			return p.Date(d)
		}
	}
	return quoted(strings.NewReplacer(begin, "", end, "").Replace(a.Text))
}

// quoted prints its text with the marks around it, in quotation marks where the verb is %q.
type quoted string

// Span is a short length of time in the reader's region.
func Span(p locale.Printer, d time.Duration) string {
	switch {
	case d < time.Second:
		return p.Number(max(d.Round(time.Millisecond).Milliseconds(), 1)) + " ms"
	case d < 10*time.Second:
		return p.Float(d.Seconds(), 1) + " s"
	}
	return p.Float(d.Seconds(), 0) + " s"
}

// Format writes the text.
func (q quoted) Format(s fmt.State, verb rune) {
	text := string(q)
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(s, begin+text+end)
}
