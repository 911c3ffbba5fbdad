// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// The most of everything in one file.
const (
	maxLines = 1000
	maxTerms = 200
	maxFacts = 20_000
	maxRuns  = 2000
	maxWork  = 50_000
	maxRates = 100
)

// Scenario is an agreement's life, ready to be run.
type Scenario struct {
	Currency money.Currency
	zone     *time.Location
	rounding rating.Rounding
	within   bool // amounts contain their tax
	rates    []rating.Dated
	lines    []*line
	pots     []*pot
	hands    []adjustment

	minimums  []*minimum
	discounts []*discount

	runs []moment
}

// known is something with the day from which runs know it.
type known[T any] struct {
	is   T
	from civil.Date
}

type line struct {
	id    ids.ID
	name  string
	tax   string
	terms []known[rating.Terms]
	facts []known[rating.Fact]
	last  []known[civil.Date]

	sources map[ids.ID]string // of facts
}

type pot struct {
	name    string
	rules   rating.Pot
	work    []known[rating.Work]
	over    *line // what is used beyond it
	alert   *money.Decimal
	typeIDs map[string]ids.ID
}

type adjustment struct {
	day    civil.Date
	line   string
	from   civil.Date
	amount int64

	path string
}

type moment struct {
	at  string
	day civil.Date
}

var (
	unitWords  = []string{"month", "quarter", "year", "week", "day"}
	unitValues = []rating.Unit{rating.Month, rating.Quarter, rating.Year, rating.Week, rating.Day}

	modelWords  = []string{"flat", "per_unit", "graduated", "volume", "package"}
	modelValues = []rating.Model{rating.Flat, rating.PerUnit, rating.Graduated, rating.Volume, rating.Package}

	ruleWords  = []string{"each_day", "at_end", "at_start", "maximum", "average", "day_by_day", "sum"}
	ruleValues = []rating.Rule{rating.EachDay, rating.AtEnd, rating.AtStart, rating.Maximum, rating.Average, rating.DayByDay, rating.Sum}

	prorationWords  = []string{"actual", "thirty", "strict_thirty", "none"}
	prorationValues = []rating.Proration{rating.Actual, rating.Thirty, rating.Strict30, rating.Never}
)

// Read reads a scenario. A fault names the place of the first thing that is wrong.
func Read(data []byte) (*Scenario, error) {
	v, err := parse(data)
	if err != nil {
		return nil, err
	}
	var first error
	n := node{"", v, &first}.fields("currency", "zone", "tax", "lines", "allowances", "work", "minimums", "discounts", "adjustments", "runs")
	s := &Scenario{Currency: money.Currency(n.get("currency").must()), zone: time.UTC}
	if len(s.Currency) != 3 {
		n.get("currency").fail(fault.NewInvalid("%s must be a code of three letters such as EUR.", "currency"))
	}
	if z := n.get("zone"); !z.missing() {
		if zone, err := rating.Zone(z.text()); err != nil {
			z.fail(fault.NewInvalid("%s must be a time zone such as Europe/Berlin.", "zone").Because(err))
		} else {
			s.zone = zone
		}
	}
	s.readTax(n.get("tax"))
	for _, l := range n.get("lines").list(maxLines) {
		s.readLine(l)
	}
	for _, p := range n.get("allowances").list(maxLines) {
		s.readPot(p)
	}
	for _, w := range n.get("work").list(maxWork) {
		s.readWork(w)
	}
	for _, m := range n.get("minimums").list(maxTerms) {
		s.readMinimum(m)
	}
	for _, d := range n.get("discounts").list(maxTerms) {
		s.readDiscount(d)
	}
	for _, a := range n.get("adjustments").list(maxFacts) {
		s.readAdjustment(a)
	}
	for _, r := range n.get("runs").list(maxRuns) {
		s.readRun(r)
	}
	if len(s.runs) == 0 {
		n.get("runs").fail(fault.NewInvalid("%s is missing.", "runs"))
	}
	if first != nil {
		return nil, first
	}
	return s, nil
}

func (s *Scenario) readTax(n node) {
	if n.missing() {
		return
	}
	n.fields("rounding", "inclusive", "rates")
	s.rounding = choice(n.get("rounding"), []string{"category", "line"}, []rating.Rounding{rating.ByCategory, rating.ByLine})
	s.within = n.get("inclusive").flag()
	for _, r := range n.get("rates").list(maxRates) {
		r.fields("code", "category", "percent", "from")
		rate := rating.Dated{From: r.get("from").day(civil.NoDate), Rate: rating.Rate{
			Code: r.get("code").must(), Category: rating.Category(r.get("category").text()), Percent: r.get("percent").number(),
		}}
		if rate.Category == "" {
			rate.Category = rating.Standard
		}
		r.check(rate.Check())
		s.rates = append(s.rates, rate)
	}
}

