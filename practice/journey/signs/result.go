// SPDX-License-Identifier: Apache-2.0

package signs

import "mainstay/kit/civil"

// Interval is a 90 % interval, Low ≤ High.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// around widens the interval so that it contains v.
func (i Interval) around(v float64) Interval {
	return Interval{min(i.Low, v), max(i.High, v)}
}

// Missing says why something is not measured and what would measure it.
type Missing struct {
	// Why is "no-rows" (no such export was read), "no-column" (the rows lack the
	// fact) or "below-floor" (too few of them).
	Why    string  `json:"why"`
	Export string  `json:"export"` // the export that would measure it, parts joined by "+"
	Have   float64 `json:"have"`
	Floor  float64 `json:"floor"`
	Unit   string  `json:"unit"` // of Have and Floor: tickets, entries, months, clients, endpoints
}

// Reading is one indicator with its interval.
type Reading struct {
	Code     Indicator `json:"code"`
	Sign     Sign      `json:"sign"`
	Measured bool      `json:"measured"`
	Value    float64   `json:"value"`
	Interval Interval  `json:"interval"`
	Points   float64   `json:"points"`
	Spread   Interval  `json:"spread"` // of Points
	Sample   float64   `json:"sample"`
	Missing  *Missing  `json:"missing,omitempty"`
}

// SignScore is one sign: how strongly it is present, 0–100.
type SignScore struct {
	Sign     Sign     `json:"sign"`
	Measured bool     `json:"measured"`
	Score    float64  `json:"score"`
	Interval Interval `json:"interval"`
	Bounds   Interval `json:"bounds"` // if what is missing were 0 or 100
	Have     int      `json:"have"`   // indicators measured
	Of       int      `json:"of"`
}

// AxisScore is one axis: 0 = break/fix, 100 = MSP.
type AxisScore struct {
	Axis         string   `json:"axis"`
	BreakFix     Sign     `json:"breakFix"`
	MSP          Sign     `json:"msp"`
	Measured     bool     `json:"measured"`
	Position     float64  `json:"position"`
	Interval     Interval `json:"interval"`
	Bounds       Interval `json:"bounds"`
	OneSided     bool     `json:"oneSided"`     // only one of the two signs is measured
	Disagreement float64  `json:"disagreement"` // |msp − (100 − breakfix)|, 0 where one-sided
}

// Verdict is the word that the data carry, if any.
type Verdict struct {
	// Word is "breakfix", "hybrid", "msp", "between" or "none".
	Word   string  `json:"word"`
	First  string  `json:"first,omitempty"`  // of "between", the likelier first
	Second string  `json:"second,omitempty"` // of "between"
	Why    string  `json:"why,omitempty"`    // of "none": "coverage" or "nothing-measured"
	P      [3]Prob `json:"p"`                // break/fix, hybrid, MSP
}

// Prob is the share of the draws on one side.
type Prob struct {
	Word  string  `json:"word"`
	Share float64 `json:"share"`
}

// Stand is where a firm or a client stands.
type Stand struct {
	Measured   bool        `json:"measured"` // false: too little of the model for a position; Bounds still hold
	Position   float64     `json:"position"`
	Interval   Interval    `json:"interval"`
	Bounds     Interval    `json:"bounds"`
	Coverage   float64     `json:"coverage"` // share of the model that is measured
	Verdict    Verdict     `json:"verdict"`
	Axes       []AxisScore `json:"axes"`
	Signs      []SignScore `json:"signs"`
	Indicators []Reading   `json:"indicators"`
}

// ClientStand is the short form that is kept for each client.
type ClientStand struct {
	Measured bool         `json:"measured"` // two axes or more
	Position float64      `json:"position"`
	Interval Interval     `json:"interval"`
	Coverage float64      `json:"coverage"`
	Axes     [4]*Score    `json:"axes"`
	Signs    [8]*Score    `json:"signs"`
	P        [3]float64   `json:"p"`       // shares of the draws: break/fix, hybrid, MSP
	Revenue  int64        `json:"revenue"` // service revenue of the window, minor units
	Kinds    [Kinds]int64 `json:"kinds"`   // of the window, minor units
	Months   int          `json:"months"`  // billed months of the window
	// Readings are the measured indicators, in the order of [Indicators].
	Readings []ShortReading `json:"readings"`
	Agreed   bool           `json:"agreed"` // under agreement: recurring revenue in three months or more
}

// ShortReading is one measured indicator of a client.
type ShortReading struct {
	Code     Indicator `json:"code"`
	Value    float64   `json:"value"`
	Points   float64   `json:"points"`
	Interval Interval  `json:"interval"` // of Value
}

// Score is a score with its 90 % interval.
type Score struct {
	Value float64 `json:"value"`
	Interval
}

// Bin is one bar of the histogram of clients.
type Bin struct {
	From    float64 `json:"from"`
	To      float64 `json:"to"`
	Clients int     `json:"clients"`
	Revenue float64 `json:"revenue"` // minor units
	Share   float64 `json:"share"`   // of the revenue of measured clients
}

// Mixture is the second blur: different clients on different sides.
type Mixture struct {
	Bins          []Bin   `json:"bins"`
	BreakFix      float64 `json:"breakFix"` // revenue share of clients below the break/fix border
	Hybrid        float64 `json:"hybrid"`
	MSP           float64 `json:"msp"`
	Unmeasured    float64 `json:"unmeasured"` // revenue share of clients without a position
	TwoBusinesses bool    `json:"twoBusinesses"`
}

// Trend is the third blur, motion: one indicator over non-overlapping quarters.
type Trend struct {
	Code   string       `json:"code"`
	Points []TrendPoint `json:"points"`
	Slope  Slope        `json:"slope"` // per quarter
	// Moving is −1 or +1 where the 90 % interval of the slope excludes 0, else 0.
	Moving int `json:"moving"`
	// Toward says where the motion leads: "msp", "breakfix" or "".
	Toward   string `json:"toward,omitempty"`
	Measured bool   `json:"measured"` // five quarters or more
}

// TrendPoint is one quarter.
type TrendPoint struct {
	Quarter civil.Month `json:"quarter"` // its first month
	Value   float64     `json:"value"`
}

// Result is everything measured from a firm's books.
type Result struct {
	From    civil.Month   `json:"from"` // the window
	To      civil.Month   `json:"to"`   // its last month
	Months  int           `json:"months"`
	Gaps    []civil.Month `json:"gaps"` // months of the books without any row
	Firm    Stand         `json:"firm"`
	Clients []ClientStand `json:"clients"` // as in Books.Clients
	Mixture Mixture       `json:"mixture"`
	Trends  []Trend       `json:"trends"`
	// Recurring is the band of r: surely recurring … and everything undecided with it.
	Recurring Interval `json:"recurring"`
	Draws     int      `json:"draws"`
	Seed      uint64   `json:"seed,string"`
}
