// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// Forms keep what was typed as it was typed, so that nothing is lost when something of it is wrong.

type tierForm struct{ UpTo, Unit, Flat string }

type lineForm struct {
	Of                                           string // the line's id, in an amendment
	Item, Code, Kind, Family, Unit, Tax, Account string
	Name, Description                            string
	Model, Price, Size, Free, Least, Most        string
	Tiers                                        []tierForm
	Counted, Filter, Quantity                    string
	Every, When, Rule, Prorate, Pot              string
	Last                                         string
}

type potForm struct {
	Name, Measure, Each, Every, Carry, Keep, Alert string
	Work                                           []string
	After                                          string // weight of an hour after hours
	Weights                                        string // what hours weigh by kind of work, as it is kept: "id:weight …"
}

type form struct {
	Version, Client, Name, Currency, Zone, Starts, Ends, Anchor, Every, When, Prorate, Lead string
	Term, Renew, Notice, Least, Rise, RiseEvery, RiseNext, RiseIndex, PayDays, Order, Scope string
	AllWork                                                                                 string
	Work                                                                                    []string
	Level, Plan, Origin                                                                     string
	Lines                                                                                   []lineForm
	Pots                                                                                    []potForm

	types []Choice // kinds of work
}

const maxRows = 600 // of a form: more than an agreement may have, so that the sentence about that is given

// everies are the intervals that can be chosen, "unit-every".
var everies = []string{"0-1", "1-1", "0-6", "2-1", "3-1"}

func everyText(c rating.Cycle) string {
	return strconv.Itoa(int(c.Unit)) + "-" + strconv.Itoa(max(1, c.Every))
}

func cycleOf(s, field string) (rating.Cycle, error) {
	unit, every, _ := strings.Cut(s, "-")
	u, err := strconv.ParseUint(unit, 10, 8)
	n, err2 := strconv.Atoi(every)
	if err != nil || err2 != nil || rating.Unit(u) > rating.Day || n < 1 {
		return rating.Cycle{}, fault.NewInvalid("Choose an interval.").On(field)
	}
	return rating.Cycle{Unit: rating.Unit(u), Every: n}, nil
}

func typedForm(r *http.Request) form {
	v := r.PostFormValue
	f := form{
		Version: v("version"), Client: v("client"), Name: v("name"), Currency: strings.ToUpper(strings.TrimSpace(v("currency"))), Zone: v("zone"), Starts: v("starts"), Ends: v("ends"), Anchor: v("anchor"),
		Every: v("every"), When: v("when"), Prorate: v("proration"), Lead: v("lead"), Term: v("term"), Renew: v("renew"), Notice: v("notice"), Least: v("least"), Rise: v("rise"), RiseEvery: v("rise-every"),
		RiseNext: v("rise-next"), RiseIndex: v("rise-index"), PayDays: v("pay-days"), Order: v("order"), Scope: v("scope"), AllWork: v("all-work"), Work: r.PostForm["work"], Level: v("level"), Plan: v("plan"), Origin: v("origin"),
	}
	for i := range maxRows {
		p := "line-" + strconv.Itoa(i) + "-"
		if !r.PostForm.Has(p + "name") {
			break
		}
		f.Lines = append(f.Lines, typedLine(r, p))
	}
	for i := range 50 {
		p := "pot-" + strconv.Itoa(i) + "-"
		if !r.PostForm.Has(p + "name") {
			break
		}
		f.Pots = append(f.Pots, potForm{Name: v(p + "name"), Measure: v(p + "measure"), Each: v(p + "each"), Every: v(p + "every"), Carry: v(p + "carry"), Keep: v(p + "keep"), Alert: v(p + "alert"), Work: r.PostForm[p+"work"], After: v(p + "after"), Weights: v(p + "weights")})
	}
	return f
}

func typedLine(r *http.Request, p string) lineForm {
	v := func(name string) string { return r.PostFormValue(p + name) }
	l := lineForm{
		Of: v("of"), Item: v("item"), Code: v("code"), Kind: v("kind"), Family: v("family"), Unit: v("unit"), Tax: v("tax"), Account: v("account"), Name: v("name"), Description: v("description"), Model: v("model"), Price: v("price"),
		Size: v("size"), Free: v("free"), Least: v("least"), Most: v("most"), Counted: v("counted"), Filter: v("filter"), Quantity: v("quantity"), Every: v("every"), When: v("when"), Rule: v("rule"), Prorate: v("proration"), Pot: v("pot"), Last: v("last"),
	}
	for i := range rating.MaxTiers + 1 {
		q := "tier-" + strconv.Itoa(i) + "-"
		if !r.PostForm.Has(p + q + "unit") {
			break
		}
		l.Tiers = append(l.Tiers, tierForm{v(q + "upto"), v(q + "unit"), v(q + "flat")})
	}
	return l
}

