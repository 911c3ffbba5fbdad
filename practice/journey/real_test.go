// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/locale"
	"mainstay/practice/books"
)

// realBooks reads the shared spend file as one firm's invoices, or skips with a word. The
// importers have their own tests; this one only needs the rows.
func realBooks(t testing.TB) *books.Ledger {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "gcloud", "*.csv"))
	if len(files) == 0 {
		t.Skip("left out: the shared real books are not beside the project")
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range raw {
		if c == '\r' {
			c = '\n'
		}
		b.WriteRune(rune(c))
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	l := &books.Ledger{Currency: "GBP", Clients: []string{""}, Texts: []string{""}, Docs: []string{""}, Sources: []books.Source{{Name: "spend.csv", Kind: books.KindLines, Rows: len(rows) - 1}}}
	clients, texts := map[string]int32{}, map[string]int32{}
	intern := func(m map[string]int32, list *[]string, key, name string) int32 {
		i, ok := m[key]
		if !ok {
			i = int32(len(*list))
			m[key] = i
			*list = append(*list, name)
		}
		return i
	}
	for i, r := range rows[1:] {
		day, err := civil.Parse(r[4][:10])
		if err != nil {
			continue
		}
		v, err := strconv.ParseFloat(strings.ReplaceAll(r[6], ",", ""), 64)
		if err != nil {
			continue
		}
		l.Lines = append(l.Lines, books.Line{
			Row: books.Row{Number: int64(i + 2)}, Minor: int64(math.Round(v * 100)), Day: day,
			Client: intern(clients, &l.Clients, books.ClientKey(r[3]), r[3]), Text: intern(texts, &l.Texts, books.StreamKey(r[5]), r[5]),
		})
	}
	return l
}

func TestRealBooksGiveNoVerdict(t *testing.T) {
	a, err := Assess(realBooks(t), DefaultSettings(), nil, DefaultSeed)
	if err != nil {
		t.Fatal(err)
	}
	if a.Firm.Verdict.Word != "none" || a.Firm.Coverage >= .6 {
		t.Errorf("invoices alone gave %+v at coverage %v", a.Firm.Verdict, a.Firm.Coverage)
	}
	if len(a.Questions) == 0 || len(a.Clients) < 300 || a.Firm.Axes[0].Measured {
		t.Errorf("%d questions, %d clients", len(a.Questions), len(a.Clients))
	}
	var b strings.Builder
	if err := WriteText(&b, a, locale.New("en-GB", nil)); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
}
