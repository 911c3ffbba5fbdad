// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"mainstay/agent/check"
	"mainstay/agent/collect"
	"mainstay/agent/link"
	"mainstay/agent/spool"
	"mainstay/agent/state"
	"mainstay/kit/fault"
	"mainstay/kit/wire"
)

const (
	spoolLimit = 10 << 20 // a day without a connection, see docs/adr/0031
	spoolName  = "spool-"
	statusName = "status.json"
	lookEvery  = 5 * time.Second // for an identity that another command wrote
	tellEvery  = time.Minute     // the status, on disk
)

// Run observes this machine and tells its server until ctx ends. Without an identity, or once the server has retired the device,
// it waits for the machine to be enrolled.
func Run(ctx context.Context, c Config, version string, log *slog.Logger) error {
	debug.SetMemoryLimit(c.Memory << 20)
	debug.SetGCPercent(25) // the live heap is 2 MB, and a collection costs 1 ms: garbage may not double what the program takes
	store, err := openState(c.State)
	if err != nil {
		return err
	}
	machine, err := collect.Machine(ctx)
	if err != nil {
		return fault.NewInvalid("This machine does not say which one it is, so it cannot be told from others.").Because(err)
	}
	dialer, err := link.NewDialer(c.Proxy)
	if err != nil {
		return err
	}
	checks := &check.Runner{Plugins: c.Plugins, Logs: c.Logs, Store: store, Health: collect.Health, Now: time.Now, Version: version}
	source := collect.NewSource(collect.Uptime, checks, prober())
	waiting := ""
	for {
		id, err := link.LoadIdentity(store)
		if err != nil || id == nil {
			if say := fmt.Sprint(err); say != waiting {
				waiting = say
				log.Warn("This machine is not enrolled. Run: mainstay-agent enrol TOKEN", "err", err)
			}
			if !sleep(ctx, lookEvery) {
				return nil
			}
			continue
		}
		waiting = ""
		if err := runAs(ctx, id, store, machine, source, dialer, version, log); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// runAs runs with an identity until ctx ends or another identity is there.
func runAs(ctx context.Context, id *link.Identity, store *state.Dir, machine wire.Machine, source link.Source, dialer *link.Dialer, version string, log *slog.Logger) error {
	sp, err := openSpool(store, id)
	if err != nil {
		return err
	}
	defer sp.Close() //nolint:errcheck // what it holds is on disk already
	clock := link.NewClock(time.Now(), collect.Uptime, collect.Boot(), link.LoadAnchor(store))
	a, err := link.New(link.Options{
		Version: version, Identity: id, Machine: machine, Store: store, Spool: sp, Source: source, Clock: clock, Wall: time.Now, Log: log, Dialer: dialer,
	})
	if err != nil {
		return err
	}
	public, err := id.Public()
	if err != nil {
		return err
	}
	within, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(within) }()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	told := time.Time{}
	var before link.Status
	var stamp time.Time
	running := true
	for {
		select {
		case err := <-ended:
			running = false
			ended = nil
			tell(store, a.Status(), log)
			if ctx.Err() != nil {
				return nil
			}
			if !errors.Is(err, link.ErrGone) {
				return err
			}
			log.Warn("The server has retired this device. It waits to be enrolled anew.")
		case <-look.C:
			if s := a.Status(); running && (s.Connected != before.Connected || time.Since(told) > tellEvery) {
				tell(store, s, log)
				before, told = s, time.Now()
			}
			if info, err := os.Stat(store.Path("identity.json")); err == nil && !info.ModTime().Equal(stamp) {
				stamp = info.ModTime()
				if !stillIs(store, public) {
					log.Info("This machine was enrolled anew.")
					stop()
					if running {
						err = <-ended
						log.Info("The agent of the former device ended.", "err", err)
					}
					return nil
				}
			}
		case <-ctx.Done():
			if running {
				return <-ended
			}
			return nil
		}
	}
}

// stillIs tells whether the identity on disk has this key; one that cannot be read is not another one.
func stillIs(store *state.Dir, public string) bool {
	id, err := link.LoadIdentity(store)
	if err != nil || id == nil {
		return true
	}
	now, err := id.Public()
	return err != nil || now == public
}

// openSpool opens the spool of an identity and removes those of earlier ones: what they held was another device's.
func openSpool(store *state.Dir, id *link.Identity) (*spool.Disk, error) {
	public, err := id.Public()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(public))
	name := spoolName + hex.EncodeToString(sum[:6])
	names, err := store.Names(spoolName)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if n != name && strings.HasPrefix(n, spoolName) {
			if err := os.RemoveAll(store.Path(n)); err != nil {
				return nil, fmt.Errorf("remove an earlier spool: %w", err)
			}
		}
	}
	return spool.OpenDisk(store.Path(name), spoolLimit, time.Now())
}

// tell writes the status for `mainstay-agent status`.
func tell(store *state.Dir, s link.Status, log *slog.Logger) {
	b, err := json.MarshalIndent(struct {
		link.Status
		Written int64 `json:"written"` // machine's clock, microseconds since 1970 UTC
		Process int   `json:"process"`
	}{s, time.Now().UnixMicro(), os.Getpid()}, "", " ")
	if err != nil {
		return
	}
	// Whole, but not synced: it is about this moment only.
	tmp := store.Path(statusName + ".new")
	if err = os.WriteFile(tmp, b, 0o600); err == nil {
		err = os.Rename(tmp, store.Path(statusName))
	}
	if err != nil {
		log.Warn("The status cannot be written.", "err", err)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Enrol makes this machine known to the server that the token names and keeps what it answered.
func Enrol(ctx context.Context, c Config, configPath, tokenText, proxy, version string) (*link.Identity, error) {
	token, err := wire.ParseToken(tokenText)
	if err != nil {
		return nil, fault.NewInvalid("%s", err.Error())
	}
	if proxy != "" {
		c.Proxy = proxy
	}
	dialer, err := link.NewDialer(c.Proxy)
	if err != nil {
		return nil, err
	}
	machine, err := collect.Machine(ctx)
	if err != nil {
		return nil, fault.NewInvalid("This machine does not say which one it is, so it cannot be told from others.").Because(err)
	}
	// Before the token is used up: where its fruit cannot be kept, it must not be asked for.
	store, err := openState(c.State)
	if err == nil {
		err = store.Put("enrolling", []byte(time.Now().UTC().Format(time.RFC3339)))
	}
	if err != nil {
		return nil, fault.NewDenied("The folder %s cannot be written to. Enrol as root, or as an administrator.", c.State).Because(err)
	}
	defer store.Delete("enrolling") //nolint:errcheck // only tried whether it can be written
	id, err := link.Enrol(ctx, token, machine, version, time.Now(), dialer)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"sections.json", "config.json"} { // another device's
		if err := store.Delete(name); err != nil {
			return nil, err
		}
	}
	if err := id.Save(store); err != nil {
		return nil, err
	}
	if proxy != "" {
		if err := setProxy(configPath, proxy); err != nil {
			return nil, err
		}
	}
	return id, nil
}

// Status returns what the running agent told last, and when; nil when it never did.
func Status(c Config) (*link.Status, time.Time, error) {
	b, err := os.ReadFile(filepath.Join(c.State, statusName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, fault.NewDenied("The agent's folder cannot be read. Ask as root, or as an administrator.").Because(err)
	}
	var s struct {
		link.Status
		Written int64 `json:"written"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, time.Time{}, fmt.Errorf("read the status: %w", err)
	}
	return &s.Status, time.UnixMicro(s.Written), nil
}
