// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// topologyView is who hangs behind whom at a client.
type topologyView struct {
	*common
	list    bool // as a list instead of a drawing
	root    *spot
	loose   []*devices.Device
	links   []network.Link
	open    []network.Place
	devices map[ids.ID]*devices.Device
	behind  []group
	now     int64
}

// group is a device with those that hang behind it.
type group struct {
	parent *devices.Device
	list   []*devices.Device
}

func (h *Discovery) topology(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	c, err := h.common(r, tabTopology, idOf(r.FormValue("client")))
	if err != nil {
		return err
	}
	v := &topologyView{common: c, list: r.FormValue("view") == "list", devices: map[ids.ID]*devices.Device{}, now: h.Devices.Now()}
	if c.client == 0 {
		return page.Render(w, r, http.StatusOK, topologyPage(v))
	}
	list, err := h.Devices.Find(ctx, scope(r), c.client, devices.Query{})
	if err != nil {
		return err
	}
	seen, err := h.Network.Places(ctx, c.client)
	if err != nil {
		return err
	}
	if v.links, err = h.Network.Links(ctx, c.client); err != nil {
		return err
	}
	if v.open, err = h.Network.OpenPlaces(ctx, scope(r), c.client); err != nil {
		return err
	}
	byParent := map[ids.ID][]*devices.Device{}
	for _, d := range list {
		v.devices[d.ID] = d
	}
	for _, d := range list {
		parent := d.Parent
		if parent == 0 {
			parent = seen[d.ID].Parent
		}
		if d.Active() && v.devices[parent] != nil {
			byParent[parent] = append(byParent[parent], d)
		}
	}
	for id, below := range byParent {
		v.behind = append(v.behind, group{v.devices[id], below})
	}
	slices.SortFunc(v.behind, func(a, b group) int {
		return strings.Compare(strings.ToLower(a.parent.Name), strings.ToLower(b.parent.Name))
	})
	v.root, v.loose = tree(ctx, list, seen, v.links, v.now, c.client)
	return page.Render(w, r, http.StatusOK, topologyPage(v))
}

func (h *Discovery) decidePlace(w http.ResponseWriter, r *http.Request) error {
	if err := h.Network.Decide(r.Context(), scope(r), idOf(r.PathValue("device")), r.FormValue("answer") == "yes"); err != nil {
		return err
	}
	return page.Redirect(w, r, "/discovery/topology?client="+r.FormValue("client"))
}

// takeAll takes over all that the network says of a client's devices.
func (h *Discovery) takeAll(w http.ResponseWriter, r *http.Request) error {
	ctx, client := r.Context(), idOf(r.FormValue("client"))
	list, err := h.Network.OpenPlaces(ctx, scope(r), client)
	if err != nil {
		return err
	}
	for _, x := range list {
		// What would make a circle stays open, for a person to see.
		if err := h.Network.Decide(ctx, scope(r), x.Device, true); err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return page.Redirect(w, r, "/discovery/topology?client="+client.String())
}

// why says how the network knows of a place.
func why(ctx context.Context, x network.Place) string {
	switch x.How {
	case network.ByLLDP, network.ByCDP:
		return locale.T(ctx, "they say so themselves, at port %s", x.Port)
	}
	return locale.T(ctx, "it was seen at port %s", x.Port)
}

func deviceTone(state string) page.Tone {
	switch state {
	case devices.StateOnline:
		return page.Good
	case devices.StateOffline:
		return page.Bad
	}
	return page.Neutral
}

// otherView leads to the list, or back to the drawing.
func (v *topologyView) otherView(ctx context.Context) page.Button {
	at := "/discovery/topology?client=" + v.client.String()
	if v.list {
		return page.Button{Label: locale.T(ctx, "As a drawing"), Icon: "network", Href: at, Small: true}
	}
	return page.Button{Label: locale.T(ctx, "As a list"), Icon: "list", Href: at + "&view=list", Small: true}
}
