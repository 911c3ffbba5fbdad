// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/kit/probe"
	"mainstay/kit/wire"
)

// TestHTTP2 looks at a server that refuses HTTP/1.1.
func TestHTTP2(t *testing.T) {
	root := under(t, "Harbour Root", nil)
	leaf := root.issue(t, "localhost", time.Now().Add(-time.Hour), time.Now().Add(200*24*time.Hour), false)
	page := strings.Repeat("Open today. ", 200_000) // 2.4 MB: more than both sides' windows
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "two")
		w.Header().Set("X-Long", strings.Repeat("x", 20_000)) // more than a frame
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/early?a=b", http.StatusFound)
		case "/early":
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "<title>Early</title>")
			w.Header().Set("X-Sum", "1")
			w.Header().Set("Content-Type", "text/html")
		case "/large":
			_, _ = io.WriteString(w, page)
		case "/post":
			b, _ := io.ReadAll(r.Body)
			user, password, _ := r.BasicAuth()
			fmt.Fprintf(w, "%s %d %d %s:%s %s %s", r.Method, r.ContentLength, len(b), user, password, r.Host, strings.Join(r.Header["X-Own"], "|"))
		case "/broken":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case "/silent":
			<-r.Context().Done()
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{leaf.pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2"}}
	srv.EnableHTTP2, srv.Config.ErrorLog = true, log.New(io.Discard, "", 0)
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetHTTP2(true)
	srv.StartTLS()
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	old, err := tls.Dial("tcp", srv.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(old, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if answer, _ := io.ReadAll(old); bytes.Contains(answer, []byte(" 200 ")) {
		t.Fatalf("the server speaks HTTP/1.1, so it shows nothing: %s", answer)
	}
	_ = old.Close()
	at := "https://localhost:" + port
	ask := func(path string, params map[string]string) wire.Observation {
		t.Helper()
		if params == nil {
			params = map[string]string{}
		}
		params["ca"] = root.pem
		return probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: "http", Target: at + path, Params: params, Secret: map[string]string{"password": "pass"}, Timeout: 5}, probe.NewGuard(probe.Local().Check, true))
	}
	o := ask("/moved", map[string]string{"contains": "<title>Early"})
	expect(t, o, wire.StateOK, "Answered 200 after")
	for _, x := range []string{`"protocol":"HTTP/2"`, `"server":"two"`, `"redirects":["` + at + `/early?a=b"]`, `"title":"Early"`} {
		if !strings.Contains(string(o.Found), x) {
			t.Errorf("%s is missing in %s", x, o.Found)
		}
	}
	for _, phase := range []string{"dns", "connect", "tls", "wait", "transfer"} {
		if _, ok := measure(o, `probe_http_phase_seconds{phase="`+phase+`"}`); !ok {
			t.Errorf("%s is not measured", phase)
		}
	}
	o = ask("/large", map[string]string{"max_bytes": "3000000"})
	if n, _ := measure(o, "probe_http_body_bytes"); int(n) != len(page) {
		t.Errorf("%v bytes of a page of %d: %s", n, len(page), o.Text)
	}
	expect(t, ask("/endless", map[string]string{"max_bytes": "1000", "contains": "x"}), wire.StateCritical, "of the answer, the first 1000 bytes were read")
	body := strings.Repeat("x", 150_000) // more than a server lets at once
	expect(t, ask("/post", map[string]string{"method": "POST", "body": body, "user": "ada", "headers": "X-Own: a\nX-Own: b", "contains": "POST 150000 150000 ada:pass localhost:" + port + " a|b"}), wire.StateOK)
	expect(t, ask("/post", map[string]string{"headers": "Host: www.harbour.test\nConnection: close", "contains": "GET 0 0 : www.harbour.test "}), wire.StateOK)
	expect(t, ask("/large", map[string]string{"method": "HEAD"}), wire.StateOK, "Answered 200")
	expect(t, ask("/broken", nil), wire.StateCritical, "the answer broke off")
	expect(t, look(t, "http", at, nil), wire.StateCritical, "no known authority vouches")
	silent := probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: "http", Target: at + "/silent", Params: map[string]string{"ca": root.pem}, Timeout: 1}, probe.Local())
	expect(t, silent, wire.StateCritical, "no answer within the time")
	nowhere := probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: "http", Target: at, Timeout: 1}, probe.Guard{})
	expect(t, nowhere, wire.StateCritical, "nothing may be reached")
}

// said is a frame of HTTP/2 as a server sends it; what it carries is written in hex.
func said(kind, flags byte, stream uint32, load string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(load, " ", ""))
	if err != nil {
		panic(err)
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(len(b))<<8|uint32(kind))
	return append(binary.BigEndian.AppendUint32(append(out, flags), stream), b...)
}

