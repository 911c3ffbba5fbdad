// SPDX-License-Identifier: Apache-2.0

package devices_test

import (
	"database/sql"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/wire"
)

func TestReleases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id := r.enrol(t, r.acme, pc(1))
		r.report(t, id, wire.SectionSystem, wire.System{Name: "PC01", Family: "linux", OS: "Debian GNU/Linux 12 (bookworm)", Product: "debian", Version: "12.7"})
		n, err := r.ImportReleases(ctx, []byte(`{"debian":{"title":"Debian","releases":[{"releaseCycle":"12","eol":"2026-06-10"},{"releaseCycle":"1","eol":"1996-01-01"},{"releaseCycle":"13","eol":false}]}}`), "products.json")
		must(t, err)
		x, _ := r.Get(ctx, firm, id)
		if n != 3 || x.EOL != civil.MustDate(2026, 6, 10) {
			t.Errorf("%d releases, end %s", n, x.EOL)
		}
		for _, bad := range []string{
			"", "[]", "{}", `{"x":{"releases":[]}}`, "noise", `[{"cycle":"12","eol":"2026-06-10"}]`, `{"result":[]}`, `{"result":null}`, `{"result":{"name":"debian"}}`,
			`{"schema_version":"1.2.0","result":"debian"}`, `{"result":[{"name":"debian","releases":[{"name":""}]}]}`,
		} {
			if _, err := r.ImportReleases(ctx, []byte(bad), "x"); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", bad, err)
			}
		}
		if x, _ := r.Get(ctx, firm, id); !x.EOL.Known() {
			t.Error("a file that is refused took away what was known")
		}
	})
}

// TestEndsAfterAnUpdate: a version that knows more systems than the one before tells their ends from its start on.
func TestEndsAfterAnUpdate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id := r.enrol(t, r.acme, pc(1))
		r.report(t, id, wire.SectionSystem, wire.System{Name: "PC01", Product: "rocky", Version: "9.4"})
		_, err := r.ImportReleases(ctx, []byte(`{"rocky-linux":{"releases":[{"releaseCycle":"9","eol":"2032-05-31"}]}}`), "products.json")
		must(t, err)
		must(t, d.Write(ctx, func(tx *sql.Tx) error { // as the version before left it
			_, err := tx.ExecContext(ctx, "UPDATE devices_devices SET eol = $1, version = version + 1", int64(civil.NoDate))
			return err
		}))
		if x := newRig(t, d).get(t, id); x.EOL != civil.MustDate(2032, 5, 31) {
			t.Errorf("end %s", x.EOL)
		}
	})
}

// What endoflife.date's API answers: all products, and one.
const (
	allProducts = `{"schema_version":"1.2.0","generated_at":"2026-08-20T10:00:00+00:00","total":2,"result":[
		{"name":"debian","aliases":[],"label":"Debian","category":"os","tags":["os"],"links":{"html":"https://example.com"},"releases":[
			{"name":"12","codename":"Bookworm","label":"12 (Bookworm)","releaseDate":"2023-06-10","isLts":false,"ltsFrom":null,"isEoas":true,"eoasFrom":"2026-06-10","isEol":true,"eolFrom":"2026-07-11","isMaintained":true,"latest":{"name":"12.15","date":"2026-07-11","link":"https://example.com/12.15"}},
			{"name":"13","label":"13","isEol":false,"eolFrom":null,"latest":null}]},
		{"name":"windows","label":"Microsoft Windows","releases":[{"name":"10-22h2","label":"10 22H2","isEol":true,"eolFrom":"2025-10-14","latest":{"name":"10.0.19045","date":null,"link":null}}]}]}`
	oneProduct = `{"schema_version":"1.2.0","generated_at":"2026-08-20T10:00:00+00:00","last_modified":"2026-08-20T10:00:00+00:00","result":{"name":"debian","label":"Debian","releases":[
		{"name":"12","isEol":false,"eolFrom":"2030-01-01","latest":{"name":"12.16"}}]}}`
)

