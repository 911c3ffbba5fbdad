// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/insight"
	"mainstay/practice/journey/pricing"
	"mainstay/practice/quotes"
)

// convert carries a client from break/fix to an agreement: it proposes one from the transition plan, as a quote that the client
// signs or as a draft, and afterwards compares what was promised with what came.
type convert struct {
	a       *App
	place   *standing
	insight *insight.Service
}

// promise is what the transition plan said of a client when the agreement was proposed, as the origin of the quote and of the
// agreement keeps it.
type promise struct {
	Day   civil.Date
	Fee   int64   // a month, in minor units
	Hours float64 // reactive, a month
}

const promised = "transition"

func (p promise) String() string {
	return fmt.Sprintf("%s %s %d %.2f", promised, p.Day, p.Fee, p.Hours)
}

func promiseOf(origin string) (p promise, ok bool) {
	var day string
	if n, err := fmt.Sscanf(origin, promised+" %s %d %f", &day, &p.Fee, &p.Hours); err != nil || n != 3 {
		return p, false
	}
	d, err := civil.Parse(day)
	p.Day = d
	return p, err == nil
}

// mount registers the one act.
func (c *convert) mount(r *access.Router) {
	r.Handle("POST /convert/{client}", access.AgreementsWrite, page.Handler(c.propose))
}

// promiseFor is what the newest assessment says of a client; ok is false where it says nothing.
func (c *convert) promiseFor(ctx context.Context, client ids.ID) (p promise, replay *pricing.Replay, currency money.Currency, ok bool, err error) {
	names, err := c.a.Clients.Names(ctx, access.WholeFirm(), client)
	if err != nil {
		return p, nil, "", false, err
	}
	of, currency, err := c.place.find(ctx, names[client])
	if err != nil || of == nil || of.Replay == nil || len(of.Replay.Quotes) == 0 || of.Replay.Quotes[0].Fee <= 0 {
		return p, nil, currency, false, err
	}
	return promise{c.a.Billing.Today(), of.Replay.Quotes[0].Fee, of.Replay.Hours.P50 / 12}, of.Replay, currency, true, nil
}

// propose writes a quote from the transition plan, or on request the draft of an agreement, and opens it.
func (c *convert) propose(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	client, err := ids.Parse(r.PathValue("client"))
	if err != nil {
		return fault.NewNotFound("There is no such %s.", fault.Word("client")).Because(err)
	}
	p, replay, currency, ok, err := c.promiseFor(ctx, client)
	if err != nil {
		return err
	}
	if !ok {
		return fault.NewConflict("The transition plan has no fee for this client yet: its last twelve months are not in the books.")
	}
	plan, err := c.nearest(ctx, p, replay, currency)
	if err != nil {
		return err
	}
	if r.PostFormValue("as") != "agreement" {
		n, err := c.quote(ctx, client, p, plan, replay, currency)
		if err != nil {
			return err
		}
		id, err := c.a.Quotes.Create(ctx, n)
		if err != nil {
			return err
		}
		page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "A quote is drafted. Look through its lines and quantities before you send it.")})
		return page.Redirect(w, r, "/quotes/"+id.String())
	}
	d, err := c.draft(ctx, client, p, plan, currency)
	if err != nil {
		return err
	}
	id, err := c.a.Agreements.Create(ctx, d)
	if err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "An agreement is proposed. Look through its lines and quantities before it is signed.")})
	return page.Redirect(w, r, "/agreements/"+id.String())
}

// What is proposed for how long.
const (
	firstTerm = 12 // months
	firstDays = 60 // of notice
)

func (p promise) fee(currency money.Currency) money.Decimal {
	return money.Decimal{Coef: p.Fee, Scale: uint8(currency.Digits())}
}

