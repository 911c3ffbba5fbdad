// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"database/sql"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

// estate makes a client with a few devices that an agent speaks for.
func (s site) estate(t *testing.T) (client ids.ID, list []ids.ID) {
	t.Helper()
	ctx := context.Background()
	client, err := s.Clients.Create(ctx, clients.Details{Name: "Harbour Dental Group"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hv-01", "fileserver-with-a-rather-long-name.harbour.example", "mail", "db"} {
		id, err := s.Devices.Make(ctx, access.WholeFirm(), client, devices.Details{Name: name, Kind: devices.Server})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	if err := s.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE devices_devices SET agent = '1.0', changed_at = changed_at + 1")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Devices.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Monitoring.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	return client, list
}

// stored puts a day of a disk that fills into the time series.
func (s site) stored(t *testing.T, c clock.Clock, client, device ids.ID) {
	t.Helper()
	local, ok := s.Series.(*series.Local)
	if !ok {
		t.Fatal("no local time series")
	}
	local.Start()
	if err := local.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	var b series.Batch
	put := func(value func(i float64) float64, name string, pairs ...string) {
		labels, err := series.MakeLabels(name, append(pairs, "client", client.String(), "device", device.String())...)
		if err != nil {
			t.Fatal(err)
		}
		handle, err := s.Series.Series(labels)
		if err != nil {
			t.Fatal(err)
		}
		for i := range int64(24 * 60) {
			if i < 420 || i > 560 || name == "system_filesystem_utilization_ratio" { // the others were not measured for two hours
				b.Add(handle, c.Now().UnixMilli()-(24*60-i)*60_000, value(float64(i)))
			}
		}
	}
	put(func(i float64) float64 { return .62 + .31*(i/1440)*(i/1440)*(i/1440) + .01*math.Sin(i/9) }, "system_filesystem_utilization_ratio", "mountpoint", "/var/lib/postgresql")
	put(func(i float64) float64 { return .34 }, "system_filesystem_utilization_ratio", "mountpoint", "/")
	put(func(i float64) float64 { return .3 + .2*math.Sin(i/100) + .08*math.Sin(i/3) }, "system_cpu_utilization_ratio")
	put(func(i float64) float64 { return .71 + .02*math.Sin(i/60) }, "system_memory_utilization_ratio")
	put(func(i float64) float64 { return i*60*9e6 + 2e9*math.Sin(i/200) }, "system_network_io_bytes_total", "interface", "eno1", "direction", "receive")
	put(func(i float64) float64 { return i * 60 * 1.5e6 }, "system_network_io_bytes_total", "interface", "eno1", "direction", "transmit")
	put(func(i float64) float64 { return 48 + 6*math.Sin(i/90) }, "system_temperature_celsius", "sensor", "coretemp package 0")
	put(func(i float64) float64 { return .2 + .1*math.Sin(i/50) }, "check_answer_seconds", "check", "nothing", "name", "Web shop")
	if _, err := s.Series.Commit(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
}

// minutes lets time pass in which devices report a full disk and a busy processor.
func (s site) minutes(t *testing.T, c *clock.Fixed, n int, disk float64, list ...ids.ID) {
	t.Helper()
	e := s.Monitoring.Engine
	keys := []monitoring.Key{e.Key("system_filesystem_utilization_ratio", monitoring.Label{Name: "mountpoint", Value: "/var/lib/postgresql"}), e.Key("system_cpu_utilization_ratio")}
	for range n {
		c.Advance(time.Minute)
		for i, d := range list {
			e.Observe(d, c.Now().UnixMilli(), keys, []float64{disk - float64(i)*.03, .2})
		}
		if err := s.Monitoring.Work(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// The inbox of alerts, an alert, rules, silences and who is called, in all looks.
func TestBrowserAlerts(t *testing.T) {
	c := clock.At(time.Now())
	s := newSiteAt(t, c)
	ctx := context.Background()
	for name, path := range map[string]string{"alerts-empty": "/alerts", "alerts-quiet-empty": "/alerts/quiet", "alerts-on-call-empty": "/alerts/on-call"} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
	client, list := s.estate(t)
	c.Advance(13 * time.Minute)
	s.stored(t, c, client, list[1])
	s.minutes(t, c, 13, .97, list...)
	alerts, _, err := s.Monitoring.Alerts(ctx, access.WholeFirm(), monitoring.Query{})
	if err != nil || len(alerts) != 3 {
		t.Fatal(alerts, err)
	}
	if _, err := s.Monitoring.Acknowledge(ctx, access.WholeFirm(), alerts[0].ID); err != nil {
		t.Fatal(err)
	}
	people, err := s.Access.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	me := people[0].ID
	where := monitoring.Place{Level: monitoring.ByClient, ID: client}
	if _, err := s.Monitoring.SaveRule(ctx, monitoring.Entry{Place: where, Watch: rules.Watch{
		Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.8), Crit: rules.Number(.97), Back: .02, For: 10 * time.Minute},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Monitoring.SaveWindow(ctx, monitoring.Window{Place: where, Name: "New disks for the file server", Starts: c.Now(), Days: 1<<5 | 1<<6, Minute: 120, Length: 3 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Monitoring.AddMute(ctx, monitoring.Mute{Place: monitoring.Place{Level: monitoring.ByDevice, ID: list[1]}, Rule: "cpu", Until: c.Now().Add(24 * time.Hour), Reason: "The virus scan is known and ends tomorrow"}); err != nil {
		t.Fatal(err)
	}
	schedule, err := s.Monitoring.SaveSchedule(ctx, monitoring.Schedule{Name: "Nights and weekends", Anchor: clock.Today(c, time.UTC), Minute: 8 * 60, Days: 7, People: []ids.ID{me}})
	if err != nil {
		t.Fatal(err)
	}
	hook, err := s.Monitoring.SaveHook(ctx, monitoring.Hook{Name: "Alerts in the chat", Form: monitoring.Slack}, "https://hooks.example.com/services/x", monitoring.Token{})
	if err != nil {
		t.Fatal(err)
	}
	chain, err := s.Monitoring.SaveChain(ctx, monitoring.Chain{Place: monitoring.Place{Level: monitoring.ByFirm}, Name: "Everything critical", Least: rules.Critical, Steps: []monitoring.Step{
		{Schedules: []ids.ID{schedule}}, {After: 15, Users: []ids.ID{me}, Hooks: []ids.ID{hook}, Mail: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	trial, err := s.Monitoring.TryRule(ctx, where, rules.Watch{
		Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.78), Back: .02, For: 10 * time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	for d := (monitoring.Progress{}); !d.Ended; {
		if d, err = s.Monitoring.Trial(trial); err != nil || d.Failed != "" {
			t.Fatal(d.Failed, err)
		}
		if d.Ended && len(d.Fired) == 0 {
			t.Fatalf("%+v", d)
		}
	}
	check, err := s.Monitoring.SaveCheck(ctx, monitoring.Check{Place: where, Kind: "backup", Name: "Nightly backup", Every: time.Hour, Params: map[string]string{"product": "restic", "log": "/var/log/restic.json"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range list[:3] {
		if err := s.Monitoring.TakeResults(ctx, monitoring.Device{ID: d, Client: client, Kind: "server"}, []wire.Result{{
			Check: check.String(), At: c.Now().UnixMicro(), State: wire.State(i), Text: "The last backup ended well 9 hours ago.", Detail: "snapshot 7f3a91c2 saved\n1482 files new",
		}}); err != nil {
			t.Fatal(err)
		}
	}
	s.followed(t, c, list[1])
	board, err := s.Monitoring.MakeBoard(ctx, monitoring.Board{Name: "Service desk"})
	if err != nil {
		t.Fatal(err)
	}
	screen := s.look("wall", "/wall/"+board)
	screen.Cookies = nil
	s.Check(t, screen)
	device := url.QueryEscape("device:" + list[1].String())
	for name, path := range map[string]string{
		"alerts": "/alerts?state=all", "alert": "/alerts/" + alerts[1].ID.String(), "alerts-rules": "/alerts/rules?place=" + url.QueryEscape("client:"+client.String()),
		"alerts-rule": "/alerts/rules/edit?key=disk&place=" + device, "alerts-rule-new": "/alerts/rules/edit?kind=forecast", "alerts-quiet": "/alerts/quiet", "alerts-on-call": "/alerts/on-call",
		"alerts-chain": "/alerts/on-call/chain?id=" + chain.String(), "alerts-schedule": "/alerts/on-call/schedule?id=" + schedule.String(), "alerts-receiver": "/alerts/on-call/receiver",
		"alerts-checks": "/alerts/checks", "alerts-check": "/alerts/checks/edit?id=" + check.String(), "alerts-results": "/alerts/checks/" + check.String() + "/results",
		"alerts-trial": "/alerts/rules/trial/" + trial.String(),
		"wallboard":    "/wallboard", "wallboard-links": "/wallboard/links",
		"device": "/devices/" + list[1].String(), "device-charts": "/devices/" + list[1].String() + "?view=charts", "device-week": "/devices/" + list[1].String() + "?view=charts&period=7d",
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
}

// An alert appears in the inbox by itself; keys choose and acknowledge it.
func TestBrowserAlertsByKeys(t *testing.T) {
	c := clock.At(time.Now())
	s := newSiteAt(t, c)
	ctx := context.Background()
	_, list := s.estate(t)
	p := s.Open(t, s.look("alerts-keys", "/alerts"))
	p.Wait(".empty")
	s.minutes(t, c, 12, .97, list[:2]...)
	p.Wait("table[data-rows] tbody tr + tr")
	p.Press("j")
	p.Wait("tr.cursor")
	p.Press("a")
	p.Wait("table[data-rows] tbody tr:only-child")
	p.Quiet()
	done, _, err := s.Monitoring.Alerts(ctx, access.WholeFirm(), monitoring.Query{States: []monitoring.State{monitoring.Acknowledged}})
	if err != nil || len(done) != 1 || done[0].OwnerName == "" {
		t.Fatal(done, err)
	}
}

// followed looks at a device's charts as they are drawn by a script: values that come are appended, a closer look is asked for by
// keys, and whoever looks at a device of nobody they may see gets nothing.
func (s site) followed(t *testing.T, c *clock.Fixed, device ids.ID) {
	t.Helper()
	p := s.Open(t, s.look("charts", "/devices/"+device.String()))
	p.Wait(`[data-chart="cpu"] .uplot canvas`)
	p.Wait(`[data-chart="network"] .uplot canvas`)
	p.Wait("[data-live-now]:not([hidden])")
	e := s.Monitoring.Engine
	c.Advance(15 * time.Second)
	e.Observe(device, c.Now().UnixMilli(), []monitoring.Key{e.Key("system_cpu_utilization_ratio")}, []float64{.873})
	s.Bus.Publish("values/"+device.String(), "")
	p.Wait("[data-seen]")
	if got := strings.TrimSpace(p.Text(`[data-chart="cpu"] [data-value]`)); got != "87%" {
		t.Errorf("the chart says %q", got)
	}
	var focused bool
	p.Eval(`(document.querySelector('[data-chart="cpu"] .uplot').focus(), true)`, &focused)
	p.Press(kb.ArrowLeft)
	p.Press("+")
	p.Wait("[data-zoom-out]:not([hidden])")
	p.Shot("closer")
	p.Press(kb.Escape)
	p.Wait("[data-charts]:has([data-zoom-out][hidden])")
	p.Quiet()
}
