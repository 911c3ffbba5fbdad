// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/practice/books"
	"mainstay/test/browser"
	"mainstay/test/world"
)

// keep uploads a file without the browser and returns its page.
func (s *site) keep(t *testing.T, name, data string) string {
	t.Helper()
	i, err := s.Upload(s.ctx, name, strings.NewReader(data), "")
	if err != nil {
		t.Fatal(err)
	}
	return "/books/imports/" + i.ID.String()
}

func (s *site) take(t *testing.T, name string, data []byte) string {
	t.Helper()
	i, err := s.Upload(s.ctx, name, strings.NewReader(string(data)), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(s.ctx, i.ID, books.Choices{}, nil); err != nil {
		t.Fatal(err)
	}
	return "/books/imports/" + i.ID.String()
}

func (s *site) look(name, path string) browser.Look {
	pseudo := s.url + path + "?lang=en-XA"
	if strings.Contains(path, "?") {
		pseudo = s.url + path + "&lang=en-XA"
	}
	return browser.Look{Name: name, URL: s.url + path, Pseudo: pseudo, Cookies: []*http.Cookie{s.session}}
}

const (
	tickets = `Ticket Id,Subject,Status,Priority,Source,Customer,Requester,Created Time,Resolved Time
1,"Printer in reception offline after the update of the weekend",Closed,Medium,Phone,Harbour Dental Group,Ann,2025-01-05 10:00:00,2025-01-05 12:00:00
2,Disk C: at 94% on DC-01,Closed,High,Zorg,Harbour Dental Group,,2025-02-06 10:00:00,2025-02-06 10:30:00
3,Mail slow,Closed,Low,Email,Quayside Gallery,Bob,2025-02-09 10:00:00,2025-02-11 12:00:00
`
	broken = `Invoice Date,Client,Description,Amount,Currency
2025-01-05,Quayside Gallery,Backup,40.00,EUR
2025-02-31,Quayside Gallery,Backup,41.00,EUR
2025-03-05,Quayside Gallery,Backup,forty,EUR
`
	unknown = `Export of the grid of 3 March,,,
,,,
Alpha,Beta,Gamma,Delta
2025-01-05,Quayside Gallery,Backup of the month,x
2025-02-05,Harbour Dental Group,Managed support,y
`
	wrongTotal = `Date,Transaction Type,Num,Customer,Product/Service,Memo/Description,Qty,Sales Price,Amount
01/31/2025,Invoice,1001,Harbour Dental Group,Managed support,Care Plus,10,100.00,"1,000.00"
02/03/2025,Payment,77,Harbour Dental Group,,Thank you,,,"-1,000.00"
02/28/2025,Invoice,1002,Quayside Gallery,Support,Printer repair,2,250.00,500.00
TOTAL,,,,,,,,"1,700.00"
`
)

func TestPagesInTheBrowser(t *testing.T) {
	b := browser.New(t)
	s := newSite(t)
	b.Visit(t, s.look("empty", "/books"))
	b.Check(t, s.look("import", "/books/import"))
	for name, data := range map[string]string{"broken": broken} {
		path := s.keep(t, name+".csv", data)
		s.get(t, path) // read once
		b.Check(t, s.look("preview-"+name, path))
	}
	for name, data := range map[string]string{"unknown": unknown, "tickets": tickets, "total": wrongTotal, "report": report} {
		path := s.keep(t, name+".csv", data)
		s.get(t, path)
		for _, width := range []int{1440, 390} {
			l := s.look("preview-"+name, path)
			l.Width, l.Dark = width, width == 390
			b.Visit(t, l)
		}
		tab := b.Open(t, s.look("preview-"+name, path+"?lang=en-XA"))
		tab.Pseudo()
	}
	b.Check(t, s.look("waiting", "/books/import"))
}

func TestFullBooksInTheBrowser(t *testing.T) {
	b := browser.New(t)
	s := newSite(t)
	path := ""
	for _, f := range world.Files(civil.MustDate(2026, 3, 1)) {
		if p := s.take(t, f.Name, f.Data); strings.HasPrefix(f.Name, "sales") {
			path = p
		}
	}
	b.Check(t, s.look("books", "/books"))
	b.Check(t, s.look("outcome", path))
	b.Check(t, s.look("lines", "/books/lines?q=laptop&month=2026-02"))
	for _, width := range []int{1440, 390} { // the others are made of the same parts
		for _, name := range []string{"tickets", "hours", "assets", "templates", "lines?q=zzzzzz"} {
			l := s.look(strings.ReplaceAll(name, "?", "-"), "/books/"+name)
			l.Width, l.Dark = width, width == 390
			b.Visit(t, l)
		}
	}
}

// TestImportInTheBrowser walks the whole way: choose a file, look, change a column, take over, undo.
func TestImportInTheBrowser(t *testing.T) {
	b := browser.New(t)
	s := newSite(t)
	file := filepath.Join(t.TempDir(), "ledger.csv")
	data := "Invoice Date,Client,Description,Reference,Amount\n2025-01-05,Quayside Gallery,Backup,1001,40.00\n2025-02-05,Quayside Gallery,Backup,1002,41.00\n"
	if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	tab := b.Open(t, s.look("way", "/books"))
	tab.Click("a[href='/books/import']")
	tab.Wait("#f-files")
	tab.Files("#f-files", file)
	tab.Wait(".drop-files li")
	tab.Shot("-chosen")
	tab.Click("form[data-upload] .btn-primary")
	tab.Wait("#choices")
	tab.Accessible()
	tab.Eval(`(() => { const s = document.querySelector("select[name='t0.c3']"); s.value = ""; s.dispatchEvent(new Event("change", {bubbles: true})); return true })()`, nil)
	tab.Click("button[value=take]")
	tab.Wait(".toast")
	if got := tab.Text(".toast p"); !strings.Contains(got, "read again") {
		t.Errorf("%q", got)
	}
	tab.Click("button[value=take]")
	tab.Wait("button[aria-label^='Undo']")
	tab.Shot("-taken")
	tab.Accessible()
	tab.Click("button[aria-label^='Undo']")
	tab.Wait("dialog[open] [data-yes]")
	tab.Accessible()
	tab.Click("dialog[open] [data-yes]")
	tab.Wait("#imports")
	if got := tab.Text("#imports"); !strings.Contains(got, "Undone") {
		t.Errorf("%q", got)
	}
	tab.Quiet()
}
