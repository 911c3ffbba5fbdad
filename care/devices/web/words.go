// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"slices"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
)

// KindName names a kind of device.
func KindName(ctx context.Context, k devices.Kind) string { return kindName(ctx, k) }

func kindName(ctx context.Context, k devices.Kind) string {
	switch k {
	case devices.Server:
		return locale.T(ctx, "Server")
	case devices.Workstation:
		return locale.T(ctx, "Workstation")
	case devices.Laptop:
		return locale.T(ctx, "Laptop")
	case devices.NetworkGear:
		return locale.T(ctx, "Network gear")
	case devices.Printer:
		return locale.T(ctx, "Printer")
	case devices.Phone:
		return locale.T(ctx, "Phone")
	case devices.Power:
		return locale.T(ctx, "UPS")
	}
	return locale.T(ctx, "Other device")
}

func kindIcon(k devices.Kind) string {
	switch k {
	case devices.Server:
		return "server"
	case devices.Workstation:
		return "monitor"
	case devices.Laptop:
		return "laptop"
	case devices.NetworkGear:
		return "network"
	case devices.Printer:
		return "printer"
	case devices.Phone:
		return "smartphone"
	case devices.Power:
		return "zap"
	}
	return "hard-drive"
}

func stateName(ctx context.Context, s string) string {
	switch s {
	case devices.StateOnline:
		return locale.T(ctx, "Online")
	case devices.StateOffline:
		return locale.T(ctx, "Offline")
	case devices.StateAway:
		return locale.T(ctx, "Switched off")
	case devices.StateSilent:
		return locale.T(ctx, "No agent")
	}
	return locale.T(ctx, "Retired")
}

func stateTone(s string) page.Tone {
	switch s {
	case devices.StateOnline:
		return page.Good
	case devices.StateOffline:
		return page.Bad
	}
	return page.Neutral
}

func sourceName(ctx context.Context, s devices.Source) string {
	switch s {
	case devices.ByAgent:
		return locale.T(ctx, "by its agent")
	case devices.ByImport:
		return locale.T(ctx, "by an import")
	case devices.Found:
		return locale.T(ctx, "found in the network")
	}
	return locale.T(ctx, "by hand")
}

func kindOptions(ctx context.Context, first string) []page.Option {
	var out []page.Option
	if first != "" {
		out = append(out, page.Option{Label: first})
	}
	for _, k := range devices.Kinds() {
		out = append(out, page.Option{Value: string(k), Label: kindName(ctx, k)})
	}
	return out
}

// ago says how long since an instant, in the largest whole unit.
func ago(ctx context.Context, now, at int64) string {
	if at == 0 {
		return locale.T(ctx, "never")
	}
	d := time.Duration(now-at) * time.Microsecond
	switch {
	case d < time.Minute:
		return locale.T(ctx, "just now")
	case d < time.Hour:
		return locale.N(ctx, "%d minute ago|%d minutes ago", int64(d/time.Minute))
	case d < 48*time.Hour:
		return locale.N(ctx, "%d hour ago|%d hours ago", int64(d/time.Hour))
	case d < 60*24*time.Hour:
		return locale.N(ctx, "%d day ago|%d days ago", int64(d/(24*time.Hour)))
	}
	return locale.From(ctx).DateTime(clock.FromMicros(at))
}

// size writes bytes in binary units.
func size(ctx context.Context, n int64) string {
	if n <= 0 {
		return ""
	}
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if v >= 100 || v == float64(int64(v)) {
		return locale.From(ctx).Number(int64(v+.5)) + " " + units[i]
	}
	return locale.From(ctx).Decimal(money.Decimal{Coef: int64(v*10 + .5), Scale: 1}) + " " + units[i]
}

// whatName says what happened to a thing of the inventory.
func whatName(ctx context.Context, w devices.What) string {
	switch w {
	case devices.Added:
		return locale.T(ctx, "added")
	case devices.Removed:
		return locale.T(ctx, "removed")
	}
	return locale.T(ctx, "changed")
}

func whatTone(w devices.What) page.Tone {
	switch w {
	case devices.Added:
		return page.Good
	case devices.Removed:
		return page.Warn
	}
	return page.Info
}

// sectionName names a part of the inventory.
func sectionName(ctx context.Context, s string) string {
	switch s {
	case "device":
		return locale.T(ctx, "Record")
	case "system":
		return locale.T(ctx, "System")
	case "hardware":
		return locale.T(ctx, "Hardware")
	case "volumes":
		return locale.T(ctx, "Volumes")
	case "network":
		return locale.T(ctx, "Network")
	case "software":
		return locale.T(ctx, "Software")
	case "services":
		return locale.T(ctx, "Services")
	case "users":
		return locale.T(ctx, "Accounts")
	case "sessions":
		return locale.T(ctx, "Signed in")
	case "ports":
		return locale.T(ctx, "Open ports")
	case "containers":
		return locale.T(ctx, "Containers")
	case "health":
		return locale.T(ctx, "Health of the drives")
	}
	return s
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// share is a share as a measure; below 0 nobody knows it.
func share(ctx context.Context, label string, x float64) page.KPI {
	if x < 0 {
		return page.KPI{Label: label, Unknown: locale.T(ctx, "not known now")}
	}
	return page.KPI{Label: label, Value: locale.From(ctx).Percent(x, 0)}
}

func serviceState(ctx context.Context, s string) string {
	switch s {
	case "running":
		return locale.T(ctx, "Running")
	case "stopped":
		return locale.T(ctx, "Stopped")
	case "failed":
		return locale.T(ctx, "Failed")
	}
	return locale.T(ctx, "Other state")
}

func serviceTone(s string) page.Tone {
	switch s {
	case "running":
		return page.Good
	case "failed":
		return page.Bad
	}
	return page.Neutral
}

func serviceStart(ctx context.Context, s string) string {
	switch s {
	case "auto":
		return locale.T(ctx, "by itself")
	case "manual":
		return locale.T(ctx, "when needed")
	case "disabled":
		return locale.T(ctx, "never")
	}
	return ""
}

func civilDay(now int64) civil.Date { return civil.DateOf(clock.FromMicros(now)) }

// footOf says below a list how much of it is shown.
func footOf(ctx context.Context, all string, n int) string {
	if n <= shownPrograms {
		return all
	}
	return all + " · " + locale.T(ctx, "the first %s are shown; filter for others", locale.From(ctx).Number(shownPrograms))
}
