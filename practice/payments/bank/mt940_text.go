// SPDX-License-Identifier: Apache-2.0

package bank

import "strings"

// purpose reads an :86:. German banks write three digits and then fields ?NN; others free text.
func (l *Line) purpose(text string) {
	if len(text) < 5 || text[3] != '?' {
		if t := squeeze(text, maxText); t != "" {
			l.Text = t
		}
		return
	}
	flat := strings.ReplaceAll(text, "\n", "")
	var words, names []string
	for _, part := range strings.Split(flat[4:], "?") {
		if len(part) < 2 {
			continue
		}
		no, value := part[:2], part[2:]
		switch {
		case no == "00":
			l.Kind = squeeze(value, maxID)
		case no >= "20" && no <= "29", no >= "60" && no <= "63":
			words = append(words, value)
		case no == "30":
			l.BIC = account(value)
		case no == "31":
			l.IBAN = account(value)
		case no == "32", no == "33":
			names = append(names, value)
		}
	}
	l.Name = squeeze(strings.Join(names, ""), maxName)
	l.tagged(words)
}

// sepaTags are the words with which banks mark what belonged to fields of its own in the payment.
var sepaTags = []string{"EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "SVWZ+", "ABWA+", "ABWE+", "IBAN+", "BIC+", "COAM+", "OAMT+"}

// tagged splits the purpose of a SEPA payment: EREF+ end-to-end id, MREF+ mandate, SVWZ+ text. A tag may stand within a line,
// and lines of 27 letters cut words: between lines nothing is added.
func (l *Line) tagged(words []string) {
	all := strings.Join(words, "")
	type at struct{ from, to int }
	var marks []at
	for i := 0; i < len(all); i++ {
		for _, tag := range sepaTags {
			if strings.HasPrefix(all[i:], tag) {
				marks = append(marks, at{i, i + len(tag)})
				i += len(tag) - 1
				break
			}
		}
	}
	if len(marks) == 0 {
		l.Text = squeeze(strings.Join(words, " "), maxText)
		return
	}
	text := all[:marks[0].from]
	for i, m := range marks {
		end := len(all)
		if i+1 < len(marks) {
			end = marks[i+1].from
		}
		value := all[m.to:end]
		switch all[m.from:m.to] {
		case "EREF+":
			l.EndToEnd = id(value)
		case "KREF+":
			l.Bundle = id(value)
		case "MREF+":
			l.Mandate = id(value)
		case "SVWZ+":
			text += value
		case "IBAN+":
			l.IBAN = account(value)
		case "BIC+":
			l.BIC = account(value)
		}
	}
	l.Text = squeeze(text, maxText)
}
