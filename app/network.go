// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"strings"
	"time"

	"mainstay/agent/collect"
	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/network"
	networkweb "mainstay/care/network/web"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/probe"
	"mainstay/kit/probe/all"
	"mainstay/kit/said"
	"mainstay/kit/wire"
)

// buildNetwork makes what watches from outside. It comes after monitoring, which it feeds.
func (a *App) buildNetwork(zone *time.Location) {
	a.Network = network.New(network.Parts{
		DB: a.DB, Clock: a.Clock, Zone: zone, IDs: a.IDs, Access: a.Access, Clients: a.Clients, Devices: a.Devices, Jobs: a.Jobs, Bus: a.Bus, Sealer: a.sealer, Series: a.Series,
		Engine: a.Monitoring.Engine, Log: a.Log, Kinds: all.Kinds(), Guard: network.Public(),
		Configure: a.tellConfig, Gone: a.Monitoring.DeviceGone, Moved: a.Monitoring.DeviceMoved,
	})
}

// ownProber makes the probes of this machine's own agent, in the network that it is in.
func ownProber() collect.Prober {
	kinds, guard := all.Kinds(), probe.Local()
	return func(ctx context.Context, p wire.Probe) wire.Observation { return kinds.Run(ctx, p, guard) }
}

// agentConfig is what an agent observes: its checks, and what it looks at for others.
func (a *App) agentConfig(ctx context.Context, d *devices.Device) (wire.Config, error) {
	c, err := a.Monitoring.Config(ctx, a.watched(d))
	if err != nil {
		return c, err
	}
	if c.Probes, err = a.Network.Probes(ctx, d); err != nil || len(c.Probes) == 0 {
		return c, err
	}
	text, err := json.Marshal(c.Probes)
	if err != nil {
		return c, err
	}
	h := fnv.New64a()
	_, _ = h.Write(text)
	c.Revision = max(int64((h.Sum64()^uint64(c.Revision))>>1), 1)
	return c, nil
}

// tellConfig tells a device that its configuration has changed. One that is not connected asks with its next greeting.
func (a *App) tellConfig(ctx context.Context, device ids.ID) {
	d, ok := a.Devices.Look(device)
	if !ok || !d.Active() || d.Agent == "" || a.estate == nil {
		return
	}
	c, err := a.agentConfig(ctx, d)
	if err == nil {
		err = a.Devices.Tell(device, wire.WordConfig, wire.Changed{Revision: c.Revision})
	}
	if err != nil {
		a.Log.Warn("an agent could not be told of its probes and asks with its next greeting", "device", device.String(), "error", err)
	}
}

// watchedService is a service as monitoring knows it: a thing of its own, behind the machine that it runs on or else the one that looks.
// Silence is no news of it: whoever looks is missed itself.
func (a *App) watchedService(w *network.Watched) monitoring.Device {
	out := monitoring.Device{
		ID: w.ID, Client: w.Client, Site: w.Site, Behind: w.Device, On: w.Device, Name: w.Name, Kind: network.ServiceKind, MayBeOff: true, Quiet: w.Paused,
		Seen: a.Network.StateOf(w.ID).At,
	}
	if out.Behind == 0 {
		out.Behind = w.Prober
	}
	return out
}

// watchedBy finds what monitoring watches by its id: a device or a service.
func (a *App) watchedBy(id ids.ID) (monitoring.Device, bool) {
	if d, ok := a.Devices.Look(id); ok {
		return a.watched(d), true
	}
	if w, ok := a.Network.Look(id); ok {
		return a.watchedService(w), true
	}
	return monitoring.Device{}, false
}

// eachWatched gives all that monitoring watches.
func (a *App) eachWatched(ctx context.Context, fn func(monitoring.Device) error) error {
	list, err := a.Devices.All(ctx, access.WholeFirm())
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := fn(a.watched(d)); err != nil {
			return err
		}
	}
	services, err := a.Network.All(ctx, access.WholeFirm())
	for _, w := range services {
		if err := fn(a.watchedService(w)); err != nil {
			return err
		}
	}
	return err
}

// machineOf is the device behind what monitoring watches: itself, or the machine that a service runs on; 0 = none is known.
func (a *App) machineOf(id ids.ID) ids.ID {
	if w, ok := a.Network.Look(id); ok {
		return w.Device
	}
	return id
}

// away reports whether whoever looks at a device or a service hears nothing at all.
func (a *App) away(id ids.ID) bool { return a.Network.Away(id) }

// alertRef is how the helpdesk knows the device of an alert.
func (a *App) alertRef(id ids.ID) string {
	if id = a.machineOf(id); id == 0 {
		return ""
	}
	return careRef + id.String()
}

// alertSaid is what was found last of a service that an alert is about.
func (a *App) alertSaid(x monitoring.Alert, p locale.Printer) string {
	if _, ok := a.Network.Look(x.Device); !ok {
		return ""
	}
	s := a.Network.StateOf(x.Device)
	return said.Text(p, s.Told.Said, s.Text)
}

// servicePages are the pages of what is watched from outside.
func (a *App) servicePages() *networkweb.Handlers {
	return &networkweb.Handlers{
		Network: a.Network, Clients: a.Clients, Devices: a.Devices, Bus: a.Bus,
		Trouble: func(ctx context.Context) map[ids.ID][2]int {
			out := map[ids.ID][2]int{}
			for id, n := range a.troubles(ctx) {
				out[id] = [2]int{n.Warning, n.Critical}
			}
			return out
		},
	}
}

// servicesLink leads to what is watched from outside.
func (a *App) servicesLink(ctx context.Context) page.Link {
	return page.Link{Href: "/services", Icon: "radar", Label: locale.T(ctx, "Services")}
}

// findServices returns services by what names them.
func (a *App) findServices(ctx context.Context, id *access.Identity, typed string) (page.Hits, error) {
	if !id.May(access.NetworkRead) {
		return nil, nil
	}
	list, err := a.Network.All(ctx, id.Scope())
	if err != nil {
		return nil, err
	}
	typed = strings.ToLower(typed)
	var out page.Hits
	for _, w := range list {
		if strings.Contains(strings.ToLower(w.Name+" "+w.Target), typed) && len(out) < mostMoney {
			out = append(out, page.Hit{Href: "/services/" + w.ID.String(), Icon: "radar", Label: w.Name, Hint: locale.T(ctx, "Service"), Data: true})
		}
	}
	return out, nil
}
