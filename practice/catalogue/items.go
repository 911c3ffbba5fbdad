// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"context"
	"strconv"
	"strings"

	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue/store"
)

// MaxItems bounds the catalogue.
const MaxItems = 20_000

// Filter chooses items. Zero values choose all that are not archived.
type Filter struct {
	Text     string // in name, code, vendor or the vendor's number
	Kind     Kind
	Family   Family
	Archived bool   // those that are archived, and only they
	All      bool   // archived or not
	After    ids.ID // the last item of the page before
	Limit    int    // 0 = all
}

// Item returns one item.
func (s *Service) Item(ctx context.Context, id ids.ID) (Item, error) {
	r, err := s.read().ItemByID(ctx, int64(id))
	if err != nil {
		return Item{}, found(err, noItem())
	}
	return itemOf(r), nil
}

// ItemByCode returns the item of a code, whatever its case.
func (s *Service) ItemByCode(ctx context.Context, code string) (Item, error) {
	r, err := s.read().ItemByCode(ctx, strings.ToLower(strings.TrimSpace(code)))
	if err != nil {
		return Item{}, found(err, noItem())
	}
	return itemOf(r), nil
}

const itemColumns = `id, version, code, code_key, name, name_key, find, description, kind, family, unit, unit_label, tax, account, counts, rule, arrears, vendor, vendor_sku,
	suggested, archived, made_at, changed_at`

// Items returns the items that f chooses, by name.
func (s *Service) Items(ctx context.Context, f Filter) ([]Item, error) {
	var args []any
	arg := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	where := []string{"1 = 1"}
	if !f.All {
		where = append(where, "archived = "+arg(flag(f.Archived)))
	}
	for _, word := range strings.Fields(strings.ToLower(f.Text)) {
		where = append(where, "find LIKE "+arg("%"+likeable(word)+"%")+` ESCAPE '\'`)
	}
	if f.Kind != "" {
		where = append(where, "kind = "+arg(string(f.Kind)))
	}
	if f.Family != "" {
		where = append(where, "family = "+arg(string(f.Family)))
	}
	if f.After != 0 {
		last, err := s.read().ItemByID(ctx, int64(f.After))
		if err != nil {
			return nil, found(err, noItem())
		}
		a := arg(last.NameKey)
		where = append(where, "(name_key > "+a+" OR name_key = "+a+" AND id > "+arg(last.ID)+")")
	}
	text := "SELECT " + itemColumns + " FROM catalogue_items WHERE " + strings.Join(where, " AND ") + " ORDER BY name_key, id"
	if f.Limit > 0 {
		text += " LIMIT " + arg(f.Limit)
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := []Item{}
	for rows.Next() {
		var i store.CatalogueItem
		if err := rows.Scan(&i.ID, &i.Version, &i.Code, &i.CodeKey, &i.Name, &i.NameKey, &i.Find, &i.Description, &i.Kind, &i.Family, &i.Unit, &i.UnitLabel, &i.Tax, &i.Account,
			&i.Counts, &i.Rule, &i.Arrears, &i.Vendor, &i.VendorSku, &i.Suggested, &i.Archived, &i.MadeAt, &i.ChangedAt); err != nil {
			return nil, err
		}
		out = append(out, itemOf(i))
	}
	return out, rows.Err()
}

// Empty reports whether the catalogue has neither items nor plans.
func (s *Service) Empty(ctx context.Context) (bool, error) {
	n, err := s.read().CountItems(ctx)
	if err != nil || n > 0 {
		return false, err
	}
	plans, err := s.read().Plans(ctx)
	return len(plans) == 0, err
}

func likeable(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s)
}

func itemOf(r store.CatalogueItem) Item {
	return Item{
		ID: ids.ID(r.ID), Version: r.Version, Code: r.Code, Name: r.Name, Description: r.Description, Kind: Kind(r.Kind), Family: Family(r.Family), Unit: r.Unit, UnitLabel: r.UnitLabel,
		Tax: r.Tax, Account: r.Account, Counts: Counts(r.Counts), Rule: rating.Rule(r.Rule), Arrears: r.Arrears != 0, Vendor: r.Vendor, VendorSKU: r.VendorSku, Suggested: r.Suggested != 0,
		Archived: r.Archived != 0, Made: clock.FromMicros(r.MadeAt), Changed: clock.FromMicros(r.ChangedAt),
	}
}

