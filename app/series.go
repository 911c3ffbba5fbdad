// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"mainstay/kit/access"
	accessweb "mainstay/kit/access/web"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	seriesapi "mainstay/kit/series/api"
	"mainstay/practice/clients"
)

// openSeries opens the time series: in the data folder, where nothing happens before they are needed, or at the server that
// the settings name.
func (a *App) openSeries() error {
	if a.Config.SeriesURL != "" {
		remote, err := series.Connect(series.RemoteOptions{URL: a.Config.SeriesURL, WriteURL: a.Config.SeriesWriteURL, Clock: a.Clock})
		if err == nil {
			a.Series = remote
		}
		return err
	}
	local, err := series.Open(filepath.Join(a.Config.Data, "series"), series.Options{
		Clock: a.Clock, Log: slog.New(warnings{a.Log.With("part", "series").Handler()}), MaxBytes: int64(a.Config.SeriesSize) << 30, Lazy: true,
	})
	if err == nil {
		a.Series = local
	}
	return err
}

// mountSeries opens them to other programs. Those that can do nothing else send their token as the password of basic
// authentication.
func (a *App) mountSeries(r *access.Router) {
	r.Basic = append(r.Basic, seriesapi.Prefix+"/", seriesapi.OTLPPath)
	(&seriesapi.Handlers{Store: a.Series, Clock: a.Clock, Version: Version, Also: func(ctx context.Context, list []ids.ID) []ids.ID {
		also, err := a.Clients.Absorbed(ctx, list)
		if err != nil {
			a.Log.Warn("a token reads without the clients that became part of its own", "error", err)
		}
		return also
	}, Owner: func(device ids.ID) (ids.ID, bool) {
		d, ok := a.watchedBy(device)
		return d.Client, ok
	}}).Mount(r)
}

// tendSeries reads back what was written last, makes the coarser tiers every hour and goes on after a full disk.
func (a *App) tendSeries(ctx context.Context) {
	local, ok := a.Series.(*series.Local)
	if !ok {
		return
	}
	local.Start()
	mend, roll := time.NewTicker(10*time.Second), time.NewTicker(time.Hour)
	defer mend.Stop()
	defer roll.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-mend.C:
			if err := local.Mend(); err != nil && !fault.Is(err, fault.Busy) { // those are told to whoever writes
				a.Log.Error("cannot look after time series", "error", err)
			}
		case <-roll.C:
			if err := local.Roll(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("cannot roll up time series", "error", err)
			}
		}
	}
}

// tokenClients lists whom API tokens can be limited to, as far as a list to choose from goes.
func (a *App) tokenClients(ctx context.Context) ([]accessweb.Client, error) {
	list, err := a.Clients.List(ctx, access.WholeFirm(), clients.Query{Limit: 1000})
	out := make([]accessweb.Client, len(list.Rows))
	for i, c := range list.Rows {
		out[i] = accessweb.Client{ID: c.ID, Name: c.Name}
	}
	return out, err
}

// warnings lets through what is more than news: the time series' own are of no use to whoever runs the server.
type warnings struct{ slog.Handler }

// Enabled reports whether a record of level is let through.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// Handle passes a record on, but for what the engine warns of and is usual here: blocks of samples that came late overlap those of
// the others until they are joined.
func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "Overlapping blocks found") {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler with attributes.
func (w warnings) WithAttrs(list []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(list)}
}

// WithGroup returns a handler with a group.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
