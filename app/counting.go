// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/agreements"
)

// countingKey is where it is kept that a client's agreements count the devices of the estate.
func countingKey(client ids.ID) string { return "devices.counted." + client.String() }

// countsEstate reports whether a client's agreements count the devices of the estate: when the firm said so, and where the books tell
// of none anyway. A client of whose thirty devices three are enrolled must not be billed for three.
func (a *App) countsEstate(ctx context.Context, client ids.ID) (bool, error) {
	said, err := a.Values.Get(ctx, countingKey(client))
	if err != nil || said != "" {
		return said == "yes", err
	}
	here, err := a.Devices.Find(ctx, access.WholeFirm(), client, devices.Query{})
	if err != nil || len(here) == 0 {
		return false, err
	}
	books, err := a.Books.Devices(ctx, client, "", 1)
	return err == nil && len(books) == 0, err
}

// counting says from where a client's devices are counted: how many the books tell of, and whether those of the estate count.
func (a *App) counting(ctx context.Context, client ids.ID) (books int, here bool, err error) {
	list, err := a.Books.Devices(ctx, client, "", maxCounted)
	if err != nil {
		return 0, false, err
	}
	here, err = a.countsEstate(ctx, client)
	return len(list), here, err
}

// setCounting decides it, from now on.
func (a *App) setCounting(ctx context.Context, client ids.ID, here bool) error {
	return a.Values.Set(ctx, countingKey(client), map[bool]string{true: "yes", false: "no"}[here])
}

// countEstate is what of the estate a counted line of a client covers.
func (a *App) countEstate(ctx context.Context, client ids.ID, filter string) (out []agreements.Member, ok bool, err error) {
	q, err := devices.ParseQuery(filter)
	if err != nil { // words that are no query: all of them must stand somewhere
		q = devices.Query{}
	} else {
		filter = ""
	}
	list, err := a.Devices.Find(ctx, access.WholeFirm(), client, q)
	if err != nil {
		return nil, false, err
	}
	for _, d := range list {
		if matches(filter, d.Name, string(d.Kind), d.OS, d.Serial) {
			out = append(out, agreements.Member{Ref: careRef + d.ID.String(), Name: d.Name})
		}
	}
	return out, true, nil
}

// countDevices keeps the day's counts with their evidence: of all devices of each client, and of each query that its agreements
// count by.
func (a *App) countDevices(ctx context.Context) error {
	all, err := a.Devices.Find(ctx, access.WholeFirm(), 0, devices.Query{})
	if err != nil {
		return err
	}
	of := map[ids.ID][]string{}
	for _, d := range all {
		if of[d.Client] == nil {
			of[d.Client] = []string{""}
		}
	}
	filters, err := a.Agreements.CountedFilters(ctx)
	if err != nil {
		return err
	}
	for _, f := range filters {
		if of[f.Client] != nil && f.Filter != "" {
			of[f.Client] = append(of[f.Client], f.Filter)
		}
	}
	var failed error
	for client, list := range of {
		for _, text := range list {
			q, err := devices.ParseQuery(text)
			if err != nil {
				continue // the books' words
			}
			_, err = a.Devices.CountToday(ctx, client, q)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
