// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/clients"
)

// importView is the form of an import, or what a file would change.
type importView struct {
	clients []clients.Client
	o       devices.ImportOptions
	in      *devices.Incoming
	names   map[ids.ID]string
	name    string // of the file
	file    string // base64: the preview's form carries it, so that nothing has to be kept on the server
	err     error
}

func (h *Handlers) importForm(w http.ResponseWriter, r *http.Request) error {
	return h.showImport(w, r, http.StatusOK, &importView{o: devices.ImportOptions{Client: idOf(r.URL.Query().Get("client"))}})
}

func (h *Handlers) showImport(w http.ResponseWriter, r *http.Request, status int, v *importView) (err error) {
	if v.clients, err = h.allClients(r.Context(), scope(r)); err != nil {
		return err
	}
	return page.Render(w, r, status, importPage(v))
}

// allClients lists the clients that somebody may see, by name.
func (h *Handlers) allClients(ctx context.Context, s access.Scope) (out []clients.Client, err error) {
	for q := (clients.Query{Limit: 1000}); ; {
		p, err := h.Clients.List(ctx, s, q)
		if err != nil {
			return nil, err
		}
		if out = append(out, p.Rows...); p.Next == "" {
			return out, nil
		}
		q.After = p.Next
	}
}

func tooLarge() *fault.Error {
	return fault.NewInvalid("The file is larger than %d MB, which is the limit.", devices.MaxImport>>20).On("file")
}

// importOptions reads how a file is to be read.
func importOptions(r *http.Request) devices.ImportOptions {
	o := devices.ImportOptions{Client: idOf(r.PostFormValue("client")), Days: r.PostFormValue("days"), Make: r.PostFormValue("make") != "" && may(r.Context(), access.ClientsWrite)}
	if !slices.Contains([]string{devices.DaysFound, devices.DayFirst, devices.MonthFirst}, o.Days) {
		o.Days = devices.DaysFound
	}
	return o
}

// previewImport reads a file and shows what it would change.
func (h *Handlers) previewImport(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, devices.MaxImport+1<<20)
	if err := r.ParseMultipartForm(4 << 20); err != nil { //nolint:gosec // the body is bounded above
		return h.showImport(w, r, http.StatusUnprocessableEntity, &importView{err: tooLarge().Because(err)})
	}
	v := &importView{o: importOptions(r)}
	f, head, err := r.FormFile("file")
	if err != nil {
		v.err = fault.NewInvalid("Choose a file.").On("file")
		return h.showImport(w, r, http.StatusUnprocessableEntity, v)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	v.name = head.Filename
	return h.showPreview(w, r, v, data)
}

func (h *Handlers) showPreview(w http.ResponseWriter, r *http.Request, v *importView, data []byte) error {
	in, err := h.Devices.PreviewImport(r.Context(), scope(r), tableOf(v.name, data), v.o)
	if fault.Is(err, fault.Invalid) {
		v.err = err
		return h.showImport(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	v.in = in
	var of []ids.ID
	for _, list := range [][]devices.ImportRow{in.New, in.Changed} {
		for i := range list {
			of = append(of, list[i].Client)
		}
	}
	slices.Sort(of)
	if v.names, err = h.Clients.Names(r.Context(), scope(r), slices.Compact(of)...); err != nil {
		return err
	}
	status := http.StatusOK
	if len(in.Bad) > 0 {
		status = http.StatusUnprocessableEntity
	} else {
		v.file = base64.StdEncoding.EncodeToString(data)
	}
	return h.showImport(w, r, status, v)
}

// takeImport takes over the file that was shown. It is read again: the devices may have changed.
func (h *Handlers) takeImport(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, devices.MaxImport*2)
	data, err := base64.StdEncoding.DecodeString(r.PostFormValue("file"))
	if err != nil || len(data) == 0 || len(data) > devices.MaxImport {
		return fault.NewInvalid("Choose a file.").Because(err)
	}
	v := &importView{o: importOptions(r), name: r.PostFormValue("name")}
	in, err := h.Devices.Import(r.Context(), scope(r), tableOf(v.name, data), v.o)
	var f *fault.Error
	if err != nil && !errors.As(err, &f) {
		return err
	}
	if err != nil || len(in.Bad) > 0 {
		return h.showPreview(w, r, v, data)
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.N(r.Context(), "The file is in: %d device was added or changed.|The file is in: %d devices were added or changed.", int64(len(in.New)+len(in.Changed)))})
	to := "/devices/list"
	if v.o.Client != 0 {
		to += "?client=" + v.o.Client.String()
	}
	return page.Redirect(w, r, to)
}

func tableOf(name string, data []byte) *tabular.File {
	if name == "" {
		name = "devices.csv"
	}
	return tabular.New(name, bytes.NewReader(data), int64(len(data)), tabular.Options{Limits: tabular.Limits{Bytes: devices.MaxImport * 8}})
}

// clientOf is the name of a row's client.
func (v *importView) clientOf(x *devices.ImportRow) string {
	if n := v.names[x.Client]; n != "" {
		return n
	}
	return x.Named
}

func (v *importView) clientOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "the file has a column of clients")}}
	for i := range v.clients {
		out = append(out, page.Option{Value: v.clients[i].ID.String(), Label: v.clients[i].Name, Data: true})
	}
	return out
}

// beforeAfter is what a change makes of what.
func beforeAfter(c devices.Change) string {
	if c.Before == "" {
		return c.After
	}
	return c.Before + " → " + c.After
}

// itemName names a part of a device's record.
func itemName(ctx context.Context, item string) string {
	switch item {
	case "name":
		return locale.T(ctx, "Name")
	case "kind":
		return locale.T(ctx, "Kind")
	case "site":
		return locale.T(ctx, "Site")
	case "person":
		return locale.T(ctx, "Used by")
	case "tags":
		return locale.T(ctx, "Tags")
	case "location":
		return locale.T(ctx, "Location")
	case "asset tag":
		return locale.T(ctx, "Asset tag")
	case "serial number":
		return locale.T(ctx, "Serial number")
	case "warranty":
		return locale.T(ctx, "Warranty until")
	case "vendor":
		return locale.T(ctx, "Maker")
	case "model":
		return locale.T(ctx, "Model")
	case "operating system":
		return locale.T(ctx, "System")
	case "address":
		return locale.T(ctx, "Address in the network")
	case "MAC address":
		return locale.T(ctx, "MAC address")
	case "bought":
		return locale.T(ctx, "Bought on")
	case "note":
		return locale.T(ctx, "Note")
	}
	return item // a field of the firm's own
}
