// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mainstay/desk/mailroom/store"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// atOnce is how many mails are fetched, kept and filed before the server is told.
const atOnce = 25

// reader is a connection that has its folder open.
type reader struct {
	s      *Service
	box    Mailbox
	c      *imapclient.Client
	folder *imap.SelectData
	news   chan struct{} // the server spoke of new mails
	stop   func() bool
}

// open connects, signs in and opens the folder. step names what was reached last.
func (s *Service) open(ctx context.Context, box Mailbox) (r *reader, step string, err error) {
	conn, step, err := s.connect(ctx, box.IMAP)
	if err != nil {
		return nil, step, err
	}
	r = &reader{s: s, box: box, news: make(chan struct{}, 1)}
	options := &imapclient.Options{
		TLSConfig:             s.tlsConfig(box.IMAP.Host),
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: func(*imapclient.UnilateralDataMailbox) { nudge(r.news) }},
	}
	if box.IMAP.Security == StartTLS {
		if r.c, err = imapclient.NewStartTLS(conn, options); err != nil {
			return nil, "tls", tlsFault(box.IMAP.Host, err)
		}
	} else {
		r.c = imapclient.New(conn, options)
	}
	r.stop = context.AfterFunc(ctx, func() { _ = r.c.Close() })
	if step, err = r.enter(ctx); err != nil {
		r.close()
		return nil, step, err
	}
	return r, "folder", nil
}

func (r *reader) enter(ctx context.Context) (step string, err error) {
	host := r.box.IMAP.Host
	if err := r.c.WaitGreeting(); err != nil {
		return "greeting", fault.NewBusy("%s does not greet as a mail server does.", host).Because(err)
	}
	client, err := r.s.saslClient(ctx, r.box, func(mechanism string) bool { return r.c.Caps().Has(imap.Cap("AUTH=" + mechanism)) })
	switch {
	case err != nil && r.box.Auth == Password && !r.c.Caps().Has(imap.CapLoginDisabled): // the LOGIN command needs no mechanism
		secret, _, secretErr := r.s.secrets(ctx, r.box.ID)
		if err = secretErr; err == nil {
			err = r.c.Login(r.box.user(), secret).Wait()
		}
	case err != nil:
		return "sign-in", err
	case client == nil:
		return "sign-in", fault.NewInvalid("Enter the password of the mailbox.").On("secret")
	default:
		err = r.c.Authenticate(client)
	}
	if err != nil {
		return "sign-in", signInFault(r.box, host, err)
	}
	if r.box.FolderDone != "" {
		if _, err := r.c.Status(r.box.FolderDone, &imap.StatusOptions{NumMessages: true}).Wait(); err != nil {
			return "folder", fault.NewInvalid("The mailbox has no folder %q.", r.box.FolderDone).Because(err).On("folder-done")
		}
	}
	if r.folder, err = r.c.Select(r.box.Folder, nil).Wait(); err != nil {
		return "folder", fault.NewInvalid("The mailbox has no folder %q.", r.box.Folder).Because(err).On("folder")
	}
	return "folder", nil
}

func (r *reader) close() {
	r.stop()
	_ = r.c.Close()
}

// Fetch reads a mailbox once: what is new is kept, filed and acknowledged.
func (s *Service) Fetch(ctx context.Context, id ids.ID) error {
	box, err := s.Mailbox(ctx, id)
	if err != nil {
		return err
	}
	r, _, err := s.open(ctx, box)
	if err != nil {
		return err
	}
	defer r.close()
	return r.collect(ctx)
}

// collect takes what is new in the folder.
func (r *reader) collect(ctx context.Context) error {
	if err := r.s.Resume(ctx, false); err != nil {
		return err
	}
	if err := r.acknowledge(ctx); err != nil {
		return err
	}
	uids, next, err := r.fresh(ctx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(uids, atOnce) {
		if err := r.take(ctx, part); err != nil {
			return err
		}
		if err := r.s.Resume(ctx, false); err != nil {
			return err
		}
		if err := r.acknowledge(ctx); err != nil {
			return err
		}
	}
	validity := int64(r.folder.UIDValidity)
	return r.s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
		if validity != r.box.validity || next != r.box.next {
			if err := q.SetPlace(ctx, int64(r.box.ID), validity, next); err != nil {
				return err
			}
		}
		r.box.validity, r.box.next = validity, next
		return q.MailboxWell(ctx, int64(r.box.ID), clock.Micros(r.s.now()))
	})
}

