// SPDX-License-Identifier: Apache-2.0

package export

import (
	"cmp"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// QuickBooksDesktop is how the company file there is set up; an empty name is that of a new file in the United States.
type QuickBooksDesktop struct {
	Names
	Receivable string // "" = Accounts Receivable
	Revenue    string // of lines that name no account; "" = Sales
	Tax        string // "" = Sales Tax Payable
	Agency     string // the vendor to whom the tax is owed; "" = none
}

// Write writes documents as an IIF file of transactions, each of which sums to 0. QuickBooks wants lists (customers, items) to be there,
// or makes them from the names.
func (q QuickBooksDesktop) Write(w io.Writer, docs []*invoice.Invoice) error {
	var b strings.Builder
	put := func(cells ...string) { b.WriteString(strings.Join(cells, "\t") + "\r\n") }
	put("!TRNS", "TRNSTYPE", "DATE", "ACCNT", "NAME", "AMOUNT", "DOCNUM", "MEMO", "ADDR1", "ADDR2", "ADDR3", "ADDR4", "DUEDATE", "PONUM")
	put("!SPL", "TRNSTYPE", "DATE", "ACCNT", "NAME", "AMOUNT", "DOCNUM", "MEMO", "QNTY", "PRICE", "INVITEM", "TAXABLE", "EXTRA")
	put("!ENDTRNS")
	for _, v := range docs {
		all, err := rows(v, cmp.Or(q.Revenue, "Sales"))
		if err != nil {
			return err
		}
		kind := "INVOICE"
		if v.Kind == invoice.CreditNote {
			kind = "CREDIT MEMO"
		}
		digits := v.Currency.Digits()
		total, sum, taxes := signed(v), signed(v), int64(0)
		day, number := monthFirst(v.Issued), iif(v.Number, 11)
		a := &v.Buyer.Address
		name := iif(v.Buyer.Name, 41)
		put("TRNS", kind, day, iif(q.account(cmp.Or(q.Receivable, "Accounts Receivable")), 159), name, money.FormatMinor(total, digits), number, "",
			name, iif(a.Street, 41), iif(strings.TrimSpace(a.City+" "+a.Region+" "+a.Postcode), 41), iif(a.Country, 41), monthFirst(due(v)), iif(v.Order, 25))
		for _, r := range all {
			taxable := "N"
			if r.Rate.Category == rating.Standard {
				taxable = "Y"
			}
			put("SPL", kind, day, iif(q.account(r.Account), 159), name, money.FormatMinor(-r.Net, digits), number, iif(r.Text, 4095),
				money.Decimal{Coef: -r.Quantity.Coef, Scale: r.Quantity.Scale}.String(), r.Price.String(), iif(r.Code, 31), taxable, "")
			sum -= r.Net
			taxes += r.Tax
		}
		put("SPL", kind, day, iif(q.account(cmp.Or(q.Tax, "Sales Tax Payable")), 159), iif(q.Agency, 41), money.FormatMinor(-taxes, digits), number, "", "", "", "", "N", "AUTOSTAX")
		if sum -= taxes; sum != 0 {
			return fault.NewInvalid("The lines of %s do not come to its total.", v.Number)
		}
		put("ENDTRNS")
	}
	return latin(w, b.String())
}

// iif is a text within an IIF file: it has no way to write a tab or a quotation mark.
func iif(s string, most int) string {
	return line(strings.ReplaceAll(s, `"`, "'"), most)
}

// latin writes a text in Windows-1252, as these programs read files; what it does not have becomes a question mark.
func latin(w io.Writer, s string) error {
	e := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder())
	out, err := e.String(s)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, strings.ReplaceAll(out, "\x1a", "?"))
	return err
}
