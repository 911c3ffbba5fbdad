// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"bufio"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"mainstay/kit/locale"
	"mainstay/practice/journey/signs"
)

// WriteText writes the assessment for a terminal, in the printer's language: where the firm
// stands, what says so, what could not be measured and which export would, and the next
// steps. It fits 100 columns and needs no colour.
func WriteText(w io.Writer, a *Assessment, p locale.Printer) error {
	r := &report{w: bufio.NewWriter(w), p: p, a: a}
	r.head()
	r.axes()
	r.indicators()
	r.missing()
	r.money()
	r.motion()
	r.clients()
	r.questions()
	r.talks()
	r.plan()
	r.notes()
	return r.w.Flush()
}

// report writes one text.
type report struct {
	w *bufio.Writer
	p locale.Printer
	a *Assessment
}

func (r *report) word(code string) string { return r.p.T(Word(code)) }

func (r *report) line(parts ...string) {
	_, _ = r.w.WriteString(strings.TrimRight(strings.Join(parts, ""), " ") + "\n")
}

func (r *report) section(title string) {
	r.line()
	r.line(strings.ToUpper(title))
}

// pad fills s with spaces to n columns, left cuts it where it is longer.
func pad(s string, n int) string {
	if k := utf8.RuneCountInString(s); k < n {
		return s + strings.Repeat(" ", n-k)
	}
	return cut(s, n)
}

func right(s string, n int) string {
	if k := utf8.RuneCountInString(s); k < n {
		return strings.Repeat(" ", n-k) + s
	}
	return s
}

// cut shortens s to n columns and shows that it did. Control characters, which a
// hostile file could use to write over the terminal, become spaces.
func cut(s string, n int) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return ' '
		}
		return c
	}, s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}

func (r *report) points(v float64) string { return r.p.Float(v, 0) }

func (r *report) interval(i signs.Interval) string {
	return r.points(i.Low) + "–" + r.points(i.High)
}

func (r *report) percent(v float64) string { return r.p.Percent(v, 0) }

func (r *report) cash(minor float64) string {
	return r.p.MoneyWhole(int64(math.Round(minor)), r.a.Currency)
}

// scaleWidth is the width of the bars; each end is an end of the scale.
const scaleWidth = 40

// scale draws a position with its interval: ├──══●══──┤.
func scale(v float64, i signs.Interval) string {
	at := func(x float64) int {
		return min(scaleWidth-1, max(0, int(math.Round(x*(scaleWidth-1)/100))))
	}
	b := []rune(strings.Repeat("·", scaleWidth))
	for k := at(i.Low); k <= at(i.High); k++ {
		b[k] = '━'
	}
	b[at(v)] = '●'
	return string(b)
}

func (r *report) head() {
	a := r.a
	r.line(r.p.T("Where you stand between break/fix and managed"))
	r.line(strings.Repeat("═", 72))
	if a.Window.Months > 0 {
		r.line(r.p.T("Measured: %s to %s, %d months of invoices", a.Window.From, a.Window.To, a.Window.Months), r.and())
	} else {
		r.line(r.p.T("Measured without invoices"), r.and())
	}
	r.line()
	v := a.Firm.Verdict
	switch v.Word {
	case "none":
		if v.Why == "coverage" {
			r.line(r.p.T("No verdict: the files measure %s of the model, a verdict needs %s.", r.percent(a.Firm.Coverage), r.percent(a.Thresholds.Coverage)))
		} else {
			r.line(r.p.T("No verdict: nothing in these files can be measured."))
		}
	case "between":
		r.line(r.p.T("Between %s and %s (%s/%s).", r.word(v.First), r.word(v.Second), r.points(100*share(v, v.First)), r.points(100*share(v, v.Second))))
	default:
		r.line(r.p.T("Verdict: %s (%s of the draws).", r.word(v.Word), r.percent(share(v, v.Word))))
	}
	switch {
	case a.Firm.Measured:
		r.line(r.p.T("Position %s of 100 from what is measured (90 %% interval %s); coverage %s.", r.points(a.Firm.Position), r.interval(a.Firm.Interval), r.percent(a.Firm.Coverage)))
		r.line(r.p.T("If everything missing spoke for break/fix or for MSP: %s.", r.interval(a.Firm.Bounds)))
	case a.Firm.Coverage > 0:
		r.line(r.p.T("Too little for a position: anything between %s of 100 is possible.", r.interval(a.Firm.Bounds)))
	}
}

