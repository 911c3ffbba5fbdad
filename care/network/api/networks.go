// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/syslog"
)

// mountNetworks registers what is read of clients' networks.
func (h *Handlers) mountNetworks(a *api.API) {
	api.Register(a, "GET", "/network/hosts", access.NetworkRead, "list-hosts", "List what was found in clients' networks, unknown devices among it", h.hosts)
	api.Register(a, "GET", "/network/polled", access.NetworkRead, "list-polled-devices", "List the devices that are asked by SNMP, with how they did", h.polled)
	api.Register(a, "GET", "/network/links", access.NetworkRead, "list-links", "List the cables between a client's devices, as the network tells of them", h.links)
	api.Register(a, "GET", "/network/messages", access.NetworkRead, "list-messages", "List what a client's devices wrote to syslog, the newest first", h.messages)
}

// within reads an id of a client that must be one of the scope; "" is 0.
func within(ctx context.Context, text string) (ids.ID, error) {
	if text == "" {
		return 0, nil
	}
	id, err := ids.Parse(text)
	if err != nil || !scope(ctx).Covers(id) {
		return 0, fault.NewNotFound("There is no such client.").Because(err)
	}
	return id, nil
}

// Host is something that was found in a network.
type Host struct {
	ID      string    `json:"id"`
	Client  string    `json:"client"`
	State   string    `json:"state" enum:"new,ignored,device" doc:"new: nobody has decided about it"`
	Device  string    `json:"device,omitempty" doc:"Id of the device that it is"`
	Address string    `json:"address"`
	MAC     string    `json:"mac,omitempty"`
	Name    string    `json:"name,omitempty"`
	Vendor  string    `json:"vendor,omitempty"`
	Model   string    `json:"model,omitempty"`
	Kind    string    `json:"kind" doc:"What it seems to be: a kind of devices"`
	Listens []string  `json:"listens" doc:"What answers there"`
	First   time.Time `json:"first"`
	Seen    time.Time `json:"seen"`
	Gone    bool      `json:"gone" doc:"It was not found any more"`
	Reason  string    `json:"reason,omitempty" doc:"Why it is ignored"`
}

