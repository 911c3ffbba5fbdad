// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func statusName(ctx context.Context, s helpdesk.Status) string {
	if s.Name != "" {
		return s.Name
	}
	switch s.Code {
	case "new":
		return locale.T(ctx, "New")
	case "in-progress":
		return locale.T(ctx, "In progress")
	case "scheduled":
		return locale.T(ctx, "Scheduled")
	case "waiting-client":
		return locale.T(ctx, "Waiting for client")
	case "waiting-supplier":
		return locale.T(ctx, "Waiting for supplier")
	case "solved":
		return locale.T(ctx, "Solved")
	}
	return locale.T(ctx, "ticket::Closed")
}

func statusTone(s helpdesk.State) page.Tone {
	switch s {
	case helpdesk.StateNew:
		return page.Info
	case helpdesk.StateOpen:
		return page.Accent
	case helpdesk.StateWaiting:
		return page.Warn
	case helpdesk.StateSolved:
		return page.Good
	}
	return page.Neutral
}

func statusBadge(ctx context.Context, s helpdesk.Status) page.Badge {
	return page.Badge{Text: statusName(ctx, s), Tone: statusTone(s.State), Data: s.Name != ""}
}

func stateName(ctx context.Context, s helpdesk.State) string {
	switch s {
	case helpdesk.StateNew:
		return locale.T(ctx, "New")
	case helpdesk.StateOpen:
		return locale.T(ctx, "state::Open")
	case helpdesk.StateWaiting:
		return locale.T(ctx, "Waiting")
	case helpdesk.StateSolved:
		return locale.T(ctx, "Solved")
	}
	return locale.T(ctx, "ticket::Closed")
}

func boardName(ctx context.Context, b helpdesk.Board) string {
	return BoardName(locale.From(ctx), b)
}

// BoardName is what a board is called in the printer's language.
func BoardName(p locale.Printer, b helpdesk.Board) string {
	if b.Name != "" {
		return b.Name
	}
	switch b.Code {
	case "support":
		return p.T("Support")
	case "projects":
		return p.T("Projects")
	}
	return "–"
}

func kindName(ctx context.Context, k helpdesk.Kind) string {
	switch k {
	case helpdesk.Incident:
		return locale.T(ctx, "Incident")
	case helpdesk.Request:
		return locale.T(ctx, "Request")
	case helpdesk.Change:
		return locale.T(ctx, "Change")
	case helpdesk.Problem:
		return locale.T(ctx, "Problem")
	case helpdesk.Maintenance:
		return locale.T(ctx, "Planned maintenance")
	}
	return locale.T(ctx, "Project task")
}

func originName(ctx context.Context, o helpdesk.Origin) string {
	switch o {
	case helpdesk.FromClient:
		return locale.T(ctx, "Client")
	case helpdesk.FromMonitor:
		return locale.T(ctx, "Monitor")
	case helpdesk.FromPlan:
		return locale.T(ctx, "Planned")
	}
	return locale.T(ctx, "Technician")
}

func priorityName(ctx context.Context, p helpdesk.Priority) string {
	switch p {
	case helpdesk.Urgent:
		return locale.T(ctx, "Urgent")
	case helpdesk.High:
		return locale.T(ctx, "High")
	case helpdesk.Normal:
		return locale.T(ctx, "Normal")
	}
	return locale.T(ctx, "Low")
}

func channelName(ctx context.Context, c string) string {
	switch c {
	case "mail":
		return locale.T(ctx, "e-mail")
	case "portal":
		return locale.T(ctx, "portal")
	case "phone":
		return locale.T(ctx, "phone")
	case "walk-in":
		return locale.T(ctx, "walk-in")
	case "api":
		return locale.T(ctx, "API")
	case "monitor":
		return locale.T(ctx, "monitor")
	case "plan":
		return locale.T(ctx, "plan")
	case "form":
		return locale.T(ctx, "form")
	}
	return ""
}

func impactName(ctx context.Context, l helpdesk.Level) string {
	switch l {
	case 1:
		return locale.T(ctx, "The whole client")
	case 2:
		return locale.T(ctx, "A team")
	}
	return locale.T(ctx, "One person")
}

func urgencyName(ctx context.Context, l helpdesk.Level) string {
	switch l {
	case 1:
		return locale.T(ctx, "Work stands still")
	case 2:
		return locale.T(ctx, "Work is hindered")
	}
	return locale.T(ctx, "Work goes on")
}

// span writes a length of time with its two largest units: 45 min, 3 h 20 min, 2 d 4 h.
func span(ctx context.Context, d time.Duration) string {
	d = d.Round(time.Minute)
	days, hours, minutes := int64(d/(24*time.Hour)), int64(d/time.Hour%24), int64(d/time.Minute%60)
	switch {
	case days > 0 && hours > 0 && days < 10:
		return locale.T(ctx, "%d d %d h", days, hours)
	case days > 0:
		return locale.T(ctx, "%d d", days)
	case hours > 0 && minutes > 0:
		return locale.T(ctx, "%d h %d min", hours, minutes)
	case hours > 0:
		return locale.T(ctx, "%d h", hours)
	}
	return locale.T(ctx, "%d min", minutes)
}

// left writes how long it is until a deadline, with a minus sign when it has passed.
func left(ctx context.Context, due, now time.Time) string {
	d := due.Sub(now)
	if d.Abs() < 30*time.Second {
		return locale.T(ctx, "now")
	}
	if d >= 0 {
		return span(ctx, d)
	}
	return "−" + span(ctx, now.Sub(due))
}

// heat is the tone of a deadline: late, soon (an hour), otherwise calm.
func heat(due, now time.Time) page.Tone {
	switch d := due.Sub(now); {
	case d < 0:
		return page.Bad
	case d < time.Hour:
		return page.Warn
	}
	return page.Good
}
