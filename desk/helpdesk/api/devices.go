// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/api"
)

func (h *Handlers) mountDevices(a *api.API) {
	api.Register(a, "GET", "/desk/devices", access.TicketsRead, "find-devices", "Find devices of a client that a ticket can be linked with", h.findDevices)
	api.Register(a, "GET", "/tickets/{number}/devices", access.TicketsRead, "list-ticket-devices", "List the devices that a ticket is linked with", h.devices)
	api.Register(a, "PATCH", "/tickets/{number}/devices", access.TicketsWrite, "change-ticket-devices", "Link a ticket with devices of its client, and unlink it from others", h.changeDevices)
}

// Device is a machine of a client.
type Device struct {
	Ref  string `json:"ref" doc:"By which tickets are linked with it"`
	Name string `json:"name"`
	Note string `json:"note,omitempty" doc:"What else is known of it"`
}

type devicesOut struct {
	Body struct {
		Devices []Device `json:"devices"`
	}
}

func wireDevices(list []helpdesk.Device, err error) (*devicesOut, error) {
	if err != nil {
		return nil, err
	}
	out := &devicesOut{}
	out.Body.Devices = make([]Device, 0, len(list))
	for _, d := range list {
		out.Body.Devices = append(out.Body.Devices, Device{d.Ref, d.Name, d.Note})
	}
	return out, nil
}

type findIn struct {
	Client string `query:"client" required:"true" maxLength:"13"`
	Q      string `query:"q" maxLength:"100" doc:"Part of the name or serial number"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (h *Handlers) findDevices(ctx context.Context, in *findIn) (*devicesOut, error) {
	client, err := parse(in.Client, "client")
	if err != nil {
		return nil, err
	}
	return wireDevices(h.Desk.FindDevices(ctx, access.From(ctx).Scope(), client, in.Q, in.Limit))
}

func (h *Handlers) devices(ctx context.Context, in *oneIn) (*devicesOut, error) {
	scope := access.From(ctx).Scope()
	t, err := h.Desk.ByNumber(ctx, scope, in.Number)
	if err != nil {
		return nil, err
	}
	return wireDevices(h.Desk.Devices(ctx, scope, t.ID))
}

type changeDevicesIn struct {
	Number int64 `path:"number" minimum:"1"`
	Body   struct {
		Link   []string `json:"link,omitempty" maxItems:"50" doc:"Refs"`
		Unlink []string `json:"unlink,omitempty" maxItems:"50" doc:"Refs"`
	}
}

func (h *Handlers) changeDevices(ctx context.Context, in *changeDevicesIn) (*devicesOut, error) {
	scope := access.From(ctx).Scope()
	t, err := h.Desk.ByNumber(ctx, scope, in.Number)
	if err != nil {
		return nil, err
	}
	if len(in.Body.Link)+len(in.Body.Unlink) > 0 {
		if _, err := h.Desk.Update(ctx, scope, t.ID, 0, helpdesk.Edit{AddDevices: in.Body.Link, CutDevices: in.Body.Unlink}); err != nil {
			return nil, err
		}
	}
	return wireDevices(h.Desk.Devices(ctx, scope, t.ID))
}
