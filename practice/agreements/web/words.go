// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

func crumbs(ctx context.Context) []page.Crumb {
	return []page.Crumb{{Label: locale.T(ctx, "Agreements"), Href: "/agreements"}}
}

func crumbsTo(ctx context.Context, a *agreements.Agreement) []page.Crumb {
	return append(crumbs(ctx), page.Crumb{Label: a.Name, Href: urlOf(a.ID), Data: true})
}

func stageName(ctx context.Context, s agreements.Stage) string {
	switch s {
	case agreements.Drafted:
		return locale.T(ctx, "agreement::Draft")
	case agreements.Coming:
		return locale.T(ctx, "agreement::Begins later")
	case agreements.Current:
		return locale.T(ctx, "agreement::Active")
	case agreements.Over:
		return locale.T(ctx, "agreement::Ended")
	}
	return locale.T(ctx, "agreement::Cancelled")
}

func stageBadge(ctx context.Context, s agreements.Stage) page.Badge {
	tone := map[agreements.Stage]page.Tone{agreements.Drafted: page.Info, agreements.Coming: page.Accent, agreements.Current: page.Good}[s]
	return page.Badge{Text: stageName(ctx, s), Tone: tone}
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

func countedName(ctx context.Context, s string) string {
	return agreements.CountedText(locale.From(ctx), s)
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

func prorationName(ctx context.Context, p rating.Proration) string {
	switch p {
	case rating.Actual:
		return locale.T(ctx, "By the days of the period")
	case rating.Thirty:
		return locale.T(ctx, "By months of 30 days")
	case rating.Never:
		return locale.T(ctx, "Not at all: whole intervals")
	}
	return locale.T(ctx, "By months of 30 days, strictly")
}

func measureName(ctx context.Context, s string) string {
	switch s {
	case agreements.Money:
		return locale.T(ctx, "Money")
	case agreements.Tickets:
		return locale.T(ctx, "Tickets")
	}
	return locale.T(ctx, "Hours")
}

// everyName is what a price is for.
func everyName(ctx context.Context, t *rating.Terms) string {
	return agreements.EveryText(locale.From(ctx), t)
}

func cycleName(ctx context.Context, c rating.Cycle) string {
	return agreements.CycleText(locale.From(ctx), c)
}

// priceName is a price in one line.
func priceName(ctx context.Context, p *rating.Price, c money.Currency) string {
	return agreements.PriceText(locale.From(ctx), p, c)
}

// amountOf writes a price with all its places, and at least those of the currency.
func amountOf(ctx context.Context, d money.Decimal, c money.Currency) string {
	return agreements.UnitText(locale.From(ctx), d, c)
}

func measured(ctx context.Context, p *agreements.Pot, x money.Exact, c money.Currency) string {
	return agreements.MeasureText(locale.From(ctx), p, x, c)
}

// periodName writes a period by its first and last day.
func periodName(ctx context.Context, p rating.Period) string {
	if !p.From.Known() || p.Days() == 0 {
		return ""
	}
	if p.Days() == 1 {
		return locale.From(ctx).Date(p.From)
	}
	return locale.From(ctx).Date(p.From) + "–" + locale.From(ctx).Date(p.To-1)
}

func dateOr(ctx context.Context, d civil.Date, none string) string {
	if !d.Known() {
		return none
	}
	return locale.From(ctx).Date(d)
}

func kindName(ctx context.Context, kind string) string {
	switch kind {
	case "signed":
		return locale.T(ctx, "amendment::Signed")
	case "ended":
		return locale.T(ctx, "amendment::Ended")
	case "resumed":
		return locale.T(ctx, "amendment::Goes on")
	case "raised":
		return locale.T(ctx, "amendment::Prices raised")
	case "renewed":
		return locale.T(ctx, "amendment::Renewed")
	case "bought":
		return locale.T(ctx, "amendment::Block bought")
	}
	return locale.T(ctx, "amendment::Amended")
}

// summaryText says what an amendment did to one line.
func summaryText(ctx context.Context, s agreements.Summary, c money.Currency) string {
	p := locale.From(ctx)
	price := func(d *money.Decimal, m rating.Model) string {
		if m == rating.Graduated || m == rating.Volume {
			return strings.ToLower(modelName(ctx, m))
		}
		if d == nil {
			return "–"
		}
		return amountOf(ctx, *d, c)
	}
	number := func(d *money.Decimal) string {
		if d == nil {
			return "–"
		}
		return p.Decimal(*d)
	}
	switch s.What {
	case "added":
		return locale.T(ctx, "%[1]s is added at %[2]s", s.Line, price(s.New, s.NewModel))
	case "price":
		return locale.T(ctx, "%[1]s: price %[2]s instead of %[3]s", s.Line, price(s.New, s.NewModel), price(s.Old, s.OldModel))
	case "quantity":
		return locale.T(ctx, "%[1]s: %[2]s instead of %[3]s", s.Line, number(s.New), number(s.Old))
	case "ended":
		if s.Day != nil {
			return locale.T(ctx, "%[1]s: last day %[2]s", s.Line, p.Date(*s.Day))
		}
	case "resumed":
		return locale.T(ctx, "%s goes on", s.Line)
	case "pot":
		return locale.T(ctx, "%[1]s: %[2]s instead of %[3]s", s.Line, number(s.New), number(s.Old))
	case "pot carry":
		return locale.T(ctx, "%[1]s: %[2]s goes over at most instead of %[3]s", s.Line, most(ctx, s.New), most(ctx, s.Old))
	case "pot keep":
		return locale.T(ctx, "%[1]s: kept %[2]s instead of %[3]s", s.Line, keepName(ctx, s.New.Coef), keepName(ctx, s.Old.Coef))
	case "pot added":
		return locale.T(ctx, "%[1]s is added: %[2]s", s.Line, number(s.New))
	case "pot ended":
		return locale.T(ctx, "%s ends", s.Line)
	case "bought":
		return locale.T(ctx, "%[1]s: %[2]s bought", s.Line, number(s.New))
	}
	return s.Line
}

// most is the most that goes over of an allowance.
func most(ctx context.Context, d *money.Decimal) string {
	if d == nil {
		return locale.T(ctx, "everything")
	}
	return locale.From(ctx).Decimal(*d)
}

// periodOf writes from when until when something holds; what has no end is open.
func periodOf(ctx context.Context, p rating.Period) string {
	if p.To > civil.MustDate(2150, 1, 1) {
		return locale.T(ctx, "since %s", locale.From(ctx).Date(p.From))
	}
	return periodName(ctx, p)
}

func dateName(ctx context.Context, what string) string {
	switch what {
	case agreements.NoticeDay:
		return locale.T(ctx, "Last day of notice")
	case agreements.RenewDay:
		return locale.T(ctx, "A new term begins")
	case agreements.EndDay:
		return locale.T(ctx, "Last day")
	}
	return locale.T(ctx, "Prices rise")
}

func dateTone(what string) page.Tone {
	return map[string]page.Tone{agreements.NoticeDay: page.Warn, agreements.EndDay: page.Bad, agreements.RiseDay: page.Info, agreements.RenewDay: page.Good}[what]
}

// sourceName says where a count comes from.
func sourceName(ctx context.Context, s string) string {
	switch s {
	case "agreement", "first count":
		return locale.T(ctx, "as agreed at the start")
	case "amendment":
		return locale.T(ctx, "as amended")
	case agreements.CountedHand:
		return locale.T(ctx, "entered by hand")
	case agreements.CountedWork:
		return locale.T(ctx, "from the work that was entered")
	case agreements.CountedDevices, agreements.CountedPeople, agreements.CountedSites:
		return locale.T(ctx, "counted by itself")
	}
	return s
}
