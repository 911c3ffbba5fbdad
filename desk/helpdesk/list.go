// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/search"
)

// Order is what a list is sorted by.
type Order string

// The orders. Each has its natural direction; Query.Reverse turns it.
const (
	ByUpdated  Order = "updated" // newest first
	ByOpened   Order = "opened"  // newest first
	ByDue      Order = "due"     // soonest first, those without a deadline last
	ByPriority Order = "priority"
	ByStatus   Order = "status"
	ByClient   Order = "client"
	ByAssignee Order = "assignee"
)

// Orders lists the orders.
func Orders() []Order {
	return []Order{ByUpdated, ByOpened, ByDue, ByPriority, ByStatus, ByClient, ByAssignee}
}

// Nobody stands for "no assignee" in a query, since 0 is "any".
const Nobody ids.ID = -1

// Query chooses and sorts tickets. Zero fields choose all.
type Query struct {
	Text       string // words of subject, number, tags or thread
	States     []State
	Boards     []ids.ID
	Statuses   []ids.ID
	Kinds      []Kind
	Origins    []Origin
	Priorities []Priority
	Channel    string
	Client     ids.ID
	Person     ids.ID
	Assignee   ids.ID // Nobody = unassigned
	Parent     ids.ID
	Tag        string
	Device     string    // ref of a device, or part of its name
	DueBefore  time.Time // with a deadline before this
	Late       bool      // a promise was broken
	Answer     bool      // the client wrote last
	From, To   time.Time // opened, half-open
	Order      Order
	Reverse    bool
	Offset     int
	Limit      int // 1–500; 0 = 50
}

// Page is a part of a list and how many there are in all.
type Page struct {
	Rows   []Ticket
	Total  int
	Capped bool // Text matched more than could be looked at; these are among the newest
}

// maxFound is how many tickets a text search hands to the other filters.
const maxFound = 2000

// List returns a page of the tickets in scope.
func (s *Service) List(ctx context.Context, scope access.Scope, q Query) (Page, error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	q.Limit = min(q.Limit, 500)
	q.Offset = max(0, q.Offset)
	m, err := s.matcher(ctx, scope, q)
	if err != nil {
		return Page{}, err
	}
	found, total := s.roll.page(m, q)
	rows, err := s.byIDs(ctx, found)
	return Page{rows, total, m.capped}, err
}

// Count returns how many tickets in scope each query chooses.
func (s *Service) Count(ctx context.Context, scope access.Scope, queries ...Query) ([]int, error) {
	out := make([]int, len(queries))
	for i, q := range queries {
		m, err := s.matcher(ctx, scope, q)
		if err != nil {
			return nil, err
		}
		out[i] = s.roll.count(m)
	}
	return out, nil
}

// matcher is a query made ready for the rows of the roll.
type matcher struct {
	none     bool // nothing can match
	states   [5]bool
	kinds    [8]bool
	origins  [8]bool
	priority [8]bool
	boards   map[uint32]bool
	statuses map[uint32]bool
	tags     map[int32]bool
	found    map[ids.ID]bool
	capped   bool
	assignee int32 // −1 = any
	channel  int16 // −1 = any
	client   ids.ID
	person   ids.ID
	parent   ids.ID
	due      int64
	from, to int64
	late     bool
	answer   bool
	openOnly bool
	plain    bool // every ticket that is not merged matches
	forth    bool // rows are looked at from the oldest on; otherwise from the newest back
	rank     func(*rollRow) int64
}

