// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
	"mainstay/practice/catalogue/store"
)

// Limits of an import.
const (
	MaxImport     = 4 << 20
	maxImportRows = 50_000
	maxBadRows    = 20
)

// BadRow is a row that cannot be taken, and why.
type BadRow struct {
	Line int64
	Err  error
}

// Incoming is what a file would change: shown before it is taken.
type Incoming struct {
	New, Changed []Item // Changed as they will be
	Same         int
	Prices       []Price // that will be added; Item is that of an item above or of the catalogue
	Costs        []Cost
	Bad          []BadRow // the first 20; then nothing is taken
	names        map[ids.ID]string
}

// Name returns the name of the item of a price or cost.
func (in *Incoming) Name(id ids.ID) string { return in.names[id] }

// Nothing reports whether the file changes nothing.
func (in *Incoming) Nothing() bool {
	return len(in.New)+len(in.Changed)+len(in.Prices)+len(in.Costs) == 0
}

// Preview reads a file and says what it would change, without changing anything.
func (s *Service) Preview(ctx context.Context, file []byte) (*Incoming, error) {
	if len(file) > MaxImport {
		return nil, fault.NewInvalid("The file is larger than %d MB, which is the limit.", MaxImport>>20).On("file")
	}
	r := &reader{s: s, in: &Incoming{names: map[ids.ID]string{}}, byID: map[ids.ID]*Item{}, byCode: map[string]ids.ID{}, touched: map[ids.ID]bool{}}
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	err := tabular.New("catalogue.csv", bytes.NewReader(file), int64(len(file)), tabular.Options{}).Each(ctx, r.table)
	if err != nil {
		return nil, err
	}
	if !r.header {
		return nil, fault.NewInvalid("The file has no header with the columns Code and Name.").On("file")
	}
	return r.in, nil
}

// Import takes a file over, all of it or, where any row is wrong, nothing.
func (s *Service) Import(ctx context.Context, file []byte) (*Incoming, error) {
	in, err := s.Preview(ctx, file)
	if err != nil || len(in.Bad) > 0 || in.Nothing() {
		return in, err
	}
	err = s.change(ctx, "catalogue.imported", "", strconv.Itoa(len(in.New)+len(in.Changed)), func(q *store.Queries) error {
		for _, it := range in.New {
			if err := s.insertItem(ctx, q, it); err != nil {
				return codeTaken(err, it.Code)
			}
		}
		for _, it := range in.Changed {
			if err := s.updateItem(ctx, q, it); err != nil {
				return codeTaken(err, it.Code)
			}
		}
		for _, p := range in.Prices {
			p.ID = s.p.IDs.New()
			if err := s.insertPrice(ctx, q, p); err != nil {
				return err
			}
		}
		for _, c := range in.Costs {
			c.ID = s.p.IDs.New()
			if err := s.insertCost(ctx, q, c); err != nil {
				return err
			}
		}
		return nil
	})
	return in, err
}

// slot is where a price or cost stands: of what is there, and of what the file says.
type slot struct {
	item     ids.ID
	currency money.Currency
	from     civil.Date
}

type reader struct {
	s       *Service
	in      *Incoming
	header  bool
	col     map[string]int
	byID    map[ids.ID]*Item  // those of the catalogue and of the file
	byCode  map[string]ids.ID // in small letters
	touched map[ids.ID]bool   // that the file described
	last    ids.ID            // the item of the row above
	rows    int

	prices            map[slot]Price
	costs             map[slot]Cost
	priced, costed    map[slot]bool // with from left out: had one before
	inPrices, inCosts map[slot]bool // that the file names
}

func (r *reader) load(ctx context.Context) error {
	items, err := r.s.Items(ctx, Filter{All: true})
	if err != nil {
		return err
	}
	for i := range items {
		it := &items[i]
		r.byID[it.ID] = it
		r.in.names[it.ID] = it.Name
		if it.Code != "" {
			r.byCode[strings.ToLower(it.Code)] = it.ID
		}
	}
	r.prices, r.costs, r.priced, r.costed = map[slot]Price{}, map[slot]Cost{}, map[slot]bool{}, map[slot]bool{}
	r.inPrices, r.inCosts = map[slot]bool{}, map[slot]bool{}
	q := r.s.read()
	prices, err := q.AllPrices(ctx)
	if err != nil {
		return err
	}
	for _, row := range prices {
		p, err := priceOf(row)
		if err != nil {
			return err
		}
		r.prices[slot{p.Item, p.Currency, p.From}], r.priced[slot{item: p.Item, currency: p.Currency}] = p, true
	}
	costs, err := q.AllCosts(ctx)
	if err != nil {
		return err
	}
	for _, row := range costs {
		c := costOf(row)
		r.costs[slot{c.Item, c.Currency, c.From}], r.costed[slot{item: c.Item, currency: c.Currency}] = c, true
	}
	return nil
}

