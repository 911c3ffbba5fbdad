// SPDX-License-Identifier: Apache-2.0

package app

import (
	"mainstay/kit/config"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/insight"
	insightweb "mainstay/practice/insight/web"
)

// buildMoney builds the areas of money: agreements, and what bills them.
func (a *App) buildMoney(firm config.Firm) {
	a.Agreements = agreements.New(agreements.Parts{DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Count: a.countOf})
	a.Billing = billing.New(billing.Parts{
		DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Values: a.Values, Blobs: a.Blobs, Clients: a.Clients, Agreements: a.Agreements, Work: a.Work,
	})
}

// insightPages shows what recurs and what is left of it.
func (a *App) insightPages() *insightweb.Handlers {
	s := insight.New(insight.Parts{DB: a.DB, Access: a.Access, Values: a.Values, Agreements: a.Agreements, Billing: a.Billing, Catalogue: a.Catalogue, Work: a.Work})
	return &insightweb.Handlers{Insight: s, Billing: a.Billing, Clients: a.Clients, Currency: a.currency}
}
