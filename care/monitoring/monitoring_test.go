// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata" // zones also where the machine has none

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/desk/helpdesk"
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
	"mainstay/kit/locale"
	"mainstay/kit/webhook"
	"mainstay/practice/clients"
)

type rig struct {
	*monitoring.Service
	t       testing.TB
	db      *db.DB
	clock   *clock.Fixed
	desk    *helpdesk.Service
	parts   monitoring.Parts
	sealer  *access.Sealer
	ada     context.Context
	adaID   ids.ID
	harbour ids.ID
	kestrel ids.ID
	devices map[ids.ID]monitoring.Device
	cpu     monitoring.Key
	disk    monitoring.Key
	mu      sync.Mutex
	letters []monitoring.Letter
	news    []monitoring.News
	events  []string
	history func(device ids.ID, series string) []monitoring.Point
}

var (
	all = access.WholeFirm()
	bg  = context.Background()
)

// newRig opens at nine in the morning of Monday, 2 March 2026, in Berlin, with two clients and a few devices: 1 and 2 are servers of
// Harbour, 2 lies behind the switch 3, 4 is a laptop; 5 is a server of Kestrel, 10 to 19 are servers of Harbour.
func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, zone))
	r := &rig{t: t, db: d, clock: c, devices: map[ids.ID]monitoring.Device{}}
	if r.sealer, err = access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true); err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, quiet := ids.NewSource(c), slog.New(slog.DiscardHandler)
	q, b := jobs.New(d, c, s, quiet), &bus.Bus{}
	a := access.New(d, c, s, r.sealer, access.Options{})
	people := clients.New(d, c, s, a, q)
	r.desk = helpdesk.New(helpdesk.Parts{DB: d, Clock: c, Zone: zone, IDs: s, Access: a, Clients: people, Jobs: q, Bus: b, Blobs: blobs, Log: quiet})
	if err := r.desk.Prepare(bg); err != nil {
		t.Fatal(err)
	}
	link, err := a.OwnerLink(bg)
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.UseLink(bg, link, access.Join{Name: "Ada Moreau", Email: "ada@tidegate.example", Password: "correct horse battery staple"}, access.Client{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.Session(bg, session, "")
	if err != nil {
		t.Fatal(err)
	}
	r.ada, r.adaID = access.With(bg, id), id.User
	if r.harbour, err = people.Create(bg, clients.Details{Name: "Harbour Dental"}); err != nil {
		t.Fatal(err)
	}
	if r.kestrel, err = people.Create(bg, clients.Details{Name: "Kestrel Trust"}); err != nil {
		t.Fatal(err)
	}
	for i := range ids.ID(20) {
		r.devices[i] = monitoring.Device{ID: i, Client: r.harbour, Name: "srv" + string('a'+rune(i)), Kind: "server"}
	}
	delete(r.devices, 0)
	r.edit(2, func(d *monitoring.Device) { d.Behind = 3 })
	r.edit(3, func(d *monitoring.Device) { d.Kind = "network" })
	r.edit(4, func(d *monitoring.Device) { d.Kind, d.MayBeOff = "laptop", true })
	r.edit(5, func(d *monitoring.Device) { d.Client = r.kestrel })
	r.parts = monitoring.Parts{
		DB: d, Clock: c, Zone: zone, IDs: s, Access: a, Jobs: q, Bus: b, Desk: r.desk, Blobs: blobs, Sealer: r.sealer, Log: quiet, URL: "https://mainstay.example",
		Poster:  webhook.NewPoster(true, "test"),
		Printer: func(context.Context) locale.Printer { return locale.New(locale.EnUS, zone) },
		Device: func(id ids.ID) (monitoring.Device, bool) {
			r.mu.Lock()
			defer r.mu.Unlock()
			d, ok := r.devices[id]
			return d, ok
		},
		Devices: func(_ context.Context, fn func(monitoring.Device) error) error {
			for i := range ids.ID(20) {
				if d, ok := r.devices[i]; ok {
					if err := fn(d); err != nil {
						return err
					}
				}
			}
			return nil
		},
		History: func(_ context.Context, device ids.ID, series string, _, _ time.Time, _ time.Duration) ([]monitoring.Point, error) {
			if r.history == nil {
				return nil, nil
			}
			return r.history(device, series), nil
		},
		Changes: func(context.Context, ids.ID, time.Time) ([]string, error) {
			return []string{"postgresql-16 was installed"}, nil
		},
		CanSend: func(context.Context) (bool, error) { return true, nil },
		Post: func(_ context.Context, _ *sql.Tx, l monitoring.Letter) error {
			r.letters = append(r.letters, l)
			return nil
		},
		Tell: func(_ context.Context, _ *sql.Tx, n monitoring.News) error { r.news = append(r.news, n); return nil },
	}
	r.start()
	return r
}

// start builds the service anew, as after the process died.
func (r *rig) start() {
	r.t.Helper()
	r.Service = monitoring.New(r.parts)
	r.Listen(func(_ context.Context, _ *sql.Tx, h monitoring.Happening) error {
		r.events = append(r.events, h.What)
		return nil
	})
	r.cpu, r.disk = r.Engine.Key("system_cpu_utilization_ratio"), r.Engine.Key("system_filesystem_utilization_ratio", monitoring.Label{Name: "mountpoint", Value: "/var"})
	if err := r.Prepare(bg); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) edit(id ids.ID, fn func(*monitoring.Device)) {
	d := r.devices[id]
	fn(&d)
	r.devices[id] = d
}

// pass lets minutes pass in which the devices send these values of disk and processor, and works after each.
func (r *rig) pass(minutes int, disk float64, devices ...ids.ID) {
	r.t.Helper()
	for range minutes {
		r.clock.Advance(time.Minute)
		for _, d := range devices {
			r.Engine.Observe(d, r.clock.Now().UnixMilli(), []monitoring.Key{r.cpu, r.disk}, []float64{.1, disk})
		}
		r.Engine.Tick()
		r.work()
	}
}

func (r *rig) work() {
	r.t.Helper()
	if err := r.Work(bg); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) alerts(states ...monitoring.State) []monitoring.Alert {
	r.t.Helper()
	list, _, err := r.Alerts(bg, all, monitoring.Query{States: states})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) one(states ...monitoring.State) monitoring.Alert {
	r.t.Helper()
	list := r.alerts(states...)
	if len(list) != 1 {
		r.t.Fatalf("%d alerts: %+v", len(list), list)
	}
	return list[0]
}

func (r *rig) ticket(id ids.ID) (helpdesk.Ticket, string) {
	r.t.Helper()
	t, err := r.desk.Get(bg, all, id)
	if err != nil {
		r.t.Fatal(err)
	}
	thread, err := r.desk.Thread(bg, all, id)
	if err != nil {
		r.t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range thread {
		b.WriteString(e.Body + "\n")
	}
	return t, b.String()
}

func (r *rig) tickets() int {
	r.t.Helper()
	n, err := r.desk.Count(bg, all, helpdesk.Query{})
	if err != nil {
		r.t.Fatal(err)
	}
	return n[0]
}

func (r *rig) happened(a monitoring.Alert) string {
	r.t.Helper()
	list, err := r.Service.History(bg, a.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, h := range list {
		out = append(out, h.What)
	}
	return strings.Join(out, " ")
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) })
}

