// SPDX-License-Identifier: Apache-2.0

package syslog

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Line is a message as it came.
type Line struct {
	From netip.Addr
	At   time.Time
	Data []byte // at most MaxMessage bytes; the receiver's own
}

// The limits of a listener.
const (
	maxConnections = 200
	maxOfSource    = 20 // connections of one address
	maxSources     = 4096
	idle           = time.Hour
	perSecond      = 50  // messages of one address that are taken on average, of grave ones as many again
	burst          = 500 // and at once
)

// Listener takes messages by UDP and TCP on one port.
type Listener struct {
	// Take is called for each message, by several goroutines. It must not wait for long.
	Take func(Line)
	Now  func() time.Time

	udp     net.PacketConn
	tcp     net.Listener
	dropped atomic.Int64
	mu      sync.Mutex
	sources map[netip.Addr]*source
	open    map[net.Conn]netip.Addr
}

type source struct {
	left        [2]float64 // of grave ones [1], of all others [0]: who tells of all traffic shall still be heard when something is wrong
	at          time.Time
	connections int
}

// Listen opens the port of an address; port 0 chooses one, the same for both.
func (l *Listener) Listen(ctx context.Context, address string) (err error) {
	var c net.ListenConfig
	for range 10 { // until both have the same free port
		if l.tcp, err = c.Listen(ctx, "tcp", address); err != nil {
			return err
		}
		if l.udp, err = c.ListenPacket(ctx, "udp", l.tcp.Addr().String()); err == nil {
			l.sources, l.open = map[netip.Addr]*source{}, map[net.Conn]netip.Addr{}
			return nil
		}
		_ = l.tcp.Close()
	}
	return err
}

// Address is where it listens.
func (l *Listener) Address() string { return l.tcp.Addr().String() }

// Dropped is how many messages were dropped since the last call, because too many came.
func (l *Listener) Dropped() int64 { return l.dropped.Swap(0) }

// Run takes messages until ctx ends.
func (l *Listener) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { l.packets(ctx) })
	wg.Go(func() { l.connections(ctx, &wg) })
	<-ctx.Done()
	_, _ = l.udp.Close(), l.tcp.Close()
	l.mu.Lock()
	for c := range l.open {
		_ = c.Close()
	}
	l.mu.Unlock()
	wg.Wait()
}

func (l *Listener) packets(ctx context.Context) {
	buf := make([]byte, 64<<10)
	for ctx.Err() == nil {
		n, from, err := l.udp.ReadFrom(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		if a := address(from); n > 0 && l.may(a, buf[:n]) {
			l.Take(Line{From: a, At: l.Now(), Data: append([]byte(nil), buf[:min(n, MaxMessage)]...)})
		}
	}
}

func (l *Listener) connections(ctx context.Context, wg *sync.WaitGroup) {
	for ctx.Err() == nil {
		c, err := l.tcp.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(50 * time.Millisecond) // out of descriptors: wait for some
			continue
		}
		a := address(c.RemoteAddr())
		if !l.enter(c, a) {
			_ = c.Close()
			continue
		}
		wg.Go(func() {
			defer l.leave(c, a)
			r := NewReader(c)
			for ctx.Err() == nil {
				_ = c.SetReadDeadline(time.Now().Add(idle))
				b, err := r.Next()
				if err != nil {
					return
				}
				if len(b) > 0 && l.may(a, b) {
					l.Take(Line{From: a, At: l.Now(), Data: b})
				}
			}
		})
	}
}

func (l *Listener) enter(c net.Conn, a netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.source(a)
	if s == nil || len(l.open) >= maxConnections || s.connections >= maxOfSource {
		return false
	}
	s.connections++
	l.open[c] = a
	return true
}

func (l *Listener) leave(c net.Conn, a netip.Addr) {
	_ = c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
	if s := l.sources[a]; s != nil {
		s.connections--
	}
}

// source is what is known of an address; nil when too many are. Those that have been quiet are forgotten.
func (l *Listener) source(a netip.Addr) *source {
	s := l.sources[a]
	if s != nil {
		return s
	}
	now := l.Now()
	if len(l.sources) >= maxSources {
		for k, x := range l.sources {
			if x.connections == 0 && now.Sub(x.at) > burst/perSecond*time.Second {
				delete(l.sources, k)
			}
		}
		if len(l.sources) >= maxSources {
			return nil
		}
	}
	s = &source{left: [2]float64{burst, burst}, at: now}
	l.sources[a] = s
	return s
}

// may takes one message of an address off what it may send.
func (l *Listener) may(a netip.Addr, message []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.source(a)
	if s == nil {
		l.dropped.Add(1)
		return false
	}
	now := l.Now()
	for i := range s.left {
		s.left[i] = min(burst, s.left[i]+max(0, now.Sub(s.at).Seconds())*perSecond)
	}
	s.at = now
	left := &s.left[0]
	if Grave(message) {
		left = &s.left[1]
	}
	if *left < 1 {
		l.dropped.Add(1)
		return false
	}
	*left--
	return true
}

func address(a net.Addr) netip.Addr {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr().Unmap().WithZone("")
}

// Reader takes a stream apart: a message begins with its length, or ends with a line feed.
type Reader struct{ r *bufio.Reader }

// NewReader returns a reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReaderSize(r, 16<<10)} }

// Next returns a message; of one that is too long its beginning.
func (r *Reader) Next() ([]byte, error) {
	first, err := r.r.Peek(1)
	if err != nil {
		return nil, err
	}
	if first[0] >= '1' && first[0] <= '9' {
		if n, ok := r.count(); ok {
			b := make([]byte, min(n, MaxMessage))
			if _, err := io.ReadFull(r.r, b); err != nil {
				return nil, err
			}
			if _, err := r.r.Discard(n - len(b)); err != nil {
				return nil, err
			}
			return b, nil
		}
	}
	var out []byte
	for {
		part, err := r.r.ReadSlice('\n')
		if room := MaxMessage - len(out); room > 0 {
			out = append(out, part[:min(len(part), room)]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && len(out) == 0:
			return nil, err
		}
		for len(out) > 0 && (out[len(out)-1] == '\n' || out[len(out)-1] == '\r' || out[len(out)-1] == 0) {
			out = out[:len(out)-1]
		}
		return out, nil
	}
}

// count reads "123 " in front of "<".
func (r *Reader) count() (int, bool) {
	for n := 3; n <= 9; n++ {
		b, err := r.r.Peek(n)
		if len(b) < n || err != nil {
			return 0, false
		}
		if b[n-2] != ' ' {
			if b[n-2] < '0' || b[n-2] > '9' {
				return 0, false
			}
			continue
		}
		length, err := strconv.Atoi(string(b[:n-2]))
		if err != nil || b[n-1] != '<' || length < 1 || length > 1<<20 {
			return 0, false
		}
		_, _ = r.r.Discard(n - 1) // was seen
		return length, true
	}
	return 0, false
}
