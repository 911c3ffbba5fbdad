// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

// MaxPEM is how long a text with a certificate may be.
const MaxPEM = 64 << 10

// ReadCertificate reads the first certificate of a PEM text, that of the server in the usual order, as a record to
// be kept. A private key that somebody pasted by mistake is refused, so that it is not kept.
func ReadCertificate(text string) (RecordDraft, error) {
	d := RecordDraft{Type: Certificate, Ends: civil.NoDate}
	if len(text) > MaxPEM {
		return d, fault.NewInvalid("This is too long for a certificate: at most %d KB.", MaxPEM>>10).On("pem")
	}
	if strings.Contains(text, "PRIVATE KEY-----") {
		return d, fault.NewInvalid("This holds a private key. Paste the certificate alone; if the key was meant to stay secret, keep it as a credential.").On("pem")
	}
	none := fault.NewInvalid("There is no certificate in this text. It begins with -----BEGIN CERTIFICATE-----.").On("pem")
	rest := []byte(text)
	for range 20 {
		block, after := pem.Decode(rest)
		if block == nil {
			return d, none
		}
		if rest = after; block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return d, fault.NewInvalid("The certificate cannot be read. Copy it again as a whole.").On("pem").Because(err)
		}
		return certificate(c), nil
	}
	return d, none
}

func certificate(c *x509.Certificate) RecordDraft {
	d := RecordDraft{Type: Certificate, Name: printable(c.Subject.CommonName, maxLine), Ends: civil.DateOf(c.NotAfter.UTC()), Fields: map[string]string{}}
	var hosts []string
	for _, h := range c.DNSNames {
		hosts = append(hosts, printable(h, maxLine))
	}
	for _, ip := range c.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	for _, m := range c.EmailAddresses {
		hosts = append(hosts, printable(m, maxLine))
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	if d.Name == "" && len(hosts) > 0 {
		d.Name = hosts[0]
	}
	if d.Name == "" {
		d.Name = printable(c.Subject.String(), maxLine)
	}
	issuer := c.Issuer.CommonName
	if len(c.Issuer.Organization) > 0 && !strings.Contains(issuer, c.Issuer.Organization[0]) {
		issuer = strings.TrimPrefix(c.Issuer.Organization[0]+", "+issuer, ", ")
	}
	sum := sha256.Sum256(c.Raw)
	d.Fields[FieldHosts] = printable(strings.Join(hosts, " "), 4000)
	d.Fields[FieldIssuer] = printable(issuer, maxLine)
	d.Fields[FieldFingerprint] = hex.EncodeToString(sum[:])
	if c.SerialNumber != nil {
		d.Fields[FieldSerial] = printable(c.SerialNumber.Text(16), maxLine)
	}
	return d
}

// printable is a text of a stranger on one line, at most so many bytes.
func printable(s string, most int) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))), " ")
	if len(s) > most {
		s = strings.TrimSpace(strings.ToValidUTF8(s[:most], ""))
	}
	return s
}
