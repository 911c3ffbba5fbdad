// SPDX-License-Identifier: Apache-2.0

package export

import (
	"cmp"
	"io"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
)

// Datev is what a tax adviser says of the firm.
type Datev struct {
	Names                      // Accounts are revenue accounts; Taxes are BU keys, empty where the account taxes by itself
	Adviser, Client int        // Beraternummer, Mandantennummer
	YearFrom        civil.Date // the fiscal year's first day
	Digits          int        // of an account, 4–8; 0 = 4
	Revenue         string     // of lines that name no account; "" = 4400
	// Debtor returns the account of the client that a document is for; nil or "" = 10000, the collective debtor.
	Debtor func(v *invoice.Invoice) string
}

// datevColumns are the first columns of a Buchungsstapel, as far as we fill them (DATEV-Format, Buchungsstapel 13).
const datevColumns = "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Kurs;Basis-Umsatz;WKZ Basis-Umsatz;Konto;" +
	"Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel;Belegdatum;Belegfeld 1;Belegfeld 2;Skonto;Buchungstext"

// Write writes documents as a Buchungsstapel (EXTF 700): one row for each document, account and tax, gross, the client's account
// against the revenue. All must lie in one fiscal year.
func (d Datev) Write(w io.Writer, docs []*invoice.Invoice) error {
	if len(docs) == 0 {
		return fault.NewInvalid("There is nothing to export.")
	}
	if d.YearFrom == 0 || !d.YearFrom.Known() {
		return fault.NewInvalid("Please enter the first day of the fiscal year.").On("year_from")
	}
	from, to := docs[0].Issued, docs[0].Issued
	for _, v := range docs {
		from, to = min(from, v.Issued), max(to, v.Issued)
	}
	y, m, day := d.YearFrom.Civil()
	if next, ok := civil.NewDate(y+1, m, min(day, civil.DaysIn(y+1, m))); from < d.YearFrom || ok && to >= next {
		return fault.NewInvalid("The documents do not lie in the fiscal year that begins on %s.", d.YearFrom)
	}
	var b strings.Builder
	compact := func(x civil.Date) string { return strings.ReplaceAll(x.String(), "-", "") }
	digits := cmp.Or(d.Digits, 4)
	// The time of making is left at the last day's midnight, so that the same documents give the same file.
	header := []string{
		`"EXTF"`, "700", "21", `"Buchungsstapel"`, "13", compact(to) + "000000000", "", `"RE"`, `""`, `""`, strconv.Itoa(d.Adviser), strconv.Itoa(d.Client),
		compact(d.YearFrom), strconv.Itoa(digits), compact(from), compact(to), `"Rechnungen"`, `""`, "1", "0", "0", `"` + string(docs[0].Currency) + `"`,
		"", `""`, "", "", `""`, "", "", `""`, `""`,
	}
	b.WriteString(strings.Join(header, ";") + "\r\n" + datevColumns + "\r\n")
	for _, v := range docs {
		if v.Currency != docs[0].Currency {
			return fault.NewInvalid("A file for DATEV has one currency: %s and %s are two.", string(docs[0].Currency), string(v.Currency))
		}
		if err := d.document(&b, v); err != nil {
			return err
		}
	}
	return latin(w, b.String())
}

func (d Datev) document(b *strings.Builder, v *invoice.Invoice) error {
	all, err := rows(v, cmp.Or(d.Revenue, "4400"))
	if err != nil {
		return err
	}
	type key struct{ account, tax string }
	var order []key
	sums := map[key]int64{}
	total := int64(0)
	for _, r := range all {
		k := key{d.account(r.Account), d.Taxes[r.Rate.Code]}
		if _, ok := sums[k]; !ok {
			order = append(order, k)
		}
		sums[k] += r.Net + r.Tax
		total += r.Net + r.Tax
	}
	if total != signed(v) {
		return fault.NewInvalid("The lines of %s do not come to its total.", v.Number)
	}
	debtor := ""
	if d.Debtor != nil {
		debtor = d.Debtor(v)
	}
	debtor = cmp.Or(debtor, "1"+strings.Repeat("0", cmp.Or(d.Digits, 4)))
	for _, k := range order {
		for _, n := range []string{k.account, debtor, cmp.Or(k.tax, "0")} {
			if strings.Trim(n, "0123456789") != "" || len(n) > 9 {
				return fault.NewInvalid("DATEV has numbers for accounts and tax keys, not %q: name its number.", n)
			}
		}
		sum, side := sums[k], "S"
		switch {
		case sum == 0:
			continue
		case sum < 0:
			sum, side = -sum, "H"
		}
		s := v.Issued.String()
		tax := ""
		if k.tax != "" {
			tax = `"` + k.tax + `"`
		}
		cells := []string{
			strings.Replace(money.FormatMinor(sum, v.Currency.Digits()), ".", ",", 1), `"` + side + `"`, `"` + string(v.Currency) + `"`, "", "", `""`,
			debtor, k.account, tax, s[8:] + s[5:7], text(belegfeld(v.Number), 36), text("", 12), "", text(v.Buyer.Name, 60),
		}
		b.WriteString(strings.Join(cells, ";") + "\r\n")
	}
	return nil
}

// belegfeld keeps the letters that DATEV takes in a number.
func belegfeld(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("$&%*+-/", r) {
			return r
		}
		return '-'
	}, s)
}

func text(s string, most int) string {
	return `"` + strings.ReplaceAll(line(s, most), `"`, `""`) + `"`
}
