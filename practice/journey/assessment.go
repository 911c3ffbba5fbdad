// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/journey/pricing"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

// Assessment is everything that the pages, the command line and the API show. It is
// plain data: codes, numbers and the firm's own names.
type Assessment struct {
	Version  int            `json:"version"` // of this form
	Currency money.Currency `json:"currency"`
	Seed     uint64         `json:"seed,string"`
	Inputs   []Input        `json:"inputs"`
	Notes    []Note         `json:"notes"`
	Window   Window         `json:"window"`

	// Thresholds are those that were measured by, for the pages to explain the points.
	Thresholds signs.Thresholds `json:"thresholds"`
	Firm       signs.Stand      `json:"firm"`
	Recurring  signs.Interval   `json:"recurring"` // band of r
	Mixture    signs.Mixture    `json:"mixture"`
	Trends     []signs.Trend    `json:"trends"`
	Money      []Figure         `json:"money"`
	Months     []MonthRow       `json:"months"`
	Clients    []Client         `json:"clients"`   // ranked by revenue, then name
	Questions  []Question       `json:"questions"` // by value, largest first
	Undecided  Undecided        `json:"undecided"`
	Evidence   []Evidence       `json:"evidence"`
	Talks      []pricing.Talk   `json:"talks"` // whom to talk to first; Client indexes Clients
	Plan       []Step           `json:"plan"`
	// Rate is the hourly rate that the replay used and where it comes from: "settings",
	// "hours" (billed ÷ hours of the export) or "default".
	Rate     int64               `json:"rate"`
	RateFrom string              `json:"rateFrom"`
	Market   []pricing.SeatPrice `json:"market"`
	Guards   []string            `json:"guards"`
}

// Input is one source that was read.
type Input struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Rows int    `json:"rows"`
}

// Note is something left out or assumed. Code is a stable word; Arg fills it.
type Note struct {
	Code  string `json:"code"`
	Arg   string `json:"arg,omitempty"`
	Rows  int    `json:"rows,omitempty"`
	Minor int64  `json:"minor,omitempty"`
}

// Window says what was measured: the last complete months of each kind of row.
type Window struct {
	From    civil.Month   `json:"from"`
	To      civil.Month   `json:"to"`
	Months  int           `json:"months"` // with rows
	Gaps    []civil.Month `json:"gaps"`
	First   civil.Month   `json:"first"`   // of the books
	Partial civil.Month   `json:"partial"` // the last month, left out as incomplete; "" = none
	// TicketMonths and HourMonths are how many months the tickets and hours cover; 0 = no dates.
	TicketMonths int         `json:"ticketMonths"`
	HourMonths   int         `json:"hourMonths"`
	TicketsFrom  civil.Month `json:"ticketsFrom"`
	TicketsTo    civil.Month `json:"ticketsTo"`
	HoursFrom    civil.Month `json:"hoursFrom"`
	HoursTo      civil.Month `json:"hoursTo"`
}

// MonthRow is one month of the firm's revenue by kind, minor units: as earned
// (prepayments spread over their term) and as invoiced.
type MonthRow struct {
	Month   civil.Month        `json:"month"`
	Present bool               `json:"present"`
	Earned  [signs.Kinds]int64 `json:"earned"` // by recurring.Class
	Cash    [signs.Kinds]int64 `json:"cash"`
}

// Client is one client's place.
type Client struct {
	Name        string            `json:"name"`
	Stand       signs.ClientStand `json:"stand"`
	Share       float64           `json:"share"`    // of the firm's service revenue in the window
	Months      [12]int64         `json:"months"`   // service revenue of the window's months, oldest first
	Streams     []StreamRow       `json:"streams"`  // the largest of the window
	Families    []string          `json:"families"` // under recurring charge
	Tickets     signs.Tickets     `json:"tickets"`
	Hours       signs.Hours       `json:"hours"`
	Assets      signs.Assets      `json:"assets"`
	LastContact civil.Date        `json:"lastContact"`
	LastReview  civil.Date        `json:"lastReview"`
	Replay      *pricing.Replay   `json:"replay,omitempty"`
	// Talk is the place in the list of whom to talk to first, from 1; 0 = not on it.
	Talk int `json:"talk"`
}

