// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"mainstay/desk/mailroom"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func subject(ctx context.Context, m mailroom.Message) string {
	if m.Subject == "" {
		return locale.T(ctx, "(no subject)")
	}
	return m.Subject
}

func countText(ctx context.Context, n int64) string {
	if n == 0 {
		return ""
	}
	return locale.From(ctx).Number(n)
}

func stateName(ctx context.Context, s mailroom.State) string {
	switch s {
	case mailroom.Stored:
		return locale.T(ctx, "Being filed")
	case mailroom.NewTicket:
		return locale.T(ctx, "New ticket")
	case mailroom.Answer:
		return locale.T(ctx, "Answer on a ticket")
	case mailroom.Noted:
		return locale.T(ctx, "Note on a ticket")
	case mailroom.Bounce:
		return locale.T(ctx, "Delivery report")
	case mailroom.Review:
		return locale.T(ctx, "To review")
	case mailroom.Duplicate:
		return locale.T(ctx, "Copy of another mail")
	}
	return locale.T(ctx, "Put aside")
}

func stateTone(s mailroom.State) page.Tone {
	switch s {
	case mailroom.Review:
		return page.Warn
	case mailroom.Rejected, mailroom.Duplicate:
		return page.Neutral
	}
	return page.Good
}

// reason says in a few words why a mail is where it is.
func reason(ctx context.Context, m mailroom.Message) string {
	switch m.Reason {
	case "unknown-sender":
		return locale.T(ctx, "Unknown sender")
	case "several-clients":
		return locale.T(ctx, "Sender of several clients")
	case "no-sender":
		return locale.T(ctx, "No sender")
	case "other-client":
		return locale.T(ctx, "Names another client's ticket")
	case "colleague":
		return locale.T(ctx, "From one of us")
	case "dmarc":
		return locale.T(ctx, "Sender probably forged")
	case "flood":
		return locale.T(ctx, "Too many within an hour")
	case "size", "depth", "parts", "header":
		return locale.T(ctx, "Too large to be read")
	case "unreadable":
		return locale.T(ctx, "Cannot be read")
	case "refused":
		return locale.T(ctx, "Could not be filed")
	case "loop":
		return locale.T(ctx, "Our own mail")
	case "blocked":
		return locale.T(ctx, "Blocked sender")
	case "auto-reply":
		return locale.T(ctx, "Automatic reply")
	case "strange-report":
		return locale.T(ctx, "Report about somebody else's mail")
	case "by-hand":
		return locale.T(ctx, "Put aside by hand")
	case "virus":
		return locale.T(ctx, "Carries a virus")
	case "unscanned":
		return locale.T(ctx, "Too large for the virus scanner")
	}
	return m.Reason
}

// explanation says what it means, and what can be done.
func explanation(ctx context.Context, m mailroom.Message) string {
	switch m.Reason {
	case "unknown-sender":
		return locale.T(ctx, "No person, rule or domain of a client fits this address. Say whose mail it is, and the next one is filed by itself.")
	case "several-clients":
		return locale.T(ctx, "This address or its domain belongs to more than one client.")
	case "no-sender":
		return locale.T(ctx, "The mail does not say who wrote it.")
	case "other-client":
		return locale.T(ctx, "The mail answers one of a ticket whose client the sender does not belong to. Look whether the sender may read that ticket.")
	case "colleague":
		return locale.T(ctx, "The address is that of one of us. A sender is easily forged, so nothing was done in that name.")
	case "dmarc":
		return locale.T(ctx, "The mail server found that the sender's domain does not stand behind this mail. Do not open what is attached before you have asked.")
	case "flood":
		return locale.T(ctx, "This sender wrote more mails within an hour than a person does. Two machines may be answering each other.")
	case "size":
		return locale.T(ctx, "The mail is larger than what is taken in. It lies in the mailbox; only its header was fetched.")
	case "depth", "parts", "header":
		return locale.T(ctx, "The mail has more parts than any that a person writes. It was kept and not opened.")
	case "unreadable":
		return locale.T(ctx, "The mail could not be read. It was kept as it came.")
	case "refused":
		return locale.From(ctx).T(m.Detail)
	case "loop":
		return locale.T(ctx, "We sent this mail ourselves, and it came back.")
	case "blocked":
		return locale.T(ctx, "Mail of %s is not let in.", m.Detail)
	case "auto-reply":
		return locale.T(ctx, "A machine answered, and no ticket is known to which.")
	case "strange-report":
		return locale.T(ctx, "A mail server reports on a mail that we did not send.")
	case "virus":
		return locale.T(ctx, "The scanner found %s. File it all the same and what carries the virus is left out.", m.Detail)
	case "unscanned":
		return locale.T(ctx, "The virus scanner takes nothing of this size. File it all the same and its files are left out.")
	case "by-hand":
		return locale.T(ctx, "Somebody put this mail aside. It can still be filed.")
	}
	return m.Reason
}

func dmarcName(ctx context.Context, verdict string) string {
	switch verdict {
	case "pass":
		return locale.T(ctx, "yes: the domain stands behind the mail")
	case "fail":
		return locale.T(ctx, "no: probably forged")
	case "none":
		return locale.T(ctx, "the domain does not ask for it")
	}
	return locale.T(ctx, "not by the mail server")
}

func deliveryName(ctx context.Context, state string) string {
	switch state {
	case "sent":
		return locale.T(ctx, "sent")
	case "failed":
		return locale.T(ctx, "not sent")
	case "bounced":
		return locale.T(ctx, "came back")
	}
	return locale.T(ctx, "being sent")
}

func deliveryTone(state string) page.Tone {
	switch state {
	case "sent":
		return page.Good
	case "failed", "bounced":
		return page.Bad
	}
	return page.Info
}

func securityName(ctx context.Context, s mailroom.Security) string {
	switch s {
	case mailroom.TLS:
		return locale.T(ctx, "TLS from the start")
	case mailroom.StartTLS:
		return locale.T(ctx, "STARTTLS")
	}
	return locale.T(ctx, "none (this machine only)")
}

func authName(ctx context.Context, a mailroom.Auth) string {
	switch a {
	case mailroom.Microsoft:
		return locale.T(ctx, "Microsoft 365 (OAuth2)")
	case mailroom.Google:
		return locale.T(ctx, "Google (OAuth2)")
	}
	return locale.T(ctx, "Password")
}

func stepName(ctx context.Context, s mailroom.Step) string {
	server := locale.T(ctx, "Reading")
	if s.Server == "smtp" {
		server = locale.T(ctx, "Sending")
	}
	return server + ": " + map[string]string{
		"dns": locale.T(ctx, "name"), "connection": locale.T(ctx, "connection"), "tls": locale.T(ctx, "protection"), "greeting": locale.T(ctx, "greeting"),
		"sign-in": locale.T(ctx, "sign-in"), "folder": locale.T(ctx, "folder"),
	}[s.Name]
}
