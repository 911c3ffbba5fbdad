// SPDX-License-Identifier: Apache-2.0

// Package discover looks which hosts are in a network: by the neighbour table, echo requests, a few well-known TCP ports, names that
// hosts announce (mDNS/DNS-SD, NetBIOS, reverse DNS) and SNMP where credentials are given.
//
// It is gentle: what it sends is bounded in a second and in sum, it never scans ports at length, and it only asks. It looks
// only into networks that it is given, none larger than /20, none that is public, and none beyond the machine's own unless a person allowed it.
//
// What comes back is strangers' text: bounded, cleaned, never acted upon.
package discover
