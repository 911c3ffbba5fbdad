// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"

	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/books/store"
)

// rowSink is the [Sink] that writes into the tables, inside one transaction.
type rowSink struct {
	ctx      context.Context
	tx       *sql.Tx
	s        *Service
	id       ids.ID
	clientID map[string]int64 // client key → id

	source   int64
	sources  []*sourceCount
	told     printSet          // fingerprints of the table's rows
	counts   map[uint64]uint32 // how often, of those that were told more than once
	clientOf map[string]int64  // spelling → id, bounded
	last     []byte
	lastID   int64
	begun    bool
	writers  []*rowWriter
	lines    *rowWriter
	templs   *rowWriter
	tickets  *rowWriter
	hours    *rowWriter
	assets   *rowWriter
	texts    *textWriter

	added, known int64
	handed       int64 // rows of the tables; each must be added or known
}

type sourceCount struct{ id, added, known, minor int64 }

func newRowSink(ctx context.Context, tx *sql.Tx, s *Service, id ids.ID, known map[string]int64) *rowSink {
	w := &rowSink{ctx: ctx, tx: tx, s: s, id: id, clientID: known}
	w.reset()
	return w
}

func (w *rowSink) reset() {
	w.clientOf, w.sources, w.added, w.known, w.handed = map[string]int64{}, nil, 0, 0, 0
	table := func(kind, name, nums, letters string) *rowWriter {
		return newRowWriter(w, kind, "books_"+name, strings.Fields(nums), strings.Fields(letters))
	}
	w.lines = table("l", "lines", "minor text_id told", "doc")
	w.lines.minorAt = 1
	w.templs = table("r", "templates", "minor text_id months active", "currency")
	w.tickets = table("t", "tickets", "identity text_id opened solved origin reopened covered", "ref channel")
	w.hours = table("h", "hours", "text_id minutes minor reactive billable", "person currency")
	w.assets = table("a", "assets", "identity server endpoint monitored patched warranty", "name type system serial")
	w.writers = []*rowWriter{w.lines, w.templs, w.tickets, w.hours, w.assets}
	w.texts = &textWriter{w: w}
}

// Begin starts, or starts again: then what was written since is taken back.
func (w *rowSink) Begin(string) error {
	if w.begun {
		w.close()
		if _, err := w.tx.ExecContext(w.ctx, "ROLLBACK TO books_file"); err != nil {
			return err
		}
		w.reset()
		return nil
	}
	w.begun = true
	_, err := w.tx.ExecContext(w.ctx, "SAVEPOINT books_file")
	return err
}

// Table begins a table of the file.
func (w *rowSink) Table(s Source) error {
	if err := w.flush(); err != nil {
		return err
	}
	w.close() // statements carry the source
	w.source = int64(w.s.p.IDs.New())
	w.told, w.counts = printSet{}, map[uint64]uint32{}
	w.sources = append(w.sources, &sourceCount{id: w.source})
	return store.New(w.tx).InsertSource(w.ctx, store.InsertSourceParams{ID: w.source, ImportID: int64(w.id), Name: s.Name, Kind: string(s.Kind)})
}

// key is the row's fingerprint, made different for the second and later rows of a table that say
// the same.
func (w *rowSink) key(print uint64) int64 {
	if !w.told.add(print) {
		n := w.counts[print] + 1
		w.counts[print] = n
		print = (print ^ uint64(n)*0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9 // splitmix64's constants
		print ^= print >> 31
	}
	return int64(print &^ (1 << 63))
}

// printSet is a set of fingerprints: they are hashes already, so open addressing by their own
// bits needs nothing more. The fingerprint 0 is taken for 1.
type printSet struct {
	slots []uint64
	n     int
}

// add reports whether the fingerprint is new.
func (s *printSet) add(print uint64) bool {
	if 4*s.n >= 3*len(s.slots) {
		old := s.slots
		s.slots = make([]uint64, max(1024, 2*len(old)))
		for _, v := range old {
			if v != 0 {
				s.put(v)
			}
		}
	}
	if !s.put(max(print, 1)) {
		return false
	}
	s.n++
	return true
}

// clear forgets all and keeps the memory.
func (s *printSet) clear() {
	clear(s.slots)
	s.n = 0
}

func (s *printSet) put(v uint64) bool {
	mask := uint64(len(s.slots) - 1)
	for i := v & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case 0:
			s.slots[i] = v
			return true
		case v:
			return false
		}
	}
}

func (w *rowSink) client(raw []byte) int64 {
	if len(raw) == 0 {
		return 0
	}
	if string(raw) == string(w.last) {
		return w.lastID
	}
	id, ok := w.clientOf[string(raw)]
	if !ok {
		id = w.clientID[ClientKey(string(raw))]
		if len(w.clientOf) >= 1<<17 {
			clear(w.clientOf)
		}
		w.clientOf[string(raw)] = id
	}
	w.last, w.lastID = append(w.last[:0], raw...), id
	return id
}

