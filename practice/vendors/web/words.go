// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/vendors"
)

// decimal is a number of units to at most two places, without zeros behind.
func decimal(x money.Exact) money.Decimal {
	n, err := x.Round(2)
	d := money.Decimal{Coef: n, Scale: 2}
	for err == nil && d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return d
}

func units(p locale.Printer, x money.Exact) string { return p.Decimal(decimal(x)) }

// signed is a difference with its sign.
func signed(p locale.Printer, x money.Exact) string {
	if x.Sign() > 0 {
		return "+" + units(p, x)
	}
	return units(p, x)
}

func signedMoney(p locale.Printer, minor int64, c money.Currency) string {
	if minor > 0 {
		return "+" + p.Money(minor, c)
	}
	return p.Money(minor, c)
}

// causeName is a cause in a few words.
func causeName(p locale.Printer, c vendors.Cause) string {
	switch c {
	case vendors.BoughtNotBilled:
		return p.T("bought, not billed")
	case vendors.BilledNotBought:
		return p.T("billed, not bought")
	case vendors.CountedNotBilled:
		return p.T("counted, not billed")
	case vendors.PriceAbove:
		return p.T("costs more than is charged")
	}
	return p.T("cost has changed")
}

// why is a cause in a sentence with its numbers.
func why(p locale.Printer, d *vendors.Delta, c vendors.Cause) string {
	switch c {
	case vendors.BoughtNotBilled:
		return p.T("%[1]s are bought and %[2]s billed: %[3]s are paid for and charged to nobody.", units(p, d.Bought), units(p, d.Billed), units(p, d.Units))
	case vendors.BilledNotBought:
		return p.T("%[1]s are billed and %[2]s bought: %[3]s are charged for and not paid to a vendor.", units(p, d.Billed), units(p, d.Bought), units(p, d.Units.Neg()))
	case vendors.CountedNotBilled:
		return p.T("%[1]s were counted and %[2]s are billed.", units(p, d.Counted), units(p, d.Billed))
	case vendors.PriceAbove:
		return p.T("One costs %[1]s and is charged at %[2]s.", each(p, d.Cost, d.Bought, d.Currency), each(p, d.Charged, d.Billed, d.Currency))
	}
	listed := ""
	if d.Listed != nil {
		if n, err := d.Listed.Round(d.Currency.Digits()); err == nil {
			listed = p.Money(n, d.Currency)
		}
	}
	return p.T("One costs %[1]s; the catalogue says %[2]s.", each(p, d.Cost, d.Bought, d.Currency), listed)
}

// each is an amount over so many.
func each(p locale.Printer, minor int64, n money.Exact, c money.Currency) string {
	if n.Sign() == 0 {
		return p.Money(minor, c)
	}
	one, err := money.Whole(minor).Over(n).Round(0)
	if err != nil {
		return p.Money(minor, c)
	}
	return p.Money(one, c)
}

func causeNames(p locale.Printer, d *vendors.Delta) string {
	out := make([]string, len(d.Causes))
	for i, c := range d.Causes {
		out[i] = causeName(p, c)
	}
	return strings.Join(out, ", ")
}

func deltaBadge(ctx context.Context, d *vendors.Delta) page.Badge {
	switch {
	case !d.Differs():
		return page.Badge{Text: locale.T(ctx, "agrees"), Tone: page.Good}
	case d.Seen != nil:
		return page.Badge{Text: locale.T(ctx, "acknowledged"), Tone: page.Info}
	case d.Before != nil:
		return page.Badge{Text: locale.T(ctx, "has changed"), Tone: page.Warn}
	}
	return page.Badge{Text: locale.T(ctx, "open"), Tone: page.Warn}
}

// fieldName is what a column can mean.
func fieldName(p locale.Printer, f vendors.Field) string {
	switch f {
	case vendors.FieldClient:
		return p.T("client")
	case vendors.FieldSKU:
		return p.T("vendor's number")
	case vendors.FieldName:
		return p.T("name of the item")
	case vendors.FieldQuantity:
		return p.T("quantity")
	case vendors.FieldUnit:
		return p.T("price of one")
	case vendors.FieldAmount:
		return p.T("amount")
	case vendors.FieldStarts:
		return p.T("first day")
	case vendors.FieldEnds:
		return p.T("last day")
	}
	return p.T("currency")
}

// sums are amounts in several currencies, one after the other.
func sums(p locale.Printer, m map[money.Currency]int64) string {
	var order []money.Currency
	for c := range m {
		order = append(order, c)
	}
	slices.Sort(order)
	var out []string
	for _, c := range order {
		out = append(out, p.Money(m[c], c))
	}
	if len(out) == 0 {
		return "–"
	}
	return strings.Join(out, " + ")
}

func matchLink(ctx context.Context) page.Button {
	if !may(ctx, access.BillingRun) {
		return page.Button{}
	}
	return page.Button{Label: locale.T(ctx, "Match the names"), Href: root + "/names", Icon: "link"}
}

func deltaFoot(ctx context.Context, v *view) string {
	if v.more > 0 {
		return locale.N(ctx, "%d more row is in the CSV file.|%d more rows are in the CSV file.", int64(v.more))
	}
	return locale.T(ctx, "Units are averages over the days of the month. At stake is the money that the largest cause is about.")
}

func countedText(ctx context.Context, d *vendors.Delta) string {
	if !d.Known {
		return "–"
	}
	return units(locale.From(ctx), d.Counted)
}

func countedNote(ctx context.Context, d *vendors.Delta) string {
	switch {
	case !d.Known:
		return locale.T(ctx, "nobody has counted it")
	case d.Facts == 0:
		return locale.T(ctx, "as it is today")
	}
	return locale.T(ctx, "since %s", locale.From(ctx).Date(d.Facts))
}

func differenceNote(ctx context.Context, d *vendors.Delta) string {
	if !d.Priced {
		return locale.T(ctx, "what one costs is not known")
	}
	return signedMoney(locale.From(ctx), d.Minor, d.Currency)
}

func rowColumns(ctx context.Context, whose bool) []page.Column {
	first := locale.T(ctx, "Vendor")
	if whose {
		first = locale.T(ctx, "Client")
	}
	return []page.Column{{Label: first}, {Label: locale.T(ctx, "Item")}, {Label: locale.T(ctx, "Days")}, {Label: locale.T(ctx, "Units"), Num: true}, {Label: locale.T(ctx, "Amount"), Num: true}, {Label: locale.T(ctx, "Line of the file"), Num: true}}
}