type hostsIn struct {
	Client string `query:"client" maxLength:"13" doc:"Only those of a client"`
	State  string `query:"state" enum:"new,ignored,device" doc:"Only those that are so"`
	After  string `query:"after" maxLength:"13" doc:"What the last page gave as next"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type hostsOut struct {
	Body struct {
		Hosts []Host `json:"hosts"`
		Next  string `json:"next,omitempty" doc:"Give it as after for the next page"`
	}
}

func (h *Handlers) hosts(ctx context.Context, in *hostsIn) (*hostsOut, error) {
	client, err := within(ctx, in.Client)
	if err != nil {
		return nil, err
	}
	var after ids.ID
	if in.After != "" {
		if after, err = ids.Parse(in.After); err != nil {
			return nil, fault.NewInvalid("%q is not an id.", in.After).On("after").Because(err)
		}
	}
	list, err := h.Network.HostsAfter(ctx, scope(ctx), client, in.State, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &hostsOut{}
	out.Body.Hosts = []Host{}
	for _, x := range list {
		if len(out.Body.Hosts) == in.Limit {
			out.Body.Next = out.Body.Hosts[in.Limit-1].ID
			break
		}
		out.Body.Hosts = append(out.Body.Hosts, Host{
			ID: x.ID.String(), Client: x.Client.String(), State: x.State, Device: idText(x.Device), Address: x.Address, MAC: x.MAC, Name: x.Name, Vendor: x.Vendor, Model: x.Model,
			Kind: string(x.Guess()), Listens: append([]string{}, x.Services...), First: x.First, Seen: x.Seen, Gone: x.Gone(), Reason: x.Reason,
		})
	}
	return out, nil
}

// Polled is a device that is asked by SNMP.
type Polled struct {
	Device  string `json:"device"`
	Prober  string `json:"prober,omitempty" doc:"Id of the device that asks; empty: the server"`
	Address string `json:"address"`
	Every   int    `json:"every" doc:"Seconds between two questions"`
	Paused  bool   `json:"paused"`
	State   *State `json:"state,omitempty" doc:"How it did last; missing: it was not asked yet. Its values are among the device's own"`
}

type polledIn struct {
	Client string `query:"client" maxLength:"13" doc:"Only those of a client"`
}

type polledOut struct {
	Body struct {
		Devices []Polled `json:"devices"`
	}
}

func (h *Handlers) polled(ctx context.Context, in *polledIn) (*polledOut, error) {
	client, err := within(ctx, in.Client)
	if err != nil {
		return nil, err
	}
	list, err := h.Network.AllPolled(ctx, scope(ctx), client)
	if err != nil {
		return nil, err
	}
	out := &polledOut{}
	out.Body.Devices = []Polled{}
	for _, x := range list {
		p := Polled{Device: x.Device.String(), Prober: idText(x.Prober), Address: x.Address, Every: int(x.Every / time.Second), Paused: x.Paused}
		if s := x.State; s.Known() {
			since := s.Since
			p.State = &State{State: stateName(s.State), At: s.At, Since: &since, Text: s.Text}
		}
		out.Body.Devices = append(out.Body.Devices, p)
	}
	return out, nil
}

// Link is a cable.
type Link struct {
	A     string `json:"a" doc:"Id of the device at one end"`
	APort string `json:"a_port,omitempty"`
	B     string `json:"b" doc:"Id of the device at the other end"`
	BPort string `json:"b_port,omitempty"`
	How   string `json:"how" enum:"lldp,cdp,fdb" doc:"Who says so: the devices, or the table of a switch"`
}

type linksIn struct {
	Client string `query:"client" required:"true" maxLength:"13"`
}

type linksOut struct {
	Body struct {
		Links []Link `json:"links"`
	}
}

func (h *Handlers) links(ctx context.Context, in *linksIn) (*linksOut, error) {
	client, err := within(ctx, in.Client)
	if err != nil {
		return nil, err
	}
	list, err := h.Network.Links(ctx, client)
	if err != nil {
		return nil, err
	}
	out := &linksOut{}
	out.Body.Links = []Link{}
	for _, x := range list {
		out.Body.Links = append(out.Body.Links, Link{A: x.A.String(), APort: x.APort, B: x.B.String(), BPort: x.BPort, How: x.How})
	}
	return out, nil
}

// Message is a message of syslog.
type Message struct {
	ID       string    `json:"id"`
	Device   string    `json:"device,omitempty" doc:"Missing: the sender is no device"`
	Source   string    `json:"source" doc:"Its address"`
	At       time.Time `json:"at" doc:"When it came"`
	Said     time.Time `json:"said,omitzero" doc:"When it was written by the sender's own clock; missing: it does not say, or nothing that can be believed"`
	Severity int       `json:"severity" doc:"0 emergency to 7 debugging, as RFC 5424 has it"`
	Facility int       `json:"facility"`
	Host     string    `json:"host,omitempty" doc:"What the sender calls itself"`
	App      string    `json:"app,omitempty"`
	Text     string    `json:"text"`
}

type messagesIn struct {
	Client   string    `query:"client" required:"true" maxLength:"13"`
	Device   string    `query:"device" maxLength:"13" doc:"Only those of a device"`
	Severity int       `query:"severity" minimum:"0" maximum:"7" default:"7" doc:"Only those at least as grave"`
	Text     string    `query:"q" maxLength:"100" doc:"Words in the text, the program or the sender"`
	Before   time.Time `query:"before" doc:"Only those that came before this instant"`
	After    string    `query:"after" maxLength:"40" doc:"What the last page gave as next"`
	Limit    int       `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type messagesOut struct {
	Body struct {
		Messages []Message `json:"messages"`
		Next     string    `json:"next,omitempty" doc:"Give it as after for the next page, of older ones"`
	}
}

func (h *Handlers) messages(ctx context.Context, in *messagesIn) (*messagesOut, error) {
	q := network.MessageQuery{Severity: syslog.Severity(in.Severity), Text: in.Text, Before: in.Before, After: in.After, Limit: in.Limit + 1}
	var err error
	if q.Client, err = within(ctx, in.Client); err != nil {
		return nil, err
	}
	if in.Device != "" {
		if q.Device, err = ids.Parse(in.Device); err != nil {
			return nil, fault.NewInvalid("%q is not an id.", in.Device).On("device").Because(err)
		}
	}
	list, err := h.Network.Messages(ctx, scope(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &messagesOut{}
	out.Body.Messages = []Message{}
	for i, m := range list {
		if i == in.Limit {
			out.Body.Next = list[i-1].Mark()
			break
		}
		out.Body.Messages = append(out.Body.Messages, Message{
			ID: m.ID.String(), Device: idText(m.Device), Source: m.Source, At: m.At, Said: m.Said, Severity: int(m.Severity), Facility: m.Facility, Host: m.Host, App: m.App, Text: m.Text,
		})
	}
	return out, nil
}
