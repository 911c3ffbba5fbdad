// SPDX-License-Identifier: Apache-2.0

package signs

import (
	"hash/fnv"
	"math/rand/v2"
)

// minClientAxes and minClientCoverage say when a client has a position: a position on
// one axis, or on a sliver of the model, would only look like one.
const (
	minClientAxes     = 2
	minClientCoverage = .25
)

// clientRun is the state of one client's draws.
type clientRun struct {
	months  []int // present months of the window since the client's first invoice
	r       reading
	mask    [indicators]bool
	missing [indicators]*Missing
	samples [indicators]sample
	vol     *volatility
	draws   []drawn
}

// run measures one client. Its draws resample its own months and residuals and
// depend on its name and the seed only, so that other clients change nothing.
func (m *model) run(i int) clientRun {
	c, t := &m.books.Clients[i], &m.tallies[i]
	var run clientRun
	run.months = m.clientMonths(c)
	t.read(.5, &run.r, m.books.TicketMonths, m.books.HourMonths)
	series := make([]float64, len(run.months))
	for k, month := range run.months {
		series[k] = float64(c.service(month))
	}
	run.vol = newVolatility(series)
	run.r.setVolatility(run.vol.cv, run.vol.cvOK, run.vol.top, run.vol.topOK && len(series) >= 12)
	run.samples = t.samples(m.t.Floors, len(run.months), false)
	run.mask, run.missing = m.mask(&run.r, &run.samples, false)
	h := fnv.New64a()
	_, _ = h.Write([]byte(c.Name))
	rng := rand.New(rand.NewPCG(m.seed, h.Sum64()))
	if m.scratch == nil {
		m.scratch = make([]drawn, m.t.ClientDraws)
	}
	run.draws = m.scratch // one client at a time
	clear(run.draws)
	for d := range run.draws {
		one := &run.draws[d]
		sum := m.resampleMonths(rng, c, t, run.months)
		sum.read(rng.Float64(), &one.reading, m.books.TicketMonths, m.books.HourMonths)
		s := run.samples
		m.noise(rng, &one.reading, &run.r, &s, run.vol)
		m.points(&one.reading, &run.mask, &one.points)
		one.score = combine(&one.points, &run.mask, &perSignClient)
	}
	return run
}

// clientMonths lists the present months of the window since the client was first
// billed: a new client's months before it came are not zero months.
func (m *model) clientMonths(c *Client) []int {
	from, to := m.books.window(m.t.Window)
	if len(c.Revenue) == 0 {
		return nil
	}
	first := 0
	for first < to && c.service(first) <= 0 {
		first++
	}
	var out []int
	for month := max(from, first); month < to; month++ {
		if m.books.Present[month] {
			out = append(out, month)
		}
	}
	return out
}

// resampleMonths returns the client's tally with its revenue drawn anew from its
// own months.
func (m *model) resampleMonths(rng *rand.Rand, c *Client, t *tally, months []int) tally {
	sum := *t
	if len(months) == 0 {
		return sum
	}
	var rev [Kinds]float64
	for range months {
		month := months[rng.IntN(len(months))]
		for k, v := range c.Revenue[month*Kinds : month*Kinds+Kinds] {
			rev[k] += float64(v)
		}
	}
	sum.rev = rev
	return sum
}

// client returns the short form.
func (m *model) client(i int) ClientStand {
	t := &m.tallies[i]
	cs := ClientStand{Revenue: int64(t.service()), Agreed: t.agreed > 0 && t.agreed >= t.service()}
	for k, v := range t.rev {
		cs.Kinds[k] = int64(v)
	}
	if t.billed == 0 && t.tAll == 0 && t.known == 0 && t.monitoringKnown == 0 {
		return cs
	}
	run := m.run(i)
	for _, month := range run.months {
		if m.books.Clients[i].service(month) > 0 {
			cs.Months++
		}
	}
	var points [indicators]float64
	m.points(&run.r, &run.mask, &points)
	s := combine(&points, &run.mask, &perSignClient)
	cs.Coverage = s.coverage
	buf := make([]float64, len(run.draws))
	for j, ok := range run.mask {
		if ok {
			v := run.score(run.r.value[j], buf, func(d *drawn) float64 { return d.value[j] })
			cs.Readings = append(cs.Readings, ShortReading{defs[j].code, v.Value, points[j], v.Interval})
		}
	}
	axes := 0
	for a := range s.axis {
		if !s.axisOK[a] {
			continue
		}
		axes++
		cs.Axes[a] = run.score(s.axis[a], buf, func(d *drawn) float64 { return d.score.axis[a] })
	}
	for j := range s.sign {
		if s.signOK[j] {
			cs.Signs[j] = run.score(s.sign[j], buf, func(d *drawn) float64 { return d.score.sign[j] })
		}
	}
	if cs.Measured = axes >= minClientAxes && s.coverage >= minClientCoverage; cs.Measured {
		p := run.score(s.position, buf, func(d *drawn) float64 { return d.score.position })
		cs.Position, cs.Interval = p.Value, p.Interval
		cs.P = m.probabilities(run.draws)
	}
	return cs
}

// score summarises one number of the draws around its point.
func (run *clientRun) score(v float64, buf []float64, get func(*drawn) float64) *Score {
	for i := range run.draws {
		buf[i] = get(&run.draws[i])
	}
	low, high := tails(buf, len(buf)/20)
	return &Score{v, Interval{low, high}.around(v)}
}

// clientStand is the full form of one client.
func (m *model) clientStand(i int) Stand {
	run := m.run(i)
	s := m.stand(&run.r, &run.mask, &run.missing, &run.samples, run.draws, &perSignClient)
	return s
}
