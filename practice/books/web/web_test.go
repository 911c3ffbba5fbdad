// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
	"mainstay/practice/books/web"
	"mainstay/practice/clients"
	"mainstay/test/world"
)

// maxUpload is the size of files, in bytes, that the tests' server takes.
const maxUpload = 8 << 20

// site is the pages of the books on a server of their own.
type site struct {
	*books.Service
	access  *access.Service
	url     string
	session *http.Cookie
	ctx     context.Context // of the owner
}

func newSite(t *testing.T) *site {
	t.Helper()
	d := dbtest.Open(t)
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	q.Handle(books.ChangedJob, func(context.Context, string) error { return nil })
	a := access.New(d, c, s, sealer, access.Options{FirmName: "Tidegate IT"})
	service := books.New(books.Parts{DB: d, Clock: c, IDs: s, Clients: clients.New(d, c, s, a, q), Access: a, Jobs: q, Blobs: blobs, Limits: tabular.Limits{Bytes: maxUpload}})
	r, err := access.NewRouter(a, "")
	if err != nil {
		t.Fatal(err)
	}
	r.Refuse = page.Error
	r.Inside = page.Personal(func(r *http.Request) (page.View, locale.Printer) {
		v := page.View{Firm: "Tidegate IT", NoSearch: true}
		p := locale.New(locale.Tag(r.URL.Query().Get("lang")), nil)
		if id := access.From(r.Context()); id != nil {
			v.Person = page.Person{Name: id.Name, Role: p.T("Owner")}
			v.Nav = []page.Section{{Links: []page.Link{{Href: "/books", Icon: "book-open", Label: p.T("Books")}}}}
		}
		return v, p
	})
	r.Handle("GET /assets/", access.Public, page.Assets())
	r.Handle("POST /theme", access.Public, page.SwitchTheme())
	h := &web.Handlers{Books: service}
	h.Mount(r)
	t.Cleanup(h.Close)
	server := httptest.NewServer(page.Secure(http.NewCrossOriginProtection().Handler(r)))
	t.Cleanup(server.Close)
	x := &site{Service: service, access: a, url: server.URL}
	x.session = x.person(t)
	id, err := a.Session(context.Background(), x.session.Value, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	x.ctx = access.With(context.Background(), id)
	return x
}

func (s *site) person(t *testing.T) *http.Cookie {
	t.Helper()
	ctx := context.Background()
	link, err := s.access.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.access.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@example.com", Password: "four unrelated lamps"}, access.Client{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return &http.Cookie{Name: access.Cookie, Value: session}
}

// send makes a request with the owner's session and returns the status, the address it ended at and the page.
func (s *site) send(t *testing.T, method, path, kind string, body io.Reader) (int, string, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, s.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(s.session)
	req.Header.Set("Content-Type", kind)
	jar := &http.Client{CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		next.AddCookie(s.session)
		return nil
	}}
	res, err := jar.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Request.URL.Path, string(text)
}

func (s *site) get(t *testing.T, path string) string {
	t.Helper()
	status, _, text := s.send(t, "GET", path, "", nil)
	if status != http.StatusOK {
		t.Fatalf("GET %s: %d\n%s", path, status, mainOf(text))
	}
	return text
}

