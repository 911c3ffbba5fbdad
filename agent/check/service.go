// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"regexp"

	"mainstay/kit/wire"
)

// serviceName is what a service may be called; nothing that a command would take for an option.
var serviceName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.@:\\ ()+-]{0,199}$`)

// service looks whether a service runs.
func (r *Runner) service(ctx context.Context, _ wire.Check, p *params) wire.Result {
	want := p.choice("state", "running", "stopped")
	name := p.need("name")
	if p.err == nil && !serviceName.MatchString(name) {
		p.fail("%q is no name of a service.", name)
	}
	if p.err != nil {
		return wire.Result{}
	}
	state, detail, err := serviceState(ctx, name)
	if err != nil {
		return unknown("The service %s cannot be looked at: %s.", name, err)
	}
	res := result(wire.StateOK, map[string]float64{"service_running": map[bool]float64{true: 1}[state == "running"]}, "The service %s is %s.", name, state)
	res.Detail = detail
	if state == "missing" {
		res.Text = "There is no service " + name + " on this machine."
	}
	if want == "running" && state != "running" || want == "stopped" && state == "running" || state == "failed" {
		res.State = wire.StateCritical
	}
	return res
}
