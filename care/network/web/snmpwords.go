// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"mainstay/kit/locale"
)

func credentialTitle(ctx context.Context, v *credentialsView) string {
	if v.form.ID != 0 {
		return locale.T(ctx, "Change SNMP credentials")
	}
	return locale.T(ctx, "Add credentials")
}

func keepHint(ctx context.Context, v *credentialsView) string {
	if v.form.ID != 0 {
		return locale.T(ctx, "Passwords that are left empty stay as they are.")
	}
	return ""
}

func watchHint(ctx context.Context, v *polledView) string {
	hint := locale.T(ctx, "One name a line. Left empty, these are the ports at which other network devices hang.")
	if names := v.portNames(); names != "" {
		hint += " " + locale.T(ctx, "The device has, among others: %s", names)
	}
	return hint
}

// troubleWord is what is wrong with a printer, in the reader's language.
func troubleWord(ctx context.Context, s string) string {
	switch s {
	case "low paper":
		return locale.T(ctx, "little paper")
	case "no paper":
		return locale.T(ctx, "no paper")
	case "low toner":
		return locale.T(ctx, "little toner")
	case "no toner":
		return locale.T(ctx, "no toner")
	case "door open":
		return locale.T(ctx, "a door is open")
	case "jammed":
		return locale.T(ctx, "paper jam")
	case "offline":
		return locale.T(ctx, "switched offline")
	}
	return locale.T(ctx, "asks for service")
}

func batteryWord(ctx context.Context, s string) string {
	switch s {
	case "normal":
		return locale.T(ctx, "in good order")
	case "low":
		return locale.T(ctx, "nearly empty")
	case "depleted":
		return locale.T(ctx, "empty")
	}
	return locale.T(ctx, "unknown")
}

func sourceWord(ctx context.Context, s string) string {
	switch s {
	case "normal":
		return locale.T(ctx, "mains")
	case "battery":
		return locale.T(ctx, "battery")
	case "bypass":
		return locale.T(ctx, "bypass")
	}
	return locale.T(ctx, "unknown")
}
