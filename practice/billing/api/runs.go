// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"slices"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
)

// shownDue is how many agreements one answer names; farthest is how many days ahead one may look.
const (
	shownDue = 500
	farthest = 2 * 366
)

// Due is what a run would bill of one agreement, or of a client's work by itself.
type Due struct {
	Agreement string `json:"agreement,omitempty" doc:"Id of the agreement; left out of work that is billed by itself"`
	Number    string `json:"number,omitempty"`
	Name      string `json:"name,omitempty"`
	Client    string `json:"client" doc:"Id of the client"`
	Day       string `json:"day"`
	Currency  string `json:"currency"`
	Net       string `json:"net" doc:"Of the agreement: decimal with a point; below 0 for a credit note"`
	Work      string `json:"work,omitempty" doc:"Time and materials that stand on it besides, net"`
	Last      string `json:"last,omitempty" doc:"Of the document before"`
	Held      string `json:"held,omitempty" doc:"Why a run holds it back until somebody accepts the amount"`
	Failed    string `json:"failed,omitempty" doc:"Why it cannot be billed"`
	Lines     []Line `json:"lines,omitempty" doc:"Where one agreement is asked for"`
}

type dueIn struct {
	Day       string `query:"day" maxLength:"10" doc:"Such as 2026-03-31; today where it is missing"`
	Client    string `query:"client" maxLength:"13"`
	Agreement string `query:"agreement" maxLength:"13" doc:"With the lines and their reasons"`
}

type dueOut struct {
	Body struct {
		Day  string `json:"day"`
		Due  []Due  `json:"due"`
		More int    `json:"more" doc:"How many are not named here"`
	}
}

func (h *Handlers) due(ctx context.Context, in *dueIn) (*dueOut, error) {
	o := billing.Order{Day: h.Billing.Today()}
	day, err := dayOf(in.Day, "day")
	if err != nil {
		return nil, err
	}
	if day.Known() {
		o.Day = day
	}
	if o.Day > h.Billing.Today()+farthest {
		return nil, fault.NewInvalid("Choose a day within the next two years.").On("day")
	}
	if o.Client, err = idOf(in.Client, "client"); err != nil {
		return nil, err
	}
	if o.Agreement, err = idOf(in.Agreement, "agreement"); err != nil {
		return nil, err
	}
	out := &dueOut{}
	out.Body.Day, out.Body.Due = o.Day.String(), []Due{}
	err = h.Billing.Previews(ctx, o, o.Agreement != 0, func(p *billing.Preview) error {
		if len(out.Body.Due) == shownDue {
			out.Body.More++
			return nil
		}
		c := p.Currency()
		x := Due{Client: p.ClientID.String(), Day: dayText(p.Day), Currency: string(c), Net: minorText(p.Net, c), Held: p.Held, Failed: p.Failed}
		if a := p.Agreement; a != nil {
			x.Agreement, x.Number, x.Name = a.ID.String(), a.Number, a.Name
		}
		if p.Work != 0 {
			x.Work = minorText(p.Work, c)
		}
		if !p.First {
			x.Last = minorText(p.Last, c)
		}
		if o.Agreement != 0 && p.Document != nil {
			x.Lines = linesOf(p.Document)
		}
		out.Body.Due = append(out.Body.Due, x)
		return nil
	})
	return out, err
}

type acknowledgeIn struct {
	Agreement string `path:"agreement" maxLength:"13"`
	Body      struct {
		Day      string `json:"day" maxLength:"10" doc:"As list-due says it"`
		Net      string `json:"net" maxLength:"30" doc:"The amount that is accepted; another one is held back again"`
		Currency string `json:"currency" minLength:"3" maxLength:"3"`
		Note     string `json:"note,omitempty" maxLength:"500"`
	}
}

func (h *Handlers) acknowledge(ctx context.Context, in *acknowledgeIn) (*nothing, error) {
	id, err := known(in.Agreement)
	if err != nil {
		return nil, err
	}
	day, err := dayOf(in.Body.Day, "day")
	if err != nil {
		return nil, err
	}
	if !day.Known() {
		return nil, fault.NewInvalid("%q is not a day.", in.Body.Day).On("day")
	}
	c := money.Currency(in.Body.Currency)
	if !c.Known() {
		return nil, fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", in.Body.Currency).On("currency")
	}
	net, err := minorOf(in.Body.Net, "net", c)
	if err != nil {
		return nil, err
	}
	var there *billing.Preview
	if err := h.Billing.Previews(ctx, billing.Order{Agreement: id}, false, func(p *billing.Preview) error { there = p; return nil }); err != nil {
		return nil, err
	}
	if there == nil {
		return nil, fault.NewNotFound("Nothing is due of this agreement.")
	}
	return nil, h.Billing.Acknowledge(ctx, id, day, net, in.Body.Note)
}

// BillingRun is a run as it stands.
type BillingRun struct {
	ID        string     `json:"id"`
	Day       string     `json:"day"`
	Issue     bool       `json:"issue" doc:"Documents are issued at once; else they stay drafts"`
	Client    string     `json:"client,omitempty"`
	Agreement string     `json:"agreement,omitempty"`
	Finished  bool       `json:"finished"`
	Total     int        `json:"total" doc:"Agreements that may be due"`
	Done      int        `json:"done"`
	Documents int        `json:"documents"`
	Held      int        `json:"held"`
	Failed    int        `json:"failed"`
	Author    string     `json:"author,omitempty"`
	Started   time.Time  `json:"started"`
	Ended     *time.Time `json:"ended,omitempty"`
	Left      []LeftOut  `json:"left,omitempty" doc:"What it left out; given for one run"`
}

