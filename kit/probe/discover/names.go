// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"time"
)

// netbios asks a host of the Windows world for its name and hardware address (RFC 1002, 4.2.17 NODE STATUS REQUEST).
func (s *scan) netbios(ctx context.Context, a netip.Addr) (name, mac string) {
	c, err := s.dial(ctx, "udp4", netip.AddrPortFrom(a, 137).String())
	if err != nil {
		return "", ""
	}
	defer func() { _ = c.Close() }()
	ask := append([]byte{0x4d, 0x53, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x20}, []byte("CK"+strings.Repeat("A", 30))...)
	ask = append(ask, 0, 0, 0x21, 0, 1)
	if _, err := c.Write(ask); err != nil {
		return "", ""
	}
	_ = c.SetReadDeadline(time.Now().Add(800 * time.Millisecond))
	buf := make([]byte, 1500)
	n, err := c.Read(buf)
	if err != nil {
		return "", ""
	}
	return readNetBIOS(buf[:n])
}

// readNetBIOS takes the name of the machine (suffix 0, no group) and its hardware address out of an answer.
func readNetBIOS(b []byte) (name, mac string) {
	const head = 12 + 34 + 10 // header, question's name, type, class, time, length
	if len(b) < head+1 || binary.BigEndian.Uint16(b) != 0x4d53 {
		return "", ""
	}
	count := int(b[head])
	at := head + 1
	for range count {
		if len(b) < at+18 {
			return name, ""
		}
		group := b[at+16]&0x80 != 0
		if b[at+15] == 0 && !group && name == "" {
			name = clean(strings.TrimRight(string(b[at:at+15]), " \x00"), 15)
		}
		at += 18
	}
	if len(b) >= at+6 {
		mac = hardware(net.HardwareAddr(b[at : at+6]).String())
	}
	return name, mac
}

// reverse is the name that the network's name server gives to an address.
func (s *scan) reverse(ctx context.Context, a netip.Addr) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	list, err := net.DefaultResolver.LookupAddr(ctx, a.String())
	if err != nil || len(list) == 0 {
		return ""
	}
	return clean(strings.TrimSuffix(list[0], "."), 100)
}