// and names the months of tickets and hours.
func (r *report) and() string {
	w, s := r.a.Window, ""
	if w.TicketMonths > 0 {
		s += ", " + r.p.T("tickets of %s to %s", w.TicketsFrom, w.TicketsTo)
	}
	if w.HourMonths > 0 {
		s += ", " + r.p.T("hours of %s to %s", w.HoursFrom, w.HoursTo)
	}
	return s
}

func share(v signs.Verdict, word string) float64 {
	for _, p := range v.P {
		if p.Word == word {
			return p.Share
		}
	}
	return 0
}

func (r *report) axes() {
	r.section(r.p.T("Four axes"))
	r.line(pad("", 10), pad(r.p.T("0 = break/fix"), scaleWidth-7), right(r.p.T("MSP = 100"), 7), "  ", r.p.T("position, likely range"))
	for i, x := range r.a.Firm.Axes {
		if !x.Measured {
			r.line(pad(r.word(x.Axis), 10), pad(strings.Repeat("·", scaleWidth), scaleWidth), "    ", r.p.T("not measured"))
			continue
		}
		s := pad(r.word(x.Axis), 10) + scale(x.Position, x.Interval) + right(r.points(x.Position), 5) + "  " + pad(r.interval(x.Interval), 9)
		bf, msp := r.a.Firm.Signs[2*i], r.a.Firm.Signs[2*i+1]
		switch {
		case x.OneSided && bf.Measured:
			s += r.p.T("one sign only: %s", r.word(string(bf.Sign)))
		case x.OneSided:
			s += r.p.T("one sign only: %s", r.word(string(msp.Sign)))
		case x.Disagreement >= 20:
			s += r.p.T("the two signs disagree by %s", r.points(x.Disagreement))
		}
		if x.Bounds.High-x.Bounds.Low > 60 {
			s += "  " + r.p.T("possible: %s", r.interval(x.Bounds))
		}
		r.line(s)
	}
	m := r.a.Mixture
	if m.BreakFix+m.Hybrid+m.MSP > 0 {
		r.line()
		s := r.p.T("Your clients by revenue: %s break/fix, %s hybrid, %s MSP.", r.percent(m.BreakFix), r.percent(m.Hybrid), r.percent(m.MSP))
		if m.TwoBusinesses {
			s += " " + r.p.T("Two businesses in one.")
		}
		r.line(s)
	}
}

func (r *report) indicators() {
	r.section(r.p.T("What says so"))
	for _, s := range r.a.Firm.Signs {
		if !s.Measured {
			continue
		}
		r.line(pad(r.word(string(s.Sign)), 44), right(r.points(s.Score), 6), "  ", pad(r.interval(s.Interval), 8), r.p.T("%d of %d measured", s.Have, s.Of))
		for _, m := range r.a.Firm.Indicators {
			if m.Sign == s.Sign && m.Measured {
				r.line("  ", pad(r.word(string(m.Code)), 42), right(r.value(m.Code, m.Value), 6), "  ", r.value(m.Code, m.Interval.Low), " – ", r.value(m.Code, m.Interval.High))
			}
		}
	}
	if r.a.Undecided.Minor > 0 {
		r.line()
		r.line(r.p.T("Recurring share of revenue: surely %s, at most %s; %s is not decided.", r.percent(r.a.Recurring.Low), r.percent(r.a.Recurring.High), r.cash(float64(r.a.Undecided.Minor))))
	}
}

// value prints an indicator in its own unit.
func (r *report) value(code signs.Indicator, v float64) string {
	switch code {
	case signs.HoursEndpoint, signs.TicketsEndpoint:
		return r.p.Float(v, 2)
	case signs.FamiliesCount:
		return r.p.Float(v, 1)
	}
	return r.percent(v)
}

