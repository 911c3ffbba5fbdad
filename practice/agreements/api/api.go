// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of agreements: list, read as they stand on a day, draft, activate, amend, count, end.
package api

import (
	"context"
	"slices"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/agreements"
)

// Handlers serve the operations.
type Handlers struct {
	Agreements *agreements.Service
	// Keep draws the document that is signed, puts it into the file store and returns its digest; nil = none is kept.
	Keep func(ctx context.Context, a *agreements.Agreement, s agreements.Sign) (string, error)
	// Levels are the service levels that can be promised; nil = any.
	Levels func(context.Context) ([]ids.ID, error)
}

// promises refuses a service level that there is not.
func (h *Handlers) promises(ctx context.Context, level ids.ID) error {
	if level == 0 || h.Levels == nil {
		return nil
	}
	list, err := h.Levels(ctx)
	if err == nil && !slices.Contains(list, level) {
		err = fault.NewInvalid("There is no such service level.").On("level")
	}
	return err
}

// Mount registers them with their permissions.
func (h *Handlers) Mount(a *api.API) {
	read, write := access.AgreementsRead, access.AgreementsWrite
	api.Register(a, "GET", "/agreements", read, "list-agreements", "List agreements with what they come to in a month", h.list)
	api.Register(a, "POST", "/agreements", write, "create-agreement", "Make a draft of an agreement", h.create)
	api.Register(a, "GET", "/agreements/{id}", read, "get-agreement", "Get an agreement as it stands on a day", h.get)
	api.Register(a, "PUT", "/agreements/{id}", write, "update-agreement", "Replace the draft of an agreement", h.update)
	api.Register(a, "DELETE", "/agreements/{id}", write, "discard-agreement", "Discard the draft of an agreement", h.discard)
	api.Register(a, "POST", "/agreements/{id}/activate", write, "activate-agreement", "Make a draft binding: from its first day it is billed", h.activate)
	api.Register(a, "POST", "/agreements/{id}/cancel", write, "cancel-agreement", "Take back an agreement of which nothing was billed", h.cancel)
	api.Register(a, "POST", "/agreements/{id}/end", write, "end-agreement", "Set or take back the last day of an agreement", h.end)
	api.Register(a, "GET", "/agreements/{id}/amendments", read, "list-amendments", "List what was changed in an agreement, the latest first", h.amendments)
	api.Register(a, "POST", "/agreements/{id}/amendments", write, "amend-agreement", "Change an active agreement from a day on", h.amend)
	api.Register(a, "POST", "/agreement-lines/{id}/counts", write, "add-agreement-count", "Add a quantity on a day to a counted line", h.count)
	api.Register(a, "GET", "/agreement-lines/{id}/members", read, "list-agreement-members", "List what a counted line covers and covered", h.members)
}

type empty struct{}

type agreementIn struct {
	ID  string `path:"id" maxLength:"13"`
	Day string `query:"day" doc:"The day that it is shown as of, 2006-01-02; left out: today, within its life"`
}

type agreementLineIn struct {
	ID string `path:"id" maxLength:"13"`
}

// VersionedAgreementIn is the address of a change and the version that the caller has seen.
type VersionedAgreementIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
}

func (in VersionedAgreementIn) at() (ids.ID, int64, error) {
	id, err := known(in.ID)
	if err != nil {
		return 0, 0, err
	}
	v, err := api.Version(in.IfMatch)
	return id, v, err
}

func known(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is nothing of this id.").Because(err)
	}
	return id, nil
}

func optional(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not an id.", s).On(field).Because(err)
	}
	return id, nil
}

func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day of the form 2006-01-02.", s).On(field)
	}
	return d, nil
}

