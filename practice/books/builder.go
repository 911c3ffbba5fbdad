// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"slices"

	"mainstay/kit/money"
)

// kept is a row with what is needed until the ledger is finished.
type kept[T any] struct {
	row   T
	print uint64
	cur   uint8
}

// Builder is the [Sink] that makes a [Ledger]. What it gives does not depend on the
// order of files or rows, and the same row in two files is one row.
type Builder struct {
	clients, texts, docs, people *names
	currencies                   []money.Currency
	sources                      []Source
	lines                        []kept[Line]
	templates                    []kept[Template]
	tickets                      []kept[Ticket]
	hours                        []kept[Hours]
	assets                       []kept[Asset]
	contacts                     []kept[Contact]
	notes                        []Note
	mark                         counts // what is committed
	open                         bool
	planned                      map[int32]int8 // by text: 1 contact, 2 review, 0 neither
}

type counts struct{ sources, lines, templates, tickets, hours, assets, contacts, notes int }

// NewBuilder returns an empty builder.
func NewBuilder() *Builder {
	return &Builder{
		clients: newNames(1<<17, clientKeyBytes), texts: newNames(1<<17, appendStreamKey), docs: newNames(0, nil), people: newNames(0, nil),
		currencies: []money.Currency{""}, planned: map[int32]int8{},
	}
}

var _ Sink = (*Builder)(nil)

// Begin forgets what came since the last End.
func (b *Builder) Begin(string) error {
	m := b.mark
	b.sources, b.lines, b.templates, b.tickets = b.sources[:m.sources], b.lines[:m.lines], b.templates[:m.templates], b.tickets[:m.tickets]
	b.hours, b.assets, b.contacts, b.notes = b.hours[:m.hours], b.assets[:m.assets], b.contacts[:m.contacts], b.notes[:m.notes]
	return nil
}

// End keeps the file.
func (b *Builder) End() error {
	b.mark = counts{len(b.sources), len(b.lines), len(b.templates), len(b.tickets), len(b.hours), len(b.assets), len(b.contacts), len(b.notes)}
	return nil
}

// Table begins a table.
func (b *Builder) Table(s Source) error { b.sources = append(b.sources, s); return nil }

func (b *Builder) at(number int64) Row {
	s := len(b.sources) - 1
	b.sources[s].Rows++
	return Row{int32(s), number}
}

func (b *Builder) currency(c money.Currency) uint8 {
	for i, k := range b.currencies {
		if k == c {
			return uint8(i)
		}
	}
	if len(b.currencies) == 255 {
		return 0
	}
	b.currencies = append(b.currencies, c)
	return uint8(len(b.currencies) - 1)
}

// Line takes an invoice line.
func (b *Builder) Line(r *LineRow) error {
	b.lines = append(b.lines, kept[Line]{Line{
		Row: b.at(r.Number), Minor: r.Minor, Client: b.clients.id(r.Client), Text: b.texts.id(r.Text), Doc: b.docs.id(r.Doc), Day: r.Day, Term: r.Term, Told: r.Told,
	}, r.Fingerprint, b.currency(r.Currency)})
	return nil
}

// Template takes a recurring invoice.
func (b *Builder) Template(r *TemplateRow) error {
	b.templates = append(b.templates, kept[Template]{Template{
		Row: b.at(r.Number), Client: b.clients.id(r.Client), Text: b.texts.id(r.Text), Minor: r.Minor, Months: r.Months, From: r.From, Active: r.Active,
	}, r.Fingerprint, b.currency(r.Currency)})
	return nil
}

// Ticket takes a ticket.
func (b *Builder) Ticket(r *TicketRow) error {
	b.tickets = append(b.tickets, kept[Ticket]{Ticket{
		Row: b.at(r.Number), Client: b.clients.id(r.Client), Opened: r.Opened, Solved: r.Solved, Origin: r.Origin, Reopened: r.Reopened, Covered: r.Covered,
	}, r.Fingerprint, 0})
	return nil
}

