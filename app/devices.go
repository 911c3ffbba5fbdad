// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/books"
)

// bookRef begins the reference of a device that only the books tell of.
const bookRef = "books-"

// deviceSource offers the helpdesk the devices of the books.
func (a *App) deviceSource() *helpdesk.DeviceSource {
	return &helpdesk.DeviceSource{
		Find: func(ctx context.Context, client ids.ID, text string, limit int) ([]helpdesk.Device, error) {
			list, err := a.Books.Devices(ctx, client, text, limit)
			return deskDevices(ctx, client, list), err
		},
		Resolve: func(ctx context.Context, client ids.ID, refs []string) ([]helpdesk.Device, error) {
			var identities []int64
			for _, r := range refs {
				s, ok := strings.CutPrefix(r, bookRef)
				if n, err := strconv.ParseInt(s, 36, 64); ok && err == nil {
					identities = append(identities, n)
				}
			}
			list, err := a.Books.DevicesBy(ctx, client, identities)
			return deskDevices(ctx, client, list), err
		},
	}
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
