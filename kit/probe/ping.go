// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"time"

	"mainstay/kit/wire"
)

// The size of an echo's content: 56 bytes, as ping has had it for ever.
const echoSize = 56

// ping sends ICMP echoes and counts which come back. The socket is the one that needs no rights where the system has it, else a raw one.
//
// Params: count (1–20, 5), interval (seconds, 0.2), warn and critical (seconds, of the average), loss_warn and loss_critical (percent; 1
// lost of 5 is 20; without them rules decide, and only no answer at all is critical), family (any, ip4, ip6).
func ping(ctx context.Context, t *Task) (wire.State, wire.Said) {
	count := t.Params.Count("count", 5, 1, 20)
	interval := time.Duration(min(max(t.Params.Number("interval", .2), .05), 5) * float64(time.Second))
	lossWarn, lossCritical := t.Params.Number("loss_warn", 0), t.Params.Number("loss_critical", 0)
	family := map[string]string{"any": "ip", "ip4": "ip4", "ip6": "ip6"}[t.Params.Choice("family", "any", "ip4", "ip6")]
	host, _ := t.HostPort("")
	if t.Params.Err != nil {
		return wire.StateUnknown, wire.Said{}
	}
	list, err := t.Guard.Lookup(ctx, family, host)
	if err != nil {
		return wire.StateCritical, wire.Say("Nothing can be sent: %s.", Reason(err))
	}
	to := preferV4(list)
	e, err := newEcho(to)
	if err != nil {
		return wire.StateUnknown, wire.Say("This machine lets the program send no echo requests: on Linux net.ipv4.ping_group_range or CAP_NET_RAW allows it. (%s)", Reason(err))
	}
	defer func() { _ = e.conn.Close() }()
	times, sendErr := e.run(ctx, count, interval)
	lost := float64(count-len(times)) / float64(count)
	t.Measure("probe_packet_loss_ratio", lost)
	if len(times) == 0 {
		if sendErr != nil {
			return wire.StateCritical, wire.Say("No answer from %s: %s.", to, Reason(sendErr))
		}
		return wire.StateCritical, wire.Say("No answer from %s to %d echo requests.", to, count)
	}
	least, most, sum := times[0], times[0], time.Duration(0)
	for _, d := range times {
		least, most, sum = min(least, d), max(most, d), sum+d
	}
	average := sum / time.Duration(len(times))
	t.Measure("probe_duration_seconds", average.Seconds())
	for _, x := range []struct {
		stat string
		d    time.Duration
	}{{"min", least}, {"avg", average}, {"max", most}} {
		t.Measure("probe_round_trip_seconds", x.d.Seconds(), wire.Label{Name: "stat", Value: x.stat})
	}
	text := wire.Say("%d of %d answers from %s, %s on average (%s to %s).", len(times), count, to, average, least, most)
	switch percent := lost * 100; {
	case percent >= lossCritical && lossCritical > 0:
		return wire.StateCritical, text.And(wire.Say("%.0f %% are lost; critical from %.0f %% on.", percent, lossCritical))
	case percent >= lossWarn && lossWarn > 0 && lost > 0:
		if st, slow := t.slow(average, text); st == wire.StateCritical {
			return st, slow
		}
		return wire.StateWarning, text.And(wire.Say("%.0f %% are lost.", percent))
	}
	return t.slow(average, text)
}

func preferV4(list []netip.Addr) netip.Addr {
	for _, a := range list {
		if a.Is4() {
			return a
		}
	}
	return list[0]
}

// echo is a socket with the one whom it asks.
type echo struct {
	conn net.PacketConn
	to   netip.Addr
	addr net.Addr
	v6   bool
	raw  bool // the number of the asker is ours to compare
	id   uint16
	key  [16]byte // stands in each request: answers to others are not ours
}

