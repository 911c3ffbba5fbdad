// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// said is what hosts announce of themselves by multicast DNS.
type said struct {
	types     map[string]bool                // _ipp._tcp.local.
	instances map[string]string              // instance → type
	hosts     map[string]string              // instance → host
	addresses map[string][]netip.Addr        // host → addresses
	models    map[netip.Addr]string          // who answered → model of its device-info
	answered  map[netip.Addr]map[string]bool // who answered → its instances
}

const maxSaid = 2000

// announced asks for all services that are announced in the machine's own networks (RFC 6763, 9) and listens for a few seconds.
func announced(ctx context.Context, own []netip.Prefix) *said {
	s := &said{map[string]bool{}, map[string]string{}, map[string]string{}, map[string][]netip.Addr{}, map[netip.Addr]string{}, map[netip.Addr]map[string]bool{}}
	c, err := net.ListenUDP("udp4", &net.UDPAddr{})
	if err != nil {
		return s
	}
	defer func() { _ = c.Close() }()
	s.ask(c, []string{"_services._dns-sd._udp.local."}, dnsmessage.TypePTR)
	asked := map[string]bool{}
	until := time.Now().Add(4 * time.Second)
	buf := make([]byte, 9000)
	for time.Now().Before(until) && ctx.Err() == nil {
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if err == nil {
			if a := from.Addr().Unmap(); within(netip.PrefixFrom(a, a.BitLen()), own) {
				s.take(a, buf[:n])
			}
			continue
		}
		var more []string
		for t := range s.types {
			if !asked[t] && len(more) < 20 && len(asked) < 200 {
				asked[t] = true
				more = append(more, t)
			}
		}
		s.ask(c, more, dnsmessage.TypePTR)
	}
	return s
}

var group = net.UDPAddr{IP: net.IPv4(224, 0, 0, 251), Port: 5353}

// ask sends one question for all names. From a port of one's own, answers come to it alone (RFC 6762, 6.7).
func (s *said) ask(c *net.UDPConn, names []string, t dnsmessage.Type) {
	if len(names) == 0 {
		return
	}
	m := dnsmessage.Message{}
	for _, n := range names {
		if name, err := dnsmessage.NewName(n); err == nil {
			m.Questions = append(m.Questions, dnsmessage.Question{Name: name, Type: t, Class: dnsmessage.ClassINET})
		}
	}
	if b, err := m.Pack(); err == nil {
		_, _ = c.WriteToUDP(b, &group) // nobody there: nobody announces
	}
}

// take reads an answer.
func (s *said) take(from netip.Addr, b []byte) {
	var p dnsmessage.Parser
	h, err := p.Start(b)
	if err != nil || !h.Response || p.SkipAllQuestions() != nil {
		return
	}
	list, _ := p.AllAnswers() // what could be read counts
	if p.SkipAllAuthorities() == nil {
		more, _ := p.AllAdditionals()
		list = append(list, more...)
	}
	for _, r := range list {
		if len(s.types)+len(s.instances)+len(s.hosts)+len(s.addresses) > maxSaid {
			return
		}
		name := r.Header.Name.String()
		switch x := r.Body.(type) {
		case *dnsmessage.PTRResource:
			if strings.EqualFold(name, "_services._dns-sd._udp.local.") {
				if to := x.PTR.String(); strings.HasPrefix(to, "_") {
					s.types[to] = true
				}
				continue
			}
			s.instances[x.PTR.String()] = name
			if s.answered[from] == nil {
				s.answered[from] = map[string]bool{}
			}
			s.answered[from][x.PTR.String()] = true
		case *dnsmessage.SRVResource:
			s.hosts[name] = x.Target.String()
		case *dnsmessage.AResource:
			if a := netip.AddrFrom4(x.A); !slices.Contains(s.addresses[name], a) && len(s.addresses[name]) < 8 {
				s.addresses[name] = append(s.addresses[name], a)
			}
		case *dnsmessage.TXTResource:
			for _, t := range x.TXT {
				key, v, _ := strings.Cut(t, "=")
				if k := strings.ToLower(key); (k == "model" || k == "ty" || k == "md" || k == "product") && v != "" && s.models[from] == "" {
					s.models[from] = clean(strings.Trim(v, "()"), 80)
				}
			}
		}
	}
}

// put adds what hosts announced to those that were found, and hosts that were found only so.
func (s *said) put(list func(netip.Addr) *Host, inside func(netip.Addr) bool) {
	for from, instances := range s.answered {
		if !inside(from) {
			continue
		}
		h := list(from)
		for i := range instances {
			kind, _, _ := strings.Cut(strings.TrimPrefix(s.instances[i], "_"), ".")
			h.service(clean(kind, 20) + " (mDNS)")
			if host := s.hosts[i]; host != "" {
				h.name(clean(strings.TrimSuffix(host, "."), 80), byAnnounce)
			}
		}
		if m := s.models[from]; m != "" && h.Model == "" {
			h.Model = m
		}
	}
}
