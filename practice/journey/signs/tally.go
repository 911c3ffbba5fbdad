// SPDX-License-Identifier: Apache-2.0

package signs

// tally is everything about one client, or a sum of clients, that the
// indicators are computed from. All fields add up, so that a bootstrap over
// clients is a weighted sum of tallies.
type tally struct {
	rev       [Kinds]float64 // window, service kinds and resale
	agreed    float64        // service revenue of clients under agreement
	maybe     float64        // of clients that are under agreement if what is undecided recurs
	had, kept float64        // recurring revenue of the window before, and what of it is left
	hadN      float64        // clients with recurring revenue in the window before

	clients, billed, rare      float64 // in the books, with revenue in the window, billed in 1–2 months
	familyRev, familySum       float64 // revenue, and revenue × families
	families, second           float64 // clients with a family; with two or more
	contacts, noContact        float64
	reviewRev, reviewed        float64
	roadmapRev, roadmap        float64
	termRev, term              float64
	planned, done              float64
	recommended, decided       float64
	tClient, tKnown, tAll      float64 // tickets
	tAlert, tIncidents         float64
	covered, uncovered         float64
	reactive, known            float64 // minutes
	entries                    float64
	endpoints                  float64 // of clients with tickets or hours
	endReactive, endTickets    float64 // reactive minutes and tickets of clients with endpoints
	monitored, monitoringKnown float64
	patched, patchingKnown     float64
	tEndpoints, hEndpoints     float64
}

// service returns the revenue without resale.
func (t *tally) service() float64 {
	return t.rev[Undecided] + t.rev[Recurring] + t.rev[Project] + t.rev[Labour] + t.rev[Prepaid]
}

// add adds w times o.
func (t *tally) add(o *tally, w float64) {
	for k := range t.rev {
		t.rev[k] += w * o.rev[k]
	}
	t.agreed += w * o.agreed
	t.maybe += w * o.maybe
	t.had += w * o.had
	t.kept += w * o.kept
	t.hadN += w * o.hadN
	t.clients += w * o.clients
	t.billed += w * o.billed
	t.rare += w * o.rare
	t.familyRev += w * o.familyRev
	t.familySum += w * o.familySum
	t.families += w * o.families
	t.second += w * o.second
	t.contacts += w * o.contacts
	t.noContact += w * o.noContact
	t.reviewRev += w * o.reviewRev
	t.reviewed += w * o.reviewed
	t.roadmapRev += w * o.roadmapRev
	t.roadmap += w * o.roadmap
	t.termRev += w * o.termRev
	t.term += w * o.term
	t.planned += w * o.planned
	t.done += w * o.done
	t.recommended += w * o.recommended
	t.decided += w * o.decided
	t.tClient += w * o.tClient
	t.tKnown += w * o.tKnown
	t.tAll += w * o.tAll
	t.tAlert += w * o.tAlert
	t.tIncidents += w * o.tIncidents
	t.covered += w * o.covered
	t.uncovered += w * o.uncovered
	t.reactive += w * o.reactive
	t.known += w * o.known
	t.entries += w * o.entries
	t.endpoints += w * o.endpoints
	t.endReactive += w * o.endReactive
	t.endTickets += w * o.endTickets
	t.monitored += w * o.monitored
	t.monitoringKnown += w * o.monitoringKnown
	t.patched += w * o.patched
	t.patchingKnown += w * o.patchingKnown
	t.tEndpoints += w * o.tEndpoints
	t.hEndpoints += w * o.hEndpoints
}

// A client is under agreement when it has recurring revenue in three months or more and that is
// at least a quarter of its service revenue (our choice): a single licence beside a year
// of day rates does not make a managed client. Below the quarter its revenue counts in
// proportion, so that no cliff stands in the model and a new fee never lowers it.
const (
	underAgreement = 3
	agreedShare    = .25
)

