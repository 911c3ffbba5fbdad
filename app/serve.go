// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/page"
	"mainstay/kit/telemetry"
)

const stopWithin = 15 * time.Second

// Listen takes the address to serve on.
func Listen(address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, fault.NewConflict("Cannot listen on %s: another program uses it, or it is not an address of this machine. Choose another with --address.", address).Because(err)
	}
	return l, nil
}

// Serve answers requests on l until ctx ends, then lets the ones under way finish. Jobs run
// meanwhile.
func (a *App) Serve(ctx context.Context, l net.Listener, handler http.Handler) error {
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	certificate, err := a.certificate()
	if err != nil {
		return err
	}
	if certificate != nil {
		srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate, NextProtos: []string{"h2", "http/1.1"}}
		l = tls.NewListener(l, srv.TLSConfig)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(20) // ten thousand agents and their time series are held in memory: room costs more than collecting
	}
	if err := a.OpenEstate(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	working, stopJobs := context.WithCancel(ctx)
	defer stopJobs()
	var wg sync.WaitGroup
	wg.Go(func() { a.RunEstate(working) })
	wg.Go(func() { a.Jobs.Run(working, 2) })
	wg.Go(func() { a.housekeeping(working) })
	wg.Go(func() { a.Journey.Warm(working) })
	wg.Go(func() { a.watchDesk(working) })
	wg.Go(func() { a.Mail.Run(working) })
	wg.Go(func() { a.Notify.Run(working) })
	wg.Go(func() { a.Webhooks.Run(working) })
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err := srv.Shutdown(soon)
		if errors.Is(err, context.DeadlineExceeded) { // pages that watch progress stay open; they come back by themselves
			err = srv.Close()
		}
		stopped <- err
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	err = <-stopped
	stopJobs()
	wg.Wait()
	return err
}

// housekeeping does now and then what nobody asks for.
func (a *App) housekeeping(ctx context.Context) {
	t := time.NewTicker(time.Hour)
	defer t.Stop()
	for {
		if err := a.Access.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot remove ended sessions", "error", err)
		}
		if err := a.Portal.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot remove ended sessions of the portal", "error", err)
		}
		if err := a.Notify.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot forget old notices", "error", err)
		}
		if err := a.Webhooks.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot forget old deliveries", "error", err)
		}
		if err := a.Know.Sweep(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot empty links that are over", "error", err)
		}
		if err := a.CountDevices(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot count devices", "error", err)
		}
		if err := a.Agreements.Daily(ctx); err != nil && ctx.Err() == nil { // what a run then bills
			a.Log.Error("cannot count or renew what is agreed", "error", err)
		}
		if err := a.Billing.Daily(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot make the day's run of billing", "error", err)
		}
		if err := a.Payments.Daily(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot tell of overdue invoices or send reminders", "error", err)
		}
		if err := a.Journey.Turned(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot measure a new month", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// watchDesk makes planned tickets and tells of promises that come near their end, twice a minute.
func (a *App) watchDesk(ctx context.Context) {
	t := time.NewTicker(30 * time.Second)
	defer t.Stop()
	for {
		for what, do := range map[string]func(context.Context) error{"make planned tickets": a.Desk.PlannedWork, "tell of deadlines": a.Desk.Alarms, "forget who looked": a.Desk.Sweep, "remind of what runs out": a.Know.Remind} {
			if err := do(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("helpdesk: cannot "+what, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Handler is everything that the server answers, with all that stands in front of it.
func (a *App) Handler() (http.Handler, error) {
	r, err := a.router()
	if err != nil {
		return nil, err
	}
	a.routes = r.Routes()
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(page.Handler(func(http.ResponseWriter, *http.Request) error {
		return fault.NewDenied("This request came from another site and was refused.")
	}))
	h := telemetry.Recover(a.Log, page.Handler(func(http.ResponseWriter, *http.Request) error { return errors.New("panic") }), r)
	h = csrf.Handler(h)
	if a.secure() {
		h = strictTransport(h)
	}
	return a.Metrics.Requests(a.Log, page.Secure(h)), nil
}

func (a *App) secure() bool { return strings.HasPrefix(a.PublicURL(), "https://") }

func strictTransport(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		next.ServeHTTP(w, r)
	})
}

func publicURL(c config.Server) string {
	if c.URL != "" {
		return strings.TrimSuffix(c.URL, "/")
	}
	scheme := "http://"
	if c.TLSCert != "" || c.TLSSelf {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		return scheme + c.Address
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost" // the name that browsers allow passkeys on
	}
	return scheme + net.JoinHostPort(host, port)
}

// certificate gives the certificate that pages are served with, nil = without TLS.
func (a *App) certificate() (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	switch {
	case a.Config.TLSCert != "":
		keys, err := newKeyPair(a.Config.TLSCert, a.Config.TLSKey)
		if err != nil {
			return nil, err
		}
		return keys.get, nil
	case a.Config.TLSSelf:
		authority, err := hub.OpenAuthority(a.Config.Data, a.Clock.Now())
		if err != nil {
			return nil, err
		}
		return authority.Renewed(a.Clock, a.ownNames())
	}
	return nil, nil
}

// keyPair reads the certificate again when its file changed, so that renewal needs no restart.
type keyPair struct {
	cert, key string
	mu        sync.Mutex
	read      time.Time
	changed   time.Time
	pair      *tls.Certificate
}

func newKeyPair(cert, key string) (*keyPair, error) {
	k := &keyPair{cert: cert, key: key}
	if _, err := k.get(nil); err != nil {
		return nil, fault.NewInvalid("The TLS certificate or its key cannot be read.").Because(err)
	}
	return k, nil
}

func (k *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.pair != nil && time.Since(k.read) < time.Minute {
		return k.pair, nil
	}
	k.read = time.Now()
	info, err := os.Stat(k.cert)
	if err == nil && (k.pair == nil || !info.ModTime().Equal(k.changed)) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(k.cert, k.key); err == nil {
			k.pair, k.changed = &pair, info.ModTime()
		}
	}
	if k.pair != nil {
		return k.pair, nil // half-written files: go on with the old pair
	}
	return nil, err
}

// health answers load balancers: alive without asking anything, ready when the database answers.
func (a *App) health(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		var one int
		if err := a.DB.Reader().QueryRowContext(r.Context(), "SELECT 1").Scan(&one); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}
