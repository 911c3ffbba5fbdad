// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/helpdesk/sla"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// levelsView is the service levels and working hours that the firm promises by.
type levelsView struct {
	*known
	err  error
	form string // which form the error belongs to
	sent map[string]string
}

func (h *Handlers) mountLevels(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /desk/levels", access.DeskManage, h.levels)
	on("POST /desk/levels", access.DeskManage, h.savePolicy)
	on("POST /desk/levels/fallback", access.DeskManage, h.setFallback)
	on("POST /desk/calendars", access.DeskManage, h.saveCalendar)
	on("POST /desk/calendars/{calendar}/holidays", access.DeskManage, h.importHolidays)
	on("POST /desk/clients/{client}/level", access.DeskManage, h.setClientLevel)
}

func (h *Handlers) levels(w http.ResponseWriter, r *http.Request) error {
	return h.showLevels(w, r, "", nil)
}

func (h *Handlers) showLevels(w http.ResponseWriter, r *http.Request, form string, failed error) error {
	if failed != nil && !fault.Is(failed, fault.Invalid) && !fault.Is(failed, fault.Conflict) {
		return failed
	}
	k, err := h.know(r.Context())
	if err != nil {
		return err
	}
	v := &levelsView{known: k, err: failed, form: form, sent: map[string]string{}}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
		for key := range r.PostForm {
			v.sent[key] = r.PostFormValue(key)
		}
	}
	return page.Render(w, r, status, levelsPage(v))
}

func (h *Handlers) levelsDone(w http.ResponseWriter, r *http.Request, form string, err error) error {
	if err != nil {
		return h.showLevels(w, r, form, err)
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Saved. Deadlines of unfinished tickets are worked out anew.")})
	return page.Redirect(w, r, "/desk/levels#"+form)
}

// formName is the anchor and the name of the form of a policy or a calendar.
func formName(kind string, id ids.ID) string {
	if id == 0 {
		return kind + "-new"
	}
	return kind + "-" + id.String()
}

func (h *Handlers) savePolicy(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	form := formName("level", id)
	p := helpdesk.Policy{ID: id, Name: r.PostFormValue("name"), Targets: map[helpdesk.Priority]helpdesk.Targets{}}
	p.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if p.Calendar, err = idOf(r.PostFormValue("calendar")); err != nil {
		return err
	}
	for _, x := range helpdesk.Priorities() {
		var t helpdesk.Targets
		for _, f := range []struct {
			key string
			to  *time.Duration
		}{{"response", &t.Response}, {"update", &t.Update}, {"resolve", &t.Resolve}} {
			if *f.to, err = parseSpan(r.PostFormValue(f.key + "-" + x.String())); err != nil {
				return h.levelsDone(w, r, form, err)
			}
		}
		p.Targets[x] = t
	}
	_, err = h.Desk.SavePolicy(r.Context(), p)
	return h.levelsDone(w, r, form, err)
}

// parseSpan reads a length of working time: "4", "4 h", "1:30", "90 min", "" = none.
func parseSpan(s string) (time.Duration, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	wrong := fault.NewInvalid("%q is no length of working time; it looks like 4 h, 1:30 or 45 min.", s)
	if s == "" || s == "–" || s == "-" {
		return 0, nil
	}
	if h, m, ok := strings.Cut(s, ":"); ok {
		a, errA := strconv.Atoi(h)
		b, errB := strconv.Atoi(m)
		if errA != nil || errB != nil || a < 0 || b < 0 || b > 59 || a > 10_000 {
			return 0, wrong
		}
		return time.Duration(a)*time.Hour + time.Duration(b)*time.Minute, nil
	}
	unit := time.Hour
	for _, x := range []struct {
		suffix string
		unit   time.Duration
	}{{"minutes", time.Minute}, {"min.", time.Minute}, {"min", time.Minute}, {"m", time.Minute}, {"hours", time.Hour}, {"std.", time.Hour}, {"std", time.Hour}, {"h", time.Hour}} {
		if rest, ok := strings.CutSuffix(s, x.suffix); ok {
			s, unit = strings.TrimSpace(rest), x.unit
			break
		}
	}
	n, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || n < 0 || n > 10_000 {
		return 0, wrong
	}
	return time.Duration(n * float64(unit)).Round(time.Minute), nil
}

func writeSpan(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%d:%02d", int(d/time.Hour), int(d/time.Minute%60))
}

func (h *Handlers) setFallback(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	return h.levelsDone(w, r, formName("level", id), h.Desk.SetFallback(r.Context(), id))
}

func (h *Handlers) saveCalendar(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PostFormValue("id"))
	if err != nil {
		return err
	}
	form := formName("calendar", id)
	set, err := h.Desk.Setup(r.Context())
	if err != nil {
		return err
	}
	c := helpdesk.Calendar{ID: id, Name: r.PostFormValue("name"), Zone: strings.TrimSpace(r.PostFormValue("zone"))}
	c.Version, _ = strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	for _, x := range set.Calendars {
		if x.ID == id {
			c.Holidays = x.Holidays
		}
	}
	for d := range c.Week {
		if c.Week[d], err = sla.Spans(r.PostFormValue("day" + strconv.Itoa(d))); err != nil {
			return h.levelsDone(w, r, form, err)
		}
	}
	if drop := r.PostForm["drop"]; len(drop) > 0 {
		c.Holidays = slices.DeleteFunc(slices.Clone(c.Holidays), func(x helpdesk.Holiday) bool { return slices.Contains(drop, x.Day.String()) })
	}
	_, err = h.Desk.SaveCalendar(r.Context(), c)
	return h.levelsDone(w, r, form, err)
}

