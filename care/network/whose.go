// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"mainstay/care/devices"
	"mainstay/kit/ids"
)

// claim is that a device has an address or a name, at a site; site 0 = nobody knows where it is.
type claim struct{ device, site ids.ID }

// lookup finds devices of a client by what the network calls them. Sites have networks of their own, often with the same addresses and
// the same names of routers: what is seen from a site is looked for there first, and what two devices could be is nobody.
type lookup struct {
	byMAC  map[string]ids.ID
	found  map[string][]claim // addresses, as they were found
	noted  map[string][]claim // addresses, as records have them
	byName map[string][]claim
}

func (s *Service) lookupOf(ctx context.Context, list []*devices.Device, client ids.ID) (*lookup, error) {
	l := &lookup{map[string]ids.ID{}, map[string][]claim{}, map[string][]claim{}, map[string][]claim{}}
	if err := s.loadEstate(ctx); err != nil {
		return nil, err
	}
	hosts, err := s.selectHosts(ctx, "client_id = $1 AND state = 'device'", 0, int64(client))
	if err != nil {
		return nil, err
	}
	latest := map[string]*Host{} // of several that were found at one address, in turn
	for _, h := range hosts {
		key := h.Scan.String() + h.Address
		if was := latest[key]; was == nil || h.Seen.After(was.Seen) {
			latest[key] = h
		}
	}
	sites, active := map[ids.ID]ids.ID{}, map[ids.ID]bool{}
	for _, d := range list {
		active[d.ID] = d.Active()
		if d.Site != 0 {
			sites[d.ID] = d.Site
		}
	}
	for _, h := range hosts { // where a device is that nobody said it of: where it was found
		if x, ok := s.lookScan(h.Scan); ok && !x.Beyond && sites[h.Device] == 0 {
			sites[h.Device] = s.siteOf(x)
		}
	}
	for _, d := range list {
		if !d.Active() {
			continue
		}
		at := claim{d.ID, sites[d.ID]}
		for _, m := range d.MACs {
			l.byMAC[strings.ToLower(m)] = d.ID
		}
		if a := bareAddress(d.Address); a != "" {
			l.noted[a] = append(l.noted[a], at)
		}
		for _, n := range []string{d.Hostname, d.Name} {
			if n = shortName(n); n != "" {
				l.byName[n] = append(l.byName[n], at)
			}
		}
	}
	for _, h := range hosts {
		if !active[h.Device] {
			continue
		}
		if h.MAC != "" {
			l.byMAC[h.MAC] = h.Device
		}
		if latest[h.Scan.String()+h.Address] == h {
			l.found[h.Address] = append(l.found[h.Address], claim{h.Device, sites[h.Device]})
		}
	}
	return l, nil
}

// siteOf is the site of a network: its own, else that of the device that looks into it; 0 = nobody knows.
func (s *Service) siteOf(x *Scan) ids.ID {
	if x.Site != 0 {
		return x.Site
	}
	if d, ok := s.p.Devices.Look(x.Prober); ok {
		return d.Site
	}
	return 0
}

// view is from where something is seen. near: it is in the network of whoever sees it, so that it is no device of another site.
type view struct {
	site ids.ID
	near bool
}

// only returns the one device that claims something, as seen from somewhere: those of the site come first, and of what is known of them what
// was found before what was noted. It is 0 when nobody claims it, or several do. could leaves devices out; it may be nil.
func (v view) only(could func(ids.ID) bool, layers ...[]claim) (device ids.ID) {
	tiers := []func(claim) bool{func(claim) bool { return true }}
	if v.site != 0 {
		tiers = []func(claim) bool{
			func(c claim) bool { return c.site == v.site },
			func(c claim) bool { return c.site == 0 || c.site != v.site && !v.near },
		}
	}
	for _, fits := range tiers {
		for _, list := range layers {
			known := false
			for _, c := range list {
				if !fits(c) || could != nil && !could(c.device) {
					continue
				}
				if known && c.device != device {
					return 0
				}
				device, known = c.device, true
			}
			if known {
				return device
			}
		}
	}
	return 0
}

// at is the device with an address.
func (l *lookup) at(address string, from view) ids.ID {
	return from.only(nil, l.found[address], l.noted[address])
}

func (l *lookup) find(mac, address, name string, from view) ids.ID {
	if id := l.byMAC[mac]; mac != "" && id != 0 {
		return id
	}
	if id := l.at(address, from); address != "" && id != 0 {
		return id
	}
	return from.only(nil, l.byName[shortName(name)])
}

// bareAddress is a device's address without the port that may stand with it.
func bareAddress(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}

// beside reports whether an address seems to be in the network of a device: they share what networks of offices nearly always share.
func beside(d *devices.Device, address string) bool {
	a, err := netip.ParseAddr(address)
	b, bad := netip.ParseAddr(bareAddress(d.Address))
	if err != nil || bad != nil || a.Is4() != b.Is4() {
		return false
	}
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	return err == nil && p.Contains(b)
}
