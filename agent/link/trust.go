// SPDX-License-Identifier: Apache-2.0

package link

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"
)

// vouched returns a copy of config for one host whose time is the server's, as far as the clock knows it. own are the server's own
// authorities, nil when the system's vouch for it; all are those that may vouch for this way to it.
//
// While the server's time is not known, a chain that leads to one of own is taken whatever the machine's clock says: that may be years
// off, and only a connection can put it right. Who the other end is still depends on its key and on the authority, and who
// this one is on its own key and credential, whose end the server decides by its clock.
func vouched(config *tls.Config, host string, own, all *x509.CertPool, clock *Clock) *tls.Config {
	c := config.Clone()
	c.ServerName, c.RootCAs, c.Time = host, all, clock.Now
	if own == nil {
		return c
	}
	c.InsecureSkipVerify = true // VerifyConnection checks the chain
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if s.DidResume { // of a session whose chain was checked here; crypto/tls resumes none whose certificate has run out by c.Time
			return nil
		}
		return verify(s.PeerCertificates, host, own, all, clock.Now(), clock.Synced())
	}
	return c
}

// verify checks a chain by the time now; where that may be wrong, by none when it leads to one of own.
func verify(chain []*x509.Certificate, host string, own, all *x509.CertPool, now time.Time, sure bool) error {
	if len(chain) == 0 {
		return errors.New("the server shows no certificate")
	}
	o := x509.VerifyOptions{Roots: all, Intermediates: x509.NewCertPool(), DNSName: host, CurrentTime: now}
	for _, c := range chain[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := chain[0].Verify(o)
	if err == nil || sure || !outOfTime(err) {
		return err
	}
	o.Roots, o.CurrentTime = own, chain[0].NotBefore
	for _, c := range chain[1:] {
		if c.NotBefore.After(o.CurrentTime) {
			o.CurrentTime = c.NotBefore
		}
	}
	if _, e := chain[0].Verify(o); e != nil {
		return errors.Join(err, e)
	}
	return nil
}

// outOfTime tells whether a chain was refused because a certificate does not hold at the time.
func outOfTime(err error) bool {
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && invalid.Reason == x509.Expired
}
