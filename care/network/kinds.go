// SPDX-License-Identifier: Apache-2.0

package network

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"mainstay/kit/fault"
)

// Param is what a kind of service wants to know.
type Param struct {
	Name    string
	Choices []string // texts of the probe's; the first is what it is without
	Number  bool
	Long    bool // more than a line
	Secret  bool // sealed, and never shown again
	More    bool // seldom needed
	Speaks  bool // only where the server looks: text of one's own is not sent inside a client's network
}

// ServiceKinds lists the kinds of services in the order in which pages show them.
func ServiceKinds() []string {
	return []string{"http", "tls", "ping", "tcp", "dns", "smtp", "imap", "ntp", "scrape"}
}

// Params lists what a kind of service wants to know beside its target.
func Params(kind string) []Param {
	slow := []Param{{Name: "warn", Number: true, More: true}, {Name: "critical", Number: true, More: true}}
	request := []Param{
		{Name: "headers", Long: true, More: true},
		{Name: "user", More: true},
		{Name: "password", Secret: true, More: true},
		{Name: "bearer", Secret: true, More: true},
		{Name: "verify", Choices: []string{"yes", "no"}, More: true},
		{Name: "ca", Long: true, More: true},
	}
	switch kind {
	case "http":
		return slices.Concat([]Param{
			{Name: "status"},
			{Name: "contains"},
			{Name: "excludes", More: true},
			{Name: "pattern", More: true},
			{Name: "path", More: true},
			{Name: "equals", More: true},
			{Name: "method", Choices: []string{"GET", "HEAD", "OPTIONS", "POST", "PUT"}, More: true},
			{Name: "body", Long: true, More: true, Speaks: true},
			{Name: "redirects", Number: true, More: true},
		}, request, slow)
	case "tls":
		return []Param{
			{Name: "port", Number: true},
			{Name: "starttls", Choices: []string{"none", "smtp", "imap", "pop3", "ldap"}},
			{Name: "name", More: true},
			{Name: "old", Choices: []string{"warn", "allow"}, More: true},
			{Name: "ca", Long: true, More: true},
			{Name: "warn", Number: true, More: true},
			{Name: "critical", Number: true, More: true},
		}
	case "ping":
		return append([]Param{
			{Name: "count", Number: true},
			{Name: "family", Choices: []string{"any", "ip4", "ip6"}, More: true},
			{Name: "loss_warn", Number: true, More: true},
			{Name: "loss_critical", Number: true, More: true},
		}, slow...)
	case "tcp":
		return append([]Param{{Name: "port", Number: true}, {Name: "expect"}, {Name: "send", More: true, Speaks: true}}, slow...)
	case "dns":
		return append([]Param{
			{Name: "type", Choices: []string{"A", "AAAA", "MX", "TXT", "NS", "CNAME", "SOA", "PTR"}},
			{Name: "expect", Long: true},
			{Name: "server"},
			{Name: "exact", Choices: []string{"no", "yes"}, More: true},
		}, slow...)
	case "smtp", "imap":
		return append([]Param{{Name: "port", Number: true}, {Name: "tls", Choices: []string{"starttls", "any", "implicit"}}, {Name: "expect", More: true}}, slow...)
	case "ntp":
		return []Param{{Name: "warn", Number: true}, {Name: "critical", Number: true}, {Name: "stratum", Number: true, More: true}}
	case "scrape":
		return slices.Concat([]Param{{Name: "allow", Long: true}, {Name: "deny", Long: true}, {Name: "most", Number: true}}, request, slow)
	}
	return nil
}

// cleanParams brings what a kind wants to know into order; what it does not know is left out.
func (w *Watched) cleanParams() error {
	params, secret := map[string]string{}, map[string]string{}
	for _, p := range Params(w.Kind) {
		from := w.Params
		if p.Secret {
			from = w.Secret
		}
		v := strings.TrimSpace(from[p.Name])
		most := 500
		if p.Long {
			most = maxParam
			v = strings.ReplaceAll(v, "\r\n", "\n")
		}
		switch {
		case v == "":
			continue
		case len(v) > most || !utf8.ValidString(v) || strings.ContainsAny(v, "\x00\r") || !p.Long && strings.Contains(v, "\n"):
			return fault.NewInvalid("This is too long: at most %d characters.", most).On(p.Name)
		case len(p.Choices) > 0 && !slices.Contains(p.Choices, v):
			return fault.NewInvalid("%q is not one of the choices.", v).On(p.Name)
		case p.Number && !isNumber(v):
			return fault.NewInvalid("Enter a number.").On(p.Name)
		case p.Speaks && w.Prober != 0, p.Name == "method" && w.Prober != 0 && (v == "POST" || v == "PUT"):
			return fault.NewInvalid("A device of the client only asks: it sends no text of your own into the network. Let the server look, or leave this out.").On(p.Name)
		case p.Name == "pattern":
			if _, err := regexp.Compile(v); err != nil {
				return fault.NewInvalid("This pattern cannot be read: %s", err).On(p.Name)
			}
		}
		if len(p.Choices) > 0 && v == p.Choices[0] {
			continue
		}
		if p.Secret {
			secret[p.Name] = v
		} else {
			params[p.Name] = v
		}
	}
	if w.Params["confirm"] != "" {
		params["confirm"] = "yes"
	}
	w.Params = params
	if w.Secret != nil {
		w.Secret = secret
	}
	return w.cleanTarget()
}

func isNumber(v string) bool {
	whole, part, dot := strings.Cut(v, ".")
	return whole != "" && len(v) <= 12 && strings.Trim(whole, "0123456789") == "" && strings.Trim(part, "0123456789") == "" && (!dot || part != "")
}

// cleanTarget brings what is looked at into order.
func (w *Watched) cleanTarget() error {
	if w.Kind == "http" || w.Kind == "scrape" {
		if !strings.Contains(w.Target, "://") {
			w.Target = "https://" + w.Target
		}
		u, err := url.Parse(w.Target)
		switch {
		case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || strings.ContainsAny(w.Target, " \t"):
			return fault.NewInvalid("This is no web address; it looks like https://example.com/path.").On("target")
		case u.User != nil:
			return fault.NewInvalid("An address here carries no user and password; there are fields for them.").On("target")
		}
		u.Fragment = ""
		w.Target = u.String()
		return w.cleanHost(u.Hostname())
	}
	w.Target = strings.TrimSuffix(w.Target, "/")
	if u, err := url.Parse(w.Target); err == nil && u.Scheme != "" && u.Host != "" { // pasted from a browser
		w.Target = u.Host
	}
	if strings.ContainsAny(w.Target, " /\\@?#\t") {
		return fault.NewInvalid("Enter a host name or an address, as mail.example.com or 192.0.2.1.").On("target")
	}
	host := w.Target
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Count(host, ":") == 1 {
		host = host[:i]
	}
	if w.Kind == "tcp" && host == w.Target && w.Params["port"] == "" {
		return fault.NewInvalid("Say which port.").On("port")
	}
	if w.Kind == "dns" { // a name that is asked for is reached by nobody
		return nil
	}
	return w.cleanHost(strings.Trim(host, "[]"))
}

// cleanHost says at once what a look would say of an address that is none for the server.
func (w *Watched) cleanHost(host string) error {
	a, err := netip.ParseAddr(host)
	if err != nil || w.Prober != 0 {
		return nil //nolint:nilerr // a name: it is looked at when it is resolved
	}
	if Public().Check(a) != nil {
		return fault.NewInvalid("The server looks at public addresses only. Choose a device of the client that looks at %s from inside.", host).On("prober")
	}
	return nil
}
