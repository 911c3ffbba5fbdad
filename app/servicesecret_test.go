// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/practice/clients"
)

// The password of a service is neither sent to another server to try it nor kept for it.
func TestAServicesPasswordStaysWithItsServer(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	client, err := d.Clients.Create(ctx, clients.Details{Name: "Harbour Dental Group"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.Network.Save(ctx, access.WholeFirm(), network.Watched{
		Client: client, Kind: "http", Name: "Intranet", Target: "https://harbour.example/", Params: map[string]string{"user": "ada"}, Secret: map[string]string{"password": "tide"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []string{"try", "save"} {
		form := url.Values{"id": {id.String()}, "version": {"1"}, "client": {client.String()}, "kind": {"http"}, "name": {"Intranet"}, "target": {"https://kestrel.example/"}, "p-user": {"ada"}, "every": {"60"}, "timeout": {"10"}, "do": {do}}
		if code, _, body := d.post("/services/edit", form); code != http.StatusUnprocessableEntity || !strings.Contains(body, "is for another server") {
			t.Errorf("%s: %d", do, code)
		}
	}
	w, err := d.Network.Get(ctx, access.WholeFirm(), id)
	if err != nil || w.Target != "https://harbour.example/" || w.Secret["password"] != "tide" {
		t.Errorf("%+v %v", w, err)
	}
}
