// SPDX-License-Identifier: Apache-2.0

package link

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"mainstay/kit/fault"
)

// parseProxy reads the address of a proxy; one without a scheme is http.
func parseProxy(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fault.NewInvalid("The proxy must be written like http://host:8080 or http://user:password@host:8080.")
	}
	return u, nil
}

// fromEnvironment returns the proxy that HTTPS_PROXY names and whom NO_PROXY keeps from it, as curl and Go read them. It is done
// here because the library's tables of international names would make the program larger for a list of hosts.
func fromEnvironment() func(host string) (*url.URL, error) {
	get := func(name string) string {
		if v := os.Getenv(name); v != "" {
			return v
		}
		return os.Getenv(strings.ToLower(name))
	}
	text := get("HTTPS_PROXY")
	if text == "" {
		return nil
	}
	proxy, err := parseProxy(text)
	spared := strings.Split(get("NO_PROXY"), ",")
	return func(host string) (*url.URL, error) {
		if loopback(host) || spares(spared, host) {
			return nil, nil
		}
		return proxy, err
	}
}

// spares tells whether a host is in a list: "*", a name with all below it, an address, or a network.
func spares(list []string, host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip, ipErr := netip.ParseAddr(host)
	for _, e := range list {
		e = strings.ToLower(strings.TrimSpace(e))
		if h, _, err := net.SplitHostPort(e); err == nil {
			e = h
		}
		if e == "*" {
			return true
		}
		if p, err := netip.ParsePrefix(e); err == nil {
			if ipErr == nil && p.Contains(ip.Unmap()) {
				return true
			}
			continue
		}
		below := strings.HasPrefix(e, ".") || strings.HasPrefix(e, "*.")
		e = strings.TrimPrefix(strings.TrimPrefix(e, "*"), ".")
		if e != "" && (host == e && !below || strings.HasSuffix(host, "."+e)) {
			return true
		}
	}
	return false
}
