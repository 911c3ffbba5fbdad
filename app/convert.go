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
)

// convert carries a client from break/fix to an agreement: it proposes one from the transition plan, and afterwards compares what was
// promised with what came.
type convert struct {
	a       *App
	place   *standing
	insight *insight.Service
}

// promise is what the transition plan said of a client when the agreement was proposed, as the agreement's origin keeps it.
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

// propose writes the draft of an agreement from the transition plan and opens its editor.
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
	d, err := c.draft(ctx, client, p, replay, currency)
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

// draft is the agreement that the plan proposes: the plan of the catalogue that comes nearest to the fee without exceeding it by
// more than a tenth, with the fee as its minimum; without any, the fee alone.
func (c *convert) draft(ctx context.Context, client ids.ID, p promise, replay *pricing.Replay, currency money.Currency) (agreements.NewAgreement, error) {
	starts := (p.Day.Month() + 1).First()
	fee := money.Decimal{Coef: p.Fee, Scale: uint8(currency.Digits())}
	d := agreements.NewAgreement{Head: agreements.Head{
		Client: client, Name: locale.T(ctx, "Managed services"), Currency: currency, Starts: starts, Ends: civil.NoDate, Cycle: rating.Cycle{Anchor: starts, Unit: rating.Month, Every: 1}, Term: 12, Renew: 12, Notice: 60, PayDays: -1,
		Origin: p.String(),
	}}
	plan, err := c.nearest(ctx, p, replay, currency)
	if err != nil {
		return d, err
	}
	if plan == nil {
		d.Lines = []agreements.NewLine{{Copy: agreements.Copy{Name: d.Name}, Terms: rating.Terms{Price: rating.Price{Unit: fee}}}}
		return d, nil
	}
	d.Name, d.Scope, d.Plan, d.Least = plan.Plan.Name, plan.Plan.Scope, plan.Plan.ID, &fee
	d.Lines, err = agreements.Lines(plan, nil)
	return d, err
}

// nearest finds the plan whose month is nearest to the fee from below, or at most a tenth above it.
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
	n := int64(min(replay.Exposure, catalogue.MaxTypical))
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

// panel shows a client without an agreement what the plan proposes, and one that was carried across what became of it.
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
		if p, ok := promiseOf(x.Origin); ok && x.Begun(today) {
			months, err := c.kept(ctx, x, today)
			if err != nil {
				return nil, err
			}
			return keptPanel(x, p, months), nil
		}
		held = held || x.State != agreements.Cancelled && !x.Ended(today)
	}
	if held || !access.From(ctx).May(access.AgreementsWrite) {
		return nil, nil
	}
	p, _, currency, ok, err := c.promiseFor(ctx, client)
	if err != nil || !ok {
		return nil, err
	}
	return convertPanel(client, p, currency), nil
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
