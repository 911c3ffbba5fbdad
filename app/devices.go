// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"mainstay/care/devices"
	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/books"
)

// bookRef begins the reference of a device that only the books tell of.
const bookRef = "books-"

// deviceSource offers the helpdesk the devices of the books.
func (a *App) deviceSource() *helpdesk.DeviceSource {
	return &helpdesk.DeviceSource{
		Find: func(ctx context.Context, client ids.ID, text string, limit int) ([]helpdesk.Device, error) {
			own, err := a.findCare(ctx, client, text, limit)
			if err != nil || len(own) >= limit {
				return own, err
			}
			list, err := a.Books.Devices(ctx, client, text, limit-len(own))
			return append(own, deskDevices(ctx, client, list)...), err
		},
		Resolve: func(ctx context.Context, client ids.ID, refs []string) ([]helpdesk.Device, error) {
			var own []*devices.Device
			for _, r := range refs {
				s, ok := strings.CutPrefix(r, careRef)
				if !ok {
					continue
				}
				id, err := ids.Parse(s)
				if err != nil {
					continue
				}
				if d, err := a.Devices.Get(ctx, access.OneClient(client), id); err == nil {
					own = append(own, d)
				} else if !fault.Is(err, fault.NotFound) {
					return nil, err
				}
			}
			var identities []int64
			for _, r := range refs {
				s, ok := strings.CutPrefix(r, bookRef)
				if n, err := strconv.ParseInt(s, 36, 64); ok && err == nil {
					identities = append(identities, n)
				}
			}
			list, err := a.Books.DevicesBy(ctx, client, identities)
			return append(a.careDevices(ctx, own), deskDevices(ctx, client, list)...), err
		},
	}
}

// findCare looks for devices of the estate by what names them.
func (a *App) findCare(ctx context.Context, client ids.ID, text string, limit int) ([]helpdesk.Device, error) {
	list, err := a.Devices.Search(ctx, access.OneClient(client), client, text, limit)
	if err != nil {
		return nil, err
	}
	return a.careDevices(ctx, list), nil
}

func deskDevices(ctx context.Context, client ids.ID, list []books.Device) []helpdesk.Device {
	out := make([]helpdesk.Device, len(list))
	for i, d := range list {
		out[i] = helpdesk.Device{Ref: bookRef + strconv.FormatInt(d.Identity, 36), Name: d.Name, Note: strings.Join(strings.Fields(d.Type+" "+d.System), " ")}
		if d.Serial != "" && d.Serial != d.Name {
			out[i].Note = strings.TrimPrefix(out[i].Note+" · "+d.Serial, " · ")
		}
		if access.From(ctx).May(access.BooksRead) {
			out[i].Link = "/books/assets?" + url.Values{"client": {client.String()}, "q": {d.Name}}.Encode()
		}
	}
	return out
}
