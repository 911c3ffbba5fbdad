// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// Discovery serves the pages of what has no agent: networks that are looked into and what was found there, who hangs where, how devices
// are asked by SNMP, what they write to syslog.
type Discovery struct {
	Network *network.Service
	Clients *clients.Service
	Devices *devices.Service

	// Traffic is the traffic of a device's ports over the last day, bytes in a second, by port. It may be nil.
	Traffic func(ctx context.Context, d *devices.Device) (map[string][]float64, error)
	// Syslog is where the server itself takes messages in, "" = it does not.
	Syslog func() string
}

// Mount registers the pages with their permissions.
func (h *Discovery) Mount(r *access.Router) {
	on := func(pattern string, p access.Permission, fn func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, p, page.Handler(fn))
	}
	on("GET /discovery", access.NetworkRead, h.findings)
	on("POST /discovery/hosts/{host}/adopt", access.NetworkWrite, h.adopt)
	on("POST /discovery/hosts/{host}/ignore", access.NetworkWrite, h.ignore)
	on("POST /discovery/hosts/{host}/undecide", access.NetworkWrite, h.undecide)
	on("POST /discovery/makers", access.NetworkWrite, h.makers)
	on("GET /discovery/networks", access.NetworkWrite, h.networkForm)
	on("POST /discovery/networks", access.NetworkWrite, h.saveNetwork)
	on("POST /discovery/networks/{network}/now", access.NetworkWrite, h.lookNow)
	on("POST /discovery/networks/{network}/delete", access.NetworkWrite, h.dropNetwork)
	on("GET /discovery/topology", access.NetworkRead, h.topology)
	on("POST /discovery/places", access.NetworkWrite, h.takeAll)
	on("POST /discovery/places/{device}", access.NetworkWrite, h.decidePlace)
	on("GET /discovery/snmp", access.NetworkWrite, h.credentials)
	on("POST /discovery/snmp", access.NetworkWrite, h.saveCredential)
	on("POST /discovery/snmp/{credential}/delete", access.NetworkWrite, h.dropCredential)
	on("GET /discovery/devices/{device}", access.NetworkWrite, h.polledForm)
	on("POST /discovery/devices/{device}", access.NetworkWrite, h.savePolled)
	on("POST /discovery/devices/{device}/now", access.NetworkWrite, h.describeNow)
	on("GET /discovery/devices/{device}/objects", access.NetworkWrite, h.objects)
	on("POST /discovery/devices/{device}/objects", access.NetworkWrite, h.addObject)
	on("POST /discovery/devices/{device}/mib", access.NetworkWrite, h.importMIB)
	on("POST /discovery/devices/{device}/stop", access.NetworkWrite, h.dropPolled)
	on("GET /discovery/messages", access.NetworkRead, h.messages)
	on("POST /discovery/relays", access.NetworkWrite, h.saveRelay)
	on("POST /discovery/patterns", access.NetworkWrite, h.savePattern)
	on("POST /discovery/patterns/{pattern}/delete", access.NetworkWrite, h.dropPattern)
}

// common is what all pages of discovery show: for which client, and the way between them.
type common struct {
	clients []clients.Client // all that the reader may see
	client  ids.ID
	full    *clients.Full
	names   map[ids.ID]string
	tab     string
	fresh   int64
}

const (
	tabFindings = "findings"
	tabTopology = "topology"
	tabSNMP     = "snmp"
	tabMessages = "messages"
)

func (h *Discovery) common(r *http.Request, tab string, client ids.ID) (*common, error) {
	ctx := r.Context()
	c := &common{client: client, tab: tab, names: map[ids.ID]string{}}
	if s := scope(r); !s.All() {
		c.client = s.Client()
	}
	var err error
	if c.clients, err = h.Clients.Choices(ctx, scope(r), ""); err != nil {
		return nil, err
	}
	for i := range c.clients {
		c.names[c.clients[i].ID] = c.clients[i].Name
	}
	if c.fresh, err = h.Network.CountNew(ctx, scope(r)); err != nil || c.client == 0 {
		return c, err
	}
	f, err := h.Clients.Get(ctx, scope(r), c.client)
	if err != nil {
		return nil, err
	}
	c.full = &f
	c.names[c.client] = f.Name
	return c, nil
}

