// SPDX-License-Identifier: Apache-2.0

package recurring

import (
	"strconv"
	"strings"
)

// MaxTerm is the longest term, in months, over which a payment is spread.
const MaxTerm = 60

// term reads how many months a payment covers from the words of a line, 0 where
// they do not say. "Monthly" wins over "annual": an annual contract paid
// monthly covers a month per payment.
func term(ws []string) uint8 {
	var found uint8
	for i, w := range ws {
		switch w {
		case "monthly", "pcm", "month", "monat", "mtl", "monatspauschale", "monatlich", "monatliche":
			if i > 0 && number(ws[i-1]) {
				found = max(found, count(ws[i-1], 1))
				continue
			}
			if w == "month" && (i == 0 || ws[i-1] != "per" && ws[i-1] != "a" && ws[i-1] != "each") {
				continue
			}
			return 1
		case "months", "mths", "mth", "monate", "monaten":
			if i > 0 && number(ws[i-1]) {
				found = max(found, count(ws[i-1], 1))
			}
		case "year", "years", "yr", "yrs", "jahr", "jahre", "jahren":
			switch {
			case i > 0 && number(ws[i-1]):
				found = max(found, count(ws[i-1], 12))
			case i > 0 && (ws[i-1] == "per" || ws[i-1] == "a" || ws[i-1] == "pro" || ws[i-1] == "je" || ws[i-1] == "one"):
				found = max(found, 12)
			}
		case "annual", "annually", "annum", "yearly", "jährlich", "jährliche", "jahresgebühr", "jahreslizenz", "jahrespauschale", "jahresabo", "jahreswartung":
			found = max(found, 12)
		case "quarterly", "quartalsweise", "vierteljährlich", "vierteljährliche", "quartalspauschale", "quartal", "quarter":
			found = max(found, 3)
		case "halbjährlich", "halbjährliche", "biannual", "semiannual":
			found = max(found, 6)
		}
		if strings.HasPrefix(w, "half") && i+1 < len(ws) && ws[i+1] == "yearly" {
			return 6
		}
	}
	return found
}

// count multiplies a written number, or returns 0 where the result is no
// sensible term: "2013 months" is a date beside a word.
func count(w string, unit int) uint8 {
	n, err := strconv.Atoi(w)
	if err != nil || n < 1 || n*unit > MaxTerm {
		return 0
	}
	return uint8(n * unit)
}
