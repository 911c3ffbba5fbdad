// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/series"
)

// BenchmarkAppend puts samples of 10,000 devices with 50 series each in, a minute after the other, in batches of 1,000 as
// ingest commits them, and prints samples per CPU-second, heap per series and bytes per sample on the disk.
func BenchmarkAppend(b *testing.B) {
	const devices, each, minutes = 10_000, 50, 12
	at := clock.At(start)
	dir := b.TempDir()
	l := openLocal(b, dir, series.Options{Clock: at})
	before := heap()
	handles := make([]*series.Series, 0, devices*each)
	for d := range devices {
		for m := range each {
			ls, err := series.MakeLabels(fmt.Sprintf("system_metric_%02d", m), "client", fmt.Sprintf("%013d", d%200), "device", fmt.Sprintf("%013d", d))
			if err != nil {
				b.Fatal(err)
			}
			h, err := l.Series(ls)
			if err != nil {
				b.Fatal(err)
			}
			handles = append(handles, h)
		}
	}
	minute := func(n int) {
		now := start.Add(time.Duration(n) * time.Minute)
		var batch series.Batch
		for i, h := range handles {
			batch.Add(h, now.UnixMilli()+int64(i%60_000), float64(i%97)+float64((n*(i%7))%50)/10)
			if batch.Len() == 1000 || i == len(handles)-1 {
				out, err := l.Commit(context.Background(), &batch)
				if err != nil || out.Stored != batch.Len() {
					b.Fatalf("%+v %v", out, err)
				}
				batch.Reset()
			}
		}
		at.Advance(time.Minute)
	}
	minute(0) // makes the series and looks each up
	perSeries := float64(heap()-before) / float64(len(handles))
	b.ResetTimer()
	cpu := cpuTime()
	for range b.N {
		for n := 1; n <= minutes; n++ {
			minute(n)
		}
	}
	spent := cpuTime() - cpu
	b.StopTimer()
	samples := float64(len(handles)) * minutes * float64(b.N)
	b.ReportMetric(samples/spent.Seconds(), "samples/cpu-s")
	b.ReportMetric(float64(size(b, dir))/(samples+float64(len(handles))), "WAL-B/sample")
	b.ReportMetric(perSeries, "heap-B/series")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkBytes prints what a sample costs once it is in a block.
func BenchmarkBytes(b *testing.B) {
	const series500 = 500
	at := clock.At(start)
	dir := b.TempDir()
	l := openLocal(b, dir, series.Options{Clock: at})
	var handles []*series.Series
	for i := range series500 {
		handles = append(handles, handle(b, l, "m", "device", fmt.Sprint(i)))
	}
	total := 0
	for n := range 24 * 60 {
		var batch series.Batch
		for i, h := range handles {
			v := float64(i % 97)
			switch i % 3 {
			case 1:
				v = float64((n*7919+i*31)%1000) / 1000 // a busy gauge
			case 2:
				v = float64(n * i * 100) // a counter
			}
			batch.Add(h, start.Add(time.Duration(n)*time.Minute).UnixMilli()+int64((n*i)%50), v)
		}
		if _, err := l.Commit(context.Background(), &batch); err != nil {
			b.Fatal(err)
		}
		total += batch.Len()
		at.Advance(time.Minute)
	}
	if err := l.Compact(context.Background()); err != nil {
		b.Fatal(err)
	}
	kept, err := l.Stats()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(kept.Bytes)/float64(kept.Samples), "block-B/sample")
	b.ReportMetric(0, "ns/op")
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func size(t testing.TB, dir string) int64 {
	total := int64(0)
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// BenchmarkResend prints how many devices a CPU-second takes that come back after a start and send their last minutes once
// more, as all of them do then: every sample is looked up.
func BenchmarkResend(b *testing.B) {
	const devices, each, minutes = 1000, 50, 60
	at := clock.At(start)
	dir := b.TempDir()
	l := openLocal(b, dir, series.Options{Clock: at})
	open := func() (handles []*series.Series) {
		for d := range devices {
			for m := range each {
				handles = append(handles, handle(b, l, fmt.Sprintf("system_metric_%02d", m), "client", fmt.Sprint(d%20), "device", fmt.Sprint(d)))
			}
		}
		return handles
	}
	send := func(handles []*series.Series, minute int) (out series.Outcome) {
		var batch series.Batch
		for i, h := range handles {
			batch.Add(h, start.Add(time.Duration(minute)*time.Minute).UnixMilli(), float64(i%97+minute))
			if batch.Len() == 1000 {
				o, err := l.Commit(context.Background(), &batch)
				if err != nil {
					b.Fatal(err)
				}
				out.Stored += o.Stored
				out.Duplicate += o.Duplicate
				batch.Reset()
			}
		}
		return out
	}
	handles := open()
	for m := range minutes {
		at.Advance(time.Minute)
		send(handles, m)
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	l = openLocal(b, dir, series.Options{Clock: at})
	handles = open()
	b.ResetTimer()
	cpu := cpuTime()
	if out := send(handles, minutes-1); out != (series.Outcome{Duplicate: devices * each}) {
		b.Fatalf("%+v", out)
	}
	b.ReportMetric(devices/(cpuTime()-cpu).Seconds(), "devices/cpu-s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkRoll prints the cost of rolling a day: raw samples per CPU-second and bytes that a series takes in each tier.
func BenchmarkRoll(b *testing.B) {
	const count = 500
	first := time.Date(2026, 3, 2, 0, 0, 30, 0, time.UTC)
	at := clock.At(first)
	dir := b.TempDir()
	l := openLocal(b, dir, series.Options{Clock: at, Late: time.Hour})
	var handles []*series.Series
	for i := range count {
		name := "gauge"
		if i%5 == 0 {
			name = "bytes_total"
		}
		handles = append(handles, handle(b, l, name, "device", fmt.Sprint(i)))
	}
	for m := range 27 * 60 {
		at.Advance(time.Minute)
		var batch series.Batch
		for i, h := range handles {
			v := float64((m*7919+i*31)%1000) / 1000
			if i%5 == 0 {
				v = float64(m * i * 100)
			}
			batch.Add(h, first.Add(time.Duration(m)*time.Minute).UnixMilli()+int64(i%50), v)
		}
		if _, err := l.Commit(context.Background(), &batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	cpu := cpuTime()
	if err := l.Roll(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(count*24*60/(cpuTime()-cpu).Seconds(), "samples/cpu-s")
	b.ReportMetric(float64(size(b, filepath.Join(dir, "5m")))/count, "5m-B/series-day")
	b.ReportMetric(float64(size(b, filepath.Join(dir, "1h")))/count, "1h-B/series-day")
	b.ReportMetric(0, "ns/op")
}
