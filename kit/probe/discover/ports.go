// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"context"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// port is a well-known service.
type port struct {
	number int
	name   string
}

// services are looked for at each host that is there.
func services() []port {
	return []port{
		{22, "ssh"},
		{23, "telnet"},
		{25, "smtp"},
		{53, "dns"},
		{80, "http"},
		{443, "https"},
		{445, "smb"},
		{554, "rtsp"},
		{631, "ipp"},
		{3389, "rdp"},
		{5001, "nas"},
		{5900, "vnc"},
		{8006, "proxmox"},
		{8291, "winbox"},
		{9100, "printing"},
	}
}

// few are asked of addresses that say nothing else, where the neighbour table does not reach.
func few() []port { return []port{{443, "https"}, {445, "smb"}, {80, "http"}, {22, "ssh"}} }

// answer is what came of trying a port.
type answer struct{ open, there bool }

// portsAtOnce bounds how many ports of one address are tried at once: one that drops packets is no faster to find out about one by one.
const portsAtOnce = 5

// tryPorts tries ports of an address, a few at once.
func (s *scan) tryPorts(ctx context.Context, a netip.Addr, list []port) []answer {
	out, slots := make([]answer, len(list)), make(chan struct{}, portsAtOnce)
	var wg sync.WaitGroup
	for i, p := range list {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			out[i].open, out[i].there = s.open(ctx, a, p.number)
		})
	}
	wg.Wait()
	return out
}

// open reports whether a connection to a port can be made, and whether anything answered at all: a refusal is an answer.
func (s *scan) open(ctx context.Context, a netip.Addr, n int) (open, there bool) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	select {
	case <-ctx.Done():
		return false, false
	case <-s.pace.C:
	}
	c, err := s.dial(ctx, "tcp", netip.AddrPortFrom(a, uint16(n)).String())
	if err == nil {
		_ = c.Close()
		return true, true
	}
	return false, refused(err)
}

func label(p port) string { return p.name + "/" + strconv.Itoa(p.number) }
