// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"fmt"

	"mainstay/kit/wire"
)

// ServerConfig returns the settings of a nats-server that takes the embedded broker's place: it trusts what follows from
// secret. Listeners, TLS and the cluster's routes are the operator's to add.
func ServerConfig(secret []byte) (string, error) {
	k := keyring{secret}
	claims, operator, err := k.operatorClaims()
	if err != nil {
		return "", err
	}
	_, system, err := k.accountClaims(systemAccount, nil)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`# Settings of Mainstay for nats-server. Add listeners, tls, websocket and cluster as you need them. Agents that are told of tls://
# begin TLS with the first byte (tls { handshake_first: true }), of nats:// after the server's greeting.
operator: %s
system_account: %s
resolver: {
  type: full
  dir: "/var/lib/nats/accounts"
  allow_delete: false
  interval: "2m"
}
resolver_preload: {
  %s: %s
}
max_payload: %d
max_control_line: 4096
authorization: { timeout: 20 }
`, operator, claims.SystemAccount, claims.SystemAccount, system, wire.MaxFrame+4096), nil
}
