// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Input is what a caller says of a device.
type Input struct {
	Name     string            `json:"name" minLength:"1" maxLength:"100"`
	Kind     string            `json:"kind" enum:"server,workstation,laptop,network,printer,phone,ups,other"`
	Site     string            `json:"site,omitempty" maxLength:"13" doc:"Id of a site of the client"`
	Person   string            `json:"person,omitempty" maxLength:"13" doc:"Id of a person of the client"`
	Behind   string            `json:"behind,omitempty" maxLength:"13" doc:"Id of the device through which it is reached"`
	Rhythm   string            `json:"rhythm,omitempty" enum:"always,free" doc:"Whether it may be off; absent: as usual for its kind"`
	Tags     []string          `json:"tags,omitempty" maxItems:"20"`
	Location string            `json:"location,omitempty" maxLength:"200"`
	AssetTag string            `json:"assetTag,omitempty" maxLength:"60"`
	Note     string            `json:"note,omitempty" maxLength:"10000"`
	Warranty string            `json:"warranty,omitempty" doc:"Last day, 2006-01-02"`
	Bought   string            `json:"bought,omitempty" doc:"Day, 2006-01-02"`
	Custom   map[string]string `json:"custom,omitempty" doc:"The firm's own fields, by their names"`
	Vendor   string            `json:"vendor,omitempty" maxLength:"100" doc:"This and what follows only for devices without an agent"`
	Model    string            `json:"model,omitempty" maxLength:"100"`
	Serial   string            `json:"serial,omitempty" maxLength:"100"`
	OS       string            `json:"os,omitempty" maxLength:"200"`
	Address  string            `json:"address,omitempty" maxLength:"60"`
}

func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return civil.NoDate, fault.NewInvalid("%q is not a day of the form 2006-01-02.", s).On(field)
	}
	return d, nil
}

// details reads an input.
func (h *Handlers) details(ctx context.Context, in *Input) (x devices.Details, err error) {
	x = devices.Details{
		Name: in.Name, Kind: devices.Kind(in.Kind), Rhythm: devices.Rhythm(in.Rhythm), Tags: in.Tags, Location: in.Location, AssetTag: in.AssetTag, Note: in.Note,
		Vendor: in.Vendor, Model: in.Model, Serial: in.Serial, OS: in.OS, Address: in.Address,
	}
	for _, f := range []struct {
		to       *ids.ID
		text, at string
	}{{&x.Site, in.Site, "site"}, {&x.Person, in.Person, "person"}, {&x.Parent, in.Behind, "behind"}} {
		if *f.to, err = idOf(f.text, f.at); err != nil {
			return x, err
		}
	}
	if x.Warranty, err = dayOf(in.Warranty, "warranty"); err != nil {
		return x, err
	}
	if x.Bought, err = dayOf(in.Bought, "bought"); err != nil {
		return x, err
	}
	if len(in.Custom) == 0 {
		return x, nil
	}
	fields, err := h.Devices.Fields(ctx)
	if err != nil {
		return x, err
	}
	byName := map[string]string{}
	for _, f := range fields {
		byName[f.Name] = f.ID.String()
	}
	x.Custom = map[string]string{}
	for name, v := range in.Custom {
		id := byName[name]
		if id == "" {
			return x, fault.NewInvalid("There is no field %q.", name).On("custom")
		}
		x.Custom[id] = v
	}
	return x, nil
}

type createIn struct {
	Body struct {
		Client string `json:"client" maxLength:"13" doc:"Id of the client"`
		Input
	}
}

func (h *Handlers) create(ctx context.Context, in *createIn) (*oneOut, error) {
	client, err := idOf(in.Body.Client, "client")
	if err != nil {
		return nil, err
	}
	x, err := h.details(ctx, &in.Body.Input)
	if err != nil {
		return nil, err
	}
	id, err := h.Devices.Make(ctx, scope(ctx), client, x)
	if err != nil {
		return nil, err
	}
	return h.get(ctx, &oneIn{id.String()})
}

type updateIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
	Body    Input
}

func (h *Handlers) update(ctx context.Context, in *updateIn) (*oneOut, error) {
	d, err := h.device(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	x, err := h.details(ctx, &in.Body)
	if err != nil {
		return nil, err
	}
	if err := h.Devices.Update(ctx, scope(ctx), d.ID, version, x); err != nil {
		return nil, err
	}
	return h.get(ctx, &oneIn{in.ID})
}

type retireIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		By string `json:"by,omitempty" maxLength:"13" doc:"Id of the device that takes its place"`
	}
}

