// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"sync"

	"mainstay/kit/notify"
	"mainstay/kit/webhook"
	"mainstay/kit/webpush"
)

// pushKey names the value with the keys that browsers know this server by.
const pushKey = "notify.push"

// push tells browsers, under the guard of all calls to addresses that others name.
func (a *App) push() *notify.Push {
	const key = pushKey
	poster := webhook.NewPoster(a.Config.WebhooksPrivate, "Mainstay/"+Version)
	var mu sync.Mutex
	var keys *webpush.Keys
	return &notify.Push{
		Contact: a.PublicURL(),
		// The keys are made once: a browser takes messages from nobody else's.
		Keys: func(ctx context.Context) (*webpush.Keys, error) {
			mu.Lock()
			defer mu.Unlock()
			if keys != nil {
				return keys, nil
			}
			sealed, err := a.Values.Get(ctx, key)
			if err != nil {
				return nil, err
			}
			if sealed == "" {
				secret, err := webpush.NewKeys()
				if err != nil {
					return nil, err
				}
				sealed = a.sealer.Seal(key, secret)
				if err := a.Values.Set(ctx, key, sealed); err != nil {
					return nil, err
				}
			}
			secret, err := a.sealer.Open(key, sealed)
			if err != nil {
				return nil, err
			}
			keys, err = webpush.ParseKeys(secret)
			return keys, err
		},
		Check: func(endpoint string) error {
			_, err := poster.Check(endpoint)
			return err
		},
		Post: poster.Status, Sealer: a.sealer,
	}
}