func (h *Handlers) importHolidays(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PathValue("calendar"))
	if err != nil {
		return fault.NewNotFound("There is no such calendar.")
	}
	_, err = h.Desk.ImportHolidays(r.Context(), id, r.PostFormValue("ics"))
	return h.levelsDone(w, r, formName("calendar", id), err)
}

func (h *Handlers) setClientLevel(w http.ResponseWriter, r *http.Request) error {
	client, err := idOf(r.PathValue("client"))
	if err != nil {
		return fault.NewNotFound("There is no such client.")
	}
	var l helpdesk.ClientLevel
	if l.Policy, err = idOf(r.PostFormValue("policy")); err != nil {
		return err
	}
	if l.Calendar, err = idOf(r.PostFormValue("calendar")); err != nil {
		return err
	}
	if err := h.Desk.SetClientLevel(r.Context(), client, l); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Saved. Deadlines of unfinished tickets are worked out anew.")})
	return page.Redirect(w, r, "/clients/"+client.String())
}

// dayNames are the days of the week from Monday, with their numbers.
func dayNames(ctx context.Context) []struct {
	n    int
	name string
} {
	names := []string{
		locale.T(ctx, "Sunday"), locale.T(ctx, "Monday"), locale.T(ctx, "Tuesday"), locale.T(ctx, "Wednesday"), locale.T(ctx, "Thursday"), locale.T(ctx, "Friday"), locale.T(ctx, "Saturday"),
	}
	out := make([]struct {
		n    int
		name string
	}, 0, 7)
	for i := 1; i <= 7; i++ {
		out = append(out, struct {
			n    int
			name string
		}{i % 7, names[i%7]})
	}
	return out
}

func hours(spans []sla.Span) string {
	parts := make([]string, len(spans))
	for i, s := range spans {
		parts[i] = s.String()
	}
	return strings.Join(parts, ", ")
}

// value is what was typed into a field of the form that failed, else what is kept.
func (v *levelsView) value(form, key, kept string) string {
	if v.form == form {
		if s, ok := v.sent[key]; ok {
			return s
		}
	}
	return kept
}

func (v *levelsView) calendarChoices(ctx context.Context, none string) (out []page.Option) {
	if none != "" {
		out = append(out, page.Option{Label: none})
	}
	for _, c := range v.set.Calendars {
		out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
	}
	return out
}

// cardTitle says what a card shows, or that it would be a new one.
func cardTitle(id ids.ID, name, fresh string) string {
	if id == 0 {
		return fresh
	}
	return name
}

func fallbackBadge(ctx context.Context, p helpdesk.Policy) page.Badge {
	if !p.Fallback {
		return page.Badge{}
	}
	return page.Badge{Text: locale.T(ctx, "for all clients without their own"), Tone: page.Accent}
}
