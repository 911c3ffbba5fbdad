// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"slices"
	"strconv"

	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

func clientOptions(ctx context.Context, list []agreements.Choice) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Choose a client")}}
	for _, c := range list {
		out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
	}
	return out
}

func choiceOptions(first string, list []Choice) []page.Option {
	out := []page.Option{{Label: first}}
	for _, c := range list {
		out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: c.Data})
	}
	return out
}

// everyOptions are the intervals that can be chosen, and the one that is.
func everyOptions(ctx context.Context, chosen string, once bool) []page.Option {
	list := everies
	if chosen != "" && chosen != "once" && !slices.Contains(list, chosen) {
		list = append(slices.Clone(list), chosen)
	}
	var out []page.Option
	for _, s := range list {
		if c, err := cycleOf(s, ""); err == nil {
			out = append(out, page.Option{Value: s, Label: cycleName(ctx, c)})
		}
	}
	if once {
		out = append(out, page.Option{Value: "once", Label: locale.T(ctx, "once")})
	}
	return out
}

func whenOptions(ctx context.Context, own bool) []page.Option {
	if own {
		return []page.Option{{Label: locale.T(ctx, "as the agreement")}, {Value: "advance", Label: locale.T(ctx, "in advance")}, {Value: "arrears", Label: locale.T(ctx, "in arrears")}}
	}
	return []page.Option{{Label: locale.T(ctx, "in advance")}, {Value: "arrears", Label: locale.T(ctx, "in arrears")}}
}

func prorationOptions(ctx context.Context, first string) []page.Option {
	var out []page.Option
	if first != "" {
		out = append(out, page.Option{Label: first})
	}
	for p := rating.Actual; p <= rating.Never; p++ {
		out = append(out, page.Option{Value: strconv.Itoa(int(p)), Label: prorationName(ctx, p)})
	}
	return out
}

func modelOptions(ctx context.Context) []page.Option {
	var out []page.Option
	for m := rating.Flat; m <= rating.Package; m++ {
		out = append(out, page.Option{Value: strconv.Itoa(int(m)), Label: modelName(ctx, m)})
	}
	return out
}

func ruleOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "what fits")}}
	for r := rating.EachDay; r <= rating.Sum; r++ {
		out = append(out, page.Option{Value: strconv.Itoa(int(r)), Label: ruleName(ctx, r)})
	}
	return out
}

func countedOptions(ctx context.Context) []page.Option {
	var out []page.Option
	for _, s := range agreements.Counteds() {
		out = append(out, page.Option{Value: s, Label: countedName(ctx, s)})
	}
	return out
}

func measureOptions(ctx context.Context) []page.Option {
	var out []page.Option
	for _, s := range []string{agreements.Hours, agreements.Money, agreements.Tickets} {
		out = append(out, page.Option{Value: s, Label: measureName(ctx, s)})
	}
	return out
}

func potOptions(ctx context.Context, pots []potForm) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "none")}}
	for i, p := range pots {
		out = append(out, page.Option{Value: strconv.Itoa(i + 1), Label: p.Name, Data: true})
	}
	return out
}

func keepOptions(ctx context.Context, chosen string) []page.Option {
	list := []int64{1, 2, 3, 6, 12}
	if n, err := strconv.ParseInt(chosen, 10, 32); err == nil && n > 0 && !slices.Contains(list, n) {
		list = append(list, n)
	}
	out := []page.Option{{Label: locale.T(ctx, "until its interval ends")}}
	for _, n := range list {
		out = append(out, page.Option{Value: strconv.FormatInt(n, 10), Label: locale.N(ctx, "one interval more|%d intervals more", n)})
	}
	return append(out, page.Option{Value: "-1", Label: locale.T(ctx, "without end")})
}