// act changes the rows of a form as a button asks, and reports whether it did: then the form is shown again.
func (f *form) act(do string) bool {
	what, at, _ := strings.Cut(do, ":")
	n, err := strconv.Atoi(at)
	inside := func(m int) bool { return err == nil && n >= 0 && n < m }
	switch {
	case what == "add-line":
		f.Lines = append(f.Lines, lineForm{Model: "1", Counted: at})
	case what == "drop-line" && inside(len(f.Lines)):
		f.Lines = append(f.Lines[:n:n], f.Lines[n+1:]...)
	case what == "add-tier" && inside(len(f.Lines)):
		f.Lines[n].Tiers = append(f.Lines[n].Tiers, tierForm{})
	case what == "add-pot":
		f.Pots = append(f.Pots, potForm{Measure: agreements.Hours, Alert: "10"})
	case what == "drop-pot" && inside(len(f.Pots)):
		f.Pots = append(f.Pots[:n:n], f.Pots[n+1:]...)
		for i := range f.Lines { // lines that bill a later one follow it
			if p, err := strconv.Atoi(f.Lines[i].Pot); err == nil && p > n {
				f.Lines[i].Pot = strconv.Itoa(p - 1)
				if p == n+1 {
					f.Lines[i].Pot = ""
				}
			}
		}
	case what == "refresh":
	default:
		return false
	}
	return true
}

func (f form) draft() (d agreements.NewAgreement, err error) {
	d.Client, d.Name, d.Currency, d.Zone, d.Order, d.Scope, d.Plan, d.Origin = idOf(f.Client), f.Name, money.Currency(f.Currency), strings.TrimSpace(f.Zone), f.Order, f.Scope, idOf(f.Plan), f.Origin
	d.Level = idOf(f.Level)
	d.Arrears = f.When == "arrears"
	d.Work = strings.Join(f.Work, " ")
	if f.AllWork != "" {
		d.Work = "*"
	}
	anchor := civil.NoDate
	for _, x := range []struct {
		into        *civil.Date
		text, field string
	}{{&d.Starts, f.Starts, "starts"}, {&d.Ends, f.Ends, "ends"}, {&anchor, f.Anchor, "anchor"}, {&d.Rise.Next, f.RiseNext, "rise-next"}} {
		if *x.into, err = dayOf(x.text, x.field); err != nil {
			return d, err
		}
	}
	if d.Cycle, err = cycleOf(f.Every, "every"); err != nil {
		return d, err
	}
	d.Cycle.Anchor = anchor
	for _, x := range []struct {
		into        *int
		text, field string
		none        int
	}{{&d.Lead, f.Lead, "lead", 0}, {&d.Term, f.Term, "term", 0}, {&d.Renew, f.Renew, "renew", 0}, {&d.Notice, f.Notice, "notice", 0}, {&d.Rise.Every, f.RiseEvery, "rise-every", 0}, {&d.PayDays, f.PayDays, "pay-days", -1}} {
		if *x.into, err = wholeOf(x.text, x.field, x.none); err != nil {
			return d, err
		}
	}
	if d.Prorate, err = prorationOf(f.Prorate, "proration"); err != nil {
		return d, err
	}
	if d.Least, err = decimalOf(f.Least, "least"); err != nil {
		return d, err
	}
	if d.Rise.Percent, err = catalogue.ParseDecimal(f.Rise, "rise"); err != nil {
		return d, err
	}
	d.Rise.Index = f.RiseIndex
	for _, l := range f.Lines {
		if strings.TrimSpace(l.Name+l.Price+l.Description) == "" {
			continue // an empty row is no line
		}
		x, err := l.line(&d.Head)
		if err != nil {
			return d, err
		}
		d.Lines = append(d.Lines, x)
	}
	for _, p := range f.Pots {
		x, err := p.pot(f.types)
		if err != nil {
			return d, err
		}
		d.Pots = append(d.Pots, x)
	}
	return d, nil
}

func prorationOf(s, field string) (rating.Proration, error) {
	n, err := wholeOf(s, field, 0)
	if err == nil && (n < 0 || n > int(rating.Never)) {
		err = fault.NewInvalid("There is no such proration.").On(field)
	}
	return rating.Proration(n), err
}

