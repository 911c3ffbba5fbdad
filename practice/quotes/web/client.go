// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/quotes"
)

// onPanel is how many quotes a client's page shows.
const onPanel = 8

// ClientPanel shows a client's quotes on the client's page; nil where there is nothing to see.
func (h *Handlers) ClientPanel(ctx context.Context, client ids.ID) (templ.Component, error) {
	list, err := h.Quotes.List(ctx, quotes.Filter{Client: client, Limit: onPanel + 1})
	if err != nil || len(list) == 0 && !may(ctx, access.AgreementsWrite) {
		return nil, err
	}
	more := ""
	if len(list) > onPanel {
		list, more = list[:onPanel], address("/quotes", "client", client.String())
	}
	return clientPanel(client, list, more, h.Quotes.Today()), nil
}

// newFor is the way to a new quote for a client; none for those who may not write one.
func newFor(ctx context.Context, client ids.ID) page.Button {
	if !may(ctx, access.AgreementsWrite) {
		return page.Button{}
	}
	return page.Button{Label: locale.T(ctx, "New quote"), Icon: "plus", Small: true, Kind: page.Ghost, Href: address("/quotes/new", "client", client.String())}
}

// amountsOf says what a quote comes to in a month and once.
func amountsOf(ctx context.Context, q *quotes.Quote) (out []string) {
	p := locale.From(ctx)
	if q.Month != 0 || q.Once == 0 {
		out = append(out, p.Money(q.Month, q.Currency)+" "+p.T("per month"))
	}
	if q.Once != 0 {
		out = append(out, p.Money(q.Once, q.Currency)+" "+p.T("once"))
	}
	return out
}