// TestHostileHTTP2: what a server may say that breaks the protocol, or would cost too much, ends with a sentence.
func TestHostileHTTP2(t *testing.T) {
	root := under(t, "Harbour Root", nil)
	leaf := root.issue(t, "localhost", time.Now().Add(-time.Hour), time.Now().Add(200*24*time.Hour), false)
	settings, ok := said(4, 0, 0, ""), said(1, 4, 1, "88") // :status 200
	many := func(n int, b []byte) []byte { return bytes.Repeat(b, n) }
	for _, x := range []struct {
		name, text string
		state      wire.State
		says       [][]byte
	}{
		{"fine", "Answered 200", wire.StateOK, [][]byte{settings, ok, said(6, 0, 0, "0102030405060708"), said(0, 8, 1, "02 6869 0000"), said(0, 1, 1, "21")}},
		{"old HTTP", "no HTTP/2, although it chose it", wire.StateCritical, [][]byte{[]byte("HTTP/1.1 200 OK\r\n\r\n")}},
		{"nothing", "closed the connection without an answer", wire.StateCritical, [][]byte{settings}},
		{"no settings", "no HTTP/2", wire.StateCritical, [][]byte{ok}},
		{"a frame too large", "no HTTP/2", wire.StateCritical, [][]byte{settings, {1, 0, 0, 1, 4, 0, 0, 0, 1}}},
		{"padding too long", "no HTTP/2", wire.StateCritical, [][]byte{settings, said(1, 12, 1, "05 88")}},
		{"data before the head", "no HTTP/2", wire.StateCritical, [][]byte{settings, said(0, 0, 1, "00")}},
		{"a push", "no HTTP/2", wire.StateCritical, [][]byte{settings, said(5, 4, 1, "00000002 88")}},
		{"a table that is none", "no HTTP/2", wire.StateCritical, [][]byte{settings, said(1, 4, 1, "ff ff ff ff 7f")}},
		{"a head that never ends", "too large", wire.StateCritical, [][]byte{settings, said(1, 0, 1, "88"), many(10, said(9, 0, 1, strings.Repeat("00", 10_000)))}},
		// One field of 3000 octets is put into the table, and then called a thousand times by one octet each.
		{"a head that grows", "too large", wire.StateCritical, [][]byte{settings, said(1, 4, 1, "88 40 0161 7fb916"+strings.Repeat("61", 3000)+strings.Repeat("be", 1000))}},
		{"waits for ever", "again and again", wire.StateCritical, [][]byte{settings, many(9, said(1, 4, 1, "08 03 313033"))}},
		{"too busy", "too much to do", wire.StateCritical, [][]byte{settings, said(3, 0, 1, "00000007")}},
		{"an error", "HTTP/2 error 2", wire.StateCritical, [][]byte{settings, said(7, 0, 0, "00000000 00000002")}},
		{"breaks off", "broke off after 1 bytes: the other end closed", wire.StateCritical, [][]byte{settings, ok, said(0, 0, 1, "61")}},
		{"half of what it announced", "broke off after 1 bytes", wire.StateCritical, [][]byte{settings, said(1, 4, 1, "88 0f0d 01 32"), said(0, 1, 1, "61")}},
		{"only noise", "broke off", wire.StateCritical, [][]byte{settings, ok, many(300_000, said(0, 0, 1, ""))}},
	} {
		t.Run(x.name, func(t *testing.T) {
			at := h2Peer(t, leaf, func(c net.Conn) { _, _ = c.Write(bytes.Join(x.says, nil)) })
			expect(t, look(t, "http", "https://"+at, map[string]string{"ca": root.pem}), x.state, x.text)
		})
	}
	t.Run("would rather have HTTP/1.1", func(t *testing.T) {
		at := h2Peer(t, leaf, func(c net.Conn) {
			if c.(*tls.Conn).ConnectionState().NegotiatedProtocol == "h2" {
				_, _ = c.Write(append(settings, said(3, 0, 1, "0000000d")...))
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nolden")
		})
		o := look(t, "http", "https://"+at, map[string]string{"ca": root.pem, "contains": "olden"})
		expect(t, o, wire.StateOK, "Answered 200")
		if !strings.Contains(string(o.Found), `"protocol":"HTTP/1.1"`) {
			t.Errorf("found %s", o.Found)
		}
	})
}

// h2Peer speaks TLS with HTTP/2 and 1.1 to choose from, and leaves what is said to say. What comes is read and thrown away.
func h2Peer(t *testing.T, leaf issued, say func(net.Conn)) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{leaf.pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if c.(*tls.Conn).Handshake() == nil {
				done := make(chan struct{})
				go func() { _, _ = io.Copy(io.Discard, c); close(done) }()
				say(c)
				_ = c.(*tls.Conn).CloseWrite()
				<-done
			}
			_ = c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "localhost:" + port
}

// FuzzHTTP2: whatever a server says, the answer is bounded, and nothing hangs or breaks.
func FuzzHTTP2(f *testing.F) {
	settings := said(4, 0, 0, "0004 00000001")
	f.Add(append(settings, said(1, 5, 1, "88")...))
	f.Add(bytes.Join([][]byte{settings, said(1, 0, 1, "88"), said(9, 4, 1, "40 0161 0162"), said(8, 0, 1, "00010000"), said(0, 9, 1, "01 61 00")}, nil))
	f.Add(bytes.Join([][]byte{settings, said(6, 0, 0, "00"), said(7, 0, 0, "00000001 00000000"), said(3, 0, 1, "00000008")}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		head, body, err := probe.AnswerOfHTTP2(b, "some text")
		if err == nil && (head > 1<<17 || body > len(b)) {
			t.Errorf("%d octets became a head of %d and a body of %d", len(b), head, body)
		}
	})
}
