// SPDX-License-Identifier: Apache-2.0

package app

import (
	"net/http"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
)

// mountStart mounts the pages that belong to no area: the way in, the first run, the
// firm's settings and the command palette.
func (a *App) mountStart(r *access.Router) {
	r.Handle("GET /{$}", access.Public, page.Handler(a.home))
	r.Handle("GET /start", access.SignedIn, page.Handler(a.start))
	r.Handle("POST /start/demo", access.BooksImport, page.Handler(a.startDemo))
	r.Handle("POST /start/demo/remove", access.FirmManage, page.Handler(a.removeDemo))
	r.Handle("GET /enter/{token}", access.Public, page.Handler(a.enter))
	r.Handle("POST /start/empty", access.FirmManage, page.Handler(a.startEmpty))
	r.Handle("GET /firm", access.FirmManage, page.Handler(a.firm))
	r.Handle("POST /firm", access.FirmManage, page.Handler(a.saveFirm))
	r.Handle("GET /palette", access.SignedIn, page.Handler(a.palette))
	r.Handle("GET /search", access.SignedIn, page.Handler(a.searchFor))
}

// started is the setting that says that the first run is over.
const started = "start.done"

// home leads to where the visitor left off.
func (a *App) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	needs, err := a.Access.NeedsOwner(ctx)
	if err != nil {
		return err
	}
	id := access.From(ctx)
	switch {
	case needs:
		return page.Render(w, r, http.StatusOK, waitingPage())
	case id == nil:
		return page.Redirect(w, r, "/sign-in")
	}
	done, err := a.Values.Get(ctx, started)
	if err != nil {
		return err
	}
	switch {
	case done == "" && id.May(access.BooksImport):
		return page.Redirect(w, r, "/start")
	case id.May(access.JourneyRead):
		return page.Redirect(w, r, "/journey")
	}
	return page.Redirect(w, r, "/clients")
}

func (a *App) start(w http.ResponseWriter, r *http.Request) error {
	firm, err := a.Values.Firm(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, startPage(access.From(r.Context()), firm))
}

func (a *App) startEmpty(w http.ResponseWriter, r *http.Request) error {
	if err := a.Values.Set(r.Context(), started, "empty"); err != nil {
		return err
	}
	return page.Redirect(w, r, "/clients/new")
}

func (a *App) firm(w http.ResponseWriter, r *http.Request) error {
	f, err := a.Values.Firm(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, firmPage(f, nil))
}

func (a *App) saveFirm(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := a.Values.Firm(ctx)
	if err != nil {
		return err
	}
	f.Name = strings.TrimSpace(r.PostFormValue("name"))
	f.Currency = money.Currency(strings.ToUpper(strings.TrimSpace(r.PostFormValue("currency"))))
	f.Language = r.PostFormValue("language")
	f.Zone = strings.TrimSpace(r.PostFormValue("zone"))
	if err := checkFirm(f); err != nil {
		return page.Render(w, r, http.StatusUnprocessableEntity, firmPage(f, err))
	}
	if err := a.Values.SetFirm(ctx, f); err != nil {
		return err
	}
	if err := a.Access.Note(ctx, "firm.settings", f.Name, ""); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "The firm's settings are saved.")})
	if r.PostFormValue("back") == "start" {
		return page.Redirect(w, r, "/start")
	}
	return page.Redirect(w, r, "/firm")
}

func checkFirm(f config.Firm) error {
	if len(f.Name) > 200 {
		return fault.NewInvalid("This is too long: at most %d characters.", 200).On("name")
	}
	letters := func(r rune) bool { return r < 'A' || r > 'Z' }
	if f.Currency != "" && (len(f.Currency) != 3 || strings.ContainsFunc(string(f.Currency), letters)) {
		return fault.NewInvalid("A currency is a code of three letters, such as EUR.").On("currency")
	}
	if f.Language != "" && !locale.Tag(f.Language).Known() {
		return fault.NewInvalid("This language is not there.").On("language")
	}
	if _, err := time.LoadLocation(f.Zone); err != nil {
		return fault.NewInvalid("There is no time zone %q. It looks like Europe/Vienna.", f.Zone).On("zone")
	}
	return nil
}

// palette answers what was typed into the command palette.
func (a *App) palette(w http.ResponseWriter, r *http.Request) error {
	hits, err := a.find(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, hits)
}

func (a *App) searchFor(w http.ResponseWriter, r *http.Request) error {
	hits, err := a.find(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, searchPage(r.URL.Query().Get("q"), hits))
}
