// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"fmt"
	"strings"

	"mainstay/kit/locale"
)

// part is a piece of a bar: its colour and its width, both classes, because styles in the page are not allowed.
type part struct{ class, width string }

// parts divides a bar among the states, in steps of five per cent; what is there at all has one step.
func parts(t *tally) []part {
	all := t.all()
	if all == 0 {
		return nil
	}
	var out []part
	for _, x := range []struct {
		class string
		n     int
	}{{"good", t.online}, {"bad", t.offline}, {"quiet", t.away}, {"none", t.silent}} {
		if x.n > 0 {
			out = append(out, part{x.class, widthClass(float64(x.n) / float64(all))})
		}
	}
	return out
}

// widthClass is the class of a width, in steps of five per cent and never nothing.
func widthClass(share float64) string {
	return fmt.Sprintf("w%d", max(5, min(100, int(share*20+.5)*5)))
}

// heat is the class of how full something is.
func heat(share float64) string {
	switch {
	case share >= .9:
		return "dv-hot"
	case share >= .75:
		return "dv-warm"
	}
	return ""
}

// stateSentence says a tally in words.
func stateSentence(ctx context.Context, t *tally) string {
	var out []string
	add := func(n int, text string) {
		if n > 0 {
			out = append(out, text)
		}
	}
	add(t.online, locale.N(ctx, "%d online|%d online", int64(t.online)))
	add(t.offline, locale.N(ctx, "%d offline|%d offline", int64(t.offline)))
	add(t.away, locale.N(ctx, "%d switched off|%d switched off", int64(t.away)))
	add(t.silent, locale.N(ctx, "%d without an agent|%d without an agent", int64(t.silent)))
	return strings.Join(out, ", ")
}
