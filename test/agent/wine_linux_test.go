// SPDX-License-Identifier: Apache-2.0

package agent_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/wire"
)

// wine is a Windows that nothing has run on before, as Wine plays it.
type wine struct {
	dir string // its own files
	env []string
}

// newWine needs Debian's wine and wine64. It takes what it starts with it when the test ends.
func newWine(t *testing.T) *wine {
	t.Helper()
	if _, err := exec.LookPath("wine"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("test/needs installs Wine: ", err)
		}
		t.Skip("Wine is not there: ", err)
	}
	w := &wine{dir: t.TempDir()}
	// Neither Mono nor Gecko, which it would offer to fetch.
	w.env = append(os.Environ(), "WINEPREFIX="+w.dir, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=;bcryptprimitives=n", "HOME="+w.dir)
	t.Cleanup(func() {
		end := exec.Command("wineserver", "-k")
		end.Env = w.env
		_ = end.Run()
	})
	w.run(t, "wineboot", "--init")
	lib := filepath.Join(w.dir, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(lib); err != nil { // before Wine 9
		if err := os.WriteFile(lib, forwarder("bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *wine) cmd(args ...string) *exec.Cmd {
	cmd := exec.Command("wine", args...)
	cmd.Env = w.env
	return cmd
}

func (w *wine) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := w.cmd(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// forwarder is a library for Windows that has one function, which is one of another library. Go's programs ask for their random
// numbers by a name that Wine knows from version 9 on; the older name does the same (RtlGenRandom).
// Its form is that of Microsoft's PE specification: headers, and one section with the table of what it exports.
func forwarder(name, function, to string) []byte {
	const base, raw = 0x1000, 0x200 // where the section lies in memory and in the file
	table := new(bytes.Buffer)
	put := func(b *bytes.Buffer, v ...any) {
		for _, x := range v {
			_ = binary.Write(b, binary.LittleEndian, x)
		}
	}
	const functions, names, ordinals, texts = base + 40, base + 44, base + 48, base + 52
	nameAt := uint32(texts)
	functionAt := nameAt + uint32(len(name)) + 1
	toAt := functionAt + uint32(len(function)) + 1
	put(table, uint32(0), uint32(0), uint32(0), nameAt, uint32(1), uint32(1), uint32(1), uint32(functions), uint32(names), uint32(ordinals), toAt, functionAt, uint32(0))
	table.WriteString(name + "\x00" + function + "\x00" + to + "\x00")

	file := new(bytes.Buffer)
	file.WriteString("MZ")
	file.Write(make([]byte, 58))
	put(file, uint32(64))
	file.WriteString("PE\x00\x00")
	put(file, uint16(0x8664), uint16(1), uint32(0), uint32(0), uint32(0), uint16(240), uint16(0x2022)) // x86-64, one section, a library
	put(file, uint16(0x20b), uint16(0), uint32(0), uint32(0), uint32(0), uint32(0), uint32(0), uint64(0x180000000), uint32(base), uint32(raw))
	put(file, uint32(6), uint32(0), uint32(6), uint32(0), uint32(2*base), uint32(raw), uint32(0), uint16(2), uint16(0)) // for Windows 6 and later
	put(file, uint64(1<<20), uint64(1<<12), uint64(1<<20), uint64(1<<12), uint32(0), uint32(16))
	put(file, uint32(base), uint32(table.Len()))
	file.Write(make([]byte, 15*8))
	file.WriteString(".edata\x00\x00")
	put(file, uint32(table.Len()), uint32(base), uint32(raw), uint32(raw), uint32(0), uint32(0), uint32(0), uint32(0x40000040))
	file.Write(make([]byte, raw-file.Len()))
	file.Write(table.Bytes())
	file.Write(make([]byte, raw-table.Len()))
	return file.Bytes()
}

// The program for Windows enrols, tells what it should, is killed, comes back as the same device, and runs as a service. Wine is not
// Windows: it lists no users, has no event log and no SMART, and its DPAPI is its own.
func TestProgramUnderWine(t *testing.T) {
	w := newWine(t)
	s := newServer(t, "127.0.0.1")
	s.config = wire.Config{Revision: 1, Checks: []wire.Check{{ID: "c1", Kind: "service", Params: map[string]string{"name": "PlugPlay"}}}}
	drive := filepath.Join(w.dir, "drive_c")
	const program = `C:\mainstay-agent.exe`
	if err := compile(filepath.Join(drive, "mainstay-agent.exe"), "windows", "amd64"); err != nil {
		t.Fatal(err)
	}
	if out := w.run(t, program, "enrol", s.token); !strings.Contains(out, "of Ardent.") {
		t.Fatalf("enrol: %s", out)
	}
	agent := w.cmd(program, "run")
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = agent.Process.Kill(); _ = agent.Wait() })
	s.until(t, "every section, a reading and a result", time.Minute, func() bool {
		return len(s.sections) == len(wire.Sections) && len(s.samples["system_uptime_seconds"]) > 0 && len(s.results) > 0
	})
	s.mu.Lock()
	var system wire.System
	if err := json.Unmarshal(s.sections[wire.SectionSystem].Body, &system); err != nil || system.Family != "windows" || !strings.Contains(system.OS, "Windows") || system.Boot == 0 {
		t.Errorf("the system: %+v %v", system, err)
	}
	for _, x := range []wire.Section{wire.SectionHardware, wire.SectionVolumes, wire.SectionNetwork, wire.SectionServices} {
		if f := s.sections[x]; f.Failed != "" || len(f.Body) < 20 {
			t.Errorf("%s: %s %s", x, f.Body, f.Failed)
		}
	}
	for _, x := range []string{`system_filesystem_usage_bytes{mountpoint="C:"}`, "system_memory_usage_bytes", "system_processes_count"} {
		for _, v := range s.samples[x] {
			if v <= 0 {
				t.Errorf("%s is %g", x, v)
			}
		}
		if len(s.samples[x]) == 0 {
			t.Errorf("no reading of %s", x)
		}
	}
	if r := s.results[0]; r.State != wire.StateOK || !strings.Contains(r.Text, "PlugPlay is running") {
		t.Errorf("the check: %+v", r)
	}
	hellos := s.hellos
	s.mu.Unlock()
	identity, err := os.ReadFile(filepath.Join(drive, "ProgramData", "Mainstay Agent", "state", "identity.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(identity, []byte(`"SU`)) { // how nkeys' seeds begin
		t.Error("the key lies open on the disk")
	}
	_ = agent.Process.Kill()
	_ = agent.Wait()

	w.run(t, program, "install")
	s.until(t, "the service is back as the same device", time.Minute, func() bool { return s.hellos > hellos })
	s.until(t, "the status is written", time.Minute, func() bool {
		out, err := w.cmd(program, "status").CombinedOutput()
		return err == nil && strings.Contains(string(out), "connection  to tls://")
	})
	w.run(t, program, "uninstall")
	if out, err := w.cmd("net", "start", "mainstay-agent").CombinedOutput(); err == nil {
		t.Errorf("the service is still there: %s", out)
	}

	// The tests of what is only for Windows.
	tests := exec.Command("go", "test", "-c", "-o", filepath.Join(drive, "program.test.exe"), "mainstay/agent/program")
	tests.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=windows", "GOARCH=amd64")
	if out, err := tests.CombinedOutput(); err != nil {
		t.Fatalf("%s %v", out, err)
	}
	if out := w.run(t, `C:\program.test.exe`, "-test.v"); !strings.Contains(out, "--- PASS: TestNobodyElseReads") {
		t.Error(out)
	}
}
