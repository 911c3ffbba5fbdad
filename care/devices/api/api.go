// SPDX-License-Identifier: Apache-2.0

// Package api has the operations of the devices for other programs.
package api

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Value is the latest value of a series of a device.
type Value struct {
	Series string    `json:"series" doc:"Name and labels, as in PromQL"`
	At     time.Time `json:"at"`
	Value  float64   `json:"value"`
}

// Handlers serve the operations.
type Handlers struct {
	Devices *devices.Service
	Latest  func(id ids.ID) []Value // nil: nobody measures
}

// Mount registers the operations with their permissions.
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/devices", access.DevicesRead, "list-devices", "List devices in use, or those that a query means", h.list)
	api.Register(a, "POST", "/devices", access.DevicesWrite, "create-device", "Add a device that has no agent", h.create)
	api.Register(a, "GET", "/devices/{id}", access.DevicesRead, "get-device", "Get a device", h.get)
	api.Register(a, "PUT", "/devices/{id}", access.DevicesWrite, "update-device", "Change what the firm says of a device", h.update)
	api.Register(a, "GET", "/devices/{id}/inventory", access.DevicesRead, "get-inventory", "What a device is made of and what runs on it, as its agent told last", h.inventory)
	api.Register(a, "GET", "/devices/{id}/changes", access.DevicesRead, "list-device-changes", "What changed on a device, the newest first", h.changes)
	api.Register(a, "GET", "/devices/{id}/values", access.DevicesRead, "list-device-values", "The latest value of each series of a device", h.values)
	api.Register(a, "POST", "/devices/{id}/retire", access.DevicesWrite, "retire-device", "End the use of a device: its agent is refused, its history stays", h.retire)
	api.Register(a, "POST", "/devices/{id}/reactivate", access.DevicesWrite, "reactivate-device", "Take a device into use again", h.reactivate)
	api.Register(a, "GET", "/device-groups", access.DevicesRead, "list-device-groups", "List groups: queries with a name", h.groups)
	h.mountTokens(a)
	h.mountCounts(a)
}

