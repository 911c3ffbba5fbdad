// SPDX-License-Identifier: Apache-2.0

package quotes_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/quotes"
	"mainstay/practice/quotes/store"
)

var ctx = context.Background()

// rig is a firm on 10 March 2026 with one client, two items with prices and one without.
type rig struct {
	*quotes.Service
	clock                    *clock.Fixed
	jobs                     *jobs.Queue
	agreements               *agreements.Service
	catalogue                *catalogue.Service
	client, seat, once, bare ids.ID
	mails                    []quotes.Letter
	bills                    []quotes.Bill
	happened                 []string
	refuse                   error // of billing
}

func dec(s string) money.Decimal {
	d, err := money.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	source := ids.NewSource(c)
	q := jobs.New(d, c, source, slog.New(slog.DiscardHandler))
	a := access.New(d, c, source, sealer, access.Options{})
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{clock: c, jobs: q}
	people := clients.New(d, c, source, a, q)
	eur := func(context.Context) money.Currency { return "EUR" }
	r.catalogue = catalogue.New(catalogue.Parts{DB: d, Clock: c, IDs: source, Access: a, Currency: eur})
	r.agreements = agreements.New(agreements.Parts{DB: d, Clock: c, IDs: source, Access: a, Jobs: q})
	if r.client, err = people.Create(ctx, clients.Details{Name: "Harbour Dental"}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		into  *ids.ID
		code  string
		every catalogue.Interval
		price string
	}{{&r.seat, "SEAT", catalogue.Monthly, "35"}, {&r.once, "SETUP", catalogue.Once, "75.50"}, {&r.bare, "BARE", "", ""}} {
		if *x.into, err = r.catalogue.SaveItem(ctx, catalogue.Item{Code: x.code, Name: "Item " + x.code, Description: "About " + x.code, UnitLabel: "user", Counts: catalogue.People, Account: "8400"}); err != nil {
			t.Fatal(err)
		}
		if x.price == "" {
			continue
		}
		if _, err := r.catalogue.AddPrice(ctx, catalogue.Price{Item: *x.into, Currency: "EUR", From: civil.MustDate(2026, 1, 1), Every: x.every, Price: rating.Price{Model: rating.PerUnit, Unit: dec(x.price)}}); err != nil {
			t.Fatal(err)
		}
	}
	r.Service = quotes.New(quotes.Parts{
		DB: d, Clock: c, IDs: source, Access: a, Jobs: q, Blobs: blobs, Clients: people, Catalogue: r.catalogue, Agreements: r.agreements, URL: "https://desk.example", Currency: eur,
		Sender: func(context.Context) (quotes.Sender, error) {
			return quotes.Sender{Name: "Tidegate IT", Country: "DE"}, nil
		},
		Printer: func(context.Context, string) locale.Printer { return locale.New(locale.EnUS, time.UTC) },
		CanSend: func(context.Context) (bool, error) { return true, nil },
		Post:    func(_ context.Context, _ *sql.Tx, l quotes.Letter) error { r.mails = append(r.mails, l); return nil },
		Bill: func(_ context.Context, _ *sql.Tx, list []quotes.Bill) ([]ids.ID, error) {
			if r.refuse != nil {
				return nil, r.refuse
			}
			r.bills = append(r.bills, list...)
			return []ids.ID{source.New(), source.New()}[:len(list)], nil
		},
	})
	r.Listen(func(_ context.Context, _ *sql.Tx, what string, q *quotes.Quote) error {
		r.happened = append(r.happened, what+" "+q.State.String())
		return nil
	})
	return r
}

func (r *rig) work(t testing.TB) {
	t.Helper()
	for {
		did, err := r.jobs.One(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			return
		}
	}
}