// check puts a fault of the arithmetic at its place.
func (n node) check(err error) {
	if err != nil && *n.err == nil {
		*n.err = fault.NewInvalid("%s: %s", n.name(), fault.TextOf(err)).On(n.path).Because(err)
	}
}

func (s *Scenario) taxCode(n node) string {
	code := n.text()
	for _, r := range s.rates {
		if code == "" || r.Code == code {
			return code
		}
	}
	if code != "" {
		n.fail(fault.NewInvalid("%s names a tax that the file does not have.", n.name()))
	}
	return code
}

// add gives a line its place; names are unique, because results are told apart by them.
func (s *Scenario) add(n node, name, tax string) *line {
	for _, l := range s.lines {
		if l.name == name {
			n.fail(fault.NewInvalid("%s is given twice.", n.name()))
		}
	}
	l := &line{id: ids.ID(len(s.lines) + 1), name: name, tax: tax, sources: map[ids.ID]string{}}
	s.lines = append(s.lines, l)
	return l
}

func (s *Scenario) readLine(n node) {
	n.fields("name", "tax", "last", "ends", "terms", "facts")
	l := s.add(n.get("name"), n.get("name").must(), s.taxCode(n.get("tax")))
	if last := n.get("last"); !last.missing() {
		l.last = append(l.last, known[civil.Date]{last.day(civil.NoDate), civil.NoDate})
	}
	for _, e := range n.get("ends").list(maxTerms) {
		e.fields("last", "known")
		l.last = append(l.last, known[civil.Date]{e.get("last").day(civil.NoDate), e.get("known").mustDay()})
	}
	terms := n.get("terms").list(maxTerms)
	if len(terms) == 0 {
		n.get("terms").fail(fault.NewInvalid("%s is missing.", n.get("terms").name()))
	}
	for i, t := range terms {
		x, from := readTerms(t)
		x.ID = ids.ID(i + 1)
		if i > 0 && x.From <= l.terms[i-1].is.From {
			t.get("from").fail(fault.NewInvalid("%s: each change must begin after the one before it.", t.get("from").name()))
		}
		l.terms = append(l.terms, known[rating.Terms]{x, from})
	}
	for i, f := range n.get("facts").list(maxFacts) {
		f.fields("day", "quantity", "source", "known")
		x := rating.Fact{ID: ids.ID(i + 1), Day: f.get("day").mustDay(), Quantity: f.get("quantity").number(), Source: f.get("source").text()}
		if f.get("quantity").missing() {
			f.get("quantity").fail(fault.NewInvalid("%s is missing.", f.get("quantity").name()))
		}
		f.check(x.Check())
		l.sources[x.ID] = x.Source
		l.facts = append(l.facts, known[rating.Fact]{x, f.get("known").day(x.Day)})
	}
}