func TestAnAlertBecomesATicketAndSolvesIt(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.history = func(ids.ID, string) (out []monitoring.Point) {
			for i := range int64(100) {
				out = append(out, monitoring.Point{At: r.clock.Now().Add(-100*time.Minute).UnixMilli() + i*60_000, Value: .5 + float64(i)/200})
			}
			return out
		}
		r.pass(10, .97, 1) // critical at .95 for ten minutes: from the first value on
		if n := len(r.alerts()); n != 0 {
			t.Fatalf("%d alerts after nine minutes", n)
		}
		r.pass(1, .97, 1)
		a := r.one(monitoring.Open)
		if a.Level != rules.Critical || a.Watch.Key != "disk" || a.Name != "srvb" || a.Ticket != 0 || a.Client != r.harbour {
			t.Fatalf("%+v", a)
		}
		r.pass(2, .97, 1)
		a = r.one(monitoring.Open)
		x, text := r.ticket(a.Ticket)
		if x.Origin != helpdesk.FromMonitor || x.Client != r.harbour || !strings.Contains(x.Subject, "srvb: Disk nearly full: /var") || x.State != helpdesk.StateNew {
			t.Errorf("%+v", x)
		}
		for _, want := range []string{"97%, at or above 95%", "postgresql-16 was installed", "https://mainstay.example/alerts/" + a.ID.String()} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		thread, err := r.desk.Thread(bg, all, a.Ticket)
		if err != nil || len(thread) == 0 || len(thread[0].Files) != 1 || thread[0].Public {
			t.Errorf("%+v %v", thread, err)
		}
		if len(r.news) != 1 || r.news[0].Alert.Ticket != a.Ticket {
			t.Errorf("%+v", r.news)
		}
		r.pass(12, .5, 1)
		a = r.one(monitoring.Resolved)
		x, text = r.ticket(a.Ticket)
		if x.State != helpdesk.StateSolved || !strings.Contains(text, "The values are fine again.") {
			t.Errorf("%v %s", x.State, text)
		}
		if r.tickets() != 1 || strings.Join(r.events, " ") != "opened ticket resolved" {
			t.Errorf("%d tickets, %v", r.tickets(), r.events)
		}
	})
}

