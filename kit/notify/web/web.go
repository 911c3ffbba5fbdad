// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of what people are told: the list behind the bell, and on which ways.
package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify"
	"mainstay/kit/page"
)

// Handlers serve the pages.
type Handlers struct {
	Notify *notify.Service
	Say    func(ctx context.Context, n notify.Notice) notify.Text
	Bus    *bus.Bus
	Topics []string // on which it is told that there may be news
	Clock  clock.Clock
	Mail   func(ctx context.Context) (bool, error) // whether mail can be sent
}

// Mount registers the pages.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, access.SignedIn, page.Handler(f))
	}
	on("GET /notices", h.list)
	on("GET /notices/events", h.events)
	on("POST /notices/read", h.readAll)
	on("GET /notices/{id}", h.open)
	on("POST /notices/{id}/mark", h.mark)
	on("GET "+access.NotificationsPage, h.choices)
	on("POST "+access.NotificationsPage, h.choose)
	h.mountPush(r)
}

func me(ctx context.Context) *access.Identity { return access.From(ctx) }

// Bell is what the shell shows of a person's news.
func (h *Handlers) Bell(ctx context.Context, user ids.ID) (page.Bell, error) {
	n, err := h.Notify.Unread(ctx, user)
	count, label := h.words(ctx, n)
	return page.Bell{Href: "/notices", Count: count, Label: label, Source: "/notices/events"}, err
}

func (h *Handlers) words(ctx context.Context, n int64) (count, label string) {
	switch {
	case n == 0:
		return "", locale.T(ctx, "Notifications: nothing new")
	case n > 99:
		return "99+", locale.T(ctx, "Notifications: more than 99 unread")
	}
	return locale.From(ctx).Number(n), locale.N(ctx, "Notifications: %d unread|Notifications: %d unread", n)
}

// group is what a person was told of one thing, without anything else in between.
type group struct {
	about, text string
	rows        []row
}

type row struct {
	notify.Notice
	notify.Text
}

type listView struct {
	unread bool
	count  int64
	newest ids.ID
	days   []day
	older  string
	now    time.Time
}

type day struct {
	at     time.Time
	groups []group
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := &listView{unread: r.URL.Query().Get("all") == "", now: h.Clock.Now()}
	before := ids.ID(0)
	if s := r.URL.Query().Get("before"); s != "" {
		var err error
		if before, err = ids.Parse(s); err != nil {
			return missing(err)
		}
	}
	rows, next, err := h.Notify.List(ctx, me(ctx).User, before, v.unread)
	if err != nil {
		return err
	}
	if v.count, err = h.Notify.Unread(ctx, me(ctx).User); err != nil {
		return err
	}
	if len(rows) > 0 {
		v.newest = rows[0].ID
	}
	v.days = h.arrange(ctx, rows)
	if next != 0 {
		v.older = "/notices?before=" + next.String()
		if !v.unread {
			v.older += "&all=yes"
		}
	}
	return page.Render(w, r, http.StatusOK, listPage(v))
}

// arrange puts notices under their days, and those of one thing together.
func (h *Handlers) arrange(ctx context.Context, rows []notify.Notice) (out []day) {
	zone := locale.From(ctx).Zone()
	for _, n := range rows {
		at := n.At.In(zone)
		if len(out) == 0 || out[len(out)-1].at.YearDay() != at.YearDay() || out[len(out)-1].at.Year() != at.Year() {
			out = append(out, day{at: at})
		}
		d := &out[len(out)-1]
		x := row{n, h.Say(ctx, n)}
		if len(d.groups) == 0 || n.About == "" || d.groups[len(d.groups)-1].about != n.About {
			d.groups = append(d.groups, group{about: n.About, text: x.Text.About})
		}
		g := &d.groups[len(d.groups)-1]
		g.rows = append(g.rows, x)
	}
	return out
}

func missing(err error) error {
	return fault.NewNotFound("This entry is not there any more.").Because(err)
}

