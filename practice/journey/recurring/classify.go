// SPDX-License-Identifier: Apache-2.0

package recurring

import "mainstay/kit/civil"

// Stream is all that is known of one client's lines with one text.
type Stream struct {
	Reading Reading
	Told    Class // what the export says of the lines; Undecided = nothing
	Answer  Class // what the user said; Undecided = not asked yet
	Billed  bool  // a recurring template of the old tool has this client and text
	Agreed  bool  // it is a line of an agreement, by month: no guess
	Term    uint8 // months per payment where the export says so
	Points  []Point
}

// Verdict is how a stream is counted, and why.
type Verdict struct {
	Class  Class
	Reason Reason
	// Trust is the measured share of such verdicts that are right; for an
	// undecided stream the share of such streams that turned out to recur.
	Trust float64
	Term  uint8 // months that one payment covers: 1 where nothing says more
}

// Trust of each kind of evidence: measured on 13,492 lines of 343 suppliers,
// save the first, which is our choice (people mistype).
const (
	trustTold    = .98
	trustWords   = .95
	trustSame    = .85
	trustNear    = .73
	trustLoose   = .52
	trustCadence = .39
	trustNothing = .30
)

// Classify decides a stream by the best evidence that it has.
func Classify(s Stream) Verdict {
	rhythm := FindRhythm(s.Points)
	v := class(s, rhythm)
	v.Term = 1
	if v.Class == Recurring && !s.Agreed {
		v.Term = spreadTerm(s, rhythm)
	}
	return v
}

func class(s Stream, rhythm Rhythm) Verdict {
	lean := s.Reading.Lean()
	switch {
	case s.Agreed:
		return Verdict{Class: Recurring, Reason: ByAgreement, Trust: 1}
	case s.Answer != Undecided:
		return Verdict{Class: s.Answer, Reason: ByAnswer, Trust: trustTold}
	case s.Told != Undecided:
		return Verdict{Class: s.Told, Reason: ByTold, Trust: trustTold}
	case s.Billed:
		return Verdict{Class: Recurring, Reason: ByTemplate, Trust: trustTold}
	case s.Reading.Class != Undecided:
		return Verdict{Class: s.Reading.Class, Reason: ByWords, Trust: trustWords}
	case rhythm.Months > 0 && rhythm.Spread <= Same && lean >= 0:
		return Verdict{Class: Recurring, Reason: BySameAmount, Trust: trustSame}
	case rhythm.Months > 0 && rhythm.Spread <= Near && lean > 0:
		return Verdict{Class: Recurring, Reason: ByNearAmount, Trust: trustSame}
	case s.Reading.Recurring > 0 && s.Reading.OneOff > 0:
		return Verdict{Reason: ByConflict, Trust: trustLoose}
	case rhythm.Months == 0:
		return Verdict{Reason: ByNothing, Trust: trustNothing}
	case rhythm.Spread <= Near:
		return Verdict{Reason: ByCadence, Trust: trustNear}
	case rhythm.Spread <= .25:
		return Verdict{Reason: ByCadence, Trust: trustLoose}
	}
	return Verdict{Reason: ByCadence, Trust: trustCadence}
}

// spreadTerm returns over how many months one payment is spread: what the export
// says, else the words, else the cadence. Words that name a year do not
// count where the client pays such a line month after month: instalments.
func spreadTerm(s Stream, rhythm Rhythm) uint8 {
	steady := rhythm.Months > 0 && rhythm.Spread <= Near
	switch {
	case s.Term > 0:
		return min(s.Term, MaxTerm)
	case s.Reading.Term > 0 && (!steady || rhythm.Months >= s.Reading.Term):
		return s.Reading.Term
	case steady:
		return rhythm.Months
	}
	return 1
}

// Spread distributes amount over term months from the given month on and calls add
// for each; the minor units that do not divide go to the first months, so
// that nothing is lost. A term below 2 is one month.
func Spread(p Point, term uint8, add func(Point)) {
	n := int64(max(term, 1))
	share, rest := p.Minor/n, p.Minor%n
	sign := int64(1)
	if rest < 0 {
		sign, rest = -1, -rest
	}
	for i := range n {
		minor := share
		if i < rest {
			minor += sign
		}
		if minor != 0 || n == 1 {
			add(Point{p.Month + civil.Month(i), minor})
		}
	}
}
