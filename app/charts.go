// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// What is drawn of a device at most, however many series it has.
const (
	mostPlots   = 24
	mostLines   = 12  // of one chart: those that reach highest
	mostNames   = 48  // of series that are asked for
	mostListed  = 600 // series that are looked at
	chartPoints = 400
)

// plot is one chart: series of one unit that are read together.
type plot struct {
	id, title string
	unit      unit
	most      float64 // where the axis ends at the latest; 0 = where the values do
	lines     []plotted
}

// plotted is one line of a chart.
type plotted struct {
	key  string // the series as agents write it
	name string
	bars []series.Bar
	// gap[i] says that nothing was measured for long between bars i-1 and i.
	gap []bool
}

// source says which series a chart draws, and what one of them is called in it.
type source struct {
	series string
	line   func(ctx context.Context, l series.Labels) string
}

// family is a chart that many devices have.
type family struct {
	id, title string
	unit      unit
	most      float64
	sources   []source
}

// families are the charts of what agents measure, in the order of the page.
func families(ctx context.Context) []family {
	t := func(key string) string { return locale.T(ctx, key) }
	fixed := func(text string) func(context.Context, series.Labels) string {
		return func(context.Context, series.Labels) string { return text }
	}
	by := func(label string) func(context.Context, series.Labels) string {
		return func(_ context.Context, l series.Labels) string { return l.Get(label) }
	}
	return []family{
		{"cpu", t(locale.Key("Processor")), percent, 1, []source{
			{"system_cpu_utilization_ratio", fixed(t(locale.Key("Busy")))}, {"system_cpu_iowait_ratio", fixed(t(locale.Key("Waiting for disks")))},
		}},
		{"memory", t(locale.Key("Memory")), percent, 1, []source{
			{"system_memory_utilization_ratio", fixed(t(locale.Key("In use")))}, {"system_paging_utilization_ratio", fixed(t(locale.Key("Swap space")))},
		}},
		{"volumes", t(locale.Key("Volumes, how full")), percent, 1, []source{{"system_filesystem_utilization_ratio", by("mountpoint")}}},
		{"network", t(locale.Key("Network traffic")), bits, 0, []source{{"system_network_io_bytes_total", flow("interface")}}},
		{"disks", t(locale.Key("Disk traffic")), bytesRate, 0, []source{{"system_disk_io_bytes_total", flow("device_name")}}},
		{"disk-time", t(locale.Key("Disks, how busy")), percent, 1, []source{{"system_disk_io_time_ratio", by("device_name")}}},
		{"load", t(locale.Key("Load")), plain, 0, []source{{"system_cpu_load_average_1m", fixed(t(locale.Key("Average of a minute")))}}},
		{"temperature", t(locale.Key("Temperature")), celsius, 0, []source{{"system_temperature_celsius", by("sensor")}}},
		{"network-errors", t(locale.Key("Network errors and losses")), perSecond, 0, []source{{"system_network_errors_total", flow("interface")}, {"system_network_dropped_total", flow("interface")}}},
		{"processes", t(locale.Key("Processes")), plain, 0, []source{{"system_processes_count", fixed(t(locale.Key("Running")))}}},
	}
}

// flow names a line by where it flows and which way.
func flow(label string) func(context.Context, series.Labels) string {
	return func(ctx context.Context, l series.Labels) string {
		where := l.Get(label)
		switch l.Get("direction") {
		case "receive":
			return locale.T(ctx, "%s in", where)
		case "transmit":
			return locale.T(ctx, "%s out", where)
		case "read":
			return locale.T(ctx, "%s read", where)
		case "write":
			return locale.T(ctx, "%s written", where)
		}
		return where
	}
}

// undrawn are series that say the same as one that is drawn, or nothing over time.
var undrawn = []string{"agent_", "system_uptime_seconds", "system_memory_usage_bytes", "system_memory_limit_bytes", "system_filesystem_usage_bytes", "system_filesystem_limit_bytes", "system_filesystem_inodes_", "system_disk_operations_total", "system_clock_offset_seconds", "check_status"}

// span is the time that charts show.
type span struct {
	period   string // of the periods; "" = chosen by hand
	from, to time.Time
	step     time.Duration
}

// live reports whether the time ends now, so that what comes is appended.
func (s span) live() bool { return s.period != "" }

// periods are what can be chosen, from the shortest.
var periods = []struct {
	id   string
	long time.Duration
}{{"1h", time.Hour}, {"24h", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}, {"30d", 30 * 24 * time.Hour}, {"1y", 365 * 24 * time.Hour}}

const usualPeriod = "24h"

