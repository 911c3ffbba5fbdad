// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

func kindName(ctx context.Context, k catalogue.Kind) string {
	switch k {
	case catalogue.Services:
		return locale.T(ctx, "item::Service")
	case catalogue.Licence:
		return locale.T(ctx, "item::Licence")
	case catalogue.Labour:
		return locale.T(ctx, "item::Labour")
	case catalogue.Hardware:
		return locale.T(ctx, "item::Hardware")
	}
	return locale.T(ctx, "item::Fee")
}

func familyName(ctx context.Context, f catalogue.Family) string {
	switch f {
	case "helpdesk":
		return locale.T(ctx, "Helpdesk")
	case "monitoring":
		return locale.T(ctx, "Monitoring and patching")
	case "backup":
		return locale.T(ctx, "Backup")
	case "endpoint-security":
		return locale.T(ctx, "Endpoint security")
	case "identity-security":
		return locale.T(ctx, "Identity and mail security")
	case "network":
		return locale.T(ctx, "Network")
	case "cloud":
		return locale.T(ctx, "Cloud")
	case "advice":
		return locale.T(ctx, "Advice")
	}
	return locale.T(ctx, "no service family")
}

func countsName(ctx context.Context, c catalogue.Counts) string {
	switch c {
	case catalogue.Devices:
		return locale.T(ctx, "counted::devices")
	case catalogue.People:
		return locale.T(ctx, "counted::people")
	case catalogue.Sites:
		return locale.T(ctx, "counted::sites")
	case catalogue.Licences:
		return locale.T(ctx, "licences, by hand")
	}
	return locale.T(ctx, "nothing: a fixed quantity")
}

func ruleName(ctx context.Context, r rating.Rule) string {
	switch r {
	case rating.EachDay:
		return locale.T(ctx, "Every change from its day")
	case rating.AtEnd:
		return locale.T(ctx, "As it is at the end")
	case rating.AtStart:
		return locale.T(ctx, "As it is at the start")
	case rating.Maximum:
		return locale.T(ctx, "The highest of the period")
	case rating.Average:
		return locale.T(ctx, "The average of all days")
	case rating.DayByDay:
		return locale.T(ctx, "Each one for its days, in arrears")
	}
	return locale.T(ctx, "The sum of what was used")
}

func everyName(ctx context.Context, i catalogue.Interval) string {
	switch i {
	case catalogue.Monthly:
		return locale.T(ctx, "per month")
	case catalogue.Quarterly:
		return locale.T(ctx, "per quarter")
	case catalogue.Yearly:
		return locale.T(ctx, "per year")
	}
	return locale.T(ctx, "once")
}

func modelName(ctx context.Context, m rating.Model) string {
	switch m {
	case rating.Flat:
		return locale.T(ctx, "Flat")
	case rating.PerUnit:
		return locale.T(ctx, "Per unit")
	case rating.Graduated:
		return locale.T(ctx, "Graduated")
	case rating.Volume:
		return locale.T(ctx, "By volume")
	}
	return locale.T(ctx, "By package")
}

func unitName(ctx context.Context, code string) string {
	switch code {
	case "C62":
		return locale.T(ctx, "piece")
	case "HUR":
		return locale.T(ctx, "hour")
	case "DAY":
		return locale.T(ctx, "unit::day")
	case "MON":
		return locale.T(ctx, "month")
	case "KMT":
		return locale.T(ctx, "kilometre")
	case "E34":
		return locale.T(ctx, "gigabyte")
	case "E35":
		return locale.T(ctx, "terabyte")
	}
	return code
}

// unitOf is what one of an item is called; data says that a person wrote it.
func unitOf(ctx context.Context, it catalogue.Item) (text string, data bool) {
	if it.UnitLabel != "" {
		return it.UnitLabel, true
	}
	return unitName(ctx, it.Unit), false
}

// amountOf writes a price with all its places, and at least those of the currency.
func amountOf(ctx context.Context, d money.Decimal, c money.Currency) string {
	for int(d.Scale) > c.Digits() && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return locale.From(ctx).Price(d, c)
}

// rounded writes an amount rounded to the currency.
func rounded(ctx context.Context, x money.Exact, c money.Currency) string {
	n, err := x.Round(c.Digits())
	if err != nil {
		return "–"
	}
	return locale.From(ctx).Money(n, c)
}

// quantityOf writes a quantity that is not a fraction with many places.
func quantityOf(ctx context.Context, x money.Exact) string {
	for scale := range 4 {
		if n, err := x.Round(scale); err == nil && (money.Decimal{Coef: n, Scale: uint8(scale)}).Exact().Cmp(x) == 0 {
			return locale.From(ctx).Decimal(money.Decimal{Coef: n, Scale: uint8(scale)})
		}
	}
	return x.String()
}

// headline is a price in short: its amount, and what it is for.
func headline(ctx context.Context, p catalogue.Price) string {
	switch p.Price.Model {
	case rating.Package:
		return locale.T(ctx, "%[1]s for each %[2]s", amountOf(ctx, p.Price.Unit, p.Currency), locale.From(ctx).Decimal(p.Price.Size))
	case rating.Graduated, rating.Volume:
		return locale.N(ctx, "%d tier|%d tiers", int64(len(p.Price.Tiers)))
	}
	return amountOf(ctx, p.Price.Unit, p.Currency)
}

