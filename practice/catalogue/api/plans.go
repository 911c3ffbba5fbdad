// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"

	"mainstay/kit/api"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/catalogue"
)

// CatalogueLine is one item of a plan on the wire.
type CatalogueLine struct {
	Item     string `json:"item" maxLength:"13"`
	Optional bool   `json:"optional,omitempty"`
	Counts   string `json:"counts" enum:"nothing,devices,people,sites,licences" doc:"What the quantity follows from, times quantity"`
	Quantity string `json:"quantity" doc:"Such as 1"`
	Own      string `json:"price,omitempty" doc:"Of one, in the plan's currency; left out: the catalogue's"`
}

// CataloguePlan is a bundle that clients can choose, on the wire.
type CataloguePlan struct {
	ID        string          `json:"id,omitempty" readOnly:"true"`
	Name      string          `json:"name" minLength:"1" maxLength:"200"`
	Tier      int             `json:"tier" minimum:"1" maximum:"20" doc:"Its place among the plans"`
	Scope     string          `json:"scope,omitempty" maxLength:"20000" doc:"What is in it, for clients"`
	Currency  string          `json:"currency" minLength:"3" maxLength:"3"`
	Least     string          `json:"minimum,omitempty" doc:"Per month"`
	Suggested bool            `json:"suggested,omitempty" readOnly:"true"`
	Archived  bool            `json:"archived,omitempty"`
	Lines     []CatalogueLine `json:"lines" maxItems:"100"`
	Version   int64           `json:"version,omitempty" readOnly:"true"`
}

func wirePlan(p catalogue.Plan) CataloguePlan {
	out := CataloguePlan{
		ID: p.ID.String(), Name: p.Name, Tier: p.Tier, Scope: p.Scope, Currency: string(p.Currency), Least: number(p.Least), Suggested: p.Suggested, Archived: p.Archived,
		Lines: make([]CatalogueLine, len(p.Lines)), Version: p.Version,
	}
	for i, l := range p.Lines {
		out.Lines[i] = CatalogueLine{Item: l.Item.String(), Optional: l.Optional, Counts: string(l.Counts), Quantity: l.Quantity.String()}
		if l.Own != nil {
			out.Lines[i].Own = l.Own.String()
		}
	}
	return out
}

func (in CataloguePlan) plan() (p catalogue.Plan, err error) {
	p = catalogue.Plan{Name: in.Name, Tier: in.Tier, Scope: in.Scope, Currency: money.Currency(in.Currency), Archived: in.Archived}
	if p.Least, err = catalogue.ParseDecimal(in.Least, "minimum"); err != nil {
		return p, err
	}
	for _, x := range in.Lines {
		l := catalogue.Line{Optional: x.Optional, Counts: catalogue.Counts(x.Counts)}
		l.Item, _ = ids.Parse(x.Item) // 0 is refused
		if l.Quantity, err = catalogue.ParseDecimal(x.Quantity, "lines"); err != nil {
			return p, err
		}
		if x.Own != "" {
			d, err := catalogue.ParseDecimal(x.Own, "lines")
			if err != nil {
				return p, err
			}
			l.Own = &d
		}
		p.Lines = append(p.Lines, l)
	}
	return p, nil
}

type cataloguePlansIn struct {
	All bool `query:"all" doc:"Also those that are archived"`
}

type cataloguePlansOut struct {
	Body struct {
		Plans []CataloguePlan `json:"plans"`
	}
}

type cataloguePlanOut struct {
	ETag string `header:"ETag"`
	Body CataloguePlan
}

type catalogueNewPlanIn struct{ Body CataloguePlan }

type catalogueChangePlanIn struct {
	VersionedIn
	Body CataloguePlan
}

func (h *Handlers) plans(ctx context.Context, in *cataloguePlansIn) (*cataloguePlansOut, error) {
	list, err := h.Catalogue.Plans(ctx, in.All)
	if err != nil {
		return nil, err
	}
	out := &cataloguePlansOut{}
	out.Body.Plans = make([]CataloguePlan, len(list))
	for i, p := range list {
		out.Body.Plans[i] = wirePlan(p)
	}
	return out, nil
}

func (h *Handlers) getPlan(ctx context.Context, in *catalogueOneIn) (*cataloguePlanOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	p, err := h.Catalogue.Plan(ctx, id)
	if err != nil {
		return nil, err
	}
	return &cataloguePlanOut{ETag: api.ETag(p.Version), Body: wirePlan(p)}, nil
}

func (h *Handlers) putPlan(ctx context.Context, id ids.ID, version int64, in CataloguePlan) (*cataloguePlanOut, error) {
	p, err := in.plan()
	if err != nil {
		return nil, err
	}
	p.ID, p.Version = id, version
	if id, err = h.Catalogue.SavePlan(ctx, p); err != nil {
		return nil, err
	}
	return h.getPlan(ctx, &catalogueOneIn{id.String()})
}

func (h *Handlers) createPlan(ctx context.Context, in *catalogueNewPlanIn) (*cataloguePlanOut, error) {
	return h.putPlan(ctx, 0, 0, in.Body)
}

func (h *Handlers) updatePlan(ctx context.Context, in *catalogueChangePlanIn) (*cataloguePlanOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	return h.putPlan(ctx, id, version, in.Body)
}

func (h *Handlers) deletePlan(ctx context.Context, in *catalogueOneIn) (*empty, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Catalogue.DeletePlan(ctx, id)
}
