// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"mainstay/kit/wire"
)

const maxAnswers = 100

// dns asks for a name, at a name server or as this machine does.
//
// Params: type (A, AAAA, MX, TXT, NS, CNAME, SOA, PTR), server (host or host:port; "" = the system's), expect (values
// that must be among the answers), exact (no others), warn and critical (seconds).
func dns(ctx context.Context, t *Task) (wire.State, wire.Said) {
	kind := t.Params.Choice("type", "A", "AAAA", "MX", "TXT", "NS", "CNAME", "SOA", "PTR")
	server, expect := t.Params.Text("server"), t.Params.List("expect")
	exact := t.Params.Choice("exact", "no", "yes") == "yes"
	name, err := dnsName(t.Target, kind)
	if err != nil {
		t.Params.Fail("%q is no name that can be asked for.", Clip(t.Target, 100))
	}
	if kind == "SOA" && server == "" {
		t.Params.Fail("For a SOA record say which name server is asked.")
	}
	if t.Params.Err != nil {
		return wire.StateUnknown, wire.Said{}
	}
	begin := time.Now()
	var answers []string
	if server == "" {
		answers, err = askSystem(ctx, t.Target, kind)
	} else {
		answers, err = askServer(ctx, t, server, name, kind)
	}
	took := time.Since(begin)
	if err != nil {
		if ctx.Err() != nil || isTimeout(err) {
			return wire.StateCritical, wire.Say("The name server does not answer within %s.", took)
		}
		if r, ok := errors.AsType[rcode](err); ok {
			t.Measure("probe_duration_seconds", took.Seconds())
			return wire.StateCritical, r.sentence(t.Target, took)
		}
		return wire.StateCritical, wire.Say("The name server cannot be asked: %s.", Reason(err))
	}
	t.Measure("probe_duration_seconds", took.Seconds())
	t.Measure("probe_dns_answers", float64(len(answers)))
	slices.Sort(answers)
	t.Find(map[string]any{"type": kind, "answers": answers})
	for _, a := range answers {
		t.Detail("%s", a)
	}
	if len(answers) == 0 {
		return wire.StateCritical, wire.Say("%s has no %s record.", t.Target, kind)
	}
	shown := Clip(strings.Join(answers, ", "), 200)
	for _, want := range expect {
		if !slices.ContainsFunc(answers, func(a string) bool { return sameAnswer(kind, a, want) }) {
			return wire.StateCritical, wire.Say("%s of %s is %s; expected %s.", kind, t.Target, shown, want)
		}
	}
	if exact && len(expect) > 0 {
		for _, a := range answers {
			if !slices.ContainsFunc(expect, func(want string) bool { return sameAnswer(kind, a, want) }) {
				return wire.StateCritical, wire.Say("%s of %s has %s, which is not expected.", kind, t.Target, Clip(a, 200))
			}
		}
	}
	return t.slow(took, wire.Say("%s of %s is %s, after %s.", kind, t.Target, shown, took))
}

// dnsName is what a question asks for: a name that ends at the root, of an address (PTR) its name backwards.
func dnsName(target, kind string) (dnsmessage.Name, error) {
	target = strings.TrimSpace(target)
	if a, err := netip.ParseAddr(target); err == nil && kind == "PTR" {
		target = reverse(a)
	}
	if strings.ContainsAny(target, " /:\\@\x00") || target == "" {
		return dnsmessage.Name{}, because("no name")
	}
	return dnsmessage.NewName(strings.TrimSuffix(target, ".") + ".")
}

func reverse(a netip.Addr) string {
	var parts []string
	if a = a.Unmap(); a.Is4() {
		for _, b := range a.As4() {
			parts = append(parts, fmt.Sprint(b))
		}
	} else {
		for _, b := range a.As16() {
			parts = append(parts, fmt.Sprintf("%x", b>>4), fmt.Sprintf("%x", b&15))
		}
	}
	slices.Reverse(parts)
	if a.Is4() {
		return strings.Join(parts, ".") + ".in-addr.arpa"
	}
	return strings.Join(parts, ".") + ".ip6.arpa"
}

