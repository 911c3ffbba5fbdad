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

	"mainstay/kit/wire"
)

// Reason says in plain words why a connection failed, without a full stop at the end.
func Reason(err error) wire.Said {
	var dns *net.DNSError
	var r refusal
	var own sentence
	switch {
	case err == nil:
		return wire.Say("no reason is known")
	case errors.As(err, &r):
		return r.Said
	case errors.As(err, &own):
		return own.Said
	case errors.As(err, &dns) && dns.IsNotFound:
		return wire.Say("the name %s does not exist", dns.Name)
	case errors.As(err, &dns) && dns.IsTimeout:
		return wire.Say("the name server does not answer for %s", dns.Name)
	case errors.As(err, &dns):
		return wire.Say("the name %s cannot be resolved (%s)", dns.Name, dns.Err)
	case errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "actively refused"):
		return wire.Say("the connection was refused: nothing listens there")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return wire.Say("there is no way to that address")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return wire.Say("the other end broke off the connection")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return wire.Say("no answer within the time")
	}
	if s := tlsReason(err); !s.None() {
		return s
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return plain(op.Err)
	}
	return plain(err)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// tlsReason says why TLS failed, nothing when that is not it.
func tlsReason(err error) wire.Said {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &record):
		return wire.Say("it does not speak TLS on this port")
	case errors.As(err, &host):
		return wire.Say("the certificate is for %s, not for %s", names(host.Certificate), host.Host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return wire.Say("the certificate is out of its time: valid from %s to %s", invalid.Cert.NotBefore, invalid.Cert.NotAfter)
	case errors.As(err, &invalid):
		return wire.Say("the certificate is not valid (%s)", Clip(Line(invalid.Error()), 120))
	case errors.As(err, &unknown):
		if c := unknown.Cert; c != nil && isSelfSigned(c) {
			return wire.Say("the certificate is signed by itself and by no authority")
		}
		return wire.Say("no known authority vouches for the certificate: its chain is not complete, or the authority is private")
	case errors.As(err, &alert):
		return wire.Say("it refuses TLS (%s)", alert.Error())
	case strings.Contains(err.Error(), "protocol version not supported"):
		return wire.Say("it speaks only old versions of TLS that nobody should use any more")
	}
	return wire.Said{}
}

// sentence is an error that can be told in any language. Within another sentence it has no full stop and begins small.
type sentence struct{ wire.Said }

// Error is the sentence in English.
func (s sentence) Error() string { return s.String() }

func because(key string, args ...any) error { return sentence{wire.Say(key, args...)} }

// plain is what a library or the system says, as it is.
func plain(err error) wire.Said {
	return wire.Say("%s", Clip(Line(strings.TrimSuffix(err.Error(), ".")), 200))
}
