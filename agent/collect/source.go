// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"time"

	"mainstay/agent/link"
	"mainstay/kit/wire"
)

// Checker makes observations, see agent/check.
type Checker interface {
	Run(ctx context.Context, c wire.Check) wire.Result
}

// Prober makes probes of other things, see kit/probe.
type Prober func(ctx context.Context, p wire.Probe) wire.Observation

// Source is this machine as a [link.Source].
type Source struct {
	metrics *Metrics
	facts   Facts
	checks  Checker
	probes  Prober
}

// NewSource returns this machine. uptime is a clock that nobody sets.
func NewSource(uptime func() time.Duration, checks Checker, probes Prober) *Source {
	return &Source{metrics: NewMetrics(uptime), checks: checks, probes: probes}
}

// Metrics is [Metrics.Read].
func (s *Source) Metrics(ctx context.Context, self link.Self) ([]string, []float64) {
	return s.metrics.Read(ctx, self)
}

// Sections is [Facts.Sections].
func (s *Source) Sections() []wire.Section { return s.facts.Sections() }

// Facts is [Facts.Read].
func (s *Source) Facts(ctx context.Context, section wire.Section) (any, error) {
	return s.facts.Read(ctx, section)
}

// Check makes an observation.
func (s *Source) Check(ctx context.Context, c wire.Check) wire.Result { return s.checks.Run(ctx, c) }

// Probe makes a probe.
func (s *Source) Probe(ctx context.Context, p wire.Probe) wire.Observation { return s.probes(ctx, p) }
