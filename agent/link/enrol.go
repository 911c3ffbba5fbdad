// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/wire"
)

const maxReply = 256 << 10

// Enrol makes a key pair, shows the token to the server and returns the identity that the server gave to this machine. Save it.
// Its errors are sentences for the technician.
func Enrol(ctx context.Context, token wire.Token, machine wire.Machine, version string, now time.Time, d *Dialer) (*Identity, error) {
	u, err := url.Parse(token.Server)
	if err != nil {
		return nil, fault.NewInvalid("The token does not name a server. Ask for a new one.").Because(err)
	}
	if u.Scheme != "https" && !loopback(u.Hostname()) {
		return nil, fault.NewInvalid("The token's server %s is reached without encryption, so anybody on the way could take this device. It needs an https address.", token.Server)
	}
	id, err := NewIdentity(machine)
	if err != nil {
		return nil, err
	}
	public, err := id.Public()
	if err != nil {
		return nil, err
	}
	req := wire.EnrolRequest{Token: token.ID, Secret: token.Secret, Key: public, Machine: machine, Agent: version, Sent: now.UnixMicro()}
	if req.Proof, err = id.Sign(req.Signed()); err != nil {
		return nil, err
	}
	reply, err := post(ctx, u, token.CA, req, now, d)
	if err != nil {
		return nil, err
	}
	if reply.Device == "" || reply.Credential == "" || len(reply.Servers) == 0 {
		return nil, fault.NewInvalid("The server at %s answered, but not as a Mainstay server does. Is the address right?", token.Server)
	}
	if _, err := authorities(reply.CA); err != nil {
		return nil, fault.NewInvalid("The server at %s answered, but not as a Mainstay server does. Is the address right?", token.Server).Because(err)
	}
	id.Server, id.Root, id.Reply = token.Server, token.Root, reply
	return id, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func post(ctx context.Context, u *url.URL, pin string, body wire.EnrolRequest, now time.Time, d *Dialer) (wire.EnrolReply, error) {
	var reply wire.EnrolReply
	b, err := json.Marshal(body) //nolint:gosec // the token's secret is what is shown to the server
	if err != nil {
		return reply, fmt.Errorf("encode the request: %w", err)
	}
	target := strings.TrimSuffix(u.String(), "/") + wire.EnrolPath
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(b))
	if err != nil {
		return reply, fault.NewInvalid("The token does not name a server. Ask for a new one.").Because(err)
	}
	r.Header.Set("Content-Type", "application/json")
	// Redirects are not followed: the secret goes to the token's server only.
	status, answer, err := exchange(ctx, d, u, pinned(pin, u.Hostname(), now), r)
	if err != nil {
		return reply, unreachable(u, err, now)
	}
	if status == http.StatusOK {
		if err := json.Unmarshal(answer, &reply); err != nil {
			return reply, fault.NewInvalid("The server at %s answered, but not as a Mainstay server does. Is the address right?", u.Redacted()).Because(err)
		}
		return reply, nil
	}
	var why wire.Refusal
	if json.Unmarshal(answer, &why) == nil && why.Detail != "" {
		return reply, fault.NewDenied("The server refused: %s", why.Detail)
	}
	return reply, fault.NewDenied("The server at %s refused with status %d.", u.Redacted(), status)
}

func unreachable(u *url.URL, err error, now time.Time) error {
	if outOfTime(err) {
		return fault.NewDenied("By the clock of this machine it is %s UTC, and at that time the certificate of %s does not hold. Set the clock, or renew the certificate.",
			now.UTC().Format("2006-01-02 15:04"), u.Host).Because(err)
	}
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	if errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) || errors.Is(err, errPin) {
		return fault.NewDenied("The certificate of %s is not the one that the token vouches for. Do not go on before you know why.", u.Host).Because(err)
	}
	return fault.NewBusy("The server at %s cannot be reached.", u.Host).Because(err)
}

var errPin = errors.New("no certificate of the chain has the fingerprint that the token names")

// pinned returns a TLS configuration that takes a chain only when it leads to the authority whose SHA-256 pin is, whatever the machine's
// clock says; without a pin the system's authorities decide, at the time now.
func pinned(pin, host string, now time.Time) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host, Time: func() time.Time { return now }}
	if pin == "" {
		return c
	}
	c.InsecureSkipVerify = true // VerifyConnection below checks the chain against the pinned authority
	c.VerifyConnection = func(s tls.ConnectionState) error {
		roots := x509.NewCertPool()
		found := false
		for _, cert := range s.PeerCertificates {
			sum := sha256.Sum256(cert.Raw)
			if subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(strings.ToLower(pin))) == 1 {
				roots.AddCert(cert)
				found = true
			}
		}
		if !found {
			return errPin
		}
		return verify(s.PeerCertificates, host, roots, roots, now, false)
	}
	return c
}
