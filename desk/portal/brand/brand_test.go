// SPDX-License-Identifier: Apache-2.0

package brand_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/desk/portal/brand"
)

// Whatever colour a firm has, what is written in it and on it can be read, in light and in dark.
func TestEveryColourCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Uint8(), 3, 3).Draw(t, "rgb")
		c := brand.Colour{R: b[0], G: b[1], B: b[2]}
		light, dark := brand.Palette(c)
		for name, x := range map[string]struct {
			theme brand.Theme
			paper brand.Colour
		}{"light": {light, brand.Colour{R: 255, G: 255, B: 255}}, "dark": {dark, brand.Colour{R: 0x16, G: 0x18, B: 0x1b}}} {
			for what, got := range map[string]float64{
				"on the paper": brand.Contrast(x.theme.Accent, x.paper), "on its ground": brand.Contrast(x.theme.Accent, x.theme.Ground),
				"a button": brand.Contrast(x.theme.On, x.theme.Accent), "a button under the pointer": brand.Contrast(x.theme.On, x.theme.Hover),
			} {
				if got < 4.5 {
					t.Fatalf("%s %s: %s has %.2f", c, name, what, got)
				}
			}
		}
	})
}

func TestContrastIsThatOfWCAG(t *testing.T) {
	white, grey := brand.Colour{R: 255, G: 255, B: 255}, brand.Colour{R: 0x77, G: 0x77, B: 0x77}
	if got := brand.Contrast(white, brand.Colour{}); math.Abs(got-21) > 1e-9 {
		t.Errorf("black on white: %v", got)
	}
	if got := brand.Contrast(grey, white); math.Abs(got-4.478) > 0.001 { // the known grey that just fails
		t.Errorf("#777 on white: %v", got)
	}
}

func TestParse(t *testing.T) {
	for _, s := range []string{"", "#fff", "0f6b5c0", "#0f6b5g", "#0f6b5c;", "red"} {
		if _, err := brand.Parse(s); err == nil {
			t.Errorf("%q is a colour", s)
		}
	}
	c, err := brand.Parse("#0f6b5c")
	if err != nil || c.String() != "#0f6b5c" {
		t.Fatal(c, err)
	}
	if css := brand.CSS(c); !strings.Contains(css, "--accent: light-dark(#0f6b5c, ") {
		t.Errorf("a colour that can be read does not stay: %s", css)
	}
}
