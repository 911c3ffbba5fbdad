// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
	"mainstay/practice/worklog"
)

// filter is the choice of a list as it stands in its address.
type filter struct {
	path string
	q    worklog.Query
	bad  error
}

func filterOf(r *http.Request, path string) filter {
	v := r.URL.Query()
	f := filter{path: path}
	f.q = worklog.Query{
		Client: idOf(v.Get("client")), Person: idOf(v.Get("person")), Type: idOf(v.Get("type")), Ticket: idOf(v.Get("ticket")),
		Unbilled: v.Get("unbilled") != "", Oldest: v.Get("sort") == "oldest", After: v.Get("after"),
	}
	if s, ok := worklog.ParseState(v.Get("state")); ok {
		f.q.State = &s
	}
	if f.q.From, f.bad = dayOf(v.Get("from"), "from"); f.bad == nil {
		f.q.To, f.bad = dayOf(v.Get("to"), "to")
	}
	return f
}

// link is the list's address with other filters.
func (f filter) link(path string, change func(*worklog.Query)) string {
	q := f.q
	if change != nil {
		q.After = ""
		change(&q)
	}
	state, unbilled, sort := "", "", ""
	if q.State != nil {
		state = q.State.String()
	}
	if q.Unbilled {
		unbilled = "yes"
	}
	if q.Oldest {
		sort = "oldest"
	}
	from, to := "", ""
	if q.From != 0 {
		from = q.From.String()
	}
	if q.To != 0 {
		to = q.To.String()
	}
	return address(path, "client", idText(q.Client), "person", idText(q.Person), "type", idText(q.Type), "ticket", idText(q.Ticket), "state", state, "unbilled", unbilled, "sort", sort, "from", from, "to", to, "after", q.After)
}

func (f filter) set() bool {
	return f.link(f.path, func(q *worklog.Query) { q.Oldest = false }) != f.path
}

func (f filter) older(next string) string {
	if next == "" {
		return ""
	}
	return f.link(f.path, func(q *worklog.Query) { q.After = next })
}

func (f filter) newer() string {
	if f.q.After == "" {
		return ""
	}
	return f.link(f.path, func(q *worklog.Query) {})
}

// chips switch states and what is unbilled.
func (f filter) chips(ctx context.Context) []page.Chip {
	var out []page.Chip
	for _, s := range worklog.States() {
		on := f.q.State != nil && *f.q.State == s
		out = append(out, page.Chip{Label: stateName(ctx, s), On: on, Href: f.link(f.path, func(q *worklog.Query) {
			if q.State = &s; on {
				q.State = nil
			}
		})})
	}
	return append(out, page.Chip{Label: locale.T(ctx, "Unbilled"), On: f.q.Unbilled, Href: f.link(f.path, func(q *worklog.Query) { q.Unbilled = !q.Unbilled })})
}

// dayColumn sorts by the day.
func (f filter) dayColumn(ctx context.Context) page.Column {
	dir := page.Descending
	if f.q.Oldest {
		dir = page.Ascending
	}
	return page.Column{Label: locale.T(ctx, "Day"), Dir: dir, Sort: f.link(f.path, func(q *worklog.Query) { q.Oldest = !q.Oldest })}
}

func (h *Handlers) entries(w http.ResponseWriter, r *http.Request) error {
	f := filterOf(r, "/time/entries")
	if f.bad != nil {
		return f.bad
	}
	found, err := h.Work.List(r.Context(), scope(r), f.q)
	if err != nil {
		return err
	}
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, entriesPage(f, found, l))
}

// exportEntries streams the entries that the filters choose as CSV.
func (h *Handlers) exportEntries(w http.ResponseWriter, r *http.Request) error {
	f := filterOf(r, "/time/entries")
	if f.bad != nil {
		return f.bad
	}
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	f.q.Limit, f.q.After = 1000, ""
	found, err := h.Work.List(r.Context(), scope(r), f.q) // before the head is written: an error can still be said
	if err != nil {
		return err
	}
	out := csv(w, "time-entries.csv")
	if err := out.Write("Id", "Day", "Start", "Person", "Client", "Ticket", "Subject", "Kind of work", "Minutes", "Minutes charged", "Outside working hours", "Coverage", "State", "Price per hour", "Amount", "Currency", "Rate card", "Text for the client", "Internal text", "Invoice", "Line", "Corrects"); err != nil {
		return err
	}
	for {
		for _, e := range found.Rows {
			if err := out.Write(entryRow(r.Context(), e, l)...); err != nil {
				return err
			}
		}
		if f.q.After = found.Next; f.q.After == "" {
			return out.Flush()
		}
		if found, err = h.Work.List(r.Context(), scope(r), f.q); err != nil {
			return err
		}
	}
}

