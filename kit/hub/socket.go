// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Socket serves the broker's WebSocket, for agents that only come out through port 443. It needs no sign-in: the broker asks for
// a credential itself.
func (h *Hub) Socket() http.Handler {
	if h.embedded == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Agents connect to the NATS cluster.", http.StatusNotFound)
		})
	}
	target, err := url.Parse(h.embedded.WebsocketURL())
	limit := rate.NewLimiter(socketsPerSecond, socketsPerSecond)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			http.Error(w, "This address is for agents.", http.StatusUpgradeRequired)
			return
		}
		if !limit.Allow() {
			w.Header().Set("Connection", "close")
			http.Error(w, "Too many agents come at once.", http.StatusServiceUnavailable)
			return
		}
		pass(w, r, target.Host)
	})
}

// socketsPerSecond is how many agents may come in through the WebSocket in a second: this way costs more than the broker's own.
const socketsPerSecond = 50

// pieces is the length of the buffers between an agent and the broker: agents say little, and there may be ten thousand.
const pieces = 2 << 10

// pass hands a connection on to the broker's own listener on this machine, byte by byte.
func pass(w http.ResponseWriter, r *http.Request, broker string) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	inside, err := (&net.Dialer{}).DialContext(ctx, "tcp", broker)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = inside.Close() }()
	out, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+broker+"/", nil)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	// Only what the protocol needs: no cookie, and no origin, which the broker would compare with its own name.
	for name, values := range r.Header {
		if name == "Connection" || name == "Upgrade" || strings.HasPrefix(name, "Sec-Websocket-") {
			out.Header[name] = values
		}
	}
	if err := out.Write(inside); err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	agent, rest, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = agent.Close() }()
	var wg sync.WaitGroup
	wg.Go(func() { hand(inside, rest.Reader, agent); _ = inside.Close() })
	wg.Go(func() { hand(agent, nil, inside); _ = agent.Close() })
	wg.Wait()
}

// hand copies from one to the other until one of them ends, first what was read ahead.
func hand(to io.Writer, ahead *bufio.Reader, from io.Reader) {
	if ahead != nil {
		if n := ahead.Buffered(); n > 0 {
			if b, err := ahead.Peek(n); err != nil || !sent(to, b) {
				return
			}
		}
	}
	buf := make([]byte, pieces)
	for {
		n, err := from.Read(buf)
		if n > 0 && !sent(to, buf[:n]) || err != nil {
			return
		}
	}
}

func sent(to io.Writer, b []byte) bool {
	_, err := to.Write(b)
	return err == nil
}
