// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/store"
)

// Mail is a mail to a client with the files of a document.
type Mail struct {
	To, Subject, Body string
	Files             []MailFile
}

// MailFile is a file of the file store.
type MailFile struct {
	Ref, Name, Type string
	Size            int64
}

// Send mails an issued document, with its PDF and, where the client gets one, its electronic form, to the address of the
// client's account. It may be sent again.
func (s *Service) Send(ctx context.Context, id ids.ID) error {
	if s.p.Post == nil {
		return fault.NewConflict("There is no mailbox to send from.")
	}
	d, f, err := s.keepPapers(ctx, id)
	if err != nil {
		return err
	}
	if d.State != IssuedDoc {
		return fault.NewConflict("A draft is not sent: issue it first.")
	}
	a, err := s.Account(ctx, d.Client)
	if err != nil {
		return err
	}
	if a.Email == "" {
		return fault.NewInvalid("The client's billing details name no address that documents are sent to.").On("email")
	}
	m := s.mailOf(d, f, a.Email)
	for _, x := range []struct{ ref, ending, kind string }{{d.PDF, ".pdf", "application/pdf"}, {d.XML, ".xml", "application/xml"}} {
		if x.ref == "" {
			continue
		}
		b, err := s.file(x.ref)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, MailFile{x.ref, FileName(d.Number) + x.ending, x.kind, int64(len(b))})
	}
	return s.change(ctx, "billing.sent", id.String(), d.Number+" "+a.Email, func(tx *sql.Tx, q *store.Queries) error {
		if err := s.p.Post(ctx, tx, m); err != nil {
			return err
		}
		return q.SetSent(ctx, int64(id), s.now())
	})
}

// mailOf writes the mail of a document in its language.
func (s *Service) mailOf(d Doc, f *invoice.Invoice, to string) Mail {
	p := locale.New(locale.Document(f.Language, locale.EnUS), s.p.Zone)
	m := Mail{To: to}
	total := p.Money(d.Gross, d.Currency)
	switch d.Kind {
	case invoice.CreditNote:
		m.Subject = p.T("Credit note %s", d.Number)
		m.Body = p.T("Attached is our credit note %[1]s over %[2]s.", d.Number, total)
	case invoice.Fee:
		m.Subject = p.T("Fee %s", d.Number)
		m.Body = p.T("Attached is our document %[1]s over %[2]s, due on %[3]s.", d.Number, total, p.Date(d.Due))
	default:
		m.Subject = p.T("Invoice %s", d.Number)
		m.Body = p.T("Attached is our invoice %[1]s over %[2]s, due on %[3]s.", d.Number, total, p.Date(d.Due))
	}
	m.Body += "\n\n" + f.Seller.Name
	return m
}

// FileName is a document's number with what every file system and header takes.
func FileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, s)
}

// sendNew mails a document that was just issued, where the client gets mail and a mailbox can send. What cannot be sent stays
// unsent: the list shows it, and it can be sent by hand.
func (s *Service) sendNew(ctx context.Context, id ids.ID) error {
	if s.p.Post == nil || s.p.CanSend == nil {
		return nil
	}
	d, err := s.Doc(ctx, id)
	if err != nil || d.Sent != 0 || d.Issued < s.Today()-7 || d.Gross == 0 {
		return err
	}
	a, err := s.Account(ctx, d.Client)
	if err != nil || a.Delivery != "mail" || a.Email == "" {
		return err
	}
	if ok, err := s.p.CanSend(ctx); err != nil || !ok {
		return err
	}
	return s.Send(ctx, id)
}

// Seen notes that the client has looked at a document: the first time counts.
func (s *Service) Seen(ctx context.Context, id ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).SetSeen(ctx, int64(id), s.now()) })
}
