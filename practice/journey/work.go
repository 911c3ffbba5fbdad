// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"mainstay/kit/civil"
	"mainstay/practice/books"
	"mainstay/practice/journey/signs"
)

const microsPerDay = 24 * 60 * 60 * 1_000_000

// dayOf returns the UTC day of an instant, NoDate for 0.
func dayOf(micros int64) civil.Date {
	if micros == 0 {
		return civil.NoDate
	}
	d := micros / microsPerDay
	if micros%microsPerDay < 0 {
		d--
	}
	return civil.Date(d)
}

// workSide counts tickets, hours, assets and contacts.
type workSide struct {
	a                        *assessor
	tickets, hours           months
	ticketMonths, hourMonths int
	ticketFrom, hourFrom     civil.Month
	tq, aq, hq               []signs.Quarter
	monthly                  map[int32]*[12]float64 // reactive hours of the window by client rank
	billedMinor, billedMin   int64                  // of billed time entries: the firm's real rate
	billedEntries            int
	topTickets               [5]topTickets // by origin
	topHours                 topHours
}

// window returns the first month of the last n of m, and how many there are.
func (m months) window(n int) (civil.Month, int) {
	k := min(n, m.len())
	return m.last - civil.Month(k) + 1, k
}

// countTickets fills the clients' tallies. Where no ticket has a date, all of
// them count and nothing per month is measured.
func (w *workSide) countTickets() {
	l := w.a.ledger
	s := newSpan()
	dated := 0
	for i := range l.Tickets {
		if d := dayOf(l.Tickets[i].Opened); d.Known() {
			s.add(d)
			dated++
		}
	}
	w.tickets = s.find(w.a.settings.Today)
	w.ticketFrom, w.ticketMonths = w.tickets.window(w.a.settings.Thresholds.Window)
	if dated == 0 {
		w.ticketMonths = 0
	} else if n := len(l.Tickets) - dated; n > 0 {
		w.a.note(Note{Code: "tickets-undated", Rows: n})
	}
	quarters := newQuarters(w.tickets, dated > 0)
	alerts := newQuarters(w.tickets, dated > 0)
	first, last := w.ticketFrom.First(), w.tickets.last.Last()
	for i := range w.topTickets {
		w.topTickets[i].a = w.a
	}
	for i := range l.Tickets {
		t := &l.Tickets[i]
		d := dayOf(t.Opened)
		if d.Known() && t.Origin != books.OriginUnknown {
			quarters.add(d, t.Origin == books.OriginClient)
			if t.Origin != books.OriginPlanned {
				alerts.add(d, t.Origin == books.OriginMonitor)
			}
		}
		if dated > 0 && (d < first || d > last) {
			continue
		}
		c := &w.a.clients[w.a.rank[t.Client]].books.Tickets
		switch t.Origin {
		case books.OriginClient:
			c.Client++
		case books.OriginMonitor:
			c.Monitor++
		case books.OriginPlanned:
			c.Planned++
		case books.OriginTechnician:
			c.Technician++
		default:
			c.Unknown++
		}
		if int(t.Origin) < len(w.topTickets) {
			w.topTickets[t.Origin].add(int32(i))
		}
		switch {
		case t.Covered > 0:
			c.Covered++
		case t.Covered < 0:
			c.Uncovered++
		}
	}
	w.tq, w.aq = quarters.sums, alerts.sums
}

