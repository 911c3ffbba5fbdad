// SPDX-License-Identifier: Apache-2.0

// Package app is the only place that knows everything: it opens the stores, builds the areas, mounts
// their pages and starts their jobs.
package app

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/network"
	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/desk/mailroom"
	"mainstay/desk/portal"
	portalweb "mainstay/desk/portal/web"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clamd"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/money"
	"mainstay/kit/notify"
	notifyweb "mainstay/kit/notify/web"
	"mainstay/kit/search"
	"mainstay/kit/series"
	"mainstay/kit/telemetry"
	"mainstay/kit/webhook"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/books"
	booksweb "mainstay/practice/books/web"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/journey"
	"mainstay/practice/payments"
	"mainstay/practice/quotes"
	"mainstay/practice/vendors"
	"mainstay/practice/worklog"
	"mainstay/schema"
)

// Version is the release; the linker sets it.
var Version = "dev"

// App is an opened installation.
type App struct {
	Config     config.Server
	Log        *slog.Logger
	Clock      clock.Clock
	DB         *db.DB
	IDs        *ids.Source
	Blobs      *blob.Store
	Bus        *bus.Bus
	Jobs       *jobs.Queue
	Search     search.Index
	Values     config.Values
	Access     *access.Service
	Clients    *clients.Service
	Work       *worklog.Service
	Catalogue  *catalogue.Service
	Agreements *agreements.Service
	Billing    *billing.Service
	Quotes     *quotes.Service
	Payments   *payments.Service
	Books      *books.Service
	Vendors    *vendors.Service
	Journey    *journey.Service
	Desk       *helpdesk.Service
	Mail       *mailroom.Service
	Know       *knowledge.Service
	Portal     *portal.Service
	Notify     *notify.Service
	Webhooks   *webhook.Service
	Metrics    *telemetry.Metrics
	Series     series.Store
	Scanner    *clamd.Scanner // nil = nobody scans

	Devices    *devices.Service
	Monitoring *monitoring.Service
	Network    *network.Service
	syslog     *network.Listener // nil = the server itself takes no messages in
	groups     *groupsOf
	checks     checkSeries
	checkLanes checkLanes
	sealer     *access.Sealer
	estate     *estate // nil until OpenEstate
	self       selfAgent
	inventing  sync.Mutex // held while the demo's machines are spoken for, or go
	onlookers  onlookers
	screens    onlookers // on walls, by their link

	release func() // lets go of the data folder
	beside  bool   // another process holds it
	routes  []access.Route

	notices     *notifyweb.Handlers
	bookPages   *booksweb.Handlers // works in the background: Close ends it
	portalViews *portalweb.Handlers
}

// Open opens the data folder that cfg names, making and migrating what is needed. It fails in
// words when another process holds the folder or a newer release wrote it. Close it.
func Open(ctx context.Context, cfg config.Server, log *slog.Logger, c clock.Clock) (*App, error) {
	return open(ctx, cfg, log, c, false)
}

// OpenBeside is Open for an operator's command: a server may hold the folder and goes on meanwhile, provided that it is
// of the same release. Its jobs do what follows from a change.
func OpenBeside(ctx context.Context, cfg config.Server, log *slog.Logger, c clock.Clock) (*App, error) {
	return open(ctx, cfg, log, c, true)
}