func newEcho(to netip.Addr) (*echo, error) {
	e := &echo{to: to, v6: to.Is6()}
	_, _ = rand.Read(e.key[:])
	e.id = binary.BigEndian.Uint16(e.key[:2])
	var err error
	if e.conn, err = openPing(e.v6); err == nil {
		e.addr = &net.UDPAddr{IP: to.AsSlice(), Zone: to.Zone()}
		return e, nil
	}
	network := "ip4:icmp"
	if e.v6 {
		network = "ip6:ipv6-icmp"
	}
	e.raw, e.addr = true, &net.IPAddr{IP: to.AsSlice(), Zone: to.Zone()}
	e.conn, err = net.ListenPacket(network, "") //nolint:noctx // binds and waits for nothing
	return e, err
}

// run sends requests and returns how long the answers took that came before ctx ended.
func (e *echo) run(ctx context.Context, count int, interval time.Duration) (times []time.Duration, sendErr error) {
	if d, ok := ctx.Deadline(); ok {
		_ = e.conn.SetReadDeadline(d)
	}
	stop := context.AfterFunc(ctx, func() { _ = e.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	sent := make([]time.Time, count)
	next := make(chan int, count) // numbers that were sent
	go func() {
		defer close(next)
		for i := range count {
			sent[i] = time.Now()
			next <- i // before: an answer may be here at once
			if _, err := e.conn.WriteTo(e.request(i), e.addr); err != nil {
				sendErr = err
			}
			if i == count-1 {
				break
			}
			wait := time.NewTimer(interval)
			select {
			case <-ctx.Done():
				wait.Stop()
				return
			case <-wait.C:
			}
		}
		// What is not here soon after the last one is lost, when others were much faster.
		grace := max(3*interval, 2*time.Second)
		if d, ok := ctx.Deadline(); !ok || time.Until(d) > grace {
			_ = e.conn.SetReadDeadline(time.Now().Add(grace))
		}
	}()
	got := make([]bool, count)
	buf := make([]byte, 1500)
	out := 0
	for len(times) < count {
		n, from, err := e.conn.ReadFrom(buf)
		now := time.Now()
		if err != nil {
			break
		}
		for drained := false; !drained; { // makes what the sender wrote of these numbers visible here
			select {
			case _, ok := <-next:
				if ok {
					out++
				} else {
					drained = true
				}
			default:
				drained = true
			}
		}
		if i, ok := e.answer(buf[:n], from); ok && i < out && !got[i] {
			got[i] = true
			times = append(times, max(now.Sub(sent[i]), time.Microsecond))
		}
	}
	for range next { //nolint:revive // waits for the sender
	}
	return times, sendErr
}

// request is an echo request with a number.
func (e *echo) request(i int) []byte {
	b := make([]byte, 8+echoSize)
	b[0] = 8
	if e.v6 {
		b[0] = 128
	}
	binary.BigEndian.PutUint16(b[4:], e.id)
	binary.BigEndian.PutUint16(b[6:], uint16(i))
	copy(b[8:], e.key[:])
	if !e.v6 { // that of ICMPv6 is the system's to reckon
		binary.BigEndian.PutUint16(b[2:], checksum(b))
	}
	return b
}

// checksum is that of RFC 1071.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		sum += uint32(b[len(b)-1]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// answer returns the number of the request that a packet answers.
func (e *echo) answer(b []byte, from net.Addr) (int, bool) {
	if !e.v6 && len(b) > 20 && b[0]>>4 == 4 && b[9] == 1 { // macOS hands out the IP header as well
		if n := int(b[0]&15) * 4; n < len(b) {
			b = b[n:]
		}
	}
	kind := byte(0)
	if e.v6 {
		kind = 129
	}
	if len(b) < 8+len(e.key) || b[0] != kind || [16]byte(b[8:24]) != e.key || e.raw && binary.BigEndian.Uint16(b[4:]) != e.id {
		return 0, false
	}
	var ip net.IP
	switch a := from.(type) {
	case *net.UDPAddr:
		ip = a.IP
	case *net.IPAddr:
		ip = a.IP
	}
	if a, ok := netip.AddrFromSlice(ip); !ok || a.Unmap() != e.to.WithZone("") {
		return 0, false
	}
	return int(binary.BigEndian.Uint16(b[6:])), true
}
