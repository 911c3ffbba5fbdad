// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/civil"
)

// Each day's count is kept with its evidence, also when the last device is gone, and can be read as a page, as CSV and by the API.
func TestCountsByDay(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 3, 30), func(r *moneyRig) {
		ctx := context.Background()
		fir := r.client("Fir")
		r.counts("Fir", "kind:server", civil.MustDate(2026, 3, 1))
		first := r.device(fir, "SRV1", devices.Server)
		second := r.device(fir, "<b>PC1</b>", devices.Workstation)
		r.must(r.CountDevices(ctx))
		r.to(civil.MustDate(2026, 3, 31))
		third := r.device(fir, "SRV2", devices.Server)
		r.must(r.CountDevices(ctx))
		r.to(civil.MustDate(2026, 4, 1))
		r.must(r.Devices.Retire(ctx, access.WholeFirm(), first, 0))
		r.must(r.Devices.Retire(ctx, access.WholeFirm(), second, 0))
		r.must(r.CountDevices(ctx))
		r.must(r.Devices.Move(ctx, access.WholeFirm(), third, r.client("Gorse"), 0))
		r.must(r.CountDevices(ctx)) // later on the same day

		days, err := r.Devices.CountDays(ctx, access.WholeFirm(), fir, query(r.t, "kind:server"), civil.MustDate(2026, 3, 31), civil.MustDate(2026, 4, 2))
		r.must(err)
		if len(days) != 2 || days[0].Number != 2 || len(days[0].Came) != 1 || days[0].Came[0].Name != "SRV2" || days[1].Number != 0 || len(days[1].Went) != 2 {
			r.t.Fatalf("%+v", days)
		}
		h, err := r.Handler()
		r.must(err)
		d := &desk{App: r.App, t: r.t, handler: h, session: join(r.t, r.App, access.Owner)}
		address := "?" + url.Values{"client": {fir.String()}, "month": {"2026-03"}}.Encode()
		body := d.get("/devices/counts" + address)
		if !strings.Contains(body, "&lt;b&gt;PC1&lt;/b&gt;, SRV1, SRV2") || !strings.Contains(body, "month=2026-04") || !strings.Contains(body, "kind:server") {
			r.t.Error("the page of March lacks names, the next month or what else was counted")
		}
		if body = d.get("/devices/counts?client=" + fir.String()); strings.Contains(body, "month=2026-05") || !strings.Contains(body, ">SRV1</a>") {
			r.t.Error("the page of April lacks who went, or leads to a month that has not begun")
		}
		if body = d.get("/devices/counts?client=" + r.client("Hazel").String()); !strings.Contains(body, "Nothing was counted yet") {
			r.t.Error("a client without counts")
		}
		if w := d.do(httptest.NewRequest(http.MethodGet, "/devices/counts?client="+fir.String()+"&month=soon", nil)); w.Code != http.StatusUnprocessableEntity {
			r.t.Errorf("a month that is none: %d", w.Code)
		}
		csv := d.get("/devices/counts.csv?client=" + fir.String() + "&q=kind%3Aserver")
		if !strings.Contains(csv, `Fir,kind:server,2026-03-31,2,SRV2,,"SRV1, SRV2",2026-03-31T09:00:00Z`) || !strings.Contains(csv, `Fir,kind:server,2026-04-01,0,,"SRV1, SRV2",,`) {
			r.t.Errorf("the file has %s", csv)
		}
		list, err := r.Agreements.Of(ctx, access.WholeFirm(), fir)
		r.must(err)
		for _, page := range []string{"/clients/" + r.client("Gorse").String(), "/devices/list?client=" + fir.String(), "/agreements/" + list[0].ID.String() + "/lines/" + list[0].Lines[0].ID.String()} {
			if body := d.get(page); !strings.Contains(body, "/devices/counts?client=") {
				r.t.Errorf("%s does not lead to the counts", page)
			}
		}
		c := caller{r.t, h, d.session}
		got := c.ok("GET", "/device-counts?client="+fir.String()+"&q=kind:server", "")
		if !strings.Contains(got.raw, `"day":"2026-04-01","number":0`) || strings.Count(got.raw, `"day"`) != 3 {
			r.t.Errorf("the API says %s", got.raw)
		}
		if got = c.ok("GET", "/device-counts/2026-03-31?client="+fir.String(), ""); strings.Count(got.raw, `"name"`) != 4 { // three, and who came
			r.t.Errorf("the API says of a day %s", got.raw)
		}
		for path, want := range map[string]int{
			"/device-counts/2026-03-29?client=" + fir.String(): http.StatusNotFound, "/device-counts?client=" + fir.String() + "&from=2020-01-01": http.StatusUnprocessableEntity,
			"/device-counts": http.StatusUnprocessableEntity, "/device-counts/soon?client=" + fir.String(): http.StatusUnprocessableEntity,
		} {
			if got := c.call("GET", path, ""); got.code != want {
				r.t.Errorf("%s: %d %s", path, got.code, got.raw)
			}
		}
	})
}
