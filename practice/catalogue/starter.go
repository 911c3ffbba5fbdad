// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"context"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue/store"
)

// suggestion is an item of the starting portfolio; price and cost are for euros, dollars, pounds and francs.
type suggestion struct {
	code, name, description string
	kind                    Kind
	family                  Family
	unit, label             string
	counts                  Counts
	every                   Interval
	price, cost             string
	pack                    int64 // size of a package; 0 = each
	flat                    bool
}

// suggestions are the starting portfolio. Its figures are orders of magnitude of small providers, to be edited.
func suggestions() []suggestion {
	return []suggestion{
		{"HD-USER", locale.Key("Helpdesk for a user"), locale.Key("Support by phone, mail and remote access on working days."), Services, "helpdesk", "C62", locale.Key("user"), People, Monthly, "35", "14", 0, false},
		{"MON-WS", locale.Key("Monitoring and patching of a workstation"), locale.Key("Monitored around the clock; updates tested and installed."), Services, "monitoring", "C62", locale.Key("workstation"), Devices, Monthly, "9", "2.50", 0, false},
		{"MON-SRV", locale.Key("Monitoring and patching of a server"), locale.Key("Monitored around the clock; updates installed outside working hours."), Services, "monitoring", "C62", locale.Key("server"), Nothing, Monthly, "55", "14", 0, false},
		{"BKP-SRV", locale.Key("Backup of a server"), locale.Key("Daily, encrypted, a copy off site, a restore tested each quarter."), Services, "backup", "C62", locale.Key("server"), Nothing, Monthly, "65", "24", 0, false},
		{"BKP-CLOUD", locale.Key("Backup of a user's cloud data"), locale.Key("Mail, calendar and files, three times a day."), Services, "backup", "C62", locale.Key("user"), People, Monthly, "4.50", "1.60", 0, false},
		{"BKP-100GB", locale.Key("Backup storage"), locale.Key("For each 100 GB begun."), Services, "backup", "E34", locale.Key("GB"), Nothing, Monthly, "9", "0.025", 100, false},
		{"EDR", locale.Key("Endpoint security of a device"), locale.Key("Detection and response, watched around the clock."), Licence, "endpoint-security", "C62", locale.Key("device"), Devices, Monthly, "7.50", "2.80", 0, false},
		{"MAIL-SEC", locale.Key("Mail security for a user"), locale.Key("Filters spam, phishing and malware."), Licence, "identity-security", "C62", locale.Key("mailbox"), People, Monthly, "3.90", "1.40", 0, false},
		{"ID-SEC", locale.Key("Identity protection for a user"), locale.Key("Second factor, single sign-on, leaked passwords reported."), Licence, "identity-security", "C62", locale.Key("user"), People, Monthly, "4.50", "1.70", 0, false},
		{"NET-SITE", locale.Key("Network management of a site"), locale.Key("Firewall, switches and wireless network looked after."), Services, "network", "C62", locale.Key("site"), Sites, Monthly, "95", "28", 0, false},
		{"CLOUD-SRV", locale.Key("Cloud server"), locale.Key("Two cores, 8 GB, 100 GB; looked after by us."), Services, "cloud", "C62", locale.Key("server"), Nothing, Monthly, "140", "72", 0, false},
		{"OFFICE", locale.Key("Office licence for a user"), locale.Key("Mail, office programs and 1 TB of storage."), Licence, "cloud", "C62", locale.Key("user"), Licences, Monthly, "13.90", "11.70", 0, false},
		{"REVIEW", locale.Key("Business review and IT roadmap"), locale.Key("Each quarter: figures, risks, roadmap and budget."), Services, "advice", "C62", "", Nothing, Quarterly, "390", "190", 0, true},
		{"LAB-REMOTE", locale.Key("Remote support"), "", Labour, "helpdesk", "HUR", locale.Key("hour"), Nothing, Once, "115", "48", 0, false},
		{"LAB-SITE", locale.Key("Support on site"), "", Labour, "helpdesk", "HUR", locale.Key("hour"), Nothing, Once, "130", "55", 0, false},
		{"LAB-PROJECT", locale.Key("Project work"), "", Labour, "advice", "HUR", locale.Key("hour"), Nothing, Once, "125", "52", 0, false},
		{"TRAVEL", locale.Key("Travel"), "", Fee, NoFamily, "KMT", locale.Key("kilometre"), Nothing, Once, "0.70", "0.38", 0, false},
		{"ONBOARD", locale.Key("Onboarding for a device"), locale.Key("Documented, monitored, secured and brought up to date."), Fee, NoFamily, "C62", locale.Key("device"), Devices, Once, "75", "45", 0, false},
	}
}

type suggestedLine struct {
	code     string
	optional bool
}

type suggestedPlan struct {
	name, scope, least string
	lines              []suggestedLine
}

