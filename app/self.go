// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"time"

	"mainstay/agent/check"
	"mainstay/agent/collect"
	"mainstay/agent/link"
	agentspool "mainstay/agent/spool"
	"mainstay/agent/state"
	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// selfAgent is the agent of the machine that the server runs on: the same code as on any other, inside this process, with a
// connection of its own through the broker's door.
type selfAgent struct {
	mu   sync.Mutex
	wake chan struct{} // an identity was made
}

// selfStore is where the agent of this machine keeps what it must know.
func (a *App) selfStore() (*state.Dir, error) {
	return state.OpenDir(filepath.Join(a.Config.Data, "agent"))
}

// selfDevice is the device that this machine is enrolled as.
func (a *App) selfDevice(ctx context.Context) (ids.ID, bool) {
	store, err := a.selfStore()
	if err != nil {
		return 0, false
	}
	id, err := link.LoadIdentity(store)
	if err != nil || id == nil {
		return 0, false
	}
	device, err := ids.Parse(id.Reply.Device)
	if err != nil {
		return 0, false
	}
	d, err := a.Devices.Get(ctx, access.WholeFirm(), device)
	return device, err == nil && d.Active()
}

// enrolSelf enrols this machine, as a device of client or, without one, of a client with the firm's own name.
func (a *App) enrolSelf(ctx context.Context, client ids.ID) error {
	a.self.mu.Lock()
	defer a.self.mu.Unlock()
	if _, ok := a.selfDevice(ctx); ok {
		return fault.NewConflict("This machine is enrolled already.")
	}
	if a.estate == nil {
		return fault.NewBusy("The server does not take agents yet.")
	}
	if client == 0 {
		var err error
		if client, err = a.ownClient(ctx); err != nil {
			return err
		}
	}
	machine, err := collect.Machine(ctx)
	if err != nil {
		return fault.NewInvalid("This machine does not say which one it is, so it cannot be told from others.").Because(err)
	}
	id, err := link.NewIdentity(machine)
	if err != nil {
		return err
	}
	word, err := a.Devices.MakeToken(ctx, access.From(ctx).Scope(), devices.NewToken{Client: client, Most: 1, For: time.Hour, Note: machine.Name})
	if err != nil {
		return err
	}
	token, err := wire.ParseToken(word)
	if err != nil {
		return err
	}
	req := wire.EnrolRequest{Token: token.ID, Secret: token.Secret, Machine: machine, Agent: Version, Sent: a.Devices.Now()}
	if req.Key, err = id.Public(); err != nil {
		return err
	}
	if req.Proof, err = id.Sign(req.Signed()); err != nil {
		return err
	}
	reply, err := a.Devices.Enrol(ctx, &req)
	if err != nil {
		return err
	}
	id.Reply, id.Server = *reply, token.Server
	id.Reply.Servers = append(a.ownDoor(), id.Reply.Servers...)
	store, err := a.selfStore()
	if err != nil {
		return err
	}
	if err := id.Save(store); err != nil {
		return err
	}
	select {
	case a.self.wake <- struct{}{}:
	default:
	}
	return nil
}

// ownClient is the client that the firm's own machines belong to.
func (a *App) ownClient(ctx context.Context) (ids.ID, error) {
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		return 0, err
	}
	if firm.Name == "" {
		firm.Name = "Mainstay"
	}
	list, err := a.Clients.Ensure(ctx, []string{firm.Name}, 0)
	if err != nil {
		return 0, err
	}
	return list[0], nil
}

// ownDoor is the broker's address from this machine.
func (a *App) ownDoor() []string {
	host, port, err := net.SplitHostPort(a.estate.hub.Address())
	if err != nil {
		return nil
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return []string{"tls://" + net.JoinHostPort(host, port)}
}

// runSelf runs the agent of this machine whenever it has an identity, until ctx ends.
func (a *App) runSelf(ctx context.Context) {
	for {
		if err := a.runSelfOnce(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn("this machine's own agent ended", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.self.wake:
		}
	}
}

func (a *App) runSelfOnce(ctx context.Context) error {
	if _, ok := a.selfDevice(ctx); !ok {
		return nil
	}
	store, err := a.selfStore()
	if err != nil {
		return err
	}
	id, err := link.LoadIdentity(store)
	if err != nil {
		return err
	}
	machine, err := collect.Machine(ctx)
	if err != nil {
		return err
	}
	kept, err := agentspool.OpenDisk(store.Path("spool"), 10<<20, time.Now())
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	checks := &check.Runner{Store: store, Health: collect.Health, Now: time.Now, Version: Version}
	agent, err := link.New(link.Options{
		Version: Version, Identity: id, Machine: machine, Store: store, Spool: kept, Source: collect.NewSource(collect.Uptime, checks, ownProber()),
		Clock: link.NewClock(time.Now(), collect.Uptime, collect.Boot(), link.LoadAnchor(store)), Wall: time.Now, Log: a.Log.With("part", "own agent"),
	})
	if err != nil {
		return err
	}
	return agent.Run(ctx)
}
