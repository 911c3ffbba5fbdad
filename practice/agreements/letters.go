// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"math"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/paper"
	"mainstay/practice/agreements/store"
)

// Correspondence is what letters are written and sent with.
type Correspondence struct {
	Blobs     *blob.Store
	Sender    func(context.Context) (Sender, error)
	Recipient func(ctx context.Context, client ids.ID) (Recipient, error)
	// CanSend and Post send mail; nil = none can be sent.
	CanSend func(context.Context) (bool, error)
	Post    func(ctx context.Context, tx *sql.Tx, m Mail) error
}

// Sender is the firm as it stands on a letter.
type Sender struct {
	Look    paper.Look
	Name    string
	Country string // ISO 3166-1; decides the size of paper
	Back    string // the address in one line
}

// Recipient is a client as letters go to it.
type Recipient struct {
	Lines    []string   // name and address
	Email    string     // "" = none: the letter is printed
	Language locale.Tag // of its documents
}

// Mail is a mail with the letter as a file.
type Mail struct {
	To, Subject, Body string
	Ref, File         string // in the file store, and its name
	Size              int64
}

// Letter is a letter that was written, as it is kept.
type Letter struct {
	ID, Agreement ids.ID
	Amendment     int
	Day           civil.Date // from which the prices hold
	Language      locale.Tag
	Recipient     []string
	Subject, Body string
	Document      string // digest of the PDF in the file store
	Author        string
	Made          time.Time
	Sent          time.Time // zero = it was not mailed
	To            string    // where to
}

// Written is a letter in a list.
type Written struct {
	Letter
	Number, Name string // of the agreement
	Client       ids.ID
	ClientName   string
}

// LetterOrder asks for letters about a change of prices.
type LetterOrder struct {
	Templates map[locale.Tag]Template // by the language of documents; the usual words where there is none
	Send      bool                    // by mail to those who have an address, where mail can be sent
}

// maxLetter bounds a PDF: one of an agreement with the most lines has some 200 kB.
const maxLetter = 20 << 20

// written is a letter that waits for its amendment.
type written struct {
	Letter
	mail *Mail // nil = it is not sent
}

// CanWrite reports whether letters can be written, and CanSend whether they can be mailed.
func (s *Service) CanWrite() bool { return s.p.Letters != nil }

// CanSend reports whether letters can be mailed.
func (s *Service) CanSend(ctx context.Context) (bool, error) {
	if s.p.Letters == nil || s.p.Letters.CanSend == nil || s.p.Letters.Post == nil {
		return false, nil
	}
	return s.p.Letters.CanSend(ctx)
}

// RecipientOf is a client as letters go to it.
func (s *Service) RecipientOf(ctx context.Context, client ids.ID) (Recipient, error) {
	if s.p.Letters == nil {
		return Recipient{}, nil
	}
	return s.p.Letters.Recipient(ctx, client)
}

// ProofLetter draws the letter about a price change as it would be written.
func (s *Service) ProofLetter(ctx context.Context, id ids.ID, c PriceChange, order *LetterOrder) ([]byte, error) {
	x, err := s.RepriceOne(ctx, id, c)
	if err != nil {
		return nil, err
	}
	if x.Lines == 0 {
		return nil, fault.NewConflict("No price of this agreement changes: there is nothing to write about.")
	}
	_, pdf, err := s.draft(ctx, &x, c, order)
	return pdf, err
}

// write draws a letter and keeps its PDF; who gets it by mail is decided here.
func (s *Service) write(ctx context.Context, x *Repriced, c PriceChange, order *LetterOrder) (*written, error) {
	w, pdf, err := s.draft(ctx, x, c, order)
	if err != nil {
		return nil, err
	}
	ref, size, err := s.p.Letters.Blobs.Put(bytes.NewReader(pdf), maxLetter)
	if err != nil {
		return nil, err
	}
	w.Document = string(ref)
	if w.mail == nil {
		return w, nil
	}
	ok, err := s.CanSend(ctx)
	if err != nil {
		return nil, err
	}
	if !order.Send || !ok || w.mail.To == "" {
		w.mail = nil
		return w, nil
	}
	w.mail.Ref, w.mail.Size = w.Document, size
	w.Sent, w.To = s.p.Clock.Now(), w.mail.To
	return w, nil
}

// draft fills in the words of a letter and draws it.
func (s *Service) draft(ctx context.Context, x *Repriced, c PriceChange, order *LetterOrder) (*written, []byte, error) {
	if s.p.Letters == nil {
		return nil, nil, fault.NewConflict("No letters can be written here.")
	}
	to, err := s.p.Letters.Recipient(ctx, x.Client)
	if err != nil {
		return nil, nil, err
	}
	from, err := s.p.Letters.Sender(ctx)
	if err != nil {
		return nil, nil, err
	}
	p := locale.New(to.Language, s.p.Zone)
	t, ok := order.Templates[to.Language]
	if !ok {
		t = UsualTemplate(p)
	}
	if err := t.Check(); err != nil {
		return nil, nil, err
	}
	l := &letterText{p: p, x: x, c: c, firm: from.Name}
	_, author := by(ctx)
	w := &written{Letter: Letter{
		ID: s.p.IDs.New(), Agreement: x.ID, Day: c.Day, Language: to.Language, Recipient: to.Lines, Subject: l.fill(t.Subject), Body: l.fill(t.Body), Author: author, Made: s.p.Clock.Now(),
	}}
	w.mail = &Mail{To: to.Email, Subject: w.Subject, Body: w.Body, File: x.Number + ".pdf"}
	pdf, err := l.draw(t, w.Subject, to, from, s.Today(x.Zone))
	return w, pdf, err
}