func (c *common) tabs(ctx context.Context) page.Tabs {
	at := func(path string) string {
		if c.client != 0 {
			return path + "?client=" + c.client.String()
		}
		return path
	}
	count := ""
	if c.fresh > 0 {
		count = locale.From(ctx).Number(c.fresh)
	}
	t := page.Tabs{Label: locale.T(ctx, "Networks"), Items: []page.Tab{
		{Label: locale.T(ctx, "Found hosts"), Href: at("/discovery"), Current: c.tab == tabFindings, Count: count},
		{Label: locale.T(ctx, "Topology"), Href: at("/discovery/topology"), Current: c.tab == tabTopology},
		{Label: locale.T(ctx, "Syslog"), Href: at("/discovery/messages"), Current: c.tab == tabMessages},
	}}
	if may(ctx, access.NetworkWrite) {
		t.Items = append(t.Items, page.Tab{Label: locale.T(ctx, "SNMP credentials"), Href: at("/discovery/snmp"), Current: c.tab == tabSNMP})
	}
	return t
}

func (c *common) clientOptions(first string) []page.Option {
	return append([]page.Option{{Label: first}}, choices(c.clients, c.client)...)
}

func (c *common) siteOptions(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "No site")}}
	if c.full != nil {
		for _, s := range c.full.Sites {
			out = append(out, page.Option{Value: s.ID.String(), Label: s.Name, Data: true})
		}
	}
	return out
}

// probers are the devices of a client with an agent that could look, as options; first names what 0 means, "" leaves it out.
func (h *Discovery) probers(ctx context.Context, s access.Scope, client ids.ID, may func(*devices.Device) bool, first string) ([]page.Option, error) {
	var out []page.Option
	if first != "" {
		out = append(out, page.Option{Value: "", Label: first})
	}
	list, err := h.Devices.Find(ctx, s, client, devices.Query{})
	if err != nil {
		return nil, err
	}
	now := h.Devices.Now()
	for _, online := range []bool{true, false} {
		for _, d := range list {
			if !d.Active() || d.Agent == "" || d.Online(now) != online || !may(d) {
				continue
			}
			label := d.Name
			if !online {
				label += " (" + stateWord(ctx, d.StateAt(now)) + ")"
			}
			out = append(out, page.Option{Value: d.ID.String(), Label: label, Data: true})
		}
	}
	return out, nil
}

func anyProber(*devices.Device) bool { return true }

func stateWord(ctx context.Context, s string) string {
	switch s {
	case devices.StateOnline:
		return locale.T(ctx, "Online")
	case devices.StateOffline:
		return locale.T(ctx, "Offline")
	case devices.StateAway:
		return locale.T(ctx, "Switched off")
	case devices.StateSilent:
		return locale.T(ctx, "No agent")
	}
	return locale.T(ctx, "Retired")
}

func kindWord(ctx context.Context, k devices.Kind) string {
	switch k {
	case devices.Server:
		return locale.T(ctx, "Server")
	case devices.Workstation:
		return locale.T(ctx, "Workstation")
	case devices.Laptop:
		return locale.T(ctx, "Laptop")
	case devices.NetworkGear:
		return locale.T(ctx, "Network gear")
	case devices.Printer:
		return locale.T(ctx, "Printer")
	case devices.Phone:
		return locale.T(ctx, "Phone")
	case devices.Power:
		return locale.T(ctx, "UPS")
	}
	return locale.T(ctx, "Other device")
}

func kindChoices(ctx context.Context) []page.Option {
	var out []page.Option
	for _, k := range devices.Kinds() {
		out = append(out, page.Option{Value: string(k), Label: kindWord(ctx, k)})
	}
	return out
}

// findingsView is what was found in networks.
type findingsView struct {
	*common
	scans   []*network.Scan
	hosts   []*network.Host
	devices map[ids.ID]*devices.Device
	show    string // of the states of hosts, "" = nobody decided
	query   string
	total   map[string]int
	makers  int64
	now     time.Time
	err     error
	failed  ids.ID // the host whose form was wrong
}