func (h *Handlers) retire(ctx context.Context, in *retireIn) (*oneOut, error) {
	d, err := h.device(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	by, err := idOf(in.Body.By, "by")
	if err != nil {
		return nil, err
	}
	if err := h.Devices.Retire(ctx, scope(ctx), d.ID, by); err != nil {
		return nil, err
	}
	return h.get(ctx, &oneIn{in.ID})
}

func (h *Handlers) reactivate(ctx context.Context, in *oneIn) (*oneOut, error) {
	d, err := h.device(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.Devices.Reactivate(ctx, scope(ctx), d.ID); err != nil {
		return nil, err
	}
	return h.get(ctx, in)
}

func (h *Handlers) mountTokens(a *api.API) {
	api.Register(a, "GET", "/enrolment-tokens", access.DevicesWrite, "list-enrolment-tokens", "List the enrolment tokens of a client, without their secrets", h.tokens)
	api.Register(a, "POST", "/enrolment-tokens", access.DevicesWrite, "create-enrolment-token", "Make a token with which devices of a client enrol; its word is told this once", h.makeToken)
	api.Register(a, "POST", "/enrolment-tokens/{id}/revoke", access.DevicesWrite, "revoke-enrolment-token", "End a token; devices that used it stay", h.revokeToken)
}

// Token is an enrolment token without its secret.
type Token struct {
	ID      string     `json:"id"`
	Client  string     `json:"client"`
	Site    string     `json:"site,omitempty"`
	Kind    string     `json:"kind,omitempty"`
	Note    string     `json:"note,omitempty"`
	Most    int64      `json:"most,omitempty" doc:"How many devices may use it; absent: any number"`
	Used    int64      `json:"used"`
	Expires time.Time  `json:"expires"`
	Revoked *time.Time `json:"revoked,omitempty"`
	Usable  bool       `json:"usable"`
}

type tokensIn struct {
	Client string `query:"client" required:"true" maxLength:"13" doc:"Id of a client"`
}

type tokensOut struct {
	Body struct {
		Tokens []Token `json:"tokens"`
	}
}

func (h *Handlers) tokens(ctx context.Context, in *tokensIn) (*tokensOut, error) {
	client, err := idOf(in.Client, "client")
	if err != nil {
		return nil, err
	}
	list, err := h.Devices.Tokens(ctx, scope(ctx), client)
	if err != nil {
		return nil, err
	}
	out := &tokensOut{}
	out.Body.Tokens = make([]Token, len(list))
	for i := range list {
		t := &list[i]
		out.Body.Tokens[i] = Token{
			ID: t.ID.String(), Client: t.Client.String(), Site: idText(t.Site), Kind: string(t.Kind), Note: t.Note, Most: t.Most, Used: t.Used, Expires: clock.FromMicros(t.Expires),
			Revoked: when(t.Revoked), Usable: t.Usable(h.Devices.Now()),
		}
	}
	return out, nil
}

type makeTokenIn struct {
	Body struct {
		Client string `json:"client" maxLength:"13" doc:"Id of the client"`
		Site   string `json:"site,omitempty" maxLength:"13" doc:"Id of a site of the client"`
		Kind   string `json:"kind,omitempty" enum:"server,workstation,laptop" doc:"What devices become; absent: as the agent finds"`
		Note   string `json:"note,omitempty" maxLength:"200"`
		Most   int64  `json:"most,omitempty" minimum:"0" maximum:"100000" doc:"How many devices may use it; 0: any number"`
		Hours  int    `json:"hours" minimum:"1" maximum:"8784" doc:"How long it can be used"`
	}
}

type makeTokenOut struct {
	Body struct {
		Token string `json:"token" doc:"What a device enrols with: mainstay-agent enrol TOKEN"`
	}
}

func (h *Handlers) makeToken(ctx context.Context, in *makeTokenIn) (*makeTokenOut, error) {
	b := &in.Body
	client, err := idOf(b.Client, "client")
	if err != nil {
		return nil, err
	}
	site, err := idOf(b.Site, "site")
	if err != nil {
		return nil, err
	}
	out := &makeTokenOut{}
	out.Body.Token, err = h.Devices.MakeToken(ctx, scope(ctx), devices.NewToken{
		Client: client, Site: site, Kind: devices.Kind(b.Kind), Note: b.Note, Most: b.Most, For: time.Duration(b.Hours) * time.Hour,
	})
	return out, err
}

func (h *Handlers) revokeToken(ctx context.Context, in *oneIn) (*struct{}, error) {
	id, err := ids.Parse(in.ID)
	if err != nil {
		return nil, fault.NewNotFound("There is no such token.").Because(err)
	}
	return &struct{}{}, h.Devices.RevokeToken(ctx, scope(ctx), id)
}
