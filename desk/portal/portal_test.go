// SPDX-License-Identifier: Apache-2.0

package portal_test

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/desk/portal"
	"mainstay/desk/portal/store"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/clients"
)

var (
	ctx = context.Background()
	all = access.WholeFirm()
)

type rig struct {
	*portal.Service
	t       testing.TB
	db      *db.DB
	clock   *clock.Fixed
	access  *access.Service
	clients *clients.Service
	desk    *helpdesk.Service
	mail    *mailroom.Service
	jobs    *jobs.Queue
	sealer  *access.Sealer
	ada     context.Context
	adaID   ids.ID
	harbour ids.ID
	kestrel ids.ID
	vera    ids.ID // of Harbour, decides
	max     ids.ID // of Harbour
	kim     ids.ID // of Kestrel
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	sealer, err := access.OpenSealer(filepath.Join(dir, "secret.key"), true)
	must(t, err)
	blobs, err := blob.Open(filepath.Join(dir, "files"))
	must(t, err)
	s, log, b := ids.NewSource(c), slog.New(slog.DiscardHandler), &bus.Bus{}
	q := jobs.New(d, c, s, log)
	r := &rig{t: t, db: d, clock: c, jobs: q, sealer: sealer, access: access.New(d, c, s, sealer, access.Options{})}
	r.clients = clients.New(d, c, s, r.access, q)
	r.desk = helpdesk.New(helpdesk.Parts{DB: d, Clock: c, IDs: s, Access: r.access, Clients: r.clients, Jobs: q, Bus: b, Blobs: blobs, Log: log, Solved: func(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket) error {
		return r.Solved(ctx, tx, t)
	}})
	must(t, r.desk.Prepare(ctx))
	r.mail = mailroom.New(mailroom.Parts{DB: d, Clock: c, IDs: s, Access: r.access, Clients: r.clients, Helpdesk: r.desk, Blobs: blobs, Bus: b, Sealer: sealer, Log: log})
	r.Service = portal.New(portal.Parts{DB: d, Clock: c, IDs: s, Access: r.access, Clients: r.clients, Desk: r.desk, Mail: r.mail, Jobs: q, Blobs: blobs, Bus: b, Sealer: sealer, Log: log, URL: "https://desk.firm.example"})
	r.people()
	_, err = r.mail.SaveMailbox(r.ada, mailroom.Mailbox{Address: "help@firm.example", Enabled: true, Auth: mailroom.Password, SMTP: mailroom.Server{Host: "127.0.0.1", Port: 9, Security: mailroom.Plain}})
	must(t, err)
	r.set(func(x *portal.Settings) { x.Enabled = true })
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) people() {
	link, err := r.access.OwnerLink(ctx)
	must(r.t, err)
	session, err := r.access.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@firm.example", Password: "correct horse battery staple"}, access.Client{})
	must(r.t, err)
	id, err := r.access.Session(ctx, session, "")
	must(r.t, err)
	r.ada, r.adaID = access.With(ctx, id), id.User
	r.harbour, err = r.clients.Create(ctx, clients.Details{Name: "Harbour Dental"})
	must(r.t, err)
	r.kestrel, err = r.clients.Create(ctx, clients.Details{Name: "Kestrel Trust"})
	must(r.t, err)
	r.vera = r.person(r.harbour, clients.Person{Name: "Vera Lind", Email: "Vera@Harbour.example", Decides: true})
	r.max = r.person(r.harbour, clients.Person{Name: "Max", Email: "max@harbour.example"})
	r.kim = r.person(r.kestrel, clients.Person{Name: "Kim", Email: "kim@kestrel.example"})
}

func (r *rig) person(client ids.ID, p clients.Person) ids.ID {
	id, err := r.clients.SavePerson(ctx, all, client, p)
	must(r.t, err)
	return id
}

func (r *rig) set(f func(*portal.Settings)) {
	r.t.Helper()
	x, err := r.Settings(ctx)
	must(r.t, err)
	f(&x)
	must(r.t, r.SaveSettings(r.ada, x))
}