func readTerms(n node) (t rating.Terms, from civil.Date) {
	n.fields("from", "known", "once", "interval", "every", "anchor", "anchor_day", "bill_every", "due", "proration", "quantity",
		"model", "price", "size", "free", "tiers", "minimum", "maximum")
	t = rating.Terms{
		From: n.get("from").mustDay(), Once: n.get("once").flag(),
		Arrears: choice(n.get("due"), []string{"advance", "arrears"}, []bool{false, true}),
		Prorate: choice(n.get("proration"), prorationWords, prorationValues),
		Rule:    choice(n.get("quantity"), ruleWords, ruleValues),
		Price: rating.Price{
			Model: choice(n.get("model"), modelWords, modelValues), Unit: n.get("price").number(), Size: n.get("size").number(), Free: n.get("free").number(),
			Least: n.get("minimum").optional(), Most: n.get("maximum").optional(),
		},
	}
	for _, x := range n.get("tiers").list(rating.MaxTiers) {
		x.fields("up_to", "unit", "flat")
		t.Price.Tiers = append(t.Price.Tiers, rating.Tier{
			UpTo: x.get("up_to").number(), Open: x.get("up_to").missing(), Unit: x.get("unit").number(), Flat: x.get("flat").number(),
		})
	}
	if !t.Once {
		t.Cycle = readCycle(n, t.From)
		if e := n.get("bill_every"); !e.missing() {
			t.Bill = t.Cycle
			t.Bill.Every = max(1, t.Cycle.Every) * e.count(1, rating.MaxEvery, 1)
		}
	}
	if *n.err == nil {
		n.check(t.Check())
	}
	return t, n.get("known").day(civil.NoDate)
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

func (s *Scenario) readPot(n node) {
	n.fields("name", "tax", "from", "last", "each", "interval", "every", "anchor", "anchor_day", "proration", "keep", "carry", "weights", "bought", "overage", "alert_percent")
	from := n.get("from").mustDay()
	p := &pot{name: n.get("name").must(), alert: n.get("alert_percent").optional(), typeIDs: map[string]ids.ID{}}
	p.rules = rating.Pot{
		Cycle: readCycle(n, from), Each: n.get("each").number(), Valid: rating.Through(from, n.get("last").day(civil.MustDate(civil.MaxYear, 1, 1))),
		Prorate: choice(n.get("proration"), prorationWords, prorationValues), Keep: n.get("keep").count(-1, 1000, 0), Carry: n.get("carry").optional(),
		Weights: map[ids.ID]money.Decimal{},
	}
	if w := n.get("weights"); !w.missing() {
		if o, ok := w.v.(*object); ok {
			for _, k := range o.keys {
				p.rules.Weights[p.typeID(k)] = w.get(k).number()
			}
		} else {
			w.fields()
		}
	}
	for i, b := range n.get("bought").list(maxTerms) {
		b.fields("from", "until", "amount")
		p.rules.Bought = append(p.rules.Bought, rating.Grant{
			ID: ids.ID(i + 1), From: b.get("from").mustDay(), Until: b.get("until").day(civil.NoDate), Amount: b.get("amount").number().Exact(),
		})
		if b.get("amount").number().Coef < 0 {
			b.get("amount").fail(fault.NewInvalid("%s must not be below 0.", b.get("amount").name()))
		}
	}
	if *n.err == nil {
		n.check(p.rules.Check())
		n.check(p.rules.Cycle.Check())
	}
	if o := n.get("overage"); !o.missing() {
		p.over = s.add(n.get("name"), p.name, s.taxCode(n.get("tax")))
		t := rating.Terms{ID: 1, From: from, Cycle: p.rules.Cycle, Arrears: true, Rule: rating.Sum, Price: rating.Price{Model: rating.PerUnit, Unit: o.number()}}
		p.over.terms = []known[rating.Terms]{{t, civil.NoDate}}
		if !n.get("last").missing() {
			p.over.last = []known[civil.Date]{{n.get("last").day(civil.NoDate), civil.NoDate}}
		}
		if *n.err == nil {
			n.check(t.Check())
		}
	}
	for _, x := range s.pots {
		if x.name == p.name {
			n.get("name").fail(fault.NewInvalid("%s is given twice.", n.get("name").name()))
		}
	}
	s.pots = append(s.pots, p)
}

// typeID numbers the work types of an allowance.
func (p *pot) typeID(name string) ids.ID {
	id, ok := p.typeIDs[name]
	if !ok {
		id = ids.ID(len(p.typeIDs) + 1)
		p.typeIDs[name] = id
	}
	return id
}

func (s *Scenario) readWork(n node) {
	n.fields("allowance", "day", "type", "amount", "known")
	name := n.get("allowance").must()
	for _, p := range s.pots {
		if p.name != name {
			continue
		}
		w := rating.Work{ID: ids.ID(len(p.work) + 1), Day: n.get("day").mustDay(), Amount: n.get("amount").number()}
		if t := n.get("type").text(); t != "" {
			w.Type = p.typeID(t)
		}
		if w.Amount.Coef < 0 {
			n.get("amount").fail(fault.NewInvalid("%s must not be below 0.", n.get("amount").name()))
		}
		p.work = append(p.work, known[rating.Work]{w, n.get("known").day(w.Day)})
		return
	}
	n.get("allowance").fail(fault.NewInvalid("%s names an allowance that the file does not have.", n.get("allowance").name()))
}

func (s *Scenario) readAdjustment(n node) {
	n.fields("day", "line", "from", "amount")
	a := adjustment{day: n.get("day").mustDay(), line: n.get("line").must(), from: n.get("from").mustDay(), path: n.path}
	minor, err := n.get("amount").number().Round(s.Currency.Digits())
	if err != nil || minor <= 0 {
		n.get("amount").fail(fault.NewInvalid("%s must be above 0: what is given back.", n.get("amount").name()))
	}
	a.amount = minor
	s.hands = append(s.hands, a)
}

func (s *Scenario) readRun(n node) {
	m := moment{at: n.text()}
	if d, err := civil.Parse(m.at); err == nil {
		m.day = d
	} else if t, err := time.Parse(time.RFC3339, m.at); err == nil {
		m.day = rating.DayIn(t, s.zone)
	} else {
		n.fail(fault.NewInvalid("%s must be a day such as 2026-01-31, or a time such as 2026-01-31T23:30:00Z.", n.name()))
	}
	if k := len(s.runs); k > 0 && m.day < s.runs[k-1].day {
		n.fail(fault.NewInvalid("%s lies before the run above it.", n.name()))
	}
	s.runs = append(s.runs, m)
}
