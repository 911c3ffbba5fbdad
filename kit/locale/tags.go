// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"strings"

	"golang.org/x/text/language"
)

// Tag names a language and region in BCP 47 form, such as "de-AT".
type Tag string

// The tags that the product speaks.
const (
	EnUS Tag = "en-US"
	EnGB Tag = "en-GB"
	DeDE Tag = "de-DE"
	DeAT Tag = "de-AT"
	DeCH Tag = "de-CH"
	// Pseudo is accented English in brackets, for tests. It is never negotiated.
	Pseudo Tag = "en-XA"
)

// Choice is one row of the language menu.
type Choice struct {
	Tag  Tag
	Name string // in its own language, so that a lost reader finds it
}

// Choices returns the tags a person can choose from, in menu order.
func Choices() []Choice {
	return []Choice{
		{EnUS, "English (United States)"},
		{EnGB, "English (United Kingdom)"},
		{DeDE, "Deutsch (Deutschland)"},
		{DeAT, "Deutsch (Österreich)"},
		{DeCH, "Deutsch (Schweiz)"},
	}
}

// Known reports whether t is one of [Choices] or [Pseudo].
func (t Tag) Known() bool { return regionOf(t) != nil }

// Language returns the language without the region: "de".
func (t Tag) Language() string {
	l, _, _ := strings.Cut(string(t), "-")
	return l
}

// Negotiate returns the best tag for an Accept-Language header, or fallback
// when the header is empty, broken or asks only for languages that are not here. An
// unknown region falls to the nearest known one as CLDR's parents do: en-AU to
// en-GB (through en-001), de-LI to de-CH, de-LU to de-DE.
func Negotiate(acceptLanguage string, fallback Tag) Tag {
	if len(acceptLanguage) > 1000 {
		return fallback
	}
	wanted, weights, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return fallback
	}
	for i, w := range wanted {
		if weights[i] <= 0 {
			continue
		}
		base, _ := w.Base()
		region, sure := w.Region()
		switch base.String() {
		case "en":
			if sure == language.Exact && region.String() != "US" {
				return EnGB
			}
			return EnUS
		case "de":
			switch region.String() {
			case "AT":
				return DeAT
			case "CH", "LI":
				return DeCH
			}
			return DeDE
		}
	}
	return fallback
}
