// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"slices"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// devicesView is the search for devices to link a ticket with.
type devicesView struct {
	t      helpdesk.Ticket
	q      string
	found  []helpdesk.Device
	linked []helpdesk.Device
	more   bool
}

// hits is how many devices a search shows.
const hits = 20

func (h *Handlers) mountDevices(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /tickets/{number}/devices", access.TicketsWrite, h.findDevices)
	on("POST /tickets/{number}/devices", access.TicketsWrite, h.linkDevice)
}

func (h *Handlers) findDevices(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	v := &devicesView{t: t, q: r.URL.Query().Get("q")}
	if v.linked, err = h.Desk.Devices(r.Context(), scope(r), t.ID); err != nil {
		return err
	}
	if v.found, err = h.Desk.FindDevices(r.Context(), scope(r), t.Client, v.q, hits+1+len(v.linked)); err != nil {
		return err
	}
	v.found = slices.DeleteFunc(v.found, func(d helpdesk.Device) bool {
		return slices.ContainsFunc(v.linked, func(x helpdesk.Device) bool { return x.Ref == d.Ref })
	})
	v.more = len(v.found) > hits
	v.found = v.found[:min(hits, len(v.found))]
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, deviceHits(v))
	}
	return page.Render(w, r, http.StatusOK, devicesPage(v))
}

// linkDevice links a ticket with a device, or takes the link away.
func (h *Handlers) linkDevice(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	var e helpdesk.Edit
	if ref := r.PostFormValue("add"); ref != "" {
		e.AddDevices = []string{ref}
	}
	if ref := r.PostFormValue("cut"); ref != "" {
		e.CutDevices = []string{ref}
	}
	if len(e.AddDevices)+len(e.CutDevices) == 0 {
		return page.Redirect(w, r, address(t)+"#devices")
	}
	if _, err := h.Desk.Update(r.Context(), scope(r), t.ID, 0, e); err != nil {
		return err
	}
	return page.Redirect(w, r, address(t)+"#devices")
}

// deviceChoices are the devices that a new ticket can begin with.
func deviceChoices(ctx context.Context, list []helpdesk.Device) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "device::None")}}
	for _, d := range list {
		label := d.Name
		if d.Note != "" {
			label += " · " + d.Note
		}
		out = append(out, page.Option{Value: d.Ref, Label: label, Data: true})
	}
	return out
}

// ticketDevices are what a ticket is linked with, and whether its client has any.
func (h *Handlers) ticketDevices(ctx context.Context, scope access.Scope, v *ticketView) (err error) {
	if v.devices, err = h.Desk.Devices(ctx, scope, v.t.ID); err != nil {
		return err
	}
	if may(ctx, access.TicketsWrite) && v.t.MergedInto == 0 {
		some, err := h.Desk.FindDevices(ctx, scope, v.t.Client, "", 1)
		v.canLink = len(some) > 0
		return err
	}
	return nil
}