// SaveItem adds an item, or changes the one whose ID is set and whose version the caller has seen.
func (s *Service) SaveItem(ctx context.Context, it Item) (ids.ID, error) {
	if err := it.clean(); err != nil {
		return 0, err
	}
	id := it.ID
	if id == 0 {
		id = s.p.IDs.New()
	}
	err := s.change(ctx, "catalogue.item", id.String(), it.Name, func(q *store.Queries) error {
		if it.ID == 0 {
			it.ID = id
			return s.insertItem(ctx, q, it)
		}
		return s.updateItem(ctx, q, it)
	})
	return id, codeTaken(err, it.Code)
}

func codeTaken(err error, code string) error {
	if db.IsUnique(err) {
		return fault.NewConflict("Another item has the code %q already.", code).On("code").Because(err)
	}
	return err
}

func (it *Item) keys() (code, name, find string) {
	code, name = strings.ToLower(it.Code), strings.ToLower(it.Name)
	return code, name, name + "\n" + code + "\n" + strings.ToLower(it.Vendor+"\n"+it.VendorSKU)
}

func (s *Service) insertItem(ctx context.Context, q *store.Queries, it Item) error {
	n, err := q.CountItems(ctx)
	if err != nil {
		return err
	}
	if n >= MaxItems {
		return fault.NewInvalid("A catalogue has at most %d items.", MaxItems)
	}
	code, name, find := it.keys()
	return q.InsertItem(ctx, store.InsertItemParams{
		ID: int64(it.ID), Code: it.Code, CodeKey: code, Name: it.Name, NameKey: name, Find: find, Description: it.Description, Kind: string(it.Kind), Family: string(it.Family),
		Unit: it.Unit, UnitLabel: it.UnitLabel, Tax: it.Tax, Account: it.Account, Counts: string(it.Counts), Rule: int64(it.Rule), Arrears: flag(it.Arrears), Vendor: it.Vendor,
		VendorSku: it.VendorSKU, Suggested: flag(it.Suggested), Archived: flag(it.Archived), MadeAt: s.now(),
	})
}

func (s *Service) updateItem(ctx context.Context, q *store.Queries, it Item) error {
	if _, err := q.ItemByID(ctx, int64(it.ID)); err != nil {
		return found(err, noItem())
	}
	code, name, find := it.keys()
	n, err := q.UpdateItem(ctx, store.UpdateItemParams{
		ID: int64(it.ID), Version: it.Version, Code: it.Code, CodeKey: code, Name: it.Name, NameKey: name, Find: find, Description: it.Description, Kind: string(it.Kind),
		Family: string(it.Family), Unit: it.Unit, UnitLabel: it.UnitLabel, Tax: it.Tax, Account: it.Account, Counts: string(it.Counts), Rule: int64(it.Rule), Arrears: flag(it.Arrears),
		Vendor: it.Vendor, VendorSku: it.VendorSKU, Archived: flag(it.Archived), ChangedAt: s.now(),
	})
	if err == nil && n == 0 {
		return changedMeanwhile()
	}
	return err
}

// DeleteItem takes an item away with its prices and costs: for what was entered by mistake. One that stands in a plan stays; what was sold
// is archived instead.
func (s *Service) DeleteItem(ctx context.Context, id ids.ID) error {
	it, err := s.Item(ctx, id)
	if err != nil {
		return err
	}
	for _, guard := range s.guards {
		if err := guard(ctx, id); err != nil {
			return err
		}
	}
	return s.change(ctx, "catalogue.item-removed", id.String(), it.Name, func(q *store.Queries) error {
		n, err := q.PlansWith(ctx, int64(id))
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.NewConflict("This item stands in a plan. Take it out there first, or archive it.")
		}
		if err := q.DeletePrices(ctx, int64(id)); err != nil {
			return err
		}
		if err := q.DeleteCosts(ctx, int64(id)); err != nil {
			return err
		}
		_, err = q.DeleteItem(ctx, int64(id))
		return err
	})
}
