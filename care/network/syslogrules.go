// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/syslog"
	"mainstay/kit/wire"
)

// Pattern is what is looked for in messages: at least Number of them within Minutes, as grave as Severity or graver, whose text holds
// Text. Then the check of that name on the device is bad; it is fine again once it is quiet for as long.
type Pattern struct {
	ID       ids.ID
	Client   ids.ID // 0 = all clients
	Name     string
	Text     string // parts that must all stand in the message, separated by " + "; "" = any message
	Severity syslog.Severity
	Number   int
	Minutes  int
	Critical bool
	Author   string
}

const maxPatterns = 500

// SyslogKind is the kind of check as which patterns are known to rules.
const SyslogKind = "syslog"

// Patterns lists what is looked for.
func (s *Service) Patterns(ctx context.Context, scope access.Scope) (out []Pattern, err error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, client_id, name, pattern, severity, number, minutes, critical, author FROM network_patterns")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p Pattern
		var critical int64
		if err := rows.Scan(&p.ID, &p.Client, &p.Name, &p.Text, &p.Severity, &p.Number, &p.Minutes, &critical, &p.Author); err != nil {
			return nil, err
		}
		if p.Critical = critical != 0; p.Client == 0 || scope.Covers(p.Client) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b Pattern) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return out, rows.Err()
}

// SavePattern has something looked for from now on.
func (s *Service) SavePattern(ctx context.Context, scope access.Scope, p Pattern) (ids.ID, error) {
	p.Name, p.Text = cut(p.Name, 80), cut(p.Text, 200)
	if p.Client != 0 {
		if _, err := s.p.Clients.Get(ctx, scope, p.Client); err != nil {
			return 0, err
		}
	} else if !scope.All() {
		return 0, fault.NewDenied("Only who may see all clients can look for something at all of them.")
	}
	switch {
	case p.Name == "":
		return 0, fault.NewInvalid("Give it a name.").On("name")
	case p.Severity > syslog.Debug:
		return 0, fault.NewInvalid("Choose how grave a message must be.").On("severity")
	case p.Number < 1 || p.Number > 10_000:
		return 0, fault.NewInvalid("It takes between 1 and 10,000 messages.").On("number")
	case p.Minutes < 1 || p.Minutes > 1440:
		return 0, fault.NewInvalid("Messages are counted over 1 minute to 24 hours.").On("minutes")
	case p.Text == "" && p.Severity == syslog.Debug:
		return 0, fault.NewInvalid("Enter a part of the text, or choose how grave a message must be: otherwise every message would count.").On("pattern")
	}
	p.ID = s.p.IDs.New()
	return p.ID, s.change(ctx, "network.pattern", p.ID.String(), p.Name, func(tx *sql.Tx) error {
		var n int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM network_patterns").Scan(&n); err != nil {
			return err
		}
		if n >= maxPatterns {
			return fault.NewInvalid("There are %d patterns already; no more are kept.", n)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO network_patterns (id, client_id, name, pattern, severity, number, minutes, critical, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			int64(p.ID), int64(p.Client), p.Name, p.Text, int64(p.Severity), p.Number, p.Minutes, flag(p.Critical), author(ctx), micros(s.now()))
		return err
	})
}

// DropPattern has something not looked for any more.
func (s *Service) DropPattern(ctx context.Context, scope access.Scope, id ids.ID) error {
	list, err := s.Patterns(ctx, scope)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(p Pattern) bool { return p.ID == id })
	if i < 0 || list[i].Client == 0 && !scope.All() {
		return fault.NewNotFound("There is no such pattern.")
	}
	return s.change(ctx, "network.pattern-drop", id.String(), list[i].Name, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM network_patterns WHERE id = $1", int64(id))
		return err
	})
}

// holds reports whether a message is one that the pattern looks for.
func (p *Pattern) holds(m *Message) bool {
	if m.Severity > p.Severity || p.Client != 0 && p.Client != m.Client {
		return false
	}
	text := strings.ToLower(m.App + " " + m.Text)
	for part := range strings.SplitSeq(strings.ToLower(p.Text), " + ") {
		if !strings.Contains(text, strings.TrimSpace(part)) {
			return false
		}
	}
	return true
}

