// SPDX-License-Identifier: Apache-2.0

package rules

import "time"

// Watch is a rule with what it watches: a series by its metric and, where named, labels.
type Watch struct {
	Key    string            `json:"key"`              // its name inside a policy, for good
	Name   string            `json:"name,omitempty"`   // in words of the firm; "" = the words shipped for Key
	Metric string            `json:"metric,omitempty"` // "" = the device itself, which an absence watches
	Labels map[string]string `json:"labels,omitempty"` // these must be so; "x|y" = one of them, "!x|y" = none
	Rule   Rule              `json:"rule"`
	And    []And             `json:"and,omitempty"`   // all of these must hold as well
	Kinds  []string          `json:"kinds,omitempty"` // of devices; none = all
	Off    bool              `json:"off,omitempty"`   // absence: also devices that may be switched off
	Quiet  bool              `json:"quiet,omitempty"` // an alert makes no ticket
	Urgent bool              `json:"urgent,omitempty"`
}

// And is a further condition: the latest value of a metric of the same device, the worst of its series, lies at or beyond Limit.
type And struct {
	Metric string  `json:"metric"`
	Below  bool    `json:"below,omitempty"`
	Limit  float64 `json:"limit"`
}

// Unusual is the baseline that suits any series: floor is the least change that could matter to anybody.
func Unusual(floor float64) Rule {
	return Rule{Kind: Baseline, Either: true, Warn: Number(0.1), Floor: floor}
}

// Shipped are the rules that a new installation has. Limits are those that most of the trade uses; each can be changed by
// firm, client, site, group and device.
func Shipped() []Watch {
	const minute = time.Minute
	n := Number
	unusualRate := Unusual(1000) // bytes in a second
	unusualRate.Counter = true
	return append([]Watch{
		{Key: "cpu", Metric: "system_cpu_utilization_ratio", Rule: Rule{Kind: Threshold, Warn: n(.95), Crit: n(.99), Back: .1, For: 30 * minute, Calm: 10 * minute}},
		{Key: "memory", Metric: "system_memory_utilization_ratio", Rule: Rule{Kind: Threshold, Warn: n(.92), Crit: n(.97), Back: .04, For: 15 * minute, Calm: 10 * minute}},
		{
			Key: "swap", Metric: "system_paging_utilization_ratio", Rule: Rule{Kind: Threshold, Warn: n(.6), Crit: n(.9), Back: .1, For: 30 * minute, Calm: 10 * minute},
			And: []And{{Metric: "system_memory_utilization_ratio", Limit: .85}},
		},
		{Key: "iowait", Metric: "system_cpu_iowait_ratio", Rule: Rule{Kind: Threshold, Warn: n(.3), Crit: n(.6), Back: .1, For: 30 * minute, Calm: 10 * minute}},
		{Key: "load", Metric: "system_cpu_load_average_1m", Rule: Rule{Kind: Baseline, Warn: n(.5), Floor: 4}, Quiet: true},
		{Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: Rule{Kind: Threshold, Warn: n(.9), Crit: n(.95), Back: .03, For: 10 * minute, Calm: 10 * minute}},
		{Key: "disk-days", Metric: "system_filesystem_utilization_ratio", Rule: Rule{Kind: Forecast, Full: 1, Window: 72 * time.Hour, Warn: n(72), Crit: n(24), Floor: .6, Back: 24, Calm: time.Hour}},
		{Key: "disk-hours", Metric: "system_filesystem_utilization_ratio", Rule: Rule{Kind: Forecast, Full: 1, Window: 3 * time.Hour, Crit: n(4), Floor: .7, Back: 4, For: 10 * minute, Calm: 30 * minute}, Urgent: true},
		{Key: "inodes", Metric: "system_filesystem_inodes_utilization_ratio", Rule: Rule{Kind: Threshold, Warn: n(.85), Crit: n(.95), Back: .03, For: 10 * minute, Calm: 10 * minute}},
		{Key: "net-errors", Metric: "system_network_errors_total", Rule: Rule{Kind: Rate, Counter: true, Warn: n(1), Crit: n(20), Back: .5, For: 10 * minute, Calm: 30 * minute}},
		{Key: "temperature", Metric: "system_temperature_celsius", Rule: Rule{Kind: Threshold, Warn: n(85), Crit: n(95), Back: 5, For: 10 * minute, Calm: 10 * minute}},
		{Key: "clock", Metric: "system_clock_offset_seconds", Rule: Rule{Kind: Threshold, Either: true, Warn: n(5), Crit: n(60), Back: 2, For: 10 * minute, Calm: 10 * minute}},
		{Key: "offline", Rule: Rule{Kind: Absence, Crit: n(5)}, Urgent: true},
		{Key: "unseen", Rule: Rule{Kind: Absence, Warn: n(30 * 24 * 60)}, Off: true, Quiet: true},
		{Key: "check", Metric: "check_status", Labels: map[string]string{"kind": "!smart|syslog|log", "of": "!service"}, Rule: Rule{Kind: Check, Warn: n(2), Of: 3, Back: 2}},
		{Key: "service", Metric: "check_status", Labels: map[string]string{"of": "service"}, Rule: Rule{Kind: Check, Warn: n(2), Of: 3, Back: 2}},
		{Key: "certificate", Metric: "probe_certificate_left_seconds", Rule: Rule{Kind: Threshold, Below: true, Warn: n(21 * 86400), Crit: n(7 * 86400), Back: 86400}},
		{
			Key: "loss", Metric: "probe_packet_loss_ratio", Rule: Rule{Kind: Threshold, Warn: n(.1), Crit: n(.4), Back: .05, For: 5 * minute, Calm: 10 * minute},
			And: []And{{Metric: "probe_up", Limit: 1}}, // what does not answer at all is down
		},
		{Key: "slow", Metric: "probe_duration_seconds", Rule: Rule{Kind: Baseline, Warn: n(1), Floor: .5}, Quiet: true},
		{Key: "smart", Metric: "check_status", Labels: map[string]string{"kind": "smart"}, Rule: Rule{Kind: Check, Warn: n(1), Of: 1}, Urgent: true},
		{Key: "log", Metric: "check_status", Labels: map[string]string{"kind": "log"}, Rule: Rule{Kind: Check, Warn: n(1), Of: 12}},        // tells of an entry once: an hour of looks long it counts
		{Key: "messages", Metric: "check_status", Labels: map[string]string{"kind": "syslog"}, Rule: Rule{Kind: Check, Warn: n(1), Of: 1}}, // the pattern itself counts
		{Key: "spool", Metric: "agent_spool_bytes", Rule: Rule{Kind: Threshold, Warn: n(4e6), Crit: n(9e6), Back: 1e6, For: 15 * minute}, Quiet: true},
		{Key: "cpu-unusual", Metric: "system_cpu_utilization_ratio", Rule: Unusual(.02), Quiet: true},
		{Key: "net-unusual", Metric: "system_network_io_bytes_total", Rule: unusualRate, Kinds: []string{"server", "network"}, Quiet: true},
		{Key: "io-unusual", Metric: "system_disk_io_bytes_total", Rule: unusualRate, Kinds: []string{"server"}, Quiet: true},
	}, shippedNetwork()...)
}
