// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"mainstay/kit/civil"
	"mainstay/practice/books"
)

// agreed knows in which months the agreements kept here say what recurs with a client. They are the first-order truth: in those
// months nothing that only looks recurring in the books is counted besides, because it would be the same money twice.
type agreed struct {
	months map[int32]map[civil.Month]bool // by client of the ledger
	alone  bool                           // nothing was ever billed: agreements are all there is
}

func newAgreed(l *books.Ledger) *agreed {
	a := &agreed{alone: len(l.Issued) == 0}
	for i := range l.Lines {
		x := &l.Lines[i]
		if x.Told != books.ToldAgreement {
			a.alone = false
			continue
		}
		if a.months == nil {
			a.months = map[int32]map[civil.Month]bool{}
		}
		if a.months[x.Client] == nil {
			a.months[x.Client] = map[civil.Month]bool{}
		}
		a.months[x.Client][x.Day.Month()] = true
	}
	return a
}

func (a *agreed) any(client int32) bool { return a.months[client] != nil }

func (a *agreed) tells(client int32, m civil.Month) bool { return a.months[client][m] }

// billed reports whether a line shows that its month was billed. Agreements alone do not: a month whose invoices are not imported yet
// would look as if all other clients had bought nothing.
func (a *agreed) billed(l *books.Line) bool { return a.alone || l.Told != books.ToldAgreement }

// terms says which clients are bound by a term at the end of what is measured; of those without an agreement here nothing is known.
func (a *assessor) terms(end civil.Date) {
	for client, until := range a.ledger.Bound {
		c := &a.clients[a.rank[client]].books
		if c.Term = -1; until > end {
			c.Term = 1
		}
	}
}
