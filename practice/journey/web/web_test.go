// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/kit/access"
	accessweb "mainstay/kit/access/web"
	"mainstay/kit/bus"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
	"mainstay/practice/clients"
	clientsweb "mainstay/practice/clients/web"
	"mainstay/practice/journey"
	"mainstay/practice/journey/web"
	"mainstay/test/world"
)

// site is the pages of the journey on a server of their own.
type site struct {
	url     string
	journey *journey.Service
	access  *access.Service
	jobs    *jobs.Queue
	session *http.Cookie
	clients map[string]ids.ID
	handler http.Handler
	routes  *access.Router
	ledger  *books.Ledger
}

// believable is the invented firm of the demo, and lines that nothing can tell apart.
var believable = sync.OnceValues(func() (*books.Ledger, error) {
	b := books.NewBuilder()
	files := append(world.Files(civil.MustDate(2026, 3, 1)), world.File{Name: "older-invoices.csv", Data: dark()})
	for _, f := range files {
		if _, err := books.ReadInto(context.Background(), b, tabular.New(f.Name, bytes.NewReader(f.Data), int64(len(f.Data)), tabular.Options{}), books.Options{Currency: world.FirmCurrency}); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return b.Ledger(), nil
})

// dark are invoice lines whose words and amounts say nothing.
func dark() []byte {
	var b bytes.Buffer
	b.WriteString("Client Name,Invoice #,Date Issued,Invoice Status,Item Name,Item Description,Rate,Quantity,Line Subtotal,Line Total,Currency\n")
	texts := []string{"Hadrian", "Sonderposten Q", "Northgate extension", "Item 4471", "As discussed", "Nextcloud", "ARK-2 \"blue\" <b>", "Phase II"}
	for m := range 11 {
		for i, t := range texts {
			amount := 90 + 37*i + 53*((m*7+i*3)%9)
			if (m+i)%3 > 0 {
				fmt.Fprintf(&b, "Harbour Dental Group,D-%d-%d,2025-%02d-%02d,paid,%q,,%d,1,%d,%d,USD\n", m, i, 1+m, 3+i, strings.ReplaceAll(t, `"`, "'"), amount, amount, amount)
			}
		}
	}
	return b.Bytes()
}

func newSite(t testing.TB, ledger *books.Ledger) *site {
	t.Helper()
	return newSiteOn(t, dbtest.Open(t), ledger)
}

func newSiteOn(t testing.TB, d *db.DB, ledger *books.Ledger) *site {
	t.Helper()
	ctx := context.Background()
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	source := ids.NewSource(c)
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	s := &site{url: "http://localhost:" + port, clients: map[string]ids.ID{}, ledger: ledger}
	s.access = access.New(d, c, source, sealer, access.Options{URL: s.url, FirmName: world.FirmName})
	s.jobs = jobs.New(d, c, source, slog.New(slog.DiscardHandler))
	b := &bus.Bus{}
	people := clients.New(d, c, source, s.access, s.jobs)
	s.journey = journey.New(journey.Parts{
		DB: d, Clock: c, IDs: source, Access: s.access, Jobs: s.jobs, Bus: b, Log: slog.New(slog.DiscardHandler),
		Load: func(context.Context, string) (*books.Ledger, error) { return s.ledger, nil },
	})
	r, err := access.NewRouter(s.access, "")
	if err != nil {
		t.Fatal(err)
	}
	r.Refuse = page.Error
	r.Inside = page.Personal(func(r *http.Request) (page.View, locale.Printer) {
		lang := r.FormValue("lang")
		if from, err := url.Parse(r.Referer()); err == nil && lang == "" {
			lang = from.Query().Get("lang") // streams of a page speak its language
		}
		p := locale.New(locale.Tag(cmp.Or(lang, "en-US")), nil)
		v := page.View{Firm: world.FirmName, NoSearch: true, Path: r.URL.Path, Nav: []page.Section{{Links: []page.Link{{Href: "/journey", Icon: "compass", Label: p.T("Journey")}, {Href: "/transition", Icon: "calendar-check", Label: p.T("Transition")}}}}}
		return v, p
	})
	r.Handle("GET /assets/", access.Public, page.Assets())
	r.Handle("POST /theme", access.Public, page.SwitchTheme())
	h := &web.Handlers{Journey: s.journey, Bus: b, Clock: c, Clients: web.Directory{
		IDs: func(_ context.Context, names []string) (map[string]ids.ID, error) {
			out := map[string]ids.ID{}
			for _, n := range names {
				if id, ok := s.clients[n]; ok {
					out[n] = id
				}
			}
			return out, nil
		},
		Name: func(ctx context.Context, id ids.ID) (string, error) {
			f, err := people.Get(ctx, access.From(ctx).Scope(), id)
			return f.Name, err
		},
	}}
	h.Mount(r)
	(&clientsweb.Handlers{Clients: people, Main: []clientsweb.Panel{h.Panel}}).Mount(r)
	accessweb.Mount(r, s.access, accessweb.Options{Clock: c, URL: s.url})
	s.routes = r
	s.handler = page.Secure(http.NewCrossOriginProtection().Handler(r))
	server.Config.Handler = s.handler
	server.Start()
	t.Cleanup(server.Close)

	link, err := s.access.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.access.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@example.com", Password: "four unrelated lamps"}, access.Client{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	s.session = &http.Cookie{Name: access.Cookie, Value: session}
	if ledger == nil {
		return s
	}
	id, err := s.access.Session(ctx, session, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range ledger.Clients {
		if name != "" && len(s.clients) < 100 {
			n, err := people.Create(access.With(ctx, id), clients.Details{Name: name, Status: clients.Active, Since: civil.NoDate})
			if err != nil {
				t.Fatal(err)
			}
			s.clients[name] = n
		}
	}
	s.measure(t)
	return s
}

// measure does all jobs that are due.
func (s *site) measure(t testing.TB) {
	t.Helper()
	if err := s.journey.Recalculate(context.Background(), "manual"); err != nil {
		t.Fatal(err)
	}
}

// get asks for a page as the owner and returns status and body.
func (s *site) get(t testing.TB, path string) (int, string) {
	t.Helper()
	return s.do(t, httptest.NewRequest(http.MethodGet, path, nil))
}

func (s *site) do(t testing.TB, r *http.Request) (int, string) {
	t.Helper()
	r.AddCookie(s.session)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}
