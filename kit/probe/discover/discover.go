// SPDX-License-Identifier: Apache-2.0

package discover

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"mainstay/kit/probe/snmp"
	"mainstay/kit/wire"
)

// Kind is the kind of probes that this package makes.
const Kind = "discover"

// The parameters of a probe. Its target is the networks, separated by spaces; "own" are those of the machine.
const (
	OwnNetworks  = "own"
	ParamBeyond  = "beyond"      // "yes": a person allowed networks beyond the machine's own
	SecretAccess = "credentials" // JSON: a list of snmp.Credentials, tried in turn
)

// How a name came.
const (
	byAnnounce = "mdns"
	byNetBIOS  = "netbios"
	byDNS      = "dns"
	bySNMP     = "snmp"
)

// Host is a host that was found.
type Host struct {
	Address  string            `json:"address"`
	MAC      string            `json:"mac,omitempty"`
	Name     string            `json:"name,omitempty"`
	By       string            `json:"by,omitempty"`    // how the name came: snmp, netbios, mdns, dns
	Model    string            `json:"model,omitempty"` // as it announces itself
	Services []string          `json:"services,omitempty"`
	SNMP     *snmp.Description `json:"snmp,omitempty"`
	Access   int               `json:"access,omitempty"` // which of the credentials it takes, from 1
	Self     bool              `json:"self,omitempty"`   // the machine that looked
}

// Found is what a look into networks found.
type Found struct {
	Networks []string `json:"networks"`
	Gateway  string   `json:"gateway,omitempty"`
	Hosts    []Host   `json:"hosts"`
	Cut      bool     `json:"cut,omitempty"` // there were more hosts than can be told
}

const maxHosts = 4096

func (h *Host) service(s string) {
	if s != "" && !slices.Contains(h.Services, s) && len(h.Services) < 24 {
		h.Services = append(h.Services, s)
	}
}

// name keeps the best name: what the device says itself, then what it announces, then what others call it.
func (h *Host) name(s, by string) {
	order := []string{bySNMP, byNetBIOS, byAnnounce, byDNS}
	if s != "" && (h.Name == "" || slices.Index(order, by) < slices.Index(order, h.By)) {
		h.Name, h.By = s, by
	}
}

// scan is one look.
type scan struct {
	networks []netip.Prefix
	own      []netip.Prefix
	control  func(network, address string, c syscall.RawConn) error
	access   []snmp.Credentials
	pace     *time.Ticker // connections

	mu    sync.Mutex
	hosts map[netip.Addr]*Host
}