// content is a quote with a fixed line, an option, two alternatives and something that comes once.
func (r *rig) content() quotes.Content {
	return quotes.Content{
		Title: "Managed care", Intro: "Thank you for the talk.", Terms: "Everything but projects.", Language: "en-US", Term: 12, Renew: 12, Notice: 90, Starts: civil.NoDate, Lines: []quotes.Line{
			{Item: r.seat, Quantity: dec("10")},
			{Name: "Phone on Sundays", Optional: true, Quantity: dec("1"), Every: catalogue.Monthly, Price: rating.Price{Model: rating.Flat, Unit: dec("99")}},
			{Name: "Backup small", Group: "A", Preset: true, Quantity: dec("1"), Every: catalogue.Yearly, Price: rating.Price{Model: rating.Flat, Unit: dec("1200")}},
			{Name: "Backup large", Group: "A", Quantity: dec("1"), Every: catalogue.Yearly, Price: rating.Price{Model: rating.Flat, Unit: dec("2400")}},
			{Item: r.once, Quantity: dec("10")},
			{Name: "Rack", Tax: "reduced", Quantity: dec("1"), Every: catalogue.Once, Price: rating.Price{Model: rating.PerUnit, Unit: dec("245")}},
		},
	}
}

func (r *rig) create(t testing.TB, change func(*quotes.Content)) *quotes.Quote {
	t.Helper()
	c := r.content()
	if change != nil {
		change(&c)
	}
	id, err := r.Create(ctx, quotes.NewQuote{Addressee: quotes.Addressee{Client: r.client, Name: "Mara Lind", Email: "mara@harbour.example"}, Content: c})
	if err != nil {
		t.Fatal(err)
	}
	return r.get(t, id)
}

func (r *rig) get(t testing.TB, id ids.ID) *quotes.Quote {
	t.Helper()
	q, err := r.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func (r *rig) send(t testing.TB, q *quotes.Quote) (token string) {
	t.Helper()
	link, err := r.Send(ctx, q.ID, q.Version, true)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(link, "https://desk.example"+quotes.PublicPath)
}

func wrong(t testing.TB, what string, err error, text string) {
	t.Helper()
	if err == nil || fault.KindOf(err) == fault.Internal || !strings.Contains(fault.TextOf(err), text) {
		t.Errorf("%s: %v, not %q", what, err, text)
	}
}

func TestQueriesPrepare(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q, err := store.Prepare(ctx, d.Reader())
		if err != nil {
			t.Fatal(err)
		}
		_ = q.Close()
	})
}

func TestTotals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		show := func(change func(*quotes.Content), ch quotes.Choice) string {
			t.Helper()
			c := *r.create(t, change).Draft
			if ch == nil {
				ch = c.Preset()
			}
			x, err := c.Totals(ch)
			if err != nil {
				return err.Error()
			}
			out := ""
			for _, s := range x.Sums {
				out += fmt.Sprintf("%s %d-%d=%d ", s.Every, s.List, s.Discount, s.Net)
			}
			return out + fmt.Sprintf("month %d +%d once %d deposit %d", x.Month, x.Lifted, x.Once, x.Deposit)
		}
		for what, c := range map[string]struct {
			change func(*quotes.Content)
			ch     quotes.Choice
			want   string
		}{
			"preset":              {nil, nil, "month 35000-0=35000 year 120000-0=120000 once 100000-0=100000 month 45000 +0 once 100000 deposit 0"},
			"all options":         {nil, quotes.Choice{2, 4}, "month 44900-0=44900 year 240000-0=240000 once 100000-0=100000 month 64900 +0 once 100000 deposit 0"},
			"discount":            {func(c *quotes.Content) { c.Discount = dec("7.5") }, nil, "month 35000-2625=32375 year 120000-9000=111000 once 100000-7499=92501 month 41625 +0 once 92501 deposit 0"},
			"discount once":       {func(c *quotes.Content) { c.Discount, c.On = dec("50"), quotes.OneTime }, nil, "month 35000-0=35000 year 120000-0=120000 once 100000-50000=50000 month 45000 +0 once 50000 deposit 0"},
			"discount recurring":  {func(c *quotes.Content) { c.Discount, c.On = dec("100"), quotes.Recurring }, nil, "month 35000-35000=0 year 120000-120000=0 once 100000-0=100000 month 0 +0 once 100000 deposit 0"},
			"minimum":             {func(c *quotes.Content) { c.Least = dec("500") }, nil, "month 35000-0=35000 year 120000-0=120000 once 100000-0=100000 month 50000 +5000 once 100000 deposit 0"},
			"deposit percent":     {func(c *quotes.Content) { c.Deposit.Percent = dec("33.33") }, nil, "month 35000-0=35000 year 120000-0=120000 once 100000-0=100000 month 45000 +0 once 100000 deposit 33330"},
			"deposit beyond once": {func(c *quotes.Content) { c.Deposit.Amount = dec("5000") }, nil, "month 35000-0=35000 year 120000-0=120000 once 100000-0=100000 month 45000 +0 once 100000 deposit 100000"},
		} {
			if got := show(c.change, c.ch); got != c.want {
				t.Errorf("%s:\n%s, not\n%s", what, got, c.want)
			}
		}
	})
}

