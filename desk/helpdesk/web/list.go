// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/tabular"
)

const pageSize = 50

// asked is a list as its address says it: the address is the query, so that it can be kept, sent and saved.
type asked struct {
	v url.Values
	q helpdesk.Query
}

// readQuery reads the address of a list. "me" is the reader, "none" nobody.
func readQuery(ctx context.Context, v url.Values, now time.Time) (asked, error) {
	a := asked{v: url.Values{}}
	v = withDevice(v)
	for _, key := range []string{"q", "state", "status", "board", "kind", "origin", "priority", "channel", "client", "person", "assignee", "tag", "device", "due", "late", "answer", "parent", "sort", "desc", "page"} {
		if x := v.Get(key); x != "" {
			a.v.Set(key, x)
		}
	}
	q := &a.q
	q.Text, q.Tag, q.Channel, q.Device = v.Get("q"), v.Get("tag"), v.Get("channel"), v.Get("device")
	q.Late, q.Answer, q.Reverse = v.Get("late") != "", v.Get("answer") != "", v.Get("desc") != ""
	var err error
	read := func(key string, to *ids.ID) {
		if id, e := idOf(v.Get(key)); e != nil {
			err = e
		} else {
			*to = id
		}
	}
	switch v.Get("assignee") {
	case "me":
		q.Assignee = access.From(ctx).User
	case "none":
		q.Assignee = helpdesk.Nobody
	default:
		read("assignee", &q.Assignee)
	}
	read("client", &q.Client)
	read("person", &q.Person)
	read("parent", &q.Parent)
	q.States, err = words(v.Get("state"), helpdesk.ParseState, err)
	q.Kinds, err = words(v.Get("kind"), helpdesk.ParseKind, err)
	q.Origins, err = words(v.Get("origin"), helpdesk.ParseOrigin, err)
	q.Priorities, err = words(v.Get("priority"), helpdesk.ParsePriority, err)
	for _, list := range []struct {
		key string
		to  *[]ids.ID
	}{{"status", &q.Statuses}, {"board", &q.Boards}} {
		for _, x := range fields(v.Get(list.key)) {
			id, e := idOf(x)
			if e != nil {
				err = e
			}
			*list.to = append(*list.to, id)
		}
	}
	if hours := v.Get("due"); hours != "" {
		n, e := strconv.Atoi(hours)
		if e != nil || n < 0 || n > 24*365 {
			err = fault.NewInvalid("%q is not one of the choices.", hours)
		}
		q.DueBefore = now.Add(time.Duration(n) * time.Hour)
	}
	q.Order = helpdesk.Order(v.Get("sort"))
	if q.Order != "" && !slices.Contains(helpdesk.Orders(), q.Order) {
		err = fault.NewInvalid("%q is not one of the choices.", string(q.Order))
	}
	n, _ := strconv.Atoi(v.Get("page"))
	q.Limit, q.Offset = pageSize, pageSize*max(0, min(n, 100_000)-1)
	return a, err
}

// withDevice takes "device:NAME" out of the words that are looked for: a filter of its own.
func withDevice(v url.Values) url.Values {
	if !strings.Contains(v.Get("q"), "device:") {
		return v
	}
	out := url.Values{}
	for k, x := range v {
		out[k] = x
	}
	var words []string
	for _, w := range strings.Fields(v.Get("q")) {
		if name, ok := strings.CutPrefix(w, "device:"); ok && name != "" {
			out.Set("device", name)
		} else {
			words = append(words, w)
		}
	}
	out.Set("q", strings.Join(words, " "))
	return out
}

func words[T any](s string, parse func(string) (T, bool), err error) ([]T, error) {
	var out []T
	for _, x := range fields(s) {
		v, ok := parse(x)
		if !ok {
			return nil, fault.NewInvalid("%q is not one of the choices.", x)
		}
		out = append(out, v)
	}
	return out, err
}

// with is the list's address with one thing changed; a change of what is shown begins at its first page.
func (a asked) with(key, value string) string {
	v := url.Values{}
	for k, x := range a.v {
		v[k] = x
	}
	v.Del("page")
	if value == "" {
		v.Del(key)
	} else {
		v.Set(key, value)
	}
	return listAddress(v)
}

func listAddress(v url.Values) string {
	if len(v) == 0 {
		return "/tickets?state=new,open,waiting,solved,closed"
	}
	return "/tickets?" + v.Encode()
}

// unfinished is the query of most lists.
const unfinished = "new,open,waiting"