func TestRecoveryLeavesWorkThatSomebodyTookUp(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .97, 1)
		a := r.one(monitoring.Open)
		if _, _, err := r.desk.Say(r.ada, all, a.Ticket, 0, helpdesk.Message{Body: "I am cleaning up"}); err != nil {
			t.Fatal(err)
		}
		r.pass(12, .5, 1)
		r.one(monitoring.Resolved)
		x, text := r.ticket(a.Ticket)
		if x.State == helpdesk.StateSolved || !strings.Contains(text, "Over since") {
			t.Errorf("%v\n%s", x.State, text)
		}
	})
}

// What ends by itself within a minute makes no work.
func TestAShortAlertMakesNoTicket(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if _, err := r.SaveRule(r.ada, monitoring.Entry{Place: monitoring.Place{Level: monitoring.ByFirm}, Watch: rules.Watch{
			Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.9)},
		}}); err != nil {
			t.Fatal(err)
		}
		r.pass(1, .97, 1)
		r.clock.Advance(20 * time.Second)
		r.Engine.Observe(1, r.clock.Now().UnixMilli(), []monitoring.Key{r.disk}, []float64{.5})
		r.work()
		r.pass(3, .5, 1)
		r.one(monitoring.Resolved)
		if r.tickets() != 0 || len(r.news) != 0 {
			t.Errorf("%d tickets, %d told", r.tickets(), len(r.news))
		}
	})
}