// Whatever the prices, the sum of a quote is what its agreement and invoices come to, line by line.
func TestDiscountIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := quotes.Content{Currency: "EUR", Discount: money.Decimal{Coef: rapid.Int64Range(0, 10000).Draw(t, "percent"), Scale: 2}}
		l := quotes.Line{
			Every: catalogue.Monthly, Quantity: money.Decimal{Coef: rapid.Int64Range(1, 100000).Draw(t, "quantity"), Scale: 2},
			Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: rapid.Int64Range(0, 1_000_000).Draw(t, "unit"), Scale: uint8(rapid.IntRange(0, 5).Draw(t, "scale"))}},
		}
		p, err := c.Price(&l)
		if err != nil {
			t.Fatal(err)
		}
		want := l.Price.Unit.Exact().Times(money.Whole(100).Minus(c.Discount.Exact())).Times(money.Fraction(1, 100))
		if p.Unit.Exact().Cmp(want) != 0 {
			t.Fatalf("%s less %s %% is %s, not %s", l.Price.Unit, c.Discount, p.Unit, want)
		}
		net, err := c.Net(&l)
		billed, err2 := money.Mul(l.Quantity, p.Unit, 2)
		if err != nil || err2 != nil || net != billed {
			t.Fatalf("%d, but an invoice would say %d: %v %v", net, billed, err, err2)
		}
	})
}

