// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"cmp"
	"strings"

	"mainstay/kit/civil"
	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

// topOf keeps the first few rows in an order that the rows themselves decide.
type topOf struct {
	a    *assessor
	rows []int32
}

func (t *topOf) insert(row int32, before func(x, y int32) bool) {
	if len(t.rows) == topCount && !before(row, t.rows[topCount-1]) {
		return
	}
	i := len(t.rows)
	if i < topCount {
		t.rows = append(t.rows, row)
	} else {
		i--
	}
	for ; i > 0 && before(row, t.rows[i-1]); i-- {
		t.rows[i] = t.rows[i-1]
	}
	t.rows[i] = row
}

// byRow is the last word between rows that are equal in everything else.
func (t *topOf) byRow(x, y books.Row) int {
	return cmp.Or(strings.Compare(t.a.source(x.Source), t.a.source(y.Source)), cmp.Compare(x.Number, y.Number))
}

// topTickets keeps the newest tickets of an origin.
type topTickets struct{ topOf }

func (t *topTickets) add(row int32) {
	ts := t.a.ledger.Tickets
	t.insert(row, func(x, y int32) bool {
		return cmp.Or(cmp.Compare(ts[y].Opened, ts[x].Opened), t.byRow(ts[x].Row, ts[y].Row)) < 0
	})
}

// topHours keeps the longest reactive entries.
type topHours struct{ topOf }

func (t *topHours) add(row int32) {
	hs := t.a.ledger.Hours
	t.insert(row, func(x, y int32) bool {
		return cmp.Or(cmp.Compare(hs[y].Minutes, hs[x].Minutes), cmp.Compare(hs[y].Day, hs[x].Day), t.byRow(hs[x].Row, hs[y].Row)) < 0
	})
}

// evidence says for each measured number which rows it came from.
func (a *assessor) evidence(r *signs.Result, s *streamSide, w *workSide) {
	lines := func(filter string) Selector {
		return Selector{Kind: "lines", From: r.From, To: r.To, Filter: filter}
	}
	tickets := func(filter string) Selector {
		return Selector{Kind: "tickets", From: a.out.Window.TicketsFrom, To: a.out.Window.TicketsTo, Filter: filter}
	}
	hours := func(filter string) Selector {
		return Selector{Kind: "hours", From: a.out.Window.HoursFrom, To: a.out.Window.HoursTo, Filter: filter}
	}
	service := 0
	for k, n := range s.rows {
		if k != signs.Resale {
			service += n
		}
	}
	class := func(of signs.Indicator, c recurring.Class) Evidence {
		var minor int64
		for i := range r.Clients {
			minor += r.Clients[i].Kinds[c]
		}
		return Evidence{Of: string(of), Hits: lines(c.String()), All: lines("service"), Rows: s.rows[c], Minor: minor, Top: s.top[c].refs()}
	}
	all := func(of signs.Indicator) Evidence {
		return Evidence{Of: string(of), Hits: lines("service"), All: lines("service"), Rows: service, Top: s.top[signs.Kinds].refs()}
	}
	ticket := func(of signs.Indicator, o books.Origin, filter string, n int) Evidence {
		return Evidence{Of: string(of), Hits: tickets(filter), All: tickets(""), Rows: n, Top: a.ticketRefs(&w.topTickets[o])}
	}
	var tk signs.Tickets
	entries := 0
	for i := range a.clients {
		c := &a.clients[i].books
		tk.Client += c.Tickets.Client
		tk.Monitor += c.Tickets.Monitor
		tk.Uncovered += c.Tickets.Uncovered
		entries += c.Hours.Entries
	}
	assets := func(of signs.Indicator, filter string) Evidence {
		return Evidence{Of: string(of), Hits: Selector{Kind: "assets", From: civil.NoMonth, To: civil.NoMonth, Filter: filter}, All: Selector{Kind: "assets", From: civil.NoMonth, To: civil.NoMonth}, Rows: len(a.ledger.Assets)}
	}
	contacts := func(of signs.Indicator, filter string) Evidence {
		return Evidence{Of: string(of), Hits: Selector{Kind: "contacts", From: civil.NoMonth, To: civil.NoMonth, Filter: filter}, All: Selector{Kind: "contacts", From: civil.NoMonth, To: civil.NoMonth}, Rows: len(a.ledger.Contacts)}
	}
	for _, e := range []Evidence{
		ticket(signs.TicketsClient, books.OriginClient, "client", tk.Client),
		{Of: string(signs.HoursReactive), Hits: hours("reactive"), All: hours(""), Rows: entries, Top: a.hourRefs(&w.topHours)},
		{Of: string(signs.HoursEndpoint), Hits: hours("reactive"), All: Selector{Kind: "assets", From: civil.NoMonth, To: civil.NoMonth}, Rows: entries, Top: a.hourRefs(&w.topHours)},
		ticket(signs.TicketsEndpoint, books.OriginClient, "", tk.Client),
		assets(signs.AssetsMonitored, "monitored"),
		ticket(signs.AlertsFirst, books.OriginMonitor, "monitor", tk.Monitor),
		assets(signs.AssetsPatched, "patched"),
		all(signs.RevenueCV), all(signs.RevenueTop3),
		class(signs.RevenueRecurring, recurring.Recurring), class(signs.RevenueAgreement, recurring.Recurring), class(signs.RevenueRetention, recurring.Recurring),
		class(signs.RevenueLabour, recurring.Labour),
		ticket(signs.TicketsUncovered, books.OriginClient, "uncovered", tk.Uncovered),
		class(signs.FamiliesCount, recurring.Recurring), class(signs.FamiliesAttach, recurring.Recurring),
		all(signs.ClientsRare), contacts(signs.ContactsNone, ""), contacts(signs.ReviewsHeld, "review"),
	} {
		for _, m := range r.Firm.Indicators {
			if string(m.Code) == e.Of && m.Measured {
				a.out.Evidence = append(a.out.Evidence, e)
			}
		}
	}
}

func (a *assessor) ticketRefs(t *topTickets) []RowRef {
	out := make([]RowRef, 0, len(t.rows))
	for _, i := range t.rows {
		x := &a.ledger.Tickets[i]
		out = append(out, RowRef{Source: a.source(x.Source), Number: x.Number, Day: dayOf(x.Opened), Client: a.ledger.Clients[x.Client]})
	}
	return out
}

func (a *assessor) hourRefs(t *topHours) []RowRef {
	out := make([]RowRef, 0, len(t.rows))
	for _, i := range t.rows {
		x := &a.ledger.Hours[i]
		out = append(out, RowRef{Source: a.source(x.Source), Number: x.Number, Day: x.Day, Client: a.ledger.Clients[x.Client], Text: a.ledger.Texts[x.Text], Minor: x.Minor})
	}
	return out
}
