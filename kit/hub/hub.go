// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"

	"mainstay/kit/clock"
	"mainstay/kit/wire"
)

// Options say how a hub is made.
type Options struct {
	Secret    []byte     // SecretSize bytes: all keys follow from it
	Address   string     // host:port of the embedded broker; port -1 = any free one; empty: it is reached by SocketTo only
	Authority *Authority // signs the embedded broker's certificate
	Names     []string   // hosts and addresses that the certificate is for
	External  string     // URL of a NATS cluster, which then takes the embedded broker's place
	Handshake int        // TLS handshakes that are begun in a second at most; 0 = 200
	Log       *slog.Logger
	Clock     clock.Clock

	// Revoked returns the keys of a client's devices that are refused and since when, as they are kept: other servers of the same
	// cluster revoke keys, too, and each hands an account out whole. nil: only this hub's own are known.
	Revoked func(ctx context.Context, client string) (map[string]int64, error)
}

// Message is what an agent said. Exactly one call of Answer ends it.
type Message struct {
	Account string // public key of the account whose credential it was said with
	Device  string // the device whose credential it was
	Kind    wire.Kind
	Data    []byte // valid until Answer

	// Answered is called when the message is answered; nil calls nobody. It is whoever took the message that sets it.
	Answered func()

	msg   *nats.Msg
	clock clock.Clock
}

// Answer sends v, an Ack or what embeds one, as JSON. An answer that is lost makes the agent ask again.
func (m *Message) Answer(v any) {
	b, err := json.Marshal(v)
	if err == nil && m.msg.Reply != "" {
		_ = m.msg.Respond(b) // the connection is gone: the agent asks again
	}
	if m.Answered != nil {
		m.Answered()
	}
}

// Ack answers with a code and the server's time.
func (m *Message) Ack(code wire.Code, text string) {
	m.Answer(wire.Ack{Code: code, Text: text, Time: clock.Micros(m.clock.Now())})
}

// Hub is where agents connect. It is safe for concurrent use.
type Hub struct {
	options  Options
	keys     keyring
	embedded *server.Server // nil with an external cluster
	resolver *server.MemAccResolver
	conn     *nats.Conn // as the hub's own account
	system   *nats.Conn // as the system's, with an external cluster

	mu       sync.Mutex
	accounts map[string]*account // by name
	names    map[string]string   // name by public key
}

type account struct {
	public string

	// What is handed to the broker is built and handed over by one at a time, so that no older state takes a newer one's place.
	mu        sync.Mutex
	revoked   map[string]int64 // when, microseconds, by public key of a user
	published bool             // the broker has all of them
}

// merge takes up revoked keys and reports whether there was news.
func (a *account) merge(revoked map[string]int64) (news bool) {
	for k, at := range revoked {
		if old, ok := a.revoked[k]; !ok || at > old {
			a.revoked[k], news = at, true
		}
	}
	return news
}

// Open starts the embedded broker or connects to the external one. Agents can connect at once; what they say is answered from
// [Hub.Listen] on.
func Open(ctx context.Context, o Options) (*Hub, error) {
	if len(o.Secret) != SecretSize {
		return nil, errors.New("hub: a secret of 32 bytes is needed")
	}
	h := &Hub{options: o, keys: keyring{o.Secret}, accounts: map[string]*account{}, names: map[string]string{}}
	var err error
	if o.External == "" {
		err = h.start()
	} else {
		h.system, err = h.connect(systemAccount)
	}
	if err == nil {
		err = h.Admit(ctx, hubAccount, nil)
	}
	if err == nil {
		h.conn, err = h.connect(hubAccount)
	}
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("agents' broker: %w", err)
	}
	return h, nil
}

// start runs the embedded broker.
func (h *Hub) start() error {
	operator, _, err := h.keys.operatorClaims()
	if err != nil {
		return err
	}
	_, systemJWT, err := h.keys.accountClaims(systemAccount, nil)
	if err != nil {
		return err
	}
	h.resolver = &server.MemAccResolver{}
	if err := h.resolver.Store(operator.SystemAccount, systemJWT); err != nil {
		return err
	}
	o, err := h.serverOptions(operator)
	if err != nil {
		return err
	}
	if h.embedded, err = server.NewServer(o); err != nil {
		return err
	}
	h.embedded.SetLoggerV2(natsLog{h.options.Log}, false, false, false)
	go h.embedded.Start()
	if !h.embedded.ReadyForConnections(20 * time.Second) {
		return fmt.Errorf("it does not come up on %s", h.options.Address)
	}
	return nil
}

