// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/practice/books"
	"mainstay/practice/worklog"
)

// Time that was entered here stands in the ledger beside that of the old tools, by client, and is told once.
func TestOwnHoursAreInTheLedger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.take(t, "hours.csv", "Date,Client,Task,Hours,User\n2024-01-02,Acme,Support call,1:30,Tom\n")
		c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
		w := worklog.New(worklog.Parts{DB: d, Clock: c, IDs: ids.NewSource(c), Access: access.New(d, c, ids.NewSource(c), nil, access.Options{}), Jobs: r.jobs})
		acme, err := r.clients.Resolve(ctx, "Acme")
		if err != nil {
			t.Fatal(err)
		}
		by := worklog.Actor{ID: 1, Name: "Tom"}
		for _, x := range []worklog.Draft{
			{Type: 1, Minutes: 67, Note: "Mailbox repaired"}, {Type: 4, Minutes: 45, Note: "Quarterly business review"}, {Type: 1, Minutes: 67, Note: "Mailbox repaired"},
		} {
			x.Client, x.Day, x.Starts = acme, civil.MustDate(2026, 3, 2), worklog.NoStart
			if _, err := w.Create(ctx, by, x); err != nil {
				t.Fatal(err)
			}
		}
		l := r.ledger(t)
		reactive, planned := 0, 0
		for _, h := range l.Hours {
			if l.Clients[h.Client] != "Acme" || l.People[h.Person] != "Tom" {
				t.Errorf("%+v of %q by %q", h, l.Clients[h.Client], l.People[h.Person])
			}
			switch {
			case h.Reactive > 0:
				reactive += int(h.Minutes)
			case h.Reactive < 0:
				planned += int(h.Minutes)
			}
		}
		if len(l.Hours) != 4 || reactive != 90+67+67 || planned != 45 {
			t.Errorf("%d rows, %d reactive and %d planned minutes", len(l.Hours), reactive, planned)
		}
		if s := l.Sources; len(s) != 2 || s[0] != (books.Source{Name: "Mainstay", Kind: books.KindHours, Rows: 3}) {
			t.Errorf("%+v", s)
		}
		if len(l.Contacts) != 1 || !l.Contacts[0].Review {
			t.Errorf("the review is not a contact: %+v", l.Contacts)
		}
		if one, err := r.Ledger(ctx, "Acme"); err != nil || len(one.Hours) != 4 {
			t.Errorf("of one client: %+v, %v", one, err)
		}
	})
}
