// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"strings"

	"mainstay/kit/locale"
	"mainstay/practice/books"
)

// Sentences of notes: %[1]d is how many rows, %[2]s the note's argument.
var noteWords = map[string]string{
	"lines-undated":   locale.Key("%[1]d invoice lines without a date are left out"),
	"lines-early":     locale.Key("%[1]d invoice lines before %[2]s are left out"),
	"lines-late":      locale.Key("%[1]d invoice lines dated long after all others are left out"),
	"month-partial":   locale.Key("%[2]s is not complete and is left out"),
	"tickets-undated": locale.Key("%[1]d tickets without a date are left out"),
	"hours-undated":   locale.Key("%[1]d time entries without a date are left out"),

	"agreements-instead":  locale.Key("%[1]d invoice lines that look recurring are left out: in their months agreements say what recurs with the client"),
	books.NoteOwnInvoices: locale.Key("%[1]d invoice lines are left out: they tell of invoices that were issued here and are counted from those"),

	books.NoteOtherCurrency: locale.Key("%[1]d rows in %[2]s, another currency, are left out"), books.NoteStatus: locale.Key("%[1]d rows with the status \"%[2]s\" are left out"),
	books.NoteType: locale.Key("%[1]d rows of the type \"%[2]s\" are left out"), books.NoteAccount: locale.Key("%[1]d rows of the account \"%[2]s\" are left out: the other side of a booking"),
	books.NoteNoAmount: locale.Key("%[1]d rows without an amount are left out"), books.NoteProviders: locale.Key("the file has %[2]s suppliers; all were measured as one firm"),
	books.NoteProvider: locale.Key("%[1]d rows of suppliers other than %[2]s are left out"), books.NoteBadRows: locale.Key("%[1]d rows that cannot be read are left out"),
	books.NoteDayOrder: locale.Key("no date tells whether day or month comes first; taken as %[2]s"), books.NoteDayMixed: locale.Key("some dates have the day first, others the month; taken as %[2]s"),
	books.NoteDecimal: locale.Key("no amount tells the decimal mark; taken as \"%[2]s\""), books.NoteDecimalMixed: locale.Key("both decimal marks occur; taken as \"%[2]s\""),
	books.NoteTotalRepeated: locale.Key("the invoice total stands on each of its lines and is counted once (%[1]d rows)"),
	books.NoteTaxIncluded:   locale.Key("%[1]d amounts with tax were brought to net"), books.NoteGross: locale.Key("%[1]d amounts include tax and are taken as they are"),
	books.NoteCreditSign: locale.Key("%[1]d credit notes without a minus were made negative"), books.NoteCarried: locale.Key("%[1]d rows take client, number and day from the row above"),
	books.NoteFolded: locale.Key("%[1]d events were folded into %[2]s tickets"), books.NoteUnknownChannel: locale.Key("%[1]d tickets came by \"%[2]s\", which tells nothing about who started them"),
	books.NoteUnknownWork: locale.Key("%[1]d time entries of \"%[2]s\" cannot be told as reactive or planned"), books.NoteStrays: locale.Key("quotation marks from line %[2]s on are never closed and were taken literally"),
	books.NoteUnrecognised: locale.Key("the table \"%[2]s\" is none that we know and is left out"), books.NoteTotalDiffers: locale.Key("the total \"%[2]s\" of the report is not what was read"),
	books.NoteNoClient: locale.Key("%[1]d rows do not name their client"), books.NoteRounded: locale.Key("%[1]d amounts with more places than the currency has were rounded"),
	books.NoteSkippedRows: locale.Key("%[1]d rows with text only were skipped"), books.NoteNoInterval: locale.Key("%[1]d recurring invoices every \"%[2]s\" are left out: the interval is not known"),
	books.NoteNoTime: locale.Key("%[1]d tickets do not say when they were opened"), books.NoteRepeatedHours: locale.Key("the hours of a task stand beside those of each person; the latter are taken"),
}

// NoteText returns the sentence of a note in the reader's language; a note without a
// sentence gives its code.
func NoteText(p locale.Printer, n Note) string {
	s, ok := noteWords[n.Code]
	if !ok {
		return n.Code + " " + n.Arg
	}
	if !strings.Contains(s, "%") {
		return p.T(s)
	}
	return p.T(s, n.Rows, n.Arg)
}
