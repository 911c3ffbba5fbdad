// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

type formView struct {
	w       network.Watched
	secrets map[string]bool // kept, and not shown
	full    *clients.Full
	clients []clients.Client
	devices []*devices.Device
	found   *wire.Observation // of a trial
	err     error
	now     int64
}

func secondsText(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// form shows the form of a service: of a new one for a client, or of one that there is.
func (h *Handlers) form(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	v := &formView{w: network.Watched{
		Client: idOf(q.Get("client")), Kind: q.Get("kind"), Target: q.Get("target"), Prober: idOf(q.Get("prober")), Device: idOf(q.Get("device")), Every: time.Minute, Timeout: 10 * time.Second,
		Params: map[string]string{"confirm": "yes"},
	}}
	if !slices.Contains(network.ServiceKinds(), v.w.Kind) {
		v.w.Kind = "http"
	}
	if q.Get("id") != "" {
		x, err := h.Network.Get(ctx, scope(r), idOf(q.Get("id")))
		if err != nil {
			return err
		}
		v.w = *x
	}
	return h.renderForm(w, r, v, http.StatusOK)
}

func (h *Handlers) renderForm(w http.ResponseWriter, r *http.Request, v *formView, code int) error {
	ctx := r.Context()
	v.now = h.Devices.Now()
	if v.w.Client == 0 {
		var err error
		if v.clients, err = h.Clients.Choices(ctx, scope(r), ""); err != nil {
			return err
		}
		return page.Render(w, r, code, choosePage(v))
	}
	full, err := h.Clients.Get(ctx, scope(r), v.w.Client)
	if err != nil {
		return err
	}
	v.full = &full
	if v.devices, err = h.Devices.Find(ctx, scope(r), v.w.Client, devices.Query{}); err != nil {
		return err
	}
	v.secrets = map[string]bool{}
	if v.w.ID != 0 {
		x, err := h.Network.Get(ctx, scope(r), v.w.ID)
		if err != nil {
			return err
		}
		for name := range x.Secret {
			v.secrets[name] = true
		}
	}
	return page.Render(w, r, code, editPage(v))
}

// save saves what the form says, or tries it first.
func (h *Handlers) save(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	v := &formView{w: read(r)}
	if v.err = h.keepSecrets(r, &v.w); v.err != nil {
		if !fault.Is(v.err, fault.Invalid) {
			return v.err
		}
		return h.renderForm(w, r, v, http.StatusUnprocessableEntity)
	}
	if r.PostForm.Get("do") == "try" {
		o, err := h.Network.Try(ctx, scope(r), v.w)
		if err == nil {
			v.found = &o
			return h.renderForm(w, r, v, http.StatusOK)
		}
		v.err = err
	} else {
		id, err := h.Network.Save(ctx, scope(r), v.w)
		if err == nil {
			return page.Redirect(w, r, url(id))
		}
		v.err = err
	}
	var f *fault.Error
	if !errors.As(v.err, &f) || f.Kind != fault.Invalid && f.Kind != fault.Conflict && f.Kind != fault.Busy {
		return v.err
	}
	return h.renderForm(w, r, v, http.StatusUnprocessableEntity)
}

// keepSecrets takes over what was kept and is not entered anew; "forget" takes it away. Another server gets nothing of it, neither when the
// service is saved nor when it is tried.
func (h *Handlers) keepSecrets(r *http.Request, w *network.Watched) error {
	w.Secret = map[string]string{}
	var was map[string]string
	same := true
	if w.ID != 0 {
		x, err := h.Network.Get(r.Context(), scope(r), w.ID)
		if err != nil {
			return err
		}
		was, same = x.Secret, network.SameServer(x.Target, w.Target)
		if w.Client == 0 {
			w.Client = x.Client
		}
	}
	for _, p := range network.Params(w.Kind) {
		if !p.Secret {
			continue
		}
		switch v := r.PostForm.Get("p-" + p.Name); {
		case v != "":
			w.Secret[p.Name] = v
		case was[p.Name] != "" && r.PostForm.Get("forget-"+p.Name) == "":
			if !same {
				return network.ForAnother(p.Name)
			}
			w.Secret[p.Name] = was[p.Name]
		}
	}
	return nil
}

func read(r *http.Request) network.Watched {
	f := r.PostForm.Get
	w := network.Watched{
		ID: idOf(f("id")), Client: idOf(f("client")), Site: idOf(f("site")), Device: idOf(f("device")), Prober: idOf(f("prober")), Kind: f("kind"), Name: f("name"), Target: f("target"),
		Params: map[string]string{}, Every: secondsOf(f("every")), Timeout: secondsOf(f("timeout")), Paused: f("paused") != "",
	}
	w.Version, _ = strconv.ParseInt(f("version"), 10, 64) // a wrong one is a conflict
	for _, p := range network.Params(w.Kind) {
		if v := f("p-" + p.Name); v != "" && !p.Secret {
			w.Params[p.Name] = v
		}
	}
	if f("confirm") != "" {
		w.Params["confirm"] = "yes"
	}
	return w
}

func secondsOf(s string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 1_000_000 {
		return time.Nanosecond // no length that is allowed
	}
	return time.Duration(n) * time.Second
}

func (v *formView) siteOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "No particular one")}}
	for _, s := range v.full.Sites {
		out = append(out, page.Option{Value: s.ID.String(), Label: s.Name, Data: true})
	}
	return out
}

func (v *formView) deviceOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Not said")}}
	for _, d := range v.devices {
		if d.Active() || d.ID == v.w.Device {
			out = append(out, page.Option{Value: d.ID.String(), Label: d.Name, Data: true})
		}
	}
	return out
}

