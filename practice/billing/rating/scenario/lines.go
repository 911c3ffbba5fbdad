// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// add gives a line its place; names are unique, because results are told apart by them.
func (s *Scenario) add(n node, name string, taxes []string) *line {
	for _, l := range s.lines {
		if l.name == name {
			n.fail(fault.NewInvalid("%s is given twice: %q.", n.name(), shortened(name)))
		}
	}
	l := &line{id: ids.ID(len(s.lines) + 1), name: name, taxes: taxes, sources: map[ids.ID]string{}}
	s.lines = append(s.lines, l)
	return l
}

// mustKnow is known that may not be left out.
func (s *Scenario) mustKnow(n node) int64 {
	if n.missing() {
		n.fail(fault.NewInvalid("%s is missing.", n.name()))
	}
	return s.known(n, civil.NoDate)
}

// termFields may stand in terms, or in the line itself where it has but one set of terms.
var termFields = []string{
	"from", "known", "once", "interval", "every", "anchor", "anchor_day", "bill_every", "due", "proration", "quantity",
	"model", "price", "size", "free", "tiers", "minimum", "maximum", "percent_off",
}

func (s *Scenario) readLine(n node) {
	n.fields(append([]string{"name", "tax", "last", "ends", "terms", "count", "facts", "escalator"}, termFields...)...)
	l := s.add(n.get("name"), n.get("name").must(), s.taxCodes(n.get("tax")))
	if last := n.get("last"); !last.missing() {
		l.last = append(l.last, known[civil.Date]{last.day(civil.NoDate), always})
	}
	for _, e := range n.get("ends").list(maxTerms) {
		e.fields("last", "known")
		l.last = append(l.last, known[civil.Date]{e.get("last").day(civil.NoDate), s.mustKnow(e.get("known"))})
	}
	l.readTerms(s, n)
	if *n.err == nil && len(l.last) > 0 && l.last[0].is.Known() && !n.get("last").missing() && l.last[0].is < l.terms[0].is.From {
		n.get("last").fail(fault.NewInvalid("%s must not lie before the first day, %s.", n.get("last").name(), l.terms[0].is.From))
	}
	l.readFacts(s, n)
	s.readEscalator(n.get("escalator"), l)
}

func (l *line) readTerms(s *Scenario, n node) {
	terms := n.get("terms").list(maxTerms)
	if n.get("terms").missing() {
		terms = []node{n}
		if n.get("from").missing() {
			n.fail(fault.NewInvalid("%s has neither terms nor a from: since when is what charged?", n.name()))
		}
	} else {
		if len(terms) == 0 {
			n.get("terms").fail(fault.NewInvalid("%s is empty.", n.get("terms").name()))
		}
		for _, k := range termFields {
			if !n.get(k).missing() {
				n.get(k).fail(fault.NewInvalid("%s belongs into the terms of the line, since it has some.", n.get(k).name()))
			}
		}
		for _, t := range terms {
			t.fields(termFields...)
		}
	}
	for i, t := range terms {
		x := readTerms(t)
		x.ID = ids.ID(i + 1)
		if before := t.get("known").missing(); i > 0 && (x.From < l.terms[i-1].is.From || x.From == l.terms[i-1].is.From && before) {
			t.get("from").fail(fault.NewInvalid("%s: each change must begin after the one before it.", t.get("from").name()))
		}
		l.terms = append(l.terms, known[rating.Terms]{x, s.known(t.get("known"), civil.NoDate)})
	}
}

func (l *line) readFacts(s *Scenario, n node) {
	list, count := n.get("facts").list(maxFacts), n.get("count")
	flat := !slices.ContainsFunc(l.terms, func(t known[rating.Terms]) bool { return t.is.Price.Model != rating.Flat || t.is.Rule == rating.Sum })
	for _, x := range []node{count, n.get("facts")} {
		if flat && !x.missing() {
			x.fail(becauseFlat(x.name()))
		}
	}
	if !flat && count.missing() && n.get("facts").missing() {
		n.fail(fault.NewInvalid("%s says nothing of how many there are: give a count or facts (which may be an empty list).", n.name()))
	}
	put := func(x rating.Fact, change *money.Decimal, from int64, at node) {
		at.check(x.Check())
		l.sources[x.ID] = x.Source
		l.facts = append(l.facts, known[fact]{fact{x, change}, from})
	}
	if !count.missing() && *n.err == nil {
		if slices.ContainsFunc(l.terms, func(t known[rating.Terms]) bool { return t.is.Rule == rating.Sum }) {
			count.fail(fault.NewInvalid("%s is a level: say with facts what was used on which day.", count.name()))
		}
		put(rating.Fact{ID: ids.ID(len(list) + 1), Day: l.terms[0].is.From, Quantity: count.number()}, nil, always, count)
	}
	for i, f := range list {
		f.fields("day", "quantity", "change", "source", "known")
		x := rating.Fact{ID: ids.ID(i + 1), Day: f.get("day").mustDay(), Quantity: f.get("quantity").number(), Source: f.get("source").text()}
		change := f.get("change").optional()
		switch {
		case f.get("quantity").missing() && change == nil:
			f.get("quantity").fail(fault.NewInvalid("%s is missing.", f.get("quantity").name()))
		case change != nil && !f.get("quantity").missing():
			f.fail(fault.NewInvalid("%s has a quantity and a change: only one of them.", f.name()))
		}
		put(x, change, s.known(f.get("known"), x.Day), f)
		if *n.err != nil {
			return
		}
	}
}

