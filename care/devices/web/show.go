// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

type deviceView struct {
	d         *devices.Device
	state     string
	now       int64
	client    clients.Full
	tab       string
	inventory map[wire.Section]devices.Section
	changes   []devices.Change
	fields    []devices.Field
	parent    *devices.Device
	replaced  *devices.Device
	load      Load
	trouble   Trouble
	main      []templ.Component
	side      []templ.Component
	charts    templ.Component // of the view of charts
	filter    string
}

// maxChangesShown is how many changes a page lists.
const maxChangesShown = 200

// tabs of a device's page.
const (
	tabOverview = ""
	tabCharts   = "charts"
	tabSoftware = "software"
	tabServices = "services"
	tabChanges  = "changes"
)

// show is a device's page.
func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	v, err := h.deviceView(r)
	if err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, h.vital(v))
	}
	return page.Render(w, r, http.StatusOK, h.devicePage(v))
}

func (h *Handlers) deviceView(r *http.Request) (*deviceView, error) {
	ctx := r.Context()
	d, err := h.device(r)
	if err != nil {
		return nil, err
	}
	v := &deviceView{d: d, now: h.Devices.Now(), tab: r.URL.Query().Get("view"), load: Load{-1, -1, -1}, filter: strings.TrimSpace(r.URL.Query().Get("q"))}
	v.state = d.StateAt(v.now)
	if v.client, err = h.Clients.Get(ctx, scope(r), d.Client); err != nil {
		return nil, err
	}
	if v.inventory, err = h.Devices.Inventory(ctx, scope(r), d.ID); err != nil {
		return nil, err
	}
	since, most := v.now-(14*24*time.Hour).Microseconds(), 8
	if v.tab == tabChanges {
		since, most = 0, maxChangesShown
	}
	if v.changes, err = h.Devices.Changes(ctx, scope(r), d.ID, since, v.now+time.Hour.Microseconds(), most); err != nil {
		return nil, err
	}
	if v.fields, err = h.Devices.Fields(ctx); err != nil {
		return nil, err
	}
	for id, to := range map[ids.ID]**devices.Device{d.Parent: &v.parent, d.Replaced: &v.replaced} {
		if id != 0 {
			if x, err := h.Devices.Get(ctx, scope(r), id); err == nil {
				*to = x
			}
		}
	}
	if h.Load != nil && v.state == devices.StateOnline {
		v.load = h.Load(d.ID)
	}
	v.trouble = h.troubles(ctx)[d.ID]
	switch {
	case v.tab == tabCharts && h.Charts != nil:
		v.charts, err = h.Charts(r, d)
	case v.tab == tabOverview:
		if v.main, err = panels(ctx, h.Main, d); err == nil {
			v.side, err = panels(ctx, h.Side, d)
		}
	}
	return v, err
}

func panels(ctx context.Context, list []Panel, d *devices.Device) (out []templ.Component, err error) {
	for _, p := range list {
		c, err := p(ctx, d)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out = append(out, c)
		}
	}
	return out, nil
}

// body reads a section; the zero value where there is none.
func body[T any](v *deviceView, s wire.Section) (out T) {
	_ = json.Unmarshal(v.inventory[s].Body, &out) // it was read once before it was stored
	return out
}

// shownPrograms is how many programs or services a page lists; the rest is found by the filter.
const shownPrograms = 150

// cut is the first of a list that a page lists.
func cut[T any](list []T) []T { return list[:min(len(list), shownPrograms)] }

// software is what is installed, of what the filter lets through.
func (v *deviceView) software() []wire.Software {
	var out []wire.Software
	for _, x := range body[[]wire.Software](v, wire.SectionSoftware) {
		if v.filter == "" || strings.Contains(strings.ToLower(x.Name+" "+x.Publisher), strings.ToLower(v.filter)) {
			out = append(out, x)
		}
	}
	return out
}

func (v *deviceView) services() []wire.Service {
	var out []wire.Service
	for _, x := range body[[]wire.Service](v, wire.SectionServices) {
		if v.filter == "" || strings.Contains(strings.ToLower(x.Name+" "+x.Title), strings.ToLower(v.filter)) {
			out = append(out, x)
		}
	}
	return out
}

