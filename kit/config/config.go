// SPDX-License-Identifier: Apache-2.0

// Package config reads the settings of a process from flags, the environment and
// a file, in this order of precedence, and keeps the firm's own settings in the database.
//
// Every setting has a usable zero value: a fresh machine needs none of them.
package config

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"mainstay/kit/fault"
)

// Server holds the settings of mainstay serve.
type Server struct {
	Data     string // folder of the database, uploads, keys and certificates
	Address  string // host:port to listen on
	URL      string // how browsers reach us, where it differs from Address (behind a proxy)
	Database string // postgres:// URL; empty: SQLite in Data
	TLSCert  string // PEM file; with TLSKey, HTTPS
	TLSKey   string
	TLSSelf  bool   // HTTPS with a certificate of this server's own authority, which agents pin
	Syslog   string // host:port on which messages of syslog are taken in; empty: nowhere
	Agents   string // host:port on which agents connect; empty: port 8378 beside Address; "off": by WebSocket only
	NATS     string // URL of a NATS cluster in place of the broker inside this process
	Proxies  string // addresses whose X-Forwarded-For is believed, separated by commas
	LogLevel string // debug, info, warn, error
	LogJSON  bool   // JSON lines; otherwise text

	OIDCIssuer string // e.g. https://login.example.com
	OIDCClient string
	OIDCSecret string
	OIDCName   string // label of the button
	OIDCDomain string // verified e-mail domain whose people may sign in as new read-only users; empty: invited people only
	Clamd      string // host:port or socket of ClamAV's daemon, which scans files that come in; empty: nobody scans
	Breached   string // file of leaked passwords, SHA-1 ordered by hash; empty: only the list inside the program

	WebhooksPrivate bool // webhooks may go to addresses of the firm's own network, there also without TLS

	SeriesURL      string // Prometheus API of the server that keeps the time series; empty: they are kept in Data
	SeriesWriteURL string // where that server takes remote write; empty: SeriesURL/api/v1/write
	SeriesSize     int    // GB that the time series in Data may take; 0: what their retention needs

	MetricsKey string // bearer token that /metrics wants from callers other than loopback
}

// DefaultData returns the data folder used when none is set: mainstay-data in the
// working folder.
func DefaultData() string { return "mainstay-data" }

// DefaultAddress is where serve listens when nothing is set: this machine only.
const DefaultAddress = "127.0.0.1:8377"

// Bind declares the settings as flags on set.
func (s *Server) Bind(set *pflag.FlagSet) {
	s.BindStore(set)
	set.StringVar(&s.Address, "address", DefaultAddress, "`host:port` to listen on")
	set.StringVar(&s.URL, "url", "", "public `URL`, where a proxy stands in front")
	set.StringVar(&s.TLSCert, "tls-cert", "", "PEM `file` of the certificate chain; serves HTTPS together with --tls-key")
	set.StringVar(&s.TLSKey, "tls-key", "", "PEM `file` of the certificate's key")
	set.BoolVar(&s.TLSSelf, "tls-self", false, "serve HTTPS with a certificate of this server's own authority: agents trust it, browsers ask once")
	set.StringVar(&s.Agents, "agents-address", "", "`host:port` on which agents connect (port 8378 beside --address when not set); off: through the pages' address only")
	set.StringVar(&s.Syslog, "syslog-address", "", "`host:port` on which messages of syslog are taken in, by UDP and TCP; off when not set")
	set.StringVar(&s.NATS, "nats", "", "`URL` of a NATS cluster for agents, in place of the broker inside this process")
	set.StringVar(&s.Proxies, "trusted-proxies", "", "`addresses` or networks whose X-Forwarded-For is believed, separated by commas")
	set.StringVar(&s.OIDCIssuer, "oidc-issuer", "", "`URL` of an OpenID Connect provider to sign in with")
	set.StringVar(&s.OIDCClient, "oidc-client", "", "client `id` at that provider")
	set.StringVar(&s.OIDCSecret, "oidc-secret", "", "client `secret` at that provider (better by file or environment)")
	set.StringVar(&s.OIDCName, "oidc-name", "", "`label` of the sign-in button")
	set.StringVar(&s.OIDCDomain, "oidc-domain", "", "e-mail `domain` whose people may sign in without invitation, read-only")
	set.StringVar(&s.Clamd, "clamd", "", "`address` of ClamAV's daemon (host:port or the path of its socket), which then scans every mail and file that comes in")
	set.StringVar(&s.Breached, "breached-passwords", "", "`file` of leaked passwords that nobody may choose (SHA-1 ordered by hash, as Have I Been Pwned offers it)")
	set.BoolVar(&s.WebhooksPrivate, "webhooks-private", false, "webhooks may go to private addresses and this machine, there also by http")
	set.StringVar(&s.SeriesURL, "series-url", "", "`URL` of a server with the Prometheus API that keeps the time series (Prometheus, VictoriaMetrics, Mimir); without it they are kept in the data folder")
	set.StringVar(&s.SeriesWriteURL, "series-write-url", "", "`URL` where that server takes remote write, where it is not under --series-url")
	set.IntVar(&s.SeriesSize, "series-size", 0, "`GB` of the disk that time series may take, the oldest going first; 0 sets no limit")
	set.StringVar(&s.MetricsKey, "metrics-key", "", "bearer `token` for /metrics from other machines")
}

