// SPDX-License-Identifier: Apache-2.0

package signs

import (
	"math"
	"math/rand/v2"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

// Measure measures a firm's books. It is deterministic: the same books, thresholds
// and seed give the same result to the last bit.
func Measure(b *Books, t Thresholds, seed uint64) (*Result, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	for i := range b.Clients {
		if n := len(b.Clients[i].Revenue); n != 0 && n != len(b.Present)*Kinds {
			return nil, fault.NewInvalid("The client %q has %d sums where the books have %d months.", b.Clients[i].Name, n, len(b.Present))
		}
	}
	m := &model{books: b, t: t, scales: t.scales(), seed: seed}
	m.look()
	from, to := b.window(t.Window)
	r := &Result{From: b.First + civil.Month(from), To: b.First + civil.Month(to-1), Draws: t.Draws, Seed: seed}
	for i, present := range b.Present {
		switch {
		case !present:
			r.Gaps = append(r.Gaps, b.First+civil.Month(i))
		case i >= from:
			r.Months++
		}
	}
	m.months = r.Months
	m.tallies = make([]tally, len(b.Clients))
	var total tally
	for i := range b.Clients {
		m.tallies[i] = b.tallyOf(&b.Clients[i], t.Window)
		total.add(&m.tallies[i], 1)
	}
	r.Firm = m.firm(&total)
	if s := total.service(); s > 0 {
		sure := min(1, max(0, total.rev[Recurring]/s))
		r.Recurring = Interval{sure, min(1, max(sure, (total.rev[Recurring]+max(0, total.rev[Undecided]))/s))}
	}
	r.Clients = make([]ClientStand, len(b.Clients))
	for i := range b.Clients {
		r.Clients[i] = m.client(i)
	}
	r.Mixture = mixture(r.Clients, t)
	r.Trends = m.trends()
	return r, nil
}

// MeasureClient returns the full stand of one client, with every indicator.
func MeasureClient(b *Books, t Thresholds, seed uint64, i int) (Stand, error) {
	if err := t.Validate(); err != nil {
		return Stand{}, err
	}
	m := &model{books: b, t: t, scales: t.scales(), seed: seed}
	m.look()
	from, to := b.window(t.Window)
	for j := from; j < to; j++ {
		if b.Present[j] {
			m.months++
		}
	}
	m.tallies = make([]tally, len(b.Clients))
	m.tallies[i] = b.tallyOf(&b.Clients[i], t.Window)
	return m.clientStand(i), nil
}

// model holds what the parts of a measurement share.
type model struct {
	books   *Books
	t       Thresholds
	scales  [indicators]Scale
	seed    uint64
	months  int // present months of the window
	tallies []tally
	scratch []drawn // of one client

	hasTickets, hasAssets, hasHours bool
}

// drawn is what one draw of the model gave.
type drawn struct {
	reading
	points [indicators]float64
	score  score
}

// points turns a reading into points where the mask says that it counts.
func (m *model) points(r *reading, mask *[indicators]bool, out *[indicators]float64) {
	for i, ok := range mask {
		if ok {
			out[i] = m.scales[i].Points(r.value[i])
		}
	}
}

// mask says which indicators reach their floors, and why the others do not.
func (m *model) mask(r *reading, samples *[indicators]sample, firm bool) (mask [indicators]bool, missing [indicators]*Missing) {
	for i := range mask {
		s := samples[i]
		if firmOnly[i] && !firm {
			continue
		}
		if mask[i] = r.ok[i] && s.n >= s.floor; mask[i] {
			continue
		}
		miss := &Missing{Why: "below-floor", Export: defs[i].export, Have: s.n, Floor: s.floor, Unit: units[i]}
		if s.n == 0 {
			miss.Why = "no-rows"
			if m.otherFacts(i) {
				miss.Why = "no-column"
			}
		} else if !r.ok[i] && s.n >= s.floor {
			miss.Why = "no-column"
		}
		missing[i] = miss
	}
	if n := len(m.books.Present); n > 0 && n < 2*m.t.Window && !mask[at.retention] {
		missing[at.retention] = &Missing{Why: "below-floor", Export: "lines", Have: float64(n), Floor: float64(2 * m.t.Window), Unit: "months"}
	}
	if firm && m.months < 10 && mask[at.rare] { // one or two of six months says nothing
		mask[at.rare] = false
		missing[at.rare] = &Missing{Why: "below-floor", Export: "lines", Have: float64(m.months), Floor: 10, Unit: "months"}
	}
	return mask, missing
}

// units name what the sample of an indicator counts.
var units = [indicators]string{
	"tickets", "entries", "entries", "tickets", "endpoints", "tickets", "tasks", "endpoints", "months", "months", "months", "months",
	"clients", "months", "tickets", "months", "clients", "clients", "clients", "clients", "clients", "recommendations", "clients",
}

// otherFacts reports whether the export that would measure indicator i was read, but
// without the column that it needs.
func (m *model) otherFacts(i int) bool {
	switch i {
	case at.ticketsClient, at.alerts, at.uncovered, at.ticketsEndpoint:
		return m.hasTickets
	case at.monitored, at.patched:
		return m.hasAssets
	case at.hoursReactive, at.hoursEndpoint:
		return m.hasHours
	}
	return false
}

// look notes which exports were read at all.
func (m *model) look() {
	for i := range m.books.Clients {
		c := &m.books.Clients[i]
		m.hasTickets = m.hasTickets || c.Tickets.All() > 0
		m.hasAssets = m.hasAssets || c.Assets.Endpoints > 0
		m.hasHours = m.hasHours || c.Hours != Hours{}
	}
}

// firm measures the whole firm: a bootstrap over clients, residual blocks for
// volatility, a share of the undecided revenue, all in every draw.
func (m *model) firm(total *tally) Stand {
	var r reading
	total.read(.5, &r, m.books.TicketMonths, m.books.HourMonths)
	vol := newVolatility(m.books.series(m.t.Window))
	r.setVolatility(vol.cv, vol.cvOK, vol.top, vol.topOK)
	samples := total.samples(m.t.Floors, m.months, true)
	mask, missing := m.mask(&r, &samples, true)
	rng := rand.New(rand.NewPCG(m.seed, 0x6d61696e73746179))
	draws := make([]drawn, m.t.Draws)
	n := len(m.tallies)
	weights := make([]uint16, n)
	for d := range draws {
		agg := total
		if n >= m.t.Floors.Clients {
			agg = m.bootstrap(rng, weights)
		}
		one := &draws[d]
		agg.read(rng.Float64(), &one.reading, m.books.TicketMonths, m.books.HourMonths)
		s := agg.samples(m.t.Floors, m.months, true)
		m.noise(rng, &one.reading, &r, &s, vol)
		m.points(&one.reading, &mask, &one.points)
		one.score = combine(&one.points, &mask, &perSign)
	}
	return m.stand(&r, &mask, &missing, &samples, draws, &perSign)
}

// bootstrap sums clients drawn with replacement. Rows without a client (name
// "") are no client: they are always in, once.
func (m *model) bootstrap(rng *rand.Rand, weights []uint16) *tally {
	clear(weights)
	n := uint32(len(weights))
	for range weights {
		weights[rng.Uint32N(n)]++
	}
	agg := &tally{}
	for i, w := range weights {
		if m.books.Clients[i].Name == "" {
			w = 1
		}
		if w > 0 {
			agg.add(&m.tallies[i], float64(w))
		}
	}
	return agg
}

// noise adds to a draw what sums alone do not vary: volatility by residual
// blocks, counted shares by their own sampling error, rates by that of counts.
// Where the draw lost an indicator altogether, the point stands in.
func (m *model) noise(rng *rand.Rand, one, point *reading, s *[indicators]sample, vol *volatility) {
	for i := range one.value {
		if !one.ok[i] {
			one.value[i] = point.value[i]
			continue
		}
		if s[i].counted {
			one.value[i] = share(rng, s[i].hits, s[i].n)
		}
	}
	for _, i := range [...]int{at.hoursEndpoint, at.ticketsEndpoint, at.hoursReactive} {
		if s[i].n > 0 {
			one.value[i] = max(0, one.value[i]*(1+rng.NormFloat64()/math.Sqrt(s[i].n)))
		}
	}
	one.value[at.hoursReactive] = min(1, one.value[at.hoursReactive])
	if vol != nil && vol.cvOK {
		cv, top := vol.draw(rng)
		one.setVolatility(cv, true, top, vol.topOK)
	}
}

func (r *reading) setVolatility(cv float64, cvOK bool, top float64, topOK bool) {
	r.value[at.cv], r.ok[at.cv] = cv, cvOK
	r.value[at.top3], r.ok[at.top3] = top, topOK
}

// minCoverage is how much of the model a position needs: on less, only the hard bounds are shown.
const minCoverage = .20

// stand turns the point and the draws into the published form.
func (m *model) stand(r *reading, mask *[indicators]bool, missing *[indicators]*Missing, samples *[indicators]sample, draws []drawn, of *[signCount]float64) Stand {
	var points [indicators]float64
	m.points(r, mask, &points)
	s := combine(&points, mask, of)
	st := Stand{Measured: s.ok && s.coverage >= minCoverage, Position: s.position, Coverage: s.coverage}
	buf := make([]float64, len(draws))
	spread := func(v float64, get func(*drawn) float64) Interval {
		for i := range draws {
			buf[i] = get(&draws[i])
		}
		low, high := tails(buf, len(buf)/20)
		return Interval{low, high}.around(v)
	}
	for i, d := range defs {
		if firmOnly[i] && of == &perSignClient {
			continue
		}
		ms := Reading{Code: d.code, Sign: d.sign, Measured: mask[i], Sample: samples[i].n, Missing: missing[i]}
		if mask[i] {
			ms.Value, ms.Points = r.value[i], points[i]
			ms.Interval = spread(r.value[i], func(o *drawn) float64 { return o.value[i] })
			if samples[i].counted {
				low, high := Wilson(samples[i].hits, samples[i].n)
				ms.Interval = ms.Interval.around(low).around(high)
			}
			a, b := m.scales[i].Points(ms.Interval.Low), m.scales[i].Points(ms.Interval.High)
			ms.Spread = Interval{min(a, b), max(a, b)}.around(points[i])
		}
		st.Indicators = append(st.Indicators, ms)
	}
	for a, axis := range Axes() {
		for side, sign := range []Sign{axis.BreakFix, axis.MSP} {
			j := 2*a + side
			low, high := s.signBounds(j)
			ss := SignScore{Sign: sign, Measured: s.signOK[j], Score: s.sign[j], Bounds: Interval{low, high}, Have: int(s.measured[j]), Of: int(of[j])}
			if ss.Measured {
				ss.Interval = spread(ss.Score, func(o *drawn) float64 { return o.score.sign[j] })
			}
			st.Signs = append(st.Signs, ss)
		}
		low, high := s.axisBounds(a)
		as := AxisScore{Axis: axis.Code, BreakFix: axis.BreakFix, MSP: axis.MSP, Measured: s.axisOK[a], Position: s.axis[a], Bounds: Interval{low, high}}
		if as.Measured {
			as.Interval = spread(as.Position, func(o *drawn) float64 { return o.score.axis[a] })
			if as.OneSided = !s.signOK[2*a] || !s.signOK[2*a+1]; !as.OneSided {
				as.Disagreement = math.Abs(s.sign[2*a+1] - (100 - s.sign[2*a]))
			}
		}
		st.Axes = append(st.Axes, as)
	}
	st.Bounds.Low, st.Bounds.High = s.bounds()
	if s.ok {
		st.Interval = spread(s.position, func(o *drawn) float64 { return o.score.position })
	}
	st.Verdict = m.verdict(&s, draws)
	return st
}

// sides are the words of a verdict.
var sides = [3]string{"breakfix", "hybrid", "msp"}

// verdict gives a word only where the coverage and the certainty carry it.
func (m *model) verdict(s *score, draws []drawn) (v Verdict) {
	p := m.probabilities(draws)
	for i, w := range sides {
		v.P[i] = Prob{w, p[i]}
	}
	switch {
	case !s.ok:
		return Verdict{Word: "none", Why: "nothing-measured", P: v.P}
	case s.coverage < m.t.Coverage:
		v.Word, v.Why = "none", "coverage"
		return v
	}
	first, second := 0, 1
	if p[1] > p[0] {
		first, second = 1, 0
	}
	switch {
	case p[2] > p[first]:
		first, second = 2, first
	case p[2] > p[second]:
		second = 2
	}
	if v.Word = sides[first]; p[first] < m.t.Certainty {
		v.Word, v.First, v.Second = "between", sides[first], sides[second]
	}
	return v
}

// probabilities counts on which side the draws fell.
func (m *model) probabilities(draws []drawn) (p [3]float64) {
	for i := range draws {
		switch pos := draws[i].score.position; {
		case pos < m.t.BreakFix:
			p[0]++
		case pos > m.t.MSP:
			p[2]++
		default:
			p[1]++
		}
	}
	for i := range p {
		p[i] /= float64(max(1, len(draws)))
	}
	return p
}