// tallyOf sums one client over the window.
func (b *Books) tallyOf(c *Client, window int) tally {
	var t tally
	b.revenue(&t, c, window)
	service := t.service()
	if c.Name == "" { // rows whose client is not known are no client
		t.billed, t.rare, t.hadN = 0, 0, 0
	}
	if t.billed > 0 {
		t.clients = 1
		if c.Families > 0 {
			t.families = 1
		}
		if c.Families > 1 {
			t.second = 1
		}
		t.familyRev, t.familySum = max(0, service), max(0, service)*float64(c.Families)
		if b.HasContacts {
			t.contacts = 1
			if !c.Contacted {
				t.noContact = 1
			}
		}
		if b.HasReviews {
			t.reviewRev = max(0, service)
			if c.Reviewed {
				t.reviewed = t.reviewRev
			}
		}
	}
	known(c.Roadmap, max(0, service), &t.roadmap, &t.roadmapRev)
	known(c.Term, max(0, service), &t.term, &t.termRev)
	t.planned, t.done = float64(c.MaintenancePlanned), float64(c.MaintenanceDone)
	t.recommended, t.decided = float64(c.Recommended), float64(c.Decided)

	k := &c.Tickets
	t.tClient, t.tAll = float64(k.Client), float64(k.All())
	t.tKnown = float64(k.All() - k.Unknown)
	t.tAlert, t.tIncidents = float64(k.Monitor), float64(k.Monitor+k.Client+k.Technician)
	t.covered, t.uncovered = float64(k.Covered), float64(k.Uncovered)
	t.reactive, t.known = float64(c.Hours.Reactive), float64(c.Hours.Reactive+c.Hours.Planned)
	t.entries = float64(c.Hours.Entries)
	if e := float64(c.Assets.Endpoints); e > 0 {
		t.endpoints = e
		t.endReactive, t.endTickets = t.reactive, t.tAll
		t.tEndpoints, t.hEndpoints = e, e
	}
	t.monitored, t.monitoringKnown = float64(c.Assets.Monitored), float64(c.Assets.MonitoringKnown)
	t.patched, t.patchingKnown = float64(c.Assets.Patched), float64(c.Assets.PatchingKnown)
	return t
}

func known(fact int8, weight float64, yes, all *float64) {
	if fact != 0 {
		*all = weight
	}
	if fact > 0 {
		*yes = weight
	}
}

// revenue sums the client's money in the window and compares with the one before.
func (b *Books) revenue(t *tally, c *Client, window int) {
	if len(c.Revenue) == 0 {
		return
	}
	from, to := b.window(window)
	months, recurringMonths, undecidedMonths, present := 0, 0, 0, 0
	for m := from; m < to; m++ {
		if !b.Present[m] {
			continue
		}
		present++
		row := c.Revenue[m*Kinds : m*Kinds+Kinds]
		any := false
		for k, v := range row {
			t.rev[k] += float64(v)
			any = any || v > 0
		}
		if any {
			months++
		}
		if row[Recurring] > 0 {
			recurringMonths++
		}
		if row[Recurring] > 0 || row[Undecided] > 0 {
			undecidedMonths++
		}
	}
	service := max(0, t.service())
	if months > 0 {
		t.billed = 1
		if months <= 2 {
			t.rare = 1
		}
	}
	need := min(underAgreement, max(1, present))
	if recurringMonths >= need {
		t.agreed = min(service, max(0, t.rev[Recurring])/agreedShare)
	}
	if undecidedMonths >= need {
		t.maybe = max(0, min(service, max(0, t.rev[Recurring]+t.rev[Undecided])/agreedShare)-t.agreed)
	}
	if from >= window { // a whole window before this one
		var before float64
		for m := from - window; m < from; m++ {
			before += float64(c.Revenue[m*Kinds+Recurring])
		}
		if before > 0 {
			t.had, t.hadN = before, 1
			t.kept = min(before, max(0, t.rev[Recurring]))
		}
	}
}
