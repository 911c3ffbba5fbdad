// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"io"
	"net/http"
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
)

func (h *Handlers) mountDispatch(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /dispatch", access.TicketsRead, h.dispatch)
	on("GET /dispatch/new", access.TicketsWrite, h.appointmentForm)
	on("GET /dispatch/feed", access.TicketsRead, h.feedPage)
	on("POST /dispatch/feed", access.TicketsRead, h.newFeed)
	on("POST /dispatch/feed/delete", access.TicketsRead, h.dropFeed)
	on("POST /dispatch", access.TicketsWrite, h.saveAppointment)
	on("POST /dispatch/plan", access.TicketsWrite, h.planTicket)
	on("GET /dispatch/{appointment}", access.TicketsRead, h.appointmentForm)
	on("POST /dispatch/{appointment}/move", access.TicketsWrite, h.moveAppointment)
	on("POST /dispatch/{appointment}/delete", access.TicketsWrite, h.dropAppointment)
	on("GET /calendar/{file}", access.Public, h.feed)
}

// dispatchView is who does what when: a week of everybody, or a day by the quarter of an hour.
type dispatchView struct {
	*known
	day       civil.Date // that is shown, or lies in the week that is
	daily     bool
	todo      string // whose tickets wait to be planned: "" everybody's, none, me
	days      []civil.Date
	today     civil.Date
	zone      *time.Location
	now       time.Time
	list      []helpdesk.Appointment
	tickets   map[ids.ID]helpdesk.Ticket
	clash     map[ids.ID]bool
	unplanned []helpdesk.Ticket
	closed    map[civil.Date]string // days on which the firm does not work, with the name of a holiday
	from, to  int                   // hours of the day view
}

const unplannedRows = 30

func (h *Handlers) dispatch(w http.ResponseWriter, r *http.Request) error {
	ctx, p, form := r.Context(), locale.From(r.Context()), r.URL.Query()
	v := &dispatchView{zone: p.Zone(), now: h.Clock.Now(), daily: form.Get("span") == "day", todo: form.Get("todo"), tickets: map[ids.ID]helpdesk.Ticket{}}
	v.today = civil.DateOf(v.now.In(v.zone))
	v.day = v.today
	if s := form.Get("day"); s != "" {
		d, err := civil.Parse(s)
		if err != nil {
			return fault.NewInvalid("%q is not a day.", s).On("day")
		}
		v.day = d
	}
	v.days = []civil.Date{v.day}
	if !v.daily {
		monday := v.day.AddDays(-(int(v.day.Weekday()) + 6) % 7)
		v.days = v.days[:0]
		for i := range 7 {
			v.days = append(v.days, monday.AddDays(i))
		}
	}
	var err error
	if v.list, err = h.Desk.Appointments(ctx, 0, v.days[0].Time(v.zone), v.days[len(v.days)-1].AddDays(1).Time(v.zone)); err != nil {
		return err
	}
	q := helpdesk.Query{}
	switch v.todo {
	case "me":
		q.Assignee = me(r)
	case "none":
		q.Assignee = helpdesk.Nobody
	}
	if v.unplanned, err = h.Desk.Unplanned(ctx, scope(r), q, unplannedRows); err != nil {
		return err
	}
	if err := h.fillDispatch(ctx, v); err != nil {
		return err
	}
	if page.Fragment(r) {
		return page.Render(w, r, http.StatusOK, dispatchPart(v))
	}
	return page.Render(w, r, http.StatusOK, dispatchPage(v))
}

// fillDispatch looks up what the appointments are about, and which of them get in each other's way.
func (h *Handlers) fillDispatch(ctx context.Context, v *dispatchView) error {
	var owners []ids.ID
	for _, a := range v.list {
		if _, ok := v.tickets[a.Ticket]; a.Ticket == 0 || ok {
			continue
		}
		t, err := h.Desk.Get(ctx, access.From(ctx).Scope(), a.Ticket)
		if err != nil {
			return err
		}
		v.tickets[t.ID] = t
		owners = append(owners, t.Client)
	}
	for _, t := range v.unplanned {
		owners = append(owners, t.Client)
	}
	v.clash = clashes(v.list)
	var err error
	if v.known, err = h.know(ctx, owners...); err != nil {
		return err
	}
	v.closed = closedDays(v.set, v.days)
	v.from, v.to = v.hours()
	return nil
}

