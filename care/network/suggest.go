// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe"
	"mainstay/kit/wire"
)

// Suggestion is a service that could be watched, with what a first look found.
type Suggestion struct {
	Watched Watched
	Found   wire.Observation
}

// lookupLimit is how long it is asked who takes mail.
const lookupLimit = 4 * time.Second

// Suggest says what of a name ("example.com", a web address, a mail address) could be watched, each looked at once. prober is who looks,
// 0 = the server.
func (s *Service) Suggest(ctx context.Context, scope access.Scope, client, prober ids.ID, text string) ([]Suggestion, error) {
	host, address, err := hostIn(text)
	if err != nil {
		return nil, err
	}
	base := Watched{Client: client, Prober: prober, Params: map[string]string{"confirm": "yes"}}
	if err := base.cleanHost(host); err != nil {
		return nil, err
	}
	var list []Suggestion
	add := func(kind, name, target string, every time.Duration, params ...string) {
		w := base
		w.Kind, w.Name, w.Target, w.Every = kind, name, target, every
		w.Params = map[string]string{"confirm": "yes"}
		for i := 0; i+1 < len(params); i += 2 {
			w.Params[params[i]] = params[i+1]
		}
		list = append(list, Suggestion{Watched: w})
	}
	if address == "" {
		address = "https://" + host + "/"
	}
	add("http", host, address, time.Minute)
	if strings.HasPrefix(address, "https:") {
		add("tls", host+" (TLS)", hostOf(address, host), time.Hour)
	}
	if _, err := netip.ParseAddr(host); err != nil {
		add("dns", host+" (DNS)", host, 5*time.Minute)
		within, stop := context.WithTimeout(ctx, lookupLimit)
		mx, err := net.DefaultResolver.LookupMX(within, strings.TrimPrefix(host, "www."))
		stop()
		if err == nil && prober == 0 {
			slices.SortFunc(mx, func(a, b *net.MX) int { return cmp.Compare(a.Pref, b.Pref) })
			domain := strings.TrimPrefix(host, "www.")
			if len(mx) > 0 && mx[0].Host != "." {
				add("dns", domain+" (MX)", domain, 5*time.Minute, "type", "MX")
				add("smtp", domain+" (SMTP)", strings.TrimSuffix(mx[0].Host, "."), 5*time.Minute)
			}
		}
	}
	if prober != 0 {
		add("ping", host+" (ping)", host, time.Minute)
	}
	var wg sync.WaitGroup
	for i := range list {
		wg.Go(func() {
			o, err := s.Try(ctx, scope, list[i].Watched)
			if err != nil {
				o = wire.Observation{State: wire.StateUnknown, Text: err.Error()}
			}
			list[i].Found = o
		})
	}
	wg.Wait()
	return list, nil
}

// hostIn finds the host in what a person typed, and the web address when it is one.
func hostIn(text string) (host, address string, err error) {
	text = strings.TrimSpace(text)
	if _, domain, ok := strings.Cut(text, "@"); ok && !strings.Contains(text, "/") {
		text = domain
	}
	if strings.Contains(text, "://") {
		u, err := url.Parse(text)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			return "", "", fault.NewInvalid("This is no web address; it looks like https://example.com/path.").On("what")
		}
		return u.Hostname(), u.String(), nil
	}
	host, path, _ := strings.Cut(text, "/")
	if host == "" || len(host) > 253 || strings.ContainsAny(host, " \\?#\t") || probe.Clean(host) != host {
		return "", "", fault.NewInvalid("Enter a name or an address, as example.com.").On("what")
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		host = a.String()
		if a.Is6() {
			return host, fmt.Sprintf("https://[%s]/%s", host, path), nil
		}
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h, "https://" + host + "/" + path, nil
	}
	if path != "" {
		address = "https://" + host + "/" + path
	}
	return host, address, nil
}

// hostOf is the host of a web address with its port when it has one.
func hostOf(address, host string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return host
}
