// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of what is watched from outside: the list of services, one of them, and how they are set up.
package web

import (
	"context"
	"net/http"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// Handlers serve the pages of services.
type Handlers struct {
	Network *network.Service
	Clients *clients.Service
	Devices *devices.Service
	Bus     *bus.Bus

	// Trouble counts the open alerts of what is watched, warnings and critical ones. It may be nil.
	Trouble func(ctx context.Context) map[ids.ID][2]int
}

const base = "/services"

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, p access.Permission, fn func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, p, page.Handler(fn))
	}
	on("GET /services", access.NetworkRead, h.list)
	on("GET /services/live", access.NetworkRead, h.live)
	on("GET /services/new", access.NetworkWrite, h.quick)
	on("POST /services/suggest", access.NetworkWrite, h.suggest)
	on("POST /services/add", access.NetworkWrite, h.add)
	on("GET /services/edit", access.NetworkWrite, h.form)
	on("POST /services/edit", access.NetworkWrite, h.save)
	on("GET /services/{service}", access.NetworkRead, h.show)
	on("POST /services/{service}/look", access.NetworkWrite, h.look)
	on("POST /services/{service}/pause", access.NetworkWrite, h.pause)
	on("POST /services/{service}/drop", access.NetworkWrite, h.drop)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func scope(r *http.Request) access.Scope { return access.From(r.Context()).Scope() }

func idOf(text string) ids.ID {
	id, err := ids.Parse(text)
	if err != nil {
		return 0
	}
	return id
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func url(id ids.ID) string { return base + "/" + id.String() }

// service is the one that an address names.
func (h *Handlers) service(r *http.Request) (*network.Watched, error) {
	id := idOf(r.PathValue("service"))
	if id == 0 {
		return nil, fault.NewNotFound("There is no such service.")
	}
	return h.Network.Get(r.Context(), scope(r), id)
}

// live says that something of services changed, at most every other second.
func (h *Handlers) live(w http.ResponseWriter, r *http.Request) error {
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	notices, stop := h.Bus.Subscribe(network.Topic)
	defer stop()
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-beat.C:
			if err := s.Beat(); err != nil {
				return nil //nolint:nilerr // the reader is gone
			}
		case <-notices:
			if err := s.JSON("changed", struct{}{}); err != nil {
				return nil //nolint:nilerr // the reader is gone
			}
			select {
			case <-r.Context().Done():
				return nil
			case <-time.After(2 * time.Second):
			}
		}
	}
}