func clashes(list []helpdesk.Appointment) map[ids.ID]bool {
	out := map[ids.ID]bool{}
	for i, a := range list {
		for _, b := range list[i+1:] {
			if a.Overlaps(b) {
				out[a.ID], out[b.ID] = true, true
			}
		}
	}
	return out
}

// closedDays are those on which the calendar of the firm's own service level has no working hours.
func closedDays(set helpdesk.Setup, days []civil.Date) map[civil.Date]string {
	out := map[civil.Date]string{}
	for _, p := range set.Policies {
		for _, c := range set.Calendars {
			if !p.Fallback || c.ID != p.Calendar {
				continue
			}
			for _, d := range days {
				if len(c.Week[d.Weekday()]) == 0 {
					out[d] = ""
				}
				for _, x := range c.Holidays {
					if x.Day == d {
						out[d] = x.Name
					}
				}
			}
		}
	}
	return out
}

// hours are those that a day view shows: seven to seven, and what lies outside.
func (v *dispatchView) hours() (from, to int) {
	from, to = 7, 19
	begin, end := v.day.Time(v.zone), v.day.AddDays(1).Time(v.zone)
	for _, a := range v.list {
		if a.Kind == helpdesk.Away {
			continue
		}
		if a.Start.After(begin) {
			from = min(from, a.Start.In(v.zone).Hour())
		}
		if a.End.Before(end) {
			last := a.End.In(v.zone)
			to = max(to, last.Hour()+min(1, last.Minute()))
		}
	}
	return from, to
}

// of are the appointments of somebody that touch a day.
func (v *dispatchView) of(user ids.ID, day civil.Date) (out []helpdesk.Appointment) {
	from, to := day.Time(v.zone), day.AddDays(1).Time(v.zone)
	for _, a := range v.list {
		if a.User == user && a.Start.Before(to) && a.End.After(from) {
			out = append(out, a)
		}
	}
	return out
}

// cell is a part of a row of the day view: an appointment that takes some quarters of an hour, or an empty quarter.
type cell struct {
	span int
	a    *helpdesk.Appointment
	at   time.Time // of an empty one
}

// lanes lays somebody's day out in rows in which nothing overlaps; an empty day is one empty row.
func (v *dispatchView) lanes(user ids.ID) [][]cell {
	list := v.of(user, v.day)
	quarters := (v.to - v.from) * 4
	begin := v.moment(v.from)
	at := func(t time.Time) int {
		return min(quarters, max(0, int(t.Sub(begin)/(15*time.Minute))))
	}
	var rows [][]cell
	var ends []int
	for i := range list {
		a := &list[i]
		from, to := at(a.Start), at(a.End.Add(15*time.Minute-1))
		from = min(from, quarters-1)
		to = max(to, from+1)
		lane := 0
		for lane < len(ends) && ends[lane] > from {
			lane++
		}
		if lane == len(ends) {
			rows, ends = append(rows, nil), append(ends, 0)
		}
		for q := ends[lane]; q < from; q++ {
			rows[lane] = append(rows[lane], cell{1, nil, begin.Add(time.Duration(q) * 15 * time.Minute)})
		}
		rows[lane] = append(rows[lane], cell{to - from, a, time.Time{}})
		ends[lane] = to
	}
	if len(rows) == 0 {
		rows, ends = [][]cell{nil}, []int{0}
	}
	for lane := range rows {
		for q := ends[lane]; q < quarters; q++ {
			rows[lane] = append(rows[lane], cell{1, nil, begin.Add(time.Duration(q) * 15 * time.Minute)})
		}
	}
	return rows
}

// moment is an hour of the day that is shown.
func (v *dispatchView) moment(hour int) time.Time {
	y, m, d := v.day.Civil()
	return time.Date(y, time.Month(m), d, hour, 0, 0, 0, v.zone)
}

// address is the page's own, for another day, span or list of tickets.
func (v *dispatchView) address(day civil.Date, daily bool, todo string) string {
	s := "/dispatch?day=" + day.String()
	if daily {
		s += "&span=day"
	}
	if todo != "" {
		s += "&todo=" + todo
	}
	return s
}

func (v *dispatchView) step(n int) string {
	if v.daily {
		return v.address(v.day.AddDays(n), true, v.todo)
	}
	return v.address(v.day.AddDays(7*n), false, v.todo)
}

func (v *dispatchView) title(p locale.Printer) string {
	if v.daily {
		return weekday(p, v.day) + ", " + p.DateLong(v.day)
	}
	return p.DayMonth(v.days[0]) + " – " + p.Date(v.days[6])
}

