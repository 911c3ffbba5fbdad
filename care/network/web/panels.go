// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func accessScope(ctx context.Context) access.Scope { return access.From(ctx).Scope() }

// Row is a service on another area's page.
type Row struct {
	Name, Text, Href string
	Told             network.Told
	badge            page.Badge
	order            int
}

const panelRows = 8

// rows are services as other areas' pages list them, what needs a person first.
func (h *Handlers) rows(ctx context.Context, fits func(*network.Watched) bool) (out []Row, err error) {
	list, err := h.Network.All(ctx, accessScope(ctx))
	if err != nil {
		return nil, err
	}
	now := h.Network.Now()
	for _, w := range list {
		if !fits(w) {
			continue
		}
		state := h.Network.StateOf(w.ID)
		is := statusOf(w, state, now)
		r := Row{Name: w.Name, Href: url(w.ID), badge: statusBadge(ctx, is), order: is.order()}
		if is != fine && is != paused && is != waiting {
			r.Text, r.Told = state.Text, state.Told
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Row) int { return cmp.Compare(a.order, b.order) })
	return out, nil
}

// ClientPanel lists a client's services on its page.
func (h *Handlers) ClientPanel(ctx context.Context, client ids.ID) (templ.Component, error) {
	list, err := h.rows(ctx, func(w *network.Watched) bool { return w.Client == client })
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return ClientServices(list[:min(len(list), panelRows)], client.String(), len(list)), nil
}

// DevicePanel lists on a device's page what runs on it, and what it looks at.
func (h *Handlers) DevicePanel(ctx context.Context, d *devices.Device) (templ.Component, error) {
	if !may(ctx, access.NetworkRead) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	list, err := h.rows(ctx, func(w *network.Watched) bool { return w.Device == d.ID || w.Prober == d.ID })
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return ClientServices(list[:min(len(list), panelRows)], d.Client.String(), len(list)), nil
}

// kpis are the figures of a service.
func kpis(ctx context.Context, v *showView) page.KPIs {
	out := page.KPIs{{Label: locale.T(ctx, "Response time"), Value: v.last, Unknown: unknownIf(v.last == "", locale.T(ctx, "not measured yet"))}}
	for _, x := range []struct {
		label string
		d     time.Duration
	}{{locale.T(ctx, "Answered, 24 hours"), 24 * time.Hour}, {locale.T(ctx, "7 days"), 7 * 24 * time.Hour}, {locale.T(ctx, "30 days"), 30 * 24 * time.Hour}} {
		k := page.KPI{Label: x.label}
		if s, ok := v.shares[x.d]; ok {
			k.Value = share(ctx, s)
			if x.d == 24*time.Hour {
				k.Note = locale.T(ctx, "without a gap")
				if s < 1 {
					k.Note = locale.T(ctx, "%s without an answer", span(ctx, v.silent))
				}
			}
		} else {
			k.Unknown = locale.T(ctx, "not measured yet")
		}
		out = append(out, k)
	}
	return out
}

func unknownIf(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

func targetWord(ctx context.Context, kind string) string {
	label, _ := targetLabel(ctx, kind)
	return label
}

// shortParam is the beginning of what a person entered.
func shortParam(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

// dayText is a day as the reader writes it.
func dayText(ctx context.Context, iso string) string {
	d, err := civil.Parse(iso)
	if err != nil {
		return iso
	}
	return locale.From(ctx).Date(d)
}
