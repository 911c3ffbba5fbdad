// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/probe"
	"mainstay/kit/wire"
)

// authority is one that signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// under makes an authority below another one; nil is a root.
func under(t *testing.T, name string, parent *authority) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(900 * 24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	by, key := c, a.key
	if parent != nil {
		by, key = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, &a.key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	a.cert, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.pem = encode("CERTIFICATE", der)
	return a
}

// issued is a certificate with its key, as files have them and as crypto/tls does.
type issued struct {
	cert, key string
	pair      tls.Certificate
}

func (a *authority) issue(t *testing.T, name string, from, until time.Time, weak bool) issued {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until, DNSNames: []string{name}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	var public, private any
	if weak {
		t.Setenv("GODEBUG", "rsa1024min=0")
		k, err := rsa.GenerateKey(rand.Reader, 1024)
		if err != nil {
			t.Fatal(err)
		}
		public, private = &k.PublicKey, k
	} else {
		k := newKey(t)
		public, private = &k.PublicKey, k
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, public, a.key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	i := issued{cert: encode("CERTIFICATE", der), key: encode("PRIVATE KEY", keyDER)}
	if i.pair, err = tls.X509KeyPair([]byte(i.cert), []byte(i.key)); err != nil {
		t.Fatal(err)
	}
	return i
}

// serve speaks TLS on a port of this machine and returns it.
func serve(t *testing.T, c *tls.Config) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") }))
	srv.TLS, srv.Config.ErrorLog = c, log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	return port
}

func TestCertificates(t *testing.T) {
	root := under(t, "Harbour Root", nil)
	between := under(t, "Harbour Issuing", root)
	day := 24 * time.Hour
	now := time.Now()
	good := between.issue(t, "localhost", now.Add(-day), now.Add(90*day), false)
	with := func(i issued) tls.Certificate {
		p := i.pair
		p.Certificate = append(p.Certificate[:1:1], between.cert.Raw)
		return p
	}
	expired := with(between.issue(t, "localhost", now.Add(-10*day), now.Add(-3*day-time.Hour), false))
	other := with(between.issue(t, "www.other.test", now.Add(-day), now.Add(90*day), false))
	self := under(t, "localhost", nil)
	ca := map[string]string{"ca": root.pem}
	for _, x := range []struct {
		name   string
		config *tls.Config
		params map[string]string
		state  wire.State
		texts  []string
	}{
		{"good", &tls.Config{Certificates: []tls.Certificate{with(good)}}, ca, wire.StateOK, []string{"Valid until", "TLS 1.3", "Harbour Issuing"}},
		{"runs out", &tls.Config{Certificates: []tls.Certificate{with(good)}}, map[string]string{"ca": root.pem, "warn": "100", "critical": "20"}, wire.StateWarning, []string{"89 days"}},
		{"expired", &tls.Config{Certificates: []tls.Certificate{expired}}, ca, wire.StateCritical, []string{"ran out on", "3 days ago"}},
		{"another name", &tls.Config{Certificates: []tls.Certificate{other}}, ca, wire.StateCritical, []string{"is for www.other.test, not for localhost"}},
		{"the name that was asked for", &tls.Config{Certificates: []tls.Certificate{other}}, map[string]string{"ca": root.pem, "name": "www.other.test"}, wire.StateOK, nil},
		{"itself", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{self.cert.Raw}, PrivateKey: self.key}}}, ca, wire.StateCritical, []string{"signed by itself"}},
		{"no chain", &tls.Config{Certificates: []tls.Certificate{good.pair}}, ca, wire.StateCritical, []string{"does not send the certificate of Harbour Issuing"}},
		{"unknown authority", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{with(good).Certificate[0], between.cert.Raw, root.cert.Raw}, PrivateKey: with(good).PrivateKey}}}, nil, wire.StateCritical, []string{"No known authority"}},
		{"old", &tls.Config{Certificates: []tls.Certificate{with(good)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, ca, wire.StateCritical, []string{"The best that it speaks is TLS 1.1"}},
		{"old as well", &tls.Config{Certificates: []tls.Certificate{with(good)}, MinVersion: tls.VersionTLS10}, ca, wire.StateWarning, []string{"still speaks TLS 1.1"}},
		{"old as well, and known", &tls.Config{Certificates: []tls.Certificate{with(good)}, MinVersion: tls.VersionTLS10}, map[string]string{"ca": root.pem, "old": "allow"}, wire.StateOK, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			if x.config.MinVersion == 0 {
				x.config.MinVersion = tls.VersionTLS12
			}
			o := look(t, "tls", "localhost:"+serve(t, x.config), x.params)
			expect(t, o, x.state, x.texts...)
			if _, ok := measure(o, "probe_certificate_left_seconds"); !ok {
				t.Error("how long it holds is not measured")
			}
		})
	}
	t.Run("a short key", func(t *testing.T) {
		weak := with(between.issue(t, "localhost", now.Add(-day), now.Add(90*day), true))
		o := look(t, "tls", "localhost:"+serve(t, &tls.Config{Certificates: []tls.Certificate{weak}, MinVersion: tls.VersionTLS12}), ca)
		expect(t, o, wire.StateWarning, "too short: RSA 1024")
	})
	t.Run("no TLS", func(t *testing.T) {
		plain := httptest.NewServer(http.NotFoundHandler())
		defer plain.Close()
		expect(t, look(t, "tls", strings.TrimPrefix(plain.URL, "http://"), nil), wire.StateCritical, "does not speak TLS")
	})
	t.Run("a page behind it", func(t *testing.T) {
		port := serve(t, &tls.Config{Certificates: []tls.Certificate{expired}, MinVersion: tls.VersionTLS12})
		expect(t, look(t, "http", "https://localhost:"+port, ca), wire.StateCritical, "out of its time")
		expect(t, look(t, "http", "https://localhost:"+port, map[string]string{"verify": "no"}), wire.StateOK, "Answered 200")
	})
}