func TestPoliciesInheritAndSayWhere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		place := func(l monitoring.Level, id ids.ID) monitoring.Place { return monitoring.Place{Level: l, ID: id} }
		disk := func(limit float64) rules.Watch {
			return rules.Watch{Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(limit)}}
		}
		for _, e := range []monitoring.Entry{
			{Place: place(monitoring.ByFirm, 0), Watch: disk(.8)},
			{Place: place(monitoring.ByClient, r.harbour), Watch: disk(.7)},
			{Place: place(monitoring.ByDevice, 1), Watch: disk(.6)},
			{Place: place(monitoring.ByDevice, 2), Watch: disk(.6), Disable: true},
		} {
			if _, err := r.SaveRule(r.ada, e); err != nil {
				t.Fatal(err)
			}
		}
		list, err := r.Effective(bg, r.devices[1].Places())
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, e := range list {
			if e.Key == "disk" {
				for _, x := range e.Said {
					said = append(said, string(x.Place.Level))
				}
			}
		}
		if got := strings.Join(said, " ← "); got != "shipped ← firm ← client ← device" {
			t.Errorf("%s", got)
		}
		r.pass(3, .65, 1, 2, 5, 6) // only device 1 alarms at .6; 6 of the client at .7, 5 of the other client at .8
		if a := r.one(monitoring.Open); a.Device != 1 {
			t.Errorf("%+v", a)
		}
		r.pass(3, .75, 1, 2, 5, 6)
		if n := len(r.alerts(monitoring.Open)); n != 2 {
			t.Errorf("%d alerts", n)
		}
		if err := r.DropRule(r.ada, place(monitoring.ByClient, r.harbour), "disk"); err != nil {
			t.Fatal(err)
		}
		r.pass(3, .75, 1, 2, 5, 6) // the firm's .8 holds for 6 again
		if a := r.one(monitoring.Open); a.Device != 1 {
			t.Errorf("%+v", a)
		}
		// A rule that is switched off ends what it said.
		if _, err := r.SaveRule(r.ada, monitoring.Entry{Place: place(monitoring.ByDevice, 1), Watch: disk(.6), Disable: true, Version: 1}); err != nil {
			t.Fatal(err)
		}
		r.pass(1, .75, 1)
		if n := len(r.alerts(monitoring.Open)); n != 0 {
			t.Errorf("%d alerts", n)
		}
		_, err = r.SaveRule(r.ada, monitoring.Entry{Place: place(monitoring.ByDevice, 1), Watch: disk(.6), Version: 1})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("an older version was kept: %v", err)
		}
	})
}

// A server that is switched off is missed, a laptop is not; what lies behind a switch is silent while that is down.
func TestAbsenceAndWhatLiesBehind(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(3, .5, 1, 2, 3, 4)
		r.pass(9, .5, 1) // 2, its switch 3 and the laptop are gone
		list := r.alerts(monitoring.Open)
		if len(list) != 2 {
			t.Fatalf("%+v", list)
		}
		for _, a := range list {
			x := a.Device == 2
			if (a.Silenced == monitoring.Behind) != x || (a.Ticket == 0) != x {
				t.Errorf("device %d: silenced %q, ticket %d", a.Device, a.Silenced, a.Number)
			}
		}
		if r.tickets() != 1 {
			t.Errorf("%d tickets", r.tickets())
		}
		r.pass(6, .5, 1, 3) // the switch is back, what lies behind it is not
		a := r.one(monitoring.Open)
		if a.Device != 2 || a.Silenced != monitoring.Loud || a.Ticket == 0 {
			t.Errorf("%+v %s", a, r.happened(a))
		}
		r.pass(1, .5, 1, 2, 3)
		if n := len(r.alerts(monitoring.Open)); n != 0 {
			t.Errorf("%d alerts", n)
		}
	})
}

// The outage of another client's device is no reason for silence: a router that was moved carries nobody whom it left.
func TestBehindAnothersDevice(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.edit(3, func(d *monitoring.Device) { d.Client = r.kestrel })
		r.pass(3, .5, 1, 2, 3)
		r.pass(9, .5, 1) // 2 and the switch 3 are gone
		for _, a := range r.alerts(monitoring.Open) {
			if a.Silenced != monitoring.Loud || a.Ticket == 0 {
				t.Errorf("device %d: silenced %q, ticket %d", a.Device, a.Silenced, a.Number)
			}
		}
		if n := len(r.alerts(monitoring.Open)); n != 2 {
			t.Errorf("%d alerts", n)
		}
		// What lies behind one's own that lies behind another's: its own counts, and the look ends there.
		r.edit(10, func(d *monitoring.Device) { d.Behind = 11 })
		r.edit(11, func(d *monitoring.Device) { d.Behind = 3 })
		r.pass(3, .5, 1, 10, 11)
		r.pass(9, .5, 1, 11)
		for _, a := range r.alerts(monitoring.Open) {
			if a.Device == 10 && a.Silenced != monitoring.Loud {
				t.Errorf("device 10: silenced %q", a.Silenced)
			}
		}
	})
}

