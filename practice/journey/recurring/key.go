// SPDX-License-Identifier: Apache-2.0

package recurring

import "strings"

// Key is the identity of a line text for the user's answers: its words in lower
// case without numbers, dates and names of months, so that one answer settles
// "Support March 2024" and "Support April 2024". A text of numbers only is its own key.
func Key(text string) string {
	var store [maxWords]string
	var b strings.Builder
	for _, w := range split(text, store[:0]) {
		if number(w) || monthName(w) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	if b.Len() == 0 {
		return strings.ToLower(strings.TrimSpace(text))
	}
	return b.String()
}

// monthName reports whether w is the name of a month, or its usual short form, in
// English or German. "May" is one too: "may" hardly ever stands in an invoice line.
func monthName(w string) bool {
	switch w {
	case "jan", "january", "januar", "feb", "february", "februar", "mar", "march", "mär", "märz", "apr", "april",
		"may", "mai", "jun", "june", "juni", "jul", "july", "juli", "aug", "august", "sep", "sept", "september",
		"oct", "october", "okt", "oktober", "nov", "november", "dec", "december", "dez", "dezember":
		return true
	}
	return false
}
