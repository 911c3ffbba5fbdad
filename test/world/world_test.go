// SPDX-License-Identifier: Apache-2.0

package world_test

import (
	"bytes"
	"testing"

	"mainstay/kit/civil"
	"mainstay/test/world"
)

func TestSameDaySameBytes(t *testing.T) {
	day := civil.MustDate(2026, 3, 17)
	a, b := world.Files(day), world.Files(day)
	if len(a) != 6 {
		t.Fatalf("%d files", len(a))
	}
	for i := range a {
		if a[i].Name != b[i].Name || !bytes.Equal(a[i].Data, b[i].Data) {
			t.Errorf("%s differs between two runs", a[i].Name)
		}
		if n := bytes.Count(a[i].Data, []byte("\n")); n < 5 {
			t.Errorf("%s has %d lines", a[i].Name, n)
		}
	}
}
