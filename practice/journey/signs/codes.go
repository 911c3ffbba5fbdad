// SPDX-License-Identifier: Apache-2.0

package signs

// Sign is one of the eight signs. Its score, 0–100, says how strongly it is present.
type Sign string

// The eight signs, break/fix first on each axis.
const (
	ClientDriven  Sign = "client-driven"
	Proactive     Sign = "proactive"
	Spikes        Sign = "revenue-spikes"
	Subscription  Sign = "subscription"
	OnDemand      Sign = "on-demand"
	Comprehensive Sign = "comprehensive"
	Limited       Sign = "limited-interaction"
	Strategic     Sign = "strategic"
)

// Axis is one of the four axes that a break/fix sign and an MSP sign span.
type Axis struct {
	Code     string
	BreakFix Sign
	MSP      Sign
}

// Axes returns the four axes in the order in which they are shown.
func Axes() [4]Axis {
	return [4]Axis{
		{"engage", ClientDriven, Proactive},
		{"price", Spikes, Subscription},
		{"scope", OnDemand, Comprehensive},
		{"relate", Limited, Strategic},
	}
}

// Indicator is the code of one measurement.
type Indicator string

// The indicators. Their order is the order of the table in [Indicators].
const (
	TicketsClient    Indicator = "tickets.client"          // share of tickets that the client started
	HoursReactive    Indicator = "hours.reactive"          // share of hours that were reactive
	HoursEndpoint    Indicator = "hours.endpoint"          // RHEM: reactive hours per endpoint and month
	TicketsEndpoint  Indicator = "tickets.endpoint"        // tickets per endpoint and month
	AssetsMonitored  Indicator = "assets.monitored"        // monitored ÷ known endpoints
	AlertsFirst      Indicator = "alerts.first"            // incidents that an alert started ÷ all incidents
	MaintenanceDone  Indicator = "maintenance.done"        // planned maintenance done on time
	AssetsPatched    Indicator = "assets.patched"          // patch compliance
	RevenueCV        Indicator = "revenue.cv"              // detrended CV of monthly service revenue
	RevenueTop3      Indicator = "revenue.top3"            // share of the top 3 of 12 months
	RevenueRecurring Indicator = "revenue.recurring"       // contracted recurring share r
	RevenueAgreement Indicator = "revenue.agreement"       // revenue share of clients under agreement
	RevenueRetention Indicator = "revenue.retention"       // gross revenue retention of recurring revenue
	RevenueLabour    Indicator = "revenue.labour"          // share of labour revenue by the hour or visit
	TicketsUncovered Indicator = "tickets.uncovered"       // tickets without agreement
	FamiliesCount    Indicator = "families.count"          // service families per client out of 8, by revenue
	FamiliesAttach   Indicator = "families.attach"         // share of clients with a second family
	ClientsRare      Indicator = "clients.rare"            // share of clients billed in only 1–2 of 12 months
	ContactsNone     Indicator = "contacts.none"           // share of clients without planned contact in 90 days
	ReviewsHeld      Indicator = "reviews.held"            // revenue share of clients whose review is on its cadence
	RoadmapLive      Indicator = "roadmap.live"            // revenue share of clients with a live roadmap and budget
	Recommended      Indicator = "recommendations.decided" // share of recommendations decided
	AgreementTerm    Indicator = "agreement.term"          // revenue share of agreements with term left
)

// def says which sign an indicator speaks for and which export measures it.
type def struct {
	code   Indicator
	sign   Sign
	export string
}

// defs is the fixed table of indicators; thresholds are data, this is the model.
var defs = [...]def{
	{TicketsClient, ClientDriven, "tickets"},
	{HoursReactive, ClientDriven, "hours"},
	{HoursEndpoint, ClientDriven, "hours+assets"},
	{TicketsEndpoint, ClientDriven, "tickets+assets"},
	{AssetsMonitored, Proactive, "assets"},
	{AlertsFirst, Proactive, "tickets"},
	{MaintenanceDone, Proactive, "maintenance"},
	{AssetsPatched, Proactive, "assets"},
	{RevenueCV, Spikes, "lines"},
	{RevenueTop3, Spikes, "lines"},
	{RevenueRecurring, Subscription, "lines"},
	{RevenueAgreement, Subscription, "lines"},
	{RevenueRetention, Subscription, "lines"},
	{RevenueLabour, OnDemand, "lines"},
	{TicketsUncovered, OnDemand, "tickets"},
	{FamiliesCount, Comprehensive, "lines"},
	{FamiliesAttach, Comprehensive, "lines"},
	{ClientsRare, Limited, "lines"},
	{ContactsNone, Limited, "contacts"},
	{ReviewsHeld, Strategic, "contacts"},
	{RoadmapLive, Strategic, "roadmaps"},
	{Recommended, Strategic, "recommendations"},
	{AgreementTerm, Strategic, "agreements"},
}

const indicators = len(defs)

// Info describes an indicator of the model.
type Info struct {
	Code   Indicator
	Sign   Sign
	Export string // the export that measures it, parts joined by "+"
}

// Indicators returns the model's indicators in their order.
func Indicators() []Info {
	out := make([]Info, 0, indicators)
	for _, d := range defs {
		out = append(out, Info{d.code, d.sign, d.export})
	}
	return out
}

// index returns the place of an indicator in defs, −1 for an unknown code.
func index(code Indicator) int {
	for i, d := range defs {
		if d.code == code {
			return i
		}
	}
	return -1
}

var at = struct {
	ticketsClient, hoursReactive, hoursEndpoint, ticketsEndpoint, monitored, alerts, maintenance, patched,
	cv, top3, recurring, agreement, retention, labour, uncovered, families, attach, rare, contacts,
	reviews, roadmap, recommended, term int
}{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22}
