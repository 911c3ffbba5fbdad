// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/clients"
)

type formView struct {
	id      ids.ID
	version int64
	agent   bool // what its agent tells is not asked
	client  ids.ID
	clients []clients.Client
	full    *clients.Full
	fields  []devices.Field
	others  []*devices.Device // of the same client
	x       devices.Details
	err     error
	title   string

	into     ids.ID // with which record it was to be made one, and what spoke against it
	mergeErr error
}

// mergeError is what spoke against making one of two, at the field or else above it.
func (v *formView) mergeError(ctx context.Context, field bool) string {
	if v.mergeErr == nil || field != (page.ErrorOn(ctx, v.mergeErr, "into") != "") {
		return ""
	}
	return locale.From(ctx).Fault(v.mergeErr)
}

func (h *Handlers) newForm(w http.ResponseWriter, r *http.Request) error {
	v := &formView{client: idOf(r.URL.Query().Get("client")), x: devices.Details{Kind: devices.Workstation, Warranty: civil.NoDate, Bought: civil.NoDate}}
	return h.form(w, r, v, http.StatusOK)
}

func (h *Handlers) editForm(w http.ResponseWriter, r *http.Request) error {
	d, err := h.device(r)
	if err != nil {
		return err
	}
	return h.form(w, r, &formView{id: d.ID, version: d.Version, agent: d.Source == devices.ByAgent, client: d.Client, x: devices.DetailsOf(d), title: d.Name}, http.StatusOK)
}

// form shows the form with what can be chosen.
func (h *Handlers) form(w http.ResponseWriter, r *http.Request, v *formView, status int) error {
	ctx := r.Context()
	var err error
	if v.fields, err = h.Devices.Fields(ctx); err != nil {
		return err
	}
	if v.client != 0 {
		f, err := h.Clients.Get(ctx, scope(r), v.client)
		if err != nil {
			return err
		}
		v.full = &f
		if v.others, err = h.Devices.Find(ctx, scope(r), v.client, devices.Query{}); err != nil {
			return err
		}
	}
	if v.id == 0 || may(ctx, access.DevicesWrite) {
		if v.clients, err = h.Clients.Choices(ctx, scope(r), clients.Active); err != nil {
			return err
		}
	}
	return page.Render(w, r, status, h.formPage(v))
}

// read takes the form's values.
func read(r *http.Request, fields []devices.Field) (x devices.Details, err error) {
	f := r.FormValue
	x = devices.Details{
		Name: f("name"), Kind: devices.Kind(f("kind")), Site: idOf(f("site")), Person: idOf(f("person")), Parent: idOf(f("parent")), Rhythm: devices.Rhythm(f("rhythm")),
		Tags: []string{f("tags")}, Location: f("location"), AssetTag: f("asset"), Note: f("note"), Warranty: civil.NoDate, Bought: civil.NoDate,
		Vendor: f("vendor"), Model: f("model"), Serial: f("serial"), OS: f("os"), Address: f("address"), Custom: map[string]string{},
	}
	for name, to := range map[string]*civil.Date{"warranty": &x.Warranty, "bought": &x.Bought} {
		if text := f(name); text != "" {
			d, bad := civil.Parse(text)
			if bad != nil {
				return x, fault.NewInvalid("Enter a day.").On(name).Because(bad)
			}
			*to = d
		}
	}
	for _, fd := range fields {
		if v := f("field-" + fd.ID.String()); v != "" {
			x.Custom[fd.ID.String()] = v
		}
	}
	return x, nil
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	fields, err := h.Devices.Fields(ctx)
	if err != nil {
		return err
	}
	client := idOf(r.FormValue("client"))
	x, err := read(r, fields)
	if err == nil && client == 0 {
		err = fault.NewInvalid("Choose the client whose device it is.").On("client")
	}
	var id ids.ID
	if err == nil {
		id, err = h.Devices.Make(ctx, scope(r), client, x)
	}
	if fault.Is(err, fault.Invalid) {
		return h.form(w, r, &formView{client: client, x: x, err: err}, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, url(id))
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := h.device(r)
	if err != nil {
		return err
	}
	fields, err := h.Devices.Fields(ctx)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.FormValue("version"), 10, 64)
	x, err := read(r, fields)
	if err == nil {
		err = h.Devices.Update(ctx, scope(r), d.ID, max(version, 1), x)
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return h.form(w, r, &formView{id: d.ID, version: d.Version, agent: d.Source == devices.ByAgent, client: d.Client, x: x, err: err, title: d.Name}, page.StatusOf(err))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, url(d.ID))
}

func (v *formView) siteOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "No site")}}
	if v.full != nil {
		for _, s := range v.full.Sites {
			out = append(out, page.Option{Value: s.ID.String(), Label: s.Name, Data: true})
		}
	}
	return out
}

func (v *formView) personOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Nobody in particular")}}
	if v.full != nil {
		for _, p := range v.full.People {
			out = append(out, page.Option{Value: p.ID.String(), Label: p.Name, Data: true})
		}
	}
	return out
}

// parentOptions are the devices behind which it can be: network gear and servers.
func (v *formView) parentOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Not known")}}
	for _, d := range v.others {
		if d.ID != v.id && (d.Kind == devices.NetworkGear || d.Kind == devices.Server || d.ID == v.x.Parent) {
			out = append(out, page.Option{Value: d.ID.String(), Label: d.Name, Data: true})
		}
	}
	return out
}

func (v *formView) mergeOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Choose a device")}}
	for _, d := range v.others {
		if d.ID != v.id {
			out = append(out, page.Option{Value: d.ID.String(), Label: d.Name, Data: true})
		}
	}
	return out
}

func (v *formView) clientOptions(ctx context.Context, except ids.ID) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Choose a client")}}
	for _, c := range v.clients {
		if c.ID != except {
			out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
		}
	}
	return out
}

func dayValue(d civil.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}

// export is the list as CSV, all of it.
func (h *Handlers) export(w http.ResponseWriter, r *http.Request) error {
	v, err := h.listView(r, 1<<30)
	if err != nil {
		return err
	}
	if v.err != nil {
		return v.err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="devices.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("ID", "Client", "Name", "Host name", "Kind", "State", "System", "Maker", "Model", "Serial number", "Asset tag", "Address", "MAC", "Place", "Tags", "Memory GiB", "Last user", "Bought", "Warranty until", "Updates until", "Agent"); err != nil {
		return err
	}
	for _, d := range v.rows {
		err := out.Write(
			d.ID.String(), v.names[d.Client], d.Name, d.Hostname, string(d.Kind), d.StateAt(v.now), d.OS, d.Vendor, d.Model, d.Serial, d.AssetTag, d.Address, strings.Join(d.MACs, " "), d.Location,
			strings.Join(d.Tags, " "), strconv.FormatInt(d.Memory>>30, 10), d.LastUser, dayValue(d.Bought), dayValue(d.Warranty), dayValue(d.EOL), d.Agent,
		)
		if err != nil {
			return err
		}
	}
	return out.Flush()
}
