// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/locale"
	"mainstay/kit/page/chart"
	"mainstay/kit/wire"
)

// Words says what rules and alerts are about, in one language.
type Words struct {
	P    locale.Printer
	Zone *time.Location
	URL  string
}

func (s *Service) words(ctx context.Context) Words { return Words{s.p.Printer(ctx), s.p.Zone, s.p.URL} }

// WordsFor are the words of a reader.
func (s *Service) WordsFor(ctx context.Context) Words {
	return Words{locale.From(ctx), s.p.Zone, s.p.URL}
}

func (w Words) name(x rules.Watch) string { return w.Name(x) }

// Name is what a rule is called.
func (w Words) Name(x rules.Watch) string {
	if x.Name != "" {
		return x.Name
	}
	for key, name := range map[string]string{
		"cpu": locale.Key("Processor busy"), "memory": locale.Key("Memory nearly full"), "swap": locale.Key("Short of memory"), "iowait": locale.Key("Waiting for the disk"),
		"load": locale.Key("Unusual load"), "disk": locale.Key("Disk nearly full"), "disk-days": locale.Key("Disk full within days"), "disk-hours": locale.Key("Disk full within hours"),
		"inodes": locale.Key("Too many files"), "net-errors": locale.Key("Network errors"), "temperature": locale.Key("Too hot"), "clock": locale.Key("Clock is wrong"),
		"offline": locale.Key("Not reachable"), "unseen": locale.Key("Not seen for a month"), "check": locale.Key("Check failed"), "smart": locale.Key("Drive reports errors"),
		"spool": locale.Key("Agent cannot deliver"), "cpu-unusual": locale.Key("Unusual processor use"), "net-unusual": locale.Key("Unusual network traffic"),
		"io-unusual": locale.Key("Unusual disk traffic"), "service": locale.Key("Service does not answer as it should"), "certificate": locale.Key("Certificate runs out"),
		"loss": locale.Key("Packets are lost"), "messages": locale.Key("Messages that somebody looks for"), "log": locale.Key("Log entries that somebody looks for"), "slow": locale.Key("Slower than usual"),
	} {
		if key == x.Key {
			return w.P.T(name)
		}
	}
	if name := w.networkName(x.Key); name != "" {
		return name
	}
	return x.Key
}

// Kind is what a kind of rule is called.
func (w Words) Kind(k rules.Kind) string {
	switch k {
	case rules.Threshold:
		return w.P.T("Limit")
	case rules.Rate:
		return w.P.T("Rate of change")
	case rules.Forecast:
		return w.P.T("Forecast")
	case rules.Baseline:
		return w.P.T("Unusual for this series")
	case rules.Absence:
		return w.P.T("Absence")
	}
	return w.P.T("Result of a check")
}

// Level is what a level is called.
func (w Words) Level(l rules.Level) string {
	switch l {
	case rules.Critical:
		return w.P.T("Critical")
	case rules.Warning:
		return w.P.T("Warning")
	}
	return w.P.T("Fine")
}

// What is what of a device a series measures: a mount point, an interface, a sensor; "" = the device as a whole.
func (w Words) What(series string) string {
	_, labels, _ := wire.ParseSeries(series)
	var out []string
	if metric, _, _ := strings.Cut(series, "{"); metric == CheckSeries { // what a person called it
		for _, l := range labels {
			if l.Name == "name" && l.Value != drives && !slices.Contains(labels, wire.Label{Name: "of", Value: "service"}) { // a service is called so itself
				return l.Value
			}
		}
		return ""
	}
	for _, name := range []string{"mountpoint", "interface", "device_name", "sensor", "name"} {
		for _, l := range labels {
			if l.Name == name && l.Value != "" {
				out = append(out, l.Value)
			}
		}
	}
	if len(out) == 0 {
		for _, l := range labels {
			if metric, _, _ := strings.Cut(series, "{"); l.Name != "direction" && (metric != unknownHosts || l.Value != "own") { // the network of whoever looks
				out = append(out, l.Value)
			}
		}
	}
	where := strings.Join(out, " · ")
	for _, l := range labels {
		if l.Name == "direction" {
			return w.flow(where, l.Value)
		}
	}
	return where
}

