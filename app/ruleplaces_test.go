// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"strings"
	"testing"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/practice/clients"
)

// A rule's way down to a site goes by its client: the page names the site and shows what the client says, and forms let one choose it.
func TestRulesAtASite(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	list, err := d.Clients.Ensure(ctx, []string{"Acme"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	where := map[string]monitoring.Place{"client": {Level: monitoring.ByClient, ID: list[0]}}
	for _, name := range []string{"Hamburg", "Munich"} {
		id, err := d.Clients.SaveSite(ctx, access.WholeFirm(), list[0], clients.Site{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		where[name] = monitoring.Place{Level: monitoring.BySite, ID: id}
	}
	for name, limit := range map[string]float64{"client": .81, "Munich": .73} {
		_, err := d.Monitoring.SaveRule(ctx, monitoring.Entry{Place: where[name], Watch: rules.Watch{
			Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(limit)},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	body := d.get("/alerts/rules?place=site:" + where["Hamburg"].ID.String())
	if !strings.Contains(body, "Acme · Hamburg") || !strings.Contains(body, "81") || strings.Contains(body, "73 %") {
		t.Error("the page of a site does not name it or leaves its client's rule out")
	}
	if body := d.get("/alerts/rules/edit?key=disk&place=site:" + where["Hamburg"].ID.String()); !strings.Contains(body, `value="81"`) {
		t.Error("the form of a site does not begin with what its client says")
	}
	for _, at := range []string{"/alerts/quiet", "/alerts/on-call/chain", "/alerts/rules"} {
		if body := d.get(at); !strings.Contains(body, `value="site:`+where["Munich"].ID.String()) {
			t.Errorf("%s offers no site", at)
		}
	}
}
