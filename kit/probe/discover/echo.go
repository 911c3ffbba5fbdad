// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
)

// perSecond is how many packets a sweep sends in a second.
const perSecond = 200

// sweep asks each address for an echo, twice where none comes, and calls heard for those that answer. It says whether it could ask at all.
func sweep(ctx context.Context, list []netip.Addr, heard func(netip.Addr)) bool {
	c, raw := listen()
	if c == nil {
		return false
	}
	var mu sync.Mutex
	alive := map[netip.Addr]bool{}
	wanted := map[netip.Addr]bool{}
	for _, a := range list {
		wanted[a] = true
	}
	id := os.Getpid() & 0xffff
	var wg sync.WaitGroup
	wg.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			m, err := icmp.ParseMessage(1, buf[:n])
			if err != nil || m.Type != ipv4.ICMPTypeEchoReply {
				continue
			}
			if e, ok := m.Body.(*icmp.Echo); !ok || raw && e.ID != id {
				continue
			}
			if a := addressOf(from); wanted[a] {
				mu.Lock()
				alive[a] = true
				mu.Unlock()
			}
		}
	})
	for pass := range 2 {
		tick := time.NewTicker(time.Second / perSecond)
		for i, a := range list {
			mu.Lock()
			done := alive[a]
			mu.Unlock()
			if done {
				continue
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
				b, _ := (&icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: id, Seq: pass<<13 | i&0x1fff, Data: []byte("mainstay")}}).Marshal(nil)
				var to net.Addr = &net.UDPAddr{IP: a.AsSlice()}
				if raw {
					to = &net.IPAddr{IP: a.AsSlice()}
				}
				_, _ = c.WriteTo(b, to) // unreachable: it does not answer
			}
		}
		tick.Stop()
		pause(ctx, time.Second)
	}
	_ = c.Close()
	wg.Wait()
	for a := range alive {
		heard(a)
	}
	return true
}

// listen opens a socket for echoes: with the rights of an administrator, else the kind that systems give to everybody.
func listen() (c *icmp.PacketConn, raw bool) {
	if c, err := icmp.ListenPacket("ip4:icmp", "0.0.0.0"); err == nil {
		return c, true
	}
	if c, err := icmp.ListenPacket("udp4", "0.0.0.0"); err == nil {
		return c, false
	}
	return nil, false
}

func addressOf(a net.Addr) netip.Addr {
	var ip net.IP
	switch x := a.(type) {
	case *net.IPAddr:
		ip = x.IP
	case *net.UDPAddr:
		ip = x.IP
	}
	out, _ := netip.AddrFromSlice(ip)
	return out.Unmap()
}

// pause waits, or returns when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
