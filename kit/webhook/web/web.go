// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of webhooks: the list, the form, and the log of what was sent.
package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/webhook"
)

// Event is one that can be chosen, in the reader's language.
type Event struct{ Code, Group, Label string }

// Handlers serve the pages.
type Handlers struct {
	Hooks  *webhook.Service
	Events func(ctx context.Context) []Event
	Bus    *bus.Bus
	Clock  clock.Clock
}

// Mount registers the pages.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, access.FirmManage, page.Handler(f))
	}
	on("GET /webhooks", h.list)
	on("GET /webhooks/new", h.newForm)
	on("POST /webhooks", h.save)
	on("GET /webhooks/{id}", h.show)
	on("GET /webhooks/{id}/edit", h.editForm)
	on("POST /webhooks/{id}/secret", h.rotate)
	on("POST /webhooks/{id}/test", h.test)
	on("POST /webhooks/{id}/delete", h.remove)
	on("GET /webhooks/{id}/deliveries/{delivery}", h.delivery)
	on("GET /webhooks/{id}/deliveries/{delivery}/events", h.watch)
	on("POST /webhooks/{id}/deliveries/{delivery}/resend", h.resend)
}

type listView struct {
	list []webhook.Endpoint
	now  time.Time
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Hooks.Endpoints(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, listPage(&listView{list, h.Clock.Now()}))
}

// endpoint is the one that the path names.
func (h *Handlers) endpoint(r *http.Request) (webhook.Endpoint, error) {
	id, err := ids.Parse(r.PathValue("id"))
	if err != nil {
		return webhook.Endpoint{}, fault.NewNotFound("There is no such webhook.").Because(err)
	}
	return h.Hooks.Endpoint(r.Context(), id)
}

type formView struct {
	e      webhook.Endpoint
	events []Event
	err    error
}

func (h *Handlers) newForm(w http.ResponseWriter, r *http.Request) error {
	return h.showForm(w, r, webhook.Endpoint{Enabled: true}, nil)
}

func (h *Handlers) editForm(w http.ResponseWriter, r *http.Request) error {
	e, err := h.endpoint(r)
	if err != nil {
		return err
	}
	return h.showForm(w, r, e, nil)
}

func (h *Handlers) showForm(w http.ResponseWriter, r *http.Request, e webhook.Endpoint, failed error) error {
	status := http.StatusOK
	if failed != nil {
		if !fault.Is(failed, fault.Invalid) && !fault.Is(failed, fault.Conflict) {
			return failed
		}
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, formPage(&formView{e, h.Events(r.Context()), failed}))
}

func (h *Handlers) save(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	f := r.PostForm
	e := webhook.Endpoint{URL: f.Get("url"), Description: f.Get("description"), Events: f["events"], Enabled: f.Get("enabled") != ""}
	if f.Get("all") != "" {
		e.Events = []string{webhook.All}
	}
	e.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64)
	if s := f.Get("id"); s != "" {
		var err error
		if e.ID, err = ids.Parse(s); err != nil {
			return fault.NewNotFound("There is no such webhook.").Because(err)
		}
		if err := h.Hooks.Save(r.Context(), e); err != nil {
			return h.showForm(w, r, e, err)
		}
		page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Saved.")})
		return page.Redirect(w, r, address(e.ID))
	}
	made, secret, err := h.Hooks.Create(r.Context(), e)
	if err != nil {
		return h.showForm(w, r, e, err)
	}
	return h.showEndpoint(w, r, made, secret)
}

func address(id ids.ID) string { return "/webhooks/" + id.String() }

type endpointView struct {
	e       webhook.Endpoint
	events  []Event
	secret  string // shown this once
	state   string
	rows    []webhook.Delivery
	older   string
	waiting int64
	now     time.Time
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	e, err := h.endpoint(r)
	if err != nil {
		return err
	}
	return h.showEndpoint(w, r, e, "")
}

