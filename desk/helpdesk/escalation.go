// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"slices"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Escalation is what is done when a promise comes near its end or is broken. Board, Priority and Promise narrow it; their
// zero values are any.
type Escalation struct {
	ID       ids.ID
	Board    ids.ID
	Priority Priority
	Promise  Promise
	Breach   bool        // false = when it comes near
	AssignTo ids.ID      // 0 = the assignee stays
	Raise    bool        // the priority goes up by a step
	Watchers bool        // the watchers are told
	Role     access.Role // everybody with this role is told
}

const maxEscalations = 50

// Escalations returns the rules in the order in which they apply.
func (s *Service) Escalations(ctx context.Context) ([]Escalation, error) {
	return escalations(ctx, store.New(s.p.DB.Reader()))
}

func escalations(ctx context.Context, q *store.Queries) (out []Escalation, err error) {
	rows, err := q.Escalations(ctx)
	for _, r := range rows {
		out = append(out, Escalation{
			ids.ID(r.ID), ids.ID(r.BoardID), Priority(r.Priority), Promise(r.Promise), r.Breach == 1, ids.ID(r.AssignTo), r.Raises == 1, r.Watchers == 1, access.Role(r.Role),
		})
	}
	return out, err
}

// SaveEscalation adds a rule (ID 0) or changes one.
func (s *Service) SaveEscalation(ctx context.Context, e Escalation) (ids.ID, error) {
	if err := s.checkEscalation(ctx, e); err != nil {
		return 0, err
	}
	fresh := e.ID == 0
	if fresh {
		e.ID = s.p.IDs.New()
	}
	return e.ID, s.changeSetup(ctx, "helpdesk.escalation", e.ID.String(), func(_ *sql.Tx, q *store.Queries) error {
		row := store.InsertEscalationParams{
			ID: int64(e.ID), BoardID: int64(e.Board), Priority: int64(e.Priority), Promise: string(e.Promise), Breach: flag(e.Breach), AssignTo: int64(e.AssignTo),
			Raises: flag(e.Raise), Watchers: flag(e.Watchers), Role: string(e.Role),
		}
		if fresh {
			return q.InsertEscalation(ctx, row)
		}
		n, err := q.UpdateEscalation(ctx, store.UpdateEscalationParams(row))
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such escalation.")
		}
		return err
	})
}

func (s *Service) checkEscalation(ctx context.Context, e Escalation) error {
	u, err := s.set(ctx)
	if err != nil {
		return err
	}
	have, err := s.Escalations(ctx)
	if err != nil {
		return err
	}
	if e.ID == 0 && len(have) >= maxEscalations {
		return fault.NewConflict("There are %d escalations already. Remove one first.", maxEscalations)
	}
	if _, ok := u.board(e.Board); e.Board != 0 && !ok {
		return fault.NewInvalid("This board is not in use.").On("board")
	}
	if e.Priority > Low {
		return fault.NewInvalid("A priority is urgent, high, normal or low.").On("priority")
	}
	if e.Promise != "" && !slices.Contains(Promises(), e.Promise) {
		return fault.NewInvalid("Choose what was promised: the first answer, the next answer or the solution.").On("promise")
	}
	if e.Role != "" && !slices.Contains(access.Roles(), e.Role) {
		return fault.NewInvalid("There is no such role.").On("role")
	}
	if e.AssignTo == 0 && !e.Raise && !e.Watchers && e.Role == "" {
		return fault.NewInvalid("Say what is to be done.").On("assign-to")
	}
	return s.checkAssignee(ctx, e.AssignTo)
}

// DropEscalation removes a rule.
func (s *Service) DropEscalation(ctx context.Context, id ids.ID) error {
	return s.changeSetup(ctx, "helpdesk.escalation-removed", id.String(), func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.DropEscalation(ctx, int64(id))
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such escalation.")
		}
		return err
	})
}

// escalate applies the rules that fit: to the ticket, and to the alarms, whom they tell.
func (s *Service) escalate(ctx context.Context, tx *sql.Tx, u *setup, t Ticket, alarms []Alarm) (Ticket, error) {
	list, err := escalations(ctx, store.New(tx))
	if err != nil {
		return t, err
	}
	var change Edit
	raise := false
	for _, e := range list {
		if e.Board != 0 && e.Board != t.Board || e.Priority != 0 && e.Priority != t.Priority {
			continue
		}
		for i := range alarms {
			a := &alarms[i]
			if a.Breach != e.Breach || e.Promise != "" && e.Promise != a.Promise {
				continue
			}
			a.Watchers = a.Watchers || e.Watchers
			if e.Role != "" && !slices.Contains(a.Roles, e.Role) {
				a.Roles = append(a.Roles, e.Role)
			}
			raise = raise || e.Raise
			if e.AssignTo != 0 && e.AssignTo != t.Assignee {
				change.Assignee = &e.AssignTo
			}
		}
	}
	if raise && t.Priority > Urgent {
		up := t.Priority - 1
		change.Priority = &up
	}
	if change.Assignee != nil && s.checkAssignee(ctx, *change.Assignee) != nil {
		change.Assignee = nil // has left the firm since the rule was made
	}
	if change.Assignee == nil && change.Priority == nil {
		return t, nil
	}
	t, _, err = s.mutateIn(ctx, tx, u, access.WholeFirm(), t.ID, 0, nil, func(u *setup, t *Ticket) error { return change.apply(u, t) })
	return t, err
}
