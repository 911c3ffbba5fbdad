// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/desk/portal"
	"mainstay/desk/portal/brand"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// mountFirm registers the pages of the firm, and those of the portal that follow from them.
func (h *Handlers) mountFirm(on func(string, access.Permission, handler)) {
	on("GET /portal/approvals", access.PortalApprove, h.approvals)
	on("GET /portal/approvals/{approval}", access.PortalApprove, h.approval)
	on("POST /portal/approvals/{approval}", access.PortalApprove, h.decide)

	on("GET /portal/form", access.Public, h.form)
	on("POST /portal/form", access.Public, h.sendForm)

	on("GET /portal-settings", access.DeskManage, h.settings)
	on("POST /portal-settings", access.DeskManage, h.saveSettings)
	on("POST /portal-settings/logo", access.DeskManage, h.saveLogo)

	on("POST /clients/{client}/portal", access.DeskManage, h.saveRights)
	on("GET /clients/{client}/portal/sign-on", access.DeskManage, h.signOnForm)
	on("POST /clients/{client}/portal/sign-on", access.DeskManage, h.saveSignOn)
	on("POST /clients/{client}/portal/visit", access.DeskManage, h.visit)
	on("POST /clients/{client}/portal/invite", access.DeskManage, h.invite)
	on("GET /tickets/{number}/approvals/new", access.TicketsWrite, h.askForm)
	on("POST /tickets/{number}/approvals/new", access.TicketsWrite, h.askApproval)
	on("POST /tickets/{number}/approvals/{approval}/withdraw", access.TicketsWrite, h.withdraw)
	on("GET /tickets/satisfaction", access.TicketsRead, h.satisfaction)
	on("GET /tickets/satisfaction.csv", access.Export, h.satisfactionCSV)
}

// settingsView is the page on which the firm sets its portal up.
type settingsView struct {
	set     portal.Settings
	canSend bool
	url     string
	err     error
	logoErr error
}

func (h *Handlers) settingsView(r *http.Request) (v settingsView, err error) {
	if v.set, err = h.Portal.Settings(r.Context()); err != nil {
		return v, err
	}
	v.url = h.URL
	v.canSend, err = h.Mail.CanSend(r.Context())
	return v, err
}

func (h *Handlers) settings(w http.ResponseWriter, r *http.Request) error {
	v, err := h.settingsView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, settingsPage(v))
}

func (h *Handlers) saveSettings(w http.ResponseWriter, r *http.Request) error {
	v, err := h.settingsView(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	is := func(name string) bool { return r.PostFormValue(name) != "" }
	x := v.set
	x.Version, x.Enabled, x.Everybody, x.Work, x.Rate, x.Form = version, is("enabled"), r.PostFormValue("who") != "invited", is("work"), is("rate"), is("form")
	x.Welcome, x.Phone, x.Imprint, x.Privacy = r.PostFormValue("welcome"), r.PostFormValue("phone"), r.PostFormValue("imprint"), r.PostFormValue("privacy")
	x.Hosts, x.Accent = strings.Fields(strings.ReplaceAll(r.PostFormValue("hosts"), ",", " ")), r.PostFormValue("accent")
	if !is("own-accent") {
		x.Accent = ""
	}
	if err := h.Portal.SaveSettings(r.Context(), x); err != nil {
		if !mendable(err) {
			return err
		}
		v.set, v.err = x, err
		return page.Render(w, r, formStatus(w, err), settingsPage(v))
	}
	return done(w, r, "/portal-settings", locale.T(r.Context(), "Saved."))
}

func (h *Handlers) saveLogo(w http.ResponseWriter, r *http.Request) error {
	err := readForm(w, r, 2<<20)
	if err == nil {
		err = h.takeLogo(r)
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		v, e := h.settingsView(r)
		if e != nil {
			return e
		}
		v.logoErr = err
		return page.Render(w, r, formStatus(w, err), settingsPage(v))
	}
	return done(w, r, "/portal-settings", locale.T(r.Context(), "Saved."))
}

func (h *Handlers) takeLogo(r *http.Request) error {
	if r.PostFormValue("remove") != "" {
		return h.Portal.DropLogo(r.Context())
	}
	f, _, err := r.FormFile("logo")
	if err != nil {
		return fault.NewInvalid("Choose a picture first.").On("logo").Because(err)
	}
	defer f.Close()
	return h.Portal.SaveLogo(r.Context(), f)
}

// accent is the colour that the field shows.
func (v settingsView) accent() string {
	if v.set.Accent == "" {
		return "#0f6b5c"
	}
	return v.set.Accent
}

// adjusted are the colours that are used instead, where the firm's cannot be read on every ground.
func (v settingsView) adjusted() (light, dark string, is bool) {
	c, err := brand.Parse(v.set.Accent)
	if err != nil {
		return "", "", false
	}
	l, d := brand.Palette(c)
	return l.Accent.String(), d.Accent.String(), l.Accent != c
}

// snippet is what the firm puts into its own website.
func (v settingsView) snippet(title string) string {
	return `<iframe src="` + v.url + `/portal/form" title="` + title + `" width="100%" height="760" style="border:0"></iframe>`
}

func whoComes(everybody bool) string {
	if everybody {
		return "everybody"
	}
	return "invited"
}
