// SPDX-License-Identifier: Apache-2.0

package signs

import (
	"slices"

	"mainstay/kit/fault"
)

// Knot is one corner of a piecewise-linear scale: at Value the indicator gives Points.
type Knot struct {
	Value  float64 `json:"value"`
	Points float64 `json:"points"` // 0–100
}

// Scale turns an indicator's value into points. Beyond the outer knots the
// points stay level.
type Scale struct {
	Indicator Indicator `json:"indicator"`
	Knots     []Knot    `json:"knots"`   // values strictly ascending
	Sources   []string  `json:"sources"` // where the knots come from, in words or as citations
	Own       bool      `json:"own"`     // the firm changed it
}

// Floors are the smallest samples from which an indicator is measured.
type Floors struct {
	Tickets int `json:"tickets"`
	Months  int `json:"months"`
	Clients int `json:"clients"`
	Entries int `json:"entries"` // time entries whose nature is known
}

// Thresholds is everything in the model that a firm can edit.
type Thresholds struct {
	Scales      []Scale `json:"scales"`
	Floors      Floors  `json:"floors"`
	BreakFix    float64 `json:"breakFix"`    // a position below is break/fix
	MSP         float64 `json:"msp"`         // a position above is MSP
	Certainty   float64 `json:"certainty"`   // a verdict word needs this share of the draws
	Coverage    float64 `json:"coverage"`    // and this share of the model measured
	TwoBusiness float64 `json:"twoBusiness"` // revenue share on each side that makes two businesses in one
	Draws       int     `json:"draws"`       // of the whole firm
	ClientDraws int     `json:"clientDraws"`
	Window      int     `json:"window"` // months measured
}

const ourChoice = "our choice"

// Defaults returns the thresholds of the product, each with its source.
func Defaults() Thresholds {
	s := func(code Indicator, sources []string, vp ...float64) Scale {
		sc := Scale{Indicator: code, Sources: sources}
		for pair := range slices.Chunk(vp, 2) {
			sc.Knots = append(sc.Knots, Knot{pair[0], pair[len(pair)-1]})
		}
		return sc
	}
	own := []string{ourChoice}
	return Thresholds{
		Scales: []Scale{
			s(TicketsClient, own, .40, 0, .70, 50, .95, 100),
			s(HoursReactive, own, .30, 0, .60, 50, .90, 100),
			s(HoursEndpoint, []string{"agmspcoaching, ChannelPro: below 0.25", "MainSpring: 0.2–0.5", "others: 1–2; published values contradict each other"}, .25, 0, .5, 50, 1, 100),
			s(TicketsEndpoint, []string{"MainSpring: reactive shops average 2, goal 0.2–0.5"}, .2, 0, .5, 25, 2, 100),
			s(AssetsMonitored, own, 0, 0, .5, 50, .95, 100),
			s(AlertsFirst, own, 0, 0, .5, 50, .95, 100),
			s(MaintenanceDone, []string{ourChoice, "Palachuk: .25 h per workstation, 1.5 h per server and month"}, 0, 0, .5, 50, .95, 100),
			s(AssetsPatched, own, 0, 0, .5, 50, .95, 100),
			s(RevenueCV, []string{"optimal variance 5–15 %", "CV ≈ (1 − recurring share) × CV of the rest", "70 project-heavy IT suppliers, 12-month CV p10/p50/p90 .45/.73/1.62"}, .10, 0, .30, 50, .60, 100),
			s(RevenueTop3, []string{ourChoice + ": 0.25 is perfectly level"}, .27, 0, .35, 50, .50, 100),
			s(RevenueRecurring, []string{"Evergreen: ≥50 %", "Tequity: ≥60 %", "Farr: 70/30, minimum 50", "RKCA: >75 % best in breed", "UBM/CRN: 5 % past a pilot, >50 % transformative", "against: profitable MSPs earn >40 % from non-recurring work (Techaisle)"}, 0, 0, .05, 10, .30, 40, .50, 60, .75, 85, .85, 100),
			s(RevenueAgreement, []string{"Evergreen: ≥80 % of revenue from managed clients"}, 0, 0, .80, 85, 1, 100),
			s(RevenueRetention, []string{"Evergreen: ≥90 %"}, 0, 0, .90, 85, 1, 100),
			s(RevenueLabour, []string{"Farr, dealflow-os: 30/50 %"}, .10, 0, .40, 50, .80, 100),
			s(TicketsUncovered, []string{ourChoice + ", as for labour"}, .10, 0, .40, 50, .80, 100),
			s(FamiliesCount, own, 0, 0, 1, 10, 3, 50, 6, 100),
			s(FamiliesAttach, []string{"Microsoft partner guidance: attach ≥70 %"}, 0, 0, .70, 85, 1, 100),
			s(ClientsRare, []string{ourChoice, "clients billed in one month of a year bought again next year in 44 % of cases, with two or more months 67 %"}, .10, 0, .40, 50, .80, 100),
			s(ContactsNone, own, .10, 0, .40, 50, .80, 100),
			s(ReviewsHeld, own, 0, 0, .5, 60, .9, 100),
			s(RoadmapLive, own, 0, 0, .5, 60, .9, 100),
			s(Recommended, own, 0, 0, .5, 60, .9, 100),
			s(AgreementTerm, own, 0, 0, .5, 60, .9, 100),
		},
		Floors:   Floors{Tickets: 30, Months: 6, Clients: 5, Entries: 30},
		BreakFix: 35, MSP: 65, Certainty: .90, Coverage: .60, TwoBusiness: .20,
		Draws: 400, ClientDraws: 100, Window: 12,
	}
}

