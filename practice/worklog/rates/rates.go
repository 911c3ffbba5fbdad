// SPDX-License-Identifier: Apache-2.0

// Package rates is the arithmetic of rate cards: which price and which rounding hold for an hour of work, how the minutes
// of a ticket are charged, and what that comes to. It is pure: the same cards and entries give the same answer.
//
// A price is looked for on the client's card of the day, then on the firm's. On one card the narrower price
// comes first: work type and person, work type, person, the card's own price. Rules that a client's card leaves out are
// those of the firm's card.
package rates

import (
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Unset is the value of a price or rule that a card does not have.
const Unset = -1

// The largest values that Amount takes; their product stays far below 63 bits.
const (
	MaxMinutes = 100_000
	MaxPrice   = 1_000_000_000
	MaxFactor  = 1000
)

// Card is a rate card, valid from a day until the next one of the same client begins.
type Card struct {
	ID       ids.ID
	Client   ids.ID // 0 = the firm's own
	From     civil.Date
	Name     string
	Currency money.Currency
	Minor    int64 // price of an hour in minor units; Unset = only the prices below
	Prices   []Price

	Step      int // minutes to which time is rounded up
	MinEntry  int // least minutes of an entry
	MinTicket int // least minutes of a ticket
	ByTicket  int // 1 = a ticket's total is rounded, 0 = each entry
	Factor    int // percent outside working hours; 100 = as within

	Km money.Decimal // price of a kilometre; Coef Unset = none
}

// Price is what an hour costs where it differs; 0 stands for every work type or person.
type Price struct {
	Type, Person ids.ID
	Minor        int64
}

// Ask is one piece of work.
type Ask struct {
	Client, Type, Person ids.ID
	Day                  civil.Date
	After                bool // outside working hours
}

// Rule is what holds for it.
type Rule struct {
	Found    bool // a card gave a price
	Card     ids.ID
	Name     string
	From     civil.Date
	Currency money.Currency
	Minor    int64 // of an hour, before Factor

	Step, MinEntry, MinTicket int
	ByTicket                  bool
	Factor                    int // percent; 100 = none
}

// Of returns the card of a client that is valid on a day, nil when there is none.
func Of(cards []Card, client ids.ID, day civil.Date) *Card {
	var best *Card
	for i := range cards {
		c := &cards[i]
		if c.Client == client && c.From <= day && (best == nil || c.From > best.From) {
			best = c
		}
	}
	return best
}

// Find returns the rule for a piece of work. A price of the firm's card is taken for a client with a card of its own only
// when both are in one currency.
func Find(cards []Card, a Ask) Rule {
	firm := Of(cards, 0, a.Day)
	var own *Card
	if a.Client != 0 {
		own = Of(cards, a.Client, a.Day)
	}
	r := Rule{From: civil.NoDate, Step: 1, Factor: 100}
	r.rules(firm, a.After)
	r.rules(own, a.After)
	for _, c := range []*Card{own, firm} {
		if c == nil || own != nil && c.Currency != own.Currency {
			continue
		}
		if p := c.price(a); p != Unset {
			r.Found, r.Card, r.Name, r.From, r.Currency, r.Minor = true, c.ID, c.Name, c.From, c.Currency, p
			break
		}
	}
	return r
}

// rules takes over what the card sets.
func (r *Rule) rules(c *Card, after bool) {
	if c == nil {
		return
	}
	for _, x := range []struct{ from, to *int }{{&c.Step, &r.Step}, {&c.MinEntry, &r.MinEntry}, {&c.MinTicket, &r.MinTicket}} {
		if *x.from != Unset {
			*x.to = *x.from
		}
	}
	r.Step = max(r.Step, 1)
	if c.ByTicket != Unset {
		r.ByTicket = c.ByTicket == 1
	}
	if after && c.Factor != Unset {
		r.Factor = c.Factor
	}
}

// price is the narrowest that fits, Unset when none does.
func (c *Card) price(a Ask) int64 {
	best, rank := c.Minor, 0
	for _, p := range c.Prices {
		if p.Type != 0 && p.Type != a.Type || p.Person != 0 && p.Person != a.Person {
			continue
		}
		n := 0
		if p.Person != 0 {
			n = 1
		}
		if p.Type != 0 {
			n += 2
		}
		if n > rank {
			best, rank = p.Minor, n
		}
	}
	return best
}

// Kilometre returns the card that has the price of a kilometre on a day, nil when none does; for the firm's card as in
// [Find].
func Kilometre(cards []Card, client ids.ID, day civil.Date) *Card {
	firm := Of(cards, 0, day)
	var own *Card
	if client != 0 {
		own = Of(cards, client, day)
	}
	for _, c := range []*Card{own, firm} {
		if c != nil && c.Km.Coef != Unset && (own == nil || c.Currency == own.Currency) {
			return c
		}
	}
	return nil
}

// Own returns the minutes that one entry comes to by itself: at least the minimum of an entry, rounded up unless the ticket
// as a whole is.
func (r Rule) Own(minutes int) int {
	m := max(minutes, r.MinEntry)
	if !r.ByTicket {
		m = up(m, r.Step)
	}
	return m
}

func up(minutes, step int) int {
	if step <= 1 {
		return minutes
	}
	return (minutes + step - 1) / step * step
}

// Part is one entry of a ticket, in the order in which the work was done.
type Part struct {
	Minutes int // worked
	Rule    Rule
	Billed  int  // what was charged, when Fixed
	Fixed   bool // it is approved or on an invoice already
}

// Spread returns the minutes charged for each part. Together they are the larger of the sum and the ticket's
// minimum: the first entry carries what the minimum adds, and those after it are charged for what goes beyond. What is
// fixed stays as it is and counts.
func Spread(parts []Part) []int {
	out := make([]int, len(parts))
	sum, charged := 0, 0
	for i, p := range parts {
		if p.Fixed {
			out[i] = p.Billed
			charged += p.Billed
			sum += p.Rule.Own(p.Minutes)
		}
	}
	for i, p := range parts {
		if p.Fixed {
			continue
		}
		sum += p.Rule.Own(p.Minutes)
		total := max(sum, p.Rule.MinTicket)
		if p.Rule.ByTicket {
			total = up(total, p.Rule.Step)
		}
		out[i] = max(0, total-charged)
		charged += out[i]
	}
	return out
}

// Amount returns what minutes cost at a price per hour and a factor in percent, in minor units with one rounding, half
// away from zero.
func Amount(minutes int, minor int64, factor int) (int64, error) {
	if minutes < 0 || minutes > MaxMinutes || minor < 0 || minor > MaxPrice || factor < 0 || factor > MaxFactor {
		return 0, fault.NewInvalid("This is more than can be reckoned: at most %d minutes, %d %% and a price of %d.", MaxMinutes, MaxFactor, int64(MaxPrice)).Because(money.ErrRange)
	}
	return (int64(minutes)*minor*int64(factor) + 3000) / 6000, nil
}
