// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/books"
	"mainstay/practice/catalogue"
)

// Unknown is a name of a vendor of which nobody has said yet what it means.
type Unknown struct {
	Vendor    ids.ID
	Key       string
	Text      string // as it stands in a bill; "" = the rows name nobody
	SKU       string // of an item
	Rows      int
	Minor     int64 // of all its rows
	Currency  money.Currency
	Suggested ids.ID // the client or item whose name is most like it; 0 = none is
}

// maxUnknown bounds what a page asks for at once.
const maxUnknown = 200

// UnknownClients returns the vendors' names for clients that are not matched, the most money first.
func (s *Service) UnknownClients(ctx context.Context) ([]Unknown, error) {
	out, err := s.unknown(ctx, unknownClients, maxUnknown)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	list, err := s.clientNames(ctx)
	if err != nil {
		return nil, err
	}
	var names []candidate
	for _, c := range list {
		names = append(names, candidate{c.id, pairs(books.ClientKey(c.name))})
	}
	for i := range out {
		if out[i].Key != "" {
			out[i].Suggested = nearest(out[i].Key, names)
		}
	}
	return out, nil
}

const unknownClients = `SELECT r.vendor_id, r.client_key, max(r.client_ref), '', count(*), CAST(sum(r.minor) AS BIGINT), b.currency FROM vendors_rows r JOIN vendors_bills b ON b.id = r.bill_id
LEFT JOIN vendors_clients c ON c.vendor_id = r.vendor_id AND c.client_key = r.client_key WHERE c.vendor_id IS NULL
GROUP BY r.vendor_id, r.client_key, b.currency ORDER BY abs(sum(r.minor)) DESC, r.vendor_id, r.client_key LIMIT $1`

// UnknownItems returns the vendors' numbers and names of items that are not matched, the most money first. Those that only the firm itself
// uses need none.
func (s *Service) UnknownItems(ctx context.Context) ([]Unknown, error) {
	out, err := s.unknown(ctx, unknownItems, maxUnknown)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	items, err := s.p.Catalogue.Items(ctx, catalogue.Filter{})
	if err != nil {
		return nil, err
	}
	names := make([]candidate, len(items))
	for i, it := range items {
		names[i] = candidate{it.ID, pairs(it.Name)}
	}
	for i := range out {
		if out[i].Suggested = nearest(out[i].Text, names); out[i].Suggested == 0 {
			out[i].Suggested = nearest(out[i].SKU, names)
		}
	}
	return out, nil
}

const unknownItems = `SELECT r.vendor_id, r.item_key, max(r.name), max(r.sku), count(*), CAST(sum(r.minor) AS BIGINT), b.currency FROM vendors_rows r JOIN vendors_bills b ON b.id = r.bill_id
LEFT JOIN vendors_items i ON i.vendor_id = r.vendor_id AND i.item_key = r.item_key LEFT JOIN vendors_clients c ON c.vendor_id = r.vendor_id AND c.client_key = r.client_key
WHERE i.vendor_id IS NULL AND COALESCE(c.own, 0) = 0 GROUP BY r.vendor_id, r.item_key, b.currency ORDER BY abs(sum(r.minor)) DESC, r.vendor_id, r.item_key LIMIT $1`

