// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"mainstay/practice/journey/pricing"
	"mainstay/practice/journey/signs"
)

// minBilledEntries is how many billed time entries tell the firm's real hourly rate.
const minBilledEntries = 30

// transition replays every client's own months as an agreement and ranks whom to talk to.
func (a *assessor) transition(r *signs.Result, s *streamSide, w *workSide) {
	set := a.settings.Pricing
	a.out.RateFrom = "default"
	switch {
	case a.settings.RateSet:
		a.out.RateFrom = "settings"
	case w.billedEntries >= minBilledEntries && w.billedMinor > 0:
		set.Rate = w.billedMinor * 60 / w.billedMin
		a.out.RateFrom = "hours"
	}
	a.out.Rate = set.Rate
	a.out.Market, a.out.Guards = pricing.SeatPrices(), pricing.Guards()
	logged := false // hours are known by client
	for rank := range w.monthly {
		logged = logged || a.clients[rank].books.Name != ""
	}
	histories := make([]pricing.History, len(a.clients))
	for i := range a.clients {
		histories[i] = a.history(i, r, s, w, set.Rate, logged)
	}
	pool := pricing.NewPool(histories)
	replays := make([]pricing.Replay, len(histories))
	for i := range histories {
		replays[i] = pricing.Run(set, pool, &histories[i])
		if replays[i].Why == "" {
			a.out.Clients[i].Replay = &replays[i]
		}
	}
	a.out.Talks = pricing.Rank(histories, replays)
}

// history builds a client's last 12 months of reactive hours and spending by the hour.
// Hours come from the time entries; where there are none, from what was charged for labour
// divided by the hourly rate.
func (a *assessor) history(i int, r *signs.Result, s *streamSide, w *workSide, rate int64, logged bool) pricing.History {
	c := &a.clients[i]
	h := pricing.History{
		Client: i, Endpoints: c.books.Assets.Endpoints, Servers: c.servers, Covered: r.Clients[i].Agreed,
		Revenue: r.Clients[i].Revenue, RecurringFee: r.Clients[i].Kinds[signs.Recurring],
	}
	h.Workstations = h.Endpoints - h.Servers
	if c.books.Name == "" {
		return h
	}
	if c.books.Revenue != nil {
		n := s.span.len()
		for m := max(0, n-12); m < n; m++ {
			row := c.books.Revenue[m*signs.Kinds : m*signs.Kinds+signs.Kinds]
			h.Spend = append(h.Spend, max(0, row[signs.Labour]+row[signs.Prepaid]))
		}
	}
	switch {
	case logged && w.hourMonths > 0:
		var year [12]float64
		if m := w.monthly[int32(i)]; m != nil {
			year = *m
		}
		h.Hours = append(h.Hours, year[12-min(12, w.hourMonths):]...)
	case rate > 0:
		h.FromMoney = true
		for _, v := range h.Spend {
			h.Hours = append(h.Hours, float64(v)/float64(rate))
		}
	}
	return h
}
