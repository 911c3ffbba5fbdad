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
	"sync/atomic"
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
	Device   ids.ID    // 0 = the sender is not known
	Source   string    // its address
	At       time.Time // when it came
	Said     time.Time // when it was written, by the clock of whoever wrote it; zero: it does not say, or nothing that can be believed
	Severity syslog.Severity
	Facility int
	Host     string
	App      string
	Text     string
}

// How many messages are kept.
const (
	messagesKept   = 30 * 24 * time.Hour
	mostMessages   = 5_000_000 // of all clients together; who has most loses first, see sweepMessages
	maxText        = 4000
	relayEvery     = 15
	maxRelays      = 2000
	messagesAtOnce = 500
	mostLost       = 10_000_000 // that a relay can say it lost between two looks
)

// messages bounds what is taken in an hour, so that one device cannot push out all others, and remembers what patterns found.
type messages struct {
	most int64 // mostMessages, but in tests
	lost atomic.Int64

	mu     sync.Mutex
	hour   int64
	of     map[string]int
	bad    map[[3]ids.ID]bool // pattern, client, device: what is found now
	heard  map[ids.ID]bool    // devices in whose messages a pattern was found, since this process began
	looked bool
	last   int64 // instant of the last result, ms
}

// perHour is how many messages of one sender are kept in an hour, and how many grave ones besides: a firewall that tells of all its traffic
// shall still be heard when something is wrong.
const perHour = 10_000

func (m *messages) may(x *Message, at time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h := at.Unix() / 3600; h != m.hour || m.of == nil {
		m.hour, m.of = h, map[string]int{}
	}
	who := x.Client.String() + " " + x.Device.String() + " " + x.Source // sites have the same addresses
	if x.Severity <= syslog.Error {
		who += " grave"
	}
	m.of[who]++
	return m.of[who] <= perHour
}

