// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// What a wall shows at most: what can be read from five metres.
const (
	wallTiles  = 12
	wallAlerts = 6
)

// wall is what a screen on the wall shows.
type wall struct {
	at                time.Time
	critical, warning int64 // alerts that make noise and nobody has taken
	taken             int64 // acknowledged or put off
	silenced          int64
	down, devices     int
	fresh             int // tickets that nobody has begun
	late              int // with a broken promise
	soon              int // with a promise of the next hour
	tickets           bool
	services, failing int // watched from outside; 0 = nobody watches any
	tiles             []wallTile
	more              int // clients in trouble beyond the tiles
	alerts            []wallAlert
	clients           int
	stream            string // of the page
	path              string
	title             string
}

type wallTile struct {
	name                             string
	critical, warning, down, failing int
}

type wallAlert struct {
	level         int
	title, device string
	client        string
	began         time.Time
}

// wallFor is whose state a wall shows, and how.
type wallFor struct {
	scope   access.Scope
	names   bool
	tickets bool
}

// wallOf reads what a wall shows.
func (a *App) wallOf(ctx context.Context, f wallFor) (*wall, error) {
	w := &wall{at: a.Clock.Now(), tickets: f.tickets}
	if err := a.wallNumbers(ctx, f, w); err != nil {
		return nil, err
	}
	open, err := a.Monitoring.OpenByDevice(ctx, f.scope)
	if err != nil {
		return nil, err
	}
	all, err := a.Devices.Find(ctx, f.scope, 0, devices.Query{})
	if err != nil {
		return nil, err
	}
	now := a.Devices.Now()
	of := map[ids.ID]*wallTile{}
	for _, d := range all {
		t := of[d.Client]
		if t == nil {
			t = &wallTile{}
			of[d.Client] = t
		}
		w.devices++
		if d.StateAt(now) == devices.StateOffline {
			w.down++
			t.down++
		}
		t.warning += open[d.ID][0]
		t.critical += open[d.ID][1]
	}
	if w.services, w.failing, err = a.watchedServices(ctx, f.scope, of); err != nil {
		return nil, err
	}
	w.clients = len(of)
	if err := a.wallTiles(ctx, f, w, of); err != nil {
		return nil, err
	}
	return w, a.wallAlerts(ctx, f, w)
}

// wallNumbers fills in the numbers that are counted.
func (a *App) wallNumbers(ctx context.Context, f wallFor, w *wall) (err error) {
	yes, no := true, false
	count := func(q monitoring.Query) (n int64) {
		if err == nil {
			n, err = a.Monitoring.Count(ctx, f.scope, q)
		}
		return n
	}
	w.critical = count(monitoring.Query{States: []monitoring.State{monitoring.Open}, Level: 2, Silenced: &no})
	w.warning = count(monitoring.Query{States: []monitoring.State{monitoring.Open}, Silenced: &no}) - w.critical
	w.taken = count(monitoring.Query{States: []monitoring.State{monitoring.Acknowledged, monitoring.Snoozed}})
	w.silenced = count(monitoring.Query{States: []monitoring.State{monitoring.Open}, Silenced: &yes})
	if err != nil || !f.tickets {
		return err
	}
	going := []helpdesk.State{helpdesk.StateNew, helpdesk.StateOpen, helpdesk.StateWaiting}
	n, err := a.Desk.Count(ctx, f.scope, helpdesk.Query{States: []helpdesk.State{helpdesk.StateNew}}, helpdesk.Query{States: going, Late: true}, helpdesk.Query{States: going, DueBefore: w.at.Add(time.Hour)})
	if err == nil {
		w.fresh, w.late, w.soon = n[0], n[1], n[2]
	}
	return err
}

// wallTiles are the clients in trouble, the worst first.
func (a *App) wallTiles(ctx context.Context, f wallFor, w *wall, of map[ids.ID]*wallTile) error {
	var list []ids.ID
	for id, t := range of {
		if t.critical+t.warning+t.down+t.failing > 0 {
			list = append(list, id)
		}
	}
	names, err := a.Clients.Names(ctx, f.scope, list...)
	if err != nil {
		return err
	}
	worth := func(id ids.ID) int { t := of[id]; return t.critical*10_000 + (t.down+t.failing)*100 + t.warning }
	slices.SortFunc(list, func(x, y ids.ID) int {
		return cmp.Or(cmp.Compare(worth(y), worth(x)), strings.Compare(names[x], names[y]))
	})
	for i, id := range list {
		if i == wallTiles {
			w.more = len(list) - i
			break
		}
		t := *of[id]
		if f.names {
			t.name = names[id]
		}
		w.tiles = append(w.tiles, t)
	}
	return nil
}

