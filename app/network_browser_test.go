// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/probe"
	"mainstay/kit/series"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

// lookedAt makes a few services, and a day of looks at them.
func (s site) lookedAt(t *testing.T, c clock.Clock) (list []ids.ID) {
	t.Helper()
	ctx := context.Background()
	local, ok := s.Series.(*series.Local)
	if !ok {
		t.Fatal("no local time series")
	}
	local.Start()
	if err := local.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	harbour, err := s.Clients.Create(ctx, clients.Details{Name: "Harbour Dental Group"})
	if err != nil {
		t.Fatal(err)
	}
	kestrel, err := s.Clients.Create(ctx, clients.Details{Name: "Kestrel Trust for the Preservation of Coastal Heritage"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := json.Marshal(probe.HTTPFound{Status: 503, URL: "https://www.harbour-dental.example/booking", Title: "Service Unavailable", Server: "nginx", Bytes: 1204, Certificate: &probe.CertificateFound{
		Names: []string{"harbour-dental.example", "www.harbour-dental.example"}, Issuer: "CN=R11,O=Let's Encrypt,C=US", From: "2026-10-01", Until: "2026-12-30", Key: "ECDSA P-256", Version: "TLS 1.3",
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range []struct {
		w     network.Watched
		state wire.State
		text  string
		base  float64
	}{
		{network.Watched{Client: harbour, Kind: "http", Name: "Booking", Target: "https://www.harbour-dental.example/booking", Params: map[string]string{"status": "200", "contains": "Book an appointment"}}, wire.StateCritical, "Answered 503 after 1.2 s; expected 200.", .35},
		{network.Watched{Client: harbour, Kind: "tls", Name: "Booking (TLS)", Target: "www.harbour-dental.example"}, wire.StateOK, "Valid until 2026-12-30, 34 days more; TLS 1.3, from Let's Encrypt.", .08},
		{network.Watched{Client: kestrel, Kind: "smtp", Name: "Mail of the trust, the second server that takes over when the first one fails", Target: "mx2.kestrel-trust-for-coastal-heritage.example"}, wire.StateWarning, "It greets with \"mx2 ESMTP\" after 3.4 s. Too slow from 3.0 s on.", .9},
		{network.Watched{Client: kestrel, Kind: "ping", Name: "Router", Target: "gate.kestrel.example"}, wire.StateOK, "5 of 5 answers, 18 ms on average.", .018},
		{network.Watched{Client: kestrel, Kind: "dns", Name: "kestrel.example (MX)", Target: "kestrel.example", Params: map[string]string{"type": "MX"}, Paused: true}, wire.StateUnknown, "", 0},
		{network.Watched{Client: harbour, Kind: "ntp", Name: "Time", Target: "ntp.harbour.example"}, wire.StateUnknown, "", 0},
	} {
		x.w.Every = 5 * time.Minute
		id, err := s.Network.Save(ctx, access.WholeFirm(), x.w)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
		if x.base == 0 {
			continue
		}
		const looks = 190
		var o wire.Observations
		for n := range looks {
			at := c.Now().Add(-time.Duration(looks-1-n) * 7 * time.Minute)
			seen := wire.Observation{Probe: "s" + id.String(), At: clock.Micros(at), State: wire.StateOK, Text: "Answered 200 after 310 ms.", Measures: []wire.Measure{
				{Series: network.DurationSeries, Value: x.base * (1 + .3*math.Sin(float64(n)/9) + .1*math.Sin(float64(n*n)))},
			}}
			if n > looks-5 || i == 0 && n > 60 && n < 64 {
				seen.State, seen.Text = x.state, x.text
			}
			if n == looks-1 && i == 0 {
				seen.Found, seen.Detail = found, "Seen from inside as well."
			}
			o.List = append(o.List, seen)
		}
		if err := s.Network.Take(ctx, nil, &o); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// Services: none yet, a list of them, one that is down, the form with a mistake, and what is suggested.
func TestBrowserServices(t *testing.T) {
	c := clock.At(time.Date(2026, 11, 26, 14, 2, 0, 0, time.UTC))
	s := newSiteAt(t, c)
	s.Check(t, s.look("services-empty", "/services"))
	list := s.lookedAt(t, c)
	for _, x := range []struct{ name, path string }{
		{"services", "/services"},
		{"services-none", "/services?q=nothing+of+the+kind"},
		{"service-down", "/services/" + list[0].String()},
		{"service-new", "/services/" + list[5].String()},
		{"service-form", "/services/edit?id=" + list[0].String()},
	} {
		s.Check(t, s.look(x.name, x.path))
	}
	// What is down is an alert, which draws how long the service took to answer.
	ctx := context.Background()
	if err := s.Monitoring.Work(ctx); err != nil {
		t.Fatal(err)
	}
	alerts, _, err := s.Monitoring.Alerts(ctx, access.WholeFirm(), monitoring.Query{Device: list[0]})
	if err != nil || len(alerts) != 1 {
		t.Fatalf("%+v, %v", alerts, err)
	}
	if g, err := s.Monitoring.Graph(ctx, alerts[0], locale.Printer{}); err != nil || g == nil || len(g.Points) < 20 {
		t.Errorf("no drawing: %+v, %v", g, err)
	}
	s.Check(t, s.look("service-alert", "/alerts/"+alerts[0].ID.String()))
	tab := s.Open(t, s.look("services-suggest", "/services/new"))
	tab.Wait(`input[name=what]`)
	tab.Type(`input[name=what]`, "harbour-dental.invalid")
	tab.Eval(`document.querySelector("select[name=client]").selectedIndex = 1`, nil)
	tab.Click(`main form button`)
	tab.Wait(`.nw-picks`)
	tab.Shot("services-suggested")
	tab.Accessible()
	tab.Click(`.nw-foot button`)
	tab.Wait(`#services`)
	tab.Goto(s.url + "/services/edit?kind=tcp&client=" + s.clientOf(t, list[0]))
	tab.Wait(`input[name=target]`)
	tab.Type(`input[name=target]`, "10.1.2.3")
	tab.Type(`input[name=p-port]`, "22")
	tab.Click(`button[value=try]`)
	tab.Wait(`[aria-invalid=true]`)
	tab.Shot("service-wrong")
	tab.Accessible()
	tab.Eval(`document.querySelector("input[name=target]").value = "harbour-dental.invalid"`, nil)
	tab.Click(`button[value=try]`)
	tab.Wait(`#found`)
	tab.Shot("service-tried")
	tab.Accessible()
}

func (s site) clientOf(t *testing.T, service ids.ID) string {
	t.Helper()
	w, err := s.Network.Get(context.Background(), access.WholeFirm(), service)
	if err != nil {
		t.Fatal(err)
	}
	return w.Client.String()
}
