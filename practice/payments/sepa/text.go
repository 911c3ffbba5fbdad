// SPDX-License-Identifier: Apache-2.0

package sepa

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// spelled are letters that have a spelling of their own without their marks.
var spelled = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "æ", "ae", "Æ", "Ae", "ø", "oe", "Ø", "Oe", "å", "aa", "Å", "Aa",
	"ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "þ", "th", "Þ", "Th", "œ", "oe", "Œ", "Oe", "&", "+", "–", "-", "—", "-", "’", "'", "‘", "'", "„", "", "“", "", "”", "", "€", "EUR", "@", "(at)", "_", "-", "*", ".", ";", ",", "!", ".", "#", " ", "%", " ")

// Latin writes a text with the characters that every bank takes (EPC217-08): a–z A–Z 0–9 / - ? : ( ) . , ' + and blank. Letters
// with marks lose them or are spelled out; what has no likeness is left away. At most n characters.
func Latin(s string, n int) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(spelled.Replace(norm.NFC.String(s))) {
		switch {
		case r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/-?:().,'+", r)):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		}
	}
	out := strings.Join(strings.Fields(b.String()), " ")
	if len(out) > n {
		out = strings.TrimSpace(out[:n])
	}
	return out
}

// identifier says whether a text may be an identifier: restricted characters, no blank, and no slash where banks split at it.
func identifier(s string, n int) bool {
	if s == "" || len(s) > n || strings.HasPrefix(s, "/") || strings.HasSuffix(s, "/") || strings.Contains(s, "//") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("/-?:().,'+", rune(c)) {
			return false
		}
	}
	return true
}
