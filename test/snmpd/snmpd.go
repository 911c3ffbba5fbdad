// SPDX-License-Identifier: Apache-2.0

// Package snmpd runs net-snmp's snmpd for tests, with values of its own: a switch, a printer, a power supply.
package snmpd

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

// The ways in that every device of a test has.
const (
	Community = "geheim"
	User      = "reader" // SHA-256 and AES
	AuthKey   = "auth-pass-12"
	PrivKey   = "priv-pass-34"
	Hasher    = "hasher" // SHA-1, no encryption
)

// Start runs a device on an address until the test ends and returns its port. config are lines of snmpd.conf(5); "override" gives it values.
// prefix goes before the command, to run it in a network namespace, for instance.
func Start(t testing.TB, address, config string, prefix ...string) int {
	t.Helper()
	tool, err := exec.LookPath("snmpd")
	if err != nil {
		tool = "/usr/sbin/snmpd"
		if _, err := os.Stat(tool); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal("snmpd is not installed: test/needs installs it")
			}
			t.Skip("snmpd is not installed")
		}
	}
	port := 161
	if len(prefix) == 0 {
		port = freePort(t, address)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "snmpd.conf")
	text := fmt.Sprintf("agentaddress udp:%s:%d\nrocommunity %s\ncreateUser %s SHA-256 %q AES %q\nrouser %s authpriv\ncreateUser %s SHA %q\nrouser %s auth\n%s\n",
		address, port, Community, User, AuthKey, PrivKey, User, Hasher, AuthKey, Hasher, config)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append(append([]string{}, prefix...), tool, "-f", "-Lf", filepath.Join(dir, "log"), "-C", "-c", file)
	cmd := exec.CommandContext(context.Background(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+filepath.Join(dir, "state"), "MIBS=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if len(prefix) == 0 {
		await(t, address, port, filepath.Join(dir, "log"))
	}
	return port
}

func freePort(t testing.TB, address string) int {
	t.Helper()
	c, err := net.ListenPacket("udp", net.JoinHostPort(address, "0")) //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, port, err := net.SplitHostPort(c.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// await waits until the device answers.
func await(t testing.TB, address string, port int, log string) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); {
		g := &gosnmp.GoSNMP{Target: address, Port: uint16(port), Community: Community, Version: gosnmp.Version2c, Timeout: 300 * time.Millisecond, Context: context.Background()} //nolint:gosec // a port
		if g.Connect() == nil {
			_, err := g.Get([]string{".1.3.6.1.2.1.1.3.0"})
			_ = g.Close()
			if err == nil {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	b, _ := os.ReadFile(log)
	t.Fatalf("snmpd does not answer; its log:\n%s", b)
}
