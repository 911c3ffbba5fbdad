// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/url"

	"mainstay/desk/helpdesk"
	"mainstay/desk/portal"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func anyError(ctx context.Context, err error) string {
	if err == nil {
		return ""
	}
	return locale.From(ctx).Fault(err)
}

// standing says in plain words how a ticket stands. The firm's own statuses are its own affair.
func standing(ctx context.Context, set helpdesk.Setup, t helpdesk.Ticket) page.Badge {
	switch t.State {
	case helpdesk.StateNew:
		if t.Responded.IsZero() {
			return page.Badge{Text: locale.T(ctx, "Received"), Tone: page.Info}
		}
	case helpdesk.StateWaiting:
		if waitsForClient(set, t) {
			return page.Badge{Text: locale.T(ctx, "Waits for you"), Tone: page.Warn}
		}
	case helpdesk.StateSolved:
		return page.Badge{Text: locale.T(ctx, "Solved"), Tone: page.Good}
	case helpdesk.StateClosed:
		return page.Badge{Text: locale.T(ctx, "ticket::Closed")}
	}
	return page.Badge{Text: locale.T(ctx, "In progress"), Tone: page.Accent}
}

// waitsForClient: the built-in status says so; of the firm's own ones, that the clocks stand after the firm wrote last.
func waitsForClient(set helpdesk.Setup, t helpdesk.Ticket) bool {
	for _, s := range set.Statuses {
		if s.ID == t.Status {
			return s.Code == "waiting-client" || s.Code == "" && s.Stops && t.LastFrom == 2
		}
	}
	return false
}

func gradeName(ctx context.Context, g portal.Grade) string {
	switch g {
	case portal.Good:
		return locale.T(ctx, "rating::Good")
	case portal.Middling:
		return locale.T(ctx, "rating::Middling")
	case portal.Bad:
		return locale.T(ctx, "rating::Bad")
	}
	return locale.T(ctx, "No answer yet")
}

func gradeTone(g portal.Grade) page.Tone {
	switch g {
	case portal.Good:
		return page.Good
	case portal.Middling:
		return page.Warn
	case portal.Bad:
		return page.Bad
	}
	return page.Neutral
}

func chargeName(ctx context.Context, c Charge) string {
	switch c {
	case WillBeCharged:
		return locale.T(ctx, "will be charged")
	case Charged:
		return locale.T(ctx, "charged")
	case Covered:
		return locale.T(ctx, "covered by your agreement")
	case Prepaid:
		return locale.T(ctx, "out of your prepaid hours")
	}
	return locale.T(ctx, "not charged")
}

// span is a stretch of work in words.
func span(ctx context.Context, minutes int) string {
	h, m := int64(minutes/60), int64(minutes%60)
	switch {
	case h == 0:
		return locale.N(ctx, "%d minute|%d minutes", m)
	case m == 0:
		return locale.N(ctx, "%d hour|%d hours", h)
	}
	return locale.N(ctx, "%d hour|%d hours", h) + " " + locale.N(ctx, "%d minute|%d minutes", m)
}

func size(ctx context.Context, n int64) string {
	p := locale.From(ctx)
	switch {
	case n >= 1e6:
		return locale.T(ctx, "%s MB", p.Float(float64(n)/1e6, 1))
	case n >= 1000:
		return locale.T(ctx, "%s kB", p.Float(float64(n)/1000, 0))
	}
	return locale.N(ctx, "%d byte|%d bytes", n)
}

func seesName(ctx context.Context, s portal.Sees) string {
	switch s {
	case portal.SeesSite:
		return locale.T(ctx, "Tickets of their site")
	case portal.SeesClient:
		return locale.T(ctx, "All tickets of the client")
	}
	return locale.T(ctx, "Their own tickets")
}

func secretHint(ctx context.Context, stored bool) string {
	if stored {
		return locale.T(ctx, "One is kept. Leave this empty to keep it.")
	}
	return ""
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return ""
}
