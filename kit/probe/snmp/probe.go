// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"context"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mainstay/kit/wire"
)

// Kind is the kind of probes that this package makes.
const Kind = "snmp"

// The parameters of a probe.
const (
	ParamMode    = "mode"  // "describe", else values
	ParamHas     = "has"   // what the device has, of [Groups], separated by spaces; "" = try all
	ParamWatch   = "watch" // names of interfaces whose fall is trouble, separated by line feeds
	ParamOIDs    = "oids"  // own values, see [ParseOIDs]
	ModeDescribe = "describe"
)

// Groups of values.
const (
	HasInterfaces = "interfaces"
	HasStorage    = "storage"
	HasProcessor  = "cpu"
	HasSensors    = "sensors"
	HasUPS        = "ups"
	HasPrinter    = "printer"
)

// Has lists the groups of values that a described device has, as the parameter says it.
func (d *Description) Has() string {
	list := []string{HasProcessor}
	for _, x := range []struct {
		has  bool
		name string
	}{{len(d.Interfaces) > 0, HasInterfaces}, {d.HasStore, HasStorage}, {d.HasSensor, HasSensors}, {d.UPS != nil, HasUPS}, {d.Printer != nil, HasPrinter}} {
		if x.has {
			list = append(list, x.name)
		}
	}
	return strings.Join(list, " ")
}

// Run makes a probe. Control is asked before anything is sent to an address, as [Target.Control]. mem is the device's from reading to reading.
func Run(ctx context.Context, p wire.Probe, control func(network, address string, c syscall.RawConn) error, mem *Memory) wire.Observation {
	o := wire.Observation{Probe: p.ID, State: wire.StateOK}
	began := time.Now()
	t := targetOf(p)
	t.Control = control
	timeout := time.Duration(p.Timeout) * time.Second
	if timeout <= 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var err error
	if p.Params[ParamMode] == ModeDescribe {
		var d *Description
		if d, err = Describe(ctx, t); err == nil {
			tell(&o, wire.Say("%s", clean(strings.TrimSpace(d.Name+" "+d.Descr), 200)))
			o.Found = d.pack()
		}
	} else {
		err = values(ctx, t, p, mem, &o)
	}
	o.Took = int(time.Since(began).Milliseconds())
	if err != nil {
		said := trouble(err, timeout)
		if ctx.Err() == nil && said.Key == noAnswer {
			said = trouble(context.DeadlineExceeded, time.Since(began).Round(time.Second))
		}
		o.State, o.Found = wire.StateCritical, nil
		tell(&o, said)
	}
	return o
}

func targetOf(p wire.Probe) Target {
	t := Target{Host: p.Target, Credentials: FromSecret(p.Secret)}
	if host, port, err := net.SplitHostPort(p.Target); err == nil {
		if n, err := strconv.Atoi(port); err == nil {
			t.Host, t.Port = host, n
		}
	}
	return t
}

// values reads what is measured each time.
func values(ctx context.Context, t Target, p wire.Probe, mem *Memory, o *wire.Observation) error {
	oids, err := ParseOIDs(p.Params[ParamOIDs])
	if err != nil {
		return err
	}
	s, err := dial(ctx, t)
	if err != nil {
		return err
	}
	defer s.close()
	x, err := s.system()
	if err != nil {
		return err
	}
	mem.began(x.uptime)
	var m measures
	m.set("system_uptime_seconds", x.uptime)
	all := p.Params[ParamHas]
	has := func(group string) bool { return all == "" || strings.Contains(" "+all+" ", " "+group+" ") }
	var printer *Printer
	var ups *UPS
	for _, step := range []struct {
		group string
		read  func() error
	}{
		{HasInterfaces, func() error { return s.measureInterfaces(&m, mem, lines(p.Params[ParamWatch])) }},
		{HasStorage, func() error { _, err := s.measureStorage(&m); return err }},
		{HasProcessor, func() error { return s.measureProcessor(&m) }},
		{HasSensors, func() error { return s.measureSensors(&m) }},
		{HasUPS, func() (err error) { ups, err = s.ups(&m); return err }},
		{HasPrinter, func() (err error) { printer, err = s.printer(&m); return err }},
	} {
		if !has(step.group) {
			continue
		}
		if err := step.read(); err != nil {
			return err
		}
	}
	if err := s.own(oids, &m); err != nil {
		return err
	}
	o.Measures = m.list
	tell(o, wire.Say("%s answers: %d values.", clean(called(x, t), 200), len(m.list)))
	state(o, ups, printer)
	return nil
}

func tell(o *wire.Observation, s wire.Said) { o.Said, o.Text = &s, s.String() }

func called(x system, t Target) string {
	if x.name != "" {
		return x.name
	}
	return t.Host
}

// state says what is wrong with a device that answers.
func state(o *wire.Observation, ups *UPS, printer *Printer) {
	switch {
	case ups != nil && ups.Battery == "low":
		tell(o, wire.Say("The battery is low."))
	case ups != nil && ups.Battery == "depleted":
		tell(o, wire.Say("The battery is depleted."))
	case ups != nil && ups.Source == "battery":
		tell(o, wire.Say("It runs on battery."))
	case printer != nil && len(printer.Troubles) > 0:
		tell(o, wire.Say("The printer says: %s.", printer.said()))
	}
}

func lines(s string) []string {
	var out []string
	for l := range strings.SplitSeq(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}