func open(ctx context.Context, cfg config.Server, log *slog.Logger, c clock.Clock, mayBeside bool) (a *App, err error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	release, err := cfg.OpenData()
	beside := mayBeside && fault.Is(err, fault.Conflict)
	if beside {
		release, err = func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	a = &App{Config: cfg, Log: log, Clock: c, Bus: &bus.Bus{}, IDs: ids.NewSource(c), self: selfAgent{wake: make(chan struct{}, 1)}, Metrics: telemetry.NewMetrics(Version), release: release, beside: beside}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.DB, err = db.Open(ctx, cfg.DatabaseTarget()); err != nil {
		return a, err
	}
	if err = a.migrate(ctx); err != nil {
		return a, err
	}
	if a.Blobs, err = blob.Open(filepath.Join(cfg.Data, "files")); err != nil {
		return a, err
	}
	if err = a.openSeries(); err != nil {
		return a, err
	}
	return a, a.build(ctx)
}

// migrate brings the schema up to date. Beside a server nothing is changed under its feet.
func (a *App) migrate(ctx context.Context) error {
	if !a.beside {
		_, err := a.DB.Migrate(ctx, schema.Files)
		return err
	}
	current, err := a.DB.Current(ctx, schema.Files)
	if err == nil && !current {
		err = fault.NewConflict("The server that runs on %s is of another release. Use its own program, or stop it first.", a.Config.Data)
	}
	return err
}

func (a *App) build(ctx context.Context) error {
	a.Values = config.Values{DB: a.DB}
	a.Search = search.Index{DB: a.DB}
	a.Jobs = jobs.New(a.DB, a.Clock, a.IDs, a.Log)
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		return err
	}
	sealer, err := a.openSealer(ctx)
	if err != nil {
		return err
	}
	if a.Scanner, err = clamd.Open(a.Config.Clamd); err != nil {
		return err
	}
	breached, err := access.OpenBreached(a.Config.Breached)
	if err != nil {
		return err
	}
	a.Access = access.New(a.DB, a.Clock, a.IDs, sealer, access.Options{
		URL: a.PublicURL(), FirmName: firm.Name,
		OIDCIssuer: a.Config.OIDCIssuer, OIDCClient: a.Config.OIDCClient, OIDCSecret: a.Config.OIDCSecret,
		OIDCName: a.Config.OIDCName, OIDCDomain: a.Config.OIDCDomain,
		Breached: breached, Names: a.clientNames, HeadFile: filepath.Join(a.Config.Data, "audit.head"),
	})
	a.sealer = sealer
	a.Clients = clients.New(a.DB, a.Clock, a.IDs, a.Access, a.Jobs)
	a.Devices = devices.New(devices.Parts{DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Clients: a.Clients, Jobs: a.Jobs, Bus: a.Bus, Log: a.Log})
	a.Jobs.Handle(clients.MergedJob, a.countingMerged) // before the agreements follow: it asks what the client that stays counts
	a.Work = worklog.New(worklog.Parts{
		DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Currency: a.currency, Ticket: a.ticketRef, Cover: a.coverWork,
	})
	a.Catalogue = catalogue.New(catalogue.Parts{DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Currency: a.currency})
	a.buildMoney(firm)
	a.buildPayments(firm, sealer)
	a.Books = books.New(books.Parts{
		DB: a.DB, Clock: a.Clock, IDs: a.IDs, Clients: a.Clients, Access: a.Access, Jobs: a.Jobs, Blobs: a.Blobs, Zone: firm.Location(), OwnTickets: a.ownTickets,
	})
	a.Journey = journey.New(journey.Parts{
		DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Bus: a.Bus, Log: a.Log, Load: a.Books.Ledger,
	})
	a.Desk = helpdesk.New(helpdesk.Parts{
		DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Clients: a.Clients, Jobs: a.Jobs, Bus: a.Bus, Blobs: a.Blobs, Log: a.Log,
		Replied: a.sendReply, Addressees: a.addressees, Solved: a.solvedTicket, Scanner: a.Scanner, Alarmed: a.alarmed, Devices: a.deviceSource(), Agreed: a.levelBy,
	})
	a.Know = knowledge.New(knowledge.Parts{
		DB: a.DB, Clock: a.Clock, Zone: firm.Location(), IDs: a.IDs, Access: a.Access, Clients: a.Clients, Desk: a.Desk, Jobs: a.Jobs, Blobs: a.Blobs, Sealer: sealer, Log: a.Log,
	})
	a.buildMail(sealer)
	a.buildPortal(sealer)
	a.buildNotify()
	a.buildWebhooks(sealer)
	a.buildQuotes()
	a.buildMonitoring(firm.Location())
	a.buildNetwork(firm.Location())
	if err := a.Desk.Prepare(ctx); err != nil {
		return err
	}
	for _, has := range []func(context.Context) (map[ids.ID]bool, error){
		a.Devices.HasClients, a.Network.HasClients, a.Monitoring.HasClients, a.Desk.Clients, a.Know.HasClients, a.Mail.HasClients, a.Portal.HasClients,
		a.Work.HasClients, a.Agreements.HasClients, a.Billing.HasClients, a.Payments.HasClients, a.Vendors.HasClients,
	} {
		a.Clients.Guard(has)
	}
	// What books and clients tell the journey: they may not know it.
	a.Jobs.Handle(books.ChangedJob, func(ctx context.Context, why string) error { return a.stale(ctx, why) })
	a.Agreements.Listen(a.agreed)
	a.Jobs.Handle(clients.MergedJob, a.Work.ClientMerged)
	a.Jobs.Handle(clients.MergedJob, a.Agreements.ClientMerged)
	a.Jobs.Handle(clients.MergedJob, a.Billing.ClientMerged)
	a.Jobs.Handle(clients.MergedJob, a.Quotes.ClientMerged)
	a.Jobs.Handle(worklog.ChangedJob, func(ctx context.Context, _ string) error { return a.stale(ctx, "work") })
	a.Jobs.Handle(clients.RenamedJob, func(ctx context.Context, _ string) error { return a.stale(ctx, "rename") })
	a.bookPages = &booksweb.Handlers{
		Books:    a.Books,
		Currency: a.currency,
		Taken:    func(ctx context.Context) error { return a.Values.Set(ctx, started, "import") }, // the first run is over
	}
	if a.beside {
		return nil // what is half done may be the server's
	}
	return a.Books.Recover(ctx)
}

