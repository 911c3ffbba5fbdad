// SPDX-License-Identifier: Apache-2.0

// Package snmp asks devices that have no agent what they are and how they do: switches, routers, firewalls, printers,
// uninterruptible power supplies, storage. It speaks SNMP v1, v2c and v3 and only ever reads.
//
// A reading has two halves, each a probe of its own: values, every minute or so, become measures under the vocabulary that
// agents use (system_network_io_bytes_total …), so that the same rules watch both; the description, a few times a day, says what
// the device is and whom it sees (LLDP, CDP, the forwarding table of a bridge).
//
// Devices lie: tables are missing or have holes, counters are of 32 bits and wrap, a walk goes round in circles or never ends, text
// is binary. Everything read is bounded in rows, bytes and time; what is missing is left out; a [Memory] makes counters that wrap
// grow on. What may never happen: a panic or memory without end by an answer; a password in a text or a log; a write to a device.
package snmp