// sameAnswer compares an answer with what is expected: names without regard to case and the last dot, and of MX also without the
// preference.
func sameAnswer(kind, got, want string) bool {
	if kind == "TXT" {
		return got == strings.Trim(want, `"`)
	}
	norm := func(s string) string { return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), ".") }
	got, want = norm(got), norm(want)
	if a, err := netip.ParseAddr(want); err == nil {
		want = a.Unmap().String()
	}
	if got == want {
		return true
	}
	_, host, ok := strings.Cut(got, " ")
	return ok && kind == "MX" && host == want
}

// askSystem asks as this machine does.
func askSystem(ctx context.Context, name, kind string) (out []string, err error) {
	r := net.DefaultResolver
	switch kind {
	case "A", "AAAA":
		var list []netip.Addr
		list, err = r.LookupNetIP(ctx, map[string]string{"A": "ip4", "AAAA": "ip6"}[kind], name)
		for _, a := range list {
			out = append(out, a.Unmap().String())
		}
	case "MX":
		var list []*net.MX
		list, err = r.LookupMX(ctx, name)
		for _, x := range list {
			out = append(out, fmt.Sprintf("%d %s", x.Pref, strings.TrimSuffix(x.Host, ".")))
		}
	case "TXT":
		out, err = r.LookupTXT(ctx, name)
	case "NS":
		var list []*net.NS
		list, err = r.LookupNS(ctx, name)
		for _, x := range list {
			out = append(out, strings.TrimSuffix(x.Host, "."))
		}
	case "CNAME":
		var s string
		s, err = r.LookupCNAME(ctx, name)
		if s = strings.TrimSuffix(s, "."); s != "" && !strings.EqualFold(s, strings.TrimSuffix(name, ".")) {
			out = append(out, s)
		}
	case "PTR":
		out, err = r.LookupAddr(ctx, name)
		for i := range out {
			out[i] = strings.TrimSuffix(out[i], ".")
		}
	}
	var d *net.DNSError
	if errors.As(err, &d) && d.IsNotFound {
		return nil, rcode(dnsmessage.RCodeNameError)
	}
	for i := range out {
		out[i] = Clip(Line(out[i]), 500)
	}
	return out[:min(len(out), maxAnswers)], err
}

// rcode is an answer that says no.
type rcode dnsmessage.RCode

func (r rcode) Error() string { return dnsmessage.RCode(r).String() }

func (r rcode) sentence(name string, took time.Duration) wire.Said {
	switch dnsmessage.RCode(r) {
	case dnsmessage.RCodeNameError:
		return wire.Say("The name %s does not exist, or has nothing of the kind (after %s).", name, took)
	case dnsmessage.RCodeRefused:
		return wire.Say("The name server refuses to answer for %s.", name)
	case dnsmessage.RCodeServerFailure:
		return wire.Say("The name server failed for %s (SERVFAIL): its own servers do not answer, or signatures do not fit.", name)
	}
	return wire.Say("The name server answers for %s with %s.", name, dnsmessage.RCode(r))
}

var dnsTypes = [...]struct {
	name string
	kind dnsmessage.Type
}{
	{"A", dnsmessage.TypeA},
	{"AAAA", dnsmessage.TypeAAAA},
	{"MX", dnsmessage.TypeMX},
	{"TXT", dnsmessage.TypeTXT},
	{"NS", dnsmessage.TypeNS},
	{"CNAME", dnsmessage.TypeCNAME},
	{"SOA", dnsmessage.TypeSOA},
	{"PTR", dnsmessage.TypePTR},
}

