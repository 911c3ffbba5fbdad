// SPDX-License-Identifier: Apache-2.0

package agent_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"mainstay/agent/spool"
	"mainstay/kit/wire"
)

// badLink is a link between this machine and a network namespace, whose packets this process carries: it may lose and
// delay them, as `tc netem` does, which not every kernel has.
type badLink struct {
	namespace string
	here      string // address on this side
	mu        sync.Mutex
	loss      float64
	delay     time.Duration
	carried   int
	lost      int
}

func newBadLink(t *testing.T) *badLink {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("ip (iproute2) is not installed")
	}
	n := os.Getpid() % 10_000
	l := &badLink{namespace: fmt.Sprintf("mainstay-%d", n), here: fmt.Sprintf("10.213.%d.1", n%250)}
	ip := func(args ...string) error {
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %s %w", strings.Join(args, " "), out, err)
		}
		return nil
	}
	if err := ip("netns", "add", l.namespace); err != nil {
		t.Skip("this machine has no network namespaces:", err)
	}
	t.Cleanup(func() { _ = ip("netns", "del", l.namespace) })
	near, err := tun(fmt.Sprintf("mst%da", n))
	if err != nil {
		t.Skip("this machine has no tunnels:", err)
	}
	far, err := tun(fmt.Sprintf("mst%db", n))
	if err != nil {
		t.Skip("this machine has no tunnels:", err)
	}
	t.Cleanup(func() { _ = near.Close(); _ = far.Close() })
	peer := strings.TrimSuffix(l.here, "1") + "2"
	a, b := fmt.Sprintf("mst%da", n), fmt.Sprintf("mst%db", n)
	for _, args := range [][]string{
		{"addr", "add", l.here + "/30", "dev", a},
		{"link", "set", a, "up"},
		{"link", "set", b, "netns", l.namespace},
		{"-n", l.namespace, "addr", "add", peer + "/30", "dev", b},
		{"-n", l.namespace, "link", "set", b, "up"},
		{"-n", l.namespace, "link", "set", "lo", "up"},
	} {
		if err := ip(args...); err != nil {
			t.Fatal(err)
		}
	}
	go l.carry(near, far)
	go l.carry(far, near)
	return l
}

// tun makes a tunnel whose packets are read from a file.
func tun(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	var request [unix.IFNAMSIZ + 64]byte
	copy(request[:unix.IFNAMSIZ-1], name)
	*(*uint16)(unsafe.Pointer(&request[unix.IFNAMSIZ])) = unix.IFF_TUN | unix.IFF_NO_PI
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETIFF, uintptr(unsafe.Pointer(&request[0]))); errno != 0 {
		_ = unix.Close(fd)
		return nil, errno
	}
	return os.NewFile(uintptr(fd), name), nil
}

func (l *badLink) carry(from, to *os.File) {
	r := rand.New(rand.NewPCG(uint64(from.Fd()), 7))
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		l.mu.Lock()
		lose, delay := r.Float64() < l.loss, l.delay
		if lose {
			l.lost++
		} else {
			l.carried++
		}
		l.mu.Unlock()
		if lose {
			continue
		}
		packet := append([]byte(nil), buf[:n]...)
		if delay == 0 {
			_, _ = to.Write(packet)
		} else {
			time.AfterFunc(delay, func() { _, _ = to.Write(packet) })
		}
	}
}

func (l *badLink) be(loss float64, delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loss, l.delay = loss, delay
}

// readings returns how many readings the agent of an endpoint has made, by the numbers its spool has given out.
func readings(t *testing.T, e *endpoint, first uint64) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(e.dir, "state", "spool-*"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	sp, err := spool.OpenDisk(names[0], 10<<20, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	if s := sp.State(); s.Batches+int(s.Dropped)+int(s.Damaged) != 0 {
		t.Fatalf("the spool is not empty: %+v", s)
	}
	next, err := sp.Append([]byte("to see the number"))
	if err != nil {
		t.Fatal(err)
	}
	return int(next - first)
}

// A third of the packets lost, two seconds there and back, nothing at all for a while and a kill in that: each reading arrives, and
// counts once.
func TestBadNetworks(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	cut := 24 * time.Second
	if s := os.Getenv("MAINSTAY_PARTITION"); s != "" { // an hour, in the long runs
		var err error
		if cut, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	l := newBadLink(t)
	s := newServer(t, l.here)
	s.config = wire.Config{Revision: 1, Interval: 5}
	e := newEndpoint(t)
	if out, err := e.call("enrol", s.token); err != nil {
		t.Fatal(out, err)
	}
	const series = "system_uptime_seconds"
	count := func(n int) func() bool { return func() bool { return len(s.samples[series]) >= n } }
	arrived := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.samples[series])
	}
	agent := e.start(t, "ip", "netns", "exec", l.namespace)
	s.until(t, "a first reading", time.Minute, count(1))
	names, err := filepath.Glob(filepath.Join(e.dir, "state", "spool-*", "*.seg"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	first, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(names[0]), ".seg"), 16, 64)
	if err != nil {
		t.Fatal(err)
	}

	l.be(0.3, time.Second) // each way
	have := arrived()
	s.until(t, "readings through a bad line", 4*time.Minute, count(have+4))

	l.be(1, 0)
	time.Sleep(cut / 2) // some readings are made meanwhile; how many does not matter
	_ = agent.Process.Signal(syscall.SIGKILL)
	_ = agent.Wait()
	agent = e.start(t, "ip", "netns", "exec", l.namespace)
	time.Sleep(cut / 2)
	have = arrived()
	l.be(0, 0)
	s.until(t, "readings after the line was cut", 8*time.Minute, count(have+4))

	// It ends, and what is left arrives when it starts once more.
	_ = agent.Process.Signal(syscall.SIGTERM)
	_ = agent.Wait()
	agent = e.start(t, "ip", "netns", "exec", l.namespace)
	have = arrived()
	s.until(t, "the next start's readings", 8*time.Minute, count(have+2))
	s.until(t, "nothing waits", time.Minute, func() bool {
		names, _ := filepath.Glob(filepath.Join(e.dir, "state", "spool-*"))
		if len(names) != 1 {
			return false
		}
		_ = agent.Process.Signal(syscall.SIGSTOP) // so that it makes none while it is counted
		empty := waiting(names[0]) == 0
		if !empty {
			_ = agent.Process.Signal(syscall.SIGCONT)
		}
		return empty
	})
	_ = agent.Process.Signal(syscall.SIGKILL)
	_ = agent.Wait()
	made := readings(t, e, first)
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := len(s.samples[series]); got != made || s.conflict != 0 {
		t.Errorf("%d readings made, %d arrived, %d instants with two values", made, got, s.conflict)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost < 10 {
		t.Errorf("only %d packets were lost: the line was not bad", l.lost)
	}
	t.Logf("%d readings, %d of their samples sent again, %d packets carried, %d lost", made, s.again, l.carried, l.lost)
}

// waiting returns how many batches a copy of a spool holds.
func waiting(dir string) int {
	copied, err := os.MkdirTemp("", "spool")
	if err != nil {
		return -1
	}
	defer os.RemoveAll(copied)
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			return -1
		}
		if err := os.WriteFile(filepath.Join(copied, filepath.Base(n)), b, 0o600); err != nil {
			return -1
		}
	}
	sp, err := spool.OpenDisk(copied, 10<<20, time.Now())
	if err != nil {
		return -1
	}
	defer sp.Close()
	return sp.State().Batches
}
