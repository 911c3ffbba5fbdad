// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/quotes"
	"mainstay/test/world"
)

// demoMoney names the value that lists the agreements of the invented firm.
const demoMoney = "demo.money"

// demoMonths is for how many months the invented firm has billed with this program.
const demoMonths = 6

// loadDemoMoney signs the invented firm's clients up and bills their past months, each on its day: what a firm sees that has used
// the program for half a year. The present month's run is left to the reader.
func (a *App) loadDemoMoney(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoMoney)
	if err != nil || have != "" {
		return err
	}
	if err := a.demoFirm(ctx); err != nil {
		return err
	}
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		return err
	}
	past := a.past(firm.Location())
	today := clock.Today(a.Clock, firm.Location())
	first := (today.Month() - demoMonths).First()
	var made, offered []string
	for _, x := range world.Agreements() {
		starts := first
		if x.After > 0 {
			starts = (today.Month() - demoMonths + civil.Month(x.After)).First() + civil.Date(x.Day)
		}
		past.at(starts, firm.Location())
		id, err := a.signDemo(ctx, past, x, starts)
		if err != nil {
			return err
		}
		if id != 0 {
			made = append(made, id.String())
		}
	}
	for m := range civil.Month(demoMonths) {
		on := (today.Month() - demoMonths + m).First()
		past.at(on, firm.Location())
		if err := past.bill(ctx); err != nil {
			return err
		}
		if err := a.changeDemo(ctx, past, made, int(m)); err != nil {
			return err
		}
		if m != demoMonths/2 {
			continue
		}
		signed, agreement, err := a.signedOffer(ctx, past, on, firm.Location())
		if err != nil {
			return err
		}
		if signed != 0 {
			made, offered = append(made, agreement.String()), append(offered, signed.String())
		}
	}
	more, err := a.openOffers(ctx, past, today, firm.Location())
	if err != nil {
		return err
	}
	if err := a.Values.Set(ctx, demoQuotes, strings.Join(append(offered, more...), " ")); err != nil {
		return err
	}
	if err := a.announceDemo(ctx, made, today); err != nil {
		return err
	}
	if err := a.holdDemo(ctx); err != nil {
		return err
	}
	if err := a.loadDemoVendors(ctx, made, first); err != nil {
		return err
	}
	return a.Values.Set(ctx, demoMoney, strings.Join(append(made, "."), " "))
}

// demoPast are the areas of money with a clock of their own.
type demoPast struct {
	clock      *clock.Fixed
	agreements *agreements.Service
	billing    *billing.Service
	quotes     *quotes.Service
}

func (a *App) past(zone *time.Location) *demoPast {
	c := clock.At(a.Clock.Now())
	q := jobs.New(a.DB, c, a.IDs, slog.New(slog.DiscardHandler)) // of which nobody works: the papers follow with the firm's own
	p := &demoPast{clock: c}
	p.agreements = agreements.New(agreements.Parts{DB: a.DB, Clock: c, Zone: zone, IDs: a.IDs, Access: a.Access, Jobs: q})
	p.billing = billing.New(billing.Parts{DB: a.DB, Clock: c, Zone: zone, IDs: a.IDs, Access: a.Access, Jobs: q, Values: a.Values, Blobs: a.Blobs, Clients: a.Clients, Agreements: p.agreements, Work: a.Work})
	p.quotes = quotes.New(quotes.Parts{
		DB: a.DB, Clock: c, Zone: zone, IDs: a.IDs, Access: a.Access, Jobs: q, Blobs: a.Blobs, Clients: a.Clients, Catalogue: a.Catalogue, Agreements: p.agreements, URL: a.PublicURL(), Currency: a.currency,
		Sender: a.quoteSender, Printer: a.documentPrinter,
	})
	return p
}

// at sets the clock to the morning of a day.
func (p *demoPast) at(day civil.Date, zone *time.Location) {
	p.clock.Advance(day.Time(zone).Add(9 * time.Hour).Sub(p.clock.Now()))
}

func (p *demoPast) bill(ctx context.Context) error {
	id, err := p.billing.Start(ctx, billing.Order{Issue: true})
	if err != nil {
		return err
	}
	return p.billing.Continue(ctx, id, nil)
}

