// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"strings"

	"mainstay/kit/locale"
)

// nextTheme returns what the theme button does: from the device's colours to
// light, to dark, and back.
func nextTheme(ctx context.Context, t Theme) (next Theme, icon, label string) {
	switch t {
	case Light:
		return Dark, "sun", locale.T(ctx, "Light colours; switch to dark")
	case Dark:
		return System, "moon", locale.T(ctx, "Dark colours; follow the device")
	}
	return Light, "monitor", locale.T(ctx, "Colours follow the device; switch to light")
}

func toneIcon(t Tone) string {
	switch t {
	case Good:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Bad:
		return "circle-x"
	}
	return "info"
}

func outsideOf(ctx context.Context) Outside {
	if o := From(ctx).Outside; o != nil {
		return *o
	}
	return Outside{Name: From(ctx).Firm, Home: "/"}
}

// titleOf ends the title in the browser's tab: the firm's name for those who are not of it.
func titleOf(v View) string {
	if v.Outside != nil {
		return v.Outside.Name
	}
	return "Mainstay"
}

// dialled is a phone number as a telephone takes it.
func dialled(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, s)
}
