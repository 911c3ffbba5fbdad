// SPDX-License-Identifier: Apache-2.0

// Package mib takes names and numbers out of MIB files (SMIv1 and SMIv2), so that people choose values by name.
//
// It reads what is assigned a place in the tree of objects, and passes over all else: makers' files are seldom valid, and a reader
// that insists refuses the one that is needed. A file whose parents stand in another one is completed once that is read, too.
package mib

import (
	"strconv"
	"strings"
)

// Object is something with a place in the tree.
type Object struct {
	Module string
	Name   string
	OID    string // without a leading dot; "" while its parent is not known
	Kind   string // OBJECT-TYPE, MODULE-IDENTITY, OBJECT IDENTIFIER …
	Syntax string // of an OBJECT-TYPE
	Units  string
	Descr  string // its first sentences
	Table  bool   // a table or a row, which has no value itself

	Parent string   // the name that its place is under
	Sub    []string // the numbers below that
}

// The limits of reading.
const (
	MaxFile    = 8 << 20
	maxObjects = 50_000
	maxDescr   = 300
	maxOID     = 500
	maxLine    = 4096
)

// roots are the names that stand at the top, which the base modules define.
func roots() map[string]string {
	return map[string]string{
		"iso": "1", "org": "1.3", "dod": "1.3.6", "internet": "1.3.6.1", "directory": "1.3.6.1.1", "mgmt": "1.3.6.1.2", "mib-2": "1.3.6.1.2.1", "transmission": "1.3.6.1.2.1.10", "experimental": "1.3.6.1.3",
		"private": "1.3.6.1.4", "enterprises": "1.3.6.1.4.1", "security": "1.3.6.1.5", "snmpV2": "1.3.6.1.6", "snmpModules": "1.3.6.1.6.3", "system": "1.3.6.1.2.1.1", "interfaces": "1.3.6.1.2.1.2",
		"ifEntry": "1.3.6.1.2.1.2.2.1", "ifMIB": "1.3.6.1.2.1.31", "host": "1.3.6.1.2.1.25", "printmib": "1.3.6.1.2.1.43", "upsMIB": "1.3.6.1.2.1.33", "entityMIB": "1.3.6.1.2.1.47", "ccitt": "0", "zeroDotZero": "0.0",
	}
}

// Read takes the objects out of one or several modules. Those whose parents are not known have no OID.
func Read(text string) []Object {
	if len(text) > MaxFile {
		text = text[:MaxFile]
	}
	var out []Object
	module := ""
	l := &lexer{text: text}
	var before [3]string // the words before the current one
	for w := l.next(); w != "" && len(out) < maxObjects; w = l.next() {
		switch {
		case w == "DEFINITIONS":
			module = before[2]
		case kinds[w] && name(before[2]):
			if o, ok := l.object(before[2], w); ok {
				o.Module = module
				out = append(out, o)
			}
			w = ""
		case w == "IDENTIFIER" && before[2] == "OBJECT" && name(before[1]):
			if o, ok := l.object(before[1], "OBJECT IDENTIFIER"); ok {
				o.Module = module
				out = append(out, o)
			}
			w = ""
		}
		before[0], before[1], before[2] = before[1], before[2], w
	}
	resolve(out, roots())
	return out
}

var kinds = map[string]bool{"OBJECT-TYPE": true, "MODULE-IDENTITY": true, "OBJECT-IDENTITY": true, "NOTIFICATION-TYPE": true}

// Resolve completes objects by those that are known from other files, by name.
func Resolve(list []Object, known map[string]string) {
	all := roots()
	for n, oid := range known {
		if all[n] == "" {
			all[n] = oid
		}
	}
	resolve(list, all)
}

func resolve(list []Object, known map[string]string) {
	for _, o := range list {
		if o.OID != "" {
			known[o.Name] = o.OID
		}
	}
	for more, rounds := true, 0; more && rounds < 200; rounds++ {
		more = false
		for i := range list {
			o := &list[i]
			base := known[o.Parent]
			if o.OID != "" || base == "" {
				continue
			}
			oid := strings.Join(append([]string{base}, o.Sub...), ".")
			if len(oid) > maxOID { // deeper than SNMP allows
				o.Parent = ""
				continue
			}
			o.OID = oid
			if known[o.Name] == "" {
				known[o.Name] = o.OID
			}
			more = true
		}
	}
}