// Lost is how many messages the server's own port had to drop since it was opened, because too many came. It is nobody's but the firm's to
// know: 0 for who sees one client only.
func (s *Service) Lost(scope access.Scope) int64 {
	if !scope.Covers(0) {
		return 0
	}
	return s.bounded.lost.Load()
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
	find, err := s.senders(ctx, prober)
	if err != nil {
		return err
	}
	var out []Message
	for _, l := range f.Lines {
		m := s.messageOf([]byte(l.Data), s.cameAt(o, f, l))
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
	f.Dropped = min(max(f.Dropped, 0), mostLost) + untoldLines(o)
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

// untoldLines is how many messages were in an observation of an older agent that left them out because they were too large as JSON. It
// says only how many there were.
func untoldLines(o *wire.Observation) int64 {
	if o.State != wire.StateOK || len(o.Found) > 0 || o.Said == nil || len(o.Said.Args) != 1 {
		return 0
	}
	n, err := strconv.ParseUint(o.Said.Args[0].Text, 10, 20)
	if err != nil {
		return 0
	}
	return int64(n)
}

// cameAt is when a message came. The machine that took it in may have a wrong clock, but it says how long before its observation that was,
// and that is told by the server's clock. (Older agents say only what their clock was.)
func (s *Service) cameAt(o *wire.Observation, f *relay.Found, l relay.Line) time.Time {
	came := instant(l.At)
	if f.At != 0 {
		came = instant(o.At - (f.At - l.At))
	}
	if now := s.now(); came.After(now) || now.Sub(came) > messagesKept {
		came = instant(o.At)
	}
	return came
}

// messageOf reads a message that came at an instant. Its own time is kept as it is said, read in the firm's zone where it names none;
// nothing is counted or listed by it.
func (s *Service) messageOf(b []byte, came time.Time) Message {
	m := syslog.Parse(b, came, s.p.Zone)
	text := m.Text
	if m.Data != "" {
		text = strings.TrimSpace(text + " " + m.Data)
	}
	var said time.Time
	if !m.At.Equal(came) {
		said = m.At.UTC()
	}
	return Message{At: came.UTC(), Said: said, Severity: m.Severity, Facility: int(m.Facility), Host: cut(m.Host, 100), App: cut(m.App, 64), Text: cut(text, maxText)}
}

// senders returns what finds the device that a message is of which a relay took in: by its address, else by the name that it gives itself.
func (s *Service) senders(ctx context.Context, relay *devices.Device) (func(source, host string) ids.ID, error) {
	list, err := s.p.Devices.All(ctx, access.OneClient(relay.Client))
	if err != nil {
		return nil, err
	}
	l, err := s.lookupOf(ctx, list, relay.Client)
	if err != nil {
		return nil, err
	}
	return func(source, host string) ids.ID {
		return l.find("", source, host, view{relay.Site, beside(relay, source)})
	}, nil
}

// keepMessages writes messages; those of a sender that writes too much are left out.
func (s *Service) keepMessages(ctx context.Context, list []Message, more func(tx *sql.Tx, dropped int) error) (kept []Message, dropped int, err error) {
	for _, m := range list {
		if !s.bounded.may(&m, s.now()) {
			dropped++
			continue
		}
		m.ID = s.p.IDs.New()
		kept = append(kept, m)
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, m := range kept {
			_, err := tx.ExecContext(ctx, "INSERT INTO network_messages (id, client_id, device_id, source, at, said_at, severity, facility, host, app, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
				int64(m.ID), int64(m.Client), int64(m.Device), m.Source, micros(m.At), micros(m.Said), int64(m.Severity), m.Facility, m.Host, m.App, m.Text)
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
	Before   time.Time // only those that came before; zero: from the newest on
	After    string    // the Mark of the last one of the page before, "" = from the newest on
	Limit    int
}

// Mark is a message's place in the list, from which the next page goes on. Messages of one instant are told apart by it.
func (m *Message) Mark() string { return strconv.FormatInt(micros(m.At), 10) + "." + m.ID.String() }

func readMark(text string) (at int64, id ids.ID, err error) {
	first, second, _ := strings.Cut(text, ".")
	if at, err = strconv.ParseInt(first, 10, 64); err == nil {
		id, err = ids.Parse(second)
	}
	if err != nil {
		return 0, 0, fault.NewInvalid("The page mark in the address is damaged. Start again from the first page.").On("after").Because(err)
	}
	return at, id, nil
}

// Messages are messages of the scope, the newest first.
func (s *Service) Messages(ctx context.Context, scope access.Scope, q MessageQuery) (out []Message, err error) {
	if !scope.Covers(q.Client) {
		return nil, fault.NewNotFound("There is no such client.")
	}
	where, args := []string{"client_id = $1", "severity <= $2"}, []any{int64(q.Client), int64(q.Severity)}
	add := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, cond)
	}
	if q.Device != 0 {
		add("device_id = ?", int64(q.Device))
	} else if q.Unknown {
		where = append(where, "device_id = 0")
	}
	if t := strings.TrimSpace(q.Text); t != "" {
		add(`lower(text || ' ' || app || ' ' || host || ' ' || source) LIKE ? ESCAPE '\'`, "%"+literal.Replace(strings.ToLower(cut(t, 100)))+"%")
	}
	if !q.Before.IsZero() {
		add("at < ?", micros(q.Before))
	}
	if q.After != "" {
		at, id, err := readMark(q.After)
		if err != nil {
			return nil, err
		}
		add("at <= ? AND (at < ? OR id < ?)", at, at, int64(id)) // the first half is for the index
	}
	args = append(args, max(1, min(q.Limit, messagesAtOnce+1)))
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, client_id, device_id, source, at, said_at, severity, facility, host, app, text FROM network_messages WHERE "+
		strings.Join(where, " AND ")+" ORDER BY at DESC, id DESC LIMIT $"+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Message
		var at, said int64
		if err := rows.Scan(&m.ID, &m.Client, &m.Device, &m.Source, &at, &said, &m.Severity, &m.Facility, &m.Host, &m.App, &m.Text); err != nil {
			return nil, err
		}
		m.At, m.Said = instant(at), instant(said)
		out = append(out, m)
	}
	return out, rows.Err()
}

// OldestMessage is when the oldest message of a client that is kept came; zero when there is none.
func (s *Service) OldestMessage(ctx context.Context, scope access.Scope, client ids.ID) (time.Time, error) {
	if !scope.Covers(client) {
		return time.Time{}, fault.NewNotFound("There is no such client.")
	}
	var at sql.NullInt64
	err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT min(at) FROM network_messages WHERE client_id = $1", int64(client)).Scan(&at)
	return instant(at.Int64), err
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
