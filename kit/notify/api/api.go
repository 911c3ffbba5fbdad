// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of what people are told. They are about whoever calls.
package api

import (
	"context"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/notify"
)

// Handlers serve the operations. Need is the permission that a token needs.
type Handlers struct {
	Notify *notify.Service
	Say    func(ctx context.Context, n notify.Notice) notify.Text
	Need   access.Permission
}

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/notices", h.Need, "list-notices", "List what you were told, the newest first", h.list)
	api.Register(a, "POST", "/notices/read", h.Need, "read-notices", "Mark what you were told as read, up to a notice", h.read)
	api.Register(a, "GET", "/notices/choices", h.Need, "get-notice-choices", "Get what you are told of, and how", h.choices)
	api.Register(a, "PUT", "/notices/choices", h.Need, "set-notice-choices", "Choose what you are told of, and how; kinds that are left out are as usual", h.choose)
}

// PersonalNotice is something that a person was told.
type PersonalNotice struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	About   string    `json:"about,omitempty" doc:"What it concerns"`
	Text    string    `json:"text"`
	Excerpt string    `json:"excerpt,omitempty" doc:"The beginning of what was said"`
	Page    string    `json:"page,omitempty" doc:"Path of the page about it"`
	Read    bool      `json:"read"`
	At      time.Time `json:"at"`
}

// NoticeChoice is how a person is told of a kind.
type NoticeChoice struct {
	Kind  string `json:"kind" maxLength:"100"`
	List  bool   `json:"list" doc:"In the list"`
	Email bool   `json:"email" doc:"By e-mail"`
}

type listIn struct {
	All    bool   `query:"all" doc:"Also what was read"`
	Before string `query:"before" maxLength:"13" doc:"The next of the page before"`
}

type listOut struct {
	Body struct {
		Notices []PersonalNotice `json:"notices"`
		Unread  int64            `json:"unread" doc:"How many are unread, up to 100"`
		Next    string           `json:"next,omitempty" doc:"Where the list goes on; left out at its end"`
	}
}

func (h *Handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	before := ids.ID(0)
	if in.Before != "" {
		var err error
		if before, err = ids.Parse(in.Before); err != nil {
			return nil, fault.NewInvalid("%q is not one of the choices.", in.Before).On("before")
		}
	}
	user := access.From(ctx).User
	list, next, err := h.Notify.List(ctx, user, before, !in.All)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	if out.Body.Unread, err = h.Notify.Unread(ctx, user); err != nil {
		return nil, err
	}
	out.Body.Notices = make([]PersonalNotice, 0, len(list))
	for _, n := range list {
		t := h.Say(ctx, n)
		out.Body.Notices = append(out.Body.Notices, PersonalNotice{n.ID.String(), n.Kind, t.About, t.What, t.Excerpt, n.Link, n.Read, n.At})
	}
	if next != 0 {
		out.Body.Next = next.String()
	}
	return out, nil
}

type readIn struct {
	Body struct {
		UpTo string `json:"upTo" maxLength:"13" doc:"Id of the newest notice that was seen"`
	}
}

type nothing struct{}

func (h *Handlers) read(ctx context.Context, in *readIn) (*nothing, error) {
	id, err := ids.Parse(in.Body.UpTo)
	if err != nil {
		return nil, fault.NewInvalid("%q is not one of the choices.", in.Body.UpTo).On("upTo")
	}
	return &nothing{}, h.Notify.ReadUpTo(ctx, access.From(ctx).User, id)
}

type choicesBody struct {
	Choices []NoticeChoice `json:"choices" maxItems:"200"`
}

type choicesOut struct{ Body choicesBody }

func (h *Handlers) choices(ctx context.Context, _ *nothing) (*choicesOut, error) {
	me := access.From(ctx)
	list, err := h.Notify.Choices(ctx, me.User, me.Role)
	if err != nil {
		return nil, err
	}
	out := &choicesOut{}
	out.Body.Choices = make([]NoticeChoice, 0, len(list))
	for _, c := range list {
		out.Body.Choices = append(out.Body.Choices, NoticeChoice{c.Code, c.Shown, c.Mailed})
	}
	return out, nil
}

type chooseIn struct{ Body choicesBody }

func (h *Handlers) choose(ctx context.Context, in *chooseIn) (*choicesOut, error) {
	me := access.From(ctx)
	var list []notify.Choice
	for _, c := range in.Body.Choices {
		list = append(list, notify.Choice{Offer: notify.Offer{Code: c.Kind}, Shown: c.List, Mailed: c.Email})
	}
	if err := h.Notify.Choose(ctx, me.User, me.Role, list); err != nil {
		return nil, err
	}
	return h.choices(ctx, nil)
}