const mostHosts = 300

func (h *Discovery) findings(w http.ResponseWriter, r *http.Request) error {
	v, err := h.findingsView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, findingsPage(v))
}

func (h *Discovery) findingsView(r *http.Request) (*findingsView, error) {
	ctx := r.Context()
	c, err := h.common(r, tabFindings, idOf(r.FormValue("client")))
	if err != nil {
		return nil, err
	}
	v := &findingsView{common: c, show: r.FormValue("show"), query: strings.ToLower(strings.TrimSpace(r.FormValue("q"))), devices: map[ids.ID]*devices.Device{}, total: map[string]int{}, now: h.Network.Now()}
	if v.show != network.HostIgnored && v.show != network.HostDevice && v.show != "gone" {
		v.show = network.HostNew
	}
	if v.scans, err = h.Network.Scans(ctx, scope(r), c.client); err != nil {
		return nil, err
	}
	hosts, err := h.Network.Hosts(ctx, scope(r), c.client, "", 0)
	if err != nil {
		return nil, err
	}
	for _, x := range hosts {
		state := x.State
		if x.Gone() && state != network.HostIgnored {
			state = "gone"
		}
		v.total[state]++
		if state == v.show && len(v.hosts) < mostHosts && holds(x, v.query) {
			v.hosts = append(v.hosts, x)
		}
	}
	list, err := h.Devices.All(ctx, scope(r))
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		v.devices[d.ID] = d
	}
	v.makers, err = h.Network.CountMakers(ctx)
	return v, err
}

// holds reports whether a host has a text in what is known of it.
func holds(x *network.Host, text string) bool {
	return text == "" || strings.Contains(strings.ToLower(strings.Join([]string{x.Name, x.Address, x.MAC, whatOf(x), servicesOf(x), x.Reason}, " ")), text)
}

func (v *findingsView) search(ctx context.Context) page.Filters {
	return page.Filters{
		Action: "/discovery", Query: v.query, Placeholder: locale.T(ctx, "Name, address, maker or service"), Chips: v.filters(ctx),
		Keep: map[string]string{"client": idText(v.client), "show": v.show},
	}
}

func (v *findingsView) at(show string) string {
	q := "?show=" + show
	if v.client != 0 {
		q += "&client=" + v.client.String()
	}
	return "/discovery" + q
}

func (v *findingsView) filters(ctx context.Context) []page.Chip {
	var out []page.Chip
	for _, x := range []struct{ state, label string }{
		{network.HostNew, locale.T(ctx, "Nobody decided")}, {network.HostDevice, locale.T(ctx, "Known devices")}, {network.HostIgnored, locale.T(ctx, "Ignored")}, {"gone", locale.T(ctx, "Not found any more")},
	} {
		out = append(out, page.Chip{Label: x.label + " · " + locale.From(ctx).Number(int64(v.total[x.state])), Href: v.at(x.state), On: v.show == x.state})
	}
	return out
}

