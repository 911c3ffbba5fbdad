// SPDX-License-Identifier: Apache-2.0

package monitoring

import "mainstay/kit/locale"

// unknownHosts counts the hosts that nobody knows, as often as a network is looked into.
const unknownHosts = "network_unknown_hosts"

// networkName is what a rule for devices without an agent is called, "" where it is none of these.
func (w Words) networkName(key string) string {
	for k, name := range map[string]string{
		"uplink": locale.Key("Connection between network devices is down"), "port-busy": locale.Key("Port nearly full"), "supply": locale.Key("Printer supply low"),
		"printer": locale.Key("Printer does not print"), "ups-battery": locale.Key("Power supply runs on battery"), "ups-low": locale.Key("Battery of the power supply nearly empty"),
		"ups-replace": locale.Key("Battery of the power supply to be replaced"), "ups-load": locale.Key("Power supply nearly overloaded"), "unknown-host": locale.Key("Unknown device in the network"),
	} {
		if k == key {
			return w.P.T(name)
		}
	}
	return ""
}

// networkEvidence says what was measured where a number alone says nothing, "" elsewhere.
func (w Words) networkEvidence(a Alert) string {
	switch a.Metric() {
	case "network_uplink_up":
		return w.P.T("the port has no connection")
	case "printer_trouble":
		return w.P.T("the printer asks for somebody")
	case "ups_on_battery":
		return w.P.T("there is no power from the mains")
	case "ups_battery_low":
		return w.P.T("it will switch off soon")
	case "ups_battery_replace":
		return w.P.T("its own test says so")
	case unknownHosts:
		return w.P.N("%d device that nobody knows|%d devices that nobody knows", int64(a.Event.Measure))
	}
	return ""
}
