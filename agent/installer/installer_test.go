// SPDX-License-Identifier: Apache-2.0

package installer_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/agent/installer"
	"mainstay/kit/fault"
)

func TestScripts(t *testing.T) {
	dir := t.TempDir()
	f := installer.NewFolder(filepath.Join(dir, "none"))
	if _, err := f.Script("install.sh", "https://x.test"); !fault.Is(err, fault.NotFound) {
		t.Errorf("without programs: %v", err)
	}
	f = installer.NewFolder(dir)
	put := func(name, text string, at time.Time) string {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	now := time.Now()
	sum := put("mainstay-agent-linux-amd64", "program", now)
	put("secret.txt", "no", now)
	put("mainstay-agent-linux-amd64.bak", "no", now)
	for _, name := range installer.Scripts {
		text, err := f.Script(name, "https://mainstay.test/")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "'https://mainstay.test'") || !strings.Contains(string(text), sum) || strings.Contains(string(text), "secret") || strings.Contains(string(text), "{{") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	if fresh := put("mainstay-agent-linux-amd64", "another", now.Add(time.Second)); true {
		text, err := f.Script("install.sh", "https://mainstay.test")
		if err != nil || !strings.Contains(string(text), fresh) || strings.Contains(string(text), sum) {
			t.Errorf("a new program has the old sum: %v", err)
		}
	}
	for _, bad := range []string{"https://x.test'; rm -rf / #", "javascript:1", "https://x.test/$(id)", "x.test", ""} {
		if _, err := f.Script("install.sh", bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q stands in a script: %v", bad, err)
		}
	}
	if _, err := f.Script("other.sh", "https://x.test"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	text, _ := f.Script("install.sh", "https://mainstay.test")
	cmd := exec.Command("sh", "-n")
	cmd.Stdin = strings.NewReader(string(text))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sh does not read it: %s", out)
	}
}

// No PowerShell runs here: what is held to is the order. The machine is enrolled before its agent is stopped, and whatever fails after
// that, the agent is started again.
func TestWindowsIsNotLeftWithoutAnAgent(t *testing.T) {
	b, err := os.ReadFile("install.ps1")
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{
		"try {", `throw "What was fetched is not`, `$Token | & $file @arguments -`, `throw "The machine was not enrolled."`, "$stopped = $true", "Stop-Service", "Move-Item",
		"& $program install", `throw "The service was not installed."`, "$stopped = $false", "} finally {", "if ($stopped) { Start-Service",
	} {
		i := strings.Index(string(b[at:]), want)
		if i < 0 {
			t.Fatalf("%q does not stand where it should", want)
		}
		at += i
	}
}

func TestOnlyProgramsAreServed(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"mainstay-agent-windows-amd64.exe", "secret.txt"} {
		if err := os.WriteFile(filepath.Join(dir, n), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := installer.NewFolder(dir)
	get := func(name string) (*httptest.ResponseRecorder, error) {
		w := httptest.NewRecorder()
		return w, f.ServeFile(w, httptest.NewRequest("GET", "/", nil), name)
	}
	if w, err := get("mainstay-agent-windows-amd64.exe"); err != nil || w.Body.String() != "content" || w.Header().Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%v %v", w, err)
	}
	for _, bad := range []string{"secret.txt", "../secret.txt", "mainstay-agent-linux-amd64", "", "mainstay-agent-linux-amd64/../secret.txt"} {
		if _, err := get(bad); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
