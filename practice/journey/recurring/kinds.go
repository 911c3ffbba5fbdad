// SPDX-License-Identifier: Apache-2.0

package recurring

import "fmt"

// Class is the kind of revenue that a stream of lines is.
type Class uint8

// The classes. The zero value is the honest one.
const (
	Undecided Class = iota
	Recurring       // promised: an agreement, a subscription, a licence by time
	Project         // one-off work or goods that belong to it: set-up, migration, training
	Labour          // time and materials: by the hour, the day or the visit
	Prepaid         // a block of hours bought ahead: a stepping stone, counted half
	Resale          // hardware and other goods passed on: not service revenue
	Classes         // how many there are
)

var classNames = [...]string{"undecided", "recurring", "project", "labour", "prepaid", "resale"}

// String returns the stable word of the class.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "undecided"
}

// MarshalText is [Class.String].
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the word of a class.
func (c *Class) UnmarshalText(b []byte) error {
	for i, n := range classNames {
		if n == string(b) {
			*c = Class(i)
			return nil
		}
	}
	return fmt.Errorf("%q is not a kind of revenue; expected one of %v", b, classNames)
}

// Reason says what decided the class, in the order of trust.
type Reason uint8

// The reasons. Those below BySameAmount never decide alone.
const (
	ByNothing    Reason = iota // nothing speaks for either side
	ByAnswer                   // the user said so
	ByTold                     // the export says so
	ByTemplate                 // a recurring template of the old tool bills it
	ByWords                    // the words of the line
	BySameAmount               // the same amount within 2 % at a cadence, 3 periods or more
	ByNearAmount               // within 10 %, and weak words agree
	ByConflict                 // the words speak for both sides: not decided
	ByCadence                  // regular, amounts vary: not decided
	ByAgreement                // an agreement kept here: nothing is more trusted
)

var reasonNames = [...]string{"nothing", "answer", "told", "template", "words", "same-amount", "near-amount", "conflict", "cadence", "agreement"}

// String returns the stable word of the reason.
func (r Reason) String() string { return reasonNames[r] }

// MarshalText is [Reason.String].
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the word of a reason.
func (r *Reason) UnmarshalText(b []byte) error {
	for i, n := range reasonNames {
		if n == string(b) {
			*r = Reason(i)
			return nil
		}
	}
	return fmt.Errorf("%q is not a reason", b)
}

// Families is a set of the eight service families that a comprehensive offering covers.
type Families uint8

// The eight families.
const (
	Helpdesk Families = 1 << iota
	Monitoring
	Backup
	EndpointSecurity
	IdentitySecurity // identity and mail security
	Network
	Cloud
	Advice
)

// FamilyNames are the stable words of the families, by bit.
var FamilyNames = [8]string{"helpdesk", "monitoring", "backup", "endpoint-security", "identity-security", "network", "cloud", "advice"}

// Count returns how many families are in the set, 0–8.
func (f Families) Count() int {
	n := 0
	for ; f != 0; f &= f - 1 {
		n++
	}
	return n
}

// Names returns the words of the families in the set.
func (f Families) Names() []string {
	var out []string
	for i, n := range FamilyNames {
		if f&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}
