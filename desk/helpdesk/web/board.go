// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// boardView is the tickets of a board in columns by status.
type boardView struct {
	*known
	board   ids.ID
	mine    bool
	columns []boardColumn
	now     time.Time
}

type boardColumn struct {
	status helpdesk.Status
	rows   []helpdesk.Ticket
	total  int
}

const columnRows = 40

func (h *Handlers) board(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	set, err := h.Desk.Setup(ctx)
	if err != nil {
		return err
	}
	id, err := idOf(r.URL.Query().Get("board"))
	if err != nil {
		return fault.NewNotFound("There is no such board.")
	}
	v := &boardView{board: id, mine: r.URL.Query().Get("mine") != "", now: h.Clock.Now()}
	if v.board == 0 {
		for _, b := range set.Boards {
			if !b.Archived {
				v.board = b.ID
				break
			}
		}
	}
	var owners []ids.ID
	for _, s := range set.Statuses {
		if s.Archived || s.State == helpdesk.StateClosed {
			continue
		}
		q := helpdesk.Query{Boards: []ids.ID{v.board}, Statuses: []ids.ID{s.ID}, States: []helpdesk.State{s.State}, Order: helpdesk.ByPriority, Limit: columnRows}
		if v.mine {
			q.Assignee = me(r)
		}
		if s.State == helpdesk.StateSolved {
			q.Order = helpdesk.ByUpdated
		}
		p, err := h.Desk.List(ctx, scope(r), q)
		if err != nil {
			return err
		}
		for _, t := range p.Rows {
			owners = append(owners, t.Client)
		}
		v.columns = append(v.columns, boardColumn{s, p.Rows, p.Total})
	}
	if v.known, err = h.know(ctx, owners...); err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, boardColumns(v))
	}
	return page.Render(w, r, http.StatusOK, boardPage(v))
}

// address is the board's own, for another board or narrowed to the reader's tickets.
func (v *boardView) address(board ids.ID, mine bool) string {
	s := "/tickets/board?board=" + board.String()
	if mine {
		s += "&mine=yes"
	}
	return s
}

func (v *boardView) tabs(r locale.Printer) page.Tabs {
	t := page.Tabs{Label: r.T("Boards")}
	for _, b := range v.set.Boards {
		if !b.Archived {
			t.Items = append(t.Items, page.Tab{Label: BoardName(r, b), Href: v.address(b.ID, v.mine), Current: b.ID == v.board})
		}
	}
	return t
}