// fresh lists the mails that were not yet kept, and where the next reading begins. What counts is the place in the
// folder and not whether a mail is marked as seen: people look into mailboxes too. A folder that is read for the first
// time gives what is unseen; one whose numbers the server has changed also what came since it was last read.
func (r *reader) fresh(ctx context.Context) (uids []imap.UID, next int64, err error) {
	all := func(c *imap.SearchCriteria) {
		if err != nil {
			return
		}
		var found *imap.SearchData
		if found, err = r.c.UIDSearch(c, nil).Wait(); err == nil {
			uids = append(uids, found.AllUIDs()...)
		}
	}
	next = r.box.next
	from := max(imap.UID(1), imap.UID(r.box.next))
	switch {
	case int64(r.folder.UIDValidity) == r.box.validity:
		all(&imap.SearchCriteria{UID: []imap.UIDSet{{imap.UIDRange{Start: from, Stop: 0}}}})
		uids = slices.DeleteFunc(uids, func(u imap.UID) bool { return u < from }) // n:* gives the last one always
	default:
		next = 1
		all(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}})
		if r.box.validity != 0 && !r.box.Read.IsZero() {
			all(&imap.SearchCriteria{Since: r.box.Read.Add(-48 * time.Hour)})
		}
		next = max(next, int64(r.folder.UIDNext))
	}
	slices.Sort(uids)
	uids = slices.Compact(uids)
	if len(uids) > 0 {
		next = max(next, int64(uids[len(uids)-1])+1)
	}
	q := r.s.read()
	var out []imap.UID
	for _, u := range uids {
		n, err := q.HasMessage(ctx, int64(r.box.ID), int64(r.folder.UIDValidity), int64(u))
		if err != nil {
			return nil, 0, err
		}
		if n == 0 {
			out = append(out, u)
		}
	}
	return out, next, err
}

// kept is a mail in the file store whose row is not yet written.
type kept struct {
	uid    imap.UID
	ref    string
	size   int64
	reason string
}

// take fetches mails, keeps each in the file store, and then writes their rows in one transaction.
func (r *reader) take(ctx context.Context, uids []imap.UID) error {
	sizes, err := r.sizes(uids)
	if err != nil {
		return err
	}
	var small, large []imap.UID
	for _, u := range uids {
		size, there := sizes[u]
		switch {
		case !there: // somebody removed it meanwhile
		case size > r.s.hold():
			large = append(large, u)
		default:
			small = append(small, u)
		}
	}
	got, err := r.bodies(small, &imap.FetchItemBodySection{Peek: true}, "")
	if err != nil {
		return err
	}
	// Of what is too large only the header is kept; the mail stays on the server as it is.
	heads, err := r.bodies(large, &imap.FetchItemBodySection{Peek: true, Specifier: imap.PartSpecifierHeader, Partial: &imap.SectionPartial{Size: 64 << 10}}, "size")
	if err != nil {
		return err
	}
	got = append(got, heads...)
	if len(got) == 0 {
		return nil
	}
	return r.s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
		for _, k := range got {
			if _, err := q.InsertMessage(ctx, store.InsertMessageParams{
				ID: int64(r.s.p.IDs.New()), MailboxID: int64(r.box.ID), UidValidity: int64(r.folder.UIDValidity), Uid: int64(k.uid), Ref: k.ref, Size: k.size,
				State: string(Stored), Reason: k.reason, ReceivedAt: clock.Micros(r.s.now()),
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *reader) sizes(uids []imap.UID) (map[imap.UID]int64, error) {
	list, err := r.c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, RFC822Size: true}).Collect()
	out := map[imap.UID]int64{}
	for _, m := range list {
		out[m.UID] = m.RFC822Size
	}
	return out, err
}

// bodies streams mails into the file store.
func (r *reader) bodies(uids []imap.UID, section *imap.FetchItemBodySection, reason string) (out []kept, err error) {
	if len(uids) == 0 {
		return nil, nil
	}
	cmd := r.c.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	defer func() { err = errors.Join(err, cmd.Close()) }()
	for {
		m := cmd.Next()
		if m == nil {
			return out, nil
		}
		k := kept{reason: reason}
		for item := m.Next(); item != nil; item = m.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				k.uid = item.UID
			case imapclient.FetchItemDataBodySection:
				if item.Literal == nil {
					continue
				}
				ref, size, err := r.s.p.Blobs.Put(item.Literal, r.s.hold())
				if err != nil {
					_, _ = io.Copy(io.Discard, item.Literal)
					return out, err
				}
				k.ref, k.size = string(ref), size
			}
		}
		if k.ref != "" && k.uid != 0 {
			out = append(out, k)
		}
	}
}

