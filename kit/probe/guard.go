// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"mainstay/kit/wire"
)

// Guard decides which addresses may be reached. Its zero value lets nothing through.
type Guard struct {
	may    func(netip.Addr) error
	speaks bool
	dns    *net.Resolver
}

// NewGuard returns a guard that lets through the addresses for which may is nil, besides what nobody may reach. speaks: also text of
// one's own choice may be sent, not only questions of a fixed form.
func NewGuard(may func(netip.Addr) error, speaks bool) Guard { return Guard{may: may, speaks: speaks} }

// Local is the guard of an agent: the network that its machine is in and all behind it, but no text of one's own choice, since what
// listens inside a network often believes whoever reaches it.
func Local() Guard { return NewGuard(func(netip.Addr) error { return nil }, false) }

// With returns the guard with another resolver of names than the system's.
func (g Guard) With(r *net.Resolver) Guard {
	g.dns = r
	return g
}

// Speaks reports whether text of one's own choice may be sent.
func (g Guard) Speaks() bool { return g.speaks }

// ErrRefused is wrapped by every refusal.
var ErrRefused = errors.New("the address is out of bounds")

// Refused is an error that wraps ErrRefused with a sentence.
func Refused(key string, args ...any) error { return refusal{sentence{wire.Say(key, args...)}} }

type refusal struct{ sentence }

func (r refusal) Is(err error) bool { return err == ErrRefused }

// never are networks and addresses that no probe is for: where clouds tell a machine its secrets, and what is no single host.
func never() (out []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
		"::/128", "ff00::/8", "fd00:ec2::254/128", "fd20:ce::254/128", "fd00:42::42/128",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// embedded are the prefixes under which an IPv4 address can hide in an IPv6 one, with where it begins: NAT64 (RFC 6052, and the local
// one of RFC 8215), 6to4, and the old "compatible" form. Teredo is refused by its prefix wherever it matters: it is not inside.
func embedded(a netip.Addr) (netip.Addr, bool) {
	b := a.As16()
	at := func(n int) (netip.Addr, bool) { return netip.AddrFrom4([4]byte(b[n : n+4])), true }
	for _, x := range []struct {
		prefix string
		at     int
	}{{"64:ff9b::/96", 12}, {"64:ff9b:1::/48", 12}, {"2002::/16", 2}, {"::/96", 12}} {
		if netip.MustParsePrefix(x.prefix).Contains(a) {
			return at(x.at)
		}
	}
	return netip.Addr{}, false
}

// Check says why an address may not be reached, nil when it may. An IPv4 address inside of an IPv6 one is looked at as what it is.
func (g Guard) Check(a netip.Addr) error {
	if g.may == nil || !a.IsValid() {
		return Refused("nothing may be reached from here")
	}
	a = a.Unmap().WithZone("")
	if slices.ContainsFunc(never(), func(p netip.Prefix) bool { return p.Contains(a) }) {
		return Refused("%s is no address that anything is watched at", a)
	}
	if a.Is6() && a != netip.IPv6Loopback() {
		if v4, ok := embedded(a); ok {
			if err := g.Check(v4); err != nil {
				return err
			}
		}
	}
	return g.may(a)
}

// Control is for [net.Dialer] and [net.ListenConfig]: it asks Check once the address is known.
func (g Guard) Control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return Refused("%s is no address", address)
	}
	return g.Check(to.Addr())
}

// Dialer returns a dialer that reaches only what the guard lets through.
func (g Guard) Dialer() *net.Dialer {
	return &net.Dialer{Timeout: 30 * time.Second, Control: g.Control, Resolver: g.dns}
}

// Dial connects to an address as [net.Dialer.DialContext] does, if the guard lets it.
func (g Guard) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return g.Dialer().DialContext(ctx, network, address)
}

// Lookup resolves a host, or reads an address, and returns those addresses that may be reached. It fails when there are none. network is
// "ip", "ip4" or "ip6". Whoever uses them later must use these and not the name: it may mean something else by then.
func (g Guard) Lookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	list := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		list = append(list, a)
	} else {
		r := g.dns
		if r == nil {
			r = net.DefaultResolver
		}
		if list, err = r.LookupNetIP(ctx, network, host); err != nil {
			return nil, err
		}
	}
	var out []netip.Addr
	var why error
	for _, a := range list {
		if err := g.Check(a); err != nil {
			why = err
			continue
		}
		out = append(out, a.Unmap())
	}
	if len(out) == 0 && why == nil {
		why = because("the name %s has no address", host)
	}
	if len(out) == 0 {
		return nil, why
	}
	return out, nil
}

// dialAny connects to the first of some addresses that answers.
func (g Guard) dialAny(ctx context.Context, list []netip.Addr, port string) (conn net.Conn, err error) {
	for i, a := range list {
		within, stop := ctx, func() {}
		if i < len(list)-1 { // one that is silent must not take the time of all
			within, stop = context.WithTimeout(ctx, 3*time.Second)
		}
		conn, err = g.Dial(within, "tcp", net.JoinHostPort(a.String(), port))
		stop()
		if err == nil || ctx.Err() != nil {
			return conn, err
		}
	}
	return nil, err
}
