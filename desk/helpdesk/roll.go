// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"
	"sync"

	"mainstay/kit/db"
	"mainstay/kit/ids"
)

// Roll holds in memory what lists show first and filter by, of every ticket: about 150 bytes each. Any list, however
// filtered and sorted, is one pass over it, and the unfinished tickets, which most lists are about, are a short list of
// their own. The database stays the truth: before every answer the roll takes up what was written since, by any
// process, which costs one small query where nothing was.
type Roll struct {
	db *db.DB

	mu      sync.RWMutex
	loaded  bool
	epoch   int64
	seq     int64 // all changes up to this one are taken up
	rows    []rollRow
	at      map[ids.ID]int32
	open    []int32 // places of the unfinished
	merged  int     // how many were merged into others
	tags    []tagSet
	tagIDs  map[string]int32
	users   interned
	boards  interned
	states  interned
	clients interned
	levels  interned // policies
}

// rollRow is a ticket in the roll. Instants are microseconds, 0 = none.
type rollRow struct {
	id, client, person ids.ID
	number             int64
	opened             int64
	updated            int64
	due                int64 // next deadline
	solved             int64
	parent             ids.ID
	openAt             int32 // place in Roll.open, −1 = finished
	tags               int32
	clientNo           uint32 // interned
	assignee           uint16 // interned
	board              uint16
	status             uint16
	state              State
	kind               Kind
	origin             Origin
	priority           Priority
	channel            uint8
	lastFrom           uint8
	merged             bool
	late               bool // a promise was broken: of the two, which
	lateAnswer         bool
	lateSolution       bool

	answered   uint32 // seconds from opening to the first answer, plus one; 0 = none yet
	worked     uint32 // seconds that the clock of the service level had counted when it last stood
	policy     uint16 // interned, 0 = none
	reopened   uint8  // 255 = more
	reassigned uint8
}

type tagSet struct {
	text string // ",a,b,"
}

// interned gives ids small numbers.
type interned struct {
	n   map[ids.ID]uint32
	ids []ids.ID
}

func (i *interned) number(id ids.ID) uint32 {
	if i.n == nil {
		i.n, i.ids = map[ids.ID]uint32{0: 0}, []ids.ID{0}
	}
	n, ok := i.n[id]
	if !ok {
		n = uint32(len(i.ids))
		i.n[id], i.ids = n, append(i.ids, id)
	}
	return n
}

// look returns the number of an id that may not be known.
func (i *interned) look(id ids.ID) (uint32, bool) {
	n, ok := i.n[id]
	return n, ok || id == 0
}

func newRoll(d *db.DB) *Roll {
	return &Roll{db: d, at: map[ids.ID]int32{}, tagIDs: map[string]int32{"": 0}, tags: []tagSet{{}}}
}

const rollColumns = `id, number, client_id, person_id, board_id, status_id, state, kind, origin, priority, assignee_id, parent_id, merged_into, tags, channel,
	opened_at, updated_at, solved_at, last_from, response_due, update_due, resolve_due, response_late, resolve_late, responded_at, policy_id, elapsed, reopened, reassigned`

// channels are the ways in that the roll tells apart; others are 0.
var channels = []string{"", "mail", "portal", "phone", "walk-in", "api", "monitor", "plan", "form"}

