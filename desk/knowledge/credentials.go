// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Credential is what may be seen of a credential without reading it.
type Credential struct {
	ID       ids.ID
	Version  int64
	Client   ids.ID // 0 = the firm's own
	Name     string
	Username string
	URL      string
	Device   string
	Site     string
	HasTOTP  bool
	HasNotes bool
	Archived bool
	Created  time.Time
	Updated  time.Time
}

// Secrets are what is sealed. It prints as nothing, so that no log shows it.
type Secrets struct {
	Secret string
	TOTP   string // base32 seed
	Notes  string
}

// String hides what is inside.
func (Secrets) String() string { return "(sealed)" }

// GoString hides what is inside.
func (Secrets) GoString() string { return "(sealed)" }

// CredentialDraft is what a person fills in. A nil secret stays as it is, one that is "" goes.
type CredentialDraft struct {
	Client                            ids.ID
	Name, Username, URL, Device, Site string
	Secret, TOTP, Notes               *string
}

// String hides the secrets.
func (d CredentialDraft) String() string { return d.Name + " (sealed)" }

// SecretVersion is one state of a credential: who wrote it and when. Its secrets stay sealed.
type SecretVersion struct {
	Number   int64
	Name     string
	Username string
	Restored int64
	Author   string
	Made     time.Time
}

// What of a credential is read.
const (
	ReadSecret = "secret"
	ReadCode   = "code"
	ReadNotes  = "notes"
	ReadShare  = "share"
)

// Reading is one time that somebody read something of a credential.
type Reading struct {
	What    string
	Reader  string
	Address string
	At      time.Time
}

const (
	maxSecret = 10_000
	maxNotes  = 20_000
)

func noCredential() *fault.Error { return fault.NewNotFound("There is no such credential.") }

// keyPurpose and fieldPurpose bind what is sealed to its place: moved to another row, version or field it does not open.
func keyPurpose(id ids.ID) string { return "credential/" + id.String() }

func fieldPurpose(id ids.ID, number int64, field string) string {
	return "credential/" + id.String() + "/" + strconv.FormatInt(number, 10) + "/" + field
}