// spanOf is a period that ends now.
func spanOf(period string, now time.Time) (span, bool) {
	for _, p := range periods {
		if p.id == period {
			from := now.Add(-p.long)
			return span{period, from, now, series.StepFor(from, now, chartPoints)}, true
		}
	}
	return span{}, false
}

// plots reads what is to be drawn of a device.
func (a *App) plots(ctx context.Context, d *devices.Device, s span, only ...string) ([]plot, error) {
	if err := a.Series.Ready(); err != nil {
		return nil, err
	}
	reach, err := a.measuredBy(ctx, d)
	if err != nil {
		return nil, err
	}
	all, _, err := a.Series.SeriesOf(ctx, reach, [][]*series.Matcher{{series.Is(series.DeviceLabel, d.ID.String())}}, s.from, s.to, mostListed)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, l := range all {
		names[l.Get(series.NameLabel)] = true
	}
	read := reader{a: a, d: d, s: s, reach: reach}
	var out []plot
	for _, f := range families(ctx) {
		p := plot{id: f.id, title: f.title, unit: f.unit, most: f.most}
		for _, x := range f.sources {
			if !names[x.series] {
				continue
			}
			delete(names, x.series)
			if len(only) > 0 && !slices.Contains(only, f.id) {
				continue
			}
			lines, err := read.lines(ctx, x.series, func(l series.Labels) string { return x.line(ctx, l) })
			if err != nil {
				return nil, err
			}
			p.lines = append(p.lines, lines...)
		}
		if p.cut(); len(p.lines) > 0 {
			out = append(out, p)
		}
	}
	if len(only) > 0 {
		return out, nil
	}
	rest, err := a.otherPlots(ctx, &read, names)
	out = append(out, rest...)
	return out[:min(len(out), mostPlots)], err
}