func TestAStormIsOneTicket(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(2, .5, 1, 5, 10, 11, 12, 13, 14, 15)
		r.pass(10, .5, 1, 5) // six servers of one client at once
		list := r.alerts(monitoring.Open)
		if len(list) != 6 || r.tickets() != 1 {
			t.Fatalf("%d alerts, %d tickets", len(list), r.tickets())
		}
		x, text := r.ticket(list[0].Ticket)
		if !strings.Contains(x.Subject, "6 devices at once") || !strings.Contains(text, "That often has one cause") || x.Priority > helpdesk.High {
			t.Errorf("%+v\n%s", x, text)
		}
		if len(r.news) != 1 {
			t.Errorf("told %d times", len(r.news))
		}
		r.pass(2, .5, 1, 5, 10, 11, 12, 13, 14, 15)
		if x, _ = r.ticket(list[0].Ticket); x.State != helpdesk.StateSolved {
			t.Errorf("%v", x.State)
		}
	})
}

func TestMaintenanceAndMutesAreSilent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		now := r.clock.Now()
		if _, err := r.SaveWindow(r.ada, monitoring.Window{Place: monitoring.Place{Level: monitoring.ByClient, ID: r.harbour}, Name: "New disks", Starts: now, Ends: now.Add(30 * time.Minute)}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.AddMute(r.ada, monitoring.Mute{Place: monitoring.Place{Level: monitoring.ByDevice, ID: 5}, Rule: "disk", Until: now.Add(40 * time.Minute), Reason: "It is known"}); err != nil {
			t.Fatal(err)
		}
		r.pass(20, .97, 1, 5)
		for _, a := range r.alerts(monitoring.Open) {
			if want := map[ids.ID]monitoring.Silence{1: monitoring.ByWindow, 5: monitoring.ByMute}[a.Device]; a.Silenced != want || a.Ticket != 0 {
				t.Errorf("device %d: %q", a.Device, a.Silenced)
			}
		}
		r.pass(12, .97, 1, 5) // the window is over, the mute is not
		if r.tickets() != 1 {
			t.Errorf("%d tickets", r.tickets())
		}
		r.pass(10, .97, 1, 5)
		if r.tickets() != 2 {
			t.Errorf("%d tickets", r.tickets())
		}
	})
}

func TestFlappingIsDamped(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if _, err := r.SaveRule(r.ada, monitoring.Entry{Place: monitoring.Place{Level: monitoring.ByFirm}, Watch: rules.Watch{
			Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.9)},
		}}); err != nil {
			t.Fatal(err)
		}
		for range 8 {
			r.pass(3, .97, 1)
			r.pass(3, .5, 1)
		}
		a := r.one() // one matter, one alert, one ticket, however often it came
		if !a.Flapping || a.State == monitoring.Resolved || a.Occurrences < 5 || r.tickets() != 1 {
			t.Errorf("%+v, %d tickets: %s", a, r.tickets(), r.happened(a))
		}
		r.pass(40, .5, 1)
		if a := r.one(); a.State != monitoring.Resolved {
			t.Errorf("%+v", a)
		}
	})
}

