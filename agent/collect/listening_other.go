// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package collect

import (
	"context"
	"syscall"

	gnet "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"

	"mainstay/kit/wire"
)

// listening picks the sockets that offer something, with the names of their processes.
func listening(ctx context.Context, all []gnet.ConnectionStat) []wire.Port {
	names := map[int32]string{}
	var out []wire.Port
	for _, c := range all {
		p := wire.Port{Protocol: "tcp", Address: c.Laddr.IP, Port: int(c.Laddr.Port)}
		switch {
		case c.Type == syscall.SOCK_STREAM && c.Status == "LISTEN":
		case c.Type == syscall.SOCK_DGRAM && p.Port < 49152 && c.Raddr.Port == 0:
			p.Protocol = "udp"
		default:
			continue
		}
		if p.Port == 0 || len(out) == maxPorts {
			continue
		}
		if p.Address == "" || p.Address == "*" {
			p.Address = "0.0.0.0"
		}
		name, known := names[c.Pid]
		if !known && c.Pid > 0 {
			if one, err := process.NewProcessWithContext(ctx, c.Pid); err == nil {
				name, _ = one.NameWithContext(ctx)
			}
			names[c.Pid] = text(name)
		}
		p.Process = text(name)
		out = append(out, p)
	}
	return out
}
