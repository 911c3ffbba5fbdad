// SPDX-License-Identifier: Apache-2.0

package books

import (
	"mainstay/practice/worklog"
)

// ownSource is the name of the firm's own time in the ledger, beside the files of its old tools.
const ownSource = "Mainstay"

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