func entryRow(ctx context.Context, e worklog.Entry, l lists) []string {
	start, after, number := "", "no", ""
	if e.Starts != worklog.NoStart {
		start = worklog.Clock(e.Starts)
	}
	if e.After {
		after = "yes"
	}
	if e.Ticket.ID != 0 {
		number = strconv.FormatInt(e.Ticket.Number, 10)
	}
	digits := e.Price.Currency.Digits()
	return []string{
		e.ID.String(), e.Day.String(), start, e.Name, l.name[e.Client], number, e.Ticket.Subject, l.typeName(ctx, e.Type), strconv.Itoa(e.Minutes), strconv.Itoa(e.Price.Billed), after,
		e.Coverage.String(), e.State.String(), money.FormatMinor(e.Price.Rate, digits), money.FormatMinor(e.Price.Minor, digits), string(e.Price.Currency), e.Price.Card, e.Note, e.Internal, e.Invoice, e.Line, idText(e.Corrects),
	}
}

func csv(w http.ResponseWriter, name string) *tabular.CSV {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return tabular.NewCSV(w)
}

// entryForm is an entry as it was typed.
type entryForm struct {
	ID, Version                                string
	Person, Client, Ticket, Type, Day          string
	Start, End, Time, Note, Internal, Coverage string
	After                                      bool
}

func formOf(e worklog.Entry) entryForm {
	f := entryForm{
		ID: e.ID.String(), Version: strconv.FormatInt(e.Version, 10), Person: e.Person.String(), Client: e.Client.String(), Type: e.Type.String(), Day: e.Day.String(), Time: worklog.Clock(e.Minutes),
		Note: e.Note, Internal: e.Internal, After: e.After,
	}
	if e.Ticket.ID != 0 {
		f.Ticket = strconv.FormatInt(e.Ticket.Number, 10)
	}
	if e.Starts != worklog.NoStart {
		f.Start, f.End = clockText(e.Starts), clockText(e.Starts+e.Minutes)
	}
	if e.Chosen {
		f.Coverage = e.Coverage.String()
	}
	return f
}

// clockText is a time of day as an input of type time wants it; the end of a day has none.
func clockText(minute int) string {
	if minute >= 24*60 {
		return ""
	}
	if s := worklog.Clock(minute); len(s) == 5 {
		return s
	}
	return "0" + worklog.Clock(minute)
}

func typed(get func(string) string) entryForm {
	return entryForm{
		ID: get("id"), Version: get("version"), Person: get("person"), Client: get("client"), Ticket: get("ticket"), Type: get("type"), Day: get("day"), Start: get("start"), End: get("end"),
		Time: get("time"), Note: get("note"), Internal: get("internal"), Coverage: get("coverage"), After: get("after") != "",
	}
}

// draft reads what was typed. The time is said as a length, as start and end, or as both where they agree.
func (f entryForm) draft() (d worklog.Draft, err error) {
	d = worklog.Draft{Person: idOf(f.Person), Client: idOf(f.Client), Type: idOf(f.Type), After: f.After, Note: f.Note, Internal: f.Internal, Starts: worklog.NoStart}
	if d.Number, err = ticketOf(f.Ticket); err != nil {
		return d, err
	}
	if d.Day, err = dayOf(f.Day, "day"); err != nil {
		return d, err
	}
	if f.Coverage != "" {
		var ok bool
		if d.Coverage, ok = worklog.ParseCoverage(f.Coverage); !ok {
			return d, fault.NewInvalid("By hand work is billable or free.").On("coverage")
		}
		d.Chosen = true
	}
	return d, f.length(&d)
}

func (f entryForm) length(d *worklog.Draft) (err error) {
	if d.Starts, err = worklog.ParseClock(f.Start); err != nil {
		return err
	}
	end, err := worklog.ParseClock(f.End)
	if err != nil {
		return fault.NewInvalid("Enter the time of day as 14:30.").On("end")
	}
	if f.Time != "" {
		if d.Minutes, err = worklog.ParseMinutes(f.Time); err != nil {
			return err
		}
	}
	if end == worklog.NoStart || d.Starts == worklog.NoStart && f.Time != "" {
		return nil
	}
	if d.Starts == worklog.NoStart {
		return fault.NewInvalid("Enter when you began.").On("start")
	}
	between := end - d.Starts
	if end == 0 {
		between = 24*60 - d.Starts
	}
	switch {
	case between <= 0:
		return fault.NewInvalid("The end lies before the start. Work past midnight needs an entry for each day.").On("end")
	case f.Time == "":
		d.Minutes = between
	case d.Minutes > between:
		return fault.NewInvalid("From %s to %s are %s h, not %s h.", f.Start, f.End, worklog.Clock(between), worklog.Clock(d.Minutes)).On("time")
	}
	return nil
}

