// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"mainstay/kit/fault"
)

// maxKnown is how many names something is remembered of; further ones are not.
const maxKnown = 10_000

// about is what a writer said of the series of a name.
type about struct {
	Type string `json:"type"`
	Help string `json:"help"`
	Unit string `json:"unit"`
}

// metadata is what writers said since the start. It is for people who write questions and lost with the process.
type metadata struct {
	mu    sync.Mutex
	names map[string]about
}

func (m *metadata) learn(name string, a about) {
	if name == "" || len(name) > 256 || len(a.Help) > 1024 || len(a.Unit) > 64 || len(a.Type) > 32 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.names == nil {
		m.names = map[string]about{}
	}
	if _, ok := m.names[name]; ok || len(m.names) < maxKnown {
		m.names[name] = a
	}
}

func (m *metadata) of(name string) (about, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.names[name]
	return a, ok
}

// metadata lists what is known of names. What writers of other clients said stays with them.
func (h *Handlers) metadata(r *http.Request) (any, error) {
	limit := maxKnown
	if s := r.Form.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, fault.NewInvalid("The parameter limit is not a number.").On("limit")
		}
		if n >= 0 {
			limit = min(limit, n)
		}
	}
	out := map[string][]about{}
	reach := h.reading(r)
	names, _, err := h.Store.LabelValues(r.Context(), reach, "__name__", nil, h.now().Add(-24*time.Hour), h.now().Add(time.Hour), 0)
	if err != nil {
		return nil, err
	}
	if want := r.Form.Get("metric"); want != "" {
		names = slices.DeleteFunc(names, func(n string) bool { return n != want })
	}
	ours := agentMetrics()
	for _, n := range names {
		if len(out) >= limit {
			break
		}
		a, ok := ours[n]
		if !ok && reach.All() {
			a, ok = h.known.of(n)
		}
		if ok {
			out[n] = []about{a}
		}
	}
	return out, nil
}

// agentMetrics is what agents measure.
func agentMetrics() map[string]about {
	return map[string]about{
		"system_cpu_utilization_ratio":               {"gauge", "Share of the processors' time that was used.", "ratio"},
		"system_cpu_iowait_ratio":                    {"gauge", "Share of the processors' time spent waiting for disks.", "ratio"},
		"system_cpu_load_average_1m":                 {"gauge", "Processes that ran or waited to run, over a minute.", ""},
		"system_memory_utilization_ratio":            {"gauge", "Share of the memory that is used.", "ratio"},
		"system_memory_usage_bytes":                  {"gauge", "Memory that is used.", "bytes"},
		"system_memory_limit_bytes":                  {"gauge", "Memory that there is.", "bytes"},
		"system_paging_utilization_ratio":            {"gauge", "Share of the swap space that is used.", "ratio"},
		"system_filesystem_utilization_ratio":        {"gauge", "Share of the file system that is used.", "ratio"},
		"system_filesystem_usage_bytes":              {"gauge", "Bytes of the file system that are used.", "bytes"},
		"system_filesystem_limit_bytes":              {"gauge", "Size of the file system.", "bytes"},
		"system_filesystem_inodes_utilization_ratio": {"gauge", "Share of the file system's inodes that is used.", "ratio"},
		"system_disk_io_bytes_total":                 {"counter", "Bytes read from and written to the disk.", "bytes"},
		"system_disk_operations_total":               {"counter", "Operations of the disk.", ""},
		"system_disk_io_time_ratio":                  {"gauge", "Share of the time in which the disk was busy.", "ratio"},
		"system_network_io_bytes_total":              {"counter", "Bytes received and sent.", "bytes"},
		"system_network_errors_total":                {"counter", "Packets with errors.", ""},
		"system_network_dropped_total":               {"counter", "Packets that were dropped.", ""},
		"system_processes_count":                     {"gauge", "Processes.", ""},
		"system_uptime_seconds":                      {"gauge", "Time since the start of the machine.", "seconds"},
		"system_temperature_celsius":                 {"gauge", "Temperature of a sensor.", "celsius"},
		"system_clock_offset_seconds":                {"gauge", "How far the clock is ahead of the server's.", "seconds"},
		"agent_memory_usage_bytes":                   {"gauge", "Memory that the agent uses.", "bytes"},
		"agent_spool_bytes":                          {"gauge", "What the agent keeps because it could not be sent yet.", "bytes"},
		"agent_cpu_seconds_total":                    {"counter", "Processor time that the agent used.", "seconds"},
	}
}