func TestBadQuotes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for what, c := range map[string]struct {
			change func(*quotes.Content)
			text   string
		}{
			"no title":        {func(c *quotes.Content) { c.Title = " " }, "Please enter a name"},
			"currency":        {func(c *quotes.Content) { c.Currency = "XYZ" }, "is not a currency"},
			"no list price":   {func(c *quotes.Content) { c.Lines[0].Item = r.bare }, "has no list price in EUR"},
			"no item":         {func(c *quotes.Content) { c.Lines[0].Item = 42 }, "no such item"},
			"quantity":        {func(c *quotes.Content) { c.Lines[0].Quantity = dec("0") }, "above 0"},
			"much":            {func(c *quotes.Content) { c.Lines[0].Quantity = dec("1000000001") }, "at most"},
			"price":           {func(c *quotes.Content) { c.Lines[1].Price.Unit = dec("-1") }, "not below 0"},
			"one alternative": {func(c *quotes.Content) { c.Lines[2].Group = "B" }, "only one line"},
			"two presets":     {func(c *quotes.Content) { c.Lines[3].Preset = true }, "only one can be chosen"},
			"discount":        {func(c *quotes.Content) { c.Discount = dec("101") }, "A discount is between"},
			"discount places": {func(c *quotes.Content) { c.Discount, c.Lines[1].Price.Unit = dec("7.77"), dec("0.000000001") }, "more than 9 decimal places"},
			"deposit":         {func(c *quotes.Content) { c.Deposit = quotes.Deposit{Percent: dec("10"), Amount: dec("5")} }, "not both"},
			"deposit places":  {func(c *quotes.Content) { c.Deposit.Amount = dec("5.001") }, "more decimals"},
			"term":            {func(c *quotes.Content) { c.Term = -1 }, "a term between"},
			"renewal":         {func(c *quotes.Content) { c.Term = 0 }, "without a fixed term"},
			"many lines":      {func(c *quotes.Content) { c.Lines = make([]quotes.Line, 201) }, "at most 200 lines"},
			"impossible day":  {func(c *quotes.Content) { c.Valid = civil.MustDate(1999, 1, 1) }, "Enter the day"},
			"interval":        {func(c *quotes.Content) { c.Lines[1].Every = "week" }, "a month, a quarter"},
			"amount": {func(c *quotes.Content) {
				c.Lines[1].Price = rating.Price{Model: rating.PerUnit, Unit: dec("1000000000")}
				c.Lines[1].Quantity, c.Lines[1].Optional = dec("1000000000"), false
			}, "too large"},
		} {
			x := r.content()
			c.change(&x)
			_, err := r.Create(ctx, quotes.NewQuote{Addressee: quotes.Addressee{Client: r.client}, Content: x})
			wrong(t, what, err, c.text)
		}
		for what, a := range map[string]quotes.Addressee{"Choose the client": {}, "not among": {Client: r.client, Person: 7}, "e-mail address": {Client: r.client, Email: "mara at harbour"}} {
			_, err := r.Create(ctx, quotes.NewQuote{Addressee: a, Content: r.content()})
			wrong(t, what, err, what)
		}
		q := r.create(t, func(c *quotes.Content) { c.Lines = nil })
		_, err := r.Send(ctx, q.ID, q.Version, true)
		wrong(t, "nothing to send", err, "at least one line")
		q = r.create(t, func(c *quotes.Content) { c.Valid = civil.MustDate(2026, 3, 9) })
		_, err = r.Send(ctx, q.ID, q.Version, true)
		wrong(t, "not valid any more", err, "until when the quote is valid")
		_, err = r.Send(ctx, q.ID, q.Version+1, true)
		wrong(t, "another version", err, "in the meantime")
		if list, err := r.List(ctx, quotes.Filter{}); err != nil || len(list) != 2 {
			t.Errorf("%d quotes, %v", len(list), err)
		}
	})
}

