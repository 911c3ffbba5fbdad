// SPDX-License-Identifier: Apache-2.0

package books

import (
	"mainstay/kit/civil"
	"mainstay/kit/money"
)

// Ledger is a firm's history in memory: what the journey is measured from. It is
// filled from files by the reader (command line) or from the tables (server);
// both give the same ledger for the same rows, whatever their order.
//
// Texts that repeat are kept once: Line.Text indexes Texts, Line.Client and the
// like index Clients. Index 0 of Clients, Texts and Docs is the empty
// string: unknown.
type Ledger struct {
	Currency money.Currency // of all Lines; rows in others are left out and noted
	Clients  []string       // display names, distinct after normalising (see ClientKey)
	Texts    []string       // one sample text per stream (see StreamKey)
	Docs     []string       // invoice numbers
	People   []string       // technicians
	Sources  []Source       // the files or imports the rows came from

	Lines     []Line
	Templates []Template
	Tickets   []Ticket
	Hours     []Hours
	Assets    []Asset
	Contacts  []Contact // planned contacts: reviews, roadmaps, visits, where an export has them

	Notes []Note // what was left out or assumed, and why

	// What the agreements kept here say, whose lines are among Lines as [ToldAgreement].
	Families map[int32]string     // by text: the service family of an agreement's line
	Bound    map[int32]civil.Date // by client under agreement: the first day after its term; NoDate = it has none
	// Issued has a day for each line of an invoice issued here that bills what an agreement's lines tell already: that month was
	// billed.
	Issued []civil.Date
}

// Source is a file or an import.
type Source struct {
	Name string // file name as the user knows it
	Kind Kind
	Rows int
}

// Kind says what the rows of a table are.
type Kind string

// The kinds of tables that the importers read.
const (
	KindLines     Kind = "lines"     // invoice lines
	KindTemplates Kind = "templates" // recurring invoice templates
	KindTickets   Kind = "tickets"
	KindHours     Kind = "hours" // time entries
	KindClients   Kind = "clients"
	KindPeople    Kind = "people" // clients' contacts
	KindAssets    Kind = "assets"

	KindAgreements Kind = "agreements" // lines of agreements kept here; in no file
)

// Row points to the evidence: the source and the row in it (first data row of a
// file has the number of its line or sheet row, as a person counts: from 1), or the row id in the tables.
type Row struct {
	Source int32
	Number int64
}

// Line is an invoice line, net of tax. A credit is negative.
type Line struct {
	Row
	Minor  int64
	Client int32
	Text   int32
	Doc    int32
	Day    civil.Date
	Term   uint8 // months the line pays for where the export says so; 0 = not said
	Told   Told
}

// Told is what the export itself says of a line.
type Told uint8

// What an export can say of a line.
const (
	ToldNothing   Told = iota
	ToldRecurring      // it belongs to an agreement or a recurring template
	ToldOneOff         // it is marked as not recurring
	ToldResale         // hardware or another resold good: kept out of service revenue
	ToldLabour         // labour by the hour or visit
	ToldAgreement      // no invoice line at all: what a line of an agreement kept here comes to in the month of Day
)

// Template is a recurring invoice as set up in the old tool.
type Template struct {
	Row
	Client int32
	Text   int32
	Minor  int64 // per interval
	Months uint8 // interval: 1, 3, 6, 12
	From   civil.Date
	Active bool
}

// Origin says who started a ticket.
type Origin uint8

// The origins of work.
const (
	OriginUnknown    Origin = iota
	OriginClient            // phone, mail, portal, walk-in
	OriginMonitor           // an alert or another machine
	OriginPlanned           // maintenance, projects, scheduled work
	OriginTechnician        // a technician noticed
)

// Ticket is one request or incident, folded from events where the export is a log.
type Ticket struct {
	Row
	Client   int32
	Opened   int64 // microseconds since 1970 UTC; 0 = not known
	Solved   int64
	Origin   Origin
	Reopened bool
	Covered  int8 // under an agreement: 1 yes, −1 no, 0 not said
}

// Hours is one time entry.
type Hours struct {
	Row
	Client   int32
	Person   int32
	Text     int32
	Day      civil.Date // NoDate where the export has none
	Minutes  int32
	Minor    int64 // billed amount where said
	Reactive int8  // 1 reactive, −1 planned or project, 0 cannot be told
	Billable int8  // 1 yes, −1 no, 0 not said
}

// Asset is a device of a client.
type Asset struct {
	Row
	Client    int32
	Server    bool
	Endpoint  bool // a workstation or server, as opposed to a printer or switch
	Monitored int8 // 1 yes, −1 no, 0 not said
	Patched   int8
}

// Contact is a planned contact with a client: a review, a roadmap meeting.
type Contact struct {
	Row
	Client int32
	Day    civil.Date
	Review bool
}

// Note is something left out or assumed, with how many rows and how much money it
// touches. Code is a stable word; the pages have a sentence for each.
type Note struct {
	Code  string
	Arg   string
	Rows  int
	Minor int64
}
