// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	agreementsweb "mainstay/practice/agreements/web"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/worklog"
)

// agreementPages are the pages of the agreements with what other areas tell them.
func (a *App) agreementPages() *agreementsweb.Handlers {
	return &agreementsweb.Handlers{
		Agreements: a.Agreements, Catalogue: a.Catalogue, Clock: a.Clock, Currency: a.billed,
		Forecast: a.forecastAgreement, Issued: a.issuedOf, Balances: a.balancesOf, Estate: a.estateOf, WorkTypes: a.workTypeChoices, Levels: a.levelChoices,
	}
}

// billed is the currency in which the firm bills.
func (a *App) billed(ctx context.Context) money.Currency {
	f, err := a.Billing.Firm(ctx)
	if err != nil || f.Currency == "" {
		return a.currency(ctx)
	}
	return f.Currency
}

func (a *App) forecastAgreement(ctx context.Context, ag *agreements.Agreement, n int) ([]agreementsweb.Bill, error) {
	list, err := a.Billing.Forecast(ctx, ag, n)
	if err != nil {
		return nil, err
	}
	out := make([]agreementsweb.Bill, len(list))
	for i, p := range list {
		d := p.Document
		b := agreementsweb.Bill{Credit: d.Kind == invoice.CreditNote, Day: p.Day, Due: d.Due, Currency: d.Currency, Net: d.Totals.Net, Tax: d.Totals.Tax, Gross: d.Totals.Gross}
		if b.Credit {
			b.Net, b.Tax, b.Gross = -b.Net, -b.Tax, -b.Gross
		}
		for _, l := range d.Lines {
			x := agreementsweb.BillLine{Name: l.Name, Period: l.Period, Quantity: l.Quantity, Net: l.Net, Why: l.Why}
			if b.Credit {
				x.Net = -x.Net
			}
			b.Lines = append(b.Lines, x)
		}
		out[i] = b
	}
	return out, nil
}

func (a *App) issuedOf(ctx context.Context, agreement ids.ID, n int) ([]agreementsweb.Bill, error) {
	list, err := a.Billing.List(ctx, billing.Filter{Agreement: agreement, Limit: n})
	if err != nil {
		return nil, err
	}
	out := make([]agreementsweb.Bill, len(list.Rows))
	for i, d := range list.Rows {
		out[i] = agreementsweb.Bill{Number: d.Number, Credit: d.Kind == invoice.CreditNote, Draft: d.State == billing.DraftDoc, Day: d.Issued, Due: d.Due, Currency: d.Currency, Net: d.Net, Tax: d.Tax, Gross: d.Gross, Open: d.Open}
		if access.From(ctx).May(access.BillingRead) {
			out[i].Href = "/billing/invoices/" + d.ID.String()
		}
	}
	return out, nil
}

func (a *App) balancesOf(ctx context.Context, client ids.ID, day civil.Date) (map[ids.ID]agreementsweb.Balance, error) {
	list, err := a.Billing.Balances(ctx, client, day)
	if err != nil {
		return nil, err
	}
	out := make(map[ids.ID]agreementsweb.Balance, len(list))
	for _, b := range list {
		out[b.Pot.ID] = agreementsweb.Balance{Left: b.Usage.Left, Granted: b.Granted, Low: b.Low}
	}
	return out, nil
}

// maxCounted bounds what is counted of one client.
const maxCounted = 50_000

// estateOf is what a client has of a kind: devices as the books tell of them, people and sites as the clients' pages do.
func (a *App) estateOf(ctx context.Context, client ids.ID, counted string) ([]agreements.Member, bool, error) {
	return a.countOf(ctx, client, counted, "")
}

// countOf says what a counted line of a client covers. Where the books tell of no device nobody can say: that is not a count
// of none.
func (a *App) countOf(ctx context.Context, client ids.ID, counted, filter string) (out []agreements.Member, ok bool, err error) {
	switch counted {
	case agreements.CountedDevices:
		list, err := a.Books.Devices(ctx, client, "", maxCounted)
		if err != nil || len(list) == 0 {
			return nil, false, err
		}
		for _, d := range list {
			if matches(filter, d.Name, d.Type, d.System, d.Serial) {
				out = append(out, agreements.Member{Ref: bookRef + strconv.FormatInt(d.Identity, 36), Name: d.Name})
			}
		}
		return out, true, nil
	case agreements.CountedPeople, agreements.CountedSites:
		c, err := a.Clients.Get(ctx, access.WholeFirm(), client)
		if err != nil {
			return nil, false, err
		}
		if counted == agreements.CountedSites {
			for _, s := range c.Sites {
				out = append(out, agreements.Member{Ref: s.ID.String(), Name: s.Name})
			}
		} else {
			for _, p := range c.People {
				out = append(out, agreements.Member{Ref: p.ID.String(), Name: p.Name})
			}
		}
		return out, len(out) > 0, nil
	}
	return nil, false, nil
}

