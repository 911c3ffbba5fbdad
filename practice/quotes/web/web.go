// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of quotes: list, editor and detail for the firm, and the page on which a client's person answers.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/quotes"
)

// Handlers serve the pages of quotes.
type Handlers struct {
	Quotes    *quotes.Service
	Catalogue *catalogue.Service
	Clients   *clients.Service
	Clock     clock.Clock
	// Languages are those in which a quote can be written.
	Language func(context.Context) string // the firm's
	// Agreement and Invoice are addresses of what became of a quote; nil = they have no page.
	Agreement, Invoice func(ids.ID) string
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /quotes", access.AgreementsRead, h.list)
	on("GET /quotes/new", access.AgreementsWrite, h.newForm)
	on("POST /quotes/new", access.AgreementsWrite, h.create)
	on("GET /quotes/{quote}", access.AgreementsRead, h.quote)
	on("GET /quotes/{quote}/edit", access.AgreementsWrite, h.edit)
	on("POST /quotes/{quote}/edit", access.AgreementsWrite, h.save)
	on("GET /quotes/{quote}/proof.pdf", access.AgreementsRead, h.proof)
	on("GET /quotes/{quote}/versions/{revision}/{file}", access.AgreementsRead, h.file)
	on("POST /quotes/{quote}/send", access.AgreementsWrite, h.send)
	on("POST /quotes/{quote}/revise", access.AgreementsWrite, h.revise)
	on("POST /quotes/{quote}/withdraw", access.AgreementsWrite, h.withdraw)
	on("POST /quotes/{quote}/discard", access.AgreementsWrite, h.discard)
	on("POST /quotes/{quote}/retry", access.AgreementsWrite, h.retry)

	on("GET "+quotes.PublicPath+"{token}", access.Public, h.public)
	on("GET "+quotes.PublicPath+"{token}/quote.pdf", access.Public, h.publicFile)
	on("POST "+quotes.PublicPath+"{token}/accept", access.Public, h.accept)
	on("POST "+quotes.PublicPath+"{token}/decline", access.Public, h.decline)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func pathID(r *http.Request) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue("quote"))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

func dayOf(s, field string) (civil.Date, error) {
	if s = strings.TrimSpace(s); s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day.", s).On(field)
	}
	return d, nil
}

func mendable(err error) bool { return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) }

func statusOf(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return page.StatusOf(err)
}

func good(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

func address(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func crumbs(ctx context.Context) []page.Crumb {
	return []page.Crumb{{Label: locale.T(ctx, "Quotes"), Href: "/quotes"}}
}

func quoteURL(id ids.ID) string { return "/quotes/" + id.String() }

func stateName(ctx context.Context, s quotes.State) string {
	switch s {
	case quotes.Draft:
		return locale.T(ctx, "quote::Draft")
	case quotes.Open:
		return locale.T(ctx, "quote::Sent")
	case quotes.Yes:
		return locale.T(ctx, "quote::Accepted")
	case quotes.No:
		return locale.T(ctx, "quote::Declined")
	}
	return locale.T(ctx, "quote::Withdrawn")
}

func stateBadge(ctx context.Context, q *quotes.Quote, today civil.Date) page.Badge {
	if q.Expired(today) {
		return page.Badge{Text: locale.T(ctx, "quote::Expired"), Tone: page.Warn}
	}
	tone := map[quotes.State]page.Tone{quotes.Open: page.Info, quotes.Yes: page.Good, quotes.No: page.Bad}[q.State]
	return page.Badge{Text: stateName(ctx, q.State), Tone: tone}
}

func versionBadge(ctx context.Context, v *quotes.Version) page.Badge {
	switch v.State {
	case quotes.VersionAccepted:
		return page.Badge{Text: locale.T(ctx, "quote::Accepted"), Tone: page.Good}
	case quotes.VersionDeclined:
		return page.Badge{Text: locale.T(ctx, "quote::Declined"), Tone: page.Bad}
	case quotes.VersionReplaced:
		return page.Badge{Text: locale.T(ctx, "quote::Replaced")}
	case quotes.VersionWithdrawn:
		return page.Badge{Text: locale.T(ctx, "quote::Withdrawn")}
	}
	return page.Badge{Text: locale.T(ctx, "quote::Open"), Tone: page.Info}
}