// otherPlots are what checks measured, and what nobody here knows by name.
func (a *App) otherPlots(ctx context.Context, read *reader, names map[string]bool) ([]plot, error) {
	var list []string
	for name := range names {
		if !slices.ContainsFunc(undrawn, func(beginning string) bool { return strings.HasPrefix(name, beginning) }) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	called := map[string]string{}
	checks, err := a.Monitoring.Checks(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range checks {
		called[c.ID.String()] = c.Name
	}
	var out []plot
	for _, name := range list[:min(len(list), mostNames)] {
		measure, isCheck := strings.CutPrefix(name, "check_")
		lines, err := read.lines(ctx, name, func(l series.Labels) string {
			if isCheck {
				return cmp.Or(called[l.Get("check")], l.Get("name"), l.Get("check"))
			}
			return strings.Join(labelValues(l), " · ")
		})
		if err != nil {
			return nil, err
		}
		p := plot{id: name, title: readable(cmp.Or(measure, name)), unit: unitOf(name), lines: lines}
		if p.unit == percent {
			p.most = 1
		}
		for i := range p.lines {
			p.lines[i].name = cmp.Or(p.lines[i].name, p.title)
		}
		if p.cut(); len(p.lines) > 0 {
			out = append(out, p)
		}
	}
	return out, nil
}

// cut leaves the lines that reach highest, by name.
func (p *plot) cut() {
	if len(p.lines) <= mostLines {
		return
	}
	top := func(l plotted) (most float64) {
		for _, b := range l.bars {
			most = max(most, b.Max)
		}
		return most
	}
	slices.SortStableFunc(p.lines, func(a, b plotted) int { return cmp.Compare(top(b), top(a)) })
	p.lines = p.lines[:mostLines]
	slices.SortStableFunc(p.lines, func(a, b plotted) int { return strings.Compare(a.name, b.name) })
}

// reader asks for the lines of a device in a span.
type reader struct {
	a     *App
	d     *devices.Device
	s     span
	reach series.Reach
}

func (r *reader) lines(ctx context.Context, name string, call func(series.Labels) string) ([]plotted, error) {
	q := series.ChartQuery{
		Name: name, Match: []*series.Matcher{series.Is(series.DeviceLabel, r.d.ID.String())}, From: r.s.from, To: r.s.to, Step: r.s.step, Every: time.Minute,
	}
	if r.s.step < time.Minute && !strings.HasSuffix(name, "_total") {
		q.Every = r.s.step // somebody may have been looking
	}
	found, err := series.Chart(ctx, r.a.Series, r.reach, q)
	if err != nil {
		return nil, err
	}
	var out []plotted
	for _, l := range joined(found) {
		if len(l.Bars) > 0 {
			out = append(out, plotted{key: keyOf(l.Labels), name: call(l.Labels), bars: l.Bars, gap: gapsOf(l.Bars, r.s.step)})
		}
	}
	slices.SortStableFunc(out, func(a, b plotted) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// Values that come once a minute, or every fifteen seconds while somebody looks, leave no gap between them.
const usualGap = 150 * time.Second

// gapsOf finds where a line is interrupted: where nothing came for three times as long as usual.
func gapsOf(bars []series.Bar, step time.Duration) []bool {
	out := make([]bool, len(bars))
	var apart []int64
	for i := 1; i < len(bars); i++ {
		apart = append(apart, bars[i].At-bars[i-1].At)
	}
	if len(apart) == 0 {
		return out
	}
	sorted := slices.Sorted(slices.Values(apart))
	most := max(usualGap.Milliseconds(), 3*step.Milliseconds(), 3*sorted[len(sorted)/2])
	for i, d := range apart {
		out[i+1] = d > most
	}
	return out
}

// keyOf writes a series as the agent that sends it does.
func keyOf(l series.Labels) string {
	var rest []wire.Label
	l.Range(func(x series.Label) {
		if x.Name != series.NameLabel && x.Name != series.ClientLabel && x.Name != series.DeviceLabel {
			rest = append(rest, wire.Label{Name: x.Name, Value: x.Value})
		}
	})
	return wire.SeriesText(l.Get(series.NameLabel), rest...)
}

func labelValues(l series.Labels) (out []string) {
	l.Range(func(x series.Label) {
		if x.Name != series.NameLabel && x.Name != series.ClientLabel && x.Name != series.DeviceLabel {
			out = append(out, x.Value)
		}
	})
	return out
}

// readable makes words of the name of a series.
func readable(name string) string {
	for _, end := range []string{"_total", "_ratio", "_bytes", "_seconds", "_celsius", "_count"} {
		name = strings.TrimSuffix(name, end)
	}
	name = strings.TrimPrefix(strings.ReplaceAll(name, "_", " "), "system ")
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// mark is what happened while a chart's time passed.
type mark struct {
	at, to time.Time // to is zero for an instant
	level  int       // of an alert: 1 warning, 2 critical; 0 = a change
	series string    // of an alert: only charts with a line of it show it; "" = all do
	text   string
	href   string
	open   bool
}

// on reports whether a chart shows a mark.
func (m *mark) on(p *plot) bool {
	return m.series == "" || slices.ContainsFunc(p.lines, func(l plotted) bool { return l.key == m.series })
}

// marks are the alerts of a device and what changed on it, from the oldest.
func (a *App) marks(ctx context.Context, d *devices.Device, s span) (out []mark, err error) {
	if out, err = a.alertMarks(ctx, d.ID, s); err != nil {
		return nil, err
	}
	changed, err := a.changeMarks(ctx, d, s)
	if err != nil {
		return nil, err
	}
	out = append(out, changed...)
	slices.SortStableFunc(out, func(x, y mark) int { return x.at.Compare(y.at) })
	return out, nil
}

func (a *App) alertMarks(ctx context.Context, device ids.ID, s span) (out []mark, err error) {
	id := access.From(ctx)
	if !id.May(access.AlertsRead) {
		return nil, nil
	}
	list, err := a.Monitoring.During(ctx, id.Scope(), device, s.from, s.to, 60)
	words := a.Monitoring.WordsFor(ctx)
	for _, x := range list {
		m := mark{at: x.Began, to: x.Ended, level: int(x.Worst), series: x.Series, text: words.Title(x), href: "/alerts/" + x.ID.String()}
		if m.to.IsZero() {
			m.to, m.open = s.to, true
		}
		out = append(out, m)
	}
	return out, err
}

// changeMarks puts what changed at one moment together: an upgrade changes a hundred programs.
func (a *App) changeMarks(ctx context.Context, d *devices.Device, s span) (out []mark, err error) {
	list, err := a.Devices.Changes(ctx, access.From(ctx).Scope(), d.ID, s.from.UnixMicro(), s.to.UnixMicro()+1, 400)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(list) && len(out) < 60; {
		j := i
		var items []string
		for ; j < len(list) && list[j].At == list[i].At; j++ {
			if len(items) < 3 {
				items = append(items, list[j].Item)
			}
		}
		m := mark{at: time.UnixMicro(list[i].At), text: strings.Join(items, ", ")}
		switch n := j - i; {
		case n == 1 && list[i].Before != "" && list[i].After != "":
			m.text = list[i].Item + ": " + cutText(list[i].Before, 40) + " → " + cutText(list[i].After, 40)
		case n > len(items):
			m.text += " " + locale.N(ctx, "and %d more|and %d more", int64(n-len(items)))
		}
		out = append(out, m)
		i = j
	}
	return out, nil
}
