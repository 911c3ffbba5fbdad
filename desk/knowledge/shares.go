// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Shared is what a link shows.
type Shared struct {
	Label    string `json:"label"`
	Username string `json:"username,omitempty"`
	Secret   string `json:"secret,omitempty"`
	URL      string `json:"url,omitempty"`
	Text     string `json:"text,omitempty"`
}

// String hides what is inside.
func (Shared) String() string { return "(sealed)" }

// ShareState is what became of a link.
type ShareState string

// The states of a link.
const (
	ShareWaiting  ShareState = "waiting"
	ShareOpened   ShareState = "opened"
	ShareRecalled ShareState = "recalled"
	ShareOver     ShareState = "over" // nobody opened it in time
	ShareLocked   ShareState = "locked"
)

// Share is a link that opens once, as the one who made it sees it.
type Share struct {
	ID         ids.ID
	Credential ids.ID // 0 = a text
	Client     ids.ID
	Label      string
	Passphrase bool
	State      ShareState
	Tries      int // wrong passphrases
	Author     string
	Made       time.Time
	Expires    time.Time
	Opened     time.Time
	OpenedFrom string
	Recalled   time.Time
}

// ShareDraft is a link to be made: of a credential, or of a text with a label.
type ShareDraft struct {
	Credential ids.ID
	Label      string
	Text       string
	Life       time.Duration // one hour to seven days
	Passphrase string        // "" = none
}

// String hides what is inside.
func (d ShareDraft) String() string { return d.Label + " (sealed)" }

const (
	tokenBytes = 32
	maxTries   = 5
	maxShared  = 20_000
)

// ShareLives are the lifetimes that pages offer.
func ShareLives() []time.Duration {
	return []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour, 72 * time.Hour, 7 * 24 * time.Hour}
}

func digestOf(token string) string {
	d := sha256.Sum256([]byte(token))
	return hex.EncodeToString(d[:])
}

// MakeShare makes a link and returns its token, which is kept nowhere. Of a credential it counts as a reading.
func (s *Service) MakeShare(ctx context.Context, scope access.Scope, d ShareDraft) (token string, id ids.ID, err error) {
	if d.Life < time.Hour || d.Life > 7*24*time.Hour {
		return "", 0, fault.NewInvalid("A link holds between one hour and seven days.").On("life")
	}
	if d.Label, err = line(d.Label, "label"); err != nil {
		return "", 0, err
	}
	if len(d.Passphrase) > maxLine {
		return "", 0, fault.NewInvalid("This is too long: at most %d characters.", maxLine).On("passphrase")
	}
	if d.Passphrase != "" && len([]rune(d.Passphrase)) < 8 {
		return "", 0, fault.NewInvalid("A passphrase has at least %d characters.", 8).On("passphrase")
	}
	what := Shared{Label: d.Label, Text: strings.TrimSpace(strings.ReplaceAll(d.Text, "\r\n", "\n"))}
	var client ids.ID
	if d.Credential != 0 {
		r, err := s.credentialRow(ctx, scope, d.Credential)
		if err != nil {
			return "", 0, err
		}
		_, _, secrets, err := s.open(ctx, r, r.Version)
		if err != nil {
			return "", 0, err
		}
		if secrets.Secret == "" {
			return "", 0, fault.NewNotFound("This credential has none.")
		}
		client, d.Label = ids.ID(r.ClientID), r.Name
		what = Shared{Label: r.Name, Username: r.Username, Secret: secrets.Secret, URL: r.Url}
	} else {
		switch {
		case what.Text == "":
			return "", 0, fault.NewInvalid("Write something first.").On("text")
		case len(what.Text) > maxShared:
			return "", 0, fault.NewInvalid("This is too long: at most %d characters.", maxShared).On("text")
		case d.Label == "":
			return "", 0, fault.NewInvalid("Give it a name, which is not secret.").On("label")
		}
	}
	plain, err := json.Marshal(what) //nolint:gosec // it is sealed at once
	if err != nil {
		return "", 0, err
	}
	raw, salt := make([]byte, tokenBytes), ""
	_, _ = rand.Read(raw)
	token = base64.RawURLEncoding.EncodeToString(raw)
	if d.Passphrase != "" {
		salt = rand.Text()
	}
	id = s.p.IDs.New()
	key, err := access.KeyOf("share/"+id.String(), raw, d.Passphrase, salt)
	if err != nil {
		return "", 0, err
	}
	user, name := who(ctx)
	now := s.now()
	err = s.change(ctx, "knowledge.share", s.nameOf(ctx, client, d.Label), id.String(), func(_ *sql.Tx, q *store.Queries) error {
		if d.Credential != 0 {
			if err := s.reading(ctx, q, d.Credential, ReadShare); err != nil {
				return err
			}
		}
		return q.InsertShare(ctx, store.InsertShareParams{
			ID: int64(id), Digest: digestOf(token), CredentialID: int64(d.Credential), ClientID: int64(client), Label: d.Label, Sealed: key.Seal("share/"+id.String(), string(plain)), Salt: salt,
			AuthorID: int64(user), Author: name, MadeAt: now.UnixMicro(), ExpiresAt: now.Add(d.Life).UnixMicro(),
		})
	})
	return token, id, err
}

