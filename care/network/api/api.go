// SPDX-License-Identifier: Apache-2.0

// Package api has the operations of what is watched from outside for other programs.
package api

import (
	"context"
	"encoding/json"
	"time"

	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// Handlers serve the operations.
type Handlers struct{ Network *network.Service }

// Mount registers the operations with their permissions.
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/services", access.NetworkRead, "list-services", "List what is watched from outside", h.list)
	api.Register(a, "POST", "/services", access.NetworkWrite, "create-service", "Watch something from outside", h.create)
	api.Register(a, "GET", "/services/{id}", access.NetworkRead, "get-service", "Get a service with what was found last", h.get)
	api.Register(a, "PUT", "/services/{id}", access.NetworkWrite, "update-service", "Change what is watched, or who looks", h.update)
	api.Register(a, "DELETE", "/services/{id}", access.NetworkWrite, "delete-service", "Watch a service no more; its history goes with it", h.remove)
	api.Register(a, "POST", "/services/{id}/look", access.NetworkWrite, "look-at-service", "Look at a service now; nothing is kept of what is found", h.look)
	h.mountNetworks(a)
}

// Settings are what a program says of a service.
type Settings struct {
	Client  string            `json:"client" maxLength:"13" doc:"Id of the client"`
	Site    string            `json:"site,omitempty" maxLength:"13" doc:"Id of the site"`
	Device  string            `json:"device,omitempty" maxLength:"13" doc:"Id of the device that it runs on"`
	Prober  string            `json:"prober,omitempty" maxLength:"13" doc:"Id of the device of the client that looks; empty: the server, which reaches public addresses only"`
	Kind    string            `json:"kind" enum:"http,tls,ping,tcp,dns,smtp,imap,ntp,scrape"`
	Name    string            `json:"name,omitempty" maxLength:"400" doc:"Without it the target"`
	Target  string            `json:"target" maxLength:"500" doc:"Web address, host name, address or name that is asked for"`
	Params  map[string]string `json:"params,omitempty" doc:"By kind, such as status, contains, port, type, expect, warn, critical, confirm"`
	Secrets map[string]string `json:"secrets,omitempty" doc:"By kind: password, bearer. Sealed, and never given out; without them those that there are stay"`
	Every   int               `json:"every,omitempty" minimum:"0" maximum:"86400" doc:"Seconds between two looks; 60 without"`
	Timeout int               `json:"timeout,omitempty" minimum:"0" maximum:"60" doc:"Seconds; 10 without"`
	Paused  bool              `json:"paused,omitempty"`
}

// Service is a service on the wire.
type Service struct {
	ID      string `json:"id"`
	Version int64  `json:"version" doc:"Grows with each change; the ETag carries it"`
	Settings
	State *State `json:"state,omitempty" doc:"What was found last; missing: nobody has looked yet"`
}

// State is what was found.
type State struct {
	State  string          `json:"state" enum:"ok,warning,critical,unknown"`
	At     time.Time       `json:"at"`
	Since  *time.Time      `json:"since,omitempty" doc:"From when on it is so"`
	Text   string          `json:"text"`
	Detail string          `json:"detail,omitempty"`
	Took   int64           `json:"took" doc:"Milliseconds"`
	Found  json.RawMessage `json:"found,omitempty" doc:"By kind: the certificate, the answers, what a server says of itself"`
}

