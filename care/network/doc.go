// SPDX-License-Identifier: Apache-2.0

// Package network watches what has no agent, from outside: services (a website, a mail server, a port, a name), and by SNMP and
// discovery whatever else is in a network.
//
// Words: a service ([Watched]) is what is looked at; its prober is who looks, the server itself or a device of the same client; an
// observation is what was found. How a look is made is kit/probe's.
//
// What holds:
//   - The server looks at public addresses only. Private ones are reached by a device of the client that the service belongs to, at the
//     service's site where it has one.
//   - An observation counts only from the prober that the service has now; any other is counted and dropped.
//   - An observation that comes twice, or late, changes nothing but the time series, where it belongs at its instant.
//   - Each part of the area (services, polled devices, discovery) gives its probes ids that begin with a letter of its own.
package network
