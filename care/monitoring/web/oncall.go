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

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func (h *Handlers) mountOnCall(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /alerts/on-call", access.AlertsRead, h.onCall)
	on("GET /alerts/on-call/schedule", access.AlertsRules, h.scheduleForm)
	on("POST /alerts/on-call/schedule", access.AlertsRules, h.saveSchedule)
	on("POST /alerts/on-call/schedule/drop", access.AlertsRules, h.dropSchedule)
	on("POST /alerts/on-call/override", access.AlertsWrite, h.addOverride)
	on("POST /alerts/on-call/override/drop", access.AlertsWrite, h.dropOverride)
	on("GET /alerts/on-call/chain", access.AlertsRules, h.chainForm)
	on("POST /alerts/on-call/chain", access.AlertsRules, h.saveChain)
	on("POST /alerts/on-call/chain/drop", access.AlertsRules, h.dropChain)
	on("GET /alerts/on-call/receiver", access.AlertsRules, h.hookForm)
	on("POST /alerts/on-call/receiver", access.AlertsRules, h.saveHook)
	on("POST /alerts/on-call/receiver/drop", access.AlertsRules, h.dropHook)
	on("POST /alerts/on-call/receiver/try", access.AlertsRules, h.tryHook)
}

const onCallPath = "/alerts/on-call"

type onCallView struct {
	names     names
	words     monitoring.Words
	now       time.Time
	firm      *time.Location
	schedules []monitoring.Schedule
	chains    []monitoring.Chain
	hooks     []monitoring.Hook
	people    []access.Person
	err       error // of an override
	form      url.Values
}

func (h *Handlers) calls(ctx context.Context) (v *onCallView, err error) {
	v = &onCallView{words: h.words(ctx), now: h.Clock.Now(), firm: h.Monitoring.Zone(), form: url.Values{}}
	if v.names, err = h.know(ctx); err != nil {
		return v, err
	}
	if v.schedules, err = h.Monitoring.Schedules(ctx); err != nil {
		return v, err
	}
	if v.chains, err = h.Monitoring.Chains(ctx); err != nil {
		return v, err
	}
	if v.hooks, err = h.Monitoring.Hooks(ctx); err != nil {
		return v, err
	}
	v.people, err = h.Monitoring.Callable(ctx)
	return v, err
}

func (v *onCallView) person(id ids.ID) string {
	for _, p := range v.people {
		if p.ID == id {
			return p.Name
		}
	}
	return "–"
}

func (v *onCallView) schedule(id ids.ID) monitoring.Schedule {
	for _, x := range v.schedules {
		if x.ID == id {
			return x
		}
	}
	return monitoring.Schedule{}
}

func (v *onCallView) hook(id ids.ID) monitoring.Hook {
	for _, x := range v.hooks {
		if x.ID == id {
			return x
		}
	}
	return monitoring.Hook{}
}

// who lists whom a step calls.
func (v *onCallView) who(st monitoring.Step) string {
	var out []string
	for _, u := range st.Users {
		out = append(out, v.person(u))
	}
	for _, s := range st.Schedules {
		out = append(out, v.schedule(s).Name)
	}
	for _, x := range st.Hooks {
		out = append(out, v.hook(x).Name)
	}
	return strings.Join(out, ", ")
}

// turn is a part of the next days in which one person is on call.
type turn struct {
	who      string
	from, to time.Time
}

// turns are who is on call in the next two weeks, looked at each hour.
func (v *onCallView) turns(x monitoring.Schedule) (out []turn) {
	begin := v.now.Truncate(time.Hour)
	for i := range 14 * 24 {
		at := begin.Add(time.Duration(i) * time.Hour)
		who := v.person(x.At(at, v.firm))
		if n := len(out); n > 0 && out[n-1].who == who {
			out[n-1].to = at.Add(time.Hour)
			continue
		}
		out = append(out, turn{who, at, at.Add(time.Hour)})
	}
	return out[:min(len(out), 6)]
}

