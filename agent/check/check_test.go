// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"mainstay/agent/check"
	"mainstay/agent/state"
	"mainstay/kit/wire"
)

var now = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

type bench struct {
	t   *testing.T
	dir string
	r   *check.Runner
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: dir}
	for _, d := range []string{"logs", "plugins"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	b.r = &check.Runner{
		Plugins: filepath.Join(dir, "plugins"), Logs: []string{filepath.Join(dir, "logs")}, Store: &state.Memory{}, Now: func() time.Time { return now }, Version: "1.2.3",
	}
	return b
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) write(name, text string) string {
	b.t.Helper()
	if err := os.WriteFile(b.path(name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return b.path(name)
}

func (b *bench) add(name, text string) {
	b.t.Helper()
	f, err := os.OpenFile(b.path(name), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		b.t.Fatal(err)
	}
}

// run makes a check of a kind with params in pairs.
func (b *bench) run(kind string, params ...string) wire.Result {
	b.t.Helper()
	c := wire.Check{ID: "c-" + kind, Kind: kind, Params: map[string]string{}}
	for i := 0; i+1 < len(params); i += 2 {
		c.Params[params[i]] = params[i+1]
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	return b.r.Run(ctx, c)
}

// want fails unless a result has a state and a text in it.
func (b *bench) want(r wire.Result, state wire.State, text string) {
	b.t.Helper()
	if r.State != state || !strings.Contains(r.Text, text) {
		b.t.Errorf("state %d, %q; want state %d with %q", r.State, r.Text, state, text)
	}
}

func TestWhatCannotBeUnderstood(t *testing.T) {
	b := newBench(t)
	b.want(b.run("teleport"), wire.StateUnknown, `knows no check "teleport"`)
	b.want(b.run("service"), wire.StateUnknown, "does not say which name")
	b.want(b.run("service", "name", "--help"), wire.StateUnknown, "no name of a service")
	b.want(b.run("port", "port", "x"), wire.StateUnknown, "must be a number")
	b.want(b.run("disk", "mount", "/", "warn", "many"), wire.StateUnknown, "must be a number")
	b.want(b.run("file", "path", "/x", "state", "maybe"), wire.StateUnknown, "must be there or missing")
	b.want(b.run("log", "file", b.path("logs/x"), "pattern", "("), wire.StateUnknown, "no regular expression")
	b.want(b.run("log"), wire.StateUnknown, "does not say which file, journal or eventlog")
	b.want(b.run("certificate", "path", "relative.pem"), wire.StateUnknown, "must begin at the root")
}

func TestPort(t *testing.T) {
	b := newBench(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	b.want(b.run("port", "port", port), wire.StateOK, "answers")
	b.want(b.run("port", "port", port, "state", "closed"), wire.StateCritical, "should not be")
	_ = l.Close()
	b.want(b.run("port", "port", port), wire.StateCritical, "does not answer")
	b.want(b.run("port", "port", port, "state", "closed"), wire.StateOK, "as it should be")
	b.want(b.run("port", "port", "22", "address", "192.0.2.77"), wire.StateUnknown, "not an address of this machine")
	b.want(b.run("port", "port", "22", "address", "example.test"), wire.StateUnknown, "not an address of this machine")
}

func TestFile(t *testing.T) {
	b := newBench(t)
	old := b.write("dump-1.sql", "12345")
	young := b.write("dump-2.sql", "1234567890")
	_ = os.Chtimes(old, now, now.Add(-72*time.Hour))
	_ = os.Chtimes(young, now, now.Add(-3*time.Hour))
	r := b.run("file", "path", b.path("dump-*.sql"), "max_age", "86400", "min_size", "10")
	b.want(r, wire.StateOK, "dump-2.sql has 10 bytes and was changed 3 hours ago")
	if r.Values["file_age_seconds"] != 3*3600 || r.Values["file_size_bytes"] != 10 {
		t.Errorf("%v", r.Values)
	}
	b.want(b.run("file", "path", old, "max_age", "86400"), wire.StateCritical, "3 days ago: too long")
	b.want(b.run("file", "path", young, "min_size", "11"), wire.StateCritical, "too small")
	b.want(b.run("file", "path", young, "max_size", "9"), wire.StateCritical, "too large")
	b.want(b.run("file", "path", young, "min_age", "86400"), wire.StateCritical, "too recently")
	b.want(b.run("file", "path", b.path("none")), wire.StateCritical, "is not there")
	b.want(b.run("file", "path", b.path("none"), "state", "missing"), wire.StateOK, "as it should be")
	b.want(b.run("file", "path", old, "state", "missing"), wire.StateCritical, "should not be")
	b.want(b.run("file", "path", b.dir+"/*/x"), wire.StateUnknown, "only the last part")
}

func TestDisk(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("looks at /")
	}
	b := newBench(t)
	b.want(b.run("disk", "mount", "/", "warn", "100", "critical", "100"), wire.StateOK, "/ is used to")
	b.want(b.run("disk", "mount", "/", "warn", "0", "critical", "100"), wire.StateWarning, "/ is used to")
	b.want(b.run("disk", "mount", "/", "critical", "0"), wire.StateCritical, "are free")
	b.want(b.run("disk", "mount", "/", "free_warn", "1e18", "free_critical", "1"), wire.StateWarning, "are free")
	b.want(b.run("disk", "mount", "/no/such"), wire.StateCritical, "cannot be looked at")
}

func TestSmart(t *testing.T) {
	b := newBench(t)
	b.want(b.run("smart"), wire.StateUnknown, "cannot be asked")
	drives := []wire.DiskHealth{{Name: "sda", Healthy: true, Source: "smartctl", WearPercent: 10}}
	b.r.Health = func(context.Context) ([]wire.DiskHealth, error) { return drives, nil }
	b.want(b.run("smart"), wire.StateOK, "1 of 1 drives are healthy")
	drives = append(drives, wire.DiskHealth{Name: "sdb", Healthy: true, Source: "smartctl", Pending: 8})
	b.want(b.run("smart"), wire.StateWarning, "sdb: 0 sectors reallocated, 8 pending")
	drives[0].WearPercent = 95
	r := b.run("smart")
	b.want(r, wire.StateWarning, "0 of 2 drives")
	drives[1].Healthy = false
	r = b.run("smart")
	b.want(r, wire.StateCritical, "0 of 2")
	if r.Values["smart_drives_bad"] != 2 || !strings.Contains(r.Detail, "sda: 95 % of its life used (by smartctl)") {
		t.Errorf("%+v", r)
	}
}

// A check that hangs whatever its time is ends as unknown, holds up no other, and is not begun again while it hangs.
func TestACheckThatHangs(t *testing.T) {
	b := newBench(t)
	hold := make(chan struct{})
	begun := make(chan struct{}, 200)
	b.r.Health = func(context.Context) ([]wire.DiskHealth, error) { // a driver that never answers
		begun <- struct{}{}
		<-hold
		return []wire.DiskHealth{{Name: "sda", Healthy: true}}, nil
	}
	c := wire.Check{ID: "c1", Kind: "smart"}
	brief := func(c wire.Check) wire.Result {
		ctx, stop := context.WithTimeout(context.Background(), time.Millisecond)
		defer stop()
		return b.r.Run(ctx, c)
	}
	b.want(brief(c), wire.StateUnknown, "did not end within its time")
	<-begun
	before := runtime.NumGoroutine()
	for range 50 {
		b.want(brief(c), wire.StateUnknown, "still waits for an answer")
	}
	if after := runtime.NumGoroutine(); after > before+5 || len(begun) != 0 {
		t.Errorf("begun another %d times; %d goroutines, before %d", len(begun), after, before)
	}
	b.want(b.run("file", "path", b.write("x", "1")), wire.StateOK, "has 1 byte")
	for i := range 100 {
		brief(wire.Check{ID: fmt.Sprint("d", i), Kind: "smart"})
	}
	if after := runtime.NumGoroutine(); after > before+40 {
		t.Errorf("%d goroutines after a hundred checks that hang", after)
	}
	b.want(b.run("file", "path", b.path("x")), wire.StateUnknown, "32 others do not answer")
	close(hold)
	for ctx := t.Context(); ctx.Err() == nil; time.Sleep(time.Millisecond) { // until all have ended
		if r := b.r.Run(ctx, c); r.State == wire.StateOK {
			break
		}
	}
	b.want(b.run("file", "path", b.path("x")), wire.StateOK, "has 1 byte")
}

// What is no file is not opened: a pipe would wait for a writer.
func TestAPipeIsNoLog(t *testing.T) {
	if _, err := exec.LookPath("mkfifo"); err != nil {
		t.Skip(err)
	}
	b := newBench(t)
	if out, err := exec.Command("mkfifo", b.path("logs/pipe")).CombinedOutput(); err != nil {
		t.Skipf("%s %v", out, err)
	}
	b.want(b.run("log", "file", b.path("logs/pipe"), "pattern", "x"), wire.StateUnknown, "it is no file")
	b.want(b.run("backup", "product", "borg", "log", b.path("logs/pipe")), wire.StateUnknown, "it is no file")
}

func TestProcess(t *testing.T) {
	b := newBench(t)
	me := filepath.Base(os.Args[0])
	b.want(b.run("process", "name", me), wire.StateOK, "of "+me)
	b.want(b.run("process", "name", me, "min", "50"), wire.StateCritical, "fewer than 50")
	b.want(b.run("process", "name", me, "max", "0"), wire.StateCritical, "more than 0")
	b.want(b.run("process", "name", "no-such-program"), wire.StateCritical, "0 processes")
}

func TestService(t *testing.T) {
	b := newBench(t)
	r := b.run("service", "name", "no-such-service-anywhere")
	if _, err := os.Stat("/run/systemd/system"); err != nil && runtime.GOOS == "linux" {
		b.want(r, wire.StateUnknown, "neither systemd nor OpenRC")
		t.Skip("no systemd runs here: whether a real unit is seen was not tried")
	}
	b.want(r, wire.StateCritical, "There is no service")
}

// A log is read from where the last look ended, across rotation and restarts, and never twice.
func TestLogFile(t *testing.T) {
	b := newBench(t)
	log := b.write("logs/app.log", "ERROR before the first look\n")
	look := func() wire.Result {
		return b.run("log", "file", log, "pattern", "(?i)error", "ignore", "harmless", "critical", "3")
	}
	b.want(look(), wire.StateOK, "of 0 new ones")
	b.add("logs/app.log", "fine\nERROR one\nerror harmless\nhalf a li")
	r := look()
	b.want(r, wire.StateWarning, "1 of 3 new lines match: ERROR one")
	if r.Values["log_matches"] != 1 || r.Detail != "ERROR one" {
		t.Errorf("%+v", r)
	}
	b.want(look(), wire.StateOK, "of 0 new ones")
	b.add("logs/app.log", "ne with an error\n")
	b.want(look(), wire.StateWarning, "half a line with an error")
	b.add("logs/app.log", "ERROR a\nERROR b\nERROR last before rotation\n")
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	b.want(look(), wire.StateOK, "of 0 new ones") // the new one is not there yet: that is no trouble
	b.write("logs/app.log", "new file\nERROR c\n")
	b.want(look(), wire.StateCritical, "4 of 5 new lines match: ERROR c")
	b.want(look(), wire.StateOK, "of 0 new ones")
	b.write("logs/app.log", "ERROR after it was cut\n") // copytruncate
	b.want(look(), wire.StateWarning, "1 of 1")
	b.add("logs/app.log", strings.Repeat("x", 100_000)+" ERROR\nERROR d\n"+strings.Repeat("y\xff", 10)+"\n")
	b.want(look(), wire.StateWarning, "1 of 3") // what is compared of a line is its beginning
}

// A log that is made after the first look has only new lines.
func TestLogThatIsMadeLater(t *testing.T) {
	b := newBench(t)
	look := func() wire.Result { return b.run("log", "file", b.path("logs/later.log"), "pattern", "ERROR") }
	b.want(look(), wire.StateUnknown, "is not there")
	b.want(look(), wire.StateUnknown, "is not there")
	b.write("logs/later.log", "ERROR the first of all\n")
	b.want(look(), wire.StateWarning, "1 of 1 new lines match: ERROR the first of all")
	b.want(look(), wire.StateOK, "of 0 new ones")
}

func TestLogsOfOthersStayShut(t *testing.T) {
	b := newBench(t)
	secret := b.write("secret", "root:password\n")
	b.want(b.run("log", "file", secret, "pattern", "root"), wire.StateUnknown, "not in a folder whose logs may be shown")
	if err := os.Symlink(secret, b.path("logs/link")); err != nil {
		t.Skip(err)
	}
	b.want(b.run("log", "file", b.path("logs/link"), "pattern", "root"), wire.StateUnknown, "not in a folder whose logs may be shown")
	b.want(b.run("log", "file", b.path("logs/../secret"), "pattern", "root"), wire.StateUnknown, "not in a folder whose logs may be shown")
	b.want(b.run("backup", "product", "restic", "log", secret), wire.StateUnknown, "not in a folder whose logs may be shown")
	b.want(b.run("log", "file", b.path("logs/none"), "pattern", "x"), wire.StateUnknown, "is not there")
}

func certificate(t *testing.T, from, to time.Time, names ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestCertificate(t *testing.T) {
	b := newBench(t)
	text := func(der []byte) string {
		var w bytes.Buffer
		_ = pem.Encode(&w, &pem.Block{Type: "CERTIFICATE", Bytes: der})
		return w.String()
	}
	month := 30 * 24 * time.Hour
	long := certificate(t, now.Add(-month), now.Add(3*month), "long.test")
	b.want(b.run("certificate", "path", b.write("long.pem", "leading words\n"+text(long))), wire.StateOK, "long.test")
	b.want(b.run("certificate", "path", b.write("long.der", string(long))), wire.StateOK, "long.test")
	soon := b.write("soon.pem", text(certificate(t, now.Add(-month), now.Add(20*24*time.Hour), "soon.test"))+text(long))
	r := b.run("certificate", "path", soon)
	b.want(r, wire.StateWarning, "soon.test")
	if r.Values["certificate_days_left"] != 20 {
		t.Errorf("%v", r.Values)
	}
	b.want(b.run("certificate", "path", soon, "critical", "25"), wire.StateCritical, "soon.test")
	b.write("past.pem", text(certificate(t, now.Add(-2*month), now.Add(-time.Hour), "past.test")))
	b.want(b.run("certificate", "path", b.path("*.pem")), wire.StateCritical, "The first of 3 certificates to expire: past.test")
	b.want(b.run("certificate", "path", b.write("future.pem", text(certificate(t, now.Add(time.Hour), now.Add(3*month), "future.test")))), wire.StateCritical, "not valid yet")
	b.want(b.run("certificate", "path", b.path("none.pem")), wire.StateCritical, "no certificate")
	b.want(b.run("certificate", "path", b.write("key.txt", "rubbish")), wire.StateUnknown, "cannot be read")
}

func TestPluginsAreRootsOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("shell scripts")
	}
	b := newBench(t)
	script := b.path("plugins/ok")
	put := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(script, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(script, mode); err != nil {
			t.Fatal(err)
		}
	}
	put("echo \"fine: $# arguments\"\n", 0o755)
	b.want(b.run("plugin", "name", "ok", "args", "x", "arguments", "y"), wire.StateOK, "fine: 0 arguments")
	put("echo fine\n", 0o777)
	b.want(b.run("plugin", "name", "ok"), wire.StateUnknown, "others than root may write")
	put("echo fine\n", 0o644)
	b.want(b.run("plugin", "name", "ok"), wire.StateUnknown, "no program")
	put("echo fine\n", 0o755)
	if err := os.Chmod(b.path("plugins"), 0o1777); err != nil {
		t.Fatal(err)
	}
	b.want(b.run("plugin", "name", "ok"), wire.StateUnknown, "others than root may write")
	if err := os.Chmod(b.path("plugins"), 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(script, 1234, 0); err != nil {
			t.Fatal(err)
		}
		b.want(b.run("plugin", "name", "ok"), wire.StateUnknown, "somebody else than root")
		_ = os.Chown(script, 0, 0)
	}
	for _, name := range []string{"../plugins/ok", "/bin/sh", "..", "ok;id", "ok id", ".hidden", ""} {
		if r := b.run("plugin", "name", name); r.State != wire.StateUnknown {
			t.Errorf("%q was run: %+v", name, r)
		}
	}
	if err := os.Symlink("/bin/sh", b.path("plugins/sh")); err != nil {
		t.Fatal(err)
	}
	b.want(b.run("plugin", "name", "sh"), wire.StateUnknown, "no program")
	put("exit 2\n", 0o755)
	b.want(b.run("plugin", "name", "ok"), wire.StateCritical, "says nothing and ends with 2")
	put("yes | head -c 10000000\n", 0o755)
	if r := b.run("plugin", "name", "ok"); len(r.Detail) > 64<<10 {
		t.Errorf("%d bytes of detail", len(r.Detail))
	}
	put("sleep 600 & sleep 600\n", 0o755)
	ctx, stop := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer stop()
	b.want(b.r.Run(ctx, wire.Check{Kind: "plugin", Params: map[string]string{"name": "ok"}}), wire.StateUnknown, "did not end within its time")
}

func TestPluginsAreUnderstood(t *testing.T) {
	for _, c := range []struct {
		out    string
		exit   int
		state  wire.State
		text   string
		detail string
		values map[string]float64
	}{
		{"DISK OK - free space: / 3326 MB (56%);", 0, 0, "DISK OK - free space: / 3326 MB (56%);", "", nil},
		{"OK | load1=0.26;5;10;0 load5=0.5", 0, 0, "OK", "", map[string]float64{"load1": .26, "load5": .5}},
		{"PING OK|rta=0.8ms;3000;5000;0 pl=20%;80;100;0", 1, 1, "PING OK", "", map[string]float64{"rta": .0008, "pl": .2}},
		{
			"DISK OK - free: / 3326 MB | /=2643MB;5948;5958;0;5968\n/ 15272 MB (77%);\n/boot 68 MB (69%); | /boot=68MB;88;93;0;98\n/home=69357MB;253404;253409;0;253414", 2, 2,
			"DISK OK - free: / 3326 MB", "/ 15272 MB (77%);\n/boot 68 MB (69%);",
			map[string]float64{"boot": 68 << 20, "home": 69357 << 20},
		},
		{"X | 'free space C:'=1.5GB;;;; 'it''s'=U", 3, 3, "X", "", map[string]float64{"free_space_c": 1.5 * (1 << 30)}},
		{"", 77, 3, "", "", nil},
		{`{"state":"critical","text":"down","detail":"two lines\nof it","values":{"Queue Length":7}}`, 0, 2, "down", "two lines\nof it", map[string]float64{"queue_length": 7}},
		{`{"status":1,"text":"so so"}`, 0, 1, "so so", "", nil},
		{`{"state":"purple"}`, 2, 2, `{"state":"purple"}`, "", nil},
		{"{ not JSON", 1, 1, "{ not JSON", "", nil},
	} {
		r := check.ParsePlugin([]byte(c.out), c.exit)
		if r.State != c.state || r.Text != c.text || r.Detail != c.detail {
			t.Errorf("%q: %+v", c.out, r)
		}
		if len(r.Values) != len(c.values) {
			t.Errorf("%q: values %v, want %v", c.out, r.Values, c.values)
		}
		for k, v := range c.values {
			if d := r.Values[k] - v; d > 1e-9 || d < -1e-9 {
				t.Errorf("%q: %s is %v, want %v", c.out, k, r.Values[k], v)
			}
		}
	}
}

func FuzzPlugin(f *testing.F) {
	f.Add([]byte("OK | 'a b'=1;2;3 c=4%\nmore | d=5"), 0)
	f.Add([]byte(`{"state":"ok","values":{"x":1}}`), 0)
	f.Fuzz(func(t *testing.T, out []byte, exit int) {
		r := check.ParsePlugin(out, exit)
		if r.State < 0 || r.State > 3 || len(r.Values) > wire.MaxResultValues {
			t.Fatalf("%+v", r)
		}
	})
}

// Real backups: restic's and borg's own words.
func TestBackupOfRestic(t *testing.T) {
	tool, err := exec.LookPath("restic")
	if err != nil {
		t.Skip("restic is not installed")
	}
	b := newBench(t)
	b.r.Now = time.Now
	b.write("data", "what must not be lost")
	log := b.path("logs/restic.json")
	b.want(b.run("backup", "product", "restic", "log", log), wire.StateCritical, "No backup has left a log yet")
	restic := func(args ...string) []byte {
		cmd := exec.Command(tool, append([]string{"--repo", b.path("repo"), "--no-cache", "--json"}, args...)...)
		cmd.Env = append(os.Environ(), "RESTIC_PASSWORD=test")
		out, _ := cmd.CombinedOutput()
		return out
	}
	b.write("logs/restic.json", string(restic("backup", b.path("data")))) // there is no repository yet
	b.want(b.run("backup", "product", "restic", "log", log), wire.StateCritical, "Fatal")
	restic("init")
	b.write("logs/restic.json", string(restic("backup", b.path("data"))))
	r := b.run("backup", "product", "restic", "log", log)
	b.want(r, wire.StateOK, "snapshot ")
	if r.Values["backup_files"] != 1 || r.Values["backup_bytes"] != 21 {
		t.Errorf("%v", r.Values)
	}
	old := time.Now().Add(-30 * time.Hour)
	if err := os.Chtimes(log, old, old); err != nil {
		t.Fatal(err)
	}
	r = b.run("backup", "product", "restic", "log", log)
	if r.State != wire.StateCritical && r.Values["backup_age_seconds"] > 3600 { // newer versions say in the log when they ended
		t.Errorf("%+v", r)
	}
}

func TestBackupOfBorg(t *testing.T) {
	tool, err := exec.LookPath("borg")
	if err != nil {
		t.Skip("borg is not installed")
	}
	b := newBench(t)
	b.write("data", "what must not be lost")
	borg := func(args ...string) string {
		cmd := exec.Command(tool, append([]string{"--show-rc"}, args...)...)
		cmd.Env = append(os.Environ(), "BORG_BASE_DIR="+b.dir, "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes")
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	log := b.path("logs/borg.log")
	day := 0
	run := func(commands ...string) { // what a script writes that lets borg run so many times
		t.Helper()
		b.add("logs/borg.log", strings.Join(commands, ""))
		day++
		at := now.AddDate(0, 0, day)
		b.r.Now = func() time.Time { return at }
		if err := os.Chtimes(log, at, at); err != nil {
			t.Fatal(err)
		}
	}
	look := func(state wire.State, text string) {
		t.Helper()
		b.want(b.run("backup", "product", "borg", "log", log), state, text)
	}
	run(borg("create", b.path("repo")+"::a1", b.path("data")))
	look(wire.StateCritical, "borg failed (2)")
	borg("init", "--encryption=none", b.path("repo"))
	run(borg("create", b.path("repo")+"::a1", b.path("data")))
	look(wire.StateOK, "borg ended well")
	prune := func() string { return borg("prune", "--keep-daily=7", b.path("repo")) }
	run(borg("create", b.path("repo")+"::a2", b.path("data"), b.path("gone")), prune(), borg("compact", b.path("repo")))
	look(wire.StateWarning, "borg ended with warnings (1)")
	run(borg("create", b.path("repo")+"::a1", b.path("data")), prune(), borg("compact", b.path("repo"))) // there is an a1
	look(wire.StateCritical, "borg failed (2)")
	run(borg("create", b.path("repo")+"::a3", b.path("data")), prune())
	look(wire.StateOK, "borg ended well")
	// Where borg says what it makes, the log alone tells the backups apart.
	b.r.Now = time.Now
	b.write("logs/borg.log", "")
	verbose := func(name string) string { return borg("create", "--stats", b.path("repo")+"::"+name, b.path("data")) }
	b.add("logs/borg.log", verbose("b1")+prune()+borg("create", "--stats", b.path("none")+"::b2", b.path("data"))+prune())
	look(wire.StateCritical, "borg failed (2)")
	b.add("logs/borg.log", verbose("b3")+prune())
	look(wire.StateOK, "borg ended well")
	b.write("logs/borg.log", borg("create", "--json", b.path("repo")+"::a3", b.path("data")))
	r := b.run("backup", "product", "borg", "log", log)
	b.want(r, wire.StateOK, "borg ended well")
	if r.Values["backup_files"] != 1 {
		t.Errorf("%v", r.Values)
	}
}

// The looks at a log fall anywhere between the commands of a backup: what a later one ends with heals nothing. A look that comes first takes
// what the log ends with.
func TestEndsOfBorgBelongTogether(t *testing.T) {
	end := func(rc int) string {
		return fmt.Sprintf("terminating with %s status, rc %d\n", map[int]string{0: "success", 1: "warning", 2: "error"}[rc], rc)
	}
	b := newBench(t)
	log := b.path("logs/borg.log")
	at := now.Add(-9 * 24 * time.Hour)
	step := func(later time.Duration, rc int, state wire.State) {
		t.Helper()
		at = at.Add(later)
		b.add("logs/borg.log", end(rc))
		if err := os.Chtimes(log, at, at); err != nil {
			t.Fatal(err)
		}
		if r := b.run("backup", "product", "borg", "log", log, "max_age", "864000"); r.State != state {
			t.Errorf("%s: state %d (%s), want %d", at, r.State, r.Text, state)
		}
	}
	b.add("logs/borg.log", end(2)+end(0)+end(0)+end(0))
	day := 24 * time.Hour * 3 // a quarter of max_age is 60 hours
	step(0, 0, wire.StateOK)
	step(day, 2, wire.StateCritical)
	step(3*time.Minute, 0, wire.StateCritical)
	step(2*time.Hour, 0, wire.StateCritical)
	step(day, 1, wire.StateWarning)
	step(time.Minute, 0, wire.StateWarning)
	for range 4 { // backups that follow so closely that they cannot be told apart
		step(time.Hour, 0, wire.StateWarning)
	}
	step(time.Hour, 0, wire.StateOK)
}

func TestBackupThatBreaksOff(t *testing.T) {
	b := newBench(t)
	log := b.write("logs/restic.json", `{"message_type":"summary","snapshot_id":"aa11","total_files_processed":1}`+"\n"+`{"message_type":"status","percent_done":0.4}`+"\n")
	_ = os.Chtimes(log, now, now.Add(-time.Hour))
	b.want(b.run("backup", "product", "restic", "log", log), wire.StateOK, "A backup runs, or broke off, since 60 minutes ago")
	_ = os.Chtimes(log, now, now.Add(-50*time.Hour))
	b.want(b.run("backup", "product", "restic", "log", log), wire.StateCritical, "has not ended")
	b.write("logs/restic.json", `{"message_type":"error","item":"/x"}`+"\n"+`{"message_type":"summary","snapshot_id":"aa11","total_files_processed":1}`+"\n")
	_ = os.Chtimes(log, now, now.Add(-time.Hour))
	b.want(b.run("backup", "product", "restic", "log", log), wire.StateWarning, "1 files could not be read")
	b.want(b.run("backup", "product", "restic", "log", log, "max_age", "600"), wire.StateCritical, "longer than 10m0s ago")
	// restic --quiet says nothing of the runs between.
	b.add("logs/restic.json", `{"message_type":"summary","snapshot_id":"bb22","total_files_processed":1}`+"\n")
	_ = os.Chtimes(log, now, now.Add(-time.Hour))
	b.want(b.run("backup", "product", "restic", "log", log), wire.StateOK, "snapshot bb22")
	b.want(b.run("backup", "product", "tape"), wire.StateUnknown, "must be restic or borg or veeam or wsb")
}

// A real web server goes down and comes up again.
func TestNginx(t *testing.T) {
	tool := "/usr/sbin/nginx"
	if _, err := os.Stat(tool); err != nil {
		t.Skip("nginx is not installed")
	}
	b := newBench(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	_ = l.Close()
	if err := os.Chmod(b.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	conf := b.write("nginx.conf", fmt.Sprintf("daemon off; pid %s/pid; error_log %s/logs/error.log info; events {} http { access_log off; client_body_temp_path %s/t; proxy_temp_path %s/t; fastcgi_temp_path %s/t; uwsgi_temp_path %s/t; scgi_temp_path %s/t; server { listen 127.0.0.1:%s; location / { return 200; } } }",
		b.dir, b.dir, b.dir, b.dir, b.dir, b.dir, b.dir, port))
	b.write("logs/error.log", "")
	look := func() wire.Result {
		return b.run("log", "file", b.path("logs/error.log"), "pattern", `signal (15|3) .*received|start worker process`)
	}
	b.want(look(), wire.StateOK, "of 0 new ones")
	b.want(b.run("port", "port", port), wire.StateCritical, "does not answer")
	cmd := exec.Command(tool, "-c", conf, "-p", b.dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for range 600 {
		if b.run("port", "port", port).State == wire.StateOK {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.want(b.run("port", "port", port), wire.StateOK, "answers")
	b.want(b.run("process", "name", "nginx"), wire.StateOK, "of nginx")
	b.want(look(), wire.StateWarning, "start worker process")
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
	b.want(b.run("port", "port", port), wire.StateCritical, "does not answer")
}
