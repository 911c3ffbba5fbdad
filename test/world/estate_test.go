// SPDX-License-Identifier: Apache-2.0

package world

import (
	"testing"

	"mainstay/kit/civil"
)

func TestEstate(t *testing.T) {
	list := Estate(civil.MustDate(2026, 3, 1))
	found := map[Trouble]int{}
	names := map[string]bool{}
	for _, m := range list {
		found[m.Trouble]++
		if names[m.Name] || m.Serial == "" || m.MAC == "" {
			t.Errorf("%+v", m)
		}
		names[m.Name] = true
	}
	if len(list) < 25 || len(list) > 40 {
		t.Errorf("%d machines", len(list))
	}
	for _, x := range []Trouble{Fills, Tight, Gone, Warning} {
		if found[x] != 1 {
			t.Errorf("%d machines have the trouble %s", found[x], x)
		}
	}
}