func (l lineForm) line(h *agreements.Head) (n agreements.NewLine, err error) {
	n.Copy = agreements.Copy{Item: idOf(l.Item), Code: l.Code, Name: l.Name, Description: l.Description, Kind: l.Kind, Family: l.Family, Unit: l.Unit, Tax: strings.TrimSpace(l.Tax), Account: strings.TrimSpace(l.Account), Counted: l.Counted, Filter: strings.TrimSpace(l.Filter)}
	if n.Quantity, err = decimalOf(l.Quantity, "lines"); err != nil {
		return n, err
	}
	if n.Pot, err = wholeOf(l.Pot, "lines", 0); err != nil {
		return n, err
	}
	n.Terms, err = l.terms(h)
	if n.Terms.Rule == rating.Sum {
		n.Quantity = nil
	}
	return n, err
}

// terms fills in what is left empty from the agreement.
func (l lineForm) terms(h *agreements.Head) (t rating.Terms, err error) {
	t.Arrears, t.Prorate = h.Arrears, h.Prorate
	switch l.When {
	case "advance":
		t.Arrears = false
	case "arrears":
		t.Arrears = true
	}
	if l.Prorate != "" {
		if t.Prorate, err = prorationOf(l.Prorate, "lines"); err != nil {
			return t, err
		}
	}
	if l.Every == "once" {
		t.Once = true
	} else if l.Every != "" {
		if t.Cycle, err = cycleOf(l.Every, "lines"); err != nil {
			return t, err
		}
	}
	if t.Price, err = l.price(); err != nil {
		return t, err
	}
	switch n, err := wholeOf(l.Rule, "lines", -1); {
	case err != nil || n > int(rating.Sum):
		return t, fault.NewInvalid("There is no such rule for a quantity.").On("lines")
	case l.Counted == agreements.CountedWork:
		t.Rule, t.Arrears = rating.Sum, true
	case n >= 0:
		t.Rule = rating.Rule(n)
	case t.Prorate == rating.Never && t.Price.Model != rating.Flat:
		t.Rule = rating.Maximum
	}
	return t, nil
}

func (l lineForm) price() (p rating.Price, err error) {
	model, err := wholeOf(l.Model, "lines", int(rating.PerUnit))
	if err != nil || model < 0 || model > int(rating.Package) {
		return p, fault.NewInvalid("A price is flat, per unit, graduated, by volume or by package.").On("lines")
	}
	p.Model = rating.Model(model)
	if strings.TrimSpace(l.Price) == "" && p.Model != rating.Graduated && p.Model != rating.Volume {
		return p, fault.NewInvalid("%s has no price. Enter one, 0 where it costs nothing.", l.Name).On("lines")
	}
	for _, x := range []struct {
		into *money.Decimal
		text string
	}{{&p.Unit, l.Price}, {&p.Size, l.Size}, {&p.Free, l.Free}} {
		if *x.into, err = catalogue.ParseDecimal(x.text, "lines"); err != nil {
			return p, err
		}
	}
	if p.Least, err = decimalOf(l.Least, "lines"); err != nil {
		return p, err
	}
	if p.Most, err = decimalOf(l.Most, "lines"); err != nil {
		return p, err
	}
	if p.Model != rating.Package {
		p.Size, p.Free = money.Decimal{}, money.Decimal{}
	}
	if p.Model != rating.Graduated && p.Model != rating.Volume {
		return p, nil
	}
	p.Unit = money.Decimal{}
	for _, x := range l.Tiers {
		if x == (tierForm{}) {
			continue
		}
		t := rating.Tier{Open: strings.TrimSpace(x.UpTo) == ""}
		for _, y := range []struct {
			into *money.Decimal
			text string
		}{{&t.UpTo, x.UpTo}, {&t.Unit, x.Unit}, {&t.Flat, x.Flat}} {
			if *y.into, err = catalogue.ParseDecimal(y.text, "lines"); err != nil {
				return p, err
			}
		}
		p.Tiers = append(p.Tiers, t)
	}
	return p, nil
}

func (f potForm) pot(types []Choice) (p agreements.Pot, err error) {
	p.Name, p.Measure, p.Work = f.Name, f.Measure, strings.Join(f.Work, " ")
	if p.Each, err = catalogue.ParseDecimal(f.Each, "pots"); err != nil {
		return p, err
	}
	if f.Every != "" {
		if p.Cycle, err = cycleOf(f.Every, "pots"); err != nil {
			return p, err
		}
		p.Cycle.Anchor = civil.NoDate
	}
	if p.Carry, err = decimalOf(f.Carry, "pots"); err != nil {
		return p, err
	}
	if p.Keep, err = wholeOf(f.Keep, "pots", 0); err != nil {
		return p, err
	}
	if p.Alert, err = wholeOf(f.Alert, "pots", 0); err != nil {
		return p, err
	}
	for _, x := range strings.Fields(f.Weights) {
		id, weight, _ := strings.Cut(x, ":")
		d, err := catalogue.ParseDecimal(weight, "pots")
		if err != nil {
			return p, err
		}
		if p.Weights == nil {
			p.Weights = map[ids.ID]money.Decimal{}
		}
		p.Weights[idOf(id)] = d
	}
	after, err := decimalOf(f.After, "pots")
	if err != nil || after == nil {
		return p, err
	}
	p.After = map[ids.ID]money.Decimal{}
	for _, t := range types {
		if len(f.Work) == 0 || slices.Contains(f.Work, t.ID.String()) {
			p.After[t.ID] = *after
		}
	}
	return p, nil
}