// Hours takes a time entry.
func (b *Builder) Hours(r *HoursRow) error {
	h := Hours{
		Row: b.at(r.Number), Client: b.clients.id(r.Client), Person: b.people.id(r.Person), Text: b.texts.id(r.Text), Day: r.Day, Minutes: r.Minutes,
		Minor: r.Minor, Reactive: r.Reactive, Billable: r.Billable,
	}
	b.hours = append(b.hours, kept[Hours]{h, r.Fingerprint, b.currency(r.Currency)})
	kind, seen := b.planned[h.Text]
	if !seen {
		if is, review := plannedContact(string(r.Text)); review {
			kind = 2
		} else if is {
			kind = 1
		}
		b.planned[h.Text] = kind
	}
	if kind > 0 && h.Day.Known() && h.Client > 0 {
		b.contacts = append(b.contacts, kept[Contact]{Contact{Row: h.Row, Client: h.Client, Day: h.Day, Review: kind == 2}, r.Fingerprint, 0})
	}
	return nil
}

// Asset takes a device.
func (b *Builder) Asset(r *AssetRow) error {
	b.assets = append(b.assets, kept[Asset]{Asset{
		Row: b.at(r.Number), Client: b.clients.id(r.Client), Server: r.Server, Endpoint: r.Endpoint, Monitored: r.Monitored, Patched: r.Patched,
	}, r.Fingerprint, 0})
	return nil
}

// Client takes a client: only its best spelling is of use here.
func (b *Builder) Client(r *ClientRow) error {
	b.at(r.Number)
	b.clients.id(r.Name)
	return nil
}

// Person counts a contact; the ledger does not hold them.
func (b *Builder) Person(r *PersonRow) error { b.at(r.Number); return nil }

// Note takes a note.
func (b *Builder) Note(n Note) error { b.notes = append(b.notes, n); return nil }

// Ledger finishes: rows sorted, each once, one currency. The builder is spent.
func (b *Builder) Ledger() *Ledger {
	_ = b.Begin("")
	l := &Ledger{}
	main := b.mainCurrency(l)
	b.dropOthers(main, l)
	order := b.settleSources(l)
	b.settleNames(l)

	l.Lines = finish(b.lines, order, &l.Notes, "overlap-lines", func(x *Line) *Row { return &x.Row }, func(x Line) int64 { return x.Minor }, nil, func(a, c Line) int {
		return cmp.Or(cmp.Compare(a.Day, c.Day), cmp.Compare(a.Client, c.Client), cmp.Compare(a.Text, c.Text), cmp.Compare(a.Doc, c.Doc), cmp.Compare(a.Minor, c.Minor), cmp.Compare(a.Told, c.Told), cmp.Compare(a.Term, c.Term))
	})
	b.lines = nil
	l.Templates = finish(b.templates, order, &l.Notes, "overlap-templates", func(x *Template) *Row { return &x.Row }, func(x Template) int64 { return x.Minor }, nil, func(a, c Template) int {
		return cmp.Or(cmp.Compare(a.Client, c.Client), cmp.Compare(a.Text, c.Text), cmp.Compare(a.From, c.From), cmp.Compare(a.Minor, c.Minor), cmp.Compare(a.Months, c.Months))
	})
	l.Tickets = finish(b.tickets, order, &l.Notes, "overlap-tickets", func(x *Ticket) *Row { return &x.Row }, func(Ticket) int64 { return 0 }, mergeTickets, func(a, c Ticket) int {
		return cmp.Or(cmp.Compare(a.Opened, c.Opened), cmp.Compare(a.Client, c.Client))
	})
	l.Hours = finish(b.hours, order, &l.Notes, "overlap-hours", func(x *Hours) *Row { return &x.Row }, func(x Hours) int64 { return x.Minor }, nil, func(a, c Hours) int {
		return cmp.Or(cmp.Compare(a.Day, c.Day), cmp.Compare(a.Client, c.Client), cmp.Compare(a.Person, c.Person), cmp.Compare(a.Text, c.Text), cmp.Compare(a.Minutes, c.Minutes), cmp.Compare(a.Minor, c.Minor), cmp.Compare(a.Reactive, c.Reactive), cmp.Compare(a.Billable, c.Billable))
	})
	l.Assets = finish(b.assets, order, &l.Notes, "overlap-assets", func(x *Asset) *Row { return &x.Row }, func(Asset) int64 { return 0 }, mergeAssets, func(a, c Asset) int {
		return cmp.Compare(a.Client, c.Client)
	})
	var none []Note // an overlap of contacts is one of their hours, noted there
	l.Contacts = finish(b.contacts, order, &none, "", func(x *Contact) *Row { return &x.Row }, func(Contact) int64 { return 0 }, nil, func(a, c Contact) int {
		return cmp.Or(cmp.Compare(a.Day, c.Day), cmp.Compare(a.Client, c.Client))
	})
	l.Notes = append(l.Notes, b.notes...)
	slices.SortFunc(l.Notes, func(a, c Note) int {
		return cmp.Or(cmp.Compare(a.Code, c.Code), cmp.Compare(a.Arg, c.Arg), cmp.Compare(a.Rows, c.Rows), cmp.Compare(a.Minor, c.Minor))
	})
	return l
}

