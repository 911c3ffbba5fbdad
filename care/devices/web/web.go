// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the devices: the fleet, a device, enrolment, groups, and what agents call.
package web

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// Load is how busy a device is: shares from 0 to 1, below 0 where nobody knows.
type Load struct{ CPU, Memory, Disk float64 }

// Trouble is how many alerts of a device are open.
type Trouble struct{ Critical, Warning int }

// Counting is from where a client's agreements count its devices.
type Counting struct {
	Books  int  // how many the books tell of
	Here   bool // those that are known here are counted
	Hand   bool // nothing is: somebody enters how many there are; else those of the books are counted
	Chosen bool // the firm said so
}

// Panel is what another area shows on a device's page. A nil component shows nothing.
type Panel func(ctx context.Context, d *devices.Device) (templ.Component, error)

// Handlers serve the pages.
type Handlers struct {
	Devices *devices.Service
	Clients *clients.Service
	Bus     *bus.Bus
	Server  string // URL under which devices reach this server

	// Alerts is where the bus says that something of an alert changed; "" = nowhere. Look is how often an open page looks whether a device
	// is in another state than before; 0 = every 20 seconds.
	Alerts string
	Look   time.Duration

	Load    func(id ids.ID) Load                         // nil: nobody knows
	Trouble func(ctx context.Context) map[ids.ID]Trouble // nil: nobody knows
	Main    []Panel                                      // on a device's page, wide
	Side    []Panel                                      // in its narrow column
	// Charts draws what a device measured, for the time that the request asks for. nil: nothing is measured.
	Charts func(r *http.Request, d *devices.Device) (templ.Component, error)
	// Counting says from where the devices of a client are counted; SetCounting decides whether those here are. nil: nobody counts.
	Counting    func(ctx context.Context, client ids.ID) (Counting, error)
	SetCounting func(ctx context.Context, client ids.ID, here bool) error

	// Fetch reads a file at an address that somebody entered, at most so many bytes, under the house's guard. nil: there is no network.
	Fetch func(ctx context.Context, address string, most int) ([]byte, error)

	Self   func(ctx context.Context, client ids.ID) error     // enrols the machine that this server runs on; nil: it cannot
	SelfID func(ctx context.Context) (device ids.ID, ok bool) // which device this machine is
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, p access.Permission, fn func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, p, page.Handler(fn))
	}
	on("GET /devices", access.DevicesRead, h.fleet)
	on("GET /devices/list", access.DevicesRead, h.list)
	on("GET /devices/export.csv", access.Export, h.export)
	on("GET /devices/live", access.DevicesRead, h.live)
	on("GET /devices/counts", access.DevicesRead, h.counts)
	on("GET /devices/counts.csv", access.Export, h.exportCounts)
	h.mountSettings(on)
	on("GET /devices/enrol", access.DevicesWrite, h.enrol)
	on("POST /devices/enrol", access.DevicesWrite, h.makeToken)
	on("POST /devices/tokens/{token}/revoke", access.DevicesWrite, h.revokeToken)
	on("POST /devices/counting", access.AgreementsWrite, h.setCounting)
	on("POST /devices/this", access.DevicesWrite, h.enrolThis)
	on("GET /devices/import", access.DevicesWrite, h.importForm)
	on("POST /devices/import", access.DevicesWrite, h.previewImport)
	on("POST /devices/import/take", access.DevicesWrite, h.takeImport)
	on("GET /devices/new", access.DevicesWrite, h.newForm)
	on("POST /devices/new", access.DevicesWrite, h.create)
	on("GET /devices/{device}", access.DevicesRead, h.show)
	on("GET /devices/{device}/edit", access.DevicesWrite, h.editForm)
	on("POST /devices/{device}/edit", access.DevicesWrite, h.edit)
	on("POST /devices/{device}/retire", access.DevicesWrite, h.retire)
	on("POST /devices/{device}/reactivate", access.DevicesWrite, h.reactivate)
	on("POST /devices/{device}/move", access.DevicesWrite, h.move)
	on("POST /devices/{device}/merge", access.DevicesWrite, h.merge)
	on("POST /devices/{device}/copy", access.DevicesWrite, h.settleCopy)
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

// device is the device that an address names.
func (h *Handlers) device(r *http.Request) (*devices.Device, error) {
	id := idOf(r.PathValue("device"))
	if id == 0 {
		return nil, fault.NewNotFound("There is no such device.")
	}
	return h.Devices.Get(r.Context(), scope(r), id)
}

func url(id ids.ID) string { return "/devices/" + id.String() }

func clientURL(id ids.ID) string { return "/clients/" + id.String() }