// flow says where something flows, and which way.
func (w Words) flow(where, direction string) string {
	switch direction {
	case "receive":
		where = w.P.T("%s in", where)
	case "transmit":
		where = w.P.T("%s out", where)
	case "read":
		where = w.P.T("%s read", where)
	case "write":
		where = w.P.T("%s written", where)
	}
	return strings.TrimSpace(where)
}

// Value is a value of a metric as people read it.
func (w Words) Value(metric string, v float64) string {
	switch {
	case strings.HasSuffix(metric, "_ratio"):
		digits := 1
		if p := math.Round(v*1000) / 10; p == math.Trunc(p) {
			digits = 0
		}
		return w.P.Percent(v, digits)
	case metric == networkBytes: // lines are sold and measured in bits, disks in bytes
		return w.scaled(8*v, "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s")
	case strings.HasSuffix(metric, "_bytes_total"):
		return w.bytes(v) + "/s"
	case strings.HasSuffix(metric, "_bytes"):
		return w.bytes(v)
	case strings.HasSuffix(metric, "_celsius"):
		return w.plain(v) + " °C"
	case strings.HasSuffix(metric, "_left_seconds"):
		return w.Span(time.Duration(v) * time.Second)
	case strings.HasSuffix(metric, "_seconds"):
		return w.plain(v) + " s"
	case strings.HasSuffix(metric, "_total"):
		return w.P.Float(v, 2) + "/s"
	}
	return w.plain(v)
}

// plain is a number with as many digits as say something.
func (w Words) plain(v float64) string {
	digits := 2
	if math.Abs(v) >= 100 || v == math.Trunc(v) {
		digits = 0
	}
	return w.P.Float(v, digits)
}

// networkBytes counts what goes over a network interface.
const networkBytes = "system_network_io_bytes_total"

func (w Words) bytes(v float64) string { return w.scaled(v, "B", "KB", "MB", "GB", "TB", "PB") }

// scaled is a value in the unit, each a thousand of the one before it, in which it has few digits.
func (w Words) scaled(v float64, units ...string) string {
	i := 0
	for math.Abs(v) >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	digits := 0
	if i > 0 && math.Abs(v) < 100 {
		digits = 1
	}
	return w.P.Float(v, digits) + " " + units[i]
}

// Span is a length of time in words.
func (w Words) Span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return w.P.N("%d day|%d days", int64(math.Round(d.Hours()/24)))
	case d >= 2*time.Hour:
		return w.P.N("%d hour|%d hours", int64(math.Round(d.Hours())))
	}
	return w.P.N("%d minute|%d minutes", int64(math.Max(1, math.Round(d.Minutes()))))
}

// Evidence says what was measured against what.
func (w Words) Evidence(a Alert) string {
	if text := w.networkEvidence(a); text != "" {
		return text
	}
	e, m := a.Event, a.Metric()
	switch a.Watch.Rule.Kind {
	case rules.Threshold:
		if a.Watch.Rule.Below {
			return w.P.T("%[1]s, at or below %[2]s", w.Value(m, e.Measure), w.Value(m, e.Limit))
		}
		return w.P.T("%[1]s, at or above %[2]s", w.Value(m, e.Measure), w.Value(m, e.Limit))
	case rules.Rate:
		return w.P.T("%[1]s a second, the limit is %[2]s", w.plain(e.Measure), w.plain(e.Limit))
	case rules.Forecast:
		if e.Measure <= 0 {
			return w.P.T("full")
		}
		if e.Measure >= 1e5 {
			return w.P.T("%s now", w.Value(m, e.Value))
		}
		return w.P.T("%[1]s now, full in about %[2]s if it goes on like this", w.Value(m, e.Value), w.Span(time.Duration(e.Measure*float64(time.Hour))))
	case rules.Baseline:
		if strings.HasSuffix(m, "_bytes_total") {
			return w.P.T("usual was %[1]s to %[2]s in the last week", w.Value(m, e.Low), w.Value(m, e.High))
		}
		return w.P.T("%[1]s; usual was %[2]s to %[3]s in the last week", w.Value(m, e.Value), w.Value(m, e.Low), w.Value(m, e.High))
	case rules.Absence:
		return w.P.T("nothing was heard for %s", w.Span(time.Duration(e.Measure)*time.Minute))
	}
	return w.P.N("%d bad result lately|%d bad results lately", int64(e.Measure))
}

