// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
)

// Told is what a notice tells a person about their account.
type Told string

// What people are told. The session that did it is not told of itself.
const (
	ToldSignIn         Told = "sign-in"  // from a kind of device or a network that was not seen before
	ToldFailures       Told = "failures" // several wrong passwords or codes in a row
	ToldPassword       Told = "password"
	ToldReset          Told = "reset" // a new password by one-time link
	ToldAppOn          Told = "app-on"
	ToldAppOff         Told = "app-off"
	ToldPasskeyAdded   Told = "passkey-added"
	ToldPasskeyRemoved Told = "passkey-removed"
	ToldTokenMade      Told = "token-made"
	ToldLinked         Told = "linked" // single sign-on
)

const (
	noticeLife = 90 * 24 * time.Hour
	placeLife  = 180 * 24 * time.Hour
)

// Notice is something that a person should hear about their account.
type Notice struct {
	ID      ids.ID
	At      time.Time
	Kind    Told
	Detail  string // name of the passkey or token
	Address string
	Agent   string
}

type notice struct {
	user, session ids.ID
	kind          Told
	detail, agent string
}

// tell keeps a notice; session and address come from ctx when n has none.
func (s *Service) tell(ctx context.Context, q *store.Queries, n notice) error {
	if id := From(ctx); n.session == 0 && id != nil && id.User == n.user {
		n.session = id.Session
	}
	return q.InsertNotice(ctx, store.InsertNoticeParams{
		ID: int64(s.ids.New()), UserID: int64(n.user), SessionID: int64(n.session), At: clock.Micros(s.clock.Now()),
		Kind: string(n.kind), Detail: n.detail, Address: Address(ctx), Agent: cutAgent(n.agent),
	})
}

// Notices returns what the caller has not put away yet, newest first, twenty at most.
func (s *Service) Notices(ctx context.Context) ([]Notice, error) {
	id := From(ctx)
	rows, err := store.New(s.db.Reader()).Notices(ctx, int64(id.User), int64(id.Session))
	var out []Notice
	for _, r := range rows {
		out = append(out, Notice{ids.ID(r.ID), clock.FromMicros(r.At), Told(r.Kind), r.Detail, r.Address, r.Agent})
	}
	return out, err
}

// DismissNotices puts away the caller's notices up to newest, so that one that came meanwhile stays. What tells of
// the caller's own session stays for their other sessions to see.
func (s *Service) DismissNotices(ctx context.Context, newest ids.ID) error {
	id := From(ctx)
	return s.change(ctx, "access.notices-seen", id.Email, "", func(q *store.Queries) error {
		return q.DeleteNotices(ctx, int64(id.User), int64(id.Session), int64(newest))
	})
}

// place notes where a session was opened from and tells the person when that is new to the account. The first
// place of all, and links that the machine's operator made, are no news.
func (s *Service) place(ctx context.Context, q *store.Queries, user, session ids.ID, method string, c Client) error {
	now := clock.Micros(s.clock.Now())
	key := digest(Device(c.Agent) + " " + network(c.Address))[:32]
	n, err := q.TouchPlace(ctx, int64(user), key, now)
	if err != nil || n > 0 {
		return err
	}
	known, err := q.CountPlaces(ctx, int64(user))
	if err != nil {
		return err
	}
	if err := q.InsertPlace(ctx, int64(user), key, now); err != nil || known == 0 || method == methodLink || method == methodEnter {
		return err
	}
	return s.tell(withAddress(ctx, c.Address), q, notice{user: user, session: session, kind: ToldSignIn, agent: c.Agent})
}

// network is the wider network of an address, so that a new lease of the same provider is no news.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	bits := 16
	if a = a.Unmap().WithZone(""); a.Is6() {
		bits = 48
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return address
	}
	return p.String()
}

// Device names the browser and system of a User-Agent as people do: "Firefox, Windows".
func Device(agent string) string {
	find := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Contains(agent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := find("Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "HeadlessChrome/", "Chrome", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := find("Windows", "Windows", "iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Mac OS X", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	switch {
	case browser == "" && system == "":
		return strings.ToValidUTF8(agent[:min(len(agent), 40)], "")
	case browser == "" || system == "":
		return browser + system
	}
	return browser + ", " + system
}

// cutAgent is what is kept of a User-Agent: databases refuse broken UTF-8.
func cutAgent(agent string) string {
	return strings.ToValidUTF8(agent[:min(len(agent), 300)], "")
}
