// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"mainstay/care/network"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/kit/probe"
	"mainstay/kit/said"
)

type showView struct {
	w       *network.Watched
	state   network.State
	is      status
	now     time.Time
	client  string
	site    string
	device  string // that it runs on
	prober  string
	away    bool // whoever looks is not there, or may not look any more
	why     string
	shares  map[time.Duration]float64
	silent  time.Duration // of the last 24 hours
	last    string        // how long the last answer took
	graph   *chart.Timeline
	hourly  bool // the drawing is of the last hour: there is no more yet
	turns   []network.Turn
	trouble [2]int
	web     *probe.HTTPFound
	cert    *probe.CertificateFound
	mail    *probe.MailFound
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	x, err := h.service(r)
	if err != nil {
		return err
	}
	v, err := h.showView(r.Context(), x)
	if err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, showBody(v))
	}
	return page.Render(w, r, http.StatusOK, showPage(v))
}

func (h *Handlers) showView(ctx context.Context, x *network.Watched) (*showView, error) {
	v := &showView{w: x, state: h.Network.StateOf(x.ID), now: h.Network.Now(), shares: map[time.Duration]float64{}}
	v.is = statusOf(x, v.state, v.now)
	c, err := h.Clients.Get(ctx, accessScope(ctx), x.Client)
	if err != nil {
		return nil, err
	}
	v.client = c.Name
	for i := range c.Sites {
		if c.Sites[i].ID == x.Site {
			v.site = c.Sites[i].Name
		}
	}
	if d, ok := h.Devices.Look(x.Device); ok {
		v.device = d.Name
	}
	h.lookWho(ctx, v)
	if v.turns, err = h.Network.Turns(ctx, x.ID, v.now.Add(-90*24*time.Hour), 20); err != nil {
		return nil, err
	}
	if h.Trouble != nil {
		v.trouble = h.Trouble(ctx)[x.ID]
	}
	if err := h.figures(ctx, v); err != nil && !fault.Is(err, fault.Busy) { // the time series are being read back: the page goes without
		return nil, err
	}
	v.found()
	return v, nil
}

// lookWho says who looks, and why nobody does.
func (h *Handlers) lookWho(ctx context.Context, v *showView) {
	if v.w.Prober == 0 {
		return
	}
	d, ok := h.Devices.Look(v.w.Prober)
	if !ok {
		v.away, v.why = true, locale.T(ctx, "The device that looked is not there any more. Choose another one, or the server.")
		return
	}
	v.prober = d.Name
	switch {
	case d.Client != v.w.Client:
		v.away, v.why = true, locale.T(ctx, "The device that looked belongs to another client now. Choose another one, or the server.")
	case v.w.Site != 0 && d.Site != v.w.Site:
		v.away, v.why = true, locale.T(ctx, "The device that looked is at another site now. Choose one at this site, or the server.")
	case !d.Active():
		v.away, v.why = true, locale.T(ctx, "The device that looked is retired. Choose another one, or the server.")
	case !d.Online(h.Devices.Now()):
		v.away, v.why = true, locale.T(ctx, "The device that looks is not connected. Until it is back, nobody knows how the service does.")
	case v.is == stale:
		v.away, v.why = true, locale.T(ctx, "The device that looks is connected, but does not look: its agent is too old. Install the present one.")
	}
}

// figures reads shares and the drawing from the time series.
func (h *Handlers) figures(ctx context.Context, v *showView) error {
	of := []ids.ID{v.w.ID}
	for _, d := range []time.Duration{24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour} {
		list, err := h.Network.Availability(ctx, of, d)
		if err != nil {
			return err
		}
		if s, ok := list[v.w.ID]; ok {
			v.shares[d] = s
		}
	}
	var err error
	if v.silent, err = h.Network.Unanswered(ctx, v.w, 24*time.Hour); err != nil {
		return err
	}
	long, short := 24*time.Hour, time.Hour
	list, err := h.Network.Trends(ctx, of, long, 5*time.Minute)
	if err != nil {
		return err
	}
	t, ok := list[v.w.ID]
	if !ok {
		return nil
	}
	v.last = seconds(ctx, lastSeconds(t))
	known := 0
	for i, x := range t.Seconds {
		if x == x && i < len(t.Seconds)-12 {
			known++
		}
	}
	if known == 0 { // there is no more than the last hour
		if list, err = h.Network.Trends(ctx, of, short, time.Minute); err != nil {
			return err
		}
		t, v.hourly = list[v.w.ID], true
	}
	v.graph = drawing(ctx, v.w.Name, t)
	return nil
}

// drawing is how long answers took, over a span.
func drawing(ctx context.Context, name string, t network.Trend) *chart.Timeline {
	p := locale.From(ctx)
	g := &chart.Timeline{
		Title: name, Desc: locale.T(ctx, "Response time"), From: t.From.UnixMilli(), To: t.To.UnixMilli(), Format: func(x float64) string { return seconds(ctx, x) },
		Clock: func(ms int64) string { return p.Time(time.UnixMilli(ms)) },
	}
	for i, x := range t.Seconds {
		if x == x {
			g.Points = append(g.Points, chart.At{At: t.From.Add(time.Duration(i+1) * t.Step).UnixMilli(), Value: x})
		}
	}
	if len(g.Points) < 2 {
		return nil
	}
	return g
}

// found reads what the last look found.
func (v *showView) found() {
	raw := []byte(v.state.Found)
	if len(raw) == 0 {
		return
	}
	switch v.w.Kind { // what cannot be read is of an older release, and not shown
	case "http", "scrape":
		var f probe.HTTPFound
		if json.Unmarshal(raw, &f) == nil {
			v.web, v.cert = &f, f.Certificate
		}
	case "tls":
		var c probe.CertificateFound
		if json.Unmarshal(raw, &c) == nil && c.Until != "" {
			v.cert = &c
		}
	case "smtp", "imap":
		var f probe.MailFound
		if json.Unmarshal(raw, &f) == nil {
			v.mail, v.cert = &f, f.Certificate
		}
	}
}

// look looks at a service now, beside its rhythm; what is found counts as any other look does.
func (h *Handlers) look(w http.ResponseWriter, r *http.Request) error {
	x, err := h.service(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	o, err := h.Network.LookNow(ctx, scope(r), *x)
	if err != nil {
		var f *fault.Error
		if !errors.As(err, &f) {
			return err
		}
		page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: page.ErrorOn(ctx, err, f.Field)})
		return page.Redirect(w, r, url(x.ID))
	}
	kind := page.Good
	if s := stateStatus(o.State); s != fine {
		kind = page.Warn
	}
	page.SetFlash(w, r, page.Flash{Kind: kind, Text: statusBadge(ctx, stateStatus(o.State)).Text + ": " + said.Text(locale.From(ctx), o.Said, o.Text)})
	return page.Redirect(w, r, url(x.ID))
}

func (h *Handlers) pause(w http.ResponseWriter, r *http.Request) error {
	x, err := h.service(r)
	if err != nil {
		return err
	}
	changed := *x
	changed.Secret, changed.Paused = nil, !x.Paused
	if _, err := h.Network.Save(r.Context(), scope(r), changed); err != nil {
		return err
	}
	return page.Redirect(w, r, url(x.ID))
}

func (h *Handlers) drop(w http.ResponseWriter, r *http.Request) error {
	x, err := h.service(r)
	if err != nil {
		return err
	}
	if err := h.Network.Delete(r.Context(), scope(r), x.ID); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The service is not watched any more.")})
	return page.Redirect(w, r, base)
}
