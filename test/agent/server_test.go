// SPDX-License-Identifier: Apache-2.0

package agent_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/agent/installer"
	"mainstay/kit/clock"
	"mainstay/kit/hub"
	"mainstay/kit/wire"
)

const (
	clientID = "0000000000c01"
	deviceID = "0000000000d01"
)

// server is the product's broker and its page for enrolment, with a memory in place of the areas behind them.
type server struct {
	hub       *hub.Hub
	authority *hub.Authority
	url       string
	token     string

	mu       sync.Mutex
	dicts    map[wire.DictionaryID][]string
	samples  map[string]map[int64]float64
	again    int
	conflict int
	sections map[wire.Section]wire.Facts
	results  []wire.Result
	hellos   int
	files    *installer.Folder
	config   wire.Config
}

// newServer listens on an address with a port for the broker, and on another port for enrolment.
func newServer(t testing.TB, host string) *server {
	t.Helper()
	a, err := hub.OpenAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &server{authority: a, dicts: map[wire.DictionaryID][]string{}, samples: map[string]map[int64]float64{}, sections: map[wire.Section]wire.Facts{}}
	s.hub, err = hub.Open(context.Background(), hub.Options{
		Secret: []byte("0123456789abcdef0123456789abcdef"), Address: host + ":-1", Authority: a, Names: []string{host}, Log: slog.New(slog.DiscardHandler), Clock: clock.System{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.hub.Close)
	if err := s.hub.Admit(context.Background(), clientID, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.hub.Listen(func(m *hub.Message) { m.Answer(s.take(m)) }); err != nil {
		t.Fatal(err)
	}
	cert, err := a.Certificate(time.Now(), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	root, _ := pem.Decode([]byte(a.PEM()))
	cert.Certificate = append(cert.Certificate[:1:1], root.Bytes)
	web := httptest.NewUnstartedServer(http.HandlerFunc(s.enrol))
	web.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	web.StartTLS()
	t.Cleanup(web.Close)
	s.url = web.URL
	s.token = wire.Token{Server: web.URL, ID: "t1", Secret: "s1", CA: a.Fingerprint()}.String()
	return s
}

func (s *server) enrol(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/agents/files/"); ok && s.files != nil {
		if err := s.files.ServeFile(w, r, name); err != nil {
			w.WriteHeader(http.StatusNotFound)
		}
		return
	}
	var req wire.EnrolRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil || r.URL.Path != wire.EnrolPath {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	credential, err := s.hub.Credential(clientID, deviceID, req.Key, time.Now().Add(24*time.Hour)) // an hour without a line must not outlast it
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(wire.EnrolReply{
		Device: deviceID, Name: req.Machine.Name, Client: "Ardent", Credential: credential, Servers: []string{"tls://" + s.hub.Address()}, CA: s.authority.PEM(), Time: time.Now().UnixMicro(),
	})
}

func (s *server) take(m *hub.Message) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	ack := wire.Ack{Code: wire.OK, Time: time.Now().UnixMicro()}
	switch m.Kind {
	case wire.KindHello:
		s.hellos++
		return wire.Welcome{Ack: ack, Config: s.config}
	case wire.KindConfig:
		return s.config
	case wire.KindMetrics:
		var b wire.Batch
		if err := b.Decode(m.Data); err != nil {
			return wire.Ack{Code: wire.Refused, Text: err.Error(), Time: ack.Time}
		}
		if len(b.Series) > 0 {
			s.dicts[b.Dictionary] = append([]string(nil), b.Series...)
		}
		names, ok := s.dicts[b.Dictionary]
		if !ok {
			ack.Code = wire.Dictionary
			return ack
		}
		for i, at := range b.Times {
			for j, v := range b.Values[i] {
				s.sample(names[j], at, v)
			}
		}
	case wire.KindFacts:
		if f, err := wire.UnpackFacts(m.Data); err == nil {
			s.sections[f.Section] = f
		}
	case wire.KindChecks:
		var r wire.Results
		if json.Unmarshal(m.Data, &r) == nil {
			s.results = append(s.results, r.Results...)
		}
	}
	return ack
}

func (s *server) sample(series string, at int64, v float64) {
	if math.IsNaN(v) {
		return
	}
	if s.samples[series] == nil {
		s.samples[series] = map[int64]float64{}
	}
	if had, ok := s.samples[series][at]; ok && had == v {
		s.again++
	} else if ok {
		s.conflict++
	}
	s.samples[series][at] = v
}

// until waits for a condition; the deadline is far beyond what it takes.
func (s *server) until(t testing.TB, what string, most time.Duration, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(most); ; {
		s.mu.Lock()
		done := ok()
		s.mu.Unlock()
		if done {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("still not: %s", what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestMain takes away the program that was built.
func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(filepath.Dir(built))
	}
	os.Exit(code)
}

var (
	buildOnce sync.Once
	built     string
	buildErr  error
)

// build builds the program as `make agent` does, for this machine, once.
func build(t testing.TB) string {
	t.Helper()
	buildOnce.Do(func() {
		var dir string
		if dir, buildErr = os.MkdirTemp("", "mainstay-agent"); buildErr == nil {
			built = filepath.Join(dir, "mainstay-agent")
			buildErr = compile(built, runtime.GOOS, runtime.GOARCH)
		}
	})
	if buildErr != nil {
		t.Fatal(buildErr)
	}
	return built
}

// flags are those of the Makefile.
var flags = []string{"build", "-trimpath", "-buildvcs=false", "-gcflags=all=-l", "-ldflags", "-s -w -X main.version=1.0.0"}

func compile(to, system, arch string) error {
	cmd := exec.Command("go", append(append([]string{}, flags...), "-o", to, "mainstay/cmd/mainstay-agent")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// endpoint is a place on this machine that an agent runs in.
type endpoint struct {
	dir, config, program string
}

func newEndpoint(t testing.TB) *endpoint {
	t.Helper()
	e := &endpoint{dir: t.TempDir(), program: build(t)}
	e.config = filepath.Join(e.dir, "agent.conf")
	text := "state = " + filepath.Join(e.dir, "state") + "\nplugins = " + filepath.Join(e.dir, "checks.d") + "\n"
	if err := os.WriteFile(e.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return e
}

// call runs a command to its end.
func (e *endpoint) call(args ...string) (string, error) {
	out, err := exec.Command(e.program, append(args, "--config", e.config)...).CombinedOutput()
	return string(out), err
}

// start runs the agent until the test ends.
func (e *endpoint) start(t testing.TB, prefix ...string) *exec.Cmd {
	t.Helper()
	args := append(append([]string{}, prefix...), e.program, "run", "--config", e.config)
	cmd := exec.Command(args[0], args[1:]...)
	if testing.Verbose() {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}