func (r *reader) table(t *tabular.Table) error {
	for {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		cells := make([]string, len(row.Cells))
		for i, c := range row.Cells {
			cells[i] = string(c)
		}
		if !r.header {
			if err := r.head(cells); err != nil {
				return err
			}
			continue
		}
		if r.rows++; r.rows > maxImportRows {
			return fault.NewInvalid("The file has more than %d rows.", maxImportRows).On("file")
		}
		if err := r.row(cells); err != nil {
			r.in.Bad = append(r.in.Bad, BadRow{row.Line, err})
			if len(r.in.Bad) >= maxBadRows {
				return nil
			}
		}
	}
}

func (r *reader) head(cells []string) error {
	r.col = map[string]int{}
	for i, c := range cells {
		name := strings.TrimSpace(c)
		j := slices.IndexFunc(columns, func(k string) bool { return strings.EqualFold(k, name) })
		if j < 0 {
			if name == "" {
				continue
			}
			return fault.NewInvalid("The column %q is not known. Export the catalogue to see the columns.", clip(name)).On("file")
		}
		if _, twice := r.col[columns[j]]; twice {
			return fault.NewInvalid("The column %q stands there twice.", clip(name)).On("file")
		}
		r.col[columns[j]] = i
	}
	_, code := r.col["Code"]
	_, name := r.col["Name"]
	if r.header = code || name; !r.header {
		return fault.NewInvalid("The file has no header with the columns Code and Name.").On("file")
	}
	return nil
}

// row reads one row: an item's fields, a price and a cost, each where it is filled in.
func (r *reader) row(cells []string) error {
	get := func(column string) string {
		if i, ok := r.col[column]; ok && i < len(cells) {
			return unshield(strings.TrimSpace(cells[i]))
		}
		return ""
	}
	item, err := r.item(get)
	if err != nil {
		return err
	}
	if err := r.price(item, get); err != nil {
		return err
	}
	return r.cost(item, get)
}

// item finds or makes the item of a row, and notes what the row says of it.
func (r *reader) item(get func(string) string) (ids.ID, error) {
	var id ids.ID
	code, name := get("Code"), get("Name")
	if text := get("ID"); text != "" {
		var err error
		if id, err = ids.Parse(text); err != nil {
			return 0, fault.NewInvalid("%q is not an id. Leave it empty for a new item.", clip(text)).Because(err)
		}
	}
	known := r.byID[id]
	if known == nil && code != "" && r.byCode[strings.ToLower(code)] != 0 { // also an export of another installation
		id = r.byCode[strings.ToLower(code)]
		known = r.byID[id]
	}
	if id == 0 && code == "" && name == "" { // a further price of the item above
		if r.last == 0 {
			return 0, fault.NewInvalid("The row names no item: it needs a code or a name.")
		}
		return r.last, nil
	}
	if name == "" {
		if known == nil {
			return 0, fault.NewInvalid("There is no item with this code yet: its first row needs a name.")
		}
		r.last = known.ID
		return known.ID, nil
	}
	var it Item
	if known != nil {
		it = *known
	} else {
		it = Item{ID: id}
		if id == 0 {
			it.ID = r.s.p.IDs.New()
		}
	}
	if r.touched[it.ID] {
		return 0, fault.NewInvalid("This item is described twice: leave its name empty in further rows.")
	}
	if err := r.fields(&it, get); err != nil {
		return 0, err
	}
	if other, taken := r.byCode[strings.ToLower(it.Code)]; taken && it.Code != "" && other != it.ID {
		return 0, fault.NewInvalid("Another item has the code %q already.", it.Code)
	}
	r.touched[it.ID] = true
	r.last = it.ID
	switch {
	case known == nil:
		if len(r.byID) >= MaxItems {
			return 0, fault.NewInvalid("A catalogue has at most %d items.", MaxItems)
		}
		r.in.New = append(r.in.New, it)
	case *known == it:
		r.in.Same++
	default:
		if known.Code != "" {
			delete(r.byCode, strings.ToLower(known.Code))
		}
		r.in.Changed = append(r.in.Changed, it)
	}
	kept := it
	r.byID[it.ID], r.in.names[it.ID] = &kept, it.Name
	if it.Code != "" {
		r.byCode[strings.ToLower(it.Code)] = it.ID
	}
	return it.ID, nil
}

