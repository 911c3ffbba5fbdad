// SPDX-License-Identifier: Apache-2.0

// Package mailtest starts a real Dovecot and a real Exim on ports of this machine, in a folder that goes with the test.
// They serve the users of one domain, whose password is [Password]. Where the programs are missing the test is skipped
// with a word, except where CI says that nothing may be left out.
package mailtest

import (
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
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Password is everybody's.
const Password = "Tide-gate 7 lamps" //nolint:gosec // of servers that live as long as a test

// Servers are the two programs and where they listen, on 127.0.0.1.
type Servers struct {
	Dir         string
	IMAP, IMAPS int
	SMTP        int
	Roots       *x509.CertPool // trusts their certificate, which is for localhost and 127.0.0.1
}

// Options change how the servers are set up.
type Options struct {
	Introspect string // URL at which Dovecot asks whether an access token holds; "" = no OAuth2
	NoSMTP     bool
}

func program(t testing.TB, names ...string) string {
	t.Helper()
	for _, n := range names {
		for _, p := range []string{n, "/usr/sbin/" + n, "/usr/local/sbin/" + n} {
			if found, err := exec.LookPath(p); err == nil {
				return found
			}
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("CI is set but %s is not installed: run make test, which installs it", names[0])
	}
	t.Skipf("left out: %s is not installed (make test installs it)", names[0])
	return ""
}

// Start starts the servers and stops them after the test.
func Start(t testing.TB, o Options) *Servers {
	t.Helper()
	dovecot := program(t, "dovecot")
	exim := ""
	if !o.NoSMTP {
		exim = program(t, "exim4", "exim")
	}
	dir, err := os.MkdirTemp("", "mainstay-mail") // not t.TempDir: the servers' own user must reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &Servers{Dir: dir}
	s.certificate(t)
	s.dovecot(t, dovecot, o)
	if exim != "" {
		s.exim(t, exim)
	}
	return s
}

// owner is who owns the mails: nobody when root starts the servers, else who runs the test.
func owner(t testing.TB) (uid, gid int, name, group string) {
	t.Helper()
	u, err := user.Current()
	if err == nil && u.Uid == "0" {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, _ = strconv.Atoi(u.Uid)
	gid, _ = strconv.Atoi(u.Gid)
	g, err := user.LookupGroupId(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return uid, gid, u.Username, g.Name
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *Servers) path(name string) string { return filepath.Join(s.Dir, name) }

func (s *Servers) file(t testing.TB, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func (s *Servers) folder(t testing.TB, name string) string {
	t.Helper()
	uid, gid, _, _ := owner(t)
	if err := os.MkdirAll(s.path(name), 0o755); err != nil { //nolint:gosec // the servers' own user must reach it
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(s.path(name), uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	return s.path(name)
}

func (s *Servers) certificate(t testing.TB) {
	t.Helper()
	if err := os.Chmod(s.Dir, 0o755); err != nil { //nolint:gosec // the servers' own user must reach it
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.file(t, "cert.pem", string(cert), 0o644)
	s.file(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})), 0o644)
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(cert)
}

func (s *Servers) dovecot(t testing.TB, program string, o Options) {
	t.Helper()
	uid, gid, name, group := owner(t)
	s.folder(t, "mail")
	s.IMAP, s.IMAPS = freePort(t), freePort(t)
	internal := ""
	if os.Getuid() != 0 {
		internal = fmt.Sprintf("default_internal_user = %s\ndefault_internal_group = %s\ndefault_login_user = %s\n", name, group, name)
	}
	mechanisms, more := "plain login", ""
	if o.Introspect != "" {
		mechanisms += " xoauth2"
		s.file(t, "oauth2.conf", "introspection_mode = post\nintrospection_url = "+o.Introspect+"\nusername_attribute = username\nactive_attribute = active\nactive_value = true\n", 0o644)
		more = "passdb {\n driver = oauth2\n mechanisms = xoauth2\n args = " + s.path("oauth2.conf") + "\n}\n"
	}
	s.file(t, "dovecot.conf", fmt.Sprintf(`protocols = imap
listen = 127.0.0.1
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/dovecot.log
ssl = yes
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
disable_plaintext_auth = no
auth_mechanisms = %[2]s
auth_username_format = %%n
auth_failure_delay = 0
mail_location = maildir:%[1]s/mail/%%n
mail_max_userip_connections = 100
first_valid_uid = %[3]d
%[4]s%[5]spassdb {
  driver = static
  args = password=%[6]s
}
userdb {
  driver = static
  args = uid=%[3]d gid=%[7]d home=%[1]s/mail/%%n
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[8]d
  }
  inet_listener imaps {
    port = %[9]d
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Done {
    auto = create
  }
}
`, s.Dir, mechanisms, uid, internal, more, strings.ReplaceAll(Password, " ", "-"), gid, s.IMAP, s.IMAPS), 0o644)
	s.run(t, "dovecot", s.IMAP, program, "-F", "-c", s.path("dovecot.conf"))
}

// Secret is [Password] as the servers know it.
func Secret() string { return strings.ReplaceAll(Password, " ", "-") }

func (s *Servers) exim(t testing.TB, program string) {
	t.Helper()
	_, _, name, group := owner(t)
	s.folder(t, "spool")
	s.folder(t, "log")
	s.SMTP = freePort(t)
	s.file(t, "exim.conf", fmt.Sprintf(`primary_hostname = mail.firm.example
spool_directory = %[1]s/spool
log_file_path = %[1]s/log/%%slog
pid_file_path = %[1]s/spool/exim.pid
exim_user = %[2]s
exim_group = %[3]s
never_users =
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[4]d
tls_advertise_hosts = *
tls_certificate = %[1]s/cert.pem
tls_privatekey = %[1]s/key.pem
auth_advertise_hosts = *
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = rcpt
acl_smtp_data = data
smtp_accept_max = 0
queue_run_max = 1
keep_environment =
begin acl
rcpt:
  deny  message = no such user here
        local_parts = gone
  defer message = come again later
        local_parts = later
  require message = sign in first
        authenticated = *
  accept
data:
  accept
begin routers
local:
  driver = accept
  local_part_suffix = +*
  local_part_suffix_optional
  local_parts = help : ada : bert : vera : tom
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = %[1]s/mail/$local_part_data
  maildir_format
  create_directory
  return_path_add
  envelope_to_add
  user = %[2]s
  group = %[3]s
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if eq{$auth3}{%[5]s}}
  server_set_id = $auth2
`, s.Dir, name, group, s.SMTP, Secret()), 0o644)
	s.run(t, "exim", s.SMTP, program, "-C", s.path("exim.conf"), "-bdf", "-q1m")
}

// run starts a server in a process group of its own and waits until it listens.
func (s *Servers) run(t testing.TB, name string, port int, program string, args ...string) {
	t.Helper()
	out, err := os.Create(s.path(name + ".out"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program, args...) //nolint:gosec // found in the system's folders of programs
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		_ = out.Close()
	})
	for range 600 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-ended:
			s.fail(t, name, "ended at once")
		case <-time.After(50 * time.Millisecond):
		}
	}
	s.fail(t, name, "does not listen")
}

func (s *Servers) fail(t testing.TB, name, what string) {
	t.Helper()
	text := ""
	for _, f := range []string{name + ".out", name + ".log", "log/mainlog", "log/paniclog"} {
		b, _ := os.ReadFile(s.path(f))
		text += string(b)
	}
	t.Fatalf("%s %s:\n%s", name, what, text)
}

// Put lays a mail into a user's inbox, as a delivery does: whole or not at all.
func (s *Servers) Put(t testing.TB, who, name string, raw []byte) {
	t.Helper()
	uid, gid, _, _ := owner(t)
	for _, f := range []string{"mail/" + who, "mail/" + who + "/new", "mail/" + who + "/cur", "mail/" + who + "/tmp"} {
		if _, err := os.Stat(s.path(f)); err != nil {
			s.folder(t, f)
		}
	}
	tmp := s.path("mail/" + who + "/tmp/" + name)
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(tmp, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(tmp, s.path("mail/"+who+"/new/"+name)); err != nil {
		t.Fatal(err)
	}
}

// Mails returns what lies in a user's folder ("" = the inbox), by file name with its flags.
func (s *Servers) Mails(t testing.TB, who, folder string) map[string][]byte {
	t.Helper()
	base := "mail/" + who
	if folder != "" {
		base += "/." + folder
	}
	out := map[string][]byte{}
	for _, sub := range []string{"new", "cur"} {
		list, _ := os.ReadDir(s.path(base + "/" + sub))
		for _, e := range list {
			b, err := os.ReadFile(s.path(base + "/" + sub + "/" + e.Name()))
			if err == nil {
				out[e.Name()] = b
			}
		}
	}
	return out
}

// Renumber makes the server forget the numbers of a user's mails: the folder gets another UIDVALIDITY.
func (s *Servers) Renumber(t testing.TB, who string) {
	t.Helper()
	list, err := filepath.Glob(s.path("mail/" + who + "/dovecot*"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no index of %s: %v", who, err)
	}
	time.Sleep(1100 * time.Millisecond) // a UIDVALIDITY is a second of the clock
	for _, f := range list {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
}

// Send hands a mail to the SMTP server as a client's mail program does.
func (s *Servers) Send(t testing.TB, from, to, raw string) {
	t.Helper()
	c, err := smtp.Dial("127.0.0.1:" + strconv.Itoa(s.SMTP))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, step := range []func() error{
		func() error { return c.Auth(sasl.NewPlainClient("", "vera", Secret())) },
		func() error { return c.SendMail(from, []string{to}, strings.NewReader(raw)) },
		c.Quit,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}