// conditions are the parts of a price that its headline leaves out.
func conditions(ctx context.Context, p catalogue.Price) string {
	var out []string
	if p.Price.Free.Coef > 0 {
		out = append(out, locale.T(ctx, "%s free", locale.From(ctx).Decimal(p.Price.Free)))
	}
	if p.Price.Least != nil {
		out = append(out, locale.T(ctx, "at least %s", amountOf(ctx, *p.Price.Least, p.Currency)))
	}
	if p.Price.Most != nil {
		out = append(out, locale.T(ctx, "at most %s", amountOf(ctx, *p.Price.Most, p.Currency)))
	}
	return strings.Join(out, ", ")
}

// tierText is one tier in words.
func tierText(ctx context.Context, t rating.Tier, last string, c money.Currency) string {
	text := amountOf(ctx, t.Unit, c)
	if t.Flat.Coef > 0 {
		text += " + " + amountOf(ctx, t.Flat, c)
	}
	if t.Open {
		return locale.T(ctx, "above %[1]s: %[2]s", last, text)
	}
	return locale.T(ctx, "up to %[1]s: %[2]s", locale.From(ctx).Decimal(t.UpTo), text)
}

func gapName(ctx context.Context, g catalogue.Gap) string {
	switch g {
	case catalogue.NoPrice:
		return locale.T(ctx, "no price")
	case catalogue.NoCost:
		return locale.T(ctx, "blind spot: no cost")
	}
	return locale.T(ctx, "price and cost are for different intervals")
}

// marginBadge says what to look at; none where all is well.
func marginBadge(ctx context.Context, m catalogue.Margin) page.Badge {
	switch {
	case m.Gap == catalogue.NoPrice:
		return page.Badge{Text: gapName(ctx, m.Gap)}
	case m.Gap != catalogue.NoGap:
		return page.Badge{Text: gapName(ctx, m.Gap), Tone: page.Warn, Icon: "eye-off"}
	case m.Below:
		return page.Badge{Text: locale.T(ctx, "below cost"), Tone: page.Bad, Icon: "triangle-alert"}
	}
	return page.Badge{}
}

func percentText(ctx context.Context, d money.Decimal) string {
	return locale.T(ctx, "%s %%", locale.From(ctx).Decimal(d))
}

func costLabel(ctx context.Context, it catalogue.Item) string {
	if it.Kind == catalogue.Labour {
		return locale.T(ctx, "Loaded cost per hour")
	}
	return locale.T(ctx, "Cost of one")
}

func stateBadge(ctx context.Context, it catalogue.Item) page.Badge {
	switch {
	case it.Archived:
		return page.Badge{Text: locale.T(ctx, "archived")}
	case it.Suggested:
		return page.Badge{Text: locale.T(ctx, "suggestion"), Tone: page.Info}
	}
	return page.Badge{}
}

func historyBadge(ctx context.Context, state string) page.Badge {
	switch state {
	case "now":
		return page.Badge{Text: locale.T(ctx, "holds now"), Tone: page.Good}
	case "future":
		return page.Badge{Text: locale.T(ctx, "to come"), Tone: page.Info}
	case "withdrawn":
		return page.Badge{Text: locale.T(ctx, "price::withdrawn")}
	case "replaced":
		return page.Badge{Text: locale.T(ctx, "replaced the same day")}
	}
	return page.Badge{Text: locale.T(ctx, "past")}
}

// stateOf says what became of a price or cost: the newest of its currency whose day has come holds.
func stateOf(withdrawn bool, from, today civil.Date, newerSameDay, newerHolds bool) string {
	switch {
	case withdrawn:
		return "withdrawn"
	case newerSameDay:
		return "replaced"
	case from > today:
		return "future"
	case newerHolds:
		return "past"
	}
	return "now"
}

func priceState(list []catalogue.Price, i int, today civil.Date) string {
	p := list[i]
	same, newer := false, false
	for _, x := range list[:i] { // of one currency the newest come first
		if x.Currency == p.Currency && !x.Withdrawn {
			same, newer = same || x.From == p.From, newer || x.From <= today
		}
	}
	return stateOf(p.Withdrawn, p.From, today, same, newer)
}

func costState(list []catalogue.Cost, i int, today civil.Date) string {
	c := list[i]
	same, newer := false, false
	for _, x := range list[:i] {
		if x.Currency == c.Currency && !x.Withdrawn {
			same, newer = same || x.From == c.From, newer || x.From <= today
		}
	}
	return stateOf(c.Withdrawn, c.From, today, same, newer)
}

// lastBound is where the tier before the i-th ends.
func lastBound(ctx context.Context, tiers []rating.Tier, i int) string {
	if i == 0 {
		return locale.From(ctx).Number(0)
	}
	return locale.From(ctx).Decimal(tiers[i-1].UpTo)
}

func names(items []catalogue.Item) string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.Name
	}
	return strings.Join(out, ", ")
}
