// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Form is how a receiver wants messages.
type Form string

// The forms.
const (
	Ntfy  Form = "ntfy"
	Slack Form = "slack" // Slack, Mattermost, Rocket.Chat and others that take the same
	Teams Form = "teams" // a workflow of Teams that takes an adaptive card
	Plain Form = "json"
)

// Forms lists the forms.
func Forms() []Form { return []Form{Ntfy, Slack, Teams, Plain} }

// Hook is a receiver of messages besides people: a chat, a push service.
type Hook struct {
	ID       ids.ID
	Version  int64
	Name     string
	Form     Form
	Host     string    // of the address, for people
	Token    bool      // one is kept
	Failed   string    // code of what went wrong last, "" = nothing
	FailedAt time.Time // when
}

const (
	maxHooks  = 100
	hookTries = 8
)

func hookSeal(id ids.ID, what string) string { return "monitoring/hook/" + id.String() + "/" + what }

// Hooks lists the receivers by name.
func (s *Service) Hooks(ctx context.Context) (out []Hook, err error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, version, name, form, host, CASE WHEN token = '' THEN 0 ELSE 1 END, failed, failed_at FROM monitoring_hooks ORDER BY name, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var h Hook
		var at, token int64
		if err := rows.Scan(&h.ID, &h.Version, &h.Name, &h.Form, &h.Host, &token, &h.Failed, &at); err != nil {
			return nil, err
		}
		h.FailedAt, h.Token = instant(at), token == 1
		out = append(out, h)
	}
	return out, rows.Err()
}

// SaveHook makes a receiver, or changes the one of its id. An address that is "" stays as it was, a token as [Token] says.
func (s *Service) SaveHook(ctx context.Context, h Hook, address string, token Token) (ids.ID, error) {
	var err error
	if h.Name, err = oneLine(h.Name, "name", 80); err != nil {
		return 0, err
	}
	fresh := h.ID == 0
	switch {
	case h.Name == "":
		return 0, fault.NewInvalid("Give it a name.").On("name")
	case !slices.Contains(Forms(), h.Form):
		return 0, fault.NewInvalid("Choose what kind of receiver it is.").On("form")
	case len(token.New) > 500 || strings.ContainsAny(token.New, "\r\n\x00"):
		return 0, fault.NewInvalid("This is no token.").On("token")
	case fresh || address != "":
		if address, err = s.p.Poster.Check(address); err != nil {
			return 0, err
		}
		u, err := url.Parse(address)
		if err != nil {
			return 0, err
		}
		if h.Form == Ntfy && strings.Trim(u.Path, "/") == "" {
			return 0, fault.NewInvalid("The address of a topic looks like https://ntfy.sh/topic.").On("url")
		}
		h.Host = u.Host
	}
	if fresh {
		h.ID = s.p.IDs.New()
	}
	return h.ID, s.change(ctx, "monitoring.hook", h.ID.String(), h.Name, func(tx *sql.Tx) error {
		if fresh {
			return s.insertHook(ctx, tx, h, address, token)
		}
		return s.updateHook(ctx, tx, h, address, token)
	})
}

// Token is what becomes of a receiver's token: New takes its place, Drop takes it away; without either it stays, but only while messages go to
// the same server. Another one never gets to see it.
type Token struct {
	New  string
	Drop bool
}

func (s *Service) insertHook(ctx context.Context, tx *sql.Tx, h Hook, address string, token Token) error {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM monitoring_hooks").Scan(&n); err != nil {
		return err
	}
	if n >= maxHooks {
		return fault.NewConflict("There are too many of these already: remove old ones first.")
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO monitoring_hooks (id, version, name, form, url, token, host) VALUES ($1, 1, $2, $3, $4, $5, $6)",
		int64(h.ID), h.Name, string(h.Form), s.sealHook(h.ID, "url", address), s.sealHook(h.ID, "token", token.New), h.Host)
	return err
}

