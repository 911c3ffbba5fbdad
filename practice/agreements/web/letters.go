// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
)

const lettersOnPage = 50

// lettersView is a page of the letters that were written.
type lettersView struct {
	list    []agreements.Written
	older   string
	canSend bool
}

func (h *Handlers) letters(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, next, err := h.Agreements.Letters(ctx, scope(r), idOf(r.URL.Query().Get("after")), lettersOnPage)
	if err != nil {
		return err
	}
	v := lettersView{list: list}
	if next != 0 {
		v.older = address("/agreements/letters", "after", next.String())
	}
	if v.canSend, err = h.Agreements.CanSend(ctx); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, lettersPage(v))
}

// findLetter returns the letter of the path, if its agreement is in the reader's scope.
func (h *Handlers) findLetter(r *http.Request) (*agreements.Agreement, agreements.Letter, error) {
	a, err := h.find(r)
	if err != nil {
		return nil, agreements.Letter{}, err
	}
	id, err := pathID(r, "letter")
	if err != nil {
		return nil, agreements.Letter{}, err
	}
	l, err := h.Agreements.LetterOf(r.Context(), a.ID, id)
	return a, l, err
}

func (h *Handlers) letterFile(w http.ResponseWriter, r *http.Request) error {
	a, l, err := h.findLetter(r)
	if err != nil {
		return err
	}
	pdf, err := h.Agreements.LetterPDF(r.Context(), l)
	if err != nil {
		return err
	}
	return servePDF(w, a.Number, pdf)
}

func (h *Handlers) sendLetter(w http.ResponseWriter, r *http.Request) error {
	a, l, err := h.findLetter(r)
	if err != nil {
		return err
	}
	back := "/agreements/letters"
	if r.PostFormValue("back") == "agreement" {
		back = urlOf(a.ID)
	}
	to, err := h.Agreements.SendLetter(r.Context(), a.ID, l.ID)
	if mendable(err) {
		page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: locale.From(r.Context()).Fault(err)})
		return page.Redirect(w, r, back)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The letter is on its way to %s.", to), back)
}

func letterURL(agreement, letter ids.ID, what string) string {
	return urlOf(agreement, "letters", letter.String(), what)
}

// servePDF shows a document in the browser.
func servePDF(w http.ResponseWriter, name string, pdf []byte) error {
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	w.Header().Set("Cache-Control", "private, no-store")
	_, err := w.Write(pdf) //nolint:gosec // a PDF that this program drew, served as one
	return err
}
