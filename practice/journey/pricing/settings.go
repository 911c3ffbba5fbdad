// SPDX-License-Identifier: Apache-2.0

package pricing

import "mainstay/kit/fault"

// Settings are the firm's own figures. Money is in minor units.
type Settings struct {
	Wage         int64   `json:"wage"`         // loaded cost of an hour of a technician
	Rate         int64   `json:"rate"`         // charged for an hour by time and materials
	Tools        int64   `json:"tools"`        // per endpoint and month: RMM, antivirus, backup, documentation
	TargetMargin float64 `json:"targetMargin"` // gross margin of an agreement, 0–0.9
	MinimumFee   int64   `json:"minimumFee"`   // per month
	// Maintenance labour per month until own data exist (Palachuk).
	HoursWorkstation float64 `json:"hoursWorkstation"`
	HoursServer      float64 `json:"hoursServer"`
	Escalator        float64 `json:"escalator"`  // yearly rise written into the agreement
	Onboarding       float64 `json:"onboarding"` // fee at the start, in monthly fees
	Tiers            []Tier  `json:"tiers"`
}

// Tier is one plan of the portfolio that a client can subscribe to. Prices and
// costs are per month in minor units.
type Tier struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	PerUser   int64    `json:"perUser"`
	PerDevice int64    `json:"perDevice"`
	PerServer int64    `json:"perServer"`
	PerSite   int64    `json:"perSite"`
	Cost      int64    `json:"cost"`     // hard cost per device
	Reactive  float64  `json:"reactive"` // share of reactive hours included in the fee, 0–1
	Families  []string `json:"families"`
}

// Defaults returns figures to start from; every one of them is to be replaced by the
// firm's own.
func Defaults() Settings {
	return Settings{
		Wage: 45_00, Rate: 110_00, Tools: 12_00, TargetMargin: .50, MinimumFee: 350_00,
		HoursWorkstation: .25, HoursServer: 1.5, Escalator: .04, Onboarding: 1,
		Tiers: []Tier{
			{
				Code: "basic", Name: "Basic", PerDevice: 25_00, PerServer: 90_00, PerSite: 50_00, Cost: 8_00, Reactive: 0,
				Families: []string{"monitoring", "endpoint-security"},
			},
			{
				Code: "managed", Name: "Managed", PerUser: 0, PerDevice: 85_00, PerServer: 190_00, PerSite: 100_00, Cost: 14_00, Reactive: 1,
				Families: []string{"helpdesk", "monitoring", "endpoint-security", "backup", "network"},
			},
			{
				Code: "complete", Name: "Complete", PerUser: 0, PerDevice: 145_00, PerServer: 260_00, PerSite: 150_00, Cost: 26_00, Reactive: 1,
				Families: []string{"helpdesk", "monitoring", "backup", "endpoint-security", "identity-security", "network", "cloud", "advice"},
			},
		},
	}
}

// Validate checks figures that a person entered.
func (s Settings) Validate() error {
	switch {
	case s.Wage <= 0:
		return fault.NewInvalid("The loaded wage per hour must be above 0.").On("wage")
	case s.Rate <= 0:
		return fault.NewInvalid("The hourly rate must be above 0.").On("rate")
	case s.Tools < 0 || s.MinimumFee < 0:
		return fault.NewInvalid("Costs and fees are 0 or more.").On("tools")
	case !(s.TargetMargin >= 0 && s.TargetMargin <= .9):
		return fault.NewInvalid("The target margin lies between 0 and 90 %%.").On("targetMargin")
	case !(s.HoursWorkstation >= 0 && s.HoursWorkstation <= 10 && s.HoursServer >= 0 && s.HoursServer <= 40):
		return fault.NewInvalid("Maintenance hours lie between 0 and 10 per workstation, 0 and 40 per server.").On("hoursWorkstation")
	case !(s.Escalator >= 0 && s.Escalator <= .5 && s.Onboarding >= 0 && s.Onboarding <= 12):
		return fault.NewInvalid("The escalator lies between 0 and 50 %%, onboarding between 0 and 12 monthly fees.").On("escalator")
	case len(s.Tiers) > 8:
		return fault.NewInvalid("At most 8 tiers; more confuse the clients.").On("tiers")
	}
	for _, t := range s.Tiers {
		if t.Name == "" || t.Code == "" {
			return fault.NewInvalid("Every tier needs a name.").On("tiers")
		}
		if t.PerUser < 0 || t.PerDevice < 0 || t.PerServer < 0 || t.PerSite < 0 || t.Cost < 0 || !(t.Reactive >= 0 && t.Reactive <= 1) {
			return fault.NewInvalid("The prices of %q are 0 or more, its share of reactive hours between 0 and 1.", t.Name).On("tiers")
		}
	}
	return nil
}

// SeatPrice is one published range of prices per seat and month.
type SeatPrice struct {
	Year   int    `json:"year"`
	Low    int64  `json:"low"` // minor units of USD
	High   int64  `json:"high"`
	Code   string `json:"code"` // average, world-class, healthy
	Source string `json:"source"`
}

// SeatPrices is the market: published, in USD, and far apart.
func SeatPrices() []SeatPrice {
	return []SeatPrice{
		{2016, 0, 100_00, "average", "industry benchmark 2016: below $100 is average"},
		{2016, 130_00, 160_00, "world-class", "industry benchmark 2016: $130–160 and more is world class"},
		{2026, 185_00, 250_00, "healthy", "industry benchmark 2026: $185–250 is healthy"},
	}
}

// Guards are what an agreement must say so that its price holds; codes for the pages.
func Guards() []string {
	return []string{"scope-list", "onboarding-fee", "seat-true-up", "quarterly-reprice", "yearly-escalator"}
}