// quote is what the plan proposes as a quote: the lines of the plan of the catalogue that was found, with the fee as their minimum;
// without any, the fee alone. It begins on the first of the month after the yes.
func (c *convert) quote(ctx context.Context, client ids.ID, p promise, plan *catalogue.Offer, replay *pricing.Replay, currency money.Currency) (n quotes.NewQuote, err error) {
	acc, err := c.a.Billing.Account(ctx, client)
	if err != nil {
		return n, err
	}
	words := c.a.documentPrinter(ctx, acc.Language)
	n.Content = quotes.Content{Language: string(words.Tag()), Currency: currency, Starts: civil.NoDate, Term: firstTerm, Renew: firstTerm, Notice: firstDays, Origin: p.String()}
	if n.Addressee, err = c.decides(ctx, client); err != nil {
		return n, err
	}
	if plan == nil {
		n.Content.Title = managedServices(words)
		n.Content.Lines = []quotes.Line{{Name: n.Content.Title, Quantity: money.Decimal{Coef: 1}, Every: catalogue.Monthly, Own: true, Price: rating.Price{Model: rating.PerUnit, Unit: p.fee(currency)}}}
		return n, nil
	}
	size := exposed(replay)
	n.Plan, n.Typical, n.Content.Least = plan.Plan.ID, catalogue.Typical{People: size, Devices: size, Sites: 1}, p.fee(currency)
	return n, nil
}

// decides is the client's person who decides, where there is one with an address.
func (c *convert) decides(ctx context.Context, client ids.ID) (quotes.Addressee, error) {
	a := quotes.Addressee{Client: client}
	f, err := c.a.Clients.Get(ctx, access.WholeFirm(), client)
	if err != nil {
		return a, err
	}
	for _, x := range f.People {
		if x.Decides && x.Email != "" {
			a.Person = x.ID
			break
		}
	}
	return a, nil
}

// exposed is for how many people and devices a plan is reckoned.
func exposed(replay *pricing.Replay) int64 { return int64(min(replay.Exposure, catalogue.MaxTypical)) }

// draft is what the plan proposes as an agreement, as quote does.
func (c *convert) draft(ctx context.Context, client ids.ID, p promise, plan *catalogue.Offer, currency money.Currency) (d agreements.NewAgreement, err error) {
	starts := (p.Day.Month() + 1).First()
	fee := p.fee(currency)
	d.Head = agreements.Head{
		Client: client, Name: managedServices(locale.From(ctx)), Currency: currency, Starts: starts, Ends: civil.NoDate, Cycle: rating.Cycle{Anchor: starts, Unit: rating.Month, Every: 1}, Term: firstTerm, Renew: firstTerm,
		Notice: firstDays, PayDays: -1, Origin: p.String(),
	}
	if plan == nil {
		d.Lines = []agreements.NewLine{{Copy: agreements.Copy{Name: d.Name}, Terms: rating.Terms{Price: rating.Price{Unit: fee}}}}
		return d, nil
	}
	d.Name, d.Scope, d.Plan, d.Least = plan.Plan.Name, plan.Plan.Scope, plan.Plan.ID, &fee
	d.Lines, err = agreements.Lines(plan, nil)
	return d, err
}

// nearest finds the plan of the catalogue whose month is nearest to the fee from below, or at most a tenth above it; nil where there
// is none.
func (c *convert) nearest(ctx context.Context, p promise, replay *pricing.Replay, currency money.Currency) (*catalogue.Offer, error) {
	all, err := c.a.Catalogue.Plans(ctx, false)
	if err != nil || replay.Exposure == 0 {
		return nil, err
	}
	var plans []catalogue.Plan
	for _, x := range all {
		if x.Currency == currency {
			plans = append(plans, x)
		}
	}
	n := exposed(replay)
	offers, err := c.a.Catalogue.Offers(ctx, plans, catalogue.Typical{People: n, Devices: n, Sites: 1}, p.Day)
	if err != nil {
		return nil, err
	}
	most := money.Minor(p.Fee, currency.Digits()).Times(money.Fraction(11, 10))
	var best *catalogue.Offer
	for i := range offers {
		o := &offers[i]
		if len(o.Missing) > 0 || o.Month.Cmp(most) > 0 {
			continue
		}
		if best == nil || o.Month.Cmp(best.Month) > 0 {
			best = o
		}
	}
	return best, nil
}

// month is a month of an agreement that came from the plan.
type keptMonth struct {
	Month  civil.Month
	Billed int64
	Hours  float64
}

