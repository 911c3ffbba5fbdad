// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/care/devices"
	devicesweb "mainstay/care/devices/web"
	"mainstay/care/intake"
	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/wire"
)

// estate is what only a running server has: the broker, and what takes in what agents say. Commands on the data folder do
// without.
type estate struct {
	hub       *hub.Hub
	authority *hub.Authority
	intake    *intake.Intake
	socket    http.Handler // where agents come in through WebSockets
}

// agentsPort is where agents connect unless --agents-address says otherwise.
const agentsPort = "8378"

// OpenEstate starts the broker. Serve calls it; a second call does nothing.
func (a *App) OpenEstate(ctx context.Context) (err error) {
	if a.estate != nil {
		return nil
	}
	e := &estate{}
	defer func() {
		if err != nil {
			e.close()
		}
	}()
	if e.authority, err = hub.OpenAuthority(a.Config.Data, a.Clock.Now()); err != nil {
		return err
	}
	secret, err := a.hubSecret(ctx)
	if err != nil {
		return err
	}
	if err = a.openHub(ctx, e, secret); err != nil {
		return err
	}
	if err = a.Devices.Connect(ctx, e.hub, a.reach(e)); err != nil {
		return err
	}
	e.intake = intake.New(intake.Parts{
		Hub: e.hub, Devices: a.Devices, Series: a.Series, Engine: a.engine(), Clock: a.Clock, Log: a.Log,
		Results: a.checkResults, Observations: a.Network.Take, Config: a.agentConfig, Stored: a.stored,
	})
	if err = a.Network.Prepare(ctx); err != nil {
		return err
	}
	if err = a.openSyslog(ctx); err != nil {
		return err
	}
	if err = a.Metrics.Registry.Register(newFigures(a, e)); err != nil {
		return err
	}
	e.socket = e.hub.Socket()
	a.estate = e
	return nil
}

// openHub starts the broker. Where agents' port is taken and nobody chose it, they come in through WebSockets alone.
func (a *App) openHub(ctx context.Context, e *estate, secret []byte) (err error) {
	o := hub.Options{Secret: secret, Authority: e.authority, External: a.Config.NATS, Log: a.Log, Clock: a.Clock, Revoked: a.Devices.RevokedKeys}
	if o.External != "" {
		e.hub, err = hub.Open(ctx, o)
		return err
	}
	o.Address, o.Names = a.agentsAddress(), a.ownNames()
	if o.Address != "" && !strings.HasSuffix(o.Address, ":-1") {
		l, busy := net.Listen("tcp", o.Address) //nolint:noctx // tried and let go
		switch {
		case busy == nil:
			err = l.Close()
		case a.Config.Agents != "":
			err = fault.NewConflict("Cannot listen on %s for agents: another program uses it, or it is not an address of this machine. Choose another with --agents-address.", o.Address).Because(busy)
		default:
			a.Log.Warn("agents' port is taken: they come in through WebSockets alone", "address", o.Address)
			o.Address = ""
		}
	}
	if err == nil {
		e.hub, err = hub.Open(ctx, o)
	}
	return err
}

// agentsAddress is where the broker listens, "" when it does not.
func (a *App) agentsAddress() string {
	if a.Config.Agents == "off" {
		return ""
	}
	if a.Config.Agents != "" {
		return a.Config.Agents
	}
	host, port, err := net.SplitHostPort(a.Config.Address)
	if err != nil {
		return ""
	}
	if port != strings.TrimPrefix(config.DefaultAddress, "127.0.0.1:") && net.ParseIP(host).IsLoopback() {
		return net.JoinHostPort(host, "-1") // a second server on this machine, a demo or a test
	}
	return net.JoinHostPort(host, agentsPort)
}

