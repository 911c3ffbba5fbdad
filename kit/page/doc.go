// SPDX-License-Identifier: Apache-2.0

// Package page is how the product looks and behaves in a browser: the shell
// around every page, the components that pages are made of, and the assets.
//
// # A page in an area
//
//	// practice/clients/web/list.go
//	func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
//		found, err := h.clients.List(r.Context(), …)
//		if err != nil {
//			return err // a fault becomes its error page
//		}
//		return page.Render(w, r, http.StatusOK, listPage(found))
//	}
//	mux.Handle("GET /clients", page.Handler(h.list))
//
//	// practice/clients/web/list.templ
//	templ listPage(found clients.List) {
//		@page.Shell(page.Title{Text: locale.T(ctx, "Clients")}) {
//			@page.Head(page.Heading{Text: locale.T(ctx, "Clients")}) {
//				@page.Button{Label: locale.T(ctx, "New client"), Icon: "plus", Kind: page.Primary, Href: "/clients/new"}
//			}
//			@page.Table(page.TableHead{Caption: locale.T(ctx, "Clients"), Columns: []page.Column{
//				{Label: locale.T(ctx, "Name"), Sort: "?sort=name", Dir: page.Ascending},
//				{Label: locale.T(ctx, "Revenue"), Num: true},
//				{Label: locale.T(ctx, "Sites"), Num: true, Wide: true},
//			}}) {
//				for _, c := range found.Rows {
//					<tr>
//						<td><a href={ c.URL() } translate="no" data-open>{ c.Name }</a></td>
//						<td class="num">{ locale.From(ctx).Money(c.Revenue, c.Currency) }</td>
//						<td class="num wide">{ locale.From(ctx).Number(c.Sites) }</td>
//					</tr>
//				}
//			}
//			@page.Pager{Older: found.Next}
//		}
//	}
//
// Components without content of their own are structs used as they stand
// (@page.Button{…}, @page.Field{…}, @page.Badge{…}); those that wrap something are
// functions that take a struct (@page.Card(page.CardHead{…}) { … }). Every text that goes into a
// component is already in the reader's language. What a person typed is marked
// translate="no" (or by the component's Data field), so that the pseudo-locale test can tell it
// from a hard-wired text.
//
// Charts are in [mainstay/kit/page/chart].
//
// # What the application sets up
//
//	mux.Handle("GET /assets/", page.Assets())
//	mux.Handle("POST /theme", page.SwitchTheme())
//	handler := page.Secure(page.Personal(viewOf)(mux))   // viewOf makes the View of a request
//
// # Rules of the house
//
// No inline script, no inline style, no style attribute: the
// content security policy of [Secure] refuses them. Colours are classes; lengths that depend
// on data are SVG geometry. Everything can be read, and every form sent, without
// JavaScript. Areas that need a rule of style of their own put it into
// assets/css/70-AREA.css, small behaviours into a module of their own in assets/js that app.js imports.
//
// Classes that pages may use directly: .stack and .stack-l (vertical rhythm), .cols (wide and narrow
// column), .halves, .thirds, .row (inline group), .right, .muted, .faint, .strong, .num (numbers, right aligned),
// .wide (hidden on narrow screens), .nowrap, .clip (ellipsis), .sr (screen reader only), .prose (running
// text), .list, .facts (definition list).
package page