func (s *site) post(t *testing.T, path string, form url.Values) (int, string, string) {
	t.Helper()
	return s.send(t, "POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// upload sends files as a browser does.
func (s *site) upload(t *testing.T, files ...world.File) (int, string, string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, f := range files {
		w, err := m.CreateFormFile("files", f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.Data); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return s.send(t, "POST", "/books/import", m.FormDataContentType(), &b)
}

var tagForm = regexp.MustCompile(`(?s)<(script|svg|style).*?</(script|svg|style)>|<[^>]+>|\s+`)

// mainOf is the visible text of a page's content.
func mainOf(html string) string {
	if _, rest, ok := strings.Cut(html, `id="main"`); ok {
		html = "<" + rest
	}
	return strings.Join(strings.Fields(tagForm.ReplaceAllString(html, " ")), " ")
}

func has(t *testing.T, html string, want ...string) {
	t.Helper()
	text := mainOf(html)
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not on the page:\n%s", w, text)
		}
	}
}

const report = `Tidegate IT,,,,,,,,
Sales by Customer Detail,,,,,,,,
,Date,Transaction Type,Num,Product/Service,Memo/Description,Qty,Sales Price,Amount,Balance
Harbour Dental Group,,,,,,,,,
,01/31/2025,Invoice,1001,Managed support,Care Plus January 2025,10,100.00,"1,000.00","1,000.00"
,02/28/2025,Invoice,1002,Managed support,Care Plus February 2025,10,100.00,"1,000.00","2,000.00"
Total for Harbour Dental Group,,,,,,,,"2,000.00",
Quayside Gallery,,,,,,,,,
,02/14/2025,Invoice,1003,Support,Printer repair,2,500.00,"1,000.00","1,000.00"
Total for Quayside Gallery,,,,,,,,"1,000.00",
TOTAL,,,,,,,,"3,000.00",
`

func TestImportFromFileToBooksAndBack(t *testing.T) {
	s := newSite(t)
	has(t, s.get(t, "/books"), "The books are empty", "Import our exports")
	status, at, html := s.upload(t, world.File{Name: "sales.csv", Data: []byte(report)})
	if status != http.StatusOK || !strings.HasPrefix(at, "/books/imports/") {
		t.Fatalf("%d at %s", status, at)
	}
	has(t, html, "Every row was read, and the totals agree", "3 invoice lines", "3,000.00", "Jan 31, 2025 – Feb 28, 2025", "Printer repair", "Your report says 3,000.00, we read 3,000.00.", "2 subtotals of the report are what we read.")
	_, at2, html := s.post(t, at, url.Values{"do": {"take"}, "t0.kind": {"lines"}})
	if at2 != at {
		t.Fatalf("ended at %s", at2)
	}
	has(t, html, "In the books", "New rows 3", "Show the rows")
	has(t, s.get(t, "/books"), "sales.csv", "3 new", "Totals agree", "No month is missing", "Jan 2025 – Feb 2025")
	has(t, s.get(t, "/books/lines?q=printer"), "Printer repair", "Quayside Gallery", "line 9", "1 row on this page")
	_, at3, html := s.post(t, at+"/undo", nil)
	if at3 != "/books" {
		t.Fatalf("ended at %s: %s", at3, mainOf(html))
	}
	has(t, html, "Undone")
	has(t, s.get(t, "/books/lines"), "No rows of this kind yet")
	has(t, s.get(t, at), "This import was undone.")
}

func TestSameFileTwiceChangesNothing(t *testing.T) {
	s := newSite(t)
	file := world.File{Name: "sales.csv", Data: []byte(report)}
	_, first, _ := s.upload(t, file)
	s.post(t, first, url.Values{"do": {"take"}, "t0.kind": {"lines"}})
	_, second, _ := s.upload(t, file)
	_, at, html := s.post(t, second, url.Values{"do": {"take"}, "t0.kind": {"lines"}})
	if at != first {
		t.Errorf("ended at %s, not at the import that was there: %s", at, mainOf(html))
	}
	c, err := s.Count(s.ctx)
	if err != nil || c.Lines != 3 {
		t.Errorf("%d lines, %v", c.Lines, err)
	}
}

func TestChangedColumnsAreReadAgainBeforeTakingOver(t *testing.T) {
	s := newSite(t)
	data := "Day,Who,What,Fee,Paid in\n2025-01-05,Quayside Gallery,Backup,40.00,EUR\n2025-02-05,Quayside Gallery,Backup,41.00,EUR\n"
	_, at, _ := s.upload(t, world.File{Name: "list.csv", Data: []byte(data)})
	_, at2, html := s.post(t, at, url.Values{"do": {"look"}, "t0.kind": {"lines"}, "t0.header": {"0"}})
	has(t, html, "A column is missing", "Invoice lines cannot do without one of these: Amount, net, Unit price", "Quayside Gallery")
	if at2 != at {
		t.Errorf("ended at %s", at2)
	}
	form := url.Values{"do": {"look"}, "t0.kind": {"lines"}, "t0.as": {"lines"}, "t0.header": {"0"}, "t0.c0": {"date"}, "t0.c1": {"client"}, "t0.c2": {"text"}, "t0.c3": {"amount"}, "t0.c4": {""}}
	_, _, html = s.post(t, at, form)
	has(t, html, "As you mapped it", "2 invoice lines", "81.00")
	form.Set("t0.c4", "currency")
	form.Set("do", "take")
	_, _, html = s.post(t, at, form)
	has(t, html, "As you mapped it", "2 invoice lines", "€81.00", "Not taken over yet")
	form.Set("t0.c3", "")
	_, _, html = s.post(t, at, form)
	has(t, html, "A column is missing")
	form.Set("t0.c3", "amount")
	_, _, html = s.post(t, at, form)
	has(t, html, "In the books")
	// The next file of this shape is read so at once.
	_, _, html = s.upload(t, world.File{Name: "list-2.csv", Data: []byte(strings.ReplaceAll(data, "2025", "2026"))})
	has(t, html, "As you mapped it", "€81.00")
}

func TestBrokenRowsAreSaidAndLeftOutOnlyWhenChosen(t *testing.T) {
	s := newSite(t)
	data := "Invoice Date,Client,Description,Amount\n2025-01-05,Quayside Gallery,Backup,40.00\n2025-02-31,Quayside Gallery,Backup,41.00\n2025-03-05,Quayside Gallery,Backup,forty\n"
	_, at, html := s.upload(t, world.File{Name: "bad.csv", Data: []byte(data)})
	has(t, html, "2 rows cannot be read", "3 Invoice Date 2025-02-31 a date such as 2024-03-31 or 31/03/2024", "4 Amount forty a number such as 1,234.50", "Leave these 2 rows out")
	_, _, html = s.post(t, at, url.Values{"do": {"take"}, "t0.kind": {"lines"}})
	has(t, html, "2 rows cannot be read")
	_, _, html = s.post(t, at, url.Values{"do": {"take"}, "t0.kind": {"lines"}, "leave": {"on"}})
	has(t, html, "In the books", "New rows 1")
}

func TestOpenQuestionsAreAskedFirst(t *testing.T) {
	s := newSite(t)
	data := "Invoice Date,Client,Description,Amount\n03/04/2025,Quayside Gallery,Backup,40.00\n05/06/2025,Quayside Gallery,Backup,41.00\n"
	_, at, html := s.upload(t, world.File{Name: "days.csv", Data: []byte(data)})
	has(t, html, "one question is open", "No date tells whether the day or the month comes first", "Apr 3, 2025")
	has(t, s.get(t, "/books/import"), "Needs a look")
	_, _, html = s.post(t, at, url.Values{"do": {"take"}, "t0.kind": {"lines"}, "t0.days": {"mdy"}, "t0.c0": {"date"}, "t0.c1": {"client"}, "t0.c2": {"text"}, "t0.c3": {"amount"}})
	has(t, html, "Every row was read", "Mar 4, 2025", "Not taken over yet")
	if strings.Contains(mainOf(html), "question is open") {
		t.Error("the question is asked again")
	}
}

func TestFilesThatAreNoTables(t *testing.T) {
	s := newSite(t)
	status, _, html := s.upload(t, world.File{Name: "empty.csv"})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", status)
	}
	has(t, html, "The file empty.csv is empty.")
	_, _, html = s.upload(t, world.File{Name: "picture.png", Data: []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00")})
	has(t, html, "This file cannot be taken over")
	_, at, html := s.upload(t, world.File{Name: "poem.csv", Data: []byte("Shall I compare thee,to a summer's day\nThou art more lovely,and more temperate\n")})
	has(t, html, "This file was not recognised", "Not recognised", "Shall I compare thee")
	_, at, html = s.post(t, at+"/discard", nil)
	has(t, html, "picture.png")
	if strings.Contains(html, "poem.csv") || at != "/books/import" {
		t.Errorf("not discarded: %s", at)
	}
}

func TestChannelMap(t *testing.T) {
	s := newSite(t)
	data := "Ticket Id,Subject,Status,Priority,Source,Customer,Created Time,Resolved Time\n1,Disk full,Closed,High,Zorg,Quayside Gallery,2025-01-05 10:00:00,2025-01-05 12:00:00\n2,Mail slow,Closed,Low,Phone,Quayside Gallery,2025-01-06 10:00:00,2025-01-06 12:00:00\n"
	_, at, html := s.upload(t, world.File{Name: "tickets.csv", Data: []byte(data)})
	has(t, html, "Who starts a ticket", "Zorg", "tells nothing about who started it")
	n := "0"
	if strings.Contains(html, `name="t0.on1" value="Zorg"`) {
		n = "1"
	}
	form := url.Values{"do": {"look"}, "t0.kind": {"tickets"}, "t0.on" + n: {"Zorg"}, "t0.o" + n: {"monitor"}}
	form.Set("t0.currency", "")
	for i, f := range []string{"number", "subject", "status", "", "channel", "client", "opened", "solved"} {
		form.Set("t0.c"+string(rune('0'+i)), f)
	}
	_, _, html = s.post(t, at, form)
	if text := mainOf(html); strings.Contains(text, "tells nothing about") {
		t.Errorf("the channel is still unknown:\n%s", text)
	}
	form.Set("do", "take")
	_, _, html = s.post(t, at, form)
	has(t, html, "In the books")
	has(t, s.get(t, "/books/tickets"), "Zorg", "Monitoring", "Disk full")
}

func TestWholeFirmAtOnce(t *testing.T) {
	s := newSite(t)
	files := world.Files(civil.MustDate(2026, 3, 1))
	_, at, _ := s.upload(t, files...)
	if at != "/books/import" {
		t.Fatalf("ended at %s", at)
	}
	var html string
	for range 600 {
		if html = s.get(t, "/books/import"); !strings.Contains(html, "data-progress=") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	has(t, html, "Files to decide on", "tickets.csv", "Ready")
	for range 20 {
		s.post(t, "/books/import/take", nil)
		for range 600 {
			if html = s.get(t, "/books/import"); !strings.Contains(html, "data-progress=") {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if !strings.Contains(html, "that are ready") && !strings.Contains(html, "that is ready") {
			break
		}
	}
	c, err := s.Count(s.ctx)
	if err != nil || c.Lines == 0 || c.Tickets == 0 || c.Hours == 0 || c.Assets == 0 {
		t.Fatalf("%+v %v\n%s", c, err, mainOf(html))
	}
	for _, path := range []string{"/books", "/books/lines", "/books/tickets", "/books/hours", "/books/assets", "/books/templates"} {
		s.get(t, path)
	}
	// Pages follow each other without a gap or an overlap, and the export has all rows once.
	csv := s.get(t, "/books/lines/export.csv")
	if n := strings.Count(csv, "\r\n") - 1; int64(n) != c.Lines {
		t.Errorf("%d rows exported of %d", n, c.Lines)
	}
}

func TestExportNeutralisesFormulas(t *testing.T) {
	s := newSite(t)
	_, at, _ := s.upload(t, world.File{Name: "f.csv", Data: []byte("Invoice Date,Client,Description,Amount\n2025-01-05,Quayside Gallery,\"=cmd|' /C calc'!A0\",40.00\n")})
	s.post(t, at, url.Values{"do": {"take"}, "t0.kind": {"lines"}})
	if csv := s.get(t, "/books/lines/export.csv"); strings.Contains(csv, `,"=cmd`) || !strings.Contains(csv, "cmd|") {
		t.Errorf("%s", csv)
	}
}