func (h *Hub) serverOptions(operator *jwt.OperatorClaims) (*server.Options, error) {
	o := &server.Options{
		ServerName: "mainstay", TrustedOperators: []*jwt.OperatorClaims{operator}, SystemAccount: operator.SystemAccount, AccountResolver: h.resolver,
		NoSigs: true, NoLog: true, MaxPayload: wire.MaxFrame + 4096, MaxControlLine: 4096, MaxPending: 8 << 20, MaxSubs: 0,
		PingInterval: 2 * time.Minute, MaxPingsOut: 2, WriteDeadline: 10 * time.Second, AuthTimeout: 20, DisableShortFirstPing: true,
		// Agents are told to keep to one broker: what the cluster is made of is nobody's business.
		NoSublistCache: false, DontListen: h.options.Address == "",
	}
	if h.options.Address != "" {
		host, port, err := splitAddress(h.options.Address)
		if err != nil {
			return nil, err
		}
		o.Host, o.Port = host, port
		renewed, err := h.options.Authority.Renewed(h.options.Clock, h.options.Names)
		if err != nil {
			return nil, err
		}
		ticket, err := h.keys.derive("session tickets", 32)
		if err != nil {
			return nil, err
		}
		// Sessions are resumed across a restart: ten thousand agents come back at a fraction of the cost.
		o.TLSConfig = &tls.Config{GetCertificate: renewed, MinVersion: tls.VersionTLS13, GetConfigForClient: queue(h.options.Handshake)}
		o.TLSConfig.SetSessionTicketKeys([][32]byte{[32]byte(ticket)})
		o.TLS, o.TLSTimeout, o.TLSHandshakeFirst, o.TLSHandshakeFirstFallback = true, 20, true, 0
	}
	// WebSockets come in through the product's own listener, which ends their TLS.
	o.Websocket = server.WebsocketOpts{Host: "127.0.0.1", Port: -1, NoTLS: true, HandshakeTimeout: 20 * time.Second, AuthTimeout: 20}
	return o, nil
}

// connect joins the broker as one of the server's own accounts.
func (h *Hub) connect(name string) (*nats.Conn, error) {
	user, err := h.keys.user(name)
	if err != nil {
		return nil, err
	}
	pub, err := user.PublicKey()
	if err != nil {
		return nil, err
	}
	credential, err := h.keys.userClaims(name, pub, name, func(*jwt.UserClaims) {})
	if err != nil {
		return nil, err
	}
	options := []nats.Option{
		nats.Name("mainstay " + name), nats.UserJWT(func() (string, error) { return credential, nil }, user.Sign), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			h.options.Log.Warn("agents' broker", "error", err)
		}),
	}
	url := h.options.External
	if h.embedded != nil {
		options, url = append(options, nats.InProcessServer(h.embedded)), ""
	} else {
		options = append(options, nats.RetryOnFailedConnect(false))
	}
	return nats.Connect(url, options...)
}

// account returns the account of a name.
func (h *Hub) account(name string) (*account, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.accounts[name]; a != nil {
		return a, nil
	}
	pub, err := public(h.keys.account(name))
	if err != nil {
		return nil, err
	}
	a := &account{public: pub, revoked: map[string]int64{}}
	h.accounts[name], h.names[pub] = a, name
	return a, nil
}

// publish hands the broker an account as it is now. The caller holds its lock.
func (h *Hub) publish(ctx context.Context, name string, a *account) error {
	claims, text, err := h.keys.accountClaims(name, a.revoked)
	if err != nil {
		return err
	}
	if h.embedded == nil {
		return h.push(ctx, text)
	}
	if err := h.resolver.Store(a.public, text); err != nil {
		return err
	}
	acc, err := h.embedded.LookupAccount(a.public)
	if err != nil {
		return err
	}
	h.embedded.UpdateAccountClaims(acc, claims)
	return nil
}

// push sends an account's claims to a cluster with the broker's own resolver.
func (h *Hub) push(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	m, err := h.system.RequestWithContext(ctx, "$SYS.REQ.CLAIMS.UPDATE", []byte(text))
	if err != nil {
		return err
	}
	var reply struct {
		Error *struct {
			Description string `json:"description"`
		} `json:"error"`
	}
	if json.Unmarshal(m.Data, &reply) == nil && reply.Error != nil {
		return errors.New(reply.Error.Description)
	}
	return nil
}