// wallAlerts are the newest alerts that nobody has taken.
func (a *App) wallAlerts(ctx context.Context, f wallFor, w *wall) error {
	no := false
	list, _, err := a.Monitoring.Alerts(ctx, f.scope, monitoring.Query{States: []monitoring.State{monitoring.Open}, Silenced: &no, Limit: wallAlerts})
	if err != nil {
		return err
	}
	var of []ids.ID
	for _, x := range list {
		of = append(of, x.Client)
	}
	names, err := a.Clients.Names(ctx, f.scope, of...)
	if err != nil {
		return err
	}
	words := a.Monitoring.WordsFor(ctx)
	for _, x := range list {
		one := wallAlert{level: int(x.Level), title: words.Name(x.Watch), began: x.Began}
		if f.names {
			one.title, one.device, one.client = words.Title(x), x.Name, names[x.Client]
		}
		w.alerts = append(w.alerts, one)
	}
	return nil
}

// calm reports whether nothing asks for anybody.
func (w *wall) calm() bool {
	return w.critical+w.warning == 0 && w.down == 0 && w.late == 0 && w.failing == 0
}

// mountWall mounts the wallboard: for who is signed in, and for screens with a link of their own.
func (a *App) mountWall(r *access.Router) {
	on := func(pattern string, p access.Permission, fn func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, p, page.Handler(fn))
	}
	on("GET /wallboard", access.AlertsRead, a.wallPage)
	on("GET /wallboard/live", access.AlertsRead, a.wallLive)
	on("GET /wallboard/links", access.AlertsRules, a.wallLinks)
	on("POST /wallboard/links", access.AlertsRules, a.makeWallLink)
	on("POST /wallboard/links/{link}/revoke", access.AlertsRules, a.dropWallLink)
	on("GET /wall/{token}", access.Public, a.wallByLink)
	on("GET /wall/{token}/live", access.Public, a.wallLiveByLink)
}

func (a *App) wallPage(w http.ResponseWriter, r *http.Request) error {
	id := access.From(r.Context())
	return a.showWall(w, r, wallFor{id.Scope(), true, id.May(access.TicketsRead)}, "/wallboard", locale.T(r.Context(), "Wallboard"))
}

func (a *App) wallByLink(w http.ResponseWriter, r *http.Request) error {
	b, err := a.boardOf(r)
	if err != nil {
		return err
	}
	return a.showWall(w, r, forBoard(b), "/wall/"+r.PathValue("token"), b.Name)
}

func (a *App) boardOf(r *http.Request) (monitoring.Board, error) {
	return a.Monitoring.BoardBy(r.Context(), r.PathValue("token"))
}

func forBoard(b monitoring.Board) wallFor {
	f := wallFor{access.WholeFirm(), b.Names, true}
	if b.Client != 0 {
		f.scope = access.OneClient(b.Client)
	}
	return f
}

func (a *App) showWall(w http.ResponseWriter, r *http.Request, f wallFor, path, title string) error {
	v, err := a.wallOf(r.Context(), f)
	if err != nil {
		return err
	}
	v.path, v.stream, v.title = path, path+"/live", title
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, v.body())
	}
	frame := page.From(r.Context())
	if r.URL.Query().Get("theme") != string(page.Light) { // a screen on a wall glares
		frame.Theme = page.Dark
	}
	return page.Render(w, r.WithContext(page.With(r.Context(), frame)), http.StatusOK, v.page())
}

func (a *App) wallLive(w http.ResponseWriter, r *http.Request) error {
	return a.streamWall(w, r, func() error { return nil })
}

// Screens that show one link at the same time: a link that got about is not a way to tie up the server.
const mostScreens = 20

func (a *App) wallLiveByLink(w http.ResponseWriter, r *http.Request) error {
	b, err := a.boardOf(r)
	if err != nil {
		return err
	}
	defer a.screens.add(b.ID, -1)
	if a.screens.add(b.ID, 1) > mostScreens {
		return fault.NewBusy("Too many screens show this link at the same time.")
	}
	return a.streamWall(w, r, func() error { _, err := a.boardOf(r); return err })
}

// streamWall says that something changed, at most every three seconds, and once a minute because time passes. It ends when still fails.
func (a *App) streamWall(w http.ResponseWriter, r *http.Request, still func() error) error {
	stream, err := page.Events(w, r)
	if err != nil {
		return err
	}
	alerts, stop := a.Bus.Subscribe(monitoring.Topic)
	defer stop()
	machines, stop2 := a.Bus.Subscribe(devices.Topic)
	defer stop2()
	tickets, stop3 := a.Bus.Subscribe(helpdesk.Topic)
	defer stop3()
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-beat.C:
			if stream.Beat() != nil {
				return nil
			}
			continue
		case <-alerts:
		case <-machines:
		case <-tickets:
		case <-minute.C:
		}
		if still() != nil || stream.JSON("changed", struct{}{}) != nil {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-time.After(3 * time.Second):
		}
	}
}