// fields takes over the columns that the file has; those that it has not stay as they are.
func (r *reader) fields(it *Item, get func(string) string) error {
	has := func(column string) bool { _, ok := r.col[column]; return ok }
	for column, into := range map[string]*string{
		"Code": &it.Code, "Name": &it.Name, "Description": &it.Description, "Unit": &it.Unit, "Unit label": &it.UnitLabel, "Tax": &it.Tax, "Account": &it.Account, "Vendor": &it.Vendor,
		"Vendor SKU": &it.VendorSKU, "Kind": (*string)(&it.Kind), "Family": (*string)(&it.Family), "Counts": (*string)(&it.Counts),
	} {
		if has(column) {
			*into = get(column)
		}
	}
	if text := get("Rule"); text != "" {
		rule, ok := ParseRule(text)
		if !ok {
			return fault.NewInvalid("There is no such rule for a quantity.")
		}
		it.Rule = rule
	}
	switch text := get("Billed"); text {
	case "advance", "arrears":
		it.Arrears = text == "arrears"
	case "":
	default:
		return fault.NewInvalid("An item is billed in advance or in arrears, not %q.", clip(text))
	}
	if has("Archived") {
		switch text := strings.ToLower(get("Archived")); text {
		case "yes", "no", "":
			it.Archived = text == "yes"
		default:
			return fault.NewInvalid("Archived is yes or no, not %q.", clip(text))
		}
	}
	return it.clean()
}

// filled reports whether any of columns is filled in.
func filled(get func(string) string, columns ...string) bool {
	return slices.ContainsFunc(columns, func(c string) bool { return get(c) != "" })
}

// dates reads what prices and costs share.
func (r *reader) dates(get func(string) string, what string) (c money.Currency, from civil.Date, every Interval, err error) {
	c, every = money.Currency(strings.ToUpper(get(what+" currency"))), Interval(strings.ToLower(get(what+" per")))
	text := get(what + " from")
	if from, err = civil.Parse(text); err != nil {
		return c, from, every, fault.NewInvalid("%q is not a day such as 2026-01-31.", clip(text)).Because(err)
	}
	return c, from, every, nil
}

func (r *reader) price(item ids.ID, get func(string) string) (err error) {
	if !filled(get, columns[16:26]...) {
		return nil
	}
	p := Price{Item: item}
	if p.Currency, p.From, p.Every, err = r.dates(get, "Price"); err != nil {
		return err
	}
	var ok bool
	if p.Price.Model, ok = ParseModel(strings.ToLower(get("Model"))); !ok {
		return fault.NewInvalid("A price is flat, per unit, graduated, by volume or by package.")
	}
	for column, into := range map[string]*money.Decimal{"Price": &p.Price.Unit, "Package size": &p.Price.Size, "Free units": &p.Price.Free} {
		if *into, err = ParseDecimal(get(column), ""); err != nil {
			return err
		}
	}
	for column, into := range map[string]**money.Decimal{"Minimum": &p.Price.Least, "Maximum": &p.Price.Most} {
		if text := get(column); text != "" {
			d, err := ParseDecimal(text, "")
			if err != nil {
				return err
			}
			*into = &d
		}
	}
	if p.Price.Tiers, err = ParseTiers(get("Tiers")); err != nil {
		return err
	}
	if err := p.clean(); err != nil {
		return err
	}
	at := slot{item, p.Currency, p.From}
	if r.inPrices[at] {
		return fault.NewInvalid("The file has two prices for the same item, currency and day.")
	}
	r.inPrices[at] = true
	if have, ok := r.prices[at]; ok && have.Every == p.Every && slices.Equal(have.cells(), p.cells()) {
		return nil
	}
	if p.From < r.s.Today() && r.priced[slot{item: item, currency: p.Currency}] {
		return fault.NewInvalid("What held on days that have passed stays. Choose today or a later day.")
	}
	r.in.Prices = append(r.in.Prices, p)
	return nil
}

func (r *reader) cost(item ids.ID, get func(string) string) (err error) {
	if !filled(get, columns[26:]...) {
		return nil
	}
	c := Cost{Item: item}
	if c.Currency, c.From, c.Every, err = r.dates(get, "Cost"); err != nil {
		return err
	}
	if c.Unit, err = ParseDecimal(get("Cost"), "cost"); err != nil {
		return err
	}
	if get("Cost") == "" {
		return fault.NewInvalid("The cost is missing.")
	}
	if err := c.clean(); err != nil {
		return err
	}
	at := slot{item, c.Currency, c.From}
	if r.inCosts[at] {
		return fault.NewInvalid("The file has two costs for the same item, currency and day.")
	}
	r.inCosts[at] = true
	if have, ok := r.costs[at]; ok && have.Every == c.Every && have.Unit == c.Unit {
		return nil
	}
	if c.From < r.s.Today() && r.costed[slot{item: item, currency: c.Currency}] {
		return fault.NewInvalid("What held on days that have passed stays. Choose today or a later day.")
	}
	r.in.Costs = append(r.in.Costs, c)
	return nil
}
