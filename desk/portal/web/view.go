// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"

	"mainstay/desk/portal/brand"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// View puts the frame of the portal around v: the firm's name and colours, and what the person may open. ctx carries the
// reader's printer; id is nil while nobody of a client is signed in.
func (h *Handlers) View(ctx context.Context, v page.View, id *access.Identity) (page.View, error) {
	v.NoSearch = true
	set, err := h.Portal.Settings(ctx)
	if err != nil {
		return v, err
	}
	o := &page.Outside{Name: v.Firm, Home: "/portal", Phone: set.Phone}
	at := "?v=" + strconv.FormatInt(set.Version, 10)
	if set.Accent != "" {
		o.Style = "/portal/brand.css" + at
	}
	if set.Logo {
		o.Logo = "/portal/logo" + at
	}
	if set.Imprint != "" {
		o.Foot = append(o.Foot, page.Link{Href: set.Imprint, Label: locale.T(ctx, "Imprint")})
	}
	if set.Privacy != "" {
		o.Foot = append(o.Foot, page.Link{Href: set.Privacy, Label: locale.T(ctx, "Privacy")})
	}
	v.Outside = o
	if id == nil || id.Person == 0 {
		return v, nil
	}
	me, _, err := h.Portal.Me(access.With(ctx, id))
	if err != nil {
		return v, err
	}
	v.Person, v.Account, v.SignOut = page.Person{Name: id.Name, Role: me.Firm}, "/portal/account", "/portal/sign-out"
	o.Nav = []page.Link{{Href: "/portal", Label: locale.T(ctx, "Overview")}, {Href: "/portal/tickets", Label: locale.T(ctx, "Tickets")}}
	if some, err := h.Portal.HasArticles(access.With(ctx, id)); err != nil {
		return v, err
	} else if some {
		o.Nav = append(o.Nav, page.Link{Href: articlesPath, Label: locale.T(ctx, "Articles")})
	}
	if x, err := h.Portal.StatusOf(ctx, id.Scope(), id.Client); err != nil {
		return v, err
	} else if x.Shown {
		o.Nav = append(o.Nav, page.Link{Href: "/portal/status", Label: locale.T(ctx, "State of your systems")})
	}
	if id.May(access.PortalApprove) {
		waiting, err := h.Portal.WaitingForMe(access.With(ctx, id))
		if err != nil {
			return v, err
		}
		l := page.Link{Href: "/portal/approvals", Label: locale.T(ctx, "Approvals")}
		if len(waiting) > 0 {
			l.Count, l.Hot = locale.From(ctx).Number(int64(len(waiting))), true
		}
		o.Nav = append(o.Nav, l)
	}
	return v, nil
}

// style is the firm's colour as the pages of the portal use it.
func (h *Handlers) style(w http.ResponseWriter, r *http.Request) error {
	set, err := h.Portal.Settings(r.Context())
	if err != nil {
		return err
	}
	css := ""
	if c, err := brand.Parse(set.Accent); err == nil {
		css = brand.CSS(c)
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, err = w.Write([]byte(css))
	return err
}

// logo is the firm's picture. Its type was found by its content and is one of three.
func (h *Handlers) logo(w http.ResponseWriter, r *http.Request) error {
	f, kind, err := h.Portal.Logo(r.Context())
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fault.NewNotFound("There is no such file.").Because(err)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=86400")
	http.ServeContent(w, r, "", info.ModTime(), f)
	return nil
}
