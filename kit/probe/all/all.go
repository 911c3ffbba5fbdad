// SPDX-License-Identifier: Apache-2.0

// Package all puts the kinds of probes together that the server and the agents make.
package all

import "mainstay/kit/probe"

// Kinds returns all kinds.
func Kinds() probe.Kinds {
	k := probe.Usual()
	return k
}
