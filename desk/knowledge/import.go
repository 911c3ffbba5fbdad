// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Limits of an import.
const (
	MaxImport     = 4 << 20
	maxImportRows = 5000
	maxBadRows    = 20
)

// BadRow is a row that cannot be taken, and why.
type BadRow struct {
	Line int
	Err  error
}

// ImportRecords takes records from a CSV file with a header: Kind and Name, and where there are any Client, Ends, Notice and
// the fields of the kinds. Either all rows come in, in one transaction, or none: then the rows that are wrong are
// returned, 20 at most. A row that is there already, with the same client, kind and name, is left alone.
func (s *Service) ImportRecords(ctx context.Context, scope access.Scope, r io.Reader) (taken int, bad []BadRow, err error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxImport+1))
	if err != nil {
		return 0, nil, err
	}
	if len(text) > MaxImport {
		return 0, nil, fault.NewInvalid("The file is larger than %d MB, which is the limit.", MaxImport>>20).On("file")
	}
	drafts, bad, err := s.readRecords(ctx, text)
	if err != nil || len(bad) > 0 {
		return 0, bad, err
	}
	for i := range drafts {
		if err := s.checkRecord(ctx, scope, &drafts[i].RecordDraft, -1); err != nil {
			if bad = append(bad, BadRow{drafts[i].line, err}); len(bad) == maxBadRows {
				break
			}
		}
	}
	if len(bad) > 0 {
		return 0, bad, nil
	}
	have, _, err := s.known(ctx)
	if err != nil {
		return 0, nil, err
	}
	err = s.change(ctx, "knowledge.record", "import", strconv.Itoa(len(drafts)), func(tx *sql.Tx, q *store.Queries) error {
		taken = 0
		seen := map[string]bool{}
		for _, d := range drafts {
			key := keyOf(d.Client, d.Type, d.Name)
			if have[key] || seen[key] {
				continue
			}
			seen[key] = true
			taken++
			if err := s.insertRecord(ctx, tx, q, s.p.IDs.New(), d.RecordDraft); err != nil {
				return err
			}
		}
		return nil
	})
	return taken, nil, err
}

func keyOf(client ids.ID, t RecordType, name string) string {
	return client.String() + string(t) + strings.ToLower(name)
}

// known are the records that are there, by client, kind and name.
func (s *Service) known(ctx context.Context) (map[string]bool, int, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT client_id, kind, name FROM knowledge_records")
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var client int64
		var kind, name string
		if err := rows.Scan(&client, &kind, &name); err != nil {
			return nil, 0, err
		}
		out[keyOf(ids.ID(client), RecordType(kind), name)] = true
	}
	return out, len(out), rows.Err()
}

type importRow struct {
	RecordDraft
	line int
}

func (s *Service) readRecords(ctx context.Context, text []byte) (out []importRow, bad []BadRow, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	c := csv.NewReader(bytes.NewReader(text))
	c.FieldsPerRecord, c.LazyQuotes, c.TrimLeadingSpace = -1, true, true
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		c.Comma = ';'
	}
	head, err := c.Read()
	if err != nil {
		return nil, nil, fault.NewInvalid("This is not a CSV file with a first line that names the columns.").On("file").Because(err)
	}
	at := map[string]int{}
	for i, h := range head {
		at[strings.ToLower(strings.TrimSpace(h))] = i
	}
	for _, need := range []string{"kind", "name"} {
		if _, ok := at[need]; !ok {
			return nil, nil, fault.NewInvalid("The column %q is missing.", need).On("file")
		}
	}
	clients, err := s.Clients(ctx)
	if err != nil {
		return nil, nil, err
	}
	byName := map[string]ids.ID{}
	for _, x := range clients {
		byName[strings.ToLower(x.Name)] = x.ID
	}
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return out, bad, nil
		}
		if err != nil {
			return nil, nil, fault.NewInvalid("This is not a CSV file with a first line that names the columns.").On("file").Because(err)
		}
		line, _ := c.FieldPos(0)
		if len(out) >= maxImportRows {
			return nil, nil, fault.NewInvalid("The file has more than %d rows. Cut it into several.", maxImportRows).On("file")
		}
		cell := func(name string) string {
			if i, ok := at[name]; ok && i < len(row) {
				v := strings.TrimSpace(row[i])
				if len(v) > 1 && v[0] == '\'' && strings.IndexByte("=+-@", v[1]) >= 0 { // as exports neutralise formulas
					v = v[1:]
				}
				return v
			}
			return ""
		}
		d, err := s.importRow(ctx, cell, byName)
		if err != nil {
			if bad = append(bad, BadRow{line, err}); len(bad) == maxBadRows {
				return nil, bad, nil
			}
			continue
		}
		out = append(out, importRow{d, line})
	}
}

func (s *Service) importRow(ctx context.Context, cell func(string) string, byName map[string]ids.ID) (d RecordDraft, err error) {
	d = RecordDraft{Type: RecordType(strings.ToLower(cell("kind"))), Name: cell("name"), Ends: civil.NoDate, Notes: cell("notes"), Fields: map[string]string{}}
	if !slices.Contains(RecordTypes(), d.Type) {
		return d, fault.NewInvalid("There is no kind %q. Kinds are domain, certificate, vendor, warranty and licence.", string(d.Type))
	}
	if name := cell("client"); name != "" {
		if d.Client = byName[strings.ToLower(name)]; d.Client == 0 {
			if d.Client, err = s.p.Clients.Resolve(ctx, name); err != nil || d.Client == 0 {
				return d, fault.NewInvalid("There is no client %q.", name)
			}
		}
	}
	if day := cell("ends"); day != "" {
		if d.Ends, err = civil.Parse(day); err != nil {
			return d, fault.NewInvalid("%q is not a day of the form 2006-01-02.", day)
		}
	}
	if n := cell("notice"); n != "" {
		if d.Notice, err = strconv.Atoi(n); err != nil {
			return d, fault.NewInvalid("The notice is between 0 and 1000 days.")
		}
	}
	for _, f := range d.Type.Fields() {
		d.Fields[f] = cell(f)
	}
	return d, nil
}
