// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/series"
)

// Prefix is where the Prometheus API lies: the address that Grafana's data source is given ends with it.
const Prefix = "/prometheus"

// OTLPPath is where exporters of OpenTelemetry send metrics when they are given the address of the server only.
const OTLPPath = "/v1/metrics"

// Handlers answer the calls.
type Handlers struct {
	Store   series.Store
	Clock   clock.Clock
	Version string
	// Also returns the clients that became part of some, whose series still bear their own label; nil = there are none.
	Also func(ctx context.Context, clients []ids.ID) []ids.ID
	// Owner returns whose a device or service is, false for an id of none; nil = there are none. A series may not bear the id of one and
	// another's client: pages and rules read by the device alone.
	Owner func(device ids.ID) (client ids.ID, ok bool)

	// Patience is how long a caller may take to send a body or to read an answer; 0 = a minute.
	Patience time.Duration

	writes  chan struct{} // one is taken by each write that is being unpacked and kept
	reads   chan struct{} // one is taken by each remote read
	bodies  callers
	readers callers
	made    quotas
	known   metadata
}

// Mount registers all operations.
func (h *Handlers) Mount(r *access.Router) {
	h.writes, h.reads = make(chan struct{}, bodiesDecoded), make(chan struct{}, reads)
	h.bodies.most, h.readers.most = bodiesOfOne, readsOfOne
	read := func(path string, f func(*http.Request) (any, error), methods ...string) {
		for _, m := range methods {
			r.Handle(m+" "+Prefix+"/api/v1/"+path, access.SeriesRead, answer(f))
		}
	}
	read("query", h.query, "GET", "POST")
	read("query_range", h.queryRange, "GET", "POST")
	read("series", h.series, "GET", "POST")
	read("labels", h.labels, "GET", "POST")
	read("label/{name}/values", h.labelValues, "GET")
	read("metadata", h.metadata, "GET")
	read("query_exemplars", h.exemplars, "GET", "POST")
	read("rules", h.rules, "GET")
	read("alerts", h.alerts, "GET")
	read("status/buildinfo", h.buildInfo, "GET")
	r.Handle("POST "+Prefix+"/api/v1/read", access.SeriesRead, failing(h.remoteRead))
	r.Handle("POST "+Prefix+"/api/v1/write", access.SeriesWrite, failing(h.remoteWrite))
	r.Handle("POST "+Prefix+"/api/v1/otlp/v1/metrics", access.SeriesWrite, failing(h.otlp))
	r.Handle("POST "+OTLPPath, access.SeriesWrite, failing(h.otlp))
}

// Owns reports whether a path is one of these operations: what goes wrong there is told as JSON.
func Owns(path string) bool { return strings.HasPrefix(path, Prefix+"/") || path == OTLPPath }

// reachOf is whose series a caller reaches: a token for some clients theirs, everybody else of the firm all of them.
func reachOf(r *http.Request) series.Reach {
	id := access.From(r.Context())
	switch {
	case id == nil || id.Person != 0:
		return series.Reach{}
	case len(id.Clients) > 0:
		return series.Only(id.Clients...)
	}
	return series.Everything()
}

// reading is reachOf for questions: the series of clients that became part of those belong to it.
func (h *Handlers) reading(r *http.Request) series.Reach {
	id := access.From(r.Context())
	if h.Also == nil || id == nil || id.Person != 0 || len(id.Clients) == 0 {
		return reachOf(r)
	}
	return series.Only(append(slices.Clone(id.Clients), h.Also(r.Context(), id.Clients)...)...)
}

func (h *Handlers) now() time.Time { return h.Clock.Now() }
