// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"strings"
	"testing"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
)

const deviceRows = `Name,Type,Make,Model,Serial Number,Operating System,Purchase Date,Client,Monitored,Patched
RCP-01,Workstation,Acme,A1,S-100,Windows 11,2024-01-05,Harbour Dental,Yes,Yes
RCP-02,Workstation,Acme,A1,S-200,Windows 11,2024-01-05,Harbour Dental,Yes,Yes
100%_SRV,Server,Acme,B2,S-300,Windows Server 2022,2023-02-01,Harbour Dental,Yes,Yes
LAB-09,Workstation,Acme,A1,S-900,Windows 11,2024-01-05,Kestrel Trust,Yes,Yes
`

func TestDevicesOfAClient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.take(t, "assets.csv", deviceRows)
		r.work(t)
		client := func(name string) ids.ID {
			t.Helper()
			id, err := r.clients.Resolve(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		harbour, kestrel := client("Harbour Dental"), client("Kestrel Trust")
		for text, want := range map[string]string{"": "100%_SRV RCP-01 RCP-02", "rcp": "RCP-01 RCP-02", "s-200": "RCP-02", "%": "100%_SRV", "_": "100%_SRV", `\`: "", "lab": ""} {
			list, err := r.Devices(ctx, harbour, text, 10)
			var names []string
			for _, x := range list {
				names = append(names, x.Name)
			}
			if got := strings.Join(names, " "); err != nil || got != want {
				t.Errorf("%q finds %q, want %q (%v)", text, got, want, err)
			}
		}
		list, err := r.Devices(ctx, harbour, "", 2)
		if err != nil || len(list) != 2 || list[1].Serial != "S-100" || list[1].System != "Windows 11" || list[1].Type != "Workstation" {
			t.Fatalf("%+v %v", list, err)
		}
		both := []int64{list[0].Identity, list[1].Identity, 42}
		if got, err := r.DevicesBy(ctx, harbour, both); err != nil || len(got) != 2 {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := r.DevicesBy(ctx, kestrel, both); err != nil || len(got) != 0 {
			t.Errorf("another client has %+v %v", got, err)
		}
	})
}
