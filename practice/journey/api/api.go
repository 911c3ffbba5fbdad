// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of the journey: the assessment, the clients, the questions and
// their answers, the settings, and the rows behind a number.
package api

import (
	"context"
	"encoding/json"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/practice/journey"
	"mainstay/practice/journey/recurring"
)

// Handlers serve the operations.
type Handlers struct{ Journey *journey.Service }

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/journey", access.JourneyRead, "get-assessment", "Get the newest assessment of the firm", h.assessment)
	api.Register(a, "GET", "/journey/clients", access.JourneyRead, "list-assessed-clients", "List where each client stands, by revenue", h.clients)
	api.Register(a, "GET", "/journey/questions", access.JourneyRead, "list-questions", "List the line texts that cannot be told apart, by value", h.questions)
	api.Register(a, "POST", "/journey/answers", access.JourneyAnswer, "answer-question", "Say what a line text is", h.answer)
	api.Register(a, "POST", "/journey/measure", access.JourneyAnswer, "measure-journey", "Ask for a new assessment, which is made in the background", h.measure)
	api.Register(a, "GET", "/journey/settings", access.JourneyRead, "get-journey-settings", "Get thresholds and prices", h.settings)
	api.Register(a, "PUT", "/journey/settings", access.JourneyAnswer, "update-journey-settings", "Change thresholds and prices", h.save)
	api.Register(a, "GET", "/journey/evidence", access.JourneyRead, "list-evidence", "List the rows behind a number", h.evidence)
}

type nothing struct{}

type assessmentOut struct {
	Body struct {
		ID         string    `json:"id"`
		Made       time.Time `json:"made"`
		Stale      bool      `json:"stale" doc:"Something changed since; a new assessment is on its way"`
		Assessment any       `json:"assessment" doc:"Codes and numbers; clients, questions and evidence have operations of their own"`
	}
}

// firm is an assessment without its long lists.
type firm struct {
	*journey.Assessment
	Clients   int `json:"clients"`
	Questions int `json:"questions"`
	Talks     any `json:"talks"`
}

func (h *Handlers) latest(ctx context.Context) (journey.Latest, error) {
	l, err := h.Journey.Latest(ctx)
	if err == nil && l.Assessment == nil {
		err = fault.NewNotFound("Nothing was measured yet: import your books first.")
	}
	return l, err
}

func (h *Handlers) assessment(ctx context.Context, _ *nothing) (*assessmentOut, error) {
	l, err := h.latest(ctx)
	if err != nil {
		return nil, err
	}
	type talk struct {
		Client  string  `json:"client"`
		Score   float64 `json:"score"`
		Reasons any     `json:"reasons"`
	}
	talks := make([]talk, 0, len(l.Assessment.Talks))
	for _, t := range l.Assessment.Talks {
		talks = append(talks, talk{l.Assessment.Clients[t.Client].Name, t.Score, t.Reasons})
	}
	out := &assessmentOut{}
	out.Body.ID, out.Body.Made, out.Body.Stale = l.ID.String(), l.Made, l.Stale
	out.Body.Assessment = firm{l.Assessment, len(l.Assessment.Clients), len(l.Assessment.Questions), talks}
	return out, nil
}