// From sending to the agreement: the client chooses, signs, and what was chosen is agreed and billed.
func TestAccept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		q := r.create(t, func(c *quotes.Content) { c.Deposit.Percent, c.Discount, c.Least = dec("40"), dec("10"), dec("100") })
		token := r.send(t, q)
		if len(r.mails) != 1 || r.mails[0].To != "mara@harbour.example" || !strings.Contains(r.mails[0].Body, quotes.PublicPath+token) {
			t.Fatalf("%+v", r.mails)
		}
		var kept int
		if err := d.Reader().QueryRowContext(ctx, "SELECT count(*) FROM quotes_sent WHERE token = $1 OR body LIKE $2", token, "%"+token+"%").Scan(&kept); err != nil || kept != 0 {
			t.Errorf("the token is kept: %d, %v", kept, err)
		}
		seen, v, err := r.ByToken(ctx, token)
		if err != nil || seen.ID != q.ID || v.State != quotes.VersionOpen {
			t.Fatalf("%+v, %v", v, err)
		}
		if err := r.Saw(ctx, seen, v); err != nil {
			t.Fatal(err)
		}
		f, err := r.PDF(v, false)
		if err != nil {
			t.Fatal(err)
		}
		pdf, err := io.ReadAll(f)
		_ = f.Close()
		sum := sha256.Sum256(pdf)
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) || hex.EncodeToString(sum[:]) != v.Document {
			t.Errorf("%d bytes, digest %x, not %s: %v", len(pdf), sum, v.Document, err)
		}
		good := quotes.Answer{Choice: quotes.Choice{2, 4}, Name: " Mara   Lind ", Agreed: true, Document: v.Document, Agent: "Firefox"}
		for what, c := range map[string]struct {
			change func(*quotes.Answer)
			text   string
		}{
			"no name": {func(a *quotes.Answer) { a.Name = "M" }, "full name"}, "not agreed": {func(a *quotes.Answer) { a.Agreed = false }, "tick the box"},
			"no alternative": {func(a *quotes.Answer) { a.Choice = quotes.Choice{2} }, "one of the alternatives"}, "both": {func(a *quotes.Answer) { a.Choice = quotes.Choice{3, 4} }, "one of the alternatives"},
			"a fixed line": {func(a *quotes.Answer) { a.Choice = quotes.Choice{1, 3} }, "does not fit"}, "nothing there": {func(a *quotes.Answer) { a.Choice = quotes.Choice{3, 99} }, "does not fit"},
			"another document": {func(a *quotes.Answer) { a.Document = "x" }, "does not lead to a quote"}, "twice": {func(a *quotes.Answer) { a.Choice = quotes.Choice{2, 2, 3} }, "does not fit"},
		} {
			a := good
			c.change(&a)
			wrong(t, what, r.Accept(ctx, token, a), c.text)
		}
		if err := r.Accept(ctx, token, good); err != nil {
			t.Fatal(err)
		}
		if err := r.Accept(ctx, token, good); err != nil { // a second click
			t.Error(err)
		}
		wrong(t, "declined after all", r.Decline(ctx, token, "", "too late", ""), "answered already")
		r.work(t)
		r.work(t)
		now := r.get(t, q.ID)
		v = now.Current()
		if now.State != quotes.Yes || now.Stage != quotes.Done || v.Signatory != "Mara Lind" || v.Agent != "Firefox" || v.Seen.IsZero() || len(v.Signed) != 64 || v.Signed == v.Document || fmt.Sprint(v.Choice) != "[2 4]" {
			t.Errorf("%+v", now)
		}
		a, err := r.agreements.Get(ctx, now.Agreement)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, l := range a.Lines {
			n, _ := l.Quantity(a.Starts)
			lines = append(lines, fmt.Sprintf("%s %s × %s %d %s", l.Name, n, l.Terms[0].Price.Unit, l.Terms[0].Cycle.Unit, l.Counted))
		}
		if got := strings.Join(lines, "; "); got != "Item SEAT 10 × 31.5 0 people; Phone on Sundays 1 × 89.1 0 ; Backup large 1 × 2160 2 " {
			t.Error(got)
		}
		if a.State != agreements.Active || a.Starts.String() != "2026-04-01" || a.Term != 12 || a.Notice != 90 || a.Least.String() != "100" || a.SignedBy != "Mara Lind" || a.Document != v.Signed || a.Quote != q.ID || a.Scope != "Everything but projects." {
			t.Errorf("%+v", a)
		}
		// 10 × 75.50 + 245 = 1000 less 10 % = 900: 360 deposit, by what the two tax codes come to.
		var billed []string
		for _, b := range r.bills {
			total := money.Exact{}
			for _, l := range b.Lines {
				billed = append(billed, fmt.Sprintf("%s %s × %s", l.Tax, l.Quantity, l.Price))
				total = total.Plus(l.Quantity.Exact().Times(l.Price.Exact()))
			}
			billed = append(billed, total.String())
		}
		if got := strings.Join(billed, "; "); got != "standard 1 × 271.80; reduced 1 × 88.20; 360; standard 10 × 67.95; reduced 1 × 220.5; standard -1 × 271.80; reduced -1 × 88.20; 540" {
			t.Error(got)
		}
		if len(now.Invoices) != 2 || strings.Join(r.happened, ", ") != "sent sent, accepted accepted" {
			t.Errorf("%v %v", now.Invoices, r.happened)
		}
		// The job may run again: nothing is made twice.
		if err := r.jobs.Add(ctx, quotes.FulfilJob, q.ID.String()); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if list, err := r.agreements.OfClient(ctx, r.client); err != nil || len(list) != 1 || len(r.bills) != 2 {
			t.Errorf("%d agreements, %d bills, %v", len(list), len(r.bills), err)
		}
		wrong(t, "changed after the yes", r.Revise(ctx, q.ID), "accepted and does not change")
		wrong(t, "withdrawn after the yes", r.Withdraw(ctx, q.ID), "not answered")
		wrong(t, "an item in a quote", r.KeepsItem(ctx, r.seat), "stands in a quote")
		if err := r.KeepsItem(ctx, r.bare); err != nil {
			t.Error(err)
		}
	})
}

