// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"

	"mainstay/desk/mailroom"
	"mainstay/kit/config"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/paper"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/insight"
	insightweb "mainstay/practice/insight/web"
	"mainstay/practice/vendors"
	vendorsweb "mainstay/practice/vendors/web"
)

// buildMoney builds the areas of money: agreements, and what bills them.
func (a *App) buildMoney(firm config.Firm) {
	a.Agreements = agreements.New(agreements.Parts{DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Count: a.countLine, Prices: a.Catalogue.Prices, Letters: a.agreementLetters()})
	a.Billing = billing.New(billing.Parts{
		DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Values: a.Values, Blobs: a.Blobs, Clients: a.Clients, Agreements: a.Agreements, Work: a.Work, Look: a.paperLook,
		Post: func(ctx context.Context, tx *sql.Tx, m billing.Mail) error {
			l := mailroom.Letter{To: m.To, Subject: m.Subject, Body: m.Body}
			for _, f := range m.Files {
				l.Files = append(l.Files, mailroom.LetterFile{Ref: f.Ref, Name: f.Name, Type: f.Type, Size: f.Size})
			}
			return a.Mail.Post(ctx, tx, l)
		},
		CanSend: func(ctx context.Context) (bool, error) { return a.Mail.CanSend(ctx) },
		Held: func(ctx context.Context, p locale.Printer, clients []ids.ID) (map[ids.ID]string, error) {
			return a.Vendors.Held(ctx, p, clients)
		},
	})
	a.Vendors = vendors.New(vendors.Parts{
		DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Values: a.Values, Blobs: a.Blobs, Clients: a.Clients, Catalogue: a.Catalogue,
		Count: func(ctx context.Context, client ids.ID, counted string) (int64, bool, error) {
			list, ok, err := a.countOf(ctx, client, counted, "")
			return int64(len(list)), ok, err
		},
	})
}

// paperLook is how the firm's papers look: as its portal.
func (a *App) paperLook(ctx context.Context) paper.Look {
	s, err := a.quoteSender(ctx)
	if err != nil {
		a.Log.Error("cannot read how papers look", "error", err)
		return paper.Look{}
	}
	return paper.Look{Logo: s.Look.Logo, Accent: s.Look.Accent} // name and foot are those of the document
}

func (a *App) insightService() *insight.Service {
	return insight.New(insight.Parts{DB: a.DB, Access: a.Access, Values: a.Values, Agreements: a.Agreements, Billing: a.Billing, Catalogue: a.Catalogue, Work: a.Work, Vendors: a.Vendors})
}

// insightPages shows what recurs and what is left of it.
func (a *App) insightPages() *insightweb.Handlers {
	return &insightweb.Handlers{Insight: a.insightService(), Billing: a.Billing, Clients: a.Clients, Agreements: a.Agreements, Catalogue: a.Catalogue, Currency: a.currency}
}

// vendorPages show what vendors bill beside what agreements do.
func (a *App) vendorPages() *vendorsweb.Handlers {
	return &vendorsweb.Handlers{Vendors: a.Vendors, Clients: a.Clients, Catalogue: a.Catalogue, Agreements: a.Agreements, Currency: a.currency}
}
