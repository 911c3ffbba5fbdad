// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the journey: where the firm stands, one sign, the rows behind a
// number, one client, the questions, the thresholds, and the transition. The same parts make
// the assessment as one HTML file ([WriteHTML]) and as PDF ([WritePDF]).
package web

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/journey"
)

// Directory leads from the names of clients, as the books have them, to the clients and back.
// The application hands it in, because the model knows names only.
type Directory struct {
	// IDs returns the clients known under the names; names that nobody has are left out.
	IDs func(ctx context.Context, names []string) (map[string]ids.ID, error)
	// Name returns a client's name, or a NotFound fault.
	Name func(ctx context.Context, id ids.ID) (string, error)
}

// Handlers serve the pages of the journey and the transition.
type Handlers struct {
	Journey *journey.Service
	Clients Directory
	Bus     *bus.Bus
	Clock   clock.Clock
	// Filled says whether any books were imported: then a first assessment is on its way. May be nil.
	Filled func(context.Context) (bool, error)
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /journey", access.JourneyRead, h.firm)
	on("POST /journey/measure", access.JourneyAnswer, h.measure)
	on("GET /journey/events", access.JourneyRead, h.events)
	on("GET /journey/report.html", access.Export, h.reportHTML)
	on("GET /journey/report.pdf", access.Export, h.reportPDF)
	on("GET /journey/signs/{sign}", access.JourneyRead, h.sign)
	on("GET /journey/evidence", access.JourneyRead, h.evidence)
	on("GET /journey/evidence.csv", access.Export, h.evidenceCSV)
	on("GET /journey/clients", access.JourneyRead, h.clients)
	on("GET /journey/clients/{client}", access.JourneyRead, h.client)
	on("GET /journey/questions", access.JourneyRead, h.questions)
	on("POST /journey/questions", access.JourneyAnswer, h.answer)
	on("GET /journey/thresholds", access.JourneyRead, h.thresholds)
	on("POST /journey/thresholds", access.JourneyAnswer, h.saveRules)
	on("GET /journey/thresholds/{indicator}", access.JourneyRead, h.threshold)
	on("POST /journey/thresholds/{indicator}", access.JourneyAnswer, h.saveThreshold)
	on("GET /transition", access.JourneyRead, h.transition)
	on("GET /transition/portfolio", access.JourneyRead, h.portfolio)
	on("POST /transition/portfolio", access.JourneyAnswer, h.savePortfolio)
	on("GET /transition/clients/{client}", access.JourneyRead, h.replay)
	on("GET /transition/clients/{client}/proposal", access.JourneyRead, h.proposal)
}

// show is what the parts of a page share: the assessment, the reader, and where links lead.
type show struct {
	a      *journey.Assessment
	p      locale.Printer
	latest journey.Latest
	ids    map[string]ids.ID
	file   bool // the part stands in a file of its own: nothing to click
}

// load returns the newest assessment; a is nil where nothing was measured yet.
func (h *Handlers) load(r *http.Request) (*show, error) {
	l, err := h.Journey.Latest(r.Context())
	if err != nil {
		return nil, err
	}
	return &show{a: l.Assessment, p: locale.From(r.Context()), latest: l}, nil
}

// measured is load for pages that make no sense before the first assessment.
func (h *Handlers) measured(r *http.Request) (*show, error) {
	s, err := h.load(r)
	if err == nil && s.a == nil {
		err = fault.NewNotFound("Nothing was measured yet: import your books first.")
	}
	return s, err
}

// know looks up the clients whose names a page shows.
func (h *Handlers) know(ctx context.Context, s *show, clients []*journey.Client) error {
	if h.Clients.IDs == nil {
		return nil
	}
	names := make([]string, 0, len(clients))
	for _, c := range clients {
		if c.Name != "" {
			names = append(names, c.Name)
		}
	}
	var err error
	s.ids, err = h.Clients.IDs(ctx, names)
	return err
}

// one finds the client of a path in the newest assessment. The client is nil where the books know
// nothing of it.
func (h *Handlers) one(r *http.Request, s *show) (ids.ID, string, *journey.Client, error) {
	id, err := ids.Parse(r.PathValue("client"))
	if err != nil {
		return 0, "", nil, fault.NewNotFound("There is no such client.").Because(err)
	}
	name, err := h.Clients.Name(r.Context(), id)
	if err != nil {
		return 0, "", nil, err
	}
	c := s.named(name)
	s.ids = map[string]ids.ID{name: id}
	return id, name, c, nil
}

func (s *show) named(name string) *journey.Client {
	if s.a == nil || name == "" {
		return nil
	}
	for i := range s.a.Clients {
		if s.a.Clients[i].Name == name {
			return &s.a.Clients[i]
		}
	}
	return nil
}

// link returns where a client's page is, "" where it has none.
func (s *show) link(under, name string) string {
	if id, ok := s.ids[name]; ok && !s.file {
		return under + "/clients/" + id.String()
	}
	return ""
}

// to returns a page's address, "" in a file.
func (s *show) to(path string) string {
	if s.file {
		return ""
	}
	return path
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

// Panel shows on a client's page where the client stands and what an agreement would have meant. It
// fits mainstay/practice/clients/web.Panel.
func (h *Handlers) Panel(ctx context.Context, client ids.ID) (templ.Component, error) {
	if !may(ctx, access.JourneyRead) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	l, err := h.Journey.Latest(ctx)
	if err != nil || l.Assessment == nil {
		return nil, err
	}
	name, err := h.Clients.Name(ctx, client)
	if err != nil {
		return nil, err
	}
	s := &show{a: l.Assessment, p: locale.From(ctx), latest: l, ids: map[string]ids.ID{name: client}}
	c := s.named(name)
	if c == nil {
		return nil, nil //nolint:nilnil // the books know nothing of this client
	}
	return clientPanel(s, c), nil
}
