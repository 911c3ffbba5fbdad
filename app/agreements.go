// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
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
	"mainstay/kit/notify"
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
		Paper: a.drawAgreement, Keep: a.keepAgreement, Kept: a.keptFile, Counts: a.countsPage,
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

// countOf says what a counted line of a client covers. Devices are those of the estate where it counts, else those of the
// books; where neither tells of any nobody can say: that is not a count of none.
func (a *App) countOf(ctx context.Context, client ids.ID, counted, filter string) (out []agreements.Member, ok bool, err error) {
	switch counted {
	case agreements.CountedDevices:
		if own, err := a.countsEstate(ctx, client); err != nil || own {
			if err != nil {
				return nil, false, err
			}
			return a.countEstate(ctx, client, filter)
		}
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

func (a *App) levelIDs(ctx context.Context) (out []ids.ID, err error) {
	list, err := a.levelChoices(ctx)
	for _, l := range list {
		out = append(out, l.ID)
	}
	return out, err
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
		if b.Pot.Measure == agreements.Money {
			d := b.Currency.Digits()
			left, err := b.Usage.Left.Round(d)
			granted, other := b.Granted.Round(d)
			return p.T("%[1]s of %[2]s are left.", p.Money(left, b.Currency), p.Money(granted, b.Currency)), errors.Join(err, other)
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
		if err := a.Journey.Stale(ctx, tx, "agreement"); err != nil { // what recurs with a client is what its agreements say
			return err
		}
		return a.Jobs.Enqueue(ctx, tx, worklog.CoverJob, ag.Client.String())
	}
	return nil
}

// paperOf gathers what stands on an agreement's document, and the context of its language.
func (a *App) paperOf(ctx context.Context, ag *agreements.Agreement) (context.Context, agreementsweb.Paper, error) {
	x := agreementsweb.Paper{Agreement: ag, Look: a.Billing.Look(ctx), Day: max(ag.Starts, a.Agreements.Today(ag.Zone))}
	firm, err := a.Billing.Firm(ctx)
	if err != nil {
		return ctx, x, err
	}
	acc, err := a.Billing.Account(ctx, ag.Client)
	if err != nil {
		return ctx, x, err
	}
	if acc.Party.Name == "" {
		if acc.Party.Name, err = a.Agreements.ClientName(ctx, ag.Client); err != nil {
			return ctx, x, err
		}
	}
	x.Seller, x.Buyer, x.Country = addressOf(firm.Party), addressOf(acc.Party), firm.Party.Address.Country
	if ag.Starts > x.Day {
		x.Day = ag.Starts
	}
	language := acc.Language
	if language == "" {
		language = firm.Language
	}
	return locale.With(ctx, locale.New(locale.Document(language, locale.EnUS), nil)), x, nil
}

func addressOf(p invoice.Party) []string {
	var out []string
	for _, s := range []string{p.Name, p.Address.Street, p.Address.Extra, strings.TrimSpace(p.Address.Postcode + " " + p.Address.City), p.Address.Region} {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (a *App) drawAgreement(ctx context.Context, ag *agreements.Agreement) ([]byte, error) {
	ctx, x, err := a.paperOf(ctx, ag)
	if err != nil {
		return nil, err
	}
	return agreementsweb.Draw(ctx, x)
}

// keepAgreement puts the document that is signed into the file store.
func (a *App) keepAgreement(ctx context.Context, ag *agreements.Agreement, s agreements.Sign) (string, error) {
	ctx, x, err := a.paperOf(ctx, ag)
	if err != nil {
		return "", err
	}
	x.Signed = a.Agreements.Today(ag.Zone)
	if x.SignedBy = s.By; x.SignedBy == "" {
		x.SignedBy = x.Buyer[0]
	}
	b, err := agreementsweb.Draw(ctx, x)
	if err != nil {
		return "", err
	}
	return a.keepFile(b)
}

// Events of agreements that other programs can subscribe to.
const (
	eventAgreementActivated = "agreement.activated"
	eventAgreementChanged   = "agreement.changed"
	eventAgreementEnded     = "agreement.ended"
	eventAgreementRenewed   = "agreement.renewed"
	eventAgreementDue       = "agreement.renewal_due"
)

// AgreementEvent is an agreement as events carry it.
type AgreementEvent struct {
	ID      string `json:"id"`
	Number  string `json:"number"`
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Client  string `json:"client" doc:"Id of the client"`
	Starts  string `json:"starts" doc:"First day"`
	Ends    string `json:"ends,omitempty" doc:"Last day, where it has one"`
	Notice  string `json:"notice_by,omitempty" doc:"Last day on which notice can be given, where it has a term"`
	URL     string `json:"url" doc:"Page of the agreement"`
}

// emitAgreement tells other programs what happened to an agreement, in its transaction. Drafts are not told.
func (a *App) emitAgreement(ctx context.Context, tx *sql.Tx, what string, ag *agreements.Agreement) error {
	code := map[string]string{
		agreements.Signed: eventAgreementActivated, agreements.Altered: eventAgreementChanged, agreements.Stopped: eventAgreementEnded, agreements.Renewed: eventAgreementRenewed, agreements.NoticeNear: eventAgreementDue,
	}[what]
	if code == "" || ag.State == agreements.Draft {
		return nil
	}
	return a.Webhooks.Emit(ctx, tx, code, func() (any, error) {
		e := AgreementEvent{ID: ag.ID.String(), Number: ag.Number, Version: ag.Version, Name: ag.Name, Client: ag.Client.String(), Starts: ag.Starts.String(), URL: a.PublicURL() + "/agreements/" + ag.ID.String()}
		if ag.Ends.Known() {
			e.Ends = ag.Ends.String()
		} else if by, _ := ag.NoticeBy(a.Agreements.Today(ag.Zone)); by.Known() {
			e.Notice = by.String()
		}
		return e, nil
	})
}

// tellOfAgreement tells people of days of notice and escalations that come near.
func (a *App) tellOfAgreement(ctx context.Context, tx *sql.Tx, what string, ag *agreements.Agreement) error {
	d := newsData{Subject: ag.Number + " " + ag.Name, To: ag.Name}
	var on civil.Date
	switch what {
	case agreements.NoticeNear:
		on, _ = ag.NoticeBy(a.Agreements.Today(ag.Zone))
	case agreements.RiseNear:
		on, d.Text = ag.Rise.Next, ag.Rise.Index
	default:
		return nil
	}
	d.Day = on.String()
	return a.Notify.Tell(ctx, tx, notify.News{Kind: newsRenewal, About: "agreement/" + ag.ID.String(), Link: "/agreements/" + ag.ID.String(), Once: newsRenewal + "/" + what + "/" + ag.ID.String() + "/" + d.Day, Data: d, All: true})
}