type pageIn struct {
	After int `query:"after" minimum:"0" maximum:"1000000" doc:"Cursor: the value of next of the page before"`
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

// bounds cuts a page out of a list; next is 0 on the last.
func (in pageIn) bounds(n int) (from, to, next int) {
	from = min(in.After, n)
	to = min(n, from+in.Limit)
	if to < n {
		next = to
	}
	return from, to, next
}

type clientsOut struct {
	Body struct {
		Clients any `json:"clients"`
		Total   int `json:"total"`
		Next    int `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

func (h *Handlers) clients(ctx context.Context, in *pageIn) (*clientsOut, error) {
	l, err := h.latest(ctx)
	if err != nil {
		return nil, err
	}
	out := &clientsOut{}
	from, to, next := in.bounds(len(l.Assessment.Clients))
	out.Body.Clients, out.Body.Total, out.Body.Next = l.Assessment.Clients[from:to], len(l.Assessment.Clients), next
	return out, nil
}

// Question is a line text on the wire.
type Question struct {
	Key     string  `json:"key" doc:"For the answer"`
	Text    string  `json:"text"`
	Minor   int64   `json:"minor" doc:"Value in the window, minor units"`
	Clients int     `json:"clients"`
	Lines   int     `json:"lines"`
	Reason  string  `json:"reason" doc:"Why it cannot be told apart"`
	Share   float64 `json:"share" doc:"Of the undecided value"`
	Running float64 `json:"running" doc:"Settled by this and all questions before it"`
}

type questionsOut struct {
	Body struct {
		Currency  string     `json:"currency"`
		Questions []Question `json:"questions"`
		Total     int        `json:"total"`
		Next      int        `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

func (h *Handlers) questions(ctx context.Context, in *pageIn) (*questionsOut, error) {
	l, err := h.latest(ctx)
	if err != nil {
		return nil, err
	}
	out := &questionsOut{}
	from, to, next := in.bounds(len(l.Assessment.Questions))
	out.Body.Currency, out.Body.Total, out.Body.Next, out.Body.Questions = string(l.Assessment.Currency), len(l.Assessment.Questions), next, make([]Question, 0, to-from)
	for _, q := range l.Assessment.Questions[from:to] {
		out.Body.Questions = append(out.Body.Questions, Question{q.Key, q.Text, q.Minor, q.Clients, q.Lines, q.Reason.String(), q.Share, q.Running})
	}
	return out, nil
}

type answerIn struct {
	Body struct {
		Key   string `json:"key" minLength:"1" maxLength:"4000" doc:"Key of the question"`
		Text  string `json:"text,omitempty" maxLength:"4000" doc:"The line text, to be shown in the list of answers"`
		Class string `json:"class" enum:"recurring,project,labour,prepaid,resale"`
	}
}

func (h *Handlers) answer(ctx context.Context, in *answerIn) (*struct{}, error) {
	var c recurring.Class
	if err := c.UnmarshalText([]byte(in.Body.Class)); err != nil {
		return nil, fault.NewInvalid("Say what the line is: recurring, a project, time and materials, prepaid hours or resale.").On("class")
	}
	return nil, h.Journey.Answer(ctx, in.Body.Key, in.Body.Text, c)
}

func (h *Handlers) measure(ctx context.Context, _ *nothing) (*struct{}, error) {
	return nil, h.Journey.Measure(ctx)
}

type settingsOut struct {
	ETag string `header:"ETag"`
	Body any
}

func (h *Handlers) settings(ctx context.Context, _ *nothing) (*settingsOut, error) {
	set, _, version, err := h.Journey.Settings(ctx)
	if err != nil {
		return nil, err
	}
	set.Today = civil.NoDate
	return &settingsOut{ETag: api.ETag(version), Body: set}, nil
}

type saveIn struct {
	IfMatch string          `header:"If-Match" doc:"ETag of the version read"`
	Body    json.RawMessage `contentType:"application/json" doc:"The settings as they were read, with your changes"`
}

func (h *Handlers) save(ctx context.Context, in *saveIn) (*settingsOut, error) {
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	set, seed, _, err := h.Journey.Settings(ctx)
	if err != nil {
		return nil, err
	}
	set.Thresholds.Scales, set.Pricing.Tiers = nil, nil // lists are replaced, not merged
	if err := json.Unmarshal(in.Body, &set); err != nil {
		return nil, fault.NewInvalid("The settings cannot be read: send them as they were got, with your changes.").Because(err)
	}
	if err := h.Journey.Save(ctx, version, set, seed); err != nil {
		return nil, err
	}
	return h.settings(ctx, nil)
}

type evidenceIn struct {
	Of     string `query:"of" required:"true" maxLength:"40" doc:"Code of an indicator, such as revenue.recurring"`
	Client string `query:"client" maxLength:"300" doc:"Name of a client; without it the rows of the whole firm, which takes longer"`
	After  int    `query:"after" minimum:"0" maximum:"100000000" doc:"Cursor: the value of next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type evidenceOut struct {
	Body struct {
		Rows  any `json:"rows"`
		Total int `json:"total"`
		Next  int `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

func (h *Handlers) evidence(ctx context.Context, in *evidenceIn) (*evidenceOut, error) {
	l, err := h.latest(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range l.Assessment.Evidence {
		if e.Of != in.Of {
			continue
		}
		sel := e.Hits
		sel.Client = in.Client
		rows, err := h.Journey.Rows(ctx, sel)
		if err != nil {
			return nil, err
		}
		out := &evidenceOut{}
		from, to, next := pageIn{in.After, in.Limit}.bounds(len(rows))
		out.Body.Rows, out.Body.Total, out.Body.Next = rows[from:to], len(rows), next
		return out, nil
	}
	return nil, fault.NewNotFound("There are no rows behind this number: it is not measured.")
}
