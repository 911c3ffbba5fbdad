// SPDX-License-Identifier: Apache-2.0

package billing_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
)

var ctx = context.Background()

// rig is a firm in Hamburg on 1 March 2026 with one client.
type rig struct {
	*billing.Service
	db         *db.DB
	clock      *clock.Fixed
	jobs       *jobs.Queue
	agreements *agreements.Service
	clients    *clients.Service
	work       *worklog.Service
	access     *access.Service
	harbour    ids.ID
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	return newRigIn(t, d, t.TempDir(), time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
}

func newRigIn(t testing.TB, d *db.DB, dir string, at time.Time) *rig {
	t.Helper()
	c := clock.At(at)
	sealer, err := access.OpenSealer(filepath.Join(dir, "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	a := access.New(d, c, s, sealer, access.Options{})
	r := &rig{db: d, clock: c, jobs: q, access: a, clients: clients.New(d, c, s, a, q)}
	r.agreements = agreements.New(agreements.Parts{DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q})
	r.work = worklog.New(worklog.Parts{DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q, Currency: func(context.Context) money.Currency { return "EUR" }, Cover: r.cover})
	r.Service = billing.New(billing.Parts{
		DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q, Values: config.Values{DB: d}, Clients: r.clients, Agreements: r.agreements, Work: r.work, Batch: batchOf(),
	})
	return r
}

// cover tells the worklog what agreements say, as the program does.
func (r *rig) cover(ctx context.Context, q db.Query, client, kind ids.ID, day civil.Date) (worklog.Covered, bool, error) {
	c, ok, err := r.agreements.CoverWork(ctx, q, client, kind, day)
	w := worklog.Covered{Coverage: worklog.Agreement, Agreement: c.Number, Name: c.Name}
	if c.Pot != 0 {
		w.Coverage = worklog.Prepaid
	}
	return w, ok, err
}

// batchOf makes batches small in the process that is killed, so that kills fall between and into many of them.
func batchOf() int {
	if os.Getenv(childTarget) != "" {
		return 7
	}
	return 0
}

// settle gives the rig what a firm sets up: its address, its taxes and a client.
func (r *rig) settle(t testing.TB) *rig {
	t.Helper()
	f, err := r.Firm(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f.Party = invoice.Party{Name: "Tidegate IT GmbH", VAT: "DE123456788", Address: invoice.Address{Street: "Kai 4", City: "Hamburg", Postcode: "20457", Country: "DE"}}
	f.Pay.IBAN, f.Currency, f.Language = "DE89370400440532013000", "EUR", "en-GB"
	must(t, r.SetFirm(ctx, f))
	for _, x := range billing.Preset("DE") {
		must(t, r.AddTax(ctx, x))
	}
	r.harbour = r.client(t, "Harbour Dental")
	return r
}

func (r *rig) client(t testing.TB, name string) ids.ID {
	t.Helper()
	id, err := r.clients.Create(ctx, clients.Details{Name: name})
	must(t, err)
	must(t, r.SetAccount(ctx, billing.Account{
		Client: id, PayDays: -1, Work: billing.WorkAlone, Party: invoice.Party{Name: name + " GmbH", VAT: "DE987654321", Address: invoice.Address{Street: "Hafen 1", City: "Kiel", Postcode: "24103", Country: "DE"}},
	}))
	return id
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func day(s string) civil.Date {
	d, err := civil.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func num(s string) money.Decimal {
	d, err := money.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

func ptr[T any](v T) *T { return &v }

// managed is an agreement with a flat fee and a price for each user, monthly in advance.
func (r *rig) managed(starts string) agreements.NewAgreement {
	return agreements.NewAgreement{
		Head: agreements.Head{Client: r.harbour, Name: "Managed", Currency: "EUR", Starts: day(starts), Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: day("2026-03-01"), Unit: rating.Month, Every: 1}},
		Lines: []agreements.NewLine{
			{Copy: agreements.Copy{Name: "Monitoring"}, Terms: rating.Terms{Price: rating.Price{Unit: num("100")}}},
			{Copy: agreements.Copy{Name: "Users", Counted: agreements.CountedHand}, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: num("25.50")}}, Quantity: ptr(num("10"))},
		},
	}
}

func (r *rig) signed(t testing.TB, a agreements.NewAgreement) ids.ID {
	t.Helper()
	id, err := r.agreements.Create(ctx, a)
	must(t, err)
	must(t, r.agreements.Activate(ctx, id, 1, agreements.Sign{By: "Dr Mira Hansen"}))
	return id
}

// bill runs on a day and returns the documents that the run made, in order.
func (r *rig) bill(t testing.TB, on string, issue bool) []billing.Doc {
	t.Helper()
	r.clock.Advance(day(on).Time(time.UTC).Add(9 * time.Hour).Sub(r.clock.Now()))
	id, err := r.Start(ctx, billing.Order{Issue: issue})
	must(t, err)
	must(t, r.Continue(ctx, id, nil))
	list, err := r.List(ctx, billing.Filter{Run: id, Limit: 1000})
	must(t, err)
	slices.Reverse(list.Rows)
	for _, x := range r.left(t, id) {
		t.Logf("left out: %s %s", x.Kind, x.Text)
	}
	return list.Rows
}

func (r *rig) left(t testing.TB, id ids.ID) []billing.Exception {
	t.Helper()
	list, err := r.Exceptions(ctx, id)
	must(t, err)
	return list
}

// sound fails when anything in the books does not hold.
func (r *rig) sound(t testing.TB) {
	t.Helper()
	v, err := r.Verify(ctx)
	must(t, err)
	if len(v.Broken) > 0 {
		t.Errorf("the books are broken: %s", strings.Join(v.Broken, "; "))
	}
}

func (r *rig) lines(t testing.TB, id ids.ID) (out []string) {
	t.Helper()
	_, f, err := r.Document(ctx, id)
	must(t, err)
	for _, l := range f.Lines {
		out = append(out, fmt.Sprintf("%s %s–%s %s %d", l.Name, l.Period.From, l.Period.To, l.Quantity, l.Net))
	}
	return out
}

// A month in advance, a second one with a user more in the middle of the first, the last with a termination: by hand.
func TestAgreementBecomesInvoices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		id := r.signed(t, r.managed("2026-03-01"))
		docs := r.bill(t, "2026-03-01", true)
		if len(docs) != 1 || docs[0].Number != "INV-2026-00001" || docs[0].Net != 10000+25500 || docs[0].Tax != 6745 || docs[0].Gross != 42245 || docs[0].Open != 42245 || docs[0].Due != day("2026-03-15") {
			t.Fatalf("%+v", docs)
		}
		if again := r.bill(t, "2026-03-20", true); len(again) != 0 {
			t.Fatalf("billed twice: %+v", again)
		}
		a, err := r.agreements.Get(ctx, id)
		must(t, err)
		must(t, r.agreements.Count(ctx, a.Lines[1].ID, agreements.NewFact{Day: day("2026-03-17"), Quantity: num("12"), Source: "by hand"}))
		// 1 to 16 March are 16 of 31 days with 10, the other 15 with 12: 255 × 16/31 = 131.61; 306 × 15/31 = 148.06.
		docs = r.bill(t, "2026-04-01", true)
		want := []string{
			"Monitoring 2026-04-01–2026-05-01 1 10000", "Credit: Users 2026-03-17–2026-04-01 10 -12339", "Users 2026-03-17–2026-04-01 12 14806", "Users 2026-04-01–2026-05-01 12 30600",
		}
		if len(docs) != 1 || docs[0].Number != "INV-2026-00002" {
			t.Fatalf("%+v", docs)
		}
		if got := r.lines(t, docs[0].ID); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		a, err = r.agreements.Get(ctx, id)
		must(t, err)
		must(t, r.agreements.End(ctx, id, a.Version, day("2026-04-15"), "moves away"))
		docs = r.bill(t, "2026-04-16", true)
		if len(docs) != 1 || docs[0].Kind != invoice.CreditNote || docs[0].Number != "CN-2026-00001" || docs[0].Net != 5000+15300 {
			t.Fatalf("%+v", docs)
		}
		if rest := r.bill(t, "2027-01-01", true); len(rest) != 0 {
			t.Errorf("billed after its end: %+v", rest)
		}
		r.sound(t)
	})
}

// Drafts are looked at, changed, thrown away and issued; what is thrown away is due again.
func TestDrafts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		r.signed(t, r.managed("2026-03-01"))
		docs := r.bill(t, "2026-03-01", false)
		if len(docs) != 1 || docs[0].State != billing.DraftDoc || docs[0].Number != "" {
			t.Fatalf("%+v", docs)
		}
		must(t, r.Discard(ctx, docs[0].ID, docs[0].Version))
		docs = r.bill(t, "2026-03-02", false)
		if len(docs) != 1 || docs[0].Net != 35500 {
			t.Fatalf("what was thrown away is not due again: %+v", docs)
		}
		_, f, err := r.Document(ctx, docs[0].ID)
		must(t, err)
		must(t, r.EditDraft(ctx, docs[0].ID, docs[0].Version, billing.Edit{
			Remove: []ids.ID{f.Lines[1].Span}, Add: []billing.NewLine{{Name: "Cable", Quantity: num("3"), Price: num("4.99")}}, Discount: []billing.NewAllowance{{Reason: "Sorry", Net: 500}},
		}))
		if err := r.EditDraft(ctx, docs[0].ID, docs[0].Version, billing.Edit{}); !fault.Is(err, fault.Conflict) {
			t.Errorf("an old version is taken: %v", err)
		}
		issued, err := r.Issue(ctx, docs[0].ID)
		must(t, err)
		if issued[0].Net != 10000+1497-500 || issued[0].Number != "INV-2026-00001" {
			t.Errorf("%+v", issued[0])
		}
		if err := r.EditDraft(ctx, docs[0].ID, issued[0].Version, billing.Edit{}); !fault.Is(err, fault.Conflict) {
			t.Errorf("an issued invoice is edited: %v", err)
		}
		docs = r.bill(t, "2026-03-03", true)
		if len(docs) != 1 || docs[0].Net != 25500 {
			t.Errorf("the line that was left out is not due again: %+v", docs)
		}
		r.sound(t)
	})
}

