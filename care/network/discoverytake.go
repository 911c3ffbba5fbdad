// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/probe/discover"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// UnknownSeries counts the hosts at a device's site that nobody knows and that came after the network was first looked into.
const UnknownSeries = "network_unknown_hosts"

// goneAfter is how many looks in a row must miss a host before it counts as gone.
const goneAfter = 3

// takeScans keeps what was found in networks.
func (s *Service) takeScans(ctx context.Context, prober *devices.Device, list []wire.Observation) (foreign int, err error) {
	if err := s.loadEstate(ctx); err != nil {
		return 0, err
	}
	ahead := micros(s.now().Add(tooFarAhead))
	for i := range list {
		o := &list[i]
		x, ok := s.lookScan(idOf(o.Probe))
		if !ok || o.At > ahead || !x.scannedBy(prober) {
			foreign++
			continue
		}
		if !instant(o.At).After(x.At) {
			continue // it comes again
		}
		var f discover.Found
		if len(o.Found) > 0 && json.Unmarshal(o.Found, &f) != nil {
			foreign++
			continue
		}
		if err := s.keepScan(ctx, x, o, &f); err != nil {
			return 0, err
		}
		if err := s.tellUnknown(ctx, x, prober, o.At); err != nil {
			return 0, err
		}
		s.p.Bus.Publish(Topic, x.ID.String())
	}
	return foreign, nil
}

// keepScan writes what a look found: hosts that came, hosts that are still there, hosts that were missed.
func (s *Service) keepScan(ctx context.Context, x *Scan, o *wire.Observation, f *discover.Found) error {
	match, err := s.matcher(ctx, x)
	if err != nil {
		return err
	}
	known, err := s.hostsOf(ctx, x.ID)
	if err != nil {
		return err
	}
	makers, err := s.makersOf(ctx, f.Hosts)
	if err != nil {
		return err
	}
	s.est.mu.RLock()
	tried := s.tried(x)
	s.est.mu.RUnlock()
	sameList := strings.HasSuffix(o.Probe, "."+markOf(tried))
	complete := o.State == wire.StateOK && !f.Cut
	first := len(known.list) == 0 // what was there at first, also where that look was not finished
	learn := map[ids.ID]devices.Learned{}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		seen, taken := map[ids.ID]bool{}, map[string]bool{}
		for i := range f.Hosts {
			h := foundHost(&f.Hosts[i], makers)
			if h == nil {
				continue
			}
			if taken[h.Key] { // a machine with several addresses, or a router that answers for others
				h.Key = "ip:" + h.Address
			}
			taken[h.Key] = true
			if n := f.Hosts[i].Access; sameList && n >= 1 && n <= len(tried) {
				h.Credential = tried[n-1].ID
			}
			h.Client, h.Scan, h.Seen = x.Client, x.ID, instant(o.At)
			was := known.find(h)
			if was == nil {
				h.ID, h.First, h.FirstRun, h.State = s.p.IDs.New(), h.Seen, first, HostNew
			} else {
				h.ID, h.First, h.FirstRun, h.State, h.Device = was.ID, was.First, was.FirstRun, was.State, was.Device
				if !sameList && h.About != nil {
					h.Credential = was.Credential
				}
				if h.MAC == "" {
					h.Key = was.Key
				}
			}
			if h.State != HostIgnored {
				if d := match(h, f.Hosts[i].Self); d != nil {
					h.State, h.Device = HostDevice, d.ID
					learn[d.ID] = devices.Learned{Hostname: h.Name, Vendor: h.Vendor, Model: h.Model, Address: h.Address, MACs: macs(h.MAC)}
				} else if h.State == HostDevice { // the device was retired or moved away
					h.State, h.Device = HostNew, 0
				}
			}
			seen[h.ID] = true
			if err := putHost(ctx, tx, h, was == nil); err != nil {
				return err
			}
		}
		if complete {
			for _, h := range known.list {
				if !seen[h.ID] {
					if _, err := tx.ExecContext(ctx, "UPDATE network_hosts SET missed = missed + 1 WHERE id = $1", int64(h.ID)); err != nil {
						return err
					}
				}
			}
		}
		runs := 0
		if complete {
			runs = 1
		}
		_, err := tx.ExecContext(ctx, "UPDATE network_scans SET at = $2, state = $3, text = $4, gateway = $5, runs = runs + $6, said = $7 WHERE id = $1",
			int64(x.ID), o.At, int64(o.State), storable(o.Text), storable(f.Gateway), runs, told(o, true).pack())
		return err
	})
	if err != nil {
		return err
	}
	for id, l := range learn {
		if err := s.p.Devices.Learn(ctx, id, l); err != nil {
			return err
		}
	}
	if err := s.refreshEstate(ctx); err != nil {
		return err
	}
	return s.suggestParents(ctx, x.Client)
}

