// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/practice/journey/signs"
)

// formError is the sentence above a form: of faults that none of its fields shows.
func formError(ctx context.Context, err error, fields []string) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && slices.Contains(fields, e.Field) {
		return ""
	}
	return locale.From(ctx).Fault(err)
}

func ruleNames(p locale.Printer) []string {
	var out []string
	for _, x := range rules(p) {
		out = append(out, x.name)
	}
	return out
}

func first2(s signs.Scale, _ curve) signs.Scale { return s }

func second2(_ signs.Scale, c curve) curve { return c }

func tierError(ctx context.Context, v *portfolioView) string {
	if v.part != "tiers" {
		return ""
	}
	var fields []string
	for i := range 8 {
		n := strconv.Itoa(i)
		fields = append(fields, "reactive"+n)
		for _, f := range v.tierFields() {
			fields = append(fields, f.name+n)
		}
	}
	return formError(ctx, v.err, fields)
}

func figuresError(ctx context.Context, v *portfolioView) string {
	if v.part != "figures" {
		return ""
	}
	return formError(ctx, v.err, figureNames(v))
}