func (h *Handlers) showEndpoint(w http.ResponseWriter, r *http.Request, e webhook.Endpoint, secret string) error {
	ctx := r.Context()
	v := &endpointView{e: e, events: h.Events(ctx), secret: secret, now: h.Clock.Now()}
	if s := r.URL.Query().Get("state"); slices.Contains(webhook.States(), s) {
		v.state = s
	}
	before := ids.ID(0)
	if s := r.URL.Query().Get("before"); s != "" {
		var err error
		if before, err = ids.Parse(s); err != nil {
			return fault.NewNotFound("This entry is not there any more.").Because(err)
		}
	}
	rows, next, err := h.Hooks.Deliveries(ctx, e.ID, v.state, before)
	if err != nil {
		return err
	}
	v.rows = rows
	if next != 0 {
		v.older = address(e.ID) + "?before=" + next.String()
		if v.state != "" {
			v.older += "&state=" + v.state
		}
	}
	if v.waiting, err = h.Hooks.Waiting(ctx, e.ID); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, endpointPage(v))
}

func (h *Handlers) rotate(w http.ResponseWriter, r *http.Request) error {
	e, err := h.endpoint(r)
	if err != nil {
		return err
	}
	secret, err := h.Hooks.Rotate(r.Context(), e.ID)
	if err != nil {
		return err
	}
	if e, err = h.Hooks.Endpoint(r.Context(), e.ID); err != nil {
		return err
	}
	return h.showEndpoint(w, r, e, secret)
}

func (h *Handlers) test(w http.ResponseWriter, r *http.Request) error {
	e, err := h.endpoint(r)
	if err != nil {
		return err
	}
	id, err := h.Hooks.Test(r.Context(), e.ID)
	if err != nil {
		return err
	}
	return page.Redirect(w, r, address(e.ID)+"/deliveries/"+id.String())
}

func (h *Handlers) remove(w http.ResponseWriter, r *http.Request) error {
	e, err := h.endpoint(r)
	if err != nil {
		return err
	}
	if err := h.Hooks.Remove(r.Context(), e.ID); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The webhook is removed.")})
	return page.Redirect(w, r, "/webhooks")
}

type deliveryView struct {
	e      webhook.Endpoint
	d      webhook.Full
	body   string // indented
	events []Event
	now    time.Time
}

// found is the delivery that the path names, with its endpoint.
func (h *Handlers) found(r *http.Request) (*deliveryView, error) {
	e, err := h.endpoint(r)
	if err != nil {
		return nil, err
	}
	id, err := ids.Parse(r.PathValue("delivery"))
	if err != nil {
		return nil, fault.NewNotFound("This entry is not there any more.").Because(err)
	}
	d, err := h.Hooks.Delivery(r.Context(), id)
	if err == nil && d.Endpoint != e.ID {
		err = fault.NewNotFound("This entry is not there any more.")
	}
	return &deliveryView{e, d, indent(d.Body), h.Events(r.Context()), h.Clock.Now()}, err
}

func (h *Handlers) delivery(w http.ResponseWriter, r *http.Request) error {
	v, err := h.found(r)
	if err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, deliveryPart(v))
	}
	return page.Render(w, r, http.StatusOK, deliveryPage(v))
}

func (h *Handlers) resend(w http.ResponseWriter, r *http.Request) error {
	v, err := h.found(r)
	if err != nil {
		return err
	}
	if err := h.Hooks.Resend(r.Context(), v.d.ID); err != nil {
		return err
	}
	return page.Redirect(w, r, address(v.e.ID)+"/deliveries/"+v.d.ID.String())
}

// watch tells a page that its delivery went on. Another server of this database says nothing on our bus, so it is also
// looked at now and then.
func (h *Handlers) watch(w http.ResponseWriter, r *http.Request) error {
	v, err := h.found(r)
	if err != nil {
		return err
	}
	notices, stop := h.Bus.Subscribe(webhook.Topic)
	defer stop()
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	beat := time.NewTicker(10 * time.Second)
	defer beat.Stop()
	tries := -1
	for {
		d, err := h.Hooks.Delivery(r.Context(), v.d.ID)
		if err == nil && len(d.Attempts) != tries {
			tries = len(d.Attempts)
			err = s.JSON("changed", d.State)
		}
		if err != nil {
			return nil //nolint:nilerr // the reader has gone
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-notices:
		case <-beat.C:
			if err := s.Beat(); err != nil {
				return nil //nolint:nilerr // the reader has gone
			}
		}
	}
}

func (v *formView) chosen(code string) bool { return slices.Contains(v.e.Events, code) }

// groups are the events under their headings, in order.
func groups(list []Event) (out [][]Event) {
	for _, e := range list {
		if len(out) == 0 || out[len(out)-1][0].Group != e.Group {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], e)
	}
	return out
}
