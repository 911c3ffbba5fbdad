// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"encoding/binary"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"mainstay/kit/wire"
)

func TestPackageLists(t *testing.T) {
	rpms := parseRPM([]byte("bash\t0:5.2.26-3.fc40\tx86_64\tFedora Project\t1717200000\ngpg-pubkey\t0:a-b\t(none)\t(none)\t1\nfoo\t2:1.0-1\t(none)\t(none)\t0\nbroken line\n"))
	if want := []wire.Software{
		{Name: "bash", Version: "5.2.26-3.fc40", Arch: "x86_64", Publisher: "Fedora Project", Source: "rpm", Installed: "2024-06-01"},
		{Name: "foo", Version: "2:1.0-1", Source: "rpm"},
	}; !reflect.DeepEqual(rpms, want) {
		t.Errorf("rpm: %+v", rpms)
	}
	apks := parseAPK([]byte("C:Q1\nP:musl\nV:1.2.5-r0\nA:x86_64\nm:Somebody <s@x>\nF:lib\nR:libc.so\n\nP:busybox\nV:1.36\n"))
	if want := []wire.Software{{Name: "musl", Version: "1.2.5-r0", Arch: "x86_64", Publisher: "Somebody <s@x>", Source: "apk"}, {Name: "busybox", Version: "1.36", Source: "apk"}}; !reflect.DeepEqual(apks, want) {
		t.Errorf("apk: %+v", apks)
	}
	if got, want := parsePacman([]byte("%NAME%\nacl\n\n%VERSION%\n2.3.2-1\n\n%ARCH%\nx86_64\n\n%INSTALLDATE%\n1717200000\n\n%DEPENDS%\nglibc\n")),
		(wire.Software{Name: "acl", Version: "2.3.2-1", Arch: "x86_64", Installed: "2024-06-01", Source: "pacman"}); got != want {
		t.Errorf("pacman: %+v", got)
	}
	long := "Package: a\nStatus: install ok installed\nDescription: " + strings.Repeat("x", 200_000) + "\nVersion: 1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 2\n\nPackage: half\nStatus: install ok half-installed\n\nPackage: b\nStatus: hold ok installed\nVersion: 3\nArchitecture: all"
	debs, err := parseDpkg(strings.NewReader(long), func(string, string) string { return "2026-01-02" })
	if want := []wire.Software{{Name: "a", Version: "1", Source: "dpkg", Installed: "2026-01-02"}, {Name: "b", Version: "3", Arch: "all", Source: "dpkg", Installed: "2026-01-02"}}; err != nil || !reflect.DeepEqual(debs, want) {
		t.Errorf("dpkg: %+v %v", debs, err)
	}
}

