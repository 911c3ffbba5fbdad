// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/desk/portal"
	"mainstay/kit/page"
)

// rating shows the question of a mail, with the answer that was clicked chosen already. Only sending the form keeps it:
// programs that look at mails open links as well.
func (h *Handlers) rating(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	w.Header().Set("Referrer-Policy", "no-referrer")
	x, err := h.Portal.Question(r.Context(), token)
	if err != nil {
		return err
	}
	g, ok := portal.ParseGrade(r.URL.Query().Get("grade"))
	if !ok {
		g = x.Rating.Grade
	}
	return page.Render(w, r, http.StatusOK, ratePage(x, token, g, x.Rating.Comment, nil, false))
}

func (h *Handlers) rateByLink(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	x, err := h.Portal.Question(r.Context(), token)
	if err != nil {
		return err
	}
	g, _ := portal.ParseGrade(r.PostFormValue("grade"))
	comment := r.PostFormValue("comment")
	if err := h.Portal.RateByLink(r.Context(), token, g, comment); err != nil {
		if !mendable(err) {
			return err
		}
		return page.Render(w, r, formStatus(w, err), ratePage(x, token, g, comment, err, false))
	}
	return page.Render(w, r, http.StatusOK, ratePage(x, token, g, comment, nil, true))
}
