// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"mainstay/kit/locale"
)

// In returns the name of a kind of work in the reader's language.
func (t Type) In(p locale.Printer) string {
	switch t.Code {
	case "remote":
		return p.T("Remote")
	case "on-site":
		return p.T("On site")
	case "travel":
		return p.T("Travel")
	case "project":
		return p.T("Project work")
	case "maintenance":
		return p.T("Maintenance")
	case "internal":
		return p.T("Internal work")
	}
	return t.Name
}

// Explain says in one sentence what an entry comes to and why.
func Explain(p locale.Printer, e Entry) string {
	w := e.Price
	switch {
	case e.Coverage == Free && e.Chosen:
		return p.T("free: chosen by hand")
	case e.Coverage == Free:
		return p.T("free: this kind of work is not charged")
	case e.Coverage == Prepaid && e.Covered.Name != "":
		return p.T("prepaid: draws on “%[1]s” of agreement %[2]s", e.Covered.Name, e.Covered.Agreement)
	case e.Coverage == Agreement && e.Covered.Name != "":
		return p.T("included in agreement %[1]s, “%[2]s”: not charged", e.Covered.Agreement, e.Covered.Name)
	case e.Coverage != Billable:
		return p.T("covered by the agreement")
	case !w.Found:
		return p.T("billable, but no rate card has a price for it on %s", e.Day)
	}
	price := p.T("%s/h", p.Money(w.Rate, w.Currency))
	if w.Factor != 100 {
		price = p.T("%[1]s × %[2]d %% outside working hours", price, w.Factor)
	}
	return p.T("billable: %[1]s × %[2]s = %[3]s, by the card “%[4]s” since %[5]s", charged(p, e), price, p.Money(w.Minor, w.Currency), w.Card, w.From)
}

// charged says how the minutes worked became those charged.
func charged(p locale.Printer, e Entry) string {
	w := e.Price
	switch {
	case e.Minutes < 0 || w.Billed == e.Minutes:
		return p.T("%s h", Clock(w.Billed))
	case w.Billed < e.Minutes:
		return p.T("%[1]s h, of which %[2]s h go beyond what the ticket was charged before,", Clock(e.Minutes), Clock(w.Billed))
	case w.Billed == w.Own:
		return p.T("%[1]s h rounded up to %[2]s h", Clock(e.Minutes), Clock(w.Billed))
	}
	return p.T("%[1]s h, with the minimum or rounding of the ticket %[2]s h,", Clock(e.Minutes), Clock(w.Billed))
}
