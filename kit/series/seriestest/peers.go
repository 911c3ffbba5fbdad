// SPDX-License-Identifier: Apache-2.0

// Package seriestest starts the real programs of others that time series are tried with: Prometheus and its node exporter.
package seriestest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Prometheus starts a Prometheus server with a configuration and returns its address, http://…. It takes remote write and
// lets series be removed. Where there is none the test is skipped; test/needs installs it.
func Prometheus(t testing.TB, config string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	start(t, "prometheus", "http://"+address+"/-/ready", "--config.file="+file, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+address,
		"--web.enable-remote-write-receiver", "--web.enable-admin-api", "--web.console.templates="+t.TempDir(), "--web.console.libraries="+t.TempDir())
	return "http://" + address
}

// NodeExporter starts a node exporter and returns the address that it is scraped at.
func NodeExporter(t testing.TB) string {
	t.Helper()
	address := freeAddress(t)
	start(t, "prometheus-node-exporter", "http://"+address+"/metrics", "--web.listen-address="+address)
	return "http://" + address + "/metrics"
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start runs a program until the test is over, and waits until it answers.
func start(t testing.TB, program, ready string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed here; test/needs installs it", program)
	}
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), path, args...) //nolint:gosec // a program of the distribution
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		err := <-ended // killed, it says
		_ = errors.Join(err, log.Close())
	})
	for {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, ready, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-ended:
			ended <- err
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s ended: %v\n%s", program, err, text)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
