// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// State is where an agreement stands.
type State int

// The states. That an active agreement has not begun or has ended follows from its days.
const (
	Draft State = iota
	Active
	Cancelled
)

// Head is what holds for the whole agreement.
type Head struct {
	Client   ids.ID
	Name     string
	Currency money.Currency
	Zone     string     // IANA; "" = the firm's
	Starts   civil.Date // the first day
	Ends     civil.Date // the last day, which is still consumed; NoDate = without end
	Cycle    rating.Cycle
	Arrears  bool
	Prorate  rating.Proration
	Lead     int // days before a period's first day on which it is billed, 0–92

	Term   int // months that it holds at first; 0 = without a fixed term
	Renew  int // months that it goes on when nobody gives notice; 0 = it ends with its term
	Notice int // days before the end of a term

	Least *money.Decimal // minimum of an interval, over all lines; nil = none
	Rise  Rise

	PayDays int    // -1 = as the client's account says
	Order   string // the client's purchase order
	Scope   string // what is agreed, in words, for the document
	Work    string // kinds of work that are covered, by id with spaces; "" = none, "*" = all
	Level   ids.ID // service level that is promised by it; 0 = as the client or the firm has it

	Quote, Plan ids.ID
	Origin      string // where it comes from, such as "plan:2026-11-25"
}

// Rise is the escalator: prices grow by Percent every Every months, next on Next.
type Rise struct {
	Percent money.Decimal
	Every   int // months; 0 = no escalator
	Next    civil.Date
	Index   string // the index that it follows, by name; then Percent is what is entered when it is published
}

// Agreement is an agreement with everything that belongs to it.
type Agreement struct {
	ID      ids.ID
	Version int64
	Number  string
	State   State
	Head
	SignedBy string
	SignedAt time.Time // zero = not signed
	Document string    // the signed document's digest in the file store

	// Through: intervals that end on or before it are closed. LastRun is the day of the latest run. NextDue is the first
	// day on which something may be due.
	Through, LastRun, NextDue civil.Date

	Lines []Line
	Pots  []Pot
}

// Line is one line: the terms and facts that are reckoned with, and what stands on invoices.
type Line struct {
	rating.Line            // Last is the earlier of its own last day and the agreement's
	Own         civil.Date // its own last day; NoDate = goes on
	Position    int
	Copy
	Evidence map[ids.ID]string // of facts, by their ID
}

// Copy is what a line takes over from the catalogue when it is made.
type Copy struct {
	Item              ids.ID
	Code              string
	Name, Description string
	Kind, Family      string
	Unit              string // UN/ECE Recommendation 20
	Tax               string // the item's tax code
	Account           string // revenue account; "" = the firm's
	Counted           string // what is counted: one of the Counted… words
	Filter            string // which of them
}

// What a line's quantity is.
const (
	CountedFixed    = ""         // agreed, until it is amended
	CountedDevices  = "devices"  // the devices that Filter finds, or those on the list
	CountedPeople   = "people"   // the client's people
	CountedSites    = "sites"    // the client's sites
	CountedLicences = "licences" // what a vendor or directory says
	CountedHand     = "hand"     // entered by somebody
	CountedWork     = "work"     // used beyond an allowance
)

// Counteds lists them in the order in which pages show them.
func Counteds() []string {
	return []string{CountedFixed, CountedDevices, CountedPeople, CountedSites, CountedLicences, CountedHand, CountedWork}
}

// Pot is an allowance.
type Pot struct {
	ID      ids.ID
	Name    string
	Measure string                   // "hours", "money" or "tickets"
	Line    ids.ID                   // bills what is used beyond it; 0 = that is free
	Alert   int                      // percent left at which is warned, 0–100
	Work    string                   // kinds of work that draw on it, by id with spaces; "" = all
	Follows ids.ID                   // the allowance in whose place it came by an amendment, whose rest it takes over; 0 = none
	After   map[ids.ID]money.Decimal // weights after hours, by kind of work; [rating.Pot.Weights] has those within them
	rating.Pot
}

// The measures of an allowance.
const (
	Hours   = "hours"
	Money   = "money"
	Tickets = "tickets"
)

// Begun and Ended report where an agreement stands on a day.
func (a *Agreement) Begun(day civil.Date) bool { return a.State == Active && a.Starts <= day }

// Ended reports whether its last day is before day.
func (a *Agreement) Ended(day civil.Date) bool { return a.Ends.Known() && a.Ends < day }

// Holds reports whether it is in force on a day.
func (a *Agreement) Holds(day civil.Date) bool { return a.Begun(day) && !a.Ended(day) }

// Line returns a line by its ID, or nil.
func (a *Agreement) Line(id ids.ID) *Line {
	for i := range a.Lines {
		if a.Lines[i].ID == id {
			return &a.Lines[i]
		}
	}
	return nil
}

// Pot returns an allowance by its ID, or nil.
func (a *Agreement) Pot(id ids.ID) *Pot {
	for i := range a.Pots {
		if a.Pots[i].ID == id {
			return &a.Pots[i]
		}
	}
	return nil
}

// Next returns the allowance that came in the place of one, or nil.
func (a *Agreement) Next(p *Pot) *Pot {
	for i := range a.Pots {
		if a.Pots[i].Follows == p.ID {
			return &a.Pots[i]
		}
	}
	return nil
}

// On returns the terms of a line that hold on a day, or nil.
func (l *Line) On(day civil.Date) *rating.Terms {
	if l.Last.Known() && l.Last < day {
		return nil
	}
	var found *rating.Terms
	for i := range l.Terms {
		if l.Terms[i].From <= day {
			found = &l.Terms[i]
		}
	}
	return found
}

// Quantity returns how many there were on a day, and the fact that says so; 0 and no fact before the first.
func (l *Line) Quantity(day civil.Date) (money.Decimal, rating.Fact) {
	var f rating.Fact
	for _, x := range l.Facts {
		if x.Day <= day && (f.ID == 0 || x.Day >= f.Day) {
			f = x
		}
	}
	return f.Quantity, f
}
