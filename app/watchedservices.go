// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// watchedServices counts what is watched from outside in a scope, and how many of it fail; those count as trouble of their clients.
func (a *App) watchedServices(ctx context.Context, scope access.Scope, of map[ids.ID]*wallTile) (all, failing int, err error) {
	list, err := a.Network.All(ctx, scope)
	for _, w := range list {
		if w.Paused {
			continue
		}
		t := of[w.Client]
		if t == nil {
			t = &wallTile{}
			of[w.Client] = t
		}
		all++
		if s := a.Network.StateOf(w.ID); s.Known() && s.State == wire.StateCritical {
			failing++
			t.failing++
		}
	}
	return all, failing, err
}