// matches reports whether all words of a filter stand in what is told of a device.
func matches(filter string, told ...string) bool {
	all := strings.ToLower(strings.Join(told, " "))
	for _, w := range strings.Fields(strings.ToLower(filter)) {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

func (a *App) workTypeChoices(ctx context.Context) ([]agreementsweb.Choice, error) {
	list, err := a.Work.Types(ctx)
	var out []agreementsweb.Choice
	for _, t := range list {
		if !t.Archived {
			out = append(out, agreementsweb.Choice{ID: t.ID, Name: t.In(locale.From(ctx)), Data: t.Code == ""})
		}
	}
	return out, err
}

func (a *App) levelChoices(ctx context.Context) ([]agreementsweb.Choice, error) {
	set, err := a.Desk.Setup(ctx)
	if err != nil {
		return nil, err
	}
	var out []agreementsweb.Choice
	for _, p := range set.Policies {
		out = append(out, agreementsweb.Choice{ID: p.ID, Name: p.Name, Data: true})
	}
	return out, nil
}

// keepFile puts a paper into the file store and returns its digest.
func (a *App) keepFile(b []byte) (string, error) {
	ref, _, err := a.Blobs.Put(bytes.NewReader(b), int64(len(b)))
	return string(ref), err
}

func (a *App) keptFile(_ context.Context, digest string) ([]byte, error) {
	f, err := a.Blobs.Open(blob.Ref(digest))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// coverWork tells the worklog what a client's agreements say of a kind of work.
func (a *App) coverWork(ctx context.Context, q db.Query, client, kind ids.ID, day civil.Date) (worklog.Covered, bool, error) {
	c, ok, err := a.Agreements.CoverWork(ctx, q, client, kind, day)
	w := worklog.Covered{Coverage: worklog.Agreement, Agreement: c.Number, Name: c.Name}
	if c.Pot != 0 {
		w.Coverage = worklog.Prepaid
	}
	return w, ok, err
}

// leftOf says what is left of the allowance that an entry would draw on.
func (a *App) leftOf(ctx context.Context, e worklog.Entry) (string, error) {
	c, ok, err := a.Agreements.CoverWork(ctx, a.DB.Reader(), e.Client, e.Type, e.Day)
	if err != nil || !ok || c.Pot == 0 {
		return "", err
	}
	list, err := a.Billing.Balances(ctx, e.Client, e.Day)
	if err != nil {
		return "", err
	}
	p := locale.From(ctx)
	for _, b := range list {
		if b.Pot.ID != c.Pot {
			continue
		}
		left, granted := twoPlaces(b.Usage.Left), twoPlaces(b.Granted)
		if b.Pot.Measure == agreements.Tickets {
			return p.T("%[1]s of %[2]s tickets are left.", p.Decimal(left), p.Decimal(granted)), nil
		}
		return p.T("%[1]s h of %[2]s h are left.", p.Decimal(left), p.Decimal(granted)), nil
	}
	return "", nil
}

// twoPlaces rounds to two places, without zeros at the end.
func twoPlaces(x money.Exact) money.Decimal {
	n, err := x.Round(2)
	if err != nil {
		return money.Decimal{}
	}
	d := money.Decimal{Coef: n, Scale: 2}
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return d
}

// levelBy is the service level that a client's agreements promise today.
func (a *App) levelBy(ctx context.Context, tx *sql.Tx, client ids.ID) (ids.ID, error) {
	return a.Agreements.LevelFor(ctx, tx, client, a.Agreements.Today(""))
}

// agreed follows what happens to agreements: work that is not billed is decided anew.
func (a *App) agreed(ctx context.Context, tx *sql.Tx, what string, ag *agreements.Agreement) error {
	switch what {
	case agreements.Signed, agreements.Altered, agreements.Stopped:
		if ag.State == agreements.Draft {
			return nil
		}
		return a.Jobs.Enqueue(ctx, tx, worklog.CoverJob, ag.Client.String())
	}
	return nil
}