// A credit note never takes more than is left, lessens what is open, and what is credited to be billed anew is billed anew.
func TestCreditNotes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		r.signed(t, r.managed("2026-03-01"))
		inv := r.bill(t, "2026-03-01", true)[0]
		_, f, err := r.Document(ctx, inv.ID)
		must(t, err)
		id, err := r.CreditNote(ctx, billing.Credit{Of: inv.ID, Reason: "Two users too many", Lines: []billing.CreditLine{{Span: f.Lines[1].Span, Net: 5100}}})
		must(t, err)
		note, err := r.Issue(ctx, id)
		must(t, err)
		if note[0].Net != 5100 || note[0].Tax != 969 {
			t.Errorf("%+v", note)
		}
		got, err := r.Doc(ctx, inv.ID)
		must(t, err)
		if got.Open != inv.Gross-6069 {
			t.Errorf("%d is open", got.Open)
		}
		if _, err := r.CreditNote(ctx, billing.Credit{Of: inv.ID, Lines: []billing.CreditLine{{Span: f.Lines[1].Span, Net: 25500 - 5100 + 1}}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("more than is left is credited: %v", err)
		}
		id, err = r.CreditNote(ctx, billing.Credit{Of: inv.ID, Again: true})
		must(t, err)
		_, err = r.Issue(ctx, id)
		must(t, err)
		if got, _ = r.Doc(ctx, inv.ID); got.Open != 0 {
			t.Errorf("%d is open of what is credited whole", got.Open)
		}
		docs := r.bill(t, "2026-03-05", true)
		if len(docs) != 1 || docs[0].Net != 10000+25500-5100 {
			t.Errorf("%+v", docs)
		}
		r.sound(t)
	})
}

