// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"time"

	"mainstay/kit/wire"
)

// certificate looks at a server's TLS: is the certificate valid, for this name, with its chain, for how long, and what old protocols are
// still spoken.
//
// Params: port (443, or what is usual for starttls), starttls (none, smtp, imap, pop3, ldap), name (whom it must be for; the target), ca
// (PEM of the authority that is believed instead of the system's), warn and critical (days left; none: rules decide), old (warn or
// allow: TLS 1.0 and 1.1).
func certificate(ctx context.Context, t *Task) (wire.State, wire.Said) {
	start := t.Params.Choice("starttls", "none", "smtp", "imap", "pop3", "ldap")
	old := t.Params.Choice("old", "warn", "allow")
	warn, critical := t.Params.Number("warn", 0), t.Params.Number("critical", 0)
	roots := t.roots()
	host, port := t.HostPort(map[string]string{"none": "443", "smtp": "25", "imap": "143", "pop3": "110", "ldap": "389"}[start])
	name := t.Params.Text("name")
	if name == "" {
		name = host
	}
	if t.Params.Err != nil {
		return wire.StateUnknown, wire.Said{}
	}
	address := net.JoinHostPort(host, port)
	begin := time.Now()
	state, err := handshake(ctx, t.Guard, address, start, name, 0)
	took := time.Since(begin)
	if err != nil {
		return wire.StateCritical, wire.Say("No TLS on port %s: %s.", port, Reason(err))
	}
	t.Measure("probe_duration_seconds", took.Seconds())
	if len(state.PeerCertificates) == 0 {
		return wire.StateCritical, wire.Say("The server shows no certificate.")
	}
	t.Find(describe(state))
	soonest, left := t.left(state)
	var v verdict
	v.chain(state, roots, name)
	v.time(soonest, left, warn, critical, state)
	v.strength(state)
	if old == "warn" && state.Version >= tls.VersionTLS12 {
		if s, err := handshake(ctx, t.Guard, address, start, name, tls.VersionTLS11); err == nil {
			v.add(wire.StateWarning, wire.Say("It still speaks %s, which nobody should use any more.", tls.VersionName(s.Version)))
		}
	}
	if len(v.list) == 0 {
		return wire.StateOK, wire.Say("Valid until %s, %s more; %s, from %s.", soonest.NotAfter, days(left), tls.VersionName(state.Version), issuer(state.PeerCertificates[0]))
	}
	slices.SortStableFunc(v.list, func(a, b finding) int { return int(b.state - a.state) })
	for _, f := range v.list[1:] {
		t.line(f.text)
	}
	return v.list[0].state, v.list[0].text
}

func issuer(c *x509.Certificate) wire.Said {
	for _, s := range append(slices.Clone(c.Issuer.Organization), c.Issuer.CommonName) {
		if s != "" {
			return wire.Say("%s", Clip(Line(s), 80))
		}
	}
	return wire.Say("an authority without a name")
}

// handshake connects and speaks TLS; what the certificate says is looked at afterwards, so that a bad one can be described. most is the
// newest version that is spoken, 0 = any.
func handshake(ctx context.Context, g Guard, address, start, name string, most uint16) (*tls.ConnectionState, error) {
	conn, err := g.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	if d, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(d)
	}
	if start != "none" {
		if err := startTLS(conn, start); err != nil {
			return nil, err
		}
	}
	return shake(ctx, conn, name, most)
}

func shake(ctx context.Context, conn net.Conn, name string, most uint16) (*tls.ConnectionState, error) {
	var suites []uint16
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, s.ID)
	}
	c := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // looked at by the caller, who says what is wrong; nothing is sent over it
		MinVersion:         tls.VersionTLS10, MaxVersion: most, CipherSuites: suites,
	}
	if net.ParseIP(name) == nil {
		c.ServerName = name
	}
	secure := tls.Client(conn, c)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	s := secure.ConnectionState()
	return &s, nil
}

// finding is something that is wrong.
type finding struct {
	state wire.State
	text  wire.Said
}

type verdict struct{ list []finding }

func (v *verdict) add(s wire.State, text wire.Said) { v.list = append(v.list, finding{s, text}) }

