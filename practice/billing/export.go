// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"bytes"
	"context"
	"io"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/billing/export"
	"mainstay/practice/billing/invoice"
)

// Format is a form in which the books are handed to another program.
type Format string

// The formats.
const (
	Hledger           Format = "hledger"   // journal text that hledger and ledger take
	Beancount         Format = "beancount" // journal text that beancount takes
	Xero              Format = "xero"      // invoices and credit notes, CSV
	QuickBooks        Format = "quickbooks"
	QuickBooksJournal Format = "quickbooks-journal"
	QuickBooksDesktop Format = "iif"
	DatevFile         Format = "datev" // invoices and credit notes as a Buchungsstapel
)

// Formats lists the formats in the order in which pages show them.
func Formats() []Format {
	return []Format{Hledger, Beancount, Xero, QuickBooks, QuickBooksJournal, QuickBooksDesktop, DatevFile}
}

// Ending is that of a format's files.
func (f Format) Ending() string {
	switch f {
	case Hledger:
		return ".journal"
	case Beancount:
		return ".beancount"
	case QuickBooksDesktop:
		return ".iif"
	}
	return ".csv"
}

// Export writes the entries or documents of some days for another program: whole, or nothing.
func (s *Service) Export(ctx context.Context, w io.Writer, f Format, from, through civil.Date) error {
	var b bytes.Buffer
	var err error
	switch f {
	case Hledger, Beancount, QuickBooksJournal:
		err = s.exportEntries(ctx, &b, f, from, through)
	case Xero, QuickBooks, QuickBooksDesktop, DatevFile:
		err = s.exportDocuments(ctx, &b, f, from, through)
	default:
		err = fault.NewInvalid("There is no such format.")
	}
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

func (s *Service) exportEntries(ctx context.Context, w io.Writer, f Format, from, through civil.Date) error {
	var list []Entry
	clients := map[ids.ID]bool{}
	err := s.Entries(ctx, from, through, func(e Entry) error {
		list = append(list, e)
		clients[e.Client] = true
		return nil
	})
	if err != nil {
		return err
	}
	of := make([]ids.ID, 0, len(clients))
	for id := range clients {
		of = append(of, id)
	}
	names, err := s.p.Clients.Names(ctx, access.WholeFirm(), of...)
	if err != nil {
		return err
	}
	out := make([]export.Entry, len(list))
	for i, e := range list {
		x := export.Entry{Day: e.Day, Kind: e.Kind, Ref: e.Number, Client: names[e.Client], Text: e.Text}
		for _, p := range e.Postings {
			x.Postings = append(x.Postings, export.Posting{Account: p.Account, Minor: p.Minor, Currency: p.Currency})
		}
		out[i] = x
	}
	switch f {
	case Hledger:
		return export.Ledger(w, out, export.Names{})
	case Beancount:
		return export.Beancount(w, out, export.Names{})
	}
	return export.QuickBooksJournal(w, out, export.Names{}, s.monthsFirst(ctx))
}

// monthsFirst reports whether the firm writes days as 12/31.
func (s *Service) monthsFirst(ctx context.Context) bool {
	f, err := s.Firm(ctx)
	return err == nil && f.Party.Address.Country == "US"
}

func (s *Service) exportDocuments(ctx context.Context, w io.Writer, f Format, from, through civil.Date) error {
	issued := IssuedDoc
	var docs []*invoice.Invoice
	for q := (Filter{State: &issued, From: from, To: through, Limit: 500}); ; {
		list, err := s.List(ctx, q)
		if err != nil {
			return err
		}
		for _, d := range list.Rows {
			v, err := bodyIn(ctx, s.p.DB.Reader(), d.ID)
			if err != nil {
				return err
			}
			docs = append(docs, v)
			q.Before = d.ID
		}
		if !list.More {
			break
		}
	}
	switch f {
	case DatevFile:
		return s.exportDatev(ctx, w, docs)
	case Xero:
		return export.Xero{MonthFirst: s.monthsFirst(ctx)}.Write(w, docs)
	case QuickBooksDesktop:
		return export.QuickBooksDesktop{}.Write(w, docs)
	}
	_, err := export.QuickBooksOnline{MonthFirst: s.monthsFirst(ctx)}.Write(w, docs)
	return err
}