func (s *Service) updateHook(ctx context.Context, tx *sql.Tx, h Hook, address string, token Token) error {
	var sealed, secret, host string
	err := tx.QueryRowContext(ctx, "SELECT url, token, host FROM monitoring_hooks WHERE id = $1 AND version = $2", int64(h.ID), h.Version).Scan(&sealed, &secret, &host)
	if errors.Is(err, sql.ErrNoRows) {
		return meanwhile(errMeanwhile)
	}
	if err != nil {
		return err
	}
	if address != "" {
		was, err := s.p.Sealer.Open(hookSeal(h.ID, "url"), sealed) // one that cannot be opened is another one
		if err != nil || !sameServer(was, address) {
			secret = ""
		}
		sealed, host = s.sealHook(h.ID, "url", address), h.Host
	}
	if token.Drop || token.New != "" {
		secret = s.sealHook(h.ID, "token", token.New)
	}
	return one(tx.ExecContext(ctx, `UPDATE monitoring_hooks SET version = version + 1, name = $3, form = $4, url = $5, token = $6, host = $7, failed = '', failed_at = 0
		WHERE id = $1 AND version = $2`, int64(h.ID), h.Version, h.Name, string(h.Form), sealed, secret, host))
}

// sealHook seals what a receiver keeps; "" stays "".
func (s *Service) sealHook(id ids.ID, what, text string) string {
	if text == "" {
		return ""
	}
	return s.p.Sealer.Seal(hookSeal(id, what), text)
}

// sameServer reports whether two addresses lead to the same server in the same way.
func sameServer(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Scheme == y.Scheme && strings.EqualFold(x.Host, y.Host)
}

// DropHook takes a receiver away, and what waits for it.
func (s *Service) DropHook(ctx context.Context, id ids.ID) error {
	chains, err := s.Chains(ctx)
	if err != nil {
		return err
	}
	for _, c := range chains {
		for _, st := range c.Steps {
			if slices.Contains(st.Hooks, id) {
				return fault.NewConflict("The chain “%s” still calls this receiver. Change it first.", c.Name)
			}
		}
	}
	return s.change(ctx, "monitoring.hook-drop", id.String(), "", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM monitoring_messages WHERE hook_id = $1", int64(id)); err != nil {
			return err
		}
		return one(tx.ExecContext(ctx, "DELETE FROM monitoring_hooks WHERE id = $1", int64(id)))
	})
}

// TryHook sends a message to a receiver now and returns the code of what went wrong, "" = it was taken.
func (s *Service) TryHook(ctx context.Context, id ids.ID) (code string, err error) {
	w := s.WordsFor(ctx)
	m := message{title: w.P.T("A message to try"), body: w.P.T("Alerts of Mainstay arrive here."), link: s.p.URL + "/alerts"}
	code, _, err = s.post(ctx, id, m)
	if err == nil {
		err = s.hookWent(ctx, id, code)
	}
	return code, err
}