// What a run cannot bill it says, and bills the others.
func TestRunSaysWhatItLeavesOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		bad := r.managed("2026-03-01")
		bad.Lines[0].Tax = "luxury"
		broken := r.signed(t, bad)
		r.signed(t, r.managed("2026-03-01"))
		id, err := r.Start(ctx, billing.Order{Issue: true})
		must(t, err)
		must(t, r.Continue(ctx, id, nil))
		left := r.left(t, id)
		if len(left) != 1 || left[0].Subject != broken || left[0].Kind != "failed" || !strings.Contains(left[0].Text, "luxury") {
			t.Errorf("%+v", left)
		}
		run, err := r.Run(ctx, id)
		must(t, err)
		if !run.Finished || run.Documents != 1 || run.Failed != 1 || run.Total != 2 {
			t.Errorf("%+v", run)
		}
		must(t, r.AddTax(ctx, billing.Tax{Code: "luxury", Starts: day("2026-01-01"), Category: rating.Standard, Percent: num("33")}))
		if docs := r.bill(t, "2026-03-02", true); len(docs) != 1 || docs[0].Agreement != broken {
			t.Errorf("it is not due any more: %+v", docs)
		}
		r.sound(t)
	})
}

// A large difference waits until somebody has acknowledged it.
func TestHold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		f, err := r.Firm(ctx)
		must(t, err)
		f.Hold = 20
		must(t, r.SetFirm(ctx, f))
		id := r.signed(t, r.managed("2026-03-01"))
		r.bill(t, "2026-03-01", true)
		a, err := r.agreements.Get(ctx, id)
		must(t, err)
		must(t, r.agreements.Count(ctx, a.Lines[1].ID, agreements.NewFact{Day: day("2026-04-01"), Quantity: num("20")}))
		if docs := r.bill(t, "2026-04-01", true); len(docs) != 0 {
			t.Fatalf("not held: %+v", docs)
		}
		var p *billing.Preview
		must(t, r.Previews(ctx, billing.Order{}, true, func(x *billing.Preview) error { p = x; return nil }))
		if p == nil || p.Held == "" || p.Net != 61000 || p.Last != 35500 {
			t.Fatalf("%+v", p)
		}
		must(t, r.Compare(ctx, p))
		if len(p.Changes) != 1 || p.Changes[0].Cause != billing.CauseQuantity || p.Changes[0].New-p.Changes[0].Old != 25500 {
			t.Errorf("%+v", p.Changes)
		}
		must(t, r.Acknowledge(ctx, id, p.Day, p.Net, "new site"))
		if docs := r.bill(t, "2026-04-01", true); len(docs) != 1 || docs[0].Net != 61000 {
			t.Errorf("%+v", docs)
		}
	})
}

// The next invoices that the editor shows are those that the runs then write.
func TestForecastIsWhatComes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		x := r.managed("2026-03-10")
		x.Lines = append(x.Lines,
			agreements.NewLine{Copy: agreements.Copy{Name: "Onboarding"}, Terms: rating.Terms{Once: true, Price: rating.Price{Unit: num("490")}}},
			agreements.NewLine{Copy: agreements.Copy{Name: "Audit"}, Terms: rating.Terms{Cycle: rating.Cycle{Unit: rating.Quarter}, Arrears: true, Price: rating.Price{Unit: num("300")}}},
		)
		id := r.signed(t, x)
		a, err := r.agreements.Get(ctx, id)
		must(t, err)
		next, err := r.Forecast(ctx, a, 5)
		must(t, err)
		if len(next) != 5 {
			t.Fatalf("%d documents", len(next))
		}
		for _, p := range next {
			docs := r.bill(t, p.Day.String(), true)
			if len(docs) != 1 || docs[0].Net != p.Net {
				t.Fatalf("%s: %d, billed %+v", p.Day, p.Net, docs)
			}
		}
		r.sound(t)
	})
}
