// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"io"
	"strings"
	"time"

	"mainstay/desk/mailroom/store"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// State is what became of a mail that came in.
type State string

// The states.
const (
	Stored    State = "stored" // kept, not yet filed
	NewTicket State = "ticket"
	Answer    State = "reply"
	Noted     State = "note" // on a ticket, for the firm's people only
	Bounce    State = "bounce"
	Review    State = "review" // a person decides
	Rejected  State = "rejected"
	Duplicate State = "duplicate"
)

// States lists the states.
func States() []State {
	return []State{Stored, NewTicket, Answer, Noted, Bounce, Review, Rejected, Duplicate}
}

// Message is a mail that came in.
type Message struct {
	ID       ids.ID
	Mailbox  ids.ID
	State    State
	Reason   string // code; "" = nothing to say
	Detail   string
	From     string
	Name     string
	Subject  string
	Preview  string
	Copies   []string // who else it was sent to, without our mailboxes
	DMARC    string   // pass, fail, none; "" = not checked
	Images   int      // pictures of other servers that were left out
	Broken   bool
	Ticket   ids.ID
	Entry    ids.ID
	Client   ids.ID
	Size     int64
	Received time.Time
	ref      string
}

func noMessage() *fault.Error { return fault.NewNotFound("There is no such mail.") }

func messageOf(r store.MailroomMessage) Message {
	return Message{
		ID: ids.ID(r.ID), Mailbox: ids.ID(r.MailboxID), State: State(r.State), Reason: r.Reason, Detail: r.Detail, From: r.Sender, Name: r.SenderName,
		Subject: r.Subject, Preview: r.Preview, Copies: strings.Fields(r.Copies), DMARC: r.Dmarc, Images: int(r.Images), Broken: r.Broken == 1, Ticket: ids.ID(r.TicketID),
		Entry: ids.ID(r.EntryID), Client: ids.ID(r.ClientID), Size: r.Size, Received: instant(r.ReceivedAt), ref: r.Ref,
	}
}

// Message returns one mail.
func (s *Service) Message(ctx context.Context, id ids.ID) (Message, error) {
	r, err := s.read().MessageByID(ctx, int64(id))
	return messageOf(r), orMissing(err, noMessage())
}

// Messages returns up to 50 mails of a state, the newest first; more tells that there are older ones. before is the id
// of the last that was seen, 0 = from the newest.
func (s *Service) Messages(ctx context.Context, state State, before ids.ID) (out []Message, more bool, err error) {
	const page = 50
	if before == 0 {
		before = 1<<63 - 1
	}
	rows, err := s.read().ByState(ctx, string(state), int64(before))
	for i, r := range rows {
		if i == page {
			return out, true, err
		}
		out = append(out, messageOf(r))
	}
	return out, false, err
}

// Count returns how many mails have a state.
func (s *Service) Count(ctx context.Context, state State) (int64, error) {
	return s.read().CountState(ctx, string(state))
}

// Raw opens the whole mail as it came.
func (s *Service) Raw(ctx context.Context, id ids.ID) (io.ReadCloser, error) {
	m, err := s.Message(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.p.Blobs.Open(blob.Ref(m.ref))
}
