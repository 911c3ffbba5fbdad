// SPDX-License-Identifier: Apache-2.0

package devices_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

func (r *rig) make(t testing.TB, x devices.Details) ids.ID {
	t.Helper()
	if x.Warranty == 0 {
		x.Warranty = civil.NoDate
	}
	if x.Bought == 0 {
		x.Bought = civil.NoDate
	}
	id, err := r.Make(ctx, firm, r.acme, x)
	must(t, err)
	return id
}

func (r *rig) get(t testing.TB, id ids.ID) *devices.Device {
	t.Helper()
	d, err := r.Get(ctx, firm, id)
	must(t, err)
	return d
}

// TestMergeTakesAll: what only one of two records knows is in the one that stays.
func TestMergeTakesAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		site, err := r.clients.SaveSite(ctx, firm, r.acme, clients.Site{Name: "Head office"})
		must(t, err)
		rack, err := r.SaveField(ctx, devices.Field{Name: "Rack", Kind: devices.TextField})
		must(t, err)
		owner, err := r.SaveField(ctx, devices.Field{Name: "Cost centre", Kind: devices.TextField})
		must(t, err)
		router := r.make(t, devices.Details{Name: "Router", Kind: devices.NetworkGear})
		in, err := r.Import(ctx, firm, fileOf("Name,MAC,Type,OS,IP,Model\nnoted,acde48001122,Switch,SwitchOS 3,10.0.0.2,X1\n"), devices.ImportOptions{Client: r.acme})
		must(t, err)
		noted := in.New[0].Device
		x := devices.DetailsOf(r.get(t, noted))
		x.Rhythm, x.Parent, x.Site, x.Custom, x.Bought = devices.Free, router, site, map[string]string{rack.String(): "A", owner.String(): "100"}, civil.MustDate(2024, 1, 2)
		x.Warranty, x.Note, x.Tags = civil.MustDate(2028, 1, 1), "left door", []string{"edge"}
		must(t, r.Update(ctx, firm, noted, r.get(t, noted).Version, x))
		behind := r.make(t, devices.Details{Name: "Camera", Kind: devices.OtherKind, Parent: noted})

		stays, err := r.MakeFound(ctx, firm, r.acme, devices.Details{Name: "10.0.0.9", Kind: devices.OtherKind, Tags: []string{"found"}, Custom: map[string]string{owner.String(): "200"}}, devices.Learned{MACs: []string{"02:00:00:00:00:01"}})
		must(t, err)
		got, err := r.Merge(ctx, firm, noted, stays)
		must(t, err)
		s, old := r.get(t, stays), r.get(t, noted)
		if got != stays || old.Active() || old.Replaced != stays {
			t.Fatalf("%s stays, the other one is %+v", got, old)
		}
		if s.Kind != devices.NetworkGear || s.OS != "SwitchOS 3" || s.Address != "10.0.0.2" || s.Model != "X1" || s.Rhythm != devices.Free || s.Parent != router || s.Site != site {
			t.Errorf("got %+v", s)
		}
		if s.Bought != civil.MustDate(2024, 1, 2) || s.Warranty != civil.MustDate(2028, 1, 1) || s.Note != "left door" || fmt.Sprint(s.MACs) != "[02:00:00:00:00:01 ac:de:48:00:11:22]" || fmt.Sprint(s.Tags) != "[edge found]" {
			t.Errorf("got %+v", s)
		}
		if s.Custom[rack.String()] != "A" || s.Custom[owner.String()] != "200" {
			t.Errorf("fields %v", s.Custom)
		}
		if b := r.get(t, behind); b.Parent != stays {
			t.Errorf("the camera is behind %s", b.Parent)
		}
		log := strings.Join(r.changes(t, stays), "\n")
		for _, want := range []string{`made one with noted`, `Rack: "" → "A"`, `address: "" → "10.0.0.2"`, `operating system: "" → "SwitchOS 3"`, `behind: "" → "Router"`} {
			if !strings.Contains(log, want) {
				t.Errorf("%s is not in the log:\n%s", want, log)
			}
		}
		if strings.Contains(log, "Cost centre") {
			t.Errorf("a field that stayed is in the log:\n%s", log)
		}
	})
}

