// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"sync"
	"time"

	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// checkSeries stores the results of checks, services, devices asked by SNMP and patterns in syslog as they reach the rules, so that they
// can be drawn and rules about them tried on the past. The results themselves are kept before, where they are taken in; these are their
// history, and what a crash takes of it is a few seconds.
type checkSeries struct {
	mu   sync.Mutex
	rows []checkRow
}

type checkRow struct {
	device ids.ID
	series string
	at     int64 // ms
	value  float64
}

const (
	checksEvery = 2 * time.Second
	mostChecks  = 100_000 // that wait
)

func (c *checkSeries) add(device ids.ID, text string, at int64, v float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rows) < mostChecks {
		c.rows = append(c.rows, checkRow{device, text, at, v})
	}
}

func (c *checkSeries) take() []checkRow {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.rows
	c.rows = nil
	return list
}

// storeChecks stores what waits until ctx ends, and then the rest.
func (a *App) storeChecks(ctx context.Context) {
	t := time.NewTicker(checksEvery)
	defer t.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		if a.Series.Ready() != nil {
			continue // they wait
		}
		if err := a.storeResults(context.WithoutCancel(ctx), a.checks.take()); err != nil {
			a.Log.Error("cannot store the results of checks as time series", "error", err)
		}
	}
}

func (a *App) storeResults(ctx context.Context, rows []checkRow) error {
	var b series.Batch
	for _, r := range rows {
		d, ok := a.watchedBy(r.device)
		name, labels, err := wire.ParseSeries(r.series)
		if !ok || err != nil {
			continue
		}
		pairs := make([]string, 0, 4+2*len(labels))
		pairs = append(pairs, series.ClientLabel, d.Client.String(), series.DeviceLabel, r.device.String())
		for _, l := range labels {
			pairs = append(pairs, l.Name, l.Value)
		}
		made, err := series.MakeLabels(name, pairs...)
		if err != nil {
			continue // its name is longer than a label may be
		}
		h, err := a.Series.Series(made)
		if err != nil {
			return err
		}
		b.Add(h, r.at, r.value)
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := a.Series.Commit(ctx, &b)
	return err
}
