// SPDX-License-Identifier: Apache-2.0

package devices_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/tabular"
	"mainstay/practice/clients"
)

func fileOf(text string) *tabular.File {
	return tabular.New("devices.csv", bytes.NewReader([]byte(text)), int64(len(text)), tabular.Options{})
}

func badOf(in *devices.Incoming) string {
	var out []string
	for _, b := range in.Bad {
		out = append(out, fmt.Sprintf("%d %v", b.Line, b.Err))
	}
	return strings.Join(out, "; ")
}

func TestImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		site, err := r.clients.SaveSite(ctx, firm, r.acme, clients.Site{Name: "Head office"})
		must(t, err)
		rack, err := r.SaveField(ctx, devices.Field{Name: "Rack", Kind: devices.ChoiceField, Choices: []string{"A", "B"}})
		must(t, err)
		agent := r.enrol(t, r.acme, pc(5)) // serial SN5
		before, _ := r.Get(ctx, firm, agent)
		file := "Exported by SomeRMM\n\n" +
			"Organisation;Standort;Device name;Device Type;Manufacturer;Model;Serial Number;MAC Address;Warranty Expiration Date;Rack;Colour\n" +
			"ACME;head office;" + before.Hostname + ";Laptop;Evil;Wrong;" + before.Serial + ";;31/12/2027;A;red\n" +
			"Acme;Cellar;sw-01;Managed Switch;Ubiquiti;USW-24;F0-1;AC-DE-48-00-11-22;3/4/2026;B;\n" +
			"Carol & Sons;;carol-pc;Desktop PC;Dell;OptiPlex;;;;;\n"
		in, err := r.PreviewImport(ctx, firm, fileOf(file), devices.ImportOptions{})
		must(t, err)
		if len(in.Bad) != 1 || in.Bad[0].Line != 6 || !strings.Contains(badOf(in), "Carol & Sons") {
			t.Fatalf("bad rows: %s", badOf(in))
		}
		in, err = r.Import(ctx, firm, fileOf(file), devices.ImportOptions{Make: true})
		must(t, err)
		if len(in.New) != 2 || len(in.Changed) != 1 || fmt.Sprint(in.NewClients) != "[Carol & Sons]" || fmt.Sprint(in.Passed) != "[Colour]" || fmt.Sprint(in.Sites) != "[Cellar]" || len(in.Bad) > 0 {
			t.Fatalf("new %+v, changed %+v, clients %v, passed %v, bad %s", in.New, in.Changed, in.NewClients, in.Passed, badOf(in))
		}
		x, _ := r.Get(ctx, firm, agent)
		if x.Vendor == "Evil" || x.Kind != before.Kind || x.Site != site || x.Warranty != civil.MustDate(2027, 12, 31) || x.Custom[rack.String()] != "A" {
			t.Errorf("a machine with an agent became %+v", x)
		}
		q, _ := devices.ParseQuery("name:sw-01")
		list, err := r.Find(ctx, firm, r.acme, q)
		must(t, err)
		if len(list) != 1 || list[0].Kind != devices.NetworkGear || list[0].Source != devices.ByImport || list[0].Location != "Cellar" || list[0].Warranty != civil.MustDate(2026, 4, 3) || fmt.Sprint(list[0].MACs) != "[ac:de:48:00:11:22]" {
			t.Fatalf("got %+v", list)
		}
		// The same file once more changes nothing; a cell that differs changes one thing, and the log says which.
		if in, err = r.PreviewImport(ctx, firm, fileOf(file), devices.ImportOptions{}); err != nil || !in.Nothing() || in.Same != 3 {
			t.Fatalf("again: %v, %+v", err, in)
		}
		in, err = r.Import(ctx, firm, fileOf("Name,MAC,Model\nsomething else,acde48001122,USW-48\n"), devices.ImportOptions{Client: r.acme})
		must(t, err)
		if len(in.Changed) != 1 || len(in.New) != 0 {
			t.Fatalf("got %+v", in)
		}
		log, err := r.Changes(ctx, firm, list[0].ID, 0, 1<<62, 10)
		must(t, err)
		if text := fmt.Sprint(log); !strings.Contains(text, "USW-24 USW-48") || !strings.Contains(text, "sw-01 something else") {
			t.Errorf("the log has %s", text)
		}
	})
}

func TestImportRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for name, c := range map[string]struct{ file, want string }{
			"no heading":       {"a,b\n1,2\n", "names its columns"},
			"nothing":          {"", "is empty"},
			"no client":        {"Name,Serial\nx,1\n", "names no client"},
			"twice by serial":  {"Client,Name,Serial\nAcme,x,S1\nAcme,y,S1\n", "same device as line 2"},
			"twice by name":    {"Client,Name\nAcme,x\nAcme,X\n", "same device as line 2"},
			"a day":            {"Client,Name,Warranty\nAcme,x,soon\n", `"soon" is not a day`},
			"no such day":      {"Client,Name,Warranty\nAcme,x,2026-02-30\n", "is not a day"},
			"hardware address": {"Client,Name,MAC\nAcme,x,12:34\n", "not a hardware address"},
			"no name":          {"Client,Name,Serial\nAcme,,S9\n", "Enter a name"},
		} {
			in, err := r.Import(ctx, firm, fileOf(c.file), devices.ImportOptions{})
			text := fmt.Sprint(err)
			if err == nil {
				text = badOf(in)
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("%s: %s", name, text)
			}
		}
		if all, _ := r.All(ctx, firm); len(all) != 0 {
			t.Errorf("%d devices came in", len(all))
		}
		// Somebody of one client neither sees nor fills another's.
		in, err := r.Import(ctx, access.OneClient(r.bolt), fileOf("Client,Name\nAcme,x\n"), devices.ImportOptions{})
		if err != nil || len(in.Bad) != 1 {
			t.Errorf("another client's import: %v %+v", err, in)
		}
		in, err = r.Import(ctx, access.OneClient(r.bolt), fileOf("Name,Serial\nx,1\n"), devices.ImportOptions{Client: r.acme})
		if !fault.Is(err, fault.NotFound) && (err != nil || len(in.Bad) != 1) {
			t.Errorf("a client of another's is chosen: %v %+v", err, in)
		}
		if all, _ := r.All(ctx, firm); len(all) != 0 {
			t.Errorf("%d devices came in from another client", len(all))
		}
	})
}

// A client is known by all its names: by a former one, and by that of a client which was merged into it.
func TestImportKnowsFormerNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.enrol(t, r.acme, pc(5))
		list, err := r.clients.Ensure(ctx, []string{"Crane"}, 0)
		must(t, err)
		must(t, r.clients.Update(ctx, firm, r.acme, 1, clients.Details{Name: "Summit", Status: clients.Active, Since: civil.NoDate}))
		must(t, r.clients.Merge(ctx, list[0], r.acme))
		for _, name := range []string{"ACME Ltd", "Crane", "Summit"} {
			in, err := r.Import(ctx, firm, fileOf("Client,Name,Serial\n"+name+",PC05,SN0005\n"), devices.ImportOptions{Make: true})
			must(t, err)
			if len(in.New) != 0 || len(in.NewClients) != 0 || in.Same != 1 || len(in.Bad) != 0 {
				t.Errorf("%s: %d new, clients %v, %d same, bad %s", name, len(in.New), in.NewClients, in.Same, badOf(in))
			}
		}
		// A name that means another's client neither finds it nor is made anew; one without a letter is none.
		for _, name := range []string{"Acme", "---"} {
			in, err := r.Import(ctx, access.OneClient(r.bolt), fileOf("Client,Name\n"+name+",x\n"), devices.ImportOptions{Make: true})
			if err != nil || len(in.Bad) != 1 {
				t.Errorf("%s: %v %+v", name, err, in)
			}
		}
		if all, _ := r.All(ctx, firm); len(all) != 1 {
			t.Errorf("%d devices", len(all))
		}
	})
}

func TestImportDays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		want := civil.MustDate(2027, 4, 3)
		for text, o := range map[string]string{
			"2027-04-03": "", "2027-04-03T10:00:00Z": "", "2027/4/3": "", "3.4.2027": "", "03.04.27": "", "3/4/2027": devices.DayFirst, "4/3/2027 12:00:00 AM": devices.MonthFirst,
			"Apr 3, 2027": "", "3 April 2027": "", "03-Apr-2027": "",
		} {
			in, err := r.PreviewImport(ctx, firm, fileOf("Name\tWarranty\nx\t"+text+"\n"), devices.ImportOptions{Client: r.acme, Days: o})
			if err != nil || len(in.New) != 1 || in.New[0].Details.Warranty != want {
				t.Errorf("%s: %v %+v", text, err, in)
			}
		}
		// The other days of the file tell what comes first.
		in, err := r.PreviewImport(ctx, firm, fileOf("Name\tWarranty\nx\t4/3/2027\ny\t12/31/2027\n"), devices.ImportOptions{Client: r.acme})
		if err != nil || len(in.New) != 2 || in.New[0].Details.Warranty != want {
			t.Errorf("%v %+v", err, in)
		}
	})
}
