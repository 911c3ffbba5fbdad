// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// TestReleasesFetched: what endoflife.date offers is taken from an address when somebody says so, under the guard for outside addresses, or
// from a file; what is wrong is said at the field, and the address stays.
func TestReleasesFetched(t *testing.T) {
	d := newDesk(t)
	asked := 0
	list := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path != "/full" {
			_, _ = io.WriteString(w, `{"schema_version":"1.2.0","result":"no"}`)
			return
		}
		_, _ = io.WriteString(w, `{"schema_version":"1.2.0","total":1,"result":[{"name":"debian","releases":[{"name":"12","eolFrom":"2026-07-11"},{"name":"13","eolFrom":null}]}]}`)
	}))
	t.Cleanup(list.Close)
	send := func(address, file string) *httptest.ResponseRecorder {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		_ = m.WriteField("url", address)
		part, _ := m.CreateFormFile("file", "products.json")
		if file == "" { // as browsers send a field without a file
			b.Reset()
			m = multipart.NewWriter(&b)
			_ = m.WriteField("url", address)
			_, _ = m.CreatePart(map[string][]string{"Content-Disposition": {`form-data; name="file"; filename=""`}, "Content-Type": {"application/octet-stream"}})
		} else {
			_, _ = io.WriteString(part, file)
		}
		_ = m.Close()
		r := httptest.NewRequest(http.MethodPost, "/devices/releases", &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		return d.do(r)
	}
	known := func() int {
		t.Helper()
		n, err := d.Devices.Releases(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if page := d.get("/devices/settings"); !strings.Contains(page, `value="https://endoflife.date/api/v1/products/full"`) || asked != 0 {
		t.Error("the page offers no address, or was curious")
	}
	if w := send(list.URL+"/full", ""); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), list.URL+"/full") || asked != 0 || known() != 0 {
		t.Errorf("inside the firm's network: %d, asked %d times", w.Code, asked)
	}
	d.Config.WebhooksPrivate = true
	if w := send(list.URL+"/full", ""); w.Code != http.StatusSeeOther || asked != 1 || known() != 2 {
		t.Fatalf("fetched: %d, asked %d times, %d releases", w.Code, asked, known())
	}
	if w := send(list.URL+"/other", ""); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "not a file of endoflife.date") || known() != 2 {
		t.Errorf("another file: %d", w.Code)
	}
	if w := send("", ""); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Choose the file") {
		t.Errorf("nothing: %d", w.Code)
	}
	// A file that is chosen is taken, whatever stands beside it.
	asked = 0
	if w := send(list.URL+"/full", `{"debian":{"releases":[{"releaseCycle":"12","eol":"2026-07-11"}]}}`); w.Code != http.StatusSeeOther || asked != 0 || known() != 1 {
		t.Errorf("a file: %d, asked %d times, %d releases", w.Code, asked, known())
	}
}

// TestMergePage: making one record of two leads to the one that stays, and says on the page what speaks against it.
func TestMergePage(t *testing.T) {
	d := newDesk(t)
	ctx, firm := context.Background(), access.WholeFirm()
	make := func(name, letter string, n int) ids.ID {
		var tags []string
		for i := range n {
			tags = append(tags, letter+string(rune('a'+i)))
		}
		id, err := d.Devices.Make(ctx, firm, d.client, devices.Details{Name: name, Kind: devices.Server, Tags: tags})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	a, b, c := make("one", "x", 11), make("two", "y", 10), make("three", "z", 1)
	merge := func(into string) (int, string, string) {
		return d.post("/devices/"+a.String()+"/merge", url.Values{"into": {into}})
	}
	if code, _, page := merge(b.String()); code != http.StatusUnprocessableEntity || !strings.Contains(page, "at most 20 tags") || !strings.Contains(page, `value="`+b.String()+`" selected`) {
		t.Errorf("too many tags: %d", code)
	}
	if code, _, page := merge(""); code != http.StatusUnprocessableEntity || !strings.Contains(page, "Choose the record that stays.") {
		t.Errorf("none chosen: %d", code)
	}
	if code, to, _ := merge(c.String()); code != http.StatusSeeOther || to != "/devices/"+c.String() {
		t.Errorf("merged: %d, leads to %s", code, to)
	}
	if x, err := d.Devices.Get(ctx, firm, c); err != nil || len(x.Tags) != 12 {
		t.Errorf("got %+v, %v", x, err)
	}
}
