// SPDX-License-Identifier: Apache-2.0

// Package telemetry has structured logs, metrics and health. Nothing leaves the
// machine: logs go to standard error, metrics wait to be scraped.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"path"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mainstay/kit/fault"
)

// Logger returns a logger on w. level is debug, info, warn or error.
func Logger(w io.Writer, level string, asJSON bool) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fault.NewInvalid("--log-level: %q is none of debug, info, warn, error.", level)
	}
	o := &slog.HandlerOptions{Level: l}
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, o)), nil
	}
	return slog.New(slog.NewTextHandler(w, o)), nil
}

// Metrics is a registry with the process's own figures and those of HTTP requests.
type Metrics struct {
	Registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

// NewMetrics returns a registry that has nothing global in it.
func NewMetrics(version string) *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mainstay_http_request_seconds", Help: "Time to answer a request, by route and status class.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "mainstay_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version}})
	info.Set(1)
	m.Registry.MustRegister(m.requests, info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics to this machine and to callers that present key as a
// bearer token.
func (m *Metrics) Handler(key string) http.Handler {
	return guarded(key, promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{}))
}

// Profiles serves what of the process takes time and memory (net/http/pprof), by the last part of the path: heap, allocs,
// goroutine, profile. It is guarded as the metrics are.
func (m *Metrics) Profiles(key string) http.Handler {
	return guarded(key, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Base(r.URL.Path) == "profile" {
			pprof.Profile(w, r)
			return
		}
		pprof.Handler(path.Base(r.URL.Path)).ServeHTTP(w, r)
	}))
}

func guarded(key string, serve http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		local := net.ParseIP(host).IsLoopback() && r.Header.Get("X-Forwarded-For") == ""
		if !local && (key == "" || r.Header.Get("Authorization") != "Bearer "+key) {
			http.Error(w, "Metrics are for this machine, or for callers with the token of --metrics-key.", http.StatusForbidden)
			return
		}
		serve.ServeHTTP(w, r)
	})
}

type routeKey struct{}

// SetRoute tells the log which route answers the request of ctx: the pattern, never the path with its ids.
func SetRoute(ctx context.Context, pattern string) {
	if p, ok := ctx.Value(routeKey{}).(*string); ok {
		*p = pattern
	}
}

// Requests logs and counts every request. Query strings stay out of the log: they can carry names and tokens.
func (m *Metrics) Requests(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		route := "none"
		r = r.WithContext(context.WithValue(r.Context(), routeKey{}, &route))
		defer func() {
			took := time.Since(start)
			m.requests.WithLabelValues(route, strconv.Itoa(rec.status/100)+"xx").Observe(took.Seconds())
			level := slog.LevelInfo
			if rec.status >= 500 {
				level = slog.LevelError
			}
			log.Log(context.WithoutCancel(r.Context()), level, "request", "method", r.Method, "route", route, "status", rec.status, "bytes", rec.bytes, "ms", float64(took.Microseconds())/1000)
		}()
		next.ServeHTTP(rec, r)
	})
}

// Recover turns a panic of next into an answer by fail, and logs it.
func Recover(log *slog.Logger, fail http.Handler, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				panic(p)
			}
			log.Error("panic", "method", r.Method, "panic", p, "stack", string(debug.Stack()))
			fail.ServeHTTP(w, r)
		}()
		next.ServeHTTP(w, r)
	})
}

type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	wrote  bool
}

func (r *recorder) WriteHeader(status int) {
	if !r.wrote {
		r.status, r.wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.wrote = true
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
