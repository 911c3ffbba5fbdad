// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"time"
	"unicode"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe"
	"mainstay/kit/wire"
)

// demoServices names the value that lists what of the invented firm's clients is watched from outside.
const demoServices = "demo.services"

// demoWatched is how many invented clients have services.
const demoWatched = 6

// loadDemoServices has invented servers look at their clients' websites and mail, once. The server itself does not: the names are nobody's.
func (a *App) loadDemoServices(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoServices)
	if err != nil || have != "" {
		return err
	}
	list, err := a.demoIDs(ctx, demoDevices)
	if err != nil {
		return err
	}
	var made []string
	seen := map[ids.ID]bool{}
	for _, id := range list {
		d, ok := a.Devices.Look(id)
		if !ok || d.Kind != devices.Server || d.Agent != demoAgent || seen[d.Client] || len(seen) == demoWatched {
			continue
		}
		seen[d.Client] = true
		names, err := a.Clients.Names(ctx, access.WholeFirm(), d.Client)
		if err != nil {
			return err
		}
		domain := demoDomain(names[d.Client])
		for _, w := range []network.Watched{
			{Kind: "http", Name: "www." + domain, Target: "https://www." + domain + "/", Params: map[string]string{"status": "200", "confirm": "yes"}},
			{Kind: "tls", Name: "www." + domain + " (TLS)", Target: "www." + domain, Every: time.Hour},
			{Kind: "dns", Name: domain + " (MX)", Target: domain, Params: map[string]string{"type": "MX"}, Every: 5 * time.Minute},
		} {
			w.Client, w.Prober = d.Client, d.ID
			id, err := a.Network.Save(ctx, access.WholeFirm(), w)
			if err != nil {
				return err
			}
			made = append(made, id.String())
		}
	}
	return a.Values.Set(ctx, demoServices, strings.Join(made, " "))
}

// demoDomain is a name that nobody has, made of a client's.
func demoDomain(client string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(client) {
		switch {
		case unicode.IsLetter(r) && r < 0x80 || unicode.IsDigit(r):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-") + ".example"
}

// demoIDs reads the ids that a value lists.
func (a *App) demoIDs(ctx context.Context, key string) (list []ids.ID, err error) {
	have, err := a.Values.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	for _, x := range strings.Fields(have) {
		id, err := ids.Parse(x)
		if err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, nil
}

// removeDemoServices takes them away again.
func (a *App) removeDemoServices(ctx context.Context) error {
	a.inventing.Lock()
	defer a.inventing.Unlock()
	list, err := a.demoIDs(ctx, demoServices)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, id := range list {
		if err := a.Network.Delete(ctx, access.WholeFirm(), id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return a.Values.Set(ctx, demoServices, "")
}

// lookForDemo says what the invented servers find now, and in steps since they looked last.
func (a *App) lookForDemo(ctx context.Context, now time.Time) error {
	list, err := a.demoIDs(ctx, demoServices)
	if err != nil {
		return err
	}
	for _, id := range list {
		w, ok := a.Network.Look(id)
		if !ok || w.Paused {
			continue
		}
		d, ok := a.Devices.Look(w.Prober)
		if !ok || d.Agent != demoAgent || !d.Active() {
			continue
		}
		from := a.Network.StateOf(id).At.Add(demoStep)
		if first := now.Add(-demoBack); from.Before(first) {
			from = first
		}
		var o wire.Observations
		for at := from; at.Before(now); at = at.Add(demoStep) {
			o.List = append(o.List, demoLook(w, at, now))
		}
		o.List = append(o.List, demoLook(w, now, now))
		for len(o.List) > 0 {
			n := min(len(o.List), wire.MaxObservations)
			if err := a.Network.Take(ctx, d, &wire.Observations{List: o.List[:n]}); err != nil {
				return err
			}
			o.List = o.List[n:]
		}
	}
	return nil
}

// demoLook is what was found of a service at an instant: all is well, at a pace of its own that is slower by day.
func demoLook(w *network.Watched, at, now time.Time) wire.Observation {
	h := float64(fnvOf(w.Name) % 1000)
	took := (.04 + h/4000) * (1.2 + .3*math.Sin(float64(at.Unix())/13_750+h) + .1*math.Sin(float64(at.Unix())/700+h))
	until := now.Add(time.Duration(40+fnvOf(w.Target)%300) * 24 * time.Hour)
	cert := &probe.CertificateFound{
		Names: []string{w.Target}, Issuer: "CN=Example CA R1,O=Example Trust,C=IE", From: until.AddDate(0, -13, 0).Format("2006-01-02"), Until: until.Format("2006-01-02"), Key: "ECDSA P-256", Version: "TLS 1.3",
	}
	o := wire.Observation{Probe: "s" + w.ID.String(), At: clock.Micros(at), Took: int(took * 1000), Measures: []wire.Measure{{Series: network.DurationSeries, Value: took}}}
	after := time.Duration(took * float64(time.Second))
	say := func(key string, args ...any) {
		s := wire.Say(key, args...)
		o.Said, o.Text = &s, s.String()
	}
	var found any
	switch w.Kind {
	case "http":
		say("Answered %d after %s.", 200, after)
		found = probe.HTTPFound{Status: 200, URL: w.Target, Protocol: "HTTP/2", Title: "Welcome", Server: "nginx", Type: "text/html", Bytes: 18_400}
	case "tls":
		say("Valid until %s, %s more; %s, from %s.", until, wire.Say("%d day|%d days", int(until.Sub(now).Hours()/24)), "TLS 1.3", "Example Trust")
		o.Measures = append(o.Measures, wire.Measure{Series: "probe_certificate_left_seconds", Value: until.Sub(at).Seconds()})
		found = cert
	default:
		say("%s of %s is %s, after %s.", "MX", w.Target, "10 mail."+w.Target, after)
		found = map[string]any{"type": "MX", "answers": []string{"10 mail." + w.Target}}
	}
	if b, err := json.Marshal(found); err == nil {
		o.Found = b
	}
	return o
}
