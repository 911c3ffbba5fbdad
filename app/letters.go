// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"

	"mainstay/desk/mailroom"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/practice/agreements"
)

// agreementLetters is how clients are written to about their agreements: as invoices are, in the looks of quotes.
func (a *App) agreementLetters() *agreements.Correspondence {
	return &agreements.Correspondence{
		Blobs: a.Blobs, Recipient: a.letterRecipient,
		Sender: func(ctx context.Context) (agreements.Sender, error) {
			s, err := a.quoteSender(ctx)
			return agreements.Sender{Look: s.Look, Name: s.Name, Country: s.Country, Back: s.Back}, err
		},
		CanSend: func(ctx context.Context) (bool, error) { return a.Mail.CanSend(ctx) },
		Post: func(ctx context.Context, tx *sql.Tx, m agreements.Mail) error {
			return a.Mail.Post(ctx, tx, mailroom.Letter{To: m.To, Subject: m.Subject, Body: m.Body, Files: []mailroom.LetterFile{{Ref: m.Ref, Name: m.File, Type: "application/pdf", Size: m.Size}}})
		},
	}
}

// letterRecipient is a client as its invoices are addressed.
func (a *App) letterRecipient(ctx context.Context, client ids.ID) (r agreements.Recipient, err error) {
	acc, err := a.Billing.Account(ctx, client)
	if err != nil {
		return r, err
	}
	if acc.Party.Name == "" {
		if acc.Party.Name, err = a.Agreements.ClientName(ctx, client); err != nil {
			return r, err
		}
	}
	language := acc.Language
	if language == "" {
		firm, err := a.Billing.Firm(ctx)
		if err != nil {
			return r, err
		}
		language = firm.Language
	}
	return agreements.Recipient{Lines: addressOf(acc.Party), Email: acc.Email, Language: locale.Document(language, locale.EnUS)}, nil
}
