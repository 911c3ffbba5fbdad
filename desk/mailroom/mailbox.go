// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"database/sql"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"

	"mainstay/desk/mailroom/store"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Security is how a connection to a mail server is protected.
type Security string

// The ways. Plain is for a server on this machine only.
const (
	TLS      Security = "tls"
	StartTLS Security = "starttls"
	Plain    Security = "plain"
)

// Securities lists the ways.
func Securities() []Security { return []Security{TLS, StartTLS, Plain} }

// Auth is how a mailbox signs in.
type Auth string

// The ways. Microsoft takes a client secret of an application, Google a refresh token in Secret.
const (
	Password  Auth = "password"
	Microsoft Auth = "microsoft"
	Google    Auth = "google"
)

// Auths lists the ways.
func Auths() []Auth { return []Auth{Password, Microsoft, Google} }

// Server is where a protocol is spoken.
type Server struct {
	Host     string // "" = this mailbox does not use it
	Port     int
	Security Security
}

// Mailbox is an account on a mail server. Secret and OAuthSecret are only ever given in, never out.
type Mailbox struct {
	ID          ids.ID
	Version     int64
	Name        string
	Address     string
	Enabled     bool
	Board       ids.ID // of the tickets that are made; 0 = the first
	Auth        Auth
	Username    string // "" = the address
	Secret      string // password or refresh token; "" when saving = as before
	HasSecret   bool
	OAuthTenant string
	OAuthClient string
	OAuthSecret string
	IMAP        Server
	Folder      string // "" = INBOX
	FolderDone  string // "" = mails stay in the folder, marked as seen
	SMTP        Server
	Trusted     string // the name under which the mail server writes Authentication-Results; "" = none is believed
	Plus        bool   // the server also takes address+anything: answers can then carry the token in the address
	Acknowledge bool
	Receipt     string // text of the receipt
	Signature   string
	Read        time.Time // when the folder was last read without an error
	Error       string    // what is wrong, in words; "" = nothing
	ErrorAt     time.Time

	validity, next int64
}

func noMailbox() *fault.Error { return fault.NewNotFound("There is no such mailbox.") }

func mailboxOf(r store.MailroomMailbox) Mailbox {
	return Mailbox{
		ID: ids.ID(r.ID), Version: r.Version, Name: r.Name, Address: r.Address, Enabled: r.Enabled == 1, Board: ids.ID(r.BoardID), Auth: Auth(r.Auth),
		Username: r.Username, HasSecret: r.Secret != "", OAuthTenant: r.OauthTenant, OAuthClient: r.OauthClient,
		IMAP: Server{r.ImapHost, int(r.ImapPort), Security(r.ImapSecurity)}, Folder: r.Folder, FolderDone: r.FolderDone,
		SMTP: Server{r.SmtpHost, int(r.SmtpPort), Security(r.SmtpSecurity)}, Trusted: r.Trusted, Plus: r.Plus == 1, Acknowledge: r.Acknowledge == 1, Receipt: r.Receipt,
		Signature: r.Signature, Read: instant(r.ReadAt), Error: r.Error, ErrorAt: instant(r.ErrorAt), validity: r.UidValidity, next: r.UidNext,
	}
}

// Mailboxes lists the mailboxes by name.
func (s *Service) Mailboxes(ctx context.Context) (out []Mailbox, err error) {
	rows, err := s.read().Mailboxes(ctx)
	for _, r := range rows {
		out = append(out, mailboxOf(r))
	}
	return out, err
}

// Mailbox returns one mailbox.
func (s *Service) Mailbox(ctx context.Context, id ids.ID) (Mailbox, error) {
	r, err := s.read().MailboxByID(ctx, int64(id))
	return mailboxOf(r), orMissing(err, noMailbox())
}