func dayText(d civil.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

type agreementOut struct {
	ETag string `header:"ETag"`
	Body Agreement
}

// out reads an agreement again, in scope, as it stands on a day.
func (h *Handlers) out(ctx context.Context, id ids.ID, day civil.Date) (*agreementOut, error) {
	a, err := h.Agreements.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if s := access.From(ctx).Scope(); !s.All() && s.Client() != a.Client {
		return nil, fault.NewNotFound("There is no such agreement.")
	}
	if !day.Known() {
		day = a.Reference(h.Agreements.Today(a.Zone))
	}
	return &agreementOut{ETag: api.ETag(a.Version), Body: wire(a, day, h.Agreements.Today(a.Zone))}, nil
}

func (h *Handlers) get(ctx context.Context, in *agreementIn) (*agreementOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	day, err := dayOf(in.Day, "day")
	if err != nil {
		return nil, err
	}
	return h.out(ctx, id, day)
}

type agreementsIn struct {
	Text   string `query:"q" maxLength:"200" doc:"In name, number or the client's name"`
	Client string `query:"client" maxLength:"13"`
	Stage  string `query:"stage" enum:"draft,coming,active,ended,cancelled"`
	After  string `query:"after" maxLength:"13" doc:"Cursor: the value of next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type agreementsOut struct {
	Body struct {
		Items []AgreementRow `json:"items"`
		Next  string         `json:"next,omitempty"`
	}
}

// AgreementRow is an agreement in a list.
type AgreementRow struct {
	ID       string `json:"id"`
	Number   string `json:"number"`
	Name     string `json:"name"`
	Client   string `json:"client"`
	Stage    string `json:"stage" enum:"draft,coming,active,ended,cancelled"`
	Starts   string `json:"starts"`
	Ends     string `json:"ends,omitempty"`
	Currency string `json:"currency"`
	Monthly  int64  `json:"monthly" doc:"What recurring lines come to in a month, in minor units"`
	Version  int64  `json:"version"`
}

func (h *Handlers) list(ctx context.Context, in *agreementsIn) (*agreementsOut, error) {
	q := agreements.Query{Text: in.Text, Stage: agreements.Stage(in.Stage), Limit: in.Limit}
	var err error
	if q.Client, err = optional(in.Client, "client"); err != nil {
		return nil, err
	}
	if q.After, err = optional(in.After, "after"); err != nil {
		return nil, err
	}
	p, err := h.Agreements.List(ctx, access.From(ctx).Scope(), q)
	if err != nil {
		return nil, err
	}
	out := &agreementsOut{}
	out.Body.Items, out.Body.Next = []AgreementRow{}, idText(p.Next)
	for _, r := range p.Rows {
		out.Body.Items = append(out.Body.Items, AgreementRow{r.ID.String(), r.Number, r.Name, r.Client.String(), string(r.Stage(h.Agreements.Today(r.Zone))), r.Starts.String(), dayText(r.Ends), string(r.Currency), r.Monthly, r.Version})
	}
	return out, nil
}

type newAgreementIn struct{ Body Agreement }

func (h *Handlers) create(ctx context.Context, in *newAgreementIn) (*agreementOut, error) {
	d, err := in.Body.draft()
	if err == nil {
		err = h.promises(ctx, d.Level)
	}
	if err != nil {
		return nil, err
	}
	id, err := h.Agreements.Create(ctx, d)
	if err != nil {
		return nil, err
	}
	return h.out(ctx, id, civil.NoDate)
}

type changeAgreementIn struct {
	VersionedAgreementIn
	Body Agreement
}

func (h *Handlers) update(ctx context.Context, in *changeAgreementIn) (*agreementOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	old, err := h.Agreements.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err == nil && d.Level != old.Level {
		err = h.promises(ctx, d.Level)
	}
	d.Plan, d.Quote, d.Origin = old.Plan, old.Quote, old.Origin // what is not on the wire stays
	if err == nil {
		err = h.Agreements.SaveDraft(ctx, id, version, d)
	}
	if err != nil {
		return nil, err
	}
	return h.out(ctx, id, civil.NoDate)
}

func (h *Handlers) discard(ctx context.Context, in *VersionedAgreementIn) (*empty, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	return nil, h.Agreements.Discard(ctx, id, version)
}

type activateAgreementIn struct {
	VersionedAgreementIn
	Body struct {
		SignedBy string `json:"signedBy,omitempty" maxLength:"200"`
		Reason   string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (h *Handlers) activate(ctx context.Context, in *activateAgreementIn) (*agreementOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	sign := agreements.Sign{By: in.Body.SignedBy, Reason: in.Body.Reason}
	if h.Keep != nil {
		a, err := h.Agreements.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if sign.Document, err = h.Keep(ctx, a, sign); err != nil {
			return nil, err
		}
	}
	if err := h.Agreements.Activate(ctx, id, version, sign); err != nil {
		return nil, err
	}
	return h.out(ctx, id, civil.NoDate)
}

type agreementReasonIn struct {
	VersionedAgreementIn
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (h *Handlers) cancel(ctx context.Context, in *agreementReasonIn) (*agreementOut, error) {
	id, version, err := in.at()
	if err == nil {
		err = h.Agreements.Cancel(ctx, id, version, in.Body.Reason)
	}
	if err != nil {
		return nil, err
	}
	return h.out(ctx, id, civil.NoDate)
}

type endAgreementIn struct {
	VersionedAgreementIn
	Body struct {
		Last   string `json:"last,omitempty" doc:"The last day, which is still billed; left out: it goes on"`
		Reason string `json:"reason,omitempty" maxLength:"2000"`
	}
}

func (h *Handlers) end(ctx context.Context, in *endAgreementIn) (*agreementOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	last, err := dayOf(in.Body.Last, "last")
	if err == nil {
		err = h.Agreements.End(ctx, id, version, last, in.Body.Reason)
	}
	if err != nil {
		return nil, err
	}
	return h.out(ctx, id, civil.NoDate)
}
