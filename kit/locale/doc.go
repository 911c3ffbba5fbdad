// SPDX-License-Identifier: Apache-2.0

// Package locale puts everything a person reads into that person's
// language, region and time zone: sentences, plurals, dates, numbers, money.
//
// # Texts
//
// The key of a text is the English sentence itself, with fmt verbs. An
// area writes
//
//	{ locale.T(ctx, "Import our exports") }
//	{ locale.T(ctx, "%s of %s", p.Money(a), p.Money(b)) }
//	{ locale.N(ctx, "%d ticket|%d tickets", n) }       // n is the first verb
//
// and puts the German beside it in kit/locale/de/AREA.json:
//
//	{
//	  "Import our exports": "Unsere Exporte importieren",
//	  "%s of %s": "%s von %s",
//	  "%d ticket|%d tickets": "%d Ticket|%d Tickets"
//	}
//
// German may change the order with %[2]s. Arguments are formatted for the
// reader: integers are grouped, floats get their decimal mark, civil days and
// months, instants, [money.Amount] and [money.Decimal] come out as the region writes
// them; strings stay as they are.
//
// Two English texts that are spelled alike but differ in German carry a context, which
// English readers never see: T(ctx, "verb::Open"), T(ctx, "state::Open").
//
// A key that reaches T through a variable (the name of a sign, a
// status) is announced where it is written: locale.Key("Break/fix"). Packages that may
// not import locale keep such texts as plain string constants and the German
// catalogue names them; a German entry counts as used when its key stands
// anywhere in the tree as a string literal.
//
// TestCatalogue scans the tree and fails for a key without German, for German
// without a key, and for verbs that do not match.
//
// # Values
//
//	p := locale.From(ctx)             // or locale.New("de-AT", vienna)
//	p.Date(day)                       // 05.03.2026     Mar 5, 2026
//	p.Month(month)                    // März 2026      Mar 2026
//	p.DateTime(t)                     // 05.03.2026, 14:07
//	p.Number(1234)                    // 1.234
//	p.Percent(0.125, 1)               // 12,5 %
//	p.Money(1234567, "EUR")           // 12.345,67 €
//	p.MoneyShort(1234567, "EUR")      // 12.300 €       €12.3K
//	p.Ago(t, now)                     // vor 3 Std.     3 hr. ago
//
// # The pseudo-locale
//
// [Pseudo] (en-XA) writes every text of the catalogue and every formatted word as ⟦ŧéẋŧ⟧.
// A browser test reads the page in it: letters outside the brackets are hard-wired
// text. Data that people typed is marked translate="no" in the HTML.
package locale
