// SPDX-License-Identifier: Apache-2.0

package tabular_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"pgregory.net/rapid"

	"mainstay/kit/fault"
	"mainstay/kit/tabular"
)

type row struct {
	Line  int64
	Cells []string
}

func readAll(name string, data []byte, opt tabular.Options) (rows []row, last *tabular.Table, err error) {
	f := tabular.New(name, bytes.NewReader(data), int64(len(data)), opt)
	err = f.Each(context.Background(), func(t *tabular.Table) error {
		last = t
		for {
			r, err := t.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			var c []string
			for _, x := range r.Cells {
				c = append(c, string(x))
			}
			rows = append(rows, row{r.Line, c})
		}
	})
	return rows, last, err
}

func encode16(s string, big bool) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func page(t *testing.T, p *charmap.Charmap, s string) []byte {
	t.Helper()
	b, err := p.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEncodings(t *testing.T) {
	text := "Kunde,Betrag,Ort\nMüller & Söhne,£12.50,Köln\nCafé René,3,Genève 😀\n"
	plain := strings.ReplaceAll(text, " 😀", "")
	want := []row{{1, []string{"Kunde", "Betrag", "Ort"}}, {2, []string{"Müller & Söhne", "£12.50", "Köln"}}, {3, []string{"Café René", "3", "Genève 😀"}}}
	short := []row{want[0], want[1], {3, []string{"Café René", "3", "Genève"}}}
	for _, c := range []struct {
		name string
		data []byte
		enc  string
		want []row
	}{
		{"utf-8", []byte(text), tabular.UTF8, want},
		{"utf-8 with mark", append([]byte("\xef\xbb\xbf"), text...), tabular.UTF8, want},
		{"utf-16le with mark", append([]byte("\xff\xfe"), encode16(text, false)...), tabular.UTF16LE, want},
		{"utf-16be with mark", append([]byte("\xfe\xff"), encode16(text, true)...), tabular.UTF16BE, want},
		{"utf-16le bare", encode16(text, false), tabular.UTF16LE, want},
		{"utf-16be bare", encode16(text, true), tabular.UTF16BE, want},
		{"windows-1252", page(t, charmap.Windows1252, plain), tabular.Windows1252, short},
		{"latin-1 with bare CR", page(t, charmap.ISO8859_1, strings.ReplaceAll(plain, "\n", "\r")), tabular.Windows1252, short},
		{"macintosh", page(t, charmap.Macintosh, strings.ReplaceAll(plain, "\n", "\r")), tabular.MacRoman, short},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, table, err := readAll("x.csv", c.data, tabular.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, rows); d != "" || table.Encoding != c.enc {
				t.Errorf("encoding %s\n%s", table.Encoding, d)
			}
		})
	}
}

