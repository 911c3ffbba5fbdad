// SPDX-License-Identifier: Apache-2.0

package locale

import "strings"

// accents maps each Latin letter to one that looks like it but that nobody types.
const (
	plainLetters    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	accentedLetters = "áƀçđéƒĝĥíĵķłɱñóþɋŕşŧúṽŵẋýžÁƁÇĐÉƑĜĤÍĴĶŁṀÑÓÞɊŔŞŦÚṼŴẊÝŽ"
)

// accent changes the letters of a pattern and leaves its verbs alone.
func accent(pattern string) string {
	table := []rune(accentedLetters)
	var b strings.Builder
	inVerb := false
	for _, r := range pattern {
		i := strings.IndexRune(plainLetters, r)
		switch {
		case inVerb:
			b.WriteRune(r)
			inVerb = i < 0 && r != '%'
		case r == '%':
			b.WriteRune(r)
			inVerb = true
		case i >= 0:
			b.WriteRune(table[i])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// bracket marks a text as coming from the catalogue.
func bracket(s string) string { return "⟦" + s + "⟧" }
