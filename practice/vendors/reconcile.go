// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// Reconciliation puts what vendors billed for a month beside what agreements bill for it and what was counted.
type Reconciliation struct {
	Month   civil.Month
	Vendors []ids.ID // that have billed the month
	Missing []string // vendors of the catalogue's items that have not, though clients are billed for those
	// Unmatched are the vendors' rows of which it is not known whose they are or what; Own are those that the firm uses itself.
	Unmatched []Unmatched
	Own       map[money.Currency]int64
	Deltas    []Delta // the most money first; those without a difference last
	Total     map[money.Currency]int64
	rows      []Row
}

// Unmatched are the rows of one name of a vendor for one client.
type Unmatched struct {
	Vendor   ids.ID
	Ref      string
	What     string
	Client   ids.ID // where only the item is not known
	Item     ids.ID // where only the client is not known
	Quantity money.Exact
	Minor    int64
	Currency money.Currency
	Rows     int
}

// Differences are the deltas that nobody has acknowledged.
func (r *Reconciliation) Differences() []Delta {
	var out []Delta
	for _, d := range r.Deltas {
		if d.Open() {
			out = append(out, d)
		}
	}
	return out
}

// Rows returns the vendors' rows behind a delta.
func (r *Reconciliation) Rows(client, item ids.ID, c money.Currency) []Row {
	var out []Row
	for _, x := range r.rows {
		if !x.Own && x.Client == client && x.Item == item && x.Currency == c {
			out = append(out, x)
		}
	}
	return out
}

// Reconcile compares a month.
func (s *Service) Reconcile(ctx context.Context, m civil.Month) (*Reconciliation, error) {
	return s.reconcile(ctx, m, nil)
}

// reconcile compares a month, of some clients only where there are any: then without what nobody could match.
func (s *Service) reconcile(ctx context.Context, m civil.Month, of []ids.ID) (*Reconciliation, error) {
	r := &reconciler{
		s: s, p: monthOf(m), at: map[deltaKey]*Delta{}, pair: map[deltaKey]*Delta{}, costs: map[money.Currency]map[ids.ID]catalogue.Cost{}, items: map[ids.ID]*catalogue.Item{}, counts: map[countKey]counted{},
		out: &Reconciliation{Month: m, Own: map[money.Currency]int64{}, Total: map[money.Currency]int64{}},
	}
	var err error
	if r.out.Vendors, err = s.billed(ctx, r.p); err != nil {
		return nil, err
	}
	if err := r.scope(ctx); err != nil {
		return nil, err
	}
	if r.out.rows, err = s.in(ctx, r.p, of); err != nil {
		return nil, err
	}
	if err := r.bought(); err != nil {
		return nil, err
	}
	each := func(fn func(*agreements.Agreement) error) error { return agreements.Each(ctx, s.p.DB.Reader(), 0, fn) }
	if len(of) > 0 {
		each = func(fn func(*agreements.Agreement) error) error {
			return agreements.EachOf(ctx, s.p.DB.Reader(), of, fn)
		}
	}
	if err := each(r.agreed); err != nil {
		return nil, err
	}
	if err := r.judge(ctx); err != nil {
		return nil, err
	}
	r.sort()
	return r.out, nil
}

type deltaKey struct {
	client, item ids.ID
	currency     money.Currency
}

type countKey struct {
	client  ids.ID
	counted string
}

type counted struct {
	n  int64
	ok bool
}

type reconciler struct {
	s      *Service
	p      rating.Period
	out    *Reconciliation
	at     map[deltaKey]*Delta
	pair   map[deltaKey]*Delta // the first of a client and item, in whatever money
	list   []*Delta
	items  map[ids.ID]*catalogue.Item
	resold map[ids.ID]bool   // items of vendors that have billed the month
	lacks  map[ids.ID]string // items whose vendor has not, by the vendor's name
	costs  map[money.Currency]map[ids.ID]catalogue.Cost
	counts map[countKey]counted
}

// scope finds the items that the vendors who have billed the month sell: by the catalogue, and by what was ever matched.
func (r *reconciler) scope(ctx context.Context) error {
	vendors, err := r.s.Vendors(ctx)
	if err != nil {
		return err
	}
	known, billed := map[string]bool{}, map[string]bool{}
	for _, v := range vendors {
		key := strings.ToLower(v.Name)
		known[key], billed[key] = true, slices.Contains(r.out.Vendors, v.ID)
	}
	items, err := r.s.p.Catalogue.Items(ctx, catalogue.Filter{All: true})
	if err != nil {
		return err
	}
	r.resold, r.lacks = map[ids.ID]bool{}, map[ids.ID]string{}
	for i := range items {
		it := &items[i]
		r.items[it.ID] = it
		switch key := strings.ToLower(it.Vendor); {
		case billed[key]:
			r.resold[it.ID] = true
		case known[key]:
			r.lacks[it.ID] = it.Vendor
		}
	}
	rows, err := r.s.p.DB.Reader().QueryContext(ctx, "SELECT vendor_id, item_id FROM vendors_items")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var vendor, item ids.ID
		if err := rows.Scan(&vendor, &item); err != nil {
			return err
		}
		if slices.Contains(r.out.Vendors, vendor) {
			r.resold[item] = true
			delete(r.lacks, item)
		}
	}
	return rows.Err()
}

func (r *reconciler) delta(client, item ids.ID, c money.Currency) *Delta {
	k := deltaKey{client, item, c}
	if r.at[k] == nil {
		d := &Delta{Client: client, Item: item, Currency: c}
		if it := r.items[item]; it != nil {
			d.Name, d.Counts = it.Name, it.Counts
		}
		r.at[k] = d
		r.list = append(r.list, d)
		if k.currency = ""; r.pair[k] == nil {
			r.pair[k] = d
		}
		return d
	}
	return r.at[k]
}