// view is a tab of the list.
type view struct {
	ID    ids.ID // 0 = built in
	Name  string
	Query string
	Own   bool
	Hot   bool
	Count int
}

func builtinViews(ctx context.Context) []view {
	return []view{
		{Name: locale.T(ctx, "All open"), Query: "state=" + unfinished},
		{Name: locale.T(ctx, "Mine"), Query: "assignee=me&state=" + unfinished},
		{Name: locale.T(ctx, "Unassigned"), Query: "assignee=none&state=" + unfinished},
		{Name: locale.T(ctx, "Due soon"), Query: "due=1&sort=due&state=" + unfinished, Hot: true},
		{Name: locale.T(ctx, "Client wrote last"), Query: "answer=yes&state=" + unfinished},
		{Name: locale.T(ctx, "Waiting"), Query: "state=waiting"},
		{Name: locale.T(ctx, "Everything"), Query: "state=new,open,waiting,solved,closed"},
	}
}

// listView is what the list page shows.
type listView struct {
	asked
	*known
	page   helpdesk.Page
	views  []view
	at     int // the view that is shown, −1 = none of them
	now    time.Time
	client string // name of the one that the list is narrowed to
	device string // name of the one that the list is narrowed to
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx, now := r.Context(), h.Clock.Now()
	v := r.URL.Query()
	if len(v) == 0 || len(v) == 1 && v.Has("lang") {
		v.Set("state", unfinished)
	}
	a, err := readQuery(ctx, v, now)
	if err != nil {
		return err
	}
	found, err := h.Desk.List(ctx, scope(r), a.q)
	if err != nil {
		return err
	}
	owners := []ids.ID{a.q.Client}
	for _, t := range found.Rows {
		owners = append(owners, t.Client)
	}
	k, err := h.know(ctx, owners...)
	if err != nil {
		return err
	}
	lv := &listView{asked: a, known: k, page: found, now: now, client: k.clients[a.q.Client]}
	if lv.device, err = h.Desk.DeviceName(ctx, a.q.Device); err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, listRows(lv))
	}
	if lv.views, lv.at, err = h.views(r, a, now); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, listPage(lv))
}

// views returns the tabs with how many tickets each has, and which of them is shown.
func (h *Handlers) views(r *http.Request, a asked, now time.Time) ([]view, int, error) {
	ctx := r.Context()
	out := builtinViews(ctx)
	saved, err := h.Desk.Views(ctx, access.From(ctx).User)
	if err != nil {
		return nil, 0, err
	}
	for _, s := range saved {
		out = append(out, view{ID: s.ID, Name: s.Name, Query: s.Query, Own: s.User != 0})
	}
	at := -1
	shown := url.Values{}
	for k, x := range a.v {
		if k != "page" && k != "desc" && k != "sort" {
			shown[k] = x
		}
	}
	queries := make([]helpdesk.Query, len(out))
	for i := range out {
		v, err := url.ParseQuery(out[i].Query)
		if err != nil {
			continue
		}
		b, err := readQuery(ctx, v, now)
		if err != nil {
			queries[i] = helpdesk.Query{Assignee: 1} // a view of something that is gone has nothing
			continue
		}
		queries[i] = b.q
		v.Del("sort")
		v.Del("desc")
		if at < 0 && v.Encode() == shown.Encode() {
			at = i
		}
	}
	counts, err := h.Desk.Count(ctx, scope(r), queries...)
	for i := range counts {
		out[i].Count = counts[i]
	}
	return out, at, err
}

// tabs shows the views.
func (v *listView) tabs(ctx context.Context) page.Tabs {
	p := locale.From(ctx)
	t := page.Tabs{Label: locale.T(ctx, "Views")}
	for i, x := range v.views {
		t.Items = append(t.Items, page.Tab{Label: x.Name, Href: "/tickets?" + x.Query, Count: p.Number(int64(x.Count)), Current: i == v.at, Hot: x.Hot && x.Count > 0})
	}
	return t
}

