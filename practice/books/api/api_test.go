// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/blob"
	"mainstay/kit/clock"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/books"
	booksapi "mainstay/practice/books/api"
	"mainstay/practice/clients"
)

// server is the API with tokens: one that may do everything, one that may only read.
func server(t *testing.T) (url, all, reader string) {
	t.Helper()
	ctx := context.Background()
	d, c := dbtest.Open(t), clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
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
	a := access.New(d, c, s, sealer, access.Options{})
	h := &booksapi.Handlers{Books: books.New(books.Parts{DB: d, Clock: c, IDs: s, Clients: clients.New(d, c, s, a, q), Access: a, Jobs: q, Blobs: blobs})}
	r, err := access.NewRouter(a, "")
	if err != nil {
		t.Fatal(err)
	}
	r.Refuse = func(w http.ResponseWriter, _ *http.Request, err error) { api.Refuse(w, err) }
	j := api.New(r, "test")
	h.Mount(j)
	h.MountUpload(r)
	if _, err := j.OpenAPI(); err != nil {
		t.Fatal(err)
	}
	link, err := a.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@example.com", Password: "four unrelated lamps"}, access.Client{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.Session(ctx, session, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	token := func(scopes ...access.Permission) string {
		secret, err := a.NewToken(access.With(ctx, id), "test", scopes, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return srv.URL + api.Prefix, token(access.BooksRead, access.BooksImport), token(access.BooksRead)
}

func call(t *testing.T, token, method, url, body string, out any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if strings.HasPrefix(body, "{") {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if out != nil && res.StatusCode < 300 {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
	} else if res.StatusCode >= 300 {
		t.Logf("%s %s: %s", method, url, b)
	}
	return res.StatusCode
}

const lines = "Invoice Date,Client,Description,Amount,Currency\n2025-01-05,Quayside Gallery,Backup,40.00,EUR\n2025-02-05,Quayside Gallery,Backup,41.00,EUR\n2025-03-05,Harbour Dental,Support,5.00,EUR\n"

func TestFileThroughTheAPI(t *testing.T) {
	url, all, reader := server(t)
	if got := call(t, reader, "POST", url+"/books/imports?name=a.csv", lines, nil); got != http.StatusForbidden {
		t.Errorf("upload with a reading token: %d", got)
	}
	if got := call(t, all, "POST", url+"/books/imports", lines, nil); got != http.StatusUnprocessableEntity {
		t.Errorf("upload without a name: %d", got)
	}
	var i booksapi.Import
	if got := call(t, all, "POST", url+"/books/imports?name=a.csv", lines, &i); got != http.StatusCreated || i.Report == nil || i.Report.Rows() != 3 {
		t.Fatalf("%d %+v", got, i)
	}
	var done struct{ Added, Known int64 }
	if got := call(t, all, "POST", url+"/books/imports/"+i.ID+"/commit", "{}", &done); got != http.StatusOK || done.Added != 3 {
		t.Fatalf("%d %+v", got, done)
	}
	var texts []string
	after := ""
	for {
		var p struct {
			Lines []booksapi.Line
			Next  string
		}
		if got := call(t, reader, "GET", url+"/books/lines?limit=2&after="+after, "", &p); got != http.StatusOK {
			t.Fatal(got)
		}
		for _, l := range p.Lines {
			texts = append(texts, l.Day+" "+l.ClientName+" "+l.Currency)
		}
		if after = p.Next; after == "" {
			break
		}
	}
	if got := strings.Join(texts, "; "); got != "2025-03-05 Harbour Dental EUR; 2025-02-05 Quayside Gallery EUR; 2025-01-05 Quayside Gallery EUR" {
		t.Errorf("%s", got)
	}
	var p struct{ Lines []booksapi.Line }
	call(t, reader, "GET", url+"/books/lines?q=supp&from=2025-03&to=2025-03", "", &p)
	if len(p.Lines) != 1 || p.Lines[0].Minor != 500 || p.Lines[0].Source.Line != 4 {
		t.Errorf("%+v", p)
	}
	if got := call(t, all, "DELETE", url+"/books/imports/"+i.ID, "", nil); got != http.StatusConflict {
		t.Errorf("a taken file is discarded: %d", got)
	}
	if got := call(t, all, "POST", url+"/books/imports/"+i.ID+"/undo", "", &i); got != http.StatusOK || i.State != "undone" {
		t.Errorf("%d %+v", got, i)
	}
	var l struct{ Imports []booksapi.Import }
	if call(t, reader, "GET", url+"/books/imports", "", &l); len(l.Imports) != 1 || l.Imports[0].Report != nil {
		t.Errorf("%+v", l)
	}
	for _, path := range []string{"/books/tickets", "/books/hours", "/books/imports/" + i.ID} {
		if got := call(t, reader, "GET", url+path, "", nil); got != http.StatusOK {
			t.Errorf("%s: %d", path, got)
		}
	}
	if got := call(t, reader, "GET", url+"/books/lines?client=x", "", nil); got != http.StatusUnprocessableEntity {
		t.Errorf("a damaged id: %d", got)
	}
}
