// SPDX-License-Identifier: Apache-2.0

package match

import "strings"

// RF makes the creditor reference of ISO 11649 for a number: RF, two check digits, its letters and digits. "" where the number
// has none or more than 21.
func RF(number string) string {
	body := foldID(number)
	if body == "" || len(body) > 21 {
		return ""
	}
	check := 98 - mod97(body+"RF00")
	return "RF" + string([]byte{byte('0' + check/10), byte('0' + check%10)}) + body
}

// IsRF checks a creditor reference of ISO 11649; blanks do not matter.
func IsRF(s string) bool {
	s = foldID(s)
	return len(s) > 4 && len(s) <= 25 && strings.HasPrefix(s, "RF") && isDigit(s[2]) && isDigit(s[3]) && mod97(s[4:]+s[:4]) == 1
}

// QRR makes the 27 digits of a Swiss QR reference of a number's digits. "" where there are none or more than 26.
func QRR(number string) string {
	var d strings.Builder
	for i := range len(number) {
		if isDigit(number[i]) {
			d.WriteByte(number[i])
		}
	}
	if d.Len() == 0 || d.Len() > 26 {
		return ""
	}
	body := strings.Repeat("0", 26-d.Len()) + d.String()
	return body + string(rune('0'+mod10(body)))
}

// IsQRR checks a Swiss QR reference.
func IsQRR(s string) bool {
	s = foldID(s)
	if len(s) != 27 || strings.Trim(s, "0123456789") != "" || strings.Trim(s, "0") == "" {
		return false
	}
	return mod10(s[:26]) == int(s[26]-'0')
}

// mod97 is the check of ISO 7064, A = 10.
func mod97(s string) int {
	n := 0
	for i := range len(s) {
		if c := s[i]; isDigit(c) {
			n = (n*10 + int(c-'0')) % 97
		} else {
			n = (n*100 + int(c-'A') + 10) % 97
		}
	}
	return n
}

// mod10 is the recursive check of the Swiss payment standards (Implementation Guidelines for the QR-bill, annex B).
func mod10(digits string) int {
	table := [...]int{0, 9, 4, 6, 8, 2, 7, 1, 3, 5}
	carry := 0
	for i := range len(digits) {
		carry = table[(carry+int(digits[i]-'0'))%10]
	}
	return (10 - carry) % 10
}
