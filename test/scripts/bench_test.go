// SPDX-License-Identifier: Apache-2.0

package scripts

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"mainstay/kit/civil"
	"mainstay/test/world"
)

// BenchmarkReady starts the program on a data folder that holds the invented firm and waits until it
// answers: wall and CPU time of the process up to then.
func BenchmarkReady(b *testing.B) {
	dir := b.TempDir()
	var files []string
	for _, f := range world.Files(civil.MustDate(2026, 3, 17)) {
		path := filepath.Join(dir, f.Name)
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			b.Fatal(err)
		}
		files = append(files, path)
	}
	data := filepath.Join(dir, "data")
	if out, err := exec.Command(binary, append([]string{"import", "--data", data}, files...)...).CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	var cpu time.Duration
	for b.Loop() {
		cmd := exec.Command(binary, "serve", "--data", data, "--address", "127.0.0.1:0", "--log-level", "warn")
		pipe, err := cmd.StderrPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		url := ""
		for sc := bufio.NewScanner(pipe); url == "" && sc.Scan(); {
			if m := address.FindSubmatch(sc.Bytes()); m != nil {
				url = string(m[1])
			}
		}
		for {
			res, err := http.Get(url + "/readyz")
			if err == nil {
				_ = res.Body.Close()
				break
			}
		}
		b.StopTimer()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			cpu += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(cpu.Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "wall-ms/op")
}