// askServer asks a name server, over TCP when the answer does not fit UDP.
func askServer(ctx context.Context, t *Task, server string, name dnsmessage.Name, kind string) ([]string, error) {
	var qtype dnsmessage.Type
	for _, x := range dnsTypes {
		if x.name == kind {
			qtype = x.kind
		}
	}
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(strings.Trim(server, "[]"), "53")
	}
	var b [2]byte
	_, _ = rand.Read(b[:])
	id := binary.BigEndian.Uint16(b[:])
	q := dnsmessage.Question{Name: name, Type: qtype, Class: dnsmessage.ClassINET}
	msg := dnsmessage.Message{Header: dnsmessage.Header{ID: id, RecursionDesired: true}, Questions: []dnsmessage.Question{q}}
	packed, err := msg.Pack()
	if err != nil {
		return nil, err
	}
	for try := range 3 { // UDP may be lost: asked again after a part of the time
		within, stop := context.WithCancel(ctx)
		if d, ok := ctx.Deadline(); ok && try < 2 {
			within, stop = context.WithDeadline(ctx, time.Now().Add(time.Until(d)/3))
		}
		var answer *dnsmessage.Message
		answer, err = exchange(within, t.Guard, "udp", server, packed, id, q)
		stop()
		if err == nil && answer.Truncated {
			answer, err = exchange(ctx, t.Guard, "tcp", server, packed, id, q)
		}
		if err == nil {
			return answersOf(t, answer, qtype)
		}
		if !isTimeout(err) || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, err
}

func exchange(ctx context.Context, g Guard, network, server string, q []byte, id uint16, asked dnsmessage.Question) (*dnsmessage.Message, error) {
	conn, err := g.Dial(ctx, network, server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if d, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(d)
	}
	if network == "tcp" {
		q = append(binary.BigEndian.AppendUint16(nil, uint16(len(q))), q...)
	}
	if _, err := conn.Write(q); err != nil {
		return nil, err
	}
	buf := make([]byte, 64<<10)
	for {
		n := 0
		if network == "tcp" {
			var size [2]byte
			if _, err := io.ReadFull(conn, size[:]); err != nil {
				return nil, err
			}
			n = int(binary.BigEndian.Uint16(size[:]))
			if _, err := io.ReadFull(conn, buf[:n]); err != nil {
				return nil, err
			}
		} else if n, err = conn.Read(buf); err != nil {
			return nil, err
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) == nil && m.ID == id && m.Response && len(m.Questions) == 1 && m.Questions[0].Type == asked.Type &&
			strings.EqualFold(m.Questions[0].Name.String(), asked.Name.String()) {
			return &m, nil
		}
		if network == "tcp" {
			return nil, because("what came back is no answer to the question")
		}
	}
}

// answersOf reads the records of a type out of an answer.
func answersOf(t *Task, m *dnsmessage.Message, qtype dnsmessage.Type) (out []string, err error) {
	if m.RCode != dnsmessage.RCodeSuccess {
		return nil, rcode(m.RCode)
	}
	host := func(n dnsmessage.Name) string { return strings.TrimSuffix(n.String(), ".") }
	for _, a := range m.Answers {
		if a.Header.Type != qtype || len(out) == maxAnswers {
			continue
		}
		s := ""
		switch b := a.Body.(type) {
		case *dnsmessage.AResource:
			s = netip.AddrFrom4(b.A).String()
		case *dnsmessage.AAAAResource:
			s = netip.AddrFrom16(b.AAAA).String()
		case *dnsmessage.MXResource:
			s = fmt.Sprintf("%d %s", b.Pref, host(b.MX))
		case *dnsmessage.TXTResource:
			s = strings.Join(b.TXT, "")
		case *dnsmessage.NSResource:
			s = host(b.NS)
		case *dnsmessage.CNAMEResource:
			s = host(b.CNAME)
		case *dnsmessage.PTRResource:
			s = host(b.PTR)
		case *dnsmessage.SOAResource:
			s = fmt.Sprintf("%s %s %d", host(b.NS), host(b.MBox), b.Serial)
			t.Measure("probe_dns_serial", float64(b.Serial))
		}
		out = append(out, Clip(Line(s), 500))
	}
	return out, nil
}
