// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Credential is what may be seen of a credential without reading it.
type Credential struct {
	ID       string    `json:"id"`
	Version  int64     `json:"version"`
	Client   string    `json:"client,omitempty" doc:"Absent for the firm's own"`
	Name     string    `json:"name"`
	Username string    `json:"username,omitempty"`
	URL      string    `json:"url,omitempty"`
	Device   string    `json:"device,omitempty"`
	Site     string    `json:"site,omitempty"`
	HasTOTP  bool      `json:"hasTotp"`
	HasNotes bool      `json:"hasNotes"`
	Archived bool      `json:"archived"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
}

// CredentialInput is what a caller sends of a credential. A secret that is left out stays, one that is "" goes.
type CredentialInput struct {
	Client   string  `json:"client,omitempty" maxLength:"13"`
	Name     string  `json:"name" minLength:"1" maxLength:"200"`
	Username string  `json:"username,omitempty" maxLength:"200"`
	URL      string  `json:"url,omitempty" maxLength:"200"`
	Device   string  `json:"device,omitempty" maxLength:"200"`
	Site     string  `json:"site,omitempty" maxLength:"200"`
	Secret   *string `json:"secret,omitempty" doc:"Sealed"`
	TOTP     *string `json:"totp,omitempty" doc:"Sealed; base32 key or otpauth:// address"`
	Notes    *string `json:"notes,omitempty" doc:"Sealed"`
}

func wireCredential(c knowledge.Credential) Credential {
	return Credential{c.ID.String(), c.Version, idText(c.Client), c.Name, c.Username, c.URL, c.Device, c.Site, c.HasTOTP, c.HasNotes, c.Archived, c.Created, c.Updated}
}

func (in CredentialInput) draft() (d knowledge.CredentialDraft, err error) {
	d = knowledge.CredentialDraft{Name: in.Name, Username: in.Username, URL: in.URL, Device: in.Device, Site: in.Site, Secret: in.Secret, TOTP: in.TOTP, Notes: in.Notes}
	d.Client, err = optional(in.Client, "client")
	return d, err
}

type credentialsIn struct {
	PageIn
	Text     string `query:"q" maxLength:"200"`
	Client   string `query:"client" maxLength:"13"`
	Firm     bool   `query:"firm" doc:"Only the firm's own"`
	Archived bool   `query:"archived"`
}

type credentialsOut struct {
	Body struct {
		Credentials []Credential `json:"credentials"`
		Total       int          `json:"total"`
	}
}

type credentialOut struct {
	ETag string `header:"ETag"`
	Body Credential
}

type newCredentialIn struct{ Body CredentialInput }

type changeCredentialIn struct {
	VersionedIn
	Body CredentialInput
}

func (h *Handlers) listCredentials(ctx context.Context, in *credentialsIn) (*credentialsOut, error) {
	client, err := optional(in.Client, "client")
	if err != nil {
		return nil, err
	}
	list, total, err := h.Knowledge.Credentials(ctx, scope(ctx), knowledge.CredentialQuery{Text: in.Text, Client: client, House: in.Firm, Archived: in.Archived, Offset: in.Offset, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &credentialsOut{}
	out.Body.Credentials, out.Body.Total = make([]Credential, 0, len(list)), total
	for _, c := range list {
		out.Body.Credentials = append(out.Body.Credentials, wireCredential(c))
	}
	return out, nil
}

func (h *Handlers) oneCredential(ctx context.Context, id ids.ID) (*credentialOut, error) {
	c, err := h.Knowledge.Credential(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	return &credentialOut{ETag: api.ETag(c.Version), Body: wireCredential(c)}, nil
}

func (h *Handlers) getCredential(ctx context.Context, in *oneIn) (*credentialOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return h.oneCredential(ctx, id)
}

func (h *Handlers) createCredential(ctx context.Context, in *newCredentialIn) (*credentialOut, error) {
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	id, err := h.Knowledge.CreateCredential(ctx, scope(ctx), d)
	if err != nil {
		return nil, err
	}
	return h.oneCredential(ctx, id)
}

func (h *Handlers) updateCredential(ctx context.Context, in *changeCredentialIn) (*credentialOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	if err := h.Knowledge.UpdateCredential(ctx, scope(ctx), id, version, d); err != nil {
		return nil, err
	}
	return h.oneCredential(ctx, id)
}

func (h *Handlers) deleteCredential(ctx context.Context, in *oneIn) (*empty, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Knowledge.DeleteCredential(ctx, scope(ctx), id)
}

type revealIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		What string `json:"what" enum:"secret,code,notes" doc:"code is the authenticator's present code"`
	}
}

type revealOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Value   string `json:"value"`
		Seconds int    `json:"seconds,omitempty" doc:"For how long a code still holds"`
	}
}

// reveal is for tokens that were given this scope on purpose. A browser's session confirms on the page who it is.
func (h *Handlers) reveal(ctx context.Context, in *revealIn) (*revealOut, error) {
	if !access.From(ctx).ByToken {
		return nil, fault.NewDenied("Only an API token may do this here. Use the credential's page.")
	}
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	plain, left, err := h.Knowledge.Reveal(ctx, scope(ctx), id, in.Body.What)
	if err != nil {
		return nil, err
	}
	out := &revealOut{CacheControl: "no-store"}
	out.Body.Value, out.Body.Seconds = plain, int(left/time.Second)
	return out, nil
}

// Reading is one time that somebody read something of a credential.
type Reading struct {
	What    string    `json:"what" enum:"secret,code,notes,share"`
	Reader  string    `json:"reader"`
	Address string    `json:"address,omitempty"`
	At      time.Time `json:"at"`
}

type readingsOut struct {
	Body struct {
		Readings []Reading `json:"readings"`
	}
}

func (h *Handlers) readings(ctx context.Context, in *oneIn) (*readingsOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	list, err := h.Knowledge.Readings(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	out := &readingsOut{}
	out.Body.Readings = make([]Reading, 0, len(list))
	for _, x := range list {
		out.Body.Readings = append(out.Body.Readings, Reading{x.What, x.Reader, x.Address, x.At})
	}
	return out, nil
}