func (r *rig) work() {
	r.t.Helper()
	for did := true; did; {
		var err error
		did, err = r.jobs.One(ctx)
		must(r.t, err)
	}
}

// letters are the mails in the outbox: whom to, subject, text.
func (r *rig) letters() (out [][3]string) {
	r.t.Helper()
	rows, err := r.db.Reader().QueryContext(ctx, "SELECT id, kind, recipients, subject, body FROM mailroom_outgoing ORDER BY id")
	must(r.t, err)
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		var kind string
		var l [3]string
		must(r.t, rows.Scan((*int64)(&id), &kind, &l[0], &l[1], &l[2]))
		if kind == "secret" {
			l[2], err = r.sealer.Open("letter/"+id.String(), l[2])
			must(r.t, err)
		}
		out = append(out, l)
	}
	must(r.t, rows.Err())
	return out
}

var token = regexp.MustCompile(`/portal/enter/([\w-]+)`)

// as signs in by a link and returns the context of a request of that person.
func (r *rig) as(email string) context.Context {
	r.t.Helper()
	must(r.t, r.AskLink(ctx, email, "/portal", ""))
	r.work()
	list := r.letters()
	d, err := r.UseLink(ctx, token.FindStringSubmatch(list[len(list)-1][2])[1], 0, access.Client{Address: "192.0.2.7"})
	must(r.t, err)
	id, err := r.Identify(ctx, d.Session, "192.0.2.7")
	must(r.t, err)
	if id == nil {
		r.t.Fatalf("%s is not in", email)
	}
	return access.With(ctx, id)
}

func (r *rig) ticket(client, person ids.ID, origin helpdesk.Origin) helpdesk.Ticket {
	r.t.Helper()
	t, err := r.desk.Create(r.ada, all, helpdesk.Draft{Client: client, Person: person, Origin: origin, Subject: "The light is off", Body: "In room 4", Author: &helpdesk.Author{Kind: "person", ID: person, Name: "Somebody"}})
	must(r.t, err)
	return t
}

func (r *rig) solve(t helpdesk.Ticket) {
	r.t.Helper()
	state := helpdesk.StateSolved
	_, err := r.desk.Update(r.ada, all, t.ID, 0, helpdesk.Edit{State: &state, Assignee: &r.adaID})
	must(r.t, err)
	r.work()
}

// Every query is understood by both engines.
func TestQueries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		must(t, d.Raw(func(pool *sql.DB) error {
			q, err := store.Prepare(ctx, pool)
			if err != nil {
				return err
			}
			return q.Close()
		}))
	})
}

// A link ends after twenty minutes, an invitation after a week; a session after a week without use and thirty days at most.
func TestLivesEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		enter := func(after time.Duration) error {
			list := r.letters()
			r.clock.Advance(after)
			_, err := r.UseLink(ctx, token.FindStringSubmatch(list[len(list)-1][2])[1], 0, access.Client{})
			return err
		}
		must(t, r.AskLink(ctx, "vera@harbour.example", "", ""))
		r.work()
		if err := enter(20*time.Minute + time.Second); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("an old link: %v", err)
		}
		must(t, r.Invite(r.ada, all, r.harbour, r.vera))
		if err := enter(7*24*time.Hour - time.Minute); err != nil {
			t.Errorf("an invitation: %v", err)
		}
		must(t, r.Invite(r.ada, all, r.harbour, r.vera))
		if err := enter(7*24*time.Hour + time.Minute); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("an old invitation: %v", err)
		}
		must(t, r.AskLink(ctx, "vera@harbour.example", "", ""))
		r.work()
		list := r.letters()
		in, err := r.UseLink(ctx, token.FindStringSubmatch(list[len(list)-1][2])[1], 0, access.Client{})
		must(t, err)
		for day := range 31 {
			id, err := r.Identify(ctx, in.Session, "")
			if must(t, err); (id != nil) != (day <= 30) {
				t.Errorf("day %d: %v", day, id)
			}
			r.clock.Advance(24 * time.Hour)
		}
		must(t, r.Sweep(ctx))
		if id, err := r.Identify(ctx, in.Session, ""); id != nil || err != nil {
			t.Errorf("after thirty days: %v %v", id, err)
		}
	})
}