// ownNames are the hosts and addresses under which agents may reach this machine.
func (a *App) ownNames() []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	if u, err := url.Parse(a.PublicURL()); err == nil {
		names = append(names, u.Hostname())
	}
	if h, err := os.Hostname(); err == nil {
		names = append(names, h)
	}
	addresses, _ := net.InterfaceAddrs() // none: the names do
	for _, x := range addresses {
		if n, ok := x.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			names = append(names, n.IP.String())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// reach is how agents come to this server: over the broker's port and, as a way through every firewall, the WebSocket of the pages'.
func (a *App) reach(e *estate) devices.Reach {
	r := devices.Reach{Server: a.PublicURL(), CA: e.authority.PEM()}
	u, err := url.Parse(r.Server)
	if err != nil {
		return r
	}
	if a.Config.TLSSelf {
		r.Finger = e.authority.Fingerprint()
	}
	if a.Config.NATS != "" {
		r.Brokers, r.CA = strings.Split(a.Config.NATS, ","), ""
		return r
	}
	if at := e.hub.Address(); at != "" {
		if _, port, err := net.SplitHostPort(at); err == nil {
			r.Brokers = append(r.Brokers, "tls://"+net.JoinHostPort(u.Hostname(), port))
		}
	}
	r.Brokers = append(r.Brokers, map[string]string{"https": "wss", "http": "ws"}[u.Scheme]+"://"+u.Host)
	return r
}

// hubKey names the value with the broker's secret.
const hubKey = "hub.secret"

// hubSecret is the secret from which the broker's keys follow, made once and kept sealed.
func (a *App) hubSecret(ctx context.Context) ([]byte, error) {
	const key = hubKey
	sealed, err := a.Values.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	if sealed == "" {
		b := make([]byte, hub.SecretSize)
		_, _ = rand.Read(b) // never fails since Go 1.24
		sealed = a.sealer.Seal(key, base64.StdEncoding.EncodeToString(b))
		if err := a.Values.Set(ctx, key, sealed); err != nil {
			return nil, err
		}
	}
	text, err := a.sealer.Open(key, sealed)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

// RunEstate hears agents, watches devices and tends the time series until ctx ends. OpenEstate comes before it. What the rules knew
// is read back first, beside the pages that answer already; agents are heard after that.
func (a *App) RunEstate(ctx context.Context) {
	var wg sync.WaitGroup
	run := func(list ...func(context.Context)) {
		for _, work := range list {
			wg.Go(func() { work(ctx) })
		}
	}
	run(a.tendSeries, a.flushSeen)
	for err := a.recallEstate(ctx); err != nil && ctx.Err() == nil; err = a.recallEstate(ctx) {
		a.Log.Error("cannot read back what the rules knew", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
		}
	}
	if ctx.Err() == nil {
		if a.syslog != nil {
			run(a.syslog.Run)
		}
		run(a.estate.intake.Run, a.runSelf, a.Monitoring.Run, a.storeChecks, a.watchEstate, a.Network.Run, a.runDemo)
	}
	wg.Wait()
}

// recallEstate reads back what the rules knew. What devices are, their groups among it, is known before: an alert whose rule holds for a
// group would end else.
func (a *App) recallEstate(ctx context.Context) error {
	if err := a.Network.RecallHeard(ctx); err != nil {
		return err
	}
	if err := a.lookAtDevices(ctx); err != nil {
		return err
	}
	return a.Monitoring.Prepare(ctx)
}

// flushSeen writes now and then when devices were heard, and takes up what other processes wrote.
func (a *App) flushSeen(ctx context.Context) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			if err := a.Devices.FlushSeen(context.WithoutCancel(ctx)); err != nil {
				a.Log.Error("cannot note when devices were heard", "error", err)
			}
			return
		case <-t.C:
		}
		if err := errors.Join(a.Devices.FlushSeen(ctx), a.Devices.Refresh(ctx)); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot note when devices were heard", "error", err)
		}
	}
}

func (e *estate) close() {
	if e.hub != nil {
		e.hub.Close()
	}
}

// mountAgents mounts what agents call. Nobody signs in there: a token or a credential is looked at behind it.
func (a *App) mountAgents(r *access.Router) {
	a.mountInstallers(r)
	r.Handle("POST "+wire.EnrolPath, access.Public, devicesweb.NewEnrolment(a.Devices))
	r.Handle("GET "+wire.SocketPath, access.Public, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch {
		case !strings.EqualFold(req.Header.Get("Upgrade"), "websocket"):
			http.Error(w, "This address is for agents.", http.StatusUpgradeRequired)
		case a.estate == nil:
			api.Refuse(w, fault.NewBusy("The server does not take agents yet."))
		default:
			a.estate.socket.ServeHTTP(w, req)
		}
	}))
}

// engine is what runs rules over values as they come.
func (a *App) engine() *monitoring.Engine { return a.Monitoring.Engine }

// checkResults stores what checks found: the results, and what they measured as series. What is not of the device's own checks is dropped
// before anything is made of it.
func (a *App) checkResults(ctx context.Context, d *devices.Device, results []wire.Result) error {
	results, err := a.Monitoring.OwnResults(ctx, a.watched(d), results)
	if err != nil {
		return err
	}
	if err := a.keepCheckValues(ctx, d, results); err != nil {
		return err
	}
	return a.Monitoring.TakeResults(ctx, a.watched(d), results)
}

// EnrolmentToken makes a token with which devices of the client of that name enrol; it makes the client when there is none.
func (a *App) EnrolmentToken(ctx context.Context, client string, most int64, life time.Duration) (string, error) {
	if a.estate == nil {
		authority, err := hub.OpenAuthority(a.Config.Data, a.Clock.Now())
		if err != nil {
			return "", err
		}
		r := devices.Reach{Server: a.PublicURL()}
		if a.Config.TLSSelf {
			r.Finger = authority.Fingerprint()
		}
		a.Devices.Reachable(r)
	}
	list, err := a.Clients.Ensure(ctx, []string{client}, 0)
	if err != nil {
		return "", err
	}
	return a.Devices.MakeToken(ctx, access.WholeFirm(), devices.NewToken{Client: list[0], Most: most, For: life})
}

// NATSConfig are the settings of a nats-server that takes the place of the broker inside.
func (a *App) NATSConfig(ctx context.Context) (string, error) {
	secret, err := a.hubSecret(ctx)
	if err != nil {
		return "", err
	}
	return hub.ServerConfig(secret)
}
