// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gosnmp/gosnmp"
)

// row is a row of a table: values by the number of their column.
type row struct {
	index []int // the object identifier's end
	cells map[int]value
}

func (r row) num(col int) (float64, bool) {
	v, ok := r.cells[col]
	return v.number, ok && (v.is == isNumber || v.is == isCounter)
}

func (r row) int(col int) int {
	f, _ := r.num(col)
	return int(f)
}

func (r row) str(col int) string { return r.cells[col].String() }

// table reads columns of a table, whose entry is root. Rows come in the order of their index. What the device does not have is
// missing in the rows; a table that is not there has none.
func (s *session) table(root string, cols ...int) ([]row, error) {
	rows := map[string]*row{}
	for len(cols) > 0 {
		n := min(len(cols), 8)
		if err := s.columns(root, cols[:n], rows); err != nil {
			return nil, err
		}
		cols = cols[n:]
	}
	list := make([]row, 0, len(rows))
	for _, r := range rows {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b row) int { return slices.Compare(a.index, b.index) })
	return list, nil
}

// cursor is how far a column was read.
type cursor struct {
	col    int
	prefix string // root.col.
	at     []int  // the last index, nil = before the first
	oid    string
}

// columns walks several columns side by side. A column ends where the device leaves it, does not go forward, or has given enough.
func (s *session) columns(root string, cols []int, rows map[string]*row) error {
	var open []*cursor
	for _, c := range cols {
		p := root + "." + strconv.Itoa(c)
		open = append(open, &cursor{col: c, prefix: p + ".", oid: p})
	}
	for most := maxRows + 1; len(open) > 0; most-- {
		if most == 0 {
			return nil
		}
		oids := make([]string, len(open))
		for i, c := range open {
			oids[i] = c.oid
		}
		vars, err := s.next(oids)
		if err != nil {
			return err
		}
		moved := make([]bool, len(open))
		ended := make([]bool, len(open))
		for i, v := range vars {
			k := i % len(open)
			c := open[k]
			if ended[k] {
				continue
			}
			index := after(v.Name, c.prefix)
			if v.Type == gosnmp.EndOfMibView || index == nil || c.at != nil && slices.Compare(index, c.at) <= 0 {
				ended[k] = true
				continue
			}
			c.at, c.oid, moved[k] = index, v.Name, true
			keep(rows, c, v)
		}
		var still []*cursor
		for i, c := range open {
			if moved[i] && !ended[i] && len(rows) <= maxRows {
				still = append(still, c)
			}
		}
		open = still
	}
	return nil
}

func keep(rows map[string]*row, c *cursor, v gosnmp.SnmpPDU) {
	x, ok := read(v)
	if !ok {
		return
	}
	key := v.Name[len(c.prefix):]
	r := rows[key]
	if r == nil {
		if len(rows) >= maxRows {
			return
		}
		r = &row{index: c.at, cells: map[int]value{}}
		rows[key] = r
	}
	r.cells[c.col] = x
}

// next asks what follows each of the object identifiers: many values with bulk, one each without.
func (s *session) next(oids []string) ([]gosnmp.SnmpPDU, error) {
	if !s.old && !s.narrow {
		many := uint32(max(1, bulkValues/len(oids))) //nolint:gosec // at most bulkValues
		p, err := s.ask(func() (*gosnmp.SnmpPacket, error) { return s.g.GetBulk(oids, 0, many) })
		if err == nil && p.Error == gosnmp.NoError && len(p.Variables) > 0 {
			return p.Variables, nil
		}
		if s.ctx.Err() != nil || s.values > maxValues {
			return nil, err
		}
		s.narrow = true // answers of that size are lost on the way, or it does not know bulk
	}
	p, err := s.ask(func() (*gosnmp.SnmpPacket, error) { return s.g.GetNext(oids) })
	if err != nil {
		return nil, err
	}
	if p.Error == gosnmp.NoError {
		return p.Variables, nil
	}
	if len(oids) == 1 {
		return []gosnmp.SnmpPDU{{Type: gosnmp.EndOfMibView}}, nil
	}
	// Of v1: one of them is the last that the device has. Each on its own.
	var out []gosnmp.SnmpPDU
	for _, o := range oids {
		v, err := s.next([]string{o})
		if err != nil {
			return nil, err
		}
		if len(v) == 0 {
			v = []gosnmp.SnmpPDU{{Type: gosnmp.EndOfMibView}}
		}
		out = append(out, v[0])
	}
	return out, nil
}

// after is what follows prefix in an object identifier, nil where it does not lie under it.
func after(oid, prefix string) []int {
	if len(oid) > 1000 || !strings.HasPrefix(oid, prefix) {
		return nil
	}
	var out []int
	for part := range strings.SplitSeq(oid[len(prefix):], ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || len(out) >= 128 {
			return nil
		}
		out = append(out, int(n))
	}
	return out
}