// The process dies at any moment: nothing is told anew and nothing is lost.
func TestThroughRestarts(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .97, 1)
		a := r.one(monitoring.Open)
		r.start() // without having kept anything
		r.pass(15, .97, 1)
		if b := r.one(monitoring.Open); b.ID != a.ID || b.Occurrences != 1 || r.tickets() != 1 || len(r.news) != 1 {
			t.Errorf("%+v, %d tickets, told %d times", b, r.tickets(), len(r.news))
		}
		if err := r.Keep(bg); err != nil {
			t.Fatal(err)
		}
		r.pass(3, .5, 1)
		r.start() // the snapshot says critical; seven minutes of calm are left of the ten, or ten anew
		r.pass(11, .5, 1)
		if b := r.one(monitoring.Resolved); b.ID != a.ID {
			t.Errorf("%+v", b)
		}
		// A device that is missed while the server is down is missed once the server has had time to hear of it.
		r.edit(1, func(d *monitoring.Device) { d.Seen = r.clock.Now() })
		r.start()
		r.pass(4, .5)
		if n := len(r.alerts(monitoring.Open)); n != 0 {
			t.Errorf("%d alerts four minutes after the start", n)
		}
		r.pass(2, .5)
		if b := r.one(monitoring.Open); b.Watch.Key != "offline" {
			t.Errorf("%+v", b)
		}
	})
}

// What was seen but could not be written is written later.
func TestALockedDatabaseLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		fail := true
		r.Listen(func(context.Context, *sql.Tx, monitoring.Happening) error {
			if fail {
				return context.DeadlineExceeded
			}
			return nil
		})
		for range 12 {
			r.clock.Advance(time.Minute)
			r.Engine.Observe(1, r.clock.Now().UnixMilli(), []monitoring.Key{r.disk}, []float64{.97})
			_ = r.Work(bg)
		}
		if n := len(r.alerts()); n != 0 {
			t.Fatalf("%d alerts of a transaction that failed", n)
		}
		fail = false
		r.work()
		r.one(monitoring.Open)
	})
}

func TestActs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .97, 1)
		a := r.one(monitoring.Open)
		if _, err := r.Alert(bg, access.OneClient(r.kestrel), a.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another client's: %v", err)
		}
		if _, err := r.Acknowledge(r.ada, access.OneClient(r.kestrel), a.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another client's: %v", err)
		}
		b, err := r.Acknowledge(r.ada, all, a.ID)
		if err != nil || b.State != monitoring.Acknowledged || b.OwnerName != "Ada Moreau" {
			t.Errorf("%+v %v", b, err)
		}
		if b, err = r.Snooze(r.ada, all, a.ID, r.clock.Now().Add(time.Hour)); err != nil || b.State != monitoring.Snoozed {
			t.Errorf("%+v %v", b, err)
		}
		if _, err := r.Snooze(r.ada, all, a.ID, r.clock.Now()); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		r.pass(61, .97, 1)
		if b = r.one(monitoring.Open); b.State != monitoring.Open {
			t.Errorf("%+v", b)
		}
		if b, err = r.Resolve(r.ada, all, a.ID); err != nil || b.State != monitoring.Resolved || b.Cause != monitoring.ByHand {
			t.Errorf("%+v %v", b, err)
		}
		if _, err := r.Acknowledge(r.ada, all, a.ID); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		r.pass(20, .97, 1)
		r.start()
		r.pass(20, .97, 1)
		if n := len(r.alerts()); n != 1 { // still bad, and still resolved by hand
			t.Errorf("%d alerts", n)
		}
	})
}

