// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"mainstay/kit/fault"
)

// Poster sends requests to addresses that people entered, under the same guard as deliveries: no address inside the firm's
// network that the operator did not allow, whatever a name resolves to, and no redirect that is followed. It is for
// receivers with a form of their own, such as chats.
type Poster struct {
	sender *sender
	agent  string
}

// NewPoster returns a poster. private allows addresses of the firm's own network, and http there.
func NewPoster(private bool, agent string) *Poster { return &Poster{newSender(private), agent} }

// Check refuses what cannot be called, in words on the field "url", and returns the address in order.
func (p *Poster) Check(address string) (string, error) {
	address = strings.TrimSpace(address)
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Opaque != "" || len(address) > maxURL || strings.ContainsAny(address, " \x00") {
		return "", fault.NewInvalid("This is no address that can be called; it looks like https://example.com/hook.").On("url")
	}
	switch {
	case u.User != nil:
		return "", fault.NewInvalid("An address here carries no user and password.").On("url")
	case u.Fragment != "":
		return "", fault.NewInvalid("An address here ends before the #.").On("url")
	case u.Scheme == "http" && !p.sender.private:
		return "", fault.NewInvalid("The address must begin with https://, so that nobody on the way can read along.").On("url")
	case u.Scheme != "https" && u.Scheme != "http":
		return "", fault.NewInvalid("The address must begin with https://.").On("url")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		if err := p.sender.may(u.Scheme, ip); err != nil {
			return "", err
		}
	}
	return address, nil
}

// Post sends a body and returns "" when it was taken, or else a code of what went wrong and the beginning of the answer.
func (p *Poster) Post(ctx context.Context, address string, header map[string]string, body []byte) (code string, answer string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errName, ""
	}
	req.Header.Set("User-Agent", p.agent)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	client := p.sender.https
	if req.URL.Scheme != "https" {
		client = p.sender.http
	}
	res, err := client.Do(req)
	if err != nil {
		return codeOf(err), ""
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // what the status says counts
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return "", ""
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return errRedirect, excerpt(text)
	}
	return errStatus, res.Status + " " + excerpt(text)
}

// Status sends a body as Post does and returns the status of the answer, 0 when there was none or nothing was sent.
func (p *Poster) Status(ctx context.Context, address string, header map[string]string, body []byte) int {
	code, answer := p.Post(ctx, address, header, body)
	switch code {
	case "":
		return http.StatusOK
	case errStatus:
		n, _ := strconv.Atoi(answer[:min(len(answer), 3)])
		return n
	}
	return 0
}

// Fetch reads what stands at an address that somebody entered, at most so many bytes. What goes wrong is said on the field "url". It
// takes as long as a delivery may, and follows no redirect.
func (p *Poster) Fetch(ctx context.Context, address string, most int) ([]byte, error) {
	address, err := p.Check(address)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, fault.NewInvalid("This is no address that can be called; it looks like https://example.com/hook.").On("url").Because(err)
	}
	req.Header.Set("User-Agent", p.agent)
	client := p.sender.https
	if req.URL.Scheme != "https" {
		client = p.sender.http
	}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return nil, p.unfetched(err)
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return nil, fault.NewInvalid("The address leads on to another one. Enter that one: %s", excerpt([]byte(res.Header.Get("Location")))).On("url")
	case res.StatusCode != http.StatusOK:
		return nil, fault.NewInvalid("Nothing can be read at this address: it answers %s.", excerpt([]byte(res.Status))).On("url")
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, int64(most)+1))
	switch {
	case err != nil:
		return nil, p.unfetched(err)
	case len(b) > most:
		return nil, fault.NewInvalid("What stands at this address is larger than %d MB.", most>>20).On("url")
	}
	return b, nil
}

// unfetched says why nothing came.
func (p *Poster) unfetched(err error) error {
	switch codeOf(err) {
	case errRefused:
		return refusedAddress(p.sender.private)
	case errName:
		return fault.NewInvalid("There is no server of this name.").On("url").Because(err)
	case errTLS:
		return fault.NewInvalid("The server at this address has no valid certificate.").On("url").Because(err)
	case errTime:
		return fault.NewInvalid("The server at this address does not answer in time. Try again later.").On("url").Because(err)
	}
	return fault.NewInvalid("The server at this address cannot be reached.").On("url").Because(err)
}
