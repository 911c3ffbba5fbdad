// SPDX-License-Identifier: Apache-2.0

// Package all puts the kinds of probes together that the server and the agents make.
package all

import (
	"mainstay/kit/probe"
	"mainstay/kit/probe/discover"
	"mainstay/kit/probe/relay"
	"mainstay/kit/probe/snmp"
)

// Kinds returns all kinds.
func Kinds() probe.Kinds {
	k := probe.Usual()
	k[snmp.Kind], k[discover.Kind], k[relay.Kind] = snmp.New(), discover.Look, relay.New()
	return k
}
