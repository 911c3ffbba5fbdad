// SPDX-License-Identifier: Apache-2.0

package app

import (
	"sync"

	"mainstay/care/devices"
	"mainstay/kit/ids"
	"mainstay/kit/series"
)

// mostCheckSeries is how many series the checks of one device can have since the start. A plugin that names its values anew each time is
// heard no further, rather than let the time series grow without end.
const mostCheckSeries = 2000

// checkLanes keep the series of what checks measure at hand.
type checkLanes struct {
	mu sync.Mutex
	of map[ids.ID]map[checkValue]*series.Series // by device
}

// checkValue is a series of a device's checks.
type checkValue struct {
	client      ids.ID
	check, name string
}

// series returns the series of a value that a check of a device measured; nil for one that is not kept.
func (l *checkLanes) series(store series.Store, d *devices.Device, check, name string) (*series.Series, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[ids.ID]map[checkValue]*series.Series{}
	}
	known := l.of[d.ID]
	if known == nil {
		known = map[checkValue]*series.Series{}
		l.of[d.ID] = known
	}
	key := checkValue{d.Client, check, name}
	if h, ok := known[key]; ok || len(known) >= mostCheckSeries {
		return h, nil
	}
	labels, err := series.MakeLabels("check_"+name, series.ClientLabel, d.Client.String(), series.DeviceLabel, d.ID.String(), "check", check)
	if err != nil {
		return nil, nil //nolint:nilerr // a plugin may call its values what it likes
	}
	h, err := store.Series(labels)
	if err == nil {
		known[key] = h
	}
	return h, err
}
