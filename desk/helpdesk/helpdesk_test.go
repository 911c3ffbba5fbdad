// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones also where the machine has none

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/clients"
)

type rig struct {
	*helpdesk.Service
	db      *db.DB
	clock   *clock.Fixed
	clients *clients.Service
	parts   helpdesk.Parts
	ada     context.Context // a technician's calls
	adaID   ids.ID
	harbour ids.ID
	kestrel ids.ID
}

var all = access.WholeFirm()

// newRig opens at nine in the morning of Monday, 2 March 2026, in Berlin, with two clients.
func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	r := &rig{db: d}
	ctx, a := context.Background(), r.open(t, d)
	link, err := a.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@tidegate.example", Password: "correct horse battery staple"}, access.Client{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.Session(ctx, session, "")
	if err != nil {
		t.Fatal(err)
	}
	r.ada, r.adaID = access.With(ctx, id), id.User
	if r.harbour, err = r.clients.Create(ctx, clients.Details{Name: "Harbour Dental"}); err != nil {
		t.Fatal(err)
	}
	if r.kestrel, err = r.clients.Create(ctx, clients.Details{Name: "Kestrel Trust"}); err != nil {
		t.Fatal(err)
	}
	return r
}

// open builds the services on a database.
func (r *rig) open(t testing.TB, d *db.DB) *access.Service {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, zone))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	a := access.New(d, c, s, sealer, access.Options{})
	r.clock, r.clients = c, clients.New(d, c, s, a, q)
	r.parts = helpdesk.Parts{DB: d, Clock: c, Zone: zone, IDs: s, Access: a, Clients: r.clients, Jobs: q, Bus: &bus.Bus{}, Blobs: blobs, Log: slog.New(slog.DiscardHandler)}
	r.Service = helpdesk.New(r.parts)
	if err := r.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	return a
}

