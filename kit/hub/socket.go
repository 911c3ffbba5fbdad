// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// Socket serves the broker's WebSocket, for agents that only come out through port 443. It needs no sign-in: the broker asks for
// a credential itself.
func (h *Hub) Socket() http.Handler {
	if h.embedded == nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Agents connect to the NATS cluster.", http.StatusNotFound)
		})
	}
	target, err := url.Parse(strings.Replace(h.embedded.WebsocketURL(), "ws://", "http://", 1))
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.URL.Path, r.Out.Host = "/", target.Host
			r.Out.Header.Del("Origin") // the broker compares it with its own name; browsers have no credential to use
			r.Out.Header.Del("Cookie")
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			http.Error(w, "This address is for agents.", http.StatusUpgradeRequired)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}