// formOf shows a draft in the form.
func formOf(d agreements.NewAgreement, version int64) form {
	number := func(n, none int) string {
		if n == none {
			return ""
		}
		return strconv.Itoa(n)
	}
	f := form{
		Version: strconv.FormatInt(version, 10), Client: idText(d.Client), Name: d.Name, Currency: string(d.Currency), Zone: d.Zone, Starts: dayText(d.Starts), Ends: dayText(d.Ends), Anchor: dayText(d.Cycle.Anchor), Every: everyText(d.Cycle),
		Prorate: strconv.Itoa(int(d.Prorate)), Lead: number(d.Lead, 0), Term: number(d.Term, 0), Renew: number(d.Renew, 0), Notice: number(d.Notice, 0), Least: decimalText(d.Least), RiseEvery: number(d.Rise.Every, 0), RiseNext: dayText(d.Rise.Next),
		RiseIndex: d.Rise.Index, PayDays: number(d.PayDays, -1), Order: d.Order, Scope: d.Scope, Work: strings.Fields(d.Work), Level: idText(d.Level), Plan: idText(d.Plan), Origin: d.Origin,
	}
	if d.Rise.Every > 0 {
		f.Rise = d.Rise.Percent.String()
	}
	if d.Work == "*" {
		f.Work, f.AllWork = nil, "yes"
	}
	if d.Cycle.Anchor == d.Starts {
		f.Anchor = ""
	}
	if d.Arrears {
		f.When = "arrears"
	}
	for _, l := range d.Lines {
		x := lineFormOf(&d.Head, l.Copy, &l.Terms, l.Quantity)
		x.Pot = number(l.Pot, 0)
		f.Lines = append(f.Lines, x)
	}
	for i := range d.Pots {
		f.Pots = append(f.Pots, potFormOf(&d.Pots[i]))
	}
	return f
}

func potFormOf(p *agreements.Pot) potForm {
	x := potForm{Name: p.Name, Measure: p.Measure, Each: p.Each.String(), Every: everyText(p.Cycle), Carry: decimalText(p.Carry), Alert: strconv.Itoa(p.Alert), Work: strings.Fields(p.Work)}
	if p.Keep != 0 {
		x.Keep = strconv.Itoa(p.Keep)
	}
	for _, w := range p.After {
		x.After = w.String()
	}
	for id, w := range p.Weights {
		x.Weights += id.String() + ":" + w.String() + " "
	}
	return x
}

func lineFormOf(h *agreements.Head, c agreements.Copy, t *rating.Terms, quantity *money.Decimal) lineForm {
	x := lineForm{
		Item: idText(c.Item), Code: c.Code, Name: c.Name, Description: c.Description, Kind: c.Kind, Family: c.Family, Unit: c.Unit, Tax: c.Tax, Account: c.Account, Counted: c.Counted, Filter: c.Filter, Quantity: decimalText(quantity),
		Model: strconv.Itoa(int(t.Price.Model)), Price: t.Price.Unit.String(), Least: decimalText(t.Price.Least), Most: decimalText(t.Price.Most), Rule: strconv.Itoa(int(t.Rule)), Every: everyText(t.Cycle),
	}
	switch {
	case t.Once:
		x.Every = "once"
	case t.Cycle.Every == 0:
		x.Every = "0-1"
	}
	if t.Price.Model == rating.Package {
		x.Size, x.Free = t.Price.Size.String(), t.Price.Free.String()
	}
	if t.Arrears != h.Arrears && t.Rule != rating.Sum {
		x.When = map[bool]string{true: "arrears", false: "advance"}[t.Arrears]
	}
	if t.Prorate != h.Prorate {
		x.Prorate = strconv.Itoa(int(t.Prorate))
	}
	for _, y := range t.Price.Tiers {
		z := tierForm{Unit: y.Unit.String(), Flat: y.Flat.String()}
		if !y.Open {
			z.UpTo = y.UpTo.String()
		}
		x.Tiers = append(x.Tiers, z)
	}
	return x
}

func dayText(d civil.Date) string {
	if !d.Known() {
		return ""
	}
	return d.String()
}

func decimalText(d *money.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}
