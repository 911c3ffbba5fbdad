// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/kit/locale"
)

// BenchmarkAssess is the whole main job from files to report: a million invoice lines and 200,000
// tickets of 2,000 clients in 36 months. It prints CPU seconds and the process's peak memory.
func BenchmarkAssess(b *testing.B) {
	dir := b.TempDir()
	lines, tickets := filepath.Join(dir, "lines.csv"), filepath.Join(dir, "tickets.csv")
	writeBooks(b, lines, tickets, 1_000_000, 200_000, 2000)
	runtime.GC()
	for b.Loop() {
		before := cpu()
		a, err := app.Assess(context.Background(), []string{lines, tickets}, app.AssessOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if err := app.WriteText(io.Discard, a, locale.New(locale.EnUS, time.UTC)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((cpu() - before).Seconds(), "cpu-s/op")
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err == nil {
		b.ReportMetric(float64(u.Maxrss)/1024, "peak-MB")
	}
}

// cpu is the time that this process has used on all processors.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// writeBooks writes a large firm's exports, the same every time.
func writeBooks(tb testing.TB, lines, tickets string, nLines, nTickets, clients int) {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	texts := []string{
		"Managed support per user %s", "Cloud backup subscription %s", "Remote support hours", "On-site visit %d", "Server migration project phase %d",
		"Laptop %d", "Antivirus licences 12 months", "Firewall maintenance contract", "Consultancy day %d", "Network audit %d",
	}
	write(tb, lines, func(w *bufio.Writer) {
		fmt.Fprintln(w, "Date,Transaction Type,Num,Customer,Product/Service,Memo/Description,Qty,Sales Price,Amount")
		for i := range nLines {
			month := i * 36 / nLines
			text := texts[r.IntN(len(texts))]
			switch text[len(text)-2:] {
			case "%s":
				text = fmt.Sprintf(text, time.Month(month%12+1).String()+fmt.Sprintf(" %d", 2023+month/12))
			case "%d":
				text = fmt.Sprintf(text, r.IntN(1000))
			}
			q, p := 1+r.IntN(30), 10+r.IntN(190)
			fmt.Fprintf(w, "%02d/%02d/%d,Invoice,%d,Client %04d Ltd,Service,%s,%d,%d.00,%d.00\n", month%12+1, 1+r.IntN(28), 2023+month/12, 100000+i/4, r.IntN(clients), text, q, p, q*p)
		}
	})
	write(tb, tickets, func(w *bufio.Writer) {
		fmt.Fprintln(w, "Ticket Id,Subject,Status,Priority,Source,Customer,Requester,Agent,Group,Created Time,Due by Time,Resolved Time")
		sources := []string{"Phone", "Email", "Portal", "Monitoring alert"}
		for i := range nTickets {
			month := i * 36 / nTickets
			day := fmt.Sprintf("%d-%02d-%02d", 2023+month/12, month%12+1, 1+r.IntN(28))
			fmt.Fprintf(w, "%d,Printer offline again in room %d,Closed,Medium,%s,Client %04d Ltd,Someone,Ada,Helpdesk,%s 10:%02d:00,,%s 16:%02d:00\n", i, i%977, sources[r.IntN(4)], r.IntN(clients), day, i%60, day, i%60)
		}
	})
}

func write(tb testing.TB, path string, fill func(*bufio.Writer)) {
	tb.Helper()
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fill(w)
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}