// acknowledge tells the server of what was filed, and then notes that it knows.
func (r *reader) acknowledge(ctx context.Context) error {
	for {
		rows, err := r.s.read().Unacked(ctx, int64(r.box.ID), int64(r.folder.UIDValidity))
		if err != nil || len(rows) == 0 {
			return err
		}
		var set imap.UIDSet
		for _, row := range rows {
			set.AddNum(imap.UID(row.Uid))
		}
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}
		if err := r.c.Store(set, flags, nil).Close(); err != nil {
			return err
		}
		if r.box.FolderDone != "" {
			if _, err := r.c.Move(set, r.box.FolderDone).Wait(); err != nil {
				return fault.NewInvalid("Mails cannot be moved into the folder %q.", r.box.FolderDone).Because(err)
			}
		}
		err = r.s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
			for _, row := range rows {
				if err := q.Acked(ctx, row.ID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// Poll is how often a folder is looked at where the server cannot tell of new mails, and as a net where it can.
const poll = time.Minute

// watch reads the folder for ever: after the server's word (IDLE), or every minute.
func (r *reader) watch(ctx context.Context) error {
	for {
		select {
		case <-r.news:
		default:
		}
		if err := r.collect(ctx); err != nil {
			return err
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
	}
}

func (r *reader) wait(ctx context.Context) error {
	tick := time.NewTimer(poll)
	defer tick.Stop()
	var idle *imapclient.IdleCommand
	if r.c.Caps().Has(imap.CapIdle) {
		var err error
		if idle, err = r.c.Idle(); err != nil {
			return err
		}
	}
	var ended error
	select {
	case <-ctx.Done():
		ended = ctx.Err()
	case <-r.news:
	case <-tick.C:
	case <-r.c.Closed():
		ended = io.ErrUnexpectedEOF
	}
	if idle != nil {
		if err := errors.Join(idle.Close(), idle.Wait()); ended == nil {
			ended = err
		}
	} else if ended == nil {
		ended = r.c.Noop().Wait()
	}
	return ended
}

// Run reads all mailboxes that are enabled and sends what is due, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	if err := s.Resume(ctx, true); err != nil && ctx.Err() == nil {
		s.p.Log.Error("cannot file the mails that were kept", "error", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.runOutbox(ctx)
	}()
	s.runMailboxes(ctx)
	<-done
}

func (s *Service) runOutbox(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := s.Deliver(ctx); err != nil && ctx.Err() == nil {
			s.p.Log.Error("cannot send mails", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// runMailboxes keeps a reader for each mailbox, and another one when it was changed.
func (s *Service) runMailboxes(ctx context.Context) {
	type running struct {
		version int64
		stop    context.CancelFunc
		ended   chan struct{}
	}
	have := map[ids.ID]running{}
	end := func(id ids.ID) {
		have[id].stop()
		<-have[id].ended
		delete(have, id)
	}
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		boxes, err := s.Mailboxes(ctx)
		if err != nil && ctx.Err() == nil {
			s.p.Log.Error("cannot list the mailboxes", "error", err)
		}
		wanted := map[ids.ID]int64{}
		for _, b := range boxes {
			if b.Enabled && b.IMAP.Host != "" {
				wanted[b.ID] = b.Version
			}
		}
		for id, r := range have {
			if err == nil && wanted[id] != r.version {
				end(id)
			}
		}
		for id, version := range wanted {
			if _, ok := have[id]; ok || ctx.Err() != nil {
				continue
			}
			own, stop := context.WithCancel(ctx) //nolint:gosec // end calls it
			r := running{version, stop, make(chan struct{})}
			have[id] = r
			go func() {
				defer close(r.ended)
				s.keep(own, id)
			}()
		}
		select {
		case <-ctx.Done():
			for id := range have {
				end(id)
			}
			return
		case <-s.stir:
		case <-tick.C:
			if err := s.Resume(ctx, false); err != nil && ctx.Err() == nil { // what could not be filed when it came
				s.p.Log.Error("cannot file the mails that were kept", "error", err)
			}
		}
	}
}

// keep reads a mailbox and begins anew when the connection ends, after a pause that grows and is never the same.
func (s *Service) keep(ctx context.Context, id ids.ID) {
	const first, most = 5 * time.Second, 5 * time.Minute
	pause := first
	for ctx.Err() == nil {
		began := s.now()
		err := s.session(ctx, id)
		if ctx.Err() != nil {
			return
		}
		if s.now().Sub(began) > most {
			pause = first
		}
		if err != nil {
			s.p.Log.Warn("a mailbox cannot be read", "mailbox", id.String(), "error", err)
			text := said(err)
			if werr := s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
				return q.MailboxIll(ctx, int64(id), text, clock.Micros(s.now()))
			}); werr != nil {
				s.p.Log.Error("cannot note what is wrong with a mailbox", "error", werr)
			}
			s.told(id.String())
		}
		t := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
		pause = min(2*pause, most)
	}
}

func (s *Service) session(ctx context.Context, id ids.ID) error {
	box, err := s.Mailbox(ctx, id)
	if err != nil {
		return err
	}
	r, _, err := s.open(ctx, box)
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.watch(ctx); !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "use of closed") {
		return err
	}
	return fault.NewBusy("The server ended the connection.")
}
