// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Params reads the params of a probe; the first one that is wrong is kept in Err.
type Params struct {
	M   map[string]string
	Err error
}

// Fail keeps what is wrong, when nothing was before.
func (p *Params) Fail(key string, args ...any) {
	if p.Err == nil {
		p.Err = because(key, args...)
	}
}

// Text is a param without space around it, "" when it is missing.
func (p *Params) Text(name string) string { return strings.TrimSpace(p.M[name]) }

// Number is a param, or what it is without.
func (p *Params) Number(name string, without float64) float64 {
	v := p.Text(name)
	if v == "" {
		return without
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
		p.Fail("The probe's %s must be a number, not %q.", name, v)
		return without
	}
	return n
}

// Count is a whole number between least and most, or what it is without.
func (p *Params) Count(name string, without, least, most int) int {
	n := p.Number(name, float64(without))
	if n != math.Trunc(n) || n < float64(least) || n > float64(most) {
		p.Fail("The probe's %s must be a whole number between %d and %d.", name, least, most)
		return without
	}
	return int(n)
}

// Seconds is a length of time given in seconds, 0 when it is missing.
func (p *Params) Seconds(name string) time.Duration {
	return time.Duration(min(p.Number(name, 0), 1e9) * float64(time.Second))
}

// Choice is a param that is one of some words, the first when it is missing.
func (p *Params) Choice(name string, words ...string) string {
	v := p.Text(name)
	if v == "" {
		return words[0]
	}
	if !slices.Contains(words, v) {
		p.Fail("The probe's %s must be one of %s, not %q.", name, strings.Join(words, ", "), v)
		return words[0]
	}
	return v
}

// List is a param of several values with commas or line feeds between them.
func (p *Params) List(name string) (out []string) {
	for _, v := range strings.FieldsFunc(p.M[name], func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}
