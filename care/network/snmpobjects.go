// SPDX-License-Identifier: Apache-2.0

package network

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/mib"
	"mainstay/kit/probe/snmp"
)

// maxObjects is how many names of objects are kept.
const maxObjects = 200_000

// ImportMIB reads the names of objects out of a MIB file. It returns how many there are in it, and how many of them have no place yet,
// because their parents are in a file that is missing.
func (s *Service) ImportMIB(ctx context.Context, r io.Reader) (n, missing int, err error) {
	b, err := io.ReadAll(io.LimitReader(r, mib.MaxFile+1))
	if err != nil {
		return 0, 0, err
	}
	if len(b) > mib.MaxFile {
		return 0, 0, fault.NewInvalid("A MIB file has at most %d MB.", mib.MaxFile>>20).On("file")
	}
	list := mib.Read(string(bytes.ToValidUTF8(bytes.ReplaceAll(b, []byte{0}, nil), []byte("\uFFFD"))))
	if len(list) == 0 {
		return 0, 0, fault.NewInvalid("There are no objects in this file. Expected is a MIB file as the maker of the device offers it.").On("file")
	}
	err = s.change(ctx, "network.mib", list[0].Module, "", func(tx *sql.Tx) error {
		known, waiting, err := knownObjects(ctx, tx)
		if err != nil {
			return err
		}
		if len(known)+len(waiting)+len(list) > maxObjects {
			return fault.NewInvalid("There are %d names already; no more are kept.", len(known)+len(waiting)).On("file")
		}
		mib.Resolve(list, known)
		for _, o := range list {
			if o.OID != "" {
				known[o.Name] = o.OID
			} else {
				missing++
			}
			if err := s.putObject(ctx, tx, o); err != nil {
				return err
			}
		}
		mib.Resolve(waiting, known) // what other files waited for may be in this one
		for _, o := range waiting {
			if o.OID == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, "UPDATE network_objects SET oid = $3 WHERE module = $1 AND name = $2", o.Module, o.Name, o.OID); err != nil {
				return err
			}
		}
		return nil
	})
	return len(list), missing, err
}

func (s *Service) putObject(ctx context.Context, tx *sql.Tx, o mib.Object) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO network_objects (id, name, module, oid, parent, sub, syntax, units, descr, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (module, name) DO UPDATE SET oid = excluded.oid, parent = excluded.parent, sub = excluded.sub, syntax = excluded.syntax, units = excluded.units, descr = excluded.descr, leaf = excluded.leaf`,
		int64(s.p.IDs.New()), o.Name, cut(o.Module, 100), o.OID, o.Parent, strings.Join(o.Sub, "."), cut(o.Syntax, 80), cut(o.Units, 40), o.Descr, flag(o.Kind == "OBJECT-TYPE" && !o.Table))
	return err
}

// knownObjects are the places of all names, and those that wait for another file.
func knownObjects(ctx context.Context, tx *sql.Tx) (known map[string]string, waiting []mib.Object, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT name, module, oid, parent, sub FROM network_objects")
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	known = map[string]string{}
	for rows.Next() {
		var o mib.Object
		var sub string
		if err := rows.Scan(&o.Name, &o.Module, &o.OID, &o.Parent, &sub); err != nil {
			return nil, nil, err
		}
		if o.OID != "" {
			known[o.Name] = o.OID
			continue
		}
		o.Sub = strings.Split(sub, ".")
		waiting = append(waiting, o)
	}
	return known, waiting, rows.Err()
}

// Objects are objects with a value whose name, number or description has a text.
func (s *Service) Objects(ctx context.Context, text string, limit int) (out []mib.Object, err error) {
	text = "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(cut(text, 100))) + "%"
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT name, module, oid, syntax, units, descr FROM network_objects
		WHERE leaf = 1 AND oid <> '' AND (lower(name) LIKE $1 ESCAPE '\' OR oid LIKE $1 ESCAPE '\' OR lower(descr) LIKE $1 ESCAPE '\') ORDER BY oid LIMIT $2`, text, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var o mib.Object
		if err := rows.Scan(&o.Name, &o.Module, &o.OID, &o.Syntax, &o.Units, &o.Descr); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// CountObjects is how many names are known.
func (s *Service) CountObjects(ctx context.Context) (n int64, err error) {
	err = s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM network_objects WHERE leaf = 1 AND oid <> ''").Scan(&n)
	return n, err
}

// AddObject has an object of a device read from now on, as a series that bears the object's name.
func (s *Service) AddObject(ctx context.Context, scope access.Scope, device ids.ID, oid, name string) error {
	if _, err := s.p.Devices.Get(ctx, scope, device); err != nil {
		return err
	}
	p, ok, err := s.PolledOf(ctx, device)
	if err != nil {
		return err
	}
	if !ok {
		return fault.NewNotFound("This device is not asked by SNMP.")
	}
	if _, ok := snmp.CleanOID(oid); !ok {
		return fault.NewInvalid("%q is no object identifier.", oid)
	}
	next := *p
	next.OIDs = strings.TrimSpace(next.OIDs + "\n" + oid + " " + seriesOf(name) + " 1 " + cut(name, 60))
	return s.SavePolled(ctx, scope, next)
}

// seriesOf is an object's name as a series has it: boardTemp → snmp_board_temp.
func seriesOf(name string) string {
	var b strings.Builder
	b.WriteString("snmp_")
	low := false
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			if low {
				b.WriteByte('_')
			}
			b.WriteRune(r + 'a' - 'A')
			low = false
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
			low = true
		default:
			b.WriteByte('_')
			low = false
		}
	}
	s := b.String()
	return s[:min(len(s), 80)]
}