func (r *rig) make(t testing.TB, d helpdesk.Draft) helpdesk.Ticket {
	t.Helper()
	if d.Client == 0 {
		d.Client = r.harbour
	}
	if d.Subject == "" {
		d.Subject = "Printer in reception is offline"
	}
	made, err := r.Create(r.ada, all, d)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (r *rig) get(t testing.TB, id ids.ID) helpdesk.Ticket {
	t.Helper()
	x, err := r.Get(r.ada, all, id)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (r *rig) numbers(t testing.TB, q helpdesk.Query) []int64 {
	t.Helper()
	p, err := r.List(r.ada, all, q)
	if err != nil {
		t.Fatal(err)
	}
	out := []int64{}
	for _, x := range p.Rows {
		out = append(out, x.Number)
	}
	if p.Total < len(out) {
		t.Errorf("%d of %d in all", len(out), p.Total)
	}
	return out
}

func ptr[T any](v T) *T { return &v }

func TestATicketsLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.make(t, helpdesk.Draft{Body: "Since this morning.", Impact: 1, Urgency: 2, Origin: helpdesk.FromClient, OriginNote: "phone", Tags: []string{"Printer", "printer", "front desk"}})
		if x.Number != 1001 || x.Priority != helpdesk.High || x.State != helpdesk.StateNew || !slices.Equal(x.Tags, []string{"front-desk", "printer"}) {
			t.Fatalf("%+v", x)
		}
		again := r.get(t, x.ID)
		if again.Level.ResponseDue != x.Level.ResponseDue || again.Origin != helpdesk.FromClient || again.OriginNote != "phone" {
			t.Errorf("%+v\n%+v", again, x)
		}
		// An internal note is no answer; a public one is.
		if _, _, err := r.Say(r.ada, all, x.ID, x.Version, helpdesk.Message{Body: "Looks like the switch."}); err != nil {
			t.Fatal(err)
		}
		if again = r.get(t, x.ID); !again.Responded.IsZero() {
			t.Error("a note among ourselves counted as an answer")
		}
		if _, _, err := r.Say(r.ada, all, x.ID, x.Version, helpdesk.Message{Body: "We are on it.", Public: true}); !fault.Is(err, fault.Conflict) {
			t.Errorf("an older version was written over: %v", err)
		}
		r.clock.Advance(time.Hour)
		if _, _, err := r.Say(r.ada, all, x.ID, 0, helpdesk.Message{Body: "We are on it.", Public: true, Then: helpdesk.Edit{State: ptr(helpdesk.StateSolved)}}); err != nil {
			t.Fatal(err)
		}
		again = r.get(t, x.ID)
		if again.State != helpdesk.StateSolved || again.Responded.IsZero() || again.Solved.IsZero() || !again.Level.Due().IsZero() || again.Level.ResponseLate {
			t.Errorf("%+v", again)
		}
		// The client writes again: it opens.
		person := helpdesk.Author{Kind: "person", ID: 7, Name: "Dr Mensah"}
		if _, _, err := r.Say(context.Background(), access.OneClient(r.harbour), x.ID, 0, helpdesk.Message{Body: "Still offline!", Public: true, Author: &person}); err != nil {
			t.Fatal(err)
		}
		again = r.get(t, x.ID)
		if again.State != helpdesk.StateOpen || again.Reopened != 1 || again.LastFrom != 1 || !again.Solved.IsZero() {
			t.Errorf("%+v", again)
		}
		ours, err := r.Thread(r.ada, all, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := r.Thread(r.ada, access.OneClient(r.harbour), x.ID)
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, e := range ours {
			kinds = append(kinds, string(e.Kind))
		}
		if got := strings.Join(kinds, " "); got != "reply note reply change reply change" || len(theirs) != 3 {
			t.Errorf("%s; the client sees %d", got, len(theirs))
		}
		for _, err := range []error{
			second(r.Get(r.ada, access.OneClient(r.kestrel), x.ID)), second(r.Thread(r.ada, access.OneClient(r.kestrel), x.ID)), second(r.ByNumber(r.ada, access.OneClient(r.kestrel), x.Number)),
			second(r.Update(r.ada, access.OneClient(r.kestrel), x.ID, 0, helpdesk.Edit{})), second(r.Get(r.ada, access.Scope{}, x.ID)),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("another client's ticket: %v", err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestBadInput(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	site, err := r.clients.SaveSite(r.ada, all, r.kestrel, clients.Site{Name: "Head office"})
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]helpdesk.Draft{
		"no subject":   {Client: r.harbour, Subject: " \n "},
		"long subject": {Client: r.harbour, Subject: strings.Repeat("x", 301)},
		"long text":    {Client: r.harbour, Subject: "x", Body: strings.Repeat("x", 200_001)},
		"no client":    {Subject: "x"},
		"their site":   {Client: r.harbour, Subject: "x", Site: site},
		"board":        {Client: r.harbour, Subject: "x", Board: 77},
		"assignee":     {Client: r.harbour, Subject: "x", Assignee: 77},
		"impact":       {Client: r.harbour, Subject: "x", Impact: 9},
		"tags":         {Client: r.harbour, Subject: "x", Tags: []string{strings.Repeat("t", 41)}},
	} {
		if _, err := r.Create(r.ada, all, d); err == nil || fault.KindOf(err) == fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	x := r.make(t, helpdesk.Draft{})
	y := r.make(t, helpdesk.Draft{Parent: x.ID})
	if _, err := r.Update(r.ada, all, x.ID, 0, helpdesk.Edit{Parent: ptr(y.ID)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a ring: %v", err)
	}
	z := r.make(t, helpdesk.Draft{Client: r.kestrel})
	if err := r.Merge(r.ada, all, z.ID, x.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("merged across clients: %v", err)
	}
	if _, _, err := r.Say(r.ada, all, x.ID, 0, helpdesk.Message{Body: "  "}); !fault.Is(err, fault.Invalid) {
		t.Errorf("nothing was said: %v", err)
	}
}

func TestMergeAndSplit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a := r.make(t, helpdesk.Draft{Subject: "Printer offline", Body: "first"})
		b := r.make(t, helpdesk.Draft{Subject: "Printer again", Body: "second zirkonium"})
		c := r.make(t, helpdesk.Draft{Subject: "Printer still", Body: "third"})
		if err := r.Merge(r.ada, all, c.ID, b.ID); err != nil {
			t.Fatal(err)
		}
		if err := r.Merge(r.ada, all, b.ID, a.ID); err != nil {
			t.Fatal(err)
		}
		bodies := func(id ids.ID) (out []string) {
			entries, err := r.Thread(r.ada, all, id)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Body != "" {
					out = append(out, e.Body)
				}
			}
			return out
		}
		if got := bodies(a.ID); !slices.Equal(got, []string{"first", "second zirkonium", "third"}) {
			t.Errorf("%q", got)
		}
		if got := r.numbers(t, helpdesk.Query{}); !slices.Equal(got, []int64{a.Number}) {
			t.Errorf("the list shows %v", got)
		}
		if got := r.numbers(t, helpdesk.Query{Text: "zirkonium"}); !slices.Equal(got, []int64{a.Number}) {
			t.Errorf("words of a merged ticket lead to %v", got)
		}
		if _, _, err := r.Say(r.ada, all, b.ID, 0, helpdesk.Message{Body: "x"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("said on a merged ticket: %v", err)
		}
		if err := r.Unmerge(r.ada, all, b.ID); err != nil {
			t.Fatal(err)
		}
		if got := r.get(t, b.ID); got.MergedInto != 0 || got.State != helpdesk.StateOpen {
			t.Errorf("%+v", got)
		}
		if got := bodies(a.ID); !slices.Equal(got, []string{"first", "third"}) {
			t.Errorf("after taking back: %q", got)
		}
		entries, _ := r.Thread(r.ada, all, a.ID)
		made, err := r.Split(r.ada, all, a.ID, entries[0].ID, "")
		if err != nil || made.Subject != "first" || made.Client != a.Client {
			t.Fatalf("%+v, %v", made, err)
		}
		if got := bodies(a.ID); len(got) != 2 {
			t.Errorf("splitting took something away: %q", got)
		}
	})
}

// Every filter and order against the plain answer over the same tickets.
func TestListsEqualThePlainAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var made []helpdesk.Ticket
		for i := range 40 {
			client := r.harbour
			if i%3 == 0 {
				client = r.kestrel
			}
			x := r.make(t, helpdesk.Draft{
				Client: client, Subject: fmt.Sprintf("Ticket %d", i), Kind: helpdesk.Kind(i % 6), Origin: helpdesk.Origin(1 + i%4),
				Impact: helpdesk.Level(1 + i%3), Urgency: helpdesk.Level(1 + i/3%3), Tags: []string{[]string{"alpha", "beta"}[i%2]}, Channel: []string{"mail", "phone"}[i%2],
			})
			r.clock.Advance(time.Minute)
			if i%5 == 0 {
				x2, err := r.Update(r.ada, all, x.ID, 0, helpdesk.Edit{Assignee: ptr(r.adaID), State: ptr(helpdesk.State(i / 5 % 5))})
				if err != nil {
					t.Fatal(err)
				}
				x = x2
			}
			made = append(made, x)
		}
		for name, c := range map[string]struct {
			q    helpdesk.Query
			want func(helpdesk.Ticket) bool
		}{
			"all":           {helpdesk.Query{}, func(helpdesk.Ticket) bool { return true }},
			"open":          {helpdesk.Query{States: []helpdesk.State{0, 1, 2}}, func(x helpdesk.Ticket) bool { return x.State <= 2 }},
			"closed":        {helpdesk.Query{States: []helpdesk.State{4}}, func(x helpdesk.Ticket) bool { return x.State == 4 }},
			"client":        {helpdesk.Query{Client: r.kestrel}, func(x helpdesk.Ticket) bool { return x.Client == r.kestrel }},
			"mine":          {helpdesk.Query{Assignee: r.adaID}, func(x helpdesk.Ticket) bool { return x.Assignee == r.adaID }},
			"unassigned":    {helpdesk.Query{Assignee: helpdesk.Nobody}, func(x helpdesk.Ticket) bool { return x.Assignee == 0 }},
			"stranger":      {helpdesk.Query{Assignee: 99}, func(helpdesk.Ticket) bool { return false }},
			"kind":          {helpdesk.Query{Kinds: []helpdesk.Kind{helpdesk.Change, helpdesk.Problem}}, func(x helpdesk.Ticket) bool { return x.Kind == 2 || x.Kind == 3 }},
			"origin":        {helpdesk.Query{Origins: []helpdesk.Origin{helpdesk.FromMonitor}}, func(x helpdesk.Ticket) bool { return x.Origin == helpdesk.FromMonitor }},
			"priority":      {helpdesk.Query{Priorities: []helpdesk.Priority{helpdesk.Urgent}}, func(x helpdesk.Ticket) bool { return x.Priority == helpdesk.Urgent }},
			"tag":           {helpdesk.Query{Tag: "beta"}, func(x helpdesk.Ticket) bool { return x.Tags[0] == "beta" }},
			"part of a tag": {helpdesk.Query{Tag: "bet"}, func(helpdesk.Ticket) bool { return false }},
			"channel":       {helpdesk.Query{Channel: "mail"}, func(x helpdesk.Ticket) bool { return x.Channel == "mail" }},
			"status":        {helpdesk.Query{Statuses: []ids.ID{made[0].Status}}, func(x helpdesk.Ticket) bool { return x.Status == made[0].Status }},
			"board":         {helpdesk.Query{Boards: []ids.ID{made[0].Board}}, func(x helpdesk.Ticket) bool { return x.Board == made[0].Board }},
			"words":         {helpdesk.Query{Text: "ticket 7"}, func(x helpdesk.Ticket) bool { return x.Subject == "Ticket 7" }},
			"opened":        {helpdesk.Query{From: made[10].Opened, To: made[20].Opened}, func(x helpdesk.Ticket) bool { return x.Number >= made[10].Number && x.Number < made[20].Number }},
		} {
			var want []int64
			for _, x := range made {
				if c.want(x) {
					want = append(want, x.Number)
				}
			}
			for _, order := range helpdesk.Orders() {
				c.q.Order, c.q.Limit = order, 500
				got := r.numbers(t, c.q)
				forward := slices.Clone(got)
				slices.Sort(got)
				if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
					t.Errorf("%s by %s: %v, want %v", name, order, got, want)
				}
				// Pages put together are the list.
				var pages []int64
				for at := 0; at < len(forward); at += 7 {
					q := c.q
					q.Offset, q.Limit = at, 7
					pages = append(pages, r.numbers(t, q)...)
				}
				if !slices.Equal(pages, forward) {
					t.Errorf("%s by %s in pages: %v, want %v", name, order, pages, forward)
				}
			}
			counts, err := r.Count(r.ada, all, c.q)
			if err != nil || counts[0] != len(want) {
				t.Errorf("%s: counted %v, %v, want %d", name, counts, err, len(want))
			}
		}
		// Another process sees what this one wrote.
		other := helpdesk.New(r.parts)
		if n, err := other.Count(r.ada, all, helpdesk.Query{}); err != nil || n[0] != 40 {
			t.Errorf("%v %v", n, err)
		}
		r.make(t, helpdesk.Draft{Subject: "One more"})
		if n, err := other.Count(r.ada, all, helpdesk.Query{}, helpdesk.Query{States: []helpdesk.State{helpdesk.StateNew}, Client: r.harbour, Text: "one more"}); err != nil || n[0] != 41 || n[1] != 1 {
			t.Errorf("%v %v", n, err)
		}
		p, err := r.List(r.ada, access.OneClient(r.kestrel), helpdesk.Query{})
		if err != nil || len(p.Rows) != 14 || slices.ContainsFunc(p.Rows, func(x helpdesk.Ticket) bool { return x.Client != r.kestrel }) {
			t.Errorf("a client sees %d tickets, %v", len(p.Rows), err)
		}
		if p, err := r.List(r.ada, access.OneClient(r.kestrel), helpdesk.Query{Client: r.harbour}); err != nil || len(p.Rows) != 0 {
			t.Errorf("a client asks for another one's: %d, %v", len(p.Rows), err)
		}
		if p, err := r.List(r.ada, access.Scope{}, helpdesk.Query{}); err != nil || len(p.Rows) != 0 {
			t.Errorf("nobody sees %d tickets, %v", len(p.Rows), err)
		}
	})
}