func (d *CredentialDraft) clean() (err error) {
	for _, f := range []struct {
		field string
		to    *string
	}{{"name", &d.Name}, {"username", &d.Username}, {"url", &d.URL}, {"device", &d.Device}, {"site", &d.Site}} {
		if *f.to, err = line(*f.to, f.field); err != nil {
			return err
		}
	}
	if d.Name == "" {
		return fault.NewInvalid("Give it a name.").On("name")
	}
	if d.URL != "" {
		u, err := url.Parse(d.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "ssh" && u.Scheme != "rdp" {
			return fault.NewInvalid("Enter an address that begins with https://, http://, ssh:// or rdp://.").On("url")
		}
		if u.User != nil {
			return fault.NewInvalid("Leave user and password out of the address: it is not sealed.").On("url")
		}
	}
	if d.Secret != nil && len(*d.Secret) > maxSecret {
		return fault.NewInvalid("The secret is longer than %d characters.", maxSecret).On("secret")
	}
	if d.Notes != nil {
		if *d.Notes = strings.TrimSpace(strings.ReplaceAll(*d.Notes, "\r\n", "\n")); len(*d.Notes) > maxNotes {
			return fault.NewInvalid("This is too long: at most %d characters.", maxNotes).On("notes")
		}
	}
	if d.TOTP != nil && strings.TrimSpace(*d.TOTP) != "" {
		seed, err := cleanSeed(*d.TOTP)
		if err != nil {
			return err
		}
		d.TOTP = &seed
	} else if d.TOTP != nil {
		empty := ""
		d.TOTP = &empty
	}
	return nil
}

// with puts the draft's secrets over those that are there.
func (d CredentialDraft) with(s Secrets) Secrets {
	for _, f := range []struct {
		from *string
		to   *string
	}{{d.Secret, &s.Secret}, {d.TOTP, &s.TOTP}, {d.Notes, &s.Notes}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	return s
}

func credentialOf(r store.KnowledgeCredential) Credential {
	return Credential{
		ID: ids.ID(r.ID), Version: r.Version, Client: ids.ID(r.ClientID), Name: r.Name, Username: r.Username, URL: r.Url, Device: r.Device, Site: r.Site, HasTOTP: r.HasTotp == 1,
		HasNotes: r.HasNotes == 1, Archived: r.Archived == 1, Created: instant(r.CreatedAt), Updated: instant(r.UpdatedAt),
	}
}

// CreateCredential keeps a new credential under a key of its own.
func (s *Service) CreateCredential(ctx context.Context, scope access.Scope, d CredentialDraft) (ids.ID, error) {
	if err := d.clean(); err != nil {
		return 0, err
	}
	if err := s.checkClient(ctx, scope, d.Client); err != nil {
		return 0, err
	}
	id := s.p.IDs.New()
	key, sealed := s.p.Sealer.NewKey(keyPurpose(id))
	secrets, now := d.with(Secrets{}), s.micros()
	return id, s.change(ctx, "knowledge.credential", s.nameOf(ctx, d.Client, d.Name), id.String(), func(_ *sql.Tx, q *store.Queries) error {
		if err := q.InsertCredential(ctx, store.InsertCredentialParams{
			ID: int64(id), ClientID: int64(d.Client), Name: d.Name, Username: d.Username, Url: d.URL, Device: d.Device, Site: d.Site, HasTotp: flag(secrets.TOTP != ""),
			HasNotes: flag(secrets.Notes != ""), DataKey: sealed, CreatedAt: now, UpdatedAt: now,
		}); err != nil {
			return err
		}
		return s.keepSecrets(ctx, q, key, id, 1, d, secrets, 0)
	})
}

func (s *Service) keepSecrets(ctx context.Context, q *store.Queries, key *access.Sealer, id ids.ID, number int64, d CredentialDraft, secrets Secrets, restored int64) error {
	seal := func(field, plain string) string {
		if plain == "" {
			return ""
		}
		return key.Seal(fieldPurpose(id, number, field), plain)
	}
	user, name := who(ctx)
	return q.InsertSecret(ctx, store.InsertSecretParams{
		ID: int64(s.p.IDs.New()), CredentialID: int64(id), Number: number, Name: d.Name, Username: d.Username, Url: d.URL, Device: d.Device, Site: d.Site,
		Secret: seal("secret", secrets.Secret), Totp: seal("totp", secrets.TOTP), Notes: seal("notes", secrets.Notes), Restored: restored,
		AuthorID: int64(user), Author: name, MadeAt: s.micros(),
	})
}

// open reads the secrets of one version. Nothing of it may leave the service without an audit entry.
func (s *Service) open(ctx context.Context, r store.KnowledgeCredential, number int64) (*access.Sealer, store.KnowledgeSecret, Secrets, error) {
	v, err := s.read().SecretOf(ctx, r.ID, number)
	if err != nil {
		return nil, v, Secrets{}, orMissing(err, fault.NewNotFound("There is no such version."))
	}
	broken := func(err error) error {
		return fault.NewConflict("This credential cannot be opened with the installation's key. Was secret.key replaced?").Because(err)
	}
	key, err := s.p.Sealer.OpenKey(keyPurpose(ids.ID(r.ID)), r.DataKey)
	if err != nil {
		return nil, v, Secrets{}, broken(err)
	}
	var out Secrets
	for _, f := range []struct {
		field, sealed string
		to            *string
	}{{"secret", v.Secret, &out.Secret}, {"totp", v.Totp, &out.TOTP}, {"notes", v.Notes, &out.Notes}} {
		if f.sealed == "" {
			continue
		}
		if *f.to, err = key.Open(fieldPurpose(ids.ID(r.ID), number, f.field), f.sealed); err != nil {
			return nil, v, Secrets{}, broken(err)
		}
	}
	return key, v, out, nil
}

func (s *Service) credentialRow(ctx context.Context, scope access.Scope, id ids.ID) (store.KnowledgeCredential, error) {
	r, err := s.read().CredentialByID(ctx, int64(id))
	if err != nil {
		return r, orMissing(err, noCredential())
	}
	if !covers(scope, ids.ID(r.ClientID)) {
		return r, noCredential()
	}
	return r, nil
}

// Credential returns what may be seen of a credential in scope.
func (s *Service) Credential(ctx context.Context, scope access.Scope, id ids.ID) (Credential, error) {
	r, err := s.credentialRow(ctx, scope, id)
	return credentialOf(r), err
}

// UpdateCredential changes a credential whose version the caller has seen. What it was stays, sealed.
func (s *Service) UpdateCredential(ctx context.Context, scope access.Scope, id ids.ID, version int64, d CredentialDraft) error {
	if err := d.clean(); err != nil {
		return err
	}
	r, err := s.credentialRow(ctx, scope, id)
	if err != nil {
		return err
	}
	if d.Client != ids.ID(r.ClientID) {
		if err := s.checkClient(ctx, scope, d.Client); err != nil {
			return err
		}
	}
	if r.Version != version {
		return orChanged(0, nil)
	}
	key, _, secrets, err := s.open(ctx, r, version)
	if err != nil {
		return err
	}
	return s.writeCredential(ctx, key, id, version, d, d.with(secrets), 0)
}

func (s *Service) writeCredential(ctx context.Context, key *access.Sealer, id ids.ID, version int64, d CredentialDraft, secrets Secrets, restored int64) error {
	err := s.change(ctx, "knowledge.credential", s.nameOf(ctx, d.Client, d.Name), id.String(), func(_ *sql.Tx, q *store.Queries) error {
		if err := orChanged(q.UpdateCredential(ctx, store.UpdateCredentialParams{
			ID: int64(id), Version: version, ClientID: int64(d.Client), Name: d.Name, Username: d.Username, Url: d.URL, Device: d.Device, Site: d.Site,
			HasTotp: flag(secrets.TOTP != ""), HasNotes: flag(secrets.Notes != ""), UpdatedAt: s.micros(),
		})); err != nil {
			return err
		}
		return s.keepSecrets(ctx, q, key, id, version+1, d, secrets, restored)
	})
	if db.IsUnique(err) {
		return orChanged(0, nil)
	}
	return err
}

// RestoreCredential brings an earlier version back, as a new one. Nobody reads it for that.
func (s *Service) RestoreCredential(ctx context.Context, scope access.Scope, id ids.ID, version, number int64) error {
	r, err := s.credentialRow(ctx, scope, id)
	if err != nil {
		return err
	}
	key, v, secrets, err := s.open(ctx, r, number)
	if err != nil {
		return err
	}
	d := CredentialDraft{Client: ids.ID(r.ClientID), Name: v.Name, Username: v.Username, URL: v.Url, Device: v.Device, Site: v.Site}
	return s.writeCredential(ctx, key, id, version, d, secrets, number)
}

// ArchiveCredential takes a credential out of the lists, or puts it back.
func (s *Service) ArchiveCredential(ctx context.Context, scope access.Scope, id ids.ID, archived bool) error {
	r, err := s.credentialRow(ctx, scope, id)
	if err != nil {
		return err
	}
	return s.change(ctx, "knowledge.credential", s.nameOf(ctx, ids.ID(r.ClientID), r.Name), id.String(), func(_ *sql.Tx, q *store.Queries) error {
		_, err := q.ArchiveCredential(ctx, r.ID, flag(archived), s.micros())
		return err
	})
}

// DeleteCredential removes a credential with all versions and the history of its readings; the audit trail keeps them.
func (s *Service) DeleteCredential(ctx context.Context, scope access.Scope, id ids.ID) error {
	r, err := s.credentialRow(ctx, scope, id)
	if err != nil {
		return err
	}
	return s.change(ctx, "knowledge.credential.gone", s.nameOf(ctx, ids.ID(r.ClientID), r.Name), id.String(), func(_ *sql.Tx, q *store.Queries) error {
		for _, drop := range []func(context.Context, int64) error{q.DeleteSecrets, q.DeleteReadings, q.DeleteShares} {
			if err := drop(ctx, r.ID); err != nil {
				return err
			}
		}
		n, err := q.DeleteCredential(ctx, r.ID)
		if err == nil && n == 0 {
			err = noCredential()
		}
		return err
	})
}

// nameOf names a credential for the audit trail, with its client.
func (s *Service) nameOf(ctx context.Context, client ids.ID, name string) string {
	if client == 0 {
		return name
	}
	if names, err := s.p.Clients.Names(ctx, access.WholeFirm(), client); err == nil && names[client] != "" {
		return names[client] + ": " + name
	}
	return name
}

// Reveal returns one secret of a credential: what is ReadSecret, ReadCode (the authenticator's present code) or ReadNotes.
// That somebody reads it is written down, in the audit trail too, before it is handed out; where that fails nothing is.
func (s *Service) Reveal(ctx context.Context, scope access.Scope, id ids.ID, what string) (plain string, left time.Duration, err error) {
	r, err := s.credentialRow(ctx, scope, id)
	if err != nil {
		return "", 0, err
	}
	if what != ReadSecret && what != ReadCode && what != ReadNotes {
		return "", 0, fault.NewInvalid("There is nothing of this kind to read.")
	}
	if err := s.noteReading(ctx, r, what); err != nil {
		return "", 0, err
	}
	_, _, secrets, err := s.open(ctx, r, r.Version)
	if err != nil {
		return "", 0, err
	}
	switch what {
	case ReadSecret:
		plain = secrets.Secret
	case ReadNotes:
		plain = secrets.Notes
	case ReadCode:
		if secrets.TOTP != "" {
			return codeAt(secrets.TOTP, s.now())
		}
	}
	if plain == "" {
		return "", 0, fault.NewNotFound("This credential has none.")
	}
	return plain, 0, nil
}

// noteReading writes down, in a transaction of its own, that the caller reads a credential.
func (s *Service) noteReading(ctx context.Context, r store.KnowledgeCredential, what string) error {
	return s.change(ctx, "knowledge.credential.read", s.nameOf(ctx, ids.ID(r.ClientID), r.Name), what+" "+ids.ID(r.ID).String(), func(_ *sql.Tx, q *store.Queries) error {
		return s.reading(ctx, q, ids.ID(r.ID), what)
	})
}

func (s *Service) reading(ctx context.Context, q *store.Queries, id ids.ID, what string) error {
	user, name := who(ctx)
	return q.InsertReading(ctx, store.InsertReadingParams{ID: int64(s.p.IDs.New()), CredentialID: int64(id), What: what, UserID: int64(user), Reader: name, Address: access.Address(ctx), ReadAt: s.micros()})
}

// Readings lists who read a credential, the latest first, 100 at most.
func (s *Service) Readings(ctx context.Context, scope access.Scope, id ids.ID) (out []Reading, err error) {
	if _, err := s.credentialRow(ctx, scope, id); err != nil {
		return nil, err
	}
	rows, err := s.read().ReadingsOf(ctx, int64(id))
	for _, r := range rows {
		out = append(out, Reading{r.What, r.Reader, r.Address, instant(r.ReadAt)})
	}
	return out, err
}

// SecretVersions lists who changed a credential, the newest first.
func (s *Service) SecretVersions(ctx context.Context, scope access.Scope, id ids.ID) (out []SecretVersion, err error) {
	if _, err := s.credentialRow(ctx, scope, id); err != nil {
		return nil, err
	}
	rows, err := s.read().SecretsOf(ctx, int64(id))
	for _, r := range rows {
		out = append(out, SecretVersion{r.Number, r.Name, r.Username, r.Restored, r.Author, instant(r.MadeAt)})
	}
	return out, err
}

// CredentialQuery chooses credentials. Zero fields choose all that are not archived.
type CredentialQuery struct {
	Text     string // part of name, user name, address, device or site
	Client   ids.ID
	House    bool // only the firm's own
	Archived bool
	Offset   int
	Limit    int // 1–500; 0 = 50
}

// Credentials lists credentials in scope by name, without anything that is sealed, and how many there are in all.
func (s *Service) Credentials(ctx context.Context, scope access.Scope, query CredentialQuery) (out []Credential, total int, err error) {
	if query.Limit <= 0 {
		query.Limit = 50
	}
	query.Limit, query.Offset = min(query.Limit, 500), max(query.Offset, 0)
	where, args := []string{"archived = $1"}, []any{flag(query.Archived)}
	add := func(cond string, v any) {
		args = append(args, v)
		where = append(where, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(args))))
	}
	if !scope.All() {
		add("client_id = ? AND client_id <> 0", int64(scope.Client()))
	}
	if query.House {
		where = append(where, "client_id = 0")
	}
	if query.Client != 0 {
		add("client_id = ?", int64(query.Client))
	}
	if strings.TrimSpace(query.Text) != "" {
		add("(lower(name) LIKE ? ESCAPE '!' OR lower(username) LIKE ? ESCAPE '!' OR lower(url) LIKE ? ESCAPE '!' OR lower(device) LIKE ? ESCAPE '!' OR lower(site) LIKE ? ESCAPE '!')", pattern(query.Text))
	}
	cond := " FROM knowledge_credentials WHERE " + strings.Join(where, " AND ")
	if err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*)"+cond, args...).Scan(&total); err != nil || total == 0 {
		return nil, 0, err
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, version, client_id, name, username, url, device, site, has_totp, has_notes, archived, created_at, updated_at"+cond+
		fmt.Sprintf(" ORDER BY lower(name), id LIMIT %d OFFSET %d", query.Limit, query.Offset), args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var r store.KnowledgeCredential
		if err := rows.Scan(&r.ID, &r.Version, &r.ClientID, &r.Name, &r.Username, &r.Url, &r.Device, &r.Site, &r.HasTotp, &r.HasNotes, &r.Archived, &r.CreatedAt, &r.UpdatedAt); err != nil {
			return nil, 0, err
		}
		out = append(out, credentialOf(r))
	}
	return out, total, rows.Err()
}

// Rewrap seals the keys of all credentials anew with the installation's first key. It may die and run again.
func (s *Service) Rewrap(ctx context.Context) error {
	for last := int64(0); ; {
		rows, err := s.read().CredentialKeys(ctx, last)
		if err != nil || len(rows) == 0 {
			return err
		}
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			q := store.New(tx)
			for _, r := range rows {
				again, changed, err := s.p.Sealer.Reseal(keyPurpose(ids.ID(r.ID)), r.DataKey)
				if err != nil {
					return fault.NewConflict("The credential %s cannot be opened with any key of secret.key. Nothing was lost: the old keys stay.", ids.ID(r.ID).String()).Because(err)
				}
				if !changed {
					continue
				}
				if _, err := q.Rewrap(ctx, r.ID, r.DataKey, again); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		last = rows[len(rows)-1].ID
	}
}
