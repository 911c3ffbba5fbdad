// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
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
	lines                        lineStore
	templates                    chunks[kept[Template]]
	tickets                      chunks[kept[Ticket]]
	hours                        chunks[kept[Hours]]
	assets                       chunks[kept[Asset]]
	contacts                     chunks[kept[Contact]]
	notes                        []Note
	mark                         counts // what is committed
	lineMark                     linePoint
	planned                      map[int32]int8 // by text: 1 contact, 2 review, 0 neither
	maxLines                     int
	families                     map[int32]string     // by text
	bound                        map[int32]civil.Date // by client
}

type counts struct{ sources, templates, tickets, hours, assets, contacts, notes int }

// NewBuilder returns an empty builder.
func NewBuilder() *Builder {
	b := &Builder{
		clients: newNames(clientKeyBytes), texts: newNames(appendStreamKey), docs: newNames(nil), people: newNames(nil),
		lines: newLineStore(), currencies: []money.Currency{""}, planned: map[int32]int8{}, maxLines: maxLines, families: map[int32]string{}, bound: map[int32]civil.Date{},
	}
	b.clients.dropEmpty = true
	return b
}

var _ Sink = (*Builder)(nil)

// Begin forgets what came since the last End.
func (b *Builder) Begin(string) error {
	m := b.mark
	b.sources, b.notes = b.sources[:m.sources], b.notes[:m.notes]
	b.lines.cut(b.lineMark)
	b.templates.cut(m.templates)
	b.tickets.cut(m.tickets)
	b.hours.cut(m.hours)
	b.assets.cut(m.assets)
	b.contacts.cut(m.contacts)
	return nil
}

// End keeps the file.
func (b *Builder) End() error {
	b.mark = counts{len(b.sources), b.templates.n, b.tickets.n, b.hours.n, b.assets.n, b.contacts.n, len(b.notes)}
	b.lineMark = b.lines.point()
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
	return b.addLine(&Line{
		Row: b.at(r.Number), Minor: r.Minor, Client: b.clients.id(r.Client), Text: b.texts.id(r.Text), Doc: b.docs.id(r.Doc), Day: r.Day, Term: r.Term, Told: r.Told,
	}, r.Fingerprint, b.currency(r.Currency))
}

// maxLines bounds what is measured at once, to some 5 GB of memory.
const maxLines = 50_000_000

func (b *Builder) addLine(l *Line, print uint64, cur uint8) error {
	if b.lines.n >= b.maxLines {
		return fault.NewInvalid("There are more than %d million invoice lines. So many cannot be measured at once; ten years are enough.", b.maxLines/1_000_000)
	}
	b.lines.add(l, print, cur)
	return nil
}

// Template takes a recurring invoice.
func (b *Builder) Template(r *TemplateRow) error {
	b.templates.add(kept[Template]{Template{
		Row: b.at(r.Number), Client: b.clients.id(r.Client), Text: b.texts.id(r.Text), Minor: r.Minor, Months: r.Months, From: r.From, Active: r.Active,
	}, r.Fingerprint, b.currency(r.Currency)})
	return nil
}

