// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"mainstay/care/devices"
	devicesapi "mainstay/care/devices/api"
	"mainstay/kit/access"
	"mainstay/kit/civil"
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

// TestDeviceReadAndWritten: what another program reads of a device and writes back changes nothing of it, whatever it is.
func TestDeviceReadAndWritten(t *testing.T) {
	a, ctx := open(t), context.Background()
	list, err := a.Clients.Ensure(ctx, []string{"Acme"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	field, err := a.Devices.SaveField(ctx, devices.Field{Name: "Rack", Kind: devices.TextField})
	if err != nil {
		t.Fatal(err)
	}
	c := caller{t, h, join(t, a, access.Owner)}
	written := reflect.TypeFor[devicesapi.Input]()
	for _, kind := range devices.Kinds() {
		for _, rhythm := range []devices.Rhythm{devices.ByKind, devices.Always, devices.Free} {
			id, err := a.Devices.Make(ctx, access.WholeFirm(), list[0], devices.Details{
				Name: "x", Kind: kind, Rhythm: rhythm, Tags: []string{"a", "b"}, Location: "cellar", AssetTag: "A-1", Note: "Two\nlines", Warranty: civil.MustDate(2027, 3, 31), Bought: civil.MustDate(2024, 4, 1),
				Custom: map[string]string{field.String(): "7"}, Vendor: "HPE", Model: "DL380", Serial: "S1", OS: "ESXi", Address: "10.0.0.1",
			})
			if err != nil {
				t.Fatal(err)
			}
			before, _ := a.Devices.Get(ctx, access.WholeFirm(), id)
			read := c.ok("GET", "/devices/"+id.String(), "")
			body := map[string]any{}
			for i := range written.NumField() {
				name, _, _ := strings.Cut(written.Field(i).Tag.Get("json"), ",")
				if v, ok := read.body[name]; ok {
					body[name] = v
				}
			}
			text, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			c.ok("PUT", "/devices/"+id.String(), string(text), read.header.Get("ETag"))
			after, _ := a.Devices.Get(ctx, access.WholeFirm(), id)
			if x, y := devices.DetailsOf(before), devices.DetailsOf(after); !reflect.DeepEqual(x, y) {
				t.Errorf("%s %q: %+v became %+v", kind, rhythm, x, y)
			}
			created := c.ok("POST", "/devices", `{"client":"`+list[0].String()+`",`+strings.TrimPrefix(string(text), "{"))
			if created.body["kind"] != string(kind) {
				t.Errorf("made %s", created.raw)
			}
		}
	}
}
