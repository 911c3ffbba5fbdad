// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/series"
)

// smallDisk mounts a disk of so many megabytes, or skips.
func smallDisk(t *testing.T, megabytes string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+megabytes+"m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no disk can be mounted here: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return dir
}

// hoard fills a disk but for so many bytes.
func hoard(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "hoard"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	block := make([]byte, 4096)
	for {
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}

// With a full disk writes are refused in words, what was written can be read, and nothing is lost or has to be done once
// there is room again: neither when the want of space is seen beforehand nor when a write runs into it.
func TestDiskFull(t *testing.T) {
	for name, minFree := range map[string]int64{"seen beforehand": 1 << 20, "run into": 1} {
		t.Run(name, func(t *testing.T) {
			dir := smallDisk(t, "48")
			o := series.Options{Clock: clock.At(start.Add(24 * time.Hour)), MinFree: minFree}
			l := openLocal(t, filepath.Join(dir, "series"), o)
			h := handle(t, l, "x", "device", "d")
			late := handle(t, l, "y", "device", "d")
			ctx := context.Background()
			write := func(n int) (series.Outcome, error) {
				var b series.Batch
				for i := range 200 {
					b.Add(h, start.Add(time.Duration(n*200+i)*time.Second).UnixMilli(), float64(n)*1.7+float64(i)/3)
					b.Add(late, start.Add(-time.Duration(n*200+i)*time.Second).UnixMilli(), float64(n)*1.3+float64(i)/7)
				}
				return l.Commit(ctx, &b)
			}
			kept := 0
			for ; kept < 10; kept++ {
				if _, err := write(kept); err != nil {
					t.Fatal(err)
				}
			}
			hoard(t, dir)
			refused := 0
			for n := kept; n < kept+200 && refused == 0; n++ {
				if _, err := write(n); err != nil {
					refused++
					if !fault.Is(err, fault.Busy) || !strings.Contains(fault.TextOf(err), "almost full") {
						t.Fatalf("refused with %v", err)
					}
				} else {
					kept = n + 1
				}
			}
			if refused == 0 {
				t.Fatal("nothing was refused")
			}
			if _, err := write(kept); !fault.Is(err, fault.Busy) {
				t.Errorf("the second write: %v", err)
			}
			count := func() int {
				t.Helper()
				n, err := l.Count(ctx, []*series.Matcher{series.Is("device", "d")}, start.Add(-48*time.Hour), start.Add(48*time.Hour))
				if err != nil {
					t.Fatal(err)
				}
				return n[`{__name__="x", device="d"}`] + n[`{__name__="y", device="d"}`]
			}
			if got := count(); got < kept*400-1 {
				t.Errorf("%d samples can be read of %d batches", got, kept)
			}
			if err := os.Remove(filepath.Join(dir, "hoard")); err != nil {
				t.Fatal(err)
			}
			if err := l.Mend(); err != nil {
				t.Fatal(err)
			}
			h, late = handle(t, l, "x", "device", "d"), handle(t, l, "y", "device", "d")
			for n := range kept + 5 { // all once more, as agents do
				out, err := write(n)
				if err != nil || out.Stored+out.Duplicate != 400 || n > kept+1 && out.Stored < 399 {
					t.Fatalf("batch %d afterwards: %+v %v", n, out, err)
				}
			}
			// A second opening is what shows that the log can be read to its end.
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = openLocal(t, filepath.Join(dir, "series"), o)
			if got, want := count(), (kept+5)*400; got != want {
				t.Errorf("%d samples after all, want %d", got, want)
			}
		})
	}
}

// A disk with room for what is kept is enough: blocks are written and days rolled without reserving far more than they need.
func TestSmallDiskCompactsAndRolls(t *testing.T) {
	first := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	at := clock.At(first)
	l := openLocal(t, filepath.Join(smallDisk(t, "160"), "series"), series.Options{Clock: at, Late: time.Hour, MinFree: 1 << 20})
	fillDays(t, l, at, first, 4)
	ctx := context.Background()
	if err := l.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.Roll(ctx); err != nil {
		t.Fatal(err)
	}
	if got := only(t, l, "count_over_time(gauge[1d])", first.Add(24*time.Hour)); got != 1440 {
		t.Errorf("%g samples of the first day", got)
	}
}
