// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"bytes"
	"context"
	"database/sql"
	"image"
	_ "image/jpeg" // logos
	_ "image/png"
	"io"
	"net/url"
	"os"
	"strings"

	_ "golang.org/x/image/webp"

	"mainstay/desk/portal/brand"
	"mainstay/desk/portal/store"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
)

// Settings are what the firm says of its portal.
type Settings struct {
	Version   int64
	Enabled   bool
	Everybody bool   // whoever is a client's person with an address may come in; else those who were invited
	Work      bool   // people see the time entries of their tickets
	Rate      bool   // people are asked by mail how it went
	Accent    string // "#rrggbb"; "" = the usual
	Welcome   string
	Phone     string
	Imprint   string // addresses of pages; "" = no link
	Privacy   string
	Form      bool     // the ticket form that needs no sign-in
	Hosts     []string // origins that may embed it
	Logo      bool
	logo      blob.Ref
	logoType  string
}

func settingsOf(r store.PortalSetting) Settings {
	return Settings{
		Version: r.Version, Enabled: r.Enabled == 1, Everybody: r.Everybody == 1, Work: r.Work == 1, Rate: r.Rate == 1, Accent: r.Accent, Welcome: r.Welcome,
		Phone: r.Phone, Imprint: r.Imprint, Privacy: r.Privacy, Form: r.FormEnabled == 1, Hosts: strings.Fields(r.Hosts), Logo: r.LogoRef != "",
		logo: blob.Ref(r.LogoRef), logoType: r.LogoType,
	}
}

// Settings returns what the firm says of its portal.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	r, err := s.read().Settings(ctx)
	return settingsOf(r), err
}

const (
	maxWelcome = 2000
	maxHosts   = 20
)

// SaveSettings changes the settings whose Version the caller has seen.
func (s *Service) SaveSettings(ctx context.Context, x Settings) error {
	if err := x.clean(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		n, err := q.SaveSettings(ctx, store.SaveSettingsParams{
			Version: x.Version, Enabled: flag(x.Enabled), Everybody: flag(x.Everybody), Work: flag(x.Work), Rate: flag(x.Rate), Accent: x.Accent, Welcome: x.Welcome,
			Phone: x.Phone, Imprint: x.Imprint, Privacy: x.Privacy, FormEnabled: flag(x.Form), Hosts: strings.Join(x.Hosts, " "),
		})
		if err == nil && n == 0 {
			err = fault.NewConflict("Somebody changed these settings in the meantime. Look at them again and enter your change anew.")
		}
		if err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "portal.settings", "", "")
	})
}

func (x *Settings) clean() error {
	x.Welcome, x.Phone, x.Accent = strings.TrimSpace(x.Welcome), strings.TrimSpace(x.Phone), strings.ToLower(strings.TrimSpace(x.Accent))
	switch {
	case len(x.Welcome) > maxWelcome:
		return fault.NewInvalid("This is too long: at most %d characters.", maxWelcome).On("welcome")
	case len(x.Phone) > 60:
		return fault.NewInvalid("This is too long: at most %d characters.", 60).On("phone")
	}
	if x.Accent != "" {
		if _, err := brand.Parse(x.Accent); err != nil {
			return fault.NewInvalid("%q is not a colour of the form #0f6b5c.", x.Accent).On("accent")
		}
	}
	for field, v := range map[string]*string{"imprint": &x.Imprint, "privacy": &x.Privacy} {
		*v = strings.TrimSpace(*v)
		if u, err := url.Parse(*v); *v != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(*v) > 300) {
			return fault.NewInvalid("%q is not a web address of the form https://example.com.", *v).On(field)
		}
	}
	return x.cleanHosts()
}

// cleanHosts brings the origins into the form in which a policy names them.
func (x *Settings) cleanHosts() error {
	var out []string
	for _, h := range x.Hosts {
		if !strings.Contains(h, "://") {
			h = "https://" + h
		}
		u, err := url.Parse(strings.TrimSuffix(h, "/"))
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || strings.ContainsAny(u.Host, " ;,'\"*") || len(u.Host) > 253 {
			return fault.NewInvalid("%q is not the address of a website, such as https://www.example.com.", h).On("hosts")
		}
		out = append(out, u.Scheme+"://"+strings.ToLower(u.Host))
	}
	if len(out) > maxHosts {
		return fault.NewInvalid("At most %d websites.", maxHosts).On("hosts")
	}
	x.Hosts = out
	return nil
}

const (
	maxLogo     = 512 << 10
	maxLogoSide = 2000
)

// SaveLogo keeps a picture as the firm's logo. What it is says its content, not its name.
func (s *Service) SaveLogo(ctx context.Context, r io.Reader) error {
	data, err := io.ReadAll(io.LimitReader(r, maxLogo+1))
	if err != nil {
		return err
	}
	if len(data) > maxLogo {
		return fault.NewInvalid("The picture is larger than %d kB.", maxLogo>>10).On("logo")
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || format != "png" && format != "jpeg" && format != "webp" {
		return fault.NewInvalid("This is no picture in the form PNG, JPEG or WebP.").On("logo")
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxLogoSide || c.Height > maxLogoSide {
		return fault.NewInvalid("The picture may have at most %d pixels on a side.", maxLogoSide).On("logo")
	}
	if _, _, err := image.Decode(bytes.NewReader(data)); err != nil { // the head alone proves little
		return fault.NewInvalid("This is no picture in the form PNG, JPEG or WebP.").On("logo").Because(err)
	}
	ref, _, err := s.p.Blobs.Put(bytes.NewReader(data), maxLogo)
	if err != nil {
		return err
	}
	return s.setLogo(ctx, string(ref), "image/"+format)
}

// DropLogo takes the logo away.
func (s *Service) DropLogo(ctx context.Context) error { return s.setLogo(ctx, "", "") }

func (s *Service) setLogo(ctx context.Context, ref, kind string) error {
	return s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if err := q.SaveLogo(ctx, ref, kind); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "portal.settings", "logo", kind)
	})
}

// Logo opens the firm's logo; its type is one of three that are safe to show.
func (s *Service) Logo(ctx context.Context) (*os.File, string, error) {
	x, err := s.Settings(ctx)
	if err != nil {
		return nil, "", err
	}
	if !x.Logo {
		return nil, "", fault.NewNotFound("There is no such file.")
	}
	f, err := s.p.Blobs.Open(x.logo)
	return f, x.logoType, err
}