// mainCurrency is the one of most lines; rows without a currency belong to it.
func (b *Builder) mainCurrency(l *Ledger) uint8 {
	n := make([]int, len(b.currencies))
	for i := range b.lines {
		n[b.lines[i].cur]++
	}
	if len(b.lines) == 0 {
		for i := range b.hours {
			n[b.hours[i].cur]++
		}
		for i := range b.templates {
			n[b.templates[i].cur]++
		}
	}
	best := 0
	for i := 1; i < len(n); i++ {
		if n[i] > 0 && (best == 0 || n[i] > n[best] || n[i] == n[best] && b.currencies[i] < b.currencies[best]) {
			best = i
		}
	}
	l.Currency = b.currencies[best]
	return uint8(best)
}

func (b *Builder) dropOthers(main uint8, l *Ledger) {
	b.lines = dropOther(b.lines, main, b.currencies, l, func(x Line) int64 { return x.Minor })
	b.templates = dropOther(b.templates, main, b.currencies, l, func(x Template) int64 { return x.Minor })
	for i := range b.hours {
		if h := &b.hours[i]; h.cur != 0 && h.cur != main {
			h.row.Minor = 0 // the hours count, their price in other money does not
		}
	}
}

func dropOther[T any](rows []kept[T], main uint8, names []money.Currency, l *Ledger, minor func(T) int64) []kept[T] {
	left := map[uint8]*Note{}
	out := slices.DeleteFunc(rows, func(r kept[T]) bool {
		if r.cur == 0 || r.cur == main {
			return false
		}
		n := left[r.cur]
		if n == nil {
			n = &Note{Code: NoteOtherCurrency, Arg: string(names[r.cur])}
			left[r.cur] = n
		}
		n.Rows++
		n.Minor += minor(r.row)
		return true
	})
	for _, n := range left {
		l.Notes = append(l.Notes, *n)
	}
	return out
}

// settleSources sorts the sources by name and returns where each went.
func (b *Builder) settleSources(l *Ledger) []int32 {
	ids := make([]int, len(b.sources))
	for i := range ids {
		ids[i] = i
	}
	slices.SortStableFunc(ids, func(x, y int) int {
		a, c := b.sources[x], b.sources[y]
		return cmp.Or(cmp.Compare(a.Name, c.Name), cmp.Compare(a.Kind, c.Kind), cmp.Compare(a.Rows, c.Rows))
	})
	place := make([]int32, len(ids))
	for i, id := range ids {
		place[id] = int32(i)
		l.Sources = append(l.Sources, b.sources[id])
	}
	return place
}