// chips are the filters in force, and those that are often wanted.
func (v *listView) chips(ctx context.Context) (out []page.Chip) {
	on := func(key, label string, data bool) {
		if v.v.Get(key) != "" {
			out = append(out, page.Chip{Label: label, On: true, Data: data, Href: v.with(key, "")})
		}
	}
	names := func(list []string) string { return strings.Join(list, ", ") }
	var states, kinds, origins, priorities []string
	for _, s := range v.q.States {
		states = append(states, stateName(ctx, s))
	}
	for _, x := range v.q.Kinds {
		kinds = append(kinds, kindName(ctx, x))
	}
	for _, x := range v.q.Origins {
		origins = append(origins, locale.T(ctx, "from: %s", originName(ctx, x)))
	}
	for _, x := range v.q.Priorities {
		priorities = append(priorities, priorityName(ctx, x))
	}
	switch v.v.Get("state") {
	case unfinished:
		on("state", locale.T(ctx, "Not finished"), false)
	case "new,open,waiting,solved,closed":
	default:
		on("state", names(states), false)
	}
	on("client", v.client, true)
	switch v.q.Assignee {
	case helpdesk.Nobody:
		on("assignee", locale.T(ctx, "Unassigned"), false)
	default:
		on("assignee", v.names[v.q.Assignee], true)
	}
	on("priority", names(priorities), false)
	on("kind", names(kinds), false)
	on("origin", names(origins), false)
	on("channel", channelName(ctx, v.q.Channel), false)
	on("tag", v.q.Tag, true)
	on("device", v.device, true)
	on("due", locale.T(ctx, "Due soon"), false)
	on("late", locale.T(ctx, "Promise broken"), false)
	on("answer", locale.T(ctx, "Client wrote last"), false)
	for _, b := range v.q.Boards {
		on("board", boardName(ctx, v.board(b)), true)
	}
	for _, s := range v.q.Statuses {
		on("status", statusName(ctx, v.status(s)), true)
	}
	return out
}

// columns is the head of the table, with the addresses that sort it.
func (v *listView) columns(ctx context.Context) []page.Column {
	sort := func(c page.Column, by helpdesk.Order) page.Column {
		c.Sort = v.with("sort", string(by))
		if v.q.Order == by || v.q.Order == "" && by == helpdesk.ByUpdated {
			c.Dir = page.Descending
			if by != helpdesk.ByUpdated && by != helpdesk.ByOpened {
				c.Dir = page.Ascending
			}
			turned := v.with("sort", string(by))
			if v.q.Reverse {
				u, _ := url.Parse(turned)
				x := u.Query()
				x.Del("desc")
				c.Sort = listAddress(x)
				if c.Dir == page.Ascending {
					c.Dir = page.Descending
				} else {
					c.Dir = page.Ascending
				}
			} else {
				c.Sort = turned + "&desc=yes"
			}
		} else if u, err := url.Parse(c.Sort); err == nil {
			x := u.Query()
			x.Del("desc")
			c.Sort = listAddress(x)
		}
		return c
	}
	return []page.Column{
		{Label: locale.T(ctx, "Choose"), Hidden: true},
		sort(page.Column{Label: locale.T(ctx, "No."), Wide: true}, helpdesk.ByOpened),
		{Label: locale.T(ctx, "Subject")},
		sort(page.Column{Label: locale.T(ctx, "Client"), Wide: true}, helpdesk.ByClient),
		sort(page.Column{Label: locale.T(ctx, "Priority"), Wide: true}, helpdesk.ByPriority),
		sort(page.Column{Label: locale.T(ctx, "Status")}, helpdesk.ByStatus),
		sort(page.Column{Label: locale.T(ctx, "Time left"), Num: true}, helpdesk.ByDue),
		sort(page.Column{Label: locale.T(ctx, "Technician"), Wide: true}, helpdesk.ByAssignee),
		sort(page.Column{Label: locale.T(ctx, "Updated"), Num: true, Wide: true}, helpdesk.ByUpdated),
	}
}

func (v *listView) pager(ctx context.Context) page.Pager {
	p := locale.From(ctx)
	n := v.q.Offset/pageSize + 1
	to := func(n int) string {
		x := url.Values{}
		for k, y := range v.v {
			x[k] = y
		}
		x.Set("page", strconv.Itoa(n))
		return listAddress(x)
	}
	out := page.Pager{}
	if v.page.Total > 0 {
		out.Text = locale.T(ctx, "%s–%s of %s", p.Number(int64(v.q.Offset+1)), p.Number(int64(v.q.Offset+len(v.page.Rows))), p.Number(int64(v.page.Total)))
	}
	if n > 1 {
		out.Newer = to(n - 1)
	}
	if v.q.Offset+len(v.page.Rows) < v.page.Total {
		out.Older = to(n + 1)
	}
	return out
}