// What billing refuses does not stand in the way of a yes: it is said, and tried again, and then made once.
func TestFulfilLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		q := r.create(t, nil)
		token := r.send(t, q)
		r.refuse = fault.NewInvalid("No tax is set.")
		v := r.get(t, q.ID).Current()
		if err := r.Accept(ctx, token, quotes.Answer{Choice: v.Content.Preset(), Name: "Mara Lind", Agreed: true, Document: v.Document}); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if now := r.get(t, q.ID); now.State != quotes.Yes || now.Stage != quotes.Failed || now.Failure != "No tax is set." || now.Agreement != 0 {
			t.Errorf("%+v", now)
		}
		if list, err := r.agreements.OfClient(ctx, r.client); err != nil || len(list) != 0 {
			t.Errorf("half of it was made: %d, %v", len(list), err)
		}
		r.refuse = nil
		if err := r.Retry(ctx, q.ID); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if now := r.get(t, q.ID); now.Stage != quotes.Done || now.Agreement == 0 || now.Failure != "" || len(now.Invoices) != 1 {
			t.Errorf("%+v", now)
		}
		wrong(t, "again", r.Retry(ctx, q.ID), "Nothing has to be")
	})
}

// A newer version replaces the one before; a link ends with the validity; a quote can be declined and withdrawn.
func TestVersionsAndLinks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		q := r.create(t, nil)
		first := r.send(t, q)
		sent := r.get(t, q.ID).Current()
		if err := r.Revise(ctx, q.ID); err != nil {
			t.Fatal(err)
		}
		q = r.get(t, q.ID)
		if _, _, err := r.ByToken(ctx, first); err != nil || q.Draft == nil || q.State != quotes.Open {
			t.Errorf("while the next version is written the first stays open: %v", err)
		}
		c := *q.Draft
		c.Title = "Managed care, smaller"
		c.Lines = c.Lines[:1]
		if err := r.SaveDraft(ctx, q.ID, q.Version, quotes.Addressee{Client: q.Client, Name: q.Name, Email: q.Email}, c); err != nil {
			t.Fatal(err)
		}
		wrong(t, "an old version", r.SaveDraft(ctx, q.ID, q.Version, quotes.Addressee{Client: q.Client}, c), "in the meantime")
		// A new list price is taken over when it is sent; what was sent stays.
		if _, err := r.catalogue.AddPrice(ctx, catalogue.Price{Item: r.seat, Currency: "EUR", From: civil.MustDate(2026, 3, 10), Every: catalogue.Monthly, Price: rating.Price{Model: rating.PerUnit, Unit: dec("40")}}); err != nil {
			t.Fatal(err)
		}
		second := r.send(t, r.get(t, q.ID))
		q = r.get(t, q.ID)
		if len(q.Versions) != 2 || q.Versions[0].Content.Lines[0].Price.Unit.String() != "40" || q.Versions[1].Content.Lines[0].Price.Unit.String() != "35" || q.Versions[1].Document != sent.Document || q.Versions[1].State != quotes.VersionReplaced {
			t.Errorf("%+v", q.Versions)
		}
		_, _, err := r.ByToken(ctx, first)
		wrong(t, "the link before", err, "does not lead to a quote")
		wrong(t, "no reason", r.Decline(ctx, second, "Mara", " ", ""), "tell us why")
		if err := r.Decline(ctx, second, "Mara Lind", "Too dear\nfor us", "Safari"); err != nil {
			t.Fatal(err)
		}
		if q = r.get(t, q.ID); q.State != quotes.No || q.Current().Reason != "Too dear\nfor us" || q.Current().Signatory != "Mara Lind" {
			t.Errorf("%+v", q)
		}
		// After a no, a new version can be sent, withdrawn, and sent again.
		if err := r.Revise(ctx, q.ID); err != nil {
			t.Fatal(err)
		}
		third := r.send(t, r.get(t, q.ID))
		if err := r.Withdraw(ctx, q.ID); err != nil {
			t.Fatal(err)
		}
		_, _, err = r.ByToken(ctx, third)
		wrong(t, "withdrawn", err, "does not lead to a quote")
		if err := r.Revise(ctx, q.ID); err != nil {
			t.Fatal(err)
		}
		fourth := r.send(t, r.get(t, q.ID))
		r.clock.Advance(31 * 24 * time.Hour)
		_, _, err = r.ByToken(ctx, fourth)
		wrong(t, "over", err, "was valid until")
		wrong(t, "accepted too late", r.Accept(ctx, fourth, quotes.Answer{Name: "Mara Lind", Agreed: true}), "was valid until")
		if q = r.get(t, q.ID); !q.Expired(r.Today()) || q.State != quotes.Open {
			t.Errorf("%+v", q)
		}
		if strings.Join(r.happened, ", ") != "sent sent, sent sent, declined declined, sent sent, withdrawn withdrawn, sent sent" {
			t.Error(r.happened)
		}
		wrong(t, "sent ones are kept", r.Discard(ctx, q.ID, q.Version), "kept")
		fresh := r.create(t, nil)
		if err := r.Discard(ctx, fresh.ID, fresh.Version); err != nil {
			t.Error(err)
		}
		_, err = r.Get(ctx, fresh.ID)
		wrong(t, "discarded", err, "no such quote")
	})
}