func TestSystemdLists(t *testing.T) {
	units := "  cron.service            loaded    active   running Regular background program processing daemon\n" +
		"● nginx.service           loaded    failed   failed  A high performance web server\n" +
		"  apparmor.service        loaded    active   exited  Load AppArmor profiles\n" +
		"  getty@tty1.service      loaded    inactive dead    Getty on tty1\n" +
		"  gone.service            not-found inactive dead    gone.service\n"
	files := "cron.service enabled enabled\nnginx.service disabled enabled\napparmor.service static -\ngetty@.service enabled enabled\n"
	want := []wire.Service{
		{Name: "cron", Title: "Regular background program processing daemon", State: "running", Start: "auto"},
		{Name: "nginx", Title: "A high performance web server", State: "failed", Start: "manual"},
		{Name: "apparmor", Title: "Load AppArmor profiles", State: "other", Start: "manual"},
		{Name: "getty@tty1", Title: "Getty on tty1", State: "stopped", Start: "auto"},
	}
	if got := parseSystemd([]byte(units), []byte(files)); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestUsers(t *testing.T) {
	got := parseUsers(
		[]byte("root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/usr/sbin/nologin\nkim:x:1000:1000:Kim Lund,,,:/home/kim:/bin/zsh\nold:x:1001:1001::/home/old:/bin/bash\nsvc:x:1002:1002::/:/usr/sbin/nologin\nnobody:x:65534:65534::/:/bin/sh\n"),
		[]byte("sudo:x:27:kim\nroot:x:0:\n"), []byte("root:$y$x:1:\nkim:$y$x:1:\nold:!$y$x:1:\nsvc:*:1:\n"),
	)
	want := []wire.User{
		{Name: "root", Full: "root", Admin: true, Shell: "/bin/bash"},
		{Name: "kim", Full: "Kim Lund", Admin: true, Shell: "/bin/zsh"},
		{Name: "old", Disabled: true, Shell: "/bin/bash"},
		{Name: "svc", Disabled: true, Shell: "/usr/sbin/nologin"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestSessions(t *testing.T) {
	record := make([]byte, utmpSize)
	record[0] = utmpUser
	copy(record[8:], "pts/0")
	copy(record[44:], "kim")
	copy(record[76:], "192.0.2.9")
	binary.LittleEndian.PutUint32(record[340:], 1_700_000_000)
	got := utmp(append(record, record[:100]...)) // the rest is torn
	if want := []utmpRecord{{kind: utmpUser, line: "pts/0", user: "kim", host: "192.0.2.9", since: 1_700_000_000_000_000}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestSocketAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"0100007F:0277": "127.0.0.1:631", "00000000:0016": "0.0.0.0:22", "00000000000000000000000000000000:1F90": ":::8080",
		"0000000000000000FFFF00000100007F:0050": "127.0.0.1:80",
	} {
		addr, port, ok := socketAddress(in)
		if got := addr.String() + ":" + strconv.Itoa(port); !ok || got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
	for _, bad := range []string{"", "x:y", "0100007F", "01:0277", "0100007F:77777"} {
		if _, _, ok := socketAddress(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}

const smartNVMe = `{"device":{"name":"/dev/nvme0","type":"nvme"},"smart_status":{"passed":true},"temperature":{"current":41},"power_on_time":{"hours":5000},
"nvme_smart_health_information_log":{"critical_warning":0,"available_spare":100,"available_spare_threshold":10,"percentage_used":7,"media_errors":0}}`

const smartATA = `{"device":{"name":"/dev/sda","type":"sat"},"smart_status":{"passed":true},"temperature":{"current":33},"power_on_time":{"hours":31000},
"ata_smart_attributes":{"table":[{"id":5,"name":"Reallocated_Sector_Ct","value":100,"when_failed":"","raw":{"value":8}},
{"id":197,"name":"Current_Pending_Sector","value":100,"when_failed":"","raw":{"value":2}},{"id":233,"name":"Media_Wearout_Indicator","value":88,"when_failed":"","raw":{"value":0}},
{"id":198,"name":"Offline_Uncorrectable","value":100,"when_failed":"","raw":{"value":1}}]}}`

func TestSmartReports(t *testing.T) {
	for _, c := range []struct {
		report string
		want   wire.DiskHealth
	}{
		{smartNVMe, wire.DiskHealth{Name: "d", Healthy: true, Source: "smartctl", Celsius: 41, Hours: 5000, WearPercent: 7, Reallocated: -1, Pending: -1, Errors: 0}},
		{smartATA, wire.DiskHealth{Name: "d", Healthy: true, Source: "smartctl", Celsius: 33, Hours: 31000, WearPercent: 12, Reallocated: 8, Pending: 2, Errors: 1}},
		{strings.Replace(smartNVMe, `"critical_warning":0`, `"critical_warning":4`, 1), wire.DiskHealth{Name: "d", Source: "smartctl", Celsius: 41, Hours: 5000, WearPercent: 7, Reallocated: -1, Pending: -1, Text: "critical warning 0x04"}},
		{strings.Replace(smartATA, `"value":100,"when_failed":""`, `"value":1,"when_failed":"now"`, 1), wire.DiskHealth{Name: "d", Source: "smartctl", Celsius: 33, Hours: 31000, WearPercent: 12, Reallocated: 8, Pending: 2, Errors: 1, Text: "Reallocated_Sector_Ct fails now"}},
	} {
		got, ok, err := parseSmart("d", []byte(c.report))
		if err != nil || !ok || got != c.want {
			t.Errorf("%+v %v %v, want %+v", got, ok, err, c.want)
		}
	}
	if _, ok, err := parseSmart("d", []byte(`{"device":{"name":"/dev/sda"}}`)); ok || err != nil {
		t.Error("a drive that says nothing is said to be something", err)
	}
	if _, _, err := parseSmart("d", []byte(`rubbish`)); err == nil {
		t.Error("rubbish is taken")
	}
}

// structure builds one of the firmware's structures.
func structure(kind byte, size int, set map[int]byte, texts ...string) []byte {
	b := make([]byte, size)
	b[0], b[1] = kind, byte(size)
	for at, v := range set {
		b[at] = v
	}
	b = append(b, strings.Join(texts, "\x00")...)
	return append(b, 0, 0)
}

func table() []byte {
	var b []byte
	b = append(b, structure(0, 24, map[int]byte{4: 1, 5: 2, 8: 3}, "Dell Inc.", "2.1.0", "05/01/2025")...)
	b = append(b, structure(1, 27, map[int]byte{4: 1, 5: 2, 7: 3}, "Dell Inc.", "PowerEdge R650", "ABC1234")...)
	b = append(b, structure(2, 15, map[int]byte{4: 1, 5: 2}, "To Be Filled By O.E.M.", "0X1Y2Z")...)
	b = append(b, structure(3, 21, map[int]byte{5: 0x97})...) // rack mount, with a lock
	b = append(b, structure(17, 40, map[int]byte{0x0C: 0x00, 0x0D: 0x40, 0x10: 1, 0x12: 0x1A, 0x15: 0x80, 0x16: 0x0C}, "A1")...)
	b = append(b, structure(17, 40, map[int]byte{0x0C: 0xff, 0x0D: 0x7f, 0x1C: 0x00, 0x1D: 0x00, 0x1E: 0x01, 0x10: 1, 0x12: 0x22}, "A2")...)
	b = append(b, structure(17, 40, map[int]byte{0x10: 1}, "A3")...) // empty
	return append(b, structure(127, 4, nil)...)
}

func TestFirmware(t *testing.T) {
	got := parseSMBIOS(table())
	want := smbios{
		vendor: "Dell Inc.", model: "PowerEdge R650", serial: "ABC1234", board: "0X1Y2Z", bios: "2.1.0 05/01/2025", chassis: 0x17,
		modules: []wire.Module{{Slot: "A1", Bytes: 16 << 30, Kind: "DDR4", MHz: 3200}, {Slot: "A2", Bytes: 64 << 30, Kind: "DDR5"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if chassis(got.chassis) != "server" {
		t.Error(chassis(got.chassis))
	}
}

func FuzzFirmware(f *testing.F) {
	f.Add(table())
	f.Fuzz(func(t *testing.T, b []byte) {
		if s := parseSMBIOS(b); len(s.modules) > 128 {
			t.Fatal(len(s.modules))
		}
	})
}

func TestSeriesStayTheSame(t *testing.T) {
	var r reading
	step := func(names ...string) []string {
		r.begin()
		for i, n := range names {
			r.set(n, float64(i), 0)
		}
		series, values := r.end()
		if len(series) != len(values) {
			t.Fatal(series, values)
		}
		return series
	}
	a := step("a", "b")
	b := step("b", "a")
	if &a[0] != &b[0] {
		t.Error("another order is another dictionary")
	}
	c := step("a", "b", "c")
	if len(a) != 2 || len(c) != 3 {
		t.Error("what was given away has changed", a, c)
	}
	for range forget {
		step("a", "b")
	}
	if d := step("a", "b"); len(d) != 2 {
		t.Error("what is gone for an hour is still named", d)
	}
	if e := step("a", "b", "c"); len(e) != 3 {
		t.Error(e)
	}
}