func (v *deviceView) address(tab string) string {
	if tab == "" {
		return url(v.d.ID)
	}
	return url(v.d.ID) + "?view=" + tab
}

func (v *deviceView) tabs(ctx context.Context) page.Tabs {
	t := page.Tabs{Label: locale.T(ctx, "Views of the device")}
	for _, x := range []struct{ id, label string }{
		{tabOverview, locale.T(ctx, "Overview")}, {tabCharts, locale.T(ctx, "Charts")}, {tabSoftware, locale.T(ctx, "Software")}, {tabServices, locale.T(ctx, "Services and ports")}, {tabChanges, locale.T(ctx, "Changes")},
	} {
		t.Items = append(t.Items, page.Tab{Label: x.label, Href: v.address(x.id), Current: v.tab == x.id})
	}
	return t
}

func (v *deviceView) site() string {
	for _, s := range v.client.Sites {
		if s.ID == v.d.Site {
			return s.Name
		}
	}
	return ""
}

func (v *deviceView) person() string {
	for _, p := range v.client.People {
		if p.ID == v.d.Person {
			return p.Name
		}
	}
	return ""
}

// post runs an action on a device and goes back to its page.
func (h *Handlers) post(w http.ResponseWriter, r *http.Request, fn func(ctx context.Context, s access.Scope, d *devices.Device) error) error {
	d, err := h.device(r)
	if err != nil {
		return err
	}
	if err := fn(r.Context(), scope(r), d); err != nil {
		return err
	}
	return page.Redirect(w, r, url(d.ID))
}

func (h *Handlers) retire(w http.ResponseWriter, r *http.Request) error {
	return h.post(w, r, func(ctx context.Context, s access.Scope, d *devices.Device) error {
		return h.Devices.Retire(ctx, s, d.ID, idOf(r.FormValue("by")))
	})
}

func (h *Handlers) reactivate(w http.ResponseWriter, r *http.Request) error {
	return h.post(w, r, func(ctx context.Context, s access.Scope, d *devices.Device) error {
		return h.Devices.Reactivate(ctx, s, d.ID)
	})
}

func (h *Handlers) settleCopy(w http.ResponseWriter, r *http.Request) error {
	return h.post(w, r, func(ctx context.Context, s access.Scope, d *devices.Device) error {
		return h.Devices.SettleCopy(ctx, s, d.ID)
	})
}

// merge makes one record of two, and goes to the one that stays. What speaks against it is said where it was asked.
func (h *Handlers) merge(w http.ResponseWriter, r *http.Request) error {
	d, err := h.device(r)
	if err != nil {
		return err
	}
	into := idOf(r.FormValue("into"))
	var stays ids.ID
	if into == 0 {
		err = fault.NewInvalid("Choose the record that stays.").On("into")
	} else {
		stays, err = h.Devices.Merge(r.Context(), scope(r), d.ID, into)
	}
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return h.form(w, r, &formView{id: d.ID, version: d.Version, agent: d.Source == devices.ByAgent, client: d.Client, x: devices.DetailsOf(d), mergeErr: err, into: into, title: d.Name}, page.StatusOf(err))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, url(stays))
}

func (h *Handlers) move(w http.ResponseWriter, r *http.Request) error {
	return h.post(w, r, func(ctx context.Context, s access.Scope, d *devices.Device) error {
		client := idOf(r.FormValue("client"))
		if client == 0 {
			return fault.NewInvalid("Choose the client that it goes to.").On("client")
		}
		return h.Devices.Move(ctx, s, d.ID, client, 0)
	})
}

// kpis are how a device does. What has no agent and measures none of it, such as a power supply, says only when it was heard.
func (v *deviceView) kpis(ctx context.Context) (out page.KPIs) {
	if l := v.load; v.d.Agent != "" || l.CPU >= 0 || l.Memory >= 0 || l.Disk >= 0 {
		out = page.KPIs{share(ctx, locale.T(ctx, "Processor"), l.CPU), share(ctx, locale.T(ctx, "Memory"), l.Memory), share(ctx, locale.T(ctx, "Fullest volume"), l.Disk)}
	}
	return append(out, page.KPI{Label: locale.T(ctx, "Last heard"), Value: ago(ctx, v.now, v.d.Seen), Note: v.d.Agent})
}
