// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/url"

	"mainstay/desk/helpdesk"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// undoAddress is where what the reader has just changed is taken back; "" where nothing was.
func (h *Handlers) undoAddress(r *http.Request, changed ...helpdesk.Ticket) (string, error) {
	id, err := h.Desk.Undoable(r.Context(), changed)
	if id == 0 || err != nil {
		return "", err
	}
	return "/desk/undo/" + id.String(), nil
}

func (h *Handlers) undo(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PathValue("change"))
	if err != nil {
		return fault.NewNotFound("There is no page at this address.")
	}
	p := locale.From(r.Context())
	done, left, err := h.Desk.Undo(r.Context(), scope(r), id)
	if err != nil {
		if fault.KindOf(err) != fault.Conflict {
			return err
		}
		page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: p.Fault(err)})
		return page.Redirect(w, r, cameFrom(r))
	}
	f := page.Flash{Kind: page.Good, Text: p.N("%d ticket is as it was.|%d tickets are as they were.", int64(done))}
	if left > 0 {
		f.Kind, f.Text = page.Warn, f.Text+" "+p.N("%d has changed since and stays.|%d have changed since and stay.", int64(left))
	}
	page.SetFlash(w, r, f)
	return page.Redirect(w, r, cameFrom(r))
}

// cameFrom is the page of this server that a form without a word of its own stood on.
func cameFrom(r *http.Request) string {
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host && from.Path != "" {
		return page.Local(from.RequestURI())
	}
	return "/tickets"
}
