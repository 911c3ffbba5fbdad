// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"context"
	"slices"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/series"
)

// measuredBy is whose series those of a device are. A sample bears the client whose the device was when it was measured, and a device takes
// its history along: the firm's own people see what it measured with all clients that it was with, and with those that became part of
// them. Whoever is limited to one client sees what it measured there, and not what it did before it was moved to them: that is
// the other client's, here as in the answers to other programs. Series of a client that it was never with are not its own, whatever
// device they name: a token may write what it likes for its client.
func (a *App) measuredBy(ctx context.Context, d *devices.Device) (series.Reach, error) {
	list := []ids.ID{d.Client}
	if scope := access.From(ctx).Scope(); scope.All() {
		var err error
		if list, err = a.Devices.ClientsOf(ctx, scope, d.ID); err != nil {
			return series.Reach{}, err
		}
	}
	also, err := a.Clients.Absorbed(ctx, list)
	return series.Only(append(list, also...)...), err
}

// joined makes one line of those that differ in nothing but the client: what a device measured before it was moved, and after. In the
// interval of the move both have a bar.
func joined(lines []series.ChartLine) []series.ChartLine {
	var out []series.ChartLine
	at := map[string]int{}
	for _, l := range lines {
		key := keyOf(l.Labels)
		i, ok := at[key]
		if !ok {
			at[key] = len(out)
			out = append(out, l)
			continue
		}
		out[i].Bars = joinedBars(out[i].Bars, l.Bars)
	}
	return out
}

func joinedBars(a, b []series.Bar) []series.Bar {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(x, y series.Bar) int { return cmp.Compare(x.At, y.At) })
	out := all[:0]
	for _, x := range all {
		if n := len(out); n > 0 && out[n-1].At == x.At {
			y := &out[n-1]
			y.Min, y.Avg, y.Max = min(x.Min, y.Min), (x.Avg+y.Avg)/2, max(x.Max, y.Max)
			continue
		}
		out = append(out, x)
	}
	return out
}
