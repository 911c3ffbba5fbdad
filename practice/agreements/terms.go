// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"encoding/json"

	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// more is what only some prices have, as it is kept.
type more struct {
	Size  *money.Decimal `json:"size,omitempty"`
	Free  *money.Decimal `json:"free,omitempty"`
	Least *money.Decimal `json:"least,omitempty"`
	Most  *money.Decimal `json:"most,omitempty"`
	Tiers []tier         `json:"tiers,omitempty"`
}

type tier struct {
	UpTo *money.Decimal `json:"up_to,omitempty"` // absent in the last, open tier
	Unit money.Decimal  `json:"unit"`
	Flat money.Decimal  `json:"flat"`
}

// packMore writes what a price has besides its model and unit price; "" for nothing.
func packMore(p *rating.Price) (string, error) {
	m := more{Least: p.Least, Most: p.Most}
	if p.Size.Coef != 0 {
		m.Size = &p.Size
	}
	if p.Free.Coef != 0 {
		m.Free = &p.Free
	}
	for _, t := range p.Tiers {
		x := tier{Unit: t.Unit, Flat: t.Flat}
		if !t.Open {
			x.UpTo = &t.UpTo
		}
		m.Tiers = append(m.Tiers, x)
	}
	if m.Size == nil && m.Free == nil && m.Least == nil && m.Most == nil && m.Tiers == nil {
		return "", nil
	}
	b, err := json.Marshal(m)
	return string(b), err
}

// unpackMore reads what packMore wrote into a price.
func unpackMore(s string, p *rating.Price) error {
	if s == "" {
		return nil
	}
	var m more
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return err
	}
	p.Least, p.Most = m.Least, m.Most
	if m.Size != nil {
		p.Size = *m.Size
	}
	if m.Free != nil {
		p.Free = *m.Free
	}
	for _, t := range m.Tiers {
		x := rating.Tier{Unit: t.Unit, Flat: t.Flat, Open: t.UpTo == nil}
		if t.UpTo != nil {
			x.UpTo = *t.UpTo
		}
		p.Tiers = append(p.Tiers, x)
	}
	return nil
}
