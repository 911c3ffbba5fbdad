// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/practice/agreements"
)

// cover is how a device stands in its client's agreements.
type cover struct {
	lines  []agreements.Covered // that count it
	others []agreements.Row     // agreements that hold and count it nowhere
	books  bool                 // the client's agreements count the devices of the books instead of these
}

// deviceCover says which agreement covers a device: the lines that count it, or that none does.
func (a *App) deviceCover(ctx context.Context, d *devices.Device) (templ.Component, error) {
	id := access.From(ctx)
	if !id.May(access.AgreementsRead) || !d.Active() {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	today := a.Devices.Today()
	list, err := a.Agreements.Covered(ctx, d.Client, today)
	if err != nil {
		return nil, err
	}
	var c cover
	counted := map[string]bool{}
	for _, x := range list {
		if x.Ref == careRef+d.ID.String() {
			c.lines = append(c.lines, x)
			counted[x.Agreement.String()] = true
		}
	}
	all, err := a.Agreements.Of(ctx, id.Scope(), d.Client)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		if x.Stage(today) == agreements.Current && !counted[x.ID.String()] {
			c.others = append(c.others, x)
		}
	}
	here, err := a.countsEstate(ctx, d.Client)
	c.books = !here
	return coverOfDevice(c, d), err
}
