// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// How it is known that one device hangs behind another.
const (
	ByLLDP    = "lldp"
	ByCDP     = "cdp"
	ByTable   = "fdb"     // the forwarding table of a switch
	ByGateway = "gateway" // it is the router of the network
	ByHand    = "hand"
)

// The states of what the network says of a device's place.
const (
	ParentSet     = "set"     // taken over
	ParentOpen    = "open"    // a person is asked
	ParentRefused = "refused" // a person said no
)

// Link is a cable between two devices, as the network tells of it.
type Link struct {
	A, B   ids.ID
	APort  string
	BPort  string
	How    string
	Bridge bool // B hands on what others send
}

// Place is what the network says of a device's place.
type Place struct {
	Device ids.ID
	Parent ids.ID
	How    string
	Port   string
	State  string
	At     time.Time
}

// Links are the cables between the devices of a client: what they say by LLDP and CDP, and where switches saw a device alone at a port.
func (s *Service) Links(ctx context.Context, client ids.ID) ([]Link, error) {
	list, err := s.p.Devices.All(ctx, access.OneClient(client))
	if err != nil {
		return nil, err
	}
	polled, err := s.AllPolled(ctx, access.OneClient(client), client)
	if err != nil {
		return nil, err
	}
	l, err := s.lookupOf(ctx, list, client)
	if err != nil {
		return nil, err
	}
	var out []Link
	have := map[[2]ids.ID]int{}
	add := func(x Link) {
		if x.B == 0 || x.A == x.B {
			return
		}
		key := [2]ids.ID{min(x.A, x.B), max(x.A, x.B)}
		if i, ok := have[key]; ok {
			if out[i].A == x.B && out[i].BPort == "" { // the other end tells its port
				out[i].BPort = x.APort
			}
			return
		}
		have[key] = len(out)
		out = append(out, x)
	}
	for _, p := range polled {
		if p.About == nil {
			continue
		}
		var from view
		if d, ok := s.p.Devices.Look(p.Device); ok {
			from.site = d.Site
		}
		for _, n := range p.About.Neighbours {
			add(Link{A: p.Device, B: l.find(n.MAC, n.Address, n.Name, from), APort: n.Local, BPort: n.Port, How: n.By, Bridge: n.Bridge})
		}
	}
	for _, p := range polled {
		if p.About == nil {
			continue
		}
		uplinks := map[string]bool{}
		for _, n := range p.About.Neighbours {
			uplinks[n.Local] = n.Bridge || n.By == "cdp"
		}
		at := map[string][]ids.ID{} // port → devices behind it
		count := map[string]int{}
		for _, f := range p.About.Forwards {
			count[f.Local]++
			if id := l.byMAC[f.MAC]; id != 0 && id != p.Device && !slices.Contains(at[f.Local], id) {
				at[f.Local] = append(at[f.Local], id)
			}
		}
		for port, behind := range at {
			// Many addresses at one port are another switch, about whom nothing is known yet; then the nearer one decides.
			if uplinks[port] || count[port] > 8 {
				continue
			}
			for _, id := range behind {
				add(Link{A: p.Device, B: id, APort: port, How: ByTable})
			}
		}
	}
	slices.SortFunc(out, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.A, b.A), strings.Compare(a.APort, b.APort), cmp.Compare(a.B, b.B))
	})
	return out, nil
}