// TestNginx: what the world's most used server says, with a chain and without, and with what only old clients speak.
func TestNginx(t *testing.T) {
	nginx, dir := program(t, "nginx"), t.TempDir()
	root := under(t, "Harbour Root", nil)
	between := under(t, "Harbour Issuing", root)
	leaf := between.issue(t, "localhost", time.Now().Add(-time.Hour), time.Now().Add(200*24*time.Hour), false)
	write(t, filepath.Join(dir, "whole.pem"), leaf.cert+between.pem)
	write(t, filepath.Join(dir, "alone.pem"), leaf.cert)
	write(t, filepath.Join(dir, "key.pem"), leaf.key)
	write(t, filepath.Join(dir, "index.html"), "<html><head><title>Harbour &amp; Co</title></head><body>Open today</body></html>")
	write(t, filepath.Join(dir, "status.json"), `{"queue":{"jobs":[{"state":"done"},{"state":"stuck","age":17}]},"ok":true}`)
	plain, good, alone, old, two := freePort(t), freePort(t), freePort(t), freePort(t), freePort(t)
	conf := write(t, filepath.Join(dir, "nginx.conf"), fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 64; }
http { access_log off; root %[1]s; default_type text/html; client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
 ssl_certificate_key %[1]s/key.pem;
 server { listen 127.0.0.1:%[2]s; location /moved { return 302 /again; } location /again { return 301 /; } location /loop { return 302 /loop; } location /down { return 503; }
  location /secret { if ($http_authorization != "Basic YWRhOnBhc3M=") { return 401; } return 200 "in"; } location /file { return 302 file:///etc/passwd; } }
 server { listen 127.0.0.1:%[3]s ssl; ssl_certificate %[1]s/whole.pem; }
 server { listen 127.0.0.1:%[6]s ssl http2; ssl_certificate %[1]s/whole.pem; }
 server { listen 127.0.0.1:%[4]s ssl; ssl_certificate %[1]s/alone.pem; }
 server { listen 127.0.0.1:%[5]s ssl; ssl_certificate %[1]s/whole.pem; ssl_protocols TLSv1; ssl_ciphers "ALL:@SECLEVEL=0"; }
}
`, dir, plain, good, alone, old, two))
	at := "http://127.0.0.1:" + plain
	run(t, func() bool { return look(t, "tcp", "127.0.0.1:"+plain, nil).State == wire.StateOK }, nginx, "-p", dir, "-c", conf)
	o := look(t, "http", at+"/moved", map[string]string{"contains": "Open today", "pattern": `(?i)open\s+today`, "excludes": "closed"})
	expect(t, o, wire.StateOK, "Answered 200 after")
	for _, x := range []string{`"title":"Harbour \u0026amp; Co"`, `"redirects":["` + at + `/again","` + at + `/"]`, `"server":"nginx`} {
		if !strings.Contains(string(o.Found), x) {
			t.Errorf("%s is missing in %s", x, o.Found)
		}
	}
	for _, phase := range []string{"connect", "wait", "transfer"} {
		if _, ok := measure(o, `probe_http_phase_seconds{phase="`+phase+`"}`); !ok {
			t.Errorf("%s is not measured", phase)
		}
	}
	expect(t, look(t, "http", at+"/moved", map[string]string{"redirects": "0", "status": "302"}), wire.StateOK)
	expect(t, look(t, "http", at+"/loop", map[string]string{"redirects": "3", "status": "200"}), wire.StateCritical, "leads on again and again: 4 times")
	expect(t, look(t, "http", at+"/loop", nil), wire.StateCritical, "leads on again and again: 6 times")
	expect(t, look(t, "http", at+"/down", map[string]string{"status": "200"}), wire.StateCritical, "Answered 503 after", "expected 200.")
	expect(t, look(t, "http", at+"/down", map[string]string{"status": "404, 500-599"}), wire.StateOK)
	expect(t, look(t, "http", at+"/file", nil), wire.StateCritical, "no web address")
	expect(t, look(t, "http", at, map[string]string{"contains": "Closed"}), wire.StateCritical, `"Closed" is not there`)
	expect(t, look(t, "http", at+"/status.json", map[string]string{"path": "queue.jobs.1.state", "equals": "done"}), wire.StateCritical, `queue.jobs.1.state is "stuck"; expected "done"`)
	j := look(t, "http", at+"/status.json", map[string]string{"path": "queue.jobs.1.age"})
	if v, _ := measure(j, `probe_value{path="queue.jobs.1.age"}`); v != 17 {
		t.Errorf("age %v: %s", v, j.Text)
	}
	in := probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: "http", Target: at + "/secret", Params: map[string]string{"user": "ada"}, Secret: map[string]string{"password": "pass"}}, probe.Local())
	expect(t, in, wire.StateOK)
	expect(t, look(t, "http", at+"/secret", nil), wire.StateCritical, "Answered 401")

	ca := map[string]string{"ca": root.pem}
	expect(t, look(t, "tls", "localhost:"+good, ca), wire.StateOK, "199 days")
	for port, protocol := range map[string]string{good: "HTTP/1.1", two: "HTTP/2"} {
		o := look(t, "http", "https://localhost:"+port, map[string]string{"ca": root.pem, "contains": "Open today"})
		if expect(t, o, wire.StateOK); !strings.Contains(string(o.Found), `"protocol":"`+protocol+`"`) {
			t.Errorf("%s: found %s", protocol, o.Found)
		}
	}
	expect(t, look(t, "tls", "localhost:"+alone, ca), wire.StateCritical, "does not send the certificate of Harbour Issuing")
	expect(t, look(t, "http", "https://localhost:"+alone, ca), wire.StateCritical, "chain is not complete")
	expect(t, look(t, "tls", "localhost:"+old, ca), wire.StateCritical, "The best that it speaks is TLS 1.0")
	expect(t, look(t, "http", "https://localhost:"+old, ca), wire.StateCritical, "old versions of TLS")
}

