// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
)

// Reason says in plain words why a connection failed, without a full stop at the end.
func Reason(err error) string {
	var dns *net.DNSError
	var r refusal
	switch {
	case err == nil:
		return "no reason is known"
	case errors.As(err, &r):
		return strings.TrimSuffix(r.text, ".")
	case errors.As(err, &dns) && dns.IsNotFound:
		return "the name " + dns.Name + " does not exist"
	case errors.As(err, &dns) && dns.IsTimeout:
		return "the name server does not answer for " + dns.Name
	case errors.As(err, &dns):
		return "the name " + dns.Name + " cannot be resolved (" + dns.Err + ")"
	case errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "actively refused"):
		return "the connection was refused: nothing listens there"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no way to that address"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the other end broke off the connection"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return "no answer within the time"
	}
	if s := tlsReason(err); s != "" {
		return s
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return Clip(Line(op.Err.Error()), 200)
	}
	return Clip(Line(strings.TrimSuffix(err.Error(), ".")), 200)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// tlsReason says why TLS failed, "" when that is not it.
func tlsReason(err error) string {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &record):
		return "it does not speak TLS on this port"
	case errors.As(err, &host):
		return "the certificate is for " + names(host.Certificate) + ", not for " + host.Host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the certificate is out of its time: valid from " + day(invalid.Cert.NotBefore) + " to " + day(invalid.Cert.NotAfter)
	case errors.As(err, &invalid):
		return "the certificate is not valid (" + Clip(Line(invalid.Error()), 120) + ")"
	case errors.As(err, &unknown):
		if c := unknown.Cert; c != nil && isSelfSigned(c) {
			return "the certificate is signed by itself and by no authority"
		}
		return "no known authority vouches for the certificate: its chain is not complete, or the authority is private"
	case errors.As(err, &alert):
		return "it refuses TLS (" + alert.Error() + ")"
	case strings.Contains(err.Error(), "protocol version not supported"):
		return "it speaks only old versions of TLS that nobody should use any more"
	}
	return ""
}
