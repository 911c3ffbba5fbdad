// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"

	"mainstay/kit/series"
)

// fill makes more samples than the buffers of a connection hold.
func (s *server) fill() {
	s.t.Helper()
	if err := s.store.Wait(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	now := time.Now()
	for k := range 120 {
		l, err := series.MakeLabels("big", "client", mine.String(), "n", fmt.Sprint(k))
		if err != nil {
			s.t.Fatal(err)
		}
		h, err := s.store.Series(l)
		if err != nil {
			s.t.Fatal(err)
		}
		var b series.Batch
		for i := range 10_000 {
			b.Add(h, now.Add(-time.Duration(10_000-i)*time.Second).UnixMilli(), rand.Float64())
		}
		if _, err := s.store.Commit(context.Background(), &b); err != nil {
			s.t.Fatal(err)
		}
	}
}

// ask sends a request and reads nothing of the answer.
func (s *server) ask(token, path string, length int, body []byte) net.Conn {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.Close() })
	if err := c.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\nContent-Length: %d\r\n\r\n%s", path, token, length, body); err != nil {
		s.t.Fatal(err)
	}
	return c
}

func bigRead(t *testing.T, name string) []byte {
	t.Helper()
	now := time.Now()
	return pb(t, &prompb.ReadRequest{
		Queries:               []*prompb.Query{{StartTimestampMs: now.Add(-24 * time.Hour).UnixMilli(), EndTimestampMs: now.UnixMilli(), Matchers: []*prompb.LabelMatcher{{Name: "__name__", Value: name}}}},
		AcceptedResponseTypes: []prompb.ReadRequest_ResponseType{prompb.ReadRequest_STREAMED_XOR_CHUNKS},
	})
}

// TestStalledReaders: who asks for much and does not read it keeps nobody else from asking.
func TestStalledReaders(t *testing.T) {
	s := serve(t)
	s.fill()
	body := bigRead(t, "big")
	for _, token := range []string{s.both(mine), s.both()} {
		begun := make(chan error, 4)
		for range 4 {
			c := s.ask(token, "/prometheus/api/v1/read", len(body), body)
			go func() {
				_, err := c.Read(make([]byte, 1))
				begun <- err
			}()
		}
		if err := <-begun; err != nil { // one of them has its place
			t.Fatal(err)
		}
	}
	within, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	for range 4 {
		if _, err := s.store.Query(within, series.Everything(), "1+1", time.Now()); err != nil {
			t.Fatalf("a question of somebody else: %v", err)
		}
	}
}

// TestStalledReaderIsLetGo: the next remote read of the same caller has its turn once the stalled one's time is over.
func TestStalledReaderIsLetGo(t *testing.T) {
	s := servePatiently(t, 4*time.Second)
	s.fill()
	token, body := s.both(mine), bigRead(t, "big")
	if _, err := s.ask(token, "/prometheus/api/v1/read", len(body), body).Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); ; {
		code, answer := s.send(token, "POST", "/prometheus/api/v1/read", "application/x-protobuf", "snappy", bigRead(t, "nothing"))
		if code == http.StatusOK {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d %s", code, answer)
		}
	}
}

// TestStalledWriters: who announces a body and does not send it keeps nobody else from writing.
func TestStalledWriters(t *testing.T) {
	s := servePatiently(t, 4*time.Second)
	if err := s.store.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	stalled, other := s.both(mine), s.both(theirs)
	var conns []net.Conn
	for range 12 {
		conns = append(conns, s.ask(stalled, writePath, 1000, []byte("x")))
	}
	empty := snappy.Encode(nil, []byte{})
	if code, body := s.send(other, "POST", writePath, "application/x-protobuf", "snappy", empty); code != http.StatusNoContent {
		t.Fatalf("another client's write: %d %s", code, body)
	}
	// They are let go, and told so.
	for _, c := range conns {
		b := make([]byte, 12)
		if _, err := c.Read(b); err != nil || string(b) != "HTTP/1.1 400" && string(b) != "HTTP/1.1 503" {
			t.Errorf("a stalled one hears %q, %v", b, err)
		}
	}
	for end := time.Now().Add(30 * time.Second); ; {
		code, answer := s.send(stalled, "POST", writePath, "application/x-protobuf", "snappy", empty)
		if code == http.StatusNoContent {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d %s", code, answer)
		}
	}
}
