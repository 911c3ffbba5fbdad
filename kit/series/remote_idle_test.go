// SPDX-License-Identifier: Apache-2.0

package series

import (
	"fmt"
	"testing"
	"time"

	"mainstay/kit/clock"
)

// TestRemoteForgetsHandles: series that get no samples any more take no memory for ever.
func TestRemoteForgetsHandles(t *testing.T) {
	at := clock.At(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	r, err := Connect(RemoteOptions{URL: "http://localhost:1", Clock: at})
	if err != nil {
		t.Fatal(err)
	}
	get := func(name string) *Series {
		l, err := MakeLabels(name)
		if err != nil {
			t.Fatal(err)
		}
		h, err := r.Series(l)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	kept := get("kept")
	for n := range 100 {
		get(fmt.Sprint("gone_", n))
	}
	for range 3 {
		at.Advance(remoteIdle - time.Hour)
		var b Batch
		b.Add(kept, at.Now().UnixMilli(), 1)
		r.use(&b)
	}
	if again := get("kept"); again != kept || len(r.handles) != 1 {
		t.Errorf("%d handles, the one in use is the same: %v", len(r.handles), again == kept)
	}
}
