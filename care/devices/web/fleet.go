// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"net/http"
	neturl "net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// tally counts devices by what they are doing.
type tally struct {
	online, offline, away, silent int
	critical, warning             int
}

func (t *tally) add(state string, x Trouble) {
	switch state {
	case devices.StateOnline:
		t.online++
	case devices.StateOffline:
		t.offline++
	case devices.StateAway:
		t.away++
	case devices.StateSilent:
		t.silent++
	}
	t.critical += x.Critical
	t.warning += x.Warning
}

func (t *tally) all() int { return t.online + t.offline + t.away + t.silent }

// group is a client in the fleet.
type group struct {
	client ids.ID
	name   string
	tally
	worst []*devices.Device // that should be there and are not, or have critical alerts
}

type fleetView struct {
	total   tally
	groups  []group
	pending int // restarts
	copied  []*devices.Device
	ended   int // operating systems nobody cares for
	self    bool
	now     int64
	trouble map[ids.ID]Trouble
	whole   bool // every client is listed
}

// mostGroups is how many clients the overview lists at first: of three hundred, those to look at.
const mostGroups = 60

// wholeFleet is the overview with every client.
const wholeFleet = "/devices?clients=all"

// listed are the clients that the page lists, the worst first.
func (v *fleetView) listed() []group {
	if v.whole {
		return v.groups
	}
	return v.groups[:min(len(v.groups), mostGroups)]
}

// address is where the page is fetched anew.
func (v *fleetView) address() string {
	if v.whole {
		return wholeFleet
	}
	return "/devices"
}

// fleet is the overview: a line for each client, those with trouble first, so that it reads the same with ten devices and with ten thousand.
func (h *Handlers) fleet(w http.ResponseWriter, r *http.Request) error {
	v, err := h.fleetView(r)
	if err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, h.fleetBody(v))
	}
	return page.Render(w, r, http.StatusOK, h.fleetPage(v))
}

func (h *Handlers) fleetView(r *http.Request) (*fleetView, error) {
	ctx := r.Context()
	all, err := h.Devices.Find(ctx, scope(r), 0, devices.Query{})
	if err != nil {
		return nil, err
	}
	v := &fleetView{now: h.Devices.Now(), trouble: h.troubles(ctx), whole: r.URL.Query().Get("clients") == "all"}
	today := h.Devices.Today()
	at := map[ids.ID]int{}
	var of []ids.ID
	for _, d := range all {
		i, ok := at[d.Client]
		if !ok {
			i = len(v.groups)
			at[d.Client], of = i, append(of, d.Client)
			v.groups = append(v.groups, group{client: d.Client})
		}
		state, x := d.StateAt(v.now), v.trouble[d.ID]
		v.total.add(state, x)
		v.groups[i].add(state, x)
		if state == devices.StateOffline || x.Critical > 0 {
			v.groups[i].worst = append(v.groups[i].worst, d)
		}
		if d.Reboot {
			v.pending++
		}
		if d.Copied != 0 {
			v.copied = append(v.copied, d)
		}
		if d.EOL.Known() && d.EOL < today {
			v.ended++
		}
	}
	names, err := h.Clients.Names(ctx, scope(r), of...)
	if err != nil {
		return nil, err
	}
	for i := range v.groups {
		v.groups[i].name = names[v.groups[i].client]
	}
	slices.SortFunc(v.groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.critical+b.offline, a.critical+a.offline), cmp.Compare(b.warning, a.warning), strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name)))
	})
	if h.SelfID != nil {
		_, v.self = h.SelfID(ctx)
	}
	return v, nil
}

func (h *Handlers) troubles(ctx context.Context) map[ids.ID]Trouble {
	if h.Trouble == nil {
		return nil
	}
	return h.Trouble(ctx)
}

// shown is how many devices one page lists.
const shown = 100

type listView struct {
	rows    []*devices.Device
	total   int
	from    int
	query   string
	client  ids.ID
	sort    string
	names   map[ids.ID]string
	now     int64
	trouble map[ids.ID]Trouble
	err     error
	all     int // devices of the client here
	counts  *Counting
}

// list shows devices one by one, by query.
func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	v, err := h.listView(r, shown)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if v.err != nil {
		status = http.StatusUnprocessableEntity
	}
	if page.Fragment(r) {
		return page.Render(w, r, status, h.rows(v))
	}
	return page.Render(w, r, status, h.listPage(v))
}

func (h *Handlers) listView(r *http.Request, most int) (*listView, error) {
	ctx, f := r.Context(), r.URL.Query()
	v := &listView{query: strings.TrimSpace(f.Get("q")), client: idOf(f.Get("client")), sort: f.Get("sort"), now: h.Devices.Now(), trouble: h.troubles(ctx)}
	v.from, _ = strconv.Atoi(f.Get("from"))
	q, err := devices.ParseQuery(v.query)
	if fault.Is(err, fault.Invalid) {
		v.err, err = err, nil
		q = devices.Query{}
	}
	if err != nil {
		return nil, err
	}
	list, err := h.Devices.Find(ctx, scope(r), v.client, q)
	if err != nil {
		return nil, err
	}
	if v.err != nil {
		list = nil
	}
	h.order(v, list)
	v.total = len(list)
	v.from = max(0, min(v.from, v.total-1)) / most * most
	v.rows = list[v.from:min(v.from+most, v.total)]
	var of []ids.ID
	for _, d := range v.rows {
		of = append(of, d.Client)
	}
	if v.client != 0 {
		of = append(of, v.client)
	}
	if v.names, err = h.Clients.Names(ctx, scope(r), of...); err != nil {
		return nil, err
	}
	return v, h.count(ctx, r, v)
}