// times are the hours of an appointment on a day; where it goes on before or after it, an arrow.
func (v *dispatchView) times(p locale.Printer, a helpdesk.Appointment, day civil.Date) string {
	from, to := day.Time(v.zone), day.AddDays(1).Time(v.zone)
	switch begins, ends := !a.Start.Before(from), !a.End.After(to); {
	case begins && ends:
		return p.Time(a.Start) + "–" + p.Time(a.End)
	case begins:
		return p.Time(a.Start) + " →"
	case ends:
		return "→ " + p.Time(a.End)
	}
	return "→"
}

func (v *dispatchView) what(a helpdesk.Appointment) string {
	if t, ok := v.tickets[a.Ticket]; ok {
		return t.Subject
	}
	return a.Title
}

// slotOf is where something is dropped: a person and a day, with the time of the day in the day view.
func slotOf(user ids.ID, day civil.Date) string { return user.String() + " " + day.String() }

func slotAt(user ids.ID, at time.Time) string {
	return user.String() + " " + at.Format("2006-01-02 15:04")
}

// readSlot is the inverse; hasTime says whether it names a time of the day.
func readSlot(s string, zone *time.Location) (user ids.ID, day civil.Date, at time.Time, hasTime bool, err error) {
	bad := fault.NewInvalid("This is no place in the calendar.")
	parts := strings.Fields(s)
	if len(parts) < 2 || len(parts) > 3 {
		return 0, 0, at, false, bad
	}
	if user, err = ids.Parse(parts[0]); err != nil {
		return 0, 0, at, false, bad.Because(err)
	}
	if day, err = civil.Parse(parts[1]); err != nil {
		return 0, 0, at, false, bad.Because(err)
	}
	if len(parts) == 2 {
		return user, day, at, false, nil
	}
	at, err = time.ParseInLocation("2006-01-02 15:04", parts[1]+" "+parts[2], zone)
	return user, day, at, true, err
}

// planTicket makes an appointment of an hour for a ticket that was dropped somewhere: at that time or in the first gap.
func (h *Handlers) planTicket(w http.ResponseWriter, r *http.Request) error {
	ctx, zone := r.Context(), locale.From(r.Context()).Zone()
	id, err := idOf(r.PostFormValue("ticket"))
	if err != nil {
		return err
	}
	user, day, at, hasTime, err := readSlot(r.PostFormValue("slot"), zone)
	if err != nil {
		return h.said(w, r, err)
	}
	if !hasTime {
		if at, err = h.Desk.FreeSlot(ctx, user, day, time.Hour, zone); err != nil {
			return err
		}
	}
	_, err = h.Desk.SaveAppointment(ctx, scope(r), helpdesk.Appointment{User: user, Kind: helpdesk.Work, Ticket: id, Start: at, End: at.Add(time.Hour)})
	return h.said(w, r, err)
}

// moveAppointment gives an appointment to another person, day or time. It lasts as long as before.
func (h *Handlers) moveAppointment(w http.ResponseWriter, r *http.Request) error {
	zone := locale.From(r.Context()).Zone()
	a, err := h.appointment(r)
	if err != nil {
		return err
	}
	user, day, at, hasTime, err := readSlot(r.PostFormValue("slot"), zone)
	if err != nil {
		return h.said(w, r, err)
	}
	if !hasTime {
		y, m, d := day.Civil()
		old := a.Start.In(zone)
		at = time.Date(y, time.Month(m), d, old.Hour(), old.Minute(), 0, 0, zone)
	}
	a.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	a.User, a.Start, a.End = user, at, at.Add(a.End.Sub(a.Start))
	_, err = h.Desk.SaveAppointment(r.Context(), scope(r), a)
	return h.said(w, r, err)
}

// said answers a script. What went wrong is told by the page that it loads anew.
func (h *Handlers) said(w http.ResponseWriter, r *http.Request, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Bad, Text: locale.From(r.Context()).Fault(err)})
	w.WriteHeader(page.StatusOf(err))
	return nil
}

func (h *Handlers) appointment(r *http.Request) (helpdesk.Appointment, error) {
	id, err := idOf(r.PathValue("appointment"))
	if err != nil || id == 0 {
		return helpdesk.Appointment{}, fault.NewNotFound("There is no such appointment.")
	}
	return h.Desk.Appointment(r.Context(), id)
}

