// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"slices"
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
	// Of documents on paper only: the product's pages do not speak them.
	FrFR Tag = "fr-FR"
	EsES Tag = "es-ES"
	PtBR Tag = "pt-BR"
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
func (t Tag) Known() bool {
	return t == Pseudo || slices.ContainsFunc(Choices(), func(c Choice) bool { return c.Tag == t })
}

// Documents returns the tags in which documents for clients can be written, in menu order: [Choices] and those that only paper
// speaks. The catalogues of the latter hold the words of documents, not of pages.
func Documents() []Choice {
	return append(Choices(), Choice{FrFR, "Français (France)"}, Choice{EsES, "Español (España)"}, Choice{PtBR, "Português (Brasil)"})
}

// Document returns the tag of [Documents] that is nearest to a language in BCP 47 form, such as "fr", "de-LU" or "pt-PT"; fallback where
// none is.
func Document(language string, fallback Tag) Tag {
	for _, c := range Documents() {
		if string(c.Tag) == language {
			return c.Tag
		}
	}
	switch Tag(strings.ToLower(language)).Language() {
	case "fr":
		return FrFR
	case "es":
		return EsES
	case "pt":
		return PtBR
	}
	return Negotiate(language, fallback)
}

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