// name reports whether a word can be an object's: it begins with a small letter.
func name(w string) bool {
	if w == "" || len(w) > 100 || w[0] < 'a' || w[0] > 'z' {
		return false
	}
	return strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// lexer gives the words of a file: names, numbers, signs, and texts with a quote in front.
type lexer struct {
	text string
	at   int
}

func (l *lexer) next() string {
	for l.at < len(l.text) {
		c := l.text[l.at]
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v' || c == 0:
			l.at++
		case strings.HasPrefix(l.text[l.at:], "--"):
			l.comment()
		case c == '"':
			end := strings.IndexByte(l.text[l.at+1:], '"')
			if end < 0 {
				l.at = len(l.text)
				return ""
			}
			s := l.text[l.at : l.at+1+end]
			l.at += end + 2
			return s
		case strings.HasPrefix(l.text[l.at:], "::="):
			l.at += 3
			return "::="
		case word(c):
			from := l.at
			for l.at < len(l.text) && word(l.text[l.at]) && !strings.HasPrefix(l.text[l.at:], "--") {
				l.at++
			}
			return l.text[from:l.at]
		default:
			l.at++
			return string(c)
		}
	}
	return ""
}

// comment ends at the end of the line, or at the next two dashes.
func (l *lexer) comment() {
	rest := l.text[l.at+2:]
	rest = rest[:min(len(rest), maxLine)] // files of one line would be read again and again
	line := strings.IndexByte(rest, '\n')
	if line < 0 {
		line = len(rest)
	}
	if end := strings.Index(rest[:line], "--"); end >= 0 && !strings.Contains(rest[end:line], "---") && strings.Trim(rest[:end], "-") != "" {
		l.at += 2 + end + 2
		return
	}
	l.at += 2 + line
}

func word(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

// object reads a definition up to its place: … ::= { parent 1 2 }. A macro's own definition has none of that form.
func (l *lexer) object(called, kind string) (Object, bool) {
	o := Object{Name: called, Kind: kind}
	start := l.at
	for words := 0; words < 5000; words++ {
		w := l.next()
		switch w {
		case "":
			return o, false
		case "MACRO":
			return o, false
		case "SYNTAX":
			o.Syntax, o.Table = l.syntax()
		case "UNITS":
			o.Units = clean(l.next(), 40)
		case "DESCRIPTION":
			if o.Descr == "" {
				o.Descr = clean(l.next(), maxDescr)
			}
		case "::=":
			return o, l.place(&o)
		case "OBJECT-TYPE", "DEFINITIONS": // the end was missing: begin there anew
			l.at = start
			return o, false
		}
	}
	return o, false
}

func (l *lexer) syntax() (text string, table bool) {
	w := l.next()
	switch {
	case w == "SEQUENCE":
		return "SEQUENCE", true
	case strings.HasSuffix(w, "Entry"):
		return w, true
	case w == "OCTET" || w == "OBJECT":
		return w + " " + l.next(), false
	}
	return clean(w, 60), false
}

// place reads { parent number … }, where a number may have a name: { iso org(3) 6 }.
func (l *lexer) place(o *Object) bool {
	if l.next() != "{" {
		return false
	}
	for range 40 {
		w := l.next()
		switch {
		case w == "}":
			return len(o.Sub) > 0 && o.Parent != ""
		case w == "(" || w == ")":
		case w == "":
			return false
		case isNumber(w):
			if o.Parent == "" {
				o.Parent = map[string]string{"1": "iso", "0": "ccitt"}[w]
				continue
			}
			o.Sub = append(o.Sub, w)
		case o.Parent == "" && name(w):
			o.Parent = w
		case !name(w):
			return false
		}
	}
	return false
}

func isNumber(w string) bool {
	_, err := strconv.ParseUint(w, 10, 32)
	return err == nil
}

func clean(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(strings.TrimPrefix(s, `"`), "\uFFFD")), " ")
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return s
}
