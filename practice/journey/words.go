// SPDX-License-Identifier: Apache-2.0

package journey

import "mainstay/kit/locale"

// words are the names of the model's codes in English, the keys of kit/locale.
var words = map[string]string{
	// Verdicts and sides.
	"breakfix": locale.Key("break/fix"), "hybrid": locale.Key("hybrid"), "msp": locale.Key("MSP"),
	// Axes.
	"engage": locale.Key("Engage"), "price": locale.Key("Price"), "scope": locale.Key("Scope"), "relate": locale.Key("Relate"),
	// Signs.
	"client-driven": locale.Key("client-driven engagement"), "proactive": locale.Key("proactive service delivery"),
	"revenue-spikes": locale.Key("revenue spikes"), "subscription": locale.Key("subscription-based pricing"),
	"on-demand": locale.Key("on-demand services"), "comprehensive": locale.Key("comprehensive service offering"),
	"limited-interaction": locale.Key("limited client interaction"), "strategic": locale.Key("strategic client relationships"),
	// Indicators.
	"tickets.client": locale.Key("tickets started by the client"), "hours.reactive": locale.Key("reactive share of hours"),
	"hours.endpoint": locale.Key("reactive hours per endpoint and month"), "tickets.endpoint": locale.Key("tickets per endpoint and month"),
	"assets.monitored": locale.Key("endpoints monitored"), "alerts.first": locale.Key("incidents an alert noticed first"),
	"maintenance.done": locale.Key("planned maintenance done on time"), "assets.patched": locale.Key("endpoints patched"),
	"revenue.cv": locale.Key("ups and downs of monthly revenue"), "revenue.top3": locale.Key("share of the 3 best months"),
	"revenue.recurring": locale.Key("recurring share of revenue"), "revenue.agreement": locale.Key("revenue of clients under agreement"),
	"revenue.retention": locale.Key("recurring revenue kept from the year before"), "revenue.labour": locale.Key("revenue by the hour or visit"),
	"tickets.uncovered": locale.Key("tickets without an agreement"), "families.count": locale.Key("service families per client, of 8"),
	"families.attach": locale.Key("clients with a second service family"), "clients.rare": locale.Key("clients billed in 1–2 of 12 months"),
	"contacts.none": locale.Key("clients without planned contact"), "reviews.held": locale.Key("reviews held on their cadence"),
	"roadmap.live": locale.Key("clients with a live roadmap and budget"), "recommendations.decided": locale.Key("recommendations decided"),
	"agreement.term": locale.Key("agreements with term left"), "position": locale.Key("position"),
	// Kinds of revenue.
	"undecided": locale.Key("not decided"), "recurring": locale.Key("recurring"), "project": locale.Key("projects"),
	"labour": locale.Key("time and materials"), "prepaid": locale.Key("prepaid hours"), "resale": locale.Key("resale"),
	// Exports and settings that would measure something.
	"lines": locale.Key("invoices with their lines"), "tickets": locale.Key("tickets with their source"), "hours": locale.Key("time entries by client"),
	"assets": locale.Key("devices by client"), "hours+assets": locale.Key("time entries and devices by client"),
	"tickets+assets": locale.Key("tickets and devices by client"), "lines+assets": locale.Key("invoices and devices by client"),
	"contacts": locale.Key("planned contacts and reviews"), "maintenance": locale.Key("a maintenance schedule"), "roadmaps": locale.Key("roadmaps and budgets"),
	"recommendations": locale.Key("recommendations and decisions"), "agreements": locale.Key("agreements with their term"),
	"tiers": locale.Key("your tiers and their prices"), "wages": locale.Key("your technicians' wages"), "hours+wage": locale.Key("time entries and your cost of an hour"),
	// Why a stream is counted as it is.
	"answer": locale.Key("you said so"), "told": locale.Key("the export says so"), "template": locale.Key("a recurring template"),
	"words": locale.Key("its words"), "same-amount": locale.Key("the same amount again and again"), "near-amount": locale.Key("nearly the same amount, and its words"),
	"conflict": locale.Key("its words say both"), "cadence": locale.Key("regular, but that is not a subscription"), "nothing": locale.Key("nothing tells"),
	"agreement": locale.Key("an agreement, by its terms"),
	// Money figures.
	"concentration.top": locale.Key("largest client"), "concentration.top5": locale.Key("five largest clients"),
	"recurring.share": locale.Key("recurring share"), "retention.net": locale.Key("net revenue retention"), "churn": locale.Key("clients lost in a year"),
	"rate.hourly": locale.Key("hourly rate billed"), "hourly.agreement": locale.Key("effective hourly rate of agreements"),
	"fee.load": locale.Key("fee ÷ (hours × rate)"), "margin.service": locale.Key("service margin"), "revenue.wages": locale.Key("revenue ÷ wages"),
	"price.seat": locale.Key("fee per endpoint and month"), "value.kinds": locale.Key("rough firm value by kind of revenue"),
	// Bands of money figures.
	"none": locale.Key("none"), "mild": locale.Key("mild"), "material": locale.Key("material"), "severe": locale.Key("severe"),
	"low": locale.Key("low"), "mixed": locale.Key("mixed"), "good": locale.Key("good"), "best-in-breed": locale.Key("best in breed"),
	"shrinking": locale.Key("shrinking"), "holding": locale.Key("holding"), "growing": locale.Key("growing"), "excellent": locale.Key("excellent"),
	"usual": locale.Key("usual"), "bad": locale.Key("bad"), "below-rate": locale.Key("below your rate"), "at-rate": locale.Key("at your rate or above"),
	"too-cheap": locale.Key("too cheap"), "sound": locale.Key("sound"), "dear": locale.Key("dear"), "target": locale.Key("at the target"),
	// Steps of the plan and what they are made of.
	"mindset": locale.Key("Mindset"), "portfolio": locale.Key("Portfolio"), "relationships": locale.Key("Relationships"), "pricing": locale.Key("Pricing"),
	"monitor-everything": locale.Key("monitor every endpoint"), "patch-everything": locale.Key("patch every endpoint"), "alerts-first": locale.Key("let alerts start the work"),
	"maintenance-on-time": locale.Key("do planned maintenance on time"), "less-reactive": locale.Key("spend fewer hours reacting"),
	"tiers-priced": locale.Key("three tiers with prices"), "families-wide": locale.Key("a second service family for most clients"),
	"clients-two-families": locale.Key("clients with two families or more"), "clients-under-agreement": locale.Key("clients under agreement"),
	"revenue-under-agreement": locale.Key("revenue under agreement"), "planned-contact": locale.Key("planned contact every quarter"),
	"reviews-held": locale.Key("hold the reviews"), "recurring-share": locale.Key("recurring revenue"),
	"clients-priced": locale.Key("clients with a price from their own year"), "hourly-rate-of-agreements": locale.Key("agreements earn the hourly rate"),
	"less-by-the-hour": locale.Key("bill less by the hour"),
	// Why to talk to a client.
	"steady": locale.Key("buys steadily"), "near": locale.Key("fee near its own spending"), "size": locale.Key("share of your revenue"),
	"spiky": locale.Key("worst month against a usual one"), "gain": locale.Key("margin a year"), "few-months": locale.Key("buys rarely"),
	"hours-at-stake": locale.Key("reactive hours a year"), "endpoints-unknown": locale.Key("its devices are not known"),
}

// Word returns the English name of a code of the model, the key of its translation; a code
// without a name stays as it is.
func Word(code string) string {
	if w, ok := words[code]; ok {
		return w
	}
	return code
}