func (r *report) missing() {
	need := map[string][]string{}
	var order []string
	for _, m := range r.a.Firm.Indicators {
		if m.Measured || m.Missing == nil {
			continue
		}
		what := r.word(string(m.Code))
		if m.Missing.Why == "below-floor" {
			what += " " + r.p.T("(%s of %s)", r.points(m.Missing.Have), r.points(m.Missing.Floor))
		}
		if len(need[m.Missing.Export]) == 0 {
			order = append(order, m.Missing.Export)
		}
		need[m.Missing.Export] = append(need[m.Missing.Export], what)
	}
	if len(order) == 0 {
		return
	}
	r.section(r.p.T("Not measured, and the export that would measure it"))
	for _, e := range order {
		r.wrap(pad(r.word(e), 36), strings.Join(need[e], "; "))
	}
}

// wrap writes a text beside a label of fixed width, broken at 100 columns.
func (r *report) wrap(label, text string) {
	const width = 100
	indent := utf8.RuneCountInString(label) + 2
	line, used := "  "+label, indent
	for _, w := range strings.Fields(text) {
		n := utf8.RuneCountInString(w) + 1
		if used+n > width {
			r.line(line)
			line, used = strings.Repeat(" ", indent), indent
		}
		line += " " + w
		used += n
	}
	r.line(line)
}

func (r *report) money() {
	if !slices.ContainsFunc(r.a.Money, func(f Figure) bool { return f.Measured }) {
		return
	}
	r.section(r.p.T("Money beside the score"))
	for _, f := range r.a.Money {
		if !f.Measured {
			continue
		}
		v := ""
		switch f.Unit {
		case "share":
			v = r.percent(f.Value)
		case "minor":
			v = r.cash(f.Value)
		default:
			v = r.p.Float(f.Value, 2)
		}
		band := ""
		if f.Band != "" && f.Band != "none" {
			band = r.word(f.Band)
		}
		r.line("  ", pad(r.word(f.Code), 42), right(v, 14), "  ", band)
	}
	var all [signs.Kinds]int64
	for _, m := range r.a.Months {
		if m.Month >= r.a.Window.From && m.Month <= r.a.Window.To {
			for k, v := range m.Earned {
				all[k] += v
			}
		}
	}
	for _, k := range []int{signs.Recurring, signs.Project, signs.Labour, signs.Prepaid, signs.Undecided, signs.Resale} {
		if all[k] != 0 {
			r.line("  ", pad(r.word(classWord(k)), 42), right(r.cash(float64(all[k])), 14))
		}
	}
}

func (r *report) motion() {
	var out []string
	for _, t := range r.a.Trends {
		if t.Measured && t.Code != "position" {
			switch t.Toward {
			case "msp":
				out = append(out, r.p.T("%s: moving toward MSP", r.word(t.Code)))
			case "breakfix":
				out = append(out, r.p.T("%s: moving toward break/fix", r.word(t.Code)))
			}
		}
	}
	measured := slices.ContainsFunc(r.a.Trends, func(t signs.Trend) bool { return t.Measured })
	r.section(r.p.T("Motion over the quarters"))
	switch {
	case !measured:
		r.line("  ", r.p.T("Not measured: it takes five quarters."))
	case len(out) == 0:
		r.line("  ", r.p.T("No motion that stands out from the noise."))
	}
	for _, s := range out {
		r.line("  ", s)
	}
}

// listed is how many clients, questions and talks the terminal shows.
const listed = 12

