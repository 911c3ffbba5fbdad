// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/probe/snmp"
)

// credentialsView are the credentials of SNMP and the form of one.
type credentialsView struct {
	*common
	list []*network.Credential
	form network.Credential
	whom string // of forOptions, "" = nobody chosen yet
	err  error
}

func (h *Discovery) credentials(w http.ResponseWriter, r *http.Request) error {
	v, err := h.credentialsView(r, network.Credential{Access: snmp.Credentials{Version: "2c", Auth: "sha256", Priv: "aes"}})
	if err != nil {
		return err
	}
	if id := idOf(r.FormValue("credential")); id != 0 {
		for _, c := range v.list {
			if c.ID == id {
				v.form, v.whom = *c, idText(c.Client)
				if c.Client == 0 {
					v.whom = everyone
				}
			}
		}
	}
	return page.Render(w, r, http.StatusOK, credentialsPage(v))
}

func (h *Discovery) credentialsView(r *http.Request, f network.Credential) (*credentialsView, error) {
	c, err := h.common(r, tabSNMP, idOf(r.FormValue("client")))
	if err != nil {
		return nil, err
	}
	if f.Client == 0 {
		f.Client = c.client
	}
	v := &credentialsView{common: c, form: f, whom: idText(f.Client)}
	v.list, err = h.Network.Credentials(r.Context(), scope(r), c.client)
	return v, err
}

