// SPDX-License-Identifier: Apache-2.0

package agent_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"mainstay/agent/installer"
	"mainstay/kit/wire"
)

// The program enrols, runs, tells all that it should, is killed, comes back as the same device, and says how it does.
func TestProgram(t *testing.T) {
	t.Parallel()
	s := newServer(t, "127.0.0.1")
	s.config = wire.Config{Revision: 3, Checks: []wire.Check{{ID: "c1", Kind: "plugin", Params: map[string]string{"name": "answer"}}, {ID: "c2", Kind: "nonsense"}}}
	e := newEndpoint(t)
	plugins := filepath.Join(e.dir, "checks.d")
	if err := os.Mkdir(plugins, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(plugins, "answer"), []byte("#!/bin/sh\necho 'WARNING - nearly | load=3;2;5'\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}

	if out, err := e.call("enrol", "mainstay-enrol-rubbish"); err == nil || !strings.Contains(out, "no enrolment token") {
		t.Errorf("a wrong token: %s", out)
	}
	if out, err := e.call("status"); err == nil || !strings.Contains(out, "No agent has run here yet.") {
		t.Errorf("status before all: %s", out)
	}
	out, err := e.call("enrol", s.token)
	if err != nil || !strings.Contains(out, "of Ardent.") {
		t.Fatalf("enrol: %s %v", out, err)
	}
	info, err := os.Stat(filepath.Join(e.dir, "state", "identity.json"))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("the identity: %v %v", info, err)
	}

	agent := e.start(t)
	s.until(t, "every section, a reading and two results", time.Minute, func() bool {
		return len(s.sections) == len(wire.Sections) && len(s.samples["system_uptime_seconds"]) > 0 && len(s.results) == 2
	})
	s.mu.Lock()
	for _, r := range s.results {
		switch {
		case r.Check == "c1" && (r.State != wire.StateWarning || r.Text != "WARNING - nearly" || r.Values["load"] != 3):
			t.Errorf("the plugin: %+v", r)
		case r.Check == "c2" && r.State != wire.StateUnknown:
			t.Errorf("a check that this version does not know: %+v", r)
		}
	}
	hellos := s.hellos
	s.mu.Unlock()
	s.until(t, "the status is written", time.Minute, func() bool {
		out, err = e.call("status")
		return err == nil && strings.Contains(out, "connection  to tls://")
	})

	_ = agent.Process.Signal(syscall.SIGKILL)
	_ = agent.Wait()
	agent = e.start(t)
	s.until(t, "it is back", time.Minute, func() bool { return s.hellos > hellos })
	_ = agent.Process.Signal(syscall.SIGTERM)
	if err := agent.Wait(); err != nil {
		t.Errorf("it does not end well: %v", err)
	}
}

// The script for Linux fetches the program, checks it, enrols. What is not what it should be is not installed.
func TestInstallScript(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("installs as root on Linux")
	}
	dir := t.TempDir()
	name := "mainstay-agent-linux-" + runtime.GOARCH
	program, err := os.ReadFile(build(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), program, 0o755); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, "127.0.0.1")
	s.files = installer.NewFolder(dir)
	script, err := s.files.Script("install.sh", s.url)
	if err != nil {
		t.Fatal(err)
	}
	e := newEndpoint(t)
	// A curl that notes which file it has made.
	curl, err := exec.LookPath("curl")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("test/needs installs curl: ", err)
		}
		t.Skip("curl is not installed")
	}
	tools, tmp := filepath.Join(e.dir, "tools"), filepath.Join(e.dir, "tmp")
	for _, d := range []string{tools, tmp} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	noted := "#!/bin/sh\n" + curl + " \"$@\" || exit\nwhile [ \"$1\" != -o ]; do shift; done\nstat -c %i \"$2\" >" + tools + "/fetched\n"
	if err := os.WriteFile(filepath.Join(tools, "curl"), []byte(noted), 0o700); err != nil {
		t.Fatal(err)
	}
	call := func(args ...string) (string, error) {
		cmd := exec.Command("sh", append([]string{"-s", "--"}, args...)...)
		cmd.Stdin = bytes.NewReader(script)
		cmd.Env = append(os.Environ(), "PATH="+tools+":"+os.Getenv("PATH"), "TMPDIR="+tmp, "MAINSTAY_BIN="+e.dir+"/bin", "MAINSTAY_CONFIG="+e.config, "MAINSTAY_NO_SERVICE=1")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := call(); err == nil || !strings.Contains(out, "Say the token") {
		t.Errorf("without a token: %s", out)
	}
	if err := os.WriteFile(filepath.Join(dir, name), append(program, 'x'), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := call(s.token); err == nil || !strings.Contains(out, "Nothing was installed") {
		t.Errorf("a program that was changed: %s", out)
	}
	if _, err := os.Stat(e.dir + "/bin/mainstay-agent"); err == nil {
		t.Error("it was installed all the same")
	}
	if err := os.WriteFile(filepath.Join(dir, name), program, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := call(s.token)
	if err != nil || !strings.Contains(out, "of Ardent.") {
		t.Fatalf("%s %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(e.dir, "state", "identity.json")); err != nil {
		t.Error(err)
	}
	// A file that is moved keeps what the system wrote on it where it was made: with SELinux a label by which no service may run it.
	fetched, err := os.ReadFile(filepath.Join(tools, "fetched"))
	if err != nil {
		t.Fatal(err)
	}
	installed, err := exec.Command("stat", "-c", "%i %a %u", e.dir+"/bin/mainstay-agent").Output()
	if err != nil || strings.HasPrefix(string(installed), strings.TrimSpace(string(fetched))+" ") || !strings.HasSuffix(string(installed), " 755 0\n") {
		t.Errorf("the file that was fetched (%s) was moved: %s %v", fetched, installed, err)
	}
	if out, err := exec.Command(e.dir+"/bin/mainstay-agent", "version").Output(); err != nil || !strings.HasPrefix(string(out), "mainstay-agent 1.0.0") {
		t.Errorf("%s %v", out, err)
	}
}

// Two builds give the same bytes, packages included; a package goes in and out again and leaves the identity until it is purged.
func TestPackages(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("packages are for Linux")
	}
	if testing.Short() {
		t.Skip("builds twice")
	}
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	for _, dir := range []string{first, second} {
		cmd := exec.Command("agent/packaging/build", dir, "v1.0.0", "linux/"+runtime.GOARCH)
		cmd.Dir = "../.."
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v", out, err)
		}
	}
	a, _ := os.ReadFile(filepath.Join(first, "SHA256SUMS"))
	b, _ := os.ReadFile(filepath.Join(second, "SHA256SUMS"))
	if len(a) == 0 || !bytes.Equal(a, b) || bytes.Count(a, []byte("\n")) != 3 {
		t.Errorf("two builds differ:\n%s\n%s", a, b)
	}
	name := filepath.Join(first, "mainstay-agent-linux-"+runtime.GOARCH)
	t.Run("deb", func(t *testing.T) { installDeb(t, name+".deb") })
	t.Run("rpm", func(t *testing.T) { installRPM(t, name+".rpm") })
}

// there tells whether a path is below a root.
func there(root, path string) bool {
	_, err := os.Lstat(filepath.Join(root, path))
	return err == nil
}

func installDeb(t *testing.T, name string) {
	if _, err := exec.LookPath("dpkg"); err != nil || os.Geteuid() != 0 {
		t.Skip("needs dpkg and root")
	}
	root := t.TempDir()
	for _, d := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log", "etc"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	dpkg := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("dpkg", append([]string{"--root=" + root, "--force-script-chrootless", "--force-not-root", "--log=/dev/null"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("dpkg %v: %s %v", args, out, err)
		}
		return string(out)
	}
	if out := dpkg("-i", name); !strings.Contains(out, "enrol this machine with") {
		t.Errorf("it does not say how to go on: %s", out)
	}
	for _, p := range []string{"usr/bin/mainstay-agent", "usr/lib/systemd/system/mainstay-agent.service", "etc/mainstay-agent/agent.conf", "etc/mainstay-agent/checks.d"} {
		if !there(root, p) {
			t.Errorf("%s is missing", p)
		}
	}
	if out, err := exec.Command(filepath.Join(root, "usr/bin/mainstay-agent"), "version").Output(); err != nil {
		t.Errorf("%s %v", out, err)
	}
	if err := os.MkdirAll(filepath.Join(root, "var/lib/mainstay-agent"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/mainstay-agent/identity.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := dpkg("-i", name); strings.Contains(out, "enrol this machine with") {
		t.Errorf("an update asks for an enrolment: %s", out)
	}
	dpkg("-r", "mainstay-agent")
	if there(root, "usr/bin/mainstay-agent") || !there(root, "var/lib/mainstay-agent/identity.json") || !there(root, "etc/mainstay-agent/agent.conf") {
		t.Error("a removal takes the wrong things")
	}
	dpkg("--purge", "mainstay-agent")
	if there(root, "var/lib/mainstay-agent") || there(root, "etc/mainstay-agent/agent.conf") {
		t.Error("a purge leaves something")
	}
}

func installRPM(t *testing.T, name string) {
	if _, err := exec.LookPath("rpm"); err != nil || os.Geteuid() != 0 {
		t.Skip("needs rpm and root")
	}
	root := t.TempDir()
	rpm := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("rpm", append([]string{"--root", root, "--nosignature"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("rpm %v: %s %v", args, out, err)
		}
		return string(out)
	}
	rpm("--initdb")
	rpm("-i", "--nodeps", "--noscripts", name)
	if !there(root, "usr/bin/mainstay-agent") || !there(root, "etc/mainstay-agent/agent.conf") {
		t.Error("files are missing")
	}
	if out := rpm("-q", "--queryformat", "%{VERSION}", "mainstay-agent"); out != "1.0.0" {
		t.Errorf("version %q", out)
	}
	rpm("-e", "--nodeps", "--noscripts", "mainstay-agent")
	if there(root, "usr/bin/mainstay-agent") {
		t.Error("a removal leaves the program")
	}
}

// The unit says what systemd understands, where that can be asked.
func TestUnit(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here")
	}
	b, err := os.ReadFile("../../agent/service/mainstay-agent.service")
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "mainstay-agent.service")
	if err := os.WriteFile(unit, bytes.ReplaceAll(b, []byte("/usr/bin/mainstay-agent"), []byte(build(t))), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "verify", "--man=no", unit).CombinedOutput()
	if err != nil || strings.Contains(string(out), "mainstay-agent.service:") {
		t.Errorf("%s %v", out, err)
	}
}
