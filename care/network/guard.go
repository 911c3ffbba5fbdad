// SPDX-License-Identifier: Apache-2.0

package network

import (
	"net/netip"

	"code.dny.dev/ssrf"

	"mainstay/kit/probe"
)

// Public is the guard of the server's own looks: addresses of the internet alone, whatever a name resolves to at the moment.
func Public() probe.Guard {
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())
	return probe.NewGuard(func(a netip.Addr) error {
		if guard.SafeAddr(a) != nil {
			return probe.Refused("the server looks at public addresses only, and %s is none: choose a device of the client that looks at it", a)
		}
		return nil
	}, true)
}