// Guessing links is slowed down.
func TestGuessing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		busy := false
		for i := range 30 {
			_, _, err := r.ByToken(ctx, fmt.Sprint("guess", i))
			busy = busy || fault.Is(err, fault.Busy)
			if err == nil {
				t.Fatal("a guess opens a quote")
			}
		}
		if !busy {
			t.Error("thirty guesses are not slowed down")
		}
	})
}

// A plan becomes a quote for a client of a size.
func TestFromPlan(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		own := dec("30")
		plan, err := r.catalogue.SavePlan(ctx, catalogue.Plan{Name: "Managed", Tier: 1, Currency: "EUR", Scope: "All you need", Least: dec("350"), Lines: []catalogue.Line{
			{Item: r.seat, Counts: catalogue.People, Quantity: dec("1"), Own: &own}, {Item: r.once, Counts: catalogue.Devices, Quantity: dec("0.5"), Optional: true}, {Item: r.bare, Counts: catalogue.Sites, Quantity: dec("1")},
		}})
		if err != nil {
			t.Fatal(err)
		}
		id, err := r.Create(ctx, quotes.NewQuote{Addressee: quotes.Addressee{Client: r.client}, Plan: plan, Typical: catalogue.Typical{People: 12, Devices: 15}})
		if err != nil {
			t.Fatal(err)
		}
		c := r.get(t, id).Draft
		if c.Title != "Managed" || c.Terms != "All you need" || c.Least.String() != "350" || len(c.Lines) != 2 || c.Lines[0].Quantity.String() != "12" || c.Lines[0].Price.Unit.String() != "30" || !c.Lines[0].Own ||
			c.Lines[1].Quantity.String() != "7.5" || !c.Lines[1].Optional || c.Lines[1].Every != catalogue.Once {
			t.Errorf("%+v", c)
		}
	})
}