// panel shows a client without an agreement what the plan proposes, one with a quote where that stands, and one that was carried
// across what became of it.
func (c *convert) panel(ctx context.Context, client ids.ID) (templ.Component, error) {
	if !access.From(ctx).May(access.AgreementsRead) {
		return nil, nil
	}
	list, err := c.a.Agreements.OfClient(ctx, client)
	if err != nil {
		return nil, err
	}
	today := c.a.Billing.Today()
	held := false
	for _, x := range list {
		if p, ok := promiseOf(x.Origin); ok && x.State == agreements.Active {
			months, err := c.kept(ctx, x, today)
			if err != nil {
				return nil, err
			}
			return keptPanel(x, p, months), nil
		}
		held = held || x.State != agreements.Cancelled && !x.Ended(today)
	}
	if held {
		return nil, nil
	}
	last, err := c.proposed(ctx, client)
	if err != nil {
		return nil, err
	}
	if last != nil && last.State != quotes.No && last.State != quotes.Gone && !last.Expired(today) {
		p, _ := promiseOf(last.Content().Origin)
		return quotedPanel(last, p), nil
	}
	if !access.From(ctx).May(access.AgreementsWrite) {
		return nil, nil
	}
	p, _, currency, ok, err := c.promiseFor(ctx, client)
	if err != nil || !ok {
		return nil, err
	}
	return convertPanel(client, p, currency, last), nil
}

// proposed is the latest quote that came from the transition plan; nil = none.
func (c *convert) proposed(ctx context.Context, client ids.ID) (last *quotes.Quote, err error) {
	list, err := c.a.Quotes.List(ctx, quotes.Filter{Client: client, Limit: 100})
	if err != nil {
		return nil, err
	}
	for _, x := range list { // without versions; the one that changed last comes first
		full, err := c.a.Quotes.Get(ctx, x.ID)
		if err != nil {
			return nil, err
		}
		if _, ok := promiseOf(full.Content().Origin); ok && (last == nil || full.ID > last.ID) {
			last = full
		}
	}
	return last, nil
}

// saysOf says where a quote stands, in a sentence.
func saysOf(ctx context.Context, q *quotes.Quote) string {
	v, p := q.Current(), locale.From(ctx)
	switch {
	case v == nil:
		return locale.T(ctx, "The quote %s is being written and not sent yet.", q.Number)
	case q.State == quotes.No:
		return locale.T(ctx, "The quote %[1]s was declined on %[2]s.", q.Number, p.Date(civil.DateOf(v.Decided.In(p.Zone()))))
	case q.State == quotes.Gone:
		return locale.T(ctx, "The quote %s was withdrawn.", q.Number)
	case q.State == quotes.Yes:
		return locale.T(ctx, "The quote %[1]s was accepted on %[2]s; the agreement follows.", q.Number, p.Date(civil.DateOf(v.Decided.In(p.Zone()))))
	}
	return locale.T(ctx, "The quote %[1]s was sent on %[2]s and is valid until %[3]s.", q.Number, p.Date(civil.DateOf(v.Sent.In(p.Zone()))), p.Date(q.Valid))
}

// kept returns the last twelve months of an agreement, the newest first.
func (c *convert) kept(ctx context.Context, x *agreements.Agreement, today civil.Date) ([]keptMonth, error) {
	var out []keptMonth
	for m := today.Month(); m >= x.Starts.Month() && len(out) < 12; m-- {
		rows, err := c.insight.Profits(ctx, m)
		if err != nil {
			return nil, err
		}
		k := keptMonth{Month: m}
		for _, r := range rows {
			if r.Client == x.Client {
				k.Hours += float64(r.Minutes) / 60
				if r.Currency == x.Currency {
					k.Billed += r.Recurring
				}
			}
		}
		out = append(out, k)
	}
	return out, nil
}

// under says by how much something lies under or over what was promised.
func under(p locale.Printer, is, promised float64) string {
	if promised == 0 {
		return ""
	}
	s := p.Percent(is/promised-1, 0)
	if is > promised && !strings.HasPrefix(s, "+") {
		s = "+" + s
	}
	return s
}
