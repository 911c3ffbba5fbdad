// SPDX-License-Identifier: Apache-2.0

package rating

import "mainstay/kit/money"

// Why explains an entry as data, which pages turn into sentences: where its quantity, its price and its share come from.
type Why struct {
	Rule     Rule        // how the quantity follows from Levels
	Quantity money.Exact // what was priced, before it is rounded for the line
	Levels   []Level     // the facts behind it, each with the days for which it held
	Used     []Fact      // for Sum: what was used
	Steps    []Step      // how the price of a whole interval comes about
	Whole    money.Exact // that price; the amount is Whole times the Parts
	Prorate  Proration
	Parts    []Part // Σ Days/Of × Times
	Notes    []Note
}

// Note is one more thing to know about an entry.
type Note struct {
	Code  NoteCode
	Minor int64  // an amount the note speaks of
	Days  Period // the days it speaks of
}

// NoteCode names a note.
type NoteCode string

// The notes.
const (
	NoteFirstStub NoteCode = "first_stub" // the line begins within the interval Days
	NoteLastStub  NoteCode = "last_stub"  // the line ends, or its terms change, within the interval Days
	NoteLate      NoteCode = "late"       // the period was due on an earlier day, Days.From
	NoteTogether  NoteCode = "together"   // rounded together with other days of the period: by itself it would be Minor
	NoteTopUp     NoteCode = "top_up"     // Minor was billed for the period already
	NoteUnused    NoteCode = "unused"     // a credit for days that are not used, of the span that cost Minor
	NoteCorrect   NoteCode = "correction" // a credit because less was due than the Minor billed
	NoteCapped    NoteCode = "capped"     // the credit would have been Minor, but no more is left of the span
	NoteOnce      NoteCode = "once"       // charged once and never prorated
)
