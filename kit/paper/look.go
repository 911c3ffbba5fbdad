// SPDX-License-Identifier: Apache-2.0

package paper

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // logos
	"image/png"
	"strconv"
	"strings"

	xdraw "golang.org/x/image/draw"

	"mainstay/kit/fault"
)

// Look is how a firm's documents look.
type Look struct {
	Name   string       // shown where there is no logo
	Logo   *Logo        // nil = none
	Accent Color        // of the rule, the headings and the total
	Footer []FootColumn // at the foot of each page, 1–4
}

// FootColumn is one column of the foot of a page: a few short lines.
type FootColumn []string

// Color is a colour of sRGB.
type Color struct{ R, G, B uint8 }

// ParseColor reads "#0f6b5c".
func ParseColor(s string) (Color, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	if err != nil || len(s) != 7 || s[0] != '#' {
		return Color{}, false
	}
	return Color{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

// luminance is about that of WCAG, 0–255000, without its gamma.
func (c Color) luminance() int { return 299*int(c.R) + 587*int(c.G) + 114*int(c.B) }

// readable darkens a colour until text in it can be read on white.
func (c Color) readable() Color {
	for c.luminance() > 125_000 {
		c = Color{uint8(int(c.R) * 9 / 10), uint8(int(c.G) * 9 / 10), uint8(int(c.B) * 9 / 10)}
	}
	return c
}

// tint mixes a colour with white.
func (c Color) tint(percent int) Color {
	mix := func(x uint8) uint8 { return uint8(255 - (255-int(x))*percent/100) }
	return Color{mix(c.R), mix(c.G), mix(c.B)}
}

// Logo is a picture that is ready to be embedded.
type Logo struct {
	png  []byte
	w, h float64
}

// Limits of a logo.
const (
	MaxLogoBytes  = 2 << 20
	maxLogoPixels = 16_000_000
	logoWidth     = 900 // pixels that are kept: 300 dpi at 76 mm
)

// NewLogo reads a PNG or JPEG and prepares it once for any number of documents: on white, and no larger than paper shows.
func NewLogo(b []byte) (*Logo, error) {
	if len(b) > MaxLogoBytes {
		return nil, fault.NewInvalid("A logo has at most %d MB.", MaxLogoBytes>>20)
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return nil, fault.NewInvalid("A logo is a PNG or JPEG file.").Because(err)
	}
	if c.Width*c.Height > maxLogoPixels {
		return nil, fault.NewInvalid("The logo has too many pixels: at most %d million.", maxLogoPixels/1_000_000)
	}
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fault.NewInvalid("A logo is a PNG or JPEG file.").Because(err)
	}
	w, h := c.Width, c.Height
	if w > logoWidth {
		w, h = logoWidth, max(1, h*logoWidth/w)
	}
	flat := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	xdraw.CatmullRom.Scale(flat, flat.Bounds(), m, m.Bounds(), xdraw.Over, nil)
	var out bytes.Buffer
	if err := png.Encode(&out, flat); err != nil { // opaque, so 8 bits of RGB
		return nil, err
	}
	return &Logo{out.Bytes(), float64(w), float64(h)}, nil
}

// Size is a sheet's, in millimetres.
type Size struct{ W, H float64 }

// The sizes.
var (
	A4           = Size{210, 297}
	LetterFormat = Size{215.9, 279.4}
)

// SizeFor returns what a country prints on.
func SizeFor(country string) Size {
	if len(country) == 2 && strings.Contains(" US CA MX PR PH CL CO VE GT CR SV HN NI PA DO ", " "+country+" ") {
		return LetterFormat
	}
	return A4
}
