// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/syslog"
	"mainstay/practice/clients"
)

// A form that is about a client has that client chosen, whatever its state, and what is for all clients is chosen as such: a secret of one
// must not become that of all because a browser shows another choice than was meant.
func TestFormsOfOneClientOrAll(t *testing.T) {
	d := newDesk(t)
	ctx, all := context.Background(), access.WholeFirm()
	prospect, err := d.Clients.Create(ctx, clients.Details{Name: "Harbour Dental", Status: clients.Prospect})
	if err != nil {
		t.Fatal(err)
	}
	former, err := d.Clients.Create(ctx, clients.Details{Name: "Tide Freight", Status: clients.Former})
	if err != nil {
		t.Fatal(err)
	}
	credential, err := d.Network.SaveCredential(ctx, all, network.Credential{Client: former, Name: "Their reader", Access: snmp.Credentials{Version: "2c", Community: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := d.Network.SaveCredential(ctx, all, network.Credential{Name: "Ours", Access: snmp.Credentials{Version: "2c", Community: "y"}})
	if err != nil {
		t.Fatal(err)
	}
	option := regexp.MustCompile(`<option[^>]*>`)
	chosen := func(body, field string) string {
		t.Helper()
		_, rest, ok := strings.Cut(body, `name="`+field+`"`)
		list, _, closed := strings.Cut(rest, "</select>")
		if !ok || !closed {
			t.Fatalf("there is no choice %s", field)
		}
		first := ""
		for i, o := range option.FindAllString(list, -1) {
			v := regexp.MustCompile(`value="([^"]*)"`).FindStringSubmatch(o)
			if v == nil {
				t.Fatalf("an option without a value: %s", o)
			}
			if i == 0 {
				first = v[1]
			}
			if strings.Contains(o, " selected") {
				return v[1]
			}
		}
		return first // as browsers do
	}
	for path, want := range map[string]string{
		"/discovery/snmp?client=" + prospect.String():                                      prospect.String(),
		"/discovery/snmp?client=" + former.String() + "&credential=" + credential.String(): former.String(),
		"/discovery/snmp?credential=" + credential.String():                                former.String(),
		"/discovery/snmp?client=" + prospect.String() + "&credential=" + shared.String():   "all",
		"/discovery/snmp":     "",
		"/discovery/messages": "",
		"/discovery/messages?client=" + prospect.String(): prospect.String(),
	} {
		if got := chosen(d.get(path), "for"); got != want {
			t.Errorf("%s: chosen is %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"/discovery?client=", "/discovery/messages?client=", "/discovery/topology?client=", "/services/new?client="} {
		if got := chosen(d.get(path+prospect.String()), "client"); got != prospect.String() {
			t.Errorf("%s: chosen is %q", path, got)
		}
	}

	form := url.Values{"name": {"Lost"}, "version": {"2c"}, "community": {"tide"}}
	if code, _, body := d.post("/discovery/snmp", form); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose a client, or all clients.") {
		t.Errorf("credentials for nobody: %d", code)
	}
	list, err := d.Network.Credentials(ctx, all, 0)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d credentials are kept, %v", len(list), err)
	}
	for whom, want := range map[string]ids.ID{"all": 0, prospect.String(): prospect} {
		form.Set("for", whom)
		form.Set("name", "For "+whom)
		if code, _, body := d.post("/discovery/snmp", form); code != http.StatusSeeOther {
			t.Errorf("credentials for %s: %d %s", whom, code, body)
		}
		if list, err = d.Network.Credentials(ctx, all, 0); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, c := range list {
			found = found || c.Name == "For "+whom && c.Client == want
		}
		if !found {
			t.Errorf("for %s: %+v", whom, list)
		}
	}

	pattern := url.Values{"name": {"Logins fail"}, "pattern": {"login"}, "severity": {"4"}, "number": {"0"}, "minutes": {"10"}, "client": {prospect.String()}}
	if code, _, body := d.post("/discovery/patterns", pattern); code != http.StatusUnprocessableEntity || chosen(body, "for") != "" {
		t.Errorf("a pattern for nobody: %d", code)
	}
	pattern.Set("for", "all")
	if code, _, body := d.post("/discovery/patterns", pattern); code != http.StatusUnprocessableEntity || chosen(body, "for") != "all" {
		t.Errorf("a wrong pattern for all: %d", code)
	}
	pattern.Set("number", "2")
	if code, _, _ := d.post("/discovery/patterns", pattern); code != http.StatusSeeOther {
		t.Errorf("a pattern for all: %d", code)
	}
	if list, err := d.Network.Patterns(ctx, all); err != nil || len(list) != 1 || list[0].Client != 0 || list[0].Severity != syslog.Warning {
		t.Errorf("patterns: %+v, %v", list, err)
	}
}
