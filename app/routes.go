// SPDX-License-Identifier: Apache-2.0

package app

import (
	"net/http"
	"net/url"
	"strings"

	devicesapi "mainstay/care/devices/api"
	monitoringapi "mainstay/care/monitoring/api"
	networkapi "mainstay/care/network/api"
	helpdeskapi "mainstay/desk/helpdesk/api"
	helpdeskweb "mainstay/desk/helpdesk/web"
	knowledgeapi "mainstay/desk/knowledge/api"
	knowledgeweb "mainstay/desk/knowledge/web"
	mailroomapi "mainstay/desk/mailroom/api"
	portalapi "mainstay/desk/portal/api"
	portalweb "mainstay/desk/portal/web"
	"mainstay/kit/access"
	accessweb "mainstay/kit/access/web"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	notifyapi "mainstay/kit/notify/api"
	"mainstay/kit/page"
	seriesapi "mainstay/kit/series/api"
	webhookapi "mainstay/kit/webhook/api"
	webhookweb "mainstay/kit/webhook/web"
	"mainstay/kit/wire"
	agreementsapi "mainstay/practice/agreements/api"
	billingapi "mainstay/practice/billing/api"
	billingweb "mainstay/practice/billing/web"
	booksapi "mainstay/practice/books/api"
	catalogueapi "mainstay/practice/catalogue/api"
	catalogueweb "mainstay/practice/catalogue/web"
	clientsapi "mainstay/practice/clients/api"
	clientsweb "mainstay/practice/clients/web"
	journeyapi "mainstay/practice/journey/api"
	journeyweb "mainstay/practice/journey/web"
	paymentsapi "mainstay/practice/payments/api"
	quotesapi "mainstay/practice/quotes/api"
	worklogapi "mainstay/practice/worklog/api"
	worklogweb "mainstay/practice/worklog/web"
)

// router mounts every page and every operation of the API, each with its permission.
func (a *App) router() (*access.Router, error) {
	r, err := access.NewRouter(a.Access, a.Config.Proxies)
	if err != nil {
		return nil, err
	}
	r.Refuse = refuse
	r.Portal = a.Portal.Identify
	a.portalViews = a.portalPages()
	r.Inside = a.inside
	r.HandleFunc("GET /healthz", access.Public, a.health)
	r.HandleFunc("GET /readyz", access.Public, a.health)
	r.Handle("GET /metrics", access.Public, a.Metrics.Handler(a.Config.MetricsKey))
	r.Handle("GET /debug/pprof/{profile}", access.Public, a.Metrics.Profiles(a.Config.MetricsKey))
	r.Handle("GET /assets/", access.Public, page.Assets())
	r.Handle("POST /theme", access.Public, page.SwitchTheme())
	a.mountAgents(r)
	a.mountStart(r)
	a.mountAreas(r)
	a.mountSeries(r)
	if err := a.mountAPI(r); err != nil {
		return nil, err
	}
	r.Handle("/", access.Public, page.NotFound())
	return r, nil
}

// inside makes ready what pages need of their reader. Agents need nothing of it, and thousands may come at once.
func (a *App) inside(next http.Handler) http.Handler {
	personal := page.Personal(a.view)(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == wire.SocketPath || r.URL.Path == wire.EnrolPath {
			next.ServeHTTP(w, r)
			return
		}
		personal.ServeHTTP(w, r)
	})
}

