// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/notify"
)

// demoRule names the value that holds the escalation of the invented firm.
const demoRule = "demo.escalation"

// loadDemoNews tells the owner of the invented firm of some of its tickets, and makes an escalation. tickets are in the
// order of the world's.
func (a *App) loadDemoNews(ctx context.Context, tickets []string) error {
	rule, err := a.Desk.SaveEscalation(ctx, helpdesk.Escalation{Priority: helpdesk.Urgent, Promise: helpdesk.FirstAnswer, Breach: true, Watchers: true, Role: access.Manager})
	if err != nil {
		return err
	}
	if err := a.Values.Set(ctx, demoRule, rule.String()); err != nil {
		return err
	}
	owner := a.demoOwner(ctx)
	if owner.ID == 0 {
		return nil
	}
	due := a.Clock.Now().Add(40 * time.Minute).UnixMicro()
	for _, x := range []struct {
		ticket int
		kind   string
		data   newsData
	}{
		{9, newsAssigned, newsData{Who: "Rosa Lind"}},
		{6, newsAnswer, newsData{Who: "Helen Vale", Text: "One more thing: Marcus needs access to the litigation archive from the first day."}},
		{3, newsDeadline, newsData{Promise: helpdesk.Solution, Due: due}},
		{0, newsAnswer, newsData{Who: "Dr Mensah", Text: "Thank you, RCP-02 is quiet now. RCP-01 still asks."}},
		{0, newsMention, newsData{Who: "Rosa Lind", Text: "@Ada the token cache on RCP-01 is stale as well, shall I clear it?"}},
	} {
		if x.ticket >= len(tickets) {
			continue
		}
		id, err := ids.Parse(tickets[x.ticket])
		if err != nil {
			return err
		}
		t, err := a.Desk.Get(ctx, access.WholeFirm(), id)
		if err != nil {
			return err
		}
		n := ticketNews(x.kind, "demo/"+t.ID.String(), t, x.data)
		n.To, n.Quiet = []ids.ID{owner.ID}, true
		if err := a.tell(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// tell tells news that belong to no change.
func (a *App) tell(ctx context.Context, n notify.News) error {
	return a.DB.Write(ctx, func(tx *sql.Tx) error { return a.Notify.Tell(ctx, tx, n) })
}

// removeDemoNews takes both away.
func (a *App) removeDemoNews(ctx context.Context, tickets []string) error {
	for _, x := range tickets {
		id, err := ids.Parse(x)
		if err != nil {
			return err
		}
		if err := a.Notify.Forget(ctx, aboutTicket(id)); err != nil {
			return err
		}
	}
	have, err := a.Values.Get(ctx, demoRule)
	if err != nil || have == "" {
		return err
	}
	id, err := ids.Parse(have)
	if err != nil {
		return err
	}
	if err := a.Desk.DropEscalation(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return a.Values.Set(ctx, demoRule, "")
}
