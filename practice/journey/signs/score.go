// SPDX-License-Identifier: Apache-2.0

package signs

const (
	signCount = 8
	axisCount = 4
)

// signIndex gives each indicator the place of its sign: 2 × axis, + 1 for the MSP sign.
var signIndex = func() (out [indicators]int) {
	for i, d := range defs {
		for a, axis := range Axes() {
			switch d.sign {
			case axis.BreakFix:
				out[i] = 2 * a
			case axis.MSP:
				out[i] = 2*a + 1
			}
		}
	}
	return out
}()

// firmOnly are the indicators that compare clients: one client alone has none.
var firmOnly = func() (out [indicators]bool) {
	out[at.agreement], out[at.attach] = true, true
	return out
}()

// perSign is how many indicators the model has for each sign: of a firm, and of a client.
var perSign, perSignClient = func() (firm, client [signCount]float64) {
	for i, s := range signIndex {
		firm[s]++
		if !firmOnly[i] {
			client[s]++
		}
	}
	return firm, client
}()

// score is the model's arithmetic on one set of indicator points.
type score struct {
	sign     [signCount]float64
	signOK   [signCount]bool
	measured [signCount]float64 // indicators
	axis     [axisCount]float64
	axisOK   [axisCount]bool
	position float64
	ok       bool
	coverage float64
	of       *[signCount]float64 // indicators that each sign could have
}

// combine averages indicators into signs, signs into axes and axes into the
// position. An axis with one sign only stands on that sign; one without any has no
// position; nothing is imputed.
func combine(points *[indicators]float64, ok *[indicators]bool, of *[signCount]float64) (s score) {
	s.of = of
	for i, good := range ok {
		if good {
			s.sign[signIndex[i]] += points[i]
			s.measured[signIndex[i]]++
		}
	}
	for j := range s.sign {
		s.coverage += s.measured[j] / of[j] / signCount
		if s.signOK[j] = s.measured[j] > 0; s.signOK[j] {
			s.sign[j] /= s.measured[j]
		}
	}
	axes := 0.
	for a := range s.axis {
		bf, msp := 2*a, 2*a+1
		switch {
		case s.signOK[bf] && s.signOK[msp]:
			s.axis[a] = (s.sign[msp] + 100 - s.sign[bf]) / 2
		case s.signOK[msp]:
			s.axis[a] = s.sign[msp]
		case s.signOK[bf]:
			s.axis[a] = 100 - s.sign[bf]
		default:
			continue
		}
		s.axisOK[a] = true
		s.position += s.axis[a]
		axes++
	}
	if s.ok = axes > 0; s.ok {
		s.position /= axes
	}
	return s
}

// bounds returns the position if everything that is missing stood for break/fix,
// and if it all stood for MSP.
func (s *score) bounds() (low, high float64) {
	for a := range s.axis {
		l, h := s.axisBounds(a)
		low, high = low+l/axisCount, high+h/axisCount
	}
	return low, high
}

// axisBounds returns the hard bounds of one axis.
func (s *score) axisBounds(a int) (low, high float64) {
	bfLow, bfHigh := s.signBounds(2 * a)
	mspLow, mspHigh := s.signBounds(2*a + 1)
	return (mspLow + 100 - bfHigh) / 2, (mspHigh + 100 - bfLow) / 2
}

func (s *score) signBounds(j int) (low, high float64) {
	sum := s.sign[j] * s.measured[j]
	return sum / s.of[j], (sum + 100*(s.of[j]-s.measured[j])) / s.of[j]
}