func (h *Discovery) saveCredential(w http.ResponseWriter, r *http.Request) error {
	client, err := forWhom(r)
	f := network.Credential{ID: idOf(r.FormValue("credential")), Client: client, Site: idOf(r.FormValue("site")), Name: r.FormValue("name"), Access: snmp.Credentials{
		Version: r.FormValue("version"), Community: r.FormValue("community"), User: strings.TrimSpace(r.FormValue("user")), Auth: r.FormValue("auth"), AuthKey: r.FormValue("auth_key"), Priv: r.FormValue("priv"),
		PrivKey: r.FormValue("priv_key"), Context: strings.TrimSpace(r.FormValue("context")),
	}}
	if err == nil {
		_, err = h.Network.SaveCredential(r.Context(), scope(r), f)
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Denied) {
		v, shown := h.credentialsView(r, f)
		if shown != nil {
			return shown
		}
		v.form, v.whom, v.err = f, r.FormValue("for"), err
		return page.Render(w, r, http.StatusUnprocessableEntity, credentialsPage(v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/discovery/snmp?client="+idText(f.Client))
}

func (h *Discovery) dropCredential(w http.ResponseWriter, r *http.Request) error {
	err := h.Network.DropCredential(r.Context(), scope(r), idOf(r.PathValue("credential")))
	if fault.Is(err, fault.Conflict) {
		v, shown := h.credentialsView(r, network.Credential{Access: snmp.Credentials{Version: "2c"}})
		if shown != nil {
			return shown
		}
		v.err = err
		return page.Render(w, r, http.StatusConflict, credentialsPage(v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/discovery/snmp?client="+r.FormValue("client"))
}

func versionOptions(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: "2c", Label: "2c", Data: true, Hint: locale.T(ctx, "A community, which is sent in the open")},
		{Value: "3", Label: "3", Data: true, Hint: locale.T(ctx, "A user with passwords, encrypted: the safe way")},
		{Value: "1", Label: "1", Data: true, Hint: locale.T(ctx, "For very old devices only")},
	}
}

func authOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Not at all")}}
	for _, a := range snmp.Auths() {
		out = append(out, page.Option{Value: a, Label: map[string]string{"md5": "MD5", "sha": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}[a], Data: true})
	}
	return out
}

func privOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Not at all")}}
	for _, a := range snmp.Privs() {
		out = append(out, page.Option{Value: a, Label: map[string]string{"des": "DES", "aes": "AES-128", "aes192": "AES-192", "aes256": "AES-256", "aes192c": "AES-192 (Cisco)", "aes256c": "AES-256 (Cisco)"}[a], Data: true})
	}
	return out
}

// polledView is the form of how a device is asked.
type polledView struct {
	*common
	d       *devices.Device
	there   bool
	away    bool // who asks is at another site
	form    network.Polled
	every   string
	oids    string
	watch   string
	access  []page.Option
	probers []page.Option
	err     error
}

func (h *Discovery) polledView(r *http.Request) (*polledView, error) {
	ctx := r.Context()
	d, err := h.Devices.Get(ctx, scope(r), idOf(r.PathValue("device")))
	if err != nil {
		return nil, err
	}
	c, err := h.common(r, tabSNMP, d.Client)
	if err != nil {
		return nil, err
	}
	v := &polledView{common: c, d: d, form: network.Polled{Device: d.ID, Address: d.Address, Every: time.Minute}}
	p, ok, err := h.Network.PolledOf(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	if ok {
		v.form, v.there = *p, true
	}
	v.every, v.oids, v.watch = strconv.Itoa(int(v.form.Every/time.Second)), v.form.OIDs, strings.Join(v.form.Watch, "\n")
	if v.probers, err = h.probers(ctx, scope(r), d.Client, v.near, locale.T(ctx, "This server, for public addresses")); err != nil {
		return nil, err
	}
	if !ok && len(v.probers) > 1 {
		v.form.Prober = idOf(v.probers[1].Value)
	}
	v.away = h.elsewhere(v)
	list, err := h.Network.Credentials(ctx, scope(r), d.Client)
	for _, x := range list {
		v.access = append(v.access, page.Option{Value: x.ID.String(), Label: x.Name + " (v" + x.Access.Version + ")", Data: true})
	}
	return v, err
}

// near reports whether a device can ask the one of the form: it is at its site, or asks it already.
func (v *polledView) near(prober *devices.Device) bool {
	return prober.Site == v.d.Site || prober.Site == 0 || v.d.Site == 0 || prober.ID == v.form.Prober
}

// elsewhere reports whether who asks came to another site than the device: then nobody asks.
func (h *Discovery) elsewhere(v *polledView) bool {
	d, ok := h.Devices.Look(v.form.Prober)
	return ok && v.there && d.Site != v.d.Site && d.Site != 0 && v.d.Site != 0
}

func (h *Discovery) polledForm(w http.ResponseWriter, r *http.Request) error {
	v, err := h.polledView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, polledPage(v))
}

func (h *Discovery) savePolled(w http.ResponseWriter, r *http.Request) error {
	v, err := h.polledView(r)
	if err != nil {
		return err
	}
	seconds, _ := strconv.Atoi(r.FormValue("every"))
	f := network.Polled{
		Device: v.d.ID, Credential: idOf(r.FormValue("credential")), Prober: idOf(r.FormValue("prober")), Address: r.FormValue("address"), Every: time.Duration(seconds) * time.Second,
		OIDs: strings.ReplaceAll(r.FormValue("oids"), "\r", ""), Watch: strings.Split(strings.ReplaceAll(r.FormValue("watch"), "\r", ""), "\n"), Paused: r.FormValue("paused") != "",
	}
	err = h.Network.SavePolled(r.Context(), scope(r), f)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		f.Described, f.About = v.form.Described, v.form.About
		v.form, v.every, v.oids, v.watch, v.err = f, r.FormValue("every"), f.OIDs, r.FormValue("watch"), err
		return page.Render(w, r, http.StatusUnprocessableEntity, polledPage(v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/devices/"+v.d.ID.String())
}

func (h *Discovery) describeNow(w http.ResponseWriter, r *http.Request) error {
	id := idOf(r.PathValue("device"))
	if err := h.Network.DescribeNow(r.Context(), scope(r), id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/devices/"+id.String())
}

func (h *Discovery) dropPolled(w http.ResponseWriter, r *http.Request) error {
	id := idOf(r.PathValue("device"))
	if err := h.Network.DropPolled(r.Context(), scope(r), id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/devices/"+id.String())
}

// portNames are the ports of a described device, for the hint of the form.
func (v *polledView) portNames() string {
	if v.form.About == nil {
		return ""
	}
	var out []string
	for _, p := range v.form.About.Interfaces {
		if len(out) < 12 && p.Up {
			out = append(out, p.Name)
		}
	}
	return strings.Join(out, ", ")
}

// credentialPlace is for whom credentials are.
func (v *credentialsView) place(ctx context.Context, client ids.ID) string {
	if client == 0 {
		return locale.T(ctx, "All clients")
	}
	return v.names[client]
}