func (s *Service) matcher(ctx context.Context, scope access.Scope, q Query) (*matcher, error) {
	if err := s.roll.Fresh(ctx); err != nil {
		return nil, err
	}
	m := &matcher{assignee: -1, channel: -1, client: q.Client, person: q.Person, parent: q.Parent, due: micros(q.DueBefore), from: micros(q.From), to: micros(q.To), late: q.Late, answer: q.Answer}
	if !scope.All() {
		if scope.Client() == 0 || q.Client != 0 && q.Client != scope.Client() {
			m.none = true
		}
		m.client = scope.Client()
	}
	fill(m.states[:], q.States)
	fill(m.kinds[:], q.Kinds)
	fill(m.origins[:], q.Origins)
	fill(m.priority[:], q.Priorities)
	if q.Channel != "" {
		m.channel = int16(channelOf([]byte(q.Channel)))
	}
	if q.Text != "" && !m.none {
		if err := s.findText(ctx, q, m); err != nil {
			return nil, err
		}
	}
	if q.Device != "" && !m.none {
		with, err := s.withDevice(ctx, q.Device)
		if err != nil {
			return nil, err
		}
		for id := range with {
			if m.found != nil && !m.found[id] {
				delete(with, id)
			}
		}
		m.found = with
	}
	// The pass meets the rows that come first early, and keeps few: rows lie in the order in which they were made, and of
	// equals the newest comes first.
	m.forth = q.Reverse && (q.Order == "" || q.Order == ByUpdated || q.Order == ByOpened)
	s.roll.prepare(m, q)
	m.openOnly = !m.states[StateSolved] && !m.states[StateClosed]
	m.plain = len(q.States)+len(q.Kinds)+len(q.Origins)+len(q.Priorities)+len(q.Boards)+len(q.Statuses) == 0 && m.channel < 0 && m.assignee < 0 && m.client == 0 &&
		m.person == 0 && m.parent == 0 && m.due == 0 && m.from == 0 && m.to == 0 && !m.late && !m.answer && m.tags == nil && m.found == nil && !m.none
	return m, s.rankFor(ctx, m, q)
}

func fill[T ~uint8](set []bool, chosen []T) {
	for i := range set {
		set[i] = len(chosen) == 0
	}
	for _, c := range chosen {
		if int(c) < len(set) {
			set[c] = true
		}
	}
}

func (s *Service) findText(ctx context.Context, q Query, m *matcher) error {
	var narrow []string
	open := m.states[StateNew] || m.states[StateOpen] || m.states[StateWaiting]
	done := m.states[StateSolved] || m.states[StateClosed]
	switch {
	case open && !done:
		narrow = append(narrow, "open")
	case done && !open:
		narrow = append(narrow, "done")
	}
	if q.Assignee != 0 {
		narrow = append(narrow, "a"+strconv.FormatInt(int64(max(q.Assignee, 0)), 10))
	}
	within := search.Scope{All: m.client == 0, Client: m.client}
	refs, err := s.search.Refs(ctx, within, q.Text, maxFound, SearchKind, narrow...)
	if err != nil {
		return err
	}
	m.found = make(map[ids.ID]bool, len(refs))
	for _, id := range refs {
		m.found[id] = true
	}
	m.capped = len(refs) == maxFound
	return nil
}

// prepare turns ids and tags into the roll's own numbers.
func (r *Roll) prepare(m *matcher, q Query) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	numbers := func(in *interned, list []ids.ID) map[uint32]bool {
		if len(list) == 0 {
			return nil
		}
		out := map[uint32]bool{}
		for _, id := range list {
			if n, ok := in.look(id); ok {
				out[n] = true
			}
		}
		return out
	}
	m.boards, m.statuses = numbers(&r.boards, q.Boards), numbers(&r.states, q.Statuses)
	switch {
	case q.Assignee == Nobody:
		m.assignee = 0
	case q.Assignee != 0:
		n, ok := r.users.look(q.Assignee)
		m.assignee = int32(n)
		m.none = m.none || !ok
	}
	if q.Tag != "" {
		m.tags = r.withTag(strings.ToLower(q.Tag))
	}
}

