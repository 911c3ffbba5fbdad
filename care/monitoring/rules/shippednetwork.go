// SPDX-License-Identifier: Apache-2.0

package rules

import "time"

// shippedNetwork are the rules for what has no agent: switches, printers, power supplies, hosts that nobody knows.
func shippedNetwork() []Watch {
	const minute = time.Minute
	n := Number
	return []Watch{
		{Key: "uplink", Metric: "network_uplink_up", Rule: Rule{Kind: Threshold, Below: true, Crit: n(0), For: 2 * minute, Calm: 2 * minute}},
		{Key: "port-busy", Metric: "network_interface_utilization_ratio", Rule: Rule{Kind: Threshold, Warn: n(.9), Back: .1, For: 30 * minute, Calm: 30 * minute}, Quiet: true},
		{Key: "supply", Metric: "printer_supply_ratio", Rule: Rule{Kind: Threshold, Below: true, Warn: n(.1), Crit: n(.03), Back: .05, For: 30 * minute, Calm: 10 * minute}},
		{Key: "printer", Metric: "printer_trouble", Rule: Rule{Kind: Threshold, Warn: n(2), Back: .5, For: 60 * minute, Calm: 5 * minute}, Quiet: true},
		{Key: "ups-battery", Metric: "ups_on_battery", Rule: Rule{Kind: Threshold, Warn: n(1), For: minute, Calm: 5 * minute}, Urgent: true},
		{Key: "ups-low", Metric: "ups_battery_low", Rule: Rule{Kind: Threshold, Crit: n(1), Calm: 5 * minute}, Urgent: true},
		{Key: "ups-replace", Metric: "ups_battery_replace", Rule: Rule{Kind: Threshold, Warn: n(1), For: 10 * minute, Calm: 60 * minute}},
		{Key: "ups-load", Metric: "ups_load_ratio", Rule: Rule{Kind: Threshold, Warn: n(.85), Crit: n(.98), Back: .05, For: 10 * minute, Calm: 10 * minute}},
		{Key: "unknown-host", Metric: "network_unknown_hosts", Rule: Rule{Kind: Threshold, Warn: n(1)}, Quiet: true},
	}
}