func TestReleasesOfTheAPI(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		debian, windows := r.enrol(t, r.acme, pc(1)), r.enrol(t, r.acme, pc(2))
		r.report(t, debian, wire.SectionSystem, wire.System{Name: "PC01", Family: "linux", OS: "Debian GNU/Linux 12 (bookworm)", Product: "debian", Version: "12.7"})
		r.report(t, windows, wire.SectionSystem, wire.System{Name: "PC02", Family: "windows", OS: "Windows 10 Pro 22H2", Product: "windows", Version: "10.0.19045"})
		n, err := r.ImportReleases(ctx, []byte(allProducts), devices.ReleasesURL)
		must(t, err)
		if x, y := r.get(t, debian), r.get(t, windows); n != 3 || x.EOL != civil.MustDate(2026, 7, 11) || y.EOL != civil.MustDate(2025, 10, 14) {
			t.Errorf("%d releases, ends %s and %s", n, x.EOL, y.EOL)
		}
		n, err = r.ImportReleases(ctx, []byte(oneProduct), "debian.json")
		must(t, err)
		all, err := r.Releases(ctx)
		must(t, err)
		if x, y := r.get(t, debian), r.get(t, windows); n != 1 || all != 2 || x.EOL != civil.MustDate(2030, 1, 1) || !y.EOL.Known() {
			t.Errorf("%d releases of %d, ends %s and %s", n, all, x.EOL, y.EOL)
		}
	})
}

