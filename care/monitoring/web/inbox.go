// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

type inboxView struct {
	rows    []monitoring.Alert
	next    ids.ID
	q       monitoring.Query
	v       url.Values
	names   names
	words   monitoring.Words
	now     time.Time
	waiting int64 // open ones in all
	healthy bool  // nothing is open, whatever is filtered
}

// queryOf reads the filters of an address.
func queryOf(v url.Values) (q monitoring.Query, err error) {
	switch v.Get("state") {
	case "", "open":
		q.States = []monitoring.State{monitoring.Open}
	case "unfinished":
		q.States = []monitoring.State{monitoring.Open, monitoring.Acknowledged, monitoring.Snoozed}
	case "all":
	default:
		for _, s := range strings.Split(v.Get("state"), ",") {
			q.States = append(q.States, monitoring.State(s))
		}
	}
	if v.Get("level") == "critical" {
		q.Level = rules.Critical
	}
	if s := v.Get("silent"); s != "" {
		yes := s == "yes"
		q.Silenced = &yes
	}
	q.Text, q.Rule = v.Get("q"), v.Get("rule")
	for key, to := range map[string]*ids.ID{"client": &q.Client, "site": &q.Site, "device": &q.Device, "before": &q.Before} {
		if *to, err = idOf(v.Get(key)); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (h *Handlers) inbox(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &inboxView{v: r.URL.Query(), words: h.words(ctx), now: h.Clock.Now()}
	v.v.Del("lang")
	var err error
	if v.q, err = queryOf(v.v); err != nil {
		return err
	}
	if v.rows, v.next, err = h.Monitoring.Alerts(ctx, scope(r), v.q); err != nil {
		return err
	}
	if v.names, err = h.know(ctx); err != nil {
		return err
	}
	if v.waiting, err = h.Monitoring.Count(ctx, scope(r), monitoring.Query{States: []monitoring.State{monitoring.Open}}); err != nil {
		return err
	}
	v.healthy = v.waiting == 0
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, inboxRows(v))
	}
	return page.Render(w, r, http.StatusOK, inboxPage(v))
}

// with is the address of the list with a parameter changed.
func (v *inboxView) with(key, value string) string {
	u := url.Values{}
	for k, x := range v.v {
		u[k] = x
	}
	u.Del("before")
	if value == "" {
		u.Del(key)
	} else {
		u.Set(key, value)
	}
	if len(u) == 0 {
		return "/alerts"
	}
	return "/alerts?" + u.Encode()
}

func (v *inboxView) chips(ctx context.Context) (out []page.Chip) {
	add := func(label, key, value string, data bool) {
		on := v.v.Get(key) == value
		to := value
		if on {
			to = ""
		}
		out = append(out, page.Chip{Label: label, Href: v.with(key, to), On: on, Data: data})
	}
	add(locale.T(ctx, "With those taken care of"), "state", "unfinished", false)
	add(locale.T(ctx, "Also over"), "state", "all", false)
	add(locale.T(ctx, "Critical"), "level", "critical", false)
	add(locale.T(ctx, "Without silent ones"), "silent", "no", false)
	if v.q.Client != 0 {
		add(v.names.clients[v.q.Client], "client", v.q.Client.String(), true)
	}
	if v.q.Device != 0 {
		name, data := v.names.place(ctx, monitoring.Place{Level: monitoring.ByDevice, ID: v.q.Device})
		add(name, "device", v.q.Device.String(), data)
	}
	if v.q.Rule != "" {
		add(v.words.Name(rules.Watch{Key: v.q.Rule}), "rule", v.q.Rule, false)
	}
	return out
}

func (v *inboxView) keep() map[string]string {
	out := map[string]string{}
	for _, k := range []string{"state", "level", "silent", "client", "device", "rule"} {
		if x := v.v.Get(k); x != "" {
			out[k] = x
		}
	}
	return out
}

func (h *Handlers) events(w http.ResponseWriter, r *http.Request) error {
	notices, stop := h.Bus.Subscribe(monitoring.Topic)
	defer stop()
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case id := <-notices:
			err = s.JSON("changed", id)
		case <-beat.C:
			err = s.Beat()
		}
		if err != nil {
			return nil //nolint:nilerr // the reader has gone
		}
	}
}

// until is when a snooze ends: in some minutes, or tomorrow at eight on the reader's wall clock.
func (h *Handlers) until(ctx context.Context, s string) (time.Time, error) {
	now := h.Clock.Now()
	if s == "tomorrow" {
		x := now.In(locale.From(ctx).Zone()).AddDate(0, 0, 1)
		return time.Date(x.Year(), x.Month(), x.Day(), 8, 0, 0, 0, x.Location()), nil
	}
	n, err := whole(s, "until")
	if err != nil || n == 0 {
		return now, fault.NewInvalid("Choose for how long.").On("until")
	}
	return now.Add(time.Duration(n) * time.Minute), nil
}

// do does one act on an alert.
func (h *Handlers) do(r *http.Request, id ids.ID, act, until string) (err error) {
	ctx := r.Context()
	switch act {
	case "acknowledge":
		_, err = h.Monitoring.Acknowledge(ctx, scope(r), id)
	case "snooze":
		var at time.Time
		if at, err = h.until(ctx, until); err == nil {
			_, err = h.Monitoring.Snooze(ctx, scope(r), id, at)
		}
	case "resolve":
		_, err = h.Monitoring.Resolve(ctx, scope(r), id)
	case "reopen":
		_, err = h.Monitoring.Reopen(ctx, scope(r), id)
	default:
		err = fault.NewInvalid("%q is not one of the choices.", act)
	}
	return err
}

func (h *Handlers) bulk(w http.ResponseWriter, r *http.Request) error {
	if err := formOf(r); err != nil {
		return err
	}
	chosen := r.PostForm["alert"]
	if len(chosen) == 0 || len(chosen) > 500 {
		return fault.NewInvalid("Choose between 1 and 500 alerts.")
	}
	done, failed := 0, error(nil)
	for _, x := range chosen {
		id, err := idOf(x)
		if err == nil {
			err = h.do(r, id, r.PostForm.Get("act"), r.PostForm.Get("until"))
		}
		if err != nil {
			failed = err
			continue
		}
		done++
	}
	p := locale.From(r.Context())
	f := page.Flash{Kind: page.Good, Text: p.N("%d alert was changed.|%d alerts were changed.", int64(done))}
	if failed != nil {
		f.Kind, f.Text = page.Bad, f.Text+" "+p.Fault(failed)
	}
	page.SetFlash(w, r, f)
	return page.Redirect(w, r, backTo(r, "/alerts"))
}

func snoozes(ctx context.Context) []page.Option {
	p := locale.From(ctx)
	return []page.Option{
		{Value: "60", Label: p.T("for an hour")},
		{Value: "240", Label: p.T("for four hours")},
		{Value: "tomorrow", Label: p.T("until tomorrow at eight")},
		{Value: "10080", Label: p.T("for a week")},
	}
}