// Rewrap seals anew, with the first key, what receivers keep sealed. It may be done again.
func (s *Service) Rewrap(ctx context.Context) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, column := range []string{"url", "token"} {
			c := access.Column{Table: "monitoring_hooks", ID: "id", Name: column, Purpose: func(id int64) string { return hookSeal(ids.ID(id), column) }}
			if err := s.p.Sealer.ResealColumn(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

type message struct {
	title, body, link string
	urgent            bool
}

// message puts a message to a receiver beside the step that it is about.
func (s *Service) message(ctx context.Context, tx *sql.Tx, hook ids.ID, a Alert, once string) error {
	w := s.words(ctx)
	_, err := tx.ExecContext(ctx, `INSERT INTO monitoring_messages (id, hook_id, alert_id, once, title, body, link, urgent, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (once) DO NOTHING`, int64(s.p.IDs.New()), int64(hook), int64(a.ID), once+"/"+hook.String(), w.head(a), w.line(a), s.p.URL+"/alerts/"+a.ID.String(),
		flag(a.Level == 2), micros(s.now()))
	return err
}

// sendHooks sends what waits until ctx ends.
func (s *Service) sendHooks(ctx context.Context) {
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for {
		s.log(ctx, "send messages", s.Send(ctx))
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// due is a message that is to be sent.
type due struct {
	id, hook ids.ID
	m        message
	tries    int
}

func (s *Service) waiting(ctx context.Context, now int64) (list []due, err error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, hook_id, title, body, link, urgent, tries FROM monitoring_messages WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at, id LIMIT 50", now)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d due
		var urgent int64
		if err := rows.Scan(&d.id, &d.hook, &d.m.title, &d.m.body, &d.m.link, &urgent, &d.tries); err != nil {
			return nil, err
		}
		d.m.urgent = urgent == 1
		list = append(list, d)
	}
	return list, rows.Err()
}

// Send sends what is due now. A message is sent at least once: one that was under way when the process died goes again.
func (s *Service) Send(ctx context.Context) error {
	now := micros(s.now())
	list, err := s.waiting(ctx, now)
	if err != nil {
		return err
	}
	for _, d := range list {
		code, answer, err := s.post(ctx, d.hook, d.m)
		if err != nil {
			code, answer = "secret", err.Error()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		state, again := "sent", now
		if code != "" {
			state, again = "waiting", now+(time.Duration(5<<min(d.tries, 8))*time.Second).Microseconds()
			if d.tries+1 >= hookTries {
				state = "failed"
			}
		}
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE monitoring_messages SET state = $2, tries = tries + 1, due_at = $3, failed = $4 WHERE id = $1", int64(d.id), state, again, cutTo(code+" "+answer, 200))
			return err
		})
		if err == nil {
			err = s.hookWent(ctx, d.hook, code)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) hookWent(ctx context.Context, id ids.ID, code string) error {
	at := int64(0)
	if code != "" {
		at = micros(s.now())
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE monitoring_hooks SET failed = $2, failed_at = $3 WHERE id = $1", int64(id), code, at)
		return err
	})
}

// post sends one message in the receiver's form.
func (s *Service) post(ctx context.Context, id ids.ID, m message) (code, answer string, err error) {
	var form Form
	var sealed, secret string
	if err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT form, url, token FROM monitoring_hooks WHERE id = $1", int64(id)).Scan(&form, &sealed, &secret); err != nil {
		return "", "", err
	}
	address, err := s.p.Sealer.Open(hookSeal(id, "url"), sealed)
	if err != nil {
		return "", "", err
	}
	header := map[string]string{"Content-Type": "application/json"}
	if secret != "" {
		token, err := s.p.Sealer.Open(hookSeal(id, "token"), secret)
		if err != nil {
			return "", "", err
		}
		header["Authorization"] = "Bearer " + token
	}
	address, body, err := format(form, address, m)
	if err != nil {
		return "", "", err
	}
	code, answer = s.p.Poster.Post(ctx, address, header, body)
	return code, answer, nil
}

// format makes the body of a message, and where it goes.
func format(form Form, address string, m message) (string, []byte, error) {
	var v any
	switch form {
	case Ntfy: // published as JSON to the root, so that titles can have any letters
		u, err := url.Parse(address)
		if err != nil {
			return "", nil, err
		}
		path := strings.Trim(u.Path, "/")
		i := strings.LastIndexByte(path, '/')
		u.Path = "/" + path[:max(i, 0)]
		priority := 3
		if m.urgent {
			priority = 5
		}
		address = u.String()
		v = map[string]any{"topic": path[i+1:], "title": m.title, "message": m.body, "priority": priority, "click": m.link}
	case Slack:
		escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
		v = map[string]any{"text": "*" + escape.Replace(m.title) + "*\n" + escape.Replace(m.body) + "\n" + m.link}
	case Teams:
		v = map[string]any{"type": "message", "attachments": []any{map[string]any{
			"contentType": "application/vnd.microsoft.card.adaptive",
			"content": map[string]any{
				"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
				"body": []any{
					map[string]any{"type": "TextBlock", "text": m.title, "weight": "Bolder", "wrap": true},
					map[string]any{"type": "TextBlock", "text": m.body, "wrap": true},
				},
				"actions": []any{map[string]any{"type": "Action.OpenUrl", "title": "Mainstay", "url": m.link}},
			},
		}}}
	default:
		v = map[string]any{"title": m.title, "text": m.body, "link": m.link, "urgent": m.urgent}
	}
	body, err := json.Marshal(v)
	return address, body, err
}
