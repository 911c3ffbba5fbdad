// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"math"
	"net/http"
	neturl "net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
)

const (
	shown     = 60
	sparkSpan = 3 * time.Hour
	sparkStep = 5 * time.Minute
)

// line is a service in a list.
type line struct {
	w     *network.Watched
	state network.State
	is    status
}

type listView struct {
	rows    []line
	total   int // that fit
	all     int // of the client or the firm
	from    int
	query   string
	only    status
	client  ids.ID
	names   map[ids.ID]string
	devices map[ids.ID]string
	trends  map[ids.ID]network.Trend
	shares  map[ids.ID]float64
	counts  map[status]int
	trouble map[ids.ID][2]int
	now     time.Time
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	v, err := h.listView(r)
	if err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, listBody(v))
	}
	return page.Render(w, r, http.StatusOK, listPage(v))
}

func (h *Handlers) listView(r *http.Request) (*listView, error) {
	ctx, q := r.Context(), r.URL.Query()
	v := &listView{
		query: strings.TrimSpace(q.Get("q")), only: status(q.Get("state")), client: idOf(q.Get("client")), now: h.Network.Now(), names: map[ids.ID]string{}, devices: map[ids.ID]string{},
		counts: map[status]int{},
	}
	list, err := h.Network.All(ctx, scope(r))
	if err != nil {
		return nil, err
	}
	if err := h.nameAll(ctx, v, list); err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(v.query))
	for _, x := range list {
		if v.client != 0 && x.Client != v.client {
			continue
		}
		v.all++
		l := line{w: x, state: h.Network.StateOf(x.ID)}
		l.is = statusOf(x, l.state, v.now)
		text := strings.ToLower(strings.Join([]string{x.Name, x.Target, kindName(ctx, x.Kind), v.names[x.Client]}, " "))
		if slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
			continue
		}
		v.counts[l.is]++
		if v.only == "" || v.only == l.is {
			v.rows = append(v.rows, l)
		}
	}
	slices.SortStableFunc(v.rows, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.is.order(), b.is.order()), strings.Compare(strings.ToLower(v.names[a.w.Client]), strings.ToLower(v.names[b.w.Client])))
	})
	v.total = len(v.rows)
	v.from, _ = strconv.Atoi(q.Get("from")) // none is the first page
	v.from = min(max(v.from, 0), max(v.total-1, 0)/shown*shown)
	v.rows = v.rows[v.from:min(v.from+shown, v.total)]
	h.measure(ctx, v)
	if h.Trouble != nil {
		v.trouble = h.Trouble(ctx)
	}
	return v, nil
}

// nameAll reads the names of clients and of the devices that look.
func (h *Handlers) nameAll(ctx context.Context, v *listView, list []*network.Watched) error {
	var owners []ids.ID
	for _, x := range list {
		owners = append(owners, x.Client)
		if d, ok := h.Devices.Look(x.Prober); ok {
			v.devices[x.Prober] = d.Name
		}
	}
	if v.client != 0 {
		owners = append(owners, v.client)
	}
	slices.Sort(owners)
	var err error
	v.names, err = h.Clients.Names(ctx, access.From(ctx).Scope(), slices.Compact(owners)...)
	return err
}

// measure reads the drawings and shares of the rows. Without the time series the list shows what it has.
func (h *Handlers) measure(ctx context.Context, v *listView) {
	var of []ids.ID
	for _, l := range v.rows {
		of = append(of, l.w.ID)
	}
	v.trends, _ = h.Network.Trends(ctx, of, sparkSpan, sparkStep) // not ready yet: no drawing
	v.shares, _ = h.Network.Availability(ctx, of, 24*time.Hour)
}

// address is the list with one thing changed.
func (v *listView) address(name, value string) string {
	q := neturl.Values{}
	for k, x := range map[string]string{"q": v.query, "state": string(v.only), "client": idText(v.client)} {
		if x != "" {
			q.Set(k, x)
		}
	}
	if value == "" {
		q.Del(name)
	} else {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return base
	}
	return base + "?" + q.Encode()
}

func (v *listView) chips(ctx context.Context) (out []page.Chip) {
	for _, s := range []status{down, warning, stale, unknown, waiting, fine, paused} {
		on := v.only == s
		if v.counts[s] == 0 && !on {
			continue
		}
		to := string(s)
		if on {
			to = ""
		}
		out = append(out, page.Chip{Label: statusBadge(ctx, s).Text + " " + locale.From(ctx).Number(int64(v.counts[s])), Href: v.address("state", to), On: on})
	}
	if v.client != 0 {
		out = append(out, page.Chip{Label: v.names[v.client], Href: v.address("client", ""), On: true, Data: true})
	}
	return out
}

func (v *listView) pager(ctx context.Context) page.Pager {
	p := page.Pager{}
	if v.total <= shown {
		return p
	}
	n := locale.From(ctx)
	p.Text = locale.T(ctx, "%[1]s–%[2]s of %[3]s", n.Number(int64(v.from+1)), n.Number(int64(v.from+len(v.rows))), n.Number(int64(v.total)))
	if v.from > 0 {
		p.Newer = v.address("from", strconv.Itoa(v.from-shown))
	}
	if v.from+len(v.rows) < v.total {
		p.Older = v.address("from", strconv.Itoa(v.from+shown))
	}
	return p
}

// spark draws how long answers took. What is looked at less often than the drawing has steps is joined.
func spark(ctx context.Context, t network.Trend, every time.Duration) chart.Spark {
	s := chart.Spark{Values: joined(t.Seconds, int(every*5/2/t.Step)+1), Title: locale.T(ctx, "Response time of the last three hours")}
	if n := len(s.Values); n > 0 && s.Values[n-1] != s.Values[n-1] {
		s.Values = s.Values[:n-1] // the step that has just begun
	}
	return s
}

// joined fills gaps of at most so many steps by a straight line.
func joined(list []float64, most int) []float64 {
	out := slices.Clone(list)
	last := -1
	for i, v := range list {
		if v != v {
			continue
		}
		if n := i - last; last >= 0 && n > 1 && n <= most {
			for k := 1; k < n; k++ {
				out[last+k] = list[last] + (v-list[last])*float64(k)/float64(n)
			}
		}
		last = i
	}
	return out
}

// lastSeconds is how long the last answer took, NaN where that is not known.
func lastSeconds(t network.Trend) float64 {
	for i := len(t.Seconds) - 1; i >= 0; i-- {
		if v := t.Seconds[i]; v == v {
			return v
		}
	}
	return math.NaN()
}
