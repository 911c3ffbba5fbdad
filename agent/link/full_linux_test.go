// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"mainstay/kit/wire"
)

// An agent whose disk is full goes on telling what it reads: that the disk is full, above all.
func TestAFullDiskIsTold(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	if err := unix.Mount("tmpfs", m.dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("a small disk cannot be mounted here: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(m.dir, unix.MNT_DETACH) })
	if err := m.identity.Save(m.store); err != nil {
		t.Fatal(err)
	}
	m.source.facts = map[wire.Section]any{wire.SectionSystem: wire.System{Name: "srv-1"}}
	s.config = wire.Config{Revision: 7, Checks: []wire.Check{{ID: "c1", Kind: "disk"}}}
	s.welcome.Credential = s.credential(m.identity)
	a := m.agent(t)
	f, err := os.Create(filepath.Join(m.dir, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	_ = f.Close()
	sample(t, a, 200) // the names of the series cannot be kept either
	if got := a.Status().Spool; got.Held == 0 || got.Trouble == "" {
		t.Fatalf("the disk is not full: %+v", got)
	}
	run(t, a)
	s.until("200 readings, the section and the result", func() bool { return len(s.samples["one"]) >= 200 && len(s.facts) == 1 && len(s.results) == 1 })
	s.whole("one", 200)
	s.until("nothing waits", func() bool { return a.Status().Spool.Batches == 0 && a.Status().Connected })
}