func (b *Builder) settleNames(l *Ledger) {
	clients, texts, docs, people := make([]bool, len(b.clients.best)), make([]bool, len(b.texts.best)), make([]bool, len(b.docs.best)), make([]bool, len(b.people.best))
	for i := range b.lines {
		r := &b.lines[i].row
		clients[r.Client], texts[r.Text], docs[r.Doc] = true, true, true
	}
	for i := range b.templates {
		clients[b.templates[i].row.Client], texts[b.templates[i].row.Text] = true, true
	}
	for i := range b.tickets {
		clients[b.tickets[i].row.Client] = true
	}
	for i := range b.hours {
		r := &b.hours[i].row
		clients[r.Client], texts[r.Text], people[r.Person] = true, true, true
	}
	for i := range b.assets {
		clients[b.assets[i].row.Client] = true
	}
	var c, t, d, p []int32
	l.Clients, c = b.clients.settle(clients)
	l.Texts, t = b.texts.settle(texts)
	l.Docs, d = b.docs.settle(docs)
	l.People, p = b.people.settle(people)
	b.clients, b.texts, b.docs, b.people = nil, nil, nil, nil
	for i := range b.lines {
		r := &b.lines[i].row
		r.Client, r.Text, r.Doc = c[r.Client], t[r.Text], d[r.Doc]
	}
	for i := range b.templates {
		r := &b.templates[i].row
		r.Client, r.Text = c[r.Client], t[r.Text]
	}
	for i := range b.tickets {
		b.tickets[i].row.Client = c[b.tickets[i].row.Client]
	}
	for i := range b.hours {
		r := &b.hours[i].row
		r.Client, r.Text, r.Person = c[r.Client], t[r.Text], p[r.Person]
	}
	for i := range b.assets {
		b.assets[i].row.Client = c[b.assets[i].row.Client]
	}
	for i := range b.contacts {
		b.contacts[i].row.Client = c[b.contacts[i].row.Client]
	}
}

// finish sorts rows and drops those that another source has told already: of rows that
// say the same, as many are kept as the source with the most of them has.
func finish[T any](rows []kept[T], place []int32, notes *[]Note, code string, at func(*T) *Row, minor func(T) int64, merge func(into *T, from T), compare func(a, b T) int) []T {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		r := at(&rows[i].row)
		r.Source = place[r.Source]
	}
	slices.SortFunc(rows, func(a, b kept[T]) int {
		if c := compare(a.row, b.row); c != 0 {
			return c
		}
		if c := cmp.Compare(a.print, b.print); c != 0 {
			return c
		}
		ra, rb := at(&a.row), at(&b.row)
		return cmp.Or(cmp.Compare(ra.Source, rb.Source), cmp.Compare(ra.Number, rb.Number))
	})
	out := make([]T, 0, len(rows))
	dropped := Note{Code: code}
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j].print == rows[i].print && compare(rows[j].row, rows[i].row) == 0 {
			j++
		}
		group := rows[i:j]
		keep := most(group, at)
		for k, r := range group {
			if k < keep {
				out = append(out, r.row)
				continue
			}
			if merge != nil {
				merge(&out[len(out)-1], r.row)
			}
			dropped.Rows++
			dropped.Minor += minor(r.row)
		}
		i = j
	}
	if dropped.Rows > 0 {
		*notes = append(*notes, dropped)
	}
	return out
}

// most is the largest number of rows of one source; the group is sorted by source.
func most[T any](group []kept[T], at func(*T) *Row) int {
	best, run := 1, 1
	for i := 1; i < len(group); i++ {
		if at(&group[i].row).Source == at(&group[i-1].row).Source {
			run++
		} else {
			run = 1
		}
		best = max(best, run)
	}
	return best
}

func mergeTickets(into *Ticket, from Ticket) {
	into.Solved = max(into.Solved, from.Solved)
	into.Reopened = into.Reopened || from.Reopened
	if into.Origin == OriginUnknown {
		into.Origin = from.Origin
	}
	if into.Covered == 0 {
		into.Covered = from.Covered
	}
}

func mergeAssets(into *Asset, from Asset) {
	into.Monitored, into.Patched = max(into.Monitored, from.Monitored), max(into.Patched, from.Patched)
	into.Server, into.Endpoint = into.Server || from.Server, into.Endpoint || from.Endpoint
}
