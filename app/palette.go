// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/search"
	"mainstay/practice/agreements"
	"mainstay/practice/books"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/quotes"
)

// maxHits is how many rows the palette shows.
const maxHits = 20

// find returns what the full-text search finds for ?q=, then the pages and commands whose name has it.
func (a *App) find(r *http.Request) (page.Hits, error) {
	ctx, id := r.Context(), access.From(r.Context())
	typed := strings.TrimSpace(r.URL.Query().Get("q"))
	var hits page.Hits
	if id.May(access.ClientsRead) && typed != "" {
		found, err := a.Search.Find(ctx, scopeOf(id), typed, 12, clients.Kinds...)
		if err != nil {
			return nil, err
		}
		if id.May(access.TicketsRead) {
			tickets, err := a.Search.Find(ctx, scopeOf(id), typed, 8, helpdesk.SearchKind)
			if err != nil {
				return nil, err
			}
			found = append(found[:min(len(found), 8)], tickets...)
		}
		if id.May(access.KnowledgeRead) {
			written, err := a.Search.Find(ctx, scopeOf(id), typed, 6, append(knowledge.ArticleKinds(), knowledge.RecordKind)...)
			if err != nil {
				return nil, err
			}
			found = append(found[:min(len(found), 12)], written...)
		}
		for _, d := range found {
			hits = append(hits, hitOf(ctx, d))
		}
	}
	if typed != "" {
		money, err := a.findMoney(ctx, id, typed)
		if err != nil {
			return nil, err
		}
		machines, err := a.findDevices(ctx, id, typed)
		if err != nil {
			return nil, err
		}
		services, err := a.findServices(ctx, id, typed)
		if err != nil {
			return nil, err
		}
		money = append(append(money, machines...), services...)
		hits = append(hits[:min(len(hits), max(maxHits-len(money), 0))], money...)
	}
	named := func(label string) bool { return strings.Contains(strings.ToLower(label), strings.ToLower(typed)) }
	for _, s := range a.menu(ctx, id) {
		for _, l := range s.Links {
			if named(l.Label) {
				hits = append(hits, page.Hit{Href: l.Href, Icon: l.Icon, Label: l.Label, Hint: locale.T(ctx, "Go to")})
			}
		}
	}
	for _, c := range commands(ctx, id) {
		if named(c.Label) {
			hits = append(hits, c)
		}
	}
	hits = hits[:min(len(hits), maxHits)]
	if id.May(access.BooksRead) && typed != "" {
		found, err := a.findInBooks(ctx, id, typed)
		if err != nil {
			return nil, err
		}
		hits = append(hits, found...)
	}
	return append(hits, inBooks(ctx, id, typed)...), nil
}

// mostMoney is how many agreements, quotes and items of the catalogue are found each.
const mostMoney = 4

// findMoney returns agreements, quotes and items of the catalogue that have the words in what names them.
func (a *App) findMoney(ctx context.Context, id *access.Identity, typed string) (out page.Hits, err error) {
	if id.May(access.AgreementsRead) {
		list, err := a.Agreements.List(ctx, id.Scope(), agreements.Query{Text: typed, Limit: mostMoney})
		if err != nil {
			return nil, err
		}
		for _, x := range list.Rows {
			out = append(out, page.Hit{Href: "/agreements/" + x.ID.String(), Icon: "handshake", Label: x.Number + " " + x.Name, Hint: locale.T(ctx, "Agreement"), Of: x.ClientName, Data: true})
		}
	}
	if id.May(access.AgreementsRead) && id.Scope().All() {
		list, err := a.Quotes.List(ctx, quotes.Filter{Text: typed, Limit: mostMoney})
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			out = append(out, page.Hit{Href: "/quotes/" + x.ID.String(), Icon: "file-text", Label: x.Number + " " + x.Title, Hint: locale.T(ctx, "Quote"), Data: true})
		}
	}
	if id.May(access.CatalogueRead) {
		list, err := a.Catalogue.Items(ctx, catalogue.Filter{Text: typed, Limit: mostMoney})
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			out = append(out, page.Hit{Href: "/catalogue/items/" + x.ID.String(), Icon: "package", Label: x.Name, Hint: locale.T(ctx, "Catalogue"), Data: true})
		}
	}
	return out, nil
}

