// SPDX-License-Identifier: Apache-2.0

package access

import (
	"strings"

	"mainstay/kit/ids"
)

// clientGrant begins an entry of a token's scopes that limits it to a client.
const clientGrant = "client="

// joinGrants is how a token's permissions and clients are kept: words with spaces between.
func joinGrants(scopes []Permission, clients []ids.ID) string {
	words := strings.Fields(joinScopes(scopes))
	for _, c := range clients {
		words = append(words, clientGrant+c.String())
	}
	return strings.Join(words, " ")
}

// splitGrants reads them. A client that cannot be read is an error and not a token without limits.
func splitGrants(s string) (scopes []Permission, clients []ids.ID, err error) {
	for _, p := range splitScopes(s) {
		word, limits := strings.CutPrefix(string(p), clientGrant)
		if !limits {
			scopes = append(scopes, p)
			continue
		}
		c, err := ids.Parse(word)
		if err != nil {
			return nil, nil, err
		}
		clients = append(clients, c)
	}
	return scopes, clients, nil
}