// open leads to what a notice is about.
func (h *Handlers) open(w http.ResponseWriter, r *http.Request) error {
	id, err := ids.Parse(r.PathValue("id"))
	if err != nil {
		return missing(err)
	}
	n, err := h.Notify.Open(r.Context(), me(r.Context()).User, id)
	if err != nil {
		return err
	}
	to := n.Link
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		to = "/notices"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (h *Handlers) mark(w http.ResponseWriter, r *http.Request) error {
	id, err := ids.Parse(r.PathValue("id"))
	if err != nil {
		return missing(err)
	}
	if err := h.Notify.Mark(r.Context(), me(r.Context()).User, id, r.PostFormValue("read") == "yes"); err != nil {
		return err
	}
	return page.Redirect(w, r, page.Local(r.PostFormValue("back")))
}

func (h *Handlers) readAll(w http.ResponseWriter, r *http.Request) error {
	newest, err := ids.Parse(r.PostFormValue("newest"))
	if err != nil {
		return missing(err)
	}
	if err := h.Notify.ReadUpTo(r.Context(), me(r.Context()).User, newest); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "All read.")})
	return page.Redirect(w, r, "/notices")
}

// events sends the bell's count whenever it may have changed. Another server of this database says nothing on our bus,
// so it is also looked at now and then.
func (h *Handlers) events(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	stir := make(chan struct{}, 1)
	for _, topic := range append([]string{notify.Topic}, h.Topics...) {
		news, stop := h.Bus.Subscribe(topic)
		defer stop()
		go func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-news:
					select {
					case stir <- struct{}{}:
					default:
					}
				}
			}
		}()
	}
	s, err := page.Events(w, r)
	if err != nil {
		return err
	}
	t := time.NewTicker(20 * time.Second)
	defer t.Stop()
	last := int64(-1)
	for {
		n, err := h.Notify.Unread(ctx, me(ctx).User)
		if err == nil && n != last {
			last = n
			count, label := h.words(ctx, n)
			err = s.JSON("bell", map[string]string{"count": count, "label": label})
		}
		if err != nil {
			return nil //nolint:nilerr // the reader has gone, or looks again by itself
		}
		select {
		case <-ctx.Done():
			return nil
		case <-stir:
		case <-t.C:
			if err := s.Beat(); err != nil {
				return nil //nolint:nilerr // the reader has gone
			}
		}
	}
}

type choicesView struct {
	groups []choiceGroup
	noMail bool
	push   pushView
}

type choiceGroup struct {
	label string
	rows  []notify.Choice
}

func (h *Handlers) choices(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := h.Notify.Choices(ctx, me(ctx).User, me(ctx).Role)
	if err != nil {
		return err
	}
	can, err := h.Mail(ctx)
	if err != nil {
		return err
	}
	v := &choicesView{noMail: !can}
	if v.push, err = h.pushView(ctx); err != nil {
		return err
	}
	for _, c := range list {
		if len(v.groups) == 0 || v.groups[len(v.groups)-1].label != c.Group {
			v.groups = append(v.groups, choiceGroup{label: c.Group})
		}
		g := &v.groups[len(v.groups)-1]
		g.rows = append(g.rows, c)
	}
	return page.Render(w, r, http.StatusOK, choicesPage(v))
}

func (h *Handlers) choose(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := h.Notify.Choices(ctx, me(ctx).User, me(ctx).Role)
	if err != nil {
		return err
	}
	for i := range list {
		c := &list[i]
		c.Shown, c.Mailed = r.PostFormValue("show-"+c.Code) != "", r.PostFormValue("mail-"+c.Code) != ""
		if r.PostFormValue("browsers") != "" { // the form had the column
			c.Pushed = r.PostFormValue("push-"+c.Code) != ""
		}
	}
	if err := h.Notify.Choose(ctx, me(ctx).User, me(ctx).Role, list); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "Saved.")})
	return page.Redirect(w, r, access.NotificationsPage)
}
