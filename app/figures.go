// SPDX-License-Identifier: Apache-2.0

package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"mainstay/kit/series"
)

// figures are what /metrics tells of agents and time series besides requests and the process: what was refused or put off is seen here
// by whoever runs the server, as agents hear of it only themselves.
type figures struct {
	app    *App
	estate *estate

	connections, messages, refused, busy, samples, observations, ready, active, late, bytes *prometheus.Desc
}

func newFigures(a *App, e *estate) *figures {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("mainstay_"+name, help, labels, nil)
	}
	return &figures{
		app: a, estate: e,
		connections:  desc("agents_connections", "Connections of agents to the broker inside."),
		messages:     desc("agents_messages_total", "Messages of agents, of any kind."),
		refused:      desc("agents_refused_total", "Messages of agents that could not be understood, or were said for another device: they are lost."),
		busy:         desc("agents_busy_total", "Messages of agents that were put off: they come again."),
		samples:      desc("agents_samples_total", "Samples of agents by what became of them: stored, duplicate, too_old, refused.", "outcome"),
		observations: desc("agents_observations_total", "Observations of probes by what became of them: taken, foreign.", "outcome"),
		ready:        desc("series_ready", "1 when the time series are read and written."),
		active:       desc("series_active", "Time series that got samples within the last hours."),
		late:         desc("series_late_bytes", "Bytes of late samples that are in no block yet."),
		bytes:        desc("series_bytes", "Bytes of time series on the disk by their resolution.", "step"),
	}
}

// Describe tells which figures there are.
func (f *figures) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.connections, f.messages, f.refused, f.busy, f.samples, f.observations, f.ready, f.active, f.late, f.bytes} {
		ch <- d
	}
}

// Collect tells them as they are now.
func (f *figures) Collect(ch chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	count := func(d *prometheus.Desc, n int64, labels ...string) {
		tell(d, prometheus.CounterValue, float64(n), labels...)
	}
	c, seen := f.estate.intake.Counts(), f.app.Network.Counts()
	tell(f.connections, prometheus.GaugeValue, float64(f.estate.hub.Connections()))
	count(f.messages, c.Messages)
	count(f.refused, c.Refused)
	count(f.busy, c.Busy)
	count(f.samples, c.Samples, "stored")
	count(f.samples, c.Duplicate, "duplicate")
	count(f.samples, c.TooOld, "too_old")
	count(f.samples, c.Unkept, "refused")
	count(f.observations, seen.Taken, "taken")
	count(f.observations, seen.Foreign, "foreign")
	local, ok := f.app.Series.(*series.Local)
	if !ok {
		return // the server that keeps them tells its own
	}
	s, err := local.Stats()
	if err == nil {
		err = local.Ready()
		tell(f.active, prometheus.GaugeValue, float64(s.Series))
		tell(f.late, prometheus.GaugeValue, float64(s.Late))
		tell(f.bytes, prometheus.GaugeValue, float64(s.Bytes), "raw")
		for _, t := range s.Tiers {
			tell(f.bytes, prometheus.GaugeValue, float64(t.Bytes), t.Step.String())
		}
	}
	ready := 0.0
	if err == nil {
		ready = 1
	}
	tell(f.ready, prometheus.GaugeValue, ready)
}
