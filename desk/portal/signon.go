// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"mainstay/desk/portal/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// SignOn is how the people of a client sign in with accounts of their own firm, by OpenID Connect.
type SignOn struct {
	Issuer  string
	Client  string   // our name there
	Secret  string   // only in; "" = keep
	Domains []string // of the addresses of its people: who enters one of these is sent there
	Stored  bool     // a secret is kept
}

func sealOf(client ids.ID) string { return "portal/sign-on/" + client.String() }

// HasSignOn reports whether any client signs in with accounts of its own.
func (s *Service) HasSignOn(ctx context.Context) (bool, error) {
	rows, err := s.read().SignOns(ctx)
	return len(rows) > 0, err
}

// SignOnOf returns that of a client in scope, without its secret; false where there is none.
func (s *Service) SignOnOf(ctx context.Context, scope access.Scope, client ids.ID) (SignOn, bool, error) {
	if !scope.Covers(client) {
		return SignOn{}, false, nil
	}
	r, err := s.read().SignOn(ctx, int64(client))
	if errors.Is(err, sql.ErrNoRows) {
		return SignOn{}, false, nil
	}
	return SignOn{Issuer: r.Issuer, Client: r.OidcClient, Domains: strings.Fields(r.Domains), Stored: r.Secret != ""}, err == nil, err
}

// SaveSignOn keeps that of a client; an empty issuer takes it away.
func (s *Service) SaveSignOn(ctx context.Context, scope access.Scope, client ids.ID, x SignOn) error {
	if _, err := s.p.Clients.Get(ctx, scope, client); err != nil {
		return err
	}
	x.Issuer, x.Client = strings.TrimSpace(x.Issuer), strings.TrimSpace(x.Client)
	if x.Issuer != "" {
		if err := x.clean(); err != nil {
			return err
		}
	}
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if x.Issuer == "" {
			if err := q.DropSignOn(ctx, int64(client)); err != nil {
				return err
			}
			return s.p.Access.Record(ctx, tx, "portal.sign-on", client.String(), "")
		}
		others, err := q.SignOns(ctx)
		if err != nil {
			return err
		}
		secret := ""
		for _, o := range others {
			if ids.ID(o.ClientID) == client {
				if o.Issuer == x.Issuer && o.OidcClient == x.Client { // a secret goes to whom it was given for
					secret = o.Secret
				}
				continue
			}
			for _, d := range strings.Fields(o.Domains) {
				if slices.Contains(x.Domains, d) {
					return fault.NewConflict("Addresses of %s sign in with the accounts of another client already.", d).On("domains")
				}
			}
		}
		if x.Secret != "" {
			secret = s.p.Sealer.Seal(sealOf(client), x.Secret)
		}
		if err := q.PutSignOn(ctx, store.PutSignOnParams{ClientID: int64(client), Issuer: x.Issuer, OidcClient: x.Client, Secret: secret, Domains: strings.Join(x.Domains, " ")}); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "portal.sign-on", client.String(), x.Issuer)
	})
}

func (x *SignOn) clean() error {
	u, err := url.Parse(x.Issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || len(x.Issuer) > 300 || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return fault.NewInvalid("%q is not the address of a provider, such as https://login.example.com.", x.Issuer).On("issuer")
	}
	if x.Client == "" || len(x.Client) > 300 || len(x.Secret) > 1000 {
		return fault.NewInvalid("Enter the name under which the provider knows us (client id).").On("client")
	}
	var out []string
	for _, d := range x.Domains {
		d = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(d)), "@")
		if d == "" {
			continue
		}
		if !strings.Contains(d, ".") || strings.ContainsAny(d, "@/: ") || len(d) > 253 {
			return fault.NewInvalid("%q is not the domain of e-mail addresses, such as example.com.", d).On("domains")
		}
		out = append(out, d)
	}
	if len(out) == 0 || len(out) > 20 {
		return fault.NewInvalid("Enter between 1 and %d domains.", 20).On("domains")
	}
	x.Domains = out
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Redirect is the address to which providers send people back.
func (s *Service) Redirect() string { return s.p.URL + access.PortalPath + "/sign-on/back" }

// provider is that of a client, ready to be asked.
func (s *Service) provider(r store.PortalSignOn) (access.SignOn, error) {
	o := access.SignOn{Issuer: r.Issuer, Client: r.OidcClient, Redirect: s.Redirect()}
	if r.Secret == "" {
		return o, nil
	}
	var err error
	o.Secret, err = s.p.Sealer.Open(sealOf(ids.ID(r.ClientID)), r.Secret)
	return o, err
}

// BeginSignOn finds by the domain of an address where its people sign in, and returns where to send the browser with the token
// to keep in its cookie. It says which domains sign in elsewhere, and nothing of the address itself.
func (s *Service) BeginSignOn(ctx context.Context, email, back string) (location, token string, err error) {
	email, err = access.FoldEmail(email)
	if err != nil {
		return "", "", err
	}
	_, domain, _ := strings.Cut(email, "@")
	rows, err := s.read().SignOns(ctx)
	if err != nil {
		return "", "", err
	}
	for _, r := range rows {
		if slices.Contains(strings.Fields(r.Domains), domain) {
			o, err := s.provider(r)
			if err != nil {
				return "", "", err
			}
			return s.p.Access.GuestBegin(ctx, ids.ID(r.ClientID), o, Back(back))
		}
	}
	return "", "", fault.NewInvalid("Addresses of %s do not sign in that way. Have a link sent to you.", domain).On("email")
}

// FinishSignOn lets in whom the client's provider vouches for, within that client only.
func (s *Service) FinishSignOn(ctx context.Context, token, state, code string, c access.Client) (d Door, err error) {
	claims, client, back, err := s.p.Access.GuestFinish(ctx, token, state, code, func(client ids.ID) (access.SignOn, error) {
		r, err := s.read().SignOn(ctx, int64(client))
		if err != nil {
			return access.SignOn{}, orMissing(err, fault.NewNotFound("Single sign-on is not set up."))
		}
		return s.provider(r)
	})
	if err != nil {
		return d, err
	}
	stranger := fault.NewDenied("You are signed in there, but we do not know this address. Please ask us.")
	email := foldOrNone(claims.Email)
	r, err := s.read().SignOn(ctx, int64(client))
	if err != nil {
		return d, orMissing(err, stranger)
	}
	_, domain, _ := strings.Cut(email, "@")
	if email == "" || !claims.Verified && !slices.Contains(strings.Fields(r.Domains), domain) {
		return d, stranger
	}
	err = s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		who, err := s.admitted(ctx, q, email)
		if err != nil {
			return err
		}
		for _, a := range who {
			if a.Client == client {
				d = Door{Back: Back(back)}
				d.Session, err = s.open(ctx, tx, q, a, methodSignOn, c)
				return err
			}
		}
		return stranger
	})
	return d, err
}
