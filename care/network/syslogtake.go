// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe/relay"
	"mainstay/kit/syslog"
	"mainstay/kit/wire"
)

// Relay is a device whose agent takes in the messages of the devices around it.
type Relay struct {
	Device  ids.ID
	Port    int
	Author  string
	Made    time.Time
	At      time.Time // of what came last
	Dropped int64     // messages that were too many
	Text    string    // what is wrong, in English, "" = nothing
	Told    Told
}

// Message is a message of syslog as it is kept.
type Message struct {
	ID       ids.ID
	Client   ids.ID
	Device   ids.ID // 0 = the sender is not known
	Source   string // its address
	At       time.Time
	Severity syslog.Severity
	Facility int
	Host     string
	App      string
	Text     string
}

// How many messages are kept.
const (
	messagesKept   = 30 * 24 * time.Hour
	mostMessages   = 2_000_000 // of all clients
	maxText        = 4000
	relayEvery     = 15
	maxRelays      = 2000
	messagesAtOnce = 500
)

// messages bounds what is taken in an hour, so that one device cannot push out all others, and remembers what patterns found.
type messages struct {
	mu     sync.Mutex
	hour   int64
	of     map[string]int
	bad    map[[3]ids.ID]bool // pattern, client, device: what is found now
	heard  map[ids.ID]bool    // devices in whose messages a pattern was found, since this process began
	looked bool
	last   int64 // instant of the last result, ms
}

// perHour is how many messages of one sender are kept in an hour.
const perHour = 10_000

func (m *messages) may(source string, at time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := at.Unix() / 3600; h != m.hour || m.of == nil {
		m.hour, m.of = h, map[string]int{}
	}
	m.of[source]++
	return m.of[source] <= perHour
}

// Heard reports whether a pattern was found in what a device wrote: then rules watch it, also where nothing else tells of it.
func (s *Service) Heard(device ids.ID) bool {
	s.bounded.mu.Lock()
	defer s.bounded.mu.Unlock()
	return s.bounded.heard[device]
}

// Relays lists the devices of the scope that take messages in.
func (s *Service) Relays(ctx context.Context, scope access.Scope, client ids.ID) ([]*Relay, error) {
	if err := s.loadEstate(ctx); err != nil {
		return nil, err
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	var out []*Relay
	for id, r := range s.est.relays {
		if d, ok := s.p.Devices.Look(id); ok && scope.Covers(d.Client) && (client == 0 || d.Client == client) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *Relay) int { return int(max(-1, min(1, a.Device-b.Device))) })
	return out, nil
}

// SaveRelay has a device take messages in on a port; port 0 ends it.
func (s *Service) SaveRelay(ctx context.Context, scope access.Scope, device ids.ID, port int) error {
	d, err := s.p.Devices.Get(ctx, scope, device)
	if err != nil {
		return err
	}
	switch {
	case port < 0 || port > 65535:
		return fault.NewInvalid("A port lies between 1 and 65535.").On("port")
	case port > 0 && (!d.Active() || d.Agent == ""):
		return fault.NewInvalid("This device has no agent that could listen.").On("device")
	}
	err = s.change(ctx, "network.syslog", d.Name, strconv.Itoa(port), func(tx *sql.Tx) error {
		if port == 0 {
			_, err := tx.ExecContext(ctx, "DELETE FROM network_relays WHERE device_id = $1", int64(device))
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO network_relays (device_id, port, made_at, author) VALUES ($1, $2, $3, $4) ON CONFLICT (device_id) DO UPDATE SET port = excluded.port, text = ''",
			int64(device), port, micros(s.now()), author(ctx))
		return err
	})
	if err != nil {
		return err
	}
	if err := s.refreshEstate(ctx); err != nil {
		return err
	}
	s.configure(ctx, device)
	return nil
}

// relayProbes has a device listen.
func (s *Service) relayProbes(ctx context.Context, prober *devices.Device) ([]wire.Probe, error) {
	if err := s.loadEstate(ctx); err != nil || prober == nil {
		return nil, err
	}
	s.est.mu.RLock()
	defer s.est.mu.RUnlock()
	r := s.est.relays[prober.ID]
	if r == nil {
		return nil, nil
	}
	return []wire.Probe{{ID: partRelays + prober.ID.String(), Kind: relay.Kind, Every: relayEvery, Timeout: 10, Params: map[string]string{relay.ParamPort: strconv.Itoa(r.Port)}}}, nil
}

// takeRelays keeps the messages that came.
func (s *Service) takeRelays(ctx context.Context, prober *devices.Device, list []wire.Observation) (foreign int, err error) {
	if err := s.loadEstate(ctx); err != nil {
		return 0, err
	}
	ahead := micros(s.now().Add(tooFarAhead))
	for i := range list {
		o := &list[i]
		id := idOf(o.Probe)
		s.est.mu.RLock()
		r := s.est.relays[id]
		s.est.mu.RUnlock()
		if r == nil || prober == nil || id != prober.ID || o.At > ahead {
			foreign++
			continue
		}
		var f relay.Found
		if !instant(o.At).After(r.At) || len(o.Found) > 0 && json.Unmarshal(o.Found, &f) != nil {
			continue // it comes again
		}
		if err := s.keepRelayed(ctx, prober, r, o, &f); err != nil {
			return 0, err
		}
	}
	return foreign, nil
}

