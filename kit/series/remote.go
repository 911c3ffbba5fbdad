// SPDX-License-Identifier: Apache-2.0

package series

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang/snappy"

	"mainstay/kit/clock"
	"mainstay/kit/fault"
)

// RemoteOptions name a server that keeps the series.
type RemoteOptions struct {
	// URL is where the Prometheus API is, without /api/v1: http://localhost:9090, http://mimir/prometheus.
	URL string
	// WriteURL takes remote write; "" = URL/api/v1/write.
	WriteURL string
	// User and Password, or Token, authenticate to both. A user and password may stand in the URLs instead.
	User, Password, Token string

	Clock     clock.Clock
	Early     time.Duration // as in [Options]
	MaxTime   time.Duration // of one request; 0 = 30 seconds
	MaxAnswer int64         // bytes; 0 = 64 MiB
}

// Remote keeps series in a server: Prometheus (which needs --web.enable-remote-write-receiver and an out_of_order_time_window),
// VictoriaMetrics or Mimir. What is acknowledged is as lasting as that server makes it. It does not tell what it had already,
// so that [Outcome.Duplicate] counts only what this process sent last; what comes twice has no effect there either.
type Remote struct {
	opt    RemoteOptions
	client *http.Client

	mu      sync.Mutex
	handles map[string]*Series
	swept   int64 // when idle handles were let go of last, milliseconds
}

// remoteIdle is how long a handle is kept that gets no samples. Whoever still has one may go on using it.
const remoteIdle = 2 * day

// Connect returns the store behind a server. Nothing is asked of it yet.
func Connect(o RemoteOptions) (*Remote, error) {
	if o.WriteURL == "" {
		o.WriteURL = strings.TrimSuffix(o.URL, "/") + "/api/v1/write"
	}
	o.URL = strings.TrimSuffix(o.URL, "/")
	for _, u := range []string{o.URL, o.WriteURL} {
		p, err := url.Parse(u)
		if err != nil || p.Scheme != "http" && p.Scheme != "https" || p.Host == "" {
			return nil, fault.NewInvalid("The address of the server with the time series is not an http or https address.")
		}
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.MaxTime <= 0 {
		o.MaxTime = 30 * time.Second
	}
	if o.MaxAnswer <= 0 {
		o.MaxAnswer = 64 << 20
	}
	if o.Early <= 0 {
		o.Early = 10 * time.Minute
	}
	return &Remote{opt: o, client: &http.Client{Timeout: o.MaxTime}, handles: map[string]*Series{}}, nil
}

// Ready is always nil: whether the server answers is seen when it is asked.
func (r *Remote) Ready() error { return nil }

// Finest is not known of a server; it chooses by itself.
func (r *Remote) Finest(time.Time) time.Duration { return 0 }

// Close lets go of connections.
func (r *Remote) Close() error { r.client.CloseIdleConnections(); return nil }

// Series returns the handle of a series.
func (r *Remote) Series(l Labels) (*Series, error) {
	if err := CheckLabels(l); err != nil {
		return nil, err
	}
	key := string(l.Bytes(nil))
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.opt.Clock.Now().UnixMilli()
	if now-r.swept > time.Hour.Milliseconds() {
		r.swept = now
		maps.DeleteFunc(r.handles, func(_ string, h *Series) bool { return h.used < now-remoteIdle.Milliseconds() })
	}
	h := r.handles[key]
	if h == nil {
		h = &Series{labels: l}
		r.handles[key] = h
	}
	h.used = now
	return h, nil
}

// use notes that the series of a batch are in use.
func (r *Remote) use(b *Batch) {
	now := r.opt.Clock.Now().UnixMilli()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range b.samples {
		s.series.used = now
	}
}

// Commit sends a batch. It returns once the server has it.
func (r *Remote) Commit(ctx context.Context, b *Batch) (Outcome, error) {
	r.use(b)
	var out Outcome
	limit := r.opt.Clock.Now().Add(r.opt.Early).UnixMilli()
	send := make([]sample, 0, len(b.samples))
	type instant struct {
		series *Series
		at     int64
	}
	seen := map[instant]float64{}
	for _, s := range b.samples {
		v, again := seen[instant{s.series, s.at}]
		switch {
		case s.at > limit:
			out.Refused++
			out.because("Samples lie in the future. Set the clock of the device that sends them.")
		case again && same(v, s.v):
			out.Duplicate++
		case again:
			out.Refused++
			out.because("Samples have another value than the one that is kept for their instant.")
		default:
			seen[instant{s.series, s.at}] = s.v
			send = append(send, s)
		}
	}
	// One request holds its series in the order of time, as servers want it.
	slices.SortStableFunc(send, func(a, b sample) int { return int(max(-1, min(1, a.at-b.at))) })
	err := r.send(ctx, send, &out)
	if err != nil {
		out = Outcome{}
	}
	return out, err
}

// send sends samples. When the server refuses some of a request it says so of the whole: the halves are sent alone then,
// until it is known which.
func (r *Remote) send(ctx context.Context, samples []sample, out *Outcome) error {
	if len(samples) == 0 {
		return nil
	}
	status, answer, err := r.post(ctx, r.opt.WriteURL, "application/x-protobuf", snappy.Encode(nil, encodeWrite(samples)), 4<<10)
	switch {
	case err != nil:
		return err
	case status/100 == 2:
		out.Stored += len(samples)
		return nil
	case unwanted(status, answer) && len(samples) > 1:
		half := len(samples) / 2
		if err := r.send(ctx, samples[:half], out); err != nil {
			return err
		}
		return r.send(ctx, samples[half:], out)
	case unwanted(status, answer):
		why := strings.TrimSpace(clipLong(string(answer)))
		if strings.Contains(why, "too old") || strings.Contains(why, "out of order") || strings.Contains(why, "out of bounds") {
			out.tooOld()
		} else {
			out.Refused++
			out.because("The server with the time series refuses samples: " + why)
		}
		return nil
	}
	return refusedBy(status, answer)
}

// unwanted reports whether the server refuses samples for good. Prometheus before 2.45 says 500 of those that are too old.
func unwanted(status int, answer []byte) bool {
	return status == http.StatusBadRequest || status == http.StatusInternalServerError && bytes.Contains(answer, []byte("too old sample"))
}

// post sends a body and reads at most limit bytes of the answer.
func (r *Remote) post(ctx context.Context, to, kind string, body []byte, limit int64) (status int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", kind)
	if kind == "application/x-protobuf" {
		req.Header.Set("Content-Encoding", "snappy")
		req.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	}
	switch {
	case r.opt.Token != "":
		req.Header.Set("Authorization", "Bearer "+r.opt.Token)
	case r.opt.User != "":
		req.SetBasicAuth(r.opt.User, r.opt.Password)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		return 0, nil, fault.NewBusy("The server with the time series does not answer.").Because(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return 0, nil, fault.NewBusy("The server with the time series broke off its answer.").Because(err)
	}
	if int64(len(answer)) > limit && resp.StatusCode/100 == 2 {
		return 0, nil, fault.NewInvalid("The answer is larger than %d bytes. Ask for less time or fewer series.", limit)
	}
	return resp.StatusCode, answer, nil
}

func refusedBy(status int, answer []byte) error {
	cause := fmt.Errorf("HTTP %d: %s", status, clipLong(string(answer)))
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.NewBusy("The server with the time series does not let us in. Check its user name, password or token in the settings.").Because(cause)
	}
	return fault.NewBusy("The server with the time series cannot answer at the moment (HTTP %d).", status).Because(cause)
}
