// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/practice/agreements"
	"mainstay/practice/catalogue"
)

// AgreementChange is one change of a line, or a new line.
type AgreementChange struct {
	Line     string          `json:"line,omitempty" maxLength:"13"`
	New      *AgreementLine  `json:"new,omitempty"`
	Terms    *AgreementTerms `json:"terms,omitempty"`
	Quantity string          `json:"quantity,omitempty"`
	Last     string          `json:"last,omitempty" doc:"Its last day, which is still billed"`
	GoesOn   bool            `json:"goesOn,omitempty" doc:"Takes its last day back"`
}

type amendAgreementIn struct {
	VersionedAgreementIn
	Body struct {
		Day        string                     `json:"day" doc:"From which the changes hold"`
		Reason     string                     `json:"reason,omitempty" maxLength:"2000"`
		Changes    []AgreementChange          `json:"changes,omitempty" maxItems:"500" doc:"Of lines"`
		Allowances []AgreementAllowanceChange `json:"allowances,omitempty" maxItems:"50" doc:"Of allowances"`
	}
}

// AgreementAllowanceChange is another allowance in the place of one, a new one, or the end of one.
type AgreementAllowanceChange struct {
	Allowance string              `json:"allowance,omitempty" maxLength:"13" doc:"That ends on the day before; left out: a new one is added"`
	New       *AgreementAllowance `json:"new,omitempty" doc:"That is granted from the day on; what is left of the other one goes over. Left out: it only ends"`
	Line      string              `json:"line,omitempty" maxLength:"13" doc:"Bills what goes beyond the new one; left out: as before"`
	Free      bool                `json:"free,omitempty" doc:"What goes beyond the new one is free"`
}

func (in AgreementAllowanceChange) change() (c agreements.PotChange, err error) {
	c.Free = in.Free
	if c.End, err = optional(in.Allowance, "allowance"); err != nil {
		return c, err
	}
	if c.Line, err = optional(in.Line, "line"); err != nil {
		return c, err
	}
	if in.New != nil {
		p, err := in.New.pot()
		if err != nil {
			return c, err
		}
		c.New = &p
	}
	return c, nil
}

func (h *Handlers) amend(ctx context.Context, in *amendAgreementIn) (*agreementOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	am := agreements.Amendment{Reason: in.Body.Reason}
	if am.Day, err = dayOf(in.Body.Day, "day"); err != nil {
		return nil, err
	}
	for _, x := range in.Body.Changes {
		c, err := x.change()
		if err != nil {
			return nil, err
		}
		am.Changes = append(am.Changes, c)
	}
	for _, x := range in.Body.Allowances {
		c, err := x.change()
		if err != nil {
			return nil, err
		}
		am.Pots = append(am.Pots, c)
	}
	if _, err := h.Agreements.Amend(ctx, id, version, am); err != nil {
		return nil, err
	}
	return h.out(ctx, id, am.Day)
}

// AgreementAmendment is an amendment that was made.
type AgreementAmendment struct {
	Number  int                `json:"number"`
	Day     string             `json:"day"`
	Kind    string             `json:"kind"`
	Reason  string             `json:"reason,omitempty"`
	Author  string             `json:"author,omitempty"`
	Made    time.Time          `json:"made"`
	Changes []AgreementSummary `json:"changes,omitempty"`
}

// AgreementSummary is what an amendment did to one line.
type AgreementSummary struct {
	Line string `json:"line"`
	What string `json:"what"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
	Day  string `json:"day,omitempty"`
}

type amendmentsOut struct {
	Body struct {
		Items []AgreementAmendment `json:"items"`
	}
}

func (h *Handlers) amendments(ctx context.Context, in *agreementLineIn) (*amendmentsOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := h.out(ctx, id, civil.NoDate); err != nil { // it is there, and in scope
		return nil, err
	}
	list, err := h.Agreements.Amendments(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &amendmentsOut{}
	out.Body.Items = []AgreementAmendment{}
	for _, d := range list {
		x := AgreementAmendment{Number: d.Number, Day: d.Day.String(), Kind: d.Kind, Reason: d.Reason, Author: d.Author, Made: d.Made}
		for _, s := range d.Summaries {
			y := AgreementSummary{Line: s.Line, What: s.What, Old: bound(s.Old), New: bound(s.New)}
			if s.Day != nil {
				y.Day = dayText(*s.Day)
			}
			x.Changes = append(x.Changes, y)
		}
		out.Body.Items = append(out.Body.Items, x)
	}
	return out, nil
}

type agreementCountIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		Day      string `json:"day"`
		Quantity string `json:"quantity" minLength:"1"`
		Evidence string `json:"evidence,omitempty" maxLength:"20000"`
	}
}

func (h *Handlers) count(ctx context.Context, in *agreementCountIn) (*empty, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	f := agreements.NewFact{Source: agreements.CountedHand, Evidence: in.Body.Evidence}
	if f.Day, err = dayOf(in.Body.Day, "day"); err != nil {
		return nil, err
	}
	if f.Quantity, err = catalogue.ParseDecimal(in.Body.Quantity, "quantity"); err != nil {
		return nil, err
	}
	return nil, h.Agreements.Count(ctx, id, f)
}

// AgreementMember is a device, a person or a site that a counted line covers or covered.
type AgreementMember struct {
	Ref    string `json:"ref"`
	Name   string `json:"name"`
	Starts string `json:"starts"`
	Ends   string `json:"ends,omitempty" doc:"The last day; left out while it is covered"`
}

type membersOut struct {
	Body struct {
		Items []AgreementMember `json:"items"`
	}
}

func (h *Handlers) members(ctx context.Context, in *agreementLineIn) (*membersOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	if !access.From(ctx).Scope().All() {
		return nil, fault.NewNotFound("There is no such line in an agreement.")
	}
	list, err := h.Agreements.Members(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &membersOut{}
	out.Body.Items = []AgreementMember{}
	for _, m := range list {
		x := AgreementMember{Ref: m.Ref, Name: m.Name, Starts: m.Starts.String()}
		if m.Ends < h.Agreements.Today("").AddDays(36500) {
			x.Ends = m.Ends.String()
		}
		out.Body.Items = append(out.Body.Items, x)
	}
	return out, nil
}