func (m *Mailbox) clean() error {
	for _, v := range []*string{&m.Name, &m.Address, &m.Username, &m.OAuthTenant, &m.OAuthClient, &m.IMAP.Host, &m.SMTP.Host, &m.Folder, &m.FolderDone, &m.Trusted} {
		*v = strings.TrimSpace(*v)
		if len(*v) > 250 || strings.ContainsAny(*v, "\r\n\x00") {
			return fault.NewInvalid("This is too long: at most %d characters.", 250)
		}
	}
	m.Receipt, m.Signature = strings.TrimSpace(m.Receipt), strings.TrimSpace(m.Signature)
	if len(m.Receipt)+len(m.Signature) > 10_000 {
		return fault.NewInvalid("This is too long: at most %d characters.", 10_000).On("receipt")
	}
	a, err := mail.ParseAddress(m.Address)
	if err != nil || a.Address != m.Address {
		return fault.NewInvalid("%q is not an e-mail address.", m.Address).On("address")
	}
	m.Address = strings.ToLower(m.Address)
	if m.Name == "" {
		m.Name = m.Address
	}
	if m.Folder == "" {
		m.Folder = "INBOX"
	}
	if strings.EqualFold(m.Folder, m.FolderDone) {
		return fault.NewInvalid("Mails cannot be moved into the folder that they are read from.").On("folder-done")
	}
	if !slices.Contains(Auths(), m.Auth) {
		return fault.NewInvalid("Choose how the mailbox signs in.").On("auth")
	}
	if m.IMAP.Host == "" && m.SMTP.Host == "" {
		return fault.NewInvalid("Enter the server to read from, the server to send by, or both.").On("imap-host")
	}
	if err := m.IMAP.clean("imap", map[Security]int{TLS: 993, StartTLS: 143, Plain: 143}); err != nil {
		return err
	}
	return m.SMTP.clean("smtp", map[Security]int{TLS: 465, StartTLS: 587, Plain: 25})
}

func (v *Server) clean(field string, ports map[Security]int) error {
	if v.Host == "" {
		*v = Server{Security: TLS}
		return nil
	}
	if _, ok := ports[v.Security]; !ok {
		return fault.NewInvalid("Choose how the connection is protected.").On(field + "-security")
	}
	if strings.ContainsAny(v.Host, "/@ ") || strings.Count(v.Host, ":") == 1 {
		return fault.NewInvalid("%q is not the name of a server.", v.Host).On(field + "-host")
	}
	if v.Port == 0 {
		v.Port = ports[v.Security]
	}
	if v.Port < 1 || v.Port > 65535 {
		return fault.NewInvalid("A port is a number from 1 to 65535.").On(field + "-port")
	}
	if v.Security == Plain && !loopback(v.Host) {
		return fault.NewInvalid("Without TLS, passwords and mails would be readable on the way. That is allowed for a server on this machine only.").On(field + "-security")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// SaveMailbox adds a mailbox, or changes the one whose ID is set and whose Version the caller has seen.
func (s *Service) SaveMailbox(ctx context.Context, m Mailbox) (ids.ID, error) {
	if err := m.clean(); err != nil {
		return 0, err
	}
	add := m.ID == 0
	var old store.MailroomMailbox
	if add {
		m.ID = s.p.IDs.New()
	} else {
		var err error
		if old, err = s.read().MailboxByID(ctx, int64(m.ID)); err != nil {
			return 0, orMissing(err, noMailbox())
		}
	}
	secret, oauth := old.Secret, old.OauthSecret
	// A secret goes to the server that it was entered for and to no other: somebody who may change the address of the
	// server must not be able to have it sent to a machine of their own.
	moved := !add && (old.ImapHost != m.IMAP.Host && m.IMAP.Host != "" || old.SmtpHost != m.SMTP.Host && m.SMTP.Host != "" || old.Auth != string(m.Auth))
	if moved && m.Secret == "" && secret != "" {
		return 0, fault.NewInvalid("The server changed: enter the password again.").On("secret")
	}
	if m.Secret != "" {
		secret = s.p.Sealer.Seal("mailbox/"+m.ID.String(), m.Secret)
	}
	if m.OAuthSecret != "" {
		oauth = s.p.Sealer.Seal("mailbox-oauth/"+m.ID.String(), m.OAuthSecret)
	}
	if m.Auth != Password && (m.OAuthClient == "" || oauth == "") {
		return 0, fault.NewInvalid("Enter the application's id and its secret.").On("oauth-client")
	}
	if m.Auth == Microsoft && m.OAuthTenant == "" {
		return 0, fault.NewInvalid("Enter the tenant's id.").On("oauth-tenant")
	}
	err := s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if err := s.putMailbox(ctx, q, m, add, secret, oauth); err != nil {
			return err
		}
		if !add && (old.Folder != m.Folder || old.ImapHost != m.IMAP.Host || old.Username != m.Username) {
			if err := q.ForgetPlace(ctx, int64(m.ID)); err != nil {
				return err
			}
		}
		return s.p.Access.Record(ctx, tx, "mailroom.mailbox", m.Address, m.ID.String())
	})
	if db.IsUnique(err) {
		return 0, fault.NewConflict("There is a mailbox with this address already.").On("address")
	}
	nudge(s.stir)
	return m.ID, err
}