// TestMergeLosesNothing: tags that have no room stop the merge, and no agent is cut off by it.
func TestMergeLosesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		tags := func(n int, letter string) (out []string) {
			for i := range n {
				out = append(out, fmt.Sprintf("%s%02d", letter, i))
			}
			return out
		}
		a := r.make(t, devices.Details{Name: "a", Kind: devices.Server, Tags: tags(11, "a")})
		b := r.make(t, devices.Details{Name: "b", Kind: devices.Server, Tags: tags(10, "b")})
		if _, err := r.Merge(ctx, firm, a, b); !fault.Is(err, fault.Invalid) {
			t.Errorf("21 tags are taken: %v", err)
		}
		if x, y := r.get(t, a), r.get(t, b); !x.Active() || len(x.Tags) != 11 || len(y.Tags) != 10 {
			t.Errorf("tags %v and %v", x.Tags, y.Tags)
		}
		// The record with the agent stays, whichever was chosen.
		agent := r.enrol(t, r.acme, pc(1))
		stays, err := r.Merge(ctx, firm, agent, a)
		must(t, err)
		if x := r.get(t, agent); stays != agent || !x.Active() || len(x.Tags) != 11 || r.get(t, a).Replaced != agent {
			t.Errorf("%s stays, the agent's is %+v", stays, x)
		}
		if _, ok := r.Speaker(r.acme.String(), agent); !ok {
			t.Error("the agent is cut off")
		}
		// Of two with agents the one that is heard does; two that are heard are two machines.
		other := r.enrol(t, r.acme, pc(2))
		r.Heard(agent, r.clock.Now().UnixMicro())
		r.Heard(other, r.clock.Now().UnixMicro())
		if _, err := r.Merge(ctx, firm, agent, other); !fault.Is(err, fault.Conflict) {
			t.Errorf("two machines are made one: %v", err)
		}
		r.clock.Advance(time.Hour)
		r.Heard(other, r.clock.Now().UnixMicro())
		if stays, err = r.Merge(ctx, firm, other, agent); err != nil || stays != other {
			t.Errorf("%s stays: %v", stays, err)
		}
		if _, err := r.Merge(ctx, firm, b, agent); !fault.Is(err, fault.Conflict) {
			t.Errorf("a retired device stays: %v", err)
		}
		if _, err := r.Merge(ctx, access.OneClient(r.bolt), b, other); !fault.Is(err, fault.NotFound) {
			t.Errorf("another client merges: %v", err)
		}
	})
}

