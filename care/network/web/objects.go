// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/care/devices"
	"mainstay/kit/fault"
	"mainstay/kit/mib"
	"mainstay/kit/page"
)

// objectsView are objects of SNMP by name, to choose values of a device from.
type objectsView struct {
	d     *devices.Device
	query string
	list  []mib.Object
	total int64
	err   error
}

const mostObjects = 100

func (h *Discovery) objects(w http.ResponseWriter, r *http.Request) error {
	v, err := h.objectsView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, objectsPage(v))
}

func (h *Discovery) objectsView(r *http.Request) (v *objectsView, err error) {
	ctx := r.Context()
	v = &objectsView{query: r.FormValue("q")}
	if v.d, err = h.Devices.Get(ctx, scope(r), idOf(r.PathValue("device"))); err != nil {
		return nil, err
	}
	if v.total, err = h.Network.CountObjects(ctx); err != nil {
		return nil, err
	}
	v.list, err = h.Network.Objects(ctx, v.query, mostObjects)
	return v, err
}

func (h *Discovery) addObject(w http.ResponseWriter, r *http.Request) error {
	id := idOf(r.PathValue("device"))
	if err := h.Network.AddObject(r.Context(), scope(r), id, r.FormValue("oid"), r.FormValue("name")); err != nil {
		return h.objectsAgain(w, r, err)
	}
	return page.Redirect(w, r, "/discovery/devices/"+id.String())
}

func (h *Discovery) importMIB(w http.ResponseWriter, r *http.Request) error {
	f, _, err := r.FormFile("file")
	if err != nil {
		return h.objectsAgain(w, r, fault.NewInvalid("Choose a file.").On("file"))
	}
	defer func() { _ = f.Close() }()
	_, missing, err := h.Network.ImportMIB(r.Context(), f)
	if err == nil && missing > 0 {
		err = fault.NewInvalid("%d objects wait for the file in which their parents are. Read that one, too.", missing).On("file")
	}
	if err != nil {
		return h.objectsAgain(w, r, err)
	}
	return page.Redirect(w, r, "/discovery/devices/"+r.PathValue("device")+"/objects")
}

func (h *Discovery) objectsAgain(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	v, shown := h.objectsView(r)
	if shown != nil {
		return shown
	}
	v.err = err
	return page.Render(w, r, http.StatusUnprocessableEntity, objectsPage(v))
}
