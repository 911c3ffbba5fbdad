// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// newView is the form of a new ticket. It comes in two steps without JavaScript too: the client, then the rest.
type newView struct {
	*known
	client  clients.Full // ID 0 = not chosen yet
	find    string
	found   []clients.Client
	form    map[string]string
	err     error
	similar []helpdesk.Ticket

	templates []helpdesk.Template
	devices   []helpdesk.Device
	panels    []templ.Component // of other areas
}

func (v *newView) value(key, otherwise string) string {
	if s, ok := v.form[key]; ok {
		return s
	}
	return otherwise
}

func (h *Handlers) newForm(w http.ResponseWriter, r *http.Request) error {
	v, err := h.newView(r, r.URL.Query().Get("client"), r.URL.Query().Get("find"))
	if err != nil {
		return err
	}
	if err := h.addPanels(r.Context(), v); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, newPage(v))
}

// addPanels asks the other areas what they show beside the form.
func (h *Handlers) addPanels(ctx context.Context, v *newView) error {
	if v.client.ID == 0 {
		return nil
	}
	for _, p := range h.NewPanels {
		c, err := p(ctx, v.client.ID, v.form["subject"]+"\n"+v.form["body"])
		if err != nil {
			return err
		}
		if c != nil {
			v.panels = append(v.panels, c)
		}
	}
	return nil
}

func (h *Handlers) newView(r *http.Request, client, find string) (*newView, error) {
	ctx := r.Context()
	k, err := h.know(ctx)
	if err != nil {
		return nil, err
	}
	v := &newView{known: k, find: find, form: map[string]string{}}
	id, err := idOf(client)
	if err != nil {
		return nil, err
	}
	if id != 0 {
		if v.client, err = h.Clients.Get(ctx, scope(r), id); err != nil {
			return nil, err
		}
		p, err := h.Desk.List(ctx, scope(r), helpdesk.Query{Client: id, States: []helpdesk.State{helpdesk.StateNew, helpdesk.StateOpen, helpdesk.StateWaiting}, Limit: 5})
		if err != nil {
			return nil, err
		}
		v.similar = p.Rows
		if v.devices, err = h.Desk.FindDevices(ctx, scope(r), id, "", 200); err != nil {
			return nil, err
		}
		if v.templates, err = h.Desk.Templates(ctx); err == nil {
			v.begin(r.URL.Query().Get("template"))
		}
		return v, err
	}
	found, err := h.Clients.List(ctx, scope(r), clients.Query{Text: find, Limit: 20, Status: clients.Active})
	v.found = found.Rows
	return v, err
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	if err := r.ParseMultipartForm(4 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // the body is bounded above
		return fault.NewInvalid("The files are larger than %d megabytes in all.", maxUpload>>20).Because(err)
	}
	d, err := draftOf(r)
	if err == nil {
		d.Files, err = h.attach(r)
	}
	var t helpdesk.Ticket
	if err == nil {
		t, err = h.Desk.Create(r.Context(), scope(r), d)
	}
	if err == nil {
		return page.Redirect(w, r, address(t))
	}
	if !fault.Is(err, fault.Invalid) {
		return err
	}
	v, e := h.newView(r, r.PostFormValue("client"), "")
	if e != nil {
		return e
	}
	v.err = err
	for key := range r.PostForm {
		v.form[key] = r.PostFormValue(key)
	}
	if err := h.addPanels(r.Context(), v); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusUnprocessableEntity, newPage(v))
}

// ways are how a ticket comes in by hand, and who began it then.
var ways = []struct {
	channel string
	origin  helpdesk.Origin
}{{"phone", helpdesk.FromClient}, {"walk-in", helpdesk.FromClient}, {"mail", helpdesk.FromClient}, {"", helpdesk.FromTechnician}, {"plan", helpdesk.FromPlan}}

func draftOf(r *http.Request) (d helpdesk.Draft, err error) {
	for _, f := range []struct {
		key string
		to  *ids.ID
	}{{"client", &d.Client}, {"site", &d.Site}, {"person", &d.Person}, {"board", &d.Board}, {"assignee", &d.Assignee}} {
		s := r.PostFormValue(f.key)
		if s == "none" {
			s = ""
		}
		if *f.to, err = idOf(s); err != nil {
			return d, err
		}
	}
	level := func(key string) helpdesk.Level {
		n, _ := strconv.Atoi(r.PostFormValue(key))
		return helpdesk.Level(max(0, min(n, 9)))
	}
	d.Impact, d.Urgency = level("impact"), level("urgency")
	d.Kind, _ = helpdesk.ParseKind(r.PostFormValue("kind"))
	d.Subject, d.Body, d.Tags = r.PostFormValue("subject"), r.PostFormValue("body"), fields(r.PostFormValue("tags"))
	d.Steps = strings.Split(r.PostFormValue("steps"), "\n")
	d.Devices = r.PostForm["device"]
	way, _ := strconv.Atoi(r.PostFormValue("way"))
	x := ways[max(0, min(way, len(ways)-1))]
	d.Channel, d.Origin, d.OriginNote = x.channel, x.origin, x.channel
	d.Tell = r.PostFormValue("tell") != ""
	d.Internal = x.origin != helpdesk.FromClient && !d.Tell
	return d, nil
}