// refuse sends a person to the sign-in page and back afterwards, and tells a program plainly.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	if strings.HasPrefix(r.URL.Path, api.Prefix+"/") {
		api.Refuse(w, err)
		return
	}
	if seriesapi.Owns(r.URL.Path) {
		seriesapi.Refuse(w, err)
		return
	}
	browser := strings.Contains(r.Header.Get("Accept"), "text/html")
	if access.InPortal(r.URL.Path) {
		ofClient := access.From(r.Context()) != nil && access.From(r.Context()).Person != 0
		if browser && r.Method == http.MethodGet && !page.Fragment(r) && !ofClient && (fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.Denied)) {
			http.Redirect(w, r, portalweb.SignInPath(r.URL.RequestURI()), http.StatusSeeOther) //nolint:gosec // a page of this server; what was asked for is a parameter of it
			return
		}
		page.Error(w, r, err)
		return
	}
	if fault.Is(err, fault.Unauthenticated) && browser && r.Method == http.MethodGet && !page.Fragment(r) {
		http.Redirect(w, r, "/sign-in?back="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	page.Error(w, r, err)
}

// mountAreas mounts the pages of the areas.
func (a *App) mountAreas(r *access.Router) {
	a.devicePages().Mount(r)
	a.mountLive(r)
	a.mountWall(r)
	accessweb.Mount(r, a.Access, accessweb.Options{Clock: a.Clock, URL: a.PublicURL(), Secure: a.secure(), Clients: a.tokenClients})
	a.bookPages.Mount(r)
	work := &worklogweb.Handlers{Work: a.Work, Left: a.leftOf}
	work.Mount(r)
	offers := a.quotePages()
	offers.Mount(r)
	(&catalogueweb.Handlers{Catalogue: a.Catalogue, Firm: a.firmPrinter}).Mount(r)
	agreed := a.agreementPages()
	agreed.Mount(r)
	pay := a.paymentPages()
	pay.Mount(r)
	(&billingweb.Handlers{Billing: a.Billing, Agreements: a.Agreements, Clients: a.Clients, Panels: []billingweb.Panel{pay.Panel}, Send: a.Billing.Send}).Mount(r)
	a.insightPages().Mount(r)
	a.vendorPages().Mount(r)
	place := &standing{journey: a.Journey}
	across := &convert{a, place, a.insightService()}
	across.mount(r)
	j := &journeyweb.Handlers{Journey: a.Journey, Clients: a.directory(), Bus: a.Bus, Clock: a.Clock, Filled: a.filled}
	j.Mount(r)
	mail := a.mailPages()
	mail.Mount(r)
	know := &knowledgeweb.Handlers{Knowledge: a.Know, Desk: a.Desk, Clock: a.Clock, URL: a.PublicURL()}
	know.Mount(r)
	desk := &helpdeskweb.Handlers{
		Desk: a.Desk, Clients: a.Clients, Access: a.Access, Blobs: a.Blobs, Bus: a.Bus, Clock: a.Clock, URL: a.PublicURL(), Looked: a.sawTicket,
		Panels: []helpdeskweb.Panel{know.TicketPanel, timePanel(work), a.portalViews.TicketPanel, mail.Panel}, NewPanels: []helpdeskweb.NewPanel{know.NewTicketPanel},
	}
	desk.Mount(r)
	a.alertPages().Mount(r)
	a.discoveryPages().Mount(r)
	services := a.servicePages()
	services.Mount(r)
	a.portalViews.Mount(r)
	(&webhookweb.Handlers{Hooks: a.Webhooks, Events: eventWords, Bus: a.Bus, Clock: a.Clock}).Mount(r)
	a.notices = a.noticePages()
	a.notices.Mount(r)
	(&clientsweb.Handlers{
		Clients: a.Clients, Columns: place.columns(), Side: []clientsweb.Panel{permitted(access.KnowledgeRead, know.ClientPanel)},
		Main: []clientsweb.Panel{permitted(access.TicketsRead, desk.ClientPanel), permitted(access.DevicesRead, a.clientDevices), permitted(access.NetworkRead, services.ClientPanel), permitted(access.AgreementsRead, agreed.ClientPanel), permitted(access.AgreementsRead, offers.ClientPanel), across.panel, permitted(access.JourneyRead, j.Panel), a.portalViews.ClientPanel, a.portalViews.StatusPanel},
	}).Mount(r)
}

// mountAPI mounts the JSON operations of the areas, their description and its page.
func (a *App) mountAPI(r *access.Router) error {
	j := api.New(r, Version)
	(&clientsapi.Handlers{Clients: a.Clients}).Mount(j)
	(&journeyapi.Handlers{Journey: a.Journey}).Mount(j)
	tickets := &helpdeskapi.Handlers{Desk: a.Desk, Blobs: a.Blobs}
	tickets.Mount(j)
	tickets.MountFiles(r)
	mails := &mailroomapi.Handlers{Mail: a.Mail}
	mails.Mount(j)
	mails.MountRaw(r)
	(&knowledgeapi.Handlers{Knowledge: a.Know}).Mount(j)
	(&worklogapi.Handlers{Work: a.Work}).Mount(j)
	(&agreementsapi.Handlers{Agreements: a.Agreements, Keep: a.keepAgreement, Levels: a.levelIDs}).Mount(j)
	(&billingapi.Handlers{Billing: a.Billing}).Mount(j)
	(&paymentsapi.Handlers{Payments: a.Payments}).Mount(j)
	(&catalogueapi.Handlers{Catalogue: a.Catalogue}).Mount(j)
	(&quotesapi.Handlers{Quotes: a.Quotes}).Mount(j)
	(&portalapi.Handlers{Portal: a.Portal, Desk: a.Desk, Zone: a.zone}).Mount(j)
	(&webhookapi.Handlers{Hooks: a.Webhooks}).Mount(j)
	(&devicesapi.Handlers{Devices: a.Devices, Latest: a.latestValues}).Mount(j)
	(&monitoringapi.Handlers{Monitoring: a.Monitoring}).Mount(j)
	(&networkapi.Handlers{Network: a.Network}).Mount(j)
	(&notifyapi.Handlers{Notify: a.Notify, Say: sayNews, Need: access.TicketsRead}).Mount(j)
	describeWebhooks(j)
	rows := &booksapi.Handlers{Books: a.Books}
	rows.Mount(j)
	rows.MountUpload(r)
	description, err := j.OpenAPI()
	if err != nil {
		return err
	}
	r.HandleFunc("GET /api/openapi.json", access.Public, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(description)
	})
	docs := operationsOf(j)
	r.Handle("GET /api/docs", access.SignedIn, page.Handler(func(w http.ResponseWriter, q *http.Request) error {
		return page.Render(w, q, http.StatusOK, apiPage(docs, j.Events()))
	}))
	r.HandleFunc(api.Prefix+"/", access.Public, func(w http.ResponseWriter, _ *http.Request) {
		api.Refuse(w, fault.NewNotFound("There is no such operation. All of them are described at /api/openapi.json."))
	})
	return nil
}
