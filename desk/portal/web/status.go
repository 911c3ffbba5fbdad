// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// Watchable is something of a client that its status page can show.
type Watchable struct {
	Ref, Name string
	Kind      string // what it is, in the reader's language
}

// statusLine is a line of a status page.
type statusLine struct {
	portal.StatusPart
	portal.PartHealth
}

type statusView struct {
	status portal.Status
	name   string // of the client
	lines  []statusLine
	now    time.Time
	worst  portal.Health
}

// statusView reads how what a client is shown does. What is not watched any more is left out.
func (h *Handlers) statusView(ctx context.Context, x portal.Status) (*statusView, error) {
	v := &statusView{status: x, now: h.Clock.Now()}
	c, err := h.Clients.Get(ctx, access.OneClient(x.Client), x.Client)
	if err != nil {
		return nil, err
	}
	v.name = c.Name
	if h.Health == nil {
		return v, nil
	}
	var refs []string
	for _, p := range x.Parts {
		refs = append(refs, p.Ref)
	}
	health, err := h.Health(ctx, x.Client, refs)
	if err != nil {
		return nil, err
	}
	for _, p := range x.Parts {
		if how, ok := health[p.Ref]; ok {
			v.lines = append(v.lines, statusLine{p, how})
			v.worst = max(v.worst, how.Now)
		}
	}
	return v, nil
}

// status is the state of the reader's own client.
func (h *Handlers) status(w http.ResponseWriter, r *http.Request) error {
	id := access.From(r.Context())
	x, err := h.Portal.StatusOf(r.Context(), id.Scope(), id.Client)
	if err != nil {
		return err
	}
	if !x.Shown {
		return fault.NewNotFound("There is no page at this address.")
	}
	return h.showStatus(w, r, x)
}

// statusByLink is a state that the firm made a link for.
func (h *Handlers) statusByLink(w http.ResponseWriter, r *http.Request) error {
	x, err := h.Portal.StatusBy(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	w.Header().Set("X-Robots-Tag", "noindex")
	return h.showStatus(w, r, x)
}

func (h *Handlers) showStatus(w http.ResponseWriter, r *http.Request, x portal.Status) error {
	v, err := h.statusView(r.Context(), x)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, v.page())
}

// statusForm is where the firm says what a client sees.
type statusForm struct {
	statusView
	choices []Watchable
	link    string
	ready   bool // the portal is on
	err     error
}

func (h *Handlers) statusForm(r *http.Request) (*statusForm, error) {
	client, err := pathID(r, "client")
	if err != nil {
		return nil, err
	}
	ctx, scope := r.Context(), access.From(r.Context()).Scope()
	x, err := h.Portal.StatusOf(ctx, scope, client)
	if err != nil {
		return nil, err
	}
	v, err := h.statusView(ctx, x)
	if err != nil {
		return nil, err
	}
	f := &statusForm{statusView: *v}
	if x.Secret != "" {
		f.link = h.URL + "/portal/status/" + x.Secret
	}
	if h.Watchable != nil {
		if f.choices, err = h.Watchable(ctx, client); err != nil {
			return nil, err
		}
	}
	set, err := h.Portal.Settings(ctx)
	f.ready = set.Enabled
	return f, err
}

func (h *Handlers) editStatus(w http.ResponseWriter, r *http.Request) error {
	f, err := h.statusForm(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, f.page())
}

func (h *Handlers) saveStatus(w http.ResponseWriter, r *http.Request) error {
	f, err := h.statusForm(r)
	if err != nil {
		return err
	}
	x := f.status
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form could not be read. Please send it again.").Because(err)
	}
	x.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	x.Shown, x.Note, x.Parts = r.PostFormValue("shown") != "", r.PostFormValue("note"), nil
	known := map[string]bool{}
	for _, c := range f.choices {
		known[c.Ref] = true
	}
	for _, ref := range r.PostForm["part"] {
		if known[ref] { // another client's would never get here
			x.Parts = append(x.Parts, portal.StatusPart{Ref: ref, Name: r.PostFormValue("name-" + ref)})
		}
	}
	if err := h.Portal.SaveStatus(r.Context(), access.From(r.Context()).Scope(), x); err != nil {
		if !mendable(err) {
			return err
		}
		f.status, f.err = x, err
		return page.Render(w, r, formStatus(w, err), f.page())
	}
	return done(w, r, statusAddress(x.Client), locale.T(r.Context(), "Saved."))
}

func (h *Handlers) linkStatus(w http.ResponseWriter, r *http.Request) error {
	client, err := pathID(r, "client")
	if err != nil {
		return err
	}
	if err := h.Portal.LinkStatus(r.Context(), access.From(r.Context()).Scope(), client, r.PostFormValue("remove") == ""); err != nil {
		return err
	}
	return done(w, r, statusAddress(client)+"#link", locale.T(r.Context(), "Saved."))
}

func statusAddress(client ids.ID) string { return "/clients/" + client.String() + "/status" }

// StatusPanel says on a client's page whether it sees the state of its systems, and leads to where that is decided.
func (h *Handlers) StatusPanel(ctx context.Context, client ids.ID) (templ.Component, error) {
	set, err := h.Portal.Settings(ctx)
	if err != nil || !set.Enabled || !may(ctx, access.DeskManage) {
		return nil, err
	}
	x, err := h.Portal.StatusOf(ctx, access.From(ctx).Scope(), client)
	if err != nil {
		return nil, err
	}
	return statusPanel(x), nil
}

// shown reports whether a part is among those that are shown, and by what name.
func (f *statusForm) shown(c Watchable) (string, bool) {
	for _, p := range f.status.Parts {
		if p.Ref == c.Ref {
			return p.Name, true
		}
	}
	return c.Name, false
}

// share is how much of the time that a part was watched it was well.
func (l statusLine) share() (float64, bool) {
	var all, bad time.Duration
	for _, d := range l.Days {
		if d.Known {
			all += 24 * time.Hour
			bad += d.Bad
		}
	}
	if all == 0 {
		return 0, false
	}
	return 1 - min(1, float64(bad)/float64(all)), true
}

// dayClass is the colour of a day: a few minutes are a hint, half an hour is trouble.
func dayClass(d portal.DayHealth) string {
	switch {
	case !d.Known:
		return "p-day-none"
	case d.Bad < time.Minute:
		return "p-day-good"
	case d.Bad < 30*time.Minute:
		return "p-day-warn"
	}
	return "p-day-bad"
}

func (l statusLine) badDays() (n int64) {
	for _, d := range l.Days {
		if d.Known && d.Bad >= time.Minute {
			n++
		}
	}
	return n
}

// dayText says a day in words.
func dayText(ctx context.Context, d portal.DayHealth) string {
	day := locale.From(ctx).Date(d.Day)
	switch {
	case !d.Known:
		return locale.T(ctx, "%s: not watched", day)
	case d.Bad < time.Minute:
		return locale.T(ctx, "%s: no trouble", day)
	}
	return locale.N(ctx, "%[2]s: %[1]d minute of trouble|%[2]s: %[1]d minutes of trouble", int64(d.Bad.Round(time.Minute)/time.Minute), day)
}

// shareDigits leaves the digits away of what is whole: a share that is not may not look so.
func shareDigits(share float64) int {
	if share >= 1 {
		return 0
	}
	return 2
}