// An approval is asked of those who may, decided once, for what was shown, and the record does not change.
func TestApprovals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		tk := r.ticket(r.harbour, r.max, helpdesk.FromClient)
		if _, err := r.RequestApproval(r.ada, all, tk.ID, portal.Request{Text: "x", Person: r.max}); !fault.Is(err, fault.Invalid) {
			t.Errorf("asked of who may not: %v", err)
		}
		other := r.ticket(r.kestrel, r.kim, helpdesk.FromClient)
		if _, err := r.RequestApproval(r.ada, all, other.ID, portal.Request{Text: "x"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("nobody may: %v", err)
		}
		id, err := r.RequestApproval(r.ada, all, tk.ID, portal.Request{Text: "A new lamp", Minor: 4900, Currency: "EUR"})
		must(t, err)
		mails := r.letters()
		if n := len(mails); n != 1 || mails[0][0] != "vera@harbour.example" || !strings.Contains(mails[0][2], "https://desk.firm.example/portal/approvals/"+id.String()) || !strings.Contains(mails[0][2], "A new lamp") {
			t.Fatalf("%q", mails)
		}
		vera := r.as("vera@harbour.example")
		a, _, err := r.Approval(vera, id)
		must(t, err)
		if err := r.Decide(vera, id, true, "", "another digest", ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("what was not shown: %v", err)
		}
		if err := r.Decide(r.as("max@harbour.example"), id, true, "", a.Digest, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("who may not: %v", err)
		}
		must(t, r.Decide(vera, id, false, "Too dear.", a.Digest, "Firefox"))
		if err := r.Decide(vera, id, true, "", a.Digest, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second time: %v", err)
		}
		if err := r.Withdraw(r.ada, all, tk.ID, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("withdrawn afterwards: %v", err)
		}
		list, err := r.ApprovalsOf(ctx, all, tk.ID)
		must(t, err)
		if len(list) != 1 || list[0].Answer != portal.No || list[0].By != r.vera || list[0].Email != "vera@harbour.example" || list[0].Comment != "Too dear." || list[0].Digest != a.Digest {
			t.Errorf("%+v", list)
		}
		thread, err := r.desk.Thread(ctx, access.OneClient(r.harbour), tk.ID)
		must(t, err)
		if n := len(thread); n != 3 || thread[1].Body != "Please approve: A new lamp\nAmount: €49.00" || thread[2].Body != "Not approved: A new lamp\nAmount: €49.00\n\nToo dear." || thread[2].AuthorID != r.vera {
			t.Errorf("%+v", thread)
		}
		// A text that was changed outside of the program is not approved.
		id, err = r.RequestApproval(r.ada, all, tk.ID, portal.Request{Text: "A cheaper lamp"})
		must(t, err)
		must(t, d.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE portal_approvals SET text = 'Ten lamps' WHERE id = $1", int64(id))
			return err
		}))
		a, _, err = r.Approval(vera, id)
		must(t, err)
		if err := r.Decide(vera, id, true, "", a.Digest, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("a changed text: %v", err)
		}
		must(t, r.Withdraw(r.ada, all, tk.ID, id))
		if waiting, err := r.WaitingForMe(vera); err != nil || len(waiting) != 0 {
			t.Errorf("%+v %v", waiting, err)
		}
	})
}