// services are what a host offers, in a line.
func servicesOf(h *network.Host) string {
	var out []string
	for _, s := range h.Services {
		name, _, _ := strings.Cut(s, "/")
		name = strings.TrimSuffix(name, " (mDNS)")
		if len(out) < 6 && (len(out) == 0 || out[len(out)-1] != name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// whatOf is what a host is by its own word or its maker's.
func whatOf(h *network.Host) string {
	if h.About != nil && h.About.Descr != "" {
		return h.About.Descr
	}
	return strings.TrimSpace(strings.Join([]string{h.Vendor, h.Model}, " "))
}

func (h *Discovery) adopt(w http.ResponseWriter, r *http.Request) error {
	id := idOf(r.PathValue("host"))
	device, err := h.Network.Adopt(r.Context(), scope(r), id, r.FormValue("name"), devices.Kind(r.FormValue("kind")))
	if err != nil {
		return h.again(w, r, id, err)
	}
	if r.FormValue("open") != "" {
		return page.Redirect(w, r, "/devices/"+device.String())
	}
	return page.Redirect(w, r, back(r))
}

func (h *Discovery) ignore(w http.ResponseWriter, r *http.Request) error {
	id := idOf(r.PathValue("host"))
	if err := h.Network.Ignore(r.Context(), scope(r), id, r.FormValue("reason")); err != nil {
		return h.again(w, r, id, err)
	}
	return page.Redirect(w, r, back(r))
}

func (h *Discovery) undecide(w http.ResponseWriter, r *http.Request) error {
	if err := h.Network.Undecide(r.Context(), scope(r), idOf(r.PathValue("host"))); err != nil {
		return err
	}
	return page.Redirect(w, r, back(r))
}

// back is the list that a form stood on.
func back(r *http.Request) string {
	if c := idOf(r.FormValue("client")); c != 0 {
		return "/discovery?client=" + c.String()
	}
	return "/discovery"
}

// again shows the list with what was wrong.
func (h *Discovery) again(w http.ResponseWriter, r *http.Request, host ids.ID, err error) error {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return err
	}
	v, shown := h.findingsView(r)
	if shown != nil {
		return shown
	}
	v.err, v.failed = err, host
	return page.Render(w, r, http.StatusUnprocessableEntity, findingsPage(v))
}

func (h *Discovery) makers(w http.ResponseWriter, r *http.Request) error {
	f, _, err := r.FormFile("file")
	if err != nil {
		return h.again(w, r, 0, fault.NewInvalid("Choose a file.").On("file"))
	}
	defer func() { _ = f.Close() }()
	if _, err := h.Network.ImportMakers(r.Context(), f); err != nil {
		return h.again(w, r, 0, err)
	}
	return page.Redirect(w, r, back(r))
}

// networkView is the form of a network that is looked into.
type networkView struct {
	*common
	form    network.Scan
	hours   string
	probers []page.Option
	err     error
}

func (h *Discovery) networkForm(w http.ResponseWriter, r *http.Request) error {
	f := network.Scan{Client: idOf(r.FormValue("client")), Every: 24 * time.Hour, Alert: true}
	if id := idOf(r.FormValue("network")); id != 0 {
		x, err := h.Network.Scan(r.Context(), scope(r), id)
		if err != nil {
			return err
		}
		f = *x
	}
	v, err := h.networkView(r, f, nil)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, networkPage(v))
}

func (h *Discovery) networkView(r *http.Request, f network.Scan, failed error) (*networkView, error) {
	c, err := h.common(r, tabFindings, f.Client)
	if err != nil {
		return nil, err
	}
	v := &networkView{common: c, form: f, err: failed, hours: strconv.FormatInt(int64(f.Every/time.Hour), 10)}
	if c.client != 0 {
		v.probers, err = h.probers(r.Context(), scope(r), c.client, anyProber, "")
	}
	return v, err
}

func (h *Discovery) saveNetwork(w http.ResponseWriter, r *http.Request) error {
	hours, _ := strconv.ParseInt(r.FormValue("hours"), 10, 32)
	f := network.Scan{
		ID: idOf(r.FormValue("network")), Client: idOf(r.FormValue("client")), Site: idOf(r.FormValue("site")), Prober: idOf(r.FormValue("prober")), Networks: r.FormValue("networks"),
		Beyond: r.FormValue("beyond") != "", Every: time.Duration(hours) * time.Hour, Alert: r.FormValue("alert") != "", Paused: r.FormValue("paused") != "",
	}
	_, err := h.Network.SaveScan(r.Context(), scope(r), f)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		v, shown := h.networkView(r, f, err)
		if shown != nil {
			return shown
		}
		return page.Render(w, r, http.StatusUnprocessableEntity, networkPage(v))
	}
	if err != nil {
		return err
	}
	return page.Redirect(w, r, back(r))
}

func (h *Discovery) lookNow(w http.ResponseWriter, r *http.Request) error {
	if err := h.Network.ScanNow(r.Context(), scope(r), idOf(r.PathValue("network"))); err != nil {
		return err
	}
	return page.Redirect(w, r, back(r))
}

func (h *Discovery) dropNetwork(w http.ResponseWriter, r *http.Request) error {
	if err := h.Network.DropScan(r.Context(), scope(r), idOf(r.PathValue("network"))); err != nil {
		return err
	}
	return page.Redirect(w, r, back(r))
}
