// SPDX-License-Identifier: Apache-2.0

package spool_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/agent/spool"
)

var day = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string, limit int64) *spool.Disk {
	t.Helper()
	d, err := spool.OpenDisk(dir, limit, day)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func add(t *testing.T, d interface {
	Append([]byte) (uint64, error)
}, text string,
) uint64 {
	t.Helper()
	seq, err := d.Append([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func texts(t *testing.T, d interface {
	After(uint64, int) ([]spool.Entry, error)
},
) []string {
	t.Helper()
	entries, err := d.After(0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range entries {
		out = append(out, string(e.Data))
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("the spool gives %v, want %v", got, want)
	}
}

func TestWhatWasTakenIsThereAfterACrash(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, 1<<20)
	first := add(t, d, "one")
	add(t, d, "two")
	add(t, d, "three")
	if first != uint64(day.UnixMicro()) {
		t.Fatalf("numbers begin at %d", first)
	}
	if err := d.Ack(first); err != nil {
		t.Fatal(err)
	}
	// No Close: the process was killed.
	again := open(t, dir, 1<<20)
	same(t, texts(t, again), "two", "three")
	if seq := add(t, again, "four"); seq != first+3 {
		t.Fatalf("the fourth batch got %d after %d", seq, first)
	}
	if err := again.Ack(first + 3); err != nil {
		t.Fatal(err)
	}
	empty := open(t, dir, 1<<20)
	same(t, texts(t, empty))
	if seq := add(t, empty, "five"); seq != first+4 {
		t.Fatalf("numbers are given twice: %d", seq)
	}
}

func TestATornEndIsNoDamage(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, 1<<20)
	add(t, d, "one")
	add(t, d, "two")
	_ = d.Close()
	name := filepath.Join(dir, d.Files()[0]+".seg")
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < 16+3; cut++ { // anywhere inside the second record
		if err := os.WriteFile(name, whole[:len(whole)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		d := open(t, dir, 1<<20)
		same(t, texts(t, d), "one")
		if s := d.State(); s.Damaged != 0 || s.Batches != 1 {
			t.Fatalf("cut by %d: %+v", cut, s)
		}
		_ = d.Close()
	}
}

func TestDamageIsSteppedOverAndCounted(t *testing.T) {
	for _, at := range []int{8, 12, 16, 24, 26} { // length, checksum, number, text of the first of three records
		dir := t.TempDir()
		d := open(t, dir, 1<<20)
		for _, text := range []string{"one", "two", "three"} {
			add(t, d, text)
		}
		_ = d.Close()
		name := filepath.Join(dir, d.Files()[0]+".seg")
		data, _ := os.ReadFile(name)
		data[at] ^= 0x40
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		d = open(t, dir, 1<<20)
		same(t, texts(t, d), "two", "three")
		if s := d.State(); s.Damaged != 1 {
			t.Fatalf("byte %d flipped: %+v", at, s)
		}
		_ = d.Close()
	}
}

func TestTheOldestGivesWayAndIsCounted(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, 64<<10)
	batch := bytes.Repeat([]byte("x"), 1000)
	for range 500 {
		if _, err := d.Append(batch); err != nil {
			t.Fatal(err)
		}
		if s := d.State(); s.Bytes > 64<<10 {
			t.Fatalf("%d bytes kept", s.Bytes)
		}
	}
	s := d.State()
	if s.Dropped == 0 || s.Dropped+int64(s.Batches) != 500 {
		t.Fatalf("of 500 batches %d wait and %d were dropped", s.Batches, s.Dropped)
	}
	if again := open(t, dir, 64<<10).State(); again.Dropped != s.Dropped || again.Batches != s.Batches {
		t.Fatalf("after a crash %+v, before %+v", again, s)
	}
	var onDisk int64
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, n := range names {
		info, _ := os.Stat(n)
		onDisk += info.Size()
	}
	if onDisk > 65<<10 {
		t.Fatalf("%d bytes on disk", onDisk)
	}
}

func TestMarksMayBeLost(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, 1<<20)
	seq := add(t, d, "one")
	add(t, d, "two")
	if err := d.Ack(seq); err != nil {
		t.Fatal(err)
	}
	_ = d.Close()
	if err := os.WriteFile(filepath.Join(dir, "marks"), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	d = open(t, dir, 1<<20)
	same(t, texts(t, d), "one", "two") // the server knows the first by its number
	if got := add(t, d, "three"); got != seq+2 {
		t.Fatalf("the third got %d", got)
	}
}

func TestTooLarge(t *testing.T) {
	d := open(t, t.TempDir(), 8<<20)
	if _, err := d.Append(make([]byte, spool.MaxBatch+1)); err == nil {
		t.Fatal("taken")
	}
	if _, err := open(t, t.TempDir(), 64<<10).Append(make([]byte, 65<<10)); err == nil {
		t.Fatal("taken")
	}
}

// Both spools do what a list would do, whatever happens to them, crashes included.
func TestLikeAList(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		d := open(t, dir, 8<<20)
		m := spool.NewMemory(8<<20, day)
		var list []spool.Entry
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"append", "append", "append", "ack", "crash"}).Draw(rt, "step") {
			case "append":
				data := rapid.SliceOfN(rapid.Byte(), 1, 40_000).Draw(rt, "data")
				seq, err := d.Append(data)
				if err != nil {
					rt.Fatal(err)
				}
				if other, err := m.Append(data); err != nil || other != seq {
					rt.Fatalf("%d and %d, %v", seq, other, err)
				}
				list = append(list, spool.Entry{Seq: seq, Data: data})
			case "ack":
				if len(list) == 0 {
					continue
				}
				n := rapid.IntRange(1, len(list)).Draw(rt, "n")
				if err := d.Ack(list[n-1].Seq); err != nil {
					rt.Fatal(err)
				}
				_ = m.Ack(list[n-1].Seq)
				list = list[n:]
			case "crash":
				d = open(t, dir, 8<<20)
			}
			if s := d.State(); s.Batches != len(list) || s.Damaged+s.Dropped != 0 || m.State().Batches != len(list) {
				rt.Fatalf("%+v, want %d batches", s, len(list))
			}
		}
		var after uint64
		for _, want := range list {
			for _, sp := range []interface {
				After(uint64, int) ([]spool.Entry, error)
			}{d, m} {
				got, err := sp.After(after, 1)
				if err != nil || len(got) != 1 || got[0].Seq != want.Seq || !bytes.Equal(got[0].Data, want.Data) {
					rt.Fatalf("after %d: %v %v", after, got, err)
				}
			}
			after = want.Seq
		}
	})
}
