// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"fmt"
	"math"
	"time"

	"mainstay/kit/ids"
	"mainstay/kit/series"
)

// Trend is how long answers took over a span, at even steps; NaN where nobody looked.
type Trend struct {
	From, To time.Time
	Step     time.Duration
	Seconds  []float64
}

// DurationSeries is how long an answer took.
const DurationSeries = "probe_duration_seconds"

func devicesOf(list []ids.ID) *series.Matcher {
	texts := make([]string, len(list))
	for i, id := range list {
		texts[i] = id.String()
	}
	return series.OneOf(series.DeviceLabel, texts...)
}

// Trends reads how long the answers of services took over the last span, the longest of each step.
func (s *Service) Trends(ctx context.Context, list []ids.ID, span, step time.Duration) (map[ids.ID]Trend, error) {
	out := map[ids.ID]Trend{}
	if len(list) == 0 {
		return out, nil
	}
	if err := s.p.Series.Ready(); err != nil {
		return out, err
	}
	to := s.now().Truncate(step).Add(step)
	from := to.Add(-span)
	lines, err := series.Chart(ctx, s.p.Series, series.Everything(), series.ChartQuery{Name: DurationSeries, Match: []*series.Matcher{devicesOf(list)}, From: from, To: to, Step: step})
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		id, err := ids.Parse(l.Labels.Get(series.DeviceLabel))
		if err != nil {
			continue
		}
		t, ok := out[id]
		if !ok {
			t = Trend{From: from, To: to, Step: step, Seconds: make([]float64, int(span/step))}
			for i := range t.Seconds {
				t.Seconds[i] = math.NaN()
			}
		}
		for _, b := range l.Bars {
			if i := int((b.At-from.UnixMilli())/step.Milliseconds()) - 1; i >= 0 && i < len(t.Seconds) && !(t.Seconds[i] > b.Max) {
				t.Seconds[i] = b.Max
			}
		}
		out[id] = t
	}
	return out, nil
}

// Availability is the share of looks in the last span to which services answered. Those that nobody looked at are left out.
func (s *Service) Availability(ctx context.Context, list []ids.ID, span time.Duration) (map[ids.ID]float64, error) {
	out := map[ids.ID]float64{}
	if len(list) == 0 {
		return out, nil
	}
	if err := s.p.Series.Ready(); err != nil {
		return out, err
	}
	selector := series.Selector([]*series.Matcher{series.Is(series.NameLabel, UpSeries), devicesOf(list)})
	res, err := s.p.Series.Query(ctx, series.Everything(), fmt.Sprintf("avg by (device) (avg_over_time(%s[%dm]))", selector, int(span.Minutes())), s.now())
	if err != nil {
		return nil, err
	}
	for _, l := range res.Lines {
		if id, err := ids.Parse(l.Labels.Get(series.DeviceLabel)); err == nil && len(l.Points) > 0 {
			out[id] = l.Points[len(l.Points)-1].V
		}
	}
	return out, nil
}

// Unanswered is for how long in the last span a service did not answer: its looks without an answer, each with the time to the next.
// What nobody looked at does not count.
func (s *Service) Unanswered(ctx context.Context, w *Watched, span time.Duration) (time.Duration, error) {
	if err := s.p.Series.Ready(); err != nil {
		return 0, err
	}
	selector := series.Selector([]*series.Matcher{series.Is(series.NameLabel, UpSeries), devicesOf([]ids.ID{w.ID})})
	of := fmt.Sprintf("%s[%dm]", selector, int(span.Minutes()))
	res, err := s.p.Series.Query(ctx, series.Everything(), fmt.Sprintf("sum(count_over_time(%s) - sum_over_time(%s))", of, of), s.now())
	if err != nil || len(res.Lines) == 0 || len(res.Lines[0].Points) == 0 {
		return 0, err
	}
	return min(time.Duration(res.Lines[0].Points[0].V)*max(w.Every, shortestEvery), span), nil
}
