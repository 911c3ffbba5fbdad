// SPDX-License-Identifier: Apache-2.0

// Package chart draws the product's charts as SVG on the server: no script, no inline
// style, colours by class, so that they follow the theme, print, and stand in a downloaded report.
//
// Every chart is a value with a Render method and can be used in a template as it is:
//
//	@chart.Stack{
//		Title:   locale.T(ctx, "Revenue by kind"),
//		Desc:    locale.T(ctx, "Twelve months; time and materials shrink."),
//		Periods: []chart.Period{{"Dec", "2025"}, {"Jan", "2026"}, …},
//		Series:  []chart.Series{{Class: chart.C1, Label: …, Values: …}},
//		Format:  func(v float64) string { return p.MoneyShort(int64(v), "EUR") },
//	}
//
// Title and Desc are what a screen reader says. Widths are shares of the space there is,
// text keeps its size at every width. Axis charts carry their numbers as a table that opens below
// them (Numbers: false leaves it out).
//
// Values are float64: they are only drawn. What people read is made by Format or passed as text.
package chart
