// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/ids"
)

// TestLooksUpItsOwn: what comes again is looked up among the series of its device only, and a label device that is none is no reason to
// read what thousands of machines have in common.
func TestLooksUpItsOwn(t *testing.T) {
	const hosts, each = 40, 20
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, device := range []func(host int) string{
		func(int) string { return "eth0" },
		func(host int) string { return ids.ID(1000 + host).String() },
	} {
		l, err := Open(t.TempDir(), Options{Clock: clock.At(now)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		if err := l.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		for round := range 2 {
			l.looked = 0
			for host := range hosts {
				var b Batch
				for k := range each {
					labels, err := MakeLabels(fmt.Sprint("node_network_", k), "instance", fmt.Sprint("h", host), DeviceLabel, device(host))
					if err != nil {
						t.Fatal(err)
					}
					h, err := l.Series(labels)
					if err != nil {
						t.Fatal(err)
					}
					b.Add(h, now.UnixMilli(), 1)
				}
				out, err := l.Commit(context.Background(), &b)
				if err != nil || round == 0 && out.Stored != each || round == 1 && out.Duplicate != each {
					t.Fatalf("%+v %v", out, err)
				}
			}
		}
		if l.looked != hosts*each {
			t.Errorf("device %s: %d series are read to find %d", device(0), l.looked, hosts*each)
		}
	}
}
