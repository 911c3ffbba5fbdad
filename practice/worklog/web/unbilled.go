// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"

	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/worklog"
)

func (h *Handlers) unbilled(w http.ResponseWriter, r *http.Request) error {
	owed, err := h.Work.Unbilled(r.Context(), scope(r))
	if err != nil {
		return err
	}
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, unbilledPage(owed, totals(owed), l))
}

// sum is the report's total in one currency.
type sum struct {
	worklog.Owed
	Clients int
}

// totals adds up by currency; the list is sorted by it.
func totals(owed []worklog.Owed) (out []sum) {
	for _, o := range owed {
		if len(out) == 0 || out[len(out)-1].Currency != o.Currency {
			out = append(out, sum{Owed: worklog.Owed{Currency: o.Currency, Oldest: o.Oldest}})
		}
		t := &out[len(out)-1]
		t.Clients++
		t.Minutes += o.Minutes
		t.Billed += o.Billed
		t.Time += o.Time
		t.Goods += o.Goods
		t.Approved += o.Approved
		t.Unpriced += o.Unpriced
		t.Oldest = min(t.Oldest, o.Oldest)
	}
	return out
}

func (h *Handlers) exportUnbilled(w http.ResponseWriter, r *http.Request) error {
	owed, err := h.Work.Unbilled(r.Context(), scope(r))
	if err != nil {
		return err
	}
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	out := csv(w, "unbilled.csv")
	if err := out.Write("Client", "Currency", "Entries", "Minutes", "Minutes charged", "Time", "Items", "Materials and trips", "Total", "Approved", "Entries without a price", "Oldest day"); err != nil {
		return err
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	for _, o := range owed {
		m := func(v int64) string { return money.FormatMinor(v, o.Currency.Digits()) }
		if err := out.Write(l.name[o.Client], string(o.Currency), n(o.Entries), n(o.Minutes), n(o.Billed), m(o.Time), n(o.Items), m(o.Goods), m(o.Total()), m(o.Approved), n(o.Unpriced), o.Oldest.String()); err != nil {
			return err
		}
	}
	return out.Flush()
}

// behind is the list of the entries or items that a client owes.
func behind(path string, client ids.ID) string {
	return address(path, "client", client.String(), "unbilled", "yes", "sort", "oldest")
}
