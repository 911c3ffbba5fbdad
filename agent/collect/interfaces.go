// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"net"
	"slices"

	"mainstay/kit/wire"
)

// interfaceOf tells what Go knows of an interface on every system. Of its addresses the first sixteen by
// their text stay: temporary ones of IPv6 may be many.
func interfaceOf(i net.Interface) wire.Interface {
	w := wire.Interface{Name: text(i.Name), MAC: i.HardwareAddr.String(), Up: i.Flags&net.FlagUp != 0}
	addrs, err := i.Addrs()
	if err != nil {
		return w
	}
	for _, a := range addrs {
		w.Addresses = append(w.Addresses, a.String())
	}
	slices.Sort(w.Addresses)
	if len(w.Addresses) > 16 {
		w.Addresses = w.Addresses[:16]
	}
	return w
}