// export streams the list as CSV; cells that a spreadsheet would run are neutralised.
func (h *Handlers) export(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a, err := readQuery(ctx, r.URL.Query(), h.Clock.Now())
	if err != nil {
		return err
	}
	k, err := h.know(ctx)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="tickets.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("Number", "Subject", "Client", "Status", "State", "Priority", "Kind", "Origin", "Channel", "Technician", "Opened", "Responded", "Solved", "Closed", "Reopened", "Response late", "Resolution late", "Tags"); err != nil {
		return err
	}
	a.q.Limit, a.q.Offset, a.q.Order = 500, 0, helpdesk.ByOpened
	for {
		p, err := h.Desk.List(ctx, scope(r), a.q)
		if err != nil {
			return err
		}
		owners := make([]ids.ID, len(p.Rows))
		for i, t := range p.Rows {
			owners[i] = t.Client
		}
		names, err := h.Clients.Names(ctx, scope(r), owners...)
		if err != nil {
			return err
		}
		for _, t := range p.Rows {
			if err := out.Write(strconv.FormatInt(t.Number, 10), t.Subject, names[t.Client], statusName(ctx, k.status(t.Status)), t.State.String(), t.Priority.String(), t.Kind.String(), t.Origin.String(),
				t.Channel, k.names[t.Assignee], stamp(t.Opened), stamp(t.Responded), stamp(t.Solved), stamp(t.Closed), strconv.Itoa(t.Reopened), yes(t.Level.ResponseLate), yes(t.Level.ResolveLate), strings.Join(t.Tags, " ")); err != nil {
				return err
			}
		}
		if a.q.Offset += len(p.Rows); len(p.Rows) == 0 || a.q.Offset >= p.Total {
			return out.Flush()
		}
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// bulk changes the chosen tickets, each for itself, and says how many could not be changed.
func (h *Handlers) bulk(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	e, err := editOf(r.PostForm)
	if err != nil {
		return err
	}
	chosen := r.PostForm["ticket"]
	if len(chosen) == 0 || len(chosen) > 500 {
		return fault.NewInvalid("Choose between 1 and 500 tickets.")
	}
	changed, failed := []helpdesk.Ticket(nil), error(nil)
	for _, x := range chosen {
		id, err := idOf(x)
		var t helpdesk.Ticket
		if err == nil {
			t, err = h.Desk.Update(r.Context(), scope(r), id, 0, e)
		}
		if err != nil {
			failed = err
			continue
		}
		changed = append(changed, t)
	}
	p := locale.From(r.Context())
	f := page.Flash{Kind: page.Good, Text: p.N("%d ticket was changed.|%d tickets were changed.", int64(len(changed)))}
	if failed != nil {
		f.Kind, f.Text = page.Bad, f.Text+" "+p.Fault(failed)
	}
	if f.Undo, err = h.undoAddress(r, changed...); err != nil {
		return err
	}
	page.SetFlash(w, r, f)
	return page.Redirect(w, r, backTo(r, "/tickets"))
}

// backTo is where a form says it came from: a page of ours.
func backTo(r *http.Request, otherwise string) string {
	back := r.PostFormValue("back")
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsAny(back, "\\\r\n") {
		return otherwise
	}
	return back
}

func (h *Handlers) saveView(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := url.ParseQuery(r.PostFormValue("query"))
	if err != nil {
		return fault.NewInvalid("This view cannot be read.").Because(err)
	}
	a, err := readQuery(ctx, v, h.Clock.Now())
	if err != nil {
		return err
	}
	a.v.Del("page")
	user := access.From(ctx).User
	if r.PostFormValue("shared") != "" && may(ctx, access.DeskManage) {
		user = 0
	}
	if err := h.Desk.SaveView(ctx, helpdesk.View{User: user, Name: r.PostFormValue("name"), Query: a.v.Encode()}); err != nil {
		return err
	}
	return page.Redirect(w, r, listAddress(a.v))
}

func (h *Handlers) dropView(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PostFormValue("view"))
	if err != nil {
		return fault.NewNotFound("There is no such view.")
	}
	ctx := r.Context()
	if err := h.Desk.DropView(ctx, id, access.From(ctx).User, may(ctx, access.DeskManage)); err != nil {
		return err
	}
	return page.Redirect(w, r, "/tickets")
}

// events tells a list that something changed; the list fetches its rows anew.
func (h *Handlers) events(w http.ResponseWriter, r *http.Request) error {
	notices, stop := h.Bus.Subscribe(helpdesk.Topic)
	defer stop()
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	beat := time.NewTicker(20 * time.Second)
	defer beat.Stop()
	for {
		select {
		case <-r.Context().Done():
			return nil
		case id := <-notices:
			err = s.JSON("changed", id)
		case <-beat.C:
			err = s.Beat()
		}
		if err != nil {
			return nil //nolint:nilerr // the reader has gone
		}
	}
}
