// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/json"
	"net/http"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

// showView is everything of an agreement as it stands on a day.
type showView struct {
	a       *agreements.Agreement
	client  string
	today   civil.Date
	day     civil.Date
	chosen  bool // a day was chosen
	bad     error
	monthly int64
	failed  bool
	lines   []shownLine
	pots    []shownPot
	done    []agreements.Done
	next    outlook
	issued  []Bill
	cover   []coverage
	letters []agreements.Letter
	canSend bool
	level   string
	paper   bool
}

type shownLine struct {
	*agreements.Line
	terms    *rating.Terms
	quantity money.Decimal
	fact     rating.Fact
	names    []string // the evidence, where it is names
	evidence string   // else
	month    money.Exact
}

type shownPot struct {
	*agreements.Pot
	balance *Balance
}

// coverage is what of a client is covered and what is not, of one kind.
type coverage struct {
	kind    string
	covered []agreements.Covered
	left    []agreements.Member // not covered
	known   bool                // what there is in all
}

const maxShown = 12 // documents

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a, err := h.find(r)
	if err != nil {
		return err
	}
	v := showView{a: a, today: h.Agreements.Today(a.Zone), paper: h.Paper != nil || a.Document != ""}
	v.day = a.Reference(v.today)
	var asked civil.Date
	if asked, v.bad = dayOf(r.URL.Query().Get("day"), "day"); v.bad == nil && asked.Known() {
		v.day, v.chosen = asked, asked != v.today
	}
	if v.client, err = h.Agreements.ClientName(ctx, a.Client); err != nil {
		return err
	}
	v.monthly, err = a.Monthly(v.day)
	v.failed = err != nil
	for i := range a.Lines {
		if l := (&a.Lines[i]); l.On(v.day) != nil {
			v.lines = append(v.lines, shown(l, v.day))
		}
	}
	if err := h.showPots(r, &v); err != nil {
		return err
	}
	if v.done, err = h.Agreements.Amendments(ctx, a.ID); err != nil {
		return err
	}
	if v.letters, err = h.Agreements.LettersOf(ctx, a.ID); err != nil {
		return err
	}
	if v.canSend, err = h.Agreements.CanSend(ctx); err != nil {
		return err
	}
	if st := a.Stage(v.today); st != agreements.Undone {
		if v.next, err = h.look(ctx, a, nil); err != nil {
			return err
		}
	}
	if h.Issued != nil {
		if v.issued, err = h.Issued(ctx, a.ID, maxShown); err != nil {
			return err
		}
	}
	if err := h.showCover(r, &v); err != nil {
		return err
	}
	levels, err := h.choices(ctx, h.Levels)
	if err != nil {
		return err
	}
	for _, l := range levels {
		if l.ID == a.Level {
			v.level = l.Name
		}
	}
	return page.Render(w, r, http.StatusOK, showPage(v))
}

func shown(l *agreements.Line, day civil.Date) shownLine {
	s := shownLine{Line: l, terms: l.On(day), month: l.Monthly(day)}
	s.quantity, s.fact = l.Quantity(day)
	e := l.Evidence[s.fact.ID]
	if json.Unmarshal([]byte(e), &s.names) != nil {
		s.evidence = e
	}
	return s
}

func (h *Handlers) showPots(r *http.Request, v *showView) error {
	var left map[ids.ID]Balance
	if h.Balances != nil && v.a.Holds(v.day) {
		var err error
		if left, err = h.Balances(r.Context(), v.a.Client, v.day); err != nil {
			return err
		}
	}
	for i := range v.a.Pots {
		p := &v.a.Pots[i]
		if !p.Valid.Has(v.day) {
			continue
		}
		s := shownPot{Pot: p}
		if b, ok := left[p.ID]; ok {
			s.balance = &b
		}
		v.pots = append(v.pots, s)
	}
	return nil
}

// showCover compares what the agreement covers with what the client has.
func (h *Handlers) showCover(r *http.Request, v *showView) error {
	all, err := h.Agreements.Covered(r.Context(), v.a.Client, v.day)
	if err != nil {
		return err
	}
	for _, kind := range []string{agreements.CountedDevices, agreements.CountedPeople, agreements.CountedSites} {
		counts := slices.ContainsFunc(v.a.Lines, func(l agreements.Line) bool { return l.Counted == kind && l.On(v.day) != nil })
		if !counts {
			continue
		}
		c := coverage{kind: kind}
		by := map[string]bool{}
		for _, x := range all {
			if x.Kind == kind {
				by[x.Ref] = true
				if x.Agreement == v.a.ID {
					c.covered = append(c.covered, x)
				}
			}
		}
		if h.Estate != nil && v.day == v.today {
			var list []agreements.Member
			if list, c.known, err = h.Estate(r.Context(), v.a.Client, kind); err != nil {
				return err
			}
			for _, m := range list {
				if !by[m.Ref] {
					c.left = append(c.left, m)
				}
			}
		}
		v.cover = append(v.cover, c)
	}
	return nil
}
