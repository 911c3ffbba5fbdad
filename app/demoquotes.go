// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/quotes"
)

// demoQuotes names the value that lists the quotes of the invented firm.
const demoQuotes = "demo.quotes"

// offer is a quote of the invented firm.
type offer struct {
	client, person, email string
	content               quotes.Content
}

// perUnit is a line of a quote that is written by hand; the price has two places.
func perUnit(name, text string, quantity, price int64, every catalogue.Interval) quotes.Line {
	return quotes.Line{Name: name, Text: text, Quantity: money.Decimal{Coef: quantity}, Every: every, Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: price, Scale: 2}}}
}

func optional(l quotes.Line) quotes.Line { l.Optional = true; return l }

// writeOffer begins a quote, 0 where its client is not there.
func (a *App) writeOffer(ctx context.Context, past *demoPast, o offer) (ids.ID, error) {
	client, err := a.Clients.Resolve(ctx, o.client)
	if err != nil || client == 0 {
		return 0, err
	}
	o.content.Language, o.content.Starts = string(a.firmPrinter(ctx).Tag()), civil.NoDate
	return past.quotes.Create(ctx, quotes.NewQuote{Addressee: quotes.Addressee{Client: client, Name: o.person, Email: o.email}, Content: o.content})
}

// sendOffer sends one and returns the secret of its link.
func (a *App) sendOffer(ctx context.Context, past *demoPast, id ids.ID) (string, error) {
	link, err := past.quotes.Send(ctx, id, 1, false)
	return strings.TrimPrefix(link, a.PublicURL()+quotes.PublicPath), err
}

// signedOffer is a quote that was signed in the past and became an agreement, which the months after it bill.
func (a *App) signedOffer(ctx context.Context, past *demoPast, month civil.Date, zone *time.Location) (quote, agreement ids.ID, err error) {
	past.at(month+8, zone)
	quote, err = a.writeOffer(ctx, past, offer{"Corvid Security", "Ines Corvid", "ops@corvid.example", quotes.Content{
		Title: "Backup of the servers in two places", Intro: "As discussed on the phone: a second copy out of the house, and proof each quarter that it can be brought back.", Term: 12, Renew: 12, Notice: 60,
		Lines: []quotes.Line{perUnit("Backup of a server, two places", "Daily, kept for a year, encrypted before it leaves the house.", 3, 3800, catalogue.Monthly), perUnit("Restore test with a protocol", "", 1, 12000, catalogue.Quarterly)},
	}})
	if err != nil || quote == 0 {
		return 0, 0, err
	}
	token, err := a.sendOffer(ctx, past, quote)
	if err != nil {
		return 0, 0, err
	}
	past.at(month+12, zone)
	q, err := past.quotes.Get(ctx, quote)
	if err != nil {
		return 0, 0, err
	}
	if err := past.quotes.Accept(ctx, token, quotes.Answer{Name: q.Name, Agreed: true, Document: q.Current().Document, Agent: "Firefox"}); err != nil {
		return 0, 0, err
	}
	if err := past.quotes.Fulfil(ctx, quote); err != nil {
		return 0, 0, err
	}
	if q, err = past.quotes.Get(ctx, quote); err != nil {
		return 0, 0, err
	}
	return quote, q.Agreement, nil
}

// openOffers are a quote that was declined, one that waits for an answer, and a draft.
func (a *App) openOffers(ctx context.Context, past *demoPast, today civil.Date, zone *time.Location) (made []string, err error) {
	for _, x := range []struct {
		ago    civil.Date
		send   bool
		reason string
		offer
	}{
		{20, true, "The board wants to see the new budget first. Please ask again in spring.", offer{"Marchetti Foods", "Elena Marchetti", "amministrazione@marchetti.example", quotes.Content{
			Title: "Firewall for the warehouse, with care", Term: 36, Renew: 12, Notice: 90, Deposit: quotes.Deposit{Percent: money.Decimal{Coef: 40}},
			Lines: []quotes.Line{perUnit("Firewall", "Delivered, installed and documented.", 1, 194000, catalogue.Once), perUnit("Firewall care", "Updates, watched around the clock, replaced when it fails.", 1, 4900, catalogue.Monthly)},
		}}},
		{4, true, "", offer{"Osprey Outdoor", "Tove Osprey", "accounts@osprey.example", quotes.Content{
			Title: "Training against phishing, and safer e-mail", Intro: "Two of the last three incidents began with a mail. This would have stopped both.", Term: 12, Renew: 12, Notice: 60,
			Discount: money.Decimal{Coef: 5}, On: quotes.Recurring,
			Lines: []quotes.Line{perUnit("E-mail protection for a user", "", 25, 420, catalogue.Monthly), optional(perUnit("Training for a user", "Short films each month, with a test.", 25, 260, catalogue.Monthly)), perUnit("Introduction", "Half a day on site.", 1, 48000, catalogue.Once)},
		}}},
		{0, false, "", offer{"Lindqvist Interiors", "Ola Lindqvist", "", quotes.Content{
			Title: "Six new workplaces", Lines: []quotes.Line{perUnit("Notebook, set up", "", 6, 148000, catalogue.Once), perUnit("Docking station with two screens", "", 6, 61000, catalogue.Once), perUnit("Care for a workplace", "", 6, 5900, catalogue.Monthly)},
		}}},
	} {
		past.at(today-x.ago, zone)
		id, err := a.writeOffer(ctx, past, x.offer)
		if err != nil {
			return nil, err
		}
		if id == 0 {
			continue
		}
		made = append(made, id.String())
		if !x.send {
			continue
		}
		token, err := a.sendOffer(ctx, past, id)
		if err != nil {
			return nil, err
		}
		if x.reason == "" {
			continue
		}
		past.at(today-x.ago+3, zone)
		if err := past.quotes.Decline(ctx, token, x.person, x.reason, "Safari"); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// announceDemo raises the prices of one agreement at the end of its term, with a letter to print.
func (a *App) announceDemo(ctx context.Context, made []string, today civil.Date) error {
	if len(made) == 0 {
		return nil
	}
	id, err := ids.Parse(made[0])
	if err != nil {
		return err
	}
	ag, err := a.Agreements.Get(ctx, id)
	if err != nil {
		return err
	}
	_, err = a.Agreements.ApplyPrices(ctx, id, agreements.PriceChange{Day: ag.TermEnd(today), Percent: money.Decimal{Coef: 35, Scale: 1}, Reason: "Wages and licences cost more than a year ago."}, &agreements.LetterOrder{})
	return err
}

// removeDemoQuotes takes the quotes away, but for one that somebody made an agreement of since.
func (a *App) removeDemoQuotes(ctx context.Context, invented string) error {
	have, err := a.Values.Get(ctx, demoQuotes)
	if err != nil || have == "" {
		return err
	}
	ours := strings.Fields(invented)
	for _, text := range strings.Fields(have) {
		id, err := ids.Parse(text)
		if err != nil {
			return err
		}
		q, err := a.Quotes.Get(ctx, id)
		if fault.Is(err, fault.NotFound) || err == nil && q.State == quotes.Yes && !slices.Contains(ours, q.Agreement.String()) {
			continue
		}
		if err == nil {
			err = a.Quotes.Forget(ctx, id)
		}
		if err != nil {
			return err
		}
	}
	return a.Values.Set(ctx, demoQuotes, "")
}