// putLetter writes a letter about an amendment, and mails it where it is to be mailed.
func (s *Service) putLetter(ctx context.Context, tx *sql.Tx, w *written, amendment int) error {
	sent := int64(0)
	if w.mail != nil {
		sent = clock.Micros(w.Sent)
		if err := s.p.Letters.Post(ctx, tx, *w.mail); err != nil {
			return err
		}
	}
	if err := store.New(tx).InsertLetter(ctx, store.InsertLetterParams{
		ID: int64(w.ID), AgreementID: int64(w.Agreement), Amendment: int64(amendment), Day: int64(w.Day), Language: string(w.Language), Recipient: strings.Join(w.Recipient, "\n"), Subject: w.Subject, Body: w.Body,
		Document: w.Document, Author: w.Author, MadeAt: clock.Micros(w.Made), SentAt: sent, SentTo: w.To,
	}); err != nil {
		return err
	}
	return s.p.Access.Record(ctx, tx, "agreements.letter", w.Agreement.String(), w.Subject+" "+w.To)
}

// SendLetter mails a letter that is kept to the address that the client has now. It may be sent again.
func (s *Service) SendLetter(ctx context.Context, agreement, letter ids.ID) (to string, err error) {
	l, err := s.LetterOf(ctx, agreement, letter)
	if err != nil {
		return "", err
	}
	ok, err := s.CanSend(ctx)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fault.NewConflict("No mail can be sent yet: no mailbox has a server for sending. An owner sets one up under Mailboxes.")
	}
	a, err := s.Get(ctx, agreement)
	if err != nil {
		return "", err
	}
	r, err := s.p.Letters.Recipient(ctx, a.Client)
	if err != nil {
		return "", err
	}
	if r.Email == "" {
		return "", fault.NewInvalid("The client's billing details name no address that documents are sent to.").On("email")
	}
	pdf, err := s.LetterPDF(ctx, l)
	if err != nil {
		return "", err
	}
	return r.Email, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := s.p.Letters.Post(ctx, tx, Mail{To: r.Email, Subject: l.Subject, Body: l.Body, Ref: l.Document, File: a.Number + ".pdf", Size: int64(len(pdf))}); err != nil {
			return err
		}
		if err := store.New(tx).LetterSent(ctx, int64(letter), s.now(), r.Email); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "agreements.letter", agreement.String(), l.Subject+" "+r.Email)
	})
}

// LettersOf returns the letters about an agreement, the latest first.
func (s *Service) LettersOf(ctx context.Context, agreement ids.ID) ([]Letter, error) {
	rows, err := s.read().LettersOf(ctx, int64(agreement))
	out := make([]Letter, len(rows))
	for i, r := range rows {
		out[i] = letterOf(r)
	}
	return out, err
}

// LetterOf returns one letter about an agreement.
func (s *Service) LetterOf(ctx context.Context, agreement, letter ids.ID) (Letter, error) {
	r, err := s.read().LetterByID(ctx, int64(letter), int64(agreement))
	if err != nil {
		return Letter{}, found(err, fault.NewNotFound("There is no such letter."))
	}
	return letterOf(r), nil
}

// LetterPDF reads the document of a letter.
func (s *Service) LetterPDF(_ context.Context, l Letter) ([]byte, error) {
	if s.p.Letters == nil {
		return nil, fault.NewNotFound("There is no such letter.")
	}
	f, err := s.p.Letters.Blobs.Open(blob.Ref(l.Document))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxLetter))
}

// Letters returns a page of all letters in scope, the latest first, after one of them; next is 0 on the last page.
func (s *Service) Letters(ctx context.Context, scope access.Scope, after ids.ID, limit int) (out []Written, next ids.ID, err error) {
	before := int64(after)
	if after == 0 {
		before = math.MaxInt64
	}
	rows, err := s.read().Letters(ctx, before, int32(limit)+1)
	if err != nil {
		return nil, 0, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = ids.ID(rows[limit-1].ID)
	}
	if len(rows) == 0 {
		return nil, 0, nil
	}
	of := make([]ids.ID, len(rows))
	for i, r := range rows {
		of[i] = ids.ID(r.AgreementID)
	}
	by := these(of)
	names, err := s.clientNames(ctx, by.where, by.args)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range rows {
		client := ids.ID(r.ClientID)
		if !scope.All() && scope.Client() != client {
			continue
		}
		l := letterOf(store.AgreementsLetter{
			ID: r.ID, AgreementID: r.AgreementID, Amendment: r.Amendment, Day: r.Day, Language: r.Language, Recipient: r.Recipient, Subject: r.Subject, Body: r.Body, Document: r.Document, Author: r.Author,
			MadeAt: r.MadeAt, SentAt: r.SentAt, SentTo: r.SentTo,
		})
		out = append(out, Written{l, r.Number, r.Name, client, names[client]})
	}
	return out, next, nil
}

func letterOf(r store.AgreementsLetter) Letter {
	l := Letter{
		ID: ids.ID(r.ID), Agreement: ids.ID(r.AgreementID), Amendment: int(r.Amendment), Day: civil.Date(r.Day), Language: locale.Tag(r.Language), Recipient: strings.Split(r.Recipient, "\n"), Subject: r.Subject, Body: r.Body,
		Document: r.Document, Author: r.Author, Made: clock.FromMicros(r.MadeAt), To: r.SentTo,
	}
	if r.SentAt != 0 {
		l.Sent = clock.FromMicros(r.SentAt)
	}
	return l
}
