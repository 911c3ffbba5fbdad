// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// machines are the devices of two clients, by their clients: what the application offers.
type machines map[ids.ID][]helpdesk.Device

func (m machines) source() *helpdesk.DeviceSource {
	return &helpdesk.DeviceSource{
		Find: func(_ context.Context, client ids.ID, text string, limit int) (out []helpdesk.Device, err error) {
			for _, d := range m[client] {
				if strings.Contains(strings.ToLower(d.Name), strings.ToLower(text)) && len(out) < limit {
					out = append(out, d)
				}
			}
			return out, nil
		},
		Resolve: func(_ context.Context, client ids.ID, refs []string) (out []helpdesk.Device, err error) {
			for _, d := range m[client] {
				if slices.Contains(refs, d.Ref) {
					out = append(out, d)
				}
			}
			return out, nil
		},
	}
}

func names(list []helpdesk.Device) string {
	var out []string
	for _, d := range list {
		out = append(out, d.Name)
	}
	return strings.Join(out, " ")
}

func TestDevicesOfATicket(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m := machines{}
		r := newRig(t, d)
		r.parts.Devices = m.source()
		r.Service = helpdesk.New(r.parts)
		ctx := context.Background()
		m[r.harbour] = []helpdesk.Device{{Ref: "b-1", Name: "RCP-01"}, {Ref: "b-2", Name: "RCP-02"}, {Ref: "b-3", Name: "100%_\\x"}, {Ref: "shared", Name: "SW-1"}}
		m[r.kestrel] = []helpdesk.Device{{Ref: "b-9", Name: "LAB-09"}, {Ref: "shared", Name: "SW-1"}}
		for i := range 60 {
			m[r.harbour] = append(m[r.harbour], helpdesk.Device{Ref: fmt.Sprintf("x-%d", i), Name: fmt.Sprintf("X-%d", i)})
		}
		var heard []string
		r.Listen(func(_ context.Context, _ *sql.Tx, h helpdesk.Happening) error {
			for _, c := range h.Changes {
				heard = append(heard, c.Field+":"+c.From+">"+c.To)
			}
			return nil
		})
		linked := func(id ids.ID, want string) {
			t.Helper()
			list, err := r.Devices(ctx, all, id)
			if err != nil || names(list) != want {
				t.Errorf("linked with %q, want %q (%v)", names(list), want, err)
			}
		}
		invalid := func(what string, err error) {
			t.Helper()
			f, ok := errors.AsType[*fault.Error](err)
			if !ok || f.Kind != fault.Invalid || f.Field != "devices" {
				t.Errorf("%s: %v", what, err)
			}
		}
		a, err := r.Create(ctx, all, helpdesk.Draft{Client: r.harbour, Subject: "Password", Devices: []string{"b-2", "b-1", "b-2", ""}})
		if err != nil {
			t.Fatal(err)
		}
		linked(a.ID, "RCP-01 RCP-02")
		_, err = r.Create(ctx, all, helpdesk.Draft{Client: r.harbour, Subject: "x", Devices: []string{"b-9"}})
		invalid("another client's device", err)
		_, err = r.Update(ctx, all, a.ID, 0, helpdesk.Edit{AddDevices: []string{"b-9"}})
		invalid("another client's device", err)
		_, err = r.Update(ctx, all, a.ID, 0, helpdesk.Edit{AddDevices: []string{"nothing\x00"}})
		invalid("a device that is not there", err)
		var many []string
		for i := range 49 {
			many = append(many, fmt.Sprintf("x-%d", i))
		}
		_, err = r.Update(ctx, all, a.ID, 0, helpdesk.Edit{AddDevices: many})
		invalid("51 devices", err)
		linked(a.ID, "RCP-01 RCP-02")
		heard = nil
		if _, err := r.Update(ctx, all, a.ID, 0, helpdesk.Edit{AddDevices: []string{"shared", "b-1", "b-3"}, CutDevices: []string{"b-2"}}); err != nil {
			t.Fatal(err)
		}
		linked(a.ID, `100%_\x RCP-01 SW-1`)
		if got := strings.Join(heard, " "); got != `device:RCP-02> device:>100%_\x device:>SW-1` {
			t.Error(got)
		}
		// The list finds by ref and by part of the name, whatever signs it has.
		b, err := r.Create(ctx, all, helpdesk.Draft{Client: r.harbour, Subject: "Printer", Devices: []string{"b-2"}})
		if err != nil {
			t.Fatal(err)
		}
		for device, want := range map[string]int{"b-1": 1, "shared": 1, "rcp": 2, "RCP-02": 1, "%": 1, "_": 1, `\`: 1, "nothing": 0, "\x00\xff": 0} {
			p, err := r.List(ctx, all, helpdesk.Query{Device: device})
			if err != nil || p.Total != want {
				t.Errorf("%q: %d tickets, want %d (%v)", device, p.Total, want, err)
			}
		}
		if p, err := r.List(ctx, all, helpdesk.Query{Device: "rcp", Text: "printer"}); err != nil || p.Total != 1 || p.Rows[0].ID != b.ID {
			t.Errorf("%+v %v", p, err)
		}
		// With another client only what is theirs stays.
		heard = nil
		if _, err := r.Update(ctx, all, a.ID, 0, helpdesk.Edit{Client: &r.kestrel}); err != nil {
			t.Fatal(err)
		}
		linked(a.ID, "SW-1")
		if got := strings.Join(heard, " "); !strings.HasSuffix(got, `device:100%_\x> device:RCP-01>`) {
			t.Error(got)
		}
		// A client that becomes part of another one takes its tickets with their devices along, before the other area has moved
		// the devices themselves.
		if err := r.ClientMerged(ctx, r.harbour.String()+" "+r.kestrel.String()); err != nil {
			t.Fatal(err)
		}
		if x, err := r.Get(ctx, all, b.ID); err != nil || x.Client != r.kestrel {
			t.Fatal(x.Client, err)
		}
		linked(b.ID, "RCP-02")
		// Nobody else's are found.
		if list, err := r.FindDevices(ctx, access.OneClient(r.harbour), r.kestrel, "", 10); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
		if _, err := r.Devices(ctx, access.OneClient(r.harbour), b.ID); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}