func wayChoices(ctx context.Context) []page.Option {
	return []page.Option{
		{Value: "0", Label: locale.T(ctx, "The client phoned")},
		{Value: "1", Label: locale.T(ctx, "The client came by")},
		{Value: "2", Label: locale.T(ctx, "The client wrote")},
		{Value: "3", Label: locale.T(ctx, "We noticed it ourselves")},
		{Value: "4", Label: locale.T(ctx, "It is planned work")},
	}
}

// todayView is a technician's day.
type todayView struct {
	*known
	now    time.Time
	groups []todayGroup

	list    []helpdesk.Appointment // the reader's of this day
	tickets map[ids.ID]helpdesk.Ticket
}

type todayGroup struct {
	title, none string
	hot         bool
	rows        []helpdesk.Ticket
	more        int
	href        string
}

// today shows what the reader should look at, in this order: late, due today, the client wrote, the rest of theirs, and
// what nobody has taken.
func (h *Handlers) today(w http.ResponseWriter, r *http.Request) error {
	ctx, now := r.Context(), h.Clock.Now()
	me := access.From(ctx).User
	open := []helpdesk.State{helpdesk.StateNew, helpdesk.StateOpen, helpdesk.StateWaiting}
	v := &todayView{now: now, tickets: map[ids.ID]helpdesk.Ticket{}}
	p := locale.From(ctx)
	local := now.In(p.Zone())
	midnight := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, p.Zone())
	seen := map[ids.ID]bool{}
	var owners []ids.ID
	add := func(title, none, href string, hot bool, q helpdesk.Query) error {
		q.Limit = 50
		found, err := h.Desk.List(ctx, scope(r), q)
		if err != nil {
			return err
		}
		g := todayGroup{title: title, none: none, href: href, hot: hot}
		for _, t := range found.Rows {
			if !seen[t.ID] {
				seen[t.ID] = true
				g.rows = append(g.rows, t)
				owners = append(owners, t.Client)
			}
		}
		g.more = max(0, len(g.rows)-10)
		g.rows = g.rows[:min(10, len(g.rows))]
		v.groups = append(v.groups, g)
		return nil
	}
	for _, g := range []struct {
		title, none, href string
		hot               bool
		q                 helpdesk.Query
	}{
		{p.T("Late"), "", "/tickets?due=0&assignee=me&sort=due&state=" + unfinished, true, helpdesk.Query{Assignee: me, States: open, DueBefore: now, Order: helpdesk.ByDue}},
		{p.T("Due today"), "", "/tickets?due=24&assignee=me&sort=due&state=" + unfinished, false, helpdesk.Query{Assignee: me, States: open, DueBefore: midnight, Order: helpdesk.ByDue}},
		{p.T("The client wrote last"), "", "/tickets?answer=yes&assignee=me&state=" + unfinished, false, helpdesk.Query{Assignee: me, States: open, Answer: true}},
		{p.T("My other tickets"), p.T("You have no tickets. Take one from below."), "/tickets?assignee=me&state=" + unfinished, false, helpdesk.Query{Assignee: me, States: open, Order: helpdesk.ByPriority}},
		{p.T("Nobody has taken"), p.T("Everything has somebody who looks after it."), "/tickets?assignee=none&state=" + unfinished, false, helpdesk.Query{Assignee: helpdesk.Nobody, States: open, Order: helpdesk.ByPriority}},
	} {
		if err := add(g.title, g.none, g.href, g.hot, g.q); err != nil {
			return err
		}
	}
	if len(v.groups[0].rows)+len(v.groups[1].rows)+len(v.groups[2].rows) > 0 {
		v.groups[3].none = ""
	}
	v.groups = slices.DeleteFunc(v.groups, func(g todayGroup) bool { return len(g.rows) == 0 && g.none == "" })
	day := civil.DateOf(local)
	var err error
	if v.list, err = h.Desk.Appointments(ctx, me, day.Time(p.Zone()), midnight); err != nil {
		return err
	}
	for _, a := range v.list {
		if a.Ticket == 0 {
			continue
		}
		t, err := h.Desk.Get(ctx, scope(r), a.Ticket)
		if err != nil {
			return err
		}
		v.tickets[t.ID] = t
		owners = append(owners, t.Client)
	}
	if v.known, err = h.know(ctx, owners...); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, todayPage(v))
}