func (s *Service) putMailbox(ctx context.Context, q *store.Queries, m Mailbox, add bool, secret, oauth string) error {
	if add {
		return q.InsertMailbox(ctx, store.InsertMailboxParams{
			ID: int64(m.ID), Name: m.Name, Address: m.Address, Enabled: flag(m.Enabled), BoardID: int64(m.Board), Auth: string(m.Auth), Username: m.Username,
			Secret: secret, OauthTenant: m.OAuthTenant, OauthClient: m.OAuthClient, OauthSecret: oauth, ImapHost: m.IMAP.Host, ImapPort: int64(m.IMAP.Port),
			ImapSecurity: string(m.IMAP.Security), Folder: m.Folder, FolderDone: m.FolderDone, SmtpHost: m.SMTP.Host, SmtpPort: int64(m.SMTP.Port),
			SmtpSecurity: string(m.SMTP.Security), Trusted: m.Trusted, Acknowledge: flag(m.Acknowledge), Receipt: m.Receipt, Signature: m.Signature,
			CreatedAt: clock.Micros(s.now()), Plus: flag(m.Plus),
		})
	}
	n, err := q.UpdateMailbox(ctx, store.UpdateMailboxParams{
		ID: int64(m.ID), Version: m.Version, Name: m.Name, Address: m.Address, Enabled: flag(m.Enabled), BoardID: int64(m.Board), Auth: string(m.Auth),
		Username: m.Username, Secret: secret, OauthTenant: m.OAuthTenant, OauthClient: m.OAuthClient, OauthSecret: oauth, ImapHost: m.IMAP.Host,
		ImapPort: int64(m.IMAP.Port), ImapSecurity: string(m.IMAP.Security), Folder: m.Folder, FolderDone: m.FolderDone, SmtpHost: m.SMTP.Host,
		SmtpPort: int64(m.SMTP.Port), SmtpSecurity: string(m.SMTP.Security), Trusted: m.Trusted, Acknowledge: flag(m.Acknowledge), Receipt: m.Receipt,
		Signature: m.Signature, Plus: flag(m.Plus),
	})
	if err == nil && n == 0 {
		err = fault.NewConflict("Somebody changed this mailbox in the meantime. Look at the newer version and enter your change again.")
	}
	return err
}

// secrets opens what a mailbox signs in with.
func (s *Service) secrets(ctx context.Context, id ids.ID) (secret, oauth string, err error) {
	r, err := s.read().MailboxByID(ctx, int64(id))
	if err != nil {
		return "", "", orMissing(err, noMailbox())
	}
	open := func(purpose, sealed string) string {
		if sealed == "" || err != nil {
			return ""
		}
		var plain string
		if plain, err = s.p.Sealer.Open(purpose+id.String(), sealed); err != nil {
			err = fault.NewInvalid("The stored password does not open with this installation's key. Enter it again.").Because(err)
		}
		return plain
	}
	secret = open("mailbox/", r.Secret)
	return secret, open("mailbox-oauth/", r.OauthSecret), err
}