// TestHostileWeb: a server that says too much, or nothing, costs a bounded answer.
func TestHostileWeb(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		case "/bomb":
			if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				w.Header().Set("Content-Encoding", "gzip")
				z := gzip.NewWriter(w)
				_, _ = z.Write(make([]byte, 50<<20))
				_ = z.Close()
			}
		case "/head":
			for i := range 3000 {
				w.Header().Add(fmt.Sprint("X-", i), strings.Repeat("x", 100))
			}
		case "/silent":
			<-r.Context().Done()
		case "/control":
			_, _ = io.WriteString(w, "<title>a\x00b\x1b[31mred\u202e\xff</title>")
		}
	}))
	defer srv.Close()
	expect(t, look(t, "http", srv.URL+"/endless", map[string]string{"max_bytes": "1000", "contains": "x"}), wire.StateCritical, "is not there (of the answer, the first 1000 bytes were read)")
	expect(t, look(t, "http", srv.URL+"/bomb", nil), wire.StateOK)
	expect(t, look(t, "http", srv.URL+"/head", map[string]string{"max_bytes": "1000"}), wire.StateCritical, "No answer")
	silent := probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: "http", Target: srv.URL + "/silent", Timeout: 1}, probe.Local())
	expect(t, silent, wire.StateCritical, "no answer within the time")
	if o := look(t, "http", srv.URL+"/control", nil); strings.ContainsAny(string(o.Found), "\x00\x1b") || strings.Contains(string(o.Found), `\u0000`) || strings.Contains(string(o.Found), `\u001b`) || strings.Contains(string(o.Found), "\u202e") {
		t.Errorf("found %s", o.Found)
	}
}
