// SPDX-License-Identifier: Apache-2.0

package books

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

type stored struct {
	Line  Line
	Print uint64
	Cur   uint8
}

// TestLineStore: what comes out is what went in, however often some of it was taken back.
func TestLineStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.Custom(func(t *rapid.T) stored {
			id := rapid.OneOf(rapid.Int32Range(0, 3), rapid.Int32Range(0, 1<<31-1))
			return stored{Line{
				Row: Row{id.Draw(t, "source"), rapid.Int64().Draw(t, "number")}, Minor: rapid.Int64().Draw(t, "minor"),
				Client: id.Draw(t, "client"), Text: id.Draw(t, "text"), Doc: id.Draw(t, "doc"), Day: civil.Date(rapid.OneOf(rapid.Just(int32(civil.NoDate)), rapid.Int32()).Draw(t, "day")),
				Term: rapid.Uint8().Draw(t, "term"), Told: Told(rapid.Uint8Range(0, 4).Draw(t, "told")),
			}, rapid.Uint64().Draw(t, "print"), rapid.Uint8Range(0, 2).Draw(t, "cur")}
		})
		s := newLineStore()
		var want []stored
		point, kept := s.point(), 0
		add := func(n int) {
			for range n {
				x := line.Draw(t, "line")
				s.add(&x.Line, x.Print, x.Cur)
				want = append(want, x)
			}
		}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			add(rapid.IntRange(0, 40).Draw(t, "lines"))
			switch rapid.IntRange(0, 2).Draw(t, "then") {
			case 0:
				point, kept = s.point(), len(want)
			case 1:
				s.cut(point)
				want = want[:kept]
			}
		}
		for _, drop := range []bool{false, true} {
			var got []stored
			s.all(drop, func(l *Line, print uint64, cur uint8) { got = append(got, stored{*l, print, cur}) })
			if len(want) != s.n || len(want) != len(got) || len(want) > 0 && !cmp.Equal(want, got) {
				t.Fatalf("%d lines in, %d counted, %d out: %s", len(want), s.n, len(got), cmp.Diff(want, got))
			}
		}
		var byCur [3]int
		for _, x := range want {
			byCur[x.Cur]++
		}
		for i, n := range byCur {
			if i < len(s.byCur) && s.byCur[i] != n || i >= len(s.byCur) && n > 0 {
				t.Fatalf("currency %d: %d lines, counted %v", i, n, s.byCur)
			}
		}
	})
}

func TestTooManyLines(t *testing.T) {
	b := NewBuilder()
	b.maxLines = 2
	if err := b.Table(Source{Name: "a.csv", Kind: KindLines}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := b.Line(&LineRow{Number: int64(i)}); (i == 2) != fault.Is(err, fault.Invalid) {
			t.Errorf("line %d: %v", i, err)
		}
	}
}
