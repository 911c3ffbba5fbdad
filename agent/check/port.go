// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"net"
	"strconv"
	"time"

	"mainstay/kit/wire"
)

// port tries a TCP port of this machine.
func (r *Runner) port(ctx context.Context, _ wire.Check, p *params) wire.Result {
	want := p.choice("state", "open", "closed")
	n, err := strconv.Atoi(p.need("port"))
	if p.err == nil && (err != nil || n < 1 || n > 65535) {
		p.fail("The check's port must be a number between 1 and 65535.")
	}
	address := p.text("address")
	if address == "" {
		address = "127.0.0.1"
	}
	if p.err == nil && !own(address) {
		p.fail("%s is not an address of this machine.", address)
	}
	if p.err != nil {
		return wire.Result{}
	}
	began := time.Now()
	d := net.Dialer{Timeout: 10 * time.Second}
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(n)))
	took := time.Since(began).Seconds()
	if err != nil {
		if want == "closed" {
			return result(wire.StateOK, nil, "Port %d is closed, as it should be.", n)
		}
		return result(wire.StateCritical, nil, "Port %d does not answer: %s.", n, err)
	}
	_ = c.Close()
	values := map[string]float64{"port_seconds": took}
	if want == "closed" {
		return result(wire.StateCritical, values, "Port %d is open and should not be.", n)
	}
	return result(wire.StateOK, values, "Port %d answers.", n)
}

// own tells whether an address is one of this machine.
func own(address string) bool {
	ip := net.ParseIP(address)
	if ip == nil {
		return false
	}
	if ip.IsLoopback() {
		return true
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
			return true
		}
	}
	return false
}