// Device is a device on the wire.
type Device struct {
	ID        string            `json:"id"`
	Version   int64             `json:"version" doc:"Grows with each change; the ETag carries it"`
	Client    string            `json:"client" doc:"Id of the client"`
	Site      string            `json:"site,omitempty" doc:"Id of the site"`
	Person    string            `json:"person,omitempty" doc:"Id of the person who mostly uses it"`
	Behind    string            `json:"behind,omitempty" doc:"Id of the device through which it is reached"`
	Name      string            `json:"name"`
	Hostname  string            `json:"hostname,omitempty"`
	Kind      string            `json:"kind" enum:"server,workstation,laptop,network,printer,phone,ups,other"`
	Rhythm    string            `json:"rhythm,omitempty" enum:"always,free" doc:"Whether it may be off; absent: as usual for its kind"`
	State     string            `json:"state" enum:"online,offline,away,silent,retired" doc:"offline: should be there; away: may be off; silent: has no agent"`
	Source    string            `json:"source" enum:"agent,import,hand,found"`
	OS        string            `json:"os,omitempty"`
	OSVersion string            `json:"osVersion,omitempty"`
	Arch      string            `json:"arch,omitempty"`
	Vendor    string            `json:"vendor,omitempty"`
	Model     string            `json:"model,omitempty"`
	Serial    string            `json:"serial,omitempty"`
	AssetTag  string            `json:"assetTag,omitempty"`
	Address   string            `json:"address,omitempty"`
	MACs      []string          `json:"macs"`
	CPU       string            `json:"cpu,omitempty"`
	Cores     int64             `json:"cores,omitempty"`
	Memory    int64             `json:"memory,omitempty" doc:"Bytes"`
	Storage   int64             `json:"storage,omitempty" doc:"Bytes"`
	LastUser  string            `json:"lastUser,omitempty"`
	Agent     string            `json:"agent,omitempty" doc:"Version of the agent"`
	Tags      []string          `json:"tags"`
	Location  string            `json:"location,omitempty"`
	Note      string            `json:"note,omitempty"`
	Custom    map[string]string `json:"custom,omitempty" doc:"The firm's own fields, by their names"`
	Warranty  string            `json:"warranty,omitempty" doc:"Last day, 2006-01-02"`
	Bought    string            `json:"bought,omitempty" doc:"Day, 2006-01-02"`
	EOL       string            `json:"endOfLife,omitempty" doc:"Last day on which the operating system is cared for"`
	Reboot    bool              `json:"rebootPending,omitempty"`
	Seen      *time.Time        `json:"seen,omitempty" doc:"When it was last heard of"`
	Booted    *time.Time        `json:"booted,omitempty"`
	Enrolled  *time.Time        `json:"enrolled,omitempty"`
	Retired   *time.Time        `json:"retired,omitempty"`
	Replaced  string            `json:"replacedBy,omitempty" doc:"Id of the device that took its place"`
	Changed   time.Time         `json:"changed"`
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func when(micros int64) *time.Time {
	if micros == 0 {
		return nil
	}
	t := clock.FromMicros(micros)
	return &t
}

func day(d civil.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}

func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// wireOf writes a device as the API shows it; fields are the firm's own.
func (h *Handlers) wireOf(d *devices.Device, fields []devices.Field) Device {
	out := Device{
		ID: d.ID.String(), Version: d.Version, Client: d.Client.String(), Site: idText(d.Site), Person: idText(d.Person), Behind: idText(d.Parent), Name: d.Name, Hostname: d.Hostname,
		Kind: string(d.Kind), Rhythm: string(d.Rhythm), State: d.StateAt(h.Devices.Now()), Source: string(d.Source), OS: d.OS, OSVersion: d.OSVersion, Arch: d.Arch, Vendor: d.Vendor, Model: d.Model, Serial: d.Serial,
		AssetTag: d.AssetTag, Address: d.Address, MACs: some(d.MACs), CPU: d.CPU, Cores: d.Cores, Memory: d.Memory, Storage: d.Storage, LastUser: d.LastUser, Agent: d.Agent,
		Tags: some(d.Tags), Location: d.Location, Note: d.Note, Warranty: day(d.Warranty), Bought: day(d.Bought), EOL: day(d.EOL), Reboot: d.Reboot, Seen: when(d.Seen),
		Booted: when(d.Booted), Enrolled: when(d.Enrolled), Retired: when(d.Retired), Replaced: idText(d.Replaced), Changed: clock.FromMicros(d.Changed),
	}
	for _, f := range fields {
		if v := d.Custom[f.ID.String()]; v != "" {
			if out.Custom == nil {
				out.Custom = map[string]string{}
			}
			out.Custom[f.Name] = v
		}
	}
	return out
}

func scope(ctx context.Context) access.Scope { return access.From(ctx).Scope() }

func idOf(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not an id.", s).On(field).Because(err)
	}
	return id, nil
}

// device is the device that a path names.
func (h *Handlers) device(ctx context.Context, s string) (*devices.Device, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return nil, fault.NewNotFound("There is no such device.").Because(err)
	}
	return h.Devices.Get(ctx, scope(ctx), id)
}