// Run makes a probe. control is asked before anything is sent to an address over a connection.
func Run(ctx context.Context, p wire.Probe, control func(network, address string, c syscall.RawConn) error) wire.Observation {
	o := wire.Observation{Probe: p.ID, State: wire.StateUnknown}
	began := time.Now()
	timeout := time.Duration(p.Timeout) * time.Second
	if timeout <= 0 {
		timeout = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	s := &scan{control: control, own: Own(), hosts: map[netip.Addr]*Host{}}
	if err := s.prepare(p); err != nil {
		tell(&o, wire.Say("%s.", saidBy(err)))
		return o
	}
	s.run(ctx)
	f := s.found()
	o.Took = int(time.Since(began).Milliseconds())
	o.State = wire.StateOK
	text := wire.Say("%d host in %s.|%d hosts in %s.", len(f.Hosts), strings.Join(f.Networks, ", "))
	if ctx.Err() != nil {
		o.State, text = wire.StateWarning, wire.Say("Not finished within %s: %d hosts so far.", timeout, len(f.Hosts))
	}
	tell(&o, text)
	o.Found = f.pack()
	return o
}

// fail is an error that can be told in any language. It has no full stop.
type fail struct{ wire.Said }

// Error is the sentence in English.
func (f fail) Error() string { return f.String() }

func because(key string, args ...any) error { return fail{wire.Say(key, args...)} }

func saidBy(err error) wire.Said {
	if f, ok := errors.AsType[fail](err); ok {
		return f.Said
	}
	return wire.Say("%s", err.Error())
}

func tell(o *wire.Observation, s wire.Said) { o.Said, o.Text = &s, s.String() }

func (s *scan) prepare(p wire.Probe) error {
	if p.Target == "" || p.Target == OwnNetworks {
		if s.networks = s.own; len(s.networks) == 0 {
			return because("The machine is in no private network")
		}
	} else {
		list, err := Parse(p.Target)
		if err != nil {
			return err
		}
		for _, n := range list {
			if !within(n, s.own) && p.Params[ParamBeyond] != "yes" {
				return because("%s is not a network of the machine that looks. Allow networks beyond its own, or choose another probe", n)
			}
		}
		if s.networks = list; len(list) == 0 {
			return because("No network is given")
		}
	}
	if text := p.Secret[SecretAccess]; text != "" {
		if err := json.Unmarshal([]byte(text), &s.access); err != nil {
			return because("The credentials cannot be read")
		}
		s.access = s.access[:min(len(s.access), 8)]
	}
	return nil
}

func (s *scan) inside(a netip.Addr) bool {
	return slices.ContainsFunc(s.networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// host is the entry of an address.
func (s *scan) host(a netip.Addr) *Host {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[a]
	if h == nil {
		h = &Host{Address: a.String()}
		if len(s.hosts) < maxHosts {
			s.hosts[a] = h
		}
	}
	return h
}

func (s *scan) run(ctx context.Context) {
	s.pace = time.NewTicker(time.Second / perSecond)
	defer s.pace.Stop()
	var all []netip.Addr
	for _, n := range s.networks {
		for _, a := range hosts(n) {
			if !slices.Contains(all[max(0, len(all)-1):], a) {
				all = append(all, a)
			}
		}
	}
	heard := make(chan *said, 1)
	go func() { heard <- announced(ctx, s.own) }()
	s.self()
	s.sweep(ctx, all)
	(<-heard).put(s.host, s.inside)
	s.table(ctx)
	s.knock(ctx, all)
	s.ask(ctx)
}

// self enters the machine's own addresses.
func (s *scan) self() {
	list, _ := net.Interfaces()
	for _, i := range list {
		addresses, _ := i.Addrs()
		for _, x := range addresses {
			n, ok := x.(*net.IPNet)
			if !ok {
				continue
			}
			if a, ok := netip.AddrFromSlice(n.IP); ok && s.inside(a.Unmap()) {
				h := s.host(a.Unmap())
				h.Self, h.MAC = true, hardware(i.HardwareAddr.String())
			}
		}
	}
}

// sweep asks all addresses for an echo. The question alone makes hosts that do not answer it show up in the neighbour table.
func (s *scan) sweep(ctx context.Context, all []netip.Addr) {
	if sweep(ctx, all, func(a netip.Addr) { s.host(a) }) {
		return
	}
	for _, a := range all { // no echo without rights: a packet to a port that nobody listens at asks the neighbour table, too
		select {
		case <-ctx.Done():
			return
		case <-s.pace.C:
		}
		if c, err := s.dial(ctx, "udp4", netip.AddrPortFrom(a, 9).String()); err == nil {
			_, _ = c.Write([]byte{0})
			_ = c.Close()
		}
	}
	pause(ctx, 2*time.Second)
}

// table enters what the neighbour table knows.
func (s *scan) table(ctx context.Context) {
	for a, mac := range neighbours(ctx) {
		if s.inside(a) {
			s.host(a).MAC = mac
		}
	}
}

// knock tries a few ports of addresses that say nothing, in networks that the neighbour table does not reach.
func (s *scan) knock(ctx context.Context, all []netip.Addr) {
	s.each(ctx, all, func(a netip.Addr) {
		if s.known(a) || within(netip.PrefixFrom(a, 32), s.own) {
			return
		}
		if slices.ContainsFunc(s.tryPorts(ctx, a, few()), func(x answer) bool { return x.there }) {
			s.host(a)
		}
	})
}

func (s *scan) known(a netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hosts[a] != nil
}

// ask asks each host that is there who it is.
func (s *scan) ask(ctx context.Context) {
	var there []netip.Addr
	for a := range s.hosts {
		there = append(there, a)
	}
	s.each(ctx, there, func(a netip.Addr) {
		h := s.host(a)
		list := services()
		for i, x := range s.tryPorts(ctx, a, list) {
			if x.open {
				h.service(label(list[i]))
			}
		}
		if h.Self {
			return
		}
		s.identify(ctx, a, h)
		if name, mac := s.netbios(ctx, a); name != "" {
			h.name(name, byNetBIOS)
			if h.MAC == "" {
				h.MAC = mac
			}
		}
		h.name(s.reverse(ctx, a), byDNS)
	})
}

// identify tries the credentials of SNMP in turn.
func (s *scan) identify(ctx context.Context, a netip.Addr, h *Host) {
	for i, c := range s.access {
		d, err := snmp.Identify(ctx, snmp.Target{Host: a.String(), Credentials: c, Wait: 700 * time.Millisecond, Control: s.control})
		if errors.Is(err, syscall.ECONNREFUSED) || ctx.Err() != nil {
			return
		}
		if err != nil || d.Name == "" && d.Descr == "" && d.ObjectID == "" {
			continue
		}
		h.SNMP, h.Access = d, i+1
		h.name(d.Name, bySNMP)
		h.service("snmp/161")
		if h.MAC == "" {
			h.MAC = d.MAC
		}
		return
	}
}

// each calls fn for all addresses, a few at a time.
func (s *scan) each(ctx context.Context, list []netip.Addr, fn func(netip.Addr)) {
	next := make(chan netip.Addr)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for a := range next {
				fn(a)
			}
		})
	}
	for _, a := range list {
		if ctx.Err() != nil {
			break
		}
		next <- a
	}
	close(next)
	wg.Wait()
}

// dial connects under the guard.
func (s *scan) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: 2 * time.Second, Control: s.control}).DialContext(ctx, network, address)
}

func (s *scan) found() *Found {
	f := &Found{Gateway: gateway(), Hosts: []Host{}}
	for _, n := range s.networks {
		f.Networks = append(f.Networks, n.String())
	}
	for _, h := range s.hosts {
		slices.Sort(h.Services)
		f.Hosts = append(f.Hosts, *h)
	}
	slices.SortFunc(f.Hosts, func(a, b Host) int {
		return netip.MustParseAddr(a.Address).Compare(netip.MustParseAddr(b.Address))
	})
	return f
}

// pack is f as JSON within the bounds of an observation.
func (f *Found) pack() json.RawMessage {
	for {
		b, err := json.Marshal(f)
		if err != nil {
			return nil
		}
		if len(b) <= wire.MaxFound {
			return b
		}
		f.Cut = true
		f.Hosts = f.Hosts[:len(f.Hosts)*9/10]
	}
}

// refused reports whether the host itself said no.
func refused(err error) bool {
	// Windows has a number of its own for it.
	return errors.Is(err, syscall.ECONNREFUSED) || runtime.GOOS == "windows" && errors.Is(err, syscall.Errno(10061))
}

// clean is one line of at most most characters.
func clean(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}
