// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"mainstay/kit/wire"
)

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// isSelfSigned reports whether a certificate vouches for itself.
func isSelfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// names are whom a certificate is for.
func names(c *x509.Certificate) wire.Said {
	if c == nil {
		return wire.Say("somebody else")
	}
	list := certificateNames(c)
	if len(list) == 0 {
		return wire.Say("nobody")
	}
	if len(list) > 4 {
		list = append(list[:4:4], "…")
	}
	return wire.Say("%s", Clip(Line(strings.Join(list, ", ")), 200))
}

func certificateNames(c *x509.Certificate) []string {
	list := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	if len(list) == 0 && c.Subject.CommonName != "" {
		list = append(list, c.Subject.CommonName)
	}
	return list
}

// CertificateFound is what is told of a certificate.
type CertificateFound struct {
	Subject string   `json:"subject,omitempty"`
	Names   []string `json:"names,omitempty"`
	Issuer  string   `json:"issuer,omitempty"`
	From    string   `json:"from"`  // 2006-01-02
	Until   string   `json:"until"` // 2006-01-02
	Key     string   `json:"key"`
	Serial  string   `json:"serial,omitempty"`
	Version string   `json:"version,omitempty"` // of TLS
	Chain   int      `json:"chain,omitempty"`   // how many certificates came
}

func describe(s *tls.ConnectionState) *CertificateFound {
	if len(s.PeerCertificates) == 0 {
		return nil
	}
	c := s.PeerCertificates[0]
	key, _ := keyOf(c)
	all := certificateNames(c)
	for i := range all {
		all[i] = Clip(Line(all[i]), 253)
	}
	return &CertificateFound{
		Subject: Clip(Line(c.Subject.String()), 300), Names: all[:min(len(all), 100)], Issuer: Clip(Line(c.Issuer.String()), 300), From: day(c.NotBefore), Until: day(c.NotAfter), Key: key,
		Serial: Clip(c.SerialNumber.Text(16), 64), Version: tls.VersionName(s.Version), Chain: len(s.PeerCertificates),
	}
}

// keyOf names a certificate's key, and says whether it is too short for today.
func keyOf(c *x509.Certificate) (text string, weak bool) {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen()), k.N.BitLen() < 2048
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Params().Name, k.Params().BitSize < 256
	case ed25519.PublicKey:
		return "Ed25519", false
	}
	return c.PublicKeyAlgorithm.String(), false
}

// left measures how long the first certificate to run out still holds: of those that the server sent, since any of them breaks the chain.
func (t *Task) left(s *tls.ConnectionState) (soonest *x509.Certificate, left time.Duration) {
	for _, c := range s.PeerCertificates {
		if isSelfSigned(c) && len(s.PeerCertificates) > 1 && c != s.PeerCertificates[0] {
			continue // a root that was sent along: whoever trusts it has their own
		}
		if soonest == nil || c.NotAfter.Before(soonest.NotAfter) {
			soonest = c
		}
	}
	if soonest == nil {
		return nil, 0
	}
	left = time.Until(soonest.NotAfter)
	t.Measure("probe_certificate_left_seconds", max(left.Round(time.Second), 0).Seconds())
	return soonest, left
}

// roots are the authorities that are believed: the system's, or those that the param ca has as PEM, alone.
func (t *Task) roots() *x509.CertPool {
	pem := t.Params.Text("ca")
	if pem == "" {
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(pem)) {
		t.Params.Fail("The probe's authority is no certificate in PEM form.")
	}
	return pool
}

// days says a length of time in days.
func days(d time.Duration) wire.Said {
	if n := int(d.Hours() / 24); n > 0 {
		return wire.Say("%d day|%d days", n)
	}
	return wire.Say("%d hour|%d hours", int(d.Hours()))
}