func macs(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// foundHost is a found host as it is kept; nil where it makes no sense.
func foundHost(f *discover.Host, makers map[string]string) *Host {
	a, err := netip.ParseAddr(f.Address)
	if err != nil || len(f.Address) > 60 {
		return nil
	}
	h := &Host{Address: a.String(), MAC: cut(f.MAC, 17), Name: cut(f.Name, maxName), NamedBy: cut(f.By, 20), Model: cut(f.Model, 100), Self: f.Self}
	for _, x := range f.Services {
		if len(h.Services) < 24 {
			h.Services = append(h.Services, cut(x, 40))
		}
	}
	h.About = f.SNMP
	if h.About != nil {
		h.Vendor = cut(h.About.Vendor, 100)
	}
	if h.Vendor == "" {
		h.Vendor = makers[makerPrefix(h.MAC)]
	}
	if h.Key = h.MAC; h.Key == "" {
		h.Key = "ip:" + h.Address
	}
	return h
}

func cut(s string, most int) string {
	s = line(storable(s))
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// matcher returns what finds the device that a host of a network is: the machine that looked itself, else by hardware address, by address, by
// name.
func (s *Service) matcher(ctx context.Context, x *Scan) (func(h *Host, self bool) *devices.Device, error) {
	list, err := s.p.Devices.All(ctx, access.OneClient(x.Client))
	if err != nil {
		return nil, err
	}
	l, err := s.lookupOf(ctx, list, x.Client)
	if err != nil {
		return nil, err
	}
	byID, byMAC, site := map[ids.ID]*devices.Device{}, map[string]*devices.Device{}, s.siteOf(x)
	for _, d := range list {
		if !d.Active() {
			continue
		}
		byID[d.ID] = d
		for _, m := range d.MACs {
			byMAC[strings.ToLower(m)] = d
		}
	}
	return func(h *Host, self bool) *devices.Device {
		if d := byID[x.Prober]; self && d != nil {
			return d
		}
		if d := byMAC[h.MAC]; h.MAC != "" && d != nil {
			return d
		}
		// Whose hardware can be told is in the network of whoever looks.
		from := view{site, h.MAC != "" || !x.Beyond}
		// An address is only a hint: two whose hardware is known and differs are two.
		could := func(id ids.ID) bool { return h.MAC == "" || len(byID[id].MACs) == 0 }
		if d := byID[from.only(could, l.noted[h.Address])]; d != nil {
			return d
		}
		// So is a name, but the one that the host gives itself.
		if d := byID[from.only(could, l.byName[shortName(h.Name)])]; d != nil && h.NamedBy != "dns" {
			return d
		}
		return byID[h.Device] // somebody said so
	}, nil
}

func shortName(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), ".")
	return s
}

// tellUnknown counts the hosts that nobody knows for the rules; nothing is said of what was there at first.
func (s *Service) tellUnknown(ctx context.Context, x *Scan, prober *devices.Device, at int64) error {
	if prober == nil || !x.Alert {
		return nil
	}
	hosts, err := s.hostsOf(ctx, x.ID)
	if err != nil {
		return err
	}
	n := 0
	for _, h := range hosts.list {
		if h.State == HostNew && !h.FirstRun && !h.Gone() && !h.Random() {
			n++
		}
	}
	return s.putUnknown(ctx, x, prober.ID, n, at)
}

// putUnknown gives the number of hosts that nobody knows to series and rules.
func (s *Service) putUnknown(ctx context.Context, x *Scan, prober ids.ID, n int, at int64) error {
	label := x.Networks
	if label == "" {
		label = "own"
	}
	m := wire.Measure{Series: wire.SeriesText(UnknownSeries, wire.Label{Name: "network", Value: label}), Value: float64(n)}
	var b series.Batch
	if err := s.addValues(&b, x.Client, prober, &wire.Observation{At: at}, []wire.Measure{m}); err != nil {
		return err
	}
	if _, err := s.p.Series.Commit(ctx, &b); err != nil {
		return err
	}
	s.p.Engine.Observe(prober, at/1000, []monitoring.Key{s.p.Engine.Key(UnknownSeries, monitoring.Label{Name: "network", Value: label})}, []float64{m.Value})
	return nil
}

// afterDecision counts anew once a person decided about a host.
func (s *Service) afterDecision(ctx context.Context, scan ids.ID) error {
	x, ok := s.lookScan(scan)
	if !ok {
		return nil
	}
	d, ok := s.p.Devices.Look(x.Prober)
	if !ok {
		return nil
	}
	return s.tellUnknown(ctx, x, d, s.afterLook(x))
}

// afterLook is now, or just after the last look where the clock of whoever looks goes ahead.
func (s *Service) afterLook(x *Scan) int64 {
	at := s.now()
	if !at.After(x.At) {
		at = x.At.Add(time.Second)
	}
	return micros(at)
}

// untold ends what was told of a network into which nobody looks any more, or of which nothing is to be told.
func (s *Service) untold(ctx context.Context, was *Scan) error {
	if !was.Alert || was.At.IsZero() {
		return nil
	}
	return s.putUnknown(ctx, was, was.Prober, 0, s.afterLook(was))
}
