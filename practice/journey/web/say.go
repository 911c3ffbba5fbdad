// SPDX-License-Identifier: Apache-2.0

package web

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/practice/journey"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

// word is a code of the model in the reader's language.
func (s *show) word(code string) string { return s.p.T(journey.Word(code)) }

// title is word with a capital, for the head of a line.
func (s *show) title(code string) string { return capital(s.word(code)) }

func capital(t string) string {
	r, n := utf8.DecodeRuneInString(t)
	if n == 0 || r == '⟦' { // the pseudo-locale's bracket
		return t
	}
	return string(unicode.ToUpper(r)) + t[n:]
}

func (s *show) points(v float64) string { return s.p.Float(v, 0) }

func (s *show) interval(i signs.Interval) string {
	if s.points(i.Low) == s.points(i.High) {
		return s.points(i.Low)
	}
	return s.points(i.Low) + "–" + s.points(i.High)
}

func (s *show) percent(v float64) string { return s.p.Percent(v, 0) }

func (s *show) cash(minor float64) string {
	return s.p.MoneyWhole(int64(math.Round(minor)), s.a.Currency)
}

func (s *show) short(minor float64) string {
	return s.p.MoneyShort(int64(math.Round(minor)), s.a.Currency)
}

func (s *show) money(minor int64) string { return s.p.Money(minor, s.a.Currency) }

// value prints an indicator in its own unit.
func (s *show) value(code signs.Indicator, v float64) string { return valueOf(s.p, code, v) }

func valueOf(p locale.Printer, code signs.Indicator, v float64) string {
	switch code {
	case signs.HoursEndpoint, signs.TicketsEndpoint:
		return p.Float(v, 2)
	case signs.FamiliesCount:
		return p.Float(v, 1)
	}
	return p.Percent(v, 0)
}

// figure prints a money measure in its unit.
func (s *show) figure(unit string, v float64) string {
	switch unit {
	case "share":
		return s.percent(v)
	case "minor":
		return s.cash(v)
	case "ratio":
		return s.p.Float(v, 2)
	}
	return s.p.Float(v, 0)
}

// zones are the three stretches of the scale.
func (s *show) zones() []chart.Zone {
	t := s.a.Thresholds
	return []chart.Zone{
		{To: t.BreakFix, Label: s.p.T("Break/fix"), Class: chart.C3},
		{To: t.MSP, Label: s.p.T("Hybrid"), Class: chart.C4},
		{To: 100, Label: s.p.T("MSP"), Class: chart.C1},
	}
}

// side says on which stretch of the scale a position lies.
func (s *show) side(position float64) (code, class string, tone page.Tone) {
	switch t := s.a.Thresholds; {
	case position < t.BreakFix:
		return "breakfix", chart.C3, page.Warn
	case position > t.MSP:
		return "msp", chart.C1, page.Accent
	}
	return "hybrid", chart.C4, page.Info
}

// verdict is the one sentence at the top, and what stands behind it.
func (s *show) verdict() (head, text string) {
	v, t := s.a.Firm.Verdict, s.a.Thresholds
	share := func(w string) string {
		for _, p := range v.P {
			if p.Word == w {
				return s.percent(p.Share)
			}
		}
		return ""
	}
	switch v.Word {
	case "none":
		if v.Why == "coverage" {
			return s.p.T("No verdict yet"), s.p.T("Your books measure %s of the model; a verdict needs %s. Missing most: %s.", s.percent(s.a.Firm.Coverage), s.percent(t.Coverage), strings.Join(s.missingMost(3), ", "))
		}
		return s.p.T("No verdict yet"), s.p.T("Nothing in these books can be measured. Missing: %s.", strings.Join(s.missingMost(3), ", "))
	case "between":
		return s.p.T("Between %s and %s", s.word(v.First), s.word(v.Second)),
			s.p.T("Of %d draws of the whole model %s say %s and %s say %s. One word alone needs %s.", t.Draws, share(v.First), s.word(v.First), share(v.Second), s.word(v.Second), s.percent(t.Certainty))
	}
	head = map[string]string{"breakfix": s.p.T("You are a break/fix shop"), "hybrid": s.p.T("You are a hybrid of both"), "msp": s.p.T("You are a managed service provider")}[v.Word]
	return head, s.p.T("%s of %d draws of the whole model say so; a verdict needs %s.", share(v.Word), t.Draws, s.percent(t.Certainty))
}

