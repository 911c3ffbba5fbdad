// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/helpdesk/sla"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

func (h *Handlers) mountLevels(a *api.API) {
	read, manage := access.TicketsRead, access.DeskManage
	api.Register(a, "GET", "/desk/calendars", read, "list-calendars", "List calendars of working hours with their holidays", h.calendars)
	api.Register(a, "POST", "/desk/calendars", manage, "create-calendar", "Add a calendar", h.createCalendar)
	api.Register(a, "PUT", "/desk/calendars/{id}", manage, "update-calendar", "Change a calendar; its holidays are replaced", h.updateCalendar)
	api.Register(a, "GET", "/desk/policies", read, "list-policies", "List service levels", h.policies)
	api.Register(a, "POST", "/desk/policies", manage, "create-policy", "Add a service level", h.createPolicy)
	api.Register(a, "PUT", "/desk/policies/{id}", manage, "update-policy", "Change a service level", h.updatePolicy)
	api.Register(a, "PUT", "/desk/policies/{id}/fallback", manage, "set-fallback-policy", "Make a service level that of all clients without one of their own", h.setFallback)
	api.Register(a, "GET", "/desk/clients/{id}/level", read, "get-client-level", "Get the service level and hours that a client has of its own", h.clientLevel)
	api.Register(a, "PUT", "/desk/clients/{id}/level", manage, "set-client-level", "Give a client a service level and hours of its own", h.setClientLevel)
}

// Calendar is when a client or the firm works.
type Calendar struct {
	ID       string            `json:"id,omitempty" readOnly:"true"`
	Version  int64             `json:"version,omitempty" readOnly:"true"`
	Name     string            `json:"name" minLength:"1" maxLength:"80"`
	Zone     string            `json:"zone,omitempty" maxLength:"64" doc:"IANA; empty: the firm's"`
	Week     map[string]string `json:"week" doc:"Working hours by day, sunday to saturday: 08:00-12:00, 13:00-17:30. A day that is not named is free; an end before its beginning lies in the next day."`
	Holidays []Holiday         `json:"holidays" maxItems:"2000"`
}

// Holiday is a day on which nobody works.
type Holiday struct {
	Day  civil.Date `json:"day"`
	Name string     `json:"name,omitempty" maxLength:"80"`
}

var dayWords = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func readCalendar(w Calendar) (c helpdesk.Calendar, err error) {
	c = helpdesk.Calendar{Name: w.Name, Zone: w.Zone}
	for day, hours := range w.Week {
		i := slices.Index(dayWords, day)
		if i < 0 {
			return c, fault.NewInvalid("%q is not one of the choices.", day).On("week")
		}
		if c.Week[i], err = sla.Spans(hours); err != nil {
			return c, err
		}
	}
	for _, x := range w.Holidays {
		c.Holidays = append(c.Holidays, helpdesk.Holiday{Day: x.Day, Name: x.Name})
	}
	return c, nil
}

type calendarsOut struct {
	Body struct {
		Calendars []Calendar `json:"calendars"`
	}
}

func (h *Handlers) calendars(ctx context.Context, _ *nothing) (*calendarsOut, error) {
	set, err := h.Desk.Setup(ctx)
	out := &calendarsOut{}
	out.Body.Calendars = make([]Calendar, 0, len(set.Calendars))
	for _, c := range set.Calendars {
		w := Calendar{c.ID.String(), c.Version, c.Name, c.Zone, map[string]string{}, []Holiday{}}
		for i, spans := range c.Week {
			var hours []string
			for _, s := range spans {
				hours = append(hours, s.String())
			}
			if len(hours) > 0 {
				w.Week[dayWords[i]] = strings.Join(hours, ", ")
			}
		}
		for _, x := range c.Holidays {
			w.Holidays = append(w.Holidays, Holiday{x.Day, x.Name})
		}
		out.Body.Calendars = append(out.Body.Calendars, w)
	}
	return out, err
}

type createCalendarIn struct{ Body Calendar }

func (h *Handlers) createCalendar(ctx context.Context, in *createCalendarIn) (*idOut, error) {
	c, err := readCalendar(in.Body)
	if err != nil {
		return nil, err
	}
	return made(h.Desk.SaveCalendar(ctx, c))
}

type updateCalendarIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" required:"true" doc:"\"v\" and the version read, in quotes"`
	Body    Calendar
}

func (h *Handlers) updateCalendar(ctx context.Context, in *updateCalendarIn) (*idOut, error) {
	c, err := readCalendar(in.Body)
	if err != nil {
		return nil, err
	}
	if c.ID, err = parse(in.ID, "id"); err != nil {
		return nil, err
	}
	if c.Version, err = api.Version(in.IfMatch); err != nil {
		return nil, err
	}
	return made(h.Desk.SaveCalendar(ctx, c))
}

// Policy is a service level.
type Policy struct {
	ID       string             `json:"id,omitempty" readOnly:"true"`
	Version  int64              `json:"version,omitempty" readOnly:"true"`
	Name     string             `json:"name" minLength:"1" maxLength:"80"`
	Calendar string             `json:"calendar" maxLength:"13"`
	Fallback bool               `json:"fallback,omitempty" readOnly:"true" doc:"Of all clients that have none of their own"`
	Targets  map[string]Targets `json:"targets" doc:"By priority: urgent, high, normal, low"`
}

// Targets are what is promised, in minutes of working time; 0 = nothing.
type Targets struct {
	Response int64 `json:"response" minimum:"0" maximum:"600000" doc:"First answer"`
	Update   int64 `json:"update" minimum:"0" maximum:"600000" doc:"Each further answer"`
	Resolve  int64 `json:"resolve" minimum:"0" maximum:"600000" doc:"Solution"`
}

func readPolicy(w Policy) (p helpdesk.Policy, err error) {
	p = helpdesk.Policy{Name: w.Name, Targets: map[helpdesk.Priority]helpdesk.Targets{}}
	for word, t := range w.Targets {
		priority, ok := helpdesk.ParsePriority(word)
		if !ok {
			return p, fault.NewInvalid("%q is not one of the choices.", word).On("targets")
		}
		minutes := func(n int64) time.Duration { return time.Duration(n) * time.Minute }
		p.Targets[priority] = helpdesk.Targets{Response: minutes(t.Response), Update: minutes(t.Update), Resolve: minutes(t.Resolve)}
	}
	p.Calendar, err = parse(w.Calendar, "calendar")
	return p, err
}

type policiesOut struct {
	Body struct {
		Policies []Policy `json:"policies"`
	}
}

func (h *Handlers) policies(ctx context.Context, _ *nothing) (*policiesOut, error) {
	set, err := h.Desk.Setup(ctx)
	out := &policiesOut{}
	out.Body.Policies = make([]Policy, 0, len(set.Policies))
	for _, p := range set.Policies {
		w := Policy{p.ID.String(), p.Version, p.Name, p.Calendar.String(), p.Fallback, map[string]Targets{}}
		for priority, t := range p.Targets {
			w.Targets[priority.String()] = Targets{int64(t.Response / time.Minute), int64(t.Update / time.Minute), int64(t.Resolve / time.Minute)}
		}
		out.Body.Policies = append(out.Body.Policies, w)
	}
	return out, err
}

type createPolicyIn struct{ Body Policy }

func (h *Handlers) createPolicy(ctx context.Context, in *createPolicyIn) (*idOut, error) {
	p, err := readPolicy(in.Body)
	if err != nil {
		return nil, err
	}
	return made(h.Desk.SavePolicy(ctx, p))
}

type updatePolicyIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" required:"true" doc:"\"v\" and the version read, in quotes"`
	Body    Policy
}

func (h *Handlers) updatePolicy(ctx context.Context, in *updatePolicyIn) (*idOut, error) {
	p, err := readPolicy(in.Body)
	if err != nil {
		return nil, err
	}
	if p.ID, err = parse(in.ID, "id"); err != nil {
		return nil, err
	}
	if p.Version, err = api.Version(in.IfMatch); err != nil {
		return nil, err
	}
	return made(h.Desk.SavePolicy(ctx, p))
}

func (h *Handlers) setFallback(ctx context.Context, in *idIn) (*policiesOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	if err := h.Desk.SetFallback(ctx, id); err != nil {
		return nil, err
	}
	return h.policies(ctx, nil)
}

type levelOut struct {
	Body struct {
		Policy   string `json:"policy" doc:"Empty: as the firm"`
		Calendar string `json:"calendar" doc:"Empty: as the service level"`
	}
}

func (h *Handlers) clientLevel(ctx context.Context, in *idIn) (*levelOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	l, err := h.Desk.ClientLevel(ctx, id)
	out := &levelOut{}
	out.Body.Policy, out.Body.Calendar = optional(l.Policy), optional(l.Calendar)
	return out, err
}

type setLevelIn struct {
	ID   string `path:"id" maxLength:"13" doc:"Of the client"`
	Body struct {
		Policy   string `json:"policy,omitempty" maxLength:"13" doc:"Empty: as the firm"`
		Calendar string `json:"calendar,omitempty" maxLength:"13" doc:"Empty: as the service level"`
	}
}

func (h *Handlers) setClientLevel(ctx context.Context, in *setLevelIn) (*levelOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	var l helpdesk.ClientLevel
	if l.Policy, err = parse(in.Body.Policy, "policy"); err != nil {
		return nil, err
	}
	if l.Calendar, err = parse(in.Body.Calendar, "calendar"); err != nil {
		return nil, err
	}
	if err := h.Desk.SetClientLevel(ctx, id, l); err != nil {
		return nil, err
	}
	return h.clientLevel(ctx, &idIn{in.ID})
}
