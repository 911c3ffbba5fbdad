// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"cmp"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
)

// EvidenceRow is one row behind a number, with how it was counted.
type EvidenceRow struct {
	RowRef
	Class   recurring.Class  `json:"class"`  // of lines
	Reason  recurring.Reason `json:"reason"` // of lines
	Trust   float64          `json:"trust"`
	Term    uint8            `json:"term"`             // months over which the line is spread
	Origin  books.Origin     `json:"origin,omitempty"` // of tickets
	Minutes int32            `json:"minutes,omitempty"`
	Fact    int8             `json:"fact"` // of tickets: covered; hours: reactive; assets: monitored or patched; contacts: review
}

// Rows returns the rows that a selector names, newest first. The ledger may hold one client
// only: streams are classified client by client. Window is that of the assessment.
func Rows(ledger *books.Ledger, settings Settings, answers Answers, window Window, sel Selector) []EvidenceRow {
	a := &assessor{ledger: ledger, settings: settings, answers: answers, answered: map[int32]recurring.Class{}}
	a.sortClients()
	var out []EvidenceRow
	switch sel.Kind {
	case "lines":
		out = a.lineRows(window, sel)
	case "tickets":
		out = a.ticketRows(sel)
	case "hours":
		out = a.hourRows(sel)
	case "assets":
		out = a.assetRows(sel)
	case "contacts":
		out = a.contactRows(sel)
	}
	slices.SortStableFunc(out, func(x, y EvidenceRow) int {
		return cmp.Or(cmp.Compare(y.Day, x.Day), cmp.Compare(y.Minor, x.Minor), strings.Compare(x.Client, y.Client),
			strings.Compare(x.Source, y.Source), cmp.Compare(x.Number, y.Number))
	})
	return out
}

func (s Selector) month(d civil.Date) bool {
	if !s.From.Known() {
		return true
	}
	return d.Known() && d >= s.From.First() && d <= s.To.Last()
}

func (a *assessor) is(sel Selector, client int32) bool {
	return sel.Client == "" || a.ledger.Clients[client] == sel.Client
}

func (a *assessor) lineRows(w Window, sel Selector) (out []EvidenceRow) {
	if !w.First.Known() {
		return nil
	}
	l := a.ledger
	a.agreed = newAgreed(l)
	s := &streamSide{a: a, span: months{first: w.First, last: w.To, partial: w.Partial}}
	s.each(func(es []entry) {
		if !a.is(sel, l.Lines[es[0].line].Client) {
			return
		}
		v, _ := s.verdict(es)
		switch sel.Filter {
		case "", v.Class.String():
		case "service":
			if v.Class == recurring.Resale {
				return
			}
		default:
			return
		}
		for _, e := range s.left(es, l.Lines[es[0].line].Client, v.Class == recurring.Recurring && v.Reason != recurring.ByAgreement) {
			r := &l.Lines[e.line]
			if sel.month(r.Day) {
				out = append(out, EvidenceRow{
					RowRef: a.lineRef(r),
					Class:  v.Class, Reason: v.Reason, Trust: v.Trust, Term: v.Term,
				})
			}
		}
	})
	return out
}

func (a *assessor) ticketRows(sel Selector) (out []EvidenceRow) {
	want := map[string]books.Origin{"client": books.OriginClient, "monitor": books.OriginMonitor, "planned": books.OriginPlanned, "technician": books.OriginTechnician}
	for i := range a.ledger.Tickets {
		t := &a.ledger.Tickets[i]
		d := dayOf(t.Opened)
		o, byOrigin := want[sel.Filter]
		if !a.is(sel, t.Client) || t.Opened != 0 && !sel.month(d) || byOrigin && t.Origin != o || sel.Filter == "uncovered" && t.Covered >= 0 {
			continue
		}
		out = append(out, EvidenceRow{RowRef: RowRef{Source: a.source(t.Source), Number: t.Number, Day: d, Client: a.ledger.Clients[t.Client]}, Origin: t.Origin, Fact: t.Covered})
	}
	return out
}

func (a *assessor) hourRows(sel Selector) (out []EvidenceRow) {
	for i := range a.ledger.Hours {
		h := &a.ledger.Hours[i]
		if !a.is(sel, h.Client) || h.Day.Known() && !sel.month(h.Day) || sel.Filter == "reactive" && h.Reactive <= 0 {
			continue
		}
		out = append(out, EvidenceRow{
			RowRef:  RowRef{Source: a.source(h.Source), Number: h.Number, Day: h.Day, Client: a.ledger.Clients[h.Client], Text: a.ledger.Texts[h.Text], Minor: h.Minor},
			Minutes: h.Minutes, Fact: h.Reactive,
		})
	}
	return out
}

func (a *assessor) assetRows(sel Selector) (out []EvidenceRow) {
	for i := range a.ledger.Assets {
		x := &a.ledger.Assets[i]
		fact := x.Monitored
		if sel.Filter == "patched" {
			fact = x.Patched
		}
		if a.is(sel, x.Client) && x.Endpoint {
			out = append(out, EvidenceRow{RowRef: RowRef{Source: a.source(x.Source), Number: x.Number, Day: civil.NoDate, Client: a.ledger.Clients[x.Client]}, Fact: fact})
		}
	}
	return out
}

func (a *assessor) contactRows(sel Selector) (out []EvidenceRow) {
	for i := range a.ledger.Contacts {
		x := &a.ledger.Contacts[i]
		if !a.is(sel, x.Client) || sel.Filter == "review" && !x.Review {
			continue
		}
		review := int8(-1)
		if x.Review {
			review = 1
		}
		out = append(out, EvidenceRow{RowRef: RowRef{Source: a.source(x.Source), Number: x.Number, Day: x.Day, Client: a.ledger.Clients[x.Client]}, Fact: review})
	}
	return out
}