// Who is asked how it went: the person of a ticket that a client began, once for each ticket, once a week at most, and only
// while the firm wants it.
func TestAsking(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		asked := func() (n int) {
			for _, l := range r.letters() {
				if strings.HasPrefix(l[1], "How did we do?") {
					n++
				}
			}
			return n
		}
		step := func(what string, want int) {
			t.Helper()
			if got := asked(); got != want {
				t.Fatalf("%s: %d were asked, want %d", what, got, want)
			}
		}
		r.solve(r.ticket(r.harbour, r.vera, helpdesk.FromTechnician))
		step("begun by a technician", 0)
		r.solve(r.ticket(r.harbour, 0, helpdesk.FromClient))
		step("without a person", 0)
		r.set(func(x *portal.Settings) { x.Rate = false })
		r.solve(r.ticket(r.harbour, r.vera, helpdesk.FromClient))
		step("switched off", 0)
		r.set(func(x *portal.Settings) { x.Rate = true })
		first := r.ticket(r.harbour, r.vera, helpdesk.FromClient)
		r.solve(first)
		step("the first", 1)
		open := helpdesk.StateOpen
		_, err := r.desk.Update(r.ada, all, first.ID, 0, helpdesk.Edit{State: &open})
		must(t, err)
		r.clock.Advance(8 * 24 * time.Hour)
		r.solve(first)
		step("solved again", 1)
		r.solve(r.ticket(r.harbour, r.vera, helpdesk.FromClient))
		step("eight days later", 2)
		r.solve(r.ticket(r.harbour, r.vera, helpdesk.FromClient))
		step("a second in the week", 2)
		r.solve(r.ticket(r.harbour, r.max, helpdesk.FromClient))
		step("somebody else", 3)
		must(t, r.SetRights(r.ada, all, r.kestrel, r.kim, portal.Rights{Sees: portal.SeesOwn, Blocked: true}))
		r.solve(r.ticket(r.kestrel, r.kim, helpdesk.FromClient))
		step("somebody blocked", 3)
	})
}

var rateLink = regexp.MustCompile(`/portal/rate/(\S+)\?grade=good`)

// A rating can be changed for two weeks; the report counts by month, client and technician.
func TestRatingsAndReport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		a, b := r.ticket(r.harbour, r.vera, helpdesk.FromClient), r.ticket(r.harbour, r.max, helpdesk.FromClient)
		r.solve(a)
		r.solve(b)
		mails := r.letters()
		link := rateLink.FindStringSubmatch(mails[0][2])[1]
		must(t, r.RateByLink(ctx, link, portal.Bad, "Slow"))
		r.clock.Advance(13 * 24 * time.Hour)
		must(t, r.RateByLink(ctx, link, portal.Good, "=1+1 after all"))
		r.clock.Advance(15 * 24 * time.Hour)
		if err := r.RateByLink(ctx, link, portal.Bad, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("after two weeks: %v", err)
		}
		if err := r.RateByLink(ctx, link, 0, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("no grade: %v", err)
		}
		c := r.ticket(r.kestrel, r.kim, helpdesk.FromClient)
		r.solve(c)
		must(t, r.Rate(r.as("kim@kestrel.example"), c.Number, portal.Middling, ""))
		got, err := r.Satisfaction(ctx, all, time.UTC, civil.MustDate(2026, 2, 1).Month(), civil.MustDate(2026, 3, 1).Month(), 0)
		must(t, err)
		// March: two asked at Harbour, one good answer; on the 30th one asked at Kestrel, one middling.
		if want := (portal.Tally{Asked: 3, Answered: 2, Good: 1, Middling: 1}); got.Total != want || got.Months[1].Tally != want || got.Months[0].Tally != (portal.Tally{}) {
			t.Errorf("%+v", got)
		}
		if s, ok := got.Total.Share(); !ok || s != 0.5 {
			t.Errorf("%v", s)
		}
		if len(got.Clients) != 2 || got.Clients[0].ID != r.harbour || got.Clients[0].Asked != 2 || len(got.Technicians) != 1 || got.Technicians[0].ID != r.adaID {
			t.Errorf("%+v %+v", got.Clients, got.Technicians)
		}
		if one, err := r.Satisfaction(ctx, access.OneClient(r.kestrel), time.UTC, got.From, got.To, 0); err != nil || one.Total.Asked != 1 || len(one.Rows) != 1 {
			t.Errorf("the scope of one client: %+v %v", one, err)
		}
		if _, err := r.Satisfaction(ctx, all, time.UTC, got.To, got.From, 0); !fault.Is(err, fault.Invalid) {
			t.Errorf("backwards: %v", err)
		}
		notes := 0
		thread, err := r.desk.Thread(ctx, all, a.ID)
		must(t, err)
		for _, e := range thread {
			if e.Kind == helpdesk.Note && strings.Contains(e.Body, "Slow") {
				notes++
			}
		}
		if notes != 1 {
			t.Errorf("%d notes of the bad rating", notes)
		}
	})
}