// Fresh takes up what was written since; the first call reads all tickets. Lists call it themselves; call it in the
// background at start.
func (r *Roll) Fresh(ctx context.Context) error {
	var seq, epoch int64
	if err := r.db.Reader().QueryRowContext(ctx, "SELECT seq, epoch FROM helpdesk_state WHERE id = 1").Scan(&seq, &epoch); err != nil {
		return err
	}
	r.mu.RLock()
	current := r.loaded && r.seq >= seq
	r.mu.RUnlock()
	if current {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.loaded && r.seq >= seq {
		return nil
	}
	if r.loaded && r.epoch == epoch {
		return r.take(ctx, "SELECT "+rollColumns+", seq FROM helpdesk_tickets WHERE seq > $1", seq, r.seq)
	}
	r.rows = r.rows[:0]
	clear(r.at)
	r.open, r.merged = r.open[:0], 0
	if err := r.take(ctx, "SELECT "+rollColumns+", seq FROM helpdesk_tickets", seq); err != nil {
		return err
	}
	r.loaded, r.epoch = true, epoch
	return nil
}

// take reads rows into the roll; seq is what the roll has seen afterwards at least.
func (r *Roll) take(ctx context.Context, query string, seq int64, args ...any) error {
	rows, err := r.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var x rollRow
	var board, status, assignee, merged ids.ID
	var tags, channel sql.RawBytes
	var response, update, resolve, lateA, lateB, seen int64
	var state, kind, origin, priority, from, responded, policy, elapsed, reopened, reassigned int64
	dest := []any{
		(*int64)(&x.id), &x.number, (*int64)(&x.client), (*int64)(&x.person), (*int64)(&board), (*int64)(&status), &state, &kind, &origin, &priority,
		(*int64)(&assignee), (*int64)(&x.parent), (*int64)(&merged), &tags, &channel, &x.opened, &x.updated, &x.solved, &from, &response, &update, &resolve, &lateA, &lateB,
		&responded, &policy, &elapsed, &reopened, &reassigned, &seen,
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		x.state, x.kind, x.origin, x.priority, x.lastFrom = State(state), Kind(kind), Origin(origin), Priority(priority), uint8(from)
		x.board, x.status, x.assignee = uint16(r.boards.number(board)), uint16(r.states.number(status)), uint16(r.users.number(assignee))
		x.clientNo = r.clients.number(x.client)
		x.merged, x.late, x.tags, x.channel = merged != 0, lateA+lateB > 0, r.tag(tags), channelOf(channel)
		x.lateAnswer, x.lateSolution, x.policy = lateA > 0, lateB > 0, uint16(r.levels.number(ids.ID(policy)))
		x.answered, x.worked, x.reopened, x.reassigned = 0, seconds(elapsed), uint8(min(reopened, 255)), uint8(min(reassigned, 255))
		if responded > 0 {
			x.answered = seconds(responded-x.opened) + 1
		}
		x.due = 0
		for _, d := range []int64{response, update, resolve} {
			if d > 0 && (x.due == 0 || d < x.due) {
				x.due = d
			}
		}
		r.put(x)
		seq = max(seq, seen)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	r.seq = seq
	return nil
}

// seconds of so many microseconds, within bounds.
func seconds(us int64) uint32 { return uint32(min(max(us, 0)/1e6, math.MaxUint32-1)) }

func channelOf(raw []byte) uint8 {
	for i, c := range channels {
		if string(raw) == c {
			return uint8(i)
		}
	}
	return 0
}

func (r *Roll) tag(raw []byte) int32 {
	if id, ok := r.tagIDs[string(raw)]; ok {
		return id
	}
	text := string(raw)
	id := int32(len(r.tags))
	r.tags, r.tagIDs[text] = append(r.tags, tagSet{text}), id
	return id
}

// put adds or replaces a row and keeps the list of the unfinished.
func (r *Roll) put(x rollRow) {
	at, ok := r.at[x.id]
	if ok {
		x.openAt = r.rows[at].openAt
		if r.rows[at].merged {
			r.merged--
		}
	} else {
		at, x.openAt = int32(len(r.rows)), -1
		r.rows = append(r.rows, x)
		r.at[x.id] = at
	}
	if x.merged {
		r.merged++
	}
	open := x.state.Unfinished()
	switch {
	case open && x.openAt < 0:
		x.openAt = int32(len(r.open))
		r.open = append(r.open, at)
	case !open && x.openAt >= 0:
		last := r.open[len(r.open)-1]
		r.open[x.openAt] = last
		r.rows[last].openAt = x.openAt
		r.open = r.open[:len(r.open)-1]
		x.openAt = -1
	}
	r.rows[at] = x
}

// withTag returns which tag sets have a tag.
func (r *Roll) withTag(tag string) map[int32]bool {
	out := map[int32]bool{}
	for i, t := range r.tags {
		if strings.Contains(t.text, ","+tag+",") {
			out[int32(i)] = true
		}
	}
	return out
}

// known returns the ids that have numbers so far.
func (r *Roll) known(in *interned) []ids.ID {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(in.ids)
}
