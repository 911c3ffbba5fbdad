// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/fault"
)

// ChartQuery asks for what a chart draws: the series of one name, drawn as a value with the band it moved in.
type ChartQuery struct {
	Name  string
	Match []*Matcher // besides the name: the device, a mount point
	From  time.Time
	To    time.Time
	Step  time.Duration // the width of an interval; 0 = as [StepFor] has it for 400 points
	Every time.Duration // how often samples come; 0 = a minute
}

// Bar is one interval of a chart, (At−step, At]. For a counter all three are its increase per second.
type Bar struct {
	At            int64 // milliseconds
	Min, Avg, Max float64
}

// ChartLine is one series of a chart. An interval without samples has no bar.
type ChartLine struct {
	Labels Labels
	Rate   bool // a counter: the bars are per second
	Bars   []Bar
}

// StepFor is the shortest sensible width of an interval with which a chart has at most points of them.
func StepFor(from, to time.Time, points int) time.Duration {
	for _, s := range []time.Duration{
		15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 7 * day,
	} {
		if to.Sub(from) <= s*time.Duration(points) {
			return s
		}
	}
	return 28 * day
}

// Chart asks a store for a chart. Which tier it comes from depends on the step and on what is still kept.
func Chart(ctx context.Context, s Store, r Reach, q ChartQuery) ([]ChartLine, error) {
	if q.Name == "" || !q.To.After(q.From) {
		return nil, fault.NewInvalid("A chart needs the name of a series, and an end after its start.")
	}
	if q.Step <= 0 {
		q.Step = StepFor(q.From, q.To, 400)
	}
	if q.Every <= 0 {
		q.Every = time.Minute
	}
	from := time.UnixMilli(floorTo(q.From.UnixMilli(), q.Step)).Add(q.Step)
	to := time.UnixMilli(ceilTo(q.To.UnixMilli(), q.Step.Milliseconds()))
	finest := s.Finest(q.From)
	selector := Selector(append([]*Matcher{Is(NameLabel, q.Name)}, q.Match...))
	if counterName(q.Name) {
		lines, err := overTime(ctx, s, r, "rate", selector, max(q.Step, 4*q.Every, 2*finest), from, to, q.Step)
		return chartLines(q.Name, true, lines, lines, lines), err
	}
	wide := max(q.Step, q.Every, finest)
	var parts [3][]Line
	for i, f := range []string{"min_over_time", "avg_over_time", "max_over_time"} {
		var err error
		if parts[i], err = overTime(ctx, s, r, f, selector, wide, from, to, q.Step); err != nil {
			return nil, err
		}
	}
	return chartLines(q.Name, false, parts[0], parts[1], parts[2]), nil
}

func overTime(ctx context.Context, s Store, r Reach, function, selector string, wide time.Duration, from, to time.Time, step time.Duration) ([]Line, error) {
	res, err := s.QueryRange(ctx, r, fmt.Sprintf("%s(%s[%dms])", function, selector, wide.Milliseconds()), from, to, step)
	return res.Lines, err
}

// chartLines puts three answers of the same series together.
func chartLines(name string, rate bool, least, mean, most []Line) []ChartLine {
	key := func(l Labels) string { return string(l.Bytes(nil)) }
	index := func(lines []Line) map[string]map[int64]float64 {
		all := map[string]map[int64]float64{}
		for _, l := range lines {
			m := make(map[int64]float64, len(l.Points))
			for _, p := range l.Points {
				m[p.At] = p.V
			}
			all[key(l.Labels)] = m
		}
		return all
	}
	lows, highs := index(least), index(most)
	out := make([]ChartLine, 0, len(mean))
	for _, l := range mean {
		c := ChartLine{Labels: named(l.Labels, name), Rate: rate, Bars: make([]Bar, 0, len(l.Points))}
		low, high := lows[key(l.Labels)], highs[key(l.Labels)]
		for _, p := range l.Points {
			if math.IsNaN(p.V) {
				continue
			}
			b := Bar{At: p.At, Min: p.V, Avg: p.V, Max: p.V}
			if v, ok := low[p.At]; ok {
				b.Min = v
			}
			if v, ok := high[p.At]; ok {
				b.Max = v
			}
			c.Bars = append(c.Bars, b)
		}
		out = append(out, c)
	}
	return out
}

// named gives labels that a function took the name off their name back.
func named(l Labels, name string) Labels {
	pairs := make([]string, 0, 2*l.Len())
	l.Range(func(p label) {
		if p.Name != NameLabel {
			pairs = append(pairs, p.Name, p.Value)
		}
	})
	out, err := MakeLabels(name, pairs...)
	if err != nil {
		return l
	}
	return out
}

// Selector writes matchers as PromQL.
func Selector(m []*Matcher) string {
	parts := make([]string, len(m))
	for i, one := range m {
		name := one.Name
		if !plainName(name) {
			name = strconv.Quote(name)
		}
		parts[i] = name + one.Type.String() + strconv.Quote(one.Value)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// plainName reports whether a label's name needs no quotes.
func plainName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
