// SPDX-License-Identifier: Apache-2.0

package books

import (
	"mainstay/kit/civil"
	"mainstay/kit/money"
)

// Sink takes the rows of files: the ledger in memory or the tables. Byte slices in a row
// are valid until the call returns.
//
// Begin may come again before End: then everything since the last Begin is forgotten and
// the file is handed over anew (its days or decimals turned out to be written the
// other way round). When a file is refused, End never comes.
type Sink interface {
	Begin(file string) error
	Table(Source) error
	Line(*LineRow) error
	Template(*TemplateRow) error
	Ticket(*TicketRow) error
	Hours(*HoursRow) error
	Asset(*AssetRow) error
	Client(*ClientRow) error
	Person(*PersonRow) error
	Note(Note) error
	End() error
}

// Every row carries where it stands in its file and a fingerprint of what it says, by which
// the same row is known again in another export. Two rows of one file may say the
// same; then they are two.

// LineRow is an invoice line.
type LineRow struct {
	Number      int64
	Fingerprint uint64
	Client      []byte
	Text        []byte
	Doc         []byte
	Provider    []byte
	Minor       int64
	Currency    money.Currency // "" where the file does not say
	Day         civil.Date
	Term        uint8
	Told        Told
}

// TemplateRow is a recurring invoice as set up.
type TemplateRow struct {
	Number      int64
	Fingerprint uint64
	Client      []byte
	Text        []byte
	Minor       int64
	Currency    money.Currency
	Months      uint8
	From        civil.Date
	Active      bool
}

// TicketRow is a ticket, folded from its events.
type TicketRow struct {
	Number      int64
	Fingerprint uint64
	ID          []byte
	Client      []byte
	Subject     []byte
	Channel     []byte
	Opened      int64 // microseconds since 1970 UTC
	Solved      int64 // 0 = not known
	Origin      Origin
	Reopened    bool
	Covered     int8
}

// HoursRow is a time entry.
type HoursRow struct {
	Number      int64
	Fingerprint uint64
	Client      []byte
	Person      []byte
	Text        []byte
	Day         civil.Date
	Minutes     int32
	Minor       int64
	Currency    money.Currency
	Reactive    int8
	Billable    int8
}

// AssetRow is a device.
type AssetRow struct {
	Number      int64
	Fingerprint uint64
	Client      []byte
	Name        []byte
	Type        []byte
	System      []byte
	Serial      []byte
	Server      bool
	Endpoint    bool
	Monitored   int8
	Patched     int8
	Warranty    civil.Date
}

// ClientRow is a client.
type ClientRow struct {
	Number      int64
	Fingerprint uint64
	Name        []byte
	Email       []byte
	Phone       []byte
	Website     []byte
	Address     []byte
}

// PersonRow is a client's contact.
type PersonRow struct {
	Number      int64
	Fingerprint uint64
	Client      []byte
	Name        []byte
	Email       []byte
	Phone       []byte
	Title       []byte
}
