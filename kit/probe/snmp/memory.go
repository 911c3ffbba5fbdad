// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"math"
	"sync"
)

// Memory makes counters of 32 bits that wrap grow on, by what it saw at the last reading of the same device. A device that started
// again starts its counters again, too. It is safe for concurrent use; the zero value is ready, nil remembers nothing.
type Memory struct {
	mu     sync.Mutex
	uptime float64
	before float64 // the uptime at the reading before
	bytes  map[string]float64
	last   map[string]uint64
	above  map[string]float64
}

// began tells m of the device's uptime in seconds before its counters are looked at.
func (m *Memory) began(uptime float64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	// The uptime itself wraps after 497 days; then the counters go on, and one interval is reckoned low.
	if uptime < m.uptime || m.last == nil {
		m.last, m.above = map[string]uint64{}, map[string]float64{}
	}
	m.before, m.uptime = m.uptime, uptime
	if uptime < m.before || m.bytes == nil {
		m.before, m.bytes = 0, map[string]float64{}
	}
}

// rate is how much a counter grew in a second since the last reading, by the device's own clock; false where that is not known.
func (m *Memory) rate(key string, v float64) (float64, bool) {
	if m == nil {
		return 0, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	was, ok := m.bytes[key]
	if len(m.bytes) < 4*maxInterfaces {
		m.bytes[key] = v
	}
	passed := m.uptime - m.before
	if !ok || m.before == 0 || passed < 1 || v < was {
		return 0, false
	}
	return (v - was) / passed, true
}

// grow is the value of a counter with what it wrapped over.
func (m *Memory) grow(key string, c counted) float64 {
	if m == nil || c.wide || c.value > math.MaxUint32 {
		return float64(c.value)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil || len(m.last) > 10*maxInterfaces {
		m.last, m.above = map[string]uint64{}, map[string]float64{}
	}
	// A fall from the lower half is no wrap but a counter that somebody cleared.
	if was, ok := m.last[key]; ok && c.value < was {
		if was > math.MaxUint32/2 {
			m.above[key] += 1 << 32
		} else {
			m.above[key] = 0
		}
	}
	m.last[key] = c.value
	return float64(c.value) + m.above[key]
}
