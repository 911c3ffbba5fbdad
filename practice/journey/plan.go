// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"mainstay/practice/journey/signs"
)

// plan reads the progress of the four steps from the data. What the data cannot
// tell is said to be unknown, with the export or setting that would tell it.
func (a *assessor) plan(r *signs.Result) {
	o := a.out
	measured := map[signs.Indicator]signs.Reading{}
	for _, m := range o.Firm.Indicators {
		measured[m.Code] = m
	}
	// share reads an indicator; down means that less is better.
	share := func(code string, of signs.Indicator, goal float64, down bool) Item {
		m := measured[of]
		it := Item{Code: code, Known: m.Measured, Have: m.Value, Goal: goal, Unit: "share"}
		if !m.Measured {
			if m.Missing != nil {
				it.Need = m.Missing.Export
			}
			return it
		}
		if it.Progress = min(1, m.Value/goal); down {
			it.Progress = min(1, max(0, (1-m.Value)/(1-goal)))
		}
		return it
	}
	var clients, agreed, twoFamilies, measuredReplays int
	for i := range o.Clients {
		c := &o.Clients[i]
		if c.Stand.Months == 0 || c.Name == "" {
			continue
		}
		clients++
		if c.Stand.Agreed {
			agreed++
		}
		if len(c.Families) >= 2 {
			twoFamilies++
		}
		if c.Replay != nil {
			measuredReplays++
		}
	}
	count := func(code string, have, goal int, need string) Item {
		it := Item{Code: code, Known: goal > 0, Have: float64(have), Goal: float64(goal), Unit: "clients", Need: need}
		if it.Known {
			it.Progress, it.Need = min(1, float64(have)/float64(goal)), ""
		}
		return it
	}
	figure := func(code, of string, goal float64) Item {
		it := Item{Code: code, Goal: goal, Unit: "ratio"}
		for _, f := range o.Money {
			if f.Code == of {
				it.Known, it.Have, it.Need, it.Unit = f.Measured, f.Value, f.Need, f.Unit
				if f.Measured {
					it.Progress = min(1, max(0, f.Value/goal))
				}
			}
		}
		return it
	}
	rate := float64(o.Rate)
	o.Plan = []Step{
		step("mindset", share("monitor-everything", signs.AssetsMonitored, .95, false), share("patch-everything", signs.AssetsPatched, .95, false),
			share("alerts-first", signs.AlertsFirst, .5, false), share("maintenance-on-time", signs.MaintenanceDone, .9, false),
			share("less-reactive", signs.HoursReactive, .3, true)),
		step("portfolio", a.tiers(), share("families-wide", signs.FamiliesAttach, .7, false),
			count("clients-two-families", twoFamilies, clients, "lines")),
		step("relationships", count("clients-under-agreement", agreed, clients, "lines"), share("revenue-under-agreement", signs.RevenueAgreement, .8, false),
			share("planned-contact", signs.ContactsNone, .1, true), share("reviews-held", signs.ReviewsHeld, .9, false), share("roadmaps", signs.RoadmapLive, .9, false)),
		step("pricing", share("recurring-share", signs.RevenueRecurring, .6, false), count("clients-priced", measuredReplays, clients, "hours"),
			figure("hourly-rate-of-agreements", "hourly.agreement", rate), share("less-by-the-hour", signs.RevenueLabour, .1, true)),
	}
}

func step(code string, items ...Item) Step {
	s := Step{Code: code, Items: items}
	for _, it := range items {
		if it.Known {
			s.Known++
			s.Progress += it.Progress
		}
	}
	if s.Known > 0 {
		s.Progress /= float64(s.Known)
	}
	return s
}

// tiers counts as done when the firm entered its own tiers: the product's are only a start.
func (a *assessor) tiers() Item {
	it := Item{Code: "tiers-priced", Goal: 3, Unit: "tiers", Need: "tiers"}
	if a.settings.TiersSet {
		it.Known, it.Need = true, ""
		it.Have = float64(len(a.settings.Pricing.Tiers))
		it.Progress = min(1, it.Have/it.Goal)
	}
	return it
}