func TestWhoIsOnCall(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := monitoring.Schedule{Anchor: must(civil.Parse("2026-03-23")), Minute: 8 * 60, Days: 7, People: []ids.ID{1, 2, 3}}
	x.Overrides = []monitoring.Override{{User: 9, Starts: at("2026-04-01 12:00"), Ends: at("2026-04-01 18:00")}}
	for _, c := range []struct {
		at   string
		want ids.ID
	}{
		{"2026-03-23 07:59", 3},
		{"2026-03-23 08:00", 1},
		{"2026-03-29 12:00", 1}, // the clock goes forward on the 29th
		{"2026-03-30 07:59", 1},
		{"2026-03-30 08:00", 2},
		{"2026-04-06 08:00", 3},
		{"2026-04-13 08:00", 1},
		{"2026-04-01 11:59", 2},
		{"2026-04-01 12:00", 9},
		{"2026-04-01 18:00", 2},
		{"2026-10-26 07:59", 1},
		{"2026-10-26 08:00", 2}, // 31 turns after 23 March; the clock went back on the 25th
		{"2026-03-09 08:00", 2},
		{"2026-03-09 07:59", 1}, // before the anchor turns run backwards
	} {
		if got := x.At(at(c.at), zone); got != c.want {
			t.Errorf("%s: %d, want %d", c.at, got, c.want)
		}
	}
}

func TestWindowsKnowTheClock(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		x, err := time.Parse("2006-01-02 15:04Z", s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	// Each Sunday from 01:30 for four hours.
	w := monitoring.Window{Starts: at("2026-01-01 00:00Z"), Days: 1 << 6, Minute: 90, Length: 4 * time.Hour}
	for _, c := range []struct {
		at, until string
	}{
		{"2026-03-22 00:29Z", ""},
		{"2026-03-22 00:30Z", "2026-03-22 04:30Z"},
		{"2026-03-22 04:29Z", "2026-03-22 04:30Z"},
		{"2026-03-22 04:30Z", ""},
		{"2026-03-29 00:30Z", "2026-03-29 04:30Z"}, // an hour of the night is left out: 01:30 to 06:30 on the wall
		{"2026-04-05 00:00Z", "2026-04-05 03:30Z"}, // summer: 01:30 is 23:30 UTC
		{"2026-04-04 23:30Z", "2026-04-05 03:30Z"},
		{"2026-04-06 00:30Z", ""},
	} {
		until, in := w.At(at(c.at), zone)
		if in != (c.until != "") || in && !until.Equal(at(c.until)) {
			t.Errorf("%s: %v %v", c.at, until, in)
		}
	}
	// From Friday 22:00 over 60 hours: it reaches into Monday.
	w = monitoring.Window{Starts: at("2026-01-01 00:00Z"), Days: 1 << 4, Minute: 22 * 60, Length: 60 * time.Hour}
	if _, in := w.At(at("2026-01-12 08:59Z"), zone); !in { // Monday 09:59 in Berlin
		t.Error("a long window ends early")
	}
	if _, in := w.At(at("2026-01-12 09:00Z"), zone); in {
		t.Error("a long window ends late")
	}
}

// A chain calls whoever is on call at once, and a chat and a mail later, until somebody acknowledges.
func TestEscalation(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var got []map[string]any
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
			body, _ := io.ReadAll(q.Body)
			var v map[string]any
			if json.Unmarshal(body, &v) != nil || q.Header.Get("Authorization") != "Bearer t0ken" {
				t.Errorf("%s %v", body, q.Header)
			}
			got = append(got, v)
		}))
		defer srv.Close()
		schedule, err := r.SaveSchedule(r.ada, monitoring.Schedule{Name: "Nights", Anchor: must(civil.Parse("2026-03-02")), Days: 7, People: []ids.ID{r.adaID}})
		if err != nil {
			t.Fatal(err)
		}
		hook, err := r.SaveHook(r.ada, monitoring.Hook{Name: "Pager", Form: monitoring.Ntfy}, srv.URL+"/prefix/alerts", monitoring.Token{New: "t0ken"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.SaveChain(r.ada, monitoring.Chain{Place: monitoring.Place{Level: monitoring.ByFirm}, Name: "Everything", Least: rules.Warning, Steps: []monitoring.Step{
			{Schedules: []ids.ID{schedule}}, {After: 10, Users: []ids.ID{r.adaID}, Hooks: []ids.ID{hook}, Mail: true}, {After: 30, Users: []ids.ID{r.adaID}},
		}}); err != nil {
			t.Fatal(err)
		}
		r.pass(14, .97, 1)
		if len(r.news) != 1 || len(r.news[0].To) != 1 || r.news[0].To[0] != r.adaID {
			t.Fatalf("%+v", r.news)
		}
		r.start()
		r.pass(11, .97, 1)
		if err := r.Send(bg); err != nil {
			t.Fatal(err)
		}
		if len(r.news) != 2 || len(r.letters) != 1 || len(got) != 1 {
			t.Fatalf("%d told, %d letters, %d messages", len(r.news), len(r.letters), len(got))
		}
		if got[0]["topic"] != "alerts" || !strings.Contains(got[0]["title"].(string), "Critical: srvb") || got[0]["priority"] != 5.0 {
			t.Errorf("%v", got[0])
		}
		if l := r.letters[0]; l.To != "ada@tidegate.example" || !strings.Contains(l.Body, "/var") {
			t.Errorf("%+v", l)
		}
		a := r.one(monitoring.Open)
		if _, err := r.Acknowledge(r.ada, all, a.ID); err != nil {
			t.Fatal(err)
		}
		r.pass(40, .97, 1)
		if len(r.news) != 2 {
			t.Errorf("told after it was acknowledged")
		}
		if err := r.DropHook(r.ada, hook); !fault.Is(err, fault.Conflict) {
			t.Errorf("a receiver that a chain calls: %v", err)
		}
		// No secret lies in the database in clear text.
		var address, token string
		if err := r.db.Reader().QueryRowContext(bg, "SELECT url, token FROM monitoring_hooks").Scan(&address, &token); err != nil || strings.Contains(address, "http") || strings.Contains(token, "t0ken") {
			t.Errorf("%q %q %v", address, token, err)
		}
	})
}

