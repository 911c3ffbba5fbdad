// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

type enrolView struct {
	clients []clients.Client
	client  ids.ID
	full    *clients.Full
	tokens  []devices.Token
	form    devices.NewToken
	days    int64
	made    string // the new token's word
	server  string
	now     int64
	err     error
}

// enrol asks for whom, and lists the tokens that there are.
func (h *Handlers) enrol(w http.ResponseWriter, r *http.Request) error {
	v, err := h.enrolView(r, idOf(r.URL.Query().Get("client")))
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, h.enrolPage(v))
}

func (h *Handlers) enrolView(r *http.Request, client ids.ID) (*enrolView, error) {
	ctx := r.Context()
	v := &enrolView{client: client, days: 7, server: h.Server, now: h.Devices.Now()}
	var err error
	if v.clients, err = h.Clients.Choices(ctx, scope(r), clients.Active); err != nil {
		return nil, err
	}
	if client == 0 {
		return v, nil
	}
	f, err := h.Clients.Get(ctx, scope(r), client)
	if err != nil {
		return nil, err
	}
	v.full = &f
	v.tokens, err = h.Devices.Tokens(ctx, scope(r), client)
	return v, err
}

// makeToken makes a token and shows, once, what to run on the devices.
func (h *Handlers) makeToken(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	client := idOf(r.FormValue("client"))
	n := devices.NewToken{Client: client, Site: idOf(r.FormValue("site")), Kind: devices.Kind(r.FormValue("kind")), Note: r.FormValue("note")}
	days, _ := strconv.ParseInt(r.FormValue("days"), 10, 32)
	n.For = time.Duration(days) * 24 * time.Hour
	var err error
	if client == 0 {
		err = fault.NewInvalid("Choose the client whose devices they are.").On("client")
	}
	if most := r.FormValue("most"); err == nil && most != "" {
		if n.Most, err = strconv.ParseInt(most, 10, 32); err != nil {
			err = fault.NewInvalid("Enter how many devices may use it, or leave it empty.").On("most").Because(err)
		}
	}
	word := ""
	if err == nil {
		word, err = h.Devices.MakeToken(ctx, scope(r), n)
	}
	if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return err
	}
	v, shown := h.enrolView(r, client)
	if shown != nil {
		return shown
	}
	v.made, v.err, v.form, v.days = word, err, n, days
	status := http.StatusOK
	if err != nil {
		status = http.StatusUnprocessableEntity
	}
	w.Header().Set("Cache-Control", "no-store")
	return page.Render(w, r, status, h.enrolPage(v))
}

func (h *Handlers) revokeToken(w http.ResponseWriter, r *http.Request) error {
	id := idOf(r.PathValue("token"))
	if err := h.Devices.RevokeToken(r.Context(), scope(r), id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/devices/enrol?client="+r.FormValue("client"))
}

// enrolThis enrols the machine that the server runs on.
func (h *Handlers) enrolThis(w http.ResponseWriter, r *http.Request) error {
	if h.Self == nil {
		return fault.NewConflict("This server cannot enrol its own machine.")
	}
	ctx := r.Context()
	if err := h.Self(ctx, idOf(r.FormValue("client"))); err != nil {
		return err
	}
	if id, ok := h.SelfID(ctx); ok {
		return page.Redirect(w, r, url(id))
	}
	return page.Redirect(w, r, "/devices")
}

// commands are what to run on a device, by system.
type command struct{ label, text string }

func (v *enrolView) commands(ctx context.Context) []command {
	return []command{
		{locale.T(ctx, "Linux and macOS, in a terminal as administrator"), "curl -fsSL " + v.server + "/agents/install.sh | sudo sh -s -- " + v.made},
		{locale.T(ctx, "Windows, in PowerShell as administrator"), "& ([scriptblock]::Create((irm " + v.server + "/agents/install.ps1))) " + v.made},
		{locale.T(ctx, "Where the agent is installed already"), "mainstay-agent enrol " + v.made},
	}
}

func (v *enrolView) clientOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Choose a client")}}
	for _, c := range v.clients {
		out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
	}
	return out
}

func (v *enrolView) siteOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "No site")}}
	for _, s := range v.full.Sites {
		out = append(out, page.Option{Value: s.ID.String(), Label: s.Name, Data: true})
	}
	return out
}

func numberOrNone(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func tokenName(t devices.Token) string {
	if t.Note != "" {
		return t.Note
	}
	return t.ID.String()
}

func tokenUses(ctx context.Context, t devices.Token) string {
	p := locale.From(ctx)
	if t.Most == 0 {
		return p.Number(t.Used)
	}
	return locale.T(ctx, "%s of %s", p.Number(t.Used), p.Number(t.Most))
}