// TestEndsOfLife: what agents say of a system finds its release as endoflife.date writes it. The days are those of that list in August 2026.
func TestEndsOfLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		_, err := r.ImportReleases(ctx, []byte(`{
			"windows":{"releases":[
				{"releaseCycle":"11-24h2-iot-lts","eol":"2034-10-10","latest":"10.0.26100"},{"releaseCycle":"11-24h2-e-lts","eol":"2029-10-09","latest":"10.0.26100"},
				{"releaseCycle":"11-24h2-e","eol":"2027-10-12","latest":"10.0.26100"},{"releaseCycle":"11-24h2-w","eol":"2026-10-13","latest":"10.0.26100"},
				{"releaseCycle":"10-22h2","eol":"2025-10-14","latest":"10.0.19045"},{"releaseCycle":"8.1","eol":"2023-01-10","latest":"6.3.9600"}]},
			"windows-server":{"releases":[
				{"releaseCycle":"2022","eol":"2031-10-14","latest":"10.0.20348"},{"releaseCycle":"23h2-ac","eol":"2026-05-12","latest":"10.0.25398"},
				{"releaseCycle":"1809-sac","eol":"2020-11-10","latest":"10.0.17763"},{"releaseCycle":"2019","eol":"2029-01-09","latest":"10.0.17763"},{"releaseCycle":"2012-r2","eol":"2023-10-10","latest":"6.3.9600"}]},
			"rocky-linux":{"releases":[{"releaseCycle":"9","eol":"2032-05-31","latest":"9.8"}]},
			"oracle-linux":{"releases":[{"releaseCycle":"8","eol":"2029-07-31"}]},
			"amazon-linux":{"releases":[{"releaseCycle":"2023","eol":"2029-06-30"},{"releaseCycle":"2","eol":"2026-06-30"}]},
			"alpine-linux":{"releases":[{"releaseCycle":"3.2","eol":"2017-05-01"},{"releaseCycle":"3.20","eol":"2026-04-01"}]},
			"opensuse":{"releases":[{"releaseCycle":"15.6","eol":"2026-04-30"}]},
			"sles":{"releases":[{"releaseCycle":"15.7","eol":"2031-07-31"}]},
			"centos":{"releases":[{"releaseCycle":"8","eol":"2021-12-31"}]},
			"centos-stream":{"releases":[{"releaseCycle":"8","eol":"2024-05-31"}]},
			"linuxmint":{"releases":[{"releaseCycle":"22","eol":"2029-04-30"},{"releaseCycle":"lmde6","eol":"2026-01-01"}]},
			"debian":{"releases":[{"releaseCycle":"12","eol":"2026-07-11"},{"releaseCycle":"1","eol":"1996-01-01"}]}}`), "products.json")
		must(t, err)
		id := r.enrol(t, r.acme, pc(1))
		for _, x := range []struct {
			product, version, os string
			want                 string // "" = not known
		}{
			{"windows", "10.0.19045", "Windows 10 Pro 22H2", "2025-10-14"},
			{"windows", "10.0.19045", "Windows 10 Enterprise 22H2", "2025-10-14"},
			{"windows", "10.0.26100", "Windows 11 Pro 24H2", "2026-10-13"},
			{"windows", "10.0.26100", "Windows 11 Pro Education 24H2", "2026-10-13"},
			{"windows", "10.0.26100", "", "2026-10-13"},
			{"windows", "10.0.26100", "Windows 11 Enterprise 24H2", "2027-10-12"},
			{"windows", "10.0.26100", "Windows 11 Education 24H2", "2027-10-12"},
			{"windows", "10.0.26100", "Windows 11 Enterprise LTSC 2024 24H2", "2029-10-09"},
			{"windows", "10.0.26100", "Windows 11 IoT Enterprise LTSC 2024 24H2", "2034-10-10"},
			{"windows", "10.0.99999", "Windows 12", ""},
			{"windows", "6.3.9600", "Windows 8.1 Pro", "2023-01-10"},
			{"windows-server", "10.0.20348", "Windows Server 2022 Standard 21H2", "2031-10-14"},
			{"windows-server", "10.0.17763", "Windows Server 2019 Datacenter 1809", "2029-01-09"},
			{"windows-server", "10.0.17763", "Windows Server Datacenter 1809", "2020-11-10"},
			{"windows-server", "10.0.25398", "Windows Server Datacenter: Azure Edition 23H2", "2026-05-12"},
			{"windows-server", "6.3.9600", "Windows Server 2012 R2 Standard", "2023-10-10"},
			{"rocky", "9.4", "Rocky Linux 9.4 (Blue Onyx)", "2032-05-31"},
			{"ol", "8.10", "Oracle Linux Server 8.10", "2029-07-31"},
			{"amzn", "2", "Amazon Linux 2", "2026-06-30"},
			{"amzn", "2023", "Amazon Linux 2023", "2029-06-30"},
			{"alpine", "3.20.3", "Alpine Linux v3.20", "2026-04-01"},
			{"opensuse-leap", "15.6", "openSUSE Leap 15.6", "2026-04-30"},
			{"opensuse-tumbleweed", "20260801", "openSUSE Tumbleweed", ""},
			{"sles", "15.7", "SUSE Linux Enterprise Server 15 SP7", "2031-07-31"},
			{"centos", "8", "CentOS Linux 8", "2021-12-31"},
			{"centos", "8", "CentOS Stream 8", "2024-05-31"},
			{"linuxmint", "22", "Linux Mint 22", "2029-04-30"},
			{"linuxmint", "6", "LMDE 6 (faye)", "2026-01-01"},
			{"raspbian", "12", "Raspbian GNU/Linux 12 (bookworm)", "2026-07-11"},
			{"debian", "12.7", "Debian GNU/Linux 12 (bookworm)", "2026-07-11"},
			{"debian", "", "", ""},
		} {
			r.report(t, id, wire.SectionSystem, wire.System{Name: "PC01", Product: x.product, Version: x.version, OS: x.os})
			got := ""
			if d := r.get(t, id); d.EOL.Known() {
				got = d.EOL.String()
			}
			if got != x.want {
				t.Errorf("%s %s (%s): %q, want %q", x.product, x.version, x.os, got, x.want)
			}
		}
	})
}