// appointmentView is the form of one appointment.
type appointmentView struct {
	*known
	a      helpdesk.Appointment
	ticket helpdesk.Ticket
	form   map[string]string
	err    error
}

func (v *appointmentView) value(key string) string { return v.form[key] }

func (h *Handlers) appointmentForm(w http.ResponseWriter, r *http.Request) error {
	if r.PathValue("appointment") != "" {
		a, err := h.appointment(r)
		if err != nil {
			return err
		}
		return h.showAppointment(w, r, a, nil)
	}
	ctx, p, q := r.Context(), locale.From(r.Context()), r.URL.Query()
	a := helpdesk.Appointment{Kind: helpdesk.Work, User: me(r)}
	if user, err := idOf(q.Get("user")); err == nil && user != 0 {
		a.User = user
	}
	if n, err := strconv.ParseInt(q.Get("ticket"), 10, 64); err == nil {
		t, err := h.Desk.ByNumber(ctx, scope(r), n)
		if err != nil {
			return err
		}
		a.Ticket = t.ID
		if t.Assignee != 0 && q.Get("user") == "" {
			a.User = t.Assignee
		}
	}
	day, err := civil.Parse(q.Get("day"))
	if err != nil {
		day = civil.DateOf(h.Clock.Now().In(p.Zone()))
	}
	if a.Start, err = h.Desk.FreeSlot(ctx, a.User, day, time.Hour, p.Zone()); err != nil {
		return err
	}
	a.End = a.Start.Add(time.Hour)
	return h.showAppointment(w, r, a, nil)
}

func (h *Handlers) showAppointment(w http.ResponseWriter, r *http.Request, a helpdesk.Appointment, failed error) error {
	if failed != nil && fault.KindOf(failed) == fault.Internal {
		return failed
	}
	ctx, zone := r.Context(), locale.From(r.Context()).Zone()
	v := &appointmentView{a: a, err: failed}
	if a.Ticket != 0 {
		t, err := h.Desk.Get(ctx, scope(r), a.Ticket)
		if err != nil {
			return err
		}
		v.ticket = t
	}
	var err error
	if v.known, err = h.know(ctx, v.ticket.Client); err != nil {
		return err
	}
	from, to := a.Start.In(zone), a.End.In(zone)
	v.form = map[string]string{
		"kind": string(a.Kind), "user": text(a.User), "title": a.Title, "day": civil.DateOf(from).String(), "from": from.Format("15:04"), "to": to.Format("15:04"), "until": "",
	}
	if civil.DateOf(to) != civil.DateOf(from) {
		v.form["until"] = civil.DateOf(to).String()
	}
	if v.ticket.Number != 0 {
		v.form["ticket"] = strconv.FormatInt(v.ticket.Number, 10)
	}
	if a.Onsite {
		v.form["onsite"] = "yes"
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
		v.form["onsite"] = ""
		for key := range r.PostForm {
			v.form[key] = r.PostFormValue(key)
		}
	}
	return page.Render(w, r, status, appointmentPage(v))
}

func (h *Handlers) saveAppointment(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	a, err := h.appointmentOf(r)
	if err == nil {
		a, err = h.Desk.SaveAppointment(r.Context(), scope(r), a)
	}
	if err != nil {
		return h.showAppointment(w, r, a, err)
	}
	p := locale.From(r.Context())
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: p.T("Planned for %s.", p.DateTime(a.Start))})
	return page.Redirect(w, r, "/dispatch?day="+civil.DateOf(a.Start.In(p.Zone())).String())
}