// roots are the devices through which a client's networks reach the world: the gateways of the devices that look, else what calls itself
// a router or firewall.
func (s *Service) roots(ctx context.Context, list []*devices.Device, client ids.ID) (map[ids.ID]bool, error) {
	out := map[ids.ID]bool{}
	l, err := s.lookupOf(ctx, list, client)
	if err != nil {
		return nil, err
	}
	scans, err := s.Scans(ctx, access.OneClient(client), client)
	if err != nil {
		return nil, err
	}
	for _, x := range scans {
		if id := l.at(x.Gateway, view{s.siteOf(x), true}); x.Gateway != "" && id != 0 {
			out[id] = true
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	for _, d := range list {
		p, ok := s.lookPolled(d.ID)
		text := strings.ToLower(d.Name + " " + d.Model)
		if d.Active() && d.Kind == devices.NetworkGear && (ok && p.About != nil && p.About.Router && !p.About.Bridge || strings.Contains(text, "firewall") || strings.Contains(text, "router") || strings.Contains(text, "fritz")) {
			out[d.ID] = true
		}
	}
	return out, nil
}

// Places says behind whom the network sees each device: the tree that is reached from the roots over the cables, the surest first.
func (s *Service) Places(ctx context.Context, client ids.ID) (map[ids.ID]Place, error) {
	list, err := s.p.Devices.All(ctx, access.OneClient(client))
	if err != nil {
		return nil, err
	}
	links, err := s.Links(ctx, client)
	if err != nil {
		return nil, err
	}
	roots, err := s.roots(ctx, list, client)
	if err != nil {
		return nil, err
	}
	return places(list, links, roots), nil
}

func places(list []*devices.Device, links []Link, roots map[ids.ID]bool) map[ids.ID]Place {
	gear := map[ids.ID]bool{}
	near := map[ids.ID][]Link{}
	for _, d := range list {
		gear[d.ID] = d.Active() && d.Kind == devices.NetworkGear
	}
	for _, x := range links {
		near[x.A] = append(near[x.A], x)
		near[x.B] = append(near[x.B], Link{A: x.B, B: x.A, APort: x.BPort, BPort: x.APort, How: x.How})
	}
	out := map[ids.ID]Place{}
	var queue []ids.ID
	for id := range roots {
		queue = append(queue, id)
	}
	if len(queue) == 0 { // nothing leads out: the switch with the most cables is the middle
		best := ids.ID(0)
		for id, n := range near {
			if gear[id] && (best == 0 || len(n) > len(near[best]) || len(n) == len(near[best]) && id < best) {
				best = id
			}
		}
		if best != 0 {
			queue = append(queue, best)
		}
	}
	slices.Sort(queue)
	seen := map[ids.ID]bool{}
	for _, id := range queue {
		seen[id] = true
	}
	// What devices say themselves comes before what a table lets guess, on the whole way.
	for _, sure := range []bool{true, false} {
		for i := 0; i < len(queue); i++ {
			at := queue[i]
			for _, x := range near[at] {
				if seen[x.B] || sure == (x.How == ByTable) || !gear[at] {
					continue
				}
				seen[x.B] = true
				out[x.B] = Place{Device: x.B, Parent: at, How: x.How, Port: x.APort}
				queue = append(queue, x.B)
			}
		}
	}
	return out
}

// suggestParents compares what the network says with the records: what devices say of their cables themselves is taken over where nobody
// said anything; a person is asked about the rest.
func (s *Service) suggestParents(ctx context.Context, client ids.ID) error {
	want, err := s.Places(ctx, client)
	if err != nil {
		return err
	}
	known, err := s.parents(ctx)
	if err != nil {
		return err
	}
	for id, x := range want {
		d, ok := s.p.Devices.Look(id)
		if !ok {
			continue
		}
		was, told := known[id]
		ours := told && was.State == ParentSet && was.Parent == d.Parent // we set it, and nobody has changed it since
		x.State, x.At = ParentOpen, s.now()
		switch {
		case d.Parent == x.Parent:
			if told && was.State == ParentOpen { // a person did it by hand
				err = s.dropParent(ctx, id)
			}
			if err != nil {
				return err
			}
			continue
		case told && was.State == ParentRefused && was.Parent == x.Parent:
			continue
		case (x.How == ByLLDP || x.How == ByCDP) && (d.Parent == 0 || ours):
			if s.p.Devices.SetParent(ctx, id, x.Parent) == nil { // a circle: a person is asked
				x.State = ParentSet
			}
		case told && was.State == ParentOpen && was.Parent == x.Parent && was.How == x.How:
			continue
		}
		if err := s.putParent(ctx, x); err != nil {
			return err
		}
	}
	for id, was := range known { // what the network does not say any more is not asked any more
		d, ok := s.p.Devices.Look(id)
		if _, still := want[id]; was.State == ParentOpen && (!ok || d.Client == client && !still) {
			if err := s.dropParent(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) putParent(ctx context.Context, x Place) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO network_parents (device_id, parent_id, how, port, state, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (device_id) DO UPDATE SET parent_id = excluded.parent_id, how = excluded.how, port = excluded.port, state = excluded.state, at = excluded.at`,
			int64(x.Device), int64(x.Parent), x.How, x.Port, x.State, micros(x.At))
		return err
	})
}

func (s *Service) dropParent(ctx context.Context, device ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM network_parents WHERE device_id = $1", int64(device))
		return err
	})
}

func (s *Service) parents(ctx context.Context) (map[ids.ID]Place, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT device_id, parent_id, how, port, state, at FROM network_parents")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]Place{}
	for rows.Next() {
		var x Place
		var at int64
		if err := rows.Scan(&x.Device, &x.Parent, &x.How, &x.Port, &x.State, &at); err != nil {
			return nil, err
		}
		x.At = instant(at)
		out[x.Device] = x
	}
	return out, rows.Err()
}

// OpenPlaces are what a person is asked about the places of a client's devices.
func (s *Service) OpenPlaces(ctx context.Context, scope access.Scope, client ids.ID) ([]Place, error) {
	list, err := s.parents(ctx)
	if err != nil {
		return nil, err
	}
	var out []Place
	for _, x := range list {
		if d, ok := s.p.Devices.Look(x.Device); ok && x.State == ParentOpen && d.Client == client && scope.Covers(client) {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b Place) int { return cmp.Compare(a.Device, b.Device) })
	return out, nil
}

// Decide takes a suggestion over, or refuses it for good.
func (s *Service) Decide(ctx context.Context, scope access.Scope, device ids.ID, yes bool) error {
	d, err := s.p.Devices.Get(ctx, scope, device)
	if err != nil {
		return err
	}
	list, err := s.parents(ctx)
	if err != nil {
		return err
	}
	x, ok := list[device]
	if !ok || x.State != ParentOpen {
		return fault.NewNotFound("This suggestion is settled already.")
	}
	x.State, x.At = ParentRefused, s.now()
	if yes {
		if err := s.p.Devices.SetParent(ctx, device, x.Parent); err != nil {
			return err
		}
		x.State = ParentSet
	}
	if err := s.change(ctx, "network.place-"+x.State, d.Name, x.How, func(*sql.Tx) error { return nil }); err != nil {
		return err
	}
	return s.putParent(ctx, x)
}
