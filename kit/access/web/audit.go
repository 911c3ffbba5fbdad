// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

const auditPage = 50 // entries

func (h handlers) audit(w http.ResponseWriter, r *http.Request) error {
	before, _ := strconv.ParseInt(r.FormValue("before"), 10, 64) // anything else is the newest
	list, err := h.Audit(r.Context(), before, auditPage+1)
	if err != nil {
		return err
	}
	older := ""
	if len(list) > auditPage {
		list = list[:auditPage]
		older = "/audit?before=" + strconv.FormatInt(list[auditPage-1].Seq, 10)
	}
	newer := ""
	if before > 0 {
		newer = "/audit"
	}
	return page.Render(w, r, http.StatusOK, trailPage(list, newer, older))
}

// verifyAudit walks the chain and says on the next page whether it holds.
func (h handlers) verifyAudit(w http.ResponseWriter, r *http.Request) error {
	p := locale.From(r.Context())
	n, err := h.VerifyAudit(r.Context())
	f := page.Flash{Kind: page.Good, Text: p.N("The trail is whole: %d entry, each linked to the one before.|The trail is whole: %d entries, each linked to the one before.", n)}
	if fault.Is(err, fault.Conflict) {
		f = page.Flash{Kind: page.Bad, Text: p.Fault(err)}
	} else if err != nil {
		return err
	}
	page.SetFlash(w, r, f)
	return page.Redirect(w, r, "/audit")
}
