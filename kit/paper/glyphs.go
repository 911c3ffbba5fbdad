// SPDX-License-Identifier: Apache-2.0

package paper

import (
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font/sfnt"
)

// glyphs are the letters of the basic plane that the fonts have, one bit each; read once, since the font is a constant of the program.
var glyphs = sync.OnceValue(func() *[1 << 16 / 64]uint64 {
	out := new([1 << 16 / 64]uint64)
	f, err := sfnt.Parse(liberationsansregular.TTF)
	if err != nil {
		return out // the font is compiled in and parsed by every test
	}
	var b sfnt.Buffer
	for r := rune(0); r < 1<<16; r++ {
		if i, err := f.GlyphIndex(&b, r); err == nil && i != 0 {
			out[r/64] |= 1 << (r % 64)
		}
	}
	return out
})

func inFont(r rune) bool { return r >= 0 && r < 1<<16 && glyphs()[r/64]&(1<<(r%64)) != 0 }
