// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/search"
)

// commands are what the palette offers besides the menu.
func commands(ctx context.Context, id *access.Identity) page.Hits {
	t := func(key string) string { return locale.T(ctx, key) }
	all := []struct {
		need access.Permission
		hit  page.Hit
	}{
		{access.ClientsWrite, page.Hit{Href: "/clients/new", Icon: "plus", Label: t(locale.Key("New client"))}},
		{access.BooksImport, page.Hit{Href: "/books/import", Icon: "upload", Label: t(locale.Key("Import our exports"))}},
		{access.JourneyRead, page.Hit{Href: "/journey/questions", Icon: "circle-help", Label: t(locale.Key("Questions about our invoices"))}},
		{access.JourneyRead, page.Hit{Href: "/journey/thresholds", Icon: "sliders-horizontal", Label: t(locale.Key("Thresholds and their sources"))}},
		{access.SignedIn, page.Hit{Href: "/account", Icon: "user", Label: t(locale.Key("My account"))}},
		{access.SignedIn, page.Hit{Href: "/api/docs", Icon: "terminal", Label: t(locale.Key("API documentation"))}},
	}
	var out page.Hits
	for _, c := range all {
		if id.May(c.need) {
			c.hit.Hint = t(locale.Key("Command"))
			out = append(out, c.hit)
		}
	}
	return out
}

// hitOf leads from a document of the search to its page.
func hitOf(ctx context.Context, d search.Doc) page.Hit {
	client := "/clients/" + d.Client.String()
	switch d.Kind {
	case "client":
		return page.Hit{Href: client, Icon: "building-2", Label: d.Title, Hint: locale.T(ctx, "Client"), Data: true}
	case "person":
		return page.Hit{Href: client + "#people", Icon: "user", Label: d.Title, Hint: locale.T(ctx, "Person"), Data: true}
	case "note":
		return page.Hit{Href: client + "#notes", Icon: "message-square", Label: d.Title, Hint: locale.T(ctx, "Note"), Data: true}
	}
	return page.Hit{Href: client, Icon: "file-text", Label: d.Title, Hint: locale.T(ctx, "Document"), Data: true}
}
