// SPDX-License-Identifier: Apache-2.0

package storybook

import (
	"context"
	"strconv"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
)

func monthOf(m int) civil.Month { return civil.Month(m) }

func yearOf(m int) string { return strconv.Itoa(m / 12) }

type row struct {
	id       int
	name     string
	status   string
	tone     page.Tone
	revenue  int64
	share    float64
	who      string
	position float64
	lo, hi   float64
}

func sample() []row {
	return []row{
		{1041, "Harbour Dental Group", "In transition", page.Warn, 8431000, .38, "Ada Moreau", 62, 55, 68},
		{1042, "Kestrel Academy Trust", "Managed", page.Good, 12894050, .86, "Tom Okafor", 84, 78, 89},
		{1043, "Lindqvist Interiors", "Break/fix", page.Neutral, 941200, .02, "", 21, 12, 33},
		{1044, "Bluegate Logistics", "Between", page.Info, 5127700, .51, "Lena Fischer", 48, 35, 60},
		{1045, "Maple Court Surgery", "At risk", page.Bad, 2210450, .44, "Priya Nair", 41, 36, 47},
		{1046, "Fern & Vale Solicitors", "Managed", page.Good, 3980000, .91, "Sam Ortiz", 88, 80, 93},
	}
}

func eur(ctx context.Context, minor int64) string { return locale.From(ctx).Money(minor, "EUR") }

func short(ctx context.Context) func(float64) string {
	return func(v float64) string { return locale.From(ctx).MoneyShort(int64(v)*100, money.Currency("EUR")) }
}

func whole(ctx context.Context) func(float64) string {
	return func(v float64) string { return locale.From(ctx).Float(v, 0) }
}

func named(ctx context.Context, s []chart.Series) []chart.Series {
	names := []string{say(ctx, "Agreement"), say(ctx, "Projects"), say(ctx, "Time and materials")}
	out := append([]chart.Series(nil), s...)
	for i := range out {
		out[i].Label = names[i]
	}
	return out
}

func zones(ctx context.Context) []chart.Zone {
	return []chart.Zone{{To: 35, Label: say(ctx, "Break/fix"), Class: chart.C3}, {To: 65, Label: say(ctx, "Hybrid"), Class: chart.C4}, {To: 100, Label: say(ctx, "Managed"), Class: chart.C1}}
}

func bins(ctx context.Context) []chart.Bin {
	values := []float64{2, 6, 11, 7, 4, 5, 9, 14, 8, 3}
	out := make([]chart.Bin, len(values))
	for i, v := range values {
		class := chart.C3
		if i >= 3 {
			class = chart.C4
		}
		if i >= 7 {
			class = chart.C1
		}
		out[i] = chart.Bin{
			Label: strconv.Itoa(i*10) + "–" + strconv.Itoa(i*10+10), Value: v, Class: class, Href: "/clients?bin=" + strconv.Itoa(i),
			Tip: locale.From(ctx).T("%d clients between %d and %d", int(v), i*10, i*10+10),
		}
	}
	return out
}

func trend() []chart.Point {
	out := make([]chart.Point, 12)
	for i, v := range wave(12, 34, 61) {
		out[i] = chart.Point{Value: v, Low: v - 9 + float64(i)/3, High: v + 8 - float64(i)/3, Known: i != 4}
	}
	return out
}
