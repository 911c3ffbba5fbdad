// SPDX-License-Identifier: Apache-2.0

// Package payqr writes what stands in the QR codes that a bank's app reads off an invoice: the EPC code ("GiroCode", EPC069-12 version 002)
// for euros to an IBAN, and the Swiss QR-bill (Implementation Guidelines 2.3) for francs or euros to an IBAN of Switzerland or
// Liechtenstein. It is pure text; kit/paper draws it.
package payqr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
)

// MostEPC and MostSwiss are the widest codes that the rules allow, in modules: versions 13 and 25.
const (
	MostEPC   = 4*13 + 17
	MostSwiss = 4*25 + 17
)

// payable reports whether there is something to pay by transfer at all.
func payable(v *invoice.Invoice) bool {
	return v.Kind != invoice.CreditNote && v.Number != "" && v.Totals.Payable > 0 && v.Pay.Mandate == "" && invoice.ValidIBAN(v.Pay.IBAN)
}

func iban(v *invoice.Invoice) string {
	return strings.ToUpper(strings.ReplaceAll(v.Pay.IBAN, " ", ""))
}

func holder(v *invoice.Invoice) string {
	if v.Pay.Holder != "" {
		return v.Pay.Holder
	}
	return v.Seller.Name
}

// EPC returns the text of the EPC code; false where the document has none.
func EPC(v *invoice.Invoice) (string, bool) {
	if v.Currency != "EUR" || !payable(v) || v.Totals.Payable > 999_999_999_99 {
		return "", false
	}
	structured, text := "", line(v.Pay.Reference, 140)
	if text == "" {
		text = line(v.Number, 140)
	}
	if r := compact(text); creditor(r) {
		structured, text = r, ""
	}
	rows := []string{
		"BCD", "002", "1", "SCT", line(v.Pay.BIC, 11), line(holder(v), 70), iban(v),
		"EUR" + money.FormatMinor(v.Totals.Payable, 2), "", structured, text,
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n"), true
}

// Swiss is what a Swiss QR-bill shows and encodes.
type Swiss struct {
	Text      string // in the code
	IBAN      string
	Creditor  []string
	Debtor    []string
	Reference string // grouped as it is printed; empty = none
	Message   string
}

// SwissOf returns the QR-bill of a document; false where it has none: a QR-IBAN asks for a QR reference of 27 digits.
func SwissOf(v *invoice.Invoice) (Swiss, bool) {
	account := iban(v)
	if v.Currency != "CHF" && v.Currency != "EUR" || !payable(v) || v.Totals.Payable > 999_999_999_99 ||
		!strings.HasPrefix(account, "CH") && !strings.HasPrefix(account, "LI") || len(account) != 21 {
		return Swiss{}, false
	}
	ref, kind, message := compact(v.Pay.Reference), "NON", ""
	iid := account[4:9]
	switch {
	case iid >= "30000" && iid <= "31999":
		if !qrReference(ref) {
			return Swiss{}, false
		}
		kind = "QRR"
	case creditor(ref):
		kind = "SCOR"
	default:
		ref, message = "", line(v.Pay.Reference, 140)
		if message == "" {
			message = line(v.Number, 140)
		}
	}
	s := Swiss{IBAN: groups(account, 4), Message: message}
	from, okFrom := address(holder(v), &v.Seller.Address)
	to, okTo := address(v.Buyer.Name, &v.Buyer.Address)
	if !okFrom {
		return Swiss{}, false
	}
	if !okTo {
		to = make([]string, 7)
	}
	s.Creditor, s.Debtor = shown(from), shown(to)
	switch kind {
	case "QRR":
		s.Reference = ref[:2] + " " + groups(ref[2:], 5)
	case "SCOR":
		s.Reference = groups(ref, 4)
	}
	rows := append([]string{"SPC", "0200", "1", account}, from...)
	rows = append(rows, "", "", "", "", "", "", "", money.FormatMinor(v.Totals.Payable, 2), string(v.Currency))
	rows = append(rows, to...)
	rows = append(rows, kind, ref, message, "EPD")
	s.Text = strings.Join(rows, "\n")
	return s, true
}

// address returns the seven rows of a structured address (type S), and false where name, postcode, town or country is missing.
func address(name string, a *invoice.Address) ([]string, bool) {
	row := []string{"S", swiss(name, 70), swiss(a.Street, 70), "", swiss(a.Postcode, 16), swiss(a.City, 35), a.Country}
	return row, row[1] != "" && row[4] != "" && row[5] != "" && len(row[6]) == 2
}

func shown(row []string) []string {
	if row[1] == "" {
		return nil
	}
	out := []string{row[1]}
	if row[2] != "" {
		out = append(out, row[2])
	}
	town := row[4] + " " + row[5]
	if row[6] != "CH" && row[6] != "LI" {
		town = row[6] + "-" + town
	}
	return append(out, town)
}

// line makes one row of a code of a text: no line ends, no more than so many letters.
func line(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) > most {
		s = strings.TrimSpace(string([]rune(s)[:most]))
	}
	return s
}

// swiss is line within the letters that a QR-bill may have: Basic Latin, Latin-1, Latin Extended-A, some more.
func swiss(s string, most int) string {
	return line(strings.Map(func(r rune) rune {
		if r >= 0x20 && r <= 0x7e || r >= 0xa0 && r <= 0x17f || r >= 0x218 && r <= 0x21b || r == 0x20ac {
			return r
		}
		return ' '
	}, s), most)
}

func compact(s string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s), " ", ""))
}

func groups(s string, n int) string {
	var b strings.Builder
	for i := range s {
		if i > 0 && i%n == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// creditor reports whether a text is a creditor reference of ISO 11649: RF, two check digits, up to 21 letters or digits.
func creditor(s string) bool {
	if len(s) < 5 || len(s) > 25 || !strings.HasPrefix(s, "RF") {
		return false
	}
	mod, ok := mod97(s[4:] + s[:4])
	return ok && mod == 1
}

// Creditor returns the creditor reference of a number, such as that of the invoice; false where it has no letters or digits or too many.
func Creditor(number string) (string, bool) {
	n := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(number))
	mod, ok := mod97(n + "RF00")
	if n == "" || len(n) > 21 || !ok {
		return "", false
	}
	check := 98 - mod
	return "RF" + string([]byte{byte('0' + check/10), byte('0' + check%10)}) + n, true
}

func mod97(s string) (mod int, ok bool) {
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			mod = (mod*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			mod = (mod*100 + int(c-'A') + 10) % 97
		default:
			return 0, false
		}
	}
	return mod, true
}

// qrReference reports whether a text is a QR reference: 27 digits, the last one a check digit by recursive modulo 10.
func qrReference(s string) bool {
	if len(s) != 27 {
		return false
	}
	table := [...]int{0, 9, 4, 6, 8, 2, 7, 1, 3, 5}
	carry := 0
	for i, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
		if i == 26 {
			return int(c-'0') == (10-carry)%10
		}
		carry = table[(carry+int(c-'0'))%10]
	}
	return false
}
