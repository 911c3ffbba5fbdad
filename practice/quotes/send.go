// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"bytes"
	"context"
	"database/sql"
	"io"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/quotes/store"
)

// maxPDF bounds a document; one of 200 lines has some 100 kB.
const maxPDF = 20 << 20

// longest is how many days ahead a quote can be valid.
const longest = 366

// PublicPath is where a client's person reads a quote; it stands in the frame of the portal.
const PublicPath = "/portal/quotes/"

// Send freezes the draft as a version and returns the link to it, which is kept nowhere. With post the link is mailed to
// the addressee. A version sent before is replaced.
func (s *Service) Send(ctx context.Context, id ids.ID, version int64, post bool) (link string, err error) {
	q, err := s.Get(ctx, id)
	if err != nil {
		return "", err
	}
	if q.Version != version {
		return "", changedMeanwhile()
	}
	c := q.Draft
	switch {
	case q.State == Yes:
		return "", accepted()
	case c == nil:
		return "", fault.NewConflict("Nothing new is written. Begin a new version first.")
	case len(c.Lines) == 0:
		return "", fault.NewInvalid("A quote needs at least one line.").On("lines")
	case !c.Valid.Known() || c.Valid < s.Today() || c.Valid > s.Today().AddDays(longest):
		return "", fault.NewInvalid("Enter until when the quote is valid: today at the earliest, a year ahead at the latest.").On("valid")
	case c.Starts.Known() && c.Starts < s.Today():
		return "", fault.NewInvalid("The agreement cannot begin in the past.").On("starts")
	case post && q.Email == "":
		return "", fault.NewInvalid("Enter the e-mail address that the quote goes to.").On("email")
	}
	if err := s.complete(ctx, c); err != nil { // list prices may have changed since
		return "", err
	}
	sender, err := s.sender(ctx)
	if err != nil {
		return "", err
	}
	revision := q.Revision + 1
	document, err := s.draw(ctx, q, c, revision, sender, nil)
	if err != nil {
		return "", err
	}
	ref, err := s.keep(document)
	if err != nil {
		return "", err
	}
	secret, digest := access.NewToken()
	link = s.p.URL + PublicPath + secret
	body, t, err := packed(c)
	if err != nil {
		return "", err
	}
	owner, name := actor(ctx)
	to := ""
	if post {
		to = q.Email
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		x := store.New(tx)
		n, err := x.MarkSent(ctx, store.MarkSentParams{
			ID: int64(id), Version: version, Revision: revision, MonthMinor: t.Month, OnceMinor: t.Once, Valid: int64(c.Valid), OwnerID: int64(owner), Owner: name, ChangedAt: s.now(),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return changedMeanwhile()
		}
		if err := x.CloseSent(ctx, int64(id), int64(VersionReplaced)); err != nil {
			return err
		}
		if err := x.InsertSent(ctx, store.InsertSentParams{
			QuoteID: int64(id), Revision: revision, Body: body, Document: string(ref), Token: digest, Valid: int64(c.Valid), SentAt: s.now(), SentTo: to, SentBy: name,
		}); err != nil {
			return err
		}
		if post {
			if err := s.post(ctx, tx, q, c, link, sender); err != nil {
				return err
			}
		}
		if err := s.tell(ctx, tx, Sent, id); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "quotes.sent", id.String(), q.Number)
	})
	return link, err
}

func (s *Service) sender(ctx context.Context) (Sender, error) {
	if s.p.Sender == nil {
		return Sender{}, nil
	}
	return s.p.Sender(ctx)
}

// keep stores a document; its address is the SHA-256 of its bytes.
func (s *Service) keep(document []byte) (blob.Ref, error) {
	ref, _, err := s.p.Blobs.Put(bytes.NewReader(document), maxPDF)
	return ref, err
}

// CanSend reports whether quotes can be mailed.
func (s *Service) CanSend(ctx context.Context) (bool, error) {
	if s.p.CanSend == nil || s.p.Post == nil {
		return false, nil
	}
	return s.p.CanSend(ctx)
}

func (s *Service) post(ctx context.Context, tx *sql.Tx, q *Quote, c *Content, link string, from Sender) error {
	if s.p.Post == nil {
		return fault.NewConflict("No mail can be sent yet: no mailbox has a server for sending. An owner sets one up under Mailboxes.")
	}
	p := s.p.Printer(ctx, c.Language)
	hello := p.T("Hello,")
	if q.Name != "" {
		hello = p.T("Hello %s,", q.Name)
	}
	return s.p.Post(ctx, tx, Letter{
		To: q.Email, Subject: p.T("Quote %s: %s", q.Number, c.Title),
		Body: hello + "\n\n" + p.T("here is our quote “%s”. You can read it, choose what is optional, and accept or decline it:", c.Title) + "\n\n" + link + "\n\n" +
			p.T("It is valid until %s. Whoever has this link can answer for you, so please do not pass it on.", c.Valid) + "\n\n" + from.Name,
	})
}

// Withdraw takes back a quote that was sent and not answered.
func (s *Service) Withdraw(ctx context.Context, id ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		old, err := q.QuoteByID(ctx, int64(id))
		if err != nil {
			return found(err, noQuote())
		}
		n, err := q.SetState(ctx, store.SetStateParams{ID: int64(id), State: int64(Open), State_2: int64(Gone), ChangedAt: s.now()})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NewConflict("Only a quote that was sent and not answered can be withdrawn.")
		}
		if err := q.CloseSent(ctx, int64(id), int64(VersionWithdrawn)); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, Withdrawn, id); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "quotes.withdrawn", id.String(), old.Number)
	})
}

// PDF opens the document of a version as it was sent, or signed.
func (s *Service) PDF(v *Version, signed bool) (io.ReadSeekCloser, error) {
	ref := v.Document
	if signed && v.Signed != "" {
		ref = v.Signed
	}
	return s.p.Blobs.Open(blob.Ref(ref))
}

// Proof draws the draft as it would be sent.
func (s *Service) Proof(ctx context.Context, q *Quote) ([]byte, error) {
	sender, err := s.sender(ctx)
	if err != nil {
		return nil, err
	}
	return s.draw(ctx, q, q.Content(), q.Revision+1, sender, &stamp{draft: true})
}