// findDevices returns machines of the estate by what names them.
func (a *App) findDevices(ctx context.Context, id *access.Identity, typed string) (page.Hits, error) {
	if !id.May(access.DevicesRead) {
		return nil, nil
	}
	list, err := a.Devices.Search(ctx, id.Scope(), 0, typed, mostMoney)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var owners []ids.ID
	for _, d := range list {
		owners = append(owners, d.Client)
	}
	names, err := a.Clients.Names(ctx, id.Scope(), owners...)
	if err != nil {
		return nil, err
	}
	out := make(page.Hits, len(list))
	for i, d := range list {
		out[i] = page.Hit{Href: "/devices/" + d.ID.String(), Icon: "monitor", Label: d.Name, Hint: locale.T(ctx, "Device"), Of: names[d.Client], Data: true}
	}
	return out, nil
}

func scopeOf(id *access.Identity) search.Scope {
	return search.Scope{All: id.Scope().All(), Client: id.Scope().Client()}
}

// findInBooks returns invoices, tickets, devices and hours that have the words.
func (a *App) findInBooks(ctx context.Context, id *access.Identity, typed string) (page.Hits, error) {
	found, err := a.Search.Find(ctx, scopeOf(id), typed, 8, books.BookKinds...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	owners := make([]ids.ID, len(found))
	for i, d := range found {
		owners[i] = d.Client
	}
	names, err := a.Clients.Names(ctx, id.Scope(), owners...)
	if err != nil {
		return nil, err
	}
	out := make(page.Hits, len(found))
	for i, d := range found {
		out[i] = bookHit(ctx, d, names[d.Client])
	}
	return out, nil
}

// bookHit leads from a document of the books to the list of its rows.
func bookHit(ctx context.Context, d search.Doc, client string) page.Hit {
	list, icon, q, hint := "/books/lines", "receipt-text", d.Title, locale.T(ctx, "Invoice line")
	switch d.Kind {
	case books.BookInvoice:
		hint = locale.T(ctx, "Invoice")
	case books.BookTicket:
		list, icon, hint = "/books/tickets", "ticket", locale.T(ctx, "Ticket")
		if d.Body != "" {
			q = d.Body
		}
	case books.BookHours:
		list, icon, hint = "/books/hours", "clock", locale.T(ctx, "Time entry")
	case books.BookDevice:
		list, icon, hint = "/books/assets", "laptop", locale.T(ctx, "Device")
	}
	address := url.Values{"q": {q}}
	if d.Client != 0 {
		address.Set("client", d.Client.String())
	}
	return page.Hit{Href: list + "?" + address.Encode(), Icon: icon, Label: d.Title, Hint: hint, Of: client, Data: true}
}

// inBooks offers to look for what was typed anywhere in the rows of the books, also within words.
func inBooks(ctx context.Context, id *access.Identity, typed string) (out page.Hits) {
	if typed == "" || !id.May(access.BooksRead) {
		return nil
	}
	q := "?q=" + url.QueryEscape(typed)
	for _, list := range []struct{ path, icon, label string }{
		{"/books/lines", "receipt-text", locale.T(ctx, "Invoice lines with these words")},
		{"/books/tickets", "ticket", locale.T(ctx, "Tickets with these words")},
		{"/books/hours", "clock", locale.T(ctx, "Time entries with these words")},
		{"/books/assets", "laptop", locale.T(ctx, "Devices with these words")},
	} {
		out = append(out, page.Hit{Href: list.path + q, Icon: list.icon, Label: list.label, Hint: locale.T(ctx, "Books")})
	}
	return out
}

// commands are what the palette offers besides the menu.
func commands(ctx context.Context, id *access.Identity) page.Hits {
	t := func(key string) string { return locale.T(ctx, key) }
	all := []struct {
		need access.Permission
		hit  page.Hit
	}{
		{access.TicketsWrite, page.Hit{Href: "/tickets/new", Icon: "plus", Label: t(locale.Key("New ticket"))}},
		{access.KnowledgeWrite, page.Hit{Href: "/knowledge/new", Icon: "plus", Label: t(locale.Key("New article"))}},
		{access.SecretsWrite, page.Hit{Href: "/credentials/new", Icon: "plus", Label: t(locale.Key("New credential"))}},
		{access.SecretsRead, page.Hit{Href: "/shares", Icon: "share-2", Label: t(locale.Key("Send a text by a link that opens once"))}},
		{access.KnowledgeWrite, page.Hit{Href: "/expiring/new", Icon: "plus", Label: t(locale.Key("New entry of what runs out"))}},
		{access.ClientsWrite, page.Hit{Href: "/clients/new", Icon: "plus", Label: t(locale.Key("New client"))}},
		{access.DevicesWrite, page.Hit{Href: "/devices/enrol", Icon: "plus", Label: t(locale.Key("Enrol devices"))}},
		{access.DevicesWrite, page.Hit{Href: "/devices/import", Icon: "upload", Label: t(locale.Key("Import devices"))}},
		{access.NetworkWrite, page.Hit{Href: "/services/new", Icon: "plus", Label: t(locale.Key("Watch something"))}},
		{access.AlertsRead, page.Hit{Href: "/wallboard", Icon: "monitor", Label: t(locale.Key("Wallboard"))}},
		{access.WorklogWrite, page.Hit{Href: "/time/timer", Icon: "timer", Label: t(locale.Key("Start, switch or stop the timer"))}},
		{access.WorklogWrite, page.Hit{Href: "/time/entries/new", Icon: "clock", Label: t(locale.Key("Enter time"))}},
		{access.AgreementsWrite, page.Hit{Href: "/quotes/new", Icon: "plus", Label: t(locale.Key("New quote"))}},
		{access.AgreementsWrite, page.Hit{Href: "/agreements/new", Icon: "plus", Label: t(locale.Key("New agreement"))}},
		{access.AgreementsWrite, page.Hit{Href: "/agreements/prices", Icon: "sliders-horizontal", Label: t(locale.Key("Price changes"))}},
		{access.BooksImport, page.Hit{Href: "/books/import", Icon: "upload", Label: t(locale.Key("Import our exports"))}},
		{access.JourneyRead, page.Hit{Href: "/journey/questions", Icon: "circle-help", Label: t(locale.Key("Questions about our invoices"))}},
		{access.JourneyRead, page.Hit{Href: "/journey/thresholds", Icon: "sliders-horizontal", Label: t(locale.Key("Thresholds and their sources"))}},
		{access.SignedIn, page.Hit{Href: "/notices", Icon: "bell", Label: t(locale.Key("Notifications"))}},
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
	if d.Kind == helpdesk.SearchKind {
		number, _, _ := strings.Cut(d.Body, " ")
		return page.Hit{Href: "/tickets/" + number, Icon: "ticket", Label: d.Title, Hint: locale.T(ctx, "Ticket %s", number), Data: true}
	}
	switch d.Kind {
	case knowledge.ArticleKind, knowledge.GuideKind:
		return page.Hit{Href: knowledge.Address(d.Ref), Icon: "lightbulb", Label: d.Title, Hint: locale.T(ctx, "Article"), Data: true}
	case knowledge.DocumentKind, knowledge.HandoutKind:
		return page.Hit{Href: knowledge.Address(d.Ref), Icon: "file-text", Label: d.Title, Hint: locale.T(ctx, "Document"), Data: true}
	case knowledge.RecordKind:
		return page.Hit{Href: knowledge.RecordAddress(d.Ref), Icon: "hourglass", Label: d.Title, Hint: locale.T(ctx, "What runs out"), Data: true}
	case "client":
		return page.Hit{Href: client, Icon: "building-2", Label: d.Title, Hint: locale.T(ctx, "Client"), Data: true}
	case "person":
		return page.Hit{Href: client + "#people", Icon: "user", Label: d.Title, Hint: locale.T(ctx, "Person"), Data: true}
	case "site":
		return page.Hit{Href: client + "#sites", Icon: "map-pin", Label: d.Title, Hint: locale.T(ctx, "Site"), Data: true}
	case "note":
		return page.Hit{Href: client + "#notes", Icon: "message-square", Label: d.Title, Hint: locale.T(ctx, "Note"), Data: true}
	}
	return page.Hit{Href: client, Icon: "file-text", Label: d.Title, Hint: locale.T(ctx, "Document"), Data: true}
}