// TestWhatIsBehind: what lay behind a device that goes is not behind it any more.
func TestWhatIsBehind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		router := r.make(t, devices.Details{Name: "Router", Kind: devices.NetworkGear})
		sw := r.make(t, devices.Details{Name: "Switch", Kind: devices.NetworkGear, Parent: router})
		server := r.make(t, devices.Details{Name: "Server", Kind: devices.Server, Parent: sw})
		printer := r.make(t, devices.Details{Name: "Printer", Kind: devices.Printer, Parent: sw})

		// The new switch stood behind the old one while both were there.
		next := r.make(t, devices.Details{Name: "New switch", Kind: devices.NetworkGear, Parent: sw})
		must(t, r.Retire(ctx, firm, sw, next))
		for id, want := range map[ids.ID]ids.ID{server: next, printer: next, next: router} {
			if x := r.get(t, id); x.Parent != want {
				t.Errorf("%s is behind %s", x.Name, x.Parent)
			}
		}
		if log := r.changes(t, server); !slices.Contains(log, `device changed behind: "Switch" → "New switch"`) {
			t.Errorf("the log has %v", log)
		}
		if log := r.changes(t, sw); !slices.Contains(log, `device changed replaced by: "" → "New switch"`) {
			t.Errorf("the log has %v", log)
		}
		// The server takes the place of the switch that it is behind of in two steps: nothing lies behind itself.
		must(t, r.Retire(ctx, firm, router, server))
		if x, y := r.get(t, next), r.get(t, server); x.Parent != 0 || y.Parent != next {
			t.Errorf("the switch is behind %s, the server behind %s", x.Parent, y.Parent)
		}

		must(t, r.Move(ctx, firm, next, r.bolt, 0))
		for _, id := range []ids.ID{server, printer} {
			if x := r.get(t, id); x.Parent != 0 || x.Client != r.acme {
				t.Errorf("%s is behind %s", x.Name, x.Parent)
			}
		}
		if log := r.changes(t, server); log[len(log)-1] != `device changed behind: "New switch" → ""` {
			t.Errorf("the log has %v", log)
		}
		again, err := devices.New(devices.Parts{DB: d, Clock: r.clock, Jobs: r.jobs}).Get(ctx, firm, server)
		if err != nil || again.Parent != 0 {
			t.Errorf("another process has %+v, %v", again, err)
		}
	})
}

// TestHandIsLogged: nothing that people change of a record stays without a row.
func TestHandIsLogged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		site, err := r.clients.SaveSite(ctx, firm, r.acme, clients.Site{Name: "Head office"})
		must(t, err)
		rack, err := r.SaveField(ctx, devices.Field{Name: "Rack", Kind: devices.TextField})
		must(t, err)
		id := r.make(t, devices.Details{Name: "x", Kind: devices.Server, Site: site})
		before := len(r.changes(t, id))
		x := devices.DetailsOf(r.get(t, id))
		x.Note, x.Bought, x.Vendor, x.Model, x.OS, x.Address = "Two\nlines", civil.MustDate(2025, 5, 6), "HPE", "DL380", "VMware ESXi 8", "10.0.0.7"
		x.Custom = map[string]string{rack.String(): "A"}
		must(t, r.Update(ctx, firm, id, r.get(t, id).Version, x))
		got := strings.Join(r.changes(t, id)[before:], "\n")
		for _, want := range []string{
			`note: "" → "Two lines"`, `bought: "" → "2025-05-06"`, `vendor: "" → "HPE"`, `model: "" → "DL380"`, `operating system: "" → "VMware ESXi 8"`, `address: "" → "10.0.0.7"`, `Rack: "" → "A"`,
		} {
			if !strings.Contains(got, "device changed "+want) {
				t.Errorf("%s is not in the log:\n%s", want, got)
			}
		}
		if n := strings.Count(got, "\n") + 1; n != 7 {
			t.Errorf("%d rows:\n%s", n, got)
		}
		x.Custom = nil
		must(t, r.Update(ctx, firm, id, r.get(t, id).Version, x))
		must(t, r.Move(ctx, firm, id, r.bolt, 0))
		got = strings.Join(r.changes(t, id)[before+7:], "\n")
		if want := "device changed Rack: \"A\" → \"\"\n" + "device changed client: \"Acme\" → \"Bolt\"\n" + "device changed site: \"Head office\" → \"\""; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// TestEnrolmentIsLogged: a token that moves a known machine to its site leaves a row.
func TestEnrolmentIsLogged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		site, err := r.clients.SaveSite(ctx, firm, r.acme, clients.Site{Name: "Head office"})
		must(t, err)
		id := r.enrol(t, r.acme, pc(1))
		before := len(r.changes(t, id))
		e, _ := request(t, r.token(t, devices.NewToken{Client: r.acme, Site: site}), pc(1))
		_, err = r.Enrol(ctx, e)
		must(t, err)
		if got := r.changes(t, id)[before:]; r.get(t, id).Site != site || !slices.Contains(got, `device changed site: "" → "Head office"`) {
			t.Errorf("the log has %v", got)
		}
	})
}
