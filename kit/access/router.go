// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/telemetry"
)

// Cookie is the name of the session cookie. Over HTTPS it has the __Host- prefix, so that no
// other host of the domain can set it.
const Cookie = "mainstay-session"

// PortalCookie is the name of the session cookie of clients' people, PortalPath the part of the address under which they
// are let in. Elsewhere their session is not even looked at.
const (
	PortalCookie = "mainstay-portal"
	PortalPath   = "/portal"
)

// Route is one route with the permission that it needs.
type Route struct {
	Pattern    string
	Permission Permission
	Fresh      bool // asks for a confirmation of the last ten minutes
}

// Router is the one place where permissions are checked. Its routes can be listed, so that
// tests walk all of them.
type Router struct {
	service *Service
	mux     *http.ServeMux
	routes  []Route
	proxies []netip.Prefix

	// Refuse answers a request that is refused; err is an Unauthenticated or Denied fault or
	// a failure of the check. Set it before serving.
	Refuse func(w http.ResponseWriter, r *http.Request, err error)
	// Portal finds the client's person behind a session token of the portal; nil lets nobody in. It is asked under
	// [PortalPath] only.
	Portal func(ctx context.Context, token, address string) (*Identity, error)
	// Basic lists the beginnings of paths under which a token may also come as the password of basic authentication, for
	// programs that can do nothing else.
	Basic []string
	// Inside wraps everything that is served, refusals too, after it is known who calls: for
	// what depends on the person, such as their language. It may be nil.
	Inside func(http.Handler) http.Handler
}

// NewRouter returns a router without routes. proxies are the addresses or networks, separated
// by commas, whose X-Forwarded-For is believed.
func NewRouter(s *Service, proxies string) (*Router, error) {
	r := &Router{service: s, mux: http.NewServeMux(), Refuse: plainRefusal}
	for _, p := range strings.FieldsFunc(proxies, func(c rune) bool { return c == ',' || c == ' ' }) {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			addr, err := netip.ParseAddr(p)
			if err != nil {
				return nil, fault.NewInvalid("--trusted-proxies: %q is neither an address nor a network.", p)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		r.proxies = append(r.proxies, prefix)
	}
	return r, nil
}

// Handle registers a handler for a pattern of net/http with the permission it needs.
func (r *Router) Handle(pattern string, need Permission, h http.Handler) {
	r.handle(Route{pattern, need, false}, h)
}

// HandleFresh is Handle for what changes how people get in: the person must have shown in the last
// ten minutes who they are. A browser is led to the page where they do, and back.
func (r *Router) HandleFresh(pattern string, need Permission, h http.Handler) {
	r.handle(Route{pattern, need, true}, h)
}

func (r *Router) handle(route Route, h http.Handler) {
	if _, ok := grants()[route.Permission]; !ok && route.Permission != Public {
		panic("access: route " + route.Pattern + " names an unknown permission " + string(route.Permission))
	}
	if route.Permission != Public && InPortal(patternPath(route.Pattern)) != route.Permission.OfPortal() {
		panic("access: route " + route.Pattern + " with " + string(route.Permission) + ": what is under " + PortalPath + " is for clients' people, and nothing else is")
	}
	r.routes = append(r.routes, route)
	r.mux.Handle(route.Pattern, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		telemetry.SetRoute(req.Context(), route.Pattern)
		if err := r.check(req.Context(), route); err != nil {
			r.turnAway(w, req, err)
			return
		}
		h.ServeHTTP(w, req)
	}))
}

// check says why the caller may not use the route, nil when they may.
func (r *Router) check(ctx context.Context, route Route) error {
	id := From(ctx)
	switch {
	case route.Permission == Public:
		return nil
	case id == nil:
		return fault.NewUnauthenticated("Please sign in.")
	case id.Lacks != LacksNothing && route.Permission != SettingUp:
		return id.Lacks.detour()
	case !id.May(route.Permission):
		r.service.refused(ctx, route.Pattern)
		if id.Person != 0 {
			return fault.NewDenied("You have not been given this right.")
		}
		return fault.NewDenied("Your role does not allow this. The owner can change roles.")
	case route.Fresh && !id.Fresh(r.service.clock.Now()):
		return notFresh()
	}
	return nil
}

// turnAway refuses, or leads a browser to the page where the person can mend it. A script finds that
// page in the header X-Detour.
func (r *Router) turnAway(w http.ResponseWriter, req *http.Request, err error) {
	d, ok := errors.AsType[*detour](err)
	if !ok {
		r.Refuse(w, req, err)
		return
	}
	if strings.Contains(req.Header.Get("Accept"), "text/html") && req.Header.Get("HX-Request") == "" {
		http.Redirect(w, req, d.page+"?back="+url.QueryEscape(cameFrom(req)), http.StatusSeeOther)
		return
	}
	w.Header().Set("X-Detour", d.page)
	r.Refuse(w, req, err)
}

// cameFrom is the page of this server to lead back to: the one asked for or, for a form, the one that it
// stood on.
func cameFrom(req *http.Request) string {
	if req.Method == http.MethodGet {
		return req.URL.RequestURI()
	}
	if from, err := url.Parse(req.Referer()); err == nil && from.Host == req.Host && from.Path != "" {
		return from.RequestURI()
	}
	return "/"
}