// StreamRow is one of a client's streams of lines in the window.
type StreamRow struct {
	Text   string           `json:"text"`
	Class  recurring.Class  `json:"class"`
	Reason recurring.Reason `json:"reason"`
	Trust  float64          `json:"trust"`
	Term   uint8            `json:"term"`
	Minor  int64            `json:"minor"` // earned in the window
	Lines  int              `json:"lines"` // of all the books
}

// Question asks the user what a line text is.
type Question struct {
	Key     string           `json:"key"`  // for [Answers]
	Text    string           `json:"text"` // a sample
	Minor   int64            `json:"minor"`
	Clients int              `json:"clients"`
	Lines   int              `json:"lines"`
	Reason  recurring.Reason `json:"reason"`
	Share   float64          `json:"share"`   // of the undecided value that this answer settles
	Running float64          `json:"running"` // settled by this and all questions before it
	Lean    float64          `json:"lean"`    // measured share of such lines that recur
}

// Undecided sums what cannot be told apart.
type Undecided struct {
	Minor int64   `json:"minor"`
	Share float64 `json:"share"` // of service revenue in the window
	Texts int     `json:"texts"`
	For80 int     `json:"for80"` // how many answers settle 80 % of the value
}

// Selector names the rows behind a number; every page that shows the number can
// open them.
type Selector struct {
	Kind   string      `json:"kind"` // lines, tickets, hours, assets, contacts
	Client string      `json:"client,omitempty"`
	From   civil.Month `json:"from"`
	To     civil.Month `json:"to"`
	Filter string      `json:"filter,omitempty"` // a class, an origin, …
}

// Evidence is what a number came from: which rows, how many, how much, and the
// largest of them.
type Evidence struct {
	Of    string   `json:"of"` // code of an indicator or a money figure
	Hits  Selector `json:"hits"`
	All   Selector `json:"all"`
	Rows  int      `json:"rows"` // hits
	Minor int64    `json:"minor,omitempty"`
	Top   []RowRef `json:"top"`
}

// RowRef is one row of the firm's own files or tables.
type RowRef struct {
	Source string     `json:"source"`
	Number int64      `json:"number"`
	Day    civil.Date `json:"day"`
	Client string     `json:"client"`
	Doc    string     `json:"doc,omitempty"`
	Text   string     `json:"text,omitempty"`
	Minor  int64      `json:"minor,omitempty"`
	// Agreement is the one of which the row is a line's month; Doc is its number then. 0 = another row.
	Agreement ids.ID `json:"agreement,omitempty"`
}

// Step is one of the four steps of the plan.
type Step struct {
	Code     string  `json:"code"`     // mindset, portfolio, relationships, pricing
	Progress float64 `json:"progress"` // mean of the items that can be read, 0–1
	Known    int     `json:"known"`    // items that the data answer
	Items    []Item  `json:"items"`
}

// Item is one thing to do, whose progress is read from the data.
type Item struct {
	Code     string  `json:"code"`
	Known    bool    `json:"known"`
	Have     float64 `json:"have"`
	Goal     float64 `json:"goal"`
	Unit     string  `json:"unit"` // share, clients, families, ratio, minor
	Progress float64 `json:"progress"`
	Need     string  `json:"need,omitempty"` // the export or setting that would answer it
}

// Figure is a money measure beside the score, with its published ranges.
type Figure struct {
	Code     string         `json:"code"`
	Measured bool           `json:"measured"`
	Value    float64        `json:"value"`
	Interval signs.Interval `json:"interval"`
	Unit     string         `json:"unit"` // share, minor, ratio
	Band     string         `json:"band"` // code of the range that the value lies in
	Ranges   []Range        `json:"ranges"`
	Source   string         `json:"source"`
	Need     string         `json:"need,omitempty"`
}

// Range is a published range of a money measure. To is open (0) for the last.
type Range struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Band string  `json:"band"`
	Tone string  `json:"tone"` // good, fair, bad
}