// The form that needs no sign-in files as mail does: a known address makes a ticket, an unknown one waits, a machine nothing;
// nobody sends without end, and nothing typed into it becomes a line of the head.
func TestEnquiries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		e := portal.Enquiry{Name: "Vera\r\nBcc: x@y.example", Email: "vera@harbour.example", Subject: "Grüße\r\nX-Evil: 1", Body: "Bitte um Rückruf.", Files: []portal.Upload{{Name: "bücher \"1\".txt", Content: strings.NewReader(strings.Repeat("long line ", 100))}}}
		if err := r.Enquire(ctx, e); !fault.Is(err, fault.NotFound) {
			t.Errorf("while it is shut: %v", err)
		}
		r.set(func(x *portal.Settings) { x.Form = true })
		e.Files[0].Content = strings.NewReader(strings.Repeat("long line ", 100))
		must(t, r.Enquire(ctx, e))
		tk, err := r.desk.ByNumber(ctx, all, 1001)
		must(t, err)
		if tk.Client != r.harbour || tk.Person != r.vera || tk.Subject != "Grüße X-Evil: 1" {
			t.Errorf("%+v", tk)
		}
		thread, err := r.desk.Thread(ctx, all, tk.ID)
		must(t, err)
		if f := thread[0].Files; len(f) != 1 || f[0].Size != 1000 || f[0].Name != "bücher _1_.txt" {
			t.Errorf("%+v", f)
		}
		if !strings.HasPrefix(thread[0].Body, "Bitte um Rückruf.") || !strings.Contains(thread[0].Body, "Nobody has checked the address.") {
			t.Errorf("%q", thread[0].Body)
		}
		must(t, r.Enquire(ctx, portal.Enquiry{Name: "S", Email: "s@nowhere.example", Subject: "Hello", Body: "Who are you?"}))
		must(t, r.Enquire(ctx, portal.Enquiry{Name: "S", Email: "s@nowhere.example", Subject: "Buy", Body: "now", Trap: "http://x"}))
		waiting, _, err := r.mail.Messages(ctx, mailroom.Review, 0)
		must(t, err)
		if len(waiting) != 1 || waiting[0].Reason != "unknown-sender" {
			t.Errorf("%+v", waiting)
		}
		for range 30 {
			err = r.Enquire(ctx, portal.Enquiry{Email: "s@nowhere.example", Subject: "x", Body: "x"})
		}
		if !fault.Is(err, fault.Busy) {
			t.Errorf("without end: %v", err)
		}
	})
}