// countHours sums minutes by nature, and by month for the replay of prices.
func (w *workSide) countHours() {
	l := w.a.ledger
	s := newSpan()
	dated := 0
	for i := range l.Hours {
		if l.Hours[i].Day.Known() {
			s.add(l.Hours[i].Day)
			dated++
		}
	}
	w.hours = s.find(w.a.settings.Today)
	w.hourFrom, w.hourMonths = w.hours.window(w.a.settings.Thresholds.Window)
	if dated == 0 {
		w.hourMonths = 0
	} else if n := len(l.Hours) - dated; n > 0 {
		w.a.note(Note{Code: "hours-undated", Rows: n})
	}
	w.monthly = map[int32]*[12]float64{}
	quarters := newQuarters(w.hours, dated > 0)
	first, last := w.hourFrom.First(), w.hours.last.Last()
	w.topHours.a = w.a
	for i := range l.Hours {
		h := &l.Hours[i]
		if h.Day.Known() && h.Reactive != 0 {
			quarters.addN(h.Day, float64(max(0, h.Reactive))*float64(h.Minutes), float64(h.Minutes))
		}
		if dated > 0 && (h.Day < first || h.Day > last) {
			continue
		}
		rank := w.a.rank[h.Client]
		c := &w.a.clients[rank].books.Hours
		switch {
		case h.Reactive > 0:
			c.Reactive += int64(h.Minutes)
			c.Entries++
			w.topHours.add(int32(i))
			if dated > 0 {
				m := w.monthly[rank]
				if m == nil {
					m = &[12]float64{}
					w.monthly[rank] = m
				}
				if k := int(w.hours.last - h.Day.Month()); k < 12 {
					m[11-k] += float64(h.Minutes) / 60
				}
			}
		case h.Reactive < 0:
			c.Planned += int64(h.Minutes)
			c.Entries++
		default:
			c.Unknown += int64(h.Minutes)
		}
		if h.Minor > 0 && h.Minutes > 0 {
			w.billedMinor += h.Minor
			w.billedMin += int64(h.Minutes)
			w.billedEntries++
		}
	}
	w.hq = quarters.sums
}

// countAssets counts endpoints.
func (w *workSide) countAssets() {
	l := w.a.ledger
	for i := range l.Assets {
		x := &l.Assets[i]
		if !x.Endpoint {
			continue
		}
		c := &w.a.clients[w.a.rank[x.Client]]
		c.books.Assets.Endpoints++
		if x.Server {
			c.servers++
		}
		fact(x.Monitored, &c.books.Assets.Monitored, &c.books.Assets.MonitoringKnown)
		fact(x.Patched, &c.books.Assets.Patched, &c.books.Assets.PatchingKnown)
	}
}

func fact(v int8, yes, known *int) {
	if v != 0 {
		*known++
	}
	if v > 0 {
		*yes++
	}
}

// countContacts finds each client's last planned contact and review before the end of
// the window.
func (w *workSide) countContacts(end civil.Date) (contacts, reviews bool) {
	l := w.a.ledger
	for i := range l.Contacts {
		x := &l.Contacts[i]
		contacts = true
		reviews = reviews || x.Review
		if !x.Day.Known() || x.Day > end {
			continue
		}
		c := &w.a.clients[w.a.rank[x.Client]]
		c.lastContact = max(c.lastContact, x.Day)
		if x.Review {
			c.lastReview = max(c.lastReview, x.Day)
		}
	}
	for i := range w.a.clients {
		c := &w.a.clients[i]
		c.books.Contacted = c.lastContact.Known() && int(end-c.lastContact) <= w.a.settings.ContactDays
		c.books.Reviewed = c.lastReview.Known() && int(end-c.lastReview) <= w.a.settings.ReviewDays
	}
	return contacts, reviews
}

// quarters sums a share over non-overlapping quarters counted back from the end of
// its months.
type quarters struct {
	span months
	sums []signs.Quarter
}

func newQuarters(span months, dated bool) *quarters {
	q := &quarters{span: span}
	if !dated {
		return q
	}
	n := min(12, span.len()/3)
	for i := range n {
		q.sums = append(q.sums, signs.Quarter{From: span.last - civil.Month(3*(n-i)) + 1})
	}
	return q
}

func (q *quarters) add(d civil.Date, hit bool) {
	v := 0.
	if hit {
		v = 1
	}
	q.addN(d, v, 1)
}

func (q *quarters) addN(d civil.Date, hit, all float64) {
	back := int(q.span.last - d.Month())
	i := len(q.sums) - 1 - back/3
	if back < 0 || i < 0 || len(q.sums) == 0 {
		return
	}
	q.sums[i].Hit += hit
	q.sums[i].All += all
}