// BindStore declares the settings that every command on a data folder needs.
func (s *Server) BindStore(set *pflag.FlagSet) {
	set.StringVar(&s.Data, "data", DefaultData(), "data `folder`")
	set.StringVar(&s.Database, "database", "", "postgres:// `URL`; without it SQLite in the data folder")
	set.StringVar(&s.LogLevel, "log-level", "info", "debug, info, warn or error")
	set.BoolVar(&s.LogJSON, "log-json", false, "write logs as JSON lines")
	set.String("config", "", "`file` of settings, one \"name = value\" a line")
}

// Env returns the environment variable of a setting: MAINSTAY_TLS_CERT for tls-cert.
func Env(name string) string {
	return "MAINSTAY_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Fill gives every flag that was not set on the command line its value from the
// environment or, failing that, from the file that --config or MAINSTAY_CONFIG
// names. A name in the file that no setting has is an error, so that a spelling mistake is not silent.
func Fill(set *pflag.FlagSet, getenv func(string) string) error {
	file := map[string]string{}
	path, _ := set.GetString("config")
	if path == "" {
		path = getenv(Env("config"))
	}
	if path != "" {
		var err error
		if file, err = readFile(path); err != nil {
			return err
		}
	}
	var problems []error
	for name := range file {
		if set.Lookup(name) == nil {
			problems = append(problems, fault.NewInvalid("%s: there is no setting %q.", path, name))
		}
	}
	set.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			return
		}
		value, where := getenv(Env(f.Name)), Env(f.Name)
		if value == "" {
			value, where = file[f.Name], path
		}
		if value == "" {
			return
		}
		if err := set.Set(f.Name, value); err != nil {
			problems = append(problems, fault.NewInvalid("%s: %q is no value for %s.", where, value, f.Name).Because(err))
		}
	})
	return errors.Join(problems...)
}

func readFile(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.NewInvalid("The settings file %s cannot be read.", path).Because(err)
	}
	defer f.Close()
	out := map[string]string{}
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fault.NewInvalid("%s, line %d: a setting is written \"name = value\".", path, n)
		}
		out[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	return out, sc.Err()
}

// Check finds what cannot work before anything is started.
func (s *Server) Check() error {
	if s.TLSSelf && s.TLSCert != "" {
		return fault.NewInvalid("--tls-self and --tls-cert exclude each other: serve either this server's own certificate or yours.")
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		return fault.NewInvalid("HTTPS needs both --tls-cert and --tls-key.")
	}
	if (s.OIDCIssuer == "") != (s.OIDCClient == "") {
		return fault.NewInvalid("Sign-in with OpenID Connect needs --oidc-issuer and --oidc-client.")
	}
	return nil
}

// OpenData makes the data folder when it is missing, checks that it can be written and
// takes its lock, so that no second process works on it. Call the returned
// function to let go.
func (s *Server) OpenData() (release func(), err error) {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, fault.NewInvalid("The data folder %s cannot be made.", s.Data).Because(err)
	}
	return lock(filepath.Join(s.Data, "lock"), s.Data)
}

// HasData reports whether the folder holds a database already.
func (s *Server) HasData() bool {
	_, err := os.Stat(s.DatabaseTarget())
	return s.Database != "" || !errors.Is(err, fs.ErrNotExist)
}

// DatabaseTarget is what kit/db opens.
func (s *Server) DatabaseTarget() string {
	if s.Database != "" {
		return s.Database
	}
	return filepath.Join(s.Data, "mainstay.db")
}
