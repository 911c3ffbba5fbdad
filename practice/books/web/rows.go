// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	neturl "net/url"
	"strconv"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
)

// list is one of the row lists.
type list struct {
	kind books.Kind
	path string
}

func lists() []list {
	return []list{{books.KindLines, "lines"}, {books.KindTickets, "tickets"}, {books.KindHours, "hours"}, {books.KindTemplates, "templates"}, {books.KindAssets, "assets"}}
}

func listOf(k books.Kind) (list, bool) {
	for _, l := range lists() {
		if l.kind == k {
			return l, true
		}
	}
	return list{}, false
}

// filter is what the address of a list says.
type filter struct {
	list
	client string
	month  string // 2006-01
	text   string
	imp    string
	after  string
}

// months reports whether the kind has days to choose by.
func (l list) months() bool { return l.kind != books.KindAssets && l.kind != books.KindTemplates }

func filterOf(l list, r *http.Request) (f filter, q books.RowQuery, err error) {
	v := r.URL.Query()
	f = filter{list: l, client: v.Get("client"), month: v.Get("month"), text: v.Get("q"), imp: v.Get("import"), after: v.Get("after")}
	q = books.RowQuery{Kind: l.kind, Text: f.text, After: f.after}
	id := func(s string) (ids.ID, error) {
		if s == "" {
			return 0, nil
		}
		id, err := ids.Parse(s)
		if err != nil {
			err = fault.NewInvalid("The address names something that does not exist.").Because(err)
		}
		return id, err
	}
	if q.Client, err = id(f.client); err != nil {
		return f, q, err
	}
	if q.Import, err = id(f.imp); err != nil {
		return f, q, err
	}
	if f.month != "" {
		t, err := time.Parse("2006-01", f.month)
		if err != nil {
			return f, q, fault.NewInvalid("%q is not a month such as 2024-03.", f.month).Because(err)
		}
		q.From = civil.DateOf(t).Month()
		q.To = q.From
	}
	return f, q, nil
}

// with returns the list's address with one value changed; the page goes back to the first.
func (f filter) with(key, value string) string {
	v := neturl.Values{}
	for k, s := range map[string]string{"client": f.client, "month": f.month, "q": f.text, "import": f.imp} {
		if k == key {
			s = value
		}
		if s != "" {
			v.Set(k, s)
		}
	}
	if key == "after" {
		v.Set("after", value)
	}
	if len(v) == 0 {
		return "/books/" + f.path
	}
	return "/books/" + f.path + "?" + v.Encode()
}

func (f filter) exportURL() string {
	u := f.with("", "")
	return "/books/" + f.path + "/export.csv" + u[len("/books/"+f.path):]
}

func (f filter) filtered() bool { return f.client+f.month+f.text+f.imp != "" }

func (f filter) pager(p books.RowPage) (out page.Pager) {
	if p.Next != "" {
		out.Older = f.with("after", p.Next)
	}
	if f.after != "" {
		out.Newer = f.with("", "")
	}
	return out
}

// rows shows a list.
func (h *Handlers) rows(l list) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, q, err := filterOf(l, r)
		if err != nil {
			return err
		}
		ctx := r.Context()
		found, err := h.Books.Browse(ctx, q)
		if err != nil {
			return err
		}
		clients, err := h.Books.ClientChoices(ctx)
		if err != nil {
			return err
		}
		var of books.Import
		if q.Import != 0 {
			if of, err = h.Books.Get(ctx, q.Import); err != nil {
				return err
			}
		}
		return page.Render(w, r, http.StatusOK, rowsPage(f, found, clients, of))
	}
}

// mostChoices is how many clients a select offers; where a firm has more, the rows' own links filter.
const mostChoices = 1000

func clientOptions(ctx context.Context, clients []books.ClientChoice, now string) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "All clients")}}
	for _, c := range clients {
		if len(clients) <= mostChoices || c.ID.String() == now {
			out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
		}
	}
	return out
}

// export streams the filtered rows as CSV; cells that a spreadsheet would run are neutralised.
func (h *Handlers) export(l list) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		_, q, err := filterOf(l, r)
		if err != nil {
			return err
		}
		q.Limit = 1000
		found, err := h.Books.Browse(r.Context(), q)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+l.path+`.csv"`)
		out := tabular.NewCSV(w)
		if err := out.Write(csvHead(l.kind)...); err != nil {
			return err
		}
		for {
			for _, row := range found.Rows {
				if err := out.Write(csvRow(l.kind, row)...); err != nil {
					return err
				}
			}
			if q.After = found.Next; q.After == "" {
				return out.Flush()
			}
			if found, err = h.Books.Browse(r.Context(), q); err != nil {
				return err
			}
		}
	}
}

func csvHead(k books.Kind) []string {
	end := []string{"File", "Line"}
	switch k {
	case books.KindLines:
		return append([]string{"Date", "Client", "Invoice", "Description", "Amount", "Currency"}, end...)
	case books.KindTemplates:
		return append([]string{"Since", "Client", "Description", "Amount", "Currency", "Months", "Active"}, end...)
	case books.KindTickets:
		return append([]string{"Opened", "Solved", "Ticket", "Client", "Subject", "Channel", "Started by"}, end...)
	case books.KindHours:
		return append([]string{"Date", "Client", "Technician", "Description", "Minutes", "Work", "Billable", "Amount", "Currency"}, end...)
	}
	return append([]string{"Client", "Name", "Type", "Operating system", "Serial number", "Monitored", "Patched", "Warranty until"}, end...)
}

func csvRow(k books.Kind, r books.BookRow) []string {
	end := []string{r.File, strconv.FormatInt(r.Number, 10)}
	amount := money.FormatMinor(r.Minor, r.Currency.Digits())
	switch k {
	case books.KindLines:
		return append([]string{r.Day.String(), r.ClientName, r.Ref, r.Text, amount, string(r.Currency)}, end...)
	case books.KindTemplates:
		return append([]string{r.Day.String(), r.ClientName, r.Text, amount, string(r.Currency), strconv.FormatInt(r.Months, 10), yesNo(b2i(r.Active))}, end...)
	case books.KindTickets:
		return append([]string{instant(r.Opened), instant(r.Solved), r.Ref, r.ClientName, r.Text, r.Channel, r.Origin.String()}, end...)
	case books.KindHours:
		if r.Minor == 0 {
			amount = ""
		}
		return append([]string{r.Day.String(), r.ClientName, r.Person, r.Text, strconv.FormatInt(r.Minutes, 10), workCode(r.Reactive), yesNo(r.Billable), amount, string(r.Currency)}, end...)
	}
	return append([]string{r.ClientName, r.Name, r.Type, r.System, r.Ref, yesNo(r.Monitored), yesNo(r.Patched), r.Warranty.String()}, end...)
}

// instant is a time in RFC 3339, UTC; "" when it is not known.
func instant(micros int64) string {
	if micros == 0 {
		return ""
	}
	return time.UnixMicro(micros).UTC().Format(time.RFC3339)
}

func b2i(b bool) int8 {
	if b {
		return 1
	}
	return -1
}

func yesNo(v int8) string {
	switch {
	case v > 0:
		return "yes"
	case v < 0:
		return "no"
	}
	return ""
}

func workCode(v int8) string {
	switch {
	case v > 0:
		return "reactive"
	case v < 0:
		return "planned"
	}
	return "unknown"
}