// demoFirm gives the invented firm its address, account and taxes, where nobody has entered any.
func (a *App) demoFirm(ctx context.Context) error {
	f, err := a.Billing.Firm(ctx)
	if err != nil {
		return err
	}
	if f.Party.Address.Country == "" {
		f.Party = invoice.Party{
			Name: world.FirmName + " Ltd", TaxID: "WA-604-118-227", Company: "604 118 227", Contact: "Ada Moreau", Phone: "+1 206 555 0148", Email: "accounts@tidegate.example", Endpoint: "accounts@tidegate.example", Scheme: "EM",
			Address: invoice.Address{Street: "14 Alaskan Way", City: "Seattle", Postcode: "98104", Region: "WA", Country: "US"},
		}
		f.Pay = invoice.Payment{Holder: world.FirmName + " Ltd", Account: "Routing 125000024, account 004471882103"}
		if err := a.Billing.SetFirm(ctx, f); err != nil {
			return err
		}
	}
	list, err := a.Billing.Taxes(ctx)
	if err != nil || len(list) > 0 {
		return err
	}
	for _, t := range []billing.Tax{
		{Code: "standard", Starts: civil.MustDate(2020, 1, 1), Category: rating.Standard, Percent: money.Decimal{Coef: 1035, Scale: 2}, Name: "Sales tax"},
		{Code: "exempt", Starts: civil.MustDate(2020, 1, 1), Category: rating.Exempt, Reason: "Exempt from sales tax"},
	} {
		if err := a.Billing.AddTax(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// holdDemo lets runs hold back what differs much from now on.
func (a *App) holdDemo(ctx context.Context) error {
	f, err := a.Billing.Firm(ctx)
	if err != nil || f.Hold != 0 {
		return err
	}
	f.Hold = 25
	return a.Billing.SetFirm(ctx, f)
}

// signDemo signs one client up to a plan; 0 where it is not there.
func (a *App) signDemo(ctx context.Context, past *demoPast, x world.Agreement, starts civil.Date) (ids.ID, error) {
	client, err := a.Clients.Resolve(ctx, x.Client)
	if err != nil || client == 0 {
		return 0, err
	}
	acc, err := a.Billing.Account(ctx, client)
	if err != nil {
		return 0, err
	}
	if acc.Version == 0 {
		acc.Party.Name, acc.Party.Address = x.Client, invoice.Address{Street: x.Street, City: "Seattle", Postcode: x.Postcode, Region: "WA", Country: "US"}
		acc.Party.Endpoint, acc.Party.Scheme, acc.Order = x.Email, "EM", x.Order
		acc.Email = x.Email
		if err := a.Billing.SetAccount(ctx, acc); err != nil {
			return 0, err
		}
	}
	plans, err := a.Catalogue.Plans(ctx, false)
	if err != nil {
		return 0, err
	}
	for _, p := range plans {
		if p.Tier != x.Tier {
			continue
		}
		offers, err := a.Catalogue.Offers(ctx, []catalogue.Plan{p}, catalogue.Typical{People: int64(x.People), Devices: int64(x.Devices), Sites: 1}, a.Billing.Today())
		if err != nil {
			return 0, err
		}
		return past.sign(ctx, client, p, &offers[0], starts)
	}
	return 0, nil
}

func (p *demoPast) sign(ctx context.Context, client ids.ID, plan catalogue.Plan, offer *catalogue.Offer, starts civil.Date) (ids.ID, error) {
	lines, err := agreements.Lines(offer, nil)
	if err != nil {
		return 0, err
	}
	for i := range lines {
		if lines[i].Counted == agreements.CountedDevices || lines[i].Counted == agreements.CountedPeople {
			lines[i].Counted = agreements.CountedHand // the invented clients' people are few: their number is entered
		}
	}
	id, err := p.agreements.Create(ctx, agreements.NewAgreement{
		Head: agreements.Head{
			Client: client, Name: plan.Name, Currency: plan.Currency, Starts: starts, Ends: civil.NoDate, Cycle: rating.Cycle{Anchor: starts.Month().First(), Unit: rating.Month, Every: 1}, Term: 12, Renew: 12, Notice: 60,
			PayDays: -1, Scope: plan.Scope, Plan: plan.ID,
		},
		Lines: lines,
	})
	if err != nil {
		return 0, err
	}
	return id, p.agreements.Activate(ctx, id, 1, agreements.Sign{By: "Signed on paper"})
}

// changeDemo lets the invented clients grow and shrink a little in a month.
func (a *App) changeDemo(ctx context.Context, past *demoPast, made []string, month int) error {
	for i, text := range made {
		id, err := ids.Parse(text)
		if err != nil {
			return err
		}
		ag, err := past.agreements.Get(ctx, id)
		if err != nil {
			return err
		}
		day := past.billing.Today() + civil.Date(7+3*i)
		for _, l := range ag.Lines {
			if l.Counted != agreements.CountedHand || (month+i)%3 != 0 || day < ag.Starts {
				continue
			}
			n, _ := l.Quantity(day)
			more := int64(1 + (month+i)%2)
			if (month+2*i)%5 == 4 {
				more = -1
			}
			n.Coef = max(1, n.Coef+more)
			if err := past.agreements.Count(ctx, l.ID, agreements.NewFact{Day: day, Quantity: n, Source: agreements.CountedHand}); err != nil && !fault.Is(err, fault.Invalid) {
				return err
			}
		}
	}
	return nil
}

// removeDemoMoney takes the invented firm's agreements and documents away, as long as nobody has issued any of their own.
func (a *App) removeDemoMoney(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoMoney)
	if err != nil || have == "" {
		return err
	}
	if err := a.removeDemoQuotes(ctx, have); err != nil {
		return err
	}
	var list, of []ids.ID
	for _, text := range strings.Fields(have) {
		id, err := ids.Parse(text)
		if err != nil {
			continue
		}
		list = append(list, id)
		if x, err := a.Agreements.Get(ctx, id); err == nil {
			of = append(of, x.Client)
		}
	}
	gone, err := a.Billing.ForgetAll(ctx, list, of)
	if err != nil || !gone {
		return err // documents of their own stand in the same series: what is issued stays
	}
	if err := a.Payments.ForgetAll(ctx); err != nil {
		return err
	}
	if err := a.removeDemoVendors(ctx); err != nil {
		return err
	}
	for _, id := range list {
		if err := a.Agreements.Forget(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return a.Values.Set(ctx, demoMoney, "")
}
