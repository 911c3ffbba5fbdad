// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"io"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/paper"
	"mainstay/practice/billing/invoice"
)

// MovementName says what a line of a statement is.
func MovementName(p locale.Printer, what string) string {
	switch what {
	case "invoice":
		return p.T("Invoice")
	case "fee":
		return p.T("Fee for late payment")
	case "credit_note":
		return p.T("Credit note")
	case "payment":
		return p.T("Payment")
	case "refund":
		return p.T("Given back")
	case "undone":
		return p.T("Payment taken back")
	case "write_off":
		return p.T("Written off")
	}
	return what
}

// WriteStatement draws the statements of a client as PDF, one for each currency, in the language of their documents.
func (s *Service) WriteStatement(ctx context.Context, w io.Writer, client ids.ID, from, to civil.Date, look paper.Look) error {
	list, err := s.Statements(ctx, client, from, to)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fault.NewNotFound("There is no invoice and no payment in these days.")
	}
	firm, err := s.p.Billing.Firm(ctx)
	if err != nil {
		return err
	}
	a, err := s.p.Billing.Account(ctx, client)
	if err != nil {
		return err
	}
	language := a.Language
	if language == "" {
		language = firm.Language
	}
	p := locale.New(locale.Document(language, locale.EnUS), s.p.Zone)
	if look.Name == "" {
		look.Name = firm.Party.Name
	}
	if look.Accent == (paper.Color{}) {
		look.Accent = paper.Color{R: 15, G: 107, B: 92}
	}
	if look.Footer == nil {
		x := firm.Party.Address
		look.Footer = []paper.FootColumn{{firm.Party.Name, x.Street, x.Postcode + " " + x.City}, {firm.Party.Email, firm.Party.Phone}, {firm.Pay.Holder, firm.Pay.IBAN, firm.Pay.BIC}}
	}
	sheet := paper.New(p, look, paper.SizeFor(firm.Party.Address.Country), p.T("Statement"), to)
	for i := range list {
		list[i].draw(sheet, p, firm.Party, a.Party)
	}
	return sheet.Write(w)
}

func (st *Statement) draw(sheet *paper.Sheet, p locale.Printer, firm, client invoice.Party) {
	money := func(n int64) string { return p.Money(n, st.Currency) }
	f, c := firm.Address, client.Address
	address := []string{client.Name}
	for _, line := range []string{c.Street, c.Extra, c.Postcode + " " + c.City} {
		if line != "" && line != " " {
			address = append(address, line)
		}
	}
	sheet.Letter(paper.Letter{
		Back: firm.Name + ", " + f.Street + ", " + f.Postcode + " " + f.City, To: address, Title: p.T("Statement"), Under: p.T("%[1]s to %[2]s", p.Date(st.From), p.Date(st.To)),
		Facts: []paper.Fact{{Label: p.T("Date"), Value: p.Date(st.To)}, {Label: p.T("Client number"), Value: client.Reference}, {Label: p.T("Owed"), Value: money(st.Closing)}},
	})
	t := paper.Table{Columns: []paper.Column{{Title: p.T("Day"), Width: 24}, {Title: p.T("What")}, {Title: p.T("Amount"), Width: 32, Right: true}, {Title: p.T("Owed"), Width: 32, Right: true}}}
	t.Rows = append(t.Rows, paper.Row{Cells: []string{p.Date(st.From), p.T("Brought forward"), "", money(st.Opening)}})
	for _, m := range st.Movements {
		r := paper.Row{Cells: []string{p.Date(m.Day), MovementName(p, m.What), money(m.Minor), money(m.Balance)}}
		if m.Number != "" {
			r.Cells[1] += " " + m.Number
		}
		t.Rows = append(t.Rows, r)
	}
	t.Carried = func(rows int) string {
		if rows <= 1 {
			return money(st.Opening)
		}
		return money(st.Movements[rows-2].Balance)
	}
	sheet.Table(&t)
	var sums []paper.Sum
	for i, name := range []string{p.T("Not due"), p.T("1–30 days"), p.T("31–60 days"), p.T("61–90 days"), p.T("Over 90 days")} {
		if st.Buckets.Days[i] != 0 {
			sums = append(sums, paper.Sum{Label: name, Value: money(st.Buckets.Days[i])})
		}
	}
	if st.Buckets.Credit != 0 {
		sums = append(sums, paper.Sum{Label: p.T("payments::Credit"), Value: money(st.Buckets.Credit)})
	}
	sheet.Sums(append(sums, paper.Sum{Label: p.T("Owed"), Value: money(st.Closing), Total: true}))
}
