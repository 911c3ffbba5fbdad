// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/tabular"
	"mainstay/practice/clients"
)

// Limits of an import.
const (
	MaxImport     = 16 << 20
	maxImportRows = 50_000
	maxBadRows    = 20
	maxCell       = 2000
)

// How a file writes days such as 03/04/2026.
const (
	DaysFound  = ""    // by its other days; day first where none tells
	DayFirst   = "dmy" // 3 April
	MonthFirst = "mdy" // 4 March
)

// ImportOptions say how a file is to be read.
type ImportOptions struct {
	Client ids.ID // whose devices these are; 0 = the file has a column of clients
	Days   string // one of the above
	Make   bool   // makes clients that are not there; else their rows cannot be taken
}

// ImportRow is a device as a file describes it.
type ImportRow struct {
	Line    int64
	Device  ids.ID // that it is; 0 = new
	Client  ids.ID // 0 = will be made
	Named   string // the client as the file calls it
	Details Details
	MACs    []string
	Changes []Change // of a device that is here
	serial  string
}

// BadRow is a row that cannot be taken, and why.
type BadRow struct {
	Line int64
	Err  error
}

// Incoming is what a file would change: shown before it is taken.
type Incoming struct {
	New, Changed []ImportRow
	Same         int
	Bad          []BadRow // the first 20; then nothing is taken
	NewClients   []string // that will be made
	Taken        []string // columns of the file, and…
	Passed       []string // …those that mean nothing here
	Sites        []string // that the clients do not have: noted as the device's place
}

// Nothing reports whether the file changes nothing.
func (in *Incoming) Nothing() bool { return len(in.New)+len(in.Changed) == 0 }

// PreviewImport reads a file of devices, CSV or XLSX in whatever dialect, and says what it would change, without changing anything.
// Columns are known by their headings, as common programs write them. A device of the client is known again by serial number, hardware
// address, asset tag or name, in this order. What its agent tells itself is not changed, and an empty cell changes nothing.
func (s *Service) PreviewImport(ctx context.Context, scope access.Scope, f *tabular.File, o ImportOptions) (*Incoming, error) {
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	r := &importer{s: s, scope: scope, o: o, in: &Incoming{}, named: map[string]ids.ID{}, others: map[string]bool{}, known: map[ids.ID]*clientDevices{}, fields: map[string]Field{}, seen: map[ids.ID]int64{}, fresh: map[string]int64{}}
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	if err := f.Each(ctx, r.table); err != nil {
		return nil, err
	}
	if r.col == nil {
		return nil, noHeader()
	}
	r.daysDecided()
	if err := r.resolve(ctx); err != nil {
		return nil, err
	}
	for _, x := range r.rows {
		if len(r.in.Bad) >= maxBadRows {
			break
		}
		if err := r.row(ctx, x); err != nil {
			var known *fault.Error
			if !errors.As(err, &known) {
				return nil, err
			}
			r.in.Bad = append(r.in.Bad, BadRow{x.line, err})
		}
	}
	return r.in, nil
}

func noHeader() error {
	return fault.NewInvalid("The file has no line that names its columns. One of them must be the device's name, such as Name, Hostname or Device.").On("file")
}

// Import takes a file over: all of it or, where any row is wrong, nothing.
func (s *Service) Import(ctx context.Context, scope access.Scope, f *tabular.File, o ImportOptions) (*Incoming, error) {
	in, err := s.PreviewImport(ctx, scope, f, o)
	if err != nil || len(in.Bad) > 0 || in.Nothing() {
		return in, err
	}
	if len(in.NewClients) > 0 {
		made, err := s.p.Clients.Ensure(ctx, in.NewClients, 0)
		if err != nil {
			return nil, err
		}
		of := map[string]ids.ID{}
		for i, n := range in.NewClients {
			of[clients.NameKey(n)] = made[i]
		}
		for i := range in.New {
			if in.New[i].Client == 0 {
				in.New[i].Client = of[clients.NameKey(in.New[i].Named)]
			}
		}
	}
	var took []*Device
	err = s.change(ctx, "devices.import", strconv.Itoa(len(in.New)+len(in.Changed)), "", func(_ *sql.Tx, q *store.Queries) error {
		took = took[:0]
		for i := range in.New {
			d, err := s.insertImported(ctx, q, &in.New[i])
			if err != nil {
				return err
			}
			took = append(took, d)
		}
		for i := range in.Changed {
			d, err := s.updateImported(ctx, q, &in.Changed[i])
			if err != nil {
				return err
			}
			took = append(took, d)
		}
		return nil
	})
	if err == nil {
		s.took(took...)
	}
	return in, err
}

func (s *Service) insertImported(ctx context.Context, q *store.Queries, x *ImportRow) (*Device, error) {
	x.Device = s.p.IDs.New()
	d := &Device{
		ID: x.Device, Version: 1, Client: x.Client, Source: ByImport, Warranty: civil.NoDate, Bought: civil.NoDate, EOL: civil.NoDate, Made: s.now(), Changed: s.now(), MACs: x.MACs,
	}
	x.Details.put(d)
	if err := q.InsertDevice(ctx, toNewRow(d)); err != nil {
		return nil, err
	}
	return d, s.log(ctx, q, d, Change{Section: "device", What: Added, Item: d.Name, Author: author(ctx)})
}