// HandleFunc is Handle for a function.
func (r *Router) HandleFunc(pattern string, need Permission, h http.HandlerFunc) {
	r.Handle(pattern, need, h)
}

// Routes lists what was registered.
func (r *Router) Routes() []Route { return slices.Clone(r.routes) }

// ServeHTTP finds out who calls and hands the request to its route.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	address := r.address(req)
	ctx := withAddress(req.Context(), address)
	id, err := r.identify(ctx, req, address)
	if id != nil {
		ctx = With(ctx, id)
	}
	var h http.Handler = r.mux
	// A browser whose session ended may still see public pages; a program should
	// hear of its bad token everywhere.
	if err != nil && (!fault.Is(err, fault.Unauthenticated) || r.token(req) != "") {
		h = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.Refuse(w, req, err) })
	}
	if r.Inside != nil {
		h = r.Inside(h)
	}
	h.ServeHTTP(w, req.WithContext(ctx))
}

func (r *Router) identify(ctx context.Context, req *http.Request, address string) (*Identity, error) {
	if secret := r.token(req); secret != "" {
		id, err := r.service.byToken(ctx, secret)
		if fault.Is(err, fault.Unauthenticated) { // a right token never asks for the limits: they cannot be guessed
			if busy := r.service.allow(ctx, addressKey(address)); busy != nil {
				return nil, busy
			}
			r.service.strikeAddress(ctx, address)
		}
		return id, err
	}
	if r.Portal != nil && InPortal(req.URL.Path) {
		if token := cookieOf(req, PortalCookie); token != "" {
			id, err := r.Portal(ctx, token, address)
			if err != nil || id != nil {
				return id, err
			}
		}
	}
	token := SessionToken(req)
	if token == "" {
		return nil, nil
	}
	return r.service.Session(ctx, token, address)
}

// token returns the API token that a request carries, or "".
func (r *Router) token(req *http.Request) string {
	if secret := bearer(req); secret != "" {
		return secret
	}
	if slices.ContainsFunc(r.Basic, func(path string) bool { return strings.HasPrefix(req.URL.Path, path) }) {
		if _, secret, ok := req.BasicAuth(); ok {
			return secret // whatever it is: a wrong one is told, and counted as guessing
		}
	}
	return ""
}

func bearer(req *http.Request) string {
	secret, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if !ok || !strings.HasPrefix(secret, "mst_") {
		return ""
	}
	return secret
}

// SessionToken returns the session token that a request carries, or "".
func SessionToken(req *http.Request) string { return cookieOf(req, Cookie) }

// PortalToken returns the session token of a client's person that a request carries, or "".
func PortalToken(req *http.Request) string { return cookieOf(req, PortalCookie) }

func cookieOf(req *http.Request, name string) string {
	for _, n := range []string{"__Host-" + name, name} {
		if c, err := req.Cookie(n); err == nil {
			return c.Value
		}
	}
	return ""
}

// InPortal reports whether a path lies under [PortalPath].
func InPortal(path string) bool {
	return path == PortalPath || strings.HasPrefix(path, PortalPath+"/")
}

func patternPath(pattern string) string {
	if _, path, ok := strings.Cut(pattern, " "); ok {
		return path
	}
	return pattern
}

// SetSession puts a session token into the browser, or takes it away when token is "".
func SetSession(w http.ResponseWriter, secure bool, token string) {
	setCookie(w, secure, Cookie, token, sessionAbsolute)
}

// SetPortalSession is SetSession for a client's person, for at most life.
func SetPortalSession(w http.ResponseWriter, secure bool, token string, life time.Duration) {
	setCookie(w, secure, PortalCookie, token, life)
}

func setCookie(w http.ResponseWriter, secure bool, name, token string, life time.Duration) {
	c := &http.Cookie{Name: name, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure, MaxAge: int(life.Seconds())}
	if secure {
		c.Name = "__Host-" + name
	}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// address is the caller's IP address: the peer's or, behind a proxy that is trusted, the last
// entry of X-Forwarded-For that no trusted proxy wrote.
func (r *Router) address(req *http.Request) string {
	host, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		host = req.RemoteAddr
	}
	hops := strings.Split(strings.Join(req.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && r.trusted(host); i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		host = hop
	}
	return host
}

func (r *Router) trusted(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(r.proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

type addressCtx struct{}

func withAddress(ctx context.Context, a string) context.Context {
	return context.WithValue(ctx, addressCtx{}, a)
}

// Address returns the IP address of the request that ctx belongs to, "" outside of one.
func Address(ctx context.Context) string {
	a, _ := ctx.Value(addressCtx{}).(string)
	return a
}

// ClientOf returns the browser of a request that came through the router.
func ClientOf(req *http.Request) Client {
	return Client{Address: Address(req.Context()), Agent: req.UserAgent(), Held: SessionToken(req)}
}

func plainRefusal(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusInternalServerError
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		status = http.StatusUnauthorized
	case fault.Denied:
		status = http.StatusForbidden
	case fault.Busy:
		status = http.StatusTooManyRequests
	}
	http.Error(w, fault.TextOf(err), status)
}
