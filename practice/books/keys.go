// SPDX-License-Identifier: Apache-2.0

package books

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/practice/clients"
)

// legalForms are dropped from the end of a client's name, beyond those that clients.NameKey drops.
var legalForms = set("ltd limited plc llp llc lp inc incorporated corp corporation co company gmbh mbh ag kg ohg ug gbr ev eg se sa sas sarl srl spa bv nv oy ab as aps pty kgaa haftungsbeschrankt and the")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// ClientKey is what two spellings of one client have in common: letters and digits in lower
// case, without the article, accents, punctuation and legal forms. "BJSS LTD" and "Bjss
// Limited." have one key. It never parts what clients.NameKey holds together. A name without letters
// and digits has no key.
func ClientKey(name string) string {
	words := strings.Fields(clients.NameKey(name))
	for len(words) > 1 && legalForms[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	if len(words) > 1 && words[0] == "the" {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

var (
	monthWords = set(`jan january januar feb february februar mar march mär märz maerz mrz apr april may mai jun june juni
		jul july juli aug august sep sept september oct october okt oktober nov november dec december dez dezember
		q1 q2 q3 q4 1st 2nd 3rd`)
	timeUnits = set(`month months monat monate monaten year years yr yrs jahr jahre jahren week weeks woche wochen day days tag tage tagen
		hour hours hr hrs stunde stunden minute minutes min mins mth mths quarter quarters quartal quartale user users seat seats`)
)

// StreamKey is what the texts of one stream of lines have in common: lower case,
// without digits, dates and names of months, so that "Support March 2024" and "Support
// April 2024" are one. A number directly before a unit of time (12 months) stays.
func StreamKey(text string) string { return string(appendStreamKey(nil, []byte(text))) }

func appendStreamKey(dst, text []byte) []byte {
	var word, number [64]byte
	w, n := word[:0], number[:0] // the word being read; a number waiting for its unit
	digits, letters := false, false
	flush := func() {
		if len(w) == 0 {
			return
		}
		switch {
		case digits && !letters:
			n = append(n[:0], w...)
		case len(w) <= 10 && monthWords[string(w)], digits && len(w) <= 4 && ordinal(w):
			n = n[:0]
		default:
			if len(n) > 0 && timeUnits[string(w)] {
				dst = append(append(dst, n...), ' ')
			}
			n = n[:0]
			if digits { // "INV-0042b", "v2": the digits go, the letters stay
				w = dropDigits(w)
			}
			if len(w) > 0 {
				dst = append(append(dst, w...), ' ')
			}
		}
		w, digits, letters = w[:0], false, false
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c >= 'A' && c <= 'Z':
				w, letters = append(w, c+32), true
			case c >= 'a' && c <= 'z':
				w, letters = append(w, c), true
			case c >= '0' && c <= '9':
				w, digits = append(w, c), true
			case c == '\'':
			default:
				flush()
			}
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		i += size
		switch {
		case unicode.IsLetter(r):
			w, letters = utf8.AppendRune(w, unicode.ToLower(r)), true
		case r != '’':
			flush()
		}
	}
	flush()
	if len(dst) > 0 && dst[len(dst)-1] == ' ' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func ordinal(w []byte) bool {
	for i, c := range w {
		if c < '0' || c > '9' {
			s := string(w[i:])
			return i > 0 && (s == "st" || s == "nd" || s == "rd" || s == "th")
		}
	}
	return false
}

func dropDigits(w []byte) []byte {
	out := w[:0]
	for _, c := range w {
		if c < '0' || c > '9' {
			out = append(out, c)
		}
	}
	return out
}