func (m *matcher) match(x *rollRow) bool {
	return !x.merged && m.states[x.state] && m.kinds[x.kind] && m.origins[x.origin] && m.priority[x.priority] &&
		(m.client == 0 || x.client == m.client) && (m.assignee < 0 || int32(x.assignee) == m.assignee) &&
		(m.boards == nil || m.boards[uint32(x.board)]) && (m.statuses == nil || m.statuses[uint32(x.status)]) &&
		(m.channel < 0 || int16(x.channel) == m.channel) && (m.person == 0 || x.person == m.person) && (m.parent == 0 || x.parent == m.parent) &&
		(m.due == 0 || x.due != 0 && x.due < m.due) && (!m.late || x.late) && (!m.answer || x.lastFrom == 1) &&
		(m.from == 0 || x.opened >= m.from) && (m.to == 0 || x.opened < m.to) &&
		(m.tags == nil || m.tags[x.tags]) && (m.found == nil || m.found[x.id])
}

// each calls fn with the rows that match. The caller holds the lock.
func (r *Roll) each(m *matcher, fn func(*rollRow)) {
	switch {
	case m.none:
	case m.found != nil:
		for id := range m.found {
			if at, ok := r.at[id]; ok && m.match(&r.rows[at]) {
				fn(&r.rows[at])
			}
		}
	case m.openOnly:
		for _, at := range r.open {
			if x := &r.rows[at]; m.match(x) {
				fn(x)
			}
		}
	case m.forth:
		for i := range r.rows {
			if x := &r.rows[i]; m.match(x) {
				fn(x)
			}
		}
	default:
		for i := len(r.rows) - 1; i >= 0; i-- {
			if x := &r.rows[i]; m.match(x) {
				fn(x)
			}
		}
	}
}

func (r *Roll) count(m *matcher) (n int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if m.plain {
		return len(r.rows) - r.merged
	}
	r.each(m, func(*rollRow) { n++ })
	return n
}

// placed is a row with its place in the order: the smaller comes first, ids break ties (newest first).
type placed struct {
	key int64
	id  ids.ID
}

func before(a, b placed) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(b.id, a.id)) }

// page returns the ids of a part of the list and how many match in all. It keeps no more than twice what is asked for.
func (r *Roll) page(m *matcher, q Query) ([]ids.ID, int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	want := q.Offset + q.Limit
	sign := int64(1)
	if q.Reverse {
		sign = -1
	}
	var best []placed
	total, worst := 0, placed{key: 1<<63 - 1, id: -1 << 63}
	r.each(m, func(x *rollRow) {
		total++
		p := placed{sign * m.rank(x), x.id}
		if before(p, worst) >= 0 {
			return
		}
		best = append(best, p)
		if len(best) >= 2*want+64 {
			slices.SortFunc(best, before)
			best = best[:want]
			worst = best[want-1]
		}
	})
	slices.SortFunc(best, before)
	out := make([]ids.ID, 0, q.Limit)
	for _, p := range best[min(q.Offset, len(best)):min(want, len(best))] {
		out = append(out, p.id)
	}
	return out, total
}

