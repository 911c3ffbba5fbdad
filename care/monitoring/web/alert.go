// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"time"

	"mainstay/care/monitoring"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
)

type alertView struct {
	a        monitoring.Alert
	names    names
	words    monitoring.Words
	now      time.Time
	history  []monitoring.Happened
	graph    *chart.Timeline
	link     string // page of the device
	service  bool   // it is watched from outside
	found    string // what was found last
	siblings []monitoring.Alert
	said     []monitoring.Said
}

func (h *Handlers) alertOf(r *http.Request) (monitoring.Alert, error) {
	id, err := ids.Parse(r.PathValue("id"))
	if err != nil {
		id = 0
	}
	return h.Monitoring.Alert(r.Context(), scope(r), id)
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a, err := h.alertOf(r)
	if err != nil {
		return err
	}
	v := &alertView{a: a, words: h.words(ctx), now: h.Clock.Now()}
	if v.names, err = h.know(ctx); err != nil {
		return err
	}
	if v.history, err = h.Monitoring.History(ctx, a.ID); err != nil {
		return err
	}
	// Where the values cannot be read just now, the page is without their drawing.
	v.graph, _ = h.Monitoring.Graph(ctx, a, locale.From(ctx))
	d, link, ok := h.Device(a.Device)
	v.found = h.Monitoring.Found(a, locale.From(ctx))
	if v.link = link; ok {
		v.service = d.Kind == "service"
		list, err := h.Monitoring.Effective(ctx, d.Places())
		if err != nil {
			return err
		}
		for _, e := range list {
			if e.Key == a.Watch.Key {
				v.said = e.Said
			}
		}
	}
	if v.siblings, _, err = h.Monitoring.Alerts(ctx, scope(r), monitoring.Query{Device: a.Device, Limit: 11}); err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, alertBody(v))
	}
	return page.Render(w, r, http.StatusOK, alertPage(v))
}

func (h *Handlers) act(w http.ResponseWriter, r *http.Request) error {
	if err := formOf(r); err != nil {
		return err
	}
	a, err := h.alertOf(r)
	if err != nil {
		return err
	}
	if err := h.do(r, a.ID, r.PostForm.Get("act"), r.PostForm.Get("until")); err != nil {
		page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: locale.From(r.Context()).Fault(err)})
	}
	return page.Redirect(w, r, "/alerts/"+a.ID.String())
}

// happenedName says an entry of an alert's history.
func happenedName(ctx context.Context, w monitoring.Words, h monitoring.Happened) string {
	p := locale.From(ctx)
	switch h.What {
	case "opened":
		return p.T("The alert opened")
	case "reopened":
		return p.T("It is there again")
	case "worse":
		return p.T("It became worse")
	case "better":
		return p.T("It became better")
	case "cleared":
		return p.T("The values are fine; whether that lasts is waited for")
	case "flapping":
		return p.T("It comes and goes: from now on its end must last half an hour")
	case "acknowledged":
		return p.T("%s takes care of it", h.Author)
	case "snoozed":
		if t, err := time.Parse(time.RFC3339, h.Detail); err == nil {
			return p.T("%[1]s put it off until %[2]s", h.Author, p.DateTime(t))
		}
		return p.T("%s put it off", h.Author)
	case "woken":
		return p.T("It waits again")
	case "silenced":
		return p.T("It makes no noise: %s", silenceName(ctx, monitoring.Silence(h.Detail)))
	case "heard":
		return p.T("It makes noise again")
	case "ticket":
		return p.T("It is worked on as ticket #%s", h.Detail)
	case "told":
		return p.T("Told: %s", h.Detail)
	case "refused":
		return p.T("No ticket could be made: %s", h.Detail)
	case "resolved":
		switch monitoring.Cause(h.Detail) {
		case monitoring.ByHand:
			return p.T("%s resolved it", h.Author)
		case monitoring.ByRule:
			return p.T("It ended: the rule does not hold any more")
		case monitoring.Gone:
			return p.T("It ended: the device does not report it any more")
		case monitoring.Moved:
			return p.T("It ended: the device belongs to another client now")
		case monitoring.Retired:
			return p.T("It ended: the device is not watched any more")
		}
		return p.T("It ended: the values are fine again")
	}
	return h.What
}

func silenceText(ctx context.Context, a monitoring.Alert) string {
	switch a.Silenced {
	case monitoring.ByWindow:
		return locale.T(ctx, "There is maintenance: nobody is told, and no ticket is made before it is over.")
	case monitoring.ByMute:
		return locale.T(ctx, "It is muted: nobody is told, and no ticket is made before the mute is over.")
	}
	return locale.T(ctx, "The device lies behind another one that is down. Nobody is told before that one is back.")
}

func silenceLink(ctx context.Context, a monitoring.Alert) page.Button {
	if a.Silenced == monitoring.Behind {
		return page.Button{Label: locale.T(ctx, "Open its alert"), Small: true, Href: "/alerts/" + a.SilencedBy.String()}
	}
	return page.Button{Label: locale.T(ctx, "Maintenance and mutes"), Small: true, Href: "/alerts/quiet"}
}
