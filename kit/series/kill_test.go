// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/series"
)

const (
	childDir   = "MAINSTAY_SERIES_DIR"
	childFrom  = "MAINSTAY_SERIES_FROM"
	killSeries = 40
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := appendUntilKilled(dir); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// batchOf is the batch number n: one sample of each series, every third time one that comes five hours late, every fourth
// time the batch before once more.
func batchOf(n int) (points []killPoint) {
	if n%4 == 0 && n > 0 {
		points = append(points, batchOf(n-1)...)
	}
	for s := range killSeries {
		points = append(points, killPoint{s, int64(n) * 30_000, float64(n * s)})
		if n%3 == 0 && s%2 == 0 {
			points = append(points, killPoint{s, int64(n)*30_000 - 5*3_600_000 + 7, -float64(n)})
		}
	}
	return points
}

// killOptions keep raw samples for longer than the test's clock is ahead of them.
func killOptions() series.Options {
	return series.Options{Clock: clock.At(start.Add(365 * 24 * time.Hour)), Raw: 2 * 365 * 24 * time.Hour}
}

type killPoint struct {
	series int
	after  int64 // milliseconds after start
	v      float64
}

// appendUntilKilled commits batch after batch and says after each which one is kept.
func appendUntilKilled(dir string) error {
	n, err := strconv.Atoi(os.Getenv(childFrom))
	if err != nil {
		return err
	}
	l, err := series.Open(dir, killOptions())
	if err != nil {
		return err
	}
	if err := l.Wait(context.Background()); err != nil {
		return err
	}
	handles := make([]*series.Series, killSeries)
	for s := range handles {
		ls, err := series.MakeLabels("kill", "device", strconv.Itoa(s))
		if err != nil {
			return err
		}
		if handles[s], err = l.Series(ls); err != nil {
			return err
		}
	}
	for ; ; n++ {
		var b series.Batch
		for _, p := range batchOf(n) {
			b.Add(handles[p.series], start.UnixMilli()+p.after, p.v)
		}
		out, err := l.Commit(context.Background(), &b)
		if err != nil || out.Stored+out.Duplicate != b.Len() {
			return fmt.Errorf("batch %d: %+v %w", n, out, err)
		}
		fmt.Println("kept", n)
		if n%400 == 399 {
			if err := l.Roll(context.Background()); err != nil {
				return err
			}
		}
	}
}

// A process that appends is killed again and again: every sample that was acknowledged is there afterwards, none twice.
func TestAppendThroughKills(t *testing.T) {
	kills := 6
	if os.Getenv("MAINSTAY_SOAK") != "" {
		kills = 200
	}
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	next := 0
	for range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s=%d", childFrom, next))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stop := 1 + random.IntN(300)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "kept %d", &n); err != nil {
				t.Fatalf("the process says %q", lines.Text())
			}
			next = n + 1
			if stop--; stop == 0 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait()
	}
	if next < 100 {
		t.Fatalf("only %d batches were acknowledged", next)
	}
	l := openLocal(t, dir, killOptions())
	want := map[string]map[int64]float64{}
	for n := range next + 1 { // the batch that was killed may be there, whole or in part
		for _, p := range batchOf(n) {
			d := strconv.Itoa(p.series)
			if want[d] == nil {
				want[d] = map[int64]float64{}
			}
			want[d][start.UnixMilli()+p.after] = p.v
		}
	}
	extra := map[string]map[int64]bool{}
	for _, p := range batchOf(next) {
		d := strconv.Itoa(p.series)
		if extra[d] == nil {
			extra[d] = map[int64]bool{}
		}
		extra[d][start.UnixMilli()+p.after] = true
	}
	if next%4 == 0 {
		for _, p := range batchOf(next - 1) { // these were acknowledged with the batch before
			delete(extra[strconv.Itoa(p.series)], start.UnixMilli()+p.after)
		}
	}
	seen := 0
	err := l.Select(context.Background(), series.Everything(), []*series.Matcher{series.Is("__name__", "kill")}, start.Add(-24*time.Hour), start.Add(365*24*time.Hour), func(line series.Line) error {
		d := line.Labels.Get("device")
		last := int64(0)
		for _, p := range line.Points {
			if p.At == last {
				t.Errorf("series %s has two samples at %d", d, p.At)
			}
			last = p.At
			if v, ok := want[d][p.At]; !ok || v != p.V {
				t.Errorf("series %s has %g at %d, want %g", d, p.V, p.At, v)
			}
			delete(want[d], p.At)
			seen++
		}
		for at := range want[d] {
			if !extra[d][at] {
				t.Errorf("series %s lost the sample at %d, batch %d of %d", d, at, (at-start.UnixMilli())/30_000, next)
			}
		}
		delete(want, d)
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("%v, lost series %d", err, len(want))
	}
	if t.Failed() {
		return
	}
	t.Logf("%d kills, %d batches acknowledged, %d samples found, none lost or doubled", kills, next, seen)
}