// chain looks whether an authority vouches for the certificate, and for this name.
func (v *verdict) chain(s *tls.ConnectionState, roots *x509.CertPool, name string) {
	leaf := s.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	at := time.Now()
	if at.After(leaf.NotAfter) || at.Before(leaf.NotBefore) {
		at = leaf.NotBefore.Add(leaf.NotAfter.Sub(leaf.NotBefore) / 2) // that it is out of its time is said by itself; here the rest is looked at
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at}); err != nil {
		var unknown x509.UnknownAuthorityError
		switch {
		case isSelfSigned(leaf):
			v.add(wire.StateCritical, wire.Say("The certificate is signed by itself: no authority vouches for it."))
		case errors.As(err, &unknown) && incomplete(s.PeerCertificates):
			v.add(wire.StateCritical, wire.Say("The chain is not complete: the server does not send the certificate of %s.", missing(s.PeerCertificates)))
		case errors.As(err, &unknown):
			v.add(wire.StateCritical, wire.Say("No known authority vouches for the certificate; it is from %s.", issuer(leaf)))
		default:
			v.add(wire.StateCritical, wire.Say("The certificate does not hold: %s.", Reason(err)))
		}
	}
	if err := leaf.VerifyHostname(name); err != nil {
		v.add(wire.StateCritical, wire.Say("The certificate is for %s, not for %s.", names(leaf), name))
	}
}

// incomplete reports whether the chain that came ends with a certificate that is no root.
func incomplete(list []*x509.Certificate) bool { return !isSelfSigned(last(list)) }

func missing(list []*x509.Certificate) wire.Said {
	c := last(list)
	if c.Issuer.CommonName != "" {
		return wire.Say("%s", Clip(Line(c.Issuer.CommonName), 80))
	}
	return issuer(c)
}

// last follows the certificates that came from the server's own upwards, in whatever order they came.
func last(list []*x509.Certificate) *x509.Certificate {
	at := list[0]
	for range list {
		next := -1
		for i, c := range list {
			if c != at && at.CheckSignatureFrom(c) == nil {
				next = i
				break
			}
		}
		if next < 0 {
			break
		}
		at = list[next]
	}
	return at
}

// time looks how long it holds. warn and critical are days, 0 = no limit here.
func (v *verdict) time(soonest *x509.Certificate, left time.Duration, warn, critical float64, s *tls.ConnectionState) {
	which := wire.Say("The certificate")
	if soonest != s.PeerCertificates[0] {
		which = wire.Say("The authority's certificate of %s", Clip(Line(soonest.Subject.CommonName), 80))
	}
	switch now := time.Now(); {
	case now.Before(soonest.NotBefore):
		v.add(wire.StateCritical, wire.Say("%s is valid only from %s on.", which, soonest.NotBefore))
	case left <= 0:
		v.add(wire.StateCritical, wire.Say("%s ran out on %s, %s ago.", which, soonest.NotAfter, days(-left)))
	case critical > 0 && left.Hours()/24 <= critical:
		v.add(wire.StateCritical, wire.Say("%s runs out on %s, in %s; critical from %.0f days on.", which, soonest.NotAfter, days(left), critical))
	case warn > 0 && left.Hours()/24 <= warn:
		v.add(wire.StateWarning, wire.Say("%s runs out on %s, in %s.", which, soonest.NotAfter, days(left)))
	}
}

// strength looks at keys, signatures and the version of the protocol.
func (v *verdict) strength(s *tls.ConnectionState) {
	if s.Version < tls.VersionTLS12 {
		v.add(wire.StateCritical, wire.Say("The best that it speaks is %s: browsers of today refuse it.", tls.VersionName(s.Version)))
	}
	leaf := s.PeerCertificates[0]
	if text, weak := keyOf(leaf); weak {
		v.add(wire.StateWarning, wire.Say("The certificate's key is too short: %s.", text))
	}
	for _, c := range s.PeerCertificates {
		if strings.Contains(c.SignatureAlgorithm.String(), "SHA1") || strings.Contains(c.SignatureAlgorithm.String(), "MD5") {
			if !isSelfSigned(c) {
				v.add(wire.StateWarning, wire.Say("The certificate of %s is signed with %s, which nobody believes any more.", Clip(Line(c.Subject.CommonName), 80), c.SignatureAlgorithm))
			}
		}
	}
}
