// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"

	"mainstay/desk/mailroom"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify"
	"mainstay/kit/paper"
	"mainstay/practice/billing"
	"mainstay/practice/quotes"
	quotesweb "mainstay/practice/quotes/web"
)

// buildQuotes builds the quotes on catalogue, agreements and, by hooks, mail, portal and billing.
func (a *App) buildQuotes() {
	a.Quotes = quotes.New(quotes.Parts{
		DB: a.DB, Clock: a.Clock, Zone: a.zone(context.Background()), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Blobs: a.Blobs, Clients: a.Clients, Catalogue: a.Catalogue, Agreements: a.Agreements,
		URL: a.PublicURL(), Currency: a.currency, Sender: a.quoteSender, Printer: a.documentPrinter, Bill: a.billQuote, CanSend: a.Mail.CanSend,
		Post: func(ctx context.Context, tx *sql.Tx, l quotes.Letter) error {
			return a.Mail.Post(ctx, tx, mailroom.Letter{To: l.To, Subject: l.Subject, Body: l.Body, Secret: true}) // its link answers for the client
		},
	})
	a.Quotes.Listen(a.emitQuote)
	a.Quotes.Listen(a.tellOfQuote)
	a.Clients.Guard(a.Quotes.HasClients)
	a.Catalogue.Guard(a.Quotes.KeepsItem)
}

func (a *App) quotePages() *quotesweb.Handlers {
	return &quotesweb.Handlers{
		Quotes: a.Quotes, Catalogue: a.Catalogue, Clients: a.Clients, Clock: a.Clock,
		Language:  func(ctx context.Context) string { return string(a.firmPrinter(ctx).Tag()) },
		Agreement: func(id ids.ID) string { return "/agreements/" + id.String() },
		Invoice:   func(id ids.ID) string { return "/billing/invoices/" + id.String() },
	}
}

// documentPrinter writes in the language of a document, or the firm's.
func (a *App) documentPrinter(ctx context.Context, language string) locale.Printer {
	p := a.firmPrinter(ctx)
	if language == "" {
		return p
	}
	return locale.New(locale.Document(language, p.Tag()), p.Zone())
}

// quoteSender is the firm as it stands on quotes: what stands on invoices, in the colours of the portal.
func (a *App) quoteSender(ctx context.Context) (s quotes.Sender, err error) {
	firm, err := a.Billing.Firm(ctx)
	if err != nil {
		return s, err
	}
	p := firm.Party
	s.Name, s.Country = p.Name, p.Address.Country
	if s.Name == "" {
		set, err := a.Values.Firm(ctx)
		if err != nil {
			return s, err
		}
		s.Name = set.Name
	}
	s.Back = joinParts(" · ", s.Name, p.Address.Street, strings.TrimSpace(p.Address.Postcode+" "+p.Address.City))
	s.Look = paper.Look{Name: s.Name, Footer: []paper.FootColumn{{joinParts(" · ", s.Name, p.Phone, p.Email)}}}
	s.Look.Accent = paper.Color{R: 0x0f, G: 0x6b, B: 0x5c} // the house's
	set, err := a.Portal.Settings(ctx)
	if err != nil {
		return s, err
	}
	if c, ok := paper.ParseColor(set.Accent); ok {
		s.Look.Accent = c
	}
	if !set.Logo {
		return s, nil
	}
	f, _, err := a.Portal.Logo(ctx)
	if err != nil {
		return s, err
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return s, err
	}
	if s.Look.Logo, err = paper.NewLogo(b); err != nil {
		a.Log.Warn("the portal's logo cannot be printed", "error", err)
	}
	return s, nil
}

func joinParts(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

// billQuote drafts the documents of what comes once of an accepted quote.
func (a *App) billQuote(ctx context.Context, tx *sql.Tx, list []quotes.Bill) ([]ids.ID, error) {
	out := make([]ids.ID, len(list))
	for i, b := range list {
		h := billing.ByHand{Client: b.Client, Currency: b.Currency}
		for _, l := range b.Lines {
			h.Lines = append(h.Lines, billing.NewLine{
				Item: l.Item, Code: l.Code, Name: l.Name, Description: l.Text, Quantity: l.Quantity, Unit: l.Unit, Price: l.Price, Tax: l.Tax, Account: l.Account,
			})
		}
		var err error
		if out[i], err = a.Billing.WriteIn(ctx, tx, h); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// QuoteEvent is the payload of what happens to a quote.
type QuoteEvent struct {
	ID        string `json:"id"`
	Number    string `json:"number"`
	Version   int64  `json:"version" doc:"Of what was sent, from 1"`
	Client    string `json:"client" doc:"Id of the client"`
	Title     string `json:"title"`
	State     string `json:"state" enum:"sent,accepted,declined,withdrawn"`
	Currency  string `json:"currency"`
	Month     int64  `json:"month" doc:"Minor units per month, net"`
	Once      int64  `json:"once" doc:"Minor units that come once, net"`
	Signatory string `json:"signatory,omitempty" doc:"Who answered"`
	URL       string `json:"url" doc:"Page of the quote"`
}

// emitQuote tells other programs what happened to a quote.
func (a *App) emitQuote(ctx context.Context, tx *sql.Tx, what string, q *quotes.Quote) error {
	return a.Webhooks.Emit(ctx, tx, "quote."+what, func() (any, error) {
		e := QuoteEvent{
			ID: q.ID.String(), Number: q.Number, Version: q.Revision, Client: q.Client.String(), Title: q.Title, State: q.State.String(), Currency: string(q.Currency), Month: q.Month, Once: q.Once,
			URL: a.PublicURL() + "/quotes/" + q.ID.String(),
		}
		if v := q.Current(); v != nil {
			e.Signatory = v.Signatory
		}
		return e, nil
	})
}

func aboutQuote(id ids.ID) string { return "quote/" + id.String() }

// tellOfQuote tells whoever sent a quote, and who chose to hear of all, that it was answered.
func (a *App) tellOfQuote(ctx context.Context, tx *sql.Tx, what string, q *quotes.Quote) error {
	if what != quotes.Accepted && what != quotes.Declined {
		return nil
	}
	v := q.Current()
	n := notify.News{
		Kind: newsQuote, About: aboutQuote(q.ID), Link: "/quotes/" + q.ID.String(), Once: fmt.Sprintf("%s/%s/%d", newsQuote, q.ID, q.Revision), All: true,
		Data: newsData{Subject: q.Number + " " + q.Title, Who: v.Signatory, Text: excerpt(v.Reason), Quote: what},
	}
	if q.Owner != 0 {
		n.To = []ids.ID{q.Owner}
	}
	return a.Notify.Tell(ctx, tx, n)
}

// quoteWords say what became of a quote.
func quoteWords(ctx context.Context, d newsData) string {
	who := d.Who
	if who == "" {
		who = locale.T(ctx, "The client")
	}
	if d.Quote == quotes.Accepted {
		return locale.T(ctx, "%s accepted the quote", who)
	}
	return locale.T(ctx, "%s declined the quote", who)
}
