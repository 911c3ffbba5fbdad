// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"strings"

	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/paper"
)

// LetterFile is a file of the file store that goes with a letter.
type LetterFile struct {
	Ref, Name, Type string
	Size            int64
}

// SentStatement is a statement that was mailed.
type SentStatement struct {
	ID       ids.ID
	Client   ids.ID
	From, To civil.Date // both days included
	Email    string
	File     string // digest in the file store
	Author   string
	At       int64 // microseconds
}

// SentStatements returns what was mailed last; of one client where client is not 0.
func (s *Service) SentStatements(ctx context.Context, client ids.ID, limit int) ([]SentStatement, error) {
	return all(ctx, s.p.DB.Reader(), func(row interface{ Scan(...any) error }) (x SentStatement, err error) {
		err = row.Scan(&x.ID, &x.Client, &x.From, &x.To, &x.Email, &x.File, &x.Author, &x.At)
		return x, err
	}, "SELECT id, client_id, starts, ends, email, file, author, made_at FROM payments_statements WHERE CAST($1 AS BIGINT) = 0 OR client_id = $1 ORDER BY id DESC LIMIT $2", int64(client), limit)
}

// SentFile returns the PDF of a statement that was mailed, as it was.
func (s *Service) SentFile(ctx context.Context, id ids.ID) ([]byte, error) {
	none := fault.NewNotFound("There is no such statement.")
	var ref string
	if err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT file FROM payments_statements WHERE id = $1", int64(id)).Scan(&ref); err != nil {
		return nil, found(err, none)
	}
	if ref == "" || s.p.Blobs == nil {
		return nil, none
	}
	f, err := s.p.Blobs.Open(blob.Ref(ref))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxStatement))
}

// maxStatement bounds the PDF of a statement.
const maxStatement = 32 << 20

// MailStatement mails the statement of a client to the address of its billing details. It may be mailed again.
func (s *Service) MailStatement(ctx context.Context, client ids.ID, from, to civil.Date) error {
	if err := s.canMail(ctx); err != nil {
		return err
	}
	list, err := s.Statements(ctx, client, from, to)
	if err != nil {
		return err
	}
	return s.mailStatement(ctx, list, client, from, to)
}

// canMail says in words why nothing can be mailed.
func (s *Service) canMail(ctx context.Context) error {
	none := fault.NewConflict("No mail can be sent yet: no mailbox has a server for sending. An owner sets one up under Mailboxes.")
	if s.p.Post == nil || s.p.CanSend == nil || s.p.Blobs == nil {
		return none
	}
	ok, err := s.p.CanSend(ctx)
	if err == nil && !ok {
		err = none
	}
	return err
}

func (s *Service) mailStatement(ctx context.Context, list []Statement, client ids.ID, from, to civil.Date) error {
	if len(list) == 0 {
		return fault.NewConflict("There is no invoice and no payment in these days.")
	}
	firm, err := s.p.Billing.Firm(ctx)
	if err != nil {
		return err
	}
	a, err := s.p.Billing.Account(ctx, client)
	if err != nil {
		return err
	}
	if a.Email == "" {
		return fault.NewInvalid("The client's billing details name no address that documents are sent to.").On("email")
	}
	language := a.Language
	if language == "" {
		language = firm.Language
	}
	p := locale.New(locale.Document(language, locale.EnUS), s.p.Zone)
	look := paper.Look{}
	if s.p.Look != nil {
		look = s.p.Look(ctx)
	}
	var pdf bytes.Buffer
	if err := s.WriteStatement(ctx, &pdf, client, from, to, look); err != nil {
		return err
	}
	ref, _, err := s.p.Blobs.Put(bytes.NewReader(pdf.Bytes()), maxStatement)
	if err != nil {
		return err
	}
	l := statementLetter(p, list, firm.Party.Name)
	l.To = a.Email
	l.Files = []LetterFile{{Ref: string(ref), Name: strings.ToLower(strings.ReplaceAll(p.T("Statement"), " ", "-")) + "-" + to.String() + ".pdf", Type: "application/pdf", Size: int64(pdf.Len())}}
	return s.change(ctx, "payments.statement", client.String(), list[0].Name+" "+a.Email, func(tx *sql.Tx) error {
		if err := s.p.Post(ctx, tx, l); err != nil {
			return err
		}
		_, author := by(ctx)
		_, err := tx.ExecContext(ctx, "INSERT INTO payments_statements (id, client_id, starts, ends, email, file, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			int64(s.p.IDs.New()), int64(client), int64(from), int64(to), a.Email, string(ref), author, s.now())
		return err
	})
}

// statementLetter writes the mail that a statement goes with, in the language of p.
func statementLetter(p locale.Printer, list []Statement, firm string) Letter {
	st := list[0]
	l := Letter{Subject: p.T("Statement of %s", p.Date(st.To))}
	lines := []string{p.T("Attached is the statement of your account from %[1]s to %[2]s.", p.Date(st.From), p.Date(st.To)), ""}
	for _, x := range list {
		switch {
		case x.Closing > 0:
			lines = append(lines, p.T("Owed at the end of these days: %s.", p.Money(x.Closing, x.Currency)))
		case x.Closing < 0:
			lines = append(lines, p.T("To your credit at the end of these days: %s.", p.Money(-x.Closing, x.Currency)))
		default:
			lines = append(lines, p.T("Nothing is owed in %s.", string(x.Currency)))
		}
	}
	l.Body = strings.Join(append(lines, "", firm), "\n")
	return l
}

// Mailed says what became of mailing statements to many clients.
type Mailed struct {
	Sent    int
	Before  int      // had one of the same days before
	Without []string // names of those whose billing details name no address
}

// MailStatements mails a statement to each client with a balance on the last day. Who was mailed one of the same days before is left
// out, so that it can be asked for again when it was interrupted.
func (s *Service) MailStatements(ctx context.Context, from, to civil.Date) (out Mailed, err error) {
	if err := s.canMail(ctx); err != nil {
		return out, err
	}
	ageing, err := s.Ageing(ctx, to, 0)
	if err != nil {
		return out, err
	}
	var order []ids.ID
	names := map[ids.ID]string{}
	for _, r := range ageing.Rows {
		if r.Total() == 0 {
			continue
		}
		if names[r.Client] == "" {
			order = append(order, r.Client)
		}
		names[r.Client] = r.Name
	}
	for _, client := range order {
		var n int64
		if err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM payments_statements WHERE client_id = $1 AND starts = $2 AND ends = $3", int64(client), int64(from), int64(to)).Scan(&n); err != nil {
			return out, err
		}
		if n > 0 {
			out.Before++
			continue
		}
		list, err := s.Statements(ctx, client, from, to)
		if err != nil {
			return out, err
		}
		err = s.mailStatement(ctx, list, client, from, to)
		if fault.Is(err, fault.Invalid) {
			out.Without = append(out.Without, names[client])
			continue
		}
		if err != nil {
			return out, err
		}
		out.Sent++
	}
	return out, nil
}