// Settings and rights are checked, and what they change is in the audit trail.
func TestSettings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x, err := r.Settings(ctx)
		must(t, err)
		for field, f := range map[string]func(*portal.Settings){
			"accent":  func(x *portal.Settings) { x.Accent = "red; }" },
			"imprint": func(x *portal.Settings) { x.Imprint = "javascript:alert(1)" },
			"hosts":   func(x *portal.Settings) { x.Hosts = []string{"https://a.example; script-src *"} },
			"welcome": func(x *portal.Settings) { x.Welcome = strings.Repeat("x", 2001) },
		} {
			y := x
			f(&y)
			err := r.SaveSettings(r.ada, y)
			if !fault.Is(err, fault.Invalid) || fieldOf(err) != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		x.Hosts = []string{"www.firm.example", "HTTPS://Shop.Firm.example:8443/"}
		must(t, r.SaveSettings(r.ada, x))
		if err := r.SaveSettings(r.ada, x); !fault.Is(err, fault.Conflict) {
			t.Errorf("an old version: %v", err)
		}
		y, err := r.Settings(ctx)
		must(t, err)
		if strings.Join(y.Hosts, " ") != "https://www.firm.example https://shop.firm.example:8443" {
			t.Errorf("%q", y.Hosts)
		}
		for _, bad := range []string{"", "<svg xmlns='http://www.w3.org/2000/svg'/>", "\x89PNG\r\n\x1a\n broken", strings.Repeat("x", 600<<10)} {
			if err := r.SaveLogo(r.ada, strings.NewReader(bad)); !fault.Is(err, fault.Invalid) {
				t.Errorf("no picture: %v", err)
			}
		}
		if err := r.SetRights(r.ada, all, r.kestrel, r.vera, portal.Rights{Sees: portal.SeesClient}); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody of another client: %v", err)
		}
		if err := r.SetRights(r.ada, all, r.harbour, r.vera, portal.Rights{Sees: "everything"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a strange right: %v", err)
		}
		must(t, r.SetRights(r.ada, all, r.harbour, r.vera, portal.Rights{Sees: portal.SeesClient, Approver: true}))
		trail, err := r.access.Audit(ctx, 0, 50)
		must(t, err)
		if trail[0].Action != "portal.rights" || trail[0].Actor != "Ada Moreau" || trail[0].Subject != "Vera Lind, Harbour Dental" || trail[0].Detail != "client approver" {
			t.Errorf("%+v", trail[0])
		}
		vera := r.as("vera@harbour.example")
		trail, err = r.access.Audit(ctx, 0, 1)
		must(t, err)
		if trail[0].Action != "portal.sign-in" || trail[0].Actor != "Vera Lind <vera@harbour.example>" || trail[0].User != 0 {
			t.Errorf("%+v", trail[0])
		}
		must(t, r.SetLanguage(vera, "de-DE"))
		must(t, r.AskLink(ctx, "vera@harbour.example", "", ""))
		r.work()
		mails := r.letters()
		if last := mails[len(mails)-1]; !strings.HasPrefix(last[1], "Ihr Link zur Anmeldung") {
			t.Errorf("%q", last)
		}
	})
}

func fieldOf(err error) string {
	if e, ok := err.(*fault.Error); ok { //nolint:errorlint // it is not wrapped here
		return e.Field
	}
	return ""
}