func TestHooksCallNoAddressInside(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	r.parts.Poster = webhook.NewPoster(false, "test")
	r.start()
	for _, address := range []string{"http://example.com/x", "https://127.0.0.1/x", "https://169.254.169.254/x", "https://10.0.0.1/x", "https://u:p@example.com/", "ftp://example.com", "", "https://ntfy.example/"} {
		if _, err := r.SaveHook(r.ada, monitoring.Hook{Name: "X", Form: monitoring.Ntfy}, address, monitoring.Token{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestTryingARule(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(1, .5, 1, 2)
		r.history = func(device ids.ID, series string) (out []monitoring.Point) {
			if device != 1 || !strings.Contains(series, "/var") {
				return nil
			}
			for i := range int64(288) { // a day: full from 6 to 8 and from 20 to the end
				v := .5
				if h := i / 12; h == 6 || h == 7 || h >= 20 {
					v = .99
				}
				out = append(out, monitoring.Point{At: r.clock.Now().Add(-24*time.Hour).UnixMilli() + i*300_000, Value: v})
			}
			return out
		}
		id, err := r.TryRule(r.ada, monitoring.Place{Level: monitoring.ByClient, ID: r.harbour}, rules.Watch{
			Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.9), For: 10 * time.Minute},
		})
		if err != nil {
			t.Fatal(err)
		}
		var d monitoring.Progress
		for !d.Ended {
			if d, err = r.Trial(id); err != nil {
				t.Fatal(err)
			}
		}
		if d.Done != d.Devices || len(d.Fired) != 2 || d.Failed != "" || d.Silent != d.Devices-1 {
			t.Fatalf("%+v", d)
		}
		if !d.Fired[0].To.IsZero() || d.Fired[1].To.Sub(d.Fired[1].From) != 110*time.Minute {
			t.Errorf("%+v", d.Fired)
		}
	})
}

func must(d civil.Date, err error) civil.Date {
	if err != nil {
		panic(err)
	}
	return d
}