func (s *Service) unknown(ctx context.Context, query string, limit int) ([]Unknown, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, query, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Unknown
	for rows.Next() {
		var u Unknown
		if err := rows.Scan(&u.Vendor, &u.Key, &u.Text, &u.SKU, &u.Rows, &u.Minor, &u.Currency); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}

type named struct {
	id   ids.ID
	name string
}

// clientNames reads the names of all clients across the border to their area.
func (s *Service) clientNames(ctx context.Context) ([]named, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, name FROM clients_clients WHERE merged_into = 0 ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []named
	for rows.Next() {
		var c named
		if err := rows.Scan(&c.id, &c.name); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// SetClient says which client a vendor means by a name; own: the firm itself; neither: nobody knows any more.
func (s *Service) SetClient(ctx context.Context, vendor ids.ID, key string, client ids.ID, own bool) error {
	if client != 0 {
		if _, err := s.p.Clients.Get(ctx, access.WholeFirm(), client); err != nil {
			return err
		}
	}
	return s.change(ctx, "vendors.client", vendor.String(), key, func(tx *sql.Tx) error { return setClient(ctx, tx, vendor, key, client, own) })
}

func setClient(ctx context.Context, tx *sql.Tx, vendor ids.ID, key string, client ids.ID, own bool) error {
	if client == 0 && !own {
		_, err := tx.ExecContext(ctx, "DELETE FROM vendors_clients WHERE vendor_id = $1 AND client_key = $2", int64(vendor), key)
		return err
	}
	is := int64(0)
	if own {
		is, client = 1, 0
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO vendors_clients (vendor_id, client_key, client_id, own) VALUES ($1, $2, $3, $4)
ON CONFLICT (vendor_id, client_key) DO UPDATE SET client_id = excluded.client_id, own = excluded.own`, int64(vendor), key, int64(client), is)
	return err
}

// SetItem says which item of the catalogue a vendor means; 0 = nobody knows any more.
func (s *Service) SetItem(ctx context.Context, vendor ids.ID, key string, item ids.ID) error {
	if item != 0 {
		if _, err := s.p.Catalogue.Item(ctx, item); err != nil {
			return err
		}
	}
	return s.change(ctx, "vendors.item", vendor.String(), key, func(tx *sql.Tx) error { return setItem(ctx, tx, vendor, key, item) })
}

func setItem(ctx context.Context, tx *sql.Tx, vendor ids.ID, key string, item ids.ID) error {
	if item == 0 {
		_, err := tx.ExecContext(ctx, "DELETE FROM vendors_items WHERE vendor_id = $1 AND item_key = $2", int64(vendor), key)
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO vendors_items (vendor_id, item_key, item_id) VALUES ($1, $2, $3) ON CONFLICT (vendor_id, item_key) DO UPDATE SET item_id = excluded.item_id", int64(vendor), key, int64(item))
	return err
}

// Match matches what leaves no doubt: names that are those of one client but for case, accents and legal form, and numbers that stand in the
// catalogue as the vendor's. It returns how many names it matched.
func (s *Service) Match(ctx context.Context) (int, error) {
	clients, err := s.unknown(ctx, unknownClients, MaxRows)
	if err != nil {
		return 0, err
	}
	items, err := s.unknown(ctx, unknownItems, MaxRows)
	if err != nil {
		return 0, err
	}
	byKey, err := s.clientsByKey(ctx)
	if err != nil {
		return 0, err
	}
	bySKU, err := s.itemsBySKU(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n = 0
		for _, u := range clients {
			if id := byKey[u.Key]; id != 0 && u.Key != "" {
				n++
				if err := setClient(ctx, tx, u.Vendor, u.Key, id, false); err != nil {
					return err
				}
			}
		}
		for _, u := range items {
			if id := bySKU[u.Key]; id != 0 {
				n++
				if err := setItem(ctx, tx, u.Vendor, u.Key, id); err != nil {
					return err
				}
			}
		}
		if n == 0 {
			return nil
		}
		return s.p.Access.Record(ctx, tx, "vendors.matched", "", strconv.Itoa(n))
	})
	return n, err
}

// clientsByKey are the clients whose key no other client has.
func (s *Service) clientsByKey(ctx context.Context) (map[string]ids.ID, error) {
	list, err := s.clientNames(ctx)
	out, twice := map[string]ids.ID{}, map[string]bool{}
	for _, c := range list {
		k := clientKey(c.name)
		twice[k] = twice[k] || out[k] != 0
		out[k] = c.id
	}
	for k, is := range twice {
		if is {
			delete(out, k)
		}
	}
	return out, err
}

// itemsBySKU are the items of the catalogue by the key of the vendor's number, and by their name; what two items have is left out.
func (s *Service) itemsBySKU(ctx context.Context) (map[string]ids.ID, error) {
	items, err := s.p.Catalogue.Items(ctx, catalogue.Filter{})
	out, twice := map[string]ids.ID{}, map[string]bool{}
	put := func(k string, id ids.ID) {
		if k != "" && k != "#" {
			twice[k] = twice[k] || out[k] != 0 && out[k] != id
			out[k] = id
		}
	}
	for _, it := range items {
		put(itemKey(strings.TrimSpace(it.VendorSKU), ""), it.ID)
		put(itemKey("", it.Name), it.ID)
	}
	for k, is := range twice {
		if is {
			delete(out, k)
		}
	}
	return out, err
}

// ClientNames returns the names of all clients, for a list to choose from.
func (s *Service) ClientNames(ctx context.Context) ([]string, error) {
	list, err := s.clientNames(ctx)
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c.name
	}
	slices.Sort(out)
	return out, err
}

// ItemNames returns the items of the catalogue by their name in small letters.
func (s *Service) ItemNames(ctx context.Context) (map[string]ids.ID, error) {
	items, err := s.p.Catalogue.Items(ctx, catalogue.Filter{})
	out := map[string]ids.ID{}
	for _, it := range items {
		out[strings.ToLower(it.Name)] = it.ID
	}
	return out, err
}
