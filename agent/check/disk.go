// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/shirou/gopsutil/v4/disk"

	"mainstay/kit/wire"
)

// disk looks at the room of a file system.
func (r *Runner) disk(_ context.Context, _ wire.Check, p *params) wire.Result {
	mount := p.need("mount")
	warn, critical := p.number("warn", 85), p.number("critical", 95)
	freeWarn, freeCritical := p.number("free_warn", 0), p.number("free_critical", 0)
	if p.err != nil {
		return wire.Result{}
	}
	u, err := disk.Usage(mount)
	if err != nil {
		return result(wire.StateCritical, nil, "%s cannot be looked at: %s.", mount, err)
	}
	values := map[string]float64{"disk_used_ratio": u.UsedPercent / 100, "disk_free_bytes": float64(u.Free)}
	state := wire.StateOK
	byFree := freeWarn > 0 || freeCritical > 0
	switch {
	case byFree && float64(u.Free) < freeCritical, !byFree && u.UsedPercent >= critical:
		state = wire.StateCritical
	case byFree && float64(u.Free) < freeWarn, !byFree && u.UsedPercent >= warn:
		state = wire.StateWarning
	}
	return result(state, values, "%s is used to %.0f %%; %s are free.", mount, u.UsedPercent, size(float64(u.Free)))
}

func size(b float64) string {
	for _, unit := range []string{"bytes", "KiB", "MiB", "GiB"} {
		if b < 1024 {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", b), ".0") + " " + unit
		}
		b /= 1024
	}
	return fmt.Sprintf("%.1f TiB", b)
}

// smart looks at what drives say of themselves.
func (r *Runner) smart(ctx context.Context, _ wire.Check, p *params) wire.Result {
	if r.Health == nil {
		return unknown("This machine's drives cannot be asked.")
	}
	all, err := r.Health(ctx)
	if err != nil {
		return unknown("The drives cannot be asked: %s.", err)
	}
	if len(all) == 0 {
		return unknown("No drive of this machine says anything of its health.")
	}
	wear := p.number("wear", 90)
	state := wire.StateOK
	var lines []string
	bad := 0
	for _, d := range all {
		s, why := wire.StateOK, "healthy"
		switch {
		case !d.Healthy:
			s, why = wire.StateCritical, d.Text
			if why == "" {
				why = "it says that it is failing"
			}
		case d.Reallocated > 0 || d.Pending > 0 || d.Errors > 0:
			s, why = wire.StateWarning, fmt.Sprintf("%d sectors reallocated, %d pending, %d errors", max(d.Reallocated, 0), max(d.Pending, 0), max(d.Errors, 0))
		case float64(d.WearPercent) >= wear:
			s, why = wire.StateWarning, fmt.Sprintf("%d %% of its life used", d.WearPercent)
		}
		if s > wire.StateOK {
			bad++
		}
		state = max(state, s)
		lines = append(lines, fmt.Sprintf("%s: %s (by %s)", d.Name, why, d.Source))
	}
	res := result(state, map[string]float64{"smart_drives_bad": float64(bad)}, "%d of %d drives are healthy.", len(all)-bad, len(all))
	if bad == 1 {
		for _, l := range lines {
			if !strings.Contains(l, ": healthy (") {
				res.Text = l
			}
		}
	}
	res.Detail = strings.Join(lines, "\n")
	return res
}
