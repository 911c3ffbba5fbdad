// SPDX-License-Identifier: Apache-2.0

package agent_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mainstay/kit/probe"
	"mainstay/kit/probe/all"
	"mainstay/kit/wire"
)

// rights are the capabilities that the unit may name, with their numbers.
var rights = map[string]int{
	"CAP_DAC_READ_SEARCH": unix.CAP_DAC_READ_SEARCH, "CAP_SYS_PTRACE": unix.CAP_SYS_PTRACE, "CAP_SYS_RAWIO": unix.CAP_SYS_RAWIO, "CAP_SYS_ADMIN": unix.CAP_SYS_ADMIN,
	"CAP_KILL": unix.CAP_KILL, "CAP_NET_RAW": unix.CAP_NET_RAW, "CAP_NET_BIND_SERVICE": unix.CAP_NET_BIND_SERVICE,
}

// leftByUnit reads which capabilities the unit leaves to the agent.
func leftByUnit(t *testing.T) map[int]bool {
	t.Helper()
	b, err := os.ReadFile("../../agent/service/mainstay-agent.service")
	if err != nil {
		t.Fatal(err)
	}
	left := map[int]bool{}
	for line := range strings.Lines(string(b)) {
		names, ok := strings.CutPrefix(strings.TrimSpace(line), "CapabilityBoundingSet=")
		if !ok {
			continue
		}
		for _, name := range strings.Fields(names) {
			n, known := rights[name]
			if !known {
				t.Fatalf("%s is not one of the capabilities that this test knows", name)
			}
			left[n] = true
		}
	}
	if len(left) == 0 {
		t.Fatal("the unit names no capabilities")
	}
	return left
}

// inUnit marks the process that is started with the rights that the unit leaves.
const inUnit = "MAINSTAY_TEST_IN_UNIT"

// With the rights that the unit leaves to it, the agent sends echo requests where the system gives them to nobody else (which is how it also looks
// into networks), and hears syslog on the port that devices write to.
func TestTheUnitLeavesTheRightsThatProbesNeed(t *testing.T) {
	if os.Getenv(inUnit) != "" {
		probesInUnit(t)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("taking rights away needs root")
	}
	left := leftByUnit(t)
	done := make(chan error)
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with this, and its rights with it
		// A network of its own: port 514 is free in it, and net.ipv4.ping_group_range is what a new system has.
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("skip: this machine has no network namespaces: %w", err)
			return
		}
		if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
			done <- fmt.Errorf("skip: ip (iproute2): %w: %s", err, out)
			return
		}
		for n := 0; unix.Prctl(unix.PR_CAPBSET_READ, uintptr(n), 0, 0, 0) == nil; n++ {
			if left[n] {
				continue
			}
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(n), 0, 0, 0); err != nil {
				done <- fmt.Errorf("skip: capability %d cannot be given up: %w", n, err)
				return
			}
		}
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), inUnit+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			done <- fmt.Errorf("%w\n%s", err, out)
		}
	}()
	if err := <-done; err != nil {
		if strings.HasPrefix(err.Error(), "skip: ") {
			t.Skip(err)
		}
		t.Error(err)
	}
}

func probesInUnit(t *testing.T) {
	kinds, guard := all.Kinds(), probe.Local()
	for _, p := range []wire.Probe{
		{ID: "p1", Kind: "ping", Target: "127.0.0.1", Params: map[string]string{"count": "1"}},
		{ID: "p2", Kind: "syslog", Target: "127.0.0.1"},
	} {
		if o := kinds.Run(t.Context(), p, guard); o.State != wire.StateOK {
			t.Errorf("%s: state %d, %s", p.Kind, o.State, o.Text)
		}
	}
}
