// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/series"
)

// What came late is there after the database lost it, and is not kept a second time once it lies in a block.
func TestLateSamplesAreRestored(t *testing.T) {
	dir := t.TempDir()
	o := series.Options{Clock: clock.At(start.Add(time.Hour))}
	l := openLocal(t, dir, o)
	h := handle(t, l, "x", "device", "d")
	other := handle(t, l, "y", "device", "d2")
	commit(t, l, h, point{start, 1}, point{start.Add(time.Minute), 2})
	commit(t, l, h, point{start.Add(-time.Hour), 3})          // before others of its series
	commit(t, l, other, point{start.Add(-20 * time.Hour), 4}) // a device that was away
	const want = "x: -3600=3 0=1 60=2\n"
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// The database's own log of them is gone.
	for _, name := range []string{"wbl", "chunks_head"} {
		if err := os.RemoveAll(filepath.Join(dir, "raw", name)); err != nil {
			t.Fatal(err)
		}
	}
	// And the end of ours is torn, as it is when the power goes.
	logs, err := filepath.Glob(filepath.Join(dir, "raw", "late", "*"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("logs %v %v", logs, err)
	}
	f, err := os.OpenFile(logs[0], os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte{40, 0, 0, 0, 1, 2, 3, 4, 5}); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	l = openLocal(t, dir, o)
	if got := samplesOf(t, l, series.Is("device", "d")); got != want {
		t.Errorf("restored %q", got)
	}
	if got := samplesOf(t, l, series.Is("device", "d2")); got != "y: -72000=4\n" {
		t.Errorf("restored %q", got)
	}
	if err := l.Roll(context.Background()); err != nil {
		t.Fatal(err)
	}
	if logs, _ := filepath.Glob(filepath.Join(dir, "raw", "late", "*")); len(logs) != 0 {
		t.Errorf("logs are left: %v", logs)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "raw", "wbl")); err != nil {
		t.Fatal(err)
	}
	l = openLocal(t, dir, o)
	if got := samplesOf(t, l, series.Is("device", "d")); got != want {
		t.Errorf("out of blocks %q", got)
	}
}
