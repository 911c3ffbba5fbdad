// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func (h handlers) account(w http.ResponseWriter, r *http.Request) error {
	me, err := h.Me(r.Context())
	if err != nil {
		return err
	}
	if t := page.ThemeOf(r); t != "" {
		me.Theme = string(t) // what this device shows now
	}
	news, err := h.Notices(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, profilePage(me, news, nil))
}

func (h handlers) saveProfile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := access.Profile{
		Name: r.PostFormValue("name"), Language: r.PostFormValue("language"),
		Zone: strings.TrimSpace(r.PostFormValue("zone")), Theme: r.PostFormValue("theme"),
	}
	if p.Language != "" && !locale.Tag(p.Language).Known() {
		p.Language = ""
	}
	if t := page.Theme(p.Theme); t != page.Light && t != page.Dark {
		p.Theme = ""
	}
	if err := h.SetProfile(ctx, p); err != nil {
		if !mendable(err) {
			return err
		}
		me, failed := h.Me(ctx)
		if failed != nil {
			return failed
		}
		me.Name, me.Language, me.Zone, me.Theme = p.Name, p.Language, p.Zone, p.Theme
		return page.Render(w, r, formStatus(w, err), profilePage(me, nil, err))
	}
	page.SetTheme(w, r, page.Theme(p.Theme))
	said := locale.From(ctx)
	if t := locale.Tag(p.Language); t.Known() {
		said = locale.New(t, said.Zone()) // the confirmation already speaks the new language
	}
	return done(w, r, "/account", said.T("Your profile is saved."))
}

func (h handlers) sessions(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Sessions(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, sessionsPage(list, h.now()))
}

func (h handlers) endSession(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if err := h.EndSession(r.Context(), id); err != nil {
		return err
	}
	return done(w, r, "/account/sessions", locale.T(r.Context(), "The session has ended."))
}

func (h handlers) endOthers(w http.ResponseWriter, r *http.Request) error {
	if err := h.EndOtherSessions(r.Context()); err != nil {
		return err
	}
	return done(w, r, "/account/sessions", locale.T(r.Context(), "All other sessions have ended."))
}

// noticesSeen puts away what the person has read.
func (h handlers) noticesSeen(w http.ResponseWriter, r *http.Request) error {
	newest, err := ids.Parse(r.PostFormValue("newest"))
	if err != nil {
		return fault.NewInvalid("This entry is not there any more.").Because(err)
	}
	if err := h.DismissNotices(r.Context(), newest); err != nil {
		return err
	}
	return done(w, r, "/account/security", locale.T(r.Context(), "Put away."))
}

// idOf reads the id in the path.
func idOf(r *http.Request) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue("id"))
	if err != nil {
		return 0, fault.NewNotFound("This entry is not there any more.").Because(err)
	}
	return id, nil
}
