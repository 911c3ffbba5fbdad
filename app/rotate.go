// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"log/slog"
	"path/filepath"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
)

// RotateSecrets changes the key of stored secrets. No server may run on the data folder meanwhile. It may die at any
// point: both keys are in the file until everything is sealed with the new one, and the next call goes on.
func RotateSecrets(ctx context.Context, cfg config.Server, log *slog.Logger, c clock.Clock) (err error) {
	a, err := Open(ctx, cfg, log, c) // holds the folder, and makes what an older release had not yet
	if err != nil {
		return err
	}
	path := filepath.Join(cfg.Data, "secret.key")
	if err := access.BeginRotation(path); err != nil {
		_ = a.Close()
		return err
	}
	// With both keys from here on. The folder is let go of for a moment; whoever takes it meanwhile has both keys too.
	if err := a.Close(); err != nil {
		return err
	}
	if a, err = Open(ctx, cfg, log, c); err != nil {
		return err
	}
	for _, rewrap := range []func(context.Context) error{a.Know.Rewrap, a.Mail.Rewrap, a.Payments.Rewrap, a.Monitoring.Rewrap, a.Network.Rewrap, a.Webhooks.Rewrap, a.Portal.Rewrap, a.Notify.Rewrap, a.rewrapOwn, a.Access.Rewrap} {
		if err := rewrap(ctx); err != nil {
			_ = a.Close()
			return err
		}
	}
	if err := a.Access.Note(ctx, "secrets.rotated", "secret.key", ""); err != nil {
		_ = a.Close()
		return err
	}
	if err := a.Close(); err != nil { // writes the head of the audit trail, sealed with the new key
		return err
	}
	return access.EndRotation(path)
}

// rewrapOwn seals anew what the application itself keeps sealed: what agents and browsers know this server by.
func (a *App) rewrapOwn(ctx context.Context) error {
	for _, key := range []string{hubKey, pushKey} {
		sealed, err := a.Values.Get(ctx, key)
		if err != nil {
			return err
		}
		if sealed == "" {
			continue
		}
		again, changed, err := a.sealer.Reseal(key, sealed)
		if err != nil {
			return err
		}
		if changed {
			if err := a.Values.Set(ctx, key, again); err != nil {
				return err
			}
		}
	}
	return nil
}