// bought puts every row of a vendor somewhere: nothing is lost.
func (r *reconciler) bought() error {
	at := map[Unmatched]int{}
	for i := range r.out.rows {
		x := &r.out.rows[i]
		minor, err := x.Share(r.p)
		if err != nil {
			return err
		}
		r.out.Total[x.Currency] += minor
		switch {
		case x.Own:
			r.out.Own[x.Currency] += minor
		case !x.Matched():
			k := Unmatched{Vendor: x.Vendor, Ref: x.Ref, What: x.What(), Client: x.Client, Item: x.Item, Currency: x.Currency}
			n, ok := at[k]
			if !ok {
				n = len(r.out.Unmatched)
				at[k] = n
				r.out.Unmatched = append(r.out.Unmatched, k)
			}
			u := &r.out.Unmatched[n]
			u.Minor, u.Rows, u.Quantity = u.Minor+minor, u.Rows+1, u.Quantity.Plus(x.Average(r.p))
		default:
			d := r.delta(x.Client, x.Item, x.Currency)
			d.Cost += minor
			d.Bought = d.Bought.Plus(x.Average(r.p))
			d.Rows++
			if !slices.Contains(d.Vendors, x.Vendor) {
				d.Vendors = append(d.Vendors, x.Vendor)
			}
		}
	}
	slices.SortStableFunc(r.out.Unmatched, func(a, b Unmatched) int {
		return cmp.Or(cmp.Compare(max(b.Minor, -b.Minor), max(a.Minor, -a.Minor)), strings.Compare(a.Ref, b.Ref), strings.Compare(a.What, b.What))
	})
	return nil
}

// agreed puts what an agreement bills beside it: into the money of the vendor's bill where there is one for the same client and item.
func (r *reconciler) agreed(a *agreements.Agreement) error {
	if a.Starts >= r.p.To || a.Ends.Known() && a.Ends < r.p.From {
		return nil
	}
	for i := range a.Lines {
		l := &a.Lines[i]
		if l.Item == 0 || !l.Recurs() {
			continue
		}
		n := a.Average(l, r.out.Month)
		if n.Sign() == 0 {
			continue
		}
		d := r.at[deltaKey{a.Client, l.Item, a.Currency}]
		if d == nil {
			d = r.pair[deltaKey{a.Client, l.Item, ""}]
		}
		if d == nil {
			if vendor, ok := r.lacks[l.Item]; ok && !slices.Contains(r.out.Missing, vendor) {
				r.out.Missing = append(r.out.Missing, vendor)
			}
			if !r.resold[l.Item] {
				continue
			}
			d = r.delta(a.Client, l.Item, a.Currency)
		}
		minor, err := a.Contracted(l, r.out.Month)
		if err != nil {
			return err
		}
		low, high := a.Range(l, r.out.Month)
		d.Billed, d.Low, d.High = d.Billed.Plus(n), d.Low.Plus(low), d.High.Plus(high)
		if a.Currency == d.Currency {
			d.Charged += minor
		} else {
			d.Elsewhere = true
		}
		if !slices.Contains(d.Agreements, a.ID) {
			d.Agreements = append(d.Agreements, a.ID)
		}
		last := r.p.To - 1
		if q, f := l.Quantity(last); f.ID != 0 && (l.Counted == agreements.CountedDevices || l.Counted == agreements.CountedPeople || l.Counted == agreements.CountedSites || l.Counted == agreements.CountedLicences) {
			d.Counted, d.Known = d.Counted.Plus(q.Exact()), true
			d.Facts = max(d.Facts, f.Day)
		}
	}
	return nil
}

// judge says of each pair what differs and why.
func (r *reconciler) judge(ctx context.Context) error {
	seen, err := r.s.acknowledged(ctx)
	if err != nil {
		return err
	}
	recent := r.s.Today() < r.p.To+62 // what is there today says little about long ago
	for _, d := range r.list {
		costs, ok := r.costs[d.Currency]
		if !ok {
			if costs, err = r.s.p.Catalogue.Costs(ctx, d.Currency, r.p.To-1); err != nil {
				return err
			}
			r.costs[d.Currency] = costs
		}
		if c, ok := costs[d.Item]; ok && c.Every.Months() > 0 {
			each := c.Unit.Exact().Times(money.Fraction(1, c.Every.Months()))
			d.Listed = &each
		}
		if !d.Known && recent && r.s.p.Count != nil && (d.Counts == catalogue.Devices || d.Counts == catalogue.Sites) { // the people in the address book are not all users
			n, err := r.count(ctx, d.Client, string(d.Counts))
			if err != nil {
				return err
			}
			if n.ok {
				d.Counted, d.Known = money.Whole(n.n), true
			}
		}
		if err := d.judge(); err != nil {
			return err
		}
		d.see(seen[deltaKey{d.Client, d.Item, d.Currency}])
	}
	return nil
}

func (r *reconciler) count(ctx context.Context, client ids.ID, what string) (counted, error) {
	k := countKey{client, what}
	if c, ok := r.counts[k]; ok {
		return c, nil
	}
	n, ok, err := r.s.p.Count(ctx, client, what)
	r.counts[k] = counted{n, ok}
	return r.counts[k], err
}

func (r *reconciler) sort() {
	slices.SortStableFunc(r.list, func(a, b *Delta) int {
		return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(b.Stake, a.Stake), cmp.Compare(max(b.Cost, -b.Cost), max(a.Cost, -a.Cost)), cmp.Compare(a.Client, b.Client), cmp.Compare(a.Item, b.Item))
	})
	for _, d := range r.list {
		r.out.Deltas = append(r.out.Deltas, *d)
	}
	slices.Sort(r.out.Missing)
}
