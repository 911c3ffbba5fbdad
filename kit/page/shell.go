// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"

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
