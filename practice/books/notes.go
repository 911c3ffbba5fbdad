// SPDX-License-Identifier: Apache-2.0

package books

// The codes of a [Note]. Arg is what stands in brackets.
const (
	NoteOwnInvoices    = "own-invoices"        // imported lines of invoices that were issued here
	NoteOtherCurrency  = "other-currency"      // rows in another currency left out [code]
	NoteStatus         = "left-out-status"     // void, draft or deleted documents left out [status]
	NoteType           = "left-out-type"       // payments, bills, estimates left out [type]
	NoteAccount        = "left-out-account"    // the other side of a booking left out [account]
	NoteNoAmount       = "no-amount"           // rows without an amount left out
	NoteProviders      = "several-providers"   // the file has more than one provider [how many]
	NoteProvider       = "other-provider"      // rows of other providers left out [the one kept]
	NoteBadRows        = "bad-rows"            // rows that cannot be read left out, as the user chose
	NoteDayOrder       = "day-order-assumed"   // no value tells whether the day or the month comes first [dmy or mdy] {column}
	NoteDayMixed       = "day-order-mixed"     // some values have the day first, others the month [dmy or mdy]
	NoteDecimal        = "decimal-assumed"     // no value tells the decimal mark [the mark]
	NoteDecimalMixed   = "decimal-mixed"       // both decimal marks occur [the one taken]
	NoteTotalRepeated  = "total-repeated"      // the invoice total stands on each of its lines; taken once
	NoteTaxIncluded    = "tax-included"        // line amounts with tax were brought to net
	NoteGross          = "gross-amounts"       // only amounts with tax are there; they are taken as they are
	NoteCreditSign     = "credit-sign"         // credit notes written without a minus made negative
	NoteCarried        = "carried-down"        // rows that leave client, number and day to the row above
	NoteFolded         = "events-folded"       // events folded into tickets [how many tickets]
	NoteUnknownChannel = "unknown-channel"     // values of the channel that the map does not know [value]
	NoteUnknownWork    = "unknown-work"        // categories of work that cannot be told apart [value]
	NoteStrays         = "stray-quotes"        // quotation marks never closed, taken literally [first line]
	NoteUnrecognised   = "not-recognised"      // a table of the file that is none of ours [name]
	NoteTotalDiffers   = "total-differs"       // a total of the report is not what we read [label]
	NoteNoClient       = "no-client"           // rows without a client
	NoteRounded        = "rounded"             // amounts with more places than the currency has, rounded
	NoteSkippedRows    = "text-rows"           // rows with text only: titles, groups, footers
	NoteNoInterval     = "unknown-frequency"   // recurring invoices whose interval is not known left out [value]
	NoteNoTime         = "no-opening"          // tickets without a time of opening
	NoteRepeatedHours  = "task-hours-repeated" // a total of hours per task stands beside the hours of each person; the latter are taken
)