func TestLateForeignLetter(t *testing.T) {
	data := strings.Repeat("a,b,c\n", 50_000) + "Caf\xe9,\xa35,x\n"
	rows, _, err := readAll("x.csv", []byte(data), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[len(rows)-1].Cells; got[0] != "Café" || got[1] != "£5" {
		t.Errorf("the last row reads %q", got)
	}
}

func TestShapes(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       []row
	}{
		{"LF", "a,b\n1,2\n", []row{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"CRLF", "a,b\r\n1,2\r\n", []row{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"bare CR", "a,b\r1,2\r3,4", []row{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}, {3, []string{"3", "4"}}}},
		{"mixed ends and blank lines", "a,b\r\r\n1,2\n\n\n3,4\r5,6", []row{{1, []string{"a", "b"}}, {3, []string{"1", "2"}}, {6, []string{"3", "4"}}, {7, []string{"5", "6"}}}},
		{"no last line end, empty last cell", "a,b\n1,", []row{{1, []string{"a", "b"}}, {2, []string{"1", ""}}}},
		{"semicolon", "a;b;c\n1,5;2;x\n", []row{{1, []string{"a", "b", "c"}}, {2, []string{"1,5", "2", "x"}}}},
		{"tab", "a\tb, c\n1\t2\n", []row{{1, []string{"a", "b, c"}}, {2, []string{"1", "2"}}}},
		{"pipe", "a|b\n1|2\n", []row{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}},
		{"sep line", "sep=;\r\na;b\r\n1;2\r\n", []row{{2, []string{"a", "b"}}, {3, []string{"1", "2"}}}},
		{"quotes", "a,b\n\"x \"\"y\"\"\",\"1,\n2\"\nz,3\n", []row{{1, []string{"a", "b"}}, {2, []string{`x "y"`, "1,\n2"}}, {4, []string{"z", "3"}}}},
		{"undoubled marks", "a,b\n\"the \"best\" one\",2\n5\" disk,3\n", []row{{1, []string{"a", "b"}}, {2, []string{`the "best" one`, "2"}}, {3, []string{`5" disk`, "3"}}}},
		{"blank after the closing mark", "a,b\n\"x\" ,2\n", []row{{1, []string{"a", "b"}}, {2, []string{"x", "2"}}}},
		{"open to the end", "a,b\n\"x,2\ny,3\n", []row{{1, []string{"a", "b"}}, {2, []string{`"x`, "2"}}, {3, []string{"y", "3"}}}},
		{"open, with good quotes behind", "a,b\n\"x,2\ny,\"3\"\n", []row{{1, []string{"a", "b"}}, {2, []string{`"x`, "2"}}, {3, []string{"y", "3"}}}},
		{"quoted line ends count", "a,b\n\"1\r\n2\r3\n4\",x\nq,w\n", []row{{1, []string{"a", "b"}}, {2, []string{"1\r\n2\r3\n4", "x"}}, {6, []string{"q", "w"}}}},
		{"one column", "a\nb\n", []row{{1, []string{"a"}}, {2, []string{"b"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, _, err := readAll("x.csv", []byte(c.data), tabular.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, rows); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestStrayMarksAreReported(t *testing.T) {
	_, table, err := readAll("x.csv", []byte("a,b\nx,\"1\n\"y,3\nz,4\n"), tabular.Options{})
	if err != nil || table.Strays != 2 || table.FirstLine != 2 {
		t.Errorf("%d strays from line %d, %v", table.Strays, table.FirstLine, err)
	}
}

// Any grid written by the rules comes back the same, whatever the size of the reads.
func TestRoundTrip(t *testing.T) {
	cell := rapid.StringMatching(`[a-zA-Z0-9 ,;"\r\n|é😀]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 5).Draw(t, "width")
		grid := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 1, 20).Draw(t, "grid")
		var b strings.Builder
		for _, r := range grid {
			for i, c := range r {
				if i > 0 {
					b.WriteByte('\t')
				}
				b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
			}
			b.WriteString("\r\n")
		}
		rows, _, err := readAll("x", []byte(b.String()), tabular.Options{Delimiter: '\t'})
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, r := range rows {
			got = append(got, r.Cells)
		}
		if d := cmp.Diff(grid, got); d != "" {
			t.Fatal(d)
		}
	})
}

func zipped(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		w, err := z.Create(members[i])
		if err == nil {
			_, err = io.WriteString(w, members[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.Bytes()
}

func TestArchives(t *testing.T) {
	want := []row{{1, []string{"a", "b"}}, {2, []string{"1", "2"}}}
	rows, table, err := readAll("x.csv.gz", gzipped("a,b\n1,2\n"), tabular.Options{})
	if err != nil || cmp.Diff(want, rows) != "" || table.Name != "x.csv" {
		t.Errorf("gz: %v %v", rows, err)
	}
	inner := workbook(t)
	rows, _, err = readAll("x.zip", zipped(t, "__MACOSX/._a.csv", "junk", "d/a.csv", "a,b\n1,2\n", "b.txt", "", "c.tsv", "a\tb\n1\t2\n", "d.xlsx", string(inner)), tabular.Options{})
	if err != nil || cmp.Diff(append(append([]row{}, want...), want...), rows[:4]) != "" || len(rows) <= 4 {
		t.Errorf("zip: %v %v", rows, err)
	}
}

// zeros is 10 GB of nothing, without a disk to hold it.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

func TestRefusals(t *testing.T) {
	wide := strings.Repeat("x,", 1_000_000) + "x\n"
	small := tabular.Limits{Bytes: 1000}
	for _, c := range []struct {
		name string
		data []byte
		lim  tabular.Limits
		want string
	}{
		{"empty", nil, tabular.Limits{}, "is empty"},
		{"zeros", make([]byte, 1<<20), tabular.Limits{}, "NUL bytes"},
		{"zeros in gz", gzipped(string(make([]byte, 64<<20))), tabular.Limits{}, "NUL bytes"},
		{"zeros in zip", zipped(t, "a.csv", string(make([]byte, 64<<20))), tabular.Limits{}, "far more"},
		{"NUL late", []byte(strings.Repeat("a,b\n", 30_000) + "a,\x00b\n"), tabular.Limits{}, "Line 30001 has NUL"},
		{"a million columns", []byte(wide), tabular.Limits{}, "more than 1000 columns"},
		{"a million columns in line 2", []byte("a,b\n" + wide), tabular.Limits{}, "Line 2 has more than 1000 columns"},
		{"bomb of text", gzipped(strings.Repeat("a,b\n", 16<<20)), tabular.Limits{}, "far more"},
		{"bomb in zip", zipped(t, "a.csv", strings.Repeat("a,b\n", 16<<20)), tabular.Limits{}, "far more"},
		{"too large", []byte(strings.Repeat("a,b\n", 1000)), small, "more than 1 MB"},
		{"too large inside", gzipped(strings.Repeat("a,b\n", 1000)), small, "more than 1 MB"},
		{"one endless line", []byte(strings.Repeat("abc ", 4<<20)), tabular.Limits{}, "KB"},
		{"nested zip", zipped(t, "b.zip", string(zipped(t, "a.csv", "a,b\n"))), tabular.Limits{}, "archive inside the archive"},
		{"nested gz", zipped(t, "b.csv.gz", string(gzipped("a,b\n"))), tabular.Limits{}, "archive inside the archive"},
		{"empty zip", zipped(t), tabular.Limits{}, "holds no table"},
		{"damaged zip", zipped(t, "a.csv", "a,b\n")[:30], tabular.Limits{}, "damaged"},
		{"damaged gz", gzipped(strings.Repeat("a,b\n", 1000))[:25], tabular.Limits{}, "damaged"},
		{"pdf", []byte("%PDF-1.7\n..."), tabular.Limits{}, "PDF"},
		{"old excel", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on"), tabular.Limits{}, ".xls"},
		{"noise", bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 'a'}, 100), tabular.Limits{}, "binary"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := readAll("x", c.data, tabular.Options{Limits: c.lim})
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.TextOf(err), c.want) {
				t.Errorf("said %v, expected a sentence with %q", err, c.want)
			}
		})
	}
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf("%d.csv", i), "a,b\n")
	}
	if _, _, err := readAll("x", zipped(t, many...), tabular.Options{}); !strings.Contains(fault.TextOf(err), "holds 300 files") {
		t.Errorf("300 members: %v", err)
	}
	f := tabular.New("zeros.csv", zeros{}, 10<<30, tabular.Options{})
	if err := f.Each(context.Background(), func(*tabular.Table) error { return nil }); !strings.Contains(fault.TextOf(err), "NUL") {
		t.Errorf("10 GB of zeros: %v", err)
	}
}

func TestCancelAndProgress(t *testing.T) {
	data := []byte(strings.Repeat("a,b\n", 1<<20))
	var seen int64
	ctx, cancel := context.WithCancel(context.Background())
	f := tabular.New("x", bytes.NewReader(data), int64(len(data)), tabular.Options{Progress: func(done, total int64) {
		if done < seen || total != int64(len(data)) {
			t.Errorf("progress %d of %d after %d", done, total, seen)
		}
		if seen = done; done > total/2 {
			cancel()
		}
	}})
	err := f.Each(ctx, func(tb *tabular.Table) error {
		for {
			if _, err := tb.Next(); err != nil {
				return err
			}
		}
	})
	if !errors.Is(err, context.Canceled) || seen < int64(len(data)/2) {
		t.Errorf("stopped with %v at %d", err, seen)
	}
}

func TestOpenAndSpool(t *testing.T) {
	if _, err := tabular.Open(t.TempDir(), tabular.Options{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := tabular.Open("/none", tabular.Options{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("nothing: %v", err)
	}
	dir := t.TempDir()
	f, err := tabular.Spool("x.csv", strings.NewReader("a,b\n"), dir, tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Size != 4 || f.Close() != nil {
		t.Error("spooled wrongly")
	}
	if _, err := tabular.Spool("x", strings.NewReader(strings.Repeat("a", 100)), dir, tabular.Options{Limits: tabular.Limits{Bytes: 50}}); err == nil {
		t.Error("too large a stream was taken")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("a,b\n\"1\"\"\",2\r\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x00"))
	f.Add(gzipped("a;b\n1;2\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("a\r\"b,\r\n\"c\"d,\"\x80"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, _, err := readAll("fuzz", data, tabular.Options{Limits: tabular.Limits{Bytes: 1 << 20, Cell: 1 << 10, Row: 1 << 12}})
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("not a fault: %v", err)
		}
		line := int64(0)
		for _, r := range rows {
			if r.Line <= line {
				t.Fatalf("line %d after %d", r.Line, line)
			}
			line = r.Line
		}
	})
}

func BenchmarkScan(b *testing.B) {
	var s strings.Builder
	s.WriteString("Date,Type,Num,Customer,Product,Memo,Qty,Amount\n")
	const n = 200_000
	for i := range n {
		fmt.Fprintf(&s, "2024-%02d-%02d,Invoice,%d,Client %d,Support,Monthly support,1,%d.50\n", i%12+1, i%28+1, i/4, i%100, i%900)
	}
	data := []byte(s.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		f := tabular.New("x", bytes.NewReader(data), int64(len(data)), tabular.Options{})
		rows := 0
		err := f.Each(context.Background(), func(t *tabular.Table) error {
			for {
				if _, err := t.Next(); err != nil {
					return nil
				}
				rows++
			}
		})
		if err != nil || rows != n+1 {
			b.Fatal(rows, err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
