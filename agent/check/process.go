// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"strings"

	"mainstay/kit/wire"
)

// process counts the processes of a program, by the name of its file. Command lines are not looked at: they may hold passwords.
func (r *Runner) process(ctx context.Context, _ wire.Check, p *params) wire.Result {
	name := p.need("name")
	least, most := p.number("min", 1), p.number("max", -1)
	if p.err != nil {
		return wire.Result{}
	}
	n, err := countProcesses(ctx, name)
	if err != nil {
		return unknown("The processes cannot be counted: %s.", err)
	}
	values := map[string]float64{"process_count": float64(n)}
	text := "processes"
	if n == 1 {
		text = "process"
	}
	switch {
	case float64(n) < least:
		return result(wire.StateCritical, values, "%d %s of %s: fewer than %.0f.", n, text, name, least)
	case most >= 0 && float64(n) > most:
		return result(wire.StateCritical, values, "%d %s of %s: more than %.0f.", n, text, name, most)
	}
	return result(wire.StateOK, values, "%d %s of %s.", n, text, name)
}

// sameProgram compares a program's file with the name that is looked for; the kernel of Linux keeps only 15 bytes of it.
func sameProgram(name, want string, short bool) bool {
	if short && len(name) == 15 && len(want) > 15 {
		return name == want[:15]
	}
	return strings.EqualFold(strings.TrimSuffix(strings.ToLower(name), ".exe"), strings.TrimSuffix(strings.ToLower(want), ".exe"))
}
