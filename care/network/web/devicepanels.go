// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/a-h/templ"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page/chart"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/syslog"
)

// polledPanel is what a device's page shows of what it says by SNMP.
type polledPanel struct {
	d       *devices.Device
	p       *network.Polled
	ports   []portRow
	hidden  int // ports that nobody ever used
	offered bool
}

// portRow is a port with its traffic over the last day.
type portRow struct {
	snmp.Interface
	watched bool
	spark   *chart.Spark
	last    float64 // bytes in a second
	beside  string  // who hangs there
}

// mostPorts is how many ports a page shows.
const mostPorts = 120

// PolledPanel shows ports, supplies and power of a device that is asked, and offers to ask one that is not.
func (h *Discovery) PolledPanel(ctx context.Context, d *devices.Device) (templ.Component, error) {
	p, ok, err := h.Network.PolledOf(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	if !ok {
		if d.Agent == "" && d.Active() && may(ctx, access.NetworkWrite) {
			return polledCard(&polledPanel{d: d, offered: true}), nil
		}
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	v := &polledPanel{d: d, p: p}
	if p.About == nil {
		return polledCard(v), nil
	}
	var traffic map[string][]float64
	if h.Traffic != nil {
		if traffic, err = h.Traffic(ctx, d); err != nil {
			return nil, err
		}
	}
	beside := map[string]string{}
	for _, n := range p.About.Neighbours {
		if n.Name != "" {
			beside[n.Local] = n.Name
		}
	}
	for _, i := range p.About.Interfaces {
		values := traffic[i.Name]
		if !i.Up && len(values) == 0 {
			v.hidden++
			continue
		}
		if len(v.ports) >= mostPorts {
			v.hidden++
			continue
		}
		r := portRow{Interface: i, beside: beside[i.Name], last: math.NaN(), watched: slices.Contains(p.Watch, i.Name)}
		if len(values) > 1 {
			r.spark, r.last = &chart.Spark{Title: locale.T(ctx, "Traffic of %s over the last day", i.Name), Values: values, Wide: true}, values[len(values)-1]
		}
		v.ports = append(v.ports, r)
	}
	return polledCard(v), nil
}

// MessagesPanel shows the last messages of a device.
func (h *Discovery) MessagesPanel(ctx context.Context, d *devices.Device) (templ.Component, error) {
	list, err := h.Network.Messages(ctx, access.From(ctx).Scope(), network.MessageQuery{Client: d.Client, Device: d.ID, Severity: syslog.Debug, Limit: 8})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return messagesCard(d, list), nil
}

// FoundPanel says where a device was found.
func (h *Discovery) FoundPanel(ctx context.Context, d *devices.Device) (templ.Component, error) {
	x, err := h.Network.HostOfDevice(ctx, d.ID)
	if err != nil || x == nil {
		return nil, err
	}
	return foundCard(x), nil
}

// percent is a share as people read it.
func percent(ctx context.Context, v *float64) string {
	if v == nil {
		return ""
	}
	return locale.From(ctx).Percent(*v, 0)
}

func minutesWord(ctx context.Context, seconds *float64) string {
	if seconds == nil {
		return ""
	}
	return locale.N(ctx, "%d minute|%d minutes", int64(time.Duration(*seconds*float64(time.Second)).Minutes()))
}

// speedWord is how fast a port is: bytes in a second, said in bits as people do.
func speedWord(ctx context.Context, v float64) string {
	bits := v * 8
	p := locale.From(ctx)
	switch {
	case bits <= 0:
		return ""
	case bits >= 1e9:
		return p.Float(bits/1e9, digitsOf(bits/1e9)) + " Gbit/s"
	}
	return p.Float(bits/1e6, 0) + " Mbit/s"
}

func digitsOf(v float64) int {
	if v == math.Trunc(v) {
		return 0
	}
	return 1
}

// rateWord is traffic, in bits as port speeds are.
func rateWord(ctx context.Context, v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	p := locale.From(ctx)
	bits := v * 8
	switch {
	case bits >= 1e9:
		return p.Float(bits/1e9, 1) + " Gbit/s"
	case bits >= 1e6:
		return p.Float(bits/1e6, 1) + " Mbit/s"
	}
	return p.Float(bits/1e3, 0) + " kbit/s"
}

// level is a supply's level as the bar's class.
func level(s snmp.Supply) string {
	switch {
	case s.Level < 0:
		return "net-level"
	case s.Level <= .03:
		return "net-level net-level-bad"
	case s.Level <= .1:
		return "net-level net-level-warn"
	}
	return "net-level"
}
