// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"math"
	"time"

	"mainstay/care/network"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/wire"
)

func kindName(ctx context.Context, kind string) string {
	p := locale.From(ctx)
	switch kind {
	case "http":
		return p.T("Website")
	case "tls":
		return p.T("Certificate")
	case "ping":
		return p.T("Ping")
	case "tcp":
		return p.T("Port")
	case "dns":
		return p.T("DNS record")
	case "smtp":
		return p.T("Mail server (SMTP)")
	case "imap":
		return p.T("Mail server (IMAP)")
	case "ntp":
		return p.T("Time server")
	case "scrape":
		return p.T("Exporter")
	}
	return kind
}

func kindText(ctx context.Context, kind string) string {
	p := locale.From(ctx)
	switch kind {
	case "http":
		return p.T("Whether a page answers, with the right code and content, how fast, and how long its certificate still holds.")
	case "tls":
		return p.T("Whether a certificate is valid: for this name, with its whole chain, for how long, and whether old protocols are still spoken.")
	case "ping":
		return p.T("Whether an address answers echo requests, how fast, and how many packets are lost.")
	case "tcp":
		return p.T("Whether something answers on a port, and what it says first.")
	case "dns":
		return p.T("Whether a name has the record that it should have.")
	case "smtp":
		return p.T("Whether a server takes mail, and goes over to TLS for it.")
	case "imap":
		return p.T("Whether people can read their mail, and TLS is offered.")
	case "ntp":
		return p.T("Whether a time server has the right time.")
	}
	return p.T("Reads the metrics of an exporter in the format of Prometheus, into the time series.")
}

func kindIcon(kind string) string {
	switch kind {
	case "http":
		return "globe"
	case "tls":
		return "shield-check"
	case "ping":
		return "activity"
	case "tcp":
		return "plug"
	case "dns":
		return "signpost"
	case "smtp", "imap":
		return "mail"
	case "ntp":
		return "clock"
	}
	return "gauge"
}

func targetLabel(ctx context.Context, kind string) (label, example string) {
	p := locale.From(ctx)
	switch kind {
	case "http":
		return p.T("Web address"), "https://example.com/"
	case "scrape":
		return p.T("Web address"), "http://192.0.2.10:9100/metrics"
	case "dns":
		return p.T("Name that is asked for"), "example.com"
	}
	return p.T("Host name or address"), "mail.example.com"
}

func paramLabel(ctx context.Context, kind string, m network.Param) (label, hint string) {
	p := locale.From(ctx)
	switch m.Name {
	case "status":
		return p.T("Expected status"), p.T("Codes and ranges, as 200, 301, 5xx. Without: anything below 400.")
	case "contains":
		return p.T("Must contain"), ""
	case "excludes":
		return p.T("Must not contain"), ""
	case "pattern":
		return p.T("Must fit the pattern"), p.T("A regular expression (RE2).")
	case "path":
		return p.T("Value in JSON"), p.T("The way to it, as data.items.0.state.")
	case "equals":
		return p.T("Must be"), ""
	case "method":
		return p.T("Method"), ""
	case "body":
		return p.T("Body"), ""
	case "redirects":
		return p.T("Redirects to follow"), ""
	case "headers":
		return p.T("Headers"), p.T("One on each line, as Accept: text/html.")
	case "user":
		return p.T("User name"), ""
	case "password":
		return p.T("Password"), ""
	case "bearer":
		return p.T("Token (Bearer)"), ""
	case "verify":
		return p.T("Check the certificate"), ""
	case "ca":
		return p.T("Own authority"), p.T("PEM of the authority that is believed instead of the public ones.")
	case "port":
		return p.T("Port"), ""
	case "starttls":
		return "STARTTLS", ""
	case "name":
		return p.T("For the name"), p.T("Where it differs from the address.")
	case "old":
		return p.T("TLS 1.0 and 1.1"), ""
	case "count":
		return p.T("Packets"), ""
	case "family":
		return p.T("IP version"), ""
	case "loss_warn":
		return p.T("Warning from a loss of"), p.T("Percent. Without: the rule decides.")
	case "loss_critical":
		return p.T("Critical from a loss of"), p.T("Percent. Without: the rule decides.")
	case "expect":
		if kind == "dns" {
			return p.T("Expected values"), p.T("One on each line. All of them must be among the answers.")
		}
		return p.T("Must say"), ""
	case "send":
		return p.T("Text that is sent first"), ""
	case "type":
		return p.T("Record"), ""
	case "server":
		return p.T("Name server"), p.T("Without: the one that whoever looks uses anyway.")
	case "exact":
		return p.T("No other values"), ""
	case "tls":
		return "TLS", ""
	case "stratum":
		return p.T("Highest stratum"), ""
	case "allow":
		return p.T("Only these metrics"), p.T("One on each line; * stands for any characters.")
	case "deny":
		return p.T("Not these metrics"), p.T("One on each line; * stands for any characters.")
	case "most":
		return p.T("At most so many series"), ""
	case "warn":
		return p.T("Warning from"), limitHint(ctx, kind)
	}
	return p.T("Critical from"), limitHint(ctx, kind)
}