// Ticket takes a ticket.
func (b *Builder) Ticket(r *TicketRow) error {
	b.tickets.add(kept[Ticket]{Ticket{
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
	b.plan(h.Text, r.Text)
	b.addHours(h, r.Fingerprint, b.currency(r.Currency))
	return nil
}

// plan notes once whether a text tells of a planned contact.
func (b *Builder) plan(text int32, words []byte) {
	if _, seen := b.planned[text]; seen {
		return
	}
	b.planned[text] = 0
	if is, review := plannedContact(StreamKey(string(words))); review {
		b.planned[text] = 2
	} else if is {
		b.planned[text] = 1
	}
}

// addHours keeps a time entry and the planned contact that its text may tell of.
func (b *Builder) addHours(h Hours, print uint64, cur uint8) {
	b.hours.add(kept[Hours]{h, print, cur})
	if kind := b.planned[h.Text]; kind > 0 && h.Day.Known() && h.Client > 0 {
		b.contacts.add(kept[Contact]{Contact{Row: h.Row, Client: h.Client, Day: h.Day, Review: kind == 2}, print, 0})
	}
}

// family says to which service family an agreement's line with a text belongs; of two the first in the alphabet, so that the order does not
// matter.
func (b *Builder) family(text int32, family string) {
	if have, ok := b.families[text]; family != "" && (!ok || family < have) {
		b.families[text] = family
	}
}

// bind says that an agreement binds a client until the day before end; NoDate = one does that has no term.
func (b *Builder) bind(client int32, end civil.Date) {
	have, ok := b.bound[client]
	if !ok {
		have = civil.NoDate
	}
	b.bound[client] = max(have, end)
}

// Asset takes a device.
func (b *Builder) Asset(r *AssetRow) error {
	b.assets.add(kept[Asset]{Asset{
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
	lines := newLineFinish(&b.lines, main)
	places := b.settleNames(l, lines)
	b.finishOthers(l, order)
	lines.otherMoney(b.currencies, l)
	lines.finish(l, order, places)
	l.Notes = append(l.Notes, b.notes...)
	sortNotes(l.Notes)
	return l
}

func sortNotes(notes []Note) {
	slices.SortFunc(notes, func(a, c Note) int {
		return cmp.Or(cmp.Compare(a.Code, c.Code), cmp.Compare(a.Arg, c.Arg), cmp.Compare(a.Rows, c.Rows), cmp.Compare(a.Minor, c.Minor))
	})
}

func (b *Builder) finishOthers(l *Ledger, order []int32) {
	l.Templates = finish(&b.templates, order, &l.Notes, ordering[Template]{
		code: "overlap-templates", at: func(x *Template) *Row { return &x.Row }, day: func(x *Template) int32 { return int32(x.From) }, minor: func(x *Template) int64 { return x.Minor },
		compare: func(a, c *Template) int {
			return cmp.Or(cmp.Compare(a.From, c.From), cmp.Compare(a.Client, c.Client), cmp.Compare(a.Text, c.Text), cmp.Compare(a.Minor, c.Minor), cmp.Compare(a.Months, c.Months))
		},
	})
	l.Tickets = finish(&b.tickets, order, &l.Notes, ordering[Ticket]{
		code: "overlap-tickets", at: func(x *Ticket) *Row { return &x.Row }, day: func(x *Ticket) int32 { return int32(x.Opened / microsPerDay) }, merge: mergeTickets,
		compare: func(a, c *Ticket) int {
			return cmp.Or(cmp.Compare(a.Opened, c.Opened), cmp.Compare(a.Client, c.Client))
		},
	})
	l.Hours = finish(&b.hours, order, &l.Notes, ordering[Hours]{
		code: "overlap-hours", at: func(x *Hours) *Row { return &x.Row }, day: func(x *Hours) int32 { return int32(x.Day) }, minor: func(x *Hours) int64 { return x.Minor },
		compare: func(a, c *Hours) int {
			return cmp.Or(cmp.Compare(a.Day, c.Day), cmp.Compare(a.Client, c.Client), cmp.Compare(a.Person, c.Person), cmp.Compare(a.Text, c.Text), cmp.Compare(a.Minutes, c.Minutes), cmp.Compare(a.Minor, c.Minor), cmp.Compare(a.Reactive, c.Reactive), cmp.Compare(a.Billable, c.Billable))
		},
	})
	l.Assets = finish(&b.assets, order, &l.Notes, ordering[Asset]{
		code: "overlap-assets", at: func(x *Asset) *Row { return &x.Row }, day: func(*Asset) int32 { return 0 }, merge: mergeAssets,
		compare: func(a, c *Asset) int { return cmp.Compare(a.Client, c.Client) },
	})
	var none []Note // an overlap of contacts is one of their hours, noted there
	l.Contacts = finish(&b.contacts, order, &none, ordering[Contact]{
		at: func(x *Contact) *Row { return &x.Row }, day: func(x *Contact) int32 { return int32(x.Day) },
		compare: func(a, c *Contact) int { return cmp.Or(cmp.Compare(a.Day, c.Day), cmp.Compare(a.Client, c.Client)) },
	})
}

const microsPerDay = 86_400_000_000

// mainCurrency is the one of most lines; rows without a currency belong to it.
func (b *Builder) mainCurrency(l *Ledger) uint8 {
	n := make([]int, len(b.currencies))
	copy(n, b.lines.byCur)
	if b.lines.n == 0 {
		b.hours.all(func(x *kept[Hours]) { n[x.cur]++ })
		b.templates.all(func(x *kept[Template]) { n[x.cur]++ })
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

// dropOthers leaves out what is in other money than the main one.
func (b *Builder) dropOthers(main uint8, l *Ledger) {
	dropOther(&b.templates, main, b.currencies, l, func(x *Template) int64 { return x.Minor })
	b.hours.all(func(h *kept[Hours]) {
		if h.cur != 0 && h.cur != main {
			h.row.Minor = 0 // the hours count, their price in other money does not
		}
	})
}

func dropOther[T any](rows *chunks[kept[T]], main uint8, names []money.Currency, l *Ledger, minor func(*T) int64) {
	if len(names) <= 2 {
		return // one currency and the unnamed one
	}
	left := make([]Note, len(names))
	n := 0
	rows.all(func(r *kept[T]) {
		if r.cur == 0 || r.cur == main {
			*rows.at(n) = *r
			n++
			return
		}
		left[r.cur].Rows++
		left[r.cur].Minor += minor(&r.row)
	})
	rows.cut(n)
	for i, x := range left {
		if x.Rows > 0 {
			l.Notes = append(l.Notes, Note{Code: NoteOtherCurrency, Arg: string(names[i]), Rows: x.Rows, Minor: x.Minor})
		}
	}
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

// places says where the names' numbers went.
type places struct{ clients, texts, docs []int32 }

// settleNames gives the names that are in use their numbers in the ledger.
func (b *Builder) settleNames(l *Ledger, lines *lineFinish) (p places) {
	clients, texts, docs, people := make([]bool, b.clients.best.n), make([]bool, b.texts.best.n), make([]bool, b.docs.best.n), make([]bool, b.people.best.n)
	lines.survey(clients, texts, docs)
	b.templates.all(func(r *kept[Template]) { clients[r.row.Client], texts[r.row.Text] = true, true })
	b.tickets.all(func(r *kept[Ticket]) { clients[r.row.Client] = true })
	b.hours.all(func(r *kept[Hours]) {
		clients[r.row.Client], texts[r.row.Text], people[r.row.Person] = true, true, true
	})
	b.assets.all(func(r *kept[Asset]) { clients[r.row.Client] = true })
	for c := range b.bound {
		clients[c] = true
	}
	var persons []int32
	l.Clients, p.clients = b.clients.settle(clients)
	l.Texts, p.texts = b.texts.settle(texts)
	l.Docs, p.docs = b.docs.settle(docs)
	l.People, persons = b.people.settle(people)
	b.clients, b.texts, b.docs, b.people = nil, nil, nil, nil
	c, t := p.clients, p.texts
	for text, family := range b.families {
		if to := t[text]; to != 0 {
			put(&l.Families, to, family)
		}
	}
	for client, end := range b.bound {
		put(&l.Bound, c[client], end)
	}
	b.templates.all(func(r *kept[Template]) { r.row.Client, r.row.Text = c[r.row.Client], t[r.row.Text] })
	b.tickets.all(func(r *kept[Ticket]) { r.row.Client = c[r.row.Client] })
	b.hours.all(func(r *kept[Hours]) {
		r.row.Client, r.row.Text, r.row.Person = c[r.row.Client], t[r.row.Text], persons[r.row.Person]
	})
	b.assets.all(func(r *kept[Asset]) { r.row.Client = c[r.row.Client] })
	b.contacts.all(func(r *kept[Contact]) { r.row.Client = c[r.row.Client] })
	return p
}

func put[V any](m *map[int32]V, key int32, v V) {
	if *m == nil {
		*m = map[int32]V{}
	}
	(*m)[key] = v
}

// ordering is how rows of one type are sorted and told apart.
type ordering[T any] struct {
	code    string
	at      func(*T) *Row
	day     func(*T) int32 // must agree with compare
	minor   func(*T) int64
	compare func(a, b *T) int // of what the rows say
	merge   func(into *T, from *T)
}

// finish sorts rows and drops those that another source has told already: of rows that
// say the same, as many are kept as the source with the most of them has.
func finish[T any](rows *chunks[kept[T]], place []int32, notes *[]Note, o ordering[T]) []T {
	if rows.n == 0 {
		return nil
	}
	rows.all(func(r *kept[T]) { w := o.at(&r.row); w.Source = place[w.Source] })
	order, starts := byDay(rows, func(r *kept[T]) int32 { return o.day(&r.row) })
	compare := func(i, k uint32) int {
		a, b := rows.at(int(i)), rows.at(int(k))
		if c := o.compare(&a.row, &b.row); c != 0 {
			return c
		}
		if c := cmp.Compare(a.print, b.print); c != 0 {
			return c
		}
		ra, rb := o.at(&a.row), o.at(&b.row)
		return cmp.Or(cmp.Compare(ra.Source, rb.Source), cmp.Compare(ra.Number, rb.Number))
	}
	for i := 1; i < len(starts); i++ {
		slices.SortFunc(order[starts[i-1]:starts[i]], compare)
	}
	out := make([]T, 0, rows.n)
	dropped := Note{Code: o.code}
	for i := 0; i < len(order); {
		first := rows.at(int(order[i]))
		j, keep, run := i+1, 1, 1
		for ; j < len(order); j++ {
			r := rows.at(int(order[j]))
			if r.print != first.print || o.compare(&r.row, &first.row) != 0 {
				break
			}
			if o.at(&r.row).Source == o.at(&rows.at(int(order[j-1])).row).Source {
				run++
			} else {
				run = 1
			}
			keep = max(keep, run)
		}
		for k := i; k < j; k++ {
			r := rows.at(int(order[k]))
			if k-i < keep {
				out = append(out, r.row)
				continue
			}
			if o.merge != nil {
				o.merge(&out[len(out)-1], &r.row)
			}
			dropped.Rows++
			if o.minor != nil {
				dropped.Minor += o.minor(&r.row)
			}
		}
		i = j
	}
	*rows = chunks[kept[T]]{}
	if dropped.Rows > 0 {
		*notes = append(*notes, dropped)
	}
	return out
}

func mergeTickets(into *Ticket, from *Ticket) {
	into.Solved = max(into.Solved, from.Solved)
	into.Reopened = into.Reopened || from.Reopened
	if into.Origin == OriginUnknown {
		into.Origin = from.Origin
	}
	if into.Covered == 0 {
		into.Covered = from.Covered
	}
}

func mergeAssets(into *Asset, from *Asset) {
	into.Monitored, into.Patched = max(into.Monitored, from.Monitored), max(into.Patched, from.Patched)
	into.Server, into.Endpoint = into.Server || from.Server, into.Endpoint || from.Endpoint
}