// only refuses fields that would change nothing, because whoever wrote them meant something.
func (n node) only(why func(place string) *fault.Error, fields ...string) {
	for _, k := range fields {
		if x := n.get(k); !x.missing() {
			x.fail(why(x.name()))
		}
	}
}

func becauseFlat(place string) *fault.Error {
	return fault.NewInvalid("%s changes nothing, because the price is flat: give \"model\": \"per_unit\" or another that counts.", place)
}

func becauseOnce(place string) *fault.Error {
	return fault.NewInvalid("%s changes nothing, because the price is charged once.", place)
}

func becauseModel(place string) *fault.Error {
	return fault.NewInvalid("%s changes nothing for this model of price.", place)
}

func becauseTiers(place string) *fault.Error {
	return fault.NewInvalid("%s changes nothing, because the price is by tiers, which have unit and flat.", place)
}

func readTerms(n node) (t rating.Terms) {
	if q := n.get("quantity"); q.numeric() {
		q.fail(fault.NewInvalid("%s says how the quantity follows from the facts, such as \"at_end\"; how many there are is the count of the line.", q.name()))
	}
	t = rating.Terms{
		From: n.get("from").mustDay(), Once: n.get("once").flag(),
		Prorate: choice(n.get("proration"), prorationWords, prorationValues),
		Rule:    choice(n.get("quantity"), ruleWords, ruleValues),
		Price: rating.Price{
			Model: choice(n.get("model"), modelWords, modelValues), Unit: n.get("price").number(), Size: n.get("size").number(), Free: n.get("free").number(),
			Least: n.get("minimum").optional(), Most: n.get("maximum").optional(),
		},
	}
	switch due := n.get("due"); choice(due, dueWords, dueWords) {
	case "arrears":
		t.Arrears = true
	case "each_run":
		t.Arrears, t.Interim = true, true
	case "":
		t.Arrears = t.Rule == rating.Sum && !t.Once // what is used is known only afterwards
	}
	readPrice(n, &t.Price)
	if t.Once {
		n.only(becauseOnce, "interval", "every", "anchor", "anchor_day", "bill_every", "proration")
	} else {
		t.Cycle = readCycle(n, t.From)
		if e := n.get("bill_every"); !e.missing() {
			t.Bill = t.Cycle
			t.Bill.Every = max(1, t.Cycle.Every) * e.count(1, rating.MaxEvery, 1)
		}
	}
	if *n.err == nil {
		n.check(t.Check())
	}
	return t
}

// readCycle reads interval, every, anchor and anchor_day. The anchor is the first day unless it is given; "calendar" is the
// beginning of the month, the year or the week.
func readCycle(n node, from civil.Date) rating.Cycle {
	c := rating.Cycle{
		Unit: choice(n.get("interval"), unitWords, unitValues), Every: n.get("every").count(1, rating.MaxEvery, 1), Day: n.get("anchor_day").count(1, 31, 0),
	}
	switch a := n.get("anchor"); {
	case a.missing():
		c.Anchor = from
	case a.v == "calendar":
		if !from.Known() {
			return c
		}
		switch y, _, _ := from.Civil(); c.Unit {
		case rating.Month:
			c.Anchor = from.Month().First()
		case rating.Quarter, rating.Year:
			c.Anchor = civil.NewMonth(y, 1).First()
		case rating.Week:
			c.Anchor = from.AddDays(-(int(from.Weekday()) + 6) % 7)
		default:
			c.Anchor = from
		}
	default:
		c.Anchor = a.day(civil.NoDate)
	}
	return c
}