// Line writes an invoice line.
func (w *rowSink) Line(r *LineRow) error {
	text, err := w.texts.id(r.Text)
	if err != nil {
		return err
	}
	return w.lines.add(w.client(r.Client), int64(r.Day), w.key(r.Fingerprint), []int64{r.Number, r.Minor, text, packTold(r.Told, r.Term, r.Currency)}, r.Doc)
}

// packTold puts the three into one column; unpackTold is its inverse.
func packTold(t Told, term uint8, c money.Currency) int64 {
	v := int64(0)
	if code, ok := isoCode([]byte(c)); ok {
		for i := range len(code) {
			v = v*27 + int64(code[i]-'A'+1)
		}
	}
	return v<<16 | int64(term)<<8 | int64(t)
}

func unpackTold(v int64) (t Told, term uint8, c [3]byte) {
	t, term = Told(v&0xff), uint8(v>>8&0xff)
	code := v >> 16
	for i := 2; i >= 0 && code > 0; i-- {
		c[i] = byte(code%27) + 'A' - 1
		code /= 27
	}
	return t, term, c
}

func currencyOf(c [3]byte) money.Currency {
	if c[0] == 0 {
		return ""
	}
	return money.Currency(c[:])
}

// Template writes a recurring invoice.
func (w *rowSink) Template(r *TemplateRow) error {
	text, err := w.texts.id(r.Text)
	if err != nil {
		return err
	}
	return w.templs.add(w.client(r.Client), int64(r.From), w.key(mix(r.Fingerprint, flag(r.Active))), []int64{r.Number, r.Minor, text, int64(r.Months), flag(r.Active)}, []byte(r.Currency))
}

// Ticket writes a ticket. Its key covers what may still change, so that a later export that knows
// more is another row; the ledger folds both by identity.
func (w *rowSink) Ticket(r *TicketRow) error {
	text, err := w.texts.id(r.Subject)
	if err != nil {
		return err
	}
	state := mix(mix(r.Fingerprint, r.Solved), int64(r.Origin)<<16|flag(r.Reopened)<<8|int64(r.Covered+1))
	return w.tickets.add(w.client(r.Client), r.Opened/microsPerDay, w.key(state), []int64{r.Number, int64(r.Fingerprint), text, r.Opened, r.Solved, int64(r.Origin), flag(r.Reopened), int64(r.Covered)}, r.ID, r.Channel)
}

// Hours writes a time entry.
func (w *rowSink) Hours(r *HoursRow) error {
	text, err := w.texts.id(r.Text)
	if err != nil {
		return err
	}
	return w.hours.add(w.client(r.Client), int64(r.Day), w.key(r.Fingerprint), []int64{r.Number, text, int64(r.Minutes), r.Minor, int64(r.Reactive), int64(r.Billable)}, r.Person, []byte(r.Currency))
}

// Asset writes a device.
func (w *rowSink) Asset(r *AssetRow) error {
	state := mix(r.Fingerprint, int64(xxhash.Sum64(append(append([]byte(nil), r.Type...), r.System...))>>16|uint64(r.Monitored+1)<<4|uint64(r.Patched+1)))
	return w.assets.add(w.client(r.Client), 0, w.key(state), []int64{r.Number, int64(r.Fingerprint), flag(r.Server), flag(r.Endpoint), int64(r.Monitored), int64(r.Patched), int64(r.Warranty)}, r.Name, r.Type, r.System, r.Serial)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func mix(print uint64, v int64) uint64 {
	print = (print ^ uint64(v)) * 0xff51afd7ed558ccd // murmur3's finaliser
	return (print ^ print>>33) >> 1
}

// Client and Person were taken over before ([clients.Service.FillIn]); here they are counted.
func (w *rowSink) Client(*ClientRow) error { return w.counted() }

// Person is like Client.
func (w *rowSink) Person(*PersonRow) error { return w.counted() }

func (w *rowSink) counted() error {
	w.sources[len(w.sources)-1].added++
	w.added++
	w.handed++
	return nil
}

// Note is kept in the report.
func (w *rowSink) Note(Note) error { return nil }

func (w *rowSink) flush() error {
	if err := w.texts.flush(); err != nil {
		return err
	}
	for _, t := range w.writers {
		if err := t.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (w *rowSink) close() {
	for _, t := range w.writers {
		t.close()
	}
	w.texts.close()
}

// End writes what is left.
func (w *rowSink) End() error {
	defer w.close()
	if err := w.flush(); err != nil {
		return err
	}
	if w.added+w.known != w.handed {
		return fmt.Errorf("books: %d rows were handed over, %d added and %d known", w.handed, w.added, w.known)
	}
	q := store.New(w.tx)
	for _, s := range w.sources {
		if err := q.CountSource(w.ctx, store.CountSourceParams{ID: s.id, Added: s.added, Known: s.known, KnownMinor: s.minor}); err != nil {
			return err
		}
	}
	_, err := w.tx.ExecContext(w.ctx, "RELEASE SAVEPOINT books_file")
	return err
}