func (h *Handlers) onCall(w http.ResponseWriter, r *http.Request) error {
	v, err := h.calls(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, onCallPage(v))
}

type scheduleView struct {
	*onCallView
	x monitoring.Schedule
}

func (h *Handlers) scheduleForm(w http.ResponseWriter, r *http.Request) error {
	v := &scheduleView{}
	var err error
	if v.onCallView, err = h.calls(r.Context()); err != nil {
		return err
	}
	id, err := idOf(r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	v.x = monitoring.Schedule{Days: 7, Minute: 8 * 60, Anchor: monday(v.now.In(v.firm))}
	if id != 0 {
		if v.x = v.schedule(id); v.x.ID == 0 {
			return fault.NewNotFound("There is no such schedule.")
		}
	}
	return page.Render(w, r, http.StatusOK, schedulePage(v))
}

func monday(t time.Time) civil.Date {
	d := civil.DateOf(t)
	return d - civil.Date((int(t.Weekday())+6)%7)
}

func (h *Handlers) saveSchedule(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	f := r.PostForm
	x := monitoring.Schedule{Name: f.Get("name"), Zone: strings.TrimSpace(f.Get("zone"))}
	x.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64) // a wrong one is a conflict
	err := func() (err error) {
		if x.ID, err = idOf(f.Get("id")); err != nil {
			return err
		}
		if x.Anchor, err = civil.Parse(f.Get("anchor")); err != nil {
			return fault.NewInvalid("Enter the day on which the first turn begins.").On("anchor")
		}
		if x.Minute, err = minuteOf(f.Get("minute"), "minute"); err != nil {
			return err
		}
		if x.Days, err = whole(f.Get("days"), "days"); err != nil {
			return err
		}
		for _, p := range f["person"] {
			id, err := idOf(p)
			if err != nil {
				return err
			}
			if id != 0 {
				x.People = append(x.People, id)
			}
		}
		_, err = h.Monitoring.SaveSchedule(ctx, x)
		return err
	}()
	if err != nil {
		v := &scheduleView{x: x}
		var bad error
		if v.onCallView, bad = h.calls(ctx); bad != nil {
			return bad
		}
		v.err = err
		return page.Render(w, r, http.StatusUnprocessableEntity, schedulePage(v))
	}
	return page.Redirect(w, r, onCallPath)
}

func (h *Handlers) dropSchedule(w http.ResponseWriter, r *http.Request) error {
	return h.drop(w, r, h.Monitoring.DropSchedule, onCallPath)
}

func (h *Handlers) addOverride(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	f := r.PostForm
	err := func() error {
		schedule, err := idOf(f.Get("schedule"))
		if err != nil {
			return err
		}
		var o monitoring.Override
		if o.User, err = idOf(f.Get("user")); err != nil {
			return err
		}
		if o.Starts, err = moment(ctx, f.Get("starts"), "starts"); err != nil {
			return err
		}
		if o.Ends, err = moment(ctx, f.Get("ends"), "ends"); err != nil {
			return err
		}
		return h.Monitoring.AddOverride(ctx, schedule, o)
	}()
	if err != nil {
		v, bad := h.calls(ctx)
		if bad != nil {
			return bad
		}
		v.err, v.form = err, f
		return page.Render(w, r, http.StatusUnprocessableEntity, onCallPage(v))
	}
	return page.Redirect(w, r, onCallPath)
}

func (h *Handlers) dropOverride(w http.ResponseWriter, r *http.Request) error {
	return h.drop(w, r, h.Monitoring.DropOverride, onCallPath)
}

type chainView struct {
	*onCallView
	c monitoring.Chain
}

// formSteps is how many steps the form has at least.
const formSteps = 4

