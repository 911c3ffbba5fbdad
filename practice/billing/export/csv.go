// SPDX-License-Identifier: Apache-2.0

package export

import (
	"cmp"
	"encoding/csv"
	"io"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// Xero is how the import of sales invoices is set up there.
type Xero struct {
	Names
	Revenue    string // the code of the account of lines that name none; "" = 200
	MonthFirst bool   // the organisation writes 12/31/2026
}

// Write writes documents as Xero's template for sales invoices; it takes credit notes as documents below zero. Amounts are without tax: that
// is to be chosen when importing. Xero takes 500 documents in one file.
func (x Xero) Write(w io.Writer, docs []*invoice.Invoice) error {
	t := table{w: csv.NewWriter(w)}
	t.row("*ContactName", "EmailAddress", "POAddressLine1", "POAddressLine2", "POAddressLine3", "POAddressLine4", "POCity", "PORegion", "POPostalCode", "POCountry",
		"*InvoiceNumber", "Reference", "*InvoiceDate", "*DueDate", "Total", "InventoryItemCode", "*Description", "*Quantity", "*UnitAmount", "Discount",
		"*AccountCode", "*TaxType", "TrackingName1", "TrackingOption1", "TrackingName2", "TrackingOption2", "Currency", "BrandingTheme")
	day := dayFirst
	if x.MonthFirst {
		day = monthFirst
	}
	for _, v := range docs {
		all, err := rows(v, cmp.Or(x.Revenue, "200"))
		if err != nil {
			return err
		}
		a := &v.Buyer.Address
		total := money.FormatMinor(signed(v), v.Currency.Digits())
		for _, r := range all {
			t.row(safe(v.Buyer.Name), safe(v.Buyer.Email), safe(a.Street), safe(a.Extra), "", "", safe(a.City), safe(a.Region), safe(a.Postcode), a.Country,
				safe(v.Number), safe(v.Order), day(v.Issued), day(due(v)), total, safe(r.Code), safe(r.Text), r.Quantity.String(), r.Price.String(), "",
				safe(x.account(r.Account)), safe(x.tax(r.Rate)), "", "", "", "", string(v.Currency), "")
		}
	}
	return t.flush()
}

func (x Xero) tax(r rating.Rate) string {
	switch {
	case x.Taxes[r.Code] != "":
		return x.Taxes[r.Code]
	case r.Category == rating.Standard:
		return trim(r.Percent).String() + "% (VAT on Income)"
	case r.Category == rating.Zero:
		return "Zero Rated Income"
	}
	return "No VAT"
}

// signed is the document's total, below zero for a credit note.
func signed(v *invoice.Invoice) int64 {
	if v.Kind == invoice.CreditNote {
		return -v.Totals.Gross
	}
	return v.Totals.Gross
}

// due is the day on which the document is due; that of its issue where none is agreed.
func due(v *invoice.Invoice) civil.Date {
	if v.Due != 0 && v.Due.Known() {
		return v.Due
	}
	return v.Issued
}

// QuickBooksOnline is how its import of invoices is set up.
type QuickBooksOnline struct {
	Names             // Accounts are its products and services
	Item       string // the product or service of lines whose account names none; "" = Services
	MonthFirst bool
}

// Write writes invoices and fees as QuickBooks Online imports them. It imports no credit notes that way: their numbers are returned,
// and [QuickBooksJournal] has them too.
func (q QuickBooksOnline) Write(w io.Writer, docs []*invoice.Invoice) (left []string, err error) {
	t := table{w: csv.NewWriter(w)}
	t.row("*InvoiceNo", "*Customer", "*InvoiceDate", "*DueDate", "Terms", "Location", "Memo", "Item(Product/Service)", "ItemDescription",
		"ItemQuantity", "ItemRate", "*ItemAmount", "*ItemTaxCode", "ItemTaxAmount", "Currency", "Service Date")
	day := dayFirst
	if q.MonthFirst {
		day = monthFirst
	}
	for _, v := range docs {
		if v.Kind == invoice.CreditNote {
			left = append(left, v.Number)
			continue
		}
		all, err := rows(v, cmp.Or(q.Item, "Services"))
		if err != nil {
			return left, err
		}
		digits := v.Currency.Digits()
		for _, r := range all {
			t.row(safe(v.Number), safe(v.Buyer.Name), day(v.Issued), day(due(v)), "", "", safe(v.Order), safe(q.account(r.Account)), safe(r.Text),
				r.Quantity.String(), r.Price.String(), money.FormatMinor(r.Net, digits), safe(q.tax(r.Rate)), money.FormatMinor(r.Tax, digits),
				string(v.Currency), day(r.First))
		}
	}
	return left, t.flush()
}

func (q QuickBooksOnline) tax(r rating.Rate) string {
	switch {
	case q.Taxes[r.Code] != "":
		return q.Taxes[r.Code]
	case r.Category == rating.Standard:
		return trim(r.Percent).String() + "% S"
	case r.Category == rating.Zero:
		return "0.0% Z"
	case r.Category == rating.Exempt:
		return "Exempt"
	}
	return "No VAT"
}

// QuickBooksJournal writes entries as QuickBooks Online imports journal entries.
func QuickBooksJournal(w io.Writer, entries []Entry, names Names, monthsFirst bool) error {
	t := table{w: csv.NewWriter(w)}
	t.row("*JournalNo", "*JournalDate", "*AccountName", "*Debits", "*Credits", "Description", "Name", "Currency")
	day := dayFirst
	if monthsFirst {
		day = monthFirst
	}
	for i := range entries {
		e := &entries[i]
		if err := e.Check(); err != nil {
			return err
		}
		for _, p := range e.Postings {
			debit, credit := money.FormatMinor(p.Minor, p.Currency.Digits()), ""
			if p.Minor < 0 {
				debit, credit = "", money.FormatMinor(-p.Minor, p.Currency.Digits())
			}
			t.row(safe(e.Ref), day(e.Day), safe(names.account(p.Account)), debit, credit, safe(e.Text), safe(e.Client), string(p.Currency))
		}
	}
	return t.flush()
}

// table writes CSV and keeps the first error.
type table struct {
	w   *csv.Writer
	err error
}

func (t *table) row(cells ...string) {
	if t.err == nil {
		t.err = t.w.Write(cells)
	}
}

func (t *table) flush() error {
	t.w.Flush()
	if t.err != nil {
		return t.err
	}
	return t.w.Error()
}