// LeftOut is an agreement, or a client's work, that a run left out.
type LeftOut struct {
	Subject string `json:"subject" doc:"Id of the agreement, or of the client"`
	Kind    string `json:"kind" enum:"held,failed,work"`
	Text    string `json:"text"`
}

func runOf(r billing.Run) BillingRun {
	out := BillingRun{
		ID: r.ID.String(), Day: dayText(r.Day), Issue: r.Issue, Client: idText(r.Client), Agreement: idText(r.Agreement), Finished: r.Finished, Total: r.Total, Done: r.Done, Documents: r.Documents, Held: r.Held, Failed: r.Failed,
		Author: r.Author, Started: r.Started,
	}
	if !r.Ended.IsZero() {
		out.Ended = &r.Ended
	}
	return out
}

type runsIn struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type runsOut struct {
	Body struct {
		Runs []BillingRun `json:"runs"`
	}
}

func (h *Handlers) runs(ctx context.Context, in *runsIn) (*runsOut, error) {
	list, err := h.Billing.Runs(ctx, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &runsOut{}
	out.Body.Runs = []BillingRun{}
	for _, r := range list {
		out.Body.Runs = append(out.Body.Runs, runOf(r))
	}
	return out, nil
}

type runIn struct {
	ID string `path:"id" maxLength:"13"`
}

type runOut struct{ Body BillingRun }

func (h *Handlers) one(ctx context.Context, id ids.ID) (*runOut, error) {
	r, err := h.Billing.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &runOut{runOf(r)}
	left, err := h.Billing.Exceptions(ctx, id)
	for _, x := range left {
		out.Body.Left = append(out.Body.Left, LeftOut{x.Subject.String(), x.Kind, x.Text})
	}
	return out, err
}

func (h *Handlers) run(ctx context.Context, in *runIn) (*runOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return h.one(ctx, id)
}

type startIn struct {
	BillingKeyed
	Body struct {
		Day       string `json:"day,omitempty" maxLength:"10" doc:"Bill what is due by this day; today where it is missing"`
		Issue     bool   `json:"issue,omitempty" doc:"Issue the documents at once; else they stay drafts"`
		Client    string `json:"client,omitempty" maxLength:"13" doc:"Only of this client, with what would ride along with the next invoice"`
		Agreement string `json:"agreement,omitempty" maxLength:"13" doc:"Only this one, with what would ride along with the next invoice"`
	}
}

func (h *Handlers) start(ctx context.Context, in *startIn) (*runOut, error) {
	o := billing.Order{Issue: in.Body.Issue}
	day, err := dayOf(in.Body.Day, "day")
	if err != nil {
		return nil, err
	}
	if day.Known() {
		o.Day = day
	} else {
		o.Day = civil.NoDate
	}
	if o.Client, err = idOf(in.Body.Client, "client"); err != nil {
		return nil, err
	}
	if o.Agreement, err = idOf(in.Body.Agreement, "agreement"); err != nil {
		return nil, err
	}
	id, err := h.Billing.StartOnce(ctx, in.Key, o)
	if err != nil {
		return nil, err
	}
	return h.one(ctx, id)
}

func (h *Handlers) resume(ctx context.Context, in *runIn) (*runOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := h.Billing.Run(ctx, id); err != nil {
		return nil, err
	}
	if err := h.Billing.Continue(ctx, id, nil); err != nil {
		return nil, err
	}
	return h.one(ctx, id)
}

type issueRunIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		All       bool     `json:"all,omitempty" doc:"All drafts of the run"`
		Documents []string `json:"documents,omitempty" maxItems:"1000" doc:"Ids of drafts of the run: all of them are issued, or none"`
	}
}

type issuedOut struct {
	Body struct {
		Issued []Document `json:"issued" doc:"Without their lines"`
	}
}

// atOnce is how many documents are issued in one transaction.
const atOnce = 500

func (h *Handlers) issueRun(ctx context.Context, in *issueRunIn) (*issuedOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := h.Billing.Run(ctx, id); err != nil {
		return nil, err
	}
	if in.Body.All == (len(in.Body.Documents) > 0) {
		return nil, fault.NewInvalid("Choose at least one draft.").On("documents")
	}
	state := billing.DraftDoc
	var drafts []ids.ID
	for f := (billing.Filter{Run: id, State: &state, Limit: 500}); ; {
		list, err := h.Billing.List(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, d := range list.Rows {
			drafts = append(drafts, d.ID)
			f.Before = d.ID
		}
		if !list.More {
			break
		}
	}
	chosen := drafts
	if !in.Body.All {
		chosen = nil
		for _, s := range in.Body.Documents {
			x, err := idOf(s, "documents")
			if err != nil {
				return nil, err
			}
			if !slices.Contains(drafts, x) {
				return nil, fault.NewInvalid("%q is no draft of this run.", s).On("documents")
			}
			if !slices.Contains(chosen, x) {
				chosen = append(chosen, x)
			}
		}
	}
	slices.Sort(chosen) // numbers follow the order in which the run wrote them
	out := &issuedOut{}
	out.Body.Issued = []Document{}
	for part := range slices.Chunk(chosen, atOnce) {
		docs, err := h.Billing.Issue(ctx, part...)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			out.Body.Issued = append(out.Body.Issued, headOf(d))
		}
	}
	return out, nil
}
