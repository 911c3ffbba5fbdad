// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mainstay/test/world"
)

// TestLargeFileIsFollowed takes a file that is read in the background and follows the stream of its page to the end.
func TestLargeFileIsFollowed(t *testing.T) {
	s := newSite(t)
	var b strings.Builder
	b.WriteString("Invoice Date,Client,Description,Amount,Currency\n")
	for i := range 120_000 {
		fmt.Fprintf(&b, "%d-%02d-%02d,Client %03d,Managed support of month %d,%d.50,EUR\n", 2020+i%5, i%12+1, i%28+1, i%300, i%60, i%900+1)
	}
	_, at, _ := s.upload(t, world.File{Name: "large.csv", Data: []byte(b.String())})
	stream := s.get(t, at+"/events")
	if !strings.Contains(stream, `"next":"`+at+`"`) || !strings.Contains(stream, "event: progress") {
		t.Fatalf("%s", stream)
	}
	html := s.get(t, at)
	has(t, html, "120,000 invoice lines", "of 120,000 rows")
	s.post(t, at, url.Values{"do": {"take"}, "t0.kind": {"lines"}})
	s.get(t, at+"/events")
	has(t, s.get(t, at), "In the books", "120,000")
	has(t, s.get(t, "/books/lines?month=2024-12"), "50 rows on this page", "Next")
}

func TestUploadsBeyondTheLimitAreRefused(t *testing.T) {
	s := newSite(t)
	large := strings.Repeat("0", maxUpload+1)
	status, at, html := s.upload(t, world.File{Name: "zeros.csv", Data: []byte(large)}, world.File{Name: "sales.csv", Data: []byte(report)})
	if status != http.StatusOK || !strings.HasPrefix(at, "/books/imports/") {
		t.Fatalf("%d at %s: the good file beside it is not taken", status, at)
	}
	has(t, html, "sales.csv")
	status, _, html = s.upload(t, world.File{Name: "zeros.csv", Data: []byte(large)})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", status)
	}
	has(t, html, "The file is larger than 8 MB, which is the limit.")
}

func TestWhoMayWhat(t *testing.T) {
	s := newSite(t)
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.url+"/books", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the books without signing in: %d", res.StatusCode)
	}
	for _, path := range []string{"/books/imports/x", "/books/imports/0000000000000", "/books/imports/0000000000000/events"} {
		if status, _, _ := s.send(t, "GET", path, "", nil); status != http.StatusNotFound && !strings.HasSuffix(path, "events") {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, q := range []string{"client=x", "month=13", "after=x", "import=0000000000001"} {
		if status, _, _ := s.send(t, "GET", "/books/lines?"+q, "", nil); status >= 500 || status < 400 {
			t.Errorf("%s: %d", q, status)
		}
	}
}