// Sentence says a rule in plain words: when it alarms.
func (w Words) Sentence(x rules.Watch) string {
	r := x.Rule
	limit := func(l rules.Level, v *float64, text func(float64) string) string {
		if v == nil {
			return ""
		}
		return w.Level(l) + ": " + text(*v)
	}
	join := func(text func(float64) string) string {
		parts := slices.DeleteFunc([]string{limit(rules.Warning, r.Warn, text), limit(rules.Critical, r.Crit, text)}, func(s string) bool { return s == "" })
		return strings.Join(parts, " · ")
	}
	out := ""
	switch r.Kind {
	case rules.Threshold:
		out = join(func(v float64) string {
			if r.Below {
				return w.P.T("at or below %s", w.Value(x.Metric, v))
			}
			return w.P.T("at or above %s", w.Value(x.Metric, v))
		})
	case rules.Rate:
		out = join(func(v float64) string { return w.P.T("%s a second", w.plain(v)) })
	case rules.Forecast:
		out = join(func(v float64) string {
			return w.P.T("full within %s", w.Span(time.Duration(v*float64(time.Hour))))
		}) + " · " + w.P.T("by the line of the last %s", w.Span(r.Window))
	case rules.Baseline:
		out = w.P.T("beyond all that it did in the last week, by more than %s of that span", w.P.Percent(worstLimit(r), 0))
	case rules.Absence:
		out = join(func(v float64) string {
			return w.P.T("not heard of for %s", w.Span(time.Duration(v*float64(time.Minute))))
		})
	case rules.Check:
		if out = w.P.T("the last result is bad"); r.Of > 1 {
			out = w.P.T("%[1]d of the last %[2]d results are bad", int(worstLimit(r)), r.Of)
		}
	}
	if r.For > 0 {
		out += " · " + w.P.T("for %s", w.Span(r.For))
	}
	for _, a := range x.And {
		out += " · " + w.P.T("and %[1]s is at least %[2]s", a.Metric, w.Value(a.Metric, a.Limit))
	}
	return out
}

func worstLimit(r rules.Rule) float64 {
	if r.Warn != nil {
		return *r.Warn
	}
	if r.Crit != nil {
		return *r.Crit
	}
	return 0
}

// Title is an alert in a line: what, and of what.
func (w Words) Title(a Alert) string {
	out := w.Name(a.Watch)
	if what := w.What(a.Series); what != "" {
		out += ": " + what
	}
	return out
}

func (w Words) subject(first Alert, all []Alert) string {
	devices := map[string]bool{}
	for _, a := range all {
		devices[a.Device.String()] = true
	}
	if len(devices) > 1 {
		return w.P.T("%[1]d devices at once: %[2]s", len(devices), w.Name(first.Watch))
	}
	return cutTo(first.Name+": "+w.Title(first), 180)
}

func cutTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func (w Words) line(a Alert) string {
	return "• " + w.P.T("%[1]s – %[2]s (%[3]s): %[4]s, since %[5]s", a.Name, w.Title(a), w.Level(a.Level), w.Evidence(a), w.P.DateTime(a.Began))
}

func (w Words) lines(list []Alert) string {
	const most = 40
	var b strings.Builder
	for i, a := range list {
		if i == most {
			b.WriteString(w.P.T("… and %d more", len(list)-most) + "\n")
			break
		}
		b.WriteString(w.line(a) + "\n")
	}
	return b.String()
}

func (w Words) body(list []Alert, storm bool, everywhere int) string {
	var b strings.Builder
	if everywhere > 0 {
		b.WriteString(w.P.T("This happens at %d clients at the same time. Look first at what they share: the firm's own line or server.", everywhere) + "\n\n")
	}
	if storm {
		b.WriteString(w.P.T("Many devices of this client report something within a few minutes. That often has one cause: power, line, switch or server.") + "\n\n")
	}
	b.WriteString(w.lines(list))
	return b.String()
}

func (w Words) changes(list []string) string {
	if len(list) == 0 {
		return ""
	}
	const most = 20
	var b strings.Builder
	b.WriteString("\n" + w.P.T("What changed on the device in the two days before:") + "\n")
	for i, c := range list {
		if i == most {
			b.WriteString(w.P.T("… and %d more", len(list)-most) + "\n")
			break
		}
		b.WriteString("• " + cutTo(c, 300) + "\n")
	}
	return b.String()
}