// ownTickets hands the helpdesk's tickets to the books, which may not know it.
func (a *App) ownTickets(ctx context.Context, client ids.ID, fn func(books.OwnTicket) error) error {
	return a.Desk.Facts(ctx, client, func(f helpdesk.Fact) error {
		origin := books.OriginUnknown
		switch f.Origin {
		case helpdesk.FromClient:
			origin = books.OriginClient
		case helpdesk.FromMonitor:
			origin = books.OriginMonitor
		case helpdesk.FromPlan:
			origin = books.OriginPlanned
		case helpdesk.FromTechnician:
			origin = books.OriginTechnician
		}
		return fn(books.OwnTicket{ID: f.ID, Number: f.Number, Client: f.Client, Opened: f.Opened, Solved: f.Solved, Origin: origin})
	})
}

// stale asks for a new assessment.
func (a *App) stale(ctx context.Context, why string) error {
	return a.DB.Write(ctx, func(tx *sql.Tx) error { return a.Journey.Stale(ctx, tx, why) })
}

// openSealer makes the key of stored secrets only while nobody has an account: later a missing key is an
// error and not a silent new one.
func (a *App) openSealer(ctx context.Context) (*access.Sealer, error) {
	var users int64
	if err := a.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM access_users").Scan(&users); err != nil {
		return nil, err
	}
	return access.OpenSealer(filepath.Join(a.Config.Data, "secret.key"), users == 0)
}

// clientNames are the names that no password may hold: of all clients, whatever their state.
func (a *App) clientNames(ctx context.Context) ([]string, error) {
	var names []string
	for q := (clients.Query{Limit: 500}); ; {
		list, err := a.Clients.List(ctx, access.WholeFirm(), q)
		if err != nil {
			return nil, err
		}
		for _, c := range list.Rows {
			names = append(names, c.Name)
		}
		if q.After = list.Next; q.After == "" {
			return names, nil
		}
	}
}

// currency is the firm's, of rows that name none; "" where it is not known or cannot be read.
func (a *App) currency(ctx context.Context) money.Currency {
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		a.Log.Error("cannot read the firm's settings", "error", err)
	}
	return firm.Currency
}

// Routes lists every route with its permission, once Handler was called.
func (a *App) Routes() []access.Route { return a.routes }

// PublicURL is how browsers reach the server, without a slash at the end.
func (a *App) PublicURL() string { return publicURL(a.Config) }

// Close lets go of everything. It may be called on a half-opened App.
func (a *App) Close() error {
	var err error
	if a.bookPages != nil {
		a.bookPages.Close()
	}
	if a.estate != nil {
		a.estate.close()
	}
	if a.Access != nil {
		err = a.Access.KeepHead(context.Background())
	}
	if a.Series != nil {
		err = errors.Join(err, a.Series.Close())
	}
	if a.DB != nil {
		err = errors.Join(err, a.DB.Close())
	}
	a.release()
	return err
}

// TempDir returns a folder inside the data folder for work in progress, on the same disk.
func (a *App) TempDir() (string, error) {
	dir := filepath.Join(a.Config.Data, "tmp")
	return dir, os.MkdirAll(dir, 0o700)
}
