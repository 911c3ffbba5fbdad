// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"fmt"
	"net/url"

	"mainstay/desk/helpdesk"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// choices are the words of a small set, after "any".
func choices[T fmt.Stringer](ctx context.Context, list []T, name func(context.Context, T) string) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Any")}}
	for _, x := range list {
		out = append(out, page.Option{Value: x.String(), Label: name(ctx, x)})
	}
	return out
}

func stateChoices(ctx context.Context) []page.Option {
	out := []page.Option{{Value: unfinished, Label: locale.T(ctx, "Not finished")}, {Value: "new,open,waiting,solved,closed", Label: locale.T(ctx, "Any")}}
	for s := helpdesk.StateNew; s <= helpdesk.StateClosed; s++ {
		out = append(out, page.Option{Value: s.String(), Label: stateName(ctx, s)})
	}
	return out
}

func statusChoices(ctx context.Context, k *known) (out []page.Option) {
	for _, s := range k.set.Statuses {
		if !s.Archived {
			out = append(out, page.Option{Value: s.ID.String(), Label: statusName(ctx, s), Data: s.Name != ""})
		}
	}
	return out
}

func boardChoices(ctx context.Context, k *known, orAny bool) (out []page.Option) {
	if orAny {
		out = append(out, page.Option{Label: locale.T(ctx, "Any")})
	}
	for _, b := range k.set.Boards {
		if !b.Archived {
			out = append(out, page.Option{Value: b.ID.String(), Label: boardName(ctx, b), Data: b.Name != ""})
		}
	}
	return out
}

func people(k *known) (out []page.Option) {
	for _, p := range k.people {
		out = append(out, page.Option{Value: p.ID.String(), Label: p.Name, Data: true})
	}
	return out
}

func assigneeChoices(ctx context.Context, k *known) []page.Option {
	return append([]page.Option{{Label: locale.T(ctx, "Any")}, {Value: "me", Label: locale.T(ctx, "Me")}, {Value: "none", Label: locale.T(ctx, "Unassigned")}}, people(k)...)
}

func bulkAssignees(ctx context.Context, k *known) []page.Option {
	return append([]page.Option{{Value: "none", Label: locale.T(ctx, "Nobody")}}, people(k)...)
}

func levelChoices(ctx context.Context, name func(context.Context, helpdesk.Level) string) (out []page.Option) {
	for l := helpdesk.Level(1); l <= 3; l++ {
		out = append(out, page.Option{Value: fmt.Sprint(l), Label: name(ctx, l)})
	}
	return out
}

// keep are the filters that a search for words goes along with.
func (v *listView) keep() map[string]string { return v.keepAll("q") }

// keepAll are the filters in force but those named.
func (v *listView) keepAll(but ...string) map[string]string {
	out := map[string]string{}
	for k := range v.v {
		out[k] = v.v.Get(k)
	}
	delete(out, "page")
	for _, b := range but {
		delete(out, b)
	}
	return out
}

// editOf reads what a form wants changed: fields that are there and not empty. "none" empties one.
func editOf(f url.Values) (e helpdesk.Edit, err error) {
	id := func(key string) *ids.ID {
		s := f.Get(key)
		if s == "" || err != nil {
			return nil
		}
		if s == "none" {
			return new(ids.ID)
		}
		var x ids.ID
		if x, err = idOf(s); err != nil {
			return nil
		}
		return &x
	}
	e.Assignee, e.Status, e.Board, e.Client, e.Site, e.Person = id("assignee"), id("status"), id("board"), id("client"), id("site"), id("person")
	if err != nil {
		return e, err
	}
	if s := f.Get("priority"); s != "" {
		p, ok := helpdesk.ParsePriority(s)
		if !ok {
			return e, fault.NewInvalid("%q is not one of the choices.", s).On("priority")
		}
		e.Priority = &p
	}
	if s := f.Get("kind"); s != "" {
		k, ok := helpdesk.ParseKind(s)
		if !ok {
			return e, fault.NewInvalid("%q is not one of the choices.", s).On("kind")
		}
		e.Kind = &k
	}
	if s := f.Get("state"); s != "" {
		x, ok := helpdesk.ParseState(s)
		if !ok {
			return e, fault.NewInvalid("%q is not one of the choices.", s).On("state")
		}
		e.State = &x
	}
	if s := f.Get("subject"); s != "" {
		e.Subject = &s
	}
	if f.Has("tags") {
		t := fields(f.Get("tags"))
		e.Tags = &t
	}
	e.AddTags = fields(f.Get("add-tags"))
	return e, nil
}
