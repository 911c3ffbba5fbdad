// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Said is a sentence that can be told in any language. Its key is the English one with verbs (%s, %q, %d, %.0f) for what stands in it,
// which is the key of the server's catalogue too; "one|many" are two forms, chosen by the first argument. Whoever says it needs no
// catalogue, and whoever does not know the key still has the English.
type Said struct {
	Key  string `json:"k"`
	Args []Arg  `json:"a,omitempty"`
}

// Arg is what stands in a sentence: a text as it is (a name, or what the other side said), a number, a length of time, a day, or
// another sentence.
type Arg struct {
	As   string `json:"as,omitempty"`
	Text string `json:"t,omitempty"`
	Said *Said  `json:"s,omitempty"`
}

// What an Arg is. Its Text is a decimal number for AsNumber, seconds for AsSpan, and 2006-01-02 for AsDay.
const (
	AsText   = ""
	AsNumber = "n"
	AsSpan   = "s"
	AsDay    = "d"
)

// The most that a sentence may hold, with all that stands in it.
const (
	maxSaidKey   = 400
	maxSaidArgs  = 12
	maxSaidDepth = 5
	maxSaidBytes = MaxResultText + MaxResultDetail
	maxSaidLines = 200
)

// Say makes a sentence. An argument that is a Said is a sentence in it; a time.Duration is a length of time, a time.Time a day in UTC,
// a number a number; anything else is the text that fmt makes of it.
func Say(key string, args ...any) Said {
	out := Said{Key: key}
	for _, a := range args {
		out.Args = append(out.Args, argOf(a))
	}
	return out
}

func argOf(a any) Arg {
	switch v := a.(type) {
	case Said:
		return Arg{Said: &v}
	case string:
		return Arg{Text: v}
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return Arg{As: AsNumber, Text: fmt.Sprint(v)}
	case float64:
		return Arg{As: AsNumber, Text: strconv.FormatFloat(v, 'f', -1, 64)}
	case time.Duration:
		return Arg{As: AsSpan, Text: strconv.FormatFloat(v.Seconds(), 'f', -1, 64)}
	case time.Time:
		return Arg{As: AsDay, Text: v.UTC().Format(time.DateOnly)}
	}
	return Arg{Text: fmt.Sprint(a)}
}

// None reports whether nothing is said.
func (s Said) None() bool { return s.Key == "" }

// And is the sentence with another one behind it.
func (s Said) And(next Said) Said { return Say("%s %s", s, next) }

// Number is the argument's number.
func (a Arg) Number() float64 {
	v, _ := strconv.ParseFloat(a.Text, 64) // what is none is 0
	return v
}

// Span is the argument's length of time.
func (a Arg) Span() time.Duration { return time.Duration(a.Number() * float64(time.Second)) }

// String is the sentence in English.
func (s Said) String() string {
	args := make([]any, 0, len(s.Args))
	for _, a := range s.Args {
		switch {
		case a.Said != nil:
			args = append(args, a.Said.String())
		case a.As == AsNumber:
			args = append(args, number(a.Number()))
		case a.As == AsSpan:
			args = append(args, Span(a.Span()))
		default:
			args = append(args, a.Text)
		}
	}
	if len(args) == 0 {
		return s.Form()
	}
	return fmt.Sprintf(s.Form(), args...)
}

// Form is the key in the form that fits the first argument.
func (s Said) Form() string {
	one, many, ok := strings.Cut(s.Key, "|")
	if !ok || len(s.Args) > 0 && s.Args[0].As == AsNumber && s.Args[0].Text == "1" {
		return one
	}
	return many
}

// number prints its value under any verb, with that verb's decimal places.
type number float64

// Format writes the number.
func (n number) Format(s fmt.State, _ rune) {
	digits, ok := s.Precision()
	if !ok {
		digits = -1
	}
	_, _ = s.Write([]byte(strconv.FormatFloat(float64(n), 'f', digits, 64)))
}

// Span is a short length of time as a sentence has it: 12 ms, 1.2 s.
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(d.Round(time.Millisecond).Milliseconds(), 1))
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

// Each calls fn for each text in the sentence that is told as it is, and puts what it returns in its place.
func (s *Said) Each(fn func(string) string) {
	for i := range s.Args {
		switch a := &s.Args[i]; {
		case a.Said != nil:
			a.Said.Each(fn)
		case a.As == AsText:
			a.Text = fn(a.Text)
		}
	}
}

var errSaid = errors.New("a sentence is none that can be told")

// Check reports a sentence that is larger than the protocol allows, or whose verbs do not fit what stands in it. The key is the format
// of a print, so it may hold nothing but plain verbs.
func (s *Said) Check() error {
	left := maxSaidBytes
	return s.check(maxSaidDepth, &left)
}

func (s *Said) check(depth int, left *int) error {
	if depth == 0 || len(s.Key) > maxSaidKey || len(s.Args) > maxSaidArgs {
		return errSaid
	}
	*left -= len(s.Key)
	for form := range strings.SplitSeq(s.Key, "|") {
		if !fits(form, s.Args) {
			return errSaid
		}
	}
	for i := range s.Args {
		a := &s.Args[i]
		if *left -= len(a.Text); *left < 0 {
			return errSaid
		}
		if a.Said != nil {
			if err := a.Said.check(depth-1, left); err != nil {
				return err
			}
		}
	}
	return nil
}

// fits reports whether a form has one plain verb for each argument, in order: %s, %q, %d, %.0f, %[1]s and %%.
func fits(form string, args []Arg) bool {
	n := 0
	for i := 0; i < len(form); i++ {
		if form[i] != '%' {
			continue
		}
		rest := form[i+1:]
		if strings.HasPrefix(rest, "%") {
			i++
			continue
		}
		if len(rest) > 3 && rest[0] == '[' && rest[2] == ']' { // %[1]s says which one itself; here they come in order
			if int(rest[1]-'0') != n+1 {
				return false
			}
			rest = rest[3:]
		}
		switch {
		case n >= len(args):
			return false
		case strings.HasPrefix(rest, "d"), strings.HasPrefix(rest, ".0f"):
			if args[n].As != AsNumber || args[n].Said != nil {
				return false
			}
		case strings.HasPrefix(rest, "q"):
			if args[n].As != AsText || args[n].Said != nil {
				return false
			}
		case !strings.HasPrefix(rest, "s"):
			return false
		}
		n++
	}
	return n == len(args)
}
