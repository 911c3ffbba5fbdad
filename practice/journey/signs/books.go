// SPDX-License-Identifier: Apache-2.0

package signs

import "mainstay/kit/civil"

// The kinds of revenue, in the order of Client.Revenue.
const (
	Undecided = iota
	Recurring
	Project
	Labour
	Prepaid
	Resale
	Kinds
)

// Books is what is measured: months and clients, already classified and summed.
// The caller sorts Clients canonically, so that the order of files and rows
// cannot matter.
type Books struct {
	First   civil.Month // of Present and of every Client.Revenue
	Present []bool      // months in which the firm has any invoice row; a missing month is not a zero month
	Clients []Client
	// TicketMonths and HourMonths are how many months the window's tickets and
	// hours cover, at most Thresholds.Window.
	TicketMonths, HourMonths int
	// Quarters of tickets and hours for the trend, newest last; they may be shorter than the books.
	TicketQuarters, AlertQuarters, HourQuarters []Quarter
	HasContacts                                 bool // an export with planned contacts was read
	HasReviews                                  bool // it tells reviews from other contacts
}

// Client is one client's part of the books.
type Client struct {
	Name string // only to seed its draws
	// Revenue is month-major in minor units, after spreading prepayments over
	// their term: Revenue[month×Kinds+kind].
	Revenue   []int64
	Families  int // service families under recurring charge in the window, 0–8
	Tickets   Tickets
	Hours     Hours
	Assets    Assets
	Contacted bool // a planned contact within 90 days before the end of the window
	Reviewed  bool // a review within its cadence

	// Facts that only Mainstay itself or special exports know: 1 yes, −1 no, 0 not known.
	Roadmap, Term int8
	// Maintenance and recommendations: done of planned, decided of made.
	MaintenancePlanned, MaintenanceDone int
	Recommended, Decided                int
}

// Tickets counts a client's tickets in the window.
type Tickets struct {
	Client, Monitor, Planned, Technician, Unknown int
	Covered, Uncovered                            int // where the export says
}

// All returns how many tickets there are.
func (t Tickets) All() int { return t.Client + t.Monitor + t.Planned + t.Technician + t.Unknown }

// Hours sums a client's minutes in the window.
type Hours struct {
	Reactive, Planned, Unknown int64 // minutes
	Entries                    int   // entries whose nature is known
}

// Assets counts a client's endpoints.
type Assets struct {
	Endpoints                  int
	Monitored, MonitoringKnown int
	Patched, PatchingKnown     int
}

// Quarter is one non-overlapping quarter of tickets or hours.
type Quarter struct {
	From     civil.Month
	Hit, All float64
}

// window returns the range of months that is measured, and which months of it have rows.
func (b *Books) window(months int) (from, to int) {
	to = len(b.Present)
	return max(0, to-months), to
}