func limitHint(ctx context.Context, kind string) string {
	p := locale.From(ctx)
	switch kind {
	case "tls":
		return p.T("Days left. Without: the rule decides.")
	case "ntp":
		return p.T("Seconds that the clocks differ.")
	}
	return p.T("Seconds until the answer.")
}

func choiceName(ctx context.Context, c string) (text string, data bool) {
	p := locale.From(ctx)
	switch c {
	case "yes":
		return p.T("Yes"), false
	case "no":
		return p.T("No"), false
	case "none":
		return p.T("none"), false
	case "any":
		return p.T("any"), false
	case "warn":
		return p.T("warn when they are spoken"), false
	case "allow":
		return p.T("allow them"), false
	case "starttls":
		return p.T("STARTTLS must be offered"), false
	case "implicit":
		return p.T("TLS from the start"), false
	case "ip4":
		return "IPv4", true
	case "ip6":
		return "IPv6", true
	}
	return c, true
}

// status is how a service does now.
type status string

const (
	fine    status = "fine"
	warning status = "warning"
	down    status = "down"
	unknown status = "unknown"
	waiting status = "waiting" // nobody has looked yet
	stale   status = "stale"   // nobody looks any more
	paused  status = "paused"
)

// statusOf says how a service does: what was found last, unless nobody has looked for a while.
func statusOf(w *network.Watched, s network.State, now time.Time) status {
	switch {
	case w.Paused:
		return paused
	case !s.Known():
		return waiting
	case now.Sub(s.At) > 3*max(w.Every, time.Minute)+2*time.Minute:
		return stale
	}
	switch s.State {
	case wire.StateOK:
		return fine
	case wire.StateWarning:
		return warning
	case wire.StateCritical:
		return down
	}
	return unknown
}

// order sorts what needs a person first.
func (s status) order() int {
	switch s {
	case down:
		return 0
	case warning:
		return 1
	case unknown, stale:
		return 2
	case waiting:
		return 3
	case fine:
		return 4
	}
	return 5
}

func statusBadge(ctx context.Context, s status) page.Badge {
	p := locale.From(ctx)
	switch s {
	case fine:
		return page.Badge{Text: p.T("Fine"), Tone: page.Good, Icon: "circle-check"}
	case warning:
		return page.Badge{Text: p.T("Warning"), Tone: page.Warn, Icon: "triangle-alert"}
	case down:
		return page.Badge{Text: p.T("Down"), Tone: page.Bad, Icon: "circle-x"}
	case waiting:
		return page.Badge{Text: p.T("First look is due"), Icon: "hourglass"}
	case stale:
		return page.Badge{Text: p.T("Nobody looks"), Tone: page.Warn, Icon: "eye-off"}
	case paused:
		return page.Badge{Text: p.T("Paused"), Icon: "pause"}
	}
	return page.Badge{Text: p.T("unknown"), Icon: "circle-help"}
}

func stateStatus(s wire.State) status {
	switch s {
	case wire.StateOK:
		return fine
	case wire.StateWarning:
		return warning
	case wire.StateCritical:
		return down
	}
	return unknown
}

// seconds is a short length of time as people read it.
func seconds(ctx context.Context, v float64) string {
	p := locale.From(ctx)
	switch {
	case v != v:
		return ""
	case v < 1:
		return p.T("%s ms", p.Float(math.Max(v*1000, 0), 0))
	case v < 10:
		return p.T("%s s", p.Float(v, 1))
	}
	return p.T("%s s", p.Float(v, 0))
}

// share is an availability: with as many digits as tell it from none missed.
func share(ctx context.Context, v float64) string {
	p := locale.From(ctx)
	switch {
	case v >= 1:
		return p.Percent(1, 0)
	case v > .999:
		return p.Percent(math.Floor(v*1e5)/1e5, 3)
	}
	return p.Percent(math.Floor(v*1e4)/1e4, 2)
}

// span is a length of time in words.
func span(ctx context.Context, d time.Duration) string {
	p := locale.From(ctx)
	switch {
	case d >= 48*time.Hour:
		return p.N("%d day|%d days", int64(math.Round(d.Hours()/24)))
	case d >= 2*time.Hour:
		return p.N("%d hour|%d hours", int64(math.Round(d.Hours())))
	case d >= time.Minute:
		return p.N("%d minute|%d minutes", int64(math.Round(d.Minutes())))
	}
	return p.N("%d second|%d seconds", int64(math.Round(d.Seconds())))
}

// every lists how often one can look.
func everyOptions(ctx context.Context, now time.Duration) (out []page.Option) {
	list := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}
	known := false
	for _, d := range list {
		known = known || d == now
	}
	if !known && now > 0 {
		list = append(list, now)
	}
	for _, d := range list {
		out = append(out, page.Option{Value: secondsText(d), Label: span(ctx, d)})
	}
	return out
}
