// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/wire"
)

// Another program lists and keeps devices, and makes tokens with which they enrol.
func TestDevicesAPI(t *testing.T) {
	a, ctx := open(t), context.Background()
	list, err := a.Clients.Ensure(ctx, []string{"Acme", "Bolt"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	acme, bolt := list[0].String(), list[1].String()
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	a.Devices.Reachable(devices.Reach{Server: "https://mainstay.example.com"})
	c := caller{t, h, join(t, a, access.Owner)}
	made := c.ok("POST", "/devices", `{"client":"`+acme+`","name":"sw-01","kind":"network","serial":"F0-1","tags":["core"],"warranty":"2027-03-31"}`)
	id, _ := made.body["id"].(string)
	if made.body["state"] != "silent" || made.body["source"] != "hand" || made.body["warranty"] != "2027-03-31" {
		t.Fatalf("made %s", made.raw)
	}
	for _, name := range []string{"sw-02", "sw-03"} {
		c.ok("POST", "/devices", `{"client":"`+bolt+`","name":"`+name+`","kind":"network"}`)
	}
	first := c.ok("GET", "/devices?limit=2", "")
	next, _ := first.body["next"].(string)
	second := c.ok("GET", "/devices?limit=2&after="+next, "")
	if strings.Count(first.raw, `"name":"sw-`) != 2 || strings.Count(second.raw, `"name":"sw-`) != 1 || second.body["next"] != nil {
		t.Errorf("pages %s and %s", first.raw, second.raw)
	}
	if got := c.ok("GET", "/devices?q=tag:core", ""); strings.Count(got.raw, `"name":"sw-`) != 1 {
		t.Errorf("a query gives %s", got.raw)
	}
	if got := c.call("GET", "/devices?q=flavour:sweet", ""); got.code != http.StatusUnprocessableEntity {
		t.Errorf("a query that is none: %d %s", got.code, got.raw)
	}
	etag := made.header.Get("ETag")
	put := c.ok("PUT", "/devices/"+id, `{"name":"core switch","kind":"network"}`, etag)
	if put.body["name"] != "core switch" {
		t.Errorf("got %s", put.raw)
	}
	if again := c.call("PUT", "/devices/"+id, `{"name":"x","kind":"network"}`, etag); again.code != http.StatusConflict && again.code != http.StatusPreconditionFailed {
		t.Errorf("an old version is written: %d", again.code)
	}
	if log := c.ok("GET", "/devices/"+id+"/changes", ""); !strings.Contains(log.raw, `"after":"core switch"`) {
		t.Errorf("the log has %s", log.raw)
	}
	for _, part := range []string{"inventory", "values"} {
		c.ok("GET", "/devices/"+id+"/"+part, "")
	}
	if got := c.ok("POST", "/devices/"+id+"/retire", `{}`); got.body["state"] != "retired" {
		t.Errorf("got %s", got.raw)
	}
	c.ok("POST", "/devices/"+id+"/reactivate", "")

	word := c.ok("POST", "/enrolment-tokens", `{"client":"`+acme+`","hours":24,"most":5,"note":"roll-out"}`).at("token")
	if _, err := wire.ParseToken(word); err != nil {
		t.Errorf("the token is %q: %v", word, err)
	}
	tokens := c.ok("GET", "/enrolment-tokens?client="+acme, "")
	if !strings.Contains(tokens.raw, `"note":"roll-out"`) || strings.Contains(tokens.raw, "ecret") {
		t.Errorf("tokens: %s", tokens.raw)
	}
	// Whoever reads only, reads only.
	reader := caller{t, h, join(t, a, access.ReadOnly)}
	reader.ok("GET", "/devices/"+id, "")
	if got := reader.call("POST", "/devices/"+id+"/retire", `{}`); got.code != http.StatusForbidden {
		t.Errorf("a reader retires: %d", got.code)
	}
	if got := reader.call("GET", "/enrolment-tokens?client="+acme, ""); got.code != http.StatusForbidden {
		t.Errorf("a reader sees tokens: %d", got.code)
	}
}
