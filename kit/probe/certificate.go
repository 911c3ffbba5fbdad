// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"crypto/x509"
	"strings"
	"time"
)

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// isSelfSigned reports whether a certificate vouches for itself.
func isSelfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// names are whom a certificate is for.
func names(c *x509.Certificate) string {
	if c == nil {
		return "somebody else"
	}
	list := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	if len(list) == 0 && c.Subject.CommonName != "" {
		list = append(list, c.Subject.CommonName)
	}
	if len(list) == 0 {
		return "nobody"
	}
	if len(list) > 4 {
		list = append(list[:4], "…")
	}
	return Clip(Line(strings.Join(list, ", ")), 200)
}