// missingMost names the exports that would measure most of what is missing.
func (s *show) missingMost(n int) []string {
	var out []string
	for _, g := range s.gaps() {
		if len(out) < n {
			out = append(out, s.word(g.export))
		}
	}
	return out
}

// gap is an export and what it would measure.
type gap struct {
	export string
	of     []signs.Reading
}

// gaps lists what is not measured by the export that would, the most useful first.
func (s *show) gaps() []gap {
	var out []gap
	at := map[string]int{}
	for _, m := range s.a.Firm.Indicators {
		if m.Measured || m.Missing == nil {
			continue
		}
		i, ok := at[m.Missing.Export]
		if !ok {
			i = len(out)
			at[m.Missing.Export] = i
			out = append(out, gap{export: m.Missing.Export})
		}
		out[i].of = append(out[i].of, m)
	}
	for i := 1; i < len(out); i++ { // few: insertion keeps the order of equals
		for j := i; j > 0 && len(out[j].of) > len(out[j-1].of); j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// why says why an indicator is not measured.
func (s *show) why(m *signs.Missing) string {
	switch m.Why {
	case "below-floor":
		return s.p.T("%s of at least %s", s.points(m.Have), s.points(m.Floor))
	case "no-column":
		return s.p.T("the rows do not say")
	}
	return s.p.T("no such rows")
}

// window says what was measured.
func (s *show) window() string {
	w := s.a.Window
	var parts []string
	if w.Months > 0 {
		parts = append(parts, s.p.T("invoices %s to %s", s.p.Month(w.From), s.p.Month(w.To)))
	}
	if w.TicketMonths > 0 {
		parts = append(parts, s.p.T("tickets %s to %s", s.p.Month(w.TicketsFrom), s.p.Month(w.TicketsTo)))
	}
	if w.HourMonths > 0 {
		parts = append(parts, s.p.T("hours %s to %s", s.p.Month(w.HoursFrom), s.p.Month(w.HoursTo)))
	}
	if len(parts) == 0 {
		return s.p.T("measured without invoices, tickets or hours")
	}
	return strings.Join(parts, " · ")
}

// kind is a kind of revenue as charts show it.
type kind struct {
	class recurring.Class
	code  string
	color string
}

// kinds are the kinds of revenue from the most to the least predictable.
var kinds = [...]kind{
	{recurring.Recurring, "recurring", chart.C1},
	{recurring.Prepaid, "prepaid", chart.C5},
	{recurring.Project, "project", chart.C2},
	{recurring.Labour, "labour", chart.C3},
	{recurring.Undecided, "undecided", chart.C4},
	{recurring.Resale, "resale", chart.C6},
}

func toneOf(tone string) page.Tone {
	switch tone {
	case "good":
		return page.Good
	case "bad":
		return page.Bad
	case "fair":
		return page.Warn
	}
	return page.Neutral
}

// aboutSign says what a sign means.
func aboutSign(p locale.Printer, s signs.Sign) string {
	return map[signs.Sign]string{
		signs.ClientDriven:  p.T("Most work starts when a client calls."),
		signs.Proactive:     p.T("Monitoring, maintenance and patching start the work."),
		signs.Spikes:        p.T("Income follows the number of problems."),
		signs.Subscription:  p.T("Regular, predictable monthly fees."),
		signs.OnDemand:      p.T("Single issues, charged by the hour."),
		signs.Comprehensive: p.T("From helpdesk to security and cloud, under contract."),
		signs.Limited:       p.T("Contact only when something breaks."),
		signs.Strategic:     p.T("Reviews, roadmaps and budgets that follow the client's goals."),
	}[s]
}

// side of the axis that a sign speaks for.
func msp(s signs.Sign) bool {
	for _, x := range signs.Axes() {
		if x.MSP == s {
			return true
		}
	}
	return false
}

func signClass(s signs.Sign) string {
	if msp(s) {
		return chart.C1
	}
	return chart.C3
}

// knots writes a scale as "40 % → 0 · 70 % → 50".
func knots(p locale.Printer, sc signs.Scale) string {
	out := make([]string, len(sc.Knots))
	for i, k := range sc.Knots {
		out[i] = valueOf(p, sc.Indicator, k.Value) + " → " + p.Float(k.Points, 0)
	}
	return strings.Join(out, " · ")
}

func (s *show) scale(code signs.Indicator) signs.Scale {
	for _, sc := range s.a.Thresholds.Scales {
		if sc.Indicator == code {
			return sc
		}
	}
	return signs.Scale{Indicator: code, Knots: []signs.Knot{{Value: 0, Points: 0}, {Value: 1, Points: 100}}}
}
