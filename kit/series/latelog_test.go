// SPDX-License-Identifier: Apache-2.0

package series

import (
	"fmt"
	"strings"
	"testing"
)

// However many late samples come at once and however long their labels are, all can be read back.
func TestLateLogReadsBackWhatItWrote(t *testing.T) {
	dir := t.TempDir()
	log, err := openLate(dir)
	if err != nil {
		t.Fatal(err)
	}
	var samples []sample
	for i := range 20_000 {
		l, err := MakeLabels("x", "device", fmt.Sprint(i%7), "text", strings.Repeat("é", 500), "empty", "")
		if err != nil {
			t.Fatal(err)
		}
		samples = append(samples, sample{&Series{labels: l}, int64(i) - 10_000, float64(i) / 3})
	}
	for _, some := range [][]sample{samples[:1], nil, samples[1:]} {
		if err := log.add(some); err != nil {
			t.Fatal(err)
		}
	}
	log.close()
	if log, err = openLate(dir); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := log.each(func(l Labels, at int64, v float64) {
		if want := samples[n]; !equal(l, want.series.labels) || at != want.at || v != want.v {
			t.Fatalf("sample %d is %s %d %g", n, l, at, v)
		}
		n++
	}, func() error { return nil }); err != nil || n != len(samples) {
		t.Errorf("%d samples, %v", n, err)
	}
	if err := log.drop(log.seal()); err != nil || log.size != 0 {
		t.Errorf("%d bytes are left, %v", log.size, err)
	}
}
