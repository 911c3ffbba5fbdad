// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/emersion/go-mbox"

	"mainstay/desk/mailroom"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// MailImport is what became of mails that were taken in from files.
type MailImport struct {
	Mails   int            `json:"mails"`
	Became  map[string]int `json:"became"` // by state: ticket, reply, note, bounce, review, rejected, duplicate
	Refused []string       `json:"refused,omitempty"`
	Slowest time.Duration  `json:"slowestNanoseconds"`
	Longest string         `json:"slowest,omitempty"` // the mail that took the longest
}

// TakenMail is what became of one.
type TakenMail struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
	Ticket string `json:"ticket,omitempty"`
}

// ImportMail takes mails in from files, as if they had come by the mailbox with that address: files of one mail, mbox files,
// and folders of either. What a mail becomes follows the rules of mail that comes in; one that was taken before is a
// duplicate. each is told of every mail.
func (a *App) ImportMail(ctx context.Context, address string, paths []string, each func(TakenMail)) (MailImport, error) {
	out := MailImport{Became: map[string]int{}}
	box, err := a.mailboxOf(ctx, address)
	if err != nil {
		return out, err
	}
	take := func(name string, raw io.Reader) error {
		began := time.Now()
		id, err := a.Mail.Import(ctx, box, raw)
		if err != nil {
			if ctx.Err() != nil || fault.KindOf(err) == fault.Internal {
				return fmt.Errorf("%s: %w", name, err)
			}
			out.Refused = append(out.Refused, name+": "+fault.TextOf(err))
			return nil
		}
		if took := time.Since(began); took > out.Slowest {
			out.Slowest, out.Longest = took, name
		}
		m, err := a.Mail.Message(ctx, id)
		if err != nil {
			return err
		}
		out.Mails++
		out.Became[string(m.State)]++
		if each != nil {
			taken := TakenMail{Name: name, State: string(m.State), Reason: strings.TrimSpace(m.Reason + " " + m.Detail)}
			if m.Ticket != 0 {
				taken.Ticket = m.Ticket.String()
			}
			each(taken)
		}
		return nil
	}
	for _, p := range paths {
		err := filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return fault.NewNotFound("%s cannot be read.", path).Because(err)
			}
			if d.IsDir() || strings.HasPrefix(d.Name(), ".") && path != p {
				return nil
			}
			return takeFile(path, take)
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (a *App) mailboxOf(ctx context.Context, address string) (ids.ID, error) {
	boxes, err := a.Mail.Mailboxes(ctx)
	if err != nil {
		return 0, err
	}
	var found []mailroom.Mailbox
	for _, b := range boxes {
		if address == "" || strings.EqualFold(b.Address, address) {
			found = append(found, b)
		}
	}
	switch {
	case len(found) == 1:
		return found[0].ID, nil
	case address != "":
		return 0, fault.NewNotFound("There is no mailbox %s.", address)
	case len(boxes) == 0:
		return 0, fault.NewNotFound("There is no mailbox yet. Add one under Mailboxes.")
	}
	return 0, fault.NewInvalid("There are several mailboxes. Say with --into which one the mails came by.")
}

// takeFile reads one mail, or the mails of an mbox file, which begins with "From ".
func takeFile(path string, take func(string, io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.NewNotFound("%s cannot be read.", path).Because(err)
	}
	defer func() { _ = f.Close() }()
	begin := make([]byte, 5)
	n, err := io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if !bytes.Equal(begin[:n], []byte("From ")) {
		return take(path, f)
	}
	r := mbox.NewReader(f)
	for i := 1; ; i++ {
		m, err := r.NextMessage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.NewInvalid("%s is damaged after %d mails: it is no mbox file from there on.", path, i-1).Because(err)
		}
		if err := take(fmt.Sprintf("%s:%d", path, i), m); err != nil {
			return err
		}
	}
}