func (h *Handlers) chainForm(w http.ResponseWriter, r *http.Request) error {
	v := &chainView{}
	var err error
	if v.onCallView, err = h.calls(r.Context()); err != nil {
		return err
	}
	id, err := idOf(r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	v.c = monitoring.Chain{Place: monitoring.Place{Level: monitoring.ByFirm}, Least: rules.Critical}
	if id != 0 {
		i := slices.IndexFunc(v.chains, func(c monitoring.Chain) bool { return c.ID == id })
		if i < 0 {
			return fault.NewNotFound("There is no such chain.")
		}
		v.c = v.chains[i]
	}
	return page.Render(w, r, http.StatusOK, chainPage(v))
}

// targets are those whom a step can call, as options: "user:ID", "schedule:ID", "hook:ID".
func (v *onCallView) targets(ctx context.Context) (out []page.Option) {
	for _, x := range v.schedules {
		out = append(out, page.Option{Value: "schedule:" + x.ID.String(), Label: locale.T(ctx, "On call: %s", x.Name), Data: true})
	}
	for _, p := range v.people {
		out = append(out, page.Option{Value: "user:" + p.ID.String(), Label: p.Name, Data: true})
	}
	for _, x := range v.hooks {
		out = append(out, page.Option{Value: "hook:" + x.ID.String(), Label: x.Name, Data: true})
	}
	return out
}

func calls(st monitoring.Step, target string) bool {
	kind, id, _ := strings.Cut(target, ":")
	x, err := ids.Parse(id)
	if err != nil {
		return false
	}
	return slices.Contains(map[string][]ids.ID{"user": st.Users, "schedule": st.Schedules, "hook": st.Hooks}[kind], x)
}

func (h *Handlers) saveChain(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	f := r.PostForm
	c := monitoring.Chain{Name: f.Get("name"), Least: rules.Warning}
	c.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64) // a wrong one is a conflict
	if f.Get("least") == "critical" {
		c.Least = rules.Critical
	}
	err := func() (err error) {
		if c.ID, err = idOf(f.Get("id")); err != nil {
			return err
		}
		if c.Place, err = placeOf(f.Get("place")); err != nil {
			return err
		}
		for i := range 10 {
			n := strconv.Itoa(i)
			if len(f["call-"+n]) == 0 {
				continue
			}
			st := monitoring.Step{Mail: f.Get("mail-"+n) != ""}
			if st.After, err = whole(f.Get("after-"+n), "steps"); err != nil {
				return err
			}
			for _, x := range f["call-"+n] {
				kind, text, _ := strings.Cut(x, ":")
				id, err := idOf(text)
				if err != nil {
					return err
				}
				switch kind {
				case "user":
					st.Users = append(st.Users, id)
				case "schedule":
					st.Schedules = append(st.Schedules, id)
				case "hook":
					st.Hooks = append(st.Hooks, id)
				}
			}
			c.Steps = append(c.Steps, st)
		}
		_, err = h.Monitoring.SaveChain(ctx, c)
		return err
	}()
	if err != nil {
		v := &chainView{c: c}
		var bad error
		if v.onCallView, bad = h.calls(ctx); bad != nil {
			return bad
		}
		v.err = err
		return page.Render(w, r, http.StatusUnprocessableEntity, chainPage(v))
	}
	return page.Redirect(w, r, onCallPath)
}

func (v *chainView) step(i int) monitoring.Step {
	if i < len(v.c.Steps) {
		return v.c.Steps[i]
	}
	return monitoring.Step{After: 15 * i}
}

func (h *Handlers) dropChain(w http.ResponseWriter, r *http.Request) error {
	return h.drop(w, r, h.Monitoring.DropChain, onCallPath)
}

type hookView struct {
	x   monitoring.Hook
	err error
}

func (h *Handlers) hookForm(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	v := &hookView{x: monitoring.Hook{Form: monitoring.Slack}}
	if id != 0 {
		c, err := h.calls(r.Context())
		if err != nil {
			return err
		}
		if v.x = c.hook(id); v.x.ID == 0 {
			return fault.NewNotFound("There is no such receiver.")
		}
	}
	return page.Render(w, r, http.StatusOK, hookPage(v))
}

