// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page/chart"
)

// chartsView is what a page shows of charts.
type chartsView struct {
	device  *devices.Device
	span    span
	plots   []plot
	marks   []mark
	whole   bool // the page of all charts; else the first few on the overview
	watched bool // the device's agent can be asked to look closely
}

// overviewCharts are drawn on a device's overview.
var overviewCharts = []string{"cpu", "memory", "volumes", "network"}

// chartsPanel draws the last day of a device, and leads to the rest.
func (a *App) chartsPanel(ctx context.Context, d *devices.Device) (templ.Component, error) {
	s, _ := spanOf(usualPeriod, a.Clock.Now())
	return a.charts(ctx, d, s, false, overviewCharts...)
}

// chartsTab draws all that a device measured, in the time that the address asks for.
func (a *App) chartsTab(r *http.Request, d *devices.Device) (templ.Component, error) {
	s, err := a.spanAsked(r)
	if err != nil {
		return nil, err
	}
	return a.charts(r.Context(), d, s, true)
}

func (a *App) charts(ctx context.Context, d *devices.Device, s span, whole bool, only ...string) (templ.Component, error) {
	list, err := a.plots(ctx, d, s, only...)
	if fault.Is(err, fault.Busy) {
		return chartsWait(), nil
	}
	if err != nil {
		return nil, err
	}
	if len(list) == 0 && (!whole || s.period == usualPeriod) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	v := &chartsView{device: d, span: s, plots: list, whole: whole, watched: d.Agent != "" && d.Active() && access.From(ctx).Session != 0}
	if v.marks, err = a.marks(ctx, d, s); err != nil {
		return nil, err
	}
	return v.panel(), nil
}

// address is where a period of the device's charts is.
func (v *chartsView) address(period string) string {
	return "/devices/" + v.device.ID.String() + "?view=charts&period=" + period
}

// source is where a live chart gets its data.
func (v *chartsView) source() string {
	return "/devices/" + v.device.ID.String() + "/charts.json"
}

func (v *chartsView) stream() string {
	if !v.span.live() {
		return ""
	}
	return "/devices/" + v.device.ID.String() + "/values"
}

func periodName(ctx context.Context, id string) string {
	switch id {
	case "1h":
		return locale.T(ctx, "1 hour")
	case "24h":
		return locale.T(ctx, "24 hours")
	case "7d":
		return locale.T(ctx, "7 days")
	case "30d":
		return locale.T(ctx, "30 days")
	}
	return locale.T(ctx, "1 year")
}

// clockOf writes the moments below a chart: as closely as its length asks for.
func clockOf(p locale.Printer, s span) func(int64) string {
	return func(ms int64) string {
		at := time.UnixMilli(ms)
		if s.to.Sub(s.from) <= 36*time.Hour {
			return p.Time(at)
		}
		return p.DayMonth(civil.DateOf(at.In(p.Zone())))
	}
}

// drawing is a chart as it stands before a script takes over.
func (v *chartsView) drawing(ctx context.Context, x plot) chart.Lines {
	p := locale.From(ctx)
	out := chart.Lines{
		Title: x.title, Desc: v.desc(ctx, x), From: v.span.from.UnixMilli(), To: v.span.to.UnixMilli(), Most: x.most,
		Format: func(f float64) string { return x.unit.text(p, f) }, Clock: clockOf(p, v.span),
	}
	for _, l := range x.lines {
		one := chart.LineOf{Name: l.name}
		for i, b := range l.bars {
			if l.gap[i] {
				one.Points = append(one.Points, chart.At{At: b.At - 1, Value: math.NaN()})
			}
			one.Points = append(one.Points, chart.At{At: b.At, Value: b.Avg})
		}
		out.Lines = append(out.Lines, one)
	}
	for _, m := range v.marks {
		if !m.on(&x) {
			continue
		}
		s := chart.Span{From: m.at.UnixMilli(), To: m.to.UnixMilli(), Class: levelClass(m.level)}
		if m.to.IsZero() {
			s.To = s.From
		}
		out.Spans = append(out.Spans, s)
	}
	return out
}

func (v *chartsView) desc(ctx context.Context, x plot) string {
	return locale.N(ctx, "%d line|%d lines", int64(len(x.lines)))
}

func levelClass(level int) string {
	switch level {
	case 2:
		return chart.Bad
	case 1:
		return chart.Warn
	}
	return ""
}

// numbers are what a line comes to over the time shown.
type numbers struct{ last, least, mean, most string }

func (p plot) numbers(pr locale.Printer, l plotted) numbers {
	lo, hi, sum := math.Inf(1), math.Inf(-1), 0.0
	for _, b := range l.bars {
		lo, hi, sum = min(lo, b.Min), max(hi, b.Max), sum+b.Avg
	}
	t := func(v float64) string { return p.unit.text(pr, v) }
	return numbers{t(l.bars[len(l.bars)-1].Avg), t(lo), t(sum / float64(len(l.bars))), t(hi)}
}

func levelWord(ctx context.Context, level int) string {
	if level >= 2 {
		return locale.T(ctx, "Critical")
	}
	return locale.T(ctx, "Warning")
}
