// SPDX-License-Identifier: Apache-2.0

package signs

// reading is the value of each indicator, with what is measured.
type reading struct {
	value [indicators]float64
	ok    [indicators]bool
}

// sample is the size of the sample behind each indicator, the hits in it where it is a
// share of counted things, and the floor that it must reach.
type sample struct {
	n, hits float64
	floor   float64
	counted bool // hits of n: Wilson's interval applies
}

// read computes the indicators that come from sums. u is the share of undecided
// revenue that is taken to recur. Volatility is filled in by its own function.
func (t *tally) read(u float64, r *reading, ticketMonths, hourMonths int) {
	put := func(i int, num, den float64) {
		if den > 0 {
			r.value[i], r.ok[i] = min(1, max(0, num/den)), true
		} else {
			r.ok[i] = false
		}
	}
	rate := func(i int, num, den float64) {
		if r.ok[i] = den > 0; r.ok[i] {
			r.value[i] = num / den
		}
	}
	und := max(0, t.rev[Undecided])
	service := t.service()
	put(at.ticketsClient, t.tClient, t.tKnown)
	put(at.hoursReactive, t.reactive, t.known)
	rate(at.hoursEndpoint, t.endReactive/60, t.hEndpoints*float64(hourMonths))
	rate(at.ticketsEndpoint, t.endTickets, t.tEndpoints*float64(ticketMonths))
	r.ok[at.hoursEndpoint] = r.ok[at.hoursEndpoint] && t.known > 0
	r.ok[at.ticketsEndpoint] = r.ok[at.ticketsEndpoint] && t.tAll > 0
	put(at.monitored, t.monitored, t.monitoringKnown)
	put(at.alerts, t.tAlert, t.tIncidents)
	put(at.maintenance, t.done, t.planned)
	put(at.patched, t.patched, t.patchingKnown)
	put(at.recurring, t.rev[Recurring]+u*und, service)
	put(at.agreement, t.agreed+u*t.maybe, service)
	put(at.retention, t.kept, t.had)
	put(at.labour, t.rev[Labour]+t.rev[Prepaid]/2+(1-u)*und*t.labourPart(), service)
	put(at.uncovered, t.uncovered, t.covered+t.uncovered)
	rate(at.families, t.familySum, t.familyRev)
	put(at.attach, t.second, t.billed)
	put(at.rare, t.rare, t.billed)
	put(at.contacts, t.noContact, t.contacts)
	put(at.reviews, t.reviewed, t.reviewRev)
	put(at.roadmap, t.roadmap, t.roadmapRev)
	put(at.recommended, t.decided, t.recommended)
	put(at.term, t.term, t.termRev)
}

// labourPart is the share of labour in what is surely not recurring: the best
// guess for undecided revenue that does not recur; half where nothing is known.
func (t *tally) labourPart() float64 {
	labour, project := max(0, t.rev[Labour]), max(0, t.rev[Project])
	if labour+project <= 0 {
		return .5
	}
	return labour / (labour + project)
}

// samples returns the size of the sample behind each indicator. For a single
// client the floor of clients does not apply: nothing is compared across clients.
func (t *tally) samples(f Floors, months int, firm bool) (s [indicators]sample) {
	m := func(i int) { s[i] = sample{n: float64(months), floor: float64(f.Months)} }
	c := func(i int, n, hits float64) {
		floor := 1.0
		if firm {
			floor = float64(f.Clients)
		}
		s[i] = sample{n: n, hits: hits, floor: floor, counted: firm}
	}
	count := func(i int, n, hits, floor float64) { s[i] = sample{n, hits, floor, true} }
	tickets := float64(f.Tickets)
	count(at.ticketsClient, t.tKnown, t.tClient, tickets)
	s[at.hoursReactive] = sample{n: t.entries, floor: float64(f.Entries)}
	s[at.hoursEndpoint] = sample{n: t.entries, floor: float64(f.Entries)}
	s[at.ticketsEndpoint] = sample{n: t.endTickets, floor: tickets}
	count(at.monitored, t.monitoringKnown, t.monitored, 1)
	count(at.alerts, t.tIncidents, t.tAlert, tickets)
	count(at.maintenance, t.planned, t.done, 1)
	count(at.patched, t.patchingKnown, t.patched, 1)
	for _, i := range []int{at.cv, at.top3, at.recurring, at.agreement, at.labour, at.families} {
		m(i)
	}
	s[at.top3].floor = max(12, float64(f.Months))
	s[at.retention] = sample{n: t.hadN, floor: 1}
	if firm {
		s[at.retention].floor = float64(f.Clients)
	}
	count(at.uncovered, t.covered+t.uncovered, t.uncovered, tickets)
	c(at.attach, t.billed, t.second)
	c(at.rare, t.billed, t.rare)
	c(at.contacts, t.contacts, t.noContact)
	for _, i := range []int{at.reviews, at.roadmap, at.term} {
		s[i] = sample{n: t.billed, floor: 1}
		if firm {
			s[i].floor = float64(f.Clients)
		}
	}
	count(at.recommended, t.recommended, t.decided, 1)
	return s
}
