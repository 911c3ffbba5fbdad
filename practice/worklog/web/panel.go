// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/money"
	"mainstay/practice/worklog"
)

// TicketPanel is the work on a ticket for the ticket's own page: what was done, what it comes to, the timer. It is nil for
// readers who may not see work.
func (h *Handlers) TicketPanel(ctx context.Context, t worklog.TicketRef) (templ.Component, error) {
	if !may(ctx, access.WorklogRead) {
		return nil, nil
	}
	entries, items, err := h.Work.OfTicket(ctx, access.From(ctx).Scope(), t.ID)
	if err != nil {
		return nil, err
	}
	l, err := h.lists(ctx)
	if err != nil {
		return nil, err
	}
	running, err := h.Work.Running(ctx, access.From(ctx).User)
	if err != nil {
		return nil, err
	}
	return ticketPanel(t, entries, items, l, running), nil
}

// worked adds up the minutes of entries, and what they and the items come to by currency.
func worked(entries []worklog.Entry, items []worklog.Item) (minutes int, sums []money.Amount) {
	add := func(minor int64, c money.Currency) {
		if minor == 0 {
			return
		}
		for i := range sums {
			if sums[i].Currency == c {
				sums[i].Minor += minor
				return
			}
		}
		sums = append(sums, money.Amount{Minor: minor, Currency: c})
	}
	for _, e := range entries {
		minutes += e.Minutes
		add(e.Price.Minor, e.Price.Currency)
	}
	for _, it := range items {
		add(it.Minor, it.Currency)
	}
	return minutes, sums
}