// proberOptions are who can look: the server, and devices of the client that have an agent.
func (v *formView) proberOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "The server, from the internet")}}
	for _, d := range v.devices {
		if d.Agent == "" || !d.Active() && d.ID != v.w.Prober {
			continue
		}
		label := d.Name
		if !d.Online(v.now) {
			label += " – " + locale.T(ctx, "not connected")
		}
		out = append(out, page.Option{Value: d.ID.String(), Label: label, Data: true})
	}
	return out
}

func clientOptions(ctx context.Context, list []clients.Client, about ids.ID) []page.Option {
	return append([]page.Option{{Label: locale.T(ctx, "Choose a client")}}, choices(list, about)...)
}

// field is the field of a param.
func (v *formView) field(ctx context.Context, p network.Param) page.Field {
	label, hint := paramLabel(ctx, v.w.Kind, p)
	f := page.Field{
		Name: "p-" + p.Name, Label: label, Hint: hint, Value: v.w.Params[p.Name], Optional: true, Error: page.ErrorOn(ctx, v.err, p.Name),
		Attrs: map[string]any{"translate": "no", "spellcheck": "false"},
	}
	switch {
	case p.Secret:
		f.Type, f.Value, f.Autocomplete = "password", "", "new-password"
		if v.secrets[p.Name] {
			f.Hint = locale.T(ctx, "One is kept and not shown. Leave this empty to keep it.")
		}
	case p.Long:
		f.Type = "textarea"
		f.Attrs["rows"] = "3"
	case len(p.Choices) > 0:
		f.Type, f.Optional = "select", false
		for _, c := range p.Choices {
			text, data := choiceName(ctx, c)
			f.Options = append(f.Options, page.Option{Value: c, Label: text, Data: data})
		}
	case p.Number:
		f.Attrs["inputmode"] = "decimal"
	}
	return f
}

// moreOpen reports whether one of the seldom needed fields has something, or is wrong.
func (v *formView) moreOpen(ctx context.Context) bool {
	for _, p := range network.Params(v.w.Kind) {
		if p.More && (v.w.Params[p.Name] != "" || v.secrets[p.Name] || page.ErrorOn(ctx, v.err, p.Name) != "") {
			return true
		}
	}
	return false
}

func (v *formView) tabs(ctx context.Context) (out []page.Tab) {
	for _, k := range network.ServiceKinds() {
		out = append(out, page.Tab{Label: kindName(ctx, k), Href: base + "/edit?kind=" + k + "&client=" + idText(v.w.Client), Current: k == v.w.Kind})
	}
	return out
}

// quickView is what to watch of a name.
type quickView struct {
	clients []clients.Client
	client  ids.ID
	what    string
	list    []network.Suggestion
	err     error
}

func (h *Handlers) quick(w http.ResponseWriter, r *http.Request) error {
	return h.renderQuick(w, r, &quickView{client: idOf(r.URL.Query().Get("client"))}, http.StatusOK)
}

func (h *Handlers) renderQuick(w http.ResponseWriter, r *http.Request, v *quickView, code int) error {
	var err error
	if v.clients, err = h.Clients.Choices(r.Context(), scope(r), ""); err != nil {
		return err
	}
	return page.Render(w, r, code, quickPage(v))
}

// suggest looks once at what could be watched of a name.
func (h *Handlers) suggest(w http.ResponseWriter, r *http.Request) error {
	v := &quickView{client: idOf(r.FormValue("client")), what: strings.TrimSpace(r.FormValue("what"))}
	if v.client == 0 {
		v.err = fault.NewInvalid("Choose a client.").On("client")
	} else {
		v.list, v.err = h.Network.Suggest(r.Context(), scope(r), v.client, 0, v.what)
	}
	var f *fault.Error
	if v.err != nil && (!errors.As(v.err, &f) || f.Kind != fault.Invalid) {
		return v.err
	}
	if f != nil && f.Field == "prober" { // an address inside
		v.err = fault.NewInvalid("This address is inside a network: the server cannot look at it. Set it up by hand and choose a device that looks.").On("what")
	}
	if v.err != nil {
		return h.renderQuick(w, r, v, http.StatusUnprocessableEntity)
	}
	return h.renderQuick(w, r, v, http.StatusOK)
}

// mostAdded is how many services can be added at once.
const mostAdded = 20

// add saves those suggestions that were chosen, with the checks that any service goes through.
func (h *Handlers) add(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	client, chosen := idOf(r.PostForm.Get("client")), r.PostForm["pick"]
	if len(chosen) == 0 || len(chosen) > mostAdded {
		v := &quickView{client: client, what: r.PostForm.Get("what"), err: fault.NewInvalid("Choose at least one.")}
		return h.renderQuick(w, r, v, http.StatusUnprocessableEntity)
	}
	n := 0
	for _, c := range chosen {
		x, err := unpick(c)
		if err != nil {
			return err
		}
		x.Client = client
		if _, err := h.Network.Save(ctx, scope(r), x); err != nil {
			return err
		}
		n++
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.N(ctx, "%d service is watched from now on.|%d services are watched from now on.", int64(n))})
	return page.Redirect(w, r, base+"?client="+idText(client))
}

// pick is a suggestion as the form carries it: kind, target, name, seconds, record.
func pick(w network.Watched) string {
	return strings.Join([]string{w.Kind, w.Target, w.Name, secondsText(w.Every), w.Params["type"]}, "\n")
}

func unpick(s string) (w network.Watched, err error) {
	parts := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	if len(parts) != 5 {
		return w, fault.NewInvalid("The form cannot be read.")
	}
	w = network.Watched{Kind: parts[0], Target: parts[1], Name: parts[2], Every: secondsOf(parts[3]), Params: map[string]string{"confirm": "yes"}}
	if parts[4] != "" {
		w.Params["type"] = parts[4]
	}
	return w, nil
}
