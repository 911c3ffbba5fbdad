// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// setupView is what the firm defines of its desk.
type setupView struct {
	*known
	canned []helpdesk.Canned
	tmpl   []helpdesk.Template
	err    error
	form   string // which form the error belongs to
}

func (h *Handlers) mountSetup(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /desk", access.DeskManage, h.setup)
	on("POST /desk/boards", access.DeskManage, h.saveBoard)
	on("POST /desk/statuses", access.DeskManage, h.saveStatus)
	on("POST /desk/texts", access.DeskManage, h.saveCanned)
	on("POST /desk/texts/{text}/delete", access.DeskManage, h.dropCanned)
}

func (h *Handlers) setup(w http.ResponseWriter, r *http.Request) error {
	return h.showSetup(w, r, "", nil)
}

// showSetup shows the page, with what was wrong about one of its forms.
func (h *Handlers) showSetup(w http.ResponseWriter, r *http.Request, form string, failed error) error {
	if failed != nil && !fault.Is(failed, fault.Invalid) && !fault.Is(failed, fault.Conflict) {
		return failed
	}
	k, err := h.know(r.Context())
	if err != nil {
		return err
	}
	v := &setupView{known: k, err: failed, form: form}
	if v.canned, err = h.Desk.CannedTexts(r.Context()); err != nil {
		return err
	}
	if v.tmpl, err = h.Desk.Templates(r.Context()); err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, setupPage(v))
}

// done says that something was kept and shows the page anew, or shows what was wrong.
func (h *Handlers) done(w http.ResponseWriter, r *http.Request, form string, err error) error {
	if err != nil {
		return h.showSetup(w, r, form, err)
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Saved.")})
	return page.Redirect(w, r, "/desk#"+form)
}

func (h *Handlers) saveBoard(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	set, err := h.Desk.Setup(r.Context())
	if err != nil {
		return err
	}
	b := helpdesk.Board{ID: id, Name: r.PostFormValue("name"), Archived: r.PostFormValue("archived") != ""}
	for _, x := range set.Boards {
		if x.ID == id {
			b.Code = x.Code
		}
	}
	_, err = h.Desk.SaveBoard(r.Context(), b)
	return h.done(w, r, "boards", err)
}

func (h *Handlers) saveStatus(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	set, err := h.Desk.Setup(r.Context())
	if err != nil {
		return err
	}
	x := helpdesk.Status{ID: id, Name: r.PostFormValue("name"), Stops: r.PostFormValue("stops") != "", Archived: r.PostFormValue("archived") != ""}
	x.State, _ = helpdesk.ParseState(r.PostFormValue("state"))
	for _, y := range set.Statuses {
		if y.ID == id {
			x.Code = y.Code
		}
	}
	_, err = h.Desk.SaveStatus(r.Context(), x)
	return h.done(w, r, "statuses", err)
}

func (h *Handlers) saveCanned(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	return h.done(w, r, "texts", h.Desk.SaveCanned(r.Context(), helpdesk.Canned{ID: id, Name: r.PostFormValue("name"), Body: r.PostFormValue("body")}))
}

func (h *Handlers) dropCanned(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PathValue("text"))
	if err != nil {
		return fault.NewNotFound("There is no such text.")
	}
	return h.done(w, r, "texts", h.Desk.DropCanned(r.Context(), id))
}
