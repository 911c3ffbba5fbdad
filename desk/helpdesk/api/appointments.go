// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/ids"
)

func (h *Handlers) mountAppointments(a *api.API) {
	read, write := access.TicketsRead, access.TicketsWrite
	api.Register(a, "GET", "/appointments", read, "list-appointments", "List the appointments between two instants, at most 62 days apart", h.appointments)
	api.Register(a, "POST", "/appointments", write, "create-appointment", "Set time aside", h.createAppointment)
	api.Register(a, "GET", "/appointments/{id}", read, "get-appointment", "Get an appointment", h.appointment)
	api.Register(a, "PUT", "/appointments/{id}", write, "update-appointment", "Change an appointment", h.updateAppointment)
	api.Register(a, "DELETE", "/appointments/{id}", write, "delete-appointment", "Call an appointment off", h.deleteAppointment)
	api.Register(a, "GET", "/tickets/{number}/appointments", read, "list-ticket-appointments", "List the appointments of a ticket", h.ticketAppointments)
}

// Appointment is time that a person of the firm has set aside.
type Appointment struct {
	ID      string    `json:"id,omitempty" readOnly:"true"`
	Version int64     `json:"version,omitempty" readOnly:"true"`
	User    string    `json:"user" maxLength:"13" doc:"Id of the technician"`
	Kind    string    `json:"kind" enum:"work,busy,away"`
	Ticket  string    `json:"ticket,omitempty" maxLength:"13" doc:"Id of the ticket, of work"`
	Title   string    `json:"title,omitempty" maxLength:"300" doc:"What it is about; beside a ticket a remark"`
	Onsite  bool      `json:"onsite,omitempty" doc:"At the client's place"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
}

type appointmentsIn struct {
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
	User string    `query:"user" maxLength:"13" doc:"Only this person's"`
}

type appointmentsOut struct {
	Body struct {
		Appointments []Appointment `json:"appointments"`
	}
}

func listed(list []helpdesk.Appointment, err error) (*appointmentsOut, error) {
	out := &appointmentsOut{}
	out.Body.Appointments = make([]Appointment, 0, len(list))
	for _, a := range list {
		out.Body.Appointments = append(out.Body.Appointments, wireAppointment(a))
	}
	return out, err
}

func (h *Handlers) appointments(ctx context.Context, in *appointmentsIn) (*appointmentsOut, error) {
	user, err := parse(in.User, "user")
	if err != nil {
		return nil, err
	}
	return listed(h.Desk.Appointments(ctx, user, in.From, in.To))
}

func (h *Handlers) ticketAppointments(ctx context.Context, in *oneIn) (*appointmentsOut, error) {
	t, err := h.Desk.ByNumber(ctx, access.From(ctx).Scope(), in.Number)
	if err != nil {
		return nil, err
	}
	return listed(h.Desk.AppointmentsOf(ctx, access.From(ctx).Scope(), t.ID))
}

type appointmentOut struct {
	ETag string `header:"ETag"`
	Body Appointment
}

func oneAppointment(a helpdesk.Appointment, err error) (*appointmentOut, error) {
	if err != nil {
		return nil, err
	}
	return &appointmentOut{api.ETag(a.Version), wireAppointment(a)}, nil
}

type idIn struct {
	ID string `path:"id" maxLength:"13"`
}

func (h *Handlers) appointment(ctx context.Context, in *idIn) (*appointmentOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	return oneAppointment(h.Desk.Appointment(ctx, id))
}

type createAppointmentIn struct{ Body Appointment }

func (h *Handlers) createAppointment(ctx context.Context, in *createAppointmentIn) (*appointmentOut, error) {
	a, err := readAppointment(in.Body)
	if err != nil {
		return nil, err
	}
	return oneAppointment(h.Desk.SaveAppointment(ctx, access.From(ctx).Scope(), a))
}

type updateAppointmentIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" required:"true" doc:"ETag of the version read"`
	Body    Appointment
}

func (h *Handlers) updateAppointment(ctx context.Context, in *updateAppointmentIn) (*appointmentOut, error) {
	a, err := readAppointment(in.Body)
	if err != nil {
		return nil, err
	}
	if a.ID, err = parse(in.ID, "id"); err != nil {
		return nil, err
	}
	if a.Version, err = api.Version(in.IfMatch); err != nil {
		return nil, err
	}
	return oneAppointment(h.Desk.SaveAppointment(ctx, access.From(ctx).Scope(), a))
}

type versionedIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" required:"true" doc:"ETag of the version read"`
}

func (h *Handlers) deleteAppointment(ctx context.Context, in *versionedIn) (*nothing, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	return nil, h.Desk.DropAppointment(ctx, access.From(ctx).Scope(), id, version)
}

func readAppointment(w Appointment) (a helpdesk.Appointment, err error) {
	a = helpdesk.Appointment{Kind: helpdesk.AppointmentKind(w.Kind), Title: w.Title, Onsite: w.Onsite, Start: w.Start, End: w.End}
	if a.User, err = parse(w.User, "user"); err != nil {
		return a, err
	}
	a.Ticket, err = parse(w.Ticket, "ticket")
	return a, err
}

func wireAppointment(a helpdesk.Appointment) Appointment {
	return Appointment{a.ID.String(), a.Version, a.User.String(), string(a.Kind), optional(a.Ticket), a.Title, a.Onsite, a.Start, a.End}
}

// optional is an id, empty where there is none.
func optional(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}
