// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	neturl "net/url"
	"strconv"
	"strings"

	"mainstay/care/devices"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
)

type countsView struct {
	client  ids.ID
	name    string
	query   devices.Query
	queries []devices.Query // by which devices of the client were counted
	month   civil.Month
	today   civil.Date
	days    []devices.DayCount
}

// CountsURL is the page of a client's counts by a query.
func CountsURL(client ids.ID, query string) string {
	return countsAddress("/devices/counts", client, query, civil.NoMonth)
}

func countsAddress(path string, client ids.ID, query string, month civil.Month) string {
	f := neturl.Values{"client": {client.String()}}
	if query != "" {
		f.Set("q", query)
	}
	if month.Known() {
		f.Set("month", month.String())
	}
	return path + "?" + f.Encode()
}

// counts shows how many devices of a client were counted day by day, who came and who went, and the names that show it.
func (h *Handlers) counts(w http.ResponseWriter, r *http.Request) error {
	v, err := h.countsView(r)
	if err != nil {
		return err
	}
	v.days, err = h.Devices.CountDays(r.Context(), scope(r), v.client, v.query, v.month.First(), v.month.Last())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, countsPage(v))
}

func (h *Handlers) countsView(r *http.Request) (*countsView, error) {
	ctx, f := r.Context(), r.URL.Query()
	v := &countsView{client: idOf(f.Get("client")), today: h.Devices.Today()}
	c, err := h.Clients.Get(ctx, scope(r), v.client)
	if err != nil {
		return nil, err
	}
	v.name = c.Name
	if v.query, err = devices.ParseQuery(f.Get("q")); err != nil {
		return nil, err
	}
	if v.queries, err = h.Devices.CountedQueries(ctx, scope(r), v.client); err != nil {
		return nil, err
	}
	v.month = v.today.Month()
	if text := f.Get("month"); text != "" {
		if err := v.month.UnmarshalText([]byte(text)); err != nil || v.month > v.today.Month() || !v.month.Known() {
			return nil, fault.NewInvalid("Enter a month.").On("month").Because(err)
		}
	}
	return v, nil
}

// shows reports whether the page is of a query's counts.
func (v *countsView) shows(q devices.Query) bool { return q.String() == v.query.String() }

// of is the page of another month.
func (v *countsView) of(m civil.Month) string {
	return countsAddress("/devices/counts", v.client, v.query.String(), m)
}

// exportCounts is the counts of the twelve months that end with the page's month, with every name.
func (h *Handlers) exportCounts(w http.ResponseWriter, r *http.Request) error {
	v, err := h.countsView(r)
	if err != nil {
		return err
	}
	out := tabular.NewCSV(w)
	for m := v.month - 11; m <= v.month; m++ { // month by month: those of large clients are long
		list, err := h.Devices.CountDays(r.Context(), scope(r), v.client, v.query, m.First(), m.Last())
		if err != nil {
			return err
		}
		if m == v.month-11 { // from here on nothing is answered but rows
			w.Header().Set("Content-Type", "text/csv; charset=utf-8")
			w.Header().Set("Content-Disposition", `attachment; filename="counts.csv"`)
			if err := out.Write("Client", "Query", "Day", "Devices", "Came", "Went", "Names", "Counted at"); err != nil {
				return err
			}
		}
		for i := range list {
			d := &list[i]
			err := out.Write(v.name, v.query.String(), d.Day.String(), strconv.FormatInt(d.Number, 10), memberNames(d.Came), memberNames(d.Went), memberNames(d.Members), clock.FromMicros(d.Made).UTC().Format("2006-01-02T15:04:05Z"))
			if err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

func memberNames(list []devices.Member) string {
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name
	}
	return strings.Join(names, ", ")
}
