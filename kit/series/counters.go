// SPDX-License-Identifier: Apache-2.0

package series

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// counters is where the database registers its own figures: nothing goes into a registry of the process, and the few that
// tell what the database does not return as an error are read from here.
type counters struct {
	mu   sync.Mutex
	list []prometheus.Collector
}

// Register keeps c.
func (g *counters) Register(c prometheus.Collector) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = append(g.list, c)
	return nil
}

// MustRegister keeps cs.
func (g *counters) MustRegister(cs ...prometheus.Collector) {
	for _, c := range cs {
		_ = g.Register(c)
	}
}

// Unregister says that c is gone: with the database goes all of it.
func (g *counters) Unregister(prometheus.Collector) bool { return true }

// find returns the collectors of a name.
func (g *counters) find(name string) []prometheus.Collector {
	g.mu.Lock()
	defer g.mu.Unlock()
	want := `fqName: "` + name + `"`
	var out []prometheus.Collector
	for _, c := range g.list {
		descs := make(chan *prometheus.Desc, 64)
		c.Describe(descs)
		close(descs)
		for d := range descs {
			if strings.Contains(d.String(), want) {
				out = append(out, c)
			}
		}
	}
	return out
}

// sum is the value of counters together, over all their labels.
func sum(cs []prometheus.Collector) float64 {
	total := 0.0
	for _, c := range cs {
		ms := make(chan prometheus.Metric, 64)
		c.Collect(ms)
		close(ms)
		for m := range ms {
			var d dto.Metric
			if m.Write(&d) == nil {
				total += d.GetCounter().GetValue() + d.GetGauge().GetValue()
			}
		}
	}
	return total
}
