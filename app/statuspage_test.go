// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// servers makes devices of a client that an agent speaks for.
func servers(t *testing.T, d *desk, client ids.ID, names ...string) (list []ids.ID) {
	t.Helper()
	ctx := context.Background()
	for _, name := range names {
		id, err := d.Devices.Make(ctx, access.WholeFirm(), client, devices.Details{Name: name, Kind: devices.Server})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	if err := d.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE devices_devices SET agent = '1.0', changed_at = changed_at + 1")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.Devices.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.Monitoring.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestStatusPage: a client's people see in plain words how the systems do that the firm chose, and nothing of anybody else; whoever
// has the link sees the same until it is changed.
func TestStatusPage(t *testing.T) {
	c := clock.At(time.Now())
	a := openAt(t, c)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{App: a, t: t, handler: handler, session: join(t, a, access.Owner)}
	if d.client, err = a.Clients.Create(context.Background(), clients.Details{Name: "Kestrel"}); err != nil {
		t.Fatal(err)
	}
	o := officeOf(d)
	ctx := context.Background()
	mine, theirs := servers(t, d, d.client, "kes-hv-01", "kes-mail"), servers(t, d, o.harbour, "harbour-secret")
	o.grant(o.client, o.boss, portal.Rights{Sees: portal.SeesClient})
	kim, mara := o.enter("bo@kestrel.example"), o.enter("mara@harbour.example")
	see := func(g *guest, path string) (int, string) { w := g.get(path); return w.Code, w.Body.String() }
	if code, body := see(kim, "/portal/status"); code != http.StatusNotFound || strings.Contains(body, "kes-") {
		t.Fatalf("%d: shown before the firm shows it", code)
	}
	path := "/clients/" + d.client.String() + "/status"
	if !strings.Contains(d.get(path), "kes-mail") || strings.Contains(d.get(path), "harbour-secret") {
		t.Error("the choice is not that of the client's devices")
	}
	if code, _, body := d.post(path, url.Values{"version": {"0"}, "shown": {"yes"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose first what is shown.") {
		t.Errorf("an empty page is shown: %d", code)
	}
	ref := func(id ids.ID) string { return "device-" + id.String() }
	f := url.Values{
		"version": {"0"}, "shown": {"yes"}, "note": {"We move you to new servers in May."}, "part": {ref(mine[0]), ref(mine[1]), ref(theirs[0])},
		"name-" + ref(mine[0]): {"Files and programs"}, "name-" + ref(mine[1]): {"E-mail"}, "name-" + ref(theirs[0]): {"Not ours"},
	}
	if code, to, body := d.post(path, f); code != http.StatusSeeOther {
		t.Fatal(code, to, body)
	}
	if code, _, _ := d.post(path, f); code != http.StatusConflict {
		t.Errorf("an older version was written over: %d", code)
	}
	code, body := see(kim, "/portal/status")
	if code != 200 || !strings.Contains(body, "Files and programs") || !strings.Contains(body, "Everything works.") || strings.Contains(body, "Not ours") || strings.Contains(body, "kes-mail") {
		t.Fatalf("%d %s", code, body)
	}
	if code, body := see(mara, "/portal/status"); code != http.StatusNotFound || strings.Contains(body, "Files") {
		t.Errorf("another client's person: %d", code)
	}
	// A full disk is trouble, in plain words; so is that it lasted forty minutes, when it is over.
	s := site{App: a}
	s.minutes(t, c, 12, .99, mine[0])
	if code, body = see(kim, "/portal/status"); code != 200 || !strings.Contains(body, "Something has trouble.") || strings.Count(body, ">Works<") > 1 || strings.Contains(body, "Disk") || strings.Contains(body, "postgresql") {
		t.Errorf("%d: trouble is not shown, or in technical words\n%s", code, body)
	}
	if _, err := a.Monitoring.SaveWindow(ctx, monitoring.Window{Place: monitoring.Place{Level: monitoring.ByDevice, ID: mine[1]}, Name: "Update", Starts: c.Now().Add(24 * time.Hour), Ends: c.Now().Add(26 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, body = see(kim, "/portal/status"); strings.Count(body, "Maintenance planned:") != 1 || strings.Contains(body, "Update") {
		t.Error("the planned maintenance is not shown")
	}
	s.minutes(t, c, 40, .2, mine[0])
	if _, body = see(kim, "/portal/status"); !strings.Contains(body, "Everything works.") || strings.Count(body, "p-day-good")+strings.Count(body, "p-day-warn")+strings.Count(body, "p-day-bad") < 2 || !strings.Contains(body, "minutes of trouble") {
		t.Errorf("what is over is not told\n%s", body)
	}
	// The link.
	if code, _, _ := d.post(path+"/link", nil); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	x, err := a.Portal.StatusOf(ctx, access.WholeFirm(), d.client)
	if err != nil || len(x.Secret) != 32 || !strings.Contains(d.get(path), x.Secret) {
		t.Fatal(x.Secret, err)
	}
	stranger := func(path string) (int, string) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w.Code, w.Body.String()
	}
	if code, body := stranger("/portal/status/" + x.Secret); code != 200 || !strings.Contains(body, "E-mail") || strings.Contains(body, "/portal/tickets") {
		t.Errorf("by link: %d", code)
	}
	if code, _ := stranger("/portal/status/" + x.Secret + "x"); code != http.StatusNotFound {
		t.Errorf("a wrong link: %d", code)
	}
	if err := a.Portal.Rewrap(ctx); err != nil {
		t.Error(err)
	}
	if code, _, _ := d.post(path+"/link", url.Values{"remove": {"yes"}}); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if code, _ := stranger("/portal/status/" + x.Secret); code != http.StatusNotFound {
		t.Errorf("a link that was taken away: %d", code)
	}
	// A merge takes it along, without its link.
	if err := a.Clients.Merge(ctx, d.client, o.harbour); err != nil {
		t.Fatal(err)
	}
	o.work()
	if x, err = a.Portal.StatusOf(ctx, access.WholeFirm(), o.harbour); err != nil || !x.Shown || len(x.Parts) != 2 || x.Secret != "" {
		t.Errorf("after the merge: %+v %v", x, err)
	}
}

// statusPages looks at a client's status page: as its people, as whoever has the link, and as the firm that sets it up.
func (s site) statusPages(t *testing.T, o *office, cookie string) {
	t.Helper()
	c, ok := s.Clock.(*clock.Fixed)
	if !ok {
		t.Fatal("no clock to move")
	}
	list := servers(t, o.desk, o.client, "kes-hv-01", "kes-mail", "kes-a-server-with-a-rather-long-name.kestrel.example")
	x := portal.Status{Client: o.client, Shown: true, Note: "We move you to new servers in May."}
	for i, name := range []string{"Files and programs", "E-mail", "The timetable and everything that the teachers of the lower school need for it"} {
		x.Parts = append(x.Parts, portal.StatusPart{Ref: "device-" + list[i].String(), Name: name})
	}
	ctx, firm := context.Background(), access.WholeFirm()
	if err := s.Portal.SaveStatus(ctx, firm, x); err != nil {
		t.Fatal(err)
	}
	if err := s.Portal.LinkStatus(ctx, firm, o.client, true); err != nil {
		t.Fatal(err)
	}
	s.minutes(t, c, 12, .99, list[0])
	if _, err := s.Monitoring.SaveWindow(ctx, monitoring.Window{Place: monitoring.Place{Level: monitoring.ByDevice, ID: list[1]}, Name: "Update", Starts: c.Now().Add(24 * time.Hour), Ends: c.Now().Add(26 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	x, err := s.Portal.StatusOf(ctx, firm, o.client)
	if err != nil {
		t.Fatal(err)
	}
	s.Check(t, s.outside("portal-status", "/portal/status", cookie))
	s.Visit(t, s.outside("portal-status-link", "/portal/status/"+x.Secret, ""))
	s.Check(t, s.look("status-setup", "/clients/"+o.client.String()+"/status"))
}
