// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// maxPackages bounds what one device can have installed.
const maxPackages = 20_000

// takeSoftware brings what is noted as installed on a device into line with what it says.
func (s *Service) takeSoftware(ctx context.Context, q *store.Queries, device ids.ID, body []byte) error {
	var list []wire.Software
	if err := json.Unmarshal(body, &list); err != nil {
		return err
	}
	if len(list) > maxPackages {
		list = list[:maxPackages]
	}
	old, err := q.InstalledOn(ctx, int64(device))
	if err != nil {
		return err
	}
	had := map[store.PackageIDParams]int64{}
	for _, r := range old {
		had[store.PackageIDParams{Name: r.Name, NameKey: r.NameKey, Version: r.Version, Source: r.Source, Publisher: r.Publisher}] = r.ID
	}
	now := map[store.PackageIDParams]bool{}
	for _, x := range list {
		k := store.PackageIDParams{Name: line(x.Name, 200), Version: line(x.Version, 100), Source: line(x.Source, 20), Publisher: line(x.Publisher, 100)}
		if k.NameKey = strings.ToLower(k.Name); k.Name == "" || now[k] {
			continue
		}
		now[k] = true
		if _, ok := had[k]; ok {
			continue
		}
		id, err := s.packageID(ctx, q, k)
		if err != nil {
			return err
		}
		if err := q.Install(ctx, int64(device), id); err != nil {
			return err
		}
	}
	for k, id := range had {
		if !now[k] {
			if err := q.Uninstall(ctx, int64(device), id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) packageID(ctx context.Context, q *store.Queries, k store.PackageIDParams) (int64, error) {
	id, err := q.PackageID(ctx, k)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	err = q.InsertPackage(ctx, store.InsertPackageParams{ID: int64(s.p.IDs.New()), Name: k.Name, NameKey: k.NameKey, Version: k.Version, Source: k.Source, Publisher: k.Publisher})
	if err != nil {
		return 0, err
	}
	return q.PackageID(ctx, k) // another transaction may have been first
}

// WithSoftware returns the devices on which software is installed whose name holds text, whatever the case of its letters.
func (s *Service) WithSoftware(ctx context.Context, scope access.Scope, text string) (map[ids.ID]bool, error) {
	part := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(text)) + "%"
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT DISTINCT i.device_id FROM devices_packages p JOIN devices_installed i ON i.package_id = p.id WHERE p.name_key LIKE $1 ESCAPE '\'`, part)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]bool{}
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		if d, ok := s.roster.look(id); ok && scope.Covers(d.Client) {
			out[id] = true
		}
	}
	return out, rows.Err()
}
