// SPDX-License-Identifier: Apache-2.0

package books

import (
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/worklog"
)

// ownSource is the name of the firm's own time in the ledger, beside the files of its old tools.
const ownSource = OwnSource

// own is what the firm's own agreements and invoices say, before the lines of old tools are read: those that tell of the same
// invoice are left out.
type own struct {
	recurring map[ids.ID]bool       // lines of agreements whose money the agreements tell
	lines     map[ids.ID]*ownLine   // all lines of agreements
	issued    map[string][]issuance // by number
	again     Note                  // lines of imports that tell of an invoice issued here
	days      []civil.Date
}

type ownLine struct{ name, kind, unit, family string }

type issuance struct {
	client int32 // of the ledger
	day    civil.Date
}

// issuedSlack is how far the day of an imported line may lie from that of the invoice with its number: exports have the day
// of payment or of work as well.
const issuedSlack = 62

// loadAgreements adds what agreements come to, month by month up to today: the first-order truth of what recurs.
func (l *loader) loadAgreements(today civil.Date) error {
	l.own = own{recurring: map[ids.ID]bool{}, lines: map[ids.ID]*ownLine{}, issued: map[string][]issuance{}, again: Note{Code: NoteOwnInvoices}}
	at := int32(-1)
	return agreements.Each(l.ctx, l.tx, ids.ID(l.only), func(a *agreements.Agreement) error {
		if at < 0 {
			at = int32(len(l.b.sources))
			l.b.sources = append(l.b.sources, Source{Name: OwnSource, Kind: KindAgreements})
		}
		client, last := l.clients[int64(a.Client)], today.Month()
		if a.Ends.Known() {
			last = min(last, a.Ends.Month())
		}
		if a.Holds(today) {
			l.b.bind(client, a.Bound(today))
		}
		doc := l.b.docs.id([]byte(a.Number))
		cur := l.b.currency(a.Currency)
		for i := range a.Lines {
			x := &a.Lines[i]
			l.own.lines[x.ID] = &ownLine{x.Name, x.Kind, x.Unit, x.Family}
			if !x.Recurs() {
				continue
			}
			l.own.recurring[x.ID] = true
			text := l.b.texts.id([]byte(x.Name))
			l.b.family(text, x.Family)
			for m := a.Starts.Month(); m <= last; m++ {
				minor, err := a.Contracted(x, m)
				if err != nil {
					return err
				}
				if minor == 0 {
					continue
				}
				l.b.sources[at].Rows++
				day := max(m.First(), a.Starts)
				if err := l.b.addLine(&Line{Row: Row{at, int64(a.ID)}, Minor: minor, Client: client, Text: text, Doc: doc, Day: day, Told: ToldAgreement}, mix(uint64(x.ID), int64(m)), cur); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// loadBilled adds the lines of the firm's own invoices that bill no recurring line of an agreement: work, what was used, what was
// charged once or written by hand. Of the others it remembers the day: the agreements tell their money.
func (l *loader) loadBilled() error {
	at := int32(-1)
	return billing.EachForLedger(l.ctx, l.tx, ids.ID(l.only), func(b *billing.Billed) error {
		client := l.clients[int64(b.Client)]
		if list := l.own.issued[b.Number]; len(list) == 0 || list[len(list)-1].client != client {
			l.own.issued[b.Number] = append(list, issuance{client, b.Day})
		}
		if l.own.recurring[b.Line] {
			l.own.days = append(l.own.days, b.Day)
			return nil
		}
		if at < 0 {
			at = int32(len(l.b.sources))
			l.b.sources = append(l.b.sources, Source{Name: OwnSource, Kind: KindLines})
		}
		l.b.sources[at].Rows++
		x := ownLine{b.Name, b.Kind, b.Unit, ""}
		if of := l.own.lines[b.Line]; of != nil {
			x = *of
		}
		return l.b.addLine(&Line{
			Row: Row{at, int64(b.ID)}, Minor: b.Minor, Client: client, Text: l.b.texts.id([]byte(x.name)), Doc: l.b.docs.id([]byte(b.Number)), Day: b.Day, Told: x.told(b.Line != 0),
		}, mix(uint64(b.ID), int64(b.Day)), l.b.currency(b.Currency))
	})
}

// told is what the catalogue and the unit say of a line.
func (x *ownLine) told(agreed bool) Told {
	switch {
	case x.kind == "labour" || x.unit == "HUR":
		return ToldLabour
	case x.kind == "hardware":
		return ToldResale
	case agreed:
		return ToldOneOff // what recurs is told by the agreement
	}
	return ToldNothing
}

// isOwn reports whether an imported line tells of an invoice that was issued here, of the same client or of none.
func (l *loader) isOwn(doc []byte, client int32, day civil.Date, minor int64) bool {
	for _, x := range l.own.issued[string(doc)] {
		if (client == 0 || client == x.client) && (!day.Known() || max(day-x.day, x.day-day) <= issuedSlack) {
			l.own.again.Rows++
			l.own.again.Minor += minor
			return true
		}
	}
	return false
}

// loadOwn adds the time that was entered here. It is never in a file, so nothing of it is told twice.
func (l *loader) loadOwn() error {
	at := int32(-1)
	return worklog.EachForLedger(l.ctx, l.tx, l.only, func(w worklog.Worked) error {
		if at < 0 {
			at = int32(len(l.b.sources))
			l.b.sources = append(l.b.sources, Source{Name: ownSource, Kind: KindHours})
		}
		l.b.sources[at].Rows++
		h := Hours{
			Row: Row{at, int64(w.ID)}, Client: l.clients[int64(w.Client)], Person: l.b.people.id([]byte(w.Person)), Text: l.b.texts.id([]byte(w.Text)), Day: w.Day,
			Minutes: int32(w.Minutes), Reactive: -1, Billable: -1,
		}
		if w.Reactive {
			h.Reactive = 1
		}
		if w.Billable {
			h.Billable, h.Minor = 1, w.Minor
		}
		l.b.plan(h.Text, []byte(w.Text))
		l.b.addHours(h, uint64(w.ID), l.b.currency(w.Currency))
		return nil
	})
}