// watchMessages counts messages that came for the rules.
func (s *Service) watchMessages(ctx context.Context, list []Message) error {
	patterns, err := s.Patterns(ctx, access.WholeFirm())
	if err != nil || len(patterns) == 0 {
		return err
	}
	for i := range patterns {
		p := &patterns[i]
		told := map[ids.ID]bool{}
		for j := range list {
			if m := &list[j]; m.Device != 0 && !told[m.Device] && p.holds(m) {
				told[m.Device] = true
				if err := s.judge(ctx, p, m.Client, m.Device); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// judge counts what a device wrote lately and hands the result to the rules.
func (s *Service) judge(ctx context.Context, p *Pattern, client, device ids.ID) error {
	since := s.now().Add(-time.Duration(p.Minutes) * time.Minute)
	n, err := s.countHeld(ctx, p, client, device, since)
	if err != nil {
		return err
	}
	state := wire.StateOK
	if n >= p.Number {
		if state = wire.StateWarning; p.Critical {
			state = wire.StateCritical
		}
	}
	s.bounded.mu.Lock()
	if s.bounded.bad == nil {
		s.bounded.bad = map[[3]ids.ID]bool{}
	}
	if key := [3]ids.ID{p.ID, client, device}; state == wire.StateOK {
		delete(s.bounded.bad, key)
	} else {
		s.bounded.bad[key] = true
	}
	s.bounded.last = max(s.now().UnixMilli(), s.bounded.last+1) // two within a millisecond are two
	at := s.bounded.last
	first := !s.bounded.heard[device]
	if first {
		if s.bounded.heard == nil {
			s.bounded.heard = map[ids.ID]bool{}
		}
		s.bounded.heard[device] = true
	}
	s.bounded.mu.Unlock()
	if first {
		s.p.Engine.Forget(device) // it may have been nobody's business until now
	}
	s.p.Engine.Observe(device, at, []monitoring.Key{
		s.p.Engine.Key(monitoring.CheckSeries,
			monitoring.Label{Name: "check", Value: p.ID.String()}, monitoring.Label{Name: "kind", Value: SyslogKind}, monitoring.Label{Name: "name", Value: p.Name}),
	}, []float64{float64(state)})
	return nil
}

// literal writes what LIKE takes for more than itself so that it is itself, after ESCAPE '\'.
var literal = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// countHeld counts what a device wrote since an instant that a pattern looks for, up to the number that the pattern asks for. The database
// finds what could be it, by letters that every engine knows in both cases; what is counted is what the pattern holds.
func (s *Service) countHeld(ctx context.Context, p *Pattern, client, device ids.ID, since time.Time) (n int, err error) {
	query, args := "SELECT severity, app, text FROM network_messages WHERE device_id = $1 AND at >= $2 AND severity <= $3", []any{int64(device), micros(since), int64(p.Severity)}
	for part := range strings.SplitSeq(strings.ToLower(p.Text), " + ") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		args = append(args, "%"+anyLetter(literal.Replace(part))+"%")
		query += " AND lower(app || ' ' || text) LIKE $" + strconv.Itoa(len(args)) + ` ESCAPE '\'`
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, query+" ORDER BY at DESC, id DESC", args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for n < p.Number && rows.Next() {
		m := Message{Client: client}
		if err := rows.Scan(&m.Severity, &m.App, &m.Text); err != nil {
			return 0, err
		}
		if p.holds(&m) {
			n++
		}
	}
	return n, rows.Err()
}

// anyLetter lets anything stand where a letter is none of ASCII: engines differ in whether they know its cases.
func anyLetter(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteByte('%')
		}
	}
	return b.String()
}

// quieten looks again at the devices that a pattern found, so that what is over ends. What a process before this one found is looked for
// once.
func (s *Service) quieten(ctx context.Context) error {
	patterns, err := s.Patterns(ctx, access.WholeFirm())
	if err != nil {
		return err
	}
	s.bounded.mu.Lock()
	first := !s.bounded.looked
	s.bounded.looked = true
	var list [][3]ids.ID
	for key := range s.bounded.bad {
		list = append(list, key)
	}
	s.bounded.mu.Unlock()
	byID := map[ids.ID]*Pattern{}
	for i := range patterns {
		byID[patterns[i].ID] = &patterns[i]
	}
	if first && len(patterns) > 0 {
		if list, err = s.wroteLately(ctx, patterns); err != nil {
			return err
		}
	}
	for _, key := range list {
		p := byID[key[0]]
		if p == nil { // nobody looks for it any more
			p = &Pattern{ID: key[0], Number: 1 << 30, Minutes: 1}
		}
		if err := s.judge(ctx, p, key[1], key[2]); err != nil {
			return err
		}
	}
	return nil
}

// wroteLately are the devices that could have been found lately, each with each pattern.
func (s *Service) wroteLately(ctx context.Context, patterns []Pattern) (out [][3]ids.ID, err error) {
	longest := 0
	for _, p := range patterns {
		longest = max(longest, p.Minutes)
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT DISTINCT client_id, device_id FROM network_messages WHERE at >= $1 AND device_id <> 0", micros(s.now().Add(-time.Duration(2*longest+10)*time.Minute)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var client, device ids.ID
		if err := rows.Scan(&client, &device); err != nil {
			return nil, err
		}
		for _, p := range patterns {
			if p.Client == 0 || p.Client == client {
				out = append(out, [3]ids.ID{p.ID, client, device})
			}
		}
	}
	return out, rows.Err()
}
