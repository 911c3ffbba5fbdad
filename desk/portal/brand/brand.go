// SPDX-License-Identifier: Apache-2.0

// Package brand makes of one colour of a firm the colours of its portal, so that what is written in and on them can be read
// whatever the firm chose: contrast is that of WCAG 2.2, 4.5:1 for text.
package brand

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Colour is a colour in sRGB.
type Colour struct{ R, G, B uint8 }

// Parse reads "#rrggbb".
func Parse(s string) (Colour, error) {
	if len(s) != 7 || s[0] != '#' {
		return Colour{}, errors.New("not a colour")
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, err
}

// String writes "#rrggbb".
func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// luminance is the relative luminance of WCAG 2.2.
func (c Colour) luminance() float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// Contrast is the ratio of two colours, 1 to 21.
func Contrast(a, b Colour) float64 {
	x, y := a.luminance(), b.luminance()
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// mix returns a with the part t, 0 to 1, of b.
func mix(a, b Colour, t float64) Colour {
	f := func(x, y uint8) uint8 { return uint8(math.Round(float64(x)*(1-t) + float64(y)*t)) }
	return Colour{f(a.R, b.R), f(a.G, b.G), f(a.B, b.B)}
}

var (
	white = Colour{255, 255, 255}
	black = Colour{}
)

// The lightest and darkest grounds on which the accent stands as text, in light and dark colours.
var (
	lightGround = Colour{0xf0, 0xef, 0xeb}
	darkGround  = Colour{0x1d, 0x20, 0x24}
)

// Theme are the colours of one look.
type Theme struct{ Accent, Hover, Ground, On Colour }

// Palette returns the colours for light and dark looks. The firm's colour is moved towards black or white until it can be
// read; one that can be read already stays as it is.
func Palette(c Colour) (light, dark Theme) {
	return theme(c, lightGround, white, black, 0.1), theme(c, darkGround, Colour{0x16, 0x18, 0x1b}, white, 0.16)
}

const readable = 4.5

func theme(c, ground, paper, towards Colour, tint float64) Theme {
	t := Theme{Accent: c}
	for step := 0; step <= 100; step++ {
		t.Accent = mix(c, towards, float64(step)/100)
		t.Ground = mix(paper, t.Accent, tint)
		t.On = white
		if Contrast(black, t.Accent) > Contrast(white, t.Accent) {
			t.On = black
		}
		if Contrast(t.Accent, ground) >= readable && Contrast(t.Accent, t.Ground) >= readable && Contrast(t.On, t.Accent) >= readable {
			break
		}
	}
	t.Hover = mix(t.Accent, towards, 0.16)
	if Contrast(t.On, t.Hover) < readable {
		t.Hover = t.Accent
	}
	return t
}

// CSS is a stylesheet that sets the accent of the house to the palette of c.
func CSS(c Colour) string {
	l, d := Palette(c)
	pair := func(a, b Colour) string { return "light-dark(" + a.String() + ", " + b.String() + ")" }
	return ":root {\n  --accent: " + pair(l.Accent, d.Accent) + ";\n  --accent-hover: " + pair(l.Hover, d.Hover) +
		";\n  --accent-ground: " + pair(l.Ground, d.Ground) + ";\n  --on-accent: " + pair(l.On, d.On) + ";\n}\n"
}
