// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/wire"
)

var none = math.NaN()

// TestBatchBytes holds the encoding to bytes made by hand, so that programs of different releases understand each other.
func TestBatchBytes(t *testing.T) {
	series := []string{"a", `b{c="d"}`, "e"}
	b := wire.Batch{Dictionary: wire.HashDictionary(series), Series: series, Number: 300, Times: []int64{1000, 61000}, Values: [][]float64{{5, 0.25, none}, {4, 0.25, 1.0 / 3}}}
	got := hex.EncodeToString(wire.AppendBatch(nil, &b)[17:])
	want := "ac02" + "03" + // number, width
		"03" + "0161" + "08" + hex.EncodeToString([]byte(`b{c="d"}`)) + "0165" + // dictionary
		"02" + "d00f" + // rows; 1000 zigzag 2000
		"28" + "a19c01" + "03" + // 5 → 10<<2; 2500 → 5000<<2|1; none
		"c0a907" + "04" + "01" + "02" + "555555555555d53f" // +60000; 4-5=-1 → 1<<2; same; raw
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestBatchComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width, rows := rapid.IntRange(0, 40).Draw(t, "width"), rapid.IntRange(0, 20).Draw(t, "rows")
		var b wire.Batch
		for i := range width {
			b.Series = append(b.Series, wire.SeriesText("m", wire.Label{Name: "n", Value: strings.Repeat("x", i)}))
		}
		b.Dictionary, b.Number = wire.HashDictionary(b.Series), rapid.Uint64().Draw(t, "number")
		if rapid.Bool().Draw(t, "known") {
			b.Series = nil
		}
		at := rapid.Int64Range(1, 1<<51).Draw(t, "start")
		value := rapid.OneOf(
			rapid.Float64(), rapid.Map(rapid.Int64(), func(n int64) float64 { return float64(n) }), rapid.Just(none), rapid.Just(math.Inf(-1)), rapid.Just(math.Copysign(0, -1)),
			rapid.Map(rapid.Int64Range(-1<<55, 1<<55), func(n int64) float64 { return float64(n) / 10_000 }),
		)
		for range rows {
			at += rapid.Int64Range(1, 1<<40).Draw(t, "step")
			b.Times = append(b.Times, at)
			b.Values = append(b.Values, rapid.SliceOfN(value, width, width).Draw(t, "row"))
		}
		var back wire.Batch
		if rows == 0 {
			return // a batch without rows has no width: nobody sends it
		}
		if err := back.Decode(wire.AppendBatch(nil, &b)); err != nil {
			t.Fatal(err)
		}
		if back.Dictionary != b.Dictionary || back.Number != b.Number || !slices.Equal(back.Times, b.Times) || !slices.Equal(back.Series, b.Series) {
			t.Fatalf("got %+v, want %+v", back, b)
		}
		for i, row := range b.Values {
			for j, v := range row {
				if got := back.Values[i][j]; math.Float64bits(got) != math.Float64bits(v) && (v == v || got == got) {
					t.Fatalf("row %d value %d: got %v, want %v", i, j, got, v)
				}
			}
		}
	})
}

func TestBatchRefused(t *testing.T) {
	series := []string{"a", "b"}
	good := wire.Batch{Dictionary: wire.HashDictionary(series), Series: series, Times: []int64{1, 2}, Values: [][]float64{{1, 2}, {3, 4}}}
	data := wire.AppendBatch(nil, &good)
	var b wire.Batch
	for n := range data {
		if b.Decode(data[:n]) == nil {
			t.Errorf("cut after %d bytes it is taken", n)
		}
	}
	if b.Decode(append(slices.Clone(data), 0)) == nil {
		t.Error("with a byte more it is taken")
	}
	for name, change := range map[string]func(*wire.Batch){
		"another dictionary": func(b *wire.Batch) { b.Series = []string{"a", "c"} },
		"instants fall":      func(b *wire.Batch) { b.Times = []int64{2, 1} },
		"instants repeat":    func(b *wire.Batch) { b.Times = []int64{2, 2} },
		"before 1970":        func(b *wire.Batch) { b.Times = []int64{-2, 2} },
		"far future":         func(b *wire.Batch) { b.Times = []int64{2, 1 << 60} },
		"short dictionary":   func(b *wire.Batch) { b.Series = b.Series[:1] },
		"long text":          func(b *wire.Batch) { b.Series = []string{"a", strings.Repeat("b", 600)} },
	} {
		bad := good
		change(&bad)
		if b.Decode(wire.AppendBatch(nil, &bad)) == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	if err := b.Decode(data); err != nil || b.Values[1][1] != 4 {
		t.Errorf("after refusals the good one is not read: %v %v", err, b)
	}
}

func FuzzBatch(f *testing.F) {
	series := []string{"a", "b"}
	b := wire.Batch{Dictionary: wire.HashDictionary(series), Series: series, Times: []int64{1, 2}, Values: [][]float64{{1, none}, {.5, 1e300}}}
	f.Add(wire.AppendBatch(nil, &b))
	b.Series = nil
	f.Add(wire.AppendBatch(nil, &b))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b wire.Batch
		if b.Decode(data) != nil || len(b.Times) == 0 {
			return
		}
		var again wire.Batch
		if err := again.Decode(wire.AppendBatch(nil, &b)); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if !slices.Equal(again.Times, b.Times) {
			t.Fatal("instants changed")
		}
	})
}