func (w Words) link(a Alert) string {
	return "\n" + w.URL + "/alerts/" + a.ID.String() + "\n"
}

func (w Words) joins(list []Alert) string {
	return w.P.T("More about the same:") + "\n" + w.lines(list)
}

func (w Words) again(a Alert) string { return w.P.T("It is there again:") + "\n" + w.line(a) }

func (w Words) worse(a Alert) string { return w.P.T("It became worse:") + "\n" + w.line(a) }

func (w Words) recovered(a Alert, left, all int) string {
	how := ""
	switch a.Cause {
	case ByRule:
		how = w.P.T("The rule does not hold any more.")
	case Gone:
		how = w.P.T("The device does not report it any more.")
	case Retired:
		how = w.P.T("The device is not watched any more.")
	case Moved:
		how = w.P.T("The device belongs to another client now.")
	case ByHand:
		how = w.P.T("It was resolved by hand.")
	default:
		how = w.P.T("The values are fine again.")
	}
	out := w.P.T("Over since %[1]s, after %[2]s: %[3]s – %[4]s.", w.P.DateTime(a.Ended), w.Span(a.Ended.Sub(a.Began)), a.Name, w.Title(a)) + " " + how
	if all > 1 && left == 0 {
		out += " " + w.P.T("Nothing of this ticket is left.")
	} else if left > 0 {
		out += " " + w.P.N("%d alert of this ticket goes on.|%d alerts of this ticket go on.", int64(left))
	}
	return out
}

// drawn is the series that a drawing of the alert shows: its own, or how long a service took to answer, as its state is no curve.
func (a Alert) drawn() string {
	if metric, labels, err := wire.ParseSeries(a.Series); err == nil && metric == CheckSeries && slices.Contains(labels, wire.Label{Name: "of", Value: "service"}) {
		return "probe_duration_seconds"
	}
	return a.Series
}

// Found is what was found last of what an alert is about, in a sentence of whoever looked; "" = nothing more is known, or it is over.
func (s *Service) Found(a Alert, p locale.Printer) string {
	if s.p.Said == nil || !a.Ended.IsZero() {
		return ""
	}
	return s.p.Said(a, p)
}

// Graph draws the series of an alert around its beginning in a reader's language, nil where nothing is stored of it.
func (s *Service) Graph(ctx context.Context, a Alert, p locale.Printer) (*chart.Timeline, error) {
	if s.p.History == nil || a.Series == "" {
		return nil, nil
	}
	to := s.now()
	if !a.Ended.IsZero() && a.Ended.Add(time.Hour).Before(to) {
		to = a.Ended.Add(time.Hour)
	}
	from := a.Began.Add(-aroundFor)
	if to.Sub(from) > 7*24*time.Hour {
		to = from.Add(7 * 24 * time.Hour)
	}
	step := max(time.Minute, to.Sub(from)/300)
	points, err := s.p.History(ctx, a.Device, a.drawn(), from, to, step)
	if err != nil || len(points) < 2 {
		return nil, err
	}
	w := s.words(ctx)
	w.P = p
	metric, _, _ := strings.Cut(a.drawn(), "{")
	counter := strings.HasSuffix(metric, "_total")
	most := 0.0
	if strings.HasSuffix(metric, "_ratio") {
		most = 1
	}
	g := &chart.Timeline{
		Title: a.Name + ": " + w.Title(a), Desc: w.Evidence(a), From: from.UnixMilli(), To: to.UnixMilli(), Since: a.Began.UnixMilli(), Most: most,
		Format: func(v float64) string { return w.Value(metric, v) },
		Clock:  func(at int64) string { return w.P.DateTime(time.UnixMilli(at)) },
	}
	for i, p := range points {
		v := p.Value
		if counter {
			if i == 0 || p.Value < points[i-1].Value {
				continue
			}
			v = (p.Value - points[i-1].Value) / (float64(p.At-points[i-1].At) / 1000)
		}
		g.Points = append(g.Points, chart.At{At: p.At, Value: v})
	}
	switch a.Watch.Rule.Kind {
	case rules.Threshold, rules.Rate:
		limit := a.Event.Limit
		g.Limit = &limit
	case rules.Baseline:
		low, high := a.Event.Low, a.Event.High
		g.Low, g.High = &low, &high
	case rules.Forecast:
		full := a.Watch.Rule.Full
		g.Limit = &full
	}
	return g, nil
}