// Points returns the points at value v, 0–100.
func (s Scale) Points(v float64) float64 {
	k := s.Knots
	if v <= k[0].Value {
		return k[0].Points
	}
	for i := 1; i < len(k); i++ {
		if v <= k[i].Value {
			t := (v - k[i-1].Value) / (k[i].Value - k[i-1].Value)
			return k[i-1].Points + t*(k[i].Points-k[i-1].Points)
		}
	}
	return k[len(k)-1].Points
}

// Validate checks thresholds that a person edited. The fault names the
// indicator or the field and says what is expected.
func (t Thresholds) Validate() error {
	seen := map[Indicator]bool{}
	for _, s := range t.Scales {
		field := string(s.Indicator)
		if index(s.Indicator) < 0 {
			return fault.NewInvalid("There is no indicator %q.", s.Indicator).On(field)
		}
		if seen[s.Indicator] {
			return fault.NewInvalid("The indicator %q is given twice.", s.Indicator).On(field)
		}
		seen[s.Indicator] = true
		if len(s.Knots) < 2 || len(s.Knots) > 12 {
			return fault.NewInvalid("A scale needs 2 to 12 knots; %q has %d.", s.Indicator, len(s.Knots)).On(field)
		}
		for i, k := range s.Knots {
			if !(k.Points >= 0 && k.Points <= 100) {
				return fault.NewInvalid("Points lie between 0 and 100; %q has %g.", s.Indicator, k.Points).On(field)
			}
			if !(k.Value >= 0 && k.Value <= 1e6) {
				return fault.NewInvalid("A knot's value is 0 or more; %q has %g.", s.Indicator, k.Value).On(field)
			}
			if i > 0 && k.Value <= s.Knots[i-1].Value {
				return fault.NewInvalid("The knots of %q must rise: %g does not come after %g.", s.Indicator, k.Value, s.Knots[i-1].Value).On(field)
			}
			if i > 1 && (k.Points-s.Knots[i-1].Points)*(s.Knots[1].Points-s.Knots[0].Points) < 0 {
				return fault.NewInvalid("The points of %q must go one way only.", s.Indicator).On(field)
			}
		}
	}
	for _, d := range defs {
		if !seen[d.code] {
			return fault.NewInvalid("The indicator %q has no scale.", d.code).On(string(d.code))
		}
	}
	f := t.Floors
	switch {
	case f.Tickets < 1 || f.Months < 3 || f.Clients < 1 || f.Entries < 1:
		return fault.NewInvalid("Floors are at least 1, and 3 for months.").On("floors")
	case !(t.BreakFix > 0 && t.BreakFix < t.MSP && t.MSP < 100):
		return fault.NewInvalid("The borders must rise: 0, break/fix, MSP, 100.").On("breakFix")
	case !(t.Certainty > .5 && t.Certainty < 1):
		return fault.NewInvalid("The certainty for a verdict lies between 0.5 and 1.").On("certainty")
	case !(t.Coverage >= .3 && t.Coverage <= 1):
		return fault.NewInvalid("The coverage for a verdict lies between 0.3 and 1.").On("coverage")
	case !(t.TwoBusiness > 0 && t.TwoBusiness <= .5):
		return fault.NewInvalid("The share that makes two businesses lies between 0 and 0.5.").On("twoBusiness")
	case t.Draws < 100 || t.Draws > 5000 || t.ClientDraws < 20 || t.ClientDraws > 1000:
		return fault.NewInvalid("Draws lie between 100 and 5000, those of a client between 20 and 1000.").On("draws")
	case t.Window < 6 || t.Window > 36:
		return fault.NewInvalid("The window lies between 6 and 36 months.").On("window")
	}
	return nil
}

// scales returns the scales in the order of defs; thresholds must be valid.
func (t Thresholds) scales() (out [indicators]Scale) {
	for _, s := range t.Scales {
		out[index(s.Indicator)] = s
	}
	return out
}
