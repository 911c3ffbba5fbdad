// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/money"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
	"mainstay/practice/worklog/web"
)

// The panel of a ticket's page: what was done on it, what it comes to, and the timer that is started from it.
func TestTicketPanel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, c := context.Background(), clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
		s := ids.NewSource(c)
		sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
		if err != nil {
			t.Fatal(err)
		}
		q, a := jobs.New(d, c, s, slog.New(slog.DiscardHandler)), access.New(d, c, s, sealer, access.Options{})
		client, err := clients.New(d, c, s, a, q).Create(ctx, clients.Details{Name: "Harbour Dental"})
		if err != nil {
			t.Fatal(err)
		}
		ticket := worklog.TicketRef{ID: 7001, Number: 1001, Subject: "Printer offline", Client: client, Origin: worklog.FromClient}
		work := worklog.New(worklog.Parts{DB: d, Clock: c, IDs: s, Access: a, Jobs: q, Ticket: func(_ context.Context, id ids.ID, number int64) (worklog.TicketRef, error) {
			if id == ticket.ID || number == ticket.Number {
				return ticket, nil
			}
			return worklog.TicketRef{}, fault.NewNotFound("There is no such ticket.")
		}})
		h := &web.Handlers{Work: work}
		link, err := a.OwnerLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		session, err := a.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@tidegate.example", Password: "correct horse battery staple"}, access.Client{})
		if err != nil {
			t.Fatal(err)
		}
		ada, err := a.Session(ctx, session, "")
		if err != nil {
			t.Fatal(err)
		}
		in := access.With(ctx, ada)
		show := func() string {
			t.Helper()
			panel, err := h.TicketPanel(in, ticket)
			if err != nil || panel == nil {
				t.Fatal(panel, err)
			}
			var b strings.Builder
			if err := panel.Render(in, &b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		if got := show(); !strings.Contains(got, "No work is entered on this ticket yet.") || !strings.Contains(got, "/time/timer?client="+client.String()+"&amp;ticket=1001") {
			t.Error(got)
		}
		by := worklog.Actor{ID: ada.User, Name: ada.Name}
		if _, err := work.Create(ctx, by, worklog.Draft{Ticket: ticket.ID, Type: 1, Day: civil.MustDate(2026, 3, 2), Starts: worklog.NoStart, Minutes: 67}); err != nil {
			t.Fatal(err)
		}
		if _, err := work.CreateItem(ctx, by, worklog.ItemDraft{Number: 1001, Day: civil.MustDate(2026, 3, 2), Note: "<b>Toner</b>", Quantity: money.Decimal{Coef: 2}, Price: money.Decimal{Coef: 45}, Priced: true, Currency: "EUR"}); err != nil {
			t.Fatal(err)
		}
		if got := show(); !strings.Contains(got, "1:07") || !strings.Contains(got, "1:07 h · €90.00") || !strings.Contains(got, "&lt;b&gt;Toner") {
			t.Error(got)
		}

		r, err := access.NewRouter(a, "")
		if err != nil {
			t.Fatal(err)
		}
		h.Mount(r)
		post := func(path string, form url.Values) *httptest.ResponseRecorder {
			req := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			return w
		}
		if w := post("/time/timer/start", url.Values{"ticket": {"#99"}, "type": {ids.ID(1).String()}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "There is no such ticket.") {
			t.Errorf("a ticket that is not there: %d", w.Code)
		}
		if w := post("/time/timer/start", url.Values{"ticket": {"#1001"}, "type": {ids.ID(1).String()}, "back": {"//elsewhere.example"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
			t.Errorf("starting on the ticket: %d to %s", w.Code, w.Header().Get("Location"))
		}
		if got := show(); !strings.Contains(got, "data-since=\"2026-03-02T09:00:00Z\"") {
			t.Error(got)
		}
		if panel, err := h.TicketPanel(access.With(ctx, &access.Identity{Role: "nobody"}), ticket); panel != nil || err != nil {
			t.Errorf("for somebody without the permission: %v, %v", panel, err)
		}
	})
}