type listIn struct {
	Q      string `query:"q" maxLength:"500" doc:"A query as in the list of devices: kind:server os:windows -tag:test"`
	Client string `query:"client" maxLength:"13" doc:"Id of a client"`
	After  string `query:"after" maxLength:"13" doc:"What the last page gave as next"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type listOut struct {
	Body struct {
		Devices []Device `json:"devices"`
		Next    string   `json:"next,omitempty" doc:"Give it as after for the next page; absent on the last"`
	}
}

// list gives devices in the order of their ids, so that a page stays where it was while devices come and go.
func (h *Handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	client, err := idOf(in.Client, "client")
	if err != nil {
		return nil, err
	}
	after, err := idOf(in.After, "after")
	if err != nil {
		return nil, err
	}
	q, err := devices.ParseQuery(in.Q)
	if err != nil {
		return nil, err
	}
	all, err := h.Devices.Find(ctx, scope(ctx), client, q)
	if err != nil {
		return nil, err
	}
	fields, err := h.Devices.Fields(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(d *devices.Device) bool { return d.ID <= after })
	slices.SortFunc(all, func(a, b *devices.Device) int { return cmp.Compare(a.ID, b.ID) })
	out := &listOut{}
	out.Body.Devices = make([]Device, 0, min(len(all), in.Limit))
	for _, d := range all[:min(len(all), in.Limit)] {
		out.Body.Devices = append(out.Body.Devices, h.wireOf(d, fields))
	}
	if len(all) > in.Limit {
		out.Body.Next = all[in.Limit-1].ID.String()
	}
	return out, nil
}

type oneIn struct {
	ID string `path:"id" maxLength:"13"`
}

type oneOut struct {
	ETag string `header:"ETag"`
	Body Device
}

func (h *Handlers) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	d, err := h.device(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	fields, err := h.Devices.Fields(ctx)
	if err != nil {
		return nil, err
	}
	return &oneOut{ETag: api.ETag(d.Version), Body: h.wireOf(d, fields)}, nil
}

type inventoryOut struct {
	Body map[string]Section
}

// Section is a part of a device's inventory.
type Section struct {
	Taken  time.Time       `json:"taken"`
	Failed string          `json:"failed,omitempty" doc:"Why it could not be read the last time; body is from before then"`
	Body   json.RawMessage `json:"body,omitempty"`
}

func (h *Handlers) inventory(ctx context.Context, in *oneIn) (*inventoryOut, error) {
	d, err := h.device(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, err := h.Devices.Inventory(ctx, scope(ctx), d.ID)
	if err != nil {
		return nil, err
	}
	out := &inventoryOut{Body: map[string]Section{}}
	for name, s := range list {
		out.Body[string(name)] = Section{Taken: clock.FromMicros(s.Taken), Failed: s.Failed, Body: s.Body}
	}
	return out, nil
}

type changesIn struct {
	ID    string    `path:"id" maxLength:"13"`
	From  time.Time `query:"from" doc:"Only those since then"`
	To    time.Time `query:"to" doc:"Only those before then"`
	Limit int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

// Change is a row of a device's log.
type Change struct {
	At      time.Time `json:"at"`
	Section string    `json:"section"`
	What    string    `json:"what" enum:"added,removed,changed"`
	Item    string    `json:"item"`
	Before  string    `json:"before,omitempty"`
	After   string    `json:"after,omitempty"`
	Author  string    `json:"author,omitempty" doc:"Who did it; absent where the device told"`
}

type changesOut struct {
	Body struct {
		Changes []Change `json:"changes"`
	}
}

func (h *Handlers) changes(ctx context.Context, in *changesIn) (*changesOut, error) {
	d, err := h.device(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	from, to := int64(0), h.Devices.Now()+1
	if !in.From.IsZero() {
		from = clock.Micros(in.From)
	}
	if !in.To.IsZero() {
		to = clock.Micros(in.To)
	}
	list, err := h.Devices.Changes(ctx, scope(ctx), d.ID, from, to, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &changesOut{}
	out.Body.Changes = make([]Change, len(list))
	for i, c := range list {
		out.Body.Changes[i] = Change{At: clock.FromMicros(c.At), Section: c.Section, What: string(c.What), Item: c.Item, Before: c.Before, After: c.After, Author: c.Author}
	}
	return out, nil
}

type valuesOut struct {
	Body struct {
		Values []Value `json:"values"`
	}
}

func (h *Handlers) values(ctx context.Context, in *oneIn) (*valuesOut, error) {
	d, err := h.device(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &valuesOut{}
	out.Body.Values = []Value{}
	if h.Latest != nil {
		out.Body.Values = some(h.Latest(d.ID))
	}
	return out, nil
}

// Group is a query with a name.
type Group struct {
	ID     string `json:"id"`
	Client string `json:"client,omitempty" doc:"Id of the client whose devices it means; absent: of all"`
	Name   string `json:"name"`
	Query  string `json:"query"`
	Note   string `json:"note,omitempty"`
}

type groupsOut struct {
	Body struct {
		Groups []Group `json:"groups"`
	}
}

func (h *Handlers) groups(ctx context.Context, _ *struct{}) (*groupsOut, error) {
	list, err := h.Devices.Groups(ctx, scope(ctx))
	if err != nil {
		return nil, err
	}
	out := &groupsOut{}
	out.Body.Groups = make([]Group, len(list))
	for i, g := range list {
		out.Body.Groups[i] = Group{ID: g.ID.String(), Client: idText(g.Client), Name: g.Name, Query: g.Query.String(), Note: g.Note}
	}
	return out, nil
}