func (r *report) clients() {
	if !slices.ContainsFunc(r.a.Clients, func(c Client) bool { return c.Name != "" }) {
		return
	}
	r.section(r.p.N("%d client|%d clients", int64(len(r.a.Clients))))
	r.line("  ", pad(r.p.T("client"), 34), right(r.p.T("revenue"), 14), right(r.p.T("share"), 8), right(r.p.T("position"), 10), "  ", r.p.T("likely range"))
	for i, c := range r.a.Clients {
		if i == listed {
			r.line("  ", r.p.T("and %d more", len(r.a.Clients)-listed))
			break
		}
		name, pos, in := c.Name, "–", ""
		if name == "" {
			name = r.p.T("(client not known)")
		}
		if c.Stand.Measured {
			pos, in = r.points(c.Stand.Position), r.interval(c.Stand.Interval)
		}
		r.line("  ", pad(name, 34), right(r.cash(float64(c.Stand.Revenue)), 14), right(r.p.Percent(c.Share, 1), 8), right(pos, 10), "  ", in)
	}
}

func (r *report) questions() {
	if len(r.a.Questions) == 0 {
		return
	}
	r.section(r.p.T("Questions: does this recur?"))
	if r.a.Undecided.For80 > 0 {
		r.line("  ", r.p.N("%d answer settles 80 %% of what is not decided.|%d answers settle 80 %% of what is not decided.", int64(r.a.Undecided.For80)))
	}
	for i, q := range r.a.Questions {
		if i == listed {
			break
		}
		text := q.Text
		if text == "" {
			text = r.p.T("(no text)")
		}
		r.line("  ", pad(text, 48), right(r.cash(float64(q.Minor)), 14), right(r.percent(q.Running), 7), "  ", r.word(q.Reason.String()))
	}
}

func (r *report) talks() {
	if len(r.a.Talks) == 0 {
		return
	}
	r.section(r.p.T("Talk to these clients first"))
	r.line("  ", pad(r.p.T("client"), 34), right(r.p.T("fee a month"), 14), right(r.p.T("spends"), 14), right(r.p.T("score"), 7), "  ", r.p.T("why"))
	for i, t := range r.a.Talks {
		if i == listed {
			break
		}
		c := r.a.Clients[t.Client]
		why := make([]string, 0, 2)
		for _, x := range t.Reasons[:min(2, len(t.Reasons))] {
			why = append(why, r.word(x.Code))
		}
		r.line("  ", pad(c.Name, 34), right(r.cash(float64(c.Replay.Quotes[0].Fee)), 14), right(r.cash(float64(c.Replay.SpendYear)/12), 14), right(r.points(t.Score), 7), "  ", strings.Join(why, ", "))
	}
	if r.a.RateFrom == "default" {
		r.line("  ", r.p.T("Reckoned with our default of %s an hour: give your own rate.", r.p.Money(r.a.Rate, r.a.Currency)))
	}
}

func (r *report) plan() {
	r.section(r.p.T("The four steps"))
	for _, s := range r.a.Plan {
		if s.Known == 0 {
			r.line("  ", pad(r.word(s.Code), 16), strings.Repeat("·", 20), right("", 6), "  ", r.p.T("not measured"))
			continue
		}
		bar := int(math.Round(s.Progress * 20))
		r.line("  ", pad(r.word(s.Code), 16), strings.Repeat("█", bar), strings.Repeat("░", 20-bar), right(r.percent(s.Progress), 6), "  ", r.p.T("%d of %d read from your data", s.Known, len(s.Items)))
	}
}

func (r *report) notes() {
	a := r.a
	if len(a.Notes)+len(a.Window.Gaps)+len(a.Inputs) == 0 {
		return
	}
	r.section(r.p.T("Read"))
	for _, in := range a.Inputs {
		r.line("  ", pad(in.Name, 60), right(r.p.Number(int64(in.Rows)), 10), " ", in.Kind)
	}
	if n := len(a.Window.Gaps); n > 0 {
		r.line("  ", r.p.N("%d month without any invoice counts as missing, not as zero|%d months without any invoice count as missing, not as zero", int64(n)))
	}
	for _, n := range a.Notes {
		r.line("  ", cut(NoteText(r.p, n), 98))
	}
}

// classWord returns the code of a kind of revenue.
func classWord(k int) string {
	return [...]string{"undecided", "recurring", "project", "labour", "prepaid", "resale"}[k]
}
