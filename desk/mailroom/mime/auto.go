// SPDX-License-Identifier: Apache-2.0

package mime

import (
	"bufio"
	"io"
	"regexp"
	"strings"

	"github.com/emersion/go-message/textproto"
)

// Auto says how far a machine wrote a mail.
type Auto uint8

// The kinds. Nothing but ByHand is ever answered by a machine.
const (
	ByHand  Auto = iota
	Bulk         // lists, newsletters, monitoring: a person may want to read it
	Reply        // out of office, received with thanks
	Bounced      // about a mail that was not delivered
)

// Bounce is what a delivery report tells of one mail.
type Bounce struct {
	Recipient string
	Status    string // "5.1.1"; "" = not said
	Action    string // failed, delayed, delivered, relayed, expanded; "" = not said
	Why       string
	Original  string // Message-ID of the mail that it is about
}

// Failed tells whether the mail will not arrive: a delay alone is no failure.
func (b *Bounce) Failed() bool {
	return b.Action == "failed" || b.Action == "" && !strings.HasPrefix(b.Status, "4.") && !strings.HasPrefix(b.Status, "2.")
}

var awaySubject = regexp.MustCompile(`(?i)^(auto(matic)? ?reply|out of (the )?office|abwesen|automatische antwort|auto:|autoreply|away from)`)

// howWritten judges by the header.
func howWritten(h *textproto.Header, from Address, subject string) Auto {
	get := func(k string) string { return strings.ToLower(strings.TrimSpace(h.Get(k))) }
	submitted, _, _ := strings.Cut(get("Auto-Submitted"), ";")
	submitted = strings.TrimSpace(submitted)
	precedence := get("Precedence")
	kind, params := mediaType(h.Get("Content-Type"))
	local, _, _ := strings.Cut(from.Email, "@")
	away := awaySubject.MatchString(subject)
	suppress := get("X-Auto-Response-Suppress") != ""
	emptyPath := h.Has("Return-Path") && strings.Trim(get("Return-Path"), " <>") == ""
	switch {
	case kind == "multipart/report" && strings.EqualFold(params["report-type"], "delivery-status"),
		local == "mailer-daemon", get("X-Failed-Recipients") != "":
		return Bounced
	case strings.HasPrefix(submitted, "auto-replied"), precedence == "auto_reply", h.Has("X-Autoreply"), h.Has("X-Autorespond"),
		away && (suppress || emptyPath || submitted != "" && submitted != "no"):
		return Reply
	case submitted != "" && submitted != "no", precedence == "bulk", precedence == "junk", precedence == "list",
		h.Has("List-Id"), h.Has("List-Unsubscribe"), suppress, emptyPath, h.Has("X-Loop"),
		local == "postmaster", strings.HasPrefix(local, "noreply"), strings.HasPrefix(local, "no-reply"), strings.HasPrefix(local, "donotreply"), strings.HasPrefix(local, "do-not-reply"):
		return Bulk
	}
	return ByHand
}

// readStatus takes the first recipient that was not reached, else the first, out of a message/delivery-status (RFC 3464).
func (b *Bounce) readStatus(r io.Reader) {
	br := bufio.NewReader(io.LimitReader(mend(io.LimitReader(r, 64<<10), Usual()), 64<<10))
	for range 20 {
		h, err := textproto.ReadHeader(br)
		if recipient := afterSemicolon(h.Get("Final-Recipient")); recipient != "" {
			one := Bounce{
				Recipient: email(recipient), Action: strings.ToLower(line(h.Get("Action"), 20)), Status: statusOf(h.Get("Status")),
				Why: header(afterSemicolon(h.Get("Diagnostic-Code")), 500), Original: b.Original,
			}
			if one.Recipient == "" {
				one.Recipient = line(recipient, 254)
			}
			if b.Recipient == "" || one.Action == "failed" && b.Action != "failed" {
				*b = one
			}
		}
		if err != nil {
			return
		}
	}
}

func afterSemicolon(s string) string {
	if _, after, ok := strings.Cut(s, ";"); ok {
		s = after
	}
	return strings.TrimSpace(s)
}

var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}`)

func statusOf(s string) string { return enhanced.FindString(strings.TrimSpace(s)) }

// readOriginal takes the Message-ID out of the mail, or its header, that a report returns.
func (b *Bounce) readOriginal(r io.Reader) {
	h := topHeader(io.LimitReader(r, 64<<10), Usual())
	if got := messageIDs(h.Get("Message-Id"), 1); len(got) == 1 {
		b.Original = got[0]
	}
}

// DMARC is what a receiving server found about the sender's domain.
type DMARC string

// The verdicts.
const (
	Unchecked DMARC = ""     // nobody that we trust says anything
	Pass      DMARC = "pass" // the domain of From stands behind the mail
	Fail      DMARC = "fail"
	NoPolicy  DMARC = "none" // the domain does not ask for it
)

var dmarcResult = regexp.MustCompile(`(?i)(?:^|[;\s])dmarc\s*=\s*([a-z]+)`)

// Verdict reads the Authentication-Results (RFC 8601). Anybody can write such a header: a pass counts only from the
// server that the mailbox names as its own (trusted, "" = none). A fail is believed of the uppermost, since who would
// invent it.
func (m *Message) Verdict(trusted string) DMARC {
	for i, r := range m.results {
		server, rest, _ := strings.Cut(r, ";")
		server, _, _ = strings.Cut(strings.TrimSpace(server), " ")
		own := trusted != "" && strings.EqualFold(server, trusted)
		got := dmarcResult.FindStringSubmatch(rest)
		if len(got) == 0 {
			continue
		}
		switch verdict := strings.ToLower(got[1]); {
		case verdict == "fail" && (own || i == 0):
			return Fail
		case own && verdict == "pass":
			return Pass
		case own:
			return NoPolicy
		}
	}
	return Unchecked
}