func stateName(s wire.State) string {
	switch s {
	case wire.StateOK:
		return "ok"
	case wire.StateWarning:
		return "warning"
	case wire.StateCritical:
		return "critical"
	}
	return "unknown"
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func (h *Handlers) wire(w *network.Watched) Service {
	out := Service{ID: w.ID.String(), Version: w.Version, Settings: Settings{
		Client: w.Client.String(), Site: idText(w.Site), Device: idText(w.Device), Prober: idText(w.Prober), Kind: w.Kind, Name: w.Name, Target: w.Target, Params: w.Params,
		Every: int(w.Every / time.Second), Timeout: int(w.Timeout / time.Second), Paused: w.Paused,
	}}
	if s := h.Network.StateOf(w.ID); s.Known() {
		since := s.Since
		out.State = &State{State: stateName(s.State), At: s.At, Since: &since, Text: s.Text, Detail: s.Detail, Took: s.Took.Milliseconds()}
		if s.Found != "" {
			out.State.Found = json.RawMessage(s.Found)
		}
	}
	return out
}

func (s *Settings) watched() (w network.Watched, err error) {
	w = network.Watched{
		Kind: s.Kind, Name: s.Name, Target: s.Target, Params: s.Params, Secret: s.Secrets, Every: time.Duration(s.Every) * time.Second, Timeout: time.Duration(s.Timeout) * time.Second,
		Paused: s.Paused,
	}
	if w.Params == nil {
		w.Params = map[string]string{}
	}
	for _, x := range []struct {
		to       *ids.ID
		text, at string
	}{{&w.Client, s.Client, "client"}, {&w.Site, s.Site, "site"}, {&w.Device, s.Device, "device"}, {&w.Prober, s.Prober, "prober"}} {
		if x.text == "" {
			continue
		}
		if *x.to, err = ids.Parse(x.text); err != nil {
			return w, fault.NewInvalid("%q is not an id.", x.text).On(x.at).Because(err)
		}
	}
	return w, nil
}

func scope(ctx context.Context) access.Scope { return access.From(ctx).Scope() }

type listIn struct {
	Client string `query:"client" maxLength:"13" doc:"Only those of a client"`
	State  string `query:"state" enum:"ok,warning,critical,unknown" doc:"Only those that are so"`
	After  string `query:"after" maxLength:"13" doc:"What the last page gave as next"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type listOut struct {
	Body struct {
		Services []Service `json:"services"`
		Next     string    `json:"next,omitempty" doc:"Give it as after for the next page"`
	}
}

func (h *Handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	list, err := h.Network.All(ctx, scope(ctx))
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Services = []Service{}
	begun := in.After == ""
	for _, w := range list {
		switch {
		case !begun:
			begun = w.ID.String() == in.After
			continue
		case in.Client != "" && w.Client.String() != in.Client:
			continue
		}
		s := h.Network.StateOf(w.ID)
		if in.State != "" && (!s.Known() || stateName(s.State) != in.State) {
			continue
		}
		if len(out.Body.Services) == in.Limit {
			out.Body.Next = out.Body.Services[in.Limit-1].ID
			break
		}
		out.Body.Services = append(out.Body.Services, h.wire(w))
	}
	return out, nil
}

type oneIn struct {
	ID string `path:"id" maxLength:"13"`
}

type oneOut struct {
	ETag string `header:"ETag"`
	Body Service
}

func (h *Handlers) find(ctx context.Context, text string) (*network.Watched, error) {
	id, err := ids.Parse(text)
	if err != nil {
		return nil, fault.NewNotFound("There is no such service.").Because(err)
	}
	return h.Network.Get(ctx, scope(ctx), id)
}

func (h *Handlers) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	w, err := h.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &oneOut{ETag: api.ETag(w.Version), Body: h.wire(w)}, nil
}

type createIn struct{ Body Settings }

func (h *Handlers) create(ctx context.Context, in *createIn) (*oneOut, error) {
	w, err := in.Body.watched()
	if err != nil {
		return nil, err
	}
	return h.save(ctx, w)
}

func (h *Handlers) save(ctx context.Context, w network.Watched) (*oneOut, error) {
	id, err := h.Network.Save(ctx, scope(ctx), w)
	if err != nil {
		return nil, err
	}
	kept, err := h.Network.Get(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	return &oneOut{ETag: api.ETag(kept.Version), Body: h.wire(kept)}, nil
}

type updateIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
	Body    Settings
}

func (h *Handlers) update(ctx context.Context, in *updateIn) (*oneOut, error) {
	was, err := h.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	w, err := in.Body.watched()
	if err != nil {
		return nil, err
	}
	w.ID, w.Version = was.ID, version
	return h.save(ctx, w)
}

func (h *Handlers) remove(ctx context.Context, in *oneIn) (*struct{}, error) {
	w, err := h.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, h.Network.Delete(ctx, scope(ctx), w.ID)
}

type lookOut struct{ Body State }

func (h *Handlers) look(ctx context.Context, in *oneIn) (*lookOut, error) {
	w, err := h.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	o, err := h.Network.Try(ctx, scope(ctx), *w)
	if err != nil {
		return nil, err
	}
	return &lookOut{State{State: stateName(o.State), At: time.UnixMicro(o.At).UTC(), Text: o.Text, Detail: o.Detail, Took: int64(o.Took), Found: o.Found}}, nil
}
