// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// maxReleases is the largest file of releases that is taken: endoflife.date's whole is a few megabytes.
const maxReleases = 32 << 20

type settingsView struct {
	groups  []devices.Group
	members map[ids.ID]int
	fields  []devices.Field
	clients []clients.Client
	names   map[ids.ID]string
	form    devices.Group
	field   devices.Field
	known   int // releases
	fetch   bool
	url     string
	query   string
	where   string // the form that err is of
	err     error
}

// settings shows groups, the firm's own fields, and what is known of ends of life.
func (h *Handlers) settings(w http.ResponseWriter, r *http.Request) error {
	return h.settingsPage(w, r, &settingsView{}, http.StatusOK)
}

func (h *Handlers) settingsPage(w http.ResponseWriter, r *http.Request, v *settingsView, status int) error {
	ctx := r.Context()
	var err error
	if v.groups, err = h.Devices.Groups(ctx, scope(r)); err != nil {
		return err
	}
	if v.fields, err = h.Devices.Fields(ctx); err != nil {
		return err
	}
	if v.known, err = h.Devices.Releases(ctx); err != nil {
		return err
	}
	v.fetch = h.Fetch != nil
	if v.where != "releases" {
		v.url = devices.ReleasesURL
	}
	v.members = map[ids.ID]int{}
	var of []ids.ID
	for _, g := range v.groups {
		list, err := h.Devices.Find(ctx, scope(r), g.Client, g.Query)
		if err != nil {
			return err
		}
		v.members[g.ID], of = len(list), append(of, g.Client)
	}
	if v.names, err = h.Clients.Names(ctx, scope(r), of...); err != nil {
		return err
	}
	if v.clients, err = h.Clients.Choices(ctx, scope(r), clients.Active); err != nil {
		return err
	}
	return page.Render(w, r, status, h.settingsView(v))
}

// answer goes back to the settings, or shows the form again with what is wrong.
func (h *Handlers) answer(w http.ResponseWriter, r *http.Request, v *settingsView, err error) error {
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		v.err = err
		return h.settingsPage(w, r, v, page.StatusOf(err))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, "/devices/settings")
}

func (h *Handlers) saveGroup(w http.ResponseWriter, r *http.Request) error {
	v := &settingsView{where: "group", query: r.FormValue("query"), form: devices.Group{Name: r.FormValue("name"), Note: r.FormValue("note"), Client: idOf(r.FormValue("client"))}}
	q, err := devices.ParseQuery(v.query)
	if err == nil {
		v.form.Query = q
		_, err = h.Devices.SaveGroup(r.Context(), scope(r), v.form)
	}
	return h.answer(w, r, v, err)
}

func (h *Handlers) deleteGroup(w http.ResponseWriter, r *http.Request) error {
	return h.answer(w, r, &settingsView{where: "group"}, h.Devices.DeleteGroup(r.Context(), idOf(r.PathValue("group"))))
}

func (h *Handlers) saveField(w http.ResponseWriter, r *http.Request) error {
	n, _ := strconv.ParseInt(r.FormValue("position"), 10, 32)
	v := &settingsView{where: "field", field: devices.Field{Name: r.FormValue("name"), Kind: devices.FieldKind(r.FormValue("kind")), Choices: strings.Split(r.FormValue("choices"), "\n"), Position: n}}
	_, err := h.Devices.SaveField(r.Context(), v.field)
	return h.answer(w, r, v, err)
}

func (h *Handlers) deleteField(w http.ResponseWriter, r *http.Request) error {
	return h.answer(w, r, &settingsView{where: "field"}, h.Devices.DeleteField(r.Context(), idOf(r.PathValue("field"))))
}

// importReleases takes in a file of endoflife.date: the one that was chosen, or what stands at an address. It is fetched now and never by
// itself.
func (h *Handlers) importReleases(w http.ResponseWriter, r *http.Request) error {
	v := &settingsView{where: "releases"}
	r.Body = http.MaxBytesReader(w, r.Body, maxReleases+1<<20)
	data, source, err := h.releasesFile(r)
	v.url = strings.TrimSpace(r.FormValue("url"))
	if err == nil {
		_, err = h.Devices.ImportReleases(r.Context(), data, source)
	}
	return h.answer(w, r, v, err)
}

func (h *Handlers) releasesFile(r *http.Request) (data []byte, source string, err error) {
	f, head, err := r.FormFile("file")
	if err == nil {
		defer func() { _ = f.Close() }()
		data, err = io.ReadAll(io.LimitReader(f, maxReleases))
		return data, head.Filename, err
	}
	none := fault.NewInvalid("Choose the file, at most %d MB.", maxReleases>>20).On("file").Because(err)
	address := strings.TrimSpace(r.FormValue("url"))
	if address == "" || h.Fetch == nil { // also of a file that is too large nothing is read, whatever stands beside it
		return nil, "", none
	}
	data, err = h.Fetch(r.Context(), address, maxReleases)
	return data, address, err
}

func (v *settingsView) errorOn(ctx context.Context, where, field string) string {
	if v.where != where {
		return ""
	}
	return page.ErrorOn(ctx, v.err, field)
}

func (v *settingsView) clientOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "All clients")}}
	for _, c := range v.clients {
		out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
	}
	return out
}

// fileHint says when a file is taken.
func (v *settingsView) fileHint(ctx context.Context) string {
	if !v.fetch {
		return ""
	}
	return locale.T(ctx, "Where a file is chosen it is taken, and nothing is fetched.")
}

func fieldKindName(ctx context.Context, k devices.FieldKind) string {
	switch k {
	case devices.NumberField:
		return locale.T(ctx, "Number")
	case devices.DayField:
		return locale.T(ctx, "Day")
	case devices.ChoiceField:
		return locale.T(ctx, "One of a list")
	case devices.YesField:
		return locale.T(ctx, "Yes or no")
	}
	return locale.T(ctx, "Text")
}

func fieldKindOptions(ctx context.Context) []page.Option {
	var out []page.Option
	for _, k := range devices.FieldKinds() {
		out = append(out, page.Option{Value: string(k), Label: fieldKindName(ctx, k)})
	}
	return out
}

// mountSettings registers the pages of settings.
func (h *Handlers) mountSettings(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /devices/settings", access.DevicesRead, h.settings)
	on("POST /devices/groups", access.DevicesWrite, h.saveGroup)
	on("POST /devices/groups/{group}/delete", access.DevicesWrite, h.deleteGroup)
	on("POST /devices/fields", access.DeskManage, h.saveField)
	on("POST /devices/fields/{field}/delete", access.DeskManage, h.deleteField)
	on("POST /devices/releases", access.DevicesWrite, h.importReleases)
}
