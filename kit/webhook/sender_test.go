// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"net/netip"
	"testing"
)

// Every kind of address that leads inside, written in every way. private = with --webhooks-private.
func TestAddresses(t *testing.T) {
	closed, open := newSender(false), newSender(true)
	for _, c := range []struct {
		ip                       string
		https, private, httpOnly bool // whether https goes there; with the flag; http with the flag
	}{
		{"93.184.215.14", true, true, false},
		{"2606:2800:21f:cb07:6820:80da:af6b:8b2c", true, true, false},
		{"127.0.0.1", false, true, true},
		{"127.8.9.10", false, true, true},
		{"::1", false, true, true},
		{"10.1.2.3", false, true, true},
		{"172.16.0.1", false, true, true},
		{"172.31.255.254", false, true, true},
		{"172.32.0.1", true, true, false}, // beyond the private range
		{"192.168.1.1", false, true, true},
		{"fd12:3456:789a::1", false, true, true},
		{"169.254.169.254", false, false, false}, // metadata
		{"169.254.1.1", false, false, false},
		{"fe80::1", false, false, false},
		{"fe80::1%eth0", false, false, false},
		{"fd00:ec2::254", false, false, false}, // metadata
		{"168.63.129.16", false, false, false}, // metadata in a public range
		{"100.64.0.1", false, false, false},
		{"100.100.100.200", false, false, false}, // metadata
		{"192.0.0.192", false, false, false},     // metadata
		{"0.0.0.0", false, false, false},
		{"0.1.2.3", false, false, false},
		{"::", false, false, false},
		{"::ffff:127.0.0.1", false, false, false},
		{"::ffff:10.0.0.1", false, false, false},
		{"::ffff:169.254.169.254", false, false, false},
		{"::ffff:93.184.215.14", false, false, false}, // systems dial it as IPv4
		{"::127.0.0.1", false, false, false},          // IPv4-compatible
		{"64:ff9b::a00:1", false, false, false},       // NAT64 of 10.0.0.1
		{"64:ff9b::a9fe:a9fe", false, false, false},
		{"64:ff9b:1::a00:1", false, false, false}, // local NAT64
		{"2002:a00:1::1", false, false, false},    // 6to4 of 10.0.0.1
		{"2002:7f00:1::", false, false, false},
		{"2001:0:a00:1::", false, false, false}, // Teredo
		{"2001:db8::1", false, false, false},
		{"198.18.0.1", false, false, false},
		{"203.0.113.9", false, false, false},
		{"224.0.0.1", false, false, false},
		{"ff02::1", false, false, false},
		{"255.255.255.255", false, false, false},
		{"240.0.0.1", false, false, false},
		{"fec0::1", false, false, false}, // site-local, of old
	} {
		ip := netip.MustParseAddr(c.ip)
		for _, x := range []struct {
			s      *sender
			scheme string
			want   bool
		}{{closed, "https", c.https}, {closed, "http", false}, {open, "https", c.private}, {open, "http", c.httpOnly}} {
			if got := x.s.may(x.scheme, ip) == nil; got != x.want {
				t.Errorf("%s to %s (private %v): %v, want %v", x.scheme, c.ip, x.s.private, got, x.want)
			}
		}
	}
}
