// SPDX-License-Identifier: Apache-2.0

package api

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/series"
)

// TestSeriesOfAClient: a token writes so many series of its client and no more; those that it has go on, and others are not touched.
func TestSeriesOfAClient(t *testing.T) {
	store, err := series.Open(t.TempDir(), series.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	h := &Handlers{Store: store, Clock: clock.System{}}
	h.made.most = 3
	begin := func(reach series.Reach, name string) bool {
		in := &intake{h: h, store: store, reach: reach, build: labels.NewScratchBuilder(4)}
		in.build.Add("__name__", name)
		s, err := in.begin()
		if err != nil || (s == nil) != (in.last != nil) {
			t.Fatal(err, in.last)
		}
		return s != nil
	}
	one, two := series.Only(ids.ID(1)), series.Only(ids.ID(2))
	for _, name := range []string{"a", "b", "c", "a"} {
		if !begin(one, name) {
			t.Errorf("%s is refused", name)
		}
	}
	if begin(one, "d") {
		t.Error("one more is taken")
	}
	if !begin(one, "b") || !begin(two, "d") || !begin(series.Everything(), "e") {
		t.Error("what is there, another client's or the firm's own is refused")
	}
	if !h.made.admit(ids.ID(1).String(), 99, time.Now().Add(quotaFor+time.Hour)) {
		t.Error("it is counted for ever")
	}
}
