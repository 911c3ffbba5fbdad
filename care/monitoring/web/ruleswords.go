// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"strings"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// kindText says what a kind of rule does.
func kindText(ctx context.Context, k rules.Kind) string {
	switch k {
	case rules.Threshold:
		return locale.T(ctx, "Alarms when the value passes a limit for long enough, and clears when it has come back by more than a hair.")
	case rules.Rate:
		return locale.T(ctx, "Alarms when the value changes too quickly.")
	case rules.Forecast:
		return locale.T(ctx, "Lays a line through the window that single wild values do not move, and alarms when it reaches the end in too few hours. Noise never alarms.")
	case rules.Baseline:
		return locale.T(ctx, "Learns for two days what is usual, also by hour of the day, and alarms when the series goes beyond all it did in the last week. The more often it alarms, the further it must go.")
	case rules.Absence:
		return locale.T(ctx, "Alarms when nothing was heard of a device for so many minutes.")
	}
	return locale.T(ctx, "Alarms when so many of the last results of a check are bad.")
}

// unit is what the limits of a rule are counted in.
func unit(ctx context.Context, w rules.Watch) string {
	switch w.Rule.Kind {
	case rules.Forecast:
		return locale.T(ctx, "hours")
	case rules.Absence:
		return locale.T(ctx, "minutes")
	case rules.Baseline:
		return "%"
	case rules.Check:
		return locale.T(ctx, "bad ones")
	case rules.Rate:
		return strings.TrimSpace(valueUnit(w) + "/s")
	}
	return valueUnit(w)
}

// valueUnit is what the values of a metric are counted in, as the form shows them.
func valueUnit(w rules.Watch) string {
	switch m := w.Metric; {
	case strings.HasSuffix(m, "_ratio"):
		return "%"
	case strings.HasSuffix(m, "_bytes"):
		return "B"
	case strings.HasSuffix(m, "_bytes_total"):
		return "B/s"
	case strings.HasSuffix(m, "_celsius"):
		return "°C"
	case strings.HasSuffix(m, "_seconds"):
		return "s"
	}
	return ""
}

func floorLabel(ctx context.Context, k rules.Kind) string {
	if k == rules.Forecast {
		return locale.T(ctx, "Not before it is at")
	}
	return locale.T(ctx, "Least change that matters")
}

func belowLabel(ctx context.Context, k rules.Kind) string {
	if k == rules.Baseline {
		return locale.T(ctx, "Alarm when it is lower than usual, not higher")
	}
	return locale.T(ctx, "Alarm when it falls to the limit, not when it rises")
}

func eitherLabel(ctx context.Context, k rules.Kind) string {
	if k == rules.Baseline {
		return locale.T(ctx, "Alarm both when it is higher and when it is lower")
	}
	return locale.T(ctx, "Its sign does not matter")
}

func kindChoices(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: "server", Label: locale.T(ctx, "Servers")},
		{Value: "workstation", Label: locale.T(ctx, "Workstations")},
		{Value: "laptop", Label: locale.T(ctx, "Laptops")},
		{Value: "network", Label: locale.T(ctx, "Network")},
		{Value: "printer", Label: locale.T(ctx, "Printers")},
		{Value: "ups", Label: locale.T(ctx, "UPS")},
		{Value: "service", Label: locale.T(ctx, "Services")},
		{Value: "other", Label: locale.T(ctx, "Others")},
	}
}