func TestSeriesText(t *testing.T) {
	for text, labels := range map[string][]wire.Label{
		"up":                              nil,
		`fs{mountpoint="/"}`:              {{"mountpoint", "/"}},
		`fs{a="1",b="x\"y\\z\n{,=\"}"}`:   {{"b", "x\"y\\z\n{,=\"}"}, {"a", "1"}},
		`d{direction="read",name="C:\\"}`: {{"direction", "read"}, {"name", `C:\`}},
	} {
		name, back, err := wire.ParseSeries(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := wire.SeriesText(name, labels...); got != text {
			t.Errorf("wrote %s, want %s", got, text)
		}
		if got := wire.SeriesText(name, back...); got != text {
			t.Errorf("read and wrote %s, want %s", got, text)
		}
	}
	for _, bad := range []string{"", "1a", "a{}", "a{", `a{b="c"`, `a{b="c"}x`, `a{b="c",}`, `a{b="1",b="2"}`, `a{c="1",b="2"}`, `a{device="x"}`, `a{client="x"}`, `a{__name__="x"}`, "a b", `a{b="\x"}`, "a{b=\"\n\"}", strings.Repeat("a", 600)} {
		if _, _, err := wire.ParseSeries(bad); err == nil {
			t.Errorf("%.60q is taken", bad)
		}
	}
}

func FuzzSeries(f *testing.F) {
	f.Add(`a{b="c\\",d="\n"}`)
	f.Fuzz(func(t *testing.T, text string) {
		name, labels, err := wire.ParseSeries(text)
		if err == nil && wire.SeriesText(name, labels...) != text {
			t.Fatalf("%q is not written as it was read", text)
		}
	})
}

func TestToken(t *testing.T) {
	want := wire.Token{Server: "https://mainstay.example.com:8443", ID: "01h", Secret: "s3cret", CA: "ab"}
	got, err := wire.ParseToken(" " + want.String() + "\n")
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "x", "mainstay-enrol-", "mainstay-enrol-!!", "mainstay-enrol-e30", wire.Token{Server: "ftp://x", ID: "1", Secret: "2"}.String(), wire.Token{Server: "https://x", ID: "1"}.String()} {
		if _, err := wire.ParseToken(bad); err == nil || !strings.Contains(err.Error(), "Copy the whole word") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestFacts(t *testing.T) {
	body, err := json.Marshal([]wire.Software{{Name: "nginx <x>", Version: "1.22.1-9+deb12u1", Source: "dpkg"}})
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Facts{Section: wire.SectionSoftware, Taken: 5, Hash: wire.HashFacts(body), Body: body}
	data, err := wire.PackFacts(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.UnpackFacts(data)
	if err != nil || got.Section != want.Section || string(got.Body) != string(body) {
		t.Errorf("got %+v, %v", got, err)
	}
	want.Hash = "0"
	other, _ := wire.PackFacts(want)
	unknown, _ := wire.PackFacts(wire.Facts{Section: "secrets", Hash: wire.HashFacts([]byte("null"))})
	bomb, _ := wire.PackFacts(wire.Facts{Section: wire.SectionPorts, Body: json.RawMessage(`"` + strings.Repeat("a", wire.MaxFacts-200) + `"`)})
	for name, bad := range map[string][]byte{"hash": other, "section": unknown, "cut": data[:len(data)-3], "noise": []byte("noise"), "empty": nil, "bomb": bomb} {
		if _, err := wire.UnpackFacts(bad); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	if _, err := wire.PackFacts(wire.Facts{Section: wire.SectionPorts, Body: json.RawMessage(`"` + strings.Repeat("a", wire.MaxFacts) + `"`)}); err == nil {
		t.Error("a section of more than the limit is packed")
	}
}

func FuzzFacts(f *testing.F) {
	data, _ := wire.PackFacts(wire.Facts{Section: wire.SectionPorts, Hash: wire.HashFacts([]byte("[]")), Body: json.RawMessage("[]")})
	f.Add(data)
	f.Fuzz(func(_ *testing.T, data []byte) { _, _ = wire.UnpackFacts(data) })
}

func TestSubjects(t *testing.T) {
	a, d, k, ok := wire.ParseUp("up.ACC.0abc.metrics")
	if !ok || a != "ACC" || d != "0abc" || k != wire.KindMetrics {
		t.Error(a, d, k, ok)
	}
	for _, bad := range []string{"", "up.a.b", "up.a.b.", "up..b.hello", "down.a.b.hello", "up.a.b.hello.x"} {
		if _, _, _, ok := wire.ParseUp(bad); ok {
			t.Errorf("%s is taken", bad)
		}
	}
}

// BenchmarkDecode: fifty series of a minute, as a server reads them.
func BenchmarkDecode(b *testing.B) {
	var batch wire.Batch
	for i := range 50 {
		batch.Series = append(batch.Series, wire.SeriesText("m", wire.Label{Name: "n", Value: string(rune('a' + i))}))
	}
	batch.Dictionary, batch.Series = wire.HashDictionary(batch.Series), nil
	batch.Times, batch.Values = []int64{1_700_000_000_000}, [][]float64{make([]float64, 50)}
	for i := range 50 {
		batch.Values[0][i] = []float64{.4213, 123456789012, 0, 3.5, .00001234567}[i%5]
	}
	data := wire.AppendBatch(nil, &batch)
	b.ReportMetric(float64(len(data)), "bytes")
	var out wire.Batch
	for b.Loop() {
		if err := out.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(50*float64(b.N)/b.Elapsed().Seconds(), "values/s")
}
