// SPDX-License-Identifier: Apache-2.0

package spool_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"mainstay/agent/spool"
)

// small is a folder on a disk of 64 KB.
func small(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("a small disk cannot be mounted here: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// fill takes all the room that a folder has.
func fill(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "fill")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	return name
}

// number returns that of the nth batch which waits.
func number(t *testing.T, d *spool.Disk, n int) uint64 {
	t.Helper()
	entries, err := d.After(0, n)
	if err != nil || len(entries) != n {
		t.Fatal(len(entries), err)
	}
	return entries[n-1].Seq
}

// While the disk takes nothing, batches wait in memory behind those on it, are given in order and acknowledged; what memory does not hold
// is counted. Once there is room they go to the disk.
func TestAFullDisk(t *testing.T) {
	dir := small(t)
	d := open(t, filepath.Join(dir, "spool"), 10<<20)
	var want []string
	put := func(from, to int) {
		t.Helper()
		for i := from; i < to; i++ {
			want = append(want, fmt.Sprintf("batch %090d", i))
			add(t, d, want[len(want)-1])
		}
	}
	put(0, 10)
	room := fill(t, dir)
	put(10, 200) // some still fit the page that is begun
	s := d.State()
	if s.Batches != 200 || s.Held == 0 || s.Held == 200 || s.Trouble == "" || s.Dropped != 0 {
		t.Fatalf("with a full disk: %+v", s)
	}
	same(t, texts(t, d), want...)
	entries, err := d.After(0, 150)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Ack(entries[149].Seq); err != nil {
		t.Fatal(err)
	}
	want = want[150:]
	same(t, texts(t, d), want...)

	put(200, 5000)
	s = d.State()
	if s.Dropped == 0 || s.Dropped+int64(s.Batches) != 4850 || s.Held != s.Batches || s.Bytes > 400<<10 {
		t.Fatalf("more than memory holds: %+v", s)
	}
	want = want[s.Dropped:]
	same(t, texts(t, d), want...)
	if err := d.Ack(number(t, d, len(want)-20)); err != nil {
		t.Fatal(err)
	}
	want = want[len(want)-20:]
	if err := os.Remove(room); err != nil {
		t.Fatal(err)
	}
	put(5000, 5001)
	if s := d.State(); s.Held != 0 || s.Trouble != "" || s.Batches != 21 {
		t.Fatalf("with room again: %+v", s)
	}
	again := open(t, filepath.Join(dir, "spool"), 10<<20) // killed
	same(t, texts(t, again), want...)
}