func (h *Handlers) saveHook(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	f := r.PostForm
	v := &hookView{x: monitoring.Hook{Name: f.Get("name"), Form: monitoring.Form(f.Get("form"))}}
	v.x.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64) // a wrong one is a conflict
	token := monitoring.Token{New: strings.TrimSpace(f.Get("token")), Drop: f.Get("no-token") != ""}
	had := false
	if v.x.ID, v.err = idOf(f.Get("id")); v.err == nil {
		var err error
		if had, err = h.hasToken(ctx, v.x.ID); err != nil {
			return err
		}
		v.x.ID, v.err = h.Monitoring.SaveHook(ctx, v.x, strings.TrimSpace(f.Get("url")), token)
	}
	if v.err != nil {
		v.x.ID, _ = idOf(f.Get("id"))
		v.x.Token = had
		return page.Render(w, r, http.StatusUnprocessableEntity, hookPage(v))
	}
	has, err := h.hasToken(ctx, v.x.ID)
	if err != nil {
		return err
	}
	if had && !has && !token.Drop {
		page.SetFlash(w, r, page.Flash{Kind: page.Warn, Text: locale.T(ctx, "The token was for another server and is forgotten. Enter the one of this server, if it wants one.")})
	}
	return page.Redirect(w, r, onCallPath)
}

// hasToken reports whether a token is kept of a receiver.
func (h *Handlers) hasToken(ctx context.Context, id ids.ID) (bool, error) {
	list, err := h.Monitoring.Hooks(ctx)
	return slices.ContainsFunc(list, func(x monitoring.Hook) bool { return x.ID == id && x.Token }), err
}

func (h *Handlers) dropHook(w http.ResponseWriter, r *http.Request) error {
	return h.drop(w, r, h.Monitoring.DropHook, onCallPath)
}

func (h *Handlers) tryHook(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := formOf(r); err != nil {
		return err
	}
	id, err := idOf(r.PostForm.Get("id"))
	if err != nil {
		return err
	}
	code, err := h.Monitoring.TryHook(ctx, id)
	if err != nil {
		return err
	}
	f := page.Flash{Kind: page.Good, Text: locale.T(ctx, "The message was taken.")}
	if code != "" {
		f = page.Flash{Kind: page.Bad, Text: failure(ctx, code)}
	}
	page.SetFlash(w, r, f)
	return page.Redirect(w, r, onCallPath)
}

// failure says why a message did not arrive.
func failure(ctx context.Context, code string) string {
	p := locale.From(ctx)
	switch code {
	case "address":
		return p.T("Nothing is sent to this address: it lies inside a network that is not open to messages.")
	case "name":
		return p.T("The name of the receiver is not known.")
	case "connect":
		return p.T("Nobody answers at this address.")
	case "tls":
		return p.T("The receiver has no valid certificate.")
	case "time":
		return p.T("The receiver did not answer in time.")
	case "status":
		return p.T("The receiver refused the message.")
	case "redirect":
		return p.T("The receiver points to another address. Enter that one.")
	case "secret":
		return p.T("The address is sealed with another key. Enter it again.")
	}
	return p.T("The message did not arrive.")
}

func formName(ctx context.Context, f monitoring.Form) string {
	switch f {
	case monitoring.Ntfy:
		return "ntfy"
	case monitoring.Slack:
		return locale.T(ctx, "Slack, Mattermost and the like")
	case monitoring.Teams:
		return locale.T(ctx, "Microsoft Teams (workflow)")
	}
	return locale.T(ctx, "Plain JSON")
}

func formChoices(ctx context.Context) (out []page.Option) {
	for _, f := range monitoring.Forms() {
		out = append(out, page.Option{Value: string(f), Label: formName(ctx, f), Data: f == monitoring.Ntfy})
	}
	return out
}
