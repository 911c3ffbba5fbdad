// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/webhook"
)

// stateBadge says how an endpoint stands.
func stateBadge(ctx context.Context, e webhook.Endpoint) page.Badge {
	switch {
	case e.Enabled && !e.Failing.IsZero():
		return page.Badge{Text: locale.T(ctx, "nothing arrives"), Tone: page.Warn, Icon: "triangle-alert"}
	case e.Enabled:
		return page.Badge{Text: locale.T(ctx, "switched on"), Tone: page.Good}
	}
	return page.Badge{Text: locale.T(ctx, "switched off")}
}

// whyOff says why an endpoint is off that nobody switched off.
func whyOff(ctx context.Context, e webhook.Endpoint) string {
	switch {
	case e.Enabled:
		return ""
	case e.Reason == webhook.Gone:
		return locale.T(ctx, "It was switched off because the receiver answered that it wants no more (410).")
	case e.Reason == webhook.Failing:
		return locale.T(ctx, "It was switched off because nothing arrived for days. Mend the receiver, then switch it on again.")
	}
	return ""
}

func deliveryBadge(ctx context.Context, state string, attempts int) page.Badge {
	switch {
	case state == "sent":
		return page.Badge{Text: locale.T(ctx, "arrived"), Tone: page.Good, Icon: "check"}
	case state == "failed":
		return page.Badge{Text: locale.T(ctx, "webhook::failed"), Tone: page.Bad, Icon: "x"}
	case attempts > 0:
		return page.Badge{Text: locale.T(ctx, "is tried again"), Tone: page.Warn}
	}
	return page.Badge{Text: locale.T(ctx, "on its way"), Tone: page.Info}
}

// outcome says how a try ended.
func outcome(ctx context.Context, status int, code string) string {
	switch code {
	case "":
		if status == 0 {
			return "–"
		}
		return locale.T(ctx, "Status %s", strconv.Itoa(status))
	case "off":
		return locale.T(ctx, "The webhook was switched off")
	case "address":
		return locale.T(ctx, "The address lies inside your own network, to which nothing is sent")
	case "name":
		return locale.T(ctx, "The name is not known")
	case "connect":
		return locale.T(ctx, "Nobody answers there")
	case "tls":
		return locale.T(ctx, "The certificate is not valid, or it does not speak TLS")
	case "time":
		return locale.T(ctx, "No answer within 15 seconds")
	case "redirect":
		return locale.T(ctx, "Status %s: it leads elsewhere, which is not followed", strconv.Itoa(status))
	case "status":
		return locale.T(ctx, "Status %s", strconv.Itoa(status))
	case "secret":
		return locale.T(ctx, "The secret cannot be read: was the key file of this installation changed?")
	}
	return locale.T(ctx, "What answered does not speak HTTP")
}

// took is how long a try lasted.
func took(ctx context.Context, d time.Duration) string {
	if d < time.Second {
		return locale.T(ctx, "%d ms", max(1, d.Milliseconds()))
	}
	return locale.T(ctx, "%.1f s", d.Seconds())
}

// indent shows JSON over several lines; what is none, as it is.
func indent(s string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(s), "", "  ") != nil {
		return s
	}
	return b.String()
}

// eventNames are the events of an endpoint in words.
func eventNames(ctx context.Context, e webhook.Endpoint) string {
	if e.Wants(webhook.All) {
		return locale.T(ctx, "all events, also those that are added later")
	}
	return strings.Join(e.Events, ", ")
}

// some is a count, "" for none.
func some(ctx context.Context, n int64) string {
	if n == 0 {
		return ""
	}
	return locale.From(ctx).Number(n)
}