// What a person finds: words of the subject, the number and what is public, whatever signs they type, and nothing internal.
func TestFinding(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		site, err := r.clients.SaveSite(ctx, all, r.harbour, clients.Site{Name: "Pier"})
		must(t, err)
		tk := r.ticket(r.harbour, r.vera, helpdesk.FromClient)
		_, _, err = r.desk.Say(r.ada, all, tk.ID, 0, helpdesk.Message{Body: "Only among us: zebra"})
		must(t, err)
		_, _, err = r.desk.Say(r.ada, all, tk.ID, 0, helpdesk.Message{Public: true, Body: "100% of the Lamps_are_new"})
		must(t, err)
		_, err = r.clients.SavePerson(ctx, all, r.harbour, clients.Person{ID: r.max, Name: "Max", Email: "max@harbour.example", Site: site})
		must(t, err)
		_, err = r.desk.Create(r.ada, all, helpdesk.Draft{Client: r.harbour, Person: r.max, Subject: "Of Max", Body: "x"})
		must(t, err)
		must(t, r.SetRights(r.ada, all, r.harbour, r.vera, portal.Rights{Sees: portal.SeesSite}))
		vera := r.as("vera@harbour.example")
		open := true
		for text, want := range map[string]int{"LIGHT": 1, "room": 1, "1001": 1, "lamps_are": 1, "100%": 1, "zebra": 0, "%": 1, "l_ght": 0, `\`: 0, "'; --": 0, "Max": 0} {
			found, n, err := r.List(vera, helpdesk.SharedQuery{Text: text, Open: &open})
			must(t, err)
			if n != want || len(found) != want {
				t.Errorf("%q: %d", text, n)
			}
		}
		_, err = r.clients.SavePerson(ctx, all, r.harbour, clients.Person{ID: r.vera, Name: "Vera Lind", Email: "vera@harbour.example", Site: site})
		must(t, err)
		if found, n, err := r.List(vera, helpdesk.SharedQuery{Limit: 1, Offset: 1}); err != nil || n != 2 || len(found) != 1 || found[0].ID != tk.ID {
			t.Errorf("the site: %+v %d %v", found, n, err)
		}
		open = false
		if _, n, err := r.List(vera, helpdesk.SharedQuery{Open: &open}); err != nil || n != 0 {
			t.Errorf("done: %d %v", n, err)
		}
	})
}

// A ticket that is moved to another client takes along neither what the first was asked nor what it said of it.
func TestMovedTicket(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		must(t, r.SetRights(r.ada, all, r.kestrel, r.kim, portal.Rights{Sees: portal.SeesClient, Approver: true}))
		tk := r.ticket(r.harbour, r.vera, helpdesk.FromClient)
		id, err := r.RequestApproval(r.ada, all, tk.ID, portal.Request{Text: "A new lamp"})
		must(t, err)
		r.solve(tk)
		must(t, r.Rate(r.as("vera@harbour.example"), tk.Number, portal.Bad, "Only between us"))
		_, err = r.desk.Update(r.ada, all, tk.ID, 0, helpdesk.Edit{Client: &r.kestrel})
		must(t, err)
		kim := r.as("kim@kestrel.example")
		moved, err := r.Ticket(kim, tk.Number)
		must(t, err)
		x, err := r.QuestionOf(kim, moved)
		must(t, err)
		if x.Rating.Comment != "" || x.Rating.Grade != portal.Asked {
			t.Errorf("%+v", x.Rating)
		}
		if list, err := r.ApprovalsFor(kim, moved); err != nil || len(list) != 0 {
			t.Errorf("%+v %v", list, err)
		}
		for _, who := range []context.Context{kim, r.as("vera@harbour.example")} {
			if _, _, err := r.Approval(who, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%v", err)
			}
		}
	})
}

// Who just came in by a link sets a password; an hour later the present one is asked for, and each change is told by mail.
func TestPasswords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		vera := r.as("vera@harbour.example")
		must(t, r.SetPassword(vera, "", "seven green lanterns"))
		mails := r.letters()
		if l := mails[len(mails)-1]; l[0] != "vera@harbour.example" || !strings.Contains(l[1], "password") || strings.Contains(l[2], "lanterns") {
			t.Errorf("%q", l)
		}
		must(t, r.SetPassword(vera, "", "eight green lanterns"))
		r.clock.Advance(time.Hour + time.Second)
		if err := r.SetPassword(vera, "", "nine green lanterns"); fieldOf(err) != "old" {
			t.Errorf("an hour later: %v", err)
		}
		must(t, r.SetPassword(vera, "eight green lanterns", "nine green lanterns"))
		if _, err := r.Password(ctx, "vera@harbour.example", "nine green lanterns", "", access.Client{Address: "192.0.2.9"}); err != nil {
			t.Error(err)
		}
		if _, err := r.Password(ctx, "vera@harbour.example", "eight green lanterns", "", access.Client{Address: "192.0.2.9"}); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the old one: %v", err)
		}
		must(t, r.SetPassword(vera, "nine green lanterns", ""))
		if has, err := r.HasPassword(vera); has || err != nil {
			t.Errorf("taken away: %v %v", has, err)
		}
	})
}
