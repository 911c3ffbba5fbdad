// SPDX-License-Identifier: Apache-2.0

package link

import "net"

// Via returns the proxy that the environment names for a way to an address.
func Via(addr string) (string, error) {
	d, err := NewDialer("")
	if err != nil {
		return "", err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	u, err := d.proxy(host)
	if u == nil || err != nil {
		return "", err
	}
	return u.String(), nil
}
