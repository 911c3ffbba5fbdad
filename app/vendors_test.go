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

	"mainstay/kit/config"
	"mainstay/practice/catalogue"
	"mainstay/practice/vendors"
)

// A vendor's file with columns that nobody knows, from sending it in to the last name that is matched.
func TestVendorsBillByForm(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	if err := d.Values.SetFirm(ctx, config.Firm{Name: "Tidegate", Currency: "EUR", Language: "en-GB", Zone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	m := d.Vendors.Today().Month() - 1
	up := func(vendor, month, text string) *httptest.ResponseRecorder {
		t.Helper()
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		_ = form.WriteField("vendor", vendor)
		_ = form.WriteField("month", month)
		if text != "" {
			part, _ := form.CreateFormFile("file", `..\bills\october <b>.csv`)
			_, _ = io.WriteString(part, text)
		}
		_ = form.Close()
		r := httptest.NewRequest("POST", "/reconciliation/bills", &b)
		r.Header.Set("Content-Type", form.FormDataContentType())
		return d.do(r)
	}
	if body := d.get("/reconciliation"); !strings.Contains(body, "No vendor&#39;s bill for this month") {
		t.Error("nothing is said of an empty month")
	}
	for what, w := range map[string]*httptest.ResponseRecorder{
		"without a file": up("Pax Nine", m.String(), ""), "without a vendor": up(" ", m.String(), "a,b\n1,2\n"), "without a month": up("Pax Nine", "soon", "a,b\n1,2\n"), "no table": up("Pax Nine", m.String(), "just words\n"),
	} {
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", what, w.Code)
		}
	}
	w := up("Pax Nine", m.String(), "Wer,Was,Wieviel,Wert\nKestrel AG,Z-1,3,9.00\nSomebody,Z-2,1,4.50\nMainstay,Z-1,2,6.00\n")
	to := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/reconciliation/bills/") {
		t.Fatalf("%d %s %s", w.Code, to, w.Body)
	}
	if body := d.get(to); !strings.Contains(body, "Kestrel AG") || !strings.Contains(body, "october &lt;b&gt;.csv") {
		t.Error("the first rows are not shown")
	}
	code, _, body := d.post(to+"/take", url.Values{"month": {m.String()}, "currency": {"EUR"}, "column-0": {"client"}, "column-1": {"sku"}})
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "Say which column is the quantity.") || !strings.Contains(body, `value="sku" selected`) {
		t.Fatalf("%d: what was said is lost", code)
	}
	columns := url.Values{"month": {m.String()}, "currency": {"EUR"}, "column-0": {"client"}, "column-1": {"sku"}, "column-2": {"quantity"}, "column-3": {"amount"}}
	if code, next, _ := d.post(to+"/take", columns); code != http.StatusSeeOther || next != "/reconciliation?month="+m.String() {
		t.Fatal(code, next)
	}
	if code, _, _ := d.post(to+"/take", columns); code != http.StatusSeeOther { // back to the bill, with a word
		t.Errorf("taken twice: %d", code)
	}
	item, err := d.Catalogue.SaveItem(ctx, catalogue.Item{Name: "Endpoint protection", Kind: catalogue.Licence})
	if err != nil {
		t.Fatal(err)
	}
	if body := d.get("/reconciliation/names"); !strings.Contains(body, "Somebody") || !strings.Contains(body, "Z-2") {
		t.Error("the unknown names are not asked for")
	}
	v, err := d.Vendors.Ensure(ctx, "pax nine")
	if err != nil {
		t.Fatal(err)
	}
	names := url.Values{
		"client": {"Nobody at all", "="}, "client-vendor": {v.String(), v.String()}, "client-key": {"somebody", "mainstay"},
		"item": {"endpoint PROTECTION", ""}, "item-vendor": {v.String(), v.String()}, "item-key": {"#z-1", "#z-2"},
	}
	if code, _, body := d.post("/reconciliation/names", names); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Nobody at all") {
		t.Fatalf("%d: an unknown client is taken", code)
	}
	r, err := d.Vendors.Reconcile(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	if r.Total["EUR"] != 1950 || r.Own["EUR"] != 600 || len(r.Deltas) != 1 || r.Deltas[0].Client != d.client || r.Deltas[0].Item != item || len(r.Unmatched) != 1 {
		t.Fatalf("%+v", r)
	}
	pair := url.Values{"month": {m.String()}, "client": {d.client.String()}, "item": {item.String()}, "currency": {"EUR"}}
	if body := d.get("/reconciliation/pair?" + pair.Encode()); !strings.Contains(body, "bought, not billed") || !strings.Contains(body, "No agreement bills it.") {
		t.Error("the causes are not told")
	}
	if code, _, body := d.post("/reconciliation/acknowledge", pair); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Say why this difference may stay.") {
		t.Errorf("without a reason: %d", code)
	}
	pair.Set("reason", "Trial")
	if code, _, _ := d.post("/reconciliation/acknowledge", pair); code != http.StatusSeeOther {
		t.Errorf("%d", code)
	}
	if csv := d.get("/reconciliation/export.csv?month=" + m.String()); !strings.Contains(csv, "unmatched,Somebody,") || !strings.Contains(csv, "acknowledged,Kestrel,Endpoint protection,Pax Nine,EUR,3,9.00,") || !strings.Contains(csv, "own use,") {
		t.Error(csv)
	}
	if code, _, body := d.post("/reconciliation/hold", url.Values{"hold": {"much"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "is not a number") {
		t.Errorf("%d", code)
	}
	if code, _, _ := d.post("/reconciliation/hold", url.Values{"hold": {"12,50"}}); code != http.StatusSeeOther {
		t.Errorf("%d", code)
	}
	if h, err := d.Vendors.Hold(ctx); err != nil || h != (vendors.Hold{Minor: 1250, Currency: "EUR"}) {
		t.Errorf("%+v %v", h, err)
	}
	if file := d.get(to + "/file"); !strings.HasPrefix(file, "Wer,Was") {
		t.Error("the file is not what was sent")
	}
	for path, want := range map[string]int{"/reconciliation/bills/x": 404, "/reconciliation/pair?client=x": 404, "/reconciliation?month=2999-01": 200, "/insight/margins?by=nonsense": 200, "/insight/agreements/x": 404} {
		if w := d.do(httptest.NewRequest("GET", path, nil)); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if code, _, _ := d.post(to+"/remove", nil); code != http.StatusSeeOther {
		t.Errorf("%d", code)
	}
	if r, err := d.Vendors.Reconcile(ctx, m); err != nil || len(r.Total) != 0 {
		t.Errorf("%+v %v", r, err)
	}
}
