// SPDX-License-Identifier: Apache-2.0

package collect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mainstay/agent/collect"
	"mainstay/kit/wire"
)

// Every section of this machine can be read or says in words why not, fits what the protocol takes, and reads the same twice.
func TestSectionsOfThisMachine(t *testing.T) {
	var f collect.Facts
	for _, s := range f.Sections() {
		body, err := f.Read(context.Background(), s)
		if err != nil {
			if s == wire.SectionServices && runtime.GOOS == "linux" {
				continue // a container without systemd
			}
			t.Errorf("%s: %v", s, err)
			continue
		}
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if testing.Verbose() {
			t.Logf("%s: %d bytes: %.600s", s, len(b), b)
		}
		if _, err := wire.PackFacts(wire.Facts{Section: s, Body: b, Hash: wire.HashFacts(b)}); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if s == wire.SectionPorts || s == wire.SectionSessions {
			continue // other tests come and go
		}
		again, err := f.Read(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		if c, _ := json.Marshal(again); !bytes.Equal(b, c) {
			t.Errorf("%s reads differently the second time:\n%.300s\n%.300s", s, b, c)
		}
	}
}

func TestSystemIsThisOne(t *testing.T) {
	var f collect.Facts
	body, err := f.Read(context.Background(), wire.SectionSystem)
	if err != nil {
		t.Fatal(err)
	}
	s := body.(wire.System)
	host, _ := os.Hostname()
	if s.Name != host || s.Family != runtime.GOOS || s.Arch != runtime.GOARCH || s.OS == "" || s.Version == "" || s.Boot == 0 {
		t.Errorf("%+v", s)
	}
}

// A port that is opened here shows with this process.
func TestAnOpenPortIsFound(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	want := l.Addr().(*net.TCPAddr).Port
	var f collect.Facts
	body, err := f.Read(context.Background(), wire.SectionPorts)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(body.([]wire.Port), func(p wire.Port) bool { return p.Port == want })
	if i < 0 {
		t.Fatalf("port %d is not among %v", want, body)
	}
	p := body.([]wire.Port)[i]
	if p.Protocol != "tcp" || p.Address != "127.0.0.1" || !strings.HasPrefix("collect.test", strings.TrimSuffix(p.Process, ".exe")) {
		t.Errorf("%+v", p)
	}
}

// What dpkg says is installed is what is reported.
func TestPackagesAgreeWithDpkg(t *testing.T) {
	out, err := exec.Command("dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n").Output()
	if err != nil {
		t.Skip("no dpkg here")
	}
	var f collect.Facts
	body, err := f.Read(context.Background(), wire.SectionSoftware)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, s := range body.([]wire.Software) {
		if s.Source == "dpkg" {
			got = append(got, s.Name+" "+s.Version)
		}
	}
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "installed "); ok {
			want = append(want, rest)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d packages reported, %d installed", len(got), len(want))
	}
}

func TestMachineIsTheSameEachTime(t *testing.T) {
	a, err := collect.Machine(context.Background())
	if err != nil {
		t.Skip("this machine has no identifier:", err)
	}
	b, _ := collect.Machine(context.Background())
	if a.ID != b.ID || len(a.ID) != 64 || a.Name == "" || a.OS != runtime.GOOS {
		t.Errorf("%+v %+v", a, b)
	}
}