// count fills in from where a client's devices are counted.
func (h *Handlers) count(ctx context.Context, r *http.Request, v *listView) error {
	if v.client == 0 || h.Counting == nil || !may(ctx, access.AgreementsRead) {
		return nil
	}
	all, err := h.Devices.Find(ctx, scope(r), v.client, devices.Query{})
	if err != nil {
		return err
	}
	v.all = len(all)
	c, err := h.Counting(ctx, v.client)
	v.counts = &c
	return err
}

// asks reports whether the page says from where devices are counted: where there is something to choose.
func (v *listView) asks() bool {
	return v.counts != nil && v.all > 0 && (v.counts.Books > 0 || v.counts.Chosen || !v.counts.Here)
}

// setCounting decides whether a client's agreements count the devices here.
func (h *Handlers) setCounting(w http.ResponseWriter, r *http.Request) error {
	client := idOf(r.FormValue("client"))
	if client == 0 || h.SetCounting == nil || !scope(r).Covers(client) {
		return fault.NewNotFound("There is no such client.")
	}
	if err := h.SetCounting(r.Context(), client, r.FormValue("here") == "yes"); err != nil {
		return err
	}
	return page.Redirect(w, r, "/devices/list?client="+client.String())
}

func (h *Handlers) order(v *listView, list []*devices.Device) {
	switch v.sort {
	case "seen":
		slices.SortStableFunc(list, func(a, b *devices.Device) int { return cmp.Compare(b.Seen, a.Seen) })
	case "kind":
		slices.SortStableFunc(list, func(a, b *devices.Device) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	case "trouble":
		worth := func(d *devices.Device) int {
			x := v.trouble[d.ID]
			n := x.Critical*1000 + x.Warning
			if d.StateAt(v.now) == devices.StateOffline {
				n += 500
			}
			return n
		}
		slices.SortStableFunc(list, func(a, b *devices.Device) int { return cmp.Compare(worth(b), worth(a)) })
	default:
		v.sort = ""
	}
}

// address is the list's address with one thing changed.
func (v *listView) address(key, value string) string {
	f := neturl.Values{}
	for k, x := range map[string]string{"q": v.query, "sort": v.sort, "client": idText(v.client), "from": strconv.Itoa(v.from)} {
		switch k {
		case key:
			x = value
		case "from":
			x = ""
		}
		if x != "" && x != "0" {
			f.Set(k, x)
		}
	}
	if len(f) == 0 {
		return "/devices/list"
	}
	return "/devices/list?" + f.Encode()
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// chips are the queries that are asked most.
func (v *listView) chips(ctx context.Context) []page.Chip {
	var out []page.Chip
	for _, x := range []struct{ term, label string }{
		{"state:offline", locale.T(ctx, "Offline")},
		{"kind:server", locale.T(ctx, "Servers")},
		{"kind:workstation,laptop", locale.T(ctx, "Workstations")},
		{"os:windows", "Windows"},
		{"os:linux", "Linux"},
		{"eol:past", locale.T(ctx, "End of life")},
		{"agent:no", locale.T(ctx, "No agent")},
		{"state:retired", locale.T(ctx, "Retired")},
	} {
		words := strings.Fields(v.query)
		on := contains(words, x.term)
		if on {
			words = slices.DeleteFunc(words, func(w string) bool { return w == x.term })
		} else {
			words = append(words, x.term)
		}
		out = append(out, page.Chip{Label: x.label, Data: strings.HasPrefix(x.term, "os:"), On: on, Href: v.address("q", strings.Join(words, " "))})
	}
	return out
}

func (v *listView) pager(ctx context.Context) page.Pager {
	p := page.Pager{}
	if v.total <= shown {
		return p
	}
	pr := locale.From(ctx)
	p.Text = locale.T(ctx, "%s–%s of %s", pr.Number(int64(v.from+1)), pr.Number(int64(v.from+len(v.rows))), pr.Number(int64(v.total)))
	if v.from > 0 {
		p.Newer = v.address("from", strconv.Itoa(v.from-shown))
	}
	if v.from+shown < v.total {
		p.Older = v.address("from", strconv.Itoa(v.from+shown))
	}
	return p
}

func (v *listView) column(ctx context.Context, label, sort string) page.Column {
	c := page.Column{Label: label, Sort: v.address("sort", sort)}
	if v.sort == sort {
		c.Dir = page.Ascending
	}
	return c
}

// live tells pages that something of a device changed, or of an alert, or that a device came or went: at most every two seconds.
func (h *Handlers) live(w http.ResponseWriter, r *http.Request) error {
	notices, stop := h.Bus.Subscribe(devices.Topic)
	defer stop()
	alerts, stopAlerts := h.Bus.Subscribe(h.Alerts)
	defer stopAlerts()
	states := h.Devices.States(scope(r)) // before the page fetches what it shows
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	look := time.NewTicker(cmp.Or(h.Look, 20*time.Second))
	defer look.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case <-look.C:
			if h.Devices.States(scope(r)) == states {
				if err := s.Beat(); err != nil {
					return nil //nolint:nilerr // the reader is gone
				}
				continue
			}
		case <-notices:
		case <-alerts:
		}
		states = h.Devices.States(scope(r))
		if err := s.JSON("changed", struct{}{}); err != nil {
			return nil //nolint:nilerr // the reader is gone
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
}