func suggestedPlans() []suggestedPlan {
	return []suggestedPlan{
		{
			locale.Key("Basic support"), locale.Key("Your devices are monitored, patched and protected. Support is charged by the hour."), "150",
			[]suggestedLine{{"MON-WS", false}, {"EDR", false}, {"ONBOARD", false}, {"MAIL-SEC", true}, {"BKP-CLOUD", true}},
		},
		{
			locale.Key("plan::Managed"), locale.Key("Everything of Basic support, and the helpdesk for all your people, mail security, backup and the network of each site. Projects are charged apart."), "450",
			[]suggestedLine{{"HD-USER", false}, {"MON-WS", false}, {"EDR", false}, {"MAIL-SEC", false}, {"BKP-CLOUD", false}, {"NET-SITE", false}, {"ONBOARD", false}, {"ID-SEC", true}, {"REVIEW", true}},
		},
		{
			locale.Key("plan::Complete"), locale.Key("Everything of Managed, and identity protection and a business review each quarter with roadmap and budget."), "900",
			[]suggestedLine{{"HD-USER", false}, {"MON-WS", false}, {"EDR", false}, {"MAIL-SEC", false}, {"ID-SEC", false}, {"BKP-CLOUD", false}, {"NET-SITE", false}, {"REVIEW", false}, {"ONBOARD", false}, {"OFFICE", true}, {"CLOUD-SRV", true}},
		},
	}
}

// strength is by how much suggestions are multiplied in currencies of another size.
var strength = map[money.Currency]int64{
	"JPY": 150, "SEK": 11, "NOK": 11, "DKK": 7, "ISK": 140, "PLN": 4, "CZK": 25, "HUF": 400, "RON": 5, "TRY": 40, "INR": 60, "ZAR": 15, "BRL": 5, "MXN": 18, "ARS": 1000, "CLP": 900, "COP": 4000,
	"CNY": 7, "HKD": 8, "TWD": 30, "KRW": 1300, "THB": 33, "PHP": 50, "IDR": 15000, "VND": 24000, "AED": 4, "SAR": 4, "ILS": 4, "UAH": 40,
}

// Start fills an empty catalogue with items over the eight service families and three plans, in the words of p and in currency: suggestions to
// be edited, with prices from today.
func (s *Service) Start(ctx context.Context, p locale.Printer, currency money.Currency) error {
	if !currency.Known() {
		return fault.NewInvalid("%q is not a currency. Enter three letters, such as EUR.", string(currency)).On("currency")
	}
	times := max(1, strength[currency])
	return s.change(ctx, "catalogue.started", "", string(currency), func(q *store.Queries) error {
		n, err := q.CountItems(ctx)
		if err != nil {
			return err
		}
		plans, err := q.Plans(ctx)
		if err != nil {
			return err
		}
		if n > 0 || len(plans) > 0 {
			return fault.NewConflict("The catalogue is not empty any more.")
		}
		made := map[string]Item{}
		for _, x := range suggestions() {
			it, err := s.suggest(ctx, q, p, x, currency, times)
			if err != nil {
				return err
			}
			made[it.Code] = it
		}
		for i, x := range suggestedPlans() {
			plan := Plan{ID: s.p.IDs.New(), Name: p.T(x.name), Tier: i + 1, Scope: p.T(x.scope), Currency: currency, Least: sized(x.least, times), Suggested: true}
			for _, l := range x.lines {
				plan.Lines = append(plan.Lines, Line{Item: made[l.code].ID, Optional: l.optional, Counts: counted(made[l.code]), Quantity: money.Decimal{Coef: 1}})
			}
			if err := plan.clean(); err != nil {
				return err
			}
			if err := s.insertPlan(ctx, q, plan); err != nil {
				return err
			}
		}
		return nil
	})
}

// counted is what a plan's line counts: licences go by people there.
func counted(it Item) Counts {
	if it.Counts == Licences {
		return People
	}
	return it.Counts
}

func (s *Service) suggest(ctx context.Context, q *store.Queries, p locale.Printer, x suggestion, currency money.Currency, times int64) (Item, error) {
	text := func(key string) string {
		if key == "" {
			return ""
		}
		return p.T(key)
	}
	it := Item{
		ID: s.p.IDs.New(), Code: x.code, Name: text(x.name), Description: text(x.description), Kind: x.kind, Family: x.family, Unit: x.unit, UnitLabel: text(x.label), Counts: x.counts,
		Arrears: x.every == Once, Suggested: true,
	}
	if x.every == Once {
		it.Rule = rating.Sum
	}
	price := Price{ID: s.p.IDs.New(), Item: it.ID, Currency: currency, From: s.Today(), Every: x.every, Price: rating.Price{Model: rating.PerUnit, Unit: sized(x.price, times)}}
	switch {
	case x.pack > 0:
		price.Price.Model, price.Price.Size = rating.Package, money.Decimal{Coef: x.pack}
	case x.flat:
		price.Price.Model = rating.Flat
	}
	cost := Cost{ID: s.p.IDs.New(), Item: it.ID, Currency: currency, From: s.Today(), Every: x.every, Unit: sized(x.cost, times)}
	for _, check := range []func() error{it.clean, price.clean, cost.clean} {
		if err := check(); err != nil {
			return it, err
		}
	}
	if err := s.insertItem(ctx, q, it); err != nil {
		return it, err
	}
	if err := s.insertPrice(ctx, q, price); err != nil {
		return it, err
	}
	return it, s.insertCost(ctx, q, cost)
}

// sized is a figure of the starting portfolio in another currency.
func sized(s string, times int64) money.Decimal {
	d, err := money.ParseDecimal(s)
	if err != nil {
		panic("catalogue: the starting portfolio has the figure " + s)
	}
	d.Coef *= times
	return d
}
