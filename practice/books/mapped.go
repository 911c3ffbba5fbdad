// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"mainstay/kit/ids"
	"mainstay/kit/tabular"
)

// What a person needs to map a table by hand: the fields of a kind, what it cannot do without, and the
// first rows as they stand in the file.

// Kinds lists the kinds of tables, the most useful first.
func Kinds() []Kind { return slices.Clone(kindOrder) }

// FieldsOf lists the fields that a table of the kind can have, the weightiest first.
func FieldsOf(kind Kind) []Field {
	var out []Field
	for _, r := range synonyms[kind] {
		out = append(out, r.field)
	}
	return out
}

// Missing returns the groups of fields of which the kind needs one and the columns have none.
func Missing(kind Kind, columns map[Field]int) (out [][]Field) {
	for _, group := range needs[kind] {
		if !slices.ContainsFunc(group, func(f Field) bool { _, ok := columns[f]; return ok }) {
			out = append(out, group)
		}
	}
	return out
}

// Suggest maps a header as a table of the kind, by its names alone: what the user corrects from there.
func Suggest(kind Kind, header []string) *Mapping {
	table := compile()
	columns, _, _ := assign(table.rules[kind], table.names(header), examine([][]string{header}, 1, len(header)))
	return &Mapping{Kind: kind, Header: slices.Clone(header), Columns: columns, Currency: headerCurrency(header, columns)}
}

// RawTable is the beginning of a table as it stands in the file.
type RawTable struct {
	Name      string
	Delimiter byte
	Lines     []int64 // of the rows in the file
	Rows      [][]string
}

// Signature is that of a mapping by the header in row i.
func (t RawTable) Signature(i int) string { return Signature(t.Rows[i], t.Delimiter) }

const (
	peekRows   = 60
	peekTables = 40
	peekCell   = 2000    // bytes of a cell that are kept
	peekBytes  = 8 << 20 // in all
)

var errEnough = errors.New("books: enough seen")

// Peek returns the first rows of the tables of an uploaded file. What it could read before a file turned out to be
// broken is returned with the fault.
func (s *Service) Peek(ctx context.Context, id ids.ID) (out []RawTable, err error) {
	i, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	f, closer, err := s.open(i, nil)
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	size := 0
	err = f.Each(ctx, func(t *tabular.Table) error {
		raw := RawTable{Name: t.Name, Delimiter: t.Delimiter}
		defer func() { out = append(out, raw) }()
		for len(raw.Rows) < peekRows && size <= peekBytes {
			row, err := t.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			cells := make([]string, len(row.Cells))
			for i, c := range row.Cells {
				cells[i] = strings.ToValidUTF8(string(c[:min(len(c), peekCell)]), "")
				size += len(cells[i]) + 16
			}
			raw.Rows, raw.Lines = append(raw.Rows, cells), append(raw.Lines, row.Line)
		}
		if len(out) == peekTables-1 || size > peekBytes {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return out, err
}
