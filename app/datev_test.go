// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"mainstay/practice/billing"
)

// Without the tax adviser's numbers the export says what is missing; with them it is a Buchungsstapel of the fiscal year.
func TestDatevExport(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	doc := d.managed()
	day := doc.Issued.String()
	var b bytes.Buffer
	if err := d.ExportBilling(ctx, "datev", day, day, &b); err == nil || !strings.Contains(err.Error(), "tax adviser's number") || b.Len() != 0 {
		t.Errorf("without settings: %v", err)
	}
	page := d.get("/billing/journal")
	if !strings.Contains(page, "DATEV") || !strings.Contains(page, "/billing/datev") {
		t.Error("the journal does not offer it")
	}
	form := url.Values{"adviser": {"29098"}, "client": {"55003"}, "month": {"7"}, "digits": {"4"}, "revenue": {"4400"}, "debtor": {"10000"}, "tax-standard": {"3"}}
	for field, bad := range map[string]string{"adviser": "1000", "client": "0", "month": "13", "digits": "3", "revenue": "44000", "debtor": "1000", "tax-standard": "x3"} {
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set(field, bad)
		if code, _, body := d.post("/billing/datev", wrong); code != http.StatusUnprocessableEntity || !strings.Contains(body, `id="f-`+field+`-error"`) {
			t.Errorf("%s %q: %d", field, bad, code)
		}
	}
	if code, _, body := d.post("/billing/datev", form); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, body)
	}
	if err := d.ExportBilling(ctx, "datev", day, day, &b); err != nil {
		t.Fatal(err)
	}
	y, m, _ := doc.Issued.Civil()
	if m < 7 {
		y--
	}
	rows := strings.Split(strings.TrimSpace(b.String()), "\r\n")
	if len(rows) != 3 || !strings.HasPrefix(rows[0], `"EXTF";700;21;"Buchungsstapel"`) || !strings.Contains(rows[0], ";29098;55003;"+strconv.Itoa(y)+"0701;4;") || !strings.HasPrefix(rows[2], `149,35;"S";"EUR";;;"";10000;4400;"3";`) || !strings.Contains(rows[2], doc.Number) {
		t.Errorf("%q", rows)
	}
	if s := d.get("/billing/datev"); !strings.Contains(s, `value="29098"`) || !strings.Contains(s, `value="3"`) {
		t.Error("the page does not show what is set")
	}
	found := false
	for _, f := range billing.Formats() {
		found = found || f == billing.DatevFile
	}
	if !found {
		t.Error("it is no format")
	}
}