// Peek says of the link with a token whether it can still be opened and whether it wants a passphrase. It changes nothing: a
// program that only looks at links does not use them up.
func (s *Service) Peek(ctx context.Context, token string) (Share, error) {
	r, err := s.read().ShareByDigest(ctx, digestOf(token))
	if err != nil {
		return Share{}, orMissing(err, noShare())
	}
	x := s.shareOf(r)
	return x, x.gone()
}

func noShare() *fault.Error {
	return fault.NewNotFound("There is no such link. Perhaps a part of it is missing.")
}

// gone says in words why a link does not open, nil where it does.
func (x Share) gone() error {
	switch x.State {
	case ShareWaiting:
		return nil
	case ShareOpened:
		return fault.NewNotFound("This link was opened already. If it was not you, tell the one who sent it at once.")
	case ShareLocked:
		return fault.NewNotFound("This link is closed: the passphrase was wrong too often. Ask for a new one.")
	}
	return fault.NewNotFound("This link does not hold any more. Ask for a new one.")
}

// OpenShare shows what a link holds, once: it is burned in the same step that writes down who opened it and from where.
func (s *Service) OpenShare(ctx context.Context, token, passphrase string) (Shared, error) {
	var out Shared
	r, err := s.read().ShareByDigest(ctx, digestOf(token))
	if err != nil {
		return out, orMissing(err, noShare())
	}
	if err := s.shareOf(r).gone(); err != nil {
		return out, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return out, noShare()
	}
	if r.Salt == "" {
		passphrase = ""
	} else {
		if len(passphrase) > maxLine {
			passphrase = passphrase[:maxLine+1]
		}
		if passphrase == "" {
			return out, fault.NewInvalid("Enter the passphrase that you were told.").On("passphrase")
		}
		// Counted before it is tried: of many at once no more than the allowed ones are.
		if err := s.countTry(ctx, r); err != nil {
			return out, err
		}
	}
	name := "share/" + ids.ID(r.ID).String()
	key, err := access.KeyOf(name, raw, passphrase, r.Salt)
	if err != nil {
		return out, err
	}
	plain, err := key.Open(name, r.Sealed)
	if err != nil && r.Salt != "" {
		if err := s.p.Access.Note(ctx, "knowledge.share.refused", r.Label, ids.ID(r.ID).String()); err != nil {
			return out, err
		}
		return out, fault.NewInvalid("The passphrase is not right.").On("passphrase")
	}
	if err != nil {
		return out, fault.NewNotFound("This link is damaged. Ask for a new one.").Because(err)
	}
	if err := json.Unmarshal([]byte(plain), &out); err != nil {
		return Shared{}, err
	}
	err = s.change(ctx, "knowledge.share.opened", s.nameOf(ctx, ids.ID(r.ClientID), r.Label), ids.ID(r.ID).String(), func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.BurnShare(ctx, r.ID, s.micros(), access.Address(ctx))
		if err == nil && n == 0 { // another reader was faster
			err = Share{State: ShareOpened}.gone()
		}
		return err
	})
	if err != nil {
		return Shared{}, err
	}
	return out, nil
}

// countTry counts a passphrase that is tried; after five the link is closed for ever.
func (s *Service) countTry(ctx context.Context, r store.KnowledgeShare) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := store.New(tx).TryShare(ctx, r.ID, maxTries)
		if err == nil && n == 0 {
			err = Share{State: ShareLocked}.gone()
		}
		return err
	})
}

// RecallShare takes a link back that nobody has opened.
func (s *Service) RecallShare(ctx context.Context, scope access.Scope, id ids.ID) error {
	r, err := s.read().ShareByID(ctx, int64(id))
	if err != nil {
		return orMissing(err, noShare())
	}
	if !covers(scope, ids.ID(r.ClientID)) {
		return noShare()
	}
	return s.change(ctx, "knowledge.share.recalled", r.Label, id.String(), func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.RecallShare(ctx, r.ID, s.micros())
		if err == nil && n == 0 {
			err = fault.NewConflict("This link was opened or taken back already.")
		}
		return err
	})
}

// Shares lists the links that were made, the latest first, 200 at most; credential 0 = of all.
func (s *Service) Shares(ctx context.Context, scope access.Scope, credential ids.ID) (out []Share, err error) {
	var rows []store.KnowledgeShare
	if credential == 0 {
		rows, err = s.read().Shares(ctx)
	} else {
		rows, err = s.read().SharesOf(ctx, int64(credential))
	}
	for _, r := range rows {
		if covers(scope, ids.ID(r.ClientID)) {
			out = append(out, s.shareOf(r))
		}
	}
	return out, err
}

func (s *Service) shareOf(r store.KnowledgeShare) Share {
	x := Share{
		ID: ids.ID(r.ID), Credential: ids.ID(r.CredentialID), Client: ids.ID(r.ClientID), Label: r.Label, Passphrase: r.Salt != "", State: ShareWaiting, Tries: int(r.Tries), Author: r.Author,
		Made: instant(r.MadeAt), Expires: instant(r.ExpiresAt), Opened: instant(r.OpenedAt), OpenedFrom: r.OpenedFrom, Recalled: instant(r.RecalledAt),
	}
	switch {
	case r.OpenedAt != 0:
		x.State = ShareOpened
	case r.RecalledAt != 0:
		x.State = ShareRecalled
	case r.ExpiresAt <= s.micros():
		x.State = ShareOver
	case r.Salt != "" && r.Tries >= maxTries:
		x.State = ShareLocked
	}
	return x
}