// appointmentOf reads the form.
func (h *Handlers) appointmentOf(r *http.Request) (a helpdesk.Appointment, err error) {
	f, zone := r.PostForm, locale.From(r.Context()).Zone()
	if a.ID, err = idOf(f.Get("id")); err != nil {
		return a, err
	}
	if a.ID != 0 { // what an error page shows besides the form
		if a, err = h.Desk.Appointment(r.Context(), a.ID); err != nil {
			return a, err
		}
	}
	a.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64)
	a.Kind, a.Title, a.Onsite, a.Ticket = helpdesk.AppointmentKind(f.Get("kind")), f.Get("title"), f.Get("onsite") != "", 0
	if a.User, err = idOf(f.Get("user")); err != nil {
		return a, err
	}
	if s := strings.TrimPrefix(strings.TrimSpace(f.Get("ticket")), "#"); s != "" && a.Kind == helpdesk.Work {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return a, fault.NewInvalid("%q is not the number of a ticket.", s).On("ticket")
		}
		t, err := h.Desk.ByNumber(r.Context(), scope(r), n)
		if fault.Is(err, fault.NotFound) {
			return a, fault.NewInvalid("There is no ticket %s.", s).On("ticket")
		}
		if err != nil {
			return a, err
		}
		a.Ticket = t.ID
	}
	if a.Start, err = clockOn(f.Get("day"), f.Get("from"), "day", "from", zone); err != nil {
		return a, err
	}
	until := f.Get("until")
	if until == "" {
		until = f.Get("day")
	}
	a.End, err = clockOn(until, f.Get("to"), "until", "to", zone)
	if err == nil && !a.End.After(a.Start) {
		err = fault.NewInvalid("The end must lie after the beginning.").On("to")
	}
	return a, err
}

// clockOn is a time of a day; the names are the fields that a mistake is told of.
func clockOn(day, at, dayField, atField string, zone *time.Location) (time.Time, error) {
	if _, err := civil.Parse(day); err != nil {
		return time.Time{}, fault.NewInvalid("%q is not a day.", day).On(dayField)
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" "+at, zone)
	if err != nil {
		return t, fault.NewInvalid("%q is no time of day; it looks like 07:30.", at).On(atField)
	}
	return t, nil
}

func (h *Handlers) dropAppointment(w http.ResponseWriter, r *http.Request) error {
	a, err := h.appointment(r)
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err := h.Desk.DropAppointment(r.Context(), scope(r), a.ID, version); err != nil {
		return err
	}
	p := locale.From(r.Context())
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: p.T("The appointment is called off.")})
	return page.Redirect(w, r, "/dispatch?day="+civil.DateOf(a.Start.In(p.Zone())).String())
}

// appointmentsPanel is what is planned on a ticket.
func (h *Handlers) appointmentsPanel(ctx context.Context, v *ticketView) (templ.Component, error) {
	list, err := h.Desk.AppointmentsOf(ctx, access.From(ctx).Scope(), v.t.ID)
	if err != nil || len(list) == 0 && (!v.t.State.Unfinished() || v.t.MergedInto != 0) {
		return nil, err
	}
	return appointmentsCard(v, list), nil
}

// feedPage says how a calendar program reads one's appointments.
func (h *Handlers) feedPage(w http.ResponseWriter, r *http.Request) error {
	return h.showFeed(w, r, "")
}

func (h *Handlers) showFeed(w http.ResponseWriter, r *http.Request, secret string) error {
	since, err := h.Desk.FeedSince(r.Context())
	if err != nil {
		return err
	}
	address := ""
	if secret != "" {
		address = h.URL + "/calendar/" + secret + ".ics"
		w.Header().Set("Cache-Control", "no-store")
	}
	return page.Render(w, r, http.StatusOK, feedPage(since, address))
}

func (h *Handlers) newFeed(w http.ResponseWriter, r *http.Request) error {
	secret, err := h.Desk.NewFeed(r.Context())
	if err != nil {
		return err
	}
	return h.showFeed(w, r, secret)
}

func (h *Handlers) dropFeed(w http.ResponseWriter, r *http.Request) error {
	if err := h.Desk.DropFeed(r.Context()); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The address does not work any more.")})
	return page.Redirect(w, r, "/dispatch/feed")
}

// feed serves a calendar to whoever knows its address.
func (h *Handlers) feed(w http.ResponseWriter, r *http.Request) error {
	secret, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok {
		return fault.NewNotFound("There is no such calendar.")
	}
	text, err := h.Desk.Feed(r.Context(), secret, h.URL)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, err = io.WriteString(w, text) //nolint:gosec // a calendar, told as one, without a word of the request
	return err
}

func weekday(p locale.Printer, d civil.Date) string {
	names := [7]string{p.T("Sunday"), p.T("Monday"), p.T("Tuesday"), p.T("Wednesday"), p.T("Thursday"), p.T("Friday"), p.T("Saturday")}
	return names[d.Weekday()]
}

func kindOfTime(ctx context.Context, k helpdesk.AppointmentKind) string {
	switch k {
	case helpdesk.Work:
		return locale.T(ctx, "Work on a ticket")
	case helpdesk.Busy:
		return locale.T(ctx, "Something else")
	}
	return locale.T(ctx, "Away")
}
