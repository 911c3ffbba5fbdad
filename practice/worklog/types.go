// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Actor is who acts. Others lets them act on other people's work too.
type Actor struct {
	ID     ids.ID
	Name   string
	Others bool
}

// mine refuses what belongs to somebody else.
func (a Actor) mine(person ids.ID) error {
	if person == a.ID || a.Others {
		return nil
	}
	return fault.NewDenied("This is somebody else's work. A manager can change it.")
}

// State is how far an entry has come.
type State uint8

// The states. Nothing of a billed entry changes any more.
const (
	Open State = iota
	Submitted
	Approved
	Billed
)

var stateWords = []string{"open", "submitted", "approved", "billed"}

// States lists the states in their order.
func States() []State { return []State{Open, Submitted, Approved, Billed} }

// String is the word of the API and of addresses.
func (s State) String() string { return wordOf(stateWords, s) }

// ParseState is the inverse of String.
func ParseState(s string) (State, bool) { return parseWord[State](stateWords, s) }

// Coverage is who pays.
type Coverage uint8

// The kinds of coverage. Agreement and Prepaid are for the agreements to come.
const (
	Free Coverage = iota
	Billable
	Agreement
	Prepaid
)

var coverageWords = []string{"free", "billable", "agreement", "prepaid"}

// String is the word of the API and of addresses.
func (c Coverage) String() string { return wordOf(coverageWords, c) }

// ParseCoverage is the inverse of String.
func ParseCoverage(s string) (Coverage, bool) { return parseWord[Coverage](coverageWords, s) }

// Origin is who started a ticket, as the desk says it.
type Origin uint8

// The origins; NoOrigin is work without a ticket.
const (
	NoOrigin Origin = iota
	FromClient
	FromMonitor
	FromPlan
	FromTechnician
)

// TicketRef is a ticket as work knows it.
type TicketRef struct {
	ID      ids.ID
	Number  int64
	Subject string
	Client  ids.ID
	Origin  Origin
}

// NoStart is the start of an entry whose time of day was not said.
const NoStart = -1

// Draft is what a person says of an entry.
type Draft struct {
	Person   ids.ID // 0 = the actor
	Client   ids.ID
	Ticket   ids.ID // or
	Number   int64  // of the ticket; both 0 = none
	Type     ids.ID
	Day      civil.Date
	Starts   int // minute of the day, or NoStart
	Minutes  int // worked; negative only in a correction
	After    bool
	Note     string   // the client reads it
	Internal string   // the client does not
	Chosen   bool     // Coverage was chosen by hand,
	Coverage Coverage // Free or Billable; else it is decided
}

// Entry is time that somebody worked.
type Entry struct {
	ID       ids.ID
	Version  int64
	Person   ids.ID
	Name     string // of the person
	Client   ids.ID
	Ticket   TicketRef // ID 0 = none
	Type     ids.ID
	Day      civil.Date
	Starts   int // minute of the day, or NoStart
	Minutes  int
	After    bool
	Note     string
	Internal string
	Coverage Coverage
	Chosen   bool
	Covered  Covered // what the agreement says, only of a quote
	Reactive bool
	Price    Price
	State    State
	Invoice  string // where it was billed
	Line     string
	Corrects ids.ID
	Made     time.Time
	Changed  time.Time
}

// Price is what an entry comes to and why.
type Price struct {
	Own      int  // minutes after the rules of one entry
	Billed   int  // minutes charged
	Found    bool // a card gave a price
	Rate     int64
	Factor   int // percent
	Minor    int64
	Currency money.Currency
	Card     string
	From     civil.Date
}

const (
	maxText = 4000
	maxName = 200
	dayLong = 24 * 60
	longRun = 12 * time.Hour
)

func noEntry() *fault.Error { return fault.NewNotFound("There is no such time entry.") }

func changedMeanwhile() error {
	return fault.NewConflict("Somebody changed this in the meantime. Look at the newer version and enter your change again.")
}

func closed() error {
	return fault.NewConflict("This is approved or billed already and does not change any more. Have the week sent back, or enter a correction.")
}

func (d *Draft) clean() error {
	d.Note, d.Internal = strings.TrimSpace(d.Note), strings.TrimSpace(d.Internal)
	switch {
	case d.Client == 0 && d.Ticket == 0 && d.Number == 0:
		return fault.NewInvalid("Choose the client that you worked for.").On("client")
	case d.Type == 0:
		return fault.NewInvalid("Choose the kind of work.").On("type")
	case !d.Day.Known() || !possible(d.Day):
		return fault.NewInvalid("Enter the day, between 2000 and 2199.").On("day")
	case d.Minutes == 0:
		return fault.NewInvalid("Enter how long you worked, such as 1:30 or 1.5.").On("time")
	case d.Minutes > dayLong || d.Minutes < -dayLong:
		return fault.NewInvalid("A day has 24 hours. Make an entry for each day.").On("time")
	case d.Starts < NoStart || d.Starts >= dayLong:
		return fault.NewInvalid("Enter the time of day as 14:30.").On("start")
	case d.Starts != NoStart && d.Starts+d.Minutes > dayLong:
		return fault.NewInvalid("This goes past midnight. Make an entry for each day.").On("time")
	case len(d.Note) > maxText:
		return fault.NewInvalid("This is too long: at most %d characters.", maxText).On("note")
	case len(d.Internal) > maxText:
		return fault.NewInvalid("This is too long: at most %d characters.", maxText).On("internal")
	case d.Chosen && d.Coverage > Billable:
		return fault.NewInvalid("By hand work is billable or free.").On("coverage")
	}
	return nil
}

func possible(d civil.Date) bool {
	y, _, _ := d.Civil()
	return y >= 2000 && y <= civil.MaxYear
}

func wordOf[T ~uint8](words []string, v T) string {
	if int(v) < len(words) {
		return words[v]
	}
	return ""
}

func parseWord[T ~uint8](words []string, s string) (T, bool) {
	for i, w := range words {
		if w == s {
			return T(i), true
		}
	}
	return 0, false
}

// Monday returns the first day of the week that d lies in.
func Monday(d civil.Date) civil.Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }
