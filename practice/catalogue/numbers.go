// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// ParseDecimal reads a price or quantity as a person types it, with a point or a comma and at most 9 places. What could mean thousands
// as well as decimals (1,000) is refused. An empty text is 0.
func ParseDecimal(s, field string) (money.Decimal, error) {
	t := strings.Join(strings.Fields(s), "")
	bad := fault.NewInvalid("%q is not a number such as 12.50.", clip(s)).On(field)
	if t == "" {
		return money.Decimal{}, nil
	}
	if strings.HasPrefix(t, "-") {
		return money.Decimal{}, fault.NewInvalid("A price is not below 0.").On(field)
	}
	whole, part, comma := strings.Cut(t, ",")
	if comma {
		if strings.ContainsAny(whole+part, ".,") {
			return money.Decimal{}, bad
		}
		if len(part) == 3 && len(whole) <= 3 && strings.Trim(whole, "0") != "" {
			return money.Decimal{}, fault.NewInvalid("%q can mean thousands or decimal places. Please write it without a comma.", clip(s)).On(field)
		}
		t = whole + "." + part
	}
	_, part, point := strings.Cut(t, ".")
	switch {
	case point && strings.Trim(part, "0123456789") == "" && len(part) > money.MaxScale:
		return money.Decimal{}, fault.NewInvalid("%q has more than %d decimal places.", clip(s), money.MaxScale).On(field)
	case strings.Trim(t, "0123456789.") != "" || t == ".":
		return money.Decimal{}, bad
	case len(strings.TrimLeft(t, "0")) > 18 && !point, point && len(t)-len(part) > 11:
		return money.Decimal{}, fault.NewInvalid("This is more than %d, the most that can be reckoned with.", MaxAmount).On(field)
	}
	d, err := money.ParseDecimal(strings.TrimSuffix("0"+strings.TrimPrefix(t, "0"), "."))
	if err != nil {
		return money.Decimal{}, bad.Because(err)
	}
	return d, nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// FormatTiers writes tiers as "bound:price:fee|…", the last with the bound *; "" for none. It is what tables and files hold.
func FormatTiers(tiers []rating.Tier) string {
	var b strings.Builder
	for i, t := range tiers {
		if i > 0 {
			b.WriteByte('|')
		}
		bound := "*"
		if !t.Open {
			bound = t.UpTo.String()
		}
		b.WriteString(bound + ":" + t.Unit.String() + ":" + t.Flat.String())
	}
	return b.String()
}

// ParseTiers is the inverse of [FormatTiers]; a fee may be left out.
func ParseTiers(s string) ([]rating.Tier, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	parts := strings.Split(s, "|")
	if len(parts) > rating.MaxTiers {
		return nil, fault.NewInvalid("A price by tiers has between 1 and %d tiers.", rating.MaxTiers).On("tiers")
	}
	out := make([]rating.Tier, len(parts))
	for i, p := range parts {
		cells := strings.Split(p, ":")
		if len(cells) < 2 || len(cells) > 3 {
			return nil, fault.NewInvalid("Tiers are written as bound:price:fee, with | between them and * as the last bound, not as %q.", clip(p)).On("tiers")
		}
		t := &out[i]
		if t.Open = strings.TrimSpace(cells[0]) == "*"; t.Open {
			cells[0] = ""
		}
		for j, into := range []*money.Decimal{&t.UpTo, &t.Unit, &t.Flat} {
			if j < len(cells) {
				var err error
				if *into, err = ParseDecimal(cells[j], "tiers"); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}
