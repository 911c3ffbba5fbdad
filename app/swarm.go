// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"mainstay/agent/swarm"
	"mainstay/care/monitoring"
	"mainstay/kit/series"
)

// SwarmProof is what the time series hold of a swarm.
type SwarmProof struct {
	Devices  int   // that have rows
	Rows     int64 // kept
	Missing  int64 // measured, and not kept
	Doubled  int64 // kept more than once
	Samples  int64 // of all series of the devices
	Unlike   int64 // devices whose series do not all have as many samples as rows
	Examples []string
}

// ProveSwarm compares what a swarm measured, rows by device, with what the time series in the data folder of a server that does not
// run hold: each row once, with a sample of each of its series.
func ProveSwarm(ctx context.Context, data string, rows map[string]int64) (p SwarmProof, err error) {
	store, err := series.Open(filepath.Join(data, "series"), series.Options{})
	if err != nil {
		return p, err
	}
	defer func() { _ = store.Close() }()
	for store.Ready() != nil {
		select {
		case <-ctx.Done():
			return p, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	for device, want := range rows {
		if err := proveDevice(ctx, store, device, want, &p); err != nil {
			return p, err
		}
	}
	return p, nil
}

func proveDevice(ctx context.Context, store series.Store, device string, want int64, p *SwarmProof) error {
	counts := map[int]int{}
	seen := map[int64]int{}
	err := store.Select(ctx, series.Everything(), []*series.Matcher{series.Is("device", device)}, time.Now().Add(-40*24*time.Hour), time.Now().Add(time.Hour), func(l series.Line) error {
		if l.Labels.Get("__name__") == monitoring.CheckSeries {
			return nil // what its checks found beside: no part of a row
		}
		counts[len(l.Points)]++
		p.Samples += int64(len(l.Points))
		if l.Labels.Get("__name__") == swarm.RowSeries {
			for _, x := range l.Points {
				seen[int64(x.V)]++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(seen) > 0 {
		p.Devices++
	}
	if len(counts) > 1 {
		p.Unlike++
	}
	var missing int64
	for n := int64(1); n <= want; n++ {
		if seen[n] == 0 {
			missing++
		}
	}
	for _, n := range seen {
		p.Rows++
		p.Doubled += int64(n - 1)
	}
	p.Missing += missing
	if missing > 0 && len(p.Examples) < 5 {
		p.Examples = append(p.Examples, fmt.Sprintf("%s: %d of %d rows are missing", device, missing, want))
	}
	return nil
}
