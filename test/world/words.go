// SPDX-License-Identifier: Apache-2.0

package world

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/civil"
)

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

// poisson draws by Knuth's product of uniforms; the means here are small.
func poisson(r *rand.Rand, mean float64) int {
	limit, p, n := math.Exp(-mean), r.Float64(), 0
	for p > limit && n < 1000 {
		p *= r.Float64()
		n++
	}
	return n
}

// us writes a day as American reports do.
func us(d civil.Date) string {
	y, m, day := d.Civil()
	return fmt.Sprintf("%02d/%02d/%04d", m, day, y)
}

func name(m civil.Month) string {
	y, mo := m.Civil()
	return fmt.Sprintf("%s %d", time.Month(mo), y)
}

func trim(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func slug(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r < 'a' || r > 'z' }), ".")
}

func code(s string) string {
	var b strings.Builder
	for _, w := range strings.Fields(s) {
		if w[0] >= 'A' && w[0] <= 'Z' {
			b.WriteByte(w[0])
		}
	}
	return b.String()
}
