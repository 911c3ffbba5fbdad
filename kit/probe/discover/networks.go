// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"bufio"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// MinBits is the length of the shortest prefix that is looked into: 4,094 hosts.
const MinBits = 20

const maxNetworks = 16

// Own are the private IPv4 networks that this machine is in. One larger than /20 is cut to the part around its own address.
func Own() []netip.Prefix {
	var out []netip.Prefix
	list, _ := net.Interfaces() // none: nothing is found
	for _, i := range list {
		if i.Flags&net.FlagUp == 0 || i.Flags&(net.FlagLoopback|net.FlagPointToPoint) != 0 || inner(i.Name) {
			continue
		}
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			n, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			ip, ok := netip.AddrFromSlice(n.IP)
			if ip = ip.Unmap(); !ok || !ip.Is4() || !Private(ip) {
				continue
			}
			ones, _ := n.Mask.Size()
			p, err := ip.Prefix(max(ones, MinBits))
			if err == nil && ones < 31 && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	return out[:min(len(out), maxNetworks)]
}

// inner are networks that exist inside the machine only: containers and virtual machines.
func inner(name string) bool {
	for _, p := range []string{"docker", "br-", "veth", "virbr", "cni", "flannel", "cali", "lxc", "lxd", "vEthernet (WSL", "vEthernet (Default"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// Private reports whether an address belongs to no public network: RFC 1918 and, as carriers and some firms use it, RFC 6598.
func Private(a netip.Addr) bool {
	return a.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(a)
}

// Parse reads networks, separated by commas or spaces. It refuses what is public or larger than /20.
func Parse(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, f := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\r' || r == '\t' || r == ';' }) {
		p, err := netip.ParsePrefix(f)
		if a, single := netip.ParseAddr(f); err != nil && single == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		switch {
		case err != nil:
			return nil, because("%q is no network. It is written like 192.168.1.0/24", f)
		case !p.Addr().Is4():
			return nil, because("%s: only IPv4 networks can be looked into", f)
		case p.Bits() < MinBits:
			return nil, because("%s is too large: at most /%d, which is 4,094 hosts", f, MinBits)
		case !Private(p.Addr()) || !Private(last(p)):
			return nil, because("%s is a public network. Only private ones are looked into", f)
		}
		if p = p.Masked(); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(out) > maxNetworks {
		return nil, because("these are too many networks: at most %d", maxNetworks)
	}
	return out, nil
}

func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for i := p.Bits(); i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

// hosts are the addresses of a network that hosts can have.
func hosts(p netip.Prefix) []netip.Addr {
	p = p.Masked()
	if p.Bits() >= 31 {
		out := []netip.Addr{p.Addr()}
		if p.Bits() == 31 {
			out = append(out, p.Addr().Next())
		}
		return out
	}
	var out []netip.Addr
	end := last(p)
	for a := p.Addr().Next(); a.Less(end); a = a.Next() {
		out = append(out, a)
	}
	return out
}

// within reports whether p lies in one of list.
func within(p netip.Prefix, list []netip.Prefix) bool {
	return slices.ContainsFunc(list, func(o netip.Prefix) bool { return o.Bits() <= p.Bits() && o.Contains(p.Addr()) })
}

// gateway is the router of this machine's default route, where it can be told.
func gateway() string {
	f, err := os.Open("/proc/net/route")
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		c := strings.Fields(s.Text())
		if len(c) < 3 || c[1] != "00000000" {
			continue
		}
		if b, err := hex.DecodeString(c[2]); err == nil && len(b) == 4 {
			return netip.AddrFrom4([4]byte{b[3], b[2], b[1], b[0]}).String()
		}
	}
	return ""
}