// Admit makes the client's account known to the broker, with the keys of its devices that are refused and since when
// (microseconds). It must be called for each client that has devices, at start and whenever a key is revoked; who is connected
// with a revoked key is cut off.
//
// What [Options.Revoked] tells is added, before and once more after: between two servers that hand out the same account at once, whoever
// is last has read what both have kept.
func (h *Hub) Admit(ctx context.Context, client string, revoked map[string]int64) error {
	a, err := h.account(client)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if news := a.merge(revoked); a.published && !news {
		return nil
	}
	a.published = false
	if _, err := h.lookUp(ctx, client, a); err != nil {
		return err
	}
	for news := true; news; {
		if err := h.publish(ctx, client, a); err != nil {
			return err
		}
		if news, err = h.lookUp(ctx, client, a); err != nil {
			return err
		}
	}
	a.published = true
	return nil
}

// lookUp takes up what is kept of revoked keys and reports whether there was news. The caller holds the account's lock.
func (h *Hub) lookUp(ctx context.Context, client string, a *account) (news bool, err error) {
	if h.options.Revoked == nil || client == hubAccount || client == systemAccount {
		return false, nil
	}
	kept, err := h.options.Revoked(ctx, client)
	return a.merge(kept), err
}

// Client returns the client whose account has the public key, "" when none does.
func (h *Hub) Client(account string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.names[account]
}

// Credential signs what the agent of a device of client connects with: its own public key, until a day.
func (h *Hub) Credential(client, device, publicKey string, until time.Time) (string, error) {
	if !validDevice(device) {
		return "", errors.New("not a device's id")
	}
	return h.keys.userClaims(client, publicKey, device, deviceLimits(device, until))
}

// Listen hands every message of agents to fn, one at a time; fn must not block, and answers when it likes. Several servers on
// one cluster share the messages. stop ends it.
func (h *Hub) Listen(fn func(*Message)) (stop func(), err error) {
	sub, err := h.conn.QueueSubscribe("up.*.*.*", "server", func(m *nats.Msg) {
		account, device, kind, ok := wire.ParseUp(m.Subject)
		if !ok {
			return
		}
		fn(&Message{Account: account, Device: device, Kind: kind, Data: m.Data, msg: m, clock: h.options.Clock})
	})
	if err != nil {
		return nil, err
	}
	if err := sub.SetPendingLimits(1_000_000, 256<<20); err != nil {
		return nil, err
	}
	return func() { _ = sub.Drain() }, h.conn.Flush()
}

// Tell sends word to a device of client. It is a hint: an agent that is away does not hear it.
func (h *Hub) Tell(client, device, word string, body any) error {
	if !validDevice(device) {
		return errors.New("not a device's id")
	}
	pub, err := public(h.keys.account(client))
	if err != nil {
		return err
	}
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return h.conn.Publish("down."+pub+"."+device+"."+word, b)
}

// Address is where the embedded broker listens, "" when it does not.
func (h *Hub) Address() string {
	if h.embedded == nil || h.options.Address == "" {
		return ""
	}
	return h.embedded.Addr().String()
}

// Connections is how many connections the embedded broker has, without the server's own.
func (h *Hub) Connections() int {
	if h.embedded == nil {
		return 0
	}
	return max(0, h.embedded.NumClients()-1)
}

// Close cuts all connections.
func (h *Hub) Close() {
	if h.conn != nil {
		h.conn.Close()
	}
	if h.system != nil {
		h.system.Close()
	}
	if h.embedded != nil {
		h.embedded.Shutdown()
		h.embedded.WaitForShutdown()
	}
}

// queue lets perSecond handshakes begin in a second. The rest wait their turn for some seconds and are turned away when the
// line is too long: after a restart everybody comes back at once, and a server that begins all handshakes ends none.
func queue(perSecond int) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	if perSecond == 0 {
		perSecond = 200
	}
	limit := rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/10))
	const patience = 5 * time.Second
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		ctx, cancel := context.WithTimeout(hello.Context(), patience)
		defer cancel()
		return nil, limit.Wait(ctx) // fails at once when the turn would come after the deadline
	}
}

func splitAddress(address string) (string, int, error) {
	a, err := net.ResolveTCPAddr("tcp", strings.TrimSuffix(address, ":-1")+map[bool]string{true: ":0"}[strings.HasSuffix(address, ":-1")])
	if err != nil {
		return "", 0, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port := a.Port
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}