func (s *Service) updateImported(ctx context.Context, q *store.Queries, x *ImportRow) (*Device, error) {
	row, err := q.Device(ctx, int64(x.Device))
	if err != nil {
		return nil, found(err, noDevice())
	}
	d := fromRow(&row)
	if d.Client != x.Client {
		return nil, fault.NewConflict("%s was moved to another client in the meantime. Read the file again.", d.Name)
	}
	x.Details.put(d)
	if d.Agent == "" && len(x.MACs) > 0 {
		d.MACs = x.MACs
	}
	for _, c := range x.Changes {
		if err := s.log(ctx, q, d, c); err != nil {
			return nil, err
		}
	}
	d.Changed = s.now()
	return d, update(ctx, q, d)
}

// importer reads one file.
type importer struct {
	s      *Service
	scope  access.Scope
	o      ImportOptions
	in     *Incoming
	col    map[string]int // by field
	own    map[string]int // by id of the firm's field
	rows   []importLine
	named  map[string]ids.ID // clients by key
	others map[string]bool   // keys of clients that the reader may not see
	known  map[ids.ID]*clientDevices
	// What the file said already: two rows that are one device are a mistake of the file.
	seen   map[ids.ID]int64
	fresh  map[string]int64
	fields map[string]Field // by name in small letters
}

type importLine struct {
	line  int64
	cells map[string]string // by field, and "field-<id>"
}

// clientDevices are the devices of a client as an import finds them, and its sites and people.
type clientDevices struct {
	full                    clients.Full
	serial, mac, tag, named map[string]*Device
}

// resolve finds the clients that the file names, also by former names and by those of clients that were merged into them.
func (r *importer) resolve(ctx context.Context) error {
	if r.o.Client != 0 {
		return nil
	}
	names := map[string]bool{}
	for _, x := range r.rows {
		names[clientCell(x)] = true
	}
	list, err := r.s.p.Clients.ResolveAll(ctx, slices.Collect(maps.Keys(names)))
	for name, id := range list {
		if key := clients.NameKey(name); r.scope.Covers(id) {
			r.named[key] = id
		} else {
			r.others[key] = true
		}
	}
	return err
}

// clientCell is what a row calls its client.
func clientCell(x importLine) string { return line(x.cells["client"], 200) }

func (r *importer) load(ctx context.Context) error {
	list, err := r.s.Fields(ctx)
	for _, f := range list {
		r.fields[headingKey(f.Name)] = f
	}
	return err
}

// table collects the rows under the heading.
func (r *importer) table(t *tabular.Table) error {
	if r.col != nil {
		return nil // a further sheet
	}
	for tried := 0; ; {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		cells := make([]string, len(row.Cells))
		for i, c := range row.Cells {
			cells[i] = strings.TrimSpace(strings.ToValidUTF8(string(c[:min(len(c), maxCell)]), ""))
		}
		if r.col == nil {
			if !r.head(cells) {
				if tried++; tried > 20 {
					return noHeader()
				}
			}
			continue
		}
		if len(r.rows) >= maxImportRows {
			return fault.NewInvalid("The file has more than %d rows.", maxImportRows).On("file")
		}
		x := importLine{row.Line, map[string]string{}}
		for f, i := range r.col {
			if i < len(cells) {
				x.cells[f] = unshield(cells[i])
			}
		}
		for f, i := range r.own {
			if i < len(cells) {
				x.cells["field-"+f] = unshield(cells[i])
			}
		}
		r.rows = append(r.rows, x)
	}
}

// unshield takes off the apostrophe that our own export puts before what a spreadsheet would take for a formula.
func unshield(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && tabular.Safe(rest) != rest {
		return rest
	}
	return s
}

// head finds out whether a row is the heading: it must name a column for the device's name, and another one.
func (r *importer) head(cells []string) bool {
	col, own := map[string]int{}, map[string]int{}
	var taken, passed []string
	rank := map[string]int{}
	for i, c := range cells {
		key := headingKey(c)
		if key == "" {
			continue
		}
		if f, ok := r.fields[key]; ok {
			own[f.ID.String()], taken = i, append(taken, c)
			continue
		}
		f, at := columnOf(key)
		if f == "" {
			passed = append(passed, line(c, 60))
			continue
		}
		if was, twice := rank[f]; twice && was <= at { // the better heading of two stands
			passed = append(passed, line(c, 60))
			continue
		} else if twice {
			passed = append(passed, line(cells[col[f]], 60))
			taken = slices.DeleteFunc(taken, func(t string) bool { return t == cells[col[f]] })
		}
		col[f], rank[f], taken = i, at, append(taken, c)
	}
	if _, ok := col["name"]; !ok || len(col)+len(own) < 2 && len(cells) > 1 {
		return false
	}
	r.col, r.own, r.in.Taken, r.in.Passed = col, own, taken, passed
	return true
}
