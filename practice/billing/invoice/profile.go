// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"strings"

	"mainstay/kit/fault"
)

// Profile is which rules a document keeps.
type Profile string

// The profiles; each keeps the rules of those before it.
const (
	Paper     Profile = ""          // any document: what must be on it, and that it adds up
	EN16931   Profile = "en16931"   // the European norm
	Peppol    Profile = "peppol"    // Peppol BIS Billing 3.0
	XRechnung Profile = "xrechnung" // the German standard for public buyers
)

// Profiles returns all, in order.
func Profiles() []Profile { return []Profile{Paper, EN16931, Peppol, XRechnung} }

func (p Profile) norm() bool   { return p == EN16931 || p.peppol() }
func (p Profile) peppol() bool { return p == Peppol || p == XRechnung }
func (p Profile) german() bool { return p == XRechnung }

// Problem is what is wrong with a document: the rule that it breaks, the line that it lies in (from 1; 0 = none) and a sentence.
// Rules named MS are the house's own.
type Problem struct {
	Rule string
	Line int
	*fault.Error
}

// Problems are all that is wrong.
type Problems []Problem

// Err returns the first problem as an error, nil where there is none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p[0].Error
}

// Has reports whether a rule is broken.
func (p Problems) Has(rule string) bool {
	for _, q := range p {
		if q.Rule == rule {
			return true
		}
	}
	return false
}

// String is for logs and tests: one problem a line.
func (p Problems) String() string {
	var b strings.Builder
	for _, q := range p {
		b.WriteString(q.Rule + " " + q.Field + ": " + q.Text + "\n")
	}
	return b.String()
}