func (h *Handlers) newEntry(w http.ResponseWriter, r *http.Request) error {
	f := typed(r.URL.Query().Get)
	if f.Day == "" {
		f.Day = h.Work.Today().String()
	}
	if f.Person == "" {
		f.Person = access.From(r.Context()).User.String()
	}
	return h.entryForm(w, r, nil, f, nil)
}

func (h *Handlers) createEntry(w http.ResponseWriter, r *http.Request) error {
	f := typed(r.PostFormValue)
	d, err := f.draft()
	var id ids.ID
	if err == nil {
		id, err = h.Work.Create(r.Context(), actor(r.Context()), d)
	}
	if mendable(err) {
		return h.entryForm(w, r, nil, f, err)
	}
	if err != nil {
		return err
	}
	e, err := h.Work.Get(r.Context(), scope(r), id)
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Entered: %s.", worklog.Explain(locale.From(r.Context()), e)), page.Local(orElse(r.PostFormValue("back"), weekURL(e.Person, worklog.Monday(e.Day)))))
}

// entryForm shows the form of an entry with what was typed and what is wrong with it; e is nil for a new one.
func (h *Handlers) entryForm(w http.ResponseWriter, r *http.Request, e *worklog.Entry, f entryForm, failed error) error {
	l, err := h.lists(r.Context())
	if err != nil {
		return err
	}
	status, quote := http.StatusOK, ""
	if failed != nil {
		status = page.StatusOf(failed)
	}
	if e != nil {
		quote = worklog.Explain(locale.From(r.Context()), *e)
	} else if f.Time != "" {
		quote = h.quoted(r, f)
	}
	return page.Render(w, r, status, entryPage(e, f, l, quote, h.Work.HasTickets(), failed))
}

func (h *Handlers) entry(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "entry")
	if err != nil {
		return err
	}
	e, err := h.Work.Get(r.Context(), scope(r), id)
	if err != nil {
		return err
	}
	return h.entryForm(w, r, &e, formOf(e), nil)
}

func (h *Handlers) saveEntry(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "entry")
	if err != nil {
		return err
	}
	f := typed(r.PostFormValue)
	version, _ := strconv.ParseInt(f.Version, 10, 64)
	d, err := f.draft()
	if err == nil {
		err = h.Work.Update(r.Context(), actor(r.Context()), id, version, d)
	}
	if mendable(err) {
		e, readErr := h.Work.Get(r.Context(), scope(r), id)
		if readErr != nil {
			return readErr
		}
		return h.entryForm(w, r, &e, f, err)
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "Saved."), entryURL(id))
}

func (h *Handlers) deleteEntry(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "entry")
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err := h.Work.Delete(r.Context(), actor(r.Context()), id, version); err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The entry is deleted."), "/time")
}

func (h *Handlers) correct(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "entry")
	if err != nil {
		return err
	}
	minutes, err := worklog.ParseMinutes(r.PostFormValue("time"))
	var made ids.ID
	if err == nil {
		made, err = h.Work.Correct(r.Context(), actor(r.Context()), id, minutes, r.PostFormValue("note"))
	}
	if err != nil {
		return err
	}
	return good(w, r, locale.T(r.Context(), "The correction is entered and waits to be billed."), entryURL(made))
}

// quote answers what a form comes to so far, in one sentence or nothing.
func (h *Handlers) quote(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(h.quoted(r, typed(r.URL.Query().Get)))) //nolint:gosec // plain text, which no browser takes for a page (nosniff)
	return nil
}

func (h *Handlers) quoted(r *http.Request, f entryForm) string {
	d, err := f.draft()
	if d.Person == 0 {
		d.Person = access.From(r.Context()).User
	}
	var e worklog.Entry
	if err == nil {
		e, err = h.Work.Quote(r.Context(), d, idOf(f.ID))
	}
	switch {
	case worklog.NotYet(err):
		return ""
	case err != nil:
		return locale.From(r.Context()).Fault(err)
	}
	text := worklog.Explain(locale.From(r.Context()), e)
	if e.Coverage == worklog.Prepaid && h.Left != nil {
		if left, err := h.Left(r.Context(), e); err == nil && left != "" {
			text += ". " + left
		}
	}
	return text
}

func entryURL(id ids.ID) string { return "/time/entries/" + id.String() }

// changeable reports whether the reader may change the entry.
func changeable(ctx context.Context, person ids.ID, s worklog.State) bool {
	if !may(ctx, access.WorklogWrite) || s >= worklog.Approved {
		return false
	}
	a := actor(ctx)
	return a.Others || a.ID == person && s == worklog.Open
}

func coverages(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: "", Label: locale.T(ctx, "As the kind of work says")},
		{Value: "billable", Label: locale.T(ctx, "Billable")},
		{Value: "free", Label: locale.T(ctx, "Free")},
	}
}
