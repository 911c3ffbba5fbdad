// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/locale"
	"mainstay/practice/books"
)

// BenchmarkAssess is the whole main job from files to report: a million invoice lines and 200,000
// tickets of 2,000 clients in 36 months, once with texts as firms have them and once with a text of its own
// on every line. It prints CPU seconds and peak memory.
func BenchmarkAssess(b *testing.B) {
	b.Run("usual", func(b *testing.B) { assess(b, 1_000_000, 200_000, 0) })
	b.Run("distinct", func(b *testing.B) { assess(b, 1_000_000, 200_000, 1_000_000) })
}

// BenchmarkGigabyte assesses files of about 1 GB and imports one. It takes minutes: make soak sets the variable.
func BenchmarkGigabyte(b *testing.B) {
	if os.Getenv("MAINSTAY_SOAK") == "" {
		b.Skip("left out: MAINSTAY_SOAK is not set; make soak sets it")
	}
	const lines = 9_500_000
	b.Run("assess", func(b *testing.B) { assess(b, lines, 0, 50_000) })
	b.Run("assess-distinct", func(b *testing.B) { assess(b, lines, 0, lines) })
	b.Run("import", func(b *testing.B) {
		dir := b.TempDir()
		path := filepath.Join(dir, "lines.csv")
		writeBooks(b, path, "", lines, 0, 2000, 50_000)
		ctx := context.Background()
		for b.Loop() {
			a, err := app.Open(ctx, config.Server{Data: filepath.Join(b.TempDir(), "data")}, slog.New(slog.DiscardHandler), clock.System{})
			if err != nil {
				b.Fatal(err)
			}
			done := measured(b, "import")
			if r, err := a.Books.ImportFile(ctx, path, books.Choices{}, nil); err != nil || r.Added != lines {
				b.Fatal(r.Added, err)
			}
			b.ReportMetric(lines/done().Seconds(), "lines/cpu-s")
			done = measured(b, "measure")
			if err := a.Journey.Recalculate(ctx, "manual"); err != nil {
				b.Fatal(err)
			}
			done()
			if err := a.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func assess(b *testing.B, nLines, nTickets, distinct int) {
	dir := b.TempDir()
	files := []string{filepath.Join(dir, "lines.csv"), filepath.Join(dir, "tickets.csv")}
	if nTickets == 0 {
		files = files[:1]
	}
	writeBooks(b, filepath.Join(dir, "lines.csv"), filepath.Join(dir, "tickets.csv"), nLines, nTickets, 2000, distinct)
	for b.Loop() {
		done := measured(b, "assess")
		a, err := app.Assess(context.Background(), files, app.AssessOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if err := app.WriteText(io.Discard, a, locale.New(locale.EnUS, time.UTC)); err != nil {
			b.Fatal(err)
		}
		done()
	}
}

// measured reports what is used from here until done is called: CPU seconds, and the most memory that the
// process had at once, with the garbage collected as the program does it.
func measured(b *testing.B, name string) (done func() time.Duration) {
	old := debug.SetGCPercent(40)
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // Linux: forgets the peak so far
	before := cpu()
	return func() time.Duration {
		used := cpu() - before
		debug.SetGCPercent(old)
		b.ReportMetric(used.Seconds(), name+"-cpu-s")
		if mb := peak(); mb > 0 {
			b.ReportMetric(mb, name+"-peak-MB")
		}
		return used
	}
}

// peak is the most memory that the process had since it was last forgotten; 0 where that is not known.
func peak() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}

// cpu is the time that this process has used on all processors.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// letters is a number in letters: a word that no other number has.
func letters(n int) string {
	var w [5]byte
	for i := range w {
		w[i], n = byte('a'+n%26), n/26
	}
	return string(w[:])
}

// writeBooks writes a large firm's exports, the same every time. distinct is how many words are put before the
// lines' texts, so that they are as many texts: 0 none, nLines another one on every line.
func writeBooks(tb testing.TB, lines, tickets string, nLines, nTickets, clients, distinct int) {
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
			switch {
			case distinct == nLines:
				text = letters(i) + " " + text
			case distinct > 0:
				text = letters(r.IntN(distinct)) + " " + text
			}
			q, p := 1+r.IntN(30), 10+r.IntN(190)
			fmt.Fprintf(w, "%02d/%02d/%d,Invoice,%d,Client %04d Ltd,Service,%s,%d,%d.00,%d.00\n", month%12+1, 1+r.IntN(28), 2023+month/12, 100000+i/4, r.IntN(clients), text, q, p, q*p)
		}
	})
	if nTickets == 0 {
		return
	}
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