// rankFor gives the matcher its order.
func (s *Service) rankFor(ctx context.Context, m *matcher, q Query) error {
	const never = 1<<62 - 1
	switch q.Order {
	case ByOpened:
		m.rank = func(x *rollRow) int64 { return -x.opened }
	case ByDue:
		m.rank = func(x *rollRow) int64 {
			if x.due == 0 {
				return never
			}
			return x.due
		}
	case ByPriority: // within one, what is due first
		m.rank = func(x *rollRow) int64 {
			const slot = int64(1) << 56
			due := x.due
			if due == 0 {
				due = slot - 1
			}
			return int64(x.priority)*slot + min(due, slot-1)
		}
	case ByStatus:
		u, err := s.set(ctx)
		if err != nil {
			return err
		}
		at := map[ids.ID]int64{}
		for i, x := range u.statuses {
			at[x.ID] = int64(x.State)*1000 + int64(i)
		}
		m.rank = byOrder(s.roll.known(&s.roll.states), at, func(x *rollRow) uint32 { return uint32(x.status) })
	case ByAssignee:
		people, err := s.p.Access.People(ctx)
		if err != nil {
			return err
		}
		slices.SortFunc(people, func(a, b access.Person) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
		at := map[ids.ID]int64{}
		for i, p := range people {
			at[p.ID] = int64(i) + 1
		}
		m.rank = byOrder(s.roll.known(&s.roll.users), at, func(x *rollRow) uint32 { return uint32(x.assignee) })
	case ByClient:
		at, err := s.clientOrder(ctx)
		if err != nil {
			return err
		}
		m.rank = byOrder(s.roll.known(&s.roll.clients), at, func(x *rollRow) uint32 { return x.clientNo })
	default:
		m.rank = func(x *rollRow) int64 { return -x.updated }
	}
	return nil
}

func byOrder(known []ids.ID, at map[ids.ID]int64, of func(*rollRow) uint32) func(*rollRow) int64 {
	places := make([]int64, len(known))
	for i, id := range known {
		places[i] = at[id]
	}
	return func(x *rollRow) int64 {
		if n := of(x); int(n) < len(places) {
			return places[n]
		}
		return 0
	}
}

// clientOrder is the place of each client by name.
func (s *Service) clientOrder(ctx context.Context) (map[ids.ID]int64, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id FROM clients_clients ORDER BY name_key, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]int64{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[ids.ID(id)] = int64(len(out))
	}
	return out, rows.Err()
}

// byIDs reads tickets in the order of the ids.
func (s *Service) byIDs(ctx context.Context, list []ids.ID) ([]Ticket, error) {
	at := make(map[ids.ID]int, len(list))
	out := make([]Ticket, len(list))
	for part := range slices.Chunk(list, 500) {
		marks, args := make([]string, len(part)), make([]any, len(part))
		for i, id := range part {
			marks[i], args[i], at[id] = fmt.Sprintf("$%d", i+1), int64(id), len(at)
		}
		rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT "+ticketColumns+" FROM helpdesk_tickets WHERE id IN ("+strings.Join(marks, ", ")+")", args...)
		if err != nil {
			return nil, err
		}
		if err := scanTickets(rows, func(t Ticket) { out[at[t.ID]] = t }); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(out, func(t Ticket) bool { return t.ID == 0 }), nil
}

const ticketColumns = `id, number, seq, version, client_id, site_id, person_id, board_id, status_id, state, kind, origin, origin_note, channel, impact, urgency,
	priority, subject, assignee_id, parent_id, merged_into, tags, opened_at, updated_at, responded_at, solved_at, closed_at, reopened, last_from, policy_id,
	calendar_id, response_due, update_due, resolve_due, elapsed, running_since, waited_update, response_late, resolve_late, alarm_at, made_by, alarmed, reassigned`

func scanTickets(rows *sql.Rows, fn func(Ticket)) error {
	defer rows.Close()
	for rows.Next() {
		var r store.HelpdeskTicket
		if err := rows.Scan(&r.ID, &r.Number, &r.Seq, &r.Version, &r.ClientID, &r.SiteID, &r.PersonID, &r.BoardID, &r.StatusID, &r.State, &r.Kind, &r.Origin,
			&r.OriginNote, &r.Channel, &r.Impact, &r.Urgency, &r.Priority, &r.Subject, &r.AssigneeID, &r.ParentID, &r.MergedInto, &r.Tags, &r.OpenedAt,
			&r.UpdatedAt, &r.RespondedAt, &r.SolvedAt, &r.ClosedAt, &r.Reopened, &r.LastFrom, &r.PolicyID, &r.CalendarID, &r.ResponseDue, &r.UpdateDue,
			&r.ResolveDue, &r.Elapsed, &r.RunningSince, &r.WaitedUpdate, &r.ResponseLate, &r.ResolveLate, &r.AlarmAt, &r.MadeBy, &r.Alarmed, &r.Reassigned); err != nil {
			return err
		}
		fn(ticketOf(r))
	}
	return rows.Err()
}
