// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"mainstay/care/devices"
	devicesweb "mainstay/care/devices/web"
	"mainstay/kit/access"
	"mainstay/kit/config"
	"mainstay/kit/ids"
	"mainstay/practice/agreements"
)

// countingKey is where it is kept that a client's agreements count the devices of the estate.
func countingKey(client ids.ID) string { return "devices.counted." + client.String() }

// countsEstate reports whether a client's agreements count the devices of the estate: as the firm said; else as they counted until now,
// also when the last device is gone, for then there are none; else from the first device on, unless the books tell of some or somebody
// said how many there are. A client of whose thirty devices three are enrolled must not be billed for three.
func (a *App) countsEstate(ctx context.Context, client ids.ID) (bool, error) {
	said, err := a.Values.Get(ctx, countingKey(client))
	if err != nil || said != "" {
		return said == "yes", err
	}
	lines, err := a.Agreements.LineCounts(ctx, client, agreements.CountedDevices, a.Agreements.Today(""))
	if err != nil {
		return false, err
	}
	var books, estate, people bool
	for _, l := range lines {
		books = books || l.Covers && strings.HasPrefix(l.Ref, bookRef)
		estate = estate || strings.HasPrefix(l.Ref, careRef)
		people = people || l.Ref == "" && l.Source != "" && l.Source != agreements.CountedDevices
	}
	if books || estate {
		return !books, nil
	}
	here, err := a.Devices.Find(ctx, access.WholeFirm(), client, devices.Query{})
	if err != nil || len(here) == 0 || people {
		return false, err
	}
	list, err := a.Books.Devices(ctx, client, "", 1)
	return err == nil && len(list) == 0, err
}

// byHand reports whether the devices of a client are billed as somebody entered it: none of its lines was ever counted, and the firm did
// not say that they shall be.
func (a *App) byHand(ctx context.Context, client ids.ID) (hand bool, err error) {
	said, err := a.Values.Get(ctx, countingKey(client))
	if err != nil || said != "" {
		return false, err
	}
	lines, err := a.Agreements.LineCounts(ctx, client, agreements.CountedDevices, a.Agreements.Today(""))
	for _, l := range lines {
		if l.Ref != "" {
			return false, err
		}
		hand = hand || l.Source == agreements.CountedHand
	}
	return hand, err
}

// countLine says what a counted line of a client covers, and false where nobody can say or somebody said how many there are.
func (a *App) countLine(ctx context.Context, client ids.ID, counted, filter string) ([]agreements.Member, bool, error) {
	if counted == agreements.CountedDevices {
		if hand, err := a.byHand(ctx, client); err != nil || hand {
			return nil, false, err
		}
	}
	return a.countOf(ctx, client, counted, filter)
}

// counting says from where a client's devices are counted.
func (a *App) counting(ctx context.Context, client ids.ID) (c devicesweb.Counting, err error) {
	list, err := a.Books.Devices(ctx, client, "", maxCounted)
	if err != nil {
		return c, err
	}
	said, err := a.Values.Get(ctx, countingKey(client))
	if err != nil {
		return c, err
	}
	c.Books, c.Chosen = len(list), said != ""
	if c.Hand, err = a.byHand(ctx, client); err != nil || c.Hand {
		return c, err
	}
	c.Here, err = a.countsEstate(ctx, client)
	c.Hand = !c.Here && c.Books == 0
	return c, err
}

// countingMerged takes along what the firm said of a client that was merged into another, of which it said nothing. Where that one
// counts the devices of its books, it goes on to: they are more than those that are enrolled.
func (a *App) countingMerged(ctx context.Context, arg string) error {
	x, y, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(x)
	if err != nil {
		return err
	}
	into, err := ids.Parse(y)
	if err != nil {
		return err
	}
	lines, err := a.Agreements.LineCounts(ctx, into, agreements.CountedDevices, a.Agreements.Today(""))
	if err != nil {
		return err
	}
	books := slices.ContainsFunc(lines, func(l agreements.LineCount) bool { return l.Covers && strings.HasPrefix(l.Ref, bookRef) })
	return a.DB.Write(ctx, func(tx *sql.Tx) error {
		said, err := config.GetIn(ctx, tx, countingKey(from))
		if err != nil || said == "" {
			return err
		}
		was, err := config.GetIn(ctx, tx, countingKey(into))
		if err != nil {
			return err
		}
		if was == "" && (!books || said != "yes") {
			if err := config.SetIn(ctx, tx, countingKey(into), said); err != nil {
				return err
			}
		}
		return config.SetIn(ctx, tx, countingKey(from), "")
	})
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

// countsPage is where the counts of a client's devices by a line's filter are shown; words that are no query are not counted of their own.
func (a *App) countsPage(ctx context.Context, client ids.ID, filter string) string {
	if !access.From(ctx).May(access.DevicesRead) {
		return ""
	}
	if _, err := devices.ParseQuery(filter); err != nil {
		filter = ""
	}
	return devicesweb.CountsURL(client, filter)
}

// CountDevices keeps the day's counts with their evidence: of all devices of each client, and of each query that its agreements
// count by.
func (a *App) CountDevices(ctx context.Context) error {
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
	before, err := a.Devices.CountedClients(ctx)
	if err != nil {
		return err
	}
	for _, c := range before { // none is a count too
		of[c] = []string{""}
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