func (s *Service) keepRelayed(ctx context.Context, prober *devices.Device, r *Relay, o *wire.Observation, f *relay.Found) error {
	find, err := s.senders(ctx, prober.Client)
	if err != nil {
		return err
	}
	var out []Message
	for _, l := range f.Lines {
		came := instant(l.At)
		if came.After(s.now()) || s.now().Sub(came) > messagesKept {
			came = instant(o.At)
		}
		m := messageOf([]byte(l.Data), came)
		a, err := netip.ParseAddr(l.From)
		if err != nil {
			continue
		}
		m.Client, m.Source = prober.Client, a.String()
		if m.Device = find(m.Source, m.Host); a.IsLoopback() {
			m.Device = prober.ID
		}
		out = append(out, m)
	}
	next := *r
	next.At, next.Dropped, next.Text = instant(o.At), r.Dropped+f.Dropped, ""
	next.Told = Told{}
	if o.State != wire.StateOK {
		next.Text, next.Told = cut(o.Text, 300), told(o, true)
	}
	kept, dropped, err := s.keepMessages(ctx, out, func(tx *sql.Tx, dropped int) error {
		if len(out) == 0 && f.Dropped == 0 && next.Text == r.Text {
			return nil
		}
		_, err := tx.ExecContext(ctx, "UPDATE network_relays SET at = $2, dropped = dropped + $3, text = $4, said = $5 WHERE device_id = $1", int64(prober.ID), o.At, f.Dropped+int64(dropped), next.Text, next.Told.pack())
		return err
	})
	if err != nil {
		return err
	}
	next.Dropped += int64(dropped)
	s.est.mu.Lock()
	if s.est.relays[prober.ID] != nil {
		s.est.relays[prober.ID] = &next
	}
	s.est.mu.Unlock()
	return s.watchMessages(ctx, kept)
}

// messageOf reads a message.
func messageOf(b []byte, came time.Time) Message {
	m := syslog.Parse(b, came, time.UTC)
	text := m.Text
	if m.Data != "" {
		text = strings.TrimSpace(text + " " + m.Data)
	}
	return Message{At: m.At.UTC(), Severity: m.Severity, Facility: int(m.Facility), Host: cut(m.Host, 100), App: cut(m.App, 64), Text: cut(text, maxText)}
}

// senders returns what finds the device of a client that a message is of: by its address, else by the name that it gives itself.
func (s *Service) senders(ctx context.Context, client ids.ID) (func(source, host string) ids.ID, error) {
	list, err := s.p.Devices.All(ctx, access.OneClient(client))
	if err != nil {
		return nil, err
	}
	l, err := s.lookupOf(ctx, list, client)
	if err != nil {
		return nil, err
	}
	return func(source, host string) ids.ID {
		if id := l.byAddress[source]; id != 0 {
			return id
		}
		return l.byName[shortName(host)]
	}, nil
}

// keepMessages writes messages; those of a sender that writes too much are left out.
func (s *Service) keepMessages(ctx context.Context, list []Message, more func(tx *sql.Tx, dropped int) error) (kept []Message, dropped int, err error) {
	for _, m := range list {
		if !s.bounded.may(m.Client.String()+" "+m.Source, s.now()) {
			dropped++
			continue
		}
		m.ID = s.p.IDs.New()
		kept = append(kept, m)
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, m := range kept {
			_, err := tx.ExecContext(ctx, "INSERT INTO network_messages (id, client_id, device_id, source, at, severity, facility, host, app, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
				int64(m.ID), int64(m.Client), int64(m.Device), m.Source, micros(m.At), int64(m.Severity), m.Facility, m.Host, m.App, m.Text)
			if err != nil {
				return err
			}
		}
		return more(tx, dropped)
	})
	return kept, dropped, err
}

// MessageQuery chooses messages.
type MessageQuery struct {
	Client   ids.ID
	Device   ids.ID          // 0 = all of the client
	Unknown  bool            // of senders that are no device
	Severity syslog.Severity // at most this
	Text     string
	Before   time.Time // zero: from the newest on
	Limit    int
}

// Messages are messages of the scope, the newest first.
func (s *Service) Messages(ctx context.Context, scope access.Scope, q MessageQuery) (out []Message, err error) {
	if !scope.Covers(q.Client) {
		return nil, fault.NewNotFound("There is no such client.")
	}
	where, args := []string{"client_id = $1", "severity <= $2"}, []any{int64(q.Client), int64(q.Severity)}
	add := func(cond string, v any) {
		args = append(args, v)
		where = append(where, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(args))))
	}
	if q.Device != 0 {
		add("device_id = ?", int64(q.Device))
	} else if q.Unknown {
		where = append(where, "device_id = 0")
	}
	if t := strings.TrimSpace(q.Text); t != "" {
		add(`lower(text || ' ' || app || ' ' || host || ' ' || source) LIKE ? ESCAPE '\'`, "%"+strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(cut(t, 100)))+"%")
	}
	if !q.Before.IsZero() {
		add("at < ?", micros(q.Before))
	}
	args = append(args, max(1, min(q.Limit, messagesAtOnce)))
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, client_id, device_id, source, at, severity, facility, host, app, text FROM network_messages WHERE "+
		strings.Join(where, " AND ")+" ORDER BY at DESC, id DESC LIMIT $"+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Message
		var at int64
		if err := rows.Scan(&m.ID, &m.Client, &m.Device, &m.Source, &at, &m.Severity, &m.Facility, &m.Host, &m.App, &m.Text); err != nil {
			return nil, err
		}
		m.At = instant(at)
		out = append(out, m)
	}
	return out, rows.Err()
}

func (s *Service) readRelays(ctx context.Context) (map[ids.ID]*Relay, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT device_id, port, made_at, author, at, dropped, text, said FROM network_relays")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]*Relay{}
	for rows.Next() {
		var r Relay
		var made, at int64
		var said string
		if err := rows.Scan(&r.Device, &r.Port, &made, &r.Author, &at, &r.Dropped, &r.Text, &said); err != nil {
			return nil, err
		}
		r.Made, r.At, r.Told = instant(made), instant(at), unpackTold(said)
		out[r.Device] = &r
	}
	return out, rows.Err()
}
