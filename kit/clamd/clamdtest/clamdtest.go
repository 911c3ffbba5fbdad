// SPDX-License-Identifier: Apache-2.0

// Package clamdtest starts a real clamd that knows one virus, the harmless test file [Virus]. Where the program is missing
// the test is skipped with a word, except where CI says that nothing may be left out.
package clamdtest

import (
	"context"
	"crypto/md5" //nolint:gosec // the form of ClamAV's signatures
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Virus is what the daemon finds, as Mainstay.Test; it is no virus.
const Virus = "This file stands for a virus in the tests of Mainstay.\n"

// MaxStream is the largest file that the daemon takes, in bytes.
const MaxStream = 1 << 20

// Start returns the path of the daemon's socket, and a function that stops it before the test ends.
func Start(t testing.TB) (socket string, stop func()) {
	t.Helper()
	program, err := exec.LookPath("clamd")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/clamd"); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("CI is set but clamd is not installed: run make test, which installs it")
			}
			t.Skip("left out: clamd is not installed (make test installs it)")
		}
	}
	dir, err := os.MkdirTemp("", "clamd") // a short path: a socket's has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	sum := md5.Sum([]byte(Virus)) //nolint:gosec // as above
	socket = filepath.Join(dir, "socket")
	for name, text := range map[string]string{
		"db/test.hdb": fmt.Sprintf("%s:%d:Mainstay.Test\n", hex.EncodeToString(sum[:]), len(Virus)),
		"clamd.conf":  fmt.Sprintf("DatabaseDirectory %s\nLocalSocket %s\nForeground yes\nStreamMaxLength %d\nLogFile %s\n", filepath.Join(dir, "db"), socket, MaxStream, filepath.Join(dir, "log")),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, "--config-file", filepath.Join(dir, "clamd.conf")) //nolint:gosec // found above
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop = func() { _ = cmd.Process.Kill(); <-ended }
	t.Cleanup(stop)
	for range 600 {
		if c, err := net.Dial("unix", socket); err == nil { //nolint:noctx // this machine
			_ = c.Close()
			return socket, stop
		}
		select {
		case <-ended:
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Fatalf("clamd ended by itself: %s", log)
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("clamd does not listen after a minute")
	return "", nil
}
